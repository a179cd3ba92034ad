package table

import (
	"context"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/relation"
)

// Check holds the rows of a table against its definition and its indexes. A
// definition that this program cannot read is a finding, too.
func Check(ctx context.Context, txn *kivi.Txn, rec *catalog.Table, database string) ([]relation.Finding, error) {
	s, err := parseSchema(rec, database)
	if err != nil {
		return []relation.Finding{{What: "definition that cannot be read: " + err.Error(), Count: 1}}, nil
	}
	return relation.Check(ctx, txn, s.Schema)
}
