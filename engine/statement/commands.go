package statement

import (
	"slices"

	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/security/privilege"
)

// All declares every security statement.
var All = NewTable(slices.Concat(grantCommands, roleCommands, accountCommands, groupCommands, sequenceCommands, impersonations, explanations, certificateCommands, connectionRules)...)

const (
	byGrantor = "security/grant asks for what the grantor holds with GRANT OPTION"
	byDenier  = "security/grant asks for ownership, or SYSTEM ADMIN or ASSIGN PRIVILEGES"
	ownOrAll  = "who lacks USER ADMIN is shown himself alone"
)

var grantCommands = []Declaration{
	Define(Definition[*dialect.Grant]{
		Need: InTransaction(byGrantor), Audit: "grant", Commits: true, Run: runGrant,
	}),
	Define(Definition[*dialect.Deny]{
		Need: InTransaction(byDenier), Audit: "deny", Commits: true, Run: runDeny,
	}),
	Define(Definition[*dialect.Revoke]{
		Need: InTransaction(byGrantor), Audit: "revoke", Commits: true, Run: runRevoke,
	}),
	Define(Definition[*dialect.RevokeAll]{
		Need: SystemPrivilege(privilege.SysAdmin), Audit: "revoke.all", Commits: true, Run: runRevokeAll,
	}),
	Define(Definition[*dialect.GrantKinds]{
		Need: InTransaction(byGrantor), Audit: "grant.kinds", Commits: true, Run: runGrantKinds,
	}),
	Define(Definition[*dialect.RevokeKinds]{
		Need: InTransaction(byGrantor), Audit: "revoke.kinds", Commits: true, Run: runRevokeKinds,
	}),
	Define(Definition[*dialect.GrantSystem]{
		Need: InTransaction(byGrantor), Audit: "grant.system", Commits: true, Run: runGrantSystem,
	}),
	Define(Definition[*dialect.RevokeSystem]{
		Need: InTransaction(byGrantor), Audit: "revoke.system", Commits: true, Run: runRevokeSystem,
	}),
	Define(Definition[*dialect.ShowGrants]{
		Need: When("one's own, or USER ADMIN", mayShowGrants), Audit: "grant.show",
		Columns: []Column{Text("Grants")}, Titles: grantsTitle, Run: runShowGrants,
	}),
	Define(Definition[*dialect.ShowSecurity]{
		Need: When("one's own, or USER ADMIN", mayShowSecurity), Audit: "security.show",
		Columns: []Column{
			Text("Principal"), Text("Privilege"), Text("Object"), Text("Via"), YesNo("Grantable"),
		},
		Run: runShowSecurity,
	}),
}

const byPassing = "security/accounts asks for ADMIN OPTION on the role"

var roleCommands = []Declaration{
	Define(Definition[*dialect.CreateRole]{
		Need: SystemPrivilege(privilege.UserAdmin), Audit: "role.create", Commits: true, Run: runCreateRole,
	}),
	Define(Definition[*dialect.AlterRole]{
		Need: SystemPrivilege(privilege.UserAdmin), Audit: "role.alter", Commits: true, Run: runAlterRole,
	}),
	Define(Definition[*dialect.DropRole]{
		Need: SystemPrivilege(privilege.UserAdmin), Audit: "role.drop", Commits: true, Run: runDropRole,
	}),
	Define(Definition[*dialect.GrantRoles]{
		Need: InTransaction(byPassing), Audit: "role.grant", Commits: true, Run: runGrantRoles,
	}),
	Define(Definition[*dialect.RevokeRoles]{
		Need: InTransaction(byPassing), Audit: "role.revoke", Commits: true, Run: runRevokeRoles,
	}),
	Define(Definition[*dialect.SetRole]{
		Need: Anyone("it chooses among the roles that one has"), Audit: "role.set", Run: runSetRole,
	}),
	Define(Definition[*dialect.SetDefaultRole]{
		Need: When("one's own account, or USER ADMIN", maySetDefaultRole), Audit: "role.default", Commits: true, Run: runSetDefaultRole,
	}),
}

var accountCommands = []Declaration{
	Define(Definition[*dialect.CreateUser]{
		Need: SystemPrivilege(privilege.UserAdmin), Audit: "user.create", Commits: true, Run: runCreateUser,
		Shape: func(n *dialect.CreateUser) []Column { return generatedColumns(n.Users) },
	}),
	Define(Definition[*dialect.AlterUser]{
		Need:  When("one's own account, or USER ADMIN; what the account holds is asked in the transaction", mayAlterUser),
		Audit: "user.alter", Commits: true, Run: runAlterUser,
		Shape: func(n *dialect.AlterUser) []Column { return generatedColumns(n.Users) },
	}),
	Define(Definition[*dialect.SetPassword]{
		Need:  When("one's own account, or USER ADMIN; what the account holds is asked in the transaction", maySetPassword),
		Audit: "user.password", Commits: true, Run: runSetPassword,
		Shape: func(n *dialect.SetPassword) []Column { return generatedColumns([]dialect.UserSpec{{Auth: n.Auth}}) },
	}),
	Define(Definition[*dialect.DropUser]{
		Need: SystemPrivilege(privilege.UserAdmin), Audit: "user.drop", Commits: true, Run: runDropUser,
	}),
	Define(Definition[*dialect.RenameUser]{
		Need: SystemPrivilege(privilege.UserAdmin), Audit: "user.rename", Commits: true, Run: runRenameUser,
	}),
	Define(Definition[*dialect.ShowUsers]{
		Need: Anyone(ownOrAll), Audit: "user.list",
		Columns: userColumns(), Run: runShowUsers,
	}),
	Define(Definition[*dialect.List]{
		Need: Anyone(ownOrAll + ", with the roles he has and the databases he may see"), Audit: "list", Shape: listColumns, Run: runList,
	}),
	Define(Definition[*dialect.DescribePrincipal]{
		Need: When("one's own account or a role that one has, or USER ADMIN", mayDescribe), Audit: "user.describe",
		Columns: append(userColumns(), Text("Roles")), Run: runDescribe,
	}),
	Define(Definition[*dialect.ShowCreateUser]{
		Need: When("one's own account, or USER ADMIN", mayShowCreateUser), Audit: "user.show",
		Columns: []Column{Text("CREATE USER")}, Run: runShowCreateUser,
	}),
}

