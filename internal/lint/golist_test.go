package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// pkg is what the import rules need of `go list -json`.
type pkg struct {
	ImportPath   string
	Dir          string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Module       *struct{ Path string }
	Error        *struct{ Err string }
}

// name is the package's path inside the repository; the root is ".".
func (p *pkg) name() string { return inside(p.ImportPath) }

// inside cuts the module off an import path; "" for somebody else's package.
func inside(importPath string) string {
	if importPath == module {
		return "."
	}
	rest, ok := strings.CutPrefix(importPath, module+"/")
	if !ok {
		return ""
	}
	return rest
}

// packages are our packages with their imports, as the go command sees them.
// -deps reaches packages that patterns leave out (below testdata directories).
var packages = sync.OnceValues(func() ([]*pkg, error) {
	dir, err := root()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Dir,Imports,TestImports,XTestImports,Module,Error", "./...")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.String())
	}
	var ours []*pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if p.name() != "" {
			ours = append(ours, &p)
		}
	}
	if len(ours) < 5 {
		return nil, fmt.Errorf("go list found only %d of our packages", len(ours))
	}
	return ours, nil
})

func mustPackages(t *testing.T) []*pkg {
	t.Helper()
	p, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	return p
}
