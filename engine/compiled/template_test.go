package compiled

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/session"
)

// templateOf is AppendTemplate of one text.
func templateOf(text string, m lex.Mode) (template string, values []session.Value, ok bool) {
	out, values, ok := AppendTemplate(nil, text, m)
	return string(out), values, ok
}

func TestTemplate(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT c FROM t WHERE id = 5":                                                    "SELECT c FROM t WHERE id = ? | 5",
		"select `c`, d.x from `d`.t where id=5 and b='x y' ; ":                            "select `c`, d.x from `d`.t where id=? and b=? | 5, x y",
		"UPDATE t1 SET k = k + 1, s = '' WHERE a IN (1,2)":                                "UPDATE t1 SET k = k + ?, s = ? WHERE a IN (?,?) | 1, , 1, 2",
		"INSERT INTO t (a, b2) VALUES (1, 'ü€')":                                          "INSERT INTO t (a, b2) VALUES (?, ?) | 1, ü€",
		"INSERT INTO t VALUES (1, -2), (f(3), NULL)":                                      "INSERT INTO t VALUES (?, -?), (f(3), NULL) | 1, 2",
		"REPLACE INTO t SET a = 'x', b = 2.50":                                            "REPLACE INTO t SET a = ?, b = ? | x, 2.50",
		"INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a) + 5":              "INSERT INTO t VALUES (?) ON DUPLICATE KEY UPDATE a = VALUES(a) + ? | 1, 5",
		"DELETE FROM t WHERE id=9223372036854775807":                                      "DELETE FROM t WHERE id=? | 9223372036854775807",
		"SELECT * FROM t WHERE id = (0007)":                                               "SELECT * FROM t WHERE id = (0007) | ",
		"SELECT k FROM t WHERE id = 5 - 3":                                                "SELECT k FROM t WHERE id = ? - ? | 5, 3",
		`SELECT c FROM t WHERE s = 'a''b' OR s = 'c\'d'`:                                  "SELECT c FROM t WHERE s = ? OR s = ? | a'b, c'd",
		`SELECT c FROM t WHERE s = "a" AND id > 5 AND s LIKE 'x%'`:                        "SELECT c FROM t WHERE s = ? AND id > ? AND s LIKE ? | a, 5, x%",
		"SELECT ü FROM `t``u` WHERE id BETWEEN 1 AND 2":                                   "SELECT ü FROM `t``u` WHERE id BETWEEN ? AND ? | 1, 2",
		"SELECT a FROM t JOIN u ON t.a = 5 LEFT JOIN v ON v.b = 6 WHERE LEFT(c, 2) = 'x'": "SELECT a FROM t JOIN u ON t.a = ? LEFT JOIN v ON v.b = ? WHERE LEFT(c, 2) = ? | 5, 6, x",
		// What decides about more than a value stays.
		"SELECT 1":                         "SELECT 1 | ",
		"SELECT 'a', b + 2 FROM t":         "SELECT 'a', b + 2 FROM t | ",
		"SELECT c FROM t LIMIT 5":          "SELECT c FROM t LIMIT 5 | ",
		"SELECT c FROM t WHERE id = .5":    "SELECT c FROM t WHERE id = .5 | ",
		"SELECT c FROM t WHERE id = 0x5":   "SELECT c FROM t WHERE id = 0x5 | ",
		"SELECT c FROM t WHERE s = N'a'":   "SELECT c FROM t WHERE s = N'a' | ",
		"SELECT c FROM t WHERE id = x'41'": "SELECT c FROM t WHERE id = x'41' | ",
		"SELECT c FROM t WHERE id = _utf8mb4'a' OR d = DATE '2020-01-01'":                     "SELECT c FROM t WHERE id = _utf8mb4'a' OR d = DATE '2020-01-01' | ",
		"SELECT c FROM t WHERE d > NOW() - INTERVAL 5 DAY AND e < d + INTERVAL -5 DAY":        "SELECT c FROM t WHERE d > NOW() - INTERVAL 5 DAY AND e < d + INTERVAL -5 DAY | ",
		"SELECT c FROM t WHERE j->'$.a' = 1 AND s LIKE 'x' ESCAPE '!' AND f(1, 'a') = @v":     "SELECT c FROM t WHERE j->'$.a' = ? AND s LIKE ? ESCAPE '!' AND f(1, 'a') = @v | 1, x",
		"SELECT (SELECT MAX(a) FROM u WHERE b = 5) FROM t WHERE c = 6":                        "SELECT (SELECT MAX(a) FROM u WHERE b = 5) FROM t WHERE c = ? | 6",
		"SELECT a FROM t WHERE b IN (SELECT 1 FROM u WHERE c = 2 GROUP BY 1 HAVING a > 3)":    "SELECT a FROM t WHERE b IN (SELECT 1 FROM u WHERE c = ? GROUP BY 1 HAVING a > 3) | 2",
		"SELECT a FROM t WHERE b = 1 UNION SELECT 2 FROM t WHERE b = 3 ORDER BY 1":            "SELECT a FROM t WHERE b = ? UNION SELECT 2 FROM t WHERE b = ? ORDER BY 1 | 1, 3",
		"SELECT a, COUNT(*) FROM t WHERE b = 4 GROUP BY a + 1, 2 HAVING a + 1 = 2 ORDER BY 3": "SELECT a, COUNT(*) FROM t WHERE b = ? GROUP BY a + 1, 2 HAVING a + 1 = 2 ORDER BY 3 | 4",
		"SELECT c FROM t WHERE id = 9223372036854775808":                                      "SELECT c FROM t WHERE id = 9223372036854775808 | ",
		"SELECT t.values FROM t WHERE id = 5_a":                                               "SELECT t.values FROM t WHERE id = 5_a | ",
	} {
		got, values, ok := templateOf(text, lex.Mode{})
		if all := got + " | " + texts(values); !ok || all != want {
			t.Errorf("%s\n got %v %s\nwant %s", text, ok, all, want)
		}
	}
	for _, text := range []string{
		"", "SHOW TABLES", "SELECT c FROM t WHERE s = 'a' 'b'", "SELECT c FROM t WHERE s = 'a", "SELECT c FROM t WHERE id = ?", "SELECT c FROM t -- 5\n", "SELECT c FROM t WHERE id = 5 # x",
		"SELECT /* 5 */ c FROM t WHERE id = 5", "SELECT /*! 5 */ FROM t", "SELECT c FROM t WHERE id = 5; SELECT 1", "SELECT c FROM t WHERE s = '\xff'",
		"SELECT c FROM t WHERE id IN (1" + strings.Repeat(",1", maxValues) + ")", "SELECT c FROM t WHERE id IN (a" + strings.Repeat(",a", maxTemplate) + ")",
	} {
		if got, _, ok := templateOf(text, lex.Mode{}); ok {
			t.Errorf("%.80s: taken as %.80s", text, got)
		}
	}
	if got, _, _ := templateOf(`UPDATE t SET a = "b", c = 'd\'`, lex.Mode{ANSIQuotes: true, NoBackslashEscapes: true}); got != `UPDATE t SET a = "b", c = ?` {
		t.Errorf("in another sql_mode: %s", got)
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

// FuzzTemplate: with the literals put back it is the same statement, token by token.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"SELECT c FROM t WHERE id = 5", "INSERT INTO t VALUES (1,'a',2)", "UPDATE `t` SET k=k-1 WHERE a='b';", "DELETE FROM t WHERE id = 'a' 'b'", "SELECT 1--1", "select?",
		"SELECT a FROM t WHERE b LIKE 'x' AND c BETWEEN 1.5 AND 1e3", "INSERT INTO t VALUES (((1)))", "SELECT LEFT(a, 1) FROM t WHERE ((b = 'c\\'d'))",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		template, values, ok := templateOf(text, lex.Mode{})
		if !ok {
			return
		}
		old, fresh := lex.New(text, lex.Mode{}), lex.New(template, lex.Mode{})
		for n := 0; ; {
			a, b := old.Next(), fresh.Next()
			as, bs := text[a.Pos:a.End], template[b.Pos:b.End]
			switch {
			case bs == "?" && n == len(values):
				t.Fatalf("%q: %q has more places than %d values", text, template, len(values))
			case bs == "?":
				v := values[n]
				n++
				if a.Kind != lex.Number && lex.Value(text, a, lex.Mode{}) != string(v.Bytes()) || v.Kind() == session.Int && strings.TrimLeft(as, "0") != strings.TrimLeft(fmt.Sprint(v.Int()), "0") {
					t.Fatalf("%q: value %d is %q", text, n-1, as)
				}
			case b.Kind == lex.EOF && (a.Kind == lex.EOF || as == ";") && n == len(values):
				return
			case a.Kind != b.Kind || as != bs:
				t.Fatalf("%q: %q where %q stood", text, bs, as)
			}
		}
	})
}

