package bucket

import (
	"context"
	"fmt"
	"runtime"
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
			before := w.catalog.Snapshot()
			b.ResetTimer()
			for i := range b.N {
				w.grant(r.id, ids[0], privilege.Select, privilege.Atom(int(privilege.Insert)+i%3))
			}
			b.StopTimer()
			b.ReportMetric(float64(issued(before, w.catalog.Snapshot(), r.id)), "issuedB")
		})
	}
}

// issued is how many bytes of a certificate and its pages differ.
func issued(before, after *catalog.Snapshot, id principal.ID) int {
	n := len(after.Certificate(id).DER)
	for _, p := range after.CertificatePages(id) {
		if p != before.CertificatePage(id, p.Node) {
			n += len(p.Data)
		}
	}
	return n
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

// manyUsers is a world of 10,000 users with rights on ten of 100,000 tables each, and one
// more user who has a right on every table.
func manyUsers(b *testing.B) (w *world, ids []catalog.ID, list []principal.ID, all principal.ID) {
	const users, tables, each = manyUsersAre, 100_000, manyUsersHold
	w = newWorld(b)
	ids = w.tables(w.database("d"), tables)
	list = make([]principal.ID, users)
	for from := 0; from < users; from += 1000 {
		w.update(func(tx *catalog.Tx) error {
			for i := from; i < from+1000; i++ {
				list[i] = principal.ID(1<<20 + i)
				if err := tx.PutPrincipal(&catalog.Principal{ID: list[i], Name: fmt.Sprint("user", i), Kind: catalog.KindUser}); err != nil {
					return err
				}
				for j := range each {
					if err := putGrant(tx, list[i], ids[(i*each+j)%tables], privilege.Of(privilege.Select)); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	all = w.user("all")
	w.update(func(tx *catalog.Tx) error {
		for _, id := range ids {
			if err := putGrant(tx, all, id, privilege.Of(privilege.Select)); err != nil {
				return err
			}
		}
		return nil
	})
	return w, ids, list, all
}

const (
	manyUsersAre  = 10_000
	manyUsersHold = 10
)

// BenchmarkCheckManyUsers is a check in that world, of one session that walks over all
// tables, and of each of the 10,000 sessions in turn, which then finds little in the
// processor's caches.
func BenchmarkCheckManyUsers(b *testing.B) {
	w, ids, list, all := manyUsers(b)
	b.Run("one session", func(b *testing.B) {
		r := w.session(all)
		for _, id := range ids {
			r.Allows(id, kivi.Read)
		}
		run(b, r, ids)
	})
	b.Run("each in turn", func(b *testing.B) {
		sessions := make([]*Rights, len(list))
		for i, id := range list {
			sessions[i] = w.session(id)
			sessions[i].Allows(ids[i*manyUsersHold], kivi.Read)
		}
		b.ReportAllocs()
		b.ResetTimer()
		i := 0
		for range b.N {
			if !sessions[i].Allows(ids[i*manyUsersHold], kivi.Read) {
				b.Fatal("denied")
			}
			if i++; i == len(sessions) {
				i = 0
			}
		}
	})
}

// BenchmarkMemoryOfPages is what these users take in the bucket, and what a session of each
// adds that has asked for all of its tables.
func BenchmarkMemoryOfPages(b *testing.B) {
	const users, tables, each = manyUsersAre, 100_000, manyUsersHold
	w, ids, list, all := manyUsers(b)
	for range b.N {
		w.bucket.Close()
		w.bucket = nil
		w.open()
		opened := heapAlloc()
		for i, id := range list {
			r := w.session(id)
			for j := range each {
				if data := ids[(i*each+j)%tables]; !r.Allows(data, kivi.Read) {
					b.Fatal("denied")
				}
			}
		}
		asked := heapAlloc()
		b.ReportMetric(float64(asked-opened)/users, "B/session")
		r := w.session(all)
		for _, id := range ids {
			if !r.Allows(id, kivi.Read) {
				b.Fatal("denied")
			}
		}
		b.ReportMetric(float64(heapAlloc()-asked), "B/all-tables")
	}
}

func heapAlloc() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
