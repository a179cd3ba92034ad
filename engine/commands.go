package engine

import (
	"context"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
)

// commandFor is the table of security statements. A statement that is missing
// here is refused with error 1235.
func commandFor(stmt dialect.Statement) (commandDef, bool) {
	switch stmt.(type) {
	case *dialect.Grant:
		return commandDef{run: runGrant}, true
	case *dialect.Revoke:
		return commandDef{run: runRevoke}, true
	case *dialect.RevokeAll:
		return commandDef{run: runRevokeAll}, true
	case *dialect.GrantSystem:
		return commandDef{run: runGrantSystem}, true
	case *dialect.RevokeSystem:
		return commandDef{run: runRevokeSystem}, true
	case *dialect.ShowGrants:
		return commandDef{columns: []string{"Grants"}, run: runShowGrants}, true
	case *dialect.CreateUser:
		return commandDef{run: runCreateUser}, true
	case *dialect.AlterUser:
		return commandDef{run: runAlterUser}, true
	case *dialect.DropUser:
		return commandDef{run: runDropUser}, true
	case *dialect.RenameUser:
		return commandDef{run: runRenameUser}, true
	case *dialect.SetPassword:
		return commandDef{run: runSetPassword}, true
	case *dialect.ShowUsers:
		return commandDef{columns: []string{"User", "Kind", "Locked", "Default schema", "Comment", "Login"}, run: runShowUsers}, true
	case *dialect.ShowCreateUser:
		return commandDef{columns: []string{"CREATE USER"}, run: runShowCreateUser}, true
	}
	return groupCommandFor(stmt)
}

// groupCommandFor is the part of the table about groups.
func groupCommandFor(stmt dialect.Statement) (commandDef, bool) {
	switch stmt.(type) {
	case *dialect.CreateGroup:
		return commandDef{run: runCreateGroup}, true
	case *dialect.AlterGroup:
		return commandDef{run: runAlterGroup}, true
	case *dialect.DropGroup:
		return commandDef{run: runDropGroup}, true
	case *dialect.ShowGroups:
		return commandDef{columns: []string{"Group", "Users", "Groups"}, run: runShowGroups}, true
	case *dialect.ShowSecurity:
		return commandDef{columns: []string{"Principal", "Privilege", "Object", "Via", "Grantable"}, run: runShowSecurity}, true
	case *dialect.CreateSchema:
		return commandDef{run: runCreateSchema}, true
	case *dialect.RefreshLDAPGroup:
		return commandDef{run: runRefreshGroup}, true
	}
	return commandDef{}, false
}

// update runs one catalog change for a session. Everything that a statement
// changes there, the rights of a new object's owner included, is in it.
func (e *Engine) update(ctx context.Context, s *sqlSession, change func(*catalog.Tx) error) error {
	return e.store.Update(ctx, s.locks, change)
}
