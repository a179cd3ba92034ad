package plan

import (
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
)

// computed is the expression of a generated column of a row that ON DUPLICATE KEY
// UPDATE changes.
type computed struct{ sql.Expression }

func (c *computed) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	e, err := c.Expression.WithChildren(children...)
	if err != nil {
		return nil, err
	}
	return &computed{e}, nil
}

// computeGenerated has ON DUPLICATE KEY UPDATE compute the generated columns anew,
// and refuses other values for them. The library does both for UPDATE alone.
func computeGenerated(n *plan.InsertInto) (*plan.InsertInto, bool, error) {
	schema := n.Destination.Schema()
	if len(n.OnDupExprs) == 0 {
		return n, false, nil
	}
	for _, e := range n.OnDupExprs {
		set, ok := e.(*expression.SetField)
		if !ok {
			continue
		}
		if _, done := set.RightChild.(*computed); done {
			return n, false, nil
		}
		left, ok := set.LeftChild.(*expression.GetField)
		if !ok {
			continue
		}
		if i := schema.IndexOfColName(strings.ToLower(left.Name())); i >= 0 && schema[i].Generated != nil && !isDefault(set.RightChild) {
			return nil, false, sql.ErrGeneratedColumnValue.New(schema[i].Name, schema[i].Source)
		}
	}
	set, added := slices.DeleteFunc(slices.Clone(n.OnDupExprs), func(e sql.Expression) bool { // generated = DEFAULT
		s, ok := e.(*expression.SetField)
		if !ok {
			return false
		}
		left, ok := s.LeftChild.(*expression.GetField)
		i := -1
		if ok {
			i = schema.IndexOfColName(strings.ToLower(left.Name()))
		}
		return i >= 0 && schema[i].Generated != nil
	}), false
	for i, c := range schema {
		if c.Generated == nil {
			continue
		}
		value, _, err := transform.Expr(c.Generated, func(e sql.Expression) (sql.Expression, transform.TreeIdentity, error) {
			if f, ok := e.(*expression.GetField); ok {
				return f.WithIndex(schema.IndexOfColName(strings.ToLower(f.Name()))), transform.NewTree, nil
			}
			return e, transform.SameTree, nil
		})
		if err != nil {
			return nil, false, err
		}
		set = append(set, expression.NewSetField(expression.NewGetField(i, c.Type, c.Name, c.Nullable), &computed{value}))
		added = true
	}
	if !added {
		return n, false, nil
	}
	out := *n
	out.OnDupExprs = set
	return &out, true, nil
}

func isDefault(e sql.Expression) bool {
	switch e := e.(type) {
	case *sql.ColumnDefaultValue, *expression.DefaultColumn:
		return true
	case *expression.Wrapper:
		return isDefault(e.Unwrap())
	}
	return false
}
