package bench

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// BenchmarkBindStorm is what SQL clients notice of strangers who guess passwords
// through the directory: point selects on 4 connections without them and with
// 16 connections that bind as users who do not exist, as fast as they are
// answered. Each of their binds costs the server one argon2id. The figure that
// counts is storm/calm of the selects.
func BenchmarkBindStorm(b *testing.B) {
	if os.Getenv(otherEnv) != "" || os.Getenv(ldapEnv) != "" {
		b.Skip("only for our own server")
	}
	const rows = 10_000
	s := start(b, b.TempDir(), "--ldaps", "127.0.0.1:0")
	b.Cleanup(s.stop)
	db := s.open("")
	fill(b, db, rows)
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	st, err := db.Prepare("SELECT c FROM d.t WHERE id = ?")
	if err != nil {
		b.Fatal(err)
	}
	selects := func(d time.Duration) float64 {
		var n atomic.Int64
		var workers sync.WaitGroup
		until := time.Now().Add(d)
		for range 4 {
			workers.Go(func() {
				var c string
				for time.Now().Before(until) {
					if err := st.QueryRow(n.Add(1) * 7919 % rows).Scan(&c); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		workers.Wait()
		return float64(n.Load()) / d.Seconds()
	}
	selects(time.Second) // connections, plans, pages
	for b.Loop() {
		calm := selects(2 * time.Second)
		binds, end := bindStorm(b, s, 16)
		selects(500 * time.Millisecond) // until all guessers guess
		before := binds.Load()
		storm := selects(4 * time.Second)
		rate := float64(binds.Load()-before) / 4
		end()
		b.ReportMetric(calm, "calm-op/s")
		b.ReportMetric(storm, "storm-op/s")
		b.ReportMetric(storm/calm, "storm/calm")
		b.ReportMetric(rate, "binds/s")
	}
}

// bindStorm guesses until end is called, each time at another user, so that the
// delays for one user do not slow it down.
func bindStorm(b *testing.B, s *server, connections int) (binds *atomic.Int64, end func()) {
	b.Helper()
	pem, err := os.ReadFile(filepath.Join(s.dir, "ca.crt"))
	if err != nil {
		b.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	ctx, cancel := context.WithCancel(context.Background())
	var guessers sync.WaitGroup
	binds = new(atomic.Int64)
	for g := range connections {
		guessers.Go(func() {
			conn, err := ldap.DialURL("ldaps://"+s.ldaps, ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}))
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			for i := 0; ctx.Err() == nil; i++ {
				err := conn.Bind(fmt.Sprintf("uid=guess-%d-%d,ou=users,dc=lxdb", g, i), "wrong")
				if !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
					b.Errorf("bind: %v", err)
					return
				}
				binds.Add(1)
			}
		})
	}
	return binds, func() { cancel(); guessers.Wait() }
}
