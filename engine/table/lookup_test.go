package table

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"

	"github.com/lxdb/lxdb/storage/kivi"
)

// lookupColumns are the columns of the look-up tests with literals that are
// compared with them, also some that are no value of the column.
var lookupColumns = []struct {
	name, typ string
	literals  []string
}{
	{"ti", "tinyint", []string{"-128", "127", "0", "1", "1.5", "300", "-300", "-1"}},
	{"u", "int unsigned", []string{"0", "1", "2", "4294967295", "0.5", "-1", "5000000000"}},
	{"d", "decimal(6,2)", []string{"0", "1.25", "1.255", "-3.5", "9999.99", "100000"}},
	{"f", "double", []string{"0", "1.5", "-2.25", "1e9", "2"}},
	{"dt", "datetime", []string{"'2020-01-01'", "'2020-01-01 10:00:00'", "'1999-12-31 23:59:59'"}},
	{"da", "date", []string{"'2020-01-01'", "'2020-02-01'", "'1999-12-31'"}},
	{"vb", "varchar(12)", []string{"''", "'a'", "'A'", "'b'", "'abc'", "'abcd'", "'ä'"}},
	{"vc", "varchar(12) collate utf8mb4_0900_ai_ci", []string{"''", "'a'", "'A'", "'b'", "'ABC'", "'abcd'", "'ä'"}},
	{"e", "enum('x','y','z')", []string{"'x'", "'y'", "'z'"}},
	{"b", "varbinary(8)", []string{"''", "'a'", "'ab'", "'b'"}},
}

// lookupDB has a table without indexes and some with, all with the same rows.
func lookupDB(t *testing.T) (*testSession, []string) {
	t.Helper()
	s := openTestDB(t).session(t)
	var defs []string
	for _, c := range lookupColumns {
		defs = append(defs, c.name+" "+c.typ)
	}
	columns := strings.Join(defs, ", ")
	s.must("create table plain (id int primary key, " + columns + ")")
	tables := []string{"single", "double", "prefixed", "clustered"}
	var keys, pairs []string
	for i, c := range lookupColumns {
		keys = append(keys, fmt.Sprintf("key k%d (%s)", i, c.name))
		pairs = append(pairs, fmt.Sprintf("key k%d (%s, %s)", i, c.name, lookupColumns[(i+3)%len(lookupColumns)].name))
	}
	s.must("create table single (id int primary key, " + columns + ", " + strings.Join(keys, ", ") + ")")
	s.must("create table `double` (id int primary key, " + columns + ", " + strings.Join(pairs, ", ") + ")")
	s.must("create table prefixed (id int primary key, " + columns + ", key p1 (vb(2)), key p2 (vc(1), ti), key p3 (b(1)))")
	s.must("create table clustered (id int, " + columns + ", primary key (id, u), unique key (vb, id), unique key (ti, id))")
	r := rand.New(rand.NewPCG(5, 5))
	for id := range 120 {
		values := []string{fmt.Sprint(id)}
		for _, c := range lookupColumns {
			v := "null"
			if r.IntN(6) > 0 || c.name == "u" {
				v = c.literals[r.IntN(len(c.literals))]
			}
			values = append(values, v)
		}
		row := "(" + strings.Join(values, ", ") + ")"
		if _, err := s.query("insert into plain values " + row); err != nil {
			continue // not a value of the column; it only serves as a bound
		}
		for _, name := range tables {
			s.must("insert into `" + name + "` values " + row)
		}
	}
	if n := len(s.must("select * from plain")); n < 10 {
		t.Fatalf("only %d rows", n)
	}
	return s, tables
}

// TestLookupsAgreeWithFilters: random conditions give the same rows with every
// set of indexes as without any.
func TestLookupsAgreeWithFilters(t *testing.T) {
	s, tables := lookupDB(t)
	r := rand.New(rand.NewPCG(11, 4))
	for range 400 {
		where := condition(r)
		want := ids(s.must("select id from plain where " + where))
		for _, name := range tables {
			if got := ids(s.must("select id from `" + name + "` where " + where)); got != want {
				t.Errorf("%s where %s: %s, without index %s", name, where, got, want)
			}
		}
	}
}

func ids(rows []sql.Row) string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = fmt.Sprintf("%03d", r[0])
	}
	sort.Strings(out)
	return strings.Join(out, " ")
}

