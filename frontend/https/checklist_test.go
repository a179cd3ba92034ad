package https_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lxdb/lxdb/frontend/https"
)

// The tests of this file are those of docs/https-tests.md that no other test shows.

// TestAnyPathAndType looks at the body: neither the path nor the type that a client
// names matters. Java's sends JSON as application/octet-stream.
func TestAnyPathAndType(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE DATABASE lab")
	root := s.visit("root", s.Root)
	for i, c := range []struct{ path, mime string }{
		{"/", "application/octet-stream"}, {"/avatica", "application/json"}, {"/lab", "text/plain"}, {"/a/b/lab?x=y", ""}, {"/druid/v2/sql/avatica/", "application/x-google-protobuf"},
	} {
		id := fmt.Sprintf("00000000-0000-0000-0000-%012d", i)
		header := []string{}
		if c.mime != "" {
			header = []string{"Content-Type", c.mime}
		}
		r := root.send("POST", c.path, " \n"+encode(object{"request": "openConnection", "connectionId": id, "nobody": "knows this key"}), header...)
		if r.status != http.StatusOK || !strings.Contains(r.body, `"response":"openConnection"`) {
			t.Errorf("%s as %s: %d %s", c.path, c.mime, r.status, r.body)
		}
	}
}

// TestWhereAConnectionBegins takes the database of each place that a driver may name it in.
func TestWhereAConnectionBegins(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE DATABASE lab")
	root := s.visit("root", s.Root)
	n := 0
	for path, info := range map[string]object{
		"/": {"database": "lab"}, "/avatica": {"databaseName": "lab"}, "/x": {"schema": "lab"}, "/lab": nil, "/a/lab/": nil, "/?database=lab": nil,
	} {
		n++
		id := fmt.Sprintf("00000000-0000-0000-0000-%012d", n)
		if r := root.send("POST", path, encode(object{"request": "openConnection", "connectionId": id, "info": info})); r.status != http.StatusOK {
			t.Fatalf("%s %v: %d %s", path, info, r.status, r.body)
		}
		if _, o := root.avatica(execute(id, root.statement(id), "SELECT DATABASE()")); !strings.Contains(encode(o), `"rows":[["lab"]]`) {
			t.Errorf("%s %v: %v", path, info, o)
		}
	}
}

// TestNothingIsSaidInVain refuses what would have no effect where it is said.
func TestNothingIsSaidInVain(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE DATABASE lab", "CREATE TABLE lab.t (id INT PRIMARY KEY)", "INSERT INTO lab.t VALUES (1)")
	root := s.visit("root", s.Root)
	token := fmt.Sprint(decode(t, root.send("POST", "/api/v1/session", `{"database": "lab"}`).body)["session"])
	for _, c := range []struct {
		path string
		body object
	}{
		{"session", object{"sql": "SELECT 1"}}, {"session", object{"params": []any{1}}}, {"session", object{"stream": true}}, {"session", object{"maxRows": 1}},
		{"query", object{"sql": "SELECT 1", "session": token, "database": "lab"}}, {"query", object{"sql": "SELECT 1", "session": token, "foundRows": true}},
		{"query", object{"sql": "SELECT 1", "maxRows": -1}},
	} {
		if r := root.send("POST", "/api/v1/"+c.path, encode(c.body)); r.status != http.StatusBadRequest || !strings.Contains(r.body, `"code":1210`) {
			t.Errorf("%s %v: %d %s", c.path, c.body, r.status, r.body)
		}
	}
	for found, want := range map[bool]string{true: `"affectedRows":1`, false: `"affectedRows":0`} {
		if r := root.send("POST", "/api/v1/query", encode(object{"sql": "UPDATE t SET id = 1", "database": "lab", "foundRows": found})); !strings.Contains(r.body, want) {
			t.Errorf("foundRows %t: %d %s", found, r.status, r.body)
		}
	}
}

