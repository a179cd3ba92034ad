package state

import (
	"slices"
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

// Scope is what belongs to one statement and to nothing after it: it is made
// when the statement begins and dropped when it ends. Its zero value is that of
// a statement that was granted nothing yet.
type Scope struct {
	// Next is the access that the authorizer granted for the object that the
	// planner fetches next, again and again until it grants another; what was
	// granted on behalf of a view's definer is for one fetch only.
	Next Granted
	// Stored are the definitions that the planner was handed: see HandOut.
	Stored storedText
	// storedReading is how each of them is to be read, and the texts of procedures.
	storedReading map[string]lex.Mode
	// Replaces is set in CREATE OR REPLACE VIEW; replaced is the view that it
	// finds: see package objects.
	Replaces bool
	Replaced *catalog.View
	InView   bool // a view is part of the statement, see GetCurrentDatabase
	// Views are those whose stored functions the planner is about to look up.
	Views []*ViewUse
	// Change is what the statement says about a table beside what the planner
	// reads of it: see package objects.
	Change *clause.Change
	NoWait bool // the statement says NOWAIT
	// renaming is the database in which the statement renames tables.
	renaming string
	// NestedViews counts the views inside the one that the statement names.
	NestedViews int
	// WritesTo are the tables that the statement, or a trigger that it fires,
	// writes to: only their triggers concern it.
	WritesTo map[catalog.ID]bool
	// ChangesRows is set for an INSERT, UPDATE, DELETE or REPLACE: what it reads
	// is as of its beginning. Statements inside a routine are not counted.
	ChangesRows bool
	// KillErr is why a KILL did nothing: the engine asks.
	KillErr error
	// Keeps is set for a statement that never ends the transaction of who began
	// one. The library commits after every statement that names a view, because
	// it binds the view's CREATE.
	Keeps bool
	// Explains is set for EXPLAIN, which shows the tables and the constants of
	// the views in it.
	Explains bool
	// Plans is set for an EXPLAIN that carries nothing out: who may see what tables are like may see it.
	Plans bool
	// Makes is set while CREATE TEMPORARY TABLE runs.
	Makes bool
	// BaseTables: the tables that the statement names are those of the catalog, whatever temporary ones hide.
	BaseTables bool
	// temporary are the temporary tables that the statement names.
	temporary map[catalog.ID]bool
	// FiresAll is set while a change of rows is bound for our operators, which fire the
	// triggers of whatever it does: see package access.
	FiresAll bool
}

// Granted is how the next fetch of one table opens it.
type Granted struct {
	Database, Name string
	ID             catalog.ID // of the object that was asked about; 0 is whatever has the name
	Access         table.Access
	Once           bool           // on behalf of a view's definer: for this fetch only
	As             *bucket.Rights // whose view of a computed table it is; nil is the session's
}

// Names reports whether it is about the table of that name.
func (g Granted) Names(database, name string) bool {
	return catalog.SameName(g.Name, name) && catalog.SameName(g.Database, database)
}

// ViewUse says on whose behalf the tables of a stored view or trigger are
// opened.
type ViewUse struct {
	Database, Name string
	Invoker        bool // SQL SECURITY INVOKER: the caller's rights count
	Rights         *bucket.Rights
	Bound          *BoundNames
	Collation      string // collation_connection of its text; "" where that is only looked at
	Actor          string // the account whose rights these are, as CURRENT_USER() shows it
	Trigger        bool   // it fires: its body sees what the statement has written so far
}

// storedText is the text of views and triggers that the planner was handed in
// this statement and will parse. Matching the text, and forgetting it at the
// start and end of every statement, keeps a user's own CREATE VIEW with the
// same words from being taken for the stored one.
type storedText map[string]*ViewUse

func (s *Scope) HandOut(text, mode string, use *ViewUse) {
	s.KeepReading(text, mode)
	if s.Stored == nil {
		s.Stored = storedText{}
	}
	s.Stored[text] = use
}

func (s *Session) StoredUse(text string) *ViewUse {
	if s == nil {
		return nil
	}
	return s.Stored[text]
}

// ActWith answers as the holder of the rights until back is called: what a definer's view reads of
// tables that are computed, on the statement's goroutine.
func (s *Session) ActWith(rights *bucket.Rights) (back func()) {
	who, own, name := s.User, s.Rights, ""
	if p := s.Inst.Cat.Snapshot().PrincipalByID(rights.Principal()); p != nil {
		name = p.Name
	}
	s.User, s.Rights = principal.Trusted(rights.Principal(), name), rights
	return func() { s.User, s.Rights = who, own }
}

// ReadsStored reports whether a stored view or trigger is part of the statement.
func (s *Session) ReadsStored() bool { return s != nil && len(s.Stored) > 0 }

// ViaView reports whether the authorizer has just allowed this object on behalf
// of an enclosing view's definer.
func (s *Scope) ViaView(database, name string, id catalog.ID) bool {
	acc := s.Next
	return acc.Once && acc.Names(database, name) && acc.ID == id
}

// BoundNames are the bindings of a view in use.
type BoundNames struct {
	Database string // where names without a database are looked up
	Maker    principal.ID
	IDs      map[string]catalog.ID // by folded database and name

	functions catalog.Names
	trusted   []principal.ID // who may put another function in the place of one
}

// Admits refuses a stored function in the place of one that belonged to another account when the view was made, as
// Activation.Admits does for programs: what it computes is what the reader gets instead of what is below the view.
func (u *ViewUse) Admits(in *Instance, now catalog.BoundRelation) error {
	if u.Bound == nil {
		return nil
	}
	was := u.Bound.functions.Of(now)
	if was == nil || was.Still(now) || slices.Contains(u.Bound.trusted, now.Owner) || in.holdsAll(now.Owner) {
		return nil
	}
	return sqlerr.ViewInvalid.Errorf("View '%s.%s' calls a function that another account has replaced since it was made", u.Database, u.Name).
		WithHint("make the view again with CREATE OR REPLACE VIEW %s.%s, or give the new function to its owner; SHOW CREATE VIEW shows its text", u.Database, u.Name)
}

// BoundKey is the key of a relation in BoundNames.
func BoundKey(database, name string) string {
	return catalog.FoldName(database) + "\x00" + catalog.FoldName(name)
}

// NamesBound reads the bindings of a stored view.
func NamesBound(v *catalog.View) *BoundNames {
	b := &BoundNames{Maker: v.Owner, IDs: map[string]catalog.ID{}, trusted: append([]principal.ID{v.Owner, v.Definer}, v.Makers...)}
	if v.Bound == nil { // of an earlier release, and its text did not parse
		return b
	}
	b.Database, b.functions = v.Bound.Database, v.Bound.Functions
	for _, r := range v.Bound.Relations {
		b.IDs[BoundKey(r.Database, r.Name)] = r.ID
	}
	return b
}

// saysNoWait reports a statement that must not wait for a row.
func (s *Session) saysNoWait() bool { return s != nil && s.NoWait }

// TakeChange is what the statement says about the table that it creates.
func (s *Session) TakeChange(table string) *clause.Change {
	c := s.Change
	if c == nil || !strings.EqualFold(c.Table, table) {
		return nil
	}
	s.Change = nil
	if len(c.KeyNames) > 0 { // its foreign keys are made behind it
		s.Change = &clause.Change{Table: c.Table, KeyNames: c.KeyNames}
	}
	return c
}

// ColumnShape implements table.Shapes.
func (s *Session) ColumnShape(table, column string) (string, bool) {
	if s.Change == nil || !strings.EqualFold(s.Change.Table, table) {
		return "", false
	}
	shape, ok := s.Change.Shapes[strings.ToLower(column)]
	return shape, ok
}

// KeyName implements table.Shapes.
func (s *Session) KeyName(table string, columns []string) string {
	if s.Change == nil || !strings.EqualFold(s.Change.Table, table) {
		return ""
	}
	return s.Change.KeyName(columns)
}

// ConvertsColumns tells table.Table that the statement is ALTER TABLE … CONVERT TO:
// the library asks for a new default collation then, too.
func (s *Session) ConvertsColumns() bool { return s.Change != nil && s.Change.Convert }

// RenamesIn lets the library rename in the database that the statement names: it
// looks at no qualifier and takes the current one.
func (s *Session) RenamesIn(from, to string) error {
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
