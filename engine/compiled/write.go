package compiled

import (
	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/fastpath"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/value"
)

// compiledWrite is the UPDATE, DELETE or INSERT of a compiled statement: our own operators,
// with its values as parameters. It belongs to one prepared statement of one session,
// which runs one execution at a time, to its end.
type compiledWrite struct {
	change *lxplan.Changing
	keys   [][]byte // of the rows of this execution
}

// LearnChange compiles a statement of that shape from what was made of it with its values as
// parameters, and remembers it. version is that of the catalog before it began.
func (v *Variants) LearnChange(ctx *sql.Context, s *state.Session, shape *fastpath.Shape, args []session.Value, change *lxplan.Changing, version uint64) {
	if !change.Steady || shape.Kind == fastpath.None || shape.Kind == fastpath.Select {
		return
	}
	if c := compile(ctx, s, shape, &Planned{Change: change, Args: args}, version); c != nil {
		v.remember(c)
	}
}

// learnWrite takes an UPDATE or DELETE of the rows with given keys, or an INSERT.
func (c *Statement) learnWrite(ctx *sql.Context, shape *fastpath.Shape, planned *Planned) bool {
	t := planned.Change.Table
	if tied, err := t.Tied(ctx); err != nil || tied || t.Record() != c.rec {
		return false
	}
	c.write = &compiledWrite{change: planned.Change}
	if shape.Kind == fastpath.Insert {
		return planned.Change.Uses(nil)
	}
	if !c.keyed(shape, t, nil) {
		return false
	}
	inKey := make([]bool, len(planned.Args))
	for _, alternatives := range c.key {
		if len(alternatives) != 1 {
			return false
		}
		if p := alternatives[0].Param; p >= 0 {
			inKey[p] = true
		}
	}
	w := c.write
	planned.Change.By(func() [][]byte { return w.keys })
	return planned.Change.Uses(inKey)
}

// Change is what an UPDATE, DELETE or INSERT runs within a statement that has begun, and its
// parameters. It is nil when the planner has to.
func (c *Statement) Change(ctx *sql.Context, s *state.Session, env *value.Env, args []session.Value) (*lxplan.Changing, []value.Value, error) {
	w := c.write
	if c.key != nil {
		var ok bool
		if w.keys, ok = c.keys(ctx, args); !ok {
			return nil, nil, nil
		}
	}
	params, err := lxplan.Params(env, args)
	if err != nil {
		return nil, nil, err
	}
	if err := s.Ensure(ctx); err != nil {
		return nil, nil, err
	}
	if s.Tx.Opts.ReadOnly {
		return nil, nil, nil
	}
	if err := s.Locks.Shared(ctx, c.rec.ID, s.Settings().MetaWait); err != nil {
		return nil, nil, err
	}
	if !c.stillHolds(s) {
		return nil, nil, nil
	}
	ctx.ClearWarnings()
	return w.change, params, nil
}
