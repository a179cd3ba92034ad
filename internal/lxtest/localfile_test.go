package lxtest_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/lxdb/lxdb/internal/lxtest"
)

// broken is a file that ends in the middle.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("no more") }

// LOAD DATA LOCAL through a driver: the client sends its file in packets, reads its answer
// afterwards whatever became of it, and goes on with its connection.
func TestLoadDataLocal(t *testing.T) {
	s := lxtest.Start(t)
	s.Exec("SET GLOBAL local_infile = ON", "CREATE DATABASE d", "CREATE TABLE d.t (a INT PRIMARY KEY, b VARCHAR(200))")
	defer s.Exec("SET GLOBAL local_infile = OFF")
	send := func(name, line string, lines int, end io.Reader) string {
		driver.RegisterReaderHandler(name, func() io.Reader {
			parts := []io.Reader{}
			for range lines {
				parts = append(parts, strings.NewReader(line))
			}
			return io.MultiReader(append(parts, end)...)
		})
		t.Cleanup(func() { driver.DeregisterReaderHandler(name) })
		return "LOAD DATA LOCAL INFILE 'Reader::" + name + "' INTO TABLE d.t"
	}
	db := s.Open("root", s.Root, "d")
	db.SetMaxOpenConns(1) // the same connection goes on
	count := func(want int) {
		t.Helper()
		n := 0
		if err := db.QueryRow("SELECT COUNT(*) FROM d.t").Scan(&n); err != nil || n != want {
			t.Errorf("%d rows, %v; want %d", n, err, want)
		}
	}
	none := strings.NewReader("")
	res, err := db.Exec(send("long", "7\t"+strings.Repeat("x", 190)+"\n", 20_000, none))
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := res.RowsAffected(); n != 1 {
		t.Errorf("%d rows", n)
	}
	count(1)
	if _, err := db.Exec(send("refused", "8\tx\n", 20_000, none) + " (nothing)"); err == nil {
		t.Error("a column that is not there")
	}
	var e *driver.MySQLError
	if _, err := db.Exec(strings.Replace(send("strict", "x\n"+strings.Repeat("9\tx\n", 1000), 1000, none), "INTO", "REPLACE INTO", 1)); !errors.As(err, &e) || e.Number != 1366 {
		t.Errorf("%v: the answer comes when the file was sent", err)
	}
	count(1)
	if _, err := db.Exec(send("broken", "9\tx\n", 1, broken{})); err == nil {
		t.Error("a file that breaks off at the client")
	}
}
