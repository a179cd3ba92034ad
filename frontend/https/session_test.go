package https_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/frontend/https"
)

// numbers is a result of n rows with some padding.
func numbers(n, padding int) string {
	return fmt.Sprintf("WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i+1 FROM n WHERE i < %d) SELECT i, REPEAT('a', %d) FROM n", n, padding)
}

func firstFrame(t *testing.T, o object) (rows []any, done bool) {
	t.Helper()
	results, ok := o["results"].([]any)
	if !ok || len(results) != 1 {
		t.Fatalf("no result: %v", o)
	}
	frame := results[0].(map[string]any)["firstFrame"].(map[string]any)
	return frame["rows"].([]any), frame["done"].(bool)
}

// rest fetches what is left of a result and returns how many rows it has in all.
func (v *visitor) rest(id string, st any, have int) (int, error) {
	for {
		status, o := v.avatica(object{"request": "fetch", "connectionId": id, "statementId": st, "offset": have})
		if status != http.StatusOK {
			return have, fmt.Errorf("%v %v", o["errorCode"], o["errorMessage"])
		}
		frame := o["frame"].(map[string]any)
		rows := frame["rows"].([]any)
		if have += len(rows); frame["done"].(bool) {
			return have, nil
		}
		if len(rows) == 0 {
			return have, fmt.Errorf("an empty frame at %d that is not the last", have)
		}
	}
}

// TestSeveralResults reads one result in the middle of another. What is left of the
// first is kept, up to a limit.
func TestSeveralResults(t *testing.T) {
	s := start(t, func(o *https.Options) { o.FrameBytes, o.BufferBytes = 10_000, 100_000 })
	v := s.visit("root", s.Root)
	v.open(idOne, nil)
	a, b := v.statement(idOne), v.statement(idOne)
	_, o := v.avatica(execute(idOne, a, numbers(80, 1000)))
	rows, done := firstFrame(t, o)
	if done || len(rows) > 12 {
		t.Fatalf("the first frame has %d rows, done %v", len(rows), done)
	}
	if status, o := v.avatica(execute(idOne, b, "SELECT 1")); status != http.StatusOK {
		t.Fatalf("a second statement: %d %v", status, o)
	}
	if n, err := v.rest(idOne, a, len(rows)); n != 80 || err != nil {
		t.Errorf("the first result: %d rows, %v", n, err)
	}

	_, o = v.avatica(execute(idOne, a, numbers(500, 1000)))
	rows, _ = firstFrame(t, o)
	status, o := v.avatica(execute(idOne, b, "SELECT 1"))
	if status != http.StatusInternalServerError || fmt.Sprint(o["errorCode"]) != "1041" {
		t.Errorf("a result too large to be kept: %d %v", status, o)
	}
	if n, err := v.rest(idOne, a, len(rows)); n != 500 || err != nil {
		t.Errorf("the large result goes on: %d rows, %v", n, err)
	}
	if status, o := v.avatica(execute(idOne, b, "SELECT 1")); status != http.StatusOK {
		t.Errorf("after it: %d %v", status, o)
	}

	// A result that is executed anew, or closed, is in nobody's way.
	_, _ = v.avatica(execute(idOne, a, numbers(500, 1000)))
	_, o = v.avatica(execute(idOne, a, numbers(400, 1000)))
	firstFrame(t, o)
	_, _ = v.avatica(object{"request": "closeStatement", "connectionId": idOne, "statementId": a})
	if status, o := v.avatica(execute(idOne, b, "SELECT 1")); status != http.StatusOK {
		t.Errorf("after a result that was closed: %d %v", status, o)
	}
	// COMMIT ends one that is too large.
	c := v.statement(idOne)
	_, o = v.avatica(execute(idOne, c, numbers(500, 1000)))
	rows, _ = firstFrame(t, o)
	if status, o := v.avatica(object{"request": "commit", "connectionId": idOne}); status != http.StatusOK {
		t.Errorf("commit: %d %v", status, o)
	}
	if n, err := v.rest(idOne, c, len(rows)); n == 500 || err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("a result that COMMIT ended: %d rows, %v", n, err)
	}
	if m := s.visit("", "").send("GET", "/metrics", "").body; !strings.Contains(m, "lxdb_https_sessions 1") {
		t.Errorf("metrics: %s", m)
	}
	_, _ = v.avatica(object{"request": "closeConnection", "connectionId": idOne})
	eventually(t, "nothing is kept any more", func() bool {
		return strings.Contains(s.visit("", "").send("GET", "/metrics", "").body, "lxdb_https_buffered_bytes 0")
	})
}

