package access

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

// checkFires refuses statements whose triggers the library forgets: they may be
// what keeps a table's rules or its log. Our operators forget none.
func (s Asker) checkFires(obj object, kind string, use *TableUse) error {
	forgotten := ""
	switch {
	case obj.Table == nil || s.FiresAll:
	case use.OnDup:
		forgotten = ast.UpdateStr
	case kind == ast.AuthType_REPLACE:
		forgotten = ast.DeleteStr
	case use.joined && !catalog.SameName(obj.Database.Name, s.GetCurrentDatabase()):
		forgotten = strings.ToLower(kind)
	}
	if forgotten == "" {
		return nil
	}
	for _, t := range s.Inst.Cat.Snapshot().Triggers(obj.Database.ID) {
		if t.Table != obj.Table.ID {
			continue
		}
		h, err := program.Read(t.Create, state.ModeOf(t.SQLMode))
		if err != nil || strings.EqualFold(h.On.Event, forgotten) {
			return sqlerr.NotSupportedYet.Errorf("table '%s' has %s triggers, which this statement would not fire", obj.Table.Name, forgotten).
				WithHint("change the rows with a statement of that kind for this table alone, in its own database")
		}
	}
	return nil
}
