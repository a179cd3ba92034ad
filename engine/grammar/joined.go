package grammar

import (
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// NamesMeant writes what names mean where the library's binder does not know it, in a copy of the statement: it looks for
// aliases in no key that computes (see keysByAlias), and knows a join by name of two tables only. NATURAL JOIN and
// JOIN … USING become joins with ON. A name without a table that means a column of two of them becomes the name of the one
// that counts, and * the list of what such a join gives: its common columns once, then the others of its first
// operand, then those of its second. The first is the left one, of RIGHT JOIN the right one.
func NamesMeant(stmt ast.Statement, columns ColumnsOf) (ast.Statement, error) {
	if !hasJoinByName(stmt) && !hasKeysByAlias(stmt) && !hasStars(stmt) {
		return stmt, nil
	}
	out := Clone(stmt)
	j := &joiner{columns: columns}
	j.walk(out, nil)
	if j.err == nil {
		j.err = j.bounded(out)
	}
	if j.err != nil {
		return nil, j.err
	}
	return out, nil
}

// ColumnsOf names the columns of a table reference, below what WITH has made before it.
type ColumnsOf func(t *ast.AliasedTableExpr, with *ast.With) ([]string, error)

type joiner struct {
	columns ColumnsOf
	frozen  *frozen                   // of a view that is made
	copied  map[*ast.AliasedExpr]bool // into keys that name them
	meant   int                       // nodes of all copies but the first of each
	err     error
}

func hasJoinByName(tree any) bool {
	found := false
	rewriter{node: func(n any) {
		if t, ok := n.(*ast.JoinTableExpr); ok {
			found = found || byName(t)
		}
	}}.walk(reflect.ValueOf(tree))
	return found
}

// hasStars says that a statement has a t.* of a query around it, or a * in the first part of a recursive query whose columns
// get names: the binder finds no table for the one, and counts no columns of the other.
func hasStars(stmt ast.Statement) (found bool) {
	rewriter{node: func(n any) {
		switch n := n.(type) {
		case *ast.Select:
			for _, e := range n.SelectExprs {
				if star, ok := e.(*ast.StarExpr); ok && !star.TableName.IsEmpty() && !found {
					own := map[string]bool{}
					namesOf(own, n.From...)
					found = !own[strings.ToLower(star.TableName.Name.String())]
				}
			}
		case *ast.With:
			for _, c := range n.Ctes {
				found = found || n.Recursive && len(overStar(c.Columns, c.Expr)) > 0
			}
		}
	}}.walk(reflect.ValueOf(stmt))
	return found
}

// starsAround writes the columns for a t.* whose table stands in a query around this one.
func starsAround(list ast.SelectExprs, block *nameScope) ast.SelectExprs {
	var out ast.SelectExprs
	for _, e := range list {
		if star, ok := e.(*ast.StarExpr); ok && !star.TableName.IsEmpty() && star.TableName.DbQualifier.IsEmpty() {
			if columns := block.around(star.TableName); len(columns) > 0 {
				for _, c := range columns {
					out = append(out, &ast.AliasedExpr{Expr: c.ref(), InputExpression: c.name})
				}
				continue
			}
		}
		out = append(out, e)
	}
	return out
}

// uneven refuses names for another number of columns than the first part of a recursive query has.
func (j *joiner) uneven(c *ast.CommonTableExpr, in *nameScope) {
	sub, ok := c.Expr.(*ast.Subquery)
	if !ok || len(overStar(c.Columns, sub)) == 0 {
		return
	}
	first := withoutParens(sub.Select)
	for o, is := first.(*ast.SetOp); is; o, is = first.(*ast.SetOp) {
		first = withoutParens(o.Left)
	}
	alone, query := *c.AliasedTableExpr, *sub // as the parser made them, with what was noted on them
	query.Select, query.Columns = first, nil
	alone.Expr = &query
	names, err := j.columns(&alone, in.tablesMade())
	if err == nil && len(names) != len(c.Columns) {
		j.failed(sqlerr.ViewWrongList.Errorf("In definition of view, derived table or common table expression, SELECT list and column names list have different column counts"))
	}
}

func byName(t *ast.JoinTableExpr) bool {
	return len(t.Condition.Using) > 0 || strings.HasPrefix(strings.ToLower(t.Join), "natural ")
}

func (j *joiner) failed(err error) {
	if j.err == nil {
		j.err = err
	}
}

// walk rewrites what is below a part of a statement.
func (j *joiner) walk(tree any, in *nameScope) {
	rewriter{skip: func(n any) bool {
		if j.err != nil {
			return true
		}
		switch n := n.(type) {
		case *ast.Select:
			j.query(n, in)
		case *ast.SetOp: // its ORDER BY names columns of the result
			in := j.with(n.With, in)
			j.walk(n.Left, in)
			j.walk(n.Right, in)
		case *ast.Insert:
			in := j.with(n.With, in)
			j.walk(n.Rows, in)
			j.walk(n.OnDup, in)
		case *ast.Update:
			in := j.with(n.With, in)
			block, _ := j.block(n.TableExprs, in)
			j.walk([]any{n.Exprs, n.Where, n.OrderBy, n.Limit}, block)
		case *ast.Delete:
			in := j.with(n.With, in)
			block, _ := j.block(n.TableExprs, in)
			j.walk([]any{n.Where, n.OrderBy, n.Limit}, block)
		case *ast.ColName:
			in.qualify(n)
		default:
			return false
		}
		return true
	}}.walk(reflect.ValueOf(tree))
}

// with is the scope below a WITH.
func (j *joiner) with(w *ast.With, outer *nameScope) *nameScope {
	if w == nil {
		return outer
	}
	in := &nameScope{outer: outer, recursive: w.Recursive}
	for _, c := range w.Ctes {
		if w.Recursive {
			j.uneven(c, in)
			in.made = append(in.made, c)
		}
		j.walk(c.AliasedTableExpr.Expr, in)
		if !w.Recursive {
			in.made = append(in.made, c)
		}
	}
	return in
}

// query rewrites a SELECT.
func (j *joiner) query(s *ast.Select, outer *nameScope) {
	in := j.with(s.With, outer)
	block, parts := j.block(s.From, in)
	if j.err != nil {
		return
	}
	switch {
	case j.frozen != nil:
		s.SelectExprs = j.frozen.list(s.SelectExprs, block, parts, j)
	case block.byName:
		s.SelectExprs = withoutStar(s.SelectExprs, parts)
	}
	s.SelectExprs = starsAround(s.SelectExprs, block)
	j.walk(s.SelectExprs, block)
	selected := &selectedScope{list: s.SelectExprs}
	for _, o := range s.OrderBy {
		if c, ok := o.Expr.(*ast.ColName); ok && block.byName && selected.has(c) {
			continue
		}
		j.walk(o, block)
	}
	if s.Having != nil {
		if block.byName {
			j.having(s.Having, block, selected)
		} else {
			j.walk(s.Having, block)
		}
	}
	j.walk([]any{s.Where, s.GroupBy, s.Window, s.Limit}, block)
	if j.frozen == nil && j.err == nil {
		j.aliases(s, block)
	}
}

// having looks a name up in what is selected first.
func (j *joiner) having(h *ast.Where, block *nameScope, selected *selectedScope) {
	rewriter{skip: func(n any) bool {
		c, ok := n.(*ast.ColName)
		return ok && selected.has(c)
	}}.walk(reflect.ValueOf(h))
	inner := *block
	inner.but = selected
	j.walk(h, &inner)
}

// withoutStar writes for * what the parts of FROM give.
func withoutStar(list ast.SelectExprs, parts []operand) ast.SelectExprs {
	var out ast.SelectExprs
	for _, e := range list {
		star, ok := e.(*ast.StarExpr)
		if !ok || !star.TableName.IsEmpty() {
			out = append(out, e)
			continue
		}
		for _, p := range parts {
			if !p.byName {
				for _, t := range p.tables {
					out = append(out, &ast.StarExpr{TableName: t.name})
				}
				continue
			}
			for _, c := range p.columns {
				out = append(out, &ast.AliasedExpr{Expr: c.ref(), InputExpression: c.name})
			}
		}
	}
	return out
}

// selectedScope are the names that a SELECT list makes.
type selectedScope struct{ list ast.SelectExprs }

// has reports whether a name is one of them; that of a column becomes what was selected.
func (s *selectedScope) has(c *ast.ColName) bool {
	if s == nil || !c.Qualifier.IsEmpty() {
		return false
	}
	for _, e := range s.list {
		a, ok := e.(*ast.AliasedExpr)
		if !ok {
			continue
		}
		if !a.As.IsEmpty() {
			if a.As.EqualString(c.Name.String()) {
				return true
			}
			continue
		}
		if of, ok := a.Expr.(*ast.ColName); ok && of.Name.Equal(c.Name) {
			c.Qualifier = of.Qualifier
			return true
		}
	}
	return false
}

// operand is what a part of FROM gives.
type operand struct {
	tables  []*namedTable
	columns []joinedColumn // as a name without a table, and *, see them
	byName  bool           // there is a join by name in it
}

// joinedColumn is one column of an operand.
type joinedColumn struct {
	name   string
	of     *namedTable
	merged bool // it stands for columns of several tables
}

func (c joinedColumn) ref() *ast.ColName {
	return &ast.ColName{Name: ast.NewColIdent(c.name), Qualifier: c.of.name}
}

// namedTable is a table reference.
type namedTable struct{ name ast.TableName }

// common pairs the columns of two operands by their names, and says what is left.
func common(first, second operand, using ast.Columns) (pairs [][2]joinedColumn, rest []joinedColumn, err error) {
	taken := make([]bool, len(second.columns))
	listed := func(name string) bool {
		for _, u := range using {
			if u.EqualString(name) {
				return true
			}
		}
		return len(using) == 0
	}
	for _, c := range first.columns {
		at := -1
		if listed(c.name) {
			for i, d := range second.columns {
				if !strings.EqualFold(c.name, d.name) {
					continue
				}
				if at >= 0 || taken[i] {
					return nil, nil, sqlerr.AmbiguousColumn.Errorf("Column '%s' in from clause is ambiguous", c.name)
				}
				at = i
			}
		}
		if at < 0 {
			rest = append(rest, c)
			continue
		}
		taken[at] = true
		pairs = append(pairs, [2]joinedColumn{c, second.columns[at]})
	}
	for i, d := range second.columns {
		if !taken[i] {
			rest = append(rest, d)
		}
	}
	for _, u := range using {
		found := false
		for _, p := range pairs {
			found = found || u.EqualString(p[0].name)
		}
		if !found {
			return nil, nil, sqlerr.BadField.Errorf("Unknown column '%s' in 'from clause'", u.String())
		}
	}
	return pairs, rest, nil
}
