package engine

import (
	"context"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// commands declares every security statement.
var commands = ours.NewTable(append(append(grantCommands, accountCommands...), groupCommands...)...)

const (
	byGrantor = "security/grant asks for what the grantor holds with GRANT OPTION"
	ownOrAll  = "who lacks USER ADMIN is shown himself alone"
)

var grantCommands = []ours.Declaration{
	ours.Define(ours.Definition[*dialect.Grant]{
		Need: ours.InTransaction(byGrantor), Audit: "grant", Commits: true, Run: as[*dialect.Grant](runGrant),
	}),
	ours.Define(ours.Definition[*dialect.Revoke]{
		Need: ours.InTransaction(byGrantor), Audit: "revoke", Commits: true, Run: as[*dialect.Revoke](runRevoke),
	}),
	ours.Define(ours.Definition[*dialect.RevokeAll]{
		Need: ours.SystemPrivilege(privilege.SysAdmin), Audit: "revoke.all", Commits: true, Run: as[*dialect.RevokeAll](runRevokeAll),
	}),
	ours.Define(ours.Definition[*dialect.GrantSystem]{
		Need: ours.InTransaction(byGrantor), Audit: "grant.system", Commits: true, Run: as[*dialect.GrantSystem](runGrantSystem),
	}),
	ours.Define(ours.Definition[*dialect.RevokeSystem]{
		Need: ours.InTransaction(byGrantor), Audit: "revoke.system", Commits: true, Run: as[*dialect.RevokeSystem](runRevokeSystem),
	}),
	ours.Define(ours.Definition[*dialect.ShowGrants]{
		Need: ours.When("one's own, or USER ADMIN", mayShowGrants), Audit: "grant.show",
		Columns: []ours.Column{ours.Text("Grants")}, Run: as[*dialect.ShowGrants](runShowGrants),
	}),
	ours.Define(ours.Definition[*dialect.ShowSecurity]{
		Need: ours.When("one's own, or USER ADMIN", mayShowSecurity), Audit: "security.show",
		Columns: []ours.Column{
			ours.Text("Principal"), ours.Text("Privilege"), ours.Text("Object"), ours.Text("Via"), ours.YesNo("Grantable"),
		},
		Run: as[*dialect.ShowSecurity](runShowSecurity),
	}),
	roleCommand[*dialect.GrantRoles]("role.grant"),
	roleCommand[*dialect.RevokeRoles]("role.revoke"),
	roleCommand[*dialect.CreateRole]("role.create"),
	roleCommand[*dialect.DropRole]("role.drop"),
}

var accountCommands = []ours.Declaration{
	ours.Define(ours.Definition[*dialect.CreateUser]{
		Need: ours.SystemPrivilege(privilege.UserAdmin), Audit: "user.create", Commits: true, Run: as[*dialect.CreateUser](runCreateUser),
	}),
	ours.Define(ours.Definition[*dialect.AlterUser]{
		Need:  ours.When("one's own account, or USER ADMIN; what the account holds is asked in the transaction", mayAlterUser),
		Audit: "user.alter", Commits: true, Run: as[*dialect.AlterUser](runAlterUser),
	}),
	ours.Define(ours.Definition[*dialect.SetPassword]{
		Need:  ours.When("one's own account, or USER ADMIN; what the account holds is asked in the transaction", maySetPassword),
		Audit: "user.password", Commits: true, Run: as[*dialect.SetPassword](runSetPassword),
	}),
	ours.Define(ours.Definition[*dialect.DropUser]{
		Need: ours.SystemPrivilege(privilege.UserAdmin), Audit: "user.drop", Commits: true, Run: as[*dialect.DropUser](runDropUser),
	}),
	ours.Define(ours.Definition[*dialect.RenameUser]{
		Need: ours.SystemPrivilege(privilege.UserAdmin), Audit: "user.rename", Commits: true, Run: as[*dialect.RenameUser](runRenameUser),
	}),
	ours.Define(ours.Definition[*dialect.ShowUsers]{
		Need: ours.Anyone(ownOrAll), Audit: "user.list",
		Columns: []ours.Column{
			ours.Text("User"), ours.Text("Kind"), ours.YesNo("Locked"),
			ours.Text("Default schema"), ours.Text("Comment"), ours.Text("Login"),
		},
		Run: as[*dialect.ShowUsers](runShowUsers),
	}),
	ours.Define(ours.Definition[*dialect.ShowCreateUser]{
		Need: ours.When("one's own account, or USER ADMIN", mayShowCreateUser), Audit: "user.show",
		Columns: []ours.Column{ours.Text("CREATE USER")}, Run: as[*dialect.ShowCreateUser](runShowCreateUser),
	}),
}

var groupCommands = []ours.Declaration{
	ours.Define(ours.Definition[*dialect.CreateGroup]{
		Need: ours.SystemPrivilege(privilege.UserAdmin), Audit: "group.create", Commits: true, Run: as[*dialect.CreateGroup](runCreateGroup),
	}),
	ours.Define(ours.Definition[*dialect.AlterGroup]{
		Need: ours.SystemPrivilege(privilege.UserAdmin), Audit: "group.alter", Commits: true, Run: as[*dialect.AlterGroup](runAlterGroup),
	}),
	ours.Define(ours.Definition[*dialect.DropGroup]{
		Need: ours.SystemPrivilege(privilege.UserAdmin), Audit: "group.drop", Commits: true, Run: as[*dialect.DropGroup](runDropGroup),
	}),
	ours.Define(ours.Definition[*dialect.ShowGroups]{
		Need: ours.Anyone("who lacks USER ADMIN is shown the names of his own groups alone"), Audit: "group.list",
		Columns: []ours.Column{ours.Text("Group"), ours.Text("Users"), ours.Text("Groups")},
		Run:     as[*dialect.ShowGroups](runShowGroups),
	}),
	ours.Define(ours.Definition[*dialect.RefreshLDAPGroup]{
		Need: ours.SystemPrivilege(privilege.SysAdmin), Audit: "group.refresh", Commits: true, Run: as[*dialect.RefreshLDAPGroup](runRefreshGroup),
	}),
	ours.Define(ours.Definition[*dialect.CreateSchema]{
		Need:  ours.When("the right to create databases; SYSTEM ADMIN for somebody else's", mayCreateSchema),
		Audit: "schema.create", Commits: true, Run: as[*dialect.CreateSchema](runCreateSchema),
	}),
}

// roleCommand declares what is read and refused until roles are built.
func roleCommand[T dialect.Statement](event string) ours.Declaration {
	return ours.Define(ours.Definition[T]{
		Need: ours.Anyone("it is refused for everyone"), Audit: event,
		Run: func(*ours.Call, T) ([]sql.Row, error) {
			return nil, sqlerr.NotSupportedYet.Errorf("this statement is not supported yet")
		},
	})
}

// as runs a statement in the engine's session.
func as[T dialect.Statement](run func(ctx *sql.Context, s *sqlSession, stmt dialect.Statement) ([]sql.Row, error)) func(*ours.Call, T) ([]sql.Row, error) {
	return func(c *ours.Call, stmt T) ([]sql.Row, error) { return run(c.Context, sessionOf(c.Context), stmt) }
}

// Actor implements ours.Host.
func (a *acting) Actor() access.Actor { return a.actor() }

// AdmitsStatements implements ours.Host.
func (s *sqlSession) AdmitsStatements() error {
	if !s.inDefiner() {
		return nil
	}
	return sqlerr.NotSupportedYet.Errorf("statements about accounts and rights are not supported in a routine that acts for its definer").
		WithHint("send them by themselves, or declare the routine SQL SECURITY INVOKER")
}

// AuditStatement implements ours.Host.
func (s *sqlSession) AuditStatement(ev ours.Event) {
	if listen := s.engine.opts.AuditStatement; listen != nil {
		listen(ev)
	}
}

// update runs one catalog change. Everything that a statement changes there, the
// rights of a new object's owner included, is in it.
func (e *Engine) update(ctx context.Context, s *sqlSession, change func(*catalog.Tx) error) error {
	return e.store.Update(ctx, s.locks, change)
}
