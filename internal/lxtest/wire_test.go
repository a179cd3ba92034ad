package lxtest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/lxdb/lxdb/internal/lxtest"
)

// typeCases are a column type each, with values as a client binds them and as
// the text protocol must show them.
var typeCases = []struct {
	column string
	value  any
	want   string
}{
	{"tinyint", int64(-128), "-128"},
	{"tinyint unsigned", int64(255), "255"},
	{"smallint", int64(-32768), "-32768"},
	{"mediumint", int64(8388607), "8388607"},
	{"int unsigned", int64(4294967295), "4294967295"},
	{"bigint", int64(-9223372036854775808), "-9223372036854775808"},
	{"bigint unsigned", uint64(18446744073709551615), "18446744073709551615"},
	{"double", 2.5, "2.5"},
	{"double", -1e-300, "-1e-300"},
	{"float", float32(0.5), "0.5"},
	{"decimal(30,2)", "-12345678901234567890.10", "-12345678901234567890.10"},
	{"date", "2024-02-29", "2024-02-29"},
	{"datetime", "9999-12-31 23:59:59", "9999-12-31 23:59:59"},
	{"datetime(6)", "2024-02-29 13:14:15.000016", "2024-02-29 13:14:15.000016"},
	{"timestamp", "2024-02-29 13:14:15", "2024-02-29 13:14:15"},
	{"time", "-838:59:59", "-838:59:59"},
	{"time(6)", "00:00:01.500000", "00:00:01.500000"},
	{"year", int64(1999), "1999"},
	{"char(5)", "ab", "ab"},
	{"varchar(20)", "naïve 😀", "naïve 😀"},
	{"varchar(20)", "", ""},
	{"varbinary(20)", []byte{0, 255, 1}, "\x00\xff\x01"},
	{"text", strings.Repeat("x", 60000), strings.Repeat("x", 60000)},
	{"mediumblob", []byte(strings.Repeat("\x00\xfe", 50000)), strings.Repeat("\x00\xfe", 50000)},
	{"enum('red','green')", "green", "green"},
	{"set('a','b','c')", "a,c", "a,c"},
	{"json", `{"a": [1, 2]}`, `{"a": [1, 2]}`},
	{"varchar(20)", nil, "NULL"},
	{"int", nil, "NULL"},
	{"datetime", nil, "NULL"},
}

// TestTypes stores a value of every type and reads it back in both protocols.
func TestTypes(t *testing.T) {
	s := lxtest.Start(t)
	s.Exec("CREATE DATABASE d")
	db := s.Open("root", s.Root, "d")
	for i, tc := range typeCases {
		name := fmt.Sprintf("t%d", i)
		mustExec(t, db, fmt.Sprintf("CREATE TABLE %s (id INT PRIMARY KEY, v %s)", name, tc.column))
		mustExec(t, db, fmt.Sprintf("INSERT INTO %s VALUES (?, ?)", name), 1, tc.value)
		for protocol, args := range map[string][]any{"text": nil, "binary": {1}} {
			where := "1"
			if args != nil {
				where = "?"
			}
			var got sql.NullString
			if err := db.QueryRow(fmt.Sprintf("SELECT v FROM %s WHERE id = %s", name, where), args...).Scan(&got); err != nil {
				t.Errorf("%s, %s: %v", tc.column, protocol, err)
				continue
			}
			if !got.Valid {
				got.String = "NULL"
			}
			if tc.column == "time" && protocol == "binary" {
				// The column is announced with six digits, since the SQL library
				// forgets how many it was declared with, and the driver writes all.
				got.String = strings.TrimSuffix(got.String, ".000000")
			}
			if got.String != tc.want {
				t.Errorf("%s, %s: got %.80q, want %.80q", tc.column, protocol, got.String, tc.want)
			}
		}
	}
}

