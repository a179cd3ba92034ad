package plan

import (
	"github.com/dolthub/go-mysql-server/sql"
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
