package https_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Every result of a CALL reaches the client, in each of the forms that an answer has.
func TestCallWithSeveralResults(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE DATABASE lab", "USE lab", "CREATE TABLE t (id INT PRIMARY KEY)",
		"CREATE PROCEDURE three() BEGIN SELECT 1 AS a; INSERT INTO t VALUES (1); SELECT 2 AS b UNION ALL SELECT 3; SELECT 'x' AS c; DELETE FROM t; END",
		"CREATE PROCEDURE fails() BEGIN SELECT 1 AS a; SELECT 2 AS b; INSERT INTO t VALUES (1), (1); END",
		"CREATE PROCEDURE outs(IN a INT, OUT b INT, INOUT c VARCHAR(20)) BEGIN SELECT a; SET b = a + 1, c = CONCAT(c, '!'); END")
	v := s.visit("root", s.Root)
	ask := func(sql string, more object) string {
		in := object{"sql": sql, "database": "lab"}
		for k, x := range more {
			in[k] = x
		}
		return v.send("POST", "/api/v1/query", encode(in)).body
	}
	short := func(r object) string {
		var out strings.Builder
		fmt.Fprint(&out, r["rows"])
		more, _ := r["moreResults"].([]any)
		for _, m := range more {
			fmt.Fprint(&out, ";", m.(map[string]any)["rows"])
			if m.(map[string]any)["outputs"] == true {
				fmt.Fprint(&out, "out")
			}
		}
		if e, ok := r["error"].(map[string]any); ok {
			fmt.Fprint(&out, " error ", e["code"])
		}
		return out.String()
	}
	for _, c := range []struct {
		sql  string
		more object
		want string
	}{
		{"CALL three()", nil, "[[1]];[[2] [3]];[[x]]"},
		{"CALL three()", object{"maxRows": 1}, "[[1]];[[2]];[[x]]"},
		{"CALL fails()", nil, "[[1]];[[2]] error 1062"},
		{"CALL outs(?, ?, ?)", object{"params": []any{4, nil, "hi"}}, "[[4]];[[5 hi!]]out"},
		{"SELECT 1", nil, "[[1]]"},
	} {
		body := ask(c.sql, c.more)
		if got := short(decode(t, body)); got != c.want {
			t.Errorf("%s: got %s, want %s in %s", c.sql, got, c.want, body)
		}
	}
	lines := strings.Split(strings.TrimSpace(ask("CALL three()", object{"stream": true})), "\n")
	if len(lines) != 8 || lines[1] != "[1]" || !strings.HasPrefix(lines[2], `{"columns":[{"name":"b"`) || !strings.HasPrefix(lines[7], `{"affectedRows":1`) {
		t.Errorf("as lines: %q", lines)
	}
	lines = strings.Split(strings.TrimSpace(ask("CALL fails()", object{"stream": true})), "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[4], `{"error":{"code":1062`) {
		t.Errorf("as lines, failing: %q", lines)
	}

	v.open(idOne, object{"database": "lab"})
	st := v.statement(idOne)
	status, o := v.avatica(execute(idOne, st, "CALL three()"))
	results, _ := o["results"].([]any)
	var rows []string
	for _, r := range results {
		frame, _ := r.(map[string]any)["firstFrame"].(map[string]any)
		rows = append(rows, fmt.Sprint(frame["rows"], frame["done"]))
	}
	if got := strings.Join(rows, ";"); status != http.StatusOK || got != "[[1]] true;[[2] [3]] true;[[x]] true" {
		t.Errorf("Avatica: %d %s", status, got)
	}
	if status, o := v.avatica(execute(idOne, st, "CALL fails()")); status == http.StatusOK || fmt.Sprint(o["errorCode"]) != "1062" {
		t.Errorf("Avatica, failing: %d %v", status, o)
	}
	body := v.send("POST", "/psdb.v1alpha1.Database/Execute", encode(object{"query": "CALL lab.three()"})).body
	if !strings.Contains(body, "1235") && !strings.Contains(body, "several results") {
		t.Errorf("PlanetScale's protocol drops results: %s", body)
	}
}
