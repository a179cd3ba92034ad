package exec

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/vector"
)

// cut is a source of the rows of a Values, which is read as one or in pieces of many sizes.
type cut struct {
	of      *Values
	divided *atomic.Int32
	wrong   int // the row whose reading fails; 0 is none
	fault   bool
	open    *atomic.Int32
}

func (s *cut) Open(*expr.Ctx, Want) (Reader, error) { return s.reader(0, len(s.of.Rows)), nil }

func (s *cut) reader(from, to int) Reader {
	s.open.Add(1)
	return &cutReader{s: s, at: from, end: to}
}

func (s *cut) Divide(_ *expr.Ctx, _ Want, n int) (list []Reader, err error) {
	s.divided.Add(1)
	size := len(s.of.Rows) / n
	for i := range n {
		from, to := i*size+i%3, (i+1)*size+(i+1)%3
		if i == 0 {
			from = 0
		}
		if i == n-1 {
			to = len(s.of.Rows)
		}
		list = append(list, s.reader(from, to))
	}
	return list, nil
}

type cutReader struct {
	s       *cut
	at, end int
}

func (r *cutReader) Fill(c *expr.Ctx, b *vector.Batch, most int) error {
	kinds := make([]value.Type, len(r.s.of.Columns))
	copy(kinds, r.s.of.Columns)
	v := &Batch{}
	v.begin(kinds)
	for ; r.at < r.end && v.N < most; r.at++ {
		if r.s.wrong > 0 && r.at == r.s.wrong {
			if r.s.fault {
				panic("a fault")
			}
			return errors.New("row is damaged")
		}
		for i, e := range r.s.of.Rows[r.at] {
			x, err := e.Eval(c, nil)
			if err == nil {
				err = v.Columns[i].Append(x)
			}
			if err != nil {
				return err
			}
		}
		v.N++
	}
	b.Columns = b.Columns[:0]
	for i := range v.Columns {
		b.Columns = append(b.Columns, *v.Columns[i].Column)
	}
	b.SetLen(v.N)
	return nil
}

func (r *cutReader) Close() error {
	r.s.open.Add(-1)
	return nil
}

// helped sets how many processors are idle as long as a test runs.
func helped(t *testing.T, n int) {
	was, then := idle, wanted
	idle, wanted = func() int { return n }, func() bool { return false }
	t.Cleanup(func() { idle, wanted = was, then })
}

// told runs a node: its rows in their order, its error, and how many warnings there were.
func told(env value.Env, n Node) (rows []string, err error, warnings int) {
	env.Listen = func(value.Warning) { warnings++ }
	types := n.Types()
	err = each(expr.NewCtx(&env), n, func(b *Batch) error {
		for i := range b.Len() {
			var row []string
			for c := range b.Columns {
				row = append(row, string(value.AppendText(nil, b.Value(c, b.At(i)), &types[c])))
			}
			rows = append(rows, strings.Join(row, "|"))
		}
		return nil
	})
	return rows, err, warnings
}

