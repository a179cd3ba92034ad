package plan

import (
	"math"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
)

// NoStatistics keeps histograms out of the planner: they hold column values,
// which information_schema would show to people who may not read the column.
// The planner falls back on the tables' own row estimates.
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