// sameShape checks that a text that has the shape of another one has its template, and the values that lexing finds.
func sameShape(t *testing.T, m lex.Mode, of, text string) (same bool) {
	t.Helper()
	s := ShapeOf(of, m)
	got, ok := s.Values(text)
	if !ok {
		return false
	}
	template, _, _ := templateOf(of, m)
	other, values, ok := templateOf(text, m)
	if !ok || template != other || texts(got) != texts(values) {
		t.Errorf("%q as %q: %s\n%s, %v %s\n%s", text, of, template, other, ok, texts(values), texts(got))
	}
	return true
}

func TestShape(t *testing.T) {
	for _, c := range []struct {
		of, text string
		same     bool
	}{
		{"SELECT c FROM t WHERE id = 5", "SELECT c FROM t WHERE id = 77", true},
		{"SELECT c FROM t WHERE id = 5", "SELECT c FROM t WHERE id = 77 ", false},
		{"SELECT c FROM t WHERE id = 5", "SELECT c FROM t WHERE id = 7x", false},
		{"SELECT c FROM t WHERE id = 5", "SELECT c FROM t WHERE id = 7.5", false},
		{"SELECT c FROM t WHERE id = 5", "SELECT c FROM t WHERE id = 7e5", false},
		{"SELECT c FROM t WHERE id = 5", "SELECT c FROM t WHERE id = 0x5", false},
		{"SELECT c FROM t WHERE id = 5", "SELECT c FROM t WHERE id = ", false},
		{"SELECT c FROM t WHERE id = 5", "SELECT c FROM t WHERE id = 12345678901234567890", false},
		{"SELECT c FROM t WHERE id = 5", "SELECT c FROM t WHERE id = '5'", false},
		{"SELECT c FROM t WHERE id = 5", "SELECT c FROM t WHERE id = 5 OR 1 = 1", false},
		{"SELECT c FROM t WHERE s = 'x';", "SELECT c FROM t WHERE s = 'O, DROP TABLE ü';", true},
		{"SELECT c FROM t WHERE s = 'x'", "SELECT c FROM t WHERE s = ''", true},
		{"SELECT c FROM t WHERE s = 'x'", "SELECT c FROM t WHERE s = 'a''b'", false},
		{"SELECT c FROM t WHERE s = 'x'", "SELECT c FROM t WHERE s = 'a' 'b'", false},
		{"SELECT c FROM t WHERE s = 'x'", "SELECT c FROM t WHERE s = 'a\\'", false},
		{"SELECT c FROM t WHERE s = 'x'", "SELECT c FROM t WHERE s = 'a\\' OR 1=1 -- '", false},
		{"SELECT c FROM t WHERE s = 'x'", "SELECT c FROM t WHERE s = '\xff'", false},
		{"SELECT c FROM t WHERE s = 'x'", `SELECT c FROM t WHERE s = "a"`, false},
		{"SELECT c FROM t WHERE s = 'x' AND id IN (1,2)", "SELECT c FROM t WHERE s = 'y' AND id IN (30,4)", true},
		{"INSERT INTO t VALUES (1, 'a', -2)", "INSERT INTO t VALUES (7, 'b', -3)", true},
		{"INSERT INTO t VALUES (1, 'a', -2)", "INSERT INTO t VALUES (7, 'b', 3)", false},
		{"UPDATE t SET a=1,b=a+1 WHERE id=3", "UPDATE t SET a=4,b=a+1 WHERE id=9", true},
		{"UPDATE t SET a=1.5 WHERE id=3", "UPDATE t SET a=1.5 WHERE id=4", false},
		{"SELECT c FROM t WHERE id=1and b=2", "SELECT c FROM t WHERE id=3and b=2", false},
	} {
		if same := sameShape(t, lex.Mode{}, c.of, c.text); same != c.same {
			t.Errorf("%q as %q: %v", c.text, c.of, same)
		}
	}
}

func FuzzShape(f *testing.F) {
	f.Add("SELECT c FROM t WHERE id = 5 AND s = 'x'", "SELECT c FROM t WHERE id = 6 AND s = 'y'", uint8(0))
	f.Add("INSERT INTO t VALUES (1, \"a\", -2)", "INSERT INTO t VALUES (1, \"a\", -2)", uint8(1))
	f.Fuzz(func(t *testing.T, of, text string, mode uint8) {
		m := lex.Mode{ANSIQuotes: mode&1 != 0, NoBackslashEscapes: mode&2 != 0, PipesAsConcat: mode&4 != 0}
		sameShape(t, m, of, text)
		sameShape(t, m, of, of)
	})
}
