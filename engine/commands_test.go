package engine

import (
	"context"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/dialect"
	ours "github.com/lxdb/lxdb/engine/statement"
)

// Every type that package dialect reads has a declaration, and nothing else has.
func TestEveryStatementIsDeclared(t *testing.T) {
	notTest := func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }
	pkgs, err := goparser.ParseDir(token.NewFileSet(), "dialect", notTest, 0)
	if err != nil {
		t.Fatal(err)
	}
	var read []string
	for _, file := range pkgs["dialect"].Files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Name.Name != "Redacted" || fn.Recv == nil {
				continue
			}
			if star, ok := fn.Recv.List[0].Type.(*ast.StarExpr); ok {
				read = append(read, star.X.(*ast.Ident).Name)
			}
		}
	}
	declared := ours.All.Names()
	slices.Sort(read)
	slices.Sort(declared)
	if len(read) < 20 || !slices.Equal(read, declared) {
		t.Errorf("package dialect reads %v\ndeclared are %v", read, declared)
	}
}

// The hook of the audit log is told of every statement, done or refused, and
// never of a password.
func TestStatementsAreAudited(t *testing.T) {
	var told []ours.Event
	db := newTestDBWith(t, Options{AuditStatement: func(ev ours.Event) { told = append(told, ev) }})
	db.ok("root", "CREATE USER tesla IDENTIFIED BY 'alternating-1'")
	db.fails("tesla", "CREATE USER eve IDENTIFIED BY 'apple-and-snake'", 1227)
	if len(told) != 2 || told[0].Name != "user.create" || told[0].Err != nil || told[1].Err == nil || told[1].Who == told[0].Who {
		t.Errorf("told %+v", told)
	}
	for _, ev := range told {
		if strings.Contains(ev.Text, "alternating") || strings.Contains(ev.Text, "apple") {
			t.Errorf("a password: %s", ev.Text)
		}
	}
}

// A statement that commits and returns rows runs through the session as any other.
func TestStatementThatChangesAndReturnsRows(t *testing.T) {
	db := lab(t)
	table := ours.NewTable(ours.Define(ours.Definition[*dialect.ShowUsers]{
		Need: ours.Anyone("test"), Audit: "test", Commits: true, Columns: []ours.Column{ours.Text("user"), ours.YesNo("made")},
		Run: func(*ours.Call, *dialect.ShowUsers) ([]sql.Row, error) {
			return []sql.Row{{"a", "YES"}}, nil
		},
	}))
	s := db.as("einstein")
	db.ok("einstein", "BEGIN; INSERT INTO einstein.t VALUES (77, 1)")
	res, err := s.execute(context.Background(), execution{stmt: table.Node(&dialect.ShowUsers{}).Inject(), text: "SHOW USERS"})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := drain(res)
	if err != nil || len(rows) != 1 || len(res.Columns()) != 2 || !res.Columns()[1].NotNull {
		t.Errorf("rows %q, columns %+v, error %v", rows, res.Columns(), err)
	}
	db.ok("einstein", "ROLLBACK") // too late: it was committed
	db.rows("einstein", "SELECT id FROM einstein.t WHERE id = 77", "77")
}

// TestUptime: SHOW STATUS says how long this server has run.
func TestUptime(t *testing.T) {
	db := newTestDB(t)
	db.engine.began = db.engine.began.Add(-time.Hour)
	for _, text := range []string{"SHOW GLOBAL STATUS LIKE 'Uptime'", "SHOW GLOBAL STATUS LIKE 'Uptime_since_flush_status'"} {
		rows := db.ok("root", text)
		if len(rows) != 1 {
			t.Fatalf("%s: %q", text, rows)
		}
		seconds, err := strconv.Atoi(rows[0][strings.LastIndex(rows[0], "|")+1:])
		if err != nil || seconds < 3600 || seconds > 7200 {
			t.Errorf("%s: %q", text, rows)
		}
	}
}
