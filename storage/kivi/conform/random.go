package conform

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Random runs a history of ops random operations of several interleaved
// transactions on an engine and on the model, and compares every answer. The
// same seed gives the same history; a failure prints it and the last steps.
// reopen, which may be nil, closes the engine and opens the same store again.
func Random(t *testing.T, seed uint64, ops int, e kv.Engine, reopen func(kv.Engine) kv.Engine) {
	t.Helper()
	r := &history{
		T: t, e: e, m: newModel(), reopen: reopen,
		rng: rand.New(rand.NewPCG(seed, 0)),
	}
	defer func() {
		if t.Failed() {
			t.Logf("seed %d, last steps:\n%s", seed, strings.Join(r.steps[max(0, len(r.steps)-40):], "\n"))
		}
	}()
	for range ops {
		r.step()
	}
	for len(r.open) > 0 {
		r.end(0, r.open[0].txn.Rollback())
	}
	if r.committed == 0 || r.conflicts == 0 || r.blocked == 0 {
		t.Errorf("a poor history: %d commits, %d conflicts, %d blocked locks", r.committed, r.conflicts, r.blocked)
	}
	if err := r.e.Close(); err != nil {
		t.Error(err)
	}
}

type history struct {
	*testing.T
	e      kv.Engine
	m      *model
	reopen func(kv.Engine) kv.Engine
	rng    *rand.Rand
	open   []*pair
	steps  []string

	committed, conflicts, blocked int
}

// pair is one transaction in both worlds.
type pair struct {
	id    int
	txn   kv.Txn
	model *modelTxn
	marks []markPair
}

type markPair struct {
	kv  kv.Mark
	own map[string]string
}

const (
	randomKeys = 30
	maxOpen    = 5
)

func (r *history) key() string { return fmt.Sprintf("k%02d", r.rng.IntN(randomKeys)) }

func (r *history) note(format string, args ...any) {
	r.steps = append(r.steps, fmt.Sprintf("%4d  ", len(r.steps))+fmt.Sprintf(format, args...))
}

func (r *history) check(what, got, want string) {
	r.Helper()
	r.note("%s -> %s", what, want)
	if got != want {
		r.Fatalf("%s:\n got %s\nwant %s", what, got, want)
	}
}

func (r *history) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *history) step() {
	if len(r.open) == 0 || len(r.open) < maxOpen && r.rng.IntN(8) == 0 {
		r.between()
		return
	}
	i := r.rng.IntN(len(r.open))
	p := r.open[i]
	switch n := r.rng.IntN(100); {
	case n < 25:
		r.read(p)
	case n < 45:
		r.scanStep(p)
	case n < 75:
		r.write(p)
	case n < 80:
		r.note("T%d mark", p.id)
		p.marks = append(p.marks, markPair{p.txn.Mark(), maps.Clone(p.model.own)})
	case n < 84 && len(p.marks) > 0:
		r.rollbackTo(p)
	case n < 88:
		r.note("T%d refresh", p.id)
		r.must(p.txn.Refresh(bg))
		if p.model.iso == kv.ReadCommitted {
			p.model.snap = -1
		}
	case n < 92:
		r.note("T%d rollback", p.id)
		p.model.rollback()
		r.end(i, p.txn.Rollback())
	default:
		r.commit(i)
	}
}

// between begins a transaction or, with none open, sometimes changes the store
// from outside.
func (r *history) between() {
	if len(r.open) == 0 {
		switch n := r.rng.IntN(40); {
		case n == 0 && r.reopen != nil:
			r.note("reopen")
			r.e = r.reopen(r.e)
		case n == 1:
			r.deleteRange()
		case n == 2:
			r.bulk()
		}
	}
	iso := []kv.Isolation{kv.RepeatableRead, kv.ReadCommitted, kv.Serializable}[r.rng.IntN(3)]
	txn, err := r.e.Begin(bg, kv.TxnOptions{Isolation: iso})
	r.must(err)
	p := &pair{id: len(r.steps), txn: txn, model: r.m.begin(iso)}
	r.note("T%d begin, isolation %d", p.id, iso)
	r.open = append(r.open, p)
}

func (r *history) deleteRange() {
	lo, hi := r.key(), r.key()
	r.note("delete range %s %s", lo, hi)
	r.must(r.e.DeleteRange(bg, []byte(lo), []byte(hi)))
	t := r.m.begin(kv.RepeatableRead)
	for k := range r.m.states[r.m.newest()] {
		if k >= lo && k < hi {
			t.own[k] = ""
		}
	}
	t.commit()
}

