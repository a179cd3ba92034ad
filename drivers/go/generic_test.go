package lxdb_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	lxdb "github.com/lxdb/lxdb/drivers/go"
)

// What database/sql promises to programs, asked of this driver.

func TestGenericScan(t *testing.T) {
	t.Parallel()
	db := lab(t, "&parseTime=true")
	at := time.Date(2024, 2, 29, 13, 14, 15, 123456000, time.FixedZone("", 3600))
	for _, c := range []struct {
		column string
		in     any
		want   any // and the type to scan into
	}{
		{"BIGINT", int64(math.MinInt64), int64(math.MinInt64)}, {"BIGINT UNSIGNED", uint64(math.MaxUint64), uint64(math.MaxUint64)},
		{"TINYINT", true, true}, {"SMALLINT", -7, int16(-7)}, {"YEAR", 2024, 2024}, {"DOUBLE", 2.25, 2.25}, {"FLOAT", float32(1.5), float32(1.5)},
		{"DECIMAL(20,3)", "12345678901234567.125", "12345678901234567.125"}, {"VARCHAR(20)", "it's \"é\" 😀\\\n", "it's \"é\" 😀\\\n"},
		{"VARCHAR(20)", "", ""}, {"LONGTEXT", strings.Repeat("ä", 100_000), strings.Repeat("ä", 100_000)}, {"BLOB", []byte{0, 255, '"'}, []byte{0, 255, '"'}},
		{"BLOB", []byte{}, []byte{}}, {"BIT(10)", 513, []byte{2, 1}}, {"JSON", json.RawMessage(`{"a": [1, null]}`), `{"a": [1, null]}`},
		{"DATETIME(6)", at, at.UTC()}, {"DATE", at, time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)}, {"TIME", "-101:02:03", "-101:02:03"},
		{"ENUM('a','b')", "b", "b"}, {"SET('a','b')", "a,b", "a,b"}, {"VARCHAR(20)", sql.NullString{}, sql.NullString{}},
		{"INT", sql.NullInt64{Int64: 5, Valid: true}, sql.NullInt64{Int64: 5, Valid: true}}, {"DATETIME", sql.NullTime{}, sql.NullTime{}},
		{"INT", (*int)(nil), (*int)(nil)}, {"BLOB", []byte(nil), []byte(nil)}, {"INT", sql.Null[int32]{V: 3, Valid: true}, sql.Null[int32]{V: 3, Valid: true}},
	} {
		run(t, db, "DROP TABLE IF EXISTS v", "CREATE TABLE v (x "+c.column+")")
		if _, err := db.Exec("INSERT INTO v VALUES (?)", c.in); err != nil {
			t.Errorf("%s: %v", c.column, err)
			continue
		}
		got := reflect.New(reflect.TypeOf(c.want))
		if err := db.QueryRow("SELECT x FROM v").Scan(got.Interface()); err != nil || !reflect.DeepEqual(got.Elem().Interface(), c.want) {
			t.Errorf("%s: %.60v instead of %.60v, %v", c.column, got.Elem().Interface(), c.want, err)
		}
	}
	var raw sql.RawBytes
	rows, err := db.Query("SELECT 'raw'")
	if err != nil || !rows.Next() || rows.Scan(&raw) != nil || string(raw) != "raw" || rows.Close() != nil {
		t.Errorf("RawBytes: %q, %v", raw, err)
	}
}

