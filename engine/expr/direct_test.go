package expr_test

import (
	"database/sql"
	"errors"
	"flag"
	"regexp"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/internal/difftest"
)

// Generated expressions are held against a server, too, which need not be lxdb's own:
//
//	go test ./engine/expr -run TestDirect -oracle 'root@unix(/run/mysqld.sock)/' -direct 100000 -seed 1
var (
	direct     = flag.Int("direct", 2000, "how many generated expressions TestDirect compares")
	directSeed = flag.Uint64("seed", 1, "which ones")
	// directWarnings compares the numbers of warnings, too, which differ often between servers.
	directWarnings = flag.Bool("warnings", false, "TestDirect compares warnings")
)

// mysqlOnly are errors of MySQL 8 that MariaDB has not: a constant that is no date beside a
// date, and JSON functions of binary strings.
var mysqlOnly = regexp.MustCompile(`^error (1525|3995|3141|3143|3144|3146|3157)`)

// TestDirect compares values, NULLs and the numbers of errors and warnings of generated
// expressions of constants. Differences stand by the outermost functions, with one example.
func TestDirect(t *testing.T) {
	if *oracle == "" {
		t.Skip("no server to compare with: name one by -oracle")
	}
	db, err := sql.Open("mysql", *oracle)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	ask(t, db, "eval")
	gen := difftest.NewGen(*directSeed)
	found, first := map[string]int{}, map[string][3]string{}
	for range *direct {
		text := strings.TrimPrefix(gen.Expression().Root.Text(), "SELECT ")
		var bad *value.Error
		if _, err := parse(functions.NewBuilder(&value.Env{Mode: value.DefaultMode}), text, nil); err != nil && !errors.As(err, &bad) {
			continue // a form that the parser of these tests does not know
		}
		here, there := comparable(answer(&value.Env{Mode: value.DefaultMode}, text), false), theirs(db, text, "sbtest.one")
		if strings.HasPrefix(there, "error dial") {
			t.Fatalf("the server is gone, since or before %s", text)
		}
		if !*directWarnings {
			here, _, _ = strings.Cut(here, " | ")
			there, _, _ = strings.Cut(there, " | ")
		}
		if here == there || mysqlOnly.MatchString(here) {
			continue
		}
		kind := outermost.FindString(text)
		if found[kind]++; found[kind] == 1 {
			first[kind] = [3]string{text, here, there}
		}
	}
	for kind, n := range found {
		t.Errorf("%d x %s\n  %s\n  here:  %s\n  there: %s", n, kind, first[kind][0], first[kind][1], first[kind][2])
	}
}

var outermost = regexp.MustCompile(`^[(]*[A-Za-z_0-9 ']*[(]?`)
