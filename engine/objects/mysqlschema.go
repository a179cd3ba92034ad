package objects

import (
	"slices"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// The tables of the database mysql that tools look into: who there is and what was
// granted, computed from the catalog, for who administers users. They have MySQL's
// columns, and no secret: what a password is stored as is nobody's to read. Groups of
// a directory are not in them; SHOW GROUPS and SHOW SECURITY know them.

var mysqlTables = []virtualTable{
	{name: "user", columns: userColumns, rows: mysqlUserRows},
	{name: "db", columns: dbColumns, rows: mysqlDBRows},
	{name: "tables_priv", columns: mysqlColumns("Host", "Db", "User", "Table_name", "Grantor", "Timestamp", "Table_priv", "Column_priv"), rows: mysqlTableRows},
	{name: "columns_priv", columns: mysqlColumns("Host", "Db", "User", "Table_name", "Column_name", "Timestamp", "Column_priv"), rows: mysqlNoRows},
	{name: "procs_priv", columns: mysqlColumns("Host", "Db", "User", "Routine_name", "Routine_type", "Grantor", "Proc_priv", "Timestamp"), rows: mysqlRoutineRows},
	{name: "global_grants", columns: mysqlColumns("USER", "HOST", "PRIV", "WITH_GRANT_OPTION"), rows: mysqlGlobalRows},
	{name: "role_edges", columns: mysqlColumns("FROM_HOST", "FROM_USER", "TO_HOST", "TO_USER", "WITH_ADMIN_OPTION"), rows: mysqlRoleRows},
	{name: "proxies_priv", columns: mysqlColumns("Host", "User", "Proxied_host", "Proxied_user", "With_grant", "Grantor", "Timestamp"), rows: mysqlProxyRows},
	{name: "default_roles", columns: mysqlColumns("HOST", "USER", "DEFAULT_ROLE_HOST", "DEFAULT_ROLE_USER"), rows: mysqlDefaultRows},
	{name: "general_log", columns: generalLogColumns, rows: mysqlNoRows},
	{name: "slow_log", columns: slowLogColumns, rows: mysqlNoRows},
}

// flag is a column of mysql.user or mysql.db that says Y or N for one privilege.
type flag struct {
	column string
	atom   privilege.Atom
}

var databaseFlags = []flag{
	{"Select_priv", privilege.Select}, {"Insert_priv", privilege.Insert}, {"Update_priv", privilege.Update},
	{"Delete_priv", privilege.Delete}, {"Create_priv", privilege.Create}, {"Drop_priv", privilege.Drop},
	{"Grant_priv", privilege.GrantOption}, {"References_priv", privilege.References}, {"Index_priv", privilege.Index},
	{"Alter_priv", privilege.Alter}, {"Create_tmp_table_priv", privilege.CreateTemp}, {"Lock_tables_priv", privilege.Lock},
	{"Create_view_priv", privilege.CreateView}, {"Show_view_priv", privilege.ShowView},
	{"Create_routine_priv", privilege.CreateRoutine}, {"Alter_routine_priv", privilege.AlterRoutine},
	{"Execute_priv", privilege.Execute}, {"Event_priv", privilege.Event}, {"Trigger_priv", privilege.Trigger},
}

// never is the place of a privilege that nobody has here.
const never = privilege.Atom(63)

var userFlags = []flag{
	{"Select_priv", privilege.Select}, {"Insert_priv", privilege.Insert}, {"Update_priv", privilege.Update},
	{"Delete_priv", privilege.Delete}, {"Create_priv", privilege.Create}, {"Drop_priv", privilege.Drop},
	{"Reload_priv", privilege.Reload}, {"Shutdown_priv", privilege.Shutdown}, {"Process_priv", privilege.Process},
	{"File_priv", privilege.File}, {"Grant_priv", privilege.GrantOption}, {"References_priv", privilege.References},
	{"Index_priv", privilege.Index}, {"Alter_priv", privilege.Alter}, {"Show_db_priv", privilege.Show},
	{"Super_priv", privilege.SysAdmin}, {"Create_tmp_table_priv", privilege.CreateTemp}, {"Lock_tables_priv", privilege.Lock},
	{"Execute_priv", privilege.Execute}, {"Repl_slave_priv", never}, {"Repl_client_priv", never},
	{"Create_view_priv", privilege.CreateView}, {"Show_view_priv", privilege.ShowView},
	{"Create_routine_priv", privilege.CreateRoutine}, {"Alter_routine_priv", privilege.AlterRoutine},
	{"Create_user_priv", privilege.UserAdmin}, {"Event_priv", privilege.Event}, {"Trigger_priv", privilege.Trigger},
	{"Create_tablespace_priv", never},
}

var (
	mysqlText = types.MustCreateString(sqltypes.VarChar, 255, DefaultCollation)
	mysqlFlag = types.MustCreateString(sqltypes.VarChar, 1, DefaultCollation)

	userColumns = slices.Concat(mysqlColumns("Host", "User"), flagColumns(userFlags),
		mysqlColumns("ssl_type", "ssl_cipher", "x509_issuer", "x509_subject"),
		numberColumns("max_questions", "max_updates", "max_connections", "max_user_connections"),
		mysqlColumns("plugin", "authentication_string", "password_expired"),
		sql.Schema{virtualColumn("password_last_changed", types.Datetime)}, numberColumns("password_lifetime"), mysqlColumns("account_locked"),
		flagColumns([]flag{{column: "Create_role_priv"}, {column: "Drop_role_priv"}}),
		numberColumns("Password_reuse_history", "Password_reuse_time"), mysqlColumns("Password_require_current"),
		sql.Schema{virtualColumn("User_attributes", types.LongText)})
	// Logs of statements, which there are none of: dumps of the database mysql ask for their definitions.
	generalLogColumns = sql.Schema{
		virtualColumn("event_time", types.MustCreateDatetimeType(sqltypes.Timestamp, 6)), virtualColumn("user_host", types.MediumText),
		virtualColumn("thread_id", types.Uint64), virtualColumn("server_id", types.Uint32),
		virtualColumn("command_type", types.MustCreateString(sqltypes.VarChar, 64, DefaultCollation)), virtualColumn("argument", types.MediumBlob),
	}
	slowLogColumns = sql.Schema{
		virtualColumn("start_time", types.MustCreateDatetimeType(sqltypes.Timestamp, 6)), virtualColumn("user_host", types.MediumText),
		virtualColumn("query_time", types.Time), virtualColumn("lock_time", types.Time),
		virtualColumn("rows_sent", types.Int32), virtualColumn("rows_examined", types.Int32),
		virtualColumn("db", types.MustCreateString(sqltypes.VarChar, 512, DefaultCollation)), virtualColumn("last_insert_id", types.Int32),
		virtualColumn("insert_id", types.Int32), virtualColumn("server_id", types.Uint32), virtualColumn("sql_text", types.MediumBlob),
		virtualColumn("thread_id", types.Uint64),
	}

	dbColumns = slices.Concat(mysqlColumns("Host", "Db", "User"), flagColumns(databaseFlags))
)

func mysqlColumns(names ...string) (out sql.Schema) {
	for _, name := range names {
		out = append(out, virtualColumn(name, mysqlText))
	}
	return out
}

func numberColumns(names ...string) (out sql.Schema) {
	for _, name := range names {
		out = append(out, virtualColumn(name, types.Uint64))
	}
	return out
}

func flagColumns(flags []flag) (out sql.Schema) {
	for _, f := range flags {
		out = append(out, virtualColumn(f.column, mysqlFlag))
	}
	return out
}

func mysqlNoRows(*sql.Context, *state.Session, func(sql.Row) error) error { return nil }

// yn is a column that says Y or N.
func yn(b bool) string {
	if b {
		return "Y"
	}
	return "N"
}

func flagged(atoms privilege.Set, flags []flag) (out sql.Row) {
	for _, f := range flags {
		out = append(out, yn(f.atom != never && atoms.Has(f.atom)))
	}
	return out
}

// withOption adds the atom that stands for the right to pass on.
func withOption(atoms, options privilege.Set) privilege.Set {
	if options != 0 {
		atoms |= privilege.Of(privilege.GrantOption)
	}
	return atoms
}

// eachAccount visits users and roles.
func eachAccount(s *state.Session, visit func(snap *catalog.Snapshot, p *catalog.Principal) error) error {
	snap := s.Inst.Cat.Snapshot()
	for _, p := range snap.Principals() {
		if p.Kind != catalog.KindUser && p.Kind != catalog.KindRole {
			continue
		}
		if err := visit(snap, p); err != nil {
			return err
		}
	}
	return nil
}

func mysqlUserRows(_ *sql.Context, s *state.Session, row func(sql.Row) error) error {
	return eachAccount(s, func(snap *catalog.Snapshot, p *catalog.Principal) error {
		var atoms, options privilege.Set
		for _, g := range snap.GrantsToOn(p.ID, catalog.System) {
			atoms, options = atoms|g.Atoms, options|g.Options
		}
		held := privilege.FromSystem(atoms)
		if s.Inst.Bucket.BlindAdmins() {
			held = privilege.FromSystem(privilege.Blind(atoms)).Union(atoms.Intersect(privilege.Of(privilege.SysAdmin)))
		}
		atoms = withOption(held.Minus(privilege.Of(privilege.GrantOption)), options)
		rules := p.Rule()
		plugin, role := "caching_sha2_password", p.Kind == catalog.KindRole
		switch {
		case role:
			plugin = ""
		case p.Outside():
			plugin = "authentication_ldap_simple"
		}
		var changed, lifetime, attribute any
		if p.PasswordChanged != 0 {
			changed = time.UnixMicro(p.PasswordChanged).UTC().Truncate(time.Second)
		}
		if rules.LifetimeDays != nil {
			lifetime = uint64(max(0, *rules.LifetimeDays))
		}
		if doc := attributesOf(p); doc != nil {
			attribute = string(value.NewObject([]value.Member{{Key: "metadata", Value: doc}}).Append(nil))
		}
		out := append(sql.Row{hostOf(p), p.LoginName()}, flagged(atoms, userFlags)...)
		out = append(out, strings.ToUpper(rules.Transport), rules.Cipher, rules.Issuer, rules.Subject,
			uint64(rules.QueriesPerHour), uint64(rules.UpdatesPerHour), uint64(rules.ConnectionsPerHour), uint64(rules.Connections),
			plugin, "", yn(rules.PasswordExpired), changed, lifetime, yn(p.Locked || role),
			yn(atoms.Has(privilege.UserAdmin)), yn(atoms.Has(privilege.UserAdmin)),
			countOf(rules.History), countOf(rules.ReuseDays), orNullFlag(rules.RequireCurrent), attribute)
		return row(out)
	})
}

// attributesOf is the comment and the attributes of an account as MySQL shows them: one document; nil for neither.
func attributesOf(p *catalog.Principal) *value.JSON {
	var members []value.Member
	if doc, err := value.ParseJSON([]byte(p.Rule().Attribute)); err == nil && doc.Kind == value.JSONObject {
		members = slices.Clone(doc.Members)
	}
	if p.Comment != "" {
		members = append(members, value.Member{Key: "comment", Value: &value.JSON{Kind: value.JSONString, Text: p.Comment}})
	}
	if len(members) == 0 {
		return nil
	}
	return value.NewObject(members)
}

// userAttributeRows are those of information_schema.USER_ATTRIBUTES: everybody's for who may read mysql.user, else
// one's own.
func userAttributeRows(_ *sql.Context, s *state.Session) (out []sql.Row) {
	want, _ := state.VirtualNeed("mysql", "user")
	all := access.May(s.Actor(), access.System(), want, access.List)
	_ = eachAccount(s, func(_ *catalog.Snapshot, p *catalog.Principal) error {
		if !all && p.ID != s.Self() {
			return nil
		}
		var attribute any
		if doc := attributesOf(p); doc != nil {
			attribute = string(doc.Append(nil))
		}
		out = append(out, sql.Row{p.LoginName(), hostOf(p), attribute})
		return nil
	})
	return out
}

func countOf(n *int) any {
	if n == nil {
		return nil
	}
	return uint64(max(0, *n))
}

func orNullFlag(b *bool) any {
	if b == nil {
		return nil
	}
	return yn(*b)
}

// eachGrant visits what was granted to an account on objects of some kinds; what
// several grantors gave is one.
func eachGrant(s *state.Session, kinds []privilege.Kind, visit func(p *catalog.Principal, o catalog.Object, atoms, options privilege.Set, grantor string) error) error {
	return eachAccount(s, func(snap *catalog.Snapshot, p *catalog.Principal) error {
		for grants := snap.GrantsTo(p.ID); len(grants) > 0; {
			var atoms, options privilege.Set
			object, grantor := snap.Object(grants[0].Object), "root@%"
			if by := snap.PrincipalByID(grants[0].Grantor); by != nil {
				grantor = by.LoginName() + "@" + hostOf(by)
			}
			for len(grants) > 0 && grants[0].Object == object.ID {
				atoms, options = atoms|grants[0].Atoms, options|grants[0].Options
				grants = grants[1:]
			}
			if !slices.Contains(kinds, object.Kind) {
				continue
			}
			if err := visit(p, object, atoms, options, grantor); err != nil {
				return err
			}
		}
		return nil
	})
}

func mysqlDBRows(_ *sql.Context, s *state.Session, row func(sql.Row) error) error {
	return eachGrant(s, []privilege.Kind{privilege.KindDatabase, privilege.KindScope}, func(p *catalog.Principal, o catalog.Object, atoms, options privilege.Set, _ string) error {
		if scope := s.Inst.Cat.Snapshot().ScopeByID(o.ID); scope != nil && scope.Of != catalog.ScopeDatabases {
			return nil // of all objects of a kind, which MySQL has no row for
		}
		return row(append(sql.Row{hostOf(p), o.Name, p.LoginName()}, flagged(withOption(atoms, options), databaseFlags)...))
	})
}

// setText writes atoms as a SET of MySQL's names.
func setText(atoms, options privilege.Set, members []privilege.Atom) string {
	var names []string
	for _, a := range members {
		switch {
		case a == privilege.Grant && options != 0:
			names = append(names, "Grant")
		case a != privilege.Grant && atoms.Has(a):
			words := strings.Fields(strings.ToLower(a.String()))
			for i, w := range words {
				words[i] = strings.ToUpper(w[:1]) + w[1:]
			}
			names = append(names, strings.Join(words, " "))
		}
	}
	return strings.Join(names, ",")
}

func mysqlTableRows(_ *sql.Context, s *state.Session, row func(sql.Row) error) error {
	snap := s.Inst.Cat.Snapshot()
	kinds := []privilege.Kind{privilege.KindTable, privilege.KindView, privilege.KindScope}
	return eachGrant(s, kinds, func(p *catalog.Principal, o catalog.Object, atoms, options privilege.Set, grantor string) error {
		if scope := snap.ScopeByID(o.ID); scope != nil && !scope.Named() { // of a name there is the right to make a table
			return nil
		}
		return row(sql.Row{hostOf(p), snap.Object(o.Database).Name, p.LoginName(), o.Name, grantor, nil, setText(atoms, options, tableSet), ""})
	})
}

func mysqlRoutineRows(_ *sql.Context, s *state.Session, row func(sql.Row) error) error {
	snap := s.Inst.Cat.Snapshot()
	return eachGrant(s, []privilege.Kind{privilege.KindRoutine}, func(p *catalog.Principal, o catalog.Object, atoms, options privilege.Set, grantor string) error {
		kind := "PROCEDURE"
		if r := snap.RoutineByID(o.ID); r != nil && r.Function {
			kind = "FUNCTION"
		}
		return row(sql.Row{hostOf(p), snap.Object(o.Database).Name, p.LoginName(), o.Name, kind, grantor, setText(atoms, options, routineSet), nil})
	})
}

// mysqlProxyRows are who is which other account from his login on.
func mysqlProxyRows(_ *sql.Context, s *state.Session, row func(sql.Row) error) error {
	snap := s.Inst.Cat.Snapshot()
	return eachGrant(s, []privilege.Kind{privilege.KindUser}, func(p *catalog.Principal, o catalog.Object, atoms, options privilege.Set, grantor string) error {
		of := snap.PrincipalByID(principal.ID(o.ID))
		if of == nil || !atoms.Has(privilege.Proxy) {
			return nil
		}
		option := "0"
		if options.Has(privilege.Proxy) {
			option = "1"
		}
		return row(sql.Row{hostOf(p), p.LoginName(), hostOf(of), of.LoginName(), option, grantor, nil})
	})
}

// mysqlGlobalRows are the system privileges that MySQL has no column for.
func mysqlGlobalRows(_ *sql.Context, s *state.Session, row func(sql.Row) error) error {
	return eachGrant(s, []privilege.Kind{privilege.KindSystem}, func(p *catalog.Principal, _ catalog.Object, atoms, options privilege.Set, _ string) error {
		for _, a := range atoms.Atoms() {
			if slices.ContainsFunc(userFlags, func(f flag) bool { return f.atom == a && a != privilege.SysAdmin }) {
				continue
			}
			if err := row(sql.Row{p.LoginName(), hostOf(p), strings.ReplaceAll(a.String(), " ", "_"), yn(options.Has(a))}); err != nil {
				return err
			}
		}
		return nil
	})
}

func mysqlRoleRows(_ *sql.Context, s *state.Session, row func(sql.Row) error) error {
	return eachAccount(s, func(snap *catalog.Snapshot, p *catalog.Principal) error {
		for _, m := range snap.MembershipsOf(p.ID) {
			if role := snap.PrincipalByID(m.Role); role.Kind == catalog.KindRole {
				if err := row(sql.Row{"%", role.Name, hostOf(p), p.LoginName(), yn(m.Admin)}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func mysqlDefaultRows(_ *sql.Context, s *state.Session, row func(sql.Row) error) error {
	return eachAccount(s, func(snap *catalog.Snapshot, p *catalog.Principal) error {
		for _, role := range defaultRoles(snap, p) {
			if err := row(sql.Row{hostOf(p), p.LoginName(), "%", role.Name}); err != nil {
				return err
			}
		}
		return nil
	})
}
