package table

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
	"github.com/lxdb/lxdb/storage/relation"
)

// columnTypes is every kind of column, as SQL, with a generator of values that
// the type converts.
var columnTypes = []struct {
	text   string
	random func(r *rand.Rand) any
}{
	{"tinyint", func(r *rand.Rand) any { return int8(r.Int64()) }},
	{"tinyint(1)", func(r *rand.Rand) any { return int8(r.IntN(2)) }},
	{"smallint", func(r *rand.Rand) any { return int16(r.Int64()) }},
	{"mediumint", func(r *rand.Rand) any { return int32(r.IntN(1<<24) - 1<<23) }},
	{"int", func(r *rand.Rand) any { return pick(r, int32(r.Int64()), math.MinInt32, math.MaxInt32, -1, 0, 1) }},
	{"bigint", func(r *rand.Rand) any { return pick(r, r.Int64(), math.MinInt64, math.MaxInt64, -1, 0) }},
	{"tinyint unsigned", func(r *rand.Rand) any { return uint8(r.Uint64()) }},
	{"smallint unsigned", func(r *rand.Rand) any { return uint16(r.Uint64()) }},
	{"mediumint unsigned", func(r *rand.Rand) any { return uint32(r.IntN(1 << 24)) }},
	{"int unsigned", func(r *rand.Rand) any { return pick(r, uint32(r.Uint64()), 0, math.MaxUint32) }},
	{"bigint unsigned", func(r *rand.Rand) any { return pick(r, r.Uint64(), 0, math.MaxUint64) }},
	{"float", func(r *rand.Rand) any { return float32(r.NormFloat64() * 1e3) }},
	{"double", func(r *rand.Rand) any { return pick(r, r.NormFloat64()*1e9, 0, -0.5, math.MaxFloat64) }},
	{"decimal(10,2)", func(r *rand.Rand) any { return decimal.New(r.Int64N(2e10)-1e10+1, -2) }},
	{"decimal(40,10)", func(r *rand.Rand) any {
		return decimal.New(r.Int64(), -10).Mul(decimal.New(r.Int64N(1e10), 0))
	}},
	{"decimal(5,0)", func(r *rand.Rand) any { return decimal.New(r.Int64N(199999)-99999, 0) }},
	{"date", func(r *rand.Rand) any { return moment(r).Truncate(24 * time.Hour) }},
	{"datetime(6)", func(r *rand.Rand) any { return moment(r) }},
	{"timestamp(6)", func(r *rand.Rand) any { return time.UnixMicro(1 + r.Int64N(2e15)).UTC() }},
	{"time(6)", func(r *rand.Rand) any { return types.Timespan(r.Int64N(6e12) - 3e12) }},
	{"year", func(r *rand.Rand) any { return int16(1901 + r.IntN(255)) }},
	{"bit(13)", func(r *rand.Rand) any { return uint64(r.IntN(1 << 13)) }},
	{"bit(64)", func(r *rand.Rand) any { return r.Uint64() }},
	{"enum('a','b','it''s','c') character set utf8mb4 collate utf8mb4_0900_ai_ci", func(r *rand.Rand) any { return uint16(1 + r.IntN(4)) }},
	{"set('x','y','z') character set utf8mb4 collate utf8mb4_0900_bin", func(r *rand.Rand) any { return uint64(r.IntN(8)) }},
	{"char(10)", func(r *rand.Rand) any { return text(r, 10) }},
	{"varchar(20)", func(r *rand.Rand) any { return text(r, 20) }},
	{"varchar(20) character set utf8mb4 collate utf8mb4_0900_ai_ci", func(r *rand.Rand) any { return text(r, 20) }},
	{"varchar(20) character set utf8mb4 collate utf8mb4_general_ci", func(r *rand.Rand) any { return text(r, 20) }},
	{"varchar(20) character set utf8mb4 collate utf8mb4_unicode_ci", func(r *rand.Rand) any { return text(r, 20) }},
	{"varchar(20) character set utf8mb4 collate utf8mb4_bin", func(r *rand.Rand) any { return text(r, 20) }},
	{"varchar(20) character set latin1 collate latin1_swedish_ci", func(r *rand.Rand) any { return text(r, 20) }},
	{"text", func(r *rand.Rand) any { return text(r, 40) }},
	{"binary(4)", func(r *rand.Rand) any { return binary(r, 4) }},
	{"varbinary(20)", func(r *rand.Rand) any { return binary(r, r.IntN(20)) }},
	{"blob", func(r *rand.Rand) any { return binary(r, r.IntN(40)) }},
	{"json", func(r *rand.Rand) any { return types.JSONDocument{Val: document(r, 3)} }},
	{"geometry", func(r *rand.Rand) any { return types.Point{SRID: 0, X: r.NormFloat64(), Y: r.NormFloat64()} }},
	{"point srid 4326", func(r *rand.Rand) any {
		return types.Point{SRID: 4326, X: r.Float64() * 90, Y: r.Float64() * 90}
	}},
}

