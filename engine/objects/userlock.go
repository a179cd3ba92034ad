package objects

import (
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

// getLock is GET_LOCK. The library's own looks at no context while it waits, for
// ever when the limit is negative, and asks ten thousand times a second.
var getLock = sql.FunctionN{Name: "get_lock", Fn: func(args ...sql.Expression) (sql.Expression, error) {
	if len(args) != 2 {
		return nil, sql.ErrInvalidArgumentNumber.New("GET_LOCK", 2, len(args))
	}
	return &lockCall{lxplan.Call{Name: "get_lock", Args: args}}, nil
}}

type lockCall struct{ lxplan.Call }

var (
	_ sql.FunctionExpression         = (*lockCall)(nil)
	_ sql.NonDeterministicExpression = (*lockCall)(nil)
	_ sql.CollationCoercible         = (*lockCall)(nil)
)

func (f *lockCall) Description() string      { return "gets a named lock" }
func (f *lockCall) IsNonDeterministic() bool { return true }
func (f *lockCall) Type() sql.Type           { return types.Int8 }

// CollationCoercibility is that of a number.
func (f *lockCall) CollationCoercibility(*sql.Context) (sql.CollationID, byte) {
	return sql.Collation_binary, 5
}

func (f *lockCall) WithChildren(args ...sql.Expression) (sql.Expression, error) {
	if len(args) != len(f.Args) {
		return nil, sql.ErrInvalidChildrenNumber.New(f, len(args), len(f.Args))
	}
	return &lockCall{lxplan.Call{Name: f.Name, Args: args}}, nil
}

// lockPoll is how often a lock that somebody has is asked for: by a look at one
// pointer.
const lockPoll = 2 * time.Millisecond

// Eval is 1 when the lock was taken, 0 when the time ran out, NULL for NULL.
func (f *lockCall) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	var values [2]any
	for i, a := range f.Args {
		v, err := a.Eval(ctx, row)
		if err != nil || v == nil {
			return nil, err
		}
		values[i] = v
	}
	text, _, err := types.LongText.Convert(ctx, values[0])
	if err != nil {
		return nil, err
	}
	name, ok := text.(string)
	if !ok || name == "" || len(name) > 64*4 {
		return nil, sqlerr.UserLockWrongName.Errorf("Incorrect user-level lock name '%.64s'.", name)
	}
	limit, _, err := types.Float64.Convert(ctx, values[1])
	if err != nil {
		return nil, err
	}
	return waitForUserLock(ctx, name, limit.(float64))
}

// waitForUserLock waits for so many seconds, without an end when they are negative.
func waitForUserLock(ctx *sql.Context, name string, seconds float64) (any, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, nil
	}
	var timeUp <-chan time.Time
	if seconds >= 0 {
		timer := time.NewTimer(time.Duration(min(seconds, 1e8) * float64(time.Second)))
		defer timer.Stop()
		timeUp = timer.C
	}
	poll := time.NewTicker(lockPoll)
	defer poll.Stop()
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := s.Inst.GMS.LS.Lock(ctx, name, 0)
		if !sql.ErrLockTimeout.Is(err) {
			return int8(1), err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timeUp:
			return int8(0), nil
		case <-poll.C:
		}
	}
}
