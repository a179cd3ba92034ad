package lint

import (
	"go/ast"
	"strings"
	"testing"
)

// kindSwitches lists the functions that may tell many kinds of objects apart, and
// why the one table of security/privilege does not do it for them.
var kindSwitches = map[string]string{
	"engine/dialect/target.go:kindOf": "the tree has one type for each keyword of the grammar; which kind a keyword means is read from privilege.Kind.Words",
	"security/grant/show.go:target":   "how MySQL writes an object after ON: stars for the system and a database, two words for routines; the rest is the table's name of the kind",
}

func TestOneTableOfKinds(t *testing.T) {
	used := map[string]bool{}
	report(t, checkKinds(mustSources(t), kindSwitches, used))
	for name := range kindSwitches {
		if !used[name] {
			t.Errorf("kindSwitches lists %s, which tells no kinds apart: remove the line", name)
		}
	}
}

// maxKinds is how many kinds a function may name before it is a table of its own.
const maxKinds = 3

// checkKinds finds a second table of kinds: whoever adds a kind would not find it.
func checkKinds(all []*source, allowed map[string]string, used map[string]bool) (findings []string) {
	for _, s := range all {
		local := s.importName(module + "/security/privilege")
		if local == "" || s.isTest() || s.path == "catalog/kinds.go" {
			continue
		}
		for _, decl := range s.file.Decls {
			name := s.path + ":package scope"
			if fn, ok := decl.(*ast.FuncDecl); ok {
				name = s.path + ":" + funcName(fn)
			}
			kinds := map[string]bool{}
			ast.Inspect(decl, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok && strings.HasPrefix(sel.Sel.Name, "Kind") && sel.Sel.Name != "Kind" && sel.Sel.Name != "Kinds" {
					if x, ok := sel.X.(*ast.Ident); ok && x.Name == local {
						kinds[sel.Sel.Name] = true
					}
				}
				return true
			})
			if len(kinds) <= maxKinds {
				continue
			}
			used[name] = true
			if allowed[name] == "" {
				findings = append(findings, s.at(decl.Pos(),
					"%s tells %d kinds of objects apart: what is true of a kind stands in the one table of security/privilege (kind.go); ask that, or add a column to it", name, len(kinds)))
			}
		}
	}
	return findings
}

func TestOneGranter(t *testing.T) { report(t, checkGranted(mustSources(t))) }

// checkGranted finds who says how the planner's next fetch opens a table, besides
// the room that asked whether it may. To take it back is everybody's right.
func checkGranted(all []*source) (findings []string) {
	for _, s := range all {
		local := s.importName(module + "/engine/state")
		if local == "" || s.isTest() || under(s.dir(), "engine/access") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok || len(lit.Elts) == 0 {
				return true
			}
			if sel, ok := lit.Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "Granted" {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == local {
					findings = append(findings, s.at(lit.Pos(), "state.Granted is made by engine/access alone, where the question was asked: a table that somebody else opens was allowed by nobody"))
				}
			}
			return true
		})
	}
	return findings
}
