package lint

import (
	"fmt"
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// namedDocs are the documents whose names in backticks must exist.
var namedDocs = []string{
	"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md",
	"docs/life-of-a-query.md", "docs/life-of-a-grant.md",
}

func TestDocumentsNameWhatExists(t *testing.T) {
	w := newWorld(t)
	for _, doc := range namedDocs {
		n, findings := checkDoc(w, doc, readFile(t, doc))
		report(t, findings)
		t.Logf("%s: %d names", doc, n)
	}
}

// TestADRForm holds the form of the decision records and that the list of them
// is complete.
func TestADRForm(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(mustRoot(t), "docs/adr/[0-9]*.md"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no decision records: %v", err)
	}
	index := readFile(t, "docs/adr/README.md")
	for i, name := range names {
		base := filepath.Base(name)
		if want := fmt.Sprintf("%04d-", i+1); !strings.HasPrefix(base, want) {
			t.Errorf("docs/adr/%s: numbers have no gaps, %s is next; retired records stay, with their status", base, want)
		}
		text := readFile(t, "docs/adr/"+base)
		for _, part := range []string{"Status", "Context", "Decision", "Alternatives", "Consequences", "How we would notice it was wrong"} {
			if !strings.Contains(text, "\n## "+part+"\n") {
				t.Errorf("docs/adr/%s has no section %q", base, part)
			}
		}
		if !strings.Contains(index, "("+base+")") {
			t.Errorf("docs/adr/README.md does not link %s", base)
		}
	}
}

// TestLinks holds that relative links in our documents lead to files.
func TestLinks(t *testing.T) {
	names, err := files()
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)
	for _, name := range names {
		if path.Ext(name) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(withoutCode(readFile(t, name)), -1) {
			if _, err := os.Stat(filepath.Join(mustRoot(t), path.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, m[1])
			}
		}
	}
}

// world is what a document may name: what exists and can be reached.
type world struct {
	root     string
	dead     map[string]bool // "file function" of dead.txt
	idents   map[string]bool // Ident, Type.Member, pkg.Ident, pkg.Type.Member, package names
	literals string          // all string literals: flags, file names made at run time
	targets  string          // the Makefile
}

func newWorld(t *testing.T) *world {
	w := &world{root: mustRoot(t), dead: map[string]bool{}, idents: map[string]bool{}, targets: "\n" + readFile(t, "Makefile")}
	for line := range strings.Lines(readFile(t, "internal/lint/dead.txt")) {
		w.dead[strings.TrimSpace(line)] = true
	}
	var literals strings.Builder
	for _, s := range mustSources(t) {
		if under(s.dir(), "internal/lint") {
			continue
		}
		w.declare(s)
		if !s.isTest() {
			for _, lit := range stringLiterals(s) {
				literals.WriteString(lit.Value + "\n")
			}
		}
	}
	w.literals = literals.String()
	return w
}

// declare adds what a file declares, bare and qualified by its package. A
// function that the binary does not reach may not be named: a reader would look
// for who calls it. Of a test file the tests count, not its helpers.
func (w *world) declare(s *source) {
	w.idents[s.file.Name.Name] = true
	add := func(name string) {
		w.idents[name] = true
		w.idents[s.file.Name.Name+"."+name] = true
	}
	for _, decl := range s.file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if w.dead[s.path+" "+funcName(d)] || s.isTest() && !isTestName(d.Name.Name) {
				continue
			}
			add(funcName(d))
			w.idents[d.Name.Name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					for _, n := range spec.Names {
						add(n.Name)
					}
				case *ast.TypeSpec:
					add(spec.Name.Name)
					for _, member := range members(spec.Type) {
						add(spec.Name.Name + "." + member)
					}
				}
			}
		}
	}
}

func isTestName(name string) bool {
	for _, prefix := range []string{"Test", "Benchmark", "Fuzz", "Example"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func members(e ast.Expr) (out []string) {
	var fields *ast.FieldList
	switch e := e.(type) {
	case *ast.StructType:
		fields = e.Fields
	case *ast.InterfaceType:
		fields = e.Methods
	default:
		return nil
	}
	for _, f := range fields.List {
		for _, n := range f.Names {
			out = append(out, n.Name)
		}
	}
	return out
}

var (
	fenced   = regexp.MustCompile("(?s)\n```.*?\n```")
	backtick = regexp.MustCompile("`([^`\n]+)`")
	sqlWords = regexp.MustCompile(`^[A-Z][A-Z0-9_ .,;()*=…'@-]*$|^(SELECT|INSERT|UPDATE|DELETE|GRANT|REVOKE|CREATE|ALTER|DROP|SHOW|SET) `)
	external = regexp.MustCompile(`^(sql|sqle|pebble|context|tls|x509|io|os|vfs|errors)\.[A-Z]\w*(\.\w+)?$`)
	command  = regexp.MustCompile(`^(go|git|mariadb|mysql|pip|apt-get|CGO_ENABLED=0|curl|kill|issues) `)
)

func withoutCode(text string) string { return fenced.ReplaceAllString("\n"+text, "\n") }

func checkDoc(w *world, doc, text string) (n int, findings []string) {
	for _, m := range backtick.FindAllStringSubmatch(withoutCode(text), -1) {
		n++
		if !w.exists(strings.TrimSpace(m[1])) {
			findings = append(findings, fmt.Sprintf(
				"%s names `%s`, which is no file, package, identifier, command or text of the program: correct the document, or write it without backticks",
				doc, m[1]))
		}
	}
	return n, findings
}

func (w *world) exists(name string) bool {
	if target, ok := strings.CutPrefix(name, "make "); ok {
		target, _, _ = strings.Cut(target, " ")
		return strings.Contains(w.targets, "\n"+target+":")
	}
	if name == "make" || sqlWords.MatchString(name) || external.MatchString(name) || command.MatchString(name) {
		return true
	}
	if sub, ok := strings.CutPrefix(name, "lxdb "); ok {
		verb, _, _ := strings.Cut(sub, " ")
		return strings.Contains(w.literals, `"`+verb+`"`) || strings.Contains(w.literals, `"`+verb+" ")
	}
	if strings.HasPrefix(name, "--") {
		flag, _, _ := strings.Cut(strings.TrimLeft(name, "-"), " ")
		return strings.Contains(w.literals, `"`+flag+`"`)
	}
	if _, err := os.Stat(filepath.Join(w.root, strings.TrimSuffix(name, "/"))); err == nil {
		return true
	}
	bare := strings.TrimSuffix(name, "()")
	if w.idents[bare] || w.idents[strings.TrimPrefix(bare, "*")] || w.qualified(bare) {
		return true
	}
	return len(name) > 3 && strings.Contains(w.literals, name)
}

// qualified looks up dir/pkg.Name by the last element of the directory.
func (w *world) qualified(name string) bool {
	dir, rest, ok := strings.Cut(path.Base(name), ".")
	if !ok || !strings.Contains(name, "/") {
		return false
	}
	full := path.Join(path.Dir(name), dir)
	_, err := os.Stat(filepath.Join(w.root, full))
	return err == nil && w.idents[dir+"."+rest]
}
