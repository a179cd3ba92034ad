package bucket

import (
	"context"
	"fmt"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// benchWorld is a user with a grant of his own on each of n tables.
func benchWorld(t testing.TB, n int) (*world, *Rights, []catalog.ID) {
	t.Helper()
	w := newWorld(t)
	ids := w.tables(w.database("d"), n)
	user := w.user("ann")
	w.update(func(tx *catalog.Tx) error {
		for _, id := range ids {
			if err := putGrant(tx, user, id, privilege.Of(privilege.Select)); err != nil {
				return err
			}
		}
		return nil
	})
	r := w.session(user)
	for _, id := range ids {
		if !r.Allows(id, kivi.Read) || r.Allows(id, kivi.Insert) {
			t.Fatalf("table %d: wrong answer", id)
		}
	}
	return w, r, ids
}

var sizes = []int{10, 1_000, 100_000}

// BenchmarkCheck walks over all tables, so that at 100,000 most of the answers
// come from outside the nearest cache.
func BenchmarkCheck(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("tables=%d", n), func(b *testing.B) {
			_, r, ids := benchWorld(b, n)
			run(b, r, ids)
		})
	}
}

// BenchmarkCheckOne asks for the same table again and again, through the
// interface: what a scan or a point query costs.
func BenchmarkCheckOne(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("tables=%d", n), func(b *testing.B) {
			_, r, ids := benchWorld(b, n)
			run(b, kivi.Guard(r), ids[:1])
		})
	}
}

// BenchmarkCheckGrantStorm checks while another goroutine grants and revokes,
// to another user, as fast as the catalog commits.
func BenchmarkCheckGrantStorm(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("tables=%d", n), func(b *testing.B) {
			w, r, ids := benchWorld(b, n)
			commits := storm(b, w, ids[0])
			run(b, r, ids)
			b.StopTimer()
			b.ReportMetric(float64(commits())/b.Elapsed().Seconds(), "grants/s")
		})
	}
}

// BenchmarkCheckCold compiles each answer anew.
func BenchmarkCheckCold(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("tables=%d", n), func(b *testing.B) {
			_, r, ids := benchWorld(b, n)
			b.ResetTimer()
			for i := range b.N {
				r.compile(ids[i%len(ids)])
			}
		})
	}
}

// BenchmarkGrant is one GRANT with re-issued certificate, to a user with n
// grants; the disk is memory.
func BenchmarkGrant(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("tables=%d", n), func(b *testing.B) {
			w, r, ids := benchWorld(b, n)
			b.ResetTimer()
			for i := range b.N {
				w.grant(r.id, ids[0], privilege.Select, privilege.Atom(int(privilege.Insert)+i%3))
			}
		})
	}
}

// BenchmarkOpen verifies the certificates of 10,000 users: a start of the server.
func BenchmarkOpen(b *testing.B) {
	w := newWorld(b)
	id := w.tables(w.database("d"), 1)[0]
	w.update(func(tx *catalog.Tx) error {
		for i := range principal.ID(10_000) {
			err := tx.PutPrincipal(&catalog.Principal{ID: 10_000 + i, Name: fmt.Sprint("user", i), Kind: catalog.KindUser})
			if err != nil {
				return err
			}
			if err := putGrant(tx, 10_000+i, id, privilege.Of(privilege.Select)); err != nil {
				return err
			}
		}
		return nil
	})
	b.ResetTimer()
	for range b.N {
		Open(w.catalog, w.authority, Options{}).Close()
	}
}

func run[G kivi.Guard](b *testing.B, g G, ids []catalog.ID) {
	b.ReportAllocs()
	b.ResetTimer()
	i := 0
	for range b.N {
		if !g.Allows(ids[i], kivi.Read) {
			b.Fatal("denied")
		}
		if i++; i == len(ids) {
			i = 0
		}
	}
}

// storm grants and revokes until the test ends; the returned function stops it
// and says how many commits there were.
func storm(t testing.TB, w *world, on catalog.ID) func() int {
	other := w.user("storm")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan int, 1)
	go func() {
		n := 0
		for ctx.Err() == nil {
			if w.catalog.Update(ctx, func(tx *catalog.Tx) error { return flip(tx, other, on) }) == nil {
				n++
			}
		}
		done <- n
	}()
	stop := func() int {
		cancel()
		n := <-done
		done <- n
		return n
	}
	t.Cleanup(func() { stop() })
	return stop
}

func flip(tx *catalog.Tx, who principal.ID, on catalog.ID) error {
	if tx.Grant(who, on, catalog.SystemGrantor) != nil {
		return tx.DropGrant(who, on, catalog.SystemGrantor)
	}
	return putGrant(tx, who, on, privilege.Of(privilege.Select))
}
