package engine

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"
	"github.com/sirupsen/logrus"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/objects"
	"github.com/lxdb/lxdb/engine/query"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/privilege"
)

// setGlobals sets what the library keeps per process: the parser that it uses
// for the bodies of triggers and routines, and the server variables. They are
// the same for every engine of the process.
var setGlobals = sync.OnceFunc(func() {
	logrus.SetOutput(io.Discard) // the library's own log, which quotes statements
	sql.GlobalParser = clientText
	replaceRules()
	sql.SystemVariables.AddSystemVariables(addedVariables)
	sql.SystemVariables.AddSystemVariables([]sql.SystemVariable{modeVariable()})
	if err := sql.SystemVariables.AssignValues(serverVariables); err != nil {
		panic(err) // a name or type in the table below is wrong
	}
	sql.SystemVariables = guardedVariables{sql.SystemVariables}
})

// serverVariables differ from the library's defaults.
var serverVariables = map[string]any{
	"version":         Version,
	"version_comment": "lxdb",
	localFiles:        int8(0),
	// Of an engine with the default options; Open writes what is true of its own.
	"max_connections":                      int64(DefaultSessions),
	"max_user_connections":                 int64(DefaultUserSessions),
	"validate_password.length":             int64(0),
	"validate_password.mixed_case_count":   int64(0),
	"validate_password.number_count":       int64(0),
	"validate_password.special_char_count": int64(0),
	"generated_random_password_length":     int64(authn.MaxMinLength),
	// What is true here, where the library's default says something else.
	"require_secure_transport": int8(1),
	"tls_version":              "TLSv1.2,TLSv1.3",
	"admin_tls_version":        "TLSv1.2,TLSv1.3",
	"lc_time_names":            "en_US",
	schedulerVariable:          "OFF",
	serverFiles:                "", // NULL, see GetSessionVariable: no statement reaches files of the server
	"collation_server":         objects.DefaultCollation.Name(),
	"collation_database":       objects.DefaultCollation.Name(),
	"collation_connection":     objects.DefaultCollation.Name(),
}

// showPolicy lets the variables say what new passwords must satisfy.
func showPolicy(p authn.Policy) error {
	err := sql.SystemVariables.AssignValues(map[string]any{
		"validate_password.length": int64(p.MinLength), "default_password_lifetime": int64(p.LifetimeDays), "password_history": int64(p.History),
		"password_reuse_interval": int64(p.ReuseDays), "password_require_current": p.RequireCurrent,
	})
	if err != nil {
		return fmt.Errorf("show the rules of passwords: %w", err)
	}
	return nil
}

// guardedVariables asks for SYSTEM ADMIN before a global variable changes. The
// library does not ask anyone, and SET GLOBAL may stand in a routine's body.
type guardedVariables struct{ sql.SystemVariableRegistry }

// GetAllGlobalVariables is what SHOW GLOBAL VARIABLES asks.
func (g guardedVariables) GetAllGlobalVariables() map[string]any {
	return switches(g.SystemVariableRegistry.GetAllGlobalVariables())
}

func (g guardedVariables) SetGlobal(ctx *sql.Context, name string, val any) error {
	s := sessionOf(ctx)
	if s == nil {
		return sqlerr.DeniedSystem(privilege.SysAdmin.String())
	}
	if err := s.RequireSystem(privilege.SysAdmin); err != nil {
		return err
	}
	val, err := state.SpellMode(ctx, name, val)
	if err != nil {
		return err
	}
	if _, now, ok := g.GetGlobal(name); ok {
		if err := state.AdmitVariable(ctx, name, now, val, true); err != nil {
			return err
		}
	}
	_, before, _ := g.GetGlobal(name)
	if err := g.assign(ctx, s, name, val); err != nil {
		return err
	}
	if err := s.auditVariable(name, val); err != nil { // told as not done, it is not
		return errors.Join(err, g.assign(ctx, s, name, before))
	}
	return nil
}

