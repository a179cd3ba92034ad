package access

import (
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/numbers"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// checkSequence answers for a sequence that stands where a table could. Its row is read; it changes by
// the statements about sequences alone.
func (s Asker) checkSequence(q question, obj object, name string, use *TableUse) error {
	actor, on := s.As(s.rightsFor(use)), numbers.Object(obj.Sequence)
	reads := q.kind == ast.AuthType_SELECT || q.kind == authMetadata
	if reads && access.May(actor, on, numbers.MaySee, access.Enforce) {
		return nil
	}
	if !access.May(actor, on, access.Any(privilege.About(privilege.KindSequence)), access.List) {
		obj.Sequence = nil
		return s.Missing(obj, q.command, name, s.rightsFor(use)) // the same as where there is none
	}
	if reads {
		return sqlerr.DeniedSequence(q.command, s.User.Name(), name)
	}
	return sqlerr.IllegalHA.Errorf("Storage engine SEQUENCE of the table `%s`.`%s` doesn't have this option", obj.Database.Name, obj.Sequence.Name).
		WithHint("ALTER SEQUENCE changes it")
}
