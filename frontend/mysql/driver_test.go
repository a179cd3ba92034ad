package mysql

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/frontend/sqltext"
)

// TestDriverTypes reads every type through a real driver, in both protocols:
// the text protocol's strings must be what the binary protocol's values print as.
func TestDriverTypes(t *testing.T) {
	s := startServer(t)
	db := s.open("alice", "wonder", func(c *driver.Config) { c.InterpolateParams = false })
	text := scanAll(t, db, "types")
	binary := scanAll(t, db, "types ?", 1)
	for i, sample := range typeSamples {
		want := wantText(sample.col, sample.value)
		if text[i] != want {
			t.Errorf("%s: text protocol gives %q, want %q", sample.col.Name, text[i], want)
		}
		if binary[i] != want {
			t.Errorf("%s: binary protocol gives %q, want %q", sample.col.Name, binary[i], want)
		}
	}
	for _, query := range []string{"nulls", "nulls ?"} {
		var args []any
		if strings.Contains(query, "?") {
			args = append(args, 1)
		}
		for i, got := range scanAll(t, db, query, args...) {
			if got != "NULL" {
				t.Errorf("%s: %s is %q, want NULL", query, typeSamples[i].col.Name, got)
			}
		}
	}
}

// wantText is the value as database/sql shows it in a string.
func wantText(col session.Column, v session.Value) string {
	if v.IsNull() {
		return "NULL"
	}
	text := string(sqltext.Append(nil, &col, v))
	// database/sql prints floats in its own way, so compare them in it.
	switch v.Kind() {
	case session.Float32:
		text = fmt.Sprint(v.Float32())
	case session.Float64:
		text = fmt.Sprint(v.Float64())
	}
	return text
}