// pick returns one of the values, the first half of the time.
func pick[T any](r *rand.Rand, v T, others ...T) T {
	if r.IntN(2) == 0 {
		return v
	}
	return others[r.IntN(len(others))]
}

func moment(r *rand.Rand) time.Time {
	zero := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC) // how the library keeps 0000-00-00
	if r.IntN(20) == 0 {
		return zero
	}
	return time.UnixMicro(r.Int64N(8e15) - 4e15).UTC()
}

// text is short and made of few letters, so that prefixes and equal strings
// under some collation are frequent.
func text(r *rand.Rand, most int) string {
	const letters = "aAbBäÄßsé zZ\x00\tﬁ漢🙂"
	all := []rune(letters)
	var b strings.Builder
	for range r.IntN(min(most, 6) + 1) {
		b.WriteRune(all[r.IntN(len(all))])
	}
	return b.String()
}

func binary(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = []byte{0, 1, 'a', 0xFE, 0xFF}[r.IntN(5)]
	}
	return b
}

func document(r *rand.Rand, depth int) any {
	switch n := r.IntN(7); {
	case n == 0:
		return nil
	case n == 1:
		return r.IntN(2) == 0
	case n == 2:
		return float64(r.IntN(1000))
	case n == 3:
		return r.NormFloat64()
	case n == 4 || depth == 0:
		return text(r, 9)
	case n == 5:
		list := make([]any, r.IntN(3))
		for i := range list {
			list[i] = document(r, depth-1)
		}
		return list
	default:
		m := map[string]any{}
		for range r.IntN(3) {
			m[text(r, 3)] = document(r, depth-1)
		}
		return m
	}
}

// allTypes is a table with one column of each type and an index on each of
// those that can have one.
func allTypes(t testing.TB) *schema {
	t.Helper()
	rec := &catalog.Table{ID: 5000, Data: 5000, Name: "t"}
	for i, ct := range columnTypes {
		id := uint16(i + 1)
		rec.Columns = append(rec.Columns, catalog.Column{ID: id, Name: fmt.Sprintf("c%d", i), Type: ct.text})
		typ, err := parseType(ct.text)
		noErr(t, err)
		st, err := storageOf(typ)
		noErr(t, err)
		if st.ordered {
			rec.Indexes = append(rec.Indexes, catalog.Index{ID: id, Name: fmt.Sprintf("k%03d", i),
				Columns: []catalog.IndexColumn{{Column: id}}, CollationVersion: weightsVersion})
		}
	}
	noErr(t, setLayout(rec))
	s, err := parseSchema(rec, "d")
	noErr(t, err)
	return s
}

