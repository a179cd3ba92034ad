package lint

import (
	"fmt"
	"go/ast"
	"strings"
	"testing"
)

const (
	maxFileLines     = 1000
	maxFuncLines     = 100
	maxTestFuncLines = 150 // a table of cases may be longer than code
)

// longFuncs are functions that may be longer, with the length they have now and
// the reason. The number can only go down: a shorter function fails the test
// until its number is lowered or its line removed.
var longFuncs = map[string]struct {
	lines int
	why   string
}{}

func TestSizes(t *testing.T) {
	report(t, checkFileLength(mustSources(t)))
	seen := map[string]bool{}
	report(t, checkFuncLength(mustSources(t), seen))
	for name := range longFuncs {
		if !seen[name] {
			t.Errorf("longFuncs lists %s, which does not exist: remove the line", name)
		}
	}
}

func checkFileLength(all []*source) (findings []string) {
	for _, s := range all {
		if n := strings.Count(s.text, "\n"); n > maxFileLines {
			findings = append(findings, fmt.Sprintf("%s has %d lines, at most %d: a file is named for one concept; move the second one out",
				s.path, n, maxFileLines))
		}
	}
	return findings
}

func checkFuncLength(all []*source, seen map[string]bool) (findings []string) {
	for _, s := range all {
		for _, decl := range s.file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			name := s.path + ":" + funcName(fn)
			lines := s.line(fn.End()) - s.line(fn.Pos()) + 1
			limit := maxFuncLines
			if s.isTest() {
				limit = maxTestFuncLines
			}
			if known, ok := longFuncs[name]; ok {
				seen[name] = true
				if lines < known.lines {
					findings = append(findings, fmt.Sprintf("%s is down to %d lines: lower its number in longFuncs (from %d), or remove it at %d",
						name, lines, known.lines, limit))
				}
				limit = known.lines
			}
			if lines > limit {
				findings = append(findings, s.at(fn.Pos(),
					"%s has %d lines, at most %d: name its steps and make them functions; a table of cases belongs in a variable or a text file",
					funcName(fn), lines, limit))
			}
		}
	}
	return findings
}

// funcName is Name or Type.Name.
func funcName(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	return recvName(fn.Recv.List[0].Type) + "." + fn.Name.Name
}

func recvName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return recvName(e.X)
	case *ast.IndexExpr:
		return recvName(e.X)
	case *ast.IndexListExpr:
		return recvName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
