package state

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/engine/variable"
)

// A variable that can be set has effect, or SET says that it has none: the table
// in package variable decides, and these are the two places where a variable
// changes. The library takes a value for each of its 340 names and looks at 20.

// SetSessionVariable implements sql.Session.
func (s *Session) SetSessionVariable(ctx *sql.Context, name string, value any) error {
	value, err := SpellMode(ctx, name, value)
	if err != nil {
		return err
	}
	now, err := s.GetSessionVariable(ctx, name)
	if shown, of := s.OfDatabase(name); of {
		now = shown
	}
	if err == nil {
		if err := AdmitVariable(ctx, name, now, value, false); err != nil {
			return err
		}
	}
	if strings.EqualFold(name, PurposeVariable) {
		if err := s.purpose(value); err != nil {
			return err
		}
	}
	if text, ok := value.(string); ok && strings.EqualFold(name, "character_set_database") {
		s.FileCharset = strings.ToLower(text)
		return nil
	}
	defer s.changed(name)
	if err := s.BaseSession.SetSessionVariable(ctx, name, value); err != nil {
		return err
	}
	if twin := Twins[strings.ToLower(name)]; twin != "" {
		return s.BaseSession.SetSessionVariable(ctx, twin, value)
	}
	if strings.EqualFold(name, "last_insert_id") {
		now, err := s.GetSessionVariable(ctx, name)
		if id, ok := now.(int64); ok {
			s.SetLastQueryInfoInt(sql.LastInsertId, id)
		}
		return err
	}
	return nil
}

// ShowLogin gives one of the two variables that tell who has logged in its value.
func (s *Session) ShowLogin(name, value string) error {
	return s.InitSessionVariable(NoContext, name, value)
}

// purpose takes what the session says that it works for.
func (s *Session) purpose(v any) error {
	text, ok := v.(string)
	if v != nil && !ok {
		return sqlerr.WrongTypeForVar.Errorf("Incorrect argument type to variable '%s'", PurposeVariable)
	}
	if n := utf8.RuneCountInString(text); n > maxPurpose || !utf8.ValidString(text) {
		return sqlerr.WrongValueForVar.Errorf("Variable '%s' can't be set to a text of %d characters", PurposeVariable, n).WithHint("%d at most", maxPurpose)
	}
	s.Purpose = text
	return nil
}

// OfDatabase is the value of the two variables that follow the current database.
func (s *Session) OfDatabase(name string) (any, bool) {
	collation := sql.Collation_Default // what the library shows without a database
	if rec := s.Inst.Cat.Snapshot().Database(s.GetCurrentDatabase()); rec != nil {
		collation = s.Inst.CollationOf(rec)
	}
	switch strings.ToLower(name) {
	case "collation_database":
		return collation.Name(), true
	case "character_set_database":
		if s.FileCharset != "" {
			return s.FileCharset, true
		}
		return collation.CharacterSet().Name(), true
	}
	return nil, false
}

// Twins are old names of the same variable, which old drivers set.
var Twins = map[string]string{
	"tx_isolation": "transaction_isolation", "transaction_isolation": "tx_isolation",
	"tx_read_only": "transaction_read_only", "transaction_read_only": "tx_read_only",
}

// AdmitVariable decides whether a variable may take a value, and notes that the
// value has no effect.
func AdmitVariable(ctx *sql.Context, name string, now, value any, global bool) error {
	v, _, ok := sql.SystemVariables.GetGlobal(name)
	if !ok || v.IsReadOnly() {
		return nil // 1193 or 1238, said by the library
	}
	if m, ok := v.(*sql.MysqlSystemVariable); ok && (global && m.Scope.IsSessionOnly() || !global && m.Scope.IsGlobalOnly()) {
		return nil // 1228 or 1229
	}
	if strings.EqualFold(name, "time_zone") && !isTimeZone(value) {
		return sqlerr.UnknownTimeZone.Errorf("Unknown or incorrect time zone: '%v'", value)
	}
	if err := knownText(name, value); err != nil {
		return err
	}
	same := sameValue(ctx, v, now, value)
	d, _ := variable.Of(name)
	switch {
	case d.Rule == variable.Fixed && !same:
		return refusedSetting(d.Name, fmt.Sprintf("setting %s to another value than the one it has", d.Name), d.Why)
	case d.Rule == variable.Kept && !same:
		NoteIgnored(ctx, "the variable "+d.Name)
	case strings.EqualFold(name, sql.SqlModeSessionVar):
		return admitMode(modeText(now), modeText(value))
	}
	return nil
}

// timeNames is the variable for the language of days and months.
const timeNames = "lc_time_names"

// knownText: what texts a session speaks is a character set and a collation that we have.
func knownText(name string, v any) error {
	text, ok := v.(string)
	if !ok || text == "" {
		return nil
	}
	switch strings.ToLower(name) {
	case "character_set_client", "character_set_connection", "character_set_results", "character_set_database":
		return clause.KnownCharset(text)
	case "collation_connection":
		return clause.KnownCollation(text)
	case timeNames:
		if _, named, known := value.Locale(text); known && !named {
			return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'lc_time_names = %s'", text)
		} else if !known {
			return sqlerr.UnknownLocale.Errorf("Unknown locale: '%s'", text)
		}
	}
	return nil
}