func TestIdleSessionsAreClosed(t *testing.T) {
	s := start(t, func(o *https.Options) { o.IdleTimeout = 50 * time.Millisecond })
	s.Exec("CREATE DATABASE lab", "CREATE TABLE lab.t (id INT PRIMARY KEY)")
	v := s.visit("root", s.Root)
	v.open(idOne, object{"autoCommit": "false"})
	st := v.statement(idOne)
	_, _ = v.avatica(execute(idOne, st, "INSERT INTO lab.t VALUES (1)"))
	watcher := s.Open("root", s.Root, "")
	eventually(t, "its session is closed", func() bool {
		var n int
		if err := watcher.QueryRow("SELECT COUNT(*) FROM information_schema.PROCESSLIST").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n == 1
	})
	status, o := v.avatica(object{"request": "createStatement", "connectionId": idOne})
	if status != http.StatusInternalServerError || fmt.Sprint(o["errorCode"]) != "1" ||
		!strings.Contains(fmt.Sprint(o["exceptions"]), "org.apache.calcite.avatica.NoSuchConnectionException") {
		t.Errorf("a connection that is gone: %d %v", status, o)
	}
	var n int
	if err := watcher.QueryRow("SELECT COUNT(*) FROM lab.t").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows of a transaction that nobody ended, %v", n, err)
	}
	// A statement that runs for longer is not idle.
	v.open(idTwo, nil)
	if status, o := v.avatica(execute(idTwo, v.statement(idTwo), "SELECT SLEEP(0.3)")); status != http.StatusOK {
		t.Errorf("a slow statement: %d %v", status, o)
	}
}

// TestTransactionsByToken runs a transaction over requests, beside another session.
func TestTransactionsByToken(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE DATABASE lab", "CREATE TABLE lab.t (id INT PRIMARY KEY, v VARBINARY(10))")
	v := s.visit("root", s.Root)
	opened := v.send("POST", "/api/v1/session", `{"database":"lab"}`)
	if opened.status != http.StatusCreated {
		t.Fatalf("open: %d %s", opened.status, opened.body)
	}
	token := decode(t, opened.body)["session"].(string)
	query := func(sql string, params ...any) string {
		t.Helper()
		if params == nil {
			params = []any{}
		}
		r := v.send("POST", "/api/v1/query", encode(object{"sql": sql, "params": params}), "Lxdb-Session", token)
		if r.status != http.StatusOK {
			t.Fatalf("%s: %d %s", sql, r.status, r.body)
		}
		return r.body
	}
	if got := query("BEGIN"); !strings.Contains(got, `"inTransaction":true`) {
		t.Errorf("BEGIN: %s", got)
	}
	query("INSERT INTO t VALUES (?, ?)", 1, object{"base64": "AP8="})
	if got := query("SELECT id, v FROM t"); !strings.Contains(got, `[[1,"AP8="]]`) {
		t.Errorf("inside: %s", got)
	}
	if got := v.send("POST", "/api/v1/query", `{"sql":"SELECT COUNT(*) FROM lab.t"}`).body; !strings.Contains(got, "[[0]]") {
		t.Errorf("outside: %s", got)
	}
	query("COMMIT")
	query("BEGIN")
	query("DELETE FROM t")
	if r := v.send("DELETE", "/api/v1/session", "", "Lxdb-Session", token); r.status != http.StatusNoContent {
		t.Errorf("close: %d", r.status)
	}
	eventually(t, "what was open is rolled back", func() bool {
		return strings.Contains(v.send("POST", "/api/v1/query", `{"sql":"SELECT COUNT(*) FROM lab.t FOR UPDATE"}`).body, "[[1]]")
	})
}

