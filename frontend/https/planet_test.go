package https_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/frontend/https"
)

// TestPlanetScale speaks the protocol of database-js. A session lives as long as its
// transaction.
func TestPlanetScale(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE DATABASE t", "CREATE TABLE t.a (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20))")
	v := s.visit("root", s.Root)
	run := func(query string, session any) object {
		t.Helper()
		r := v.send("POST", "/psdb.v1alpha1.Database/Execute", encode(object{"query": query, "session": session}))
		if r.status != http.StatusOK {
			t.Fatalf("%s: %d %s", query, r.status, r.body)
		}
		return decode(t, r.body)
	}
	o := run("select 'it''s é' as v, 1+1 as n, null as z, 1.25 as d", nil)
	row := o["result"].(map[string]any)["rows"].([]any)[0].(map[string]any)
	cells, err := base64.StdEncoding.DecodeString(row["values"].(string))
	if fmt.Sprint(row["lengths"]) != "[7 1 -1 4]" || string(cells) != "it's é21.25" || err != nil {
		t.Errorf("a row: %v, %q", row, cells)
	}
	if id := o["session"].(map[string]any)["id"]; id != "" {
		t.Errorf("a session was kept: %v", id)
	}
	o = run("insert into t.a (v) values ('ps')", o["session"])
	if fmt.Sprint(o["result"]) != "map[insertId:1 rowsAffected:1]" {
		t.Errorf("an insert: %v", o)
	}
	begun := run("BEGIN", nil)["session"]
	run("update t.a set v = 'tx'", begun)
	if o := run("select * from nope", begun); !strings.Contains(fmt.Sprint(o["error"]), "Error 1") || encode(object{"s": o["session"]}) != encode(object{"s": begun}) {
		t.Errorf("an error inside: %v", o)
	}
	if o := run("select v from t.a", nil); !strings.Contains(encode(o), base64.StdEncoding.EncodeToString([]byte("ps"))) {
		t.Errorf("outside of the transaction: %v", o)
	}
	run("COMMIT", begun)
	if o := run("select v from t.a", begun); !strings.Contains(fmt.Sprint(o["error"]), "1243") {
		t.Errorf("the session of a transaction that has ended: %v", o)
	}
	if o := run("select v from t.a", nil); !strings.Contains(encode(o), base64.StdEncoding.EncodeToString([]byte("tx"))) {
		t.Errorf("after the commit: %v", o)
	}
	if r := s.visit("root", "wrong").send("POST", "/psdb.v1alpha1.Database/Execute", `{"query":"select 1"}`); r.status != http.StatusUnauthorized || !strings.Contains(r.body, "UNAUTHENTICATED") {
		t.Errorf("a wrong password: %d %s", r.status, r.body)
	}
	if o := run(numbers(900, 1_000_000), nil); !strings.Contains(fmt.Sprint(o["error"]), "1041") {
		t.Errorf("a result that is too large: %.200v", o)
	}
}

// TestLargeBodiesShareABudget holds that many large requests at one time are refused, and
// that what was held is given back.
func TestLargeBodiesShareABudget(t *testing.T) {
	s := start(t, func(o *https.Options) { o.LoginBytes, o.BodyTotal = 10_000, 200_000 })
	v := s.visit("root", s.Root)
	large := func(n int) string { return encode(object{"sql": "SELECT LENGTH('" + strings.Repeat("x", n) + "')"}) }
	for range 20 {
		if r := v.send("POST", "/api/v1/query", large(60_000)); r.status != http.StatusOK || !strings.Contains(r.body, "60000") {
			t.Fatalf("within the budget: %d %.200s", r.status, r.body)
		}
	}
	if r, err := v.do(t.Context(), "POST", "/api/v1/query", large(300_000)); err == nil && r.status != http.StatusTooManyRequests {
		t.Errorf("above the budget: %d %.200s", r.status, r.body)
	}
	if r := v.send("POST", "/api/v1/query", large(60_000)); r.status != http.StatusOK {
		t.Errorf("after that: %d %.200s", r.status, r.body)
	}
}
