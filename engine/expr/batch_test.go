package expr_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/vector"
)

// generator makes columns, rows and expressions of all types by chance.
type generator struct {
	*rand.Rand
	b       *Builder
	columns []*Column
}

func columnTypes() []value.Type {
	members := []string{"red", "Green", "blue"}
	text := value.Text(value.DefaultCollation, 20)
	padded := value.Text(value.CollationNamed("utf8mb4_general_ci"), 20)
	long := value.DecimalOf(40, 10)
	types := []value.Type{
		value.BigInt, value.BigInt, {Kind: value.TypeTinyInt}, value.BigUint, {Kind: value.TypeInt, Unsigned: true}, value.DoubleType,
		value.DecimalOf(10, 2), value.DecimalOf(18, 6), long, text, padded, value.BytesOf(10), value.DateOfDay, value.DateTimeOf(3), value.TimeOf(0),
		{Kind: value.TypeYear, Length: 4}, {Kind: value.TypeBit, Length: 5}, {Kind: value.TypeEnum, Members: &members, Collation: value.DefaultCollation},
		{Kind: value.TypeSet, Members: &members, Collation: value.DefaultCollation}, value.JSONType,
	}
	for i := range types {
		types[i].Nullable = true
		types[i].Coercibility = value.Implicit
	}
	return types
}

func newGenerator(seed uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), b: functions.NewBuilder(&value.Env{Mode: value.DefaultMode})}
	for i, t := range columnTypes() {
		g.columns = append(g.columns, NewColumn(i, t, fmt.Sprintf("c%d", i)))
	}
	return g
}

// cell is a value of a type, often a small or an extreme one.
func (g *generator) cell(t *value.Type) value.Value {
	if g.IntN(6) == 0 {
		return value.Null
	}
	n := []int64{0, 1, -1, 2, 3, 100, int64(g.IntN(20)), g.Int64(), -g.Int64(), 1<<63 - 1, -1 << 63}[g.IntN(11)]
	switch {
	case t.Kind == value.TypeTinyInt:
		return value.Int(n % 128)
	case t.IsInteger() && !t.Unsigned:
		return value.Int(n)
	case t.Kind == value.TypeInt:
		return value.Uint(uint64(uint32(n)))
	case t.IsInteger():
		return value.Uint(uint64(n))
	case t.Kind == value.TypeDouble:
		return value.Double([]float64{0, 1, -1.5, float64(n), 1e308, g.NormFloat64()}[g.IntN(6)])
	case t.Kind == value.TypeDecimal:
		d, _ := value.DecimalOfUnscaled(n, g.IntN(12)).Fit(int(t.Precision), int(t.Scale))
		return value.Dec(d)
	case t.Kind == value.TypeDate, t.Kind == value.TypeDateTime:
		d, _ := codec.NewDateTime(2000+g.IntN(3), g.IntN(13), g.IntN(29), g.IntN(24), g.IntN(60), 0, g.IntN(1000)*1000)
		if t.Kind == value.TypeDate {
			return value.Date(d)
		}
		return value.DateTime(d)
	case t.Kind == value.TypeTime:
		return value.Time(int64(g.IntN(200000)-100000) * value.MicrosPerSecond)
	case t.Kind == value.TypeYear:
		return value.Uint(uint64(1901 + g.IntN(200)))
	case t.Kind == value.TypeBit, t.Kind == value.TypeSet:
		return value.Uint(uint64(g.IntN(8)))
	case t.Kind == value.TypeEnum:
		return value.Uint(uint64(1 + g.IntN(3)))
	case t.Kind == value.TypeJSON:
		j, _ := value.ParseJSON([]byte([]string{"1", "2.5", `"a"`, "[1, 2]", `{"a": 1}`, "null", "true"}[g.IntN(7)]))
		return value.Document(j)
	}
	return value.String([]string{"", "a", "A", "a ", "b", "1", "1x", "2001-01-01", "Green", "ß", "ss", "12:00:00", "abc"}[g.IntN(13)])
}

func (g *generator) batch(n int) *Batch {
	b := &Batch{N: n}
	for _, c := range g.columns {
		v := NewVector(&c.Of)
		for range n {
			if err := v.Append(g.cell(&c.Of)); err != nil {
				panic(err)
			}
		}
		if v.Variable() && c.Of.IsString() && g.IntN(2) == 0 {
			v.Kind = codec.KindText // as a scan fills it
		}
		b.Columns = append(b.Columns, *v)
	}
	return b
}

