package lint

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

func TestNoSleepInTests(t *testing.T) { report(t, checkSleep(mustSources(t))) }

// checkSleep: a test that sleeps is slow when it is right and fails when the
// machine is slow.
func checkSleep(all []*source) (findings []string) {
	for _, s := range all {
		if !s.isTest() && !under(s.dir(), "internal/lxtest") {
			continue
		}
		for _, call := range calls(s, "time", "Sleep") {
			findings = append(findings, s.at(call,
				"no time.Sleep in tests: wait for the event itself (a channel, a file that appears, a lock that is held), or pass a clock"))
		}
	}
	return findings
}

func TestSecuredTableIsNoWrapper(t *testing.T) { report(t, checkWrapper(mustSources(t))) }

// checkWrapper: go-mysql-server peels sql.TableWrapper in insert, update,
// delete, SHOW and statistics code and uses what is inside, past the checks.
func checkWrapper(all []*source) (findings []string) {
	const why = "engine/table is the adapter itself, never a wrapper: the library unwraps sql.TableWrapper and would reach rows without rights, filters and masks (ADR 0011)"
	for _, s := range all {
		if !under(s.dir(), "engine/table") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if n.Sel.Name == "TableWrapper" || n.Sel.Name == "MutableTableWrapper" {
					findings = append(findings, s.at(n.Pos(), "%s", why))
				}
			case *ast.FuncDecl:
				if n.Recv != nil && (n.Name.Name == "Underlying" || n.Name.Name == "WithUnderlying") {
					findings = append(findings, s.at(n.Pos(), "%s", why))
				}
			}
			return true
		})
	}
	return findings
}

func TestMetaSpaceIsTheCatalogs(t *testing.T) { report(t, checkMeta(mustSources(t))) }

// checkMeta finds calls of kivi's Txn.Meta, by name: the meta space has no
// guard, so its one user is the catalog.
func checkMeta(all []*source) (findings []string) {
	for _, s := range all {
		if s.importName(module+"/storage/kivi") == "" || under(s.dir(), "catalog", "storage/kivi") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 0 {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Meta" {
				findings = append(findings, s.at(call.Pos(),
					"Txn.Meta is for package catalog: the meta space holds users and grants and has no guard. Use catalog.Tx, or add a record type there"))
			}
			return true
		})
	}
	return findings
}

// internalWork lists the functions that may act without a principal's rights,
// by kivi.Internal, and why each is safe.
var internalWork = map[string]string{
	"storage/relation/purpose.go:Purpose.guard": "the purposes that have no actor; who may open for them stands in widePurposes",
}

func TestInternalGuard(t *testing.T) {
	used := map[string]bool{}
	report(t, checkInternal(mustSources(t), internalWork, used))
	for name := range internalWork {
		if !used[name] {
			t.Errorf("internalWork lists %s, which does not call kivi.Internal: remove the line", name)
		}
	}
}

func checkInternal(all []*source, allowed map[string]string, used map[string]bool) (findings []string) {
	const kivi = module + "/storage/kivi"
	for _, s := range all {
		local := s.importName(kivi)
		if local == "" || s.isTest() {
			continue
		}
		for _, decl := range s.file.Decls {
			name := s.path + ":package scope"
			if fn, ok := decl.(*ast.FuncDecl); ok {
				name = s.path + ":" + funcName(fn)
			}
			for _, pos := range selectors(decl, local, "Internal") {
				used[name] = true
				if allowed[name] == "" {
					findings = append(findings, s.at(pos,
						"kivi.Internal skips the permission check. If %s must act for the system and not for a user, add it to internalWork in internal/lint/calls_test.go with the reason why no user can misuse it; else take the session's guard", name))
				}
			}
		}
	}
	return findings
}

func TestOneDecision(t *testing.T) { report(t, checkDecision(mustSources(t))) }

// checkDecision finds who asks the bucket by himself what somebody holds: such
// an answer has no intent, is not audited, and drifts from the others.
func checkDecision(all []*source) (findings []string) {
	for _, s := range all {
		if s.isTest() || under(s.dir(), "security/access", "security/bucket") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if ok && (sel.Sel.Name == "Atoms" && len(call.Args) == 2 || sel.Sel.Name == "AnyInDatabase") {
				findings = append(findings, s.at(call.Pos(), "%s is for security/access alone, the one place that decides: ask access.Check, or access.Held for what is only shown", sel.Sel.Name))
			}
			return true
		})
	}
	return findings
}

func TestNoInit(t *testing.T) { report(t, checkInit(mustSources(t))) }

// checkInit: what runs before main costs every start, hides an order, and is
// shared by parallel tests.
func checkInit(all []*source) (findings []string) {
	for _, s := range all {
		for _, decl := range s.file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				findings = append(findings, s.at(fn.Pos(),
					"no func init: give the variable a value by a function (var x = makeX()), sync.OnceValue when it is costly, or Open(Options) when it has an order"))
			}
		}
	}
	return findings
}

func TestNoUnfinishedWork(t *testing.T) { report(t, checkUnfinished(mustSources(t))) }

// checkUnfinished finds comments and panics that put work off.
func checkUnfinished(all []*source) (findings []string) {
	marks := []string{"TO" + "DO", "FIX" + "ME", "HA" + "CK:", "XX" + "X:"}
	for _, s := range all {
		for _, group := range s.file.Comments {
			for _, c := range group.List {
				if slices.ContainsFunc(marks, func(m string) bool { return strings.Contains(c.Text, m) }) {
					findings = append(findings, s.at(c.Pos(),
						"no work is put off in a comment: finish it, or say in one sentence what is not supported and what error the user gets"))
				}
			}
		}
		for _, lit := range stringLiterals(s) {
			if v := strings.ToLower(strings.Trim(lit.Value, "\"`")); v == "not imple"+"mented" || v == "unimple"+"mented" {
				findings = append(findings, s.at(lit.Pos(), "an error says what is not supported, by name"))
			}
		}
	}
	return findings
}

func TestFuzzSeeds(t *testing.T) {
	dirs := map[string]bool{}
	names, err := files()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		dirs[name[:strings.LastIndexByte(name, '/')+1]] = true
	}
	report(t, checkFuzzSeeds(mustSources(t), dirs))
}

// checkFuzzSeeds: a fuzz target without seeds passes `go test` by doing nothing.
func checkFuzzSeeds(all []*source, dirs map[string]bool) (findings []string) {
	for _, s := range all {
		for _, decl := range s.file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || !s.isTest() || !strings.HasPrefix(fn.Name.Name, "Fuzz") || fn.Recv != nil {
				continue
			}
			seeded := dirs[s.dir()+"/testdata/fuzz/"+fn.Name.Name+"/"]
			ast.Inspect(fn, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Add" {
					seeded = true
				}
				return !seeded
			})
			if !seeded {
				findings = append(findings, s.at(fn.Pos(),
					"%s has no seeds and passes without doing anything: add them by f.Add, and fail when a seed file is empty", fn.Name.Name))
			}
		}
	}
	return findings
}

// calls finds uses of pkg.name where pkg is a standard package of that name.
func calls(s *source, pkgPath, name string) []token.Pos {
	local := s.importName(pkgPath)
	if local == "" {
		return nil
	}
	return selectors(s.file, local, name)
}

func selectors(root ast.Node, local, name string) (out []token.Pos) {
	ast.Inspect(root, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == name {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == local {
				out = append(out, sel.Pos())
			}
		}
		return true
	})
	return out
}

func stringLiterals(s *source) (out []*ast.BasicLit) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			out = append(out, lit)
		}
		return true
	})
	return out
}
