package conform

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

const (
	accounts       = 12
	startBalance   = 1000
	transferRounds = 60
)

func account(i int) []byte { return fmt.Appendf(nil, "acct/%03d", i) }

// transfers moves money between accounts from several goroutines while every
// snapshot must show the same sum.
func transfers(h *harness, iso kv.Isolation) {
	x := h.begin(kv.RepeatableRead)
	for i := range accounts {
		h.ok(x.Put(account(i), strconv.AppendInt(nil, startBalance, 10)))
	}
	h.ok(x.Commit(bg))
	var wg sync.WaitGroup
	for g := range 6 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), uint64(iso)))
			for range transferRounds {
				err := transfer(h.e, iso, rng)
				if err != nil && !errors.Is(err, kv.ErrConflict) && !errors.Is(err, kv.ErrDeadlock) {
					h.Errorf("isolation %d: %v", iso, err)
					return
				}
				if sum, err := total(h.e); err != nil || sum != accounts*startBalance {
					h.Errorf("isolation %d: sum %d, error %v", iso, sum, err)
					return
				}
			}
		})
	}
	wg.Wait()
	// Whatever failed has let go of its locks.
	x = h.begin(kv.RepeatableRead)
	for i := range accounts {
		h.ok(x.Lock(bg, 0, account(i)))
	}
	h.ok(x.Rollback())
}

// transfer locks in random order, so deadlocks happen. Serializable runs
// without locks and relies on validation.
func transfer(e kv.Engine, iso kv.Isolation, rng *rand.Rand) error {
	t, err := e.Begin(bg, kv.TxnOptions{Isolation: iso})
	if err != nil {
		return err
	}
	defer t.Rollback()
	from, to := account(rng.IntN(accounts)), account(rng.IntN(accounts))
	if string(from) == string(to) {
		return nil
	}
	var balance [2]int
	for i, k := range [][]byte{from, to} {
		r := kv.Reader(t)
		if iso != kv.Serializable {
			if err := t.Lock(bg, longWait, k); err != nil {
				return err
			}
			r = t.Current()
		}
		v, err := r.Get(bg, k)
		if err != nil {
			return err
		}
		if balance[i], err = strconv.Atoi(string(v)); err != nil {
			return err
		}
	}
	if err := t.Put(from, strconv.AppendInt(nil, int64(balance[0]-1), 10)); err != nil {
		return err
	}
	if err := t.Put(to, strconv.AppendInt(nil, int64(balance[1]+1), 10)); err != nil {
		return err
	}
	return t.Commit(bg)
}

func total(e kv.Engine) (sum int, err error) {
	t, err := e.Begin(bg, kv.TxnOptions{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer t.Rollback()
	it, err := t.Iter(bg, []byte("acct/"), []byte("acct0"), false)
	if err != nil {
		return 0, err
	}
	for it.Next() {
		n, err := strconv.Atoi(string(it.Value()))
		if err != nil {
			return 0, errors.Join(err, it.Close())
		}
		sum += n
	}
	return sum, errors.Join(it.Err(), it.Close())
}
