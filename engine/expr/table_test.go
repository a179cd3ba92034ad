package expr_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	. "github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

var update = flag.Bool("update", false, "write docs/generated/functions.md")

func TestDocument(t *testing.T) {
	const file = "../../docs/generated/functions.md"
	if *update {
		if err := os.WriteFile(file, []byte(functions.List()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != functions.List() {
		t.Errorf("%s is not what the tables say (%v): go test ./engine/expr -run TestDocument -update", file, err)
	}
}

// TestDeclarations: what a declaration must have.
func TestDeclarations(t *testing.T) {
	seen := map[string]bool{}
	for _, family := range functions.Families {
		for i := range family.Functions {
			f := &family.Functions[i]
			for _, n := range append([]string{f.Name}, f.Aliases...) {
				if seen[n] || n != strings.ToLower(n) {
					t.Errorf("%s: the name %q is there twice, or not in lower case", f.Name, n)
				}
				seen[n] = true
			}
			if f.About == "" || f.Build == nil && (f.Eval == nil || f.Result == nil) || f.Build != nil && (f.Eval != nil || f.Prepare != nil) {
				t.Errorf("%s: About, and either Build or Result and Eval", f.Name)
			}
			if f.Max >= 0 && f.Max < f.Min || f.Max >= 0 && len(f.Args) > max(f.Max, 0) {
				t.Errorf("%s: takes %d to %d arguments and says %d of them", f.Name, f.Min, f.Max, len(f.Args))
			}
		}
	}
}

// samples are values of every type, those at the edges among them.
func samples() []Expr {
	members := []string{"red", "Green", "blue"}
	enum := value.Type{Kind: value.TypeEnum, Members: &members, Collation: value.DefaultCollation, Coercibility: value.Implicit}
	set := enum
	set.Kind = value.TypeSet
	date, _ := codec.NewDateTime(2024, 2, 29, 12, 34, 56, 789000)
	zero, last := codec.DateTime(0), mustDate(9999, 12, 31)
	doc, _ := value.ParseJSON([]byte(`{"a": [1, 2.5, null, "x"], "b": {"c": true}}`))
	big, _ := value.ParseDecimal([]byte("-99999999999999999999999999999999999.999999999999999999999999999999"))
	return []Expr{
		NullLiteral(), IntLiteral(0), IntLiteral(-1), IntLiteral(1<<63 - 1), IntLiteral(-1 << 63), IntLiteral(20240229), UintLiteral(1<<64 - 1),
		DecimalLiteral(value.DecimalOfUnscaled(-15, 1)), DecimalLiteral(big), DoubleLiteral(1.5), DoubleLiteral(-1.7e308), DoubleLiteral(5e-324),
		text(""), text("abc"), text("12.9x"), text("2024-02-29 23:59:59.9999999"), text("%Y-%m-%d"), text("漢字 ß"), text("$.a[last]"), text(`[1, {"a": 2}]`),
		text(strings.Repeat("(", 300)), BytesLiteral([]byte{0xFF, 0, 'a'}, false), BytesLiteral([]byte{0xFF}, true),
		NewConst(value.Date(date), value.DateOfDay), NewConst(value.Date(zero), value.DateOfDay), NewConst(value.DateTime(date), value.DateTimeOf(3)),
		NewConst(value.DateTime(last), value.DateTimeOf(6)), NewConst(value.Time(-value.MaxTime), value.TimeOf(0)), NewConst(value.Time(1), value.TimeOf(6)),
		NewConst(value.Document(doc), value.JSONType), NewConst(value.Document(&value.JSON{}), value.JSONType),
		NewConst(value.Uint(2), enum), NewConst(value.Uint(5), set), NewConst(value.Uint(0), enum),
		NewConst(value.Uint(1999), value.Type{Kind: value.TypeYear, Length: 4}), NewConst(value.Uint(5), value.Type{Kind: value.TypeBit, Length: 3}),
	}
}

func mustDate(y, m, d int) codec.DateTime {
	p, err := codec.NewDateTime(y, m, d, 23, 59, 59, 999_999)
	if err != nil {
		panic(err)
	}
	return p
}

// TestEveryFunctionWithEveryType: whatever is put in, a value of the type that was
// promised comes out, or MySQL's error; and the same for columns as for constants.
func TestEveryFunctionWithEveryType(t *testing.T) {
	all := samples()
	for _, family := range functions.Families {
		for i := range family.Functions {
			f := &family.Functions[i]
			n := f.Min
			if f.Max > f.Min {
				n++
			}
			for _, count := range []int{f.Min, n} {
				tryArguments(t, f, all, count)
			}
		}
	}
}

// tryArguments takes all pairs for the first two arguments; the others follow them.
func tryArguments(t *testing.T, f *Function, all []Expr, count int) {
	for i := range all {
		for j := range all {
			if count < 2 && j > 0 || count == 0 && i > 0 {
				break
			}
			args := make([]Expr, count)
			for k := range args {
				args[k] = all[[]int{i, j, (i + j) % len(all), (i * j) % len(all)}[k%4]]
			}
			tryCall(t, f, args)
		}
	}
}

func tryCall(t *testing.T, f *Function, args []Expr) {
	t.Helper()
	constant, err := tryEval(f, args, nil)
	if err == "" && constant == "" {
		return
	}
	row := make(Values, len(args))
	columns := make([]Expr, len(args))
	for i, a := range args {
		c, ok := a.(*Const)
		if !ok {
			return
		}
		of := c.Of
		of.Nullable = true
		row[i], columns[i] = c.Val, NewColumn(i, of, "c")
	}
	if _, bad := tryEval(f, columns, row); bad != "" {
		t.Fatalf("%s(%s) of columns: %s", f.Name, Join(args, ","), bad)
	}
	if err != "" {
		t.Fatalf("%s(%s): %s", f.Name, Join(args, ","), err)
	}
}

// tryEval returns what came out and what is wrong with it.
func tryEval(f *Function, args []Expr, row Row) (out, bad string) {
	stopped, stop := context.WithCancel(context.Background())
	stop() // SLEEP and BENCHMARK would take their time
	env := &value.Env{Mode: value.DefaultMode, MaxPacket: 1 << 16, Done: stopped}
	b := functions.NewBuilder(env)
	e, err := b.Call(f.Name, args...)
	if err == nil {
		var v value.Value
		if v, err = e.Eval(NewCtx(env), row); err == nil {
			if IsRow(e) {
				return "", ""
			}
			if wrong := misfit(v, e.Type()); wrong != "" {
				return "", fmt.Sprintf("%s (%s)", wrong, e.Type())
			}
			return printed(v, e.Type()), ""
		}
	}
	var known *value.Error
	if !errors.As(err, &known) && !errors.Is(err, context.Canceled) {
		return "", "the error " + err.Error() + " without a number"
	}
	return "error", ""
}

// TestWhatGrowsSaysSo: a function whose value can be much longer than its arguments is one of which a batch is made of a few
// rows at a time: see Grows.
func TestWhatGrowsSaysSo(t *testing.T) {
	text := value.Text(value.DefaultCollation, 40)
	values := []value.Value{value.Int(5000), value.Bytes([]byte("ab")), value.Bytes([]byte("%M %W %M")), value.Bytes([]byte("[1, 2]"))}
	types := []value.Type{value.BigInt, text, text, text}
	env := &value.Env{Mode: value.DefaultMode, MaxPacket: 1 << 16}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	env.Done = stopped
	b := functions.NewBuilder(env)
	for _, family := range functions.Families {
		for i := range family.Functions {
			f := &family.Functions[i]
			for n := f.Min; n <= max(f.Min, min(f.Max, 4)); n++ {
				for pick := range 1 << (2 * n) {
					row, args := make(Values, n), make([]Expr, n)
					for k := range n {
						which := pick >> (2 * k) & 3
						row[k], args[k] = values[which], NewColumn(k, types[which], "c")
					}
					e, err := b.Call(f.Name, args...)
					if err != nil || IsRow(e) {
						continue
					}
					v, err := e.Eval(NewCtx(env), row)
					if err == nil && v.Size() > 1000 && !Grows(e) {
						t.Errorf("%s(%v) has %d bytes", f.Name, row, v.Size())
						break
					}
				}
			}
		}
	}
	cast, err := b.Cast(NewColumn(0, value.BigInt, "c"), value.Text(value.BinaryCollation, 5000), CastCut)
	if err != nil || !Grows(cast) {
		t.Errorf("BINARY(5000) does not grow: %v", err)
	}
}
