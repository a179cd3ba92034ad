package objects

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/numbers"
	"github.com/lxdb/lxdb/engine/state"
)

// sequencesName is the table of information_schema that lists sequences, as MariaDB has it. The library has
// none of that name.
const sequencesName = "SEQUENCES"

// sequencesInfo is information_schema.SEQUENCES: those that the session sees.
type sequencesInfo struct{}

var _ sql.Table = sequencesInfo{}

func (sequencesInfo) Name() string               { return sequencesName }
func (sequencesInfo) String() string             { return sequencesName }
func (sequencesInfo) Collation() sql.CollationID { return sql.Collation_Information_Schema_Default }

func (sequencesInfo) Schema() sql.Schema {
	out := sql.Schema{}
	add := func(of sql.Type, names ...string) {
		for _, name := range names {
			out = append(out, &sql.Column{Name: name, Type: of, Source: sequencesName, DatabaseSource: sql.InformationSchemaDatabaseName})
		}
	}
	name := types.MustCreateString(types.Text.Type(), 64, sql.Collation_Information_Schema_Default)
	add(name, "SEQUENCE_CATALOG", "SEQUENCE_SCHEMA", "SEQUENCE_NAME", "DATA_TYPE")
	add(types.Int64, "NUMERIC_PRECISION", "NUMERIC_PRECISION_RADIX", "NUMERIC_SCALE", "START_VALUE", "MINIMUM_VALUE", "MAXIMUM_VALUE", "INCREMENT", "CYCLE_OPTION")
	return out
}

func (sequencesInfo) Partitions(*sql.Context) (sql.PartitionIter, error) {
	return sql.PartitionsToPartitionIter(onlyPartition{}), nil
}

// sequenceBits are those of the types that sequences have.
var sequenceBits = map[string]int64{"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}

func (sequencesInfo) PartitionRows(ctx *sql.Context, _ sql.Partition) (sql.RowIter, error) {
	s := state.Of(ctx)
	if s == nil {
		return sql.RowsToRowIter(), nil
	}
	snap := s.Inst.Cat.Snapshot()
	var rows []sql.Row
	for _, db := range snap.Databases() {
		for _, q := range snap.Sequences(db.ID) {
			if !s.Sees(numbers.Object(q)) {
				continue
			}
			cycle := int64(0)
			if q.Cycle {
				cycle = 1
			}
			rows = append(rows, sql.Row{infoCatalog, db.Name, q.Name, q.Type, sequenceBits[q.Type], int64(2), int64(0), q.Start, q.Min, q.Max, q.Increment, cycle})
		}
	}
	return sql.RowsToRowIter(rows...), nil
}
