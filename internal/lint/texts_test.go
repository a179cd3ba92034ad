package lint

import (
	"go/ast"
	"strings"
	"testing"
)

func TestOneCallerOfTheParser(t *testing.T) { report(t, checkParserCalls(mustSources(t))) }

const vitessParser = "github.com/dolthub/vitess/go/vt/sqlparser"

// checkParserCalls: a text that reaches the SQL parser without engine/lex is read
// in two ways, of which one was looked at and the other runs.
func checkParserCalls(all []*source) (findings []string) {
	for _, s := range all {
		if under(s.dir(), "engine/grammar") {
			continue
		}
		local := s.importName(vitessParser)
		if local == "" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if ok && x.Name == local && readsText(sel.Sel.Name) {
				findings = append(findings, s.at(sel.Pos(),
					"%s reads a text past engine/lex: call grammar.Parse, the only caller of the SQL parser", sel.Sel.Name))
			}
			return true
		})
	}
	return findings
}

// readsText reports the functions of the SQL parser that take a text.
func readsText(name string) bool {
	return strings.HasPrefix(name, "Parse") && name != "ParserOptions" || strings.HasPrefix(name, "New") && strings.Contains(name, "Tokenizer") ||
		strings.HasPrefix(name, "Split")
}

func TestLexStandsAlone(t *testing.T) { report(t, checkLexImports(mustSources(t))) }

// checkLexImports: what judges a text must not lean on those who are misled by it.
func checkLexImports(all []*source) (findings []string) {
	for _, s := range all {
		if s.isTest() || !under(s.dir(), "engine/lex", "engine/dialect") {
			continue
		}
		for _, imp := range s.file.Imports {
			if path := strings.Trim(imp.Path.Value, `"`); under(path, "github.com/dolthub") {
				findings = append(findings, s.at(imp.Pos(), "%s must not import %s: texts are read before the SQL library sees them", s.dir(), path))
			}
		}
	}
	return findings
}