// auditVariable records that a variable of the server has another value: what rights, logins and limits mean may be another
// thing with it.
func (s *sqlSession) auditVariable(name string, val any) error {
	text := fmt.Sprint(val)
	if word, ok := val.(string); ok {
		text = lex.QuoteString(word)
	}
	const longest = 512
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return s.Audit(audit.Record{Event: "variable.set", Object: "variable " + strings.ToLower(name), Statement: lex.Redact("SET GLOBAL " + strings.ToLower(name) + " = " + text)})
}

// assign gives a variable a value that it may have.
func (g guardedVariables) assign(ctx *sql.Context, s *sqlSession, name string, val any) error {
	if strings.EqualFold(name, schedulerVariable) {
		return g.setScheduler(ctx, s, val)
	}
	if err := s.setRoleVariable(ctx, name, val); err != nil {
		return err
	}
	if err := g.SystemVariableRegistry.SetGlobal(ctx, name, val); err != nil {
		return err
	}
	if twin := state.Twins[strings.ToLower(name)]; twin != "" {
		return g.SystemVariableRegistry.SetGlobal(ctx, twin, val)
	}
	return nil
}

// mayAssign asks for what a SET needs, whatever it assigns.
func (s *sqlSession) mayAssign(n *ast.Set) error {
	for _, e := range n.Exprs {
		switch e.Scope {
		case ast.SetScope_Global, ast.SetScope_Persist, ast.SetScope_PersistOnly:
			if err := s.RequireSystem(privilege.SysAdmin); err != nil {
				return err
			}
		}
	}
	return nil
}

// fileCharset is the character set of files that are loaded, localFiles says whether LOAD DATA LOCAL
// is allowed, serverFiles where files of the server may be.
const fileCharset, localFiles, serverFiles = "character_set_database", "local_infile", "secure_file_priv"

// schedulerVariable says whether events run.
const schedulerVariable = "event_scheduler"

// setScheduler switches the scheduler of the session's server.
func (g guardedVariables) setScheduler(ctx *sql.Context, s *sqlSession, val any) error {
	word := strings.ToUpper(strings.Trim(fmt.Sprint(val), "'\" "))
	switch word {
	case "1", "TRUE":
		word = "ON"
	case "0", "FALSE":
		word = "OFF"
	}
	if word != "ON" && word != "OFF" {
		return sqlerr.WrongValueForVar.Errorf("Variable '%s' can't be set to the value of '%v'", schedulerVariable, val)
	}
	if err := g.SystemVariableRegistry.SetGlobal(ctx, schedulerVariable, word); err != nil {
		return err
	}
	s.engine.events.Turn(word == "ON")
	return nil
}

