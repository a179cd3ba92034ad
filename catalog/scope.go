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
	// In is where they are instead: a database of that name, which is not there.
	In string `json:"in,omitempty"`
}

// recordVersion is the lowest version that holds r: 2 brought what was taken by name.
func (r *Scope) recordVersion() byte {
	if r.In != "" || r.Of.named() {
		return 2
	}
	return 1
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
	// One of a name that is not there: see Tx.keep. Pattern is the name.
	ScopeTable     ScopeOf = "a table"
	ScopeView      ScopeOf = "a view"
	ScopeSequence  ScopeOf = "a sequence"
	ScopeProcedure ScopeOf = "a procedure"
	ScopeFunction  ScopeOf = "a function"
)

// plurals are the kinds that things of a name are of.
var plurals = map[ScopeOf]ScopeOf{
	ScopeTable: ScopeTables, ScopeView: ScopeViews, ScopeSequence: ScopeSequences, ScopeProcedure: ScopeProcedures, ScopeFunction: ScopeFunctions,
}

// named says whether it is one thing of a name, which is not there.
func (o ScopeOf) named() bool { return plurals[o] != "" }

// Plural is what a scope of all such things is of.
func (o ScopeOf) Plural() ScopeOf {
	if o.named() {
		return plurals[o]
	}
	return o
}

// Kind is the kind of what the scope reaches.
func (o ScopeOf) Kind() privilege.Kind {
	return privilege.OfPlural(strings.ToUpper(string(o.Plural())))
}

// Named says whether the scope is one thing of a name, which is not there.
func (r *Scope) Named() bool { return r.Of.named() }

// excepts says whether there can be exceptions on an object: to what is held around it.
func (s *Snapshot) excepts(o Object) bool {
	r := s.ScopeByID(o.ID)
	return o.Database != 0 || o.Kind == privilege.KindDatabase || r != nil && (r.Named() || r.In != "" || r.Of == ScopeDatabases && !IsWild(r.Pattern))
}

func scopes(s *Snapshot) *collection[Scope] { return at[Scope](s, atScope) }

func scopeDescriptor() Descriptor[Scope] {
	return Descriptor[Scope]{
		Record: byte(recScope), Name: "scope", Grants: privilege.KindScope,
		Fields: func(r *Scope) Fields { return Fields{ID: r.ID, Database: r.Database, Name: r.name()} },
		Key:    func(r *Scope) string { return scopeKey(r.Of, r.Pattern, r.In) },
		Check: func(_ *Tx, r, _ *Scope) error {
			byName, somewhere := r.Of.named(), r.Database != 0 || r.In != ""
			if r.Of.Kind() == privilege.KindNone || (r.Of == ScopeDatabases || byName) != (r.Pattern != "") || r.Of == ScopeDatabases && somewhere ||
				byName && !somewhere || r.Database != 0 && r.In != "" {
				return fmt.Errorf("%w: scope of %q %q in %d %q", ErrInvalid, r.Of, r.Pattern, r.Database, r.In)
			}
			return nil
		},
		PartOf: func(r *Scope) ID { return r.Database },
	}
}

// scopeKey has what a scope is of; the name of a database that is not there comes last.
func scopeKey(of ScopeOf, pattern, in string) string {
	key := string(of) + " " + FoldName(pattern)
	if in != "" {
		key += "\x00" + FoldName(in)
	}
	return key
}

func (r *Scope) name() string { return cmp.Or(r.Pattern, string(r.Of)) }

// ScopeByID finds a scope.
func (s *Snapshot) ScopeByID(id ID) *Scope { return scopes(s).byID.get(id) }

// Scope finds the scope of a pattern, or of a kind in a database.
func (s *Snapshot) Scope(of ScopeOf, pattern string, database ID) *Scope {
	return scopes(s).byName.get(database, scopeKey(of, pattern, ""))
}

// ScopeIn is Scope where the database of that name is not there.
func (s *Snapshot) ScopeIn(of ScopeOf, pattern, in string) *Scope {
	return scopes(s).byName.get(0, scopeKey(of, pattern, in))
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
	var list []*Scope
	if o.Kind == privilege.KindDatabase {
		list = s.Patterns(o.Name)
		for _, of := range []ScopeOf{ScopeTables, ScopeViews} {
			if r := s.Scope(of, "", 0); r != nil {
				list = append(list, r)
			}
		}
		return list
	}
	in := []ID{o.Database, 0}
	if r := s.ScopeByID(o.ID); r != nil && r.In != "" && r.Named() {
		in = in[1:]
	} else if o.Database == 0 {
		return nil
	}
	for _, at := range in {
		for _, of := range s.scopeOf(o) {
			if r := s.Scope(of, "", at); r != nil {
				list = append(list, r)
			}
		}
	}
	return list
}

