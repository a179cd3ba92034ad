package expr

import (
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Tuple is a row constructor, (a,b). It has no value of its own; comparisons and IN
// take it apart.
type Tuple struct{ Items []Expr }

func (e *Tuple) Type() *value.Type  { return &value.NullType }
func (e *Tuple) String() string     { return "(" + join(e.Items, ",") + ")" }
func (e *Tuple) children() []Expr   { return e.Items }
func (e *Tuple) with(c []Expr) Expr { return &Tuple{c} }

// Eval is error 1241: a row stands where one value belongs.
func (e *Tuple) Eval(*Ctx, Row) (value.Value, error) { return value.Null, oneColumn(1) }

func oneColumn(n int) error {
	return sqlerr.OperandColumns.Errorf("Operand should contain %d column(s)", n)
}

func isRow(e Expr) bool {
	_, ok := e.(*Tuple)
	return ok
}

// compareRows makes of a comparison of rows one of their values: equality of all, or
// the order of the first that differ.
func (b *Builder) compareRows(op compareOp, l, r Expr) (Expr, error) {
	lt, lok := l.(*Tuple)
	rt, rok := r.(*Tuple)
	switch {
	case !lok:
		return nil, oneColumn(1)
	case !rok || len(lt.Items) != len(rt.Items):
		return nil, oneColumn(len(lt.Items))
	}
	switch op {
	case opEqual, opNullSafe:
		return b.eachPair("and", op, lt, rt)
	case opNotEqual:
		return b.eachPair("or", op, lt, rt)
	}
	return Sharing(lt, func(l Expr) (Expr, error) {
		return Sharing(rt, func(r Expr) (Expr, error) { return b.orderPairs(op, l.(*Tuple).Items, r.(*Tuple).Items) })
	})
}

func (b *Builder) eachPair(join string, op compareOp, l, r *Tuple) (Expr, error) {
	all := make([]Expr, len(l.Items))
	for i := range l.Items {
		var err error
		if all[i], err = b.Call(opText[op], l.Items[i], r.Items[i]); err != nil {
			return nil, err
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return b.Call(join, all...)
}

// orderPairs: (a,b) < (c,d) is a < c or (a = c and b < d).
func (b *Builder) orderPairs(op compareOp, l, r []Expr) (Expr, error) {
	if len(l) == 1 {
		return b.Call(opText[op], l[0], r[0])
	}
	strict := map[compareOp]compareOp{opLess: opLess, opLessEqual: opLess, opGreater: opGreater, opGreaterEqual: opGreater}[op]
	first, err := b.Call(opText[strict], l[0], r[0])
	if err != nil {
		return nil, err
	}
	same, err := b.Call("=", l[0], r[0])
	if err != nil {
		return nil, err
	}
	rest, err := b.orderPairs(op, l[1:], r[1:])
	if err != nil {
		return nil, err
	}
	if rest, err = b.Call("and", same, rest); err != nil {
		return nil, err
	}
	return b.Call("or", first, rest)
}
