package lxtest_test

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	sqlDir    = "../../testdata/sql"
	passesTxt = sqlDir + "/passes.txt"
)

// allCases, set in the environment, makes TestSQL run the files that are not
// expected to pass as well, and fail when one of them does: the list of what
// passes only grows.
const allCases = "LXDB_ALL_CASES"

// TestSQL runs testdata/sql: what a statement answers, as MySQL's manual and
// MariaDB have it. The files that passes.txt names must pass.
func TestSQL(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sqlDir, "*", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	passes, err := readPasses()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.ToSlash(strings.TrimPrefix(file, sqlDir+"/")), ".txt")
		steps, err := parseScenario(file, os.ReadFile)
		if err != nil {
			t.Error(err)
			continue
		}
		must := passes[name]
		delete(passes, name)
		switch {
		case must:
			t.Run(name, func(t *testing.T) { runScenario(t, steps, startSQLServer(t, steps)) })
		case os.Getenv(allCases) != "":
			t.Run(name, func(t *testing.T) {
				r := &recorder{TB: t}
				runScenario(r, steps, startSQLServer(t, steps))
				if len(r.faults) == 0 {
					t.Errorf("%s passes now: add it to %s", name, passesTxt)
				}
				t.Logf("%d wrong, the first: %s", len(r.faults), strings.Join(r.faults[:min(1, len(r.faults))], ""))
			})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(passes)) {
		t.Errorf("%s names %s, which is not there", passesTxt, name)
	}
}

// startSQLServer starts an empty server with the database that "> SQL" uses.
func startSQLServer(t testing.TB, steps []*step) authzServer {
	srv := startAuthzServer(t, steps)
	root, err := srv.open("root", "pw-root", "")
	if err != nil {
		t.Fatal(err)
	}
	defer root.close()
	if got := root.run("CREATE DATABASE "+sqlDatabase+" CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", false, false); got.number != 0 || got.killed {
		t.Fatalf("create the database: %s", got)
	}
	return srv
}

// readPasses reads the ratchet: names of files, sorted, one a line.
func readPasses() (map[string]bool, error) {
	f, err := os.Open(passesTxt)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	names, last := map[string]bool{}, ""
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name := strings.TrimSpace(lines.Text())
		if name == "" || strings.HasPrefix(name, "#") {
			continue
		}
		if name <= last {
			return nil, fmt.Errorf("%s: %s stands behind %s: sorted, and each once", passesTxt, name, last)
		}
		names[name], last = true, name
	}
	return names, lines.Err()
}
