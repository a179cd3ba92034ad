package plan

import (
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/session"
)

// ParamsOf describes n placeholders of a bound statement by what each stands beside: the
// column that it is written to or compared with, or LIMIT. One of which nothing is known
// is a VARCHAR, as everything can be written as text.
func ParamsOf(ctx *sql.Context, node sql.Node, n int) []session.Column {
	out := AnyParams(n)
	learnNode(node, func(name string, t sql.Type) {
		i, err := strconv.Atoi(strings.TrimPrefix(name, "v"))
		if err != nil || i < 1 || i > n || types.IsDeferredType(t) || t == types.Null {
			return
		}
		out[i-1] = columnOf(ctx, &sql.Column{Name: "?", Type: t, Nullable: true})
	})
	return out
}

// AnyParams are n placeholders of which nothing is known.
func AnyParams(n int) []session.Column {
	out := make([]session.Column, n)
	for i := range out {
		out[i] = session.Column{Name: "?", Type: session.TypeVarChar, Charset: CharsetUTF8MB4}
	}
	return out
}

// learn is told the type of a placeholder.
type learn func(name string, t sql.Type)

func learnNode(node sql.Node, tell learn) {
	transform.Inspect(node, func(n sql.Node) bool {
		switch n := n.(type) {
		case *plan.InsertInto:
			learnNode(n.Source, tell) // no child of it
		case *plan.Limit:
			learnFrom(n.Limit, types.Int64, tell)
		case *plan.Offset:
			learnFrom(n.Offset, types.Int64, tell)
		}
		if n, ok := n.(sql.Expressioner); ok {
			for _, e := range n.Expressions() {
				learnExpression(e, tell)
			}
		}
		return true
	})
}

func learnExpression(e sql.Expression, tell learn) {
	sql.Inspect(e, func(e sql.Expression) bool {
		switch e := e.(type) {
		case *expression.BindVar:
			tell(e.Name, e.Typ) // of what is written to a column the library knows it
		case *plan.Subquery:
			learnNode(e.Query, tell)
		case expression.Comparer:
			learnBeside(e.Left(), e.Right(), tell)
			learnBeside(e.Right(), e.Left(), tell)
		case *expression.SetField:
			learnBeside(e.RightChild, e.LeftChild, tell)
		case *expression.InTuple:
			learnBeside(e.Right(), e.Left(), tell)
		case *expression.Between:
			learnBeside(e.Lower, e.Val, tell)
			learnBeside(e.Upper, e.Val, tell)
			learnBeside(e.Val, e.Lower, tell)
		}
		return true
	})
}

// learnBeside takes the type of what a placeholder, or each of a list, is compared with.
func learnBeside(e, with sql.Expression, tell learn) {
	if list, ok := e.(expression.Tuple); ok {
		for _, e := range list {
			learnBeside(e, with, tell)
		}
		return
	}
	if _, ok := with.(*expression.GetField); ok {
		learnFrom(e, with.Type(), tell)
	}
}

func learnFrom(e sql.Expression, t sql.Type, tell learn) {
	if v, ok := e.(*expression.BindVar); ok {
		tell(v.Name, t)
	}
}
