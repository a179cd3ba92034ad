package exec

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/value"
)

// tight is an Env in which there is only so much memory, beside what operators need for files.
func tight(most int) (env *value.Env, taken, files *int) {
	env, taken = limited(most)
	files = new(int)
	env.Overdraw = func(n int) { *taken += n }
	env.Temporary = func() (value.File, error) {
		*files++
		f, err := os.CreateTemp("", "lxdb-")
		if err == nil {
			err = os.Remove(f.Name())
		}
		return f, err
	}
	return env, taken, files
}

// mixed has rows of a number, often NULL or the same, a text in several spellings, and the row's number.
func mixed(n, numbers int, seed uint64) *Values {
	text := value.Text(value.DefaultCollation, 60)
	text.Nullable = true
	number := value.BigInt
	number.Nullable = true
	v := &Values{Columns: []value.Type{number, text, value.BigInt}}
	r := rand.New(rand.NewPCG(seed, 2))
	for i := range n {
		k := r.IntN(numbers)
		row := []expr.Expr{expr.IntLiteral(int64(k)), nil, expr.IntLiteral(int64(i))}
		if r.IntN(20) == 0 {
			row[0] = expr.NullLiteral()
		}
		spelling := []string{"text number %d of a table", "TEXT number %d of a table", "Text Number %d of a table"}[r.IntN(3)]
		row[1] = expr.TextLiteral(fmt.Sprintf(spelling, k%3000), value.DefaultCollation)
		v.Rows = append(v.Rows, row)
	}
	return v
}

func column(v *Values, n int) *expr.Column {
	return expr.NewColumn(n, v.Columns[n], fmt.Sprint("c", n))
}

func sortKey(e expr.Expr) SortKey { return SortKey{e, KeyOf(e.Type())} }

func aggregate(t *testing.T, distinct bool, name string, args ...expr.Expr) Agg {
	t.Helper()
	call, err := functions.NewBuilder(&value.Env{Mode: value.DefaultMode}).Aggregate(name, nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	return Agg{Call: call, Distinct: distinct}
}

// answer is all rows, sorted.
func answer(env *value.Env, n Node) ([]string, error) {
	var out []string
	types := n.Types()
	err := each(expr.NewCtx(env), n, func(b *Batch) error {
		for i := range b.Len() {
			row := ""
			for c := range b.Columns {
				v := b.Value(c, b.At(i))
				if v.IsNull() {
					row += "|NULL"
				} else {
					row += "|" + string(value.AppendText(nil, v, &types[c]))
				}
			}
			out = append(out, row)
		}
		return nil
	})
	slices.Sort(out)
	return out, err
}

// TestSpills: with little memory, and with nearly none, operators give what they give with all of it,
// and give everything back.
func TestSpills(t *testing.T) {
	a, b := mixed(6_000, 3_000, 1), mixed(3_000, 3_000, 2)
	n, s, i := column(a, 0), column(a, 1), column(a, 2)
	less, err := functions.NewBuilder(&value.Env{}).Call("<", column(a, 2), expr.NewColumn(5, a.Columns[2], "r"))
	if err != nil {
		t.Fatal(err)
	}
	two := func(v *Values) Node { return NewProject(v, []expr.Expr{n, s}) }
	join := func(kind JoinKind, safe bool, on []expr.Expr, keys ...expr.Expr) Node {
		j := &HashJoin{Left: a, Right: b, Kind: kind, LeftKeys: keys, RightKeys: keys, On: on}
		for _, k := range keys {
			j.Keys, j.NullSafe = append(j.Keys, KeyOf(k.Type())), append(j.NullSafe, safe)
		}
		return j
	}
	all := []Agg{aggregate(t, false, "count"), aggregate(t, false, "sum", i), aggregate(t, false, "max", i), aggregate(t, true, "count", n), aggregate(t, true, "sum", n), aggregate(t, true, "count", n, s)}
	for name, node := range map[string]Node{
		"distinct":          NewDistinct(two(a)),
		"distinct number":   NewDistinct(NewProject(a, []expr.Expr{n})),
		"group by number":   NewGroup(a, []SortKey{sortKey(n)}, all, []expr.Expr{n}),
		"group by text":     NewGroup(NewProject(a, []expr.Expr{n, s, i}), []SortKey{sortKey(s)}, all[:5], nil),
		"group by both":     NewGroup(a, []SortKey{sortKey(n), sortKey(s)}, all[:3], []expr.Expr{n}),
		"one group":         NewGroup(a, nil, all, nil),
		"join":              join(InnerJoin, false, nil, n),
		"join by text":      join(InnerJoin, false, []expr.Expr{less}, s),
		"left join":         join(LeftJoin, false, nil, n),
		"left join on":      join(LeftJoin, false, []expr.Expr{less}, n),
		"left join both":    join(LeftJoin, true, nil, n, s),
		"loop of few":       &LoopJoin{Left: mixed(40, 3_000, 3), Right: a, Keep: true, On: []expr.Expr{less}},
		"left loop of few":  &LoopJoin{Left: mixed(40, 3_000, 3), Right: a, Kind: LeftJoin, Keep: true, On: []expr.Expr{less}},
		"loop to few":       &LoopJoin{Left: a, Right: mixed(60, 3_000, 3), Keep: true, On: []expr.Expr{less}},
		"except":            &SetOp{Left: two(a), Right: two(b), Except: true},
		"except all":        &SetOp{Left: two(a), Right: two(b), Except: true, All: true},
		"intersect":         &SetOp{Left: two(a), Right: two(b)},
		"intersect all":     &SetOp{Left: two(a), Right: two(b), All: true},
		"window":            windowOver(a, []Agg{all[0], all[1]}, n, i),
		"window, long":      windowOver(a, []Agg{all[1]}, s, i),
		"distinct of group": NewDistinct(NewGroup(join(InnerJoin, false, nil, n), []SortKey{sortKey(n)}, all[:3], nil)),
	} {
		want, err := answer(&value.Env{Mode: value.DefaultMode}, node)
		if err != nil || len(want) == 0 {
			t.Fatalf("%s: %d rows, %v", name, len(want), err)
		}
		for _, most := range []int{200 << 10, 0} {
			env, taken, files := tight(most)
			got, err := answer(env, node)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s in %d bytes: %d rows instead of %d, %v", name, most, len(got), len(want), err)
			}
			if *taken != 0 {
				t.Errorf("%s in %d bytes: %d bytes were not given back", name, most, *taken)
			}
			if *files == 0 && name != "distinct number" && !strings.HasSuffix(name, " few") {
				t.Errorf("%s in %d bytes: no file was made", name, most)
			}
		}
	}
}

