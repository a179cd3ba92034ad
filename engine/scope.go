package engine

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
)

// scope is what belongs to one statement and to nothing after it: it is made
// when the statement begins and dropped when it ends. Its zero value is that of
// a statement that was granted nothing yet.
type scope struct {
	// next is the access that the authorizer granted for the object that the
	// planner fetches next, again and again until it grants another; what was
	// granted on behalf of a view's definer is for one fetch only.
	next grantedAccess
	// stored are the definitions that the planner was handed: see views.go.
	stored storedText
	// storedReading is how each of them is to be read, and the texts of procedures.
	storedReading map[string]lex.Mode
	// calls is the procedure whose body runs, binding the one whose CALL is
	// bound: see routine.go.
	calls, binding *activation
	// replaces is set in CREATE OR REPLACE VIEW; replaced is the view that it
	// finds: see views.go.
	replaces bool
	replaced *catalog.View
	inView   bool // a view is part of the statement, see GetCurrentDatabase
	// change is what the statement says about a table beside what the planner
	// reads of it: see keep.go.
	change *clause.Change
	noWait bool // the statement says NOWAIT
	// renaming is the database in which the statement renames tables.
	renaming string
	// nestedViews counts the views inside the one that the statement names.
	nestedViews int
	// writesTo are the tables that the statement, or a trigger that it fires,
	// writes to: only their triggers concern it.
	writesTo map[catalog.ID]bool
	// changesRows is set for an INSERT, UPDATE, DELETE or REPLACE: what it reads
	// is as of its beginning. Statements inside a routine are not counted.
	changesRows bool
	// killErr is why a KILL did nothing: see kill.go.
	killErr error
	// keeps is set for a statement that never ends the transaction of who began
	// one. The library commits after every statement that names a view, because
	// it binds the view's CREATE.
	keeps bool
	// explains is set for EXPLAIN, which shows the tables and the constants of
	// the views in it.
	explains bool
}

// grantedAccess is how the next fetch of one table opens it.
type grantedAccess struct {
	database, name string     // folded
	id             catalog.ID // of the object that was asked about; 0 is whatever has the name
	access         table.Access
	once           bool // on behalf of a view's definer: for this fetch only
}

func (g grantedAccess) matches(database, name string) bool {
	return g.name == strings.ToLower(name) && g.database == strings.ToLower(database)
}

func (s *scope) allowNext(database, name string, id catalog.ID, acc table.Access, once bool) {
	s.next = grantedAccess{strings.ToLower(database), strings.ToLower(name), id, acc, once}
}

// takeNext returns the access granted for a table. A fetch that nobody was
// asked about gets the table's metadata and a read under the session's own
// guard; in a statement that a stored view or trigger is part of, under
// nobody's, because the name may come from the stored text.
func (s *state) takeNext(database, name string, id catalog.ID) table.Access {
	n := s.next
	switch {
	case n.matches(database, name):
		if n.once {
			s.next = grantedAccess{}
		}
		if n.id != 0 && n.id != id { // replaced between the question and the fetch
			return table.Access{Guard: s.inst.nobody}
		}
		return n.access
	case len(s.stored) > 0:
		return table.Access{Guard: s.inst.nobody}
	}
	return table.Access{Guard: s.rights}
}

// viewUse says on whose behalf the tables of a stored view or trigger are
// opened.
type viewUse struct {
	database, name string
	invoker        bool // SQL SECURITY INVOKER: the caller's rights count
	rights         *bucket.Rights
	bound          *boundNames
	actor          string // the user whose rights these are, for CURRENT_USER()
	trigger        bool   // it fires: its body sees what the statement has written so far
}

// storedText is the text of views and triggers that the planner was handed in
// this statement and will parse. Matching the text, and forgetting it at the
// start and end of every statement, keeps a user's own CREATE VIEW with the
// same words from being taken for the stored one.
type storedText map[string]*viewUse

func (s *scope) handOut(text, mode string, use *viewUse) {
	s.keepReading(text, mode)
	if s.stored == nil {
		s.stored = storedText{}
	}
	s.stored[text] = use
}

func (s *state) storedUse(text string) *viewUse {
	if s == nil {
		return nil
	}
	return s.stored[text]
}

// readsStored reports whether a stored view or trigger is part of the statement.
func (s *state) readsStored() bool { return s != nil && len(s.stored) > 0 }

// viaView reports whether the authorizer has just allowed this object on behalf
// of an enclosing view's definer.
func (s *scope) viaView(database, name string, id catalog.ID) bool {
	acc := s.next
	return acc.once && acc.matches(database, name) && acc.id == id
}

// boundNames are the bindings of a view in use.
type boundNames struct {
	database string // where names without a database are looked up
	maker    principal.ID
	ids      map[string]catalog.ID // by folded database and name
}

func boundKey(database, name string) string {
	return catalog.FoldName(database) + "\x00" + catalog.FoldName(name)
}

func namesBound(v *catalog.View) *boundNames {
	b := &boundNames{maker: v.Owner, ids: map[string]catalog.ID{}}
	if v.Bound == nil { // of an earlier release, and its text did not parse
		return b
	}
	b.database = v.Bound.Database
	for _, r := range v.Bound.Relations {
		b.ids[boundKey(r.Database, r.Name)] = r.ID
	}
	return b
}

// saysNoWait reports a statement that must not wait for a row.
func (s *state) saysNoWait() bool { return s != nil && s.noWait }

// takeChange is what the statement says about the table that it creates.
func (s *state) takeChange(table string) *clause.Change {
	c := s.change
	if c == nil || !strings.EqualFold(c.Table, table) {
		return nil
	}
	s.change = nil
	return c
}

// ConvertsColumns tells table.Table that the statement is ALTER TABLE … CONVERT TO:
// the library asks for a new default collation then, too.
func (s *state) ConvertsColumns() bool { return s.change != nil && s.change.Convert }

// renamesIn lets the library rename in the database that the statement names: it
// looks at no qualifier and takes the current one.
func (s *state) renamesIn(from, to string) error {
	switch {
	case !strings.EqualFold(from, to), s.renaming != "" && !strings.EqualFold(s.renaming, from):
		return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'RENAME TABLE between databases'").
			WithHint("make the table anew with CREATE TABLE … LIKE and INSERT … SELECT")
	case from == "":
		return sql.ErrNoDatabaseSelected.New()
	}
	s.renaming = from
	return nil
}
