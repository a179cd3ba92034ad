package objects

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/userlock"
)

// lockFunctions are the functions of named locks. The library's own look at no context while they wait, and
// never forget a name.
var lockFunctions = makeLockFunctions()

func makeLockFunctions() map[string]sql.Function {
	out := map[string]sql.Function{}
	for _, f := range []struct {
		name string
		args int
		typ  sql.Type
		call func(*sql.Context, *state.Session, []any) (any, error)
	}{
		{"get_lock", 2, types.Int8, getLock},
		{"release_lock", 1, types.Int8, releaseLock},
		{"release_all_locks", 0, types.Int32, func(_ *sql.Context, s *state.Session, _ []any) (any, error) {
			return int32(s.Inst.NamedLocks.UnlockAll(s.NamedLocks)), nil
		}},
		{"is_free_lock", 1, types.Int8, isFreeLock},
		{"is_used_lock", 1, types.Uint32, isUsedLock},
	} {
		out[f.name] = sql.FunctionN{Name: f.name, Fn: func(args ...sql.Expression) (sql.Expression, error) {
			if len(args) != f.args {
				return nil, sql.ErrInvalidArgumentNumber.New(f.name, f.args, len(args))
			}
			return &lockCall{lxplan.Call{Name: f.name, Args: args}, f.typ, f.call}, nil
		}}
	}
	return out
}

type lockCall struct {
	lxplan.Call
	typ  sql.Type
	call func(*sql.Context, *state.Session, []any) (any, error)
}

var (
	_ sql.FunctionExpression         = (*lockCall)(nil)
	_ sql.NonDeterministicExpression = (*lockCall)(nil)
	_ sql.CollationCoercible         = (*lockCall)(nil)
)

func (f *lockCall) Description() string      { return "has to do with named locks" }
func (f *lockCall) IsNonDeterministic() bool { return true }
func (f *lockCall) Type() sql.Type           { return f.typ }

// CollationCoercibility is that of a number.
func (f *lockCall) CollationCoercibility(*sql.Context) (sql.CollationID, byte) {
	return sql.Collation_binary, 5
}

func (f *lockCall) WithChildren(args ...sql.Expression) (sql.Expression, error) {
	if len(args) != len(f.Args) {
		return nil, sql.ErrInvalidChildrenNumber.New(f, len(args), len(f.Args))
	}
	return &lockCall{lxplan.Call{Name: f.Name, Args: args}, f.typ, f.call}, nil
}

func (f *lockCall) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	s := state.Of(ctx)
	if s == nil || s.NamedLocks == nil {
		return nil, nil
	}
	values := make([]any, len(f.Args))
	for i, a := range f.Args {
		v, err := a.Eval(ctx, row)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	return f.call(ctx, s, values)
}

// mostLockName is in characters.
const mostLockName = 64

// lockName is the name in a value. NULL is none.
func lockName(ctx *sql.Context, v any) (string, error) {
	wrong := func(name string) error {
		return sqlerr.UserLockWrongName.Errorf("Incorrect user-level lock name '%.64s'.", name)
	}
	if v == nil {
		return "", wrong("NULL")
	}
	text, _, err := types.LongText.Convert(ctx, v)
	if err != nil {
		return "", err
	}
	name, ok := text.(string)
	if !ok || name == "" || utf8.RuneCountInString(name) > mostLockName {
		return "", wrong(name)
	}
	return name, nil
}

// getLock is GET_LOCK(name, seconds): 1 when the lock was taken, 0 when the time ran out. Less than no time is no end.
func getLock(ctx *sql.Context, s *state.Session, args []any) (any, error) {
	name, err := lockName(ctx, args[0])
	if err != nil {
		return nil, err
	}
	wait := time.Duration(0)
	if args[1] != nil {
		limit, _, err := types.Float64.Convert(ctx, args[1])
		if err != nil {
			return nil, err
		}
		const most = float64(1 << 31) // seconds; MySQL's
		wait = time.Duration(min(limit.(float64), most) * float64(time.Second))
		if limit.(float64) < 0 {
			wait = -1
		}
	}
	got, err := s.Inst.NamedLocks.Lock(ctx, s.NamedLocks, name, wait)
	switch {
	case errors.Is(err, userlock.ErrDeadlock):
		return nil, sqlerr.UserLockDeadlock.Errorf("Deadlock found when trying to get user-level lock; try rolling back transaction/releasing locks and restarting lock acquisition.")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil, ctx.Err()
	case err != nil:
		return nil, err
	}
	return oneIf(got), nil
}

func releaseLock(ctx *sql.Context, s *state.Session, args []any) (any, error) {
	name, err := lockName(ctx, args[0])
	if err != nil {
		return nil, err
	}
	held, mine := s.Inst.NamedLocks.Unlock(s.NamedLocks, name)
	if !held {
		return nil, nil
	}
	return oneIf(mine), nil
}

func isFreeLock(ctx *sql.Context, s *state.Session, args []any) (any, error) {
	name, err := lockName(ctx, args[0])
	if err != nil {
		return nil, err
	}
	_, used := s.Inst.NamedLocks.User(name)
	return oneIf(!used), nil
}

func isUsedLock(ctx *sql.Context, s *state.Session, args []any) (any, error) {
	name, err := lockName(ctx, args[0])
	if err != nil {
		return nil, err
	}
	if id, used := s.Inst.NamedLocks.User(name); used {
		return id, nil
	}
	return nil, nil
}

func oneIf(b bool) int8 {
	if b {
		return 1
	}
	return 0
}
