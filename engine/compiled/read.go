package compiled

import (
	"github.com/dolthub/go-mysql-server/sql"

	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/value"
)

// Bound is what the binder made of a statement, for any values of the same kinds.
type Bound struct {
	Node sql.Node
	Of   lxplan.Standing
}

// Values are those of one execution: of a client's statement, or of the variables of a program beside
// the numbers in its LIMIT.
type Values struct {
	Args []session.Value
	Vars []value.Value
}

// params are the values of the parameters.
func (v Values) params(env *value.Env, room []value.Value) ([]value.Value, error) {
	out, err := lxplan.Params(env, v.Args, room)
	return append(out, v.Vars...), err
}

// set puts the values of an execution into it.
func (b *Bound) set(of Values, connection sql.CollationID) error {
	for i, v := range b.Of.Vars {
		v.Value = of.Vars[i]
	}
	args := of.Args
	for i, g := range b.Of.Given {
		if g == nil {
			continue
		}
		lit, err := lxplan.LiteralOf(args[i], connection)
		if err != nil {
			return err
		}
		g.Set(lit)
	}
	return nil
}

// read is a query: operators that serve for all values, or else what they are made of anew for
// each execution.
type read struct {
	bound   Bound
	query   *lxplan.Query // nil when the values decide about it
	columns []session.Column
	busy    bool // its rows are being read
}

// Query makes c a query. query is nil when it has to be converted for each execution.
func (c *Statement) Query(bound Bound, query *lxplan.Query, columns []session.Column) {
	c.read = &read{bound: bound, query: query, columns: columns}
	if query != nil && len(bound.Of.Vars) == 0 { // whose values are no client's
		c.point = pointOf(query)
	}
}

// Columns are those of the rows that it reads.
func (c *Statement) Columns() []session.Column { return c.read.columns }

// Convert is the query of one execution with its parameters. done is called when its rows were
// read.
func (c *Statement) Convert(ctx *sql.Context, env *value.Env, of Values) (q *lxplan.Query, params []value.Value, done func(), err error) {
	r := c.read
	if r.query != nil && !r.busy {
		if params, err = of.params(env, nil); err != nil {
			return nil, nil, nil, err
		}
		r.busy = true
		return r.query, params, func() { r.busy = false }, nil
	}
	if err := r.bound.set(of, ctx.GetCollation()); err != nil {
		return nil, nil, nil, err
	}
	q, err = lxplan.Convert(ctx, r.bound.Node, env)
	return q, nil, nil, err
}
