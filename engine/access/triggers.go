package access

import (
	"context"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// MayFire checks that the definer of a trigger still holds what it needs on its
// table.
func (s Asker) MayFire(ctx context.Context, t *catalog.Trigger, use *state.ViewUse) error {
	ddl, err := TriggerDDL(ctx, t.Create, t.SQLMode, use)
	if err != nil {
		return err
	}
	if access.May(s.As(use.Rights), access.In(privilege.KindTable, t.Table, t.Database), access.All(routine.TriggerNeeds(ddl.TriggerSpec.Body)), access.Enforce) {
		return nil
	}
	return sqlerr.TableAccessDenied.Errorf("the definer of trigger '%s.%s' does not hold the rights that it needs on table '%s'",
		use.Database, use.Name, ddl.Table.Name).WithHint("grant them, or DROP TRIGGER %s.%s", use.Database, use.Name)
}

// checkFires refuses statements whose triggers the library forgets: they may be
// what keeps a table's rules or its log.
func (s Asker) checkFires(obj object, kind string, use *TableUse) error {
	forgotten := ""
	switch {
	case obj.Table == nil:
	case use.OnDup:
		forgotten = ast.UpdateStr
	case kind == ast.AuthType_REPLACE:
		forgotten = ast.DeleteStr
	case use.joined && !strings.EqualFold(obj.Database.Name, s.GetCurrentDatabase()):
		forgotten = strings.ToLower(kind)
	}
	if forgotten == "" {
		return nil
	}
	for _, t := range s.Inst.Cat.Snapshot().Triggers(obj.Database.ID) {
		if t.Table != obj.Table.ID {
			continue
		}
		ddl, err := TriggerDDL(context.Background(), t.Create, t.SQLMode, &state.ViewUse{})
		if err != nil || strings.EqualFold(ddl.TriggerSpec.Event, forgotten) {
			return sqlerr.NotSupportedYet.Errorf("table '%s' has %s triggers, which this statement would not fire", obj.Table.Name, forgotten).
				WithHint("change the rows with a statement of that kind for this table alone, in its own database")
		}
	}
	return nil
}

// TriggerDDL parses the text of a CREATE TRIGGER; use says how its body is opened,
// nil for one that is being created.
func TriggerDDL(ctx context.Context, create, mode string, use *state.ViewUse) (*ast.DDL, error) {
	stmt, err := Parser{}.One(ctx, create, state.ModeOf(mode), use)
	if err != nil {
		return nil, err
	}
	ddl, ok := stmt.(*ast.DDL)
	if !ok || ddl.TriggerSpec == nil {
		return nil, sqlerr.Syntax.Errorf("not a CREATE TRIGGER statement")
	}
	return ddl, nil
}