// bulk writes a range that nobody has read: its keys are new.
func (r *history) bulk() {
	prefix := fmt.Sprintf("bulk%08d/", len(r.steps))
	r.note("bulk %s", prefix)
	t := r.m.begin(kv.RepeatableRead)
	i := 0
	r.must(r.e.Bulk(bg, func() ([]byte, []byte, bool, error) {
		if i++; i > 5 {
			return nil, nil, false, nil
		}
		k, v := fmt.Sprintf("%s%d", prefix, i), fmt.Sprint(i)
		t.own[k] = v
		return []byte(k), []byte(v), true, nil
	}))
	t.commit()
}

// reader chooses what is read from, in both worlds.
func (r *history) reader(p *pair) (rd kv.Reader, v modelView, name string) {
	current := r.rng.IntN(2) == 0
	if n := len(p.marks); n > 0 && r.rng.IntN(3) == 0 {
		n = r.rng.IntN(n)
		return p.txn.At(p.marks[n].kv, current), modelView{p.marks[n].own, current}, fmt.Sprintf("at mark %d, current %v: ", n, current)
	}
	if current {
		return p.txn.Current(), modelView{p.model.own, true}, "current "
	}
	return p.txn, modelView{p.model.own, false}, ""
}

func (r *history) read(p *pair) {
	rd, view, name := r.reader(p)
	if r.rng.IntN(3) > 0 {
		key := r.key()
		v, err := rd.Get(bg, []byte(key))
		if err != nil && !errors.Is(err, kv.ErrNotFound) {
			r.Fatal(err)
		}
		r.check(fmt.Sprintf("T%d %sget %s", p.id, name, key), string(v), p.model.get(key, view))
		return
	}
	var keys [][]byte
	var want []string
	for range 1 + r.rng.IntN(6) {
		key := r.key()
		keys = append(keys, []byte(key))
		want = append(want, p.model.get(key, view))
	}
	vs, err := rd.BatchGet(bg, keys)
	r.must(err)
	got := make([]string, len(vs))
	for i, v := range vs {
		got[i] = string(v)
	}
	r.check(fmt.Sprintf("T%d %sbatch %s", p.id, name, keys), strings.Join(got, ","), strings.Join(want, ","))
}

func (r *history) scanStep(p *pair) {
	rd, view, name := r.reader(p)
	lo, hi, reverse, limit := r.key(), r.key(), r.rng.IntN(2) == 0, 1000
	if lo > hi {
		lo, hi = hi, lo
	}
	switch r.rng.IntN(4) {
	case 0:
		limit = 1 + r.rng.IntN(4)
	case 1:
		lo, hi = "b", "z"
	}
	it, err := rd.Iter(bg, []byte(lo), []byte(hi), reverse)
	r.must(err)
	got, err := describe(it, limit)
	r.must(err)
	r.check(fmt.Sprintf("T%d %sscan %s %s reverse %v limit %d", p.id, name, lo, hi, reverse, limit),
		got, p.model.scan(lo, hi, reverse, view, limit))
}

func (r *history) write(p *pair) {
	key := r.key()
	err := p.txn.Lock(bg, 0, []byte(key))
	if !p.model.lock(key) {
		r.note("T%d lock %s: busy", p.id, key)
		r.blocked++
		if !errors.Is(err, kv.ErrLockWait) {
			r.Fatalf("lock of %s, held by another: %v", key, err)
		}
		return
	}
	r.must(err)
	if r.rng.IntN(3) == 0 {
		r.note("T%d delete %s", p.id, key)
		r.must(p.txn.Delete([]byte(key)))
		p.model.own[key] = ""
		return
	}
	val := fmt.Sprint(len(r.steps))
	r.note("T%d put %s=%s", p.id, key, val)
	r.must(p.txn.Put([]byte(key), []byte(val)))
	p.model.own[key] = val
}

func (r *history) rollbackTo(p *pair) {
	n := r.rng.IntN(len(p.marks))
	r.note("T%d rollback to mark %d", p.id, n)
	r.must(p.txn.RollbackTo(p.marks[n].kv))
	p.model.own = maps.Clone(p.marks[n].own)
	p.marks = p.marks[:n+1]
}

func (r *history) commit(i int) {
	p := r.open[i]
	conflict := p.model.conflict()
	err := p.txn.Commit(bg)
	r.note("T%d commit: %v", p.id, err)
	switch {
	case errors.Is(err, kv.ErrConflict) && conflict:
		r.conflicts++
		p.model.rollback()
	case err != nil:
		r.Fatalf("T%d commit: %v", p.id, err)
	case conflict:
		r.Fatalf("T%d committed in spite of a conflict", p.id)
	default:
		r.committed++
		p.model.commit()
	}
	r.end(i, nil)
}

// end forgets a transaction that has ended with err.
func (r *history) end(i int, err error) {
	r.must(err)
	r.open = append(r.open[:i], r.open[i+1:]...)
}
