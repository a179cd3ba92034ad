package objects

import (
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/state"
)

// WithLikePrefixes gives the indexes of CREATE TABLE … LIKE the prefixes of their model
// before a rule looks at them: the library copies names of columns only, so that an index
// over the first characters became one over whole texts, which TEXT cannot have.
func WithLikePrefixes(next analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *sql.Context, a *analyzer.Analyzer, n sql.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
		if ct, ok := n.(*plan.CreateTable); ok {
			copyPrefixes(ctx, ct)
		}
		return next(ctx, a, n, scope, sel, flags)
	}
}

func copyPrefixes(ctx *sql.Context, ct *plan.CreateTable) {
	s := state.Of(ctx)
	if s == nil || s.Change == nil || s.Change.Like == "" {
		return
	}
	model := likeOf(s, s.Change)
	if model == nil {
		return
	}
	for _, def := range ct.Indexes() {
		for _, x := range model.Indexes {
			if !strings.EqualFold(x.Name, def.Name) || len(x.Columns) != len(def.Columns) {
				continue
			}
			for i := range x.Columns {
				def.Columns[i].Length = int64(x.Columns[i].Prefix)
			}
		}
	}
}

// copyKept copies what a table has for dumps only: the engine's name, partitions and keys
// that are not built. The columns of the two have the same names.
func copyKept(rec, model *catalog.Table) {
	rec.Options, rec.Partition = slices.Clone(model.Options), model.Partition
	for i := range rec.Columns { // the library makes them stored
		if c := columnNamed(model, rec.Columns[i].Name); c != nil && rec.Columns[i].Generated != "" {
			rec.Columns[i].Virtual = c.Virtual
		}
	}
	for _, x := range model.Unbuilt {
		columns := make([]uint16, len(x.Columns))
		for i, id := range x.Columns {
			columns[i] = columnNamed(rec, columnName(model, id)).ID
		}
		x.Columns = columns
		rec.Unbuilt = append(rec.Unbuilt, x)
	}
}
