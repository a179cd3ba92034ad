package lxtest_test

import (
	"crypto/tls"
	"net/http"
	"testing"

	"github.com/lxdb/lxdb/internal/lxtest"
)

// BenchmarkHTTPSPointSelect is for -cpuprofile and -memprofile: client and server in one
// process. bench/https.sh has the figures.
func BenchmarkHTTPSPointSelect(b *testing.B) {
	s := lxtest.Start(b, withHTTPS())
	s.Exec("CREATE DATABASE lab", "CREATE TABLE lab.t (id INT PRIMARY KEY, v VARCHAR(40))", "INSERT INTO lab.t VALUES (1, 'one'), (2, 'two')")
	w := plain(b, s)
	_, text := w.send("POST", "/api/v1/session", "{}")
	token := w.read(text).Session
	b.ReportAllocs()
	for b.Loop() {
		status, _ := w.send("POST", "/api/v1/query", `{"sql": "SELECT v FROM lab.t WHERE id = ?", "params": [2], "session": "`+token+`"}`)
		if status != http.StatusOK {
			b.Fatal(status)
		}
	}
}

// BenchmarkHTTPSTable reads a table as lines.
func BenchmarkHTTPSTable(b *testing.B) {
	s := lxtest.Start(b, withHTTPS())
	s.Exec("CREATE DATABASE lab", "CREATE TABLE lab.t (id INT PRIMARY KEY, v VARCHAR(40), d DECIMAL(10,2), f DOUBLE, at DATETIME)",
		"INSERT INTO lab.t WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT a.i, CONCAT('row ', a.i), a.i / 3, a.i / 7, '2024-02-29 13:14:15' FROM n a")
	w := plain(b, s)
	b.ReportAllocs()
	for b.Loop() {
		status, _ := w.send("POST", "/api/v1/query", `{"sql": "SELECT a.* FROM lab.t a, lab.t b WHERE b.id <= 20", "stream": true}`)
		if status != http.StatusOK {
			b.Fatal(status)
		}
	}
}

// plain is a client that speaks HTTP/1.1, as most drivers do.
func plain(b *testing.B, s *lxtest.Server) *web {
	w := browse(b, s, "root", s.Root)
	w.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.CA}, DisableCompression: true}
	return w
}
