package table

import (
	"math"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/storage/relation"
)

// PeekNextAutoIncrementValue implements sql.AutoIncrementGetter.
func (t *Table) PeekNextAutoIncrementValue(ctx *sql.Context) (uint64, error) {
	if t.schema.AutoInc < 0 {
		return 0, nil
	}
	return t.store.counters.Peek(ctx, t.schema.rec.Data, relation.AutoIncrement)
}

// GetNextAutoIncrementValue implements sql.AutoIncrementTable. A given value
// moves the counter behind it and is returned.
func (t *Table) GetNextAutoIncrementValue(ctx *sql.Context, given any) (uint64, error) {
	if given == nil {
		return t.store.counters.Take(ctx, t.schema.rec.Data, relation.AutoIncrement)
	}
	v, err := autoValue(ctx, given)
	if err != nil {
		return 0, err
	}
	if t.moved { // the library asks for the numbers of rows that are written when the statement ends
		return v, nil
	}
	return v, t.store.counters.Raise(ctx, t.schema.rec.Data, relation.AutoIncrement, min(v, math.MaxUint64-1)+1)
}

func autoValue(ctx *sql.Context, given any) (uint64, error) {
	v, inRange, err := types.Uint64.Convert(ctx, given)
	if err != nil || inRange != sql.InRange {
		return 0, err
	}
	return v.(uint64), nil
}

// AutoIncrementSetter implements sql.AutoIncrementTable.
func (t *Table) AutoIncrementSetter(*sql.Context) sql.AutoIncrementSetter { return autoSetter{t} }

type autoSetter struct{ table *Table }

// SetAutoIncrementValue implements ALTER TABLE … AUTO_INCREMENT. A counter only
// rises: MySQL, too, ignores a value below the numbers in use.
func (s autoSetter) SetAutoIncrementValue(ctx *sql.Context, v uint64) error {
	if err := s.table.mayAlter(ctx); err != nil {
		return err
	}
	session, err := sessionOf(ctx)
	if err != nil {
		return err
	}
	t, owner := s.table, session.MetaLocks()
	return t.store.together(ctx, owner, func() error {
		if owner.creates(t.store.cat, t.schema.rec.ID) {
			return t.store.counters.Raise(ctx, t.schema.rec.Data, relation.AutoIncrement, v)
		}
		a, err := t.alteration(ctx, owner)
		if err == nil {
			a.next = v
		}
		return err
	})
}

// AcquireAutoIncrementLock implements sql.AutoIncrementSetter. Values of
// concurrent inserts interleave, as with innodb_autoinc_lock_mode = 2.
func (s autoSetter) AcquireAutoIncrementLock(*sql.Context) (func(), error) { return func() {}, nil }

func (s autoSetter) Close(*sql.Context) error { return nil }