// TestStream reads a large result line by line, and one that fails in the middle.
func TestStream(t *testing.T) {
	s := start(t, nil)
	v := s.visit("root", s.Root)
	lines := strings.Split(strings.TrimSpace(v.send("POST", "/api/v1/query", encode(object{"sql": numbers(900, 2000)}), "Accept", "application/x-ndjson").body), "\n")
	if len(lines) != 902 || !strings.HasPrefix(lines[0], `{"columns":[`) || !strings.HasPrefix(lines[900], "[900,") || !strings.HasPrefix(lines[901], `{"affectedRows":`) {
		t.Errorf("%d lines: %.80s … %.80s", len(lines), lines[0], lines[len(lines)-1])
	}
	s.Exec("CREATE DATABASE lab", "CREATE TABLE lab.t (id INT PRIMARY KEY)", "INSERT INTO lab.t "+strings.ReplaceAll(numbers(900, 1), ", REPEAT('a', 1)", ""))
	failing := "SELECT REPEAT('a', 2000), (SELECT b.id FROM lab.t b WHERE b.id <= IF(a.id < 800, 1, 2)) FROM lab.t a"
	whole := v.send("POST", "/api/v1/query", encode(object{"sql": failing}))
	if o := decode(t, whole.body); whole.status != http.StatusOK || o["error"] == nil || len(o["rows"].([]any)) == 0 {
		t.Errorf("a failure in the middle: %d %.80s … %s", whole.status, whole.body, whole.body[max(0, len(whole.body)-200):])
	}
	streamed := v.send("POST", "/api/v1/query", encode(object{"sql": failing, "stream": true})).body
	if last := streamed[strings.LastIndex(strings.TrimSpace(streamed), "\n")+1:]; !strings.HasPrefix(last, `{"error":{"code":1242,`) {
		t.Errorf("a stream that fails ends with %s", last)
	}
	if o := decode(t, v.send("POST", "/api/v1/query", encode(object{"sql": numbers(900, 2000), "maxRows": 3})).body); len(o["rows"].([]any)) != 3 {
		t.Errorf("maxRows: %v", o)
	}
}

// TestMetadataIsWhatOneMaySee compares what two users are told.
func TestMetadataIsWhatOneMaySee(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE DATABASE open", "CREATE DATABASE hidden", "CREATE TABLE open.a (id INT PRIMARY KEY, v INT UNIQUE)", "CREATE TABLE open.secret (id INT PRIMARY KEY)",
		"CREATE TABLE hidden.t (id INT PRIMARY KEY)", "CREATE USER eve IDENTIFIED BY 'pw-eve'", "GRANT READ ON TABLE open.a TO eve")
	eve := s.visit("eve", "pw-eve")
	eve.open(idOne, nil)
	for _, o := range []object{
		{"request": "getCatalogs"}, {"request": "getTables", "catalog": nil}, {"request": "getTables", "catalog": "hidden"}, {"request": "getTables", "catalog": "open"},
		{"request": "getColumns", "catalog": "hidden"}, {"request": "getColumns", "catalog": "open"}, {"request": "getTables", "schemaPattern": "%"},
	} {
		o["connectionId"] = idOne
		r := eve.send("POST", "/", encode(o))
		if r.status != http.StatusOK || strings.Contains(r.body, "hidden") || strings.Contains(r.body, "secret") {
			t.Errorf("%v: %d %s", o, r.status, r.body)
		}
	}
	for _, op := range []string{"GET_PRIMARY_KEYS", "GET_INDEX_INFO"} {
		for table, want := range map[string]bool{"a": true, "secret": false} {
			st := eve.statement(idOne)
			_, o := eve.avatica(object{"request": "syncResults", "connectionId": idOne, "statementId": st, "offset": 0,
				"state": object{"type": "METADATA", "metaDataOperation": op, "operationArgs": []any{"open", nil, table}}})
			_, f := eve.avatica(object{"request": "fetch", "connectionId": idOne, "statementId": st, "offset": 0})
			if o["moreResults"] != true || f["frame"] == nil {
				t.Fatalf("%s %s: %v %v", op, table, o, f)
			}
			if rows := f["frame"].(map[string]any)["rows"].([]any); (len(rows) > 0) != want {
				t.Errorf("%s %s: %v", op, table, rows)
			}
		}
	}
}

