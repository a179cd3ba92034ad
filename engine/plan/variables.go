package plan

import (
	"slices"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// BareVariablesID is above the library's own numbers.
const BareVariablesID analyzer.RuleId = 1030

// BareVariables refuses a name that the library has taken for a system variable
// because it found no such column: DELETE … WHERE foreign_key_checks would delete
// every row. A variable that was written @@name says its scope, engine/grammar sees
// to that, so one without a scope is a column's name.
func BareVariables(_ *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	return n, transform.SameTree, BareVariable(n)
}

// BareVariable is what BareVariables says of one plan.
func BareVariable(n sql.Node) error {
	var err error
	transform.Inspect(n, func(n sql.Node) bool {
		if err != nil || n == nil {
			return false
		}
		if insert, ok := n.(*plan.InsertInto); ok && insert.Source != nil {
			err = BareVariable(insert.Source) // no child of it
		}
		if e, ok := n.(sql.Expressioner); ok && err == nil {
			err = bareIn(e.Expressions()...)
		}
		return err == nil
	})
	return err
}

func bareIn(exprs ...sql.Expression) error {
	var err error
	for _, e := range exprs {
		sql.Inspect(e, func(e sql.Expression) bool {
			switch e := e.(type) {
			case *expression.SystemVar:
				if e.SpecifiedScope == "" {
					err = sql.ErrColumnNotFound.New(e.Name)
				}
			case *expression.SetField:
				if _, variable := e.LeftChild.(*expression.SystemVar); variable { // SET name = …
					if err == nil {
						err = bareIn(e.RightChild)
					}
					return false
				}
			case *plan.Subquery:
				if err == nil {
					err = BareVariable(e.Query)
				}
			}
			return err == nil
		})
	}
	return err
}

// IntoVariables is SELECT … INTO whose targets are user variables.
func IntoVariables(n sql.Node) (*plan.Into, bool) {
	into, ok := n.(*plan.Into)
	if !ok || into.Outfile != "" || into.Dumpfile != "" {
		return nil, false
	}
	for _, v := range into.IntoVars {
		if _, ok := v.(*expression.UserVar); !ok {
			return nil, false
		}
	}
	return into, len(into.IntoVars) > 0
}

// KeptVariablesID and KeptIntoID are above the library's own numbers.
const (
	KeptVariablesID analyzer.RuleId = 2040
	KeptIntoID      analyzer.RuleId = 2041
)

// errServerFile: no text of a statement that reads or writes a file of the server gets so far; if one did, the library
// would do it.
var errServerFile = sqlerr.OptionPreventsStatement.Errorf("The MySQL server is running with the --secure-file-priv option so it cannot execute this statement")

// KeptVariables gives user variables what they keep of a value: the library tells the type of a
// variable by its value, which of a moment is DATETIME(6) and of a member its number.
func KeptVariables(ctx *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	return transform.Node(n, func(n sql.Node) (sql.Node, transform.TreeIdentity, error) {
		switch n := n.(type) {
		case *plan.Set:
			return keptSet(ctx, n)
		case *plan.LoadData:
			if !n.Local {
				return nil, transform.SameTree, errServerFile
			}
		case *plan.Into:
			if n.Outfile != "" || n.Dumpfile != "" {
				return nil, transform.SameTree, errServerFile
			}
			of := exactTypes(ctx, n.Child)
			if len(of) != len(n.IntoVars) {
				return n, transform.SameTree, nil
			}
			vars := slices.Clone(n.IntoVars)
			for i, v := range vars {
				if v, ok := v.(*expression.UserVar); ok && (exactly(&of[i]) || types.IsEnum(n.Child.Schema()[i].Type) || types.IsSet(n.Child.Schema()[i].Type)) {
					vars[i] = expression.NewUserVarWithType(v.Name, keptType{types.LongText, of[i]})
				}
			}
			out, err := n.WithExpressions(vars...)
			return out, transform.NewTree, err
		}
		return n, transform.SameTree, nil
	})
}

// keptType is what SELECT … INTO puts into a variable, until KeptInto.
type keptType struct {
	libraryText
	of value.Type
}

type libraryText = sql.Type

func keptSet(ctx *sql.Context, n *plan.Set) (sql.Node, transform.TreeIdentity, error) {
	exprs, same := slices.Clone(n.Exprs), transform.SameTree
	for i, e := range exprs {
		f, ok := e.(*expression.SetField)
		if !ok {
			continue
		}
		right, kept, err := usualValues(ctx, f.RightChild)
		if err != nil {
			return nil, transform.SameTree, err
		}
		if !kept {
			f = expression.NewSetField(f.LeftChild, right).(*expression.SetField)
			exprs[i], same = f, transform.NewTree
		}
		if _, ok := f.LeftChild.(*expression.UserVar); !ok {
			continue
		}
		of := exactTypes(ctx, plan.NewProject([]sql.Expression{f.RightChild}, plan.NewResolvedDualTable()))
		if len(of) == 0 {
			if t, ok := table.ValueType(f.RightChild.Type(), true); ok {
				of = append(of, t)
			}
		}
		if len(of) == 1 && exactly(&of[0]) {
			exprs[i], same = expression.NewSetField(f.LeftChild, &keptValue{f.RightChild, of[0]}), transform.NewTree
		}
	}
	return plan.NewSet(exprs), same, nil
}

// KeptInto is what KeptVariables leaves to the end: the library takes columns above a query
// for its own until then.
func KeptInto(_ *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	return transform.Node(n, func(n sql.Node) (sql.Node, transform.TreeIdentity, error) {
		into, ok := n.(*plan.Into)
		if !ok {
			return n, transform.SameTree, nil
		}
		columns, found := make([]sql.Expression, len(into.IntoVars)), false
		for i, c := range into.Child.Schema() {
			if i == len(columns) {
				return n, transform.SameTree, nil
			}
			columns[i] = expression.NewGetField(i, c.Type, c.Name, true)
			if v, ok := into.IntoVars[i].(*expression.UserVar); ok {
				if t, ok := v.Type().(keptType); ok {
					columns[i], found = &keptValue{columns[i], t.of}, true
				}
			}
		}
		if !found {
			return n, transform.SameTree, nil
		}
		out, err := into.WithChildren(plan.NewProject(columns, into.Child))
		return out, transform.NewTree, err
	})
}

// exactTypes are those of a query's columns as we run it, none of one that we do not.
func exactTypes(ctx *sql.Context, n sql.Node) []value.Type {
	q, err := Convert(ctx, n, environment(ctx))
	if err != nil {
		return nil // it says so when it runs
	}
	return slices.Clone(q.Root.Types())
}

// exactly says that a value alone does not say how it prints.
func exactly(t *value.Type) bool {
	return t.IsTemporal() && t.Kind != value.TypeYear || t.Kind == value.TypeEnum || t.Kind == value.TypeSet || t.Kind == value.TypeDecimal
}

// keptValue is what a variable keeps of a value: its text, a decimal number with all its digits.
type keptValue struct {
	child sql.Expression
	of    value.Type
}

var _ sql.Expression = (*keptValue)(nil)

func (e *keptValue) Resolved() bool { return e.child.Resolved() }
func (e *keptValue) String() string { return e.child.String() }
func (e *keptValue) Type() sql.Type {
	if e.of.Kind == value.TypeDecimal {
		return e.child.Type()
	}
	return types.LongText
}
func (e *keptValue) IsNullable() bool           { return true }
func (e *keptValue) Children() []sql.Expression { return []sql.Expression{e.child} }

// WithChildren implements sql.Expression.
func (e *keptValue) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) != 1 {
		return nil, sql.ErrInvalidChildrenNumber.New(e, len(children), 1)
	}
	return &keptValue{children[0], e.of}, nil
}

