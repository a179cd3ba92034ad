package plan

import (
	"slices"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// distinctOrder checks the ORDER BY of SELECT DISTINCT, given by its projection: of the rows
// that become one, each may have another value of what is not selected.
func distinctOrder(p *plan.Project) error {
	s := sortBelow(p.Child)
	if s == nil {
		return nil
	}
	d := &dependencies{names: map[sql.ColumnId]string{}}
	var known sql.ColSet
	if g := groupBelow(s.Child); g != nil {
		d.from(g.Child)
		for _, e := range g.SelectedExprs {
			if _, is := bareOf(e).(sql.Aggregation); is {
				d.names[idOf(e)] = "" // no column has this name
			}
		}
	} else {
		d.from(s.Child)
	}
	for _, e := range p.Projections {
		known.Add(idOf(e))
		known.Add(idOf(bareOf(e)))
	}
	for i, f := range s.SortFields {
		if isForm(f.Column, grammar.FormKept) {
			continue
		}
		if id, free := d.free(f.Column, p.Projections, known); free {
			return notSelected(i+1, d.names[id])
		}
	}
	return nil
}

func sortBelow(n sql.Node) *plan.Sort {
	for ; n != nil; n = clauseBelow(n) {
		if s, ok := n.(*plan.Sort); ok {
			return s
		}
	}
	return nil
}

func notSelected(at int, column string) error {
	if column == "" {
		return sqlerr.AggregateInOrderNotSelected.Errorf("Expression #%d of ORDER BY clause is not in SELECT list, contains aggregate function; "+
			"this is incompatible with DISTINCT", at)
	}
	return sqlerr.FieldInOrderNotSelected.Errorf("Expression #%d of ORDER BY clause is not in SELECT list, references column '%s' which is not in SELECT list; "+
		"this is incompatible with DISTINCT", at, column)
}

// overDistinct puts columns of SELECT DISTINCT in the place of the expressions that they are: the
// columns of tables are not there any more.
func overDistinct(n *plan.Sort) *plan.Sort {
	d, ok := n.Child.(*plan.Distinct)
	if !ok {
		return n
	}
	p, ok := d.Child.(*plan.Project)
	if !ok {
		return n
	}
	out := *n
	out.SortFields = slices.Clone(n.SortFields)
	for i, f := range out.SortFields {
		if isForm(f.Column, grammar.FormKept) {
			continue
		}
		at := slices.IndexFunc(p.Projections, func(e sql.Expression) bool { return alike(e, f.Column) })
		if at < 0 {
			continue
		}
		_, plain := f.Column.(*expression.GetField)
		if !plain || idOf(p.Projections[at]) != idOf(f.Column) { // a plain column may have an index
			out.SortFields[i].Column = &selected{p.Projections[at], at}
		}
	}
	return &out
}

// selected is a column of the rows below by its place: the binder numbers only those with a name
// of their own.
type selected struct {
	sql.Expression
	at int
}

// Children implements sql.Expression: what it was computed from is not there any more.
func (*selected) Children() []sql.Expression { return nil }

// WithChildren implements sql.Expression.
func (s *selected) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(s, len(children), 0)
	}
	return s, nil
}
