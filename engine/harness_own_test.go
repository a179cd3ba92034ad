package engine

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/grammar"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/value"
)

// hasForms reports a query with forms that the library cannot compute.
func hasForms(stmt ast.Statement) (found bool) {
	switch stmt.(type) {
	case *ast.Select, *ast.SetOp, *ast.ParenSelect:
	default:
		return false
	}
	_ = grammar.EveryNode(func(n ast.SQLNode) error {
		if _, ok := n.(ast.InjectedExpr); ok {
			found = true
		}
		return nil
	}, stmt)
	return found
}

// own runs a query of the suite by our operators. Values come in the types that the
// library's binder has for them, which the suite expects.
func (q *harnessEngine) own(ctx *sql.Context, stmt ast.Statement, text string) (sql.Schema, sql.RowIter, *sql.QueryFlags, error) {
	s := sessionOf(ctx)
	if err := s.Ensure(ctx); err != nil {
		return nil, nil, nil, err
	}
	bound, flags, err := planbuilder.New(ctx, q.Engine.Analyzer.Catalog, q.Engine.EventScheduler, q.Engine.Parser).BindOnly(stmt, text, &sql.QueryFlags{})
	if err != nil {
		return nil, nil, nil, err
	}
	env := s.Evaluation(ctx)
	query, err := lxplan.Convert(ctx, bound, env)
	if err != nil {
		return nil, nil, nil, err
	}
	running, err := query.Open(env)
	if err != nil {
		return nil, nil, nil, err
	}
	defer func() { _ = running.Close() }()
	schema, kinds := bound.Schema(), query.Root.Types()
	var rows []sql.Row
	for {
		b, err := running.Next()
		if err != nil {
			return nil, nil, nil, err
		}
		if b == nil {
			return schema, sql.RowsToRowIter(rows...), flags, nil
		}
		for i := range b.Len() {
			row := make(sql.Row, len(schema))
			for at := range row {
				v := b.Value(at, b.At(i))
				if v.IsNull() {
					continue
				}
				if row[at], _, err = schema[at].Type.Convert(ctx, string(value.AppendText(nil, v, &kinds[at]))); err != nil {
					return nil, nil, nil, err
				}
			}
			rows = append(rows, row)
		}
	}
}
