package engine

import (
	"context"
	"io"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
)

func benchTable(b *testing.B) (*testDB, *Session) {
	db := newTestDB(b)
	db.ok("root", "CREATE USER tesla IDENTIFIED BY 'x'")
	db.ok("tesla", "USE tesla; CREATE TABLE t (id INT PRIMARY KEY, k INT, c CHAR(120))")
	for i := 0; i < 10; i++ {
		db.ok("tesla", "INSERT INTO t SELECT "+itoa(i*1000)+" + a.id*100 + b.id*10 + c.id, 1, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' FROM ("+digits+") a, ("+digits+") b, ("+digits+") c")
	}
	return db, db.as("tesla")
}

func execute(b *testing.B, st session.Stmt, args ...session.Value) {
	ctx := context.Background()
	res, err := st.Execute(ctx, args)
	if err != nil {
		b.Fatal(err)
	}
	for err == nil {
		_, err = res.Next(ctx)
	}
	if err != io.EOF {
		b.Fatal(err)
	}
	res.Close()
}

// BenchmarkPointSelect is a prepared look-up by primary key, without a wire.
func BenchmarkPointSelect(b *testing.B) {
	_, s := benchTable(b)
	st, err := s.Prepare(context.Background(), "SELECT c FROM t WHERE id = ?")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		execute(b, st, session.IntValue(int64(i%10000)))
	}
}

// BenchmarkUpdate is a prepared autocommit update by primary key. In memory:
// no fsync.
func BenchmarkUpdate(b *testing.B) {
	_, s := benchTable(b)
	st, err := s.Prepare(context.Background(), "UPDATE t SET k = k + 1 WHERE id = ?")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		execute(b, st, session.IntValue(int64(i%10000)))
	}
}