// scanAll returns the one row of query; numbers pass through their Go types.
func scanAll(t *testing.T, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.QueryContext(testContext(t), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values := make([]any, len(names))
	dest := make([]any, len(names))
	for i := range values {
		dest[i] = &values[i]
	}
	if !rows.Next() {
		t.Fatalf("no row: %v", rows.Err())
	}
	if err := rows.Scan(dest...); err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(names))
	for i, v := range values {
		switch v := v.(type) {
		case nil:
			out[i] = "NULL"
		case []byte:
			out[i] = string(v)
		default:
			out[i] = fmt.Sprint(v)
		}
	}
	if rows.Next() {
		t.Error("a second row")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDriverArguments binds every Go type that the driver sends.
func TestDriverArguments(t *testing.T) {
	db := startServer(t).open("alice", "wonder")
	when := time.Date(2024, 2, 29, 13, 14, 15, 16000, time.UTC)
	for _, tc := range []struct {
		arg  any
		want string // the session's kind and text
	}{
		{int64(-9223372036854775808), "1:-9223372036854775808"},
		{uint64(18446744073709551615), "2:18446744073709551615"},
		{true, "1:1"},
		{2.5, "4:2.500000"},
		{float32(0.5), "4:0.500000"},
		{"naïve 😀", "5:naïve 😀"},
		{"", "5:"},
		{[]byte{0, 255}, "5:\x00\xff"},
		{[]byte(nil), "0:"},
		{nil, "0:"},
		{when, "5:2024-02-29 13:14:15.000016"}, // the driver sends times as text
		{strings.Repeat("x", 70000), "5:" + strings.Repeat("x", 70000)},
	} {
		var got string
		if err := db.QueryRowContext(testContext(t), "args ?", tc.arg).Scan(&got); err != nil {
			t.Errorf("%v: %v", tc.arg, err)
		} else if got != tc.want {
			t.Errorf("%T %.20v arrives as %.60q, want %.60q", tc.arg, tc.arg, got, tc.want)
		}
	}
}

// TestDriverLongData sends an argument larger than the driver's packets, which
// it does by COM_STMT_SEND_LONG_DATA.
func TestDriverLongData(t *testing.T) {
	db := startServer(t).open("alice", "wonder", func(c *driver.Config) { c.MaxAllowedPacket = 4096 })
	var first, second string
	long := strings.Repeat("0123456789", 5000)
	if err := db.QueryRowContext(testContext(t), "args ?, ?", long, 5).Scan(&first, &second); err != nil {
		t.Fatal(err)
	}
	if first != "5:"+long || second != "1:5" {
		t.Errorf("got %d bytes and %q", len(first), second)
	}
}

func TestDriverPrepared(t *testing.T) {
	s := startServer(t)
	db := s.open("alice", "wonder")
	stmt, err := db.PrepareContext(testContext(t), "args ?, ?")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		var a, b string
		if err := stmt.QueryRowContext(testContext(t), i, nil).Scan(&a, &b); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("1:%d", i); a != want || b != "0:" {
			t.Errorf("got %q and %q", a, b)
		}
	}
	if err := stmt.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.PrepareContext(testContext(t), "fail"); !isNumber(err, 1064) {
		t.Errorf("got %v, want error 1064", err)
	}
	res, err := db.ExecContext(testContext(t), "ok 7")
	if err != nil {
		t.Fatal(err)
	}
	affected, _ := res.RowsAffected()
	id, _ := res.LastInsertId()
	if affected != 7 || id != 8 {
		t.Errorf("affected %d, id %d", affected, id)
	}
}

func TestDriverMultiStatements(t *testing.T) {
	db := startServer(t).open("alice", "wonder", func(c *driver.Config) { c.MultiStatements = true })
	rows, err := db.QueryContext(testContext(t), "echo a; ok 1; rows 600 10; echo z")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var counts []int
	for {
		n := 0
		for rows.Next() {
			n++
		}
		counts = append(counts, n)
		if !rows.NextResultSet() {
			break
		}
	}
	// The driver passes over the result that has no rows.
	if err := rows.Err(); err != nil || !reflect.DeepEqual(counts, []int{1, 600, 1}) {
		t.Errorf("row counts %v, %v", counts, err)
	}
}

// TestDriverStreams reads far more than any buffer holds.
func TestDriverStreams(t *testing.T) {
	db := startServer(t).open("alice", "wonder")
	for _, query := range []string{"rows 20000 200", "rows 3 5000000"} {
		rows, err := db.QueryContext(testContext(t), query)
		if err != nil {
			t.Fatal(err)
		}
		next := 0
		var pad sql.RawBytes
		for ; rows.Next(); next++ {
			var n int
			if err := rows.Scan(&n, &pad); err != nil || n != next {
				t.Fatalf("row %d is %d, %v", next, n, err)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		var n, size int
		if _, err := fmt.Sscanf(query, "rows %d %d", &n, &size); err != nil || next != n || len(strings.Trim(string(pad), "x")) != 0 {
			t.Errorf("%s: %d rows", query, next)
		}
	}
}

// TestHugeRow needs several frames for one row, exactly filled ones included.
func TestHugeRow(t *testing.T) {
	db := startServer(t).open("alice", "wonder", func(c *driver.Config) { c.MaxAllowedPacket = 64 << 20 })
	const overhead = 2 + 9 // the number 0, and the length of the padding
	for _, size := range []int{maxFrame - 6 - 1, maxFrame - 6, maxFrame, 2*maxFrame - overhead, 2*maxFrame - overhead + 5} {
		var n int
		var pad sql.RawBytes
		rows, err := db.QueryContext(testContext(t), fmt.Sprintf("rows 1 %d", size))
		if err != nil {
			t.Fatal(err)
		}
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		if err := rows.Scan(&n, &pad); err != nil {
			t.Fatal(err)
		}
		if len(pad) != size || pad[0] != 'x' || pad[size-1] != 'x' {
			t.Errorf("got %d bytes, want %d", len(pad), size)
		}
		rows.Close()
	}
}

// TestHugeQuery sends several frames.
func TestHugeQuery(t *testing.T) {
	db := startServer(t).open("alice", "wonder", func(c *driver.Config) { c.MaxAllowedPacket = 64 << 20 })
	for _, size := range []int{maxFrame - 6, maxFrame - 5, maxFrame + 1000} {
		long := strings.Repeat("y", size-1)
		var got string
		if err := db.QueryRowContext(testContext(t), "echo "+long).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != long {
			t.Errorf("%d bytes came back, want %d", len(got), len(long))
		}
	}
}

// TestPacketTooBig exceeds max_allowed_packet: error 1153, then the end.
func TestPacketTooBig(t *testing.T) {
	s := startServer(t, func(o *Options) { o.MaxPacketBytes = 1 << 20 })
	for _, size := range []int{1<<20 + 1, maxFrame + 5} {
		c := s.mustLogin("alice", "wonder")
		c.seq = 0
		if _, err := c.conn.Write(frame(make([]byte, size), 0)); err != nil {
			t.Fatal(err)
		}
		c.seq = uint8(size/maxFrame) + 1
		c.mustFail(c.mustRecv(), 1153)
		c.mustEnd()
	}
	c := s.mustLogin("alice", "wonder")
	c.command(comQuery, []byte("ok "+strings.Repeat("0", 1<<20-4))...)
	c.mustOK(c.mustRecv())
}

func isNumber(err error, number uint16) bool {
	var e *driver.MySQLError
	return errors.As(err, &e) && e.Number == number
}

func TestDriverErrors(t *testing.T) {
	s := startServer(t)
	err := s.open("alice", "wonder").QueryRowContext(testContext(t), "fail 1146 42S02 Table 'a.b' doesn't exist").Scan(new(string))
	var e *driver.MySQLError
	if !errors.As(err, &e) || e.Number != 1146 || string(e.SQLState[:]) != "42S02" ||
		e.Message != "Table 'a.b' doesn't exist (hint: try something else)" {
		t.Errorf("got %v", err)
	}
	if err := s.open("alice", "wrong").PingContext(testContext(t)); !isNumber(err, 1045) {
		t.Errorf("wrong password: got %v", err)
	}
	if err := s.open("alice", "").PingContext(testContext(t)); !isNumber(err, 1045) {
		t.Errorf("empty password: got %v", err)
	}
	if err := s.open("alice", "wonder", func(c *driver.Config) { c.DBName = "nosuch" }).PingContext(testContext(t)); !isNumber(err, 1049) {
		t.Errorf("unknown database: got %v", err)
	}
	plain := s.open("alice", "wonder", func(c *driver.Config) { c.TLS = nil })
	if err := plain.PingContext(testContext(t)); !isNumber(err, 3159) {
		t.Errorf("no TLS: got %v", err)
	}
}

// TestDriverChecksCA proves that the certificate that we present means something.
func TestDriverChecksCA(t *testing.T) {
	s := startServer(t)
	other, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	db := s.open("alice", "wonder", func(c *driver.Config) {
		c.TLS = &tls.Config{RootCAs: other.pool, ServerName: "localhost"}
	})
	var unknown x509.UnknownAuthorityError
	if err := db.PingContext(testContext(t)); !errors.As(err, &unknown) {
		t.Errorf("got %v, want an unknown authority", err)
	}
	if s.login.logins != 0 {
		t.Error("a login was tried over an untrusted connection")
	}
}

// TestFastLogin checks that only the first login sends the password.
func TestFastLogin(t *testing.T) {
	s := startServer(t)
	for range 3 {
		db := s.open("alice", "wonder")
		if err := db.PingContext(testContext(t)); err != nil {
			t.Fatal(err)
		}
		db.Close()
	}
	if s.login.logins != 1 || s.login.fast != 2 {
		t.Errorf("%d full logins and %d fast ones, want 1 and 2", s.login.logins, s.login.fast)
	}
}

// TestDriverClearPassword logs in through mysql_clear_password.
func TestDriverClearPassword(t *testing.T) {
	s := startServer(t)
	c := s.connect()
	c.startTLS()
	c.send(c.response(hello{user: "alice", plugin: pluginClear, answer: []byte("wonder\x00")}))
	c.mustOK(c.mustRecv())
}

// TestDriverCancel cancels by context: the driver closes the connection, and
// that alone must stop the statement.
func TestDriverCancel(t *testing.T) {
	for _, query := range []string{"block", "blockrows"} {
		t.Run(query, func(t *testing.T) {
			s := startServer(t, func(o *Options) { o.VanishCheck = time.Millisecond })
			db := s.open("alice", "wonder")
			ctx, cancel := context.WithCancel(testContext(t))
			failed := make(chan error, 1)
			go func() {
				rows, err := db.QueryContext(ctx, query)
				if err == nil {
					for rows.Next() {
					}
					err = rows.Err()
				}
				failed <- err
			}()
			<-s.engine.blocking
			cancel()
			if err := <-failed; !errors.Is(err, context.Canceled) {
				t.Errorf("the client got %v", err)
			}
			select {
			case err := <-s.engine.ended:
				if err == nil {
					t.Error("the statement ended without an error")
				}
			case <-testContext(t).Done():
				t.Fatal("the statement still runs")
			}
		})
	}
}

// TestDriverReset checks that a pooled connection comes back clean.
func TestDriverReset(t *testing.T) {
	s := startServer(t)
	c := s.mustLogin("alice", "wonder")
	c.command(comQuery, []byte("begin")...)
	c.mustOK(c.mustRecv())
	c.command(comStmtPrepare, []byte("args ?")...)
	c.mustOK(c.mustRecv())
	c.mustRecv()
	c.command(comResetConnection)
	c.mustOK(c.mustRecv())
	c.command(comStmtExecute, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 5)
	c.mustFail(c.mustRecv(), 1243)
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	for _, sess := range s.engine.open {
		if sess.prepared != 0 || sess.status.InTransaction {
			t.Errorf("%d statements are open, in a transaction: %v", sess.prepared, sess.status.InTransaction)
		}
	}
}