// stored opens the rows of a schema that no catalog knows.
func stored(t testing.TB, s *schema) (*kivi.Txn, relation.View, writer) {
	t.Helper()
	d, err := newTestDB()
	noErr(t, err)
	txn, err := d.kv.Begin(context.Background(), kv.TxnOptions{})
	noErr(t, err)
	t.Cleanup(func() { noErr(t, txn.Rollback()); noErr(t, d.kv.Close()) })
	h := relation.Open(txn, s.Schema, nil, relation.Rewrite, nil)
	return txn, h.View(kivi.Read, relation.Current), d.store.writer(h, kivi.Insert, s, txn)
}

// TestRowsComeBack: a row that was written reads as it was, value by value of
// the Go type that the type's Convert gives.
func TestRowsComeBack(t *testing.T) {
	s := allTypes(t)
	txn, view, w := stored(t, s)
	ctx := sql.NewEmptyContext()
	r := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		row := make(sql.Row, len(columnTypes))
		for i, ct := range columnTypes {
			if r.IntN(8) == 0 {
				continue
			}
			v, inRange, err := s.cols[i].def.Type.Convert(ctx, ct.random(r))
			if err != nil || inRange != sql.InRange {
				t.Fatalf("%s: bad generator: %v", ct.text, err)
			}
			row[i] = v
		}
		before := txn.Mark()
		noErr(t, w.insert(ctx, row))
		got := allStored(t, s, view)
		if len(got) != 1 {
			t.Fatalf("%d rows", len(got))
		}
		for i := range row {
			if !sameValue(got[0][i], row[i]) {
				t.Errorf("%s: %T %v came back as %T %v", columnTypes[i].text, row[i], row[i], got[0][i], got[0][i])
			}
		}
		noErr(t, txn.RollbackTo(before))
	}
}

func allStored(t testing.TB, s *schema, view relation.View) (out []sql.Row) {
	t.Helper()
	ctx := context.Background()
	reader, err := view.Scan(ctx, s.All(), false)
	noErr(t, err)
	defer func() { noErr(t, reader.Close()) }()
	for {
		datums, err := reader.Next(ctx)
		noErr(t, err)
		if datums == nil {
			return out
		}
		row, err := s.values(context.Background(), datums, s.all)
		noErr(t, err)
		out = append(out, row)
	}
}

func sameValue(a, b any) bool {
	x, isDecimal := a.(decimal.Decimal)
	if y, ok := b.(decimal.Decimal); ok && isDecimal {
		return x.Equal(y) && x.String() == y.String()
	}
	if doc, ok := a.(Document); ok { // a document of ours is the library's, as its functions see it
		plain, err := doc.ToInterface()
		was, same := b.(types.JSONDocument)
		return err == nil && same && reflect.DeepEqual(plain, was.Val)
	}
	return reflect.DeepEqual(a, b)
}

