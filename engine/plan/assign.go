package plan

import (
	"fmt"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
)

// numbers are what a column holds: a table.IntRange or a table.FloatRange.
type numbers interface {
	// Fit returns a number as it is stored or, where it does not fit, the nearest
	// that does; number is false for what is none.
	Fit(v any) (out any, fits, number bool)
}

// numbersOf is for columns whose numbers need a look.
func numbersOf(t sql.Type) (numbers, bool) {
	if t == types.Float32 {
		return table.FloatRange{}, true
	}
	r, ok := table.IntRangeOf(t)
	return r, ok
}

// Assigned is a value on its way into a column of numbers. In strict mode a number
// that the column does not hold is error 1264, as in MySQL; with IGNORE, or
// without strict mode, it becomes the nearest that it holds, with a warning. The
// library does neither for UPDATE, and for unsigned columns nowhere.
type Assigned struct {
	Child   sql.Expression
	typ     sql.Type
	fits    numbers
	lenient bool // IGNORE
}

var _ sql.Expression = (*Assigned)(nil)

func (e *Assigned) Resolved() bool             { return e.Child.Resolved() }
func (e *Assigned) String() string             { return e.Child.String() }
func (e *Assigned) Type() sql.Type             { return e.Child.Type() }
func (e *Assigned) IsNullable() bool           { return e.Child.IsNullable() }
func (e *Assigned) Children() []sql.Expression { return []sql.Expression{e.Child} }
func (e *Assigned) DebugString() string        { return fmt.Sprintf("assigned(%s)", sql.DebugString(e.Child)) }
func (e *Assigned) IsNonDeterministic() bool   { return nonDeterministic(e.Child) }

func nonDeterministic(e sql.Expression) bool {
	n, ok := e.(sql.NonDeterministicExpression)
	return ok && n.IsNonDeterministic()
}

// WithChildren implements sql.Expression.
func (e *Assigned) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) != 1 {
		return nil, sql.ErrInvalidChildrenNumber.New(e, len(children), 1)
	}
	return &Assigned{children[0], e.typ, e.fits, e.lenient}, nil
}

// Eval implements sql.Expression.
func (e *Assigned) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	v, err := e.value(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	out, fits, number := e.fits.Fit(v)
	switch {
	case !number:
		return v, nil
	case fits:
		return out, nil
	}
	cause := sql.ErrValueOutOfRange.New(v, e.typ)
	if !e.lenient && strictMode(ctx) {
		return nil, cause
	}
	ctx.Session.Warn(&sql.Warning{Level: "Warning", Code: int(sqlerr.WarnDataOutOfRange), Message: cause.Error()})
	return out, nil
}

func (e *Assigned) value(ctx *sql.Context, row sql.Row) (any, error) {
	if _, computed := e.Child.(*expression.Arithmetic); computed {
		if v, ok, err := exact(ctx, row, e.Child); ok || err != nil {
			return v, err
		}
	}
	return e.Child.Eval(ctx, row)
}

func strictMode(ctx *sql.Context) bool {
	mode := sql.LoadSqlMode(ctx)
	return mode.ModeEnabled("STRICT_TRANS_TABLES") || mode.ModeEnabled("STRICT_ALL_TABLES") || mode.ModeEnabled("TRADITIONAL")
}

// CheckRangesID is above the library's own numbers.
const CheckRangesID analyzer.RuleId = 1001

// CheckRanges puts Assigned around what is written to integer columns, and Encoded
// around what is written to texts in small character sets. It runs when the rows of
// an INSERT have got their columns.
func CheckRanges(_ *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	return transform.NodeWithOpaque(n, func(n sql.Node) (sql.Node, transform.TreeIdentity, error) {
		lenient, changed := false, transform.SameTree
		switch node := n.(type) {
		case *plan.InsertInto:
			lenient = node.Ignore
			made, added, err := computeGenerated(node)
			if err != nil {
				return nil, transform.SameTree, err
			}
			if added {
				n, node, changed = made, made, transform.NewTree
			}
			if project, ok := node.Source.(*plan.Project); ok {
				if checked, ok := checkSource(project, node.Destination.Schema(), lenient); ok {
					n, changed = node.WithSource(checked), transform.NewTree
				}
			}
		case *plan.UpdateSource:
			lenient = node.Ignore
		}
		n, same, err := transform.OneNodeExpressions(n, func(e sql.Expression) (sql.Expression, transform.TreeIdentity, error) {
			return checkAssignment(e, lenient)
		})
		return n, changed && same, err
	})
}

// checkAssignment looks for column = value.
func checkAssignment(e sql.Expression, lenient bool) (sql.Expression, transform.TreeIdentity, error) {
	set, ok := e.(*expression.SetField)
	if !ok {
		return e, transform.SameTree, nil
	}
	column, ok := set.LeftChild.(*expression.GetField)
	if !ok {
		return e, transform.SameTree, nil
	}
	if charset, ok := charsetOf(column.Type()); ok {
		if _, done := set.RightChild.(*Encoded); done {
			return e, transform.SameTree, nil
		}
		return expression.NewSetField(column, &Encoded{set.RightChild, column.Name(), charset, lenient}), transform.NewTree, nil
	}
	fits, ok := numbersOf(column.Type())
	_, done := set.RightChild.(*Assigned)
	_, computed := set.RightChild.(*expression.Arithmetic) // its type has room for a wrong result
	if !ok || done || !computed && within(set.RightChild.Type(), fits) {
		return e, transform.SameTree, nil
	}
	return expression.NewSetField(column, &Assigned{set.RightChild, column.Type(), fits, lenient}), transform.NewTree, nil
}

// within reports whether a value of type t needs no look.
func within(t sql.Type, fits numbers) bool {
	from, isInt := table.IntRangeOf(t)
	to, ok := fits.(table.IntRange)
	return isInt && (!ok || to.Contains(from))
}

// checkSource looks at what the columns of an INSERT are made of.
func checkSource(project *plan.Project, schema sql.Schema, lenient bool) (*plan.Project, bool) {
	exprs, changed := make([]sql.Expression, len(project.Projections)), false
	for i, e := range project.Projections {
		exprs[i] = e
		auto, generates := e.(*expression.AutoIncrement)
		if generates {
			e = auto.Child
		}
		field, ok := e.(*expression.GetField)
		if !ok || i >= len(schema) {
			continue
		}
		if charset, ok := charsetOf(schema[i].Type); ok {
			exprs[i], changed = &Encoded{e, schema[i].Name, charset, lenient}, true
			continue
		}
		fits, ok := numbersOf(schema[i].Type)
		if !ok || sourceWithin(project.Child, field.Index(), fits) {
			continue
		}
		exprs[i], changed = &Assigned{e, schema[i].Type, fits, lenient}, true
		if generates {
			exprs[i] = givenNumber(auto, exprs[i])
		}
	}
	return plan.NewProject(exprs, project.Child), changed
}

// givenNumber holds what is given for an AUTO_INCREMENT column to its type: the
// counter takes it over, too.
func givenNumber(auto *expression.AutoIncrement, given sql.Expression) sql.Expression {
	checked := *auto
	checked.Child = given
	return &checked
}

func sourceWithin(source sql.Node, column int, fits numbers) bool {
	values, ok := source.(*plan.Values)
	if !ok {
		schema := source.Schema()
		return column < len(schema) && within(schema[column].Type, fits)
	}
	for _, tuple := range values.ExpressionTuples {
		if column >= len(tuple) || !within(tuple[column].Type(), fits) {
			return false
		}
	}
	return true
}