// TestPieces: several goroutines give what one gives, row for row, warning for warning, error for error,
// and the pieces are closed.
func TestPieces(t *testing.T) {
	b := functions.NewBuilder(&value.Env{Mode: value.DefaultMode})
	call := func(name string, args ...expr.Expr) expr.Expr {
		t.Helper()
		e, err := b.Call(name, args...)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	made, err := b.CallOf(&expr.Function{
		Name: "subquery", Stable: true, Result: func(*expr.Call) (value.Type, error) { return value.Boolean, nil },
		Eval: func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) { return value.Bool(true), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, numbers := range []int{7, 9_000} {
		v := mixed(20_011, numbers, uint64(numbers))
		n, s, i := column(v, 0), column(v, 1), column(v, 2)
		all := []Agg{aggregate(t, false, "count"), aggregate(t, false, "count", n), aggregate(t, false, "sum", n), aggregate(t, false, "avg", i),
			aggregate(t, false, "min", n), aggregate(t, false, "max", i), aggregate(t, false, "sum", call("*", i, expr.IntLiteral(1<<50)))}
		source := &cut{of: v, divided: new(atomic.Int32), open: new(atomic.Int32)}
		scan := func() Node {
			sc := NewScan(source, []int{0, 1, 2}, v.Columns)
			sc.Rows = manyRows
			return sc
		}
		some := &Filter{scan(), []expr.Expr{call("<", n, expr.IntLiteral(int64(numbers/2))), call(">", i, expr.IntLiteral(77))}}
		warns := &Filter{scan(), []expr.Expr{call("or", call("=", s, expr.IntLiteral(1)), call(">", i, expr.IntLiteral(3)))}}
		few := &Filter{scan(), []expr.Expr{call(">", i, expr.IntLiteral(20_000))}}
		type test struct {
			node  Node
			whole bool // it is not worth pieces, or none of its aggregates can be put together
		}
		for name, x := range map[string]test{
			"one group":      {NewGroup(scan(), nil, all, []expr.Expr{s, i}), false},
			"of few":         {NewGroup(few, nil, all, []expr.Expr{s, i}), false},
			"of none":        {NewGroup(&Filter{scan(), []expr.Expr{call(">", i, expr.IntLiteral(1<<40))}}, nil, all, []expr.Expr{s}), false},
			"no groups":      {NewGroup(&Filter{scan(), []expr.Expr{call(">", i, expr.IntLiteral(1<<40))}}, []SortKey{sortKey(n)}, all, nil), false},
			"by number":      {NewGroup(scan(), []SortKey{sortKey(n)}, all, []expr.Expr{n, s, i}), false},
			"by text":        {NewGroup(some, []SortKey{sortKey(s)}, all, []expr.Expr{s}), false},
			"by both":        {NewGroup(NewProject(some, []expr.Expr{s, n, i}), []SortKey{sortKey(column(v, 0)), sortKey(i)}, all[:1], nil), true},
			"by computed":    {NewGroup(scan(), []SortKey{sortKey(call("%", i, expr.IntLiteral(13)))}, all, []expr.Expr{i}), false},
			"warnings":       {NewGroup(warns, []SortKey{sortKey(n)}, all, []expr.Expr{n, s, i}), false},
			"distinct":       {NewGroup(scan(), nil, []Agg{aggregate(t, true, "count", n)}, nil), true},
			"of text":        {NewGroup(scan(), nil, []Agg{aggregate(t, false, "min", s)}, nil), true},
			"first":          {&Sort{Child: some, Keys: []SortKey{sortKey(n), sortKey(s)}, Most: 50}, false},
			"first by text":  {&Sort{Child: scan(), Keys: []SortKey{sortKey(s)}, Most: 1000}, false},
			"first, warning": {&Sort{Child: warns, Keys: []SortKey{sortKey(s)}, Most: 10}, false},
			"all in order":   {&Sort{Child: scan(), Keys: []SortKey{sortKey(s)}}, true},
			"subquery":       {NewGroup(&Filter{scan(), []expr.Expr{made}}, nil, all, nil), true}, // keeps what it has computed
			"session's":      {NewGroup(&Filter{scan(), []expr.Expr{call("<>", call("connection_id"), i)}}, nil, all[:1], nil), true},
			"volatile":       {NewGroup(&Filter{scan(), []expr.Expr{call("<", call("rand"), expr.IntLiteral(2))}}, nil, all, nil), true},
		} {
			for _, broken := range []string{"", "error", "fault"} {
				source.wrong, source.fault = 0, broken == "fault"
				if broken != "" {
					source.wrong = 20_005
				}
				t.Run(fmt.Sprint(numbers, " ", name, " ", broken), func(t *testing.T) {
					env := value.Env{Mode: value.DefaultMode}
					run := func() (rows []string, err error, warnings int, fault any) {
						defer func() { fault = recover() }()
						rows, err, warnings = told(env, x.node)
						return
					}
					helped(t, 0)
					want, wantErr, warned, fault := run()
					before := source.divided.Load()
					helped(t, 3)
					got, err, warnings, again := run()
					if !slices.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) || warnings != warned || fault != again {
						t.Errorf("%d rows, %v, %d warnings, %v; one goroutine has %d, %v, %d, %v", len(got), err, warnings, again, len(want), wantErr, warned, fault)
					}
					if divided := source.divided.Load() > before; divided == x.whole && x.whole != (name == "by both") {
						t.Errorf("read in pieces: %v", divided)
					}
					if n := source.open.Swap(0); n != 0 && broken != "fault" {
						t.Errorf("%d readers are open", n)
					}
				})
			}
		}
	}
}

// TestPiecesWithoutMemory: what has no memory in pieces goes to files as one, and all memory is given back.
func TestPiecesWithoutMemory(t *testing.T) {
	v := mixed(20_000, 900, 5)
	n, s, i := column(v, 0), column(v, 1), column(v, 2)
	scan := NewScan(&cut{of: v, divided: new(atomic.Int32), open: new(atomic.Int32)}, []int{0, 1, 2}, v.Columns)
	scan.Rows = manyRows
	for name, node := range map[string]Node{
		"groups": NewGroup(scan, []SortKey{sortKey(n), sortKey(s)}, []Agg{aggregate(t, false, "sum", i)}, []expr.Expr{n}),
		"first":  &Sort{Child: scan, Keys: []SortKey{sortKey(s), sortKey(i)}, Most: 3000},
	} {
		helped(t, 0)
		want, err := answer(&value.Env{Mode: value.DefaultMode}, node)
		if err != nil {
			t.Fatal(err)
		}
		helped(t, 3)
		for _, most := range []int{1 << 30, 2 << 20, 200 << 10, 0} {
			env, taken, _ := tight(most)
			got, err := answer(env, node)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s with %d bytes: %d rows, %v; want %d", name, most, len(got), err, len(want))
			}
			if *taken != 0 {
				t.Errorf("%s with %d bytes: %d are not given back", name, most, *taken)
			}
		}
	}
}