// TestTypeText: what is written into the catalog reads back as the same type.
func TestTypeText(t *testing.T) {
	for _, ct := range columnTypes {
		typ, err := parseType(ct.text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseType(typeText(typ))
		if err != nil {
			t.Fatalf("%s is written %q: %v", ct.text, typeText(typ), err)
		}
		if !typ.Equals(again) || typ.String() != again.String() {
			t.Errorf("%s is written %q and reads back as %s", ct.text, typeText(typ), again)
		}
	}
}

// TestKeyOrderIsTypeOrder: keys compare as the values do, and are equal for values that
// are. Texts compare by engine/value, everything else as in the SQL library.
func TestKeyOrderIsTypeOrder(t *testing.T) {
	s := allTypes(t)
	ctx := sql.NewEmptyContext()
	r := rand.New(rand.NewPCG(3, 9))
	tested := 0
	for i, ct := range columnTypes {
		st := s.cols[i].storage
		if !st.ordered {
			continue
		}
		tested++
		part := &s.Index(fmt.Sprintf("k%03d", i)).Parts[0]
		random := func() (any, []byte) {
			v, _, err := st.typ.Convert(ctx, ct.random(r))
			if err != nil {
				t.Fatal(err)
			}
			if r.IntN(10) == 0 {
				v = nil
			}
			d, err := st.datum(ctx, v)
			if err != nil {
				t.Fatalf("%s: %v: %v", ct.text, v, err)
			}
			k, err := part.Append(nil, d)
			if err != nil {
				t.Fatalf("%s: %v: %v", ct.text, v, err)
			}
			return v, k
		}
		for range 2000 {
			a, ka := random()
			b, kb := random()
			want, err := compareNullFirst(ctx, st.typ, a, b)
			if x, ok := a.(string); ok && weighed(st) && b != nil {
				of := value.CollationOf(uint16(st.typ.(sql.TypeWithCollation).Collation()))
				if of.Pad && belowSpace([]byte(x+b.(string))) {
					continue
				}
				want = of.Compare([]byte(x), []byte(b.(string)))
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := bytes.Compare(ka, kb); got != want {
				t.Fatalf("%s: keys of %#v and %#v compare %d, the values %d", ct.text, a, b, got, want)
			}
		}
	}
	if tested < 30 {
		t.Errorf("only %d types tested", tested)
	}
}

func compareNullFirst(ctx *sql.Context, typ sql.Type, a, b any) (int, error) {
	switch {
	case a == nil && b == nil:
		return 0, nil
	case a == nil:
		return -1, nil
	case b == nil:
		return 1, nil
	}
	return typ.Compare(ctx, a, b)
}

// TestWeightsOrder: for every collation of the library, the weights of version 1 order
// random text as the library compares it.
func TestWeightsOrder(t *testing.T) {
	ctx := sql.NewEmptyContext()
	r := rand.New(rand.NewPCG(1, 2))
	all, tested := sql.NewCollationsIterator(), 0
	for {
		c, ok := all.Next()
		if !ok {
			break
		}
		if c.Sorter == nil || c.ID.CharacterSet().Encoder() == nil || c.ID == sql.Collation_binary {
			continue
		}
		tested++
		typ := types.CreateTinyText(c.ID)
		w := formerWeigherOf(c.ID)
		for range 200 {
			a, b := text(r, 6), text(r, 6)
			want, err := typ.Compare(ctx, a, b)
			if err != nil {
				t.Fatal(err)
			}
			if got := bytes.Compare(codec.AppendText(nil, a, w), codec.AppendText(nil, b, w)); got != want {
				t.Fatalf("%s: weights of %q and %q compare %d, the library %d", c.Name, a, b, got, want)
			}
		}
	}
	if tested < 100 {
		t.Errorf("only %d collations tested", tested)
	}
}

// TestWeightsVersion: the weights of the library are those of version 1. If this fails
// after an upgrade of the SQL library, indexes of that version cannot be read any more:
// take formerWeigherOf out, so that they are refused instead of read in the wrong order.
func TestWeightsVersion(t *testing.T) {
	sum := sha256.New()
	all := sql.NewCollationsIterator()
	for {
		c, ok := all.Next()
		if !ok {
			break
		}
		if c.Sorter == nil {
			continue
		}
		fmt.Fprintln(sum, c.Name)
		var b []byte
		for r := rune(0); r < 0x3000; r++ {
			b = codec.AppendWeight(b, uint32(c.Sorter(r)))
		}
		sum.Write(b)
	}
	const want = "61f6f983ad365f737e274a810853b99d79742ea4ea0358ad7ee550529a63e088"
	if got := fmt.Sprintf("%x", sum.Sum(nil)); got != want {
		t.Errorf("weights have sum %s, version 1 has %s", got, want)
	}
}

// weighed are the texts whose collation engine/value knows.
func weighed(st *storage) bool {
	if st.kind != codec.KindText {
		return false
	}
	return value.CollationOf(uint16(st.typ.(sql.TypeWithCollation).Collation())) != nil
}
