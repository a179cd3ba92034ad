package plan

import (
	"math"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
)

// NoStatistics keeps the library's histograms out of it: they hold column values,
// which information_schema would show to people who may not read the column. Ours are the tables'.
type NoStatistics struct{}

var _ sql.StatsProvider = NoStatistics{}

func (NoStatistics) GetTableStats(*sql.Context, string, sql.Table) ([]sql.Statistic, error) {
	return nil, nil
}
func (NoStatistics) AnalyzeTable(*sql.Context, sql.Table, string) error { return nil }
func (NoStatistics) SetStats(*sql.Context, sql.Statistic) error {
	return sql.ErrUnsupportedFeature.New("histograms")
}

func (NoStatistics) GetStats(*sql.Context, sql.StatQualifier, []string) (sql.Statistic, bool) {
	return nil, false
}
func (NoStatistics) DropStats(*sql.Context, sql.StatQualifier, []string) error { return nil }
func (NoStatistics) DropDbStats(*sql.Context, string, bool) error              { return nil }

// RowCount is an estimate, from the table itself.
func (NoStatistics) RowCount(ctx *sql.Context, _ string, t sql.Table) (uint64, error) {
	st, ok := t.(sql.StatisticsTable)
	if !ok {
		return 0, nil
	}
	n, _, err := st.RowCount(ctx)
	return n, err
}

func (NoStatistics) DataLength(ctx *sql.Context, _ string, t sql.Table) (uint64, error) {
	st, ok := t.(sql.StatisticsTable)
	if !ok {
		return 0, nil
	}
	return st.DataLength(ctx)
}

// divedRanges bounds the ranges of a dive.
const divedRanges = 128

// dived is an index of a table for which a dive was made.
type dived struct {
	it    *item
	index int
}

// dive counts the rows that an access finds of so many, if its conditions name values that are known: those of this
// execution. It counts as far as the access is worth it, which costs little beside what the rows do. Without values, and
// behind that bound, it is the guess. A table of which the reader may not see all rows is
// not dived into: how many there are would show in the plan.
func (p *planner) dive(it *item, index int, a access, total float64) float64 {
	if len(a.spans) == 0 || len(it.source.Indexes()) == 1 {
		return a.rows // there is nothing to choose between
	}
	at, most := dived{it, index}, int64(math.Max(1000, total/lookupCost+1))
	n, known := p.c.dived[at]
	if !known {
		spans, ok := p.c.valuesOf(a.spans)
		if !ok {
			return a.rows
		}
		c := expr.NewCtx(p.c.b.Env)
		ranges, usable, none, err := exec.Ranges(c, spans)
		switch {
		case err != nil || !usable && !none || len(ranges) > divedRanges:
			return a.rows
		case none:
			ranges = nil
		}
		if n, ok = it.source.Count(p.c.ctx, index, ranges, most); !ok {
			return a.rows
		}
		if p.c.dived == nil {
			p.c.dived = map[dived]int64{}
		}
		p.c.dived[at] = n
	}
	if n >= most {
		return math.Max(a.rows, float64(n))
	}
	return math.Max(1, float64(n))
}

// left is the share of a table's rows that conditions leave: what its histograms say of their columns, and a guess for each
// condition of the others. Those on the columns of bound are not asked; many is how many conditions are left without them.
func (p *planner) left(it *item, conds []expr.Expr, bound []int, many int) float64 {
	if many <= 0 {
		return 1
	}
	if !it.source.Told(p.c.ctx) {
		return guess(many)
	}
	list, share := sargs(conds, it.places), 1.0
	known := map[int]bool{}
	for _, col := range bound {
		known[col] = true
	}
	for _, s := range list {
		if known[s.column] {
			continue
		}
		known[s.column] = true
		span, _, ok := p.span(it, list, s.column)
		if !ok {
			continue
		}
		told, ok := p.share(it, s.column, span)
		if !ok {
			continue
		}
		share *= told
		for _, same := range list {
			if same.column == s.column {
				many--
			}
		}
	}
	return share * guess(max(many, 0))
}

// share is which share of a table's rows has values of a column in a span, if a histogram and the values are known.
func (p *planner) share(it *item, column int, span exec.Span) (share float64, ok bool) {
	if !it.source.Told(p.c.ctx) {
		return 0, false
	}
	spans, ok := p.c.valuesOf([]exec.Span{span})
	if !ok {
		return 0, false
	}
	ranges, usable, none, err := exec.Ranges(expr.NewCtx(p.c.b.Env), spans)
	switch {
	case err != nil || !usable && !none || len(ranges) > divedRanges:
		return 0, false
	case none:
		ranges = nil
	}
	return it.source.Share(p.c.ctx, column, ranges)
}

// valuesOf are spans with this execution's values in the place of parameters; ok is false when something else
// stands in them.
func (c *converter) valuesOf(spans []exec.Span) (out []exec.Span, ok bool) {
	value := func(e expr.Expr) expr.Expr {
		switch e := e.(type) {
		case nil:
		case *expr.Const:
			return e
		case *expr.Param:
			if now := c.now[e]; now != nil {
				return now
			}
			ok = false
		default:
			ok = false
		}
		return nil
	}
	ok = true
	for _, s := range spans {
		many := len(s.Equal) + len(s.Stretches)
		if many > divedRanges {
			return nil, false
		}
		s.Low, s.High = value(s.Low), value(s.High)
		equal, stretches := s.Equal, s.Stretches
		s.Equal, s.Stretches = nil, nil
		for _, e := range equal {
			s.Equal = append(s.Equal, value(e))
		}
		for _, st := range stretches {
			st.Low, st.High = value(st.Low), value(st.High)
			s.Stretches = append(s.Stretches, st)
		}
		out = append(out, s)
	}
	return out, ok
}
