package grammar

import (
	"fmt"
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// ForNames replaces names in expressions of a tree by placeholders. of is asked what a
// name, with its qualifier, becomes: the placeholder's name, or "" for one that stays.
// Places that want a number are told apart: there a placeholder stands for a literal.
// What is a column by its place, as the left side of an assignment, is left alone.
func ForNames(stmt ast.Statement, of func(qualifier, name string, number bool) (string, error)) error {
	var failed error
	type listed struct {
		of  *ast.AliasedExpr
		was *ast.ColName
	}
	var columns []listed
	replace := func(e ast.Expr, number bool) ast.Expr {
		c, ok := e.(*ast.ColName)
		if !ok || failed != nil || !c.Qualifier.DbQualifier.IsEmpty() {
			return nil
		}
		name := c.Name.String()
		if strings.HasPrefix(name, "@") {
			return nil
		}
		placeholder, err := of(c.Qualifier.Name.String(), name, number)
		if err != nil {
			failed = err
		}
		if err != nil || placeholder == "" {
			return nil
		}
		return ast.NewValArg([]byte(":" + placeholder))
	}
	r := rewriter{
		node: func(n any) {
			switch n := n.(type) {
			case *ast.Limit:
				for _, e := range []*ast.Expr{&n.Offset, &n.Rowcount} {
					if now := replace(*e, true); now != nil {
						*e = now
					}
				}
			case *ast.AliasedExpr:
				if c, ok := n.Expr.(*ast.ColName); ok && n.As.IsEmpty() && n.InputExpression == "" {
					columns = append(columns, listed{n, c})
				}
			}
		},
		expr: func(e ast.Expr) ast.Expr { return replace(e, false) },
	}
	r.walk(reflect.ValueOf(stmt))
	for _, c := range columns {
		if c.of.Expr != c.was { // the column keeps the name that was written
			c.of.InputExpression = c.was.Name.String()
		}
	}
	rewriter{node: placeholderKeys}.walk(reflect.ValueOf(stmt))
	return failed
}

// placeholderKeys hides a placeholder that is all of a key: alone it would be the number of a column.
func placeholderKeys(n any) {
	hide := func(e *ast.Expr) {
		if v, ok := (*e).(*ast.SQLVal); ok && v.Type == ast.ValArg {
			*e = &ast.ParenExpr{Expr: v}
		}
	}
	switch n := n.(type) {
	case *ast.Select:
		for i := range n.GroupBy {
			hide(&n.GroupBy[i])
		}
	case *ast.Order:
		hide(&n.Expr)
	}
}

// OneExpression is the expression of a SELECT that has nothing else.
func OneExpression(stmt ast.Statement) (*ast.Expr, error) {
	sel, ok := stmt.(*ast.Select)
	if !ok || len(sel.SelectExprs) != 1 {
		return nil, fmt.Errorf("not one expression")
	}
	a, ok := sel.SelectExprs[0].(*ast.AliasedExpr)
	if !ok {
		return nil, fmt.Errorf("not an expression")
	}
	return &a.Expr, nil
}

// SelectOf is a SELECT of one expression.
func SelectOf(e ast.Expr) *ast.Select {
	return &ast.Select{SelectExprs: ast.SelectExprs{&ast.AliasedExpr{Expr: e}}}
}

// qualifiedFunctions writes what a qualified function is called in the tree: the library looks
// at no qualifier.
func qualifiedFunctions(stmt ast.Statement) {
	rewriter{node: func(n any) {
		if f, ok := n.(*ast.FuncExpr); ok && !f.Qualifier.IsEmpty() {
			f.Name = ast.NewColIdent(f.Qualifier.String() + functionDot + f.Name.String())
			f.Qualifier = ast.TableIdent{}
		}
	}}.walk(reflect.ValueOf(stmt))
}

// functionDot stands between the database and the name of a function: no name has it.
const functionDot = "\x00.\x00"

// MarkFunctions notes at the functions of a statement that are not built in that they stand in a
// certain text, and writes the database before those without one.
func MarkFunctions(stmt ast.SQLNode, database, mark string, builtIn func(name string) bool) {
	rewriter{node: func(n any) {
		f, ok := n.(*ast.FuncExpr)
		if !ok || builtIn(f.Name.Lowered()) {
			return
		}
		name := f.Name.String()
		if _, _, qualified := SplitFunction(name); !qualified {
			name = database + functionDot + name
		}
		f.Name = ast.NewColIdent(name + functionMark + mark)
	}}.walk(reflect.ValueOf(stmt))
}

// functionMark stands behind the name of a function that is marked.
const functionMark = "\x00:\x00"

// MarkOf is the mark of a function, "" without one, and its name.
func MarkOf(name string) (rest, mark string) {
	rest, mark, _ = strings.Cut(name, functionMark)
	return rest, mark
}

// FunctionName is what a tree calls a function.
func FunctionName(f *ast.FuncExpr) (database, name string, qualified bool) {
	if !f.Qualifier.IsEmpty() {
		return f.Qualifier.String(), f.Name.String(), true
	}
	return SplitFunction(f.Name.String())
}

// SplitFunction is the other way round.
func SplitFunction(name string) (database, plain string, qualified bool) {
	database, plain, qualified = strings.Cut(name, functionDot)
	if !qualified {
		return "", name, false
	}
	return database, plain, true
}

// NamesVariables says that a part of a tree names variables of the session or the server.
func NamesVariables(part any) bool {
	found := false
	Parts(part, func(n any) {
		switch n := n.(type) {
		case *ast.ColName:
			found = found || strings.HasPrefix(n.Name.String(), "@") || strings.HasPrefix(n.Qualifier.Name.String(), "@@")
		case *ast.AliasedExpr:
			found = found || assigning(n.Expr)
		case ast.InjectedExpr:
			found = found || assigning(n)
		}
	})
	return found
}

func assigning(e ast.Expr) bool {
	i, ok := e.(ast.InjectedExpr)
	if !ok {
		return false
	}
	f, ok := i.Expression.(*Form)
	return ok && f.Kind == FormAssign
}

// Parts visits every node of a part of a tree, also where the grammar's own walk does
// not go.
func Parts(part any, visit func(n any)) { rewriter{node: visit}.walk(reflect.ValueOf(part)) }

// rowID is another name of the key of a row, where that is one integer.
const rowID = "_rowid"

// RowIDs writes the columns that _rowid stands for, in a copy of a statement that says so. key is the column of a table
// that has one, "" for others.
func RowIDs(stmt ast.Statement, key func(ast.TableName) string) ast.Statement {
	says := false
	rewriter{node: func(n any) {
		c, ok := n.(*ast.ColName)
		says = says || ok && c.Name.EqualString(rowID)
	}}.walk(reflect.ValueOf(stmt))
	if !says {
		return stmt
	}
	out := Clone(stmt)
	(&rowIDs{key: key}).walk(out)
	return out
}

// rowIDs are the tables of a query with such a key.
type rowIDs struct {
	outer *rowIDs
	key   func(ast.TableName) string
	of    []keyedTable
}

type keyedTable struct {
	name   ast.TableName
	column string
}

func (in *rowIDs) walk(tree any) {
	rewriter{skip: func(n any) bool {
		switch n := n.(type) {
		case *ast.Select:
			inner := in.from(n.From)
			for _, e := range n.SelectExprs {
				if a, ok := e.(*ast.AliasedExpr); ok && a.As.IsEmpty() {
					if c, ok := a.Expr.(*ast.ColName); ok && c.Name.EqualString(rowID) {
						a.As = ast.NewColIdent(c.Name.String())
					}
				}
			}
			in.walk(n.With)
			inner.walk([]any{n.SelectExprs, n.From, n.Where, n.GroupBy, n.Having, n.Window, n.OrderBy, n.Limit})
		case *ast.Update:
			in.from(n.TableExprs).walk([]any{n.With, n.TableExprs, n.Exprs, n.Where, n.OrderBy, n.Limit})
		case *ast.Delete:
			in.from(n.TableExprs).walk([]any{n.With, n.TableExprs, n.Where, n.OrderBy, n.Limit})
		case *ast.ColName:
			in.name(n)
		default:
			return false
		}
		return true
	}}.walk(reflect.ValueOf(tree))
}

func (in *rowIDs) from(exprs ast.TableExprs) *rowIDs {
	out := &rowIDs{outer: in, key: in.key}
	for _, table := range TablesOf(exprs) {
		name := table.Expr.(ast.TableName)
		t := keyedTable{name, in.key(name)}
		if !table.As.IsEmpty() {
			t.name = ast.TableName{Name: table.As}
		}
		out.of = append(out.of, t)
	}
	return out
}

func (in *rowIDs) name(c *ast.ColName) {
	if !c.Name.EqualString(rowID) {
		return
	}
	for s := in; s != nil; s = s.outer {
		for _, t := range s.of {
			if t.column == "" || !c.Qualifier.IsEmpty() && !strings.EqualFold(c.Qualifier.Name.String(), t.name.Name.String()) {
				continue
			}
			c.Name = ast.NewColIdent(t.column)
			if c.Qualifier.IsEmpty() {
				c.Qualifier = t.name
			}
			return
		}
	}
}

// NamesColumn reports whether an expression anywhere in a tree names a column.
func NamesColumn(tree any) bool {
	found := false
	rewriter{node: func(n any) {
		if _, ok := n.(*ast.ColName); ok {
			found = true
		}
	}}.walk(reflect.ValueOf(tree))
	return found
}
