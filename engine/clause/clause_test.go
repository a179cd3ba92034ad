package clause

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	vitess "github.com/dolthub/vitess/go/vt/sqlparser"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
)

// TestClauses reads each statement as the engine does and shows what the SQL parser
// gets, what is kept, and what is refused.
func TestClauses(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var b strings.Builder
			for text := range strings.SplitSeq(d.Input, "\n;\n") {
				b.WriteString(explain(text))
			}
			return b.String()
		})
	})
}

func explain(text string) string {
	o := lex.Mode{}
	read, err := Read(lex.OpenComments(text, o), o)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var b strings.Builder
	if !read.Only && read.Histogram == nil && read.Upkeep == nil {
		parsed, err := grammar.Parse(context.Background(), read.Text, lex.Mode{})
		if err != nil {
			return fmt.Sprintf("text: %s\nsyntax error: %v\n", read.Text, err)
		}
		if err := Check(parsed); err != nil {
			return "error: " + err.Error() + "\n"
		}
		fmt.Fprintf(&b, "text: %s\n", strings.Join(strings.Fields(read.Text), " "))
	}
	if read.Query != "" {
		fmt.Fprintf(&b, "query: %s\n", read.Query)
	}
	if read.Lock != nil {
		fmt.Fprintf(&b, "lock: %+v\n", *read.Lock)
	}
	if u := read.Upkeep; u != nil {
		fmt.Fprintf(&b, "upkeep: %+v\n", *u)
	}
	if h := read.Histogram; h != nil {
		fmt.Fprintf(&b, "histogram: %+v\n", *h)
	}
	if c := read.Change; c != nil {
		for _, o := range c.Options {
			fmt.Fprintf(&b, "option: %s=%s\n", o.Name, o.Value)
		}
		for _, x := range c.Indexes {
			fmt.Fprintf(&b, "index: %+v\n", x)
		}
		if c.Partition != "" || c.Unpartition {
			fmt.Fprintf(&b, "partition: %q\n", strings.Join(strings.Fields(c.Partition), " "))
		}
		if c.Duplicates != "" {
			fmt.Fprintf(&b, "duplicates: %s\n", c.Duplicates)
		}
		if c.Convert {
			b.WriteString("convert\n")
		}
		for _, e := range c.Enforce {
			fmt.Fprintf(&b, "enforce: %+v\n", e)
		}
		for _, n := range c.Notes {
			fmt.Fprintf(&b, "note: %s\n", n)
		}
	}
	return b.String()
}

// TestEveryNodeIsDecided walks the types of the parser's package: each node, and
// each field of those that are not taken as a whole, has a row.
func TestEveryNodeIsDecided(t *testing.T) {
	for name, fields := range parserTypes(t) {
		row, ok := types[name]
		if !ok {
			t.Errorf("type %s has no row in nodes.go: decide whether it works", name)
			continue
		}
		if row.whole || row.refuse != "" {
			continue
		}
		for _, f := range fields {
			if _, ok := row.fields[f]; !ok {
				t.Errorf("field %s.%s has no row in nodes.go: decide whether it works", name, f)
			}
		}
		for f := range row.fields {
			if !slices.Contains(fields, f) {
				t.Errorf("nodes.go has a row for %s.%s, which does not exist", name, f)
			}
		}
	}
}

// TestEveryVerbHasAQuestion: each kind of statement that works has its line in ../testdata/verbs.txt, where
// it is sent by somebody who holds nothing.
func TestEveryVerbHasAQuestion(t *testing.T) {
	text, err := os.ReadFile("../testdata/verbs.txt")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] != "#" {
			listed[f[0]] = true
		}
	}
	kinds := 0
	for _, name := range statementTypes(t) {
		if row, ok := types[name]; !ok || row.refuse != "" {
			continue
		}
		if kinds++; !listed[name] {
			t.Errorf("engine/testdata/verbs.txt has no %s: what does it ask of who sends it?", name)
		}
	}
	if kinds != len(listed) {
		t.Errorf("%d kinds of statements work, %d are listed", kinds, len(listed))
	}
}

// statementTypes are the types of the parser's tree that are statements.
func statementTypes(t *testing.T) (names []string) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", reflect.TypeOf(vitess.Select{}).PkgPath()).Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "ast*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Name.Name != "iStatement" || f.Recv == nil {
				continue
			}
			of := f.Recv.List[0].Type
			if star, ok := of.(*ast.StarExpr); ok {
				of = star.X
			}
			if id, ok := of.(*ast.Ident); ok {
				names = append(names, id.Name)
			}
		}
	}
	return names
}

