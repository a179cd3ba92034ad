package compiled

import (
	"maps"
	"slices"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/relation"
)

// Statement is what a session keeps of a statement that it has planned once, for values of certain
// kinds: enough to run it again without the planner. At every execution it is held against everything
// that went into the plan (the records of its tables, the current database, the session's variables,
// the kinds of the values), and all questions that were asked for it are asked again, of the session's
// rights as they are now. Whenever anything differs, or a right is missing, the statement goes through
// the planner as if there were nothing kept: only the planner refuses, and so there is one set of
// errors. It belongs to one session; nobody else ever runs it.
type Statement struct {
	kinds    Kinds
	planning uint64 // state of the session's variables
	database string // the current one

	Version  uint64 // of the catalog for which the rest is known to hold
	tables   []*catalog.Table
	sizes    []int64                // of the tables, as they were planned for; 0 is unknown
	analyzed []*relation.Statistics // what ANALYZE had counted of them
	runs     int
	homes    []*catalog.Database // of the tables
	uses     []state.RelationUse
	// rights are whose they were when it was planned: a session that acts with others, in other roles, plans
	// anew. Actor is who both walls are asked with, and asked what was asked of the first one.
	rights  *bucket.Rights
	Actor   access.Actor
	asked   []access.Decision
	locking []state.Term // by which it locks what it reads
	// given: rows of the statement's own text may stand in what it says. changes are the tables that it changes.
	given, changes map[catalog.ID]bool

	read  *read
	write *write
	point *point

	cache        *Cache // that keeps it, nil for none
	owner        *Variants
	newer, older *Statement
	bytes        int
}

// Witness hears all that is asked while a statement is planned.
type Witness struct {
	Audit  access.Audit // the session's own
	Locked int          // rights by which statements around it lock what they read
	asked  []access.Decision
}

// Hear implements access.Audit. What is heard is not audited: it is asked again when the
// statement runs.
func (w *Witness) Hear(d access.Decision) error {
	w.asked = append(w.asked, d)
	return nil
}

// New holds what a session has just planned. It is nil for what must be planned for each
// execution: what names views, or asks for anything but the session's own rights on tables.
// version is that of the catalog before it began.
func New(s *state.Session, version uint64, w *Witness, kinds Kinds) *Statement {
	snap := s.Inst.Cat.Snapshot()
	if snap.Version() != version || s.WarningCount() != 0 || s.Rights == nil || s.ReadsStored() || s.NoWait {
		return nil
	}
	c := &Statement{
		kinds: kinds, planning: s.Planning, Version: version, rights: s.Rights, Actor: access.As(s.Rights, w.Audit), database: s.BaseSession.GetCurrentDatabase(),
		asked: slices.Clone(w.asked), locking: slices.Clone(s.Locking[w.Locked:]),
	}
	for _, u := range s.Touched {
		if !u.Inside { // else of the statements around it
			c.uses = append(c.uses, u)
		}
	}
	c.changes = maps.Clone(s.WritesTo)
	for id, yes := range s.Given {
		if yes && c.given == nil {
			c.given = map[catalog.ID]bool{}
		}
		if yes {
			c.given[id] = true
		}
	}
	for _, u := range c.uses {
		t := snap.TableByID(u.Object.ID())
		if u.View || t == nil {
			return nil
		}
		home := snap.DatabaseByID(t.Database)
		if home == nil || state.Virtual(home.Name) {
			return nil
		}
		size, _ := s.Inst.Store.Estimated(t)
		c.tables, c.sizes, c.analyzed = append(c.tables, t), append(c.sizes, size), append(c.analyzed, s.Inst.Store.Analyzed(t))
		if !slices.Contains(c.homes, home) {
			c.homes = append(c.homes, home)
		}
	}
	for _, d := range c.asked {
		if !d.Allowed() || !d.By(s.Rights) || d.Object().Kind() != privilege.KindTable {
			return nil
		}
	}
	return c
}

