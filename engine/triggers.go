package engine

import (
	"context"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// mayFire checks that the definer of a trigger still holds what it needs on its
// table.
func (s asker) mayFire(ctx context.Context, t *catalog.Trigger, use *viewUse) error {
	ddl, err := triggerDDL(ctx, t.Create, t.SQLMode, use)
	if err != nil {
		return err
	}
	if access.May(s.as(use.rights), access.In(privilege.KindTable, t.Table, t.Database), access.All(triggerNeeds(ddl.TriggerSpec.Body)), access.Enforce) {
		return nil
	}
	return sqlerr.TableAccessDenied.Errorf("the definer of trigger '%s.%s' does not hold the rights that it needs on table '%s'",
		use.database, use.name, ddl.Table.Name).WithHint("grant them, or DROP TRIGGER %s.%s", use.database, use.name)
}

// checkFires refuses statements whose triggers the library forgets: they may be
// what keeps a table's rules or its log.
func (s asker) checkFires(obj object, kind string, use *tableUse) error {
	forgotten := ""
	switch {
	case obj.table == nil:
	case use.onDup:
		forgotten = ast.UpdateStr
	case kind == ast.AuthType_REPLACE:
		forgotten = ast.DeleteStr
	case use.joined && !strings.EqualFold(obj.database.Name, s.GetCurrentDatabase()):
		forgotten = strings.ToLower(kind)
	}
	if forgotten == "" {
		return nil
	}
	for _, t := range s.inst.cat.Snapshot().Triggers(obj.database.ID) {
		if t.Table != obj.table.ID {
			continue
		}
		ddl, err := triggerDDL(context.Background(), t.Create, t.SQLMode, &viewUse{})
		if err != nil || strings.EqualFold(ddl.TriggerSpec.Event, forgotten) {
			return sqlerr.NotSupportedYet.Errorf("table '%s' has %s triggers, which this statement would not fire", obj.table.Name, forgotten).
				WithHint("change the rows with a statement of that kind for this table alone, in its own database")
		}
	}
	return nil
}

func triggerDDL(ctx context.Context, create, mode string, use *viewUse) (*ast.DDL, error) {
	stmt, err := parser{}.one(ctx, create, reading(mode), use)
	if err != nil {
		return nil, err
	}
	ddl, ok := stmt.(*ast.DDL)
	if !ok || ddl.TriggerSpec == nil {
		return nil, sqlerr.Syntax.Errorf("not a CREATE TRIGGER statement")
	}
	return ddl, nil
}
