package table

import (
	"fmt"
	"testing"

	"github.com/dolthub/go-mysql-server/sql"
)

func benchTable(b *testing.B) (*testSession, *sql.Context, *Table) {
	b.Helper()
	d, err := newTestDB()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.kv.Close() })
	s := d.session(b)
	s.must("create database d")
	s.must("create table t (id int primary key, v int, s varchar(20) collate utf8mb4_0900_ai_ci, key kv (v), key ks (s))")
	ctx := s.context()
	tab := s.table(ctx, "t", Access{})
	in := tab.Inserter(ctx)
	for i := range int32(10_000) {
		if err := in.Insert(ctx, sql.Row{i, i % 100, fmt.Sprintf("name %d", i)}); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.CommitTransaction(ctx, s.tx); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.end(true) })
	return s, ctx, tab
}

func benchLookup(b *testing.B, index int, key any, want int) {
	_, ctx, tab := benchTable(b)
	indexes, err := tab.GetIndexes(ctx)
	if err != nil {
		b.Fatal(err)
	}
	x := indexes[index]
	typ := x.ColumnExpressionTypes()[0].Type
	l := sql.IndexLookup{Index: x, Ranges: sql.MySQLRangeCollection{{sql.ClosedRangeColumnExpr(key, key, typ)}}}
	b.ReportAllocs()
	for b.Loop() {
		rows, err := tryRows(ctx, tab, &l)
		if err != nil || len(rows) != want {
			b.Fatal(len(rows), err)
		}
	}
}

func BenchmarkPointLookup(b *testing.B)        { benchLookup(b, 0, int64(777), 1) }
func BenchmarkIndexLookup100Rows(b *testing.B) { benchLookup(b, 2, int64(7), 100) }
func BenchmarkTextLookup(b *testing.B)         { benchLookup(b, 1, "NAME 4711", 1) }

func BenchmarkScan10000Rows(b *testing.B) {
	_, ctx, tab := benchTable(b)
	narrow := tab.WithProjections([]string{"v"}).(*Table)
	b.ReportAllocs()
	for b.Loop() {
		rows, err := tryRows(ctx, narrow, nil)
		if err != nil || len(rows) != 10_000 {
			b.Fatal(len(rows), err)
		}
	}
}

// BenchmarkInsert is one row into a table with two secondary indexes, in
// transactions of 1000 rows.
func BenchmarkInsert(b *testing.B) {
	s, ctx, tab := benchTable(b)
	in := tab.Inserter(ctx)
	i := int32(1_000_000)
	b.ReportAllocs()
	for b.Loop() {
		i++
		if err := in.Insert(ctx, sql.Row{i, i % 100, "some name"}); err != nil {
			b.Fatal(err)
		}
		if i%1000 == 0 {
			if err := s.CommitTransaction(ctx, s.tx); err != nil {
				b.Fatal(err)
			}
		}
	}
}
