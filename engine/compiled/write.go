package compiled

import (
	"github.com/dolthub/go-mysql-server/sql"

	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/value"
)

// write is an INSERT, REPLACE, UPDATE or DELETE: as read is a query. It runs to its end before the
// next execution begins.
type write struct {
	bound  Bound
	set    int // assignments of an UPDATE
	change *lxplan.Changing
	params []value.Value // room for those of an execution
}

// maxParams bounds the memory that is kept for the parameters of the next execution.
const maxParams = 64

// Change makes c a change of rows. change is nil when it has to be converted for each execution.
func (c *Statement) Change(bound Bound, set int, change *lxplan.Changing) {
	c.write = &write{bound: bound, set: set, change: change}
}

// ConvertChange is the change of one execution with its parameters, which the change copies.
func (c *Statement) ConvertChange(ctx *sql.Context, env *value.Env, host lxplan.Host, of Values) (*lxplan.Changing, []value.Value, error) {
	w := c.write
	if w.change != nil {
		params, err := of.params(env, w.params)
		if len(params) <= maxParams {
			w.params = params[:0]
		}
		return w.change, params, err
	}
	if err := w.bound.set(of, ctx.GetCollation()); err != nil {
		return nil, nil, err
	}
	q, err := lxplan.ConvertChange(ctx, w.bound.Node, env, host, w.set)
	return q, nil, err
}
