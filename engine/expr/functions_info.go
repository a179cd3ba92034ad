package expr

import (
	"time"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// infoFunctions tell about values, the statement and the session.
var infoFunctions = []Function{
	{Name: "charset", Min: 1, Max: 1, Null: Own, Text: Fixed, Result: MadeName(64), ByType: true, Eval: evalCharset, About: "the character set of a text"},
	{Name: "collation", Min: 1, Max: 1, Null: Own, Text: Fixed, Result: MadeName(64), ByType: true, Eval: evalCollation, About: "the collation of a text"},
	{Name: "coercibility", Min: 1, Max: 1, Null: Own, Result: returns(value.BigInt), ByType: true, Eval: evalCoercibility, About: "how strong the collation of a text is: 0 is the strongest"},
	{Name: "connection_id", Stable: true, Result: returns(value.BigUint), Eval: evalConnectionID, About: "the number of the connection"},
	{Name: "database", Aliases: []string{"schema"}, Stable: true, Text: UTF8, Result: nullableNames, Eval: evalDatabase, About: "the current database, NULL without one"},
	{Name: "user", Aliases: []string{"session_user", "system_user"}, Stable: true, Text: UTF8, Result: names64, Eval: evalUser, About: "the name that the client gave, and its host"},
	{Name: "current_user", Stable: true, Text: UTF8, Result: names64, Eval: evalCurrentUser, About: "the account whose rights are used"},
	{Name: "current_role", Stable: true, Text: UTF8, Result: rolesType, Eval: evalCurrentRole, About: "the active roles"},
	{Name: "version", Stable: true, Text: UTF8, Result: names64, Eval: evalVersion, About: "the version of the server"},
	{Name: "last_insert_id", Min: 0, Max: 1, Volatile: true, Null: Own, Args: []Arg{Integer}, Result: lastInsertType, Eval: evalLastInsertID, About: "the last generated number; an argument becomes it"},
	{Name: "row_count", Volatile: true, Result: returns(value.BigInt), Eval: evalRowCount, About: "rows that the statement before changed"},
	{Name: "found_rows", Volatile: true, Result: returns(value.BigUint), Eval: evalFoundRows, About: "rows that the query before found"},
	{Name: "default of", Min: 1, Max: 1, Null: Own, Text: FromFirst, Result: sameAsFirst, Eval: evalDefault, About: "DEFAULT(column): what a row gets that says nothing of the column"},
	{Name: "benchmark", Min: 2, Max: 2, Volatile: true, Build: buildBenchmark, About: "computes an expression many times; 0"},
	{Name: "sleep", Min: 1, Max: 1, Volatile: true, Null: Own, Args: []Arg{Double}, Result: returns(value.BigInt), Eval: evalSleep, About: "waits so many seconds; 0"},
	{Name: "any_value", Min: 1, Max: 1, Null: Own, Text: FromFirst, Result: sameAsFirst, Eval: evalFirst, About: "the argument, of some row of a group"},
	{Name: "name_const", Min: 2, Max: 2, Null: Own, Text: Fixed, Result: sameAsSecond, Eval: evalSecond, About: "the second argument, with the first as its name"},
}

// rolesType has room for all roles that somebody has.
func rolesType(*Call) (value.Type, error) { return value.Text(nil, 65535), nil }

func names64(*Call) (value.Type, error) { return value.Text(nil, 64), nil }

// MadeName is a name that is no constant of the system: it is as weak as a literal.
func MadeName(length int) func(*Call) (value.Type, error) {
	t := value.Text(value.CollationNamed("utf8mb3_general_ci"), length)
	t.ASCII = true
	return returns(t)
}

func nullableNames(*Call) (value.Type, error) {
	t := value.Text(nil, 64)
	t.Nullable = true
	return t, nil
}

func sameAsFirst(f *Call) (value.Type, error)  { return *f.Arg(0), nil }
func sameAsSecond(f *Call) (value.Type, error) { return *f.Arg(1), nil }

func evalFirst(_ *Ctx, _ *Call, a []value.Value) (value.Value, error)  { return a[0], nil }
func evalSecond(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) { return a[1], nil }

// evalDefault is reached where no column is: package plan puts the value in its place.
func evalDefault(*Ctx, *Call, []value.Value) (value.Value, error) {
	return value.Null, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'DEFAULT(column)' here").WithHint("use it in a query, or DEFAULT alone")
}

// textCollation is that of a text; numbers, times and NULL have the binary one.
func textCollation(t *value.Type) *value.Collation {
	if t.Collation == nil || t.IsNumber() || t.IsTemporal() || t.Kind == value.TypeNull {
		return value.BinaryCollation
	}
	return t.Collation
}

func evalCharset(_ *Ctx, f *Call, _ []value.Value) (value.Value, error) {
	return value.String(textCollation(f.Arg(0)).Charset), nil
}

func evalCollation(_ *Ctx, f *Call, _ []value.Value) (value.Value, error) {
	return value.String(textCollation(f.Arg(0)).Name), nil
}

func evalCoercibility(_ *Ctx, f *Call, _ []value.Value) (value.Value, error) {
	return value.Int(int64(asText(f.Arg(0), f.env.Collation()).Coercibility)), nil
}

// session is what the functions of a session ask; without one they fail.
func (c *Ctx) session() (value.Session, error) {
	if c.Session == nil {
		return nil, sqlerr.NotSupportedYet.Errorf("a function of the session cannot be used here")
	}
	return c.Session, nil
}

func ofSession(c *Ctx, ask func(value.Session) value.Value) (value.Value, error) {
	s, err := c.session()
	if err != nil {
		return value.Null, err
	}
	return ask(s), nil
}

func evalConnectionID(c *Ctx, _ *Call, _ []value.Value) (value.Value, error) {
	return ofSession(c, func(s value.Session) value.Value { return value.Uint(s.ConnectionID()) })
}

func evalDatabase(c *Ctx, _ *Call, _ []value.Value) (value.Value, error) {
	return ofSession(c, func(s value.Session) value.Value {
		if name, ok := s.Database(); ok {
			return value.String(name)
		}
		return value.Null
	})
}

func evalUser(c *Ctx, _ *Call, _ []value.Value) (value.Value, error) {
	return ofSession(c, func(s value.Session) value.Value { return value.String(s.User()) })
}

func evalCurrentUser(c *Ctx, _ *Call, _ []value.Value) (value.Value, error) {
	return ofSession(c, func(s value.Session) value.Value { return value.String(s.CurrentUser()) })
}

func evalCurrentRole(c *Ctx, _ *Call, _ []value.Value) (value.Value, error) {
	return ofSession(c, func(s value.Session) value.Value { return value.String(s.Role()) })
}

func evalVersion(c *Ctx, _ *Call, _ []value.Value) (value.Value, error) {
	return ofSession(c, func(s value.Session) value.Value { return value.String(s.Version()) })
}

func lastInsertType(f *Call) (value.Type, error) {
	t := value.BigUint
	t.Nullable = len(f.Args) == 1 && f.Arg(0).Nullable
	return t, nil
}

func evalLastInsertID(c *Ctx, _ *Call, a []value.Value) (value.Value, error) {
	return ofSession(c, func(s value.Session) value.Value {
		if len(a) == 0 {
			return value.Uint(s.LastInsertID())
		}
		if a[0].IsNull() {
			s.SetLastInsertID(0)
			return value.Null
		}
		s.SetLastInsertID(a[0].Uint())
		return value.Uint(a[0].Uint())
	})
}

func evalRowCount(c *Ctx, _ *Call, _ []value.Value) (value.Value, error) {
	return ofSession(c, func(s value.Session) value.Value { return value.Int(s.RowCount()) })
}

func evalFoundRows(c *Ctx, _ *Call, _ []value.Value) (value.Value, error) {
	return ofSession(c, func(s value.Session) value.Value { return value.Uint(uint64(s.FoundRows())) })
}

// benchmark is BENCHMARK(n, expression).
type benchmark struct{ n, arg Expr }

func buildBenchmark(_ *Builder, args []Expr) (Expr, error) { return &benchmark{args[0], args[1]}, nil }

func (e *benchmark) Type() *value.Type  { return &value.BooleanNull }
func (e *benchmark) String() string     { return "benchmark(" + e.n.String() + "," + e.arg.String() + ")" }
func (e *benchmark) children() []Expr   { return []Expr{e.n, e.arg} }
func (e *benchmark) with(c []Expr) Expr { return &benchmark{c[0], c[1]} }
func (e *benchmark) volatile() bool     { return true }

// Eval looks every thousand times whether the statement was stopped.
func (e *benchmark) Eval(c *Ctx, row Row) (value.Value, error) {
	v, err := e.n.Eval(c, row)
	if err != nil || v.IsNull() {
		return value.Null, err
	}
	n, err := value.ToInt(c.Env, v, e.n.Type())
	if err != nil {
		return value.Null, err
	}
	if n < 0 {
		return value.Null, c.Warn(sqlerr.WrongValueForType, "Incorrect count value: '%s' for function benchmark", value.Shown(value.AppendText(nil, v, e.n.Type())))
	}
	for i := range n {
		if i%1024 == 0 {
			if err := c.Stopped(); err != nil {
				return value.Null, err
			}
		}
		if _, err := e.arg.Eval(c, row); err != nil {
			return value.Null, err
		}
	}
	return value.Int(0), nil
}

func evalSleep(c *Ctx, _ *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() || a[0].Double() < 0 {
		if c.Has(value.ModeStrict) {
			return value.Null, sqlerr.WrongArguments.Errorf("Incorrect arguments to sleep.")
		}
		return value.Int(0), c.Warn(sqlerr.WrongArguments, "Incorrect arguments to sleep.")
	}
	const longest = float64(1<<62) / float64(time.Second)
	timer := time.NewTimer(time.Duration(min(a[0].Double(), longest) * float64(time.Second)))
	defer timer.Stop()
	if c.Session != nil {
		defer c.Session.Sleeps()()
	}
	select {
	case <-timer.C:
		return value.Int(0), nil
	case <-c.Context().Done():
		return value.Null, c.Stopped()
	}
}

// Stopped is the error of a statement that was killed or has run for too long.
func (c *Ctx) Stopped() error {
	if err := c.Context().Err(); err != nil {
		return sqlerr.QueryInterrupted.Errorf("Query execution was interrupted").WithCause(err)
	}
	return nil
}
