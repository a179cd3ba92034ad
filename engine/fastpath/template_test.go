package fastpath

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
)

func TestTemplate(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT c FROM t WHERE id = 5":                         "SELECT c FROM t WHERE id = ? | 5",
		"select `c`, d.x from `d`.t where id=5 and b='x y' ; ": "select `c`, d.x from `d`.t where id=? and b=?  | 5, x y",
		"UPDATE t1 SET k = k + 1, s = '' WHERE a IN (1,2)":     "UPDATE t1 SET k = k + ?, s = ? WHERE a IN (?,?) | 1, , 1, 2",
		"INSERT INTO t (a, b2) VALUES (1, 'ü€')":               "INSERT INTO t (a, b2) VALUES (?, ?) | 1, ü€",
		"DELETE FROM t WHERE id=9223372036854775807":           "DELETE FROM t WHERE id=? | 9223372036854775807",
		"SELECT * FROM t WHERE id = (0007)":                    "SELECT * FROM t WHERE id = (?) | 7",
		"SELECT k FROM t WHERE id = 5 - 3":                     "SELECT k FROM t WHERE id = ? - ? | 5, 3",
	} {
		got, values, ok := Template(text)
		if all := got + " | " + texts(values); !ok || all != want {
			t.Errorf("%s\n got %v %s\nwant %s", text, ok, all, want)
		}
	}
	for _, text := range []string{
		"", "SHOW TABLES", "SELECT 1", "SELECT 'a'", "SELECT c FROM t LIMIT 5", "SELECT c FROM t WHERE id = 5.0", "SELECT c FROM t WHERE id = .5",
		"SELECT c FROM t WHERE id = 5e3", "SELECT c FROM t WHERE id = 0x5", "SELECT c FROM t WHERE id = x'41'", "SELECT c FROM t WHERE id = _utf8mb4'a'",
		"SELECT c FROM t WHERE id = _utf8mb4 'a'", "SELECT c FROM t WHERE d = DATE '2020-01-01'", "SELECT c FROM t WHERE s = 'a' 'b'",
		"SELECT c FROM t WHERE s = 'a''b'", `SELECT c FROM t WHERE s = 'a\'b'`, `SELECT c FROM t WHERE s = "a"`, "SELECT c FROM t WHERE s = 'a",
		"SELECT c FROM t WHERE id = ?", "SELECT c FROM t WHERE id = @a", "SELECT c FROM t WHERE id = :a", "SELECT c FROM t -- 5\n", "SELECT c FROM t WHERE id = 5 # x",
		"SELECT /* 5 */ c FROM t WHERE id = 5", "SELECT c FROM t WHERE id = 5; SELECT 1", "SELECT c FROM t WHERE id = 9223372036854775808",
		"SELECT c FROM t WHERE id = 5ü", "SELECT ü FROM t WHERE id = 5", "SELECT tü FROM t WHERE id = 5", "SELECT c FROM t WHERE id > 5", "SELECT c FROM t WHERE id = - - 5",
		"SELECT c FROM `t``u` WHERE id = 5", "SELECT c FROM t WHERE s = '\xff'", "SELECT c FROM t WHERE id = 5_a", "SELECT c FROM t WHERE s LIKE 'a'", "SELECT c FROM t WHERE id = 5$",
		"SELECT c FROM t WHERE s = '" + strings.Repeat("x", maxTemplate) + "'", "SELECT c FROM t WHERE id IN (1" + strings.Repeat(",1", maxValues) + ")",
	} {
		if got, _, ok := Template(text); ok {
			t.Errorf("%.80s: taken as %.80s", text, got)
		}
	}
}

func texts(values []session.Value) string {
	var out []string
	for _, v := range values {
		if v.Kind() == session.Int {
			out = append(out, fmt.Sprint(v.Int()))
		} else {
			out = append(out, string(v.Bytes()))
		}
	}
	return strings.Join(out, ", ")
}

// FuzzTemplate: putting the literals back gives the statement, but for zeros in
// front and what follows the last semicolon.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"SELECT c FROM t WHERE id = 5", "INSERT INTO t VALUES (1,'a',2)", "UPDATE `t` SET k=k-1 WHERE a='b';", "DELETE FROM t WHERE id = 'a' 'b'", "SELECT 1--1", "select?",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		template, values, ok := Template(text)
		if !ok {
			return
		}
		if strings.Count(template, "?") != len(values) {
			t.Fatalf("%q: %q with %d values", text, template, len(values))
		}
		back := template
		for _, v := range values {
			lit := "'" + string(v.Bytes()) + "'"
			if v.Kind() == session.Int {
				lit = fmt.Sprint(v.Int())
			}
			back = strings.Replace(back, "?", strings.ReplaceAll(lit, "?", "\x00"), 1)
		}
		again, same, ok := Template(strings.ReplaceAll(back, "\x00", "?"))
		if !ok || again != template || texts(same) != texts(values) {
			t.Errorf("%q: %q, then %q", text, template, again)
		}
	})
}
