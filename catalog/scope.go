package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Scope is what a grant can be on that is no object by itself but reaches some, those
// of today and those to come: the databases whose names match a pattern, one database
// that is not there yet, or everything of a kind.
type Scope struct {
	ID ID      `json:"id"`
	Of ScopeOf `json:"of"`
	// Pattern is of names of databases: % is any text, _ any character, and \ takes the
	// meaning from the next. Without one it is the name of a database to come.
	Pattern string `json:"pattern,omitempty"`
	// Database is where things of a kind are; 0 is every database.
	Database ID `json:"database,omitempty"`
}

// ScopeOf says what a scope reaches. The empty one reaches nothing.
type ScopeOf string

// What a scope reaches. The names are stored; tables are those and views, as SELECT sees them.
const (
	ScopeDatabases  ScopeOf = "databases"
	ScopeTables     ScopeOf = "tables"
	ScopeViews      ScopeOf = "views"
	ScopeSequences  ScopeOf = "sequences"
	ScopeProcedures ScopeOf = "procedures"
	ScopeFunctions  ScopeOf = "functions"
)

// Kind is the kind of what the scope reaches.
func (o ScopeOf) Kind() privilege.Kind { return privilege.OfPlural(strings.ToUpper(string(o))) }

func scopes(s *Snapshot) *collection[Scope] { return at[Scope](s, atScope) }

func scopeDescriptor() Descriptor[Scope] {
	return Descriptor[Scope]{
		Record: byte(recScope), Name: "scope", Grants: privilege.KindScope,
		Fields: func(r *Scope) Fields { return Fields{ID: r.ID, Database: r.Database, Name: r.name()} },
		Key:    func(r *Scope) string { return string(r.Of) + " " + FoldName(r.Pattern) },
		Check: func(_ *Tx, r, _ *Scope) error {
			if r.Of.Kind() == privilege.KindNone || (r.Of == ScopeDatabases) != (r.Pattern != "") || r.Pattern != "" && r.Database != 0 {
				return fmt.Errorf("%w: scope of %q %q in %d", ErrInvalid, r.Of, r.Pattern, r.Database)
			}
			return nil
		},
		PartOf: func(r *Scope) ID { return r.Database },
	}
}

func (r *Scope) name() string { return cmp.Or(r.Pattern, string(r.Of)) }

// ScopeByID finds a scope.
func (s *Snapshot) ScopeByID(id ID) *Scope { return scopes(s).byID.get(id) }

// Scope finds the scope of a pattern, or of a kind in a database.
func (s *Snapshot) Scope(of ScopeOf, pattern string, database ID) *Scope {
	return scopes(s).byName.get(database, string(of)+" "+FoldName(pattern))
}

// PutScope makes one.
func (tx *Tx) PutScope(rec *Scope) error { return scopes(tx.Snapshot).kind.Put(tx, rec) }

// DropScope removes one with the grants on it.
func (tx *Tx) DropScope(id ID) error { return scopes(tx.Snapshot).kind.Delete(tx, id) }

// ScopesOver lists the scopes that reach an object: for a database the nearest first,
// which is the one that says most before its first % or _.
func (s *Snapshot) ScopesOver(o Object) []*Scope {
	if scopes(s).byID.len() == 0 || o.ID <= LastVirtual {
		return nil
	}
	if o.Kind == privilege.KindDatabase {
		return s.Patterns(o.Name)
	}
	var list []*Scope
	for _, at := range []ID{o.Database, 0} {
		for _, of := range s.scopeOf(o) {
			if r := s.Scope(of, "", at); r != nil && o.Database != 0 {
				list = append(list, r)
			}
		}
	}
	return list
}

// scopeOf is what scopes an object in a database can be in.
func (s *Snapshot) scopeOf(o Object) (list []ScopeOf) {
	if r := s.RoutineByID(o.ID); r != nil && r.Function {
		return []ScopeOf{ScopeFunctions}
	} else if r != nil {
		return []ScopeOf{ScopeProcedures}
	}
	for _, word := range o.Kind.Plurals() {
		list = append(list, ScopeOf(strings.ToLower(word)))
	}
	if o.Kind == privilege.KindView {
		list = append(list, ScopeTables)
	}
	return list
}