// isTimeZone: SYSTEM, an offset between -13:59 and +14:00, or the name of a zone.
func isTimeZone(v any) bool {
	name, _ := v.(string)
	_, known := value.ZoneNamed(name)
	return known
}

// sameValue compares in the variable's type, so that 0 and OFF are the same.
func sameValue(ctx *sql.Context, v sql.SystemVariable, now, value any) bool {
	if now == nil || value == nil {
		return now == value
	}
	if a, ok := now.(string); ok {
		if b, ok := value.(string); ok && strings.EqualFold(a, b) {
			return true
		}
	}
	typ := v.GetType()
	a, _, errA := typ.Convert(ctx, now)
	b, _, errB := typ.Convert(ctx, value)
	if errA != nil || errB != nil {
		return false
	}
	if x, ok := a.(string); ok {
		y, _ := b.(string)
		return strings.EqualFold(x, y)
	}
	n, err := typ.Compare(ctx, a, b)
	return err == nil && n == 0
}

// admitMode looks at each word of a spelled value for sql_mode.
func admitMode(before, after string) error {
	if m, refused := variable.RefusedMode(before, after); refused {
		return refusedSetting(m.Name, "the mode "+m.Name+" of sql_mode", m.Why)
	}
	return nil
}

func modeText(v any) string {
	text, _ := v.(string)
	return text
}

func refusedSetting(name, what, why string) error {
	err := sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support '%s'", what)
	if why != "" {
		return err.WithHint("%s: %s", name, why)
	}
	return err
}

// NoteIgnored says, for SHOW WARNINGS, that something was accepted that changes
// nothing here.
func NoteIgnored(ctx *sql.Context, what string) {
	ctx.Session.Warn(&sql.Warning{
		Level: "Note", Code: int(sqlerr.NotSupportedYet), Message: fmt.Sprintf("%s is kept and has no effect", what),
	})
}

// KnownVariables refuses SET of a name that is no variable, which the library
// would look for among columns. It is for statements of their own: in a program
// the name may be a local variable's.
func KnownVariables(set *ast.Set) error {
	for _, e := range set.Exprs {
		componentVariable(e)
		globalDefault(e)
		name := e.Name.Name.Lowered()
		if e.Scope != ast.SetScope_None || !e.Name.Qualifier.IsEmpty() || strings.HasPrefix(name, "@") || setWords[name] {
			if e.Scope != ast.SetScope_None && e.Scope != ast.SetScope_User || strings.HasPrefix(name, "@@") {
				bareWord(e)
			}
			continue
		}
		if _, _, known := sql.SystemVariables.GetGlobal(name); !known {
			return sql.ErrUnknownSystemVariable.New(e.Name.Name.String())
		}
		bareWord(e)
	}
	return nil
}

// componentVariable reads SET GLOBAL validate_password.length, in which the point is of the name, as @@global.validate_password.length
// is read.
func componentVariable(e *ast.SetVarExpr) {
	q := e.Name.Qualifier
	if e.Scope == ast.SetScope_None || e.Scope == ast.SetScope_User || !q.DbQualifier.IsEmpty() || q.Name.IsEmpty() {
		return
	}
	name := q.Name.String() + "." + e.Name.Name.String()
	if _, _, known := sql.SystemVariables.GetGlobal(name); known {
		e.Name = &ast.ColName{Name: ast.NewColIdent(name)}
	}
}

// globalDefault makes SET GLOBAL … = DEFAULT set what the variable began with; the library would set
// what it is.
func globalDefault(e *ast.SetVarExpr) {
	if _, is := e.Expr.(*ast.Default); !is {
		return
	}
	parts := []string{e.Name.Name.Lowered()}
	if q := e.Name.Qualifier.Name.String(); q != "" {
		parts = []string{q, parts[0]}
	}
	name, scope, _, err := ast.VarScope(parts...)
	if err != nil || scope != ast.SetScope_Global && e.Scope != ast.SetScope_Global {
		return
	}
	v, _, known := sql.SystemVariables.GetGlobal(name)
	if !known {
		return
	}
	switch d := v.GetDefault().(type) {
	case nil:
		e.Expr = &ast.NullVal{}
	case string:
		e.Expr = ast.NewStrVal([]byte(d))
	case float32, float64:
		e.Expr = ast.NewFloatVal(fmt.Append(nil, d))
	case bool:
		e.Expr = ast.BoolVal(d)
	default:
		e.Expr = ast.NewIntVal(fmt.Append(nil, d))
	}
}

// bareWord makes a string of a word on the right side, as in SET sql_mode = ANSI,
// where the library would first look for a variable of that name.
func bareWord(e *ast.SetVarExpr) {
	word, ok := e.Expr.(*ast.ColName)
	if !ok || !word.Qualifier.IsEmpty() || strings.HasPrefix(word.Name.String(), "@") {
		return
	}
	if _, _, variable := sql.SystemVariables.GetGlobal(word.Name.Lowered()); variable {
		e.Expr = ast.NewStrVal([]byte(word.Name.String()))
	}
}

// setWords are the names under which the grammar hands on statements that set
// several variables.
var setWords = map[string]bool{"names": true, "charset": true, ast.TransactionStr: true}
