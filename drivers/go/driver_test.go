package lxdb_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	pemfile "encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lxdb "github.com/lxdb/lxdb/drivers/go"
)

func TestDriver(t *testing.T) {
	t.Parallel()
	db := lab(t, "&secure=true&parseTime=true")
	run(t, db, `CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, ub BIGINT UNSIGNED, d DOUBLE, dc DECIMAL(12,3), v VARCHAR(20) NOT NULL, b BLOB, at DATETIME(6), day DATE, tm TIME)`)
	at := time.Date(2024, 2, 29, 13, 14, 15, 123456000, time.UTC)
	res, err := db.Exec("INSERT INTO t (ub, d, dc, v, b, at, day, tm) VALUES (?, ?, ?, ?, ?, ?, ?, ?), (NULL, NULL, NULL, '', NULL, NULL, NULL, NULL)",
		uint64(1<<64-1), 2.25, "1234567.125", "it's \"é 😀\"", []byte{0, 255}, at, at, "-101:02:03")
	if err != nil {
		t.Fatal(err)
	}
	id, _ := res.LastInsertId() // has no error
	if n, _ := res.RowsAffected(); n != 2 || id != 1 {
		t.Errorf("%d rows, last id %d", n, id)
	}
	rows, err := db.Query("SELECT * FROM t ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	var described []string
	for _, c := range types {
		p, scale, _ := c.DecimalSize()
		null, _ := c.Nullable()
		described = append(described, fmt.Sprint(c.Name(), " ", c.DatabaseTypeName(), " ", p, " ", scale, " ", null, " ", c.ScanType()))
	}
	if got := strings.Join(described[1:5], "; "); got != "ub UNSIGNED BIGINT 0 0 true uint64; d DOUBLE 0 0 true float64; dc DECIMAL 12 3 true string; v VARCHAR 0 0 false string" {
		t.Errorf("types: %s", got)
	}
	var got []string
	for rows.Next() {
		values := make([]any, len(types))
		into := make([]any, len(types))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%v", values))
	}
	want := `[1 18446744073709551615 2.25 1234567.125 it's "é 😀" [0 255] 2024-02-29 13:14:15.123456 +0000 UTC 2024-02-29 00:00:00 +0000 UTC -101:02:03] [2 <nil> <nil> <nil>  <nil> <nil> <nil> <nil>]`
	if text := strings.Join(got, " "); text != want || rows.Err() != nil {
		t.Errorf("%s, %v\nwant %s", text, rows.Err(), want)
	}
	stmt, err := db.Prepare("SELECT v FROM t WHERE id = ?")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	for _, id := range []int{1, 2, 1} {
		var v string
		if err := stmt.QueryRow(id).Scan(&v); err != nil || (v == "") != (id == 2) {
			t.Errorf("row %d: %q, %v", id, v, err)
		}
	}
}

func TestTransactions(t *testing.T) {
	t.Parallel()
	db := lab(t, "")
	run(t, db, "CREATE TABLE t (id INT PRIMARY KEY)")
	count := func() (n int) {
		t.Helper()
		if err := db.QueryRow("SELECT COUNT(*) FROM t").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, end := range []string{"commit", "rollback"} {
		tx, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("INSERT INTO t VALUES (?)", len(end)); err != nil {
			t.Fatal(err)
		}
		if end == "commit" {
			err = tx.Commit()
		} else {
			err = tx.Rollback()
		}
		if err != nil || count() != 1 {
			t.Errorf("%s: %v, %d rows", end, err, count())
		}
	}
	tx, err := db.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	var told *lxdb.Error
	if _, err := tx.Exec("INSERT INTO t VALUES (9)"); !errors.As(err, &told) || told.Number != 1792 {
		t.Errorf("a write in a transaction that only reads: %v", err)
	}
}

func TestCancelAndLargeResults(t *testing.T) {
	t.Parallel()
	db := open(t, dsn("root", home.password, "", ""))
	db.SetMaxOpenConns(1)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := db.ExecContext(ctx, "SELECT SLEEP(1000)"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a statement that is cancelled: %v", err)
	}
	rows, err := db.Query("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT a.i FROM n a, n b LIMIT 100000")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for rows.Next() {
		n++
	}
	if err := errors.Join(rows.Err(), rows.Close()); n != 100_000 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	for range 3 { // one that nobody reads to its end does not hinder the next
		rows, err := db.Query("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT REPEAT('x', 1000) FROM n a, n b")
		if err != nil || !rows.Next() {
			t.Fatal(err)
		}
		rows.Close()
		if err := db.Ping(); err != nil {
			t.Errorf("after a result that was given up: %v", err)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	db := lab(t, "")
	run(t, db, "CREATE TABLE t (id INT)", "DROP USER IF EXISTS go_eve", "CREATE USER go_eve IDENTIFIED BY 'pw-eve-long'")
	var told *lxdb.Error
	if _, err := open(t, dsn("go_eve", "pw-eve-long", "", "")).Exec("SELECT * FROM go_testrefusals.t"); !errors.As(err, &told) || told.Number != 1044 && told.Number != 1142 {
		t.Errorf("denied: %v", err)
	}
	if err := open(t, dsn("go_eve", "wrong", "", "")).Ping(); !errors.As(err, &told) || told.Number != 1045 || told.SQLState != "28000" {
		t.Errorf("wrong password: %v", err)
	}
	if err := open(t, dsn("go_eve", "pw-eve-long", "nosuch", "")).Ping(); !errors.As(err, &told) || told.Number != 1044 {
		t.Errorf("no such database: %v", err)
	}
	pem, der := authority(t)
	foreign := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(foreign, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(t, strings.Replace(dsn("root", home.password, "", ""), url.QueryEscape(home.ca), url.QueryEscape(foreign), 1)).Ping(); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("another CA: %v", err)
	}
	own, err := os.ReadFile(home.ca)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pemfile.Decode(own)
	for print, ok := range map[[32]byte]bool{sha256.Sum256(block.Bytes): true, sha256.Sum256(der): false} {
		err := open(t, fmt.Sprintf("lxdb://root:%s@%s/?fingerprint=%X", url.QueryEscape(home.password), home.address, print)).Ping()
		if (err == nil) != ok {
			t.Errorf("fingerprint %X…: %v", print[:4], err)
		}
	}
	for _, bad := range []string{"", "lxdb:", "mysql://h/", "lxdb://h/?secure=false", "lxdb://h/?nosuch=1", "lxdb://u:secret@h:x/", "lxdb://h/?parseTime=1",
		"lxdb://h/?ca=a;parseTime=true", "lxdb://h/?ca=%zz", "lxdb://h/?ca=a&ca=b", "lxdb://h/?parseTime=true#ca=a"} {
		if _, err := lxdb.ParseDSN(bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	client, err := lxdb.Dial(t.Context(), lxdb.Config{Address: home.address, User: "root", Password: home.password, CAFile: home.ca})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	res, err := client.Query(t.Context(), "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	dest := make([]any, 1)
	if err := errors.Join(res.Next(dest), res.Close()); err != nil || dest[0] != int64(1) {
		t.Errorf("%v, %v", dest, err)
	}
	if err := res.Next(dest); errors.Is(err, io.EOF) {
		t.Error("a result that was closed early ends as if it were whole")
	}
}

// authority makes a CA certificate that no server has.
func authority(t *testing.T) (pem, der []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour)}
	if der, err = x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key); err != nil {
		t.Fatal(err)
	}
	return pemfile.EncodeToMemory(&pemfile.Block{Type: "CERTIFICATE", Bytes: der}), der
}