// addedVariables are those that clients ask for and the library does not have.
var addedVariables = []sql.SystemVariable{
	// The library has it global only, fixed to one second.
	settable(state.LockWaitVariable, types.NewSystemIntType(state.LockWaitVariable, 0, 1<<30, false), int64(state.DefaultLockWaitSeconds)),
	settable(state.IdleInTransactionVariable, types.NewSystemIntType(state.IdleInTransactionVariable, 0, 31536000, false), int64(state.DefaultIdleInTransaction/time.Second)),
	settable(query.StatementVariable, types.NewSystemIntType(query.StatementVariable, query.MinStatement, query.MaxMemory, false), int64(query.DefaultStatement)),
	settable(query.SessionVariable, types.NewSystemIntType(query.SessionVariable, query.MinStatement, query.MaxMemory, false), int64(query.DefaultSession)),
	settable(query.RowsVariable, types.NewSystemIntType(query.RowsVariable, 0, query.MaxMemory, false), int64(query.DefaultDisk)),
	settable(query.DiskVariable, types.NewSystemIntType(query.DiskVariable, 0, query.MaxMemory, false), int64(query.DefaultDisk)),
	&sql.MysqlSystemVariable{
		Name: query.ServerVariable, Scope: sql.GetMysqlScope(sql.SystemVariableScope_Global), Dynamic: true,
		Type: types.NewSystemIntType(query.ServerVariable, 0, 1<<62, false), Default: query.ServerLimit(),
	},
	&sql.MysqlSystemVariable{
		Name: "log_bin_trust_function_creators", Scope: sql.GetMysqlScope(sql.SystemVariableScope_Global), Dynamic: true,
		Type: types.NewSystemBoolType("log_bin_trust_function_creators"), Default: int8(0),
	},
	&sql.MysqlSystemVariable{Name: warningCount, Scope: sql.GetMysqlScope(sql.SystemVariableScope_Session), Type: types.Uint64, Default: uint64(0)},
	&sql.MysqlSystemVariable{Name: errorCount, Scope: sql.GetMysqlScope(sql.SystemVariableScope_Session), Type: types.Uint64, Default: uint64(0)},
	&sql.MysqlSystemVariable{
		Name: query.MomentVariable, Scope: sql.GetMysqlScope(sql.SystemVariableScope_Session), Dynamic: true, SetVarHintApplies: true,
		Type: types.NewSystemDoubleType(query.MomentVariable, 0, math.MaxInt32), Default: float64(0),
	},
	settable(ours.DialectVariable, types.NewSystemEnumType(ours.DialectVariable, "mysql", "kinetica"), "mysql"),
	settable(ours.KeywordVariable, types.NewSystemEnumType(ours.KeywordVariable, "leanxcale", "mysql"), "leanxcale"),
	&sql.MysqlSystemVariable{
		Name: state.PurposeVariable, Scope: sql.GetMysqlScope(sql.SystemVariableScope_Session), Dynamic: true, SetVarHintApplies: true,
		Type: types.NewSystemStringType(state.PurposeVariable), Default: "",
	},
	// Who has logged in, where that is not CURRENT_USER(): nobody, but for the sessions that say so.
	nameless("proxy_user"), nameless("external_user"),
	// A switch that is on, of which DEFAULT turns it on again.
	switchedOn(activateAllVariable),
	settable(query.EncryptionVariable, types.NewSystemEnumType(query.EncryptionVariable, encryptionModes()...), "aes-128-ecb"),
	// PROXY counts for every login, whatever proves it.
	switchedOn("check_proxy_users"), switchedOn("mysql_native_password_proxy_users"), switchedOn("sha256_password_proxy_users"),
	settable("profiling", types.NewSystemBoolType("profiling"), int8(0)),
	settable("profiling_history_size", types.NewSystemIntType("profiling_history_size", 0, 100, false), int64(0)),
}

// modeVariable is sql_mode with MySQL 8.0's default.
func modeVariable() sql.SystemVariable {
	out := settable("sql_mode", state.ModeType(), defaultMode)
	out.SetVarHintApplies = true
	return out
}

const defaultMode = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"

func settable(name string, typ sql.Type, value any) *sql.MysqlSystemVariable {
	return &sql.MysqlSystemVariable{
		Name: name, Scope: sql.GetMysqlScope(sql.SystemVariableScope_Both), Dynamic: true, Type: typ, Default: value,
	}
}

// encryptionModes are the values of block_encryption_mode in MySQL's order, which numbers mean.
func encryptionModes() (out []string) {
	for _, chain := range []string{"ecb", "cbc", "cfb1", "cfb8", "cfb128", "ofb"} {
		for _, bits := range []string{"128", "192", "256"} {
			out = append(out, "aes-"+bits+"-"+chain)
		}
	}
	return out
}

// nameless is a text that sessions are told at their login, NULL for most.
func nameless(name string) *sql.MysqlSystemVariable {
	return &sql.MysqlSystemVariable{Name: name, Scope: sql.GetMysqlScope(sql.SystemVariableScope_Session), Type: types.NewSystemStringType(name)}
}

// switchedOn is a switch of the server that is on.
func switchedOn(name string) *sql.MysqlSystemVariable {
	return &sql.MysqlSystemVariable{
		Name: name, Scope: sql.GetMysqlScope(sql.SystemVariableScope_Global), Dynamic: true, Type: types.NewSystemBoolType(name), Default: int8(1),
	}
}

