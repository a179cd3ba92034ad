package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(mustRoot(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// machinePath finds paths that exist on one machine only. The path must stand
// by itself, so that docs/home/x and https://host/root/ pass.
var machinePath = regexp.MustCompile(`(?:^|[^\w./~-])(/(?:home|root|Users|work|mnt)/\w[\w./-]*)`)

// mirror finds settings that send a package manager to one network's mirror.
var mirror = regexp.MustCompile(`\bGO(?:PROXY|NOSUMDB|PRIVATE|SUMDB)\s*=|--(?:extra-)?index-url|--registry\b|\bPIP_INDEX_URL\b`)

func TestNoMachinePaths(t *testing.T) {
	names, err := files()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range names {
		// Data and recorded bytes may hold anything that looks like a path.
		if slices.Contains([]string{".csv", ".hex", ".png", ".svg"}, path.Ext(name)) || under(name, "internal/lint") {
			continue
		}
		text := readFile(t, name)
		if !utf8.ValidString(text) {
			continue
		}
		n++
		report(t, checkMachinePaths(name, text))
	}
	if n < 20 {
		t.Fatalf("only %d text files looked at: the walk is broken", n)
	}
}

func checkMachinePaths(name, text string) (findings []string) {
	line := 0
	for l := range strings.Lines(text) {
		line++
		if m := machinePath.FindStringSubmatch(l); m != nil {
			findings = append(findings, fmt.Sprintf("%s:%d: %s is a path of one machine: make it relative, or a temporary directory", name, line, m[1]))
		}
		if m := mirror.FindString(l); m != "" {
			findings = append(findings, fmt.Sprintf("%s:%d: %s is a setting of one network: leave it to the environment", name, line, m))
		}
	}
	return findings
}

// errorHomes are where MySQL's error numbers may stand: the one table, what it
// is made of, the protocol's own errors, and the one place where the command
// line, as a client, reads what a server answered.
var errorHomes = []string{"engine/session", "frontend/mysql", "cmd/lxdb/internal/sqlconn"}

func isErrorHome(p string) bool {
	return under(path.Dir(p), errorHomes...) || strings.HasPrefix(p, "engine/errors")
}

// sqlState finds SQLSTATEs of errors as literals. In the engine they may stand
// beside the name of a number, where a message is made.
var sqlState = regexp.MustCompile(`^"(HY000|42000|42S\d\d|28000|08S01|08004|23000|22\d\d\d|40001|25006|3D000|0A000|21S01|70100)"$`)

func TestErrorNumbers(t *testing.T) { report(t, checkErrorNumbers(mustSources(t))) }

// checkErrorNumbers: a number outside the one table gets a second text and a
// second SQLSTATE sooner or later. Looked for are the numbers that the table
// has; plain sizes such as 1024 are not among them.
func checkErrorNumbers(all []*source) (findings []string) {
	numbers := map[int]bool{}
	for _, n := range []int{1044, 1045, 1046, 1049, 1050, 1051, 1054, 1062, 1064, 1065, 1105, 1133, 1141, 1142, 1143,
		1146, 1147, 1158, 1205, 1213, 1227, 1317, 1364, 1370, 1396, 1410, 1451, 1452, 1698, 1820, 1862, 3118, 3159, 3530, 3619, 3819, 4031} {
		numbers[n] = true
	}
	for _, s := range all {
		if s.isTest() || isErrorHome(s.path) || under(s.dir(), "internal/lxtest", "internal/icuregex", "testdata", "drivers") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok {
				return true
			}
			value, err := strconv.Atoi(lit.Value)
			if lit.Kind == token.INT && err == nil && numbers[value] ||
				lit.Kind == token.STRING && sqlState.MatchString(lit.Value) && s.dir() != "engine" {
				findings = append(findings, s.at(lit.Pos(),
					"%s is a MySQL error number or SQLSTATE: return a sentinel error of your package and translate it in engine/errors.go", lit.Value))
			}
			return true
		})
	}
	return findings
}