// TestHTTP1 holds that what works with HTTP/2 works without it, and that the names of
// JDBC's tables can be in double quotes.
func TestHTTP1(t *testing.T) {
	s := start(t, nil)
	v := s.visit("root", s.Root)
	transport := v.client.Transport.(*http.Transport)
	transport.ForceAttemptHTTP2, transport.TLSClientConfig.NextProtos = false, []string{"http/1.1"}
	v.open(idOne, nil)
	st := v.statement(idOne)
	if _, o := v.avatica(execute(idOne, st, `SELECT 1 AS "a b"`)); !strings.Contains(encode(o), `"label":"a b"`) {
		t.Errorf("names in double quotes: %v", o)
	}
	v.open(idTwo, object{"ansiQuotes": "false"})
	if _, o := v.avatica(execute(idTwo, v.statement(idTwo), `SELECT "a b" AS v`)); !strings.Contains(encode(o), `"rows":[["a b"]]`) {
		t.Errorf("strings in double quotes: %v", o)
	}
}

// TestRevokedWhenPutAside: rows that were put aside for another statement are not given when the right to them is gone.
func TestRevokedWhenPutAside(t *testing.T) {
	s := start(t, func(o *https.Options) { o.FrameBytes, o.BufferBytes = 10_000, 1_000_000 })
	s.Exec("CREATE DATABASE lab", "CREATE TABLE lab.t (id INT PRIMARY KEY, v VARCHAR(1000))", "INSERT INTO lab.t WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 200) SELECT n, REPEAT('x', 1000) FROM r",
		"CREATE PROCEDURE lab.p() SQL SECURITY INVOKER SELECT * FROM lab.t", "CREATE USER ann IDENTIFIED BY 'ann'", "GRANT EXECUTE ON lab.* TO ann")
	v := s.visit("ann", "ann")
	v.open(idOne, nil)
	for _, text := range []string{"SELECT * FROM lab.t", "SELECT * FROM lab.t ORDER BY v, id DESC", "CALL lab.p()"} {
		for _, aside := range []bool{true, false} {
			s.Exec("GRANT SELECT ON lab.t TO ann")
			a, b := v.statement(idOne), v.statement(idOne)
			_, o := v.avatica(execute(idOne, a, text))
			rows, done := firstFrame(t, o)
			if done {
				t.Fatal("all is in the first frame")
			}
			if aside {
				if status, o := v.avatica(execute(idOne, b, "SELECT 1")); status != http.StatusOK {
					t.Fatalf("a second statement: %d %v", status, o)
				}
			}
			s.Exec("REVOKE SELECT ON lab.t FROM ann")
			n, err := v.rest(idOne, a, len(rows))
			if err == nil || !strings.Contains(err.Error(), "1142") || aside && n > len(rows) || n == 200 {
				t.Errorf("%s, put aside %v: %d rows, %v", text, aside, n, err)
			}
			for _, st := range []any{a, b} {
				_, _ = v.avatica(object{"request": "closeStatement", "connectionId": idOne, "statementId": st})
			}
		}
	}
}

// TestFunctionRevokedWhenPutAside: what a function has given is in the rows, of tables that its caller may not read.
func TestFunctionRevokedWhenPutAside(t *testing.T) {
	s := start(t, func(o *https.Options) { o.FrameBytes, o.BufferBytes = 10_000, 1_000_000 })
	s.Exec("CREATE DATABASE lab", "CREATE DATABASE fn", "CREATE TABLE lab.t (id INT PRIMARY KEY, v VARCHAR(1000))", "INSERT INTO lab.t WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 200) SELECT n, REPEAT('x', 1000) FROM r",
		"CREATE TABLE lab.ids AS SELECT id FROM lab.t", "CREATE FUNCTION fn.f(i INT) RETURNS VARCHAR(1000) READS SQL DATA RETURN (SELECT v FROM lab.t WHERE id = i)", "CREATE PROCEDURE lab.p() SQL SECURITY INVOKER SELECT id, fn.f(id) FROM lab.ids",
		"CREATE USER ann IDENTIFIED BY 'ann'", "GRANT EXECUTE ON PROCEDURE lab.p TO ann", "GRANT SELECT ON lab.ids TO ann")
	v := s.visit("ann", "ann")
	v.open(idOne, nil)
	for _, text := range []string{"SELECT id, fn.f(id) FROM lab.ids", "CALL lab.p()"} {
		for _, revoke := range [][]string{nil, {"REVOKE EXECUTE ON FUNCTION fn.f FROM ann"}} {
			s.Exec("GRANT EXECUTE ON FUNCTION fn.f TO ann")
			a, b := v.statement(idOne), v.statement(idOne)
			_, o := v.avatica(execute(idOne, a, text))
			rows, done := firstFrame(t, o)
			if done {
				t.Fatal("all is in the first frame")
			}
			if status, o := v.avatica(execute(idOne, b, "SELECT 1")); status != http.StatusOK {
				t.Fatalf("a second statement: %d %v", status, o)
			}
			s.Exec(revoke...)
			n, err := v.rest(idOne, a, len(rows))
			if lost := err != nil && strings.Contains(err.Error(), "1142") && n == len(rows); lost != (revoke != nil) || !lost && (err != nil || n != 200) {
				t.Errorf("%s, %v: %d rows, %v", text, revoke, n, err)
			}
			for _, st := range []any{a, b} {
				_, _ = v.avatica(object{"request": "closeStatement", "connectionId": idOne, "statementId": st})
			}
		}
	}
}