// Eval implements sql.Expression.
func (e *keptValue) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	v, err := e.child.Eval(ctx, row)
	if _, is := v.(string); err != nil || v == nil || is {
		return v, err
	}
	if d, is := v.(decimal.Decimal); is {
		return decimal.NewFromString(d.StringFixed(int32(e.of.Scale)))
	}
	of := &e.of
	if t, ok := table.ValueType(e.child.Type(), true); ok && of.IsString() { // the library counts members
		of = &t
	}
	x, err := ValueOf(ctx, v, e.child.Type(), of)
	if err != nil {
		return nil, err
	}
	return string(value.AppendText(nil, x, of)), nil
}

// usualValues puts the defaults in the place of DEFAULT(column) in the queries of an expression that the library computes.
func usualValues(ctx *sql.Context, e sql.Expression) (sql.Expression, transform.TreeIdentity, error) {
	return transform.Expr(e, func(e sql.Expression) (sql.Expression, transform.TreeIdentity, error) {
		sub, ok := e.(*plan.Subquery)
		if !ok {
			return e, transform.SameTree, nil
		}
		of := map[sql.ColumnId]*sql.Column{}
		_, _, err := transform.NodeWithOpaque(sub.Query, func(n sql.Node) (sql.Node, transform.TreeIdentity, error) {
			if t, ok := n.(*plan.ResolvedTable); ok {
				for i, id := range ids(t) {
					if i < len(t.Schema()) {
						of[id] = t.Schema()[i]
					}
				}
			}
			return n, transform.SameTree, nil
		})
		if err != nil {
			return nil, transform.SameTree, err
		}
		query, same, err := transform.NodeExprsWithOpaque(sub.Query, func(e sql.Expression) (sql.Expression, transform.TreeIdentity, error) {
			f, ok := e.(sql.FunctionExpression)
			if !ok || f.FunctionName() != grammar.DefaultName {
				return e, transform.SameTree, nil
			}
			v, err := usualValue(ctx, f.Children()[0], of)
			return v, transform.NewTree, err
		})
		if err != nil || same {
			return e, transform.SameTree, err
		}
		return sub.WithQuery(query), transform.NewTree, nil
	})
}

func usualValue(ctx *sql.Context, e sql.Expression, of map[sql.ColumnId]*sql.Column) (sql.Expression, error) {
	field, ok := e.(*expression.GetField)
	if !ok {
		return nil, noDefault(e.String())
	}
	c := of[field.Id()]
	if c == nil || c.Default == nil && !c.Nullable {
		return nil, noDefault(field.Name())
	}
	text, null, err := usualText(c.Default)
	if err != nil || null {
		return expression.NewLiteral(nil, types.Null), err
	}
	v, _, err := c.Type.Convert(ctx, text)
	return expression.NewLiteral(v, c.Type), err
}
