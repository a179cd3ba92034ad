package csvload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/internal/instance"
)

// open returns a session of root on a new database with a schema lab.
func open(t *testing.T) sqlconn.Conn {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	s, err := instance.Start(ctx, instance.Options{Dir: dir, MySQL: instance.Off})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	c, err := sqlconn.Admin(ctx, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	mustExec(t, c, "CREATE DATABASE lab")
	return c
}

func mustExec(t *testing.T, c sqlconn.Conn, statement string) {
	t.Helper()
	if _, err := c.Exec(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// ask returns the cells of a result, separated by blanks.
func ask(t *testing.T, c sqlconn.Conn, query string) string {
	t.Helper()
	rows, err := c.Query(context.Background(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var cells []string
	for _, row := range rows.Rows {
		for _, cell := range row {
			cells = append(cells, sqlconn.Text(cell))
		}
	}
	return strings.Join(cells, " ")
}

func load(ctx context.Context, c sqlconn.Conn, table, text string, progress func(string, int64)) (Result, error) {
	return Load(ctx, c, Options{
		File: table + ".csv", Database: "lab", Table: table, Progress: progress,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
	})
}

// numbers is a file with n rows.
func numbers(n int) string {
	var b strings.Builder
	b.WriteString("n,text\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,row %d\n", i, i)
	}
	return b.String()
}

// TestSeveralTransactions loads more than one transaction takes into a new table.
func TestSeveralTransactions(t *testing.T) {
	c := open(t)
	n := checkpointRows + batchRows/2
	res, err := load(context.Background(), c, "t", numbers(n), nil)
	if err != nil || res.Rows != int64(n) || !res.Created {
		t.Fatalf("%+v, %v", res, err)
	}
	if got, want := ask(t, c, "SELECT COUNT(*), MIN(n), MAX(n) FROM lab.t"), fmt.Sprint(n, 0, n-1); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := ask(t, c, "SHOW TABLES FROM lab"); got != "t" {
		t.Errorf("tables: %s", got)
	}
}

// TestInterrupted stops a load after the first rows were sent: into a new table,
// which must not stay, and into one that is there, which must not change.
func TestInterrupted(t *testing.T) {
	c := open(t)
	mustExec(t, c, "CREATE TABLE lab.old (n INT PRIMARY KEY, text VARCHAR(20))")
	for _, table := range []string{"new", "old"} {
		ctx, cancel := context.WithCancel(context.Background())
		stopped := false
		_, err := load(ctx, c, table, numbers(10*batchRows), func(phase string, bytes int64) {
			if phase == "loading" && bytes > 10_000 {
				stopped = true
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || !stopped {
			t.Errorf("%s: %v", table, err)
		}
		if got := ask(t, c, "SHOW TABLES FROM lab"); got != "old" {
			t.Errorf("%s: tables are %s", table, got)
		}
		if got := ask(t, c, "SELECT COUNT(*) FROM lab.old"); got != "0" {
			t.Errorf("%s: %s rows", table, got)
		}
	}
}

// TestConstraints: what only the database knows is reported with its line, and
// nothing is loaded.
func TestConstraints(t *testing.T) {
	c := open(t)
	mustExec(t, c, "CREATE TABLE lab.parent (id INT PRIMARY KEY)")
	mustExec(t, c, "INSERT INTO lab.parent VALUES (1)")
	mustExec(t, c, "CREATE TABLE lab.child (id INT PRIMARY KEY, parent INT, size INT CHECK (size > 0), FOREIGN KEY (parent) REFERENCES lab.parent (id))")
	_, err := load(context.Background(), c, "child", "id,parent,size\n1,1,1\n2,7,1\n3,1,-5\n1,1,1\n4,,9\n", nil)
	var bad *BadLines
	if !errors.As(err, &bad) {
		t.Fatal(err)
	}
	var lines []int
	for _, f := range bad.Faults {
		lines = append(lines, f.Line)
	}
	if fmt.Sprint(lines) != "[3 4 5]" {
		t.Errorf("faults: %+v", bad.Faults)
	}
	if got := ask(t, c, "SELECT COUNT(*) FROM lab.child"); got != "0" {
		t.Errorf("%s rows", got)
	}
	if res, err := load(context.Background(), c, "child", "id,parent,size\n1,1,1\n4,,9\n", nil); err != nil || res.Rows != 2 || res.Created {
		t.Errorf("%+v, %v", res, err)
	}
	if got := ask(t, c, "SELECT id, size FROM lab.child ORDER BY id"); got != "1 1 4 9" {
		t.Errorf("got %s", got)
	}
}

// TestColumnsThatMayBeLeftOut reads what SHOW COLUMNS says.
func TestColumnsThatMayBeLeftOut(t *testing.T) {
	text := func(s string) *string { return &s }
	columns, err := columnsOf(sqlconn.Rows{
		Columns: []string{"Field", "Type", "Null", "Key", "Default", "Extra"},
		Rows: [][]*string{
			{text("id"), text("int"), text("NO"), text("PRI"), nil, text("auto_increment")},
			{text("must"), text("int"), text("NO"), text(""), nil, text("")},
			{text("may"), text("int"), text("YES"), text(""), nil, text("")},
			{text("has"), text("int"), text("NO"), text(""), text("7"), text("")},
			{text("now"), text("datetime"), text("NO"), text(""), nil, text("DEFAULT_GENERATED")},
			{text("twice"), text("int"), text("NO"), text(""), nil, text("STORED GENERATED")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	match := func(header ...string) error {
		l := &loader{opts: Options{Table: "t"}, columns: columns}
		return l.match(header)
	}
	if err := match("MUST"); err != nil {
		t.Error(err)
	}
	for _, header := range [][]string{{"id", "may"}, {"must", "twice"}, {"must", "other"}} {
		if err := match(header...); !errors.Is(err, ErrHeader) {
			t.Errorf("%v: %v", header, err)
		}
	}
	if _, err := columnsOf(sqlconn.Rows{Columns: []string{"Field", "Type"}}); err == nil {
		t.Error("a result without the column Null was taken")
	}
}
