package access

import (
	"errors"
	"testing"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// A context without a session of ours is nobody's, whatever is asked.
func TestNobodyIsDenied(t *testing.T) {
	types := []string{ast.AuthType_IGNORE, ast.AuthType_FILE, ast.AuthType_SUPER, ast.AuthType_RELOAD, "of a later grammar"}
	for kind := range questions {
		types = append(types, kind)
	}
	for _, ctx := range []*sql.Context{nil, sql.NewEmptyContext()} {
		for _, kind := range types {
			err := Authorizer{}.HandleAuth(ctx, nil, ast.AuthInformation{AuthType: kind})
			var denied *sqlerr.Error
			if !errors.As(err, &denied) || denied.Number != sqlerr.SpecificAccessDenied {
				t.Errorf("%s: %v", kind, err)
			}
		}
	}
	if err := (Authorizer{}).CheckTable(sql.NewEmptyContext(), nil, "d", "t", ""); err == nil {
		t.Error("the library's own grant tables allow")
	}
}

// A question that names no right, no check of its own and is not free would be
// answered by whatever its target's check makes of the zero right.
func TestQuestionsAreWhole(t *testing.T) {
	for kind, q := range questions {
		ways := 0
		for _, has := range []bool{q.free, q.check.ask != nil, q.want != (question{}).want} {
			if has {
				ways++
			}
		}
		if ways != 1 {
			t.Errorf("%s is answered in %d ways", kind, ways)
		}
		if q.writes && !q.marked {
			t.Errorf("%s changes rows of tables that annotate does not mark", kind)
		}
		if q.want != (question{}).want && q.command == "" {
			t.Errorf("%s has no word for its refusal", kind)
		}
		if _, free := questions[ast.AuthType_IGNORE]; free {
			t.Error("IGNORE is no question")
		}
	}
	for target, c := range checks {
		if c.names < 1 || c.names > 3 || c.ask == nil {
			t.Errorf("%s has %d names", target, c.names)
		}
	}
}
