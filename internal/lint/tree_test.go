package lint

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// module is the import path of the repository's root.
const module = "github.com/lxdb/lxdb"

// source is one parsed Go file.
type source struct {
	path string // slash-separated, relative to the root
	text string
	file *ast.File
	fset *token.FileSet
}

func (s *source) dir() string          { return path.Dir(s.path) }
func (s *source) isTest() bool         { return strings.HasSuffix(s.path, "_test.go") }
func (s *source) line(p token.Pos) int { return s.fset.Position(p).Line }
func (s *source) at(p token.Pos, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: ", s.path, s.line(p)) + fmt.Sprintf(format, args...)
}

// importName returns the name under which the file sees an import path, or "".
func (s *source) importName(importPath string) string {
	for _, imp := range s.file.Imports {
		if strings.Trim(imp.Path.Value, `"`) != importPath {
			continue
		}
		if imp.Name != nil {
			return imp.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}

// root finds the directory of go.mod above the tests.
var root = sync.OnceValues(func() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if data, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil &&
			strings.HasPrefix(string(data), "module "+module+"\n") {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", fmt.Errorf("no go.mod of %s above the tests", module)
		}
		dir = filepath.Dir(dir)
	}
})

func mustRoot(t *testing.T) string {
	t.Helper()
	dir, err := root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// files lists the repository's own files, without build results and hidden
// directories (of those only .ci belongs to the project).
var files = sync.OnceValues(func() ([]string, error) {
	dir, err := root()
	if err != nil {
		return nil, err
	}
	var out []string
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			hidden := strings.HasPrefix(d.Name(), ".") && d.Name() != ".ci"
			if p != dir && (hidden || d.Name() == "node_modules" || d.Name() == "vendor" || d.Name() == "target") {
				return filepath.SkipDir
			}
			return nil
		}
		if d.Name() == ".git" { // in a linked work tree it is a file, with a path of this machine
			return nil
		}
		rel, err := filepath.Rel(dir, p)
		out = append(out, filepath.ToSlash(rel))
		return err
	})
	slices.Sort(out)
	return out, err
})

// sources parses every Go file of the repository, once.
var sources = sync.OnceValues(func() ([]*source, error) {
	dir, err := root()
	if err != nil {
		return nil, err
	}
	names, err := files()
	if err != nil {
		return nil, err
	}
	var out []*source
	for _, name := range names {
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		s, err := parseSource(name, string(text))
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	if len(out) < 20 {
		return nil, fmt.Errorf("only %d Go files found: the walk is broken", len(out))
	}
	return out, nil
})

func parseSource(name, text string) (*source, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, text, parser.ParseComments)
	return &source{path: name, text: text, file: f, fset: fset}, err
}

func mustSources(t *testing.T) []*source {
	t.Helper()
	s, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// report fails the test with every finding.
func report(t *testing.T, findings []string) {
	t.Helper()
	for _, f := range findings {
		t.Error(f)
	}
}

// under says whether a slash-separated path is one of dirs or below one. A dir
// "." means the root directory itself, without what is below it.
func under(p string, dirs ...string) bool {
	return slices.ContainsFunc(dirs, func(d string) bool { return p == d || strings.HasPrefix(p, d+"/") })
}
