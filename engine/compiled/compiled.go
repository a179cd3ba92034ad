package compiled

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/fastpath"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// Statement is what a prepared statement of a recognised shape keeps of one run
// through the planner: enough to run again without it. It is made from the
// planner's own plan, so columns, conversions and errors are the planner's; and
// at every execution it is held against everything that went into that plan
// (the definition of the table, the current database, the session's variables,
// the kinds of the bound values) and against the session's rights as they are
// now. Whenever anything differs, or a right is missing, the statement goes
// through the planner as if there were nothing compiled: only the planner
// refuses, and so there is one set of errors.
type Statement struct {
	kinds    []valueKind // of the bound values
	planning uint64      // state of the session's variables
	database string      // the current one

	Version uint64 // of the catalog for which the rest is known to hold
	db      *catalog.Database
	rec     *catalog.Table
	Actor   access.Actor // both walls are asked with
	want    privilege.Set

	point *table.Point         // makes keys
	key   [][]fastpath.Operand // values of the key's columns

	read  *compiledRead  // of a SELECT
	write *compiledWrite // of anything else
}

// valueKind is the kind of a bound value, as far as the planner treats values
// differently before it looks at them.
type valueKind uint8

const (
	kindOther  valueKind = 100 // never compiled
	kindString valueKind = 101 // bytes that are text
)

func kindOf(v session.Value) valueKind {
	if v.Kind() == session.Decimal {
		return kindOther // each has a type of its own
	}
	if v.Kind() != session.Bytes {
		return valueKind(v.Kind())
	}
	if utf8.Valid(v.Bytes()) {
		return kindString
	}
	return kindOther
}

// Holds says whether the statement may run as compiled.
func (c *Statement) Holds(s *state.Session) bool {
	if c.planning != s.Planning || c.database != s.BaseSession.GetCurrentDatabase() {
		return false
	}
	if snap := s.Inst.Cat.Snapshot(); snap.Version() != c.Version && !c.follow(snap) {
		return false
	}
	return access.May(c.Actor, state.TableObject(c.rec), access.All(c.want), access.Enforce)
}

// stillHolds is holds again after a wait. Definitions and rights both change with
// the catalog; what else takes rights away, an expired certificate, the guard
// sees.
func (c *Statement) stillHolds(s *state.Session) bool {
	return s.Inst.Cat.Snapshot().Version() == c.Version || c.Holds(s)
}

// follow carries the statement over to a newer catalog in which its table and
// its database are the same records. What a change runs besides (triggers,
// foreign keys of other tables) hangs on more than those, so a change is
// planned again for every new catalog.
func (c *Statement) follow(snap *catalog.Snapshot) bool {
	if c.read == nil || snap.DatabaseByID(c.db.ID) != c.db || snap.TableByID(c.rec.ID) != c.rec {
		return false
	}
	c.Version = snap.Version()
	return true
}

func (c *Statement) takes(args []session.Value) bool {
	for i, v := range args {
		if c.kinds[i] != kindOf(v) {
			return false
		}
	}
	return true
}

// Learn compiles a statement of that shape from a plan that the planner has just
// made of it, and remembers it. version is that of the catalog before it began.
func (v *Variants) Learn(ctx *sql.Context, s *state.Session, shape *fastpath.Shape, planned *Planned, version uint64) {
	if shape.Kind == fastpath.None {
		return
	}
	if c := compile(ctx, s, shape, planned, version); c != nil {
		v.remember(c)
	}
}

// compile returns nil for a plan that is not one of those it knows.
func compile(ctx *sql.Context, s *state.Session, shape *fastpath.Shape, planned *Planned, version uint64) *Statement {
	snap := s.Inst.Cat.Snapshot()
	c := &Statement{
		planning: s.Planning, Version: version, Actor: s.Actor(), database: s.BaseSession.GetCurrentDatabase(),
		kinds: make([]valueKind, len(planned.Args)),
	}
	if snap.Version() != version || s.WarningCount() != 0 || s.Rights == nil || len(s.Stored) > 0 {
		return nil
	}
	for i, v := range planned.Args {
		if c.kinds[i] = kindOf(v); c.kinds[i] == kindOther {
			return nil
		}
	}
	name := shape.Table.DbQualifier.String()
	if name == "" {
		name = c.database
	}
	if state.Virtual(name) || c.database != "" && !strings.EqualFold(name, c.database) {
		return nil
	}
	if c.db = snap.Database(name); c.db == nil {
		return nil
	}
	if c.rec = snap.Table(c.db.ID, shape.Table.Name.String()); c.rec == nil {
		return nil
	}
	use, _ := shape.Auth.Extra.(*lxaccess.TableUse)
	if use == nil || use.View != nil || use.LockRead || use.OnDup || len(use.References)+len(use.Like) > 0 {
		return nil
	}
	ok := false
	switch shape.Kind {
	case fastpath.Select:
		c.want = privilege.Of(privilege.Select)
		ok = c.learnRead(ctx, shape, planned)
	case fastpath.Update:
		c.want = privilege.Of(privilege.Update)
		ok = planned.Change != nil && c.learnWrite(ctx, shape, planned)
	case fastpath.Delete:
		c.want = privilege.Of(privilege.Delete)
		ok = planned.Change != nil && c.learnWrite(ctx, shape, planned)
	case fastpath.Insert:
		c.want = privilege.Of(privilege.Insert)
		ok = planned.Change != nil && c.learnWrite(ctx, shape, planned)
	}
	if !ok {
		return nil
	}
	if c.key != nil {
		if _, ok := c.keys(ctx, planned.Args); !ok {
			return nil // a kind of value that the key never takes
		}
	}
	if use.Reads {
		c.want = c.want.Union(privilege.Of(privilege.Select))
	}
	return c
}

