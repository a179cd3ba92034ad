package lint

import (
	"slices"
	"strings"
	"testing"
)

// TestRulesComplain feeds every rule one source that it must complain about and
// one that it must not, because a rule that finds nothing looks like a clean
// repository.
func TestRulesComplain(t *testing.T) {
	type rule func([]*source) []string
	for _, tt := range []struct {
		name, path, bad, good string
		rule                  rule
	}{
		{"sleep", "x/x_test.go", `import "time"; func f() { time.Sleep(1) }`, `import "time"; func f() { time.Now() }`, checkSleep},
		{"sleep renamed", "x/x_test.go", `import clock "time"; func f() { clock.Sleep(1) }`, `import clock "time"; func f() { clock.Now() }`, checkSleep},
		{"wrapper", "engine/table/x.go", `var _ sql.TableWrapper`, `var _ sql.Table`, checkWrapper},
		{"wrapper method", "engine/table/x.go", `type t int; func (t) Underlying() {}`, `type t int; func Underlying() {}`, checkWrapper},
		{"meta", "engine/x.go", `import "` + module + `/storage/kivi"; func f(t *kivi.Txn) { t.Meta() }`,
			`import "` + module + `/storage/kivi"; func f(t *kivi.Txn) { t.Commit() }`, checkMeta},
		{"decision", "engine/x.go", `func f() { r.Atoms(1, 2) }`, `func f() { r.Atoms() }`, checkDecision},
		{"decision about a database", "engine/x.go", `func f() { r.AnyInDatabase(1) }`, `func f() { access.Check(a, o, w, i) }`, checkDecision},
		{"door", "engine/x.go", `import "` + module + `/storage/kivi"; func f(t *kivi.Txn) { t.Table(1, nil, 1) }`,
			`import "` + module + `/storage/kivi"; func f(t *kivi.Txn) { t.Mark() }`, checkDoor},
		{"policy handle", "engine/x.go", `import "` + module + `/storage/kivi"; func f(t *kivi.Table) { t.Under(1) }`,
			`import "` + module + `/storage/kivi"; func f(t *kivi.Table) { t.ID() }`, checkDoor},
		{"purpose", "engine/x.go", `import "` + module + `/storage/relation"; var p = relation.Fsck`,
			`import "` + module + `/storage/relation"; var p = relation.Query`,
			func(s []*source) []string { return checkPurposes(s, nil, map[string]bool{}) }},
		{"parser", "engine/x.go", `import ast "` + vitessParser + `"; var f = ast.ParseOne`,
			`import ast "` + vitessParser + `"; var f ast.ParserOptions`, checkParserCalls},
		{"tokenizer", "engine/x_test.go", `import "` + vitessParser + `"; var f = sqlparser.NewStringTokenizer`,
			`import "` + vitessParser + `"; var f = sqlparser.String`, checkParserCalls},
		{"lex", "engine/lex/x.go", `import "` + vitessParser + `"`, `import "strings"`, checkLexImports},
		{"folder", "engine/x/x.go", "", "", func(s []*source) []string {
			if s[0].file.Name.Name == "good" {
				return checkFolders(s)
			}
			return checkFolders(slices.Repeat(s, maxFolderFiles+1))
		}},
		{"kinds", "engine/x.go", `import "` + module + `/security/privilege"; var k = []any{privilege.KindTable, privilege.KindView, privilege.KindRoutine, privilege.KindSystem}`,
			`import "` + module + `/security/privilege"; var k = privilege.KindTable; var all = privilege.Kinds()`,
			func(s []*source) []string { return checkKinds(s, nil, map[string]bool{}) }},
		{"granted", "engine/objects/x.go", `import "` + module + `/engine/state"; var g = state.Granted{Name: "t"}`,
			`import "` + module + `/engine/state"; var g = state.Granted{}`, checkGranted},
		{"init", "x/x.go", `func init() {}`, `type t int; func (t) init() {}`, checkInit},
		{"unfinished", "x/x.go", "// TO" + "DO later\nvar x int", "// later\nvar x int", checkUnfinished},
		{"vague name", "x/x.go", "", "", func(s []*source) []string {
			s[0].file.Name.Name = strings.Replace(s[0].file.Name.Name, "bad", "utils", 1)
			return checkPackageNames(s)
		}},
		{"no package comment", "x/x.go", "", "", func(s []*source) []string {
			if s[0].file.Name.Name == "good" {
				s[0].file.Doc = s[0].file.Comments[0]
			}
			return checkPackageComments(s)
		}},
		{"error number", "security/x.go", `var x = 1142`, `var x = 1024`, checkNumbersHere},
		{"sqlstate", "engine/x.go", `var x = "42000"`, `var x = "4200"`, checkNumbersHere},
		{"file length", "x/x.go", strings.Repeat("\n", maxFileLines), "", checkFileLength},
		{"function length", "x/x.go", "func f() {" + strings.Repeat("\n", maxFuncLines) + "}", "func f() {\n}",
			func(s []*source) []string { return checkFuncLength(s, map[string]bool{}) }},
		{"fuzz", "x/x_test.go", `func FuzzX(f *F) { f.Fuzz(g) }`, `func FuzzX(f *F) { f.Add(1); f.Fuzz(g) }`,
			func(s []*source) []string { return checkFuzzSeeds(s, nil) }},
		{"internal", "engine/x.go", `import "` + module + `/storage/kivi"; var g = kivi.Internal("x")`,
			`import "` + module + `/storage/kivi"; var g = kivi.ErrDenied`,
			func(s []*source) []string { return checkInternal(s, nil, map[string]bool{}) }},
		{"exported function", "x/x.go", "func F() {\n}", "// F does.\nfunc F() {\n}\nfunc G() {}\nfunc h() {\n}", checkExported},
		{"exported type", "x/x.go", "type T int", "// T is.\ntype T int\nconst (\n\tA T = iota\n\tB\n)", checkExported},
		{"exported variable", "x/x.go", "var V = 1", "// V and W.\nvar (\n\tV = 1\n\tW = 2\n)", checkExported},
		{"machine path", "x/x.md", "// see /ho" + "me/me/x", "// see docs/home/x and https://example.org/root/x",
			func(s []*source) []string { return checkMachinePaths(s[0].path, s[0].text) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bad, err := parseSource(tt.path, "package bad; "+tt.bad+"\n")
			if err != nil {
				t.Fatal(err)
			}
			if got := tt.rule([]*source{bad}); len(got) == 0 {
				t.Errorf("no complaint about %s", tt.bad)
			}
			good, err := parseSource(tt.path, "// Package good is good.\npackage good\n"+tt.good+"\n")
			if err != nil {
				t.Fatal(err)
			}
			if got := tt.rule([]*source{good}); len(got) != 0 {
				t.Errorf("complaint about %s: %v", tt.good, got)
			}
		})
	}
}