var (
	leafOps   = []string{"=", "<>", "<", "<=", ">", ">=", "<=>"}
	numberOps = []string{"+", "-", "*", "+", "-", "*", "/", "div", "%", "|", "<<"}
)

// expr is an expression of about this depth; a call that is refused, as one of
// collations that do not mix, becomes a column.
func (g *generator) expr(depth int) Expr {
	if depth == 0 || g.IntN(5) == 0 {
		if g.IntN(3) == 0 {
			all := samples()
			return all[g.IntN(len(all))]
		}
		return g.columns[g.IntN(len(g.columns))]
	}
	var e Expr
	var err error
	switch g.IntN(14) {
	case 12, 13:
		e, err = g.anyCall(depth)
	case 0, 1, 2, 3:
		e, err = g.b.Call(leafOps[g.IntN(len(leafOps))], g.expr(depth-1), g.expr(depth-1))
	case 4, 5, 6:
		e, err = g.b.Call(numberOps[g.IntN(len(numberOps))], g.expr(depth-1), g.expr(depth-1))
	case 7:
		e, err = g.b.Call([]string{"and", "or", "xor"}[g.IntN(3)], g.expr(depth-1), g.expr(depth-1))
	case 8:
		e, err = g.b.Call([]string{"not", "is null", "is not null", "neg", "is true"}[g.IntN(5)], g.expr(depth-1))
	case 9:
		e, err = g.b.Call("in", g.columns[g.IntN(3)], IntLiteral(1), IntLiteral(2), g.expr(0), IntLiteral(100))
	case 10:
		e, err = g.b.Call([]string{"between", "if", "greatest", "coalesce"}[g.IntN(4)], g.expr(depth-1), g.expr(depth-1), g.expr(depth-1))
	default:
		e, err = g.b.Call("like", g.expr(depth-1), text("%a%"))
	}
	if err != nil {
		return g.columns[g.IntN(len(g.columns))]
	}
	return e
}

// anyCall calls any function that has one answer for the same arguments.
func (g *generator) anyCall(depth int) (Expr, error) {
	family := functions.Families[g.IntN(len(functions.Families))]
	f := &family.Functions[g.IntN(len(family.Functions))]
	if f.Volatile || f.Stable || f.Name == "benchmark" {
		return g.columns[0], nil
	}
	args := make([]Expr, f.Min+g.IntN(2))
	for i := range args {
		args[i] = g.expr(depth - 1)
	}
	e, err := g.b.Call(f.Name, args...)
	if err == nil && IsRow(e) {
		return g.columns[0], nil
	}
	return e, err
}

// TestRowsAndBatchesAgree, and its fuzz target: the batch form gives what the row form
// gives, value by value, or fails as it does.
func TestRowsAndBatchesAgree(t *testing.T) {
	n := uint64(6000)
	if testing.Short() {
		n = 1500
	}
	for seed := range n {
		agree(t, seed)
	}
}

func FuzzRowsAndBatches(f *testing.F) {
	for _, seed := range []uint64{1, 77, 4711, 1 << 40} {
		f.Add(seed)
	}
	f.Fuzz(agree)
}

func agree(t *testing.T, seed uint64) {
	g := newGenerator(seed)
	b := g.batch(g.IntN(40))
	e := g.expr(1 + g.IntN(3))
	var sel []int32
	if g.IntN(2) == 0 {
		sel = []int32{}
		for i := range b.N {
			if g.IntN(3) > 0 {
				sel = append(sel, int32(i))
			}
		}
	}
	ctx := NewCtx(&value.Env{Mode: value.DefaultMode, MaxPacket: 1 << 16})
	want, kept, wantErr := byRow(e, ctx, b, sel)
	out := NewVector(e.Type())
	err := EvalBatch(e, ctx, b, sel, out)
	if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Fatalf("seed %d: %s: batch error %v, row error %v", seed, e, err, wantErr)
	}
	if err != nil {
		return
	}
	for i := range want {
		if got := out.Value(i); !sameValue(got, want[i], e.Type()) {
			t.Fatalf("seed %d: %s: batch %s, row %s", seed, e, printed(got, e.Type()), printed(want[i], e.Type()))
		}
	}
	keep, err := Filter(e, ctx, b, sel, nil)
	if err != nil || fmt.Sprint(keep) != fmt.Sprint(kept) {
		t.Fatalf("seed %d: %s: filter %v (%v), rows %v", seed, e, keep, err, kept)
	}
}

