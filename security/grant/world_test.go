package grant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// world is a catalog in memory, with names instead of ids.
type world struct {
	t testing.TB
	c *catalog.Catalog
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db, err := kivi.Open(kivi.Options{InMemory: true, CacheBytes: 1 << 20, MemtableBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := catalog.Open(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	return &world{t, c}
}

func (w *world) update(change func(*catalog.Tx) error) error {
	return w.c.Update(context.Background(), change)
}

// create carries out one line of a setup block:
//
//	user|role|group NAME          a user gets a home database
//	member MEMBER ROLE
//	lock NAME
//	database NAME OWNER
//	table|view|procedure|function DATABASE.NAME OWNER
func (w *world) create(tx *catalog.Tx, line string) error {
	f := strings.Fields(line)
	id, err := tx.AllocID()
	if err != nil {
		return err
	}
	switch f[0] {
	case "user", "role", "group":
		if err := tx.PutPrincipal(&catalog.Principal{ID: principal.ID(id), Name: f[1], Kind: catalog.PrincipalKind(f[0])}); err != nil || f[0] != "user" {
			return err
		}
		home, err := tx.AllocID()
		if err != nil {
			return err
		}
		db := &catalog.Database{ID: home, Name: f[1], Owner: principal.ID(id), HomeOf: principal.ID(id)}
		return errors.Join(tx.PutDatabase(db), Own(tx, home))
	case "lock":
		p := tx.Principal(f[1]).Clone()
		p.Locked = true
		return tx.PutPrincipal(p)
	case "member":
		return tx.PutMembership(&catalog.Membership{Member: tx.Principal(f[1]).ID, Role: tx.Principal(f[2]).ID})
	}
	owner := tx.Principal(f[2]).ID
	database, name, _ := strings.Cut(f[1], ".")
	db := catalog.ID(0)
	if f[0] != "database" {
		db = tx.Database(database).ID
	}
	switch f[0] {
	case "database":
		err = tx.PutDatabase(&catalog.Database{ID: id, Name: f[1], Owner: owner})
	case "table":
		err = tx.PutTable(&catalog.Table{ID: id, Database: db, Name: name, Data: id, Owner: owner})
	case "view":
		err = tx.PutView(&catalog.View{ID: id, Database: db, Name: name, Owner: owner, Definer: owner})
	case "procedure", "function":
		err = tx.PutRoutine(&catalog.Routine{ID: id, Database: db, Name: name, Owner: owner, Definer: owner, Function: f[0] == "function"})
	default:
		err = fmt.Errorf("unknown setup line %q", line)
	}
	if err != nil {
		return err
	}
	return Own(tx, id)
}

// actor is a user with everything that counts for him.
func (w *world) actor(s *catalog.Snapshot, name string) Actor {
	p := s.Principal(name)
	if p == nil {
		w.t.Fatalf("no principal %s", name)
	}
	a := Actor{ID: p.ID}
	for queue := []principal.ID{p.ID}; len(queue) > 0; queue = queue[1:] {
		for _, m := range s.MembershipsOf(queue[0]) {
			if !slices.Contains(a.Via, m.Role) {
				a.Via = append(a.Via, m.Role)
				queue = append(queue, m.Role)
			}
		}
	}
	a.Via = append(a.Via, catalog.Public)
	return a
}

// run carries out one statement as a user.
func (w *world) run(user, statement string) (Notes, error) {
	var notes Notes
	err := w.update(func(tx *catalog.Tx) error {
		r, err := parseStatement(tx.Snapshot, statement)
		if err != nil {
			return err
		}
		notes, err = Apply(tx, w.actor(tx.Snapshot, user), r)
		return err
	})
	return notes, err
}

// grants writes all grant rows of a snapshot, by grantee, object and grantor.
func grants(s *catalog.Snapshot) string {
	var b strings.Builder
	for _, p := range s.Principals() {
		for _, g := range s.GrantsTo(p.ID) {
			fmt.Fprintf(&b, "%+v\n", *g)
		}
	}
	return b.String()
}

// rows shows the rows on one object for people: who has what from whom.
func rows(s *catalog.Snapshot, object catalog.ID) string {
	var b strings.Builder
	for _, g := range s.GrantsOn(object) {
		grantor := "system"
		if g.Grantor != catalog.SystemGrantor {
			grantor = s.PrincipalByID(g.Grantor).Name
		}
		fmt.Fprintf(&b, "%s: %s", s.PrincipalByID(g.Grantee).Name, g.Atoms)
		if !g.Options.IsEmpty() {
			fmt.Fprintf(&b, " (may pass on %s)", g.Options)
		}
		fmt.Fprintf(&b, ", from %s\n", grantor)
	}
	return b.String()
}

// parser is a small reader of GRANT and REVOKE, enough for the tests and for
// what Show prints. The real one is engine/dialect, which may not be imported
// from here.
type parser struct {
	s      *catalog.Snapshot
	tokens []string
}

// tokenize splits at blanks and punctuation; a name in backticks keeps one
// backtick in front, so that it is never taken for a keyword.
func tokenize(text string) []string {
	var tokens []string
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\n':
			i++
		case c == '`':
			name := ""
			for i++; text[i] != '`' || i+1 < len(text) && text[i+1] == '`'; i++ {
				if text[i] == '`' {
					i++
				}
				name += string(text[i])
			}
			tokens, i = append(tokens, "`"+name), i+1
		case strings.ContainsRune(",.@:*", rune(c)):
			tokens, i = append(tokens, string(c)), i+1
		default:
			from := i
			for i < len(text) && !strings.ContainsRune(" \n,.@:*`", rune(text[i])) {
				i++
			}
			tokens = append(tokens, text[from:i])
		}
	}
	return tokens
}

func (p *parser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *parser) next() string {
	token := p.peek()
	p.tokens = p.tokens[min(1, len(p.tokens)):]
	return token
}

// accept eats the words if they come next.
func (p *parser) accept(words string) bool {
	want := strings.Fields(words)
	if len(p.tokens) < len(want) {
		return false
	}
	for i, word := range want {
		if !strings.EqualFold(p.tokens[i], word) {
			return false
		}
	}
	p.tokens = p.tokens[len(want):]
	return true
}

func (p *parser) name() string { return strings.TrimPrefix(p.next(), "`") }

func parseStatement(s *catalog.Snapshot, text string) (Request, error) {
	p := &parser{s, tokenize(text)}
	var r Request
	switch {
	case p.accept("GRANT"):
	case p.accept("REVOKE"):
		r.Revoke = true
		r.IfExists = p.accept("IF EXISTS")
		r.GrantOption = p.accept("GRANT OPTION FOR")
	default:
		return r, fmt.Errorf("neither GRANT nor REVOKE: %s", text)
	}
	names := []string{""}
	for !slices.Contains([]string{"ON", "TO", "FROM", ""}, strings.ToUpper(p.peek())) {
		if p.accept(",") {
			names = append(names, "")
		} else {
			names[len(names)-1] += " " + p.next()
		}
	}
	r.Object, r.Kind = catalog.System, privilege.KindSystem
	keyword := false
	if p.accept("ON") {
		var err error
		if keyword, err = p.target(&r); err != nil {
			return r, err
		}
	}
	for _, name := range names {
		atoms, err := privilege.Expand(name, r.Kind, keyword)
		if err != nil {
			return r, err
		}
		r.Privileges = append(r.Privileges, Privilege{strings.TrimSpace(name), atoms})
	}
	return r, p.tail(&r)
}

func (p *parser) target(r *Request) (keyword bool, err error) {
	word := ""
	for _, kind := range []string{"TABLE", "VIEW", "SCHEMA", "DATABASE", "PROCEDURE", "FUNCTION"} {
		if p.accept(kind) {
			word = kind
		}
	}
	if p.accept("* . *") {
		return false, nil
	}
	database := p.s.Database(p.name())
	if database == nil {
		return false, fmt.Errorf("%w: unknown database", ErrNoObject)
	}
	r.Object = database.ID
	if p.accept(".") && !p.accept("*") {
		name := p.name()
		r.Object = 0
		if t := p.s.Table(database.ID, name); t != nil {
			r.Object = t.ID
		} else if v := p.s.View(database.ID, name); v != nil {
			r.Object = v.ID
		}
		if word == "PROCEDURE" || word == "FUNCTION" {
			r.Object = 0
			if f := p.s.Routine(database.ID, name, word == "FUNCTION"); f != nil {
				r.Object = f.ID
			}
		}
	}
	if r.Kind = p.s.Object(r.Object).Kind; r.Kind == privilege.KindNone {
		return false, fmt.Errorf("%w: unknown name", ErrNoObject)
	}
	return word == "TABLE" || word == "SCHEMA" || word == "DATABASE", nil
}

func (p *parser) tail(r *Request) error {
	if !p.accept("TO") && !p.accept("FROM") {
		return fmt.Errorf("TO or FROM is missing before %v", p.tokens)
	}
	for more := true; more; more = p.accept(",") {
		p.accept("ldapGroup :")
		rec := p.s.Principal(p.name())
		if rec == nil {
			return fmt.Errorf("%w: unknown name", ErrNoGrantee)
		}
		p.accept("@ `%")
		r.Grantees = append(r.Grantees, rec.ID)
	}
	r.GrantOption = p.accept("WITH GRANT OPTION") || r.GrantOption
	r.Restrict = p.accept("RESTRICT")
	if len(p.tokens) > 0 {
		return fmt.Errorf("left over: %v", p.tokens)
	}
	return nil
}
