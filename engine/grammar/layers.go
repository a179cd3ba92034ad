package grammar

import (
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// The library asks a query for its columns by asking, for each of them, the query below it for all of its own: with twenty
// columns each layer of derived tables or views takes twenty times as long as the one below, and nothing ends it. It does not
// look through a HAVING. So one that is always true stands between the layers that would take long.

// divider is true, and written as nobody writes that.
const divider = "0001"

// HasHaving says that a query says HAVING itself.
func HasHaving(s *ast.Select) bool {
	if s.Having == nil {
		return false
	}
	v, ok := s.Having.Expr.(*ast.SQLVal)
	return !ok || string(v.Val) != divider
}

// Layer is how wide a query is, and how many columns the library looks at to list its columns.
type Layer struct{ Columns, Cost int }

// MostLayered is what listing the columns of one query may cost before it gets a HAVING: a millisecond.
const MostLayered = 400

// MostColumns bounds the columns that the tables of one FROM have together. The library copies them all for each of its tables,
// and nothing ends it.
const MostColumns = 1 << 16

// Divide puts such a HAVING into the queries of a statement that need it. named tells of a name in FROM; the zero Layer is a
// table of as many columns as nobody knows. It refuses a FROM of more than MostColumns, and what each * stands for when that is
// more than may be written: see wide.
func Divide(stmt ast.Statement, named func(ast.TableName) Layer) error {
	l := layers{named: named, known: map[ast.SelectStatement]Layer{}, with: map[string]ast.SelectStatement{}}
	var selects []*ast.Select
	layered, tables, columns, stars := false, 0, 0, 0
	rewriter{node: func(n any) {
		switch n := n.(type) {
		case *ast.Select:
			selects = append(selects, n)
		case *ast.StarExpr:
			stars++
		case *ast.CommonTableExpr:
			if q, is := n.Expr.(*ast.Subquery); is {
				l.with[strings.ToLower(n.As.String())], layered = q.Select, true
			}
		case *ast.AliasedTableExpr:
			switch e := n.Expr.(type) {
			case *ast.Subquery:
				layered = true
			case ast.TableName:
				of := named(e)
				layered = layered || of.Cost > 1
				tables, columns = tables+1, max(columns, of.Columns)
			}
		}
	}}.walk(reflect.ValueOf(stmt))
	if !layered && tables*columns <= MostColumns && stars*comparisons(tables*columns) <= mostCompared {
		return nil
	}
	for _, s := range selects {
		l.of(s)
	}
	switch n := stmt.(type) {
	case *ast.Update:
		l.sources(n.TableExprs)
	case *ast.Delete:
		l.sources(n.TableExprs)
	}
	switch {
	case l.widest > MostColumns:
		return sqlerr.TooManyFields.Errorf("Too many columns").WithHint("the tables of one FROM have %d columns at most, all together", MostColumns)
	case l.compared > mostCompared:
		return errWide
	}
	return nil
}

type layers struct {
	named func(ast.TableName) Layer
	known map[ast.SelectStatement]Layer // a recursive one is a table to itself
	with  map[string]ast.SelectStatement

	widest   int // the columns of a FROM
	compared int // names with columns, where a * or a view brings them
}

func (l *layers) of(stmt ast.SelectStatement) Layer {
	if out, ok := l.known[stmt]; ok {
		return out
	}
	l.known[stmt] = Layer{1, 1}
	out := Layer{1, 1}
	switch n := stmt.(type) {
	case *ast.ParenSelect:
		out = l.of(n.Select)
	case *ast.SetOp:
		left, right := l.of(n.Left), l.of(n.Right)
		out = Layer{left.Columns, left.Cost + right.Cost}
	case *ast.Select:
		out = l.query(n)
	}
	l.known[stmt] = out
	return out
}

func (l *layers) query(n *ast.Select) Layer {
	from, out := l.sources(n.From), Layer{}
	stars, listed := false, 0
	for _, e := range n.SelectExprs {
		if star, is := e.(*ast.StarExpr); is {
			out.Columns, stars = out.Columns+max(from.Columns, 1), true
			listed += l.starred(n, star, from)
		} else {
			out.Columns++
			listed++
		}
	}
	if stars {
		l.compared += comparisons(listed)
	}
	if out.Cost = out.Columns; from.Cost == 1 || n.Having != nil || hasWindow(n) {
		return out
	}
	if cost := out.Columns * from.Cost; cost <= MostLayered {
		out.Cost = cost
	} else {
		n.Having = ast.NewWhere(ast.HavingStr, ast.NewIntVal([]byte(divider)))
	}
	return out
}

// starred counts the columns that a * stands for.
func (l *layers) starred(n *ast.Select, star *ast.StarExpr, from Layer) int {
	if of := star.TableName.Name.String(); of != "" {
		for _, t := range TablesOf(n.From) {
			if AliasOf(t) == strings.ToLower(of) {
				return l.source(t).Columns
			}
		}
	}
	return from.Columns
}

// sources are what stands in a FROM.
func (l *layers) sources(list ast.TableExprs) Layer {
	from := Layer{Cost: 1}
	for _, e := range list {
		from = from.beside(l.source(e))
	}
	l.widest = max(l.widest, from.Columns)
	return from
}

// beside is two sources in one FROM, of which a column is looked for in its own.
func (a Layer) beside(b Layer) Layer { return Layer{a.Columns + b.Columns, max(a.Cost, b.Cost)} }

func (l *layers) source(e ast.TableExpr) Layer {
	switch e := e.(type) {
	case *ast.JoinTableExpr:
		return l.source(e.LeftExpr).beside(l.source(e.RightExpr))
	case *ast.ParenTableExpr:
		out := Layer{Cost: 1}
		for _, x := range e.Exprs {
			out = out.beside(l.source(x))
		}
		return out
	case *ast.AliasedTableExpr:
		switch x := e.Expr.(type) {
		case *ast.Subquery:
			return l.of(x.Select)
		case *ast.ValuesStatement:
			if len(x.Rows) > 0 {
				return Layer{len(x.Rows[0]), 1}
			}
		case ast.TableName:
			if q, ok := l.with[strings.ToLower(x.Name.String())]; ok && x.DbQualifier.IsEmpty() {
				return l.of(q)
			}
			out := l.named(x)
			if out.Cost > 1 { // a view: its list is bound again
				l.compared += comparisons(out.Columns)
			}
			return Layer{max(out.Columns, 1), max(out.Cost, 1)}
		}
	}
	return Layer{1, 1}
}

// hasWindow says that functions over windows stand in a list, which the library computes below it.
func hasWindow(n *ast.Select) (yes bool) {
	rewriter{skip: isSubquery, node: func(x any) {
		if f, is := x.(*ast.FuncExpr); is {
			yes = yes || f.Over != nil
		}
	}}.walk(reflect.ValueOf(n.SelectExprs))
	return yes
}