// Planned is a statement that the planner has planned.
type Planned struct {
	Node     sql.Node
	Schema   sql.Schema
	Flags    *sql.QueryFlags
	Args     []session.Value
	Bindings map[string]sql.Expression
	Columns  []session.Column // as our operators describe them; nil when the library ran it
	// Change is set instead of Node for what changes rows.
	Change *lxplan.Changing
}

// lookup recognises the look-up of one row by the primary key of c's table.
func (c *Statement) lookup(n sql.Node) (*plan.IndexedTableAccess, *table.Table, bool) {
	access, ok := n.(*plan.IndexedTableAccess)
	if !ok || !access.IsStatic() {
		return nil, nil, false
	}
	index, ok := access.Index().(*table.Index)
	if !ok || !index.IsPrimary() {
		return nil, nil, false
	}
	t, ok := access.UnderlyingTable().(*table.Table)
	if !ok || t.Record() != c.rec {
		return nil, nil, false
	}
	return access, t, true
}

// keyed completes c with the way to the key.
func (c *Statement) keyed(shape *fastpath.Shape, t *table.Table, columns []int) bool {
	var ok bool
	if c.point, ok = t.Point(columns); !ok {
		return false
	}
	c.key, ok = shape.Key(c.point.KeyColumns())
	return ok
}

// projection lists the columns of the table that a SELECT of plain columns
// shows, and the node below it.
func projection(n sql.Node) (columns []int, from sql.Node, ok bool) {
	project, ok := n.(*plan.Project)
	if !ok {
		columns = make([]int, len(n.Schema()))
		for i := range columns {
			columns[i] = i
		}
		return columns, n, true
	}
	for _, e := range project.Projections {
		if a, ok := e.(*expression.Alias); ok {
			e = a.Child
		}
		f, ok := e.(*expression.GetField)
		if !ok {
			return nil, nil, false
		}
		columns = append(columns, f.Index())
	}
	return columns, project.Child, true
}

// keys makes the keys of the rows for one execution. It is false when a value
// does not compare with its column as it stands.
func (c *Statement) keys(ctx *sql.Context, args []session.Value) ([][]byte, bool) {
	var few [4]session.Value
	values := few[:0]
	list := -1
	for i, alternatives := range c.key {
		values = append(values, alternatives[0].Bind(args))
		if len(alternatives) > 1 {
			list = i
		}
	}
	if list < 0 {
		key, ok := c.point.Key(ctx, values)
		return [][]byte{key}, ok
	}
	out := make([][]byte, 0, len(c.key[list]))
	for _, o := range c.key[list] {
		values[list] = o.Bind(args)
		key, ok := c.point.Key(ctx, values)
		if !ok {
			return nil, false
		}
		out = append(out, key)
	}
	return out, true
}

// MaxCompiled bounds the variants that a statement keeps for different kinds of
// bound values.
const MaxCompiled = 4

// Variants are what one statement was compiled to, for different kinds of bound
// values.
type Variants []*Statement

// remember keeps c as the newest variant.
func (v *Variants) remember(c *Statement) {
	all := slices.DeleteFunc(*v, func(old *Statement) bool { return slices.Equal(old.kinds, c.kinds) })
	if len(all) == MaxCompiled {
		all = all[1:]
	}
	*v = append(all, c)
}

// ForValues returns what was compiled for values of these kinds, nil without it.
func (v Variants) ForValues(args []session.Value) *Statement {
	for _, c := range v {
		if c.takes(args) {
			return c
		}
	}
	return nil
}

// Forget drops one that does not hold any more.
func (v *Variants) Forget(c *Statement) {
	*v = slices.DeleteFunc(*v, func(old *Statement) bool { return old == c })
}

// Use is the table, as the statement opens it.
func (c *Statement) Use() state.RelationUse {
	return state.RelationUse{Object: state.TableObject(c.rec), Given: c.want.Has(privilege.Insert)}
}

// Reads says that it is a SELECT, which returns its rows at once.
func (c *Statement) Reads() bool { return c.read != nil }
