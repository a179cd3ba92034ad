package engine

import (
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/privilege"
)

// BenchmarkAuditPointSelect is what the audit log costs a prepared look-up by primary key:
// two engines, in one of which nobody listens to the decisions, are asked in turn by blocks.
// on/off is the ratio of the medians of the blocks: 1.02 is two per cent. Blocks are shorter than what a busy machine lets a
// thread run for, so that most of them are run through.
func BenchmarkAuditPointSelect(b *testing.B) {
	const block = 200
	var sides [2]session.Stmt
	for i := range sides {
		_, s := benchTable(b)
		if i == 1 {
			s.sql.Session.Audit = nil
		}
		st, err := s.Prepare(context.Background(), "SELECT c FROM t WHERE id = ?")
		if err != nil {
			b.Fatal(err)
		}
		sides[i] = st
	}
	run := func(st session.Stmt) time.Duration {
		began := time.Now()
		for i := range block {
			execute(b, st, session.IntValue(int64(i*7919%10_000)))
		}
		return time.Since(began)
	}
	var took [2][]time.Duration
	for range 2 {
		run(sides[0])
		run(sides[1])
	}
	for n := 0; b.Loop(); n++ {
		for i := range sides {
			side := (i + n) % 2 // neither always goes first
			took[side] = append(took[side], run(sides[side]))
		}
	}
	median := func(list []time.Duration) float64 {
		slices.Sort(list)
		return float64(list[len(list)/2]) / block
	}
	on, off := median(took[0]), median(took[1])
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(on, "on-ns")
	b.ReportMetric(off, "off-ns")
	b.ReportMetric(on/off, "on/off")
}

// grantBench is an engine on disk in which a user holds SELECT on each of n tables.
func grantBench(b *testing.B, n int) *Engine {
	b.Helper()
	e, err := Open(context.Background(), Options{Dir: b.TempDir(), RootPassword: "root-secret", Hash: authn.Params{MemoryKiB: 64, Time: 1, Threads: 1}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = e.Close() })
	db := &testDB{t: b, engine: e, sessions: map[string]*Session{}}
	b.Cleanup(func() { // before the engine
		for _, s := range db.sessions {
			_ = s.Close()
		}
	})
	db.ok("root", "CREATE DATABASE d; CREATE USER holder; CREATE USER other; CREATE TABLE d.t (id INT PRIMARY KEY)")
	s := e.Catalog().Snapshot()
	holder, base := s.Principal("holder").ID, s.Database("d").ID
	for from := 0; from < n; from += 10_000 {
		err := e.Catalog().Update(context.Background(), func(tx *catalog.Tx) error {
			for i := from; i < min(n, from+10_000); i++ {
				id, err := tx.AllocID()
				if err != nil {
					return err
				}
				err = tx.PutTable(&catalog.Table{ID: id, Database: base, Name: fmt.Sprint("n", i), Data: id, Owner: catalog.Root,
					Columns: []catalog.Column{{ID: 1, Name: "a", Type: "int"}}, NextColumn: 2, NextIndex: 1, Version: 1})
				if err != nil {
					return err
				}
				err = tx.PutGrant(&catalog.Grant{Grantee: holder, Object: id, Grantor: catalog.SystemGrantor, Kind: privilege.KindTable, Atoms: privilege.Of(privilege.Select)})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return e
}

// BenchmarkGrantOnDisk is one GRANT or REVOKE statement, durable when it returns, to who
// holds 10, 1,000 and 100,000 entries.
func BenchmarkGrantOnDisk(b *testing.B) {
	for _, n := range []int{10, 1_000, 100_000} {
		b.Run(fmt.Sprint("entries=", n), func(b *testing.B) {
			e := grantBench(b, n)
			db := &testDB{t: b, engine: e, sessions: map[string]*Session{}}
			defer func() { _ = db.as("root").Close() }()
			for i := 0; b.Loop(); i++ {
				db.ok("root", []string{"GRANT INSERT ON d.t TO holder", "REVOKE INSERT ON d.t FROM holder"}[i%2])
			}
		})
	}
}

// BenchmarkStatementsUnderGrants is the p99 of prepared point selects through TLS and the
// MySQL protocol, without and with some 1,000 GRANT and REVOKE statements a second to
// somebody else, each durable. ratio below 10 is what is asked for.
func BenchmarkStatementsUnderGrants(b *testing.B) {
	const granters, perSecond, rows = 8, 1_000, 1_000
	e, err := Open(context.Background(), Options{Dir: b.TempDir(), RootPassword: "root-secret", Hash: authn.Params{MemoryKiB: 64, Time: 1, Threads: 1}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = e.Close() })
	address, client := wireServer(b, e, false)
	root := wireDial(b, address, client, "root", "root-secret")
	do := func(text string) {
		if _, err := root.Exec(text); err != nil {
			b.Fatal(err)
		}
	}
	do("CREATE DATABASE d")
	do("CREATE TABLE d.t (id INT PRIMARY KEY, c CHAR(120) NOT NULL)")
	var values strings.Builder
	for i := range rows {
		fmt.Fprintf(&values, ",(%d,'%0119d')", i, i)
	}
	do("INSERT INTO d.t VALUES " + values.String()[1:])
	do("CREATE USER tesla IDENTIFIED BY 'coil-secret'")
	do("GRANT READ ON TABLE d.t TO tesla")
	for i := range granters {
		do(fmt.Sprintf("CREATE USER other%d", i))
	}
	st, err := wireDial(b, address, client, "tesla", "coil-secret").Prepare("SELECT c FROM d.t WHERE id = ?")
	if err != nil {
		b.Fatal(err)
	}
	p99 := func(d time.Duration) time.Duration {
		var took []time.Duration
		var c string
		for until := time.Now().Add(d); time.Now().Before(until); {
			began := time.Now()
			if err := st.QueryRow(len(took) * 7919 % rows).Scan(&c); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		return took[len(took)*99/100]
	}
	p99(time.Second)
	for b.Loop() {
		idle := p99(3 * time.Second)
		stop := grantStorm(b, address, client, granters, perSecond)
		storm := p99(6 * time.Second)
		rate := float64(stop()) / 6
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(idle.Microseconds()), "idle-p99-µs")
		b.ReportMetric(float64(storm.Microseconds()), "storm-p99-µs")
		b.ReportMetric(float64(storm)/float64(idle), "ratio")
		b.ReportMetric(rate, "grants/s")
	}
}

// grantStorm grants and revokes from several connections, together about so often a second,
// until the returned function is called, which says how often.
func grantStorm(b *testing.B, address string, client *tls.Config, granters, perSecond int) (stop func() int64) {
	var n atomic.Int64
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	for i := range granters {
		db := wireDial(b, address, client, "root", "root-secret")
		all.Go(func() { grantInTurn(ctx, b, db, i, time.Second*time.Duration(granters)/time.Duration(perSecond), &n) })
	}
	return func() int64 { cancel(); all.Wait(); return n.Load() }
}

func grantInTurn(ctx context.Context, b *testing.B, db *sql.DB, i int, every time.Duration, n *atomic.Int64) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for turn := 0; ; turn++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		text := fmt.Sprintf([]string{"GRANT SELECT ON d.t TO other%d", "REVOKE SELECT ON d.t FROM other%d"}[turn%2], i)
		if _, err := db.Exec(text); err != nil {
			b.Error(err)
			return
		}
		n.Add(1)
	}
}