func condition(r *rand.Rand) string {
	parts := make([]string, 1+r.IntN(3))
	for i := range parts {
		c := lookupColumns[r.IntN(len(lookupColumns))]
		lit := func() string { return c.literals[r.IntN(len(c.literals))] }
		switch r.IntN(7) {
		case 0:
			parts[i] = c.name + " is null"
		case 1:
			parts[i] = c.name + " is not null"
		case 2:
			parts[i] = fmt.Sprintf("%s in (%s, %s, %s)", c.name, lit(), lit(), lit())
		case 3:
			parts[i] = fmt.Sprintf("%s between %s and %s", c.name, lit(), lit())
		default:
			parts[i] = fmt.Sprintf("%s %s %s", c.name, []string{"=", "<", "<=", ">", ">=", "<>"}[r.IntN(6)], lit())
		}
	}
	return strings.Join(parts, []string{" and ", " and ", " or "}[r.IntN(3)])
}

// TestRangesAgreeWithFilters gives the table random ranges directly, also ones
// that the planner does not make, and compares with the library's own reading
// of ranges.
func TestRangesAgreeWithFilters(t *testing.T) {
	s, tables := lookupDB(t)
	r := rand.New(rand.NewPCG(2, 8))
	ctx := s.context()
	for _, name := range tables {
		tab := s.table(ctx, name, Access{})
		whole := readRows(t, ctx, tab, nil)
		indexes, err := tab.GetIndexes(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range indexes {
			for range 40 {
				compareRange(t, ctx, tab, x.(*Index), randomRange(r, x.(*Index), whole), whole)
			}
		}
	}
	s.end(true)
}

func randomRange(r *rand.Rand, x *Index, rows []sql.Row) sql.MySQLRange {
	var out sql.MySQLRange
	for _, c := range x.columns(true) {
		typ := x.schema.cols[c].def.Type
		if st, ok := typ.(sql.StringType); ok {
			typ = st.Promote()
		}
		a, b := rows[r.IntN(len(rows))][c], rows[r.IntN(len(rows))][c]
		switch n := r.IntN(9); {
		case n == 0:
			out = append(out, sql.AllRangeColumnExpr(typ))
		case n == 1 || a == nil || b == nil:
			out = append(out, sql.NullRangeColumnExpr(typ))
		case n == 2:
			out = append(out, sql.NotNullRangeColumnExpr(typ))
		case n < 5:
			out = append(out, sql.ClosedRangeColumnExpr(a, a, typ))
		case n == 5:
			out = append(out, sql.GreaterThanRangeColumnExpr(a, typ))
		case n == 6:
			out = append(out, sql.LessOrEqualRangeColumnExpr(a, typ))
		case n == 7:
			out = append(out, sql.CustomRangeColumnExpr(a, b, sql.Open, sql.Closed, typ))
		default:
			out = append(out, sql.CustomRangeColumnExpr(a, b, sql.Closed, sql.Open, typ))
		}
	}
	return out[:1+r.IntN(len(out))]
}

func compareRange(t *testing.T, ctx *sql.Context, tab *Table, x *Index, rng sql.MySQLRange, whole []sql.Row) {
	t.Helper()
	var exprs []sql.Expression
	for _, c := range x.columns(true)[:len(rng)] {
		def := tab.schema.cols[c].def
		exprs = append(exprs, expression.NewGetField(c, def.Type, def.Name, true))
	}
	filter, err := expression.NewRangeFilterExpr(exprs, []sql.MySQLRange{rng})
	if err != nil {
		t.Fatal(err)
	}
	var want []sql.Row
	for _, row := range whole {
		v, err := filter.Eval(ctx, row)
		if err != nil {
			t.Fatal(err)
		}
		if sql.IsTrue(v) {
			want = append(want, row)
		}
	}
	for _, reverse := range []bool{false, true} {
		l := sql.IndexLookup{Index: x, Ranges: sql.MySQLRangeCollection{rng}, IsReverse: reverse}
		got := readRows(t, ctx, tab, &l)
		if ids(got) != ids(want) {
			t.Errorf("%s, index %s, range %s: %s, the filter %s", tab.Name(), x.ID(), rng, ids(got), ids(want))
		}
		checkOrder(t, ctx, tab, x, got, reverse)
	}
}

// checkOrder: an index that says so returns rows in its order, or backwards.
func checkOrder(t *testing.T, ctx *sql.Context, tab *Table, x *Index, rows []sql.Row, reverse bool) {
	t.Helper()
	if x.Order() != sql.IndexOrderAsc {
		return
	}
	for i := 1; i < len(rows); i++ {
		a, b := rows[i-1], rows[i]
		if reverse {
			a, b = b, a
		}
		for _, c := range x.columns(false) {
			cmp, err := compareNullFirst(ctx, tab.schema.cols[c].def.Type, a[c], b[c])
			if err != nil {
				t.Fatal(err)
			}
			if cmp > 0 {
				t.Errorf("%s, index %s: %v before %v (reverse %v)", tab.Name(), x.ID(), rows[i-1], rows[i], reverse)
			}
			if cmp != 0 {
				break
			}
		}
	}
}

// readRows reads a table, or what a look-up in it finds.
func readRows(t *testing.T, ctx *sql.Context, tab *Table, l *sql.IndexLookup) []sql.Row {
	t.Helper()
	rows, err := tryRows(ctx, tab, l)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func tryRows(ctx *sql.Context, tab *Table, l *sql.IndexLookup) (rows []sql.Row, err error) {
	parts, err := tab.Partitions(ctx)
	if l != nil {
		parts, err = tab.LookupPartitions(ctx, *l)
	}
	if err != nil {
		return nil, err
	}
	it := sql.NewTableRowIter(ctx, tab, parts)
	for {
		row, err := it.Next(ctx)
		if err == io.EOF {
			return rows, it.Close(ctx)
		}
		if err != nil {
			return nil, errors.Join(err, it.Close(ctx))
		}
		rows = append(rows, row)
	}
}

// TestLongKeys: values whose weights do not fit a key end in a hash. They stay
// unique, and ranges over them stay right.
func TestLongKeys(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table t (id int primary key, v varchar(3000), unique key (v))")
	base := strings.Repeat("ab", 1200)
	for i, tail := range []string{"", "a", "b", "ba", "c"} {
		s.must(fmt.Sprintf("insert into t values (%d, '%s')", i, base+tail))
	}
	if err := s.fails("insert into t values (9, '" + base + "ba')"); !sql.ErrUniqueKeyViolation.Is(causeOf(err)) {
		t.Errorf("duplicate: %v", err)
	}
	s.wants("select id from t where v = '"+base+"b'", "[2]")
	s.wants("select id from t where v > '"+base+"a' order by v", "[2] [3] [4]")
	s.wants("select id from t where v <= '"+base+"b' order by v desc", "[2] [1] [0]")
}

// TestLockingLookup: the rows of an UPDATE are locked one by one; another
// session cannot take them.
func TestLockingLookup(t *testing.T) {
	db := openTestDB(t)
	a, b := db.session(t), db.session(t)
	a.must("create table t (id int primary key, v int, key (v))")
	a.must("insert into t values (1,10),(2,10),(3,30)")
	a.must("begin")
	a.must("update t set v = v + 1 where v = 10")
	b.must("begin")
	ctx := b.context()
	txn, err := b.Txn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	txn.SetLockWait(0)
	if _, err := tryRows(ctx, b.table(ctx, "t", Access{Mode: LockRead, Scan: kivi.Read}), nil); err == nil {
		t.Error("a locking read passed rows that another transaction changed")
	}
	b.must("rollback")
	a.must("commit")
	b.wants("select id, v from t where v > 10", "[1 11] [2 11] [3 30]")
}

// TestManyRanges: more ranges than are opened at once, in both directions.
func TestManyRanges(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table t (id int primary key, v int, key kv (v))")
	var list, up, down []string
	for i := range 60 {
		s.must(fmt.Sprintf("insert into t values (%d, %d), (%d, %d)", i, i, i+100, i))
		if i%2 == 0 {
			list = append(list, fmt.Sprint(i))
			up = append(up, fmt.Sprintf("[%d]", i), fmt.Sprintf("[%d]", i))
			down = append([]string{fmt.Sprintf("[%d]", i), fmt.Sprintf("[%d]", i)}, down...)
		}
	}
	in := "(" + strings.Join(list, ", ") + ")"
	s.wants("select v from t where v in "+in+" order by v", strings.Join(up, " "))
	s.wants("select v from t where v in "+in+" order by v desc", strings.Join(down, " "))
	s.wants("select v from t where v in "+in+" order by v limit 3", strings.Join(up[:3], " "))
	s.wants("select count(*) from t where id in "+in, "[30]")
}