var impersonations = []Declaration{
	Define(Definition[*dialect.Impersonate]{
		Need: When("IMPERSONATE on the account, or BECOME ANY USER", mayImpersonate), Audit: "impersonate.start", Commits: true, Run: runImpersonate,
	}),
	Define(Definition[*dialect.Revert]{
		Need: Anyone("it gives back what EXECUTE AS took"), Audit: "impersonate.stop", Commits: true, Run: runRevert,
	}),
}

var explanations = []Declaration{
	Define(Definition[*dialect.ChangeOwner]{
		Need: SystemPrivilege(privilege.SysAdmin), Audit: "object.owner", Commits: true, Run: runChangeOwner,
	}),
	Define(Definition[*dialect.SetSchema]{
		Need: Anyone("a database that one may not see is refused as by USE"), Audit: "schema.set", Run: runSetSchema,
	}),
	Define(Definition[*dialect.Check]{
		Need: When("one's own, or USER ADMIN", mayCheck), Audit: "check", Columns: []Column{YesNo("Allowed")}, Run: runCheck,
	}),
	Define(Definition[*dialect.ShowEffective]{
		Need: When("one's own, or USER ADMIN", mayShowEffective), Audit: "privileges.show",
		Columns: []Column{Text("Principal"), Text("Privilege"), Text("Object"), Text("Via")}, Run: runShowEffective,
	}),
	Define(Definition[*dialect.ExplainSecurity]{
		Need: When("one's own, SYSTEM ADMIN, or IMPERSONATE on the account", mayExplain), Audit: "security.explain",
		Columns: []Column{YesNo("Allowed"), Text("Principal"), Text("Reason")}, Run: runExplainSecurity,
	}),
	Define(Definition[*dialect.Simulate]{
		Need: When("what the statement needs, and USER ADMIN", maySimulate), Audit: "grant.simulate",
		Columns: []Column{Text("Principal"), Text("Change"), Text("Privileges"), Text("Object")}, Run: runSimulate,
	}),
}

var groupCommands = []Declaration{
	Define(Definition[*dialect.CreateGroup]{
		Need: SystemPrivilege(privilege.UserAdmin), Audit: "group.create", Commits: true, Run: runCreateGroup,
	}),
	Define(Definition[*dialect.AlterGroup]{
		Need: SystemPrivilege(privilege.UserAdmin), Audit: "group.alter", Commits: true, Run: runAlterGroup,
	}),
	Define(Definition[*dialect.DropGroup]{
		Need: SystemPrivilege(privilege.UserAdmin), Audit: "group.drop", Commits: true, Run: runDropGroup,
	}),
	Define(Definition[*dialect.ShowGroups]{
		Need: Anyone("who lacks USER ADMIN is shown the names of his own groups alone"), Audit: "group.list",
		Columns: []Column{Text("Group"), Text("Users"), Text("Groups")},
		Run:     runShowGroups,
	}),
	Define(Definition[*dialect.RefreshLDAPGroup]{
		Need: SystemPrivilege(privilege.RefreshGroup), Audit: "group.refresh", Commits: true, Run: runRefreshLDAPGroup,
	}),
	Define(Definition[*dialect.BindNames]{
		Need: SystemPrivilege(privilege.SysAdmin), Audit: "names.bind", Commits: true, Run: runBindNames,
	}),
	Define(Definition[*dialect.Flush]{
		Need: SystemPrivilege(privilege.Reload), Audit: "server.flush", Commits: true, Run: runFlush,
	}),
	Define(Definition[*dialect.CreateSchema]{
		Need:  When("the right to create databases; SYSTEM ADMIN for somebody else's", mayCreateSchema),
		Audit: "schema.create", Commits: true, Run: runCreateSchema,
	}),
	Define(Definition[*dialect.CreateDatabase]{
		Need:  When("the right to create databases, and USER ADMIN where accounts are made", mayCreateDatabase),
		Audit: "database.create", Commits: true, Run: runCreateDatabase,
		Shape: func(n *dialect.CreateDatabase) []Column { return generatedColumns(n.Users) },
	}),
	Define(Definition[*dialect.AlterDatabase]{
		Need: When("ALTER on the database", mayAlterDatabase), Audit: "database.alter", Commits: true, Run: runAlterDatabase,
	}),
}
