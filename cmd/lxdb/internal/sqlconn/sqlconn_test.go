package sqlconn

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/internal/instance"
)

// TestBothWays runs the same statements over the wire and in process: the verbs
// must not be able to tell the difference.
func TestBothWays(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s, err := instance.Start(ctx, instance.Options{Dir: dir, MySQL: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	play := func(t *testing.T, database string) {
		c, err := Admin(ctx, dir, "")
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}()
		if _, wire := c.(*wireConn); wire != (database == "wire") {
			t.Fatalf("%s: got a %T", database, c)
		}
		playStatements(ctx, t, c, database)
	}
	play(t, "wire")
	if err := s.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	play(t, "inside")
}

func playStatements(ctx context.Context, t *testing.T, c Conn, database string) {
	for _, statement := range []string{
		"CREATE DATABASE " + database, "USE " + database,
		"CREATE TABLE t (i INT PRIMARY KEY, s VARCHAR(20), f DOUBLE, d DATETIME)",
	} {
		if _, err := c.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	stmt, err := c.Prepare(ctx, "INSERT INTO t VALUES (?,?,?,?), (?,?,?,?)")
	if err != nil {
		t.Fatal(err)
	}
	n, err := stmt.Exec(ctx, int64(1), "it's", 1.5, "2024-02-29 12:00:00", int64(2), nil, nil, nil)
	if err != nil || n != 2 {
		t.Errorf("insert: %d rows, %v", n, err)
	}
	if err := stmt.Close(); err != nil {
		t.Error(err)
	}
	if n, err := c.Exec(ctx, "UPDATE t SET f = ? WHERE i = ?", 2.5, int64(1)); err != nil || n != 1 {
		t.Errorf("update: %d rows, %v", n, err)
	}
	rows, err := c.Query(ctx, "SELECT i, s, f, d FROM t ORDER BY i")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows.Rows {
		for _, cell := range row {
			if cell == nil {
				got = append(got, "NULL")
			} else {
				got = append(got, *cell)
			}
		}
	}
	if text := strings.Join(append(rows.Columns, got...), "|"); text != "i|s|f|d|1|it's|2.5|2024-02-29 12:00:00|2|NULL|NULL|NULL" {
		t.Errorf("got %s", text)
	}
	var answer *Error
	if _, err := c.Exec(ctx, "USE nowhere"); !errors.As(err, &answer) || !answer.IsUnknownDatabase() {
		t.Errorf("USE nowhere: %v", err)
	}
	if _, err := c.Exec(ctx, "INSERT INTO t (i) VALUES (1)"); !errors.As(err, &answer) || answer.State != "23000" {
		t.Errorf("a second row 1: %v", err)
	}
}

func TestAdminErrors(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	if _, err := Admin(ctx, dir, ""); !errors.Is(err, instance.ErrNoDatabase) {
		t.Errorf("an empty directory: %v", err)
	}
	s, err := instance.Start(ctx, instance.Options{Dir: dir, MySQL: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	}()
	var answer *Error
	wrong := filepath.Join(t.TempDir(), "wrong")
	if err := os.WriteFile(wrong, []byte("wrong\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Admin(ctx, dir, wrong); !errors.As(err, &answer) || answer.State != "28000" {
		t.Errorf("a wrong password: %v", err)
	}
	if err := os.Remove(instance.RootPasswordFile(dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := Admin(ctx, dir, ""); !errors.Is(err, ErrNoRootPassword) {
		t.Errorf("no password: %v", err)
	}
}
