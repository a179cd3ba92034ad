package lxtest_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// fakeServer answers statements from a table and records what it was asked.
type fakeServer struct {
	answers map[string]result
	log     []string
}

func (f *fakeServer) restart() { f.log = append(f.log, "restart") }

func (f *fakeServer) reach(open bool) { f.log = append(f.log, "reach "+strconv.FormatBool(open)) }

func (f *fakeServer) open(user, password, database string) (authzSession, error) {
	f.log = append(f.log, fmt.Sprintf("open %s %s %s", user, password, database))
	return &fakeSession{f, user}, nil
}

type fakeSession struct {
	srv  *fakeServer
	user string
}

func (s *fakeSession) close() { s.srv.log = append(s.srv.log, "close "+s.user) }

func (s *fakeSession) run(sql string, prepared, rows bool) result {
	s.srv.log = append(s.srv.log, fmt.Sprintf("%s %v %v: %s", s.user, prepared, rows, sql))
	return s.srv.answers[sql]
}

// recorder is a testing.TB that keeps failures to itself.
type recorder struct {
	testing.TB
	faults []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

func parseText(t *testing.T, files map[string]string) ([]*step, error) {
	t.Helper()
	return parseScenario("dir/a.txt", func(name string) ([]byte, error) {
		text, ok := files[name]
		if !ok {
			return nil, fmt.Errorf("no file %s", name)
		}
		return []byte(text), nil
	})
}

func TestScenarioSessions(t *testing.T) {
	steps, err := parseText(t, map[string]string{
		"dir/fixtures/F.txt": "root> SETUP\nok\n",
		"dir/a.txt": `# a comment
fixture F
ann> A
ok
ann@db> A
ok
ann> A
  goes on
ok
ann#2@db prepared> A
rows 0
> A
ok
password ann new
close ann@db
ann@db> A
ok
restart
ann> A
ok
`})
	if err != nil {
		t.Fatal(err)
	}
	srv := &fakeServer{}
	runScenario(t, steps, srv)
	want := []string{
		"open root pw-root ", "root false false: SETUP",
		"open ann pw-ann ", "ann false false: A",
		"open ann pw-ann db", "ann false false: A",
		"ann false false: A\ngoes on",
		"open ann pw-ann db", "ann true true: A",
		"open root pw-root t", "root false false: SET sql_mode = '" + sqlMode + "'", "root false false: A",
		"close ann", // @db
		"open ann new db", "ann false false: A",
		"close root", "close ann", "close ann", "close ann", "close root", "restart",
		"open ann new ", "ann false false: A",
		"close ann",
	}
	if got := srv.log; !slices.Equal(got, want) {
		t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Each expectation passes on what it describes, and fails on everything else.
func TestExpectationsCanFail(t *testing.T) {
	outcomes := map[string]result{
		"ok0":    {},
		"ok2":    {affected: 2},
		"err":    {number: 1142, message: "SELECT command denied for table 't'"},
		"killed": {killed: true, message: "gone"},
		"none":   {rows: []string{}},
		"two":    {rows: []string{"1|a", "2|b"}, columns: "n|s"},
		"sets":   {rows: []string{"1|a", nextSet, "2|b"}},
	}
	for want, passes := range map[string]string{
		"ok":                             "ok0 ok2 none two sets",
		"ok 2":                           "ok2",
		"err 1142":                       "err",
		"err 1142 /table 't'/":           "err",
		"err 1142 /table 'u'/":           "",
		"err 1044":                       "",
		"killed":                         "killed",
		"rows 2":                         "two",
		"rows 0":                         "none ok0 ok2",
		"row 1|a\nrow 2|b":               "two",
		"row 2|b\nrow 1|a":               "two",
		"row 1|a":                        "",
		"has /^1/":                       "two sets",
		"hasnot /^1/":                    "none ok0 ok2",
		"cols n|s":                       "two",
		"cols n":                         "",
		"row 1|a\nnext\nrow 2|b":         "sets",
		"row 2|b\nnext\nrow 1|a":         "",
		"rows 2\nhas /b$/\nhasnot /c/":   "two",
		"rows 2\nhas /b$/\nhasnot /2.b/": "",
	} {
		steps, err := parseText(t, map[string]string{"dir/a.txt": "ann> S\n" + want})
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range outcomes {
			r := &recorder{TB: t}
			runScenario(r, steps, &fakeServer{answers: map[string]result{"S": got}})
			expected := strings.Contains(" "+passes+" ", " "+name+" ")
			if passed := len(r.faults) == 0; passed != expected {
				t.Errorf("%q on %s: passed %v, %q", want, name, passed, r.faults)
			}
		}
	}
}

func TestWarningsCanFail(t *testing.T) {
	shown := []string{"Warning|1292|Truncated incorrect DOUBLE value: '1q'", "Note|1235|x"}
	for want, passes := range map[string]bool{
		"warn 1292":                        true,
		"warn 1292 /DOUBLE/\nwarn 1235":    true,
		"warn 1292 /INTEGER/":              false,
		"warn 1366":                        false,
		"warn 129":                         false,
		"warn 0":                           false,
		"warn 1292 /DOUBLE/\nwarn 1 /one/": false,
	} {
		for _, outcome := range []string{"ok", "rows 0"} {
			steps, err := parseText(t, map[string]string{"dir/a.txt": "ann> S\n" + outcome + "\n" + want})
			if err != nil {
				t.Fatal(err)
			}
			r := &recorder{TB: t}
			runScenario(r, steps, &fakeServer{answers: map[string]result{"SHOW WARNINGS": {rows: shown}}})
			if passed := len(r.faults) == 0; passed != passes {
				t.Errorf("%q: passed %v, %q", want, passed, r.faults)
			}
		}
	}
	steps, err := parseText(t, map[string]string{"dir/a.txt": "ann> S\nok\nwarn 0"})
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{TB: t}
	runScenario(r, steps, &fakeServer{})
	if len(r.faults) > 0 {
		t.Errorf("no warnings: %q", r.faults)
	}
}

func TestOrderCountsWithOrderBy(t *testing.T) {
	steps, err := parseText(t, map[string]string{"dir/a.txt": "ann> S order\n  BY a\nrow 2\nrow 1"})
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{TB: t}
	runScenario(r, steps, &fakeServer{answers: map[string]result{"S order\nBY a": {rows: []string{"1", "2"}}}})
	if len(r.faults) != 1 {
		t.Fatalf("the wrong order passed: %q", r.faults)
	}
}

func TestScenarioMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "nothing in it",
		"ann> A":                        "line 1 has no expectation",
		"ann> A\nbob> B\nok":            "line 1 has no expectation",
		"ok":                            "not a statement or directive",
		"  A":                           "without a statement",
		"ann> A\nok\n  B":               "without a statement",
		"ann> A\nok\nok":                "only expectation",
		"ann> A\nrows 1\nerr 1":         "only expectation",
		"ann> A\nok\nrow 1":             "does not go with",
		"ann> A\nwarn 1":                "not an expectation",
		"ann> A\nok\nwarn x":            "want err NUMBER",
		"ann> A\nok\nwarn 1 /(/":        "missing closing",
		"ann> A\nok two":                "not a number",
		"ann> A\nerr":                   "want err NUMBER",
		"ann> A\nerr 1142 denied":       "want err NUMBER",
		"ann> A\nerr 99999":             "out of range",
		"ann> A\nhas b":                 "not an expectation",
		"ann> A\nhas /(/":               "missing closing",
		"ann> A\nfine":                  "not an expectation",
		"restart now":                   "takes 0 words",
		"fixture G":                     "no file dir/fixtures/G.txt",
		"close ann@":                    "not a session",
		"ann> A\nok\nann#x> B":          "does not go with",
		"password ann":                  "takes 2 words",
		"ann> A\nok\nclose":             "takes 1 words",
		"ann> A\nrow 1\nkilled":         "only expectation",
		"ann> A\nrows -1":               "not a number",
		"ann prepared now> A\nok":       "not a statement or directive",
		"ann> A\nhasnot /a/\nhas b /c/": "not an expectation",
	} {
		_, err := parseText(t, map[string]string{"dir/a.txt": text})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestCloseOfNoSessionIsAFault(t *testing.T) {
	steps, err := parseText(t, map[string]string{"dir/a.txt": "close ann"})
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{TB: t}
	runScenario(r, steps, &fakeServer{})
	if len(r.faults) != 1 {
		t.Fatalf("got %q", r.faults)
	}
}