// Patterns lists the scopes that a database of a name is in, or would be, the nearest
// first.
func (s *Snapshot) Patterns(name string) []*Scope {
	var list []*Scope
	for _, r := range scopes(s).byName.list(0) {
		if r.Of == ScopeDatabases && matches(FoldName(r.Pattern), FoldName(name)) {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b *Scope) int {
		return cmp.Or(cmp.Compare(literalPart(b.Pattern), literalPart(a.Pattern)), cmp.Compare(len(b.Pattern), len(a.Pattern)),
			cmp.Compare(a.Pattern, b.Pattern))
	})
	return list
}

// Reached lists the objects in a scope.
func (s *Snapshot) Reached(r *Scope) []Object {
	var list []Object
	if r.Of == ScopeDatabases {
		for _, db := range s.Databases() {
			if matches(FoldName(r.Pattern), FoldName(db.Name)) {
				list = append(list, s.Object(db.ID))
			}
		}
		return list
	}
	in := []ID{r.Database}
	if r.Database == 0 {
		in = nil
		for _, db := range s.Databases() {
			in = append(in, db.ID)
		}
	}
	for _, db := range in {
		for _, o := range s.Objects(db) {
			if slices.Contains(s.scopeOf(o), r.Of) {
				list = append(list, o)
			}
		}
	}
	return list
}

// Reaching lists the grants to a principal that count on an object as those on itself do:
// for a database those on it or, without any, on the nearest scope that it is in; for
// anything else those on it and on every scope. Exceptions bind what comes by scopes.
func (s *Snapshot) Reaching(grantee principal.ID, object Object) (own, wider []*Grant) {
	own = s.GrantsToOn(grantee, object.ID)
	for _, r := range s.ScopesOver(object) {
		if object.Kind == privilege.KindDatabase && len(own)+len(wider) > 0 {
			break
		}
		wider = append(wider, s.GrantsToOn(grantee, r.ID)...)
	}
	return own, wider
}

// Denied is what is denied to a principal on an object or on a scope that it is in, not
// on the database around it.
func (s *Snapshot) Denied(grantee principal.ID, object Object) privilege.Set {
	out := s.Exception(grantee, object.ID).Deny
	for _, r := range s.ScopesOver(object) {
		out = out.Union(s.Exception(grantee, r.ID).Deny)
	}
	return out
}

// Scopes lists the scopes in a database, for 0 those that are in none.
func (s *Snapshot) Scopes(database ID) []*Scope { return scopes(s).byName.list(database) }

// InScopes lists the objects that a principal's grants and denials on scopes reach, by id.
func (s *Snapshot) InScopes(p principal.ID) []Object {
	if scopes(s).byID.len() == 0 {
		return nil
	}
	var list []Object
	for _, r := range scopes(s).byID.all() {
		if len(s.GrantsToOn(p, r.ID)) > 0 || s.Exception(p, r.ID).Deny != 0 {
			list = append(list, s.Reached(r)...)
		}
	}
	slices.SortFunc(list, func(a, b Object) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(list, func(a, b Object) bool { return a.ID == b.ID })
}

// IsWild says whether a pattern has a % or _ that means something.
func IsWild(pattern string) bool { return literalPart(pattern) < len(pattern) }

// NameOf is the name that a pattern without % and _ is for.
func NameOf(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '\\' && i+1 < len(pattern) {
			i++
		}
		b.WriteByte(pattern[i])
	}
	return b.String()
}

// literalPart is how many bytes of a pattern come before its first % or _ that means
// something.
func literalPart(pattern string) int {
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '%', '_':
			return i
		}
	}
	return len(pattern)
}

// matches says whether a name is like a pattern; both are folded. It goes back to the
// last % only, so that no pattern takes long.
func matches(pattern, name string) bool {
	p, n := []rune(pattern), []rune(name)
	i, j, star, from := 0, 0, -1, 0
	for j < len(n) {
		switch {
		case i < len(p) && p[i] == '%':
			star, from = i, j
			i++
		case i+1 < len(p) && p[i] == '\\' && p[i+1] == n[j]:
			i, j = i+2, j+1
		case i < len(p) && (p[i] == '_' || p[i] == n[j] && p[i] != '\\'):
			i, j = i+1, j+1
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '%' {
		i++
	}
	return i == len(p)
}