// clientText is the parser of whatever a client sends.
var clientText = lxaccess.Parser{Show: objects.ReplaceShow, Keep: objects.Keeping, Histogram: objects.Histogram, Upkeep: objects.Upkeep, Define: objects.Define, Alone: objects.ReadAlone, Joins: joined}

// The variables about roles and grants. Which roles are mandatory is in the catalog: PUBLIC
// holds them, so that its certificate says so, and a restart changes nothing.
const (
	mandatoryVariable   = "mandatory_roles"
	activateAllVariable = "activate_all_roles_on_login"
)

// setRoleVariable makes SET GLOBAL of one of them count. The caller has asked for
// SYSTEM ADMIN.
func (s *sqlSession) setRoleVariable(ctx *sql.Context, name string, val any) error {
	switch strings.ToLower(name) {
	case activateAllVariable:
		on, err := sql.ConvertToBool(ctx, val)
		if err != nil {
			return wrongRoleValue(name, val)
		}
		s.engine.inst.Bucket.ActivateAll(on)
	case ours.PartialRevokesVariable:
		if on, err := sql.ConvertToBool(ctx, val); err != nil || !on && hasPartialRevokes(s.Snapshot()) {
			return sqlerr.PartialRevokesExist.Errorf("At least one partial revoke exists on a database. The system variable '@@partial_revokes' must be set to ON.")
		}
	case mandatoryVariable:
		text, _ := val.(string)
		names, ok := roleList(text)
		if !ok {
			return wrongRoleValue(name, val)
		}
		return s.Update(ctx, func(tx *catalog.Tx) error {
			return s.Accounts().In(tx, s.User).SetMandatoryRoles(names)
		})
	}
	return nil
}

// hasPartialRevokes says whether something is taken on a database of what was granted
// on the system.
func hasPartialRevokes(snap *catalog.Snapshot) bool {
	for _, p := range snap.Principals() {
		for _, e := range snap.ExceptionsOf(p.ID) {
			if e.Atoms|e.Options != 0 && (e.Kind == privilege.KindDatabase || e.Kind == privilege.KindScope && snap.ScopeByID(e.Object).Of == catalog.ScopeDatabases) {
				return true
			}
		}
	}
	return false
}

// showPartialRevokes sets partial_revokes where some are kept already, as MySQL does.
func (e *Engine) showPartialRevokes(snap *catalog.Snapshot) {
	if !hasPartialRevokes(snap) {
		return
	}
	if err := sql.SystemVariables.AssignValues(map[string]any{ours.PartialRevokesVariable: int8(1)}); err != nil {
		e.inst.Log.Error("set partial_revokes", "err", err)
	}
}

func wrongRoleValue(name string, val any) error {
	return sqlerr.WrongValueForVar.Errorf("Variable '%s' can't be set to the value of '%v'", name, val)
}

// roleList reads names of roles with commas between them.
func roleList(text string) (names []string, ok bool) {
	if strings.TrimSpace(text) == "" {
		return nil, true
	}
	st, _, err := dialect.Parse("SET ROLE "+text, lex.Mode{})
	set, isSet := st.(*dialect.SetRole)
	if err != nil || !isSet || set.Set != dialect.RolesListed {
		return nil, false
	}
	for _, a := range set.Roles {
		if a.Host != "" && a.Host != "%" {
			return nil, false
		}
		names = append(names, a.Name)
	}
	return names, true
}

// showMandatory keeps what @@mandatory_roles shows in step with the catalog.
func (e *Engine) showMandatory(snap *catalog.Snapshot, touched catalog.Touched) {
	if !slices.Contains(touched.Principals, catalog.Public) {
		return
	}
	var names []string
	for _, m := range snap.MembershipsOf(catalog.Public) {
		if p := snap.PrincipalByID(m.Role); p != nil {
			names = append(names, lex.QuoteName(p.Name)+"@`%`")
		}
	}
	if err := sql.SystemVariables.AssignValues(map[string]any{mandatoryVariable: strings.Join(names, ",")}); err != nil {
		e.inst.Log.Error("show the mandatory roles", "err", err)
	}
}