func mustExec(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.Exec(text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func number(err error) uint16 {
	var e *driver.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// TestStatementsOverWire covers what lies between front end and engine: several
// results, errors with SQLSTATE, counts, transactions, and the current database.
func TestStatementsOverWire(t *testing.T) {
	s := lxtest.Start(t)
	s.Exec("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY AUTO_INCREMENT, v INT)")
	db := s.Open("root", s.Root, "d", func(c *driver.Config) { c.MultiStatements = true })

	res, err := db.Exec("INSERT INTO t (v) VALUES (10), (20), (30)")
	if err != nil {
		t.Fatal(err)
	}
	affected, _ := res.RowsAffected()
	id, _ := res.LastInsertId()
	if affected != 3 || id != 1 {
		t.Errorf("inserted %d rows from id %d", affected, id)
	}

	rows, err := db.Query("SELECT v FROM t ORDER BY id; UPDATE t SET v = v + 1; SELECT SUM(v) FROM t; ")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		for rows.Next() {
			var v string
			if err := rows.Scan(&v); err != nil {
				t.Fatal(err)
			}
			got = append(got, v)
		}
		if !rows.NextResultSet() {
			break
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || strings.Join(got, " ") != "10 20 30 63" {
		t.Errorf("got %v, %v", got, err)
	}

	var e *driver.MySQLError
	if _, err := db.Exec("INSERT INTO t VALUES (1, 1)"); !errors.As(err, &e) || e.Number != 1062 || string(e.SQLState[:]) != "23000" {
		t.Errorf("duplicate key: %v", err)
	}
	if _, err := db.Exec("SELECT * FROM nosuch"); !errors.As(err, &e) || e.Number != 1146 || string(e.SQLState[:]) != "42S02" {
		t.Errorf("missing table: %v", err)
	}
	if _, err := s.Open("root", s.Root, "d").Exec("DO 1; DO 2"); number(err) != 1064 {
		t.Errorf("two statements without the option: %v", err)
	}

	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("DELETE FROM t"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRow("SELECT COUNT(*) FROM t").Scan(&n); err != nil || n != 3 {
		t.Errorf("%d rows after rollback, %v", n, err)
	}
}

// TestManyRows streams a result of many batches.
func TestManyRows(t *testing.T) {
	s := lxtest.Start(t)
	s.Exec("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(200))")
	db := s.Open("root", s.Root, "d")
	const n = 3000
	var values []string
	for i := range n {
		values = append(values, fmt.Sprintf("(%d, '%s')", i, strings.Repeat("v", i%200)))
	}
	mustExec(t, db, "INSERT INTO t VALUES "+strings.Join(values, ","))
	for _, query := range []string{"SELECT id, v FROM t ORDER BY id", "SELECT id, v FROM t WHERE id >= ? ORDER BY id"} {
		var args []any
		if strings.Contains(query, "?") {
			args = append(args, 0)
		}
		rows, err := db.Query(query, args...)
		if err != nil {
			t.Fatal(err)
		}
		next := 0
		for ; rows.Next(); next++ {
			var id int
			var v string
			if err := rows.Scan(&id, &v); err != nil || id != next || len(v) != next%200 {
				t.Fatalf("row %d: %d, %d bytes, %v", next, id, len(v), err)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || next != n {
			t.Errorf("%d rows, %v", next, err)
		}
	}
}

// TestCancelOverWire leaves a statement alone that would run for hours. When the
// connection is gone from the process list, it has ended.
func TestCancelOverWire(t *testing.T) {
	s := lxtest.Start(t)
	root := s.Open("root", s.Root, "")
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error, 1)
	go func() {
		_, err := s.Open("root", s.Root, "").ExecContext(ctx, "SELECT SLEEP(10000)")
		failed <- err
	}()
	waitForStatement(t, root, "SLEEP(10000)", true)
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the client got %v", err)
	}
	waitForStatement(t, root, "SLEEP(10000)", false)
}

// TestKillOverWire ends another connection's statement, and a connection.
func TestKillOverWire(t *testing.T) {
	s := lxtest.Start(t)
	root := s.Open("root", s.Root, "")
	victim, err := s.Open("root", s.Root, "").Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	var id int
	if err := victim.QueryRowContext(context.Background(), "SELECT CONNECTION_ID()").Scan(&id); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() {
		_, err := victim.ExecContext(context.Background(), "SELECT SLEEP(10000)")
		failed <- err
	}()
	waitForStatement(t, root, "SLEEP(10000)", true)
	mustExec(t, root, fmt.Sprintf("KILL QUERY %d", id))
	if err := <-failed; number(err) != 1317 {
		t.Errorf("killed statement: %v, want error 1317", err)
	}
	if err := victim.PingContext(context.Background()); err != nil {
		t.Errorf("after KILL QUERY: %v", err)
	}
	mustExec(t, root, fmt.Sprintf("KILL %d", id))
	if err := victim.PingContext(context.Background()); err == nil {
		t.Error("the killed connection answers")
	}
}

// waitForStatement polls the process list until a statement is or is not there.
func waitForStatement(t *testing.T, db *sql.DB, part string, want bool) {
	t.Helper()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if running(t, db, part) == want {
			return
		}
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("waited in vain for %q in the process list: %v", part, want)
		}
	}
}

func running(t *testing.T, db *sql.DB, part string) bool {
	t.Helper()
	rows, err := db.Query("SHOW PROCESSLIST")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	cells := make([]sql.NullString, len(names))
	into := make([]any, len(names))
	for i := range cells {
		into[i] = &cells[i]
	}
	found := false
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, c := range cells {
			found = found || strings.Contains(c.String, part)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}
