package table

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/kv"
	"github.com/lxdb/lxdb/storage/relation"
)

// checkConsistent compares every key of a table with what its rows demand: no
// index entry is missing, none is left over. It returns the number of rows.
func checkConsistent(t *testing.T, s *testSession, name string) int64 {
	t.Helper()
	ctx := s.context()
	schema := s.table(ctx, name, Access{}).schema
	txn, err := s.db.kv.Begin(ctx, kv.TxnOptions{})
	noErr(t, err)
	defer func() { noErr(t, txn.Rollback()) }()
	findings, err := relation.Check(ctx, txn, schema.Schema)
	noErr(t, err)
	for _, f := range findings {
		t.Errorf("%s: %d: %s", name, f.Count, f.What)
	}
	h := relation.Open(txn, schema.Schema, nil, relation.Fsck, nil)
	rows, err := h.View(kivi.Read, relation.Snapshot).Count(ctx, 1<<40)
	noErr(t, err)
	return rows
}

// TestConcurrentWriters: transactions of several sessions on the same rows and
// unique keys, committed, rolled back and chosen as deadlock victims, leave rows
// and indexes in agreement.
func TestConcurrentWriters(t *testing.T) {
	db := openTestDB(t)
	s := db.session(t)
	s.must("create table t (id int primary key, u int, v varchar(10) collate utf8mb4_0900_ai_ci, unique key uu (u), key kv (v, u))")
	s.must("create table k (a int, b varchar(5))")
	const workers, rounds = 4, 150
	var wg sync.WaitGroup
	sessions := make([]*testSession, workers)
	for i := range sessions {
		sessions[i] = db.session(t)
	}
	for i, w := range sessions {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := rand.New(rand.NewPCG(uint64(i), 99))
			for range rounds {
				if err := w.randomTransaction(r); err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	wg.Wait()
	if n := checkConsistent(t, s, "t"); n == 0 {
		t.Error("no row is left: the test did nothing")
	}
	checkConsistent(t, s, "k")
}

func (s *testSession) randomTransaction(r *rand.Rand) error {
	if _, err := s.query("begin"); err != nil {
		return err
	}
	ctx := s.context()
	txn, err := s.Txn(ctx)
	if err != nil {
		return err
	}
	txn.SetLockWait(20 * time.Millisecond)
	for range 1 + r.IntN(4) {
		if _, err := s.query(randomStatement(r)); err != nil {
			cause := causeOf(err)
			switch {
			case sql.ErrPrimaryKeyViolation.Is(cause), sql.ErrUniqueKeyViolation.Is(cause), errors.Is(cause, kv.ErrLockWait):
				continue // the statement was rolled back alone
			case errors.Is(cause, kv.ErrDeadlock), errors.Is(cause, kv.ErrConflict):
				s.end(true)
				s.SetIgnoreAutoCommit(false)
				return nil
			}
			return err
		}
	}
	end := "commit"
	if r.IntN(4) == 0 {
		end = "rollback"
	}
	_, err = s.query(end)
	return err
}

func randomStatement(r *rand.Rand) string {
	id, u, v := r.IntN(12), r.IntN(8), []string{"a", "A", "b", ""}[r.IntN(4)]
	switch r.IntN(8) {
	case 0, 1:
		return fmt.Sprintf("insert into t values (%d, %d, '%s')", id, u, v)
	case 2:
		return fmt.Sprintf("insert into t values (%d, null, '%s') on duplicate key update v = 'dup'", id, v)
	case 3:
		return fmt.Sprintf("replace into t values (%d, %d, '%s')", id, u, v)
	case 4:
		return fmt.Sprintf("update t set u = %d, v = '%s' where id = %d", u, v, id)
	case 5:
		return fmt.Sprintf("update t set id = %d where v = '%s' limit 1", id, v)
	case 6:
		return fmt.Sprintf("delete from t where u = %d", u)
	default:
		if r.IntN(2) == 0 {
			return fmt.Sprintf("delete from k where a = %d limit 1", u)
		}
		return fmt.Sprintf("insert into k values (%d, '%s')", u, v)
	}
}

// TestReadersSeeOneState: while transfers run, every snapshot has the same sum,
// by rows and by index.
func TestReadersSeeOneState(t *testing.T) {
	db := openTestDB(t)
	s := db.session(t)
	s.must("create table t (id int primary key, v int, key kv (v))")
	for i := range 20 {
		s.must(fmt.Sprintf("insert into t values (%d, 10)", i))
	}
	writer, reader := db.session(t), db.session(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := rand.New(rand.NewPCG(1, 1))
		for range 150 {
			a, b := r.IntN(20), r.IntN(20)
			for _, q := range []string{
				"begin",
				fmt.Sprintf("update t set v = v - 1 where id = %d", a),
				fmt.Sprintf("update t set v = v + 1 where id = %d", b),
				"commit",
			} {
				if _, err := writer.query(q); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		reader.wants("select sum(v), count(*) from t", "[200 20]")
		reader.wants("select count(*) from t where v > -1000", "[20]")
	}
	checkConsistent(t, s, "t")
}