// parserTypes lists the exported structs of the parser's tree with their fields.
func parserTypes(t *testing.T) map[string][]string {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", reflect.TypeOf(vitess.Select{}).PkgPath()).Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := strings.TrimSpace(string(out))
	types := map[string][]string{}
	for _, file := range []string{"ast.go", "ast_permissions.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.TYPE {
				continue
			}
			for _, spec := range gen.Specs {
				spec := spec.(*ast.TypeSpec)
				if like, ok := spec.Type.(*ast.Ident); ok && spec.Name.IsExported() && types[like.Name] != nil {
					types[spec.Name.Name] = types[like.Name] // type Over WindowDef
				}
				if s, ok := spec.Type.(*ast.StructType); ok && spec.Name.IsExported() && spec.Name.Name != "ParserOptions" {
					types[spec.Name.Name] = fieldsOf(s)
				}
			}
		}
	}
	if len(types) < 150 {
		t.Fatalf("only %d types were found", len(types))
	}
	return types
}

func fieldsOf(s *ast.StructType) []string {
	var out []string
	for _, f := range s.Fields.List {
		if id, ok := f.Type.(*ast.Ident); ok && id.Name == "AuthInformation" {
			continue
		}
		for _, n := range f.Names {
			if n.IsExported() {
				out = append(out, n.Name)
			}
		}
		if len(f.Names) == 0 {
			switch x := f.Type.(type) {
			case *ast.Ident:
				out = append(out, x.Name)
			case *ast.StarExpr:
				out = append(out, x.X.(*ast.Ident).Name)
			}
		}
	}
	return out
}

// A field that is refused is found wherever it stands.
func TestRefusedFieldsAreFound(t *testing.T) {
	tables := func(e *vitess.AliasedTableExpr) vitess.TableExprs { return vitess.TableExprs{e} }
	name := vitess.TableName{Name: vitess.NewTableIdent("t")}
	for what, stmt := range map[string]vitess.Statement{
		"partition":  &vitess.Select{From: tables(&vitess.AliasedTableExpr{Expr: name, Partitions: vitess.Partitions{vitess.NewColIdent("p")}})},
		"subquery":   &vitess.Delete{Where: &vitess.Where{Expr: &vitess.ExistsExpr{Subquery: &vitess.Subquery{Select: &vitess.SetOp{Lock: "x"}}}}},
		"returning":  &vitess.Insert{Returning: vitess.SelectExprs{&vitess.StarExpr{}}},
		"nested":     &vitess.BeginEndBlock{Statements: vitess.Statements{&vitess.DDL{Action: vitess.AlterStr, PartitionSpec: &vitess.PartitionSpec{}}}},
		"match":      &vitess.Select{SelectExprs: vitess.SelectExprs{&vitess.AliasedExpr{Expr: &vitess.MatchExpr{}}}},
		"statement":  &vitess.StartReplica{},
		"empty":      &vitess.AlterTable{Statements: []*vitess.DDL{{Action: vitess.AlterStr}}},
		"encryption": &vitess.DBDDL{CharsetCollate: []*vitess.CharsetAndCollate{{Type: "ENCRYPTION", Value: "Y"}}},
	} {
		if Check(stmt) == nil {
			t.Errorf("%s was not refused", what)
		}
	}
	if err := Check(&vitess.Select{From: tables(&vitess.AliasedTableExpr{Expr: name})}); err != nil {
		t.Error(err)
	}
}

func TestDocument(t *testing.T) {
	const file = "../../docs/generated/clauses.md"
	if os.Getenv("LXDB_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(Document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Document() {
		t.Error("docs/generated/clauses.md is not what the tables say; run LXDB_UPDATE=1 go test ./engine/clause")
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"CREATE TABLE t (a INT REFERENCES p (id) ON DELETE CASCADE, KEY ((a+1))) ENGINE=x PARTITION BY HASH(a)", "ALTER TABLE t ADD (a INT, b INT), COMMENT 'x'",
		"SELECT 1 FOR UPDATE OF a, b NOWAIT", "SET NAMES x COLLATE 'y", "CREATE PROCEDURE p() BEGIN ALTER TABLE t ENGINE=x; END", "CREATE TABLE t (FULLTEXT KEY f (a), a INT",
	} {
		f.Add(s)
	}
	f.Add("ALTER TABLE A ADD A") // a clause that stops in the middle
	f.Fuzz(func(t *testing.T, s string) {
		read, err := Read(s, lex.Mode{})
		if err != nil || read.Only {
			return
		}
		if stmt, err := grammar.Parse(context.Background(), read.Text, lex.Mode{}); err == nil {
			_ = Check(stmt)
		}
	})
}

func BenchmarkCheckSelect(b *testing.B) {
	stmt, err := grammar.Parse(context.Background(), "SELECT a, b, c FROM t JOIN u ON t.id = u.id WHERE t.a = 1 AND u.b IN (1,2,3) ORDER BY c LIMIT 10", lex.Mode{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := Check(stmt); err != nil {
			b.Fatal(err)
		}
	}
}