// TestRefusedLogins has the form that each client understands.
func TestRefusedLogins(t *testing.T) {
	s := start(t, nil)
	stranger := s.visit("", "")
	for _, info := range []object{{"user": "root", "password": "wrong"}, {"user": "nobody", "password": "x"}, {"user": "root"}, {"password": "x"}} {
		r := stranger.send("POST", "/", encode(object{"request": "openConnection", "connectionId": idOne, "info": info}))
		o := decode(t, r.body)
		if r.status != http.StatusInternalServerError || fmt.Sprint(o["errorCode"]) != "1045" || o["sqlState"] != "28000" || r.header.Get("WWW-Authenticate") != "" {
			t.Errorf("%v: %d %s", info, r.status, r.body)
		}
	}
	r := stranger.send("POST", "/", encode(object{"request": "openConnection", "connectionId": idOne}))
	if r.status != http.StatusUnauthorized || r.header.Get("WWW-Authenticate") == "" || fmt.Sprint(decode(t, r.body)["errorCode"]) != "1045" {
		t.Errorf("without credentials: %d %v %s", r.status, r.header, r.body)
	}
}

// TestErrorsAreShort holds what clients need of an error: number, state, and a list of
// exceptions that is neither empty nor a stack trace.
func TestErrorsAreShort(t *testing.T) {
	s := start(t, nil)
	root := s.visit("root", s.Root)
	root.open(idOne, nil)
	for sql, want := range map[string]string{
		"SELECT * FROM nope.t": "1049 42000", "SELEC 1": "1064 42000", "SELECT 1, (SELECT 1 UNION SELECT 2)": "1242 21000",
	} {
		status, o := root.avatica(execute(idOne, root.statement(idOne), sql))
		list, _ := o["exceptions"].([]any)
		if got := fmt.Sprint(o["errorCode"], " ", o["sqlState"]); status != http.StatusInternalServerError || got != want || len(list) != 1 || strings.Contains(fmt.Sprint(list), "\n") ||
			o["severity"] != "ERROR" {
			t.Errorf("%s: %d %v", sql, status, o)
		}
	}
}

// TestRequestsOfOneConnection come at the same time on several sockets and are answered
// one after the other, each with its own answer.
func TestRequestsOfOneConnection(t *testing.T) {
	s := start(t, nil)
	root := s.visit("root", s.Root)
	root.open(idOne, nil)
	var statements []any
	for range 16 {
		statements = append(statements, root.statement(idOne))
	}
	var all sync.WaitGroup
	for i, st := range statements {
		all.Go(func() {
			r, err := s.visit("root", s.Root).do(t.Context(), "POST", "/", encode(execute(idOne, st, fmt.Sprintf("SELECT %d, SLEEP(0.01)", i))))
			if err != nil || !strings.Contains(r.body, fmt.Sprintf(`"rows":[[%d,0]]`, i)) {
				t.Errorf("%d: %v %s", i, err, r.body)
			}
		})
	}
	all.Wait()
}

// TestLimitsOfAConnection ends at the limits: of statements, and of the sessions of a user.
func TestLimitsOfAConnection(t *testing.T) {
	s := start(t, func(o *https.Options) { o.MaxStatements = 3 })
	root := s.visit("root", s.Root)
	root.open(idOne, nil)
	for range 3 {
		root.statement(idOne)
	}
	if status, o := root.avatica(object{"request": "createStatement", "connectionId": idOne}); status == http.StatusOK || fmt.Sprint(o["errorCode"]) != "1461" {
		t.Errorf("a fourth statement: %d %v", status, o)
	}
	_, _ = root.avatica(object{"request": "closeStatement", "connectionId": idOne, "statementId": 2})
	root.statement(idOne)

	// And of a user's sessions, over HTTPS as over the MySQL port.
	s.Exec("CREATE USER eve IDENTIFIED BY 'pw-eve'")
	eve := s.visit("eve", "pw-eve")
	opened := 0
	for ; opened < 2000; opened++ {
		status, o := eve.avatica(object{"request": "openConnection", "connectionId": fmt.Sprintf("22222222-1111-2222-3333-%012d", opened)})
		if status != http.StatusOK {
			if fmt.Sprint(o["errorCode"]) != "1203" {
				t.Errorf("connection %d: %v", opened, o)
			}
			break
		}
	}
	if opened < 10 || opened == 2000 {
		t.Errorf("one user opened %d connections", opened)
	}
	s.visit("root", s.Root).open(idTwo, nil) // another is let in
	// A closed one has left its place when the answer is there.
	for i := range min(opened, 50) {
		_, _ = eve.avatica(object{"request": "closeConnection", "connectionId": fmt.Sprintf("22222222-1111-2222-3333-%012d", i)})
		eve.open(fmt.Sprintf("22222222-1111-2222-3333-%012d", 9000+i), nil)
	}
}

