package objects

import (
	"strings"
	"sync"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression/function"

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
	CallFunction(ctx *sql.Context, db *catalog.Database, rec *catalog.Routine, args []value.Value, types []value.Type) (value.Value, error)
}

// native are the library's functions: a stored one of the same name has to be called
// with its database.
var native = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, f := range function.BuiltIns {
		out[strings.ToLower(f.FunctionName())] = true
	}
	return out
})

// storedFunction finds a stored function by its name, or by its database and name as
// package grammar writes both into one.
func storedFunction(ctx *sql.Context, name string) (sql.Function, bool) {
	s := state.Of(ctx)
	database, plain, qualified := grammar.SplitFunction(name)
	if s == nil || !qualified && native()[strings.ToLower(name)] {
		return nil, false
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
		db, rec, err := routine.Find(s, in, plain, true)
		if err != nil {
			return nil, err
		}
		return functionCall(ctx, s, db, rec, args)
	}}, true
}

func functionCall(ctx *sql.Context, s *state.Session, db *catalog.Database, rec *catalog.Routine, args []sql.Expression) (sql.Expression, error) {
	mode := state.ModeOf(rec.SQLMode)
	h, err := program.Read(rec.Create, mode)
	if err != nil {
		return nil, err
	}
	if len(args) != len(h.Params) {
		return nil, sqlerr.SPWrongNoOfArgs.Errorf("Incorrect number of arguments for FUNCTION %s.%s; expected %d, got %d", db.Name, rec.Name, len(h.Params), len(args))
	}
	lang := &lxaccess.Language{Ctx: ctx, Mode: mode, Collation: s.Inst.CollationOf(db)}
	of, err := lang.Type(h.Returns)
	if err != nil {
		return nil, err
	}
	return lxplan.NewRoutineCall(rec.Name, args, of, func(ctx *sql.Context, args []value.Value, types []value.Type) (value.Value, error) {
		caller, ok := ctx.Session.(Caller)
		if !ok {
			return value.Null, sqlerr.DeniedSystem("SYSTEM ADMIN")
		}
		return caller.CallFunction(ctx, db, rec, args, types)
	})
}