// windowOver has windows by a key and by all rows, streamed and with partitions in memory.
func windowOver(a *Values, aggs []Agg, by, order expr.Expr) Node {
	desc := sortKey(order)
	desc.Key.Desc = true
	specs := []WindowSpec{{Partition: []SortKey{sortKey(by)}, Order: []SortKey{sortKey(order)}}, {Order: []SortKey{desc}}, {Partition: []SortKey{sortKey(by)}, Order: []SortKey{desc}}}
	running := Frame{Start: FrameBound{Unbounded: true}, End: FrameBound{Current: true}}
	moving := Frame{Rows: true, Start: FrameBound{N: value.DecimalOfInt(-2)}, End: FrameBound{Current: true}}
	funcs := []WindowFunc{
		{Spec: 0, Name: "lag", Args: []expr.Expr{order}, Shift: 1, Type: *order.Type()},
		{Spec: 1, Name: "row_number", Type: value.BigUint}, {Spec: 1, Name: "rank", Type: value.BigUint}, {Spec: 1, Name: "dense_rank", Type: value.BigUint},
		{Spec: 2, Name: "ntile", Shift: 3, Type: value.BigUint},
	}
	for _, agg := range aggs {
		funcs = append(funcs, WindowFunc{Spec: 0, Call: agg.Call, Frame: running, Type: *agg.Call.Type()}, WindowFunc{Spec: 2, Call: agg.Call, Frame: moving, Type: *agg.Call.Type()})
	}
	list := []WindowColumn{{Func: -1, Expr: column(a, 2)}, {Func: -1, Expr: column(a, 1)}}
	for f := range funcs {
		list = append(list, WindowColumn{Func: f})
	}
	return NewWindow(a, specs, funcs, list)
}

// TestSpillFails: an error of the disk is told, and everything is given back.
func TestSpillFails(t *testing.T) {
	a := mixed(12_000, 12_000, 1)
	for name, node := range map[string]Node{
		"distinct": NewDistinct(a),
		"group":    NewGroup(a, []SortKey{sortKey(column(a, 0))}, nil, []expr.Expr{column(a, 0)}),
		"except":   &SetOp{Left: a, Right: a, Except: true},
		"sort":     &Sort{Child: a, Keys: []SortKey{sortKey(column(a, 0))}},
	} {
		env, taken, _ := tight(100 << 10)
		env.Temporary = func() (value.File, error) { return nil, errors.New("no disk") }
		if _, err := answer(env, node); err == nil {
			t.Errorf("%s: no error", name)
		}
		if *taken != 0 {
			t.Errorf("%s: %d bytes were not given back", name, *taken)
		}
	}
}