// TestFetchingAgain gives the rows of an offset once more to a client that lost them, and
// no other rows for an offset that is not the next.
func TestFetchingAgain(t *testing.T) {
	s := start(t, func(o *https.Options) { o.FrameBytes = 10_000 })
	root := s.visit("root", s.Root)
	root.open(idOne, nil)
	st := root.statement(idOne)
	_, o := root.avatica(execute(idOne, st, numbers(100, 1000)))
	first, _ := firstFrame(t, o)
	fetch := func(offset int) string {
		r := root.send("POST", "/", encode(object{"request": "fetch", "connectionId": idOne, "statementId": st, "offset": offset}))
		return fmt.Sprint(r.status, " ", r.body)
	}
	one := fetch(len(first))
	if again := fetch(len(first)); again != one || !strings.Contains(one, fmt.Sprintf(`"offset":%d,`, len(first))) {
		t.Errorf("asked again: %.200s instead of %.200s", again, one)
	}
	for _, offset := range []int{0, len(first) + 1, 99} {
		if got := fetch(offset); strings.HasPrefix(got, "200") {
			t.Errorf("offset %d: %.200s", offset, got)
		}
	}
	if again := fetch(len(first)); again != one {
		t.Errorf("after wrong offsets: %.200s", again)
	}
	if n, err := root.rest(idOne, st, len(first)); n != 100 || err != nil {
		t.Errorf("to the end: %d rows, %v", n, err)
	}
}

// TestAPausedClientPinsNothing asks for a result that is larger than all memory, takes the
// first frame, and waits: no more of it is computed than what was sent.
func TestAPausedClientPinsNothing(t *testing.T) {
	s := start(t, nil)
	root := s.visit("root", s.Root)
	root.open(idOne, nil)
	text := "WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i+1 FROM n WHERE i < 1000) SELECT a.i, REPEAT('x', 1000) FROM n a, n b, n c, n d"
	_, o := root.avatica(execute(idOne, root.statement(idOne), text))
	rows, done := firstFrame(t, o)
	if done || len(rows) == 0 || len(rows) > 5000 {
		t.Errorf("%d rows, done %v", len(rows), done)
	}
	if m := s.visit("", "").send("GET", "/metrics", "").body; !strings.Contains(m, "lxdb_https_buffered_bytes 0\n") {
		t.Errorf("rows are kept for a client that did not ask for them")
	}
	_, _ = root.avatica(object{"request": "closeConnection", "connectionId": idOne})
}