// TestRolesWhenPutAside: SET ROLE chooses for what begins after it. What was put aside was read with the roles before, and is
// given as long as the user has those.
func TestRolesWhenPutAside(t *testing.T) {
	s := start(t, func(o *https.Options) { o.FrameBytes, o.BufferBytes = 10_000, 1_000_000 })
	s.Exec("CREATE DATABASE lab", "CREATE TABLE lab.t (id INT PRIMARY KEY, v VARCHAR(1000))", "INSERT INTO lab.t WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 200) SELECT n, REPEAT('x', 1000) FROM r",
		"CREATE PROCEDURE lab.p() SQL SECURITY INVOKER SELECT * FROM lab.t", "CREATE USER ann IDENTIFIED BY 'ann'", "CREATE ROLE r", "GRANT SELECT, EXECUTE ON lab.* TO r")
	v := s.visit("ann", "ann")
	v.open(idOne, nil)
	for _, text := range []string{"SELECT * FROM lab.t", "CALL lab.p()"} {
		for _, c := range []struct {
			after []string
			lost  bool
		}{
			{nil, false},
			{[]string{"REVOKE r FROM ann"}, true},
			{[]string{"REVOKE r FROM ann", "DROP TABLE lab.t", "DROP PROCEDURE lab.p"}, true},
		} {
			s.Exec("GRANT r TO ann")
			a, b := v.statement(idOne), v.statement(idOne)
			for _, set := range []string{"SET ROLE r", "USE lab"} {
				if status, o := v.avatica(execute(idOne, b, set)); status != http.StatusOK {
					t.Fatalf("%s: %d %v", set, status, o)
				}
			}
			_, o := v.avatica(execute(idOne, a, text))
			rows, done := firstFrame(t, o)
			if done {
				t.Fatal("all is in the first frame")
			}
			if status, o := v.avatica(execute(idOne, b, "SET ROLE NONE")); status != http.StatusOK {
				t.Fatalf("SET ROLE: %d %v", status, o)
			}
			if status, _ := v.avatica(execute(idOne, b, text)); status == http.StatusOK {
				t.Errorf("%s without the role", text)
			}
			s.Exec(c.after...)
			n, err := v.rest(idOne, a, len(rows))
			if lost := err != nil && strings.Contains(err.Error(), "1142") && n == len(rows); lost != c.lost || !lost && (err != nil || n != 200) {
				t.Errorf("%s, %v: %d rows, %v", text, c.after, n, err)
			}
			for _, st := range []any{a, b} {
				_, _ = v.avatica(object{"request": "closeStatement", "connectionId": idOne, "statementId": st})
			}
			if len(c.after) > 1 {
				s.Exec("CREATE TABLE lab.t (id INT PRIMARY KEY, v VARCHAR(1000))", "INSERT INTO lab.t WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 200) SELECT n, REPEAT('x', 1000) FROM r",
					"CREATE PROCEDURE lab.p() SQL SECURITY INVOKER SELECT * FROM lab.t")
			}
		}
	}
}
