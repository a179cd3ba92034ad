package exec

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/value"
)

// limited is an Env whose budget is small; taken is what was not given back.
func limited(most int) (env *value.Env, taken *int) {
	taken = new(int)
	return &value.Env{Mode: value.DefaultMode, Budget: func(n int) error {
		if n > 0 && *taken+n > most {
			return errors.New("too much")
		}
		*taken += n
		return nil
	}}, taken
}

// shuffled has the numbers below n in any order, each with a text.
func shuffled(n int) *Values {
	text := value.Text(value.DefaultCollation, 40)
	v := &Values{Columns: []value.Type{value.BigInt, text}}
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(n) {
		v.Rows = append(v.Rows, []expr.Expr{expr.IntLiteral(int64(i)), expr.TextLiteral(fmt.Sprintf("row number %d", i), value.DefaultCollation)})
	}
	return v
}

func numberKey(desc bool) []SortKey {
	k := KeyOf(&value.BigInt)
	k.Desc = desc
	return []SortKey{{expr.NewColumn(0, value.BigInt, "n"), k}}
}

// TestSortSpills sorts more than its budget allows it to keep, both ways, whole and the first rows,
// and gives everything back.
func TestSortSpills(t *testing.T) {
	const n = 20_000
	for _, desc := range []bool{false, true} {
		for _, most := range []int64{0, 100} {
			env, taken := limited(300 << 10)
			c := expr.NewCtx(env)
			next, step := 0, 1
			if desc {
				next, step = n-1, -1
			}
			rows := 0
			err := each(c, &Sort{Child: shuffled(n), Keys: numberKey(desc), Most: most}, func(b *Batch) error {
				for i := range b.Len() {
					at := b.At(i)
					if got, text := b.Value(0, at).Int(), b.Value(1, at).Text(); got != int64(next) || text != fmt.Sprintf("row number %d", next) {
						return fmt.Errorf("row %d is %d, %s", rows, got, text)
					}
					next += step
					rows++
				}
				return nil
			})
			if want := max(int(most), n*int(1-min(most, 1))); err != nil || rows != want {
				t.Errorf("descending %v, most %d: %d rows, %v", desc, most, rows, err)
			}
			if *taken != 0 {
				t.Errorf("descending %v, most %d: %d bytes were not given back", desc, most, *taken)
			}
		}
	}
}

// TestTopOfManyKeys: the first rows by several keys, most of which are not looked at, are those of
// the whole order.
func TestTopOfManyKeys(t *testing.T) {
	text := value.Text(value.DefaultCollation, 10)
	r := rand.New(rand.NewPCG(5, 6))
	v := &Values{Columns: []value.Type{text, value.BigInt, value.BigInt}}
	for i := range 3000 {
		word := expr.Expr(expr.TextLiteral([]string{"", "a", "ab", "abc", "b", "B ", "ß"}[r.IntN(7)], value.DefaultCollation))
		if r.IntN(9) == 0 {
			word = expr.NullLiteral()
		}
		v.Rows = append(v.Rows, []expr.Expr{word, expr.IntLiteral(r.Int64N(9) - 4), expr.IntLiteral(int64(i))})
	}
	for n := range 8 {
		var keys []SortKey
		for i, of := range []value.Type{text, value.BigInt, value.BigInt} {
			k := KeyOf(&of)
			k.Desc = n>>i&1 == 1
			keys = append(keys, SortKey{expr.NewColumn(i, of, "c"), k})
		}
		order := func(most int64) (ids []int64) {
			err := each(expr.NewCtx(&value.Env{Mode: value.DefaultMode}), &Sort{Child: v, Keys: keys, Most: most}, func(b *Batch) error {
				for i := range b.Len() {
					ids = append(ids, b.Value(2, b.At(i)).Int())
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return ids
		}
		all := order(0)
		for _, most := range []int64{1, 10, 500} {
			if got := order(most); !slices.Equal(got, all[:most]) {
				t.Errorf("keys %d, the first %d: %v, of all %v", n, most, got, all[:most])
			}
		}
	}
}

// TestBudgetEnds: what cannot spill fails, and gives everything back.
func TestBudgetEnds(t *testing.T) {
	child := shuffled(20_000)
	key := []Key{KeyOf(&value.BigInt)}
	alike := []expr.Expr{expr.IntLiteral(1)}
	concat, err := functions.NewBuilder(&value.Env{}).Aggregate("json_arrayagg", nil, expr.NewColumn(1, child.Columns[1], "s"))
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]Node{
		"window":       NewWindow(child, []WindowSpec{{}}, []WindowFunc{{Name: "lag", Args: alike, Shift: 1, Type: value.BigInt}}, []WindowColumn{{Func: 0}}),
		"join of one":  &HashJoin{Left: child, Right: child, LeftKeys: alike, RightKeys: alike, Keys: key, NullSafe: []bool{false}},
		"group concat": NewGroup(child, nil, []Agg{{Call: concat}}, nil),
	} {
		env, taken := limited(300 << 10)
		if err := each(expr.NewCtx(env), n, func(*Batch) error { return nil }); err == nil {
			t.Errorf("%s: no error", name)
		}
		if *taken != 0 && name != "group concat" { // its states go with the statement
			t.Errorf("%s: %d bytes were not given back", name, *taken)
		}
	}
}