// makes is what is held on all tables or views, everywhere, in a database itself: making some.
// It is no right to make databases, as CREATE on a pattern is.
var makes = privilege.Of(privilege.Create, privilege.CreateView)

// Makes says whether what is held on the scope counts in every database itself.
func (r *Scope) Makes() bool {
	return (r.Of == ScopeTables || r.Of == ScopeViews) && r.Database == 0 && r.In == ""
}

// Through is what of the rights on a scope counts on an object that it is over.
func (s *Snapshot) Through(r *Scope, object Object, atoms privilege.Set) privilege.Set {
	if r.Of != ScopeDatabases && object.Kind == privilege.KindDatabase {
		return atoms.Intersect(makes)
	}
	return atoms
}

// scopeOf is what scopes an object in a database can be in.
func (s *Snapshot) scopeOf(o Object) (list []ScopeOf) {
	if r := s.RoutineByID(o.ID); r != nil && r.Function {
		return []ScopeOf{ScopeFunctions}
	} else if r != nil {
		return []ScopeOf{ScopeProcedures}
	}
	if r := s.ScopeByID(o.ID); r != nil && r.Of == ScopeView {
		return []ScopeOf{ScopeViews, ScopeTables}
	} else if r != nil && r.Named() {
		return []ScopeOf{plurals[r.Of]}
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
	if r.Named() || r.In != "" {
		return nil // what is not there
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
		if r.Of == ScopeDatabases && len(own)+len(wider) > 0 {
			continue // the nearest alone
		}
		for _, g := range s.GrantsToOn(grantee, r.ID) {
			if through := s.Through(r, object, g.Atoms); through != g.Atoms {
				part := *g
				part.Atoms, part.Options, part.Ends = through, g.Options.Intersect(through), g.Ends.Only(through)
				part.OptionEnds = g.OptionEnds.Only(part.Options)
				g = &part
			}
			if g.Atoms != 0 {
				wider = append(wider, g)
			}
		}
	}
	return own, wider
}

// Denied is what is denied to a principal on an object or on a scope that it is in, not
// on the database around it.
func (s *Snapshot) Denied(grantee principal.ID, object Object) privilege.Set {
	out := s.Exception(grantee, object.ID).Deny
	for _, r := range s.ScopesOver(object) {
		out = out.Union(s.Through(r, object, s.Exception(grantee, r.ID).Deny))
	}
	return out
}

// Excepted is what a principal does not hold on an object although he holds it on the
// database: by an exception on the object, or on all of its kind in the database.
func (s *Snapshot) Excepted(grantee principal.ID, object Object) privilege.Set {
	out := s.Exception(grantee, object.ID).Atoms
	for _, r := range s.KindsOver(object) {
		out = out.Union(s.Exception(grantee, r.ID).Atoms)
	}
	return out
}

// KindsOver lists the scopes of all of a kind that reach an object in its own database.
func (s *Snapshot) KindsOver(object Object) []*Scope {
	if object.Database == 0 || object.Kind == privilege.KindDatabase {
		return nil
	}
	return slices.DeleteFunc(s.ScopesOver(object), func(r *Scope) bool { return r.Database == 0 })
}

// Scopes lists the scopes in a database, for 0 those that are in none.
func (s *Snapshot) Scopes(database ID) []*Scope { return scopes(s).byName.list(database) }

// InScopes lists the objects that a principal's grants, denials and exceptions on scopes reach, by id.
func (s *Snapshot) InScopes(p principal.ID) []Object {
	if scopes(s).byID.len() == 0 {
		return nil
	}
	var list []Object
	for _, r := range scopes(s).byID.all() {
		if len(s.GrantsToOn(p, r.ID)) > 0 || s.Exception(p, r.ID).Grantee != 0 {
			list = append(list, s.Reached(r)...)
			if r.Makes() {
				for _, db := range s.Databases() {
					list = append(list, s.Object(db.ID))
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b Object) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(list, func(a, b Object) bool { return a.ID == b.ID })
}

// IsWild says whether a pattern has a % or _ that means something.
func IsWild(pattern string) bool { return literalPart(pattern) < len(pattern) }

// Literal is the pattern for exactly a name of a database.
func Literal(name string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(name)
}

// Matches says whether the name of a database is like a pattern.
func Matches(pattern, name string) bool { return matches(FoldName(pattern), FoldName(name)) }

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
