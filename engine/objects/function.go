package objects

import (
	"strconv"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/grammar"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/value"
)

// Caller is a session that runs stored functions.
type Caller interface {
	CallFunction(ctx *sql.Context, by routine.Caller, db *catalog.Database, rec *catalog.Routine, args []value.Value, types []value.Type) (value.Value, error)
}

// storedFunction finds a stored function by its name, or by its database and name as
// package grammar writes both into one.
func storedFunction(ctx *sql.Context, name string) (sql.Function, bool) {
	s := state.Of(ctx)
	name, mark := grammar.MarkOf(name)
	database, plain, qualified := grammar.SplitFunction(name)
	if s == nil || !qualified && lxplan.BuiltIn(name) {
		return nil, false
	}
	if mark != "" {
		return functionInView(ctx, s, mark, database, plain)
	}
	in := database
	if in == "" {
		in = s.GetCurrentDatabase()
	}
	snap := s.Inst.Cat.Snapshot()
	db := snap.Database(in)
	if db == nil && !qualified || db != nil && !qualified && snap.Routine(db.ID, plain, true) == nil {
		return nil, false
	}
	return sql.FunctionN{Name: plain, Fn: func(args ...sql.Expression) (sql.Expression, error) {
		by := func() routine.Caller { return routine.CallerOf(s) }
		db, rec, err := by().Find(s, in, plain, true)
		if err != nil {
			return nil, err
		}
		return functionCall(ctx, s, by, db, rec, args)
	}}, true
}

// functionInView finds a stored function that a view names. Who uses the view needs no right to
// call it, and learns nothing of it.
func functionInView(ctx *sql.Context, s *state.Session, mark, database, name string) (sql.Function, bool) {
	i, err := strconv.Atoi(mark)
	if err != nil || i >= len(s.Views) {
		return nil, false
	}
	view := s.Views[i]
	return sql.FunctionN{Name: name, Fn: func(args ...sql.Expression) (sql.Expression, error) {
		by := func() routine.Caller { return lxaccess.CallerIn(s, view) }
		db, rec, err := by().Find(s, database, name, true)
		if err != nil {
			return nil, lxaccess.InvalidView(view)
		}
		if err := view.Admits(s.Inst, routine.Named(db, rec)); err != nil {
			return nil, err
		}
		return functionCall(ctx, s, by, db, rec, args)
	}}, true
}

func functionCall(ctx *sql.Context, s *state.Session, by func() routine.Caller, db *catalog.Database, rec *catalog.Routine, args []sql.Expression) (sql.Expression, error) {
	if s.Calls.Runs(rec.ID) { // whether the call would be computed or not, as in MySQL
		return nil, routine.Recursion()
	}
	mode := state.ModeOf(rec.SQLMode)
	h, err := program.Read(rec.Create, mode)
	if err != nil {
		return nil, err
	}
	if len(args) != len(h.Params) {
		return nil, sqlerr.SPWrongNoOfArgs.Errorf("Incorrect number of arguments for FUNCTION %s.%s; expected %d, got %d", db.Name, rec.Name, len(h.Params), len(args))
	}
	lang := &lxaccess.Language{Ctx: ctx, Mode: mode, Collation: s.Inst.CollationIn(db, rec.Charsets)}
	of, err := lang.Type(h.Returns)
	if err != nil {
		return nil, err
	}
	call, err := lxplan.NewRoutineCall(rec.Name, args, of, func(ctx *sql.Context, args []value.Value, types []value.Type) (value.Value, error) {
		caller, ok := ctx.Session.(Caller)
		if !ok {
			return value.Null, sqlerr.DeniedSystem("SYSTEM ADMIN")
		}
		return caller.CallFunction(ctx, by(), db, rec, args, types)
	})
	if err != nil {
		return nil, err
	}
	call.Deterministic = h.Deterministic
	return call, nil
}