// TestLayerRulesComplain does the same for the import rules.
func TestLayerRulesComplain(t *testing.T) {
	order, err := parseLayers("NONE < a, x; a < b < c;")
	if err != nil {
		t.Fatal(err)
	}
	imports := func(name string, of ...string) *pkg {
		p := &pkg{ImportPath: module + "/" + name}
		for _, o := range of {
			p.Imports = append(p.Imports, module+"/"+o)
		}
		return p
	}
	if got := checkLayers(order, []*pkg{imports("c", "a", "b"), imports("b", "a"), imports("a")}); len(got) != 0 {
		t.Errorf("complaint about the order itself: %v", got)
	}
	for _, p := range []*pkg{imports("a", "b"), imports("b", "x"), imports("unknown")} {
		if len(checkLayers(order, []*pkg{p})) != 1 {
			t.Errorf("%s: no complaint", p.name())
		}
	}
	for _, broken := range []string{"a b;", "a < b;", "NONE < a; a < b; b < a;"} {
		if _, err := parseLayers(broken); err == nil {
			t.Errorf("rules %q are accepted", broken)
		}
	}
	detour := []*pkg{imports("security", "x"), imports("x", "engine/session")}
	if got := checkNever(detour); len(got) != 1 || !strings.Contains(got[0], "security -> x -> engine/session") {
		t.Errorf("a detour is not found: %v", got)
	}
}

func TestFencesComplain(t *testing.T) {
	pebble := "github.com/cockroachdb/pebble/v2/vfs"
	in := &pkg{ImportPath: module + "/storage/kivi/embed", Imports: []string{pebble}}
	out := &pkg{ImportPath: module + "/catalog", Imports: []string{pebble}}
	test := &pkg{ImportPath: module + "/catalog", XTestImports: []string{pebble}}
	if got := checkFences(fences, []*pkg{in}); len(got) != 0 {
		t.Errorf("complaint about the place it is for: %v", got)
	}
	if len(checkFences(fences, []*pkg{out})) != 1 || len(checkFences(fences, []*pkg{test})) != 1 {
		t.Error("no complaint about pebble in catalog")
	}
	library := []string{"github.com/dolthub/go-mysql-server/sql"}
	if len(checkEvaluation([]*pkg{{ImportPath: module + "/engine/value", TestImports: library}, {ImportPath: module + "/engine/plan", Imports: library}})) != 1 {
		t.Error("not one complaint about the SQL library in engine/value and engine/plan")
	}
}

func TestDocNamesComplain(t *testing.T) {
	w := newWorld(t)
	for name, want := range map[string]bool{
		"internal/lint": true, "session": true, "sqlerr.Error.Number": true, "Error.WithHint": true, "engine/sqlerr.Error": true,
		"GRANT SELECT ON": true, "sql.Table": true, "make lint": true,
		"internal/nothing": false, "session.Nothing": false, "Error.Nothing": false, "engine/session.Nothing": false,
		"make nothing": false, "--no-such-flag": false,
	} {
		if got := w.exists(name); got != want {
			t.Errorf("%s: exists is %v", name, got)
		}
	}
}

func TestCircleOfRooms(t *testing.T) {
	var bad, good pkg
	bad.ImportPath, bad.Imports = module+"/engine/a/b", []string{module + "/storage/kivi"}
	good.ImportPath, good.Imports = module+"/storage/kivi/kv", []string{module + "/engine/a"}
	if found := checkCircles([]*pkg{&bad, &good}); len(found) != 1 {
		t.Errorf("a circle over two rooms gives %q", found)
	}
	if found := checkCircles([]*pkg{&bad}); len(found) != 0 {
		t.Errorf("one arrow gives %q", found)
	}
}
