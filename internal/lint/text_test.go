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

// errorHomes may have MySQL's error numbers as literals: their table, and the
// place where the command line, as a client, reads what a server answered.
var errorHomes = []string{"engine/sqlerr", "cmd/lxdb/internal/sqlconn"}

// sqlState finds SQLSTATEs of errors as literals.
var sqlState = regexp.MustCompile(`^"(HY000|01000|42000|42S\d\d|28000|08S01|08004|23000|22\d\d\d|40001|25006|3D000|0A000|21S01|70100)"$`)

func TestErrorNumbers(t *testing.T) {
	all := mustSources(t)
	numbers := errorNumbers(all)
	if len(numbers) < 100 || numbers[1142] == "" {
		t.Fatalf("only %d error numbers found in engine/sqlerr", len(numbers))
	}
	report(t, checkErrorNumbers(all, numbers))
}

// checkNumbersHere is checkErrorNumbers with one number, for the self test.
func checkNumbersHere(all []*source) []string {
	return checkErrorNumbers(all, map[int]string{1142: "TableAccessDenied"})
}

// errorNumbers reads the constants of type Code in engine/sqlerr.
func errorNumbers(all []*source) map[int]string {
	numbers := map[int]string{}
	for _, s := range all {
		if s.dir() != "engine/sqlerr" || s.isTest() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Code" && len(spec.Values) == 1 {
				if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
					if n, err := strconv.Atoi(lit.Value); err == nil {
						numbers[n] = spec.Names[0].Name
					}
				}
			}
			return false
		})
	}
	return numbers
}

// checkErrorNumbers: a number outside the one table gets a second text and a
// second SQLSTATE sooner or later.
func checkErrorNumbers(all []*source, numbers map[int]string) (findings []string) {
	for _, s := range all {
		if s.isTest() || under(s.dir(), errorHomes...) || under(s.dir(), "internal/lxtest", "internal/icuregex", "testdata", "drivers") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok {
				return true
			}
			value, err := strconv.Atoi(lit.Value)
			if name := numbers[value]; lit.Kind == token.INT && err == nil && name != "" {
				findings = append(findings, s.at(lit.Pos(), "%d is a MySQL error number: use sqlerr.%s, or return a sentinel error of your package below the engine", value, name))
			}
			if lit.Kind == token.STRING && sqlState.MatchString(lit.Value) {
				findings = append(findings, s.at(lit.Pos(), "%s is a SQLSTATE: errors are made from a sqlerr.Code, which brings its own", lit.Value))
			}
			return true
		})
	}
	return findings
}