// TestMetadataArguments: null is no filter, "" is what stands in no database, patterns
// are LIKE's.
func TestMetadataArguments(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE DATABASE lab", "CREATE DATABASE other", "CREATE TABLE lab.a_b (id INT PRIMARY KEY, v VARCHAR(7))", "CREATE TABLE lab.axb (id INT PRIMARY KEY)", "CREATE TABLE other.t (id INT PRIMARY KEY)")
	root := s.visit("root", s.Root)
	root.open(idOne, object{"database": "lab"})
	names := func(o object, column int) []string {
		t.Helper()
		o["connectionId"] = idOne
		status, got := root.avatica(o)
		if status != http.StatusOK {
			t.Fatalf("%v: %d %v", o, status, got)
		}
		out := []string{}
		for _, row := range got["firstFrame"].(map[string]any)["rows"].([]any) {
			out = append(out, fmt.Sprint(row.([]any)[column]))
		}
		slices.Sort(out) // they come in the order of a collation
		return out
	}
	for _, c := range []struct {
		o      object
		column int
		want   string
	}{
		{object{"request": "getTables"}, 2, "[a_b axb]"}, // null: the current database
		{object{"request": "getTables", "catalog": "lab", "tableNamePattern": "%"}, 2, "[a_b axb]"},
		{object{"request": "getTables", "catalog": "lab", "tableNamePattern": "a_b"}, 2, "[a_b axb]"},
		{object{"request": "getTables", "catalog": "lab", "tableNamePattern": `a\_b`}, 2, "[a_b]"},
		{object{"request": "getTables", "catalog": "lab", "tableNamePattern": "nope"}, 2, "[]"},
		{object{"request": "getTables", "catalog": "lab", "typeList": []string{"VIEW"}}, 2, "[]"},
		{object{"request": "getTables", "catalog": "lab", "typeList": []string{"TABLE"}}, 2, "[a_b axb]"},
		{object{"request": "getTables", "catalog": "other"}, 2, "[t]"},
		{object{"request": "getTables", "schemaPattern": "other"}, 2, "[t]"},
		{object{"request": "getTables", "catalog": "nope"}, 2, "[]"},
		{object{"request": "getColumns", "catalog": "lab", "tableNamePattern": `a\_b`}, 3, "[id v]"},
		{object{"request": "getColumns", "catalog": "lab", "tableNamePattern": `a\_b`, "columnNamePattern": "v%"}, 3, "[v]"},
		{object{"request": "getSchemas"}, 0, "[]"},
	} {
		if got := fmt.Sprint(names(c.o, c.column)); got != c.want {
			t.Errorf("%v: %s instead of %s", c.o, got, c.want)
		}
	}
	if all := names(object{"request": "getCatalogs"}, 0); !slices.Contains(all, "lab") || !slices.Contains(all, "other") {
		t.Errorf("catalogs: %v", all)
	}
	// The dialect of phoenixdb needs a column more than JDBC has.
	_, o := root.avatica(object{"request": "getColumns", "connectionId": idOne, "catalog": "lab"})
	if text := encode(o); !strings.Contains(text, `"label":"TYPE_ID"`) || !strings.Contains(text, `"label":"IS_GENERATEDCOLUMN"`) {
		t.Errorf("columns of columns: %.300s", text)
	}
}

// Who has to change his password first hears nothing else of the server, by whichever protocol.
func TestExpiredPassword(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE DATABASE lab", "CREATE USER eve IDENTIFIED BY 'pw-eve' PASSWORD EXPIRE", "GRANT ALL ON lab.* TO eve", "GRANT SYSTEM MONITOR TO eve")
	eve := s.visit("eve", "pw-eve")
	eve.open(idOne, object{"database": "lab"})
	for _, request := range []string{"databaseProperties", "getCatalogs", "getSchemas", "getTables", "getColumns", "getTableTypes", "getTypeInfo"} {
		if r := eve.send("POST", "/", encode(object{"request": request, "connectionId": idOne})); !strings.Contains(r.body, `"errorCode":1820`) {
			t.Errorf("%s: %d %s", request, r.status, r.body)
		}
	}
	for body, path := range map[string]string{
		`{"sql": "SELECT 1"}`: "/api/v1/query", `{"sql": "SELECT 1", "database": "nosuch"}`: "/api/v1/query", `{"query": "SELECT 1"}`: "/psdb.v1alpha1.Database/Execute",
	} {
		if r := eve.send("POST", path, body); !strings.Contains(r.body, "1820") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	if status, o := eve.avatica(execute(idOne, eve.statement(idOne), "SELECT 1")); !strings.Contains(encode(o), "1820") {
		t.Errorf("%d %v", status, o)
	}
	if status, o := eve.avatica(execute(idOne, eve.statement(idOne), "ALTER USER USER() IDENTIFIED BY 'pw-eve-2'")); status != http.StatusOK {
		t.Fatalf("%d %v", status, o)
	}
	eve = s.visit("eve", "pw-eve-2")
	if _, o := eve.avatica(execute(idOne, eve.statement(idOne), "SELECT DATABASE()")); !strings.Contains(encode(o), `"rows":[["lab"]]`) {
		t.Errorf("%v", o)
	}
}

// Who sends no password is not told that he did.
func TestNoCredentials(t *testing.T) {
	s := start(t, nil)
	for path, body := range map[string]string{"/api/v1/query": `{"sql": "SELECT 1"}`, "/psdb.v1alpha1.Database/Execute": `{}`, "/": encode(object{"request": "openConnection", "connectionId": idOne})} {
		if r := s.visit("", "").send("POST", path, body); r.status == http.StatusOK && !strings.HasPrefix(path, "/psdb") || !strings.Contains(r.body, "using password: NO") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
		if r := s.visit("root", "wrong").send("POST", path, body); !strings.Contains(r.body, "using password: YES") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}
