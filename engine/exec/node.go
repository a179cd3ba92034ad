package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Node is an operator of a query with everything below it.
type Node interface {
	// Types are those of the columns.
	Types() []value.Type
	// Open begins to run it.
	Open(c *expr.Ctx) (Rows, error)
}

// Rows are what an opened Node gives.
type Rows interface {
	// Next gives the next batch, which has at least one row, or nil at the end.
	Next(c *expr.Ctx) (*Batch, error)
	// Close frees what the rows hold. A second call does nothing.
	Close() error
}

// Batches have at most so many rows, and about so many bytes.
const (
	batchRows  = 1024
	batchBytes = 256 << 10
)

// ended says whether the statement was cancelled, ran out of its time, or may not go on:
// rows that were read before a REVOKE go no further than the batch.
func ended(c *expr.Ctx) error {
	if err := c.Context().Err(); err != nil {
		return err
	}
	return c.Watched()
}

// outTypes are the types of expressions.
func outTypes(list []expr.Expr) []value.Type {
	out := make([]value.Type, len(list))
	for i, e := range list {
		out[i] = *e.Type()
	}
	return out
}

// truth is what a condition comes to: NULL is not true.
func truth(c *expr.Ctx, e expr.Expr, r expr.Row) (bool, error) {
	defer c.Settle(c.Transient())
	v, err := e.Eval(c, r)
	if err != nil || v.IsNull() {
		return false, err
	}
	switch v.Class() {
	case value.ClassInt:
		return v.Int() != 0, nil
	case value.ClassUint:
		return v.Uint() != 0, nil
	}
	return value.ToBool(c.Env, v, e.Type())
}

// holds says whether all conditions are true for a row.
func holds(c *expr.Ctx, conds []expr.Expr, r expr.Row) (bool, error) {
	for _, e := range conds {
		yes, err := truth(c, e, r)
		if err != nil || !yes {
			return false, err
		}
	}
	return true, nil
}

// each opens a node and calls visit for each of its batches.
func each(c *expr.Ctx, n Node, visit func(b *Batch) error) (err error) {
	rows, err := n.Open(c)
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	for {
		b, err := rows.Next(c)
		if err != nil || b == nil {
			return err
		}
		if err := visit(b); err != nil {
			return err
		}
	}
}

// pass gives the next batch in which look finds rows that pass; nil at the end.
func pass(c *expr.Ctx, rows Rows, look func(c *expr.Ctx, b *Batch) (sel []int32, err error), out *Batch) (*Batch, error) {
	for {
		b, err := rows.Next(c)
		if err != nil || b == nil {
			return nil, err
		}
		sel, err := look(c, b)
		if err != nil {
			return nil, err
		}
		if len(sel) > 0 {
			*out = Batch{Batch: b.Batch, Sel: sel}
			return out, nil
		}
	}
}

// Each opens a node and calls visit for each of its batches.
func Each(c *expr.Ctx, n Node, visit func(b *Batch) error) error { return each(c, n, visit) }

// Ended says whether the statement was cancelled, ran out of its time, or may not go on.
func Ended(c *expr.Ctx) error { return ended(c) }