// Holds says whether the statement may run as it is kept.
func (c *Statement) Holds(s *state.Session) bool {
	if c.rights != s.Rights || c.planning != s.Planning || c.database != s.BaseSession.GetCurrentDatabase() {
		return false
	}
	if len(s.Around) > 0 && c.inUse(s) {
		return false
	}
	if snap := s.Inst.Cat.Snapshot(); snap.Version() != c.Version && !c.follow(snap) {
		return false
	}
	for _, t := range c.tables { // a temporary table may hide one by now
		if s.Temporary(t.Database, t.Name) != nil {
			return false
		}
	}
	if c.runs++; c.runs%sizesEvery == 0 && c.outgrown(s) {
		return false
	}
	for i := range c.asked {
		if !c.asked[i].Again(c.Actor) {
			return false
		}
	}
	return true
}

// inUse says that a statement around this one, which a function or trigger runs, uses a table that this
// one changes: the planner says so.
func (c *Statement) inUse(s *state.Session) bool {
	for _, uses := range s.Around {
		for _, u := range uses {
			if !u.Inside && c.changes[u.Object.ID()] {
				return true
			}
		}
	}
	return false
}

// sizesEvery is after how many executions the sizes of the tables are looked at.
const sizesEvery = 64

// outgrown says that a table has another size now, or was analyzed, for which another plan may be better.
func (c *Statement) outgrown(s *state.Session) bool {
	const much, some = 4, 100
	for i, t := range c.tables {
		now, ok := s.Inst.Store.Estimated(t)
		if was := c.sizes[i]; ok && (now > much*was+some || was > much*now+some || s.Inst.Store.Analyzed(t) != c.analyzed[i]) {
			return true
		}
	}
	return false
}

// stillHolds is Holds again after a wait. Definitions and rights both change with
// the catalog; what else takes rights away, an expired certificate, the guard
// sees.
func (c *Statement) stillHolds(s *state.Session) bool {
	return s.Inst.Cat.Snapshot().Version() == c.Version || c.Holds(s)
}

// follow carries the statement over to a newer catalog in which its tables and
// their databases are the same records. What a change runs besides (triggers,
// foreign keys of other tables) hangs on more than those, so a change is
// planned again for every new catalog.
func (c *Statement) follow(snap *catalog.Snapshot) bool {
	if c.read == nil {
		return false
	}
	for _, t := range c.tables {
		if snap.TableByID(t.ID) != t {
			return false
		}
	}
	for _, db := range c.homes {
		if snap.DatabaseByID(db.ID) != db {
			return false
		}
	}
	c.Version = snap.Version()
	return true
}

// Open begins an execution within a statement that has begun. It is false when the planner has to
// look: something changed while it waited for the tables.
func (c *Statement) Open(ctx *sql.Context, s *state.Session) (bool, error) {
	for _, u := range c.uses {
		s.Touch(u)
	}
	for _, t := range c.locking {
		s.LockBy(t)
	}
	for id := range c.given {
		if s.Given == nil {
			s.Given = map[catalog.ID]bool{}
		}
		s.Given[id] = true
	}
	if err := s.Ensure(ctx); err != nil {
		return false, err
	}
	if (c.write != nil || c.locking != nil) && s.Tx.Opts.ReadOnly {
		return false, nil
	}
	for _, t := range c.tables {
		if err := s.Locks.Shared(ctx, t.ID, s.Settings().MetaWait); err != nil {
			return false, err
		}
	}
	if !c.stillHolds(s) {
		return false, nil
	}
	if !s.InProgram() { // it empties the area where MySQL does
		ctx.ClearWarnings()
	}
	return true, nil
}

// How says how it runs, for tests and statistics: by key, with its operators kept, or with those made
// anew of what was bound.
func (c *Statement) How() string {
	switch {
	case c.point != nil:
		return "by key"
	case c.read != nil && c.read.query != nil, c.write != nil && c.write.change != nil:
		return "kept"
	}
	return "bound"
}

// Reads says that it is a query.
func (c *Statement) Reads() bool { return c.read != nil }

// MaxCompiled bounds the variants that a statement keeps for different kinds of
// bound values.
const MaxCompiled = 4

// Variants are what one statement was compiled to, for different kinds of bound
// values.
type Variants []*Statement

// ForValues returns what was compiled for values of these kinds, nil without it.
func (v Variants) ForValues(args []session.Value) *Statement {
	for _, c := range v {
		if c.kinds.take(args) {
			return c
		}
	}
	return nil
}
