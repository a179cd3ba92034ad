package grammar

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// FormKind is a form of SQL that the library's binder has not.
type FormKind uint8

// The forms. The library binds their children; engine/plan makes what they mean.
const (
	// FormKept is the last key of an ORDER BY, which orders nothing: it lets the binder
	// see an aggregate that HAVING names.
	FormKept FormKind = iota
	// FormKeptHere stands in HAVING for the child of the FormKept in Of.
	FormKeptHere
	// FormRollup is the last key of a GROUP BY … WITH ROLLUP.
	FormRollup
	// FormGrouping is GROUPING(…).
	FormGrouping
	// FormAny and FormAll compare the first child with the rows of the second, by Operator.
	FormAny
	FormAll
	// FormAssign is @name := child, the name in Operator.
	FormAssign
	// FormColumn is the column with the number At of a UNION, INTERSECT or EXCEPT.
	FormColumn
	// FormOnce is its child, under a text that nothing else has: the binder mixes up
	// GROUP_CONCATs that look alike.
	FormOnce
	// FormFirst is its child, a condition of a view: no other condition is asked of a row
	// before it, so that none tells of a row that the view hides.
	FormFirst
	// FormAlias stands in HAVING for the column of the result with the alias Operator.
	FormAlias
)

// Form is such a form in the tree.
type Form struct {
	Kind     FormKind
	Operator string
	Of       *Form
	At       int

	text string
}

// String implements fmt.Stringer. No two forms that stand for something else are alike.
func (f *Form) String() string { return f.text }

// form puts a Form in the place of an expression.
func form(f *Form, children ...ast.Expr) ast.Expr {
	if f.text == "" {
		f.text = fmt.Sprintf("%p", f)
	}
	return ast.InjectedExpr{Expression: f, Children: children, Auth: ast.AuthInformation{AuthType: ast.AuthType_IGNORE}}
}

// First makes a condition the one that is asked before others.
func First(e ast.Expr) ast.Expr { return form(&Form{Kind: FormFirst}, e) }

// WithResolvedChildren implements ast.Injectable.
func (f *Form) WithResolvedChildren(children []any) (any, error) {
	list, err := expressions(children)
	return &BoundForm{f, list}, err
}

func expressions(children []any) (out []sql.Expression, err error) {
	for _, c := range children {
		x, ok := c.(sql.Expression)
		if !ok {
			return nil, errors.New("grammar: a child is no expression")
		}
		out = append(out, x)
	}
	return out, nil
}

// BoundForm is a Form that the library has bound.
type BoundForm struct {
	*Form
	Bound []sql.Expression
}

var _ sql.Expression = (*BoundForm)(nil)

// Children implements sql.Expression.
func (e *BoundForm) Children() []sql.Expression { return e.Bound }

// Resolved implements sql.Expression.
func (e *BoundForm) Resolved() bool { return resolved(e.Bound) }

func resolved(list []sql.Expression) bool {
	return !slices.ContainsFunc(list, func(x sql.Expression) bool { return !x.Resolved() })
}

// String implements sql.Expression.
func (e *BoundForm) String() string {
	args := make([]string, len(e.Bound))
	for i, a := range e.Bound {
		args[i] = a.String()
	}
	return e.text + "(" + strings.Join(args, ",") + ")"
}

// IsNonDeterministic implements sql.NonDeterministicExpression.
func (e *BoundForm) IsNonDeterministic() bool { return e.Kind == FormAssign }

// IsNullable implements sql.Expression.
func (e *BoundForm) IsNullable() bool { return true }

// Type is near enough for the library, which computes nothing of it.
func (e *BoundForm) Type() sql.Type {
	if e.Kind == FormAssign || e.Kind == FormKept || e.Kind == FormOnce {
		return e.Bound[0].Type()
	}
	return types.Int64
}

// WithChildren implements sql.Expression.
func (e *BoundForm) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) != len(e.Bound) {
		return nil, sql.ErrInvalidChildrenNumber.New(e, len(children), len(e.Bound))
	}
	return &BoundForm{e.Form, children}, nil
}

// Eval is for statements that the library runs.
func (e *BoundForm) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	if e.Kind == FormAssign {
		v, err := e.Bound[0].Eval(ctx, row)
		if err != nil {
			return nil, err
		}
		return v, ctx.SetUserVariable(ctx, e.Operator, v, e.Bound[0].Type())
	}
	if e.Kind == FormOnce || e.Kind == FormFirst {
		return e.Bound[0].Eval(ctx, row)
	}
	if e.Kind == FormAlias {
		return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'an alias in HAVING in this statement'").WithHint("select into a temporary table first")
	}
	names := [...]string{"aggregates in HAVING that are not selected", "aggregates in HAVING that are not selected", "WITH ROLLUP", "GROUPING", "ANY", "ALL", ":=", "ORDER BY a position"}
	return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support '%s in this statement'", names[e.Kind]).
		WithHint("select into a temporary table first")
}
