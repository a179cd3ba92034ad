package lint

import (
	"go/ast"
	"go/token"
	"testing"
)

func TestExportedIsDocumented(t *testing.T) { report(t, checkExported(mustSources(t))) }

// checkExported demands a comment at each exported function, method, type,
// variable and constant that another package can reach. A comment above a group
// counts for the group. No comment is needed where it could only repeat the
// name: functions of one line, the members of an enumeration (their type has
// one), and methods of somebody else's interface (String, Error, …, and
// everything that the SQL library calls).
func checkExported(all []*source) (findings []string) {
	for _, s := range all {
		if s.isTest() || s.file.Name.Name == "main" || under(s.dir(), "internal/icuregex") {
			continue
		}
		complain := func(n ast.Node, name string) {
			findings = append(findings, s.at(n.Pos(),
				"%s is exported and has no comment: say what a caller must know that the name does not tell (units, errors, who may call), or make it unexported", name))
		}
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				oneLine := d.Body != nil && s.line(d.Pos()) == s.line(d.End())
				if d.Doc == nil && !oneLine && d.Name.IsExported() && reachable(d) && !wellKnown[d.Name.Name] && !usesLibrary(s, d) {
					complain(d, funcName(d))
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					for _, name := range undocumented(d, spec) {
						complain(spec, name)
					}
				}
			}
		}
	}
	return findings
}

// wellKnown methods mean the same everywhere.
var wellKnown = map[string]bool{
	"String": true, "Error": true, "Unwrap": true, "Is": true, "As": true, "Close": true, "Len": true, "Format": true,
	"MarshalText": true, "UnmarshalText": true, "MarshalJSON": true, "UnmarshalJSON": true, "Clone": true,
}

// reachable says whether a function belongs to no type or to an exported one.
func reachable(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	return ast.IsExported(recvName(d.Recv.List[0].Type))
}

// usesLibrary says whether a method is one of those that the SQL library calls:
// its interfaces have their own documentation.
func usesLibrary(s *source, d *ast.FuncDecl) bool {
	return d.Recv != nil && under(s.dir(), "engine") && s.importName("github.com/dolthub/go-mysql-server/sql") != ""
}

func undocumented(d *ast.GenDecl, spec ast.Spec) (names []string) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Name.IsExported() && d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
			names = append(names, spec.Name.Name)
		}
	case *ast.ValueSpec:
		if d.Doc != nil || spec.Doc != nil || spec.Comment != nil {
			return nil
		}
		if isEnumeration(d) {
			return nil
		}
		for _, n := range spec.Names {
			if n.IsExported() {
				names = append(names, n.Name)
			}
		}
	}
	return names
}

// isEnumeration says whether a block of constants begins with a type of its own.
func isEnumeration(d *ast.GenDecl) bool {
	if d.Tok != token.CONST || !d.Lparen.IsValid() || len(d.Specs) == 0 {
		return false
	}
	first, ok := d.Specs[0].(*ast.ValueSpec)
	return ok && first.Type != nil
}
