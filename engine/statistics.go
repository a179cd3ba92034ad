package engine

import (
	"github.com/dolthub/go-mysql-server/sql"
)

// noStatistics keeps histograms out of the planner: they hold column values,
// which information_schema would show to people who may not read the column.
// The planner falls back on the tables' own row estimates.
type noStatistics struct{}

var _ sql.StatsProvider = noStatistics{}

func (noStatistics) GetTableStats(*sql.Context, string, sql.Table) ([]sql.Statistic, error) {
	return nil, nil
}
func (noStatistics) AnalyzeTable(*sql.Context, sql.Table, string) error { return nil }
func (noStatistics) SetStats(*sql.Context, sql.Statistic) error {
	return sql.ErrUnsupportedFeature.New("histograms")
}

func (noStatistics) GetStats(*sql.Context, sql.StatQualifier, []string) (sql.Statistic, bool) {
	return nil, false
}
func (noStatistics) DropStats(*sql.Context, sql.StatQualifier, []string) error { return nil }
func (noStatistics) DropDbStats(*sql.Context, string, bool) error              { return nil }

// RowCount is an estimate, from the table itself.
func (noStatistics) RowCount(ctx *sql.Context, _ string, t sql.Table) (uint64, error) {
	st, ok := t.(sql.StatisticsTable)
	if !ok {
		return 0, nil
	}
	n, _, err := st.RowCount(ctx)
	return n, err
}

func (noStatistics) DataLength(ctx *sql.Context, _ string, t sql.Table) (uint64, error) {
	st, ok := t.(sql.StatisticsTable)
	if !ok {
		return 0, nil
	}
	return st.DataLength(ctx)
}
