package engine

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
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// compiled is what a prepared statement of a recognised shape keeps of one run
// through the planner: enough to run again without it. It is made from the
// planner's own plan, so columns, conversions and errors are the planner's; and
// at every execution it is held against everything that went into that plan
// (the definition of the table, the current database, the session's variables,
// the kinds of the bound values) and against the session's rights as they are
// now. Whenever anything differs, or a right is missing, the statement goes
// through the planner as if there were nothing compiled: only the planner
// refuses, and so there is one set of errors.
type compiled struct {
	kinds    []valueKind // of the bound values
	planning uint64      // state of the session's variables
	database string      // the current one

	version uint64 // of the catalog for which the rest is known to hold
	db      *catalog.Database
	rec     *catalog.Table
	actor   access.Actor // both walls are asked with
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
	if v.Kind() != session.Bytes {
		return valueKind(v.Kind())
	}
	if utf8.Valid(v.Bytes()) {
		return kindString
	}
	return kindOther
}

// holds says whether the statement may run as compiled.
func (c *compiled) holds(s *sqlSession) bool {
	if c.planning != s.Planning || c.database != s.BaseSession.GetCurrentDatabase() {
		return false
	}
	if snap := s.engine.inst.Cat.Snapshot(); snap.Version() != c.version && !c.follow(snap) {
		return false
	}
	return access.May(c.actor, state.TableObject(c.rec), access.All(c.want), access.Enforce)
}

// stillHolds is holds again after a wait. Definitions and rights both change with
// the catalog; what else takes rights away, an expired certificate, the guard
// sees.
func (c *compiled) stillHolds(s *sqlSession) bool {
	return s.engine.inst.Cat.Snapshot().Version() == c.version || c.holds(s)
}

// follow carries the statement over to a newer catalog in which its table and
// its database are the same records. What a change runs besides (triggers,
// foreign keys of other tables) hangs on more than those, so a change is
// planned again for every new catalog.
func (c *compiled) follow(snap *catalog.Snapshot) bool {
	if c.read == nil || snap.DatabaseByID(c.db.ID) != c.db || snap.TableByID(c.rec.ID) != c.rec {
		return false
	}
	c.version = snap.Version()
	return true
}

func (c *compiled) takes(args []session.Value) bool {
	for i, v := range args {
		if c.kinds[i] != kindOf(v) {
			return false
		}
	}
	return true
}

// learn compiles the statement from the plan that was just made for it.
func (p *Stmt) learn(ctx *sql.Context, planned *planned, version uint64) {
	if p.shape.Kind == fastpath.None || p.session.engine.opts.planEverything {
		return
	}
	if c := p.compile(ctx, planned, version); c != nil {
		p.remember(c)
	}
}

// compile learns from a plan that the planner has just made of statement p.
// version is that of the catalog before it began. It returns nil for a plan
// that is not one of those it knows.
func (p *Stmt) compile(ctx *sql.Context, planned *planned, version uint64) *compiled {
	s := p.session.sql
	snap := s.engine.inst.Cat.Snapshot()
	c := &compiled{
		planning: s.Planning, version: version, actor: s.Actor(), database: s.BaseSession.GetCurrentDatabase(),
		kinds: make([]valueKind, len(planned.args)),
	}
	if snap.Version() != version || s.WarningCount() != 0 || s.Rights == nil || len(s.Stored) > 0 {
		return nil
	}
	for i, v := range planned.args {
		if c.kinds[i] = kindOf(v); c.kinds[i] == kindOther {
			return nil
		}
	}
	name := p.shape.Table.DbQualifier.String()
	if name == "" {
		name = c.database
	}
	if state.Virtual(name) || c.database != "" && !strings.EqualFold(name, c.database) {
		return nil
	}
	if c.db = snap.Database(name); c.db == nil {
		return nil
	}
	if c.rec = snap.Table(c.db.ID, p.shape.Table.Name.String()); c.rec == nil {
		return nil
	}
	use, _ := p.shape.Auth.Extra.(*lxaccess.TableUse)
	if use == nil || use.View != nil || use.LockRead || use.OnDup || len(use.References)+len(use.Like) > 0 {
		return nil
	}
	ok := false
	switch p.shape.Kind {
	case fastpath.Select:
		c.want = privilege.Of(privilege.Select)
		ok = c.learnRead(ctx, p, planned)
	case fastpath.Update:
		c.want = privilege.Of(privilege.Update)
		ok = c.learnUpdate(p, planned)
	case fastpath.Delete:
		c.want = privilege.Of(privilege.Delete)
		ok = c.learnDelete(p, planned)
	case fastpath.Insert:
		c.want = privilege.Of(privilege.Insert)
		ok = c.learnInsert(planned)
	}
	if !ok {
		return nil
	}
	if c.key != nil {
		if _, ok := c.keys(ctx, planned.args); !ok {
			return nil // a kind of value that the key never takes
		}
	}
	if use.Reads {
		c.want = c.want.Union(privilege.Of(privilege.Select))
	}
	return c
}

// planned is a statement that the planner has planned.
type planned struct {
	node     sql.Node
	schema   sql.Schema
	flags    *sql.QueryFlags
	args     []session.Value
	bindings map[string]sql.Expression
}

// lookup recognises the look-up of one row by the primary key of c's table.
func (c *compiled) lookup(n sql.Node) (*plan.IndexedTableAccess, *table.Table, bool) {
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
func (c *compiled) keyed(p *Stmt, t *table.Table, columns []int) bool {
	var ok bool
	if c.point, ok = t.Point(columns); !ok {
		return false
	}
	c.key, ok = p.shape.Key(c.point.KeyColumns())
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
func (c *compiled) keys(ctx *sql.Context, args []session.Value) ([][]byte, bool) {
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

// maxCompiled bounds the variants that a statement keeps for different kinds of
// bound values.
const maxCompiled = 4

// remember keeps c as the newest variant.
func (p *Stmt) remember(c *compiled) {
	p.compiled = slices.DeleteFunc(p.compiled, func(old *compiled) bool { return slices.Equal(old.kinds, c.kinds) })
	if len(p.compiled) == maxCompiled {
		p.compiled = p.compiled[1:]
	}
	p.compiled = append(p.compiled, c)
}

// variant returns what was compiled for values of these kinds, nil without it.
func (p *Stmt) variant(args []session.Value) *compiled {
	for _, c := range p.compiled {
		if c.takes(args) {
			return c
		}
	}
	return nil
}

func (p *Stmt) forget(c *compiled) {
	p.compiled = slices.DeleteFunc(p.compiled, func(old *compiled) bool { return old == c })
}

// maxKept bounds the closed statements that a session keeps.
const maxKept = 64

// keep remembers a statement that is being closed. Drivers prepare, execute and
// close a statement for each query with arguments.
func (s *Session) keep(p *Stmt) {
	if len(p.compiled) == 0 {
		return
	}
	if s.kept == nil || len(s.kept) >= maxKept {
		s.kept = map[string]*Stmt{}
	}
	s.kept[p.text] = p
}

// prepareAgain returns a statement of the same text that was closed, if it
// could run as compiled now: then preparing it would succeed, too, and find the
// same columns. Plans are not shared, so it is kept no longer.
func (s *Session) prepareAgain(text string) *Stmt {
	old := s.kept[text]
	if old == nil {
		return nil
	}
	delete(s.kept, text)
	for _, c := range old.compiled {
		if c.holds(s.sql) {
			p := *old
			p.closed = false
			s.stmts[&p] = struct{}{}
			return &p
		}
	}
	return nil
}