func byRow(e Expr, c *Ctx, b *Batch, sel []int32) (out []value.Value, keep []int32, err error) {
	at := &At{Batch: b}
	for i := range CountOf(b, sel) {
		at.I = PositionOf(sel, i)
		v, err := e.Eval(c, at)
		if err != nil {
			return nil, nil, err
		}
		if wrong := misfit(v, e.Type()); wrong != "" {
			return nil, nil, fmt.Errorf("%s: %s", e, wrong)
		}
		out = append(out, v.Clone())
		if holds, _ := value.ToBool(c.Env, v, e.Type()); holds {
			keep = append(keep, int32(at.I))
		}
	}
	return out, keep, nil
}

// sameValue: what a DECIMAL has above its type has no room in a column.
func sameValue(a, b value.Value, t *value.Type) bool {
	if b.Class() == value.ClassDecimal {
		d, _ := b.Decimal().Fit(int(t.Precision), int(t.Scale))
		b = value.Dec(d)
	}
	return a.Class() == b.Class() && printed(a, t) == printed(b, t)
}

// TestFilterAllocatesNothing for a row of a scan.
func TestFilterAllocatesNothing(t *testing.T) {
	of := value.BigInt
	of.Nullable = true
	col := NewColumn(0, of, "k")
	vec := NewVector(&of)
	for i := range vector.MaxRows {
		if err := vec.Append(value.Int(int64(i))); err != nil {
			t.Fatal(err)
		}
	}
	b := &Batch{Columns: []Vector{*vec}, N: vector.MaxRows}
	e := must(t, "and", must(t, "<", col, IntLiteral(900)), must(t, ">", must(t, "+", col, IntLiteral(1)), IntLiteral(10)))
	c := NewCtx(&value.Env{})
	keep := make([]int32, 0, vector.MaxRows)
	n := testing.AllocsPerRun(100, func() {
		var err error
		if keep, err = Filter(e, c, b, nil, keep[:0]); err != nil || len(keep) != 890 {
			t.Fatal(len(keep), err)
		}
	})
	if n > 12 {
		t.Errorf("%v allocations for a batch", n)
	}
}

// Texts that a scan read and texts that were computed are compared where they stand.
func TestTextsAreComparedInBatches(t *testing.T) {
	of := value.Text(value.DefaultCollation, 20)
	col := NewColumn(0, of, "s")
	vec := NewVector(&of)
	for _, s := range []string{"group 3", "GROUP 3", "group 4", "gróup 3", ""} {
		if err := vec.Append(value.String(s)); err != nil {
			t.Fatal(err)
		}
	}
	b := &Batch{Columns: []Vector{*vec}, N: vec.Len()}
	for _, kind := range []codec.Kind{codec.KindBytes, codec.KindText} {
		vec.Kind = kind
		e := must(t, "=", col, text("group 3")).(*Compare)
		keep, done, err := FilterCompare(e, NewCtx(&value.Env{}), b, nil, nil)
		if !done || err != nil || !slices.Equal(keep, []int32{0, 1, 3}) {
			t.Errorf("kind %d: %v, %v, %v", kind, keep, done, err)
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	of := value.BigInt
	col := NewColumn(0, of, "k")
	vec := NewVector(&of)
	for i := range vector.MaxRows {
		_ = vec.Append(value.Int(int64(i * 7919 % 1000)))
	}
	batch := &Batch{Columns: []Vector{*vec}, N: vector.MaxRows}
	for name, args := range map[string][]Expr{"k<500": {col, IntLiteral(500)}, "k+1<500": {mustB("+", col, IntLiteral(1)), IntLiteral(500)}} {
		e := mustB("<", args...)
		b.Run(name, func(b *testing.B) {
			c := NewCtx(&value.Env{})
			keep := make([]int32, 0, vector.MaxRows)
			for b.Loop() {
				keep, _ = Filter(e, c, batch, nil, keep[:0])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/vector.MaxRows, "ns/row")
		})
	}
}

func mustB(name string, args ...Expr) Expr {
	e, err := NewCall(name, args...)
	if err != nil {
		panic(err)
	}
	return e
}