func TestGenericParametersThatAreNone(t *testing.T) {
	t.Parallel()
	db := lab(t, "")
	db.SetMaxOpenConns(1)
	var out string
	for what, p := range map[string]any{
		"NaN": math.NaN(), "infinity": math.Inf(1), "a channel": make(chan int), "OUT": sql.Out{Dest: &out}, "a name": sql.Named("a", 1),
		"a struct": struct{ A int }{1},
	} {
		if _, err := db.Exec("SELECT ?", p); err == nil || !strings.Contains(err.Error(), "lxdb: ") && !strings.Contains(err.Error(), "unsupported") {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, args := range [][]any{{}, {1, 2}} {
		var told *lxdb.Error
		if _, err := db.Exec("SELECT ?", args...); !errors.As(err, &told) {
			t.Errorf("%d values for one placeholder: %v", len(args), err)
		}
	}
	var id, again int64
	if err := errors.Join(db.QueryRow("SELECT CONNECTION_ID()").Scan(&id), db.Ping(), db.QueryRow("SELECT CONNECTION_ID()").Scan(&again)); err != nil || id != again {
		t.Errorf("a refused parameter costs the connection: %d, %d, %v", id, again, err)
	}
}

func TestGenericResultsAndColumns(t *testing.T) {
	t.Parallel()
	db := lab(t, "")
	run(t, db, "CREATE TABLE t (id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT, v VARCHAR(30), d DECIMAL(12,3) NOT NULL, b VARBINARY(9))")
	for i := range 3 {
		res, err := db.Exec("INSERT INTO t (v, d) VALUES (?, ?), (?, ?)", "a", i, "b", i)
		if err != nil {
			t.Fatal(err)
		}
		id, err := res.LastInsertId()
		n, err2 := res.RowsAffected()
		if id != int64(2*i+1) || n != 2 || err != nil || err2 != nil {
			t.Errorf("insert %d: id %d, %d rows, %v, %v", i, id, n, err, err2)
		}
	}
	rows, err := db.Query("SELECT id, v AS name, d, b, 1.5e0 AS f FROM t LIMIT 0")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range types {
		p, s, dec := c.DecimalSize()
		length, text := c.Length()
		null, known := c.Nullable()
		got = append(got, fmt.Sprint(c.Name(), " ", c.DatabaseTypeName(), " ", c.ScanType(), " ", p, ",", s, " ", dec, " ", length, " ", text, " ", null, " ", known))
	}
	want := "id UNSIGNED INT uint64 0,0 false 0 false false true; name VARCHAR string 0,0 false 30 true true true; " +
		"d DECIMAL string 12,3 true 0 false false true; b VARBINARY []uint8 0,0 false 9 true true true; f DOUBLE float64 0,0 false 0 false false true"
	if strings.Join(got, "; ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, "; "), want)
	}
	if rows.Next() || rows.NextResultSet() || rows.Err() != nil {
		t.Errorf("an empty result: %v", rows.Err())
	}
	if err := db.QueryRow("SELECT id FROM t WHERE id = 99").Scan(new(int)); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("no row: %v", err)
	}
}

func TestGenericTransactions(t *testing.T) {
	t.Parallel()
	db := lab(t, "")
	run(t, db, "CREATE TABLE t (id INT PRIMARY KEY)")
	for level, want := range map[sql.IsolationLevel]string{
		sql.LevelReadCommitted: "READ-COMMITTED", sql.LevelRepeatableRead: "REPEATABLE-READ", sql.LevelDefault: "REPEATABLE-READ",
		sql.LevelSnapshot: "", sql.LevelLinearizable: "",
	} {
		tx, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: level})
		if (err == nil) != (want != "") {
			t.Errorf("%s: %v", level, err)
		}
		if err == nil {
			if _, err := tx.Exec("INSERT INTO t VALUES (?)", level); err != nil {
				t.Errorf("%s: %v", level, err)
			}
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
			if err := tx.Commit(); !errors.Is(err, sql.ErrTxDone) {
				t.Errorf("a commit after the rollback: %v", err)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("INSERT INTO t VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	cancel() // rolls back
	var n int
	if err := db.QueryRow("SELECT COUNT(*) FROM t FOR SHARE").Scan(&n); err != nil || n != 0 {
		t.Errorf("after a context that ended: %d rows, %v", n, err)
	}
	a, b := begin(t, db), begin(t, db)
	mustRun(t, a, "INSERT INTO t VALUES (10)")
	mustRun(t, b, "INSERT INTO t VALUES (11)")
	if _, err := b.Exec("SET innodb_lock_wait_timeout = 1"); err != nil {
		t.Fatal(err)
	}
	var told *lxdb.Error
	if _, err := b.Exec("INSERT INTO t VALUES (10)"); !errors.As(err, &told) || told.Number != 1205 {
		t.Errorf("a lock that another holds: %v", err)
	}
	if err := errors.Join(a.Commit(), b.Rollback()); err != nil {
		t.Error(err)
	}
	if _, err := db.Exec("INSERT INTO t VALUES (10)"); !errors.As(err, &told) || told.Number != 1062 || told.SQLState != "23000" {
		t.Errorf("a duplicate key: %v", err)
	}
}

func begin(t *testing.T, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
	return tx
}

func mustRun(t *testing.T, tx *sql.Tx, text string) {
	t.Helper()
	if _, err := tx.Exec(text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func TestGenericPoolAndStatements(t *testing.T) {
	t.Parallel()
	db := lab(t, "")
	db.SetMaxOpenConns(4)
	run(t, db, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))")
	insert, err := db.Prepare("INSERT INTO t VALUES (?, ?)")
	if err != nil {
		t.Fatal(err)
	}
	defer insert.Close()
	var wg sync.WaitGroup
	failed := make(chan error, 8)
	for w := range 8 {
		wg.Go(func() {
			for i := range 10 {
				var v string
				_, err := insert.Exec(w*10+i, fmt.Sprint("row ", i))
				if err == nil {
					err = db.QueryRow("SELECT v FROM t WHERE id = ?", w*10+i).Scan(&v)
				}
				if err != nil || v != fmt.Sprint("row ", i) {
					failed <- fmt.Errorf("worker %d: %q, %w", w, v, err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	tx := begin(t, db)
	if _, err := tx.Stmt(insert).Exec(1000, "in the transaction"); err != nil {
		t.Error(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	one, err := conn.QueryContext(t.Context(), "SELECT id FROM t")
	if err != nil || !one.Next() {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "SELECT 1"); err == nil || !strings.Contains(err.Error(), "open rows") {
		t.Errorf("a statement while rows are open: %v", err)
	}
	if err := one.Close(); err != nil {
		t.Error(err)
	}
	if err := conn.PingContext(t.Context()); err != nil {
		t.Errorf("after the rows were closed: %v", err)
	}
}

// A session that the server ended is taken out of the pool, and the program does not see it.
func TestGenericLostSessions(t *testing.T) {
	t.Parallel()
	db := lab(t, "")
	db.SetMaxOpenConns(1)
	var id int64
	if err := db.QueryRow("SELECT CONNECTION_ID()").Scan(&id); err != nil {
		t.Fatal(err)
	}
	run(t, open(t, dsn("root", home.password, "", "")), fmt.Sprint("KILL CONNECTION ", id))
	var now int64
	err := db.QueryRow("SELECT CONNECTION_ID()").Scan(&now)
	if err != nil { // told once at the most, when the end came with the statement
		err = db.QueryRow("SELECT CONNECTION_ID()").Scan(&now)
	}
	if err != nil || now == id {
		t.Errorf("after KILL: %d, %v", now, err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		for _, is := range []bool{is[driver.Pinger](c), is[driver.Validator](c), is[driver.SessionResetter](c), is[driver.NamedValueChecker](c),
			is[driver.ConnBeginTx](c), is[driver.QueryerContext](c), is[driver.ExecerContext](c), is[driver.ConnPrepareContext](c)} {
			if !is {
				return errors.New("the driver lacks an interface")
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func is[T any](c any) bool { _, ok := c.(T); return ok }

// A result that is closed early leaves the socket to the next statement: a new one for
// each costs a TLS handshake.
func TestGenericSocketIsKept(t *testing.T) {
	t.Parallel()
	pem, err := os.ReadFile(home.ca)
	if err != nil {
		t.Fatal(err)
	}
	roots, handshakes := x509.NewCertPool(), new(atomic.Int32)
	roots.AppendCertsFromPEM(pem)
	verify := func(tls.ConnectionState) error { handshakes.Add(1); return nil }
	db := sql.OpenDB(lxdb.NewConnector(lxdb.Config{
		Address: home.address, User: "root", Password: home.password, TLS: &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", VerifyConnection: verify},
	}))
	defer db.Close()
	db.SetMaxOpenConns(1)
	for range 20 {
		var n int
		if err := db.QueryRow("SELECT 1 UNION ALL SELECT 2").Scan(&n); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if _, err := db.Exec("SET @a = 1"); err != nil {
			t.Fatal(err)
		}
	}
	if n := handshakes.Load(); n != 1 {
		t.Errorf("%d handshakes", n)
	}
}
