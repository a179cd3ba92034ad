package exec

import (
	"testing"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/value"
)

// A limit keeps away from the rows behind it what fails, warns, or changes something.
func TestLimitComputesNoMore(t *testing.T) {
	values := &Values{Columns: []value.Type{value.Text(value.DefaultCollation, 10)}}
	for _, s := range []string{"1", "2", "x", "y", "3"} {
		values.Rows = append(values.Rows, []expr.Expr{expr.TextLiteral(s, value.DefaultCollation)})
	}
	warnings := 0
	env := &value.Env{Mode: value.DefaultMode, Listen: func(value.Warning) { warnings++ }}
	b := functions.NewBuilder(env)
	column := expr.NewColumn(0, values.Columns[0], "s")
	number, err := b.Call("+", column, expr.IntLiteral(0))
	if err != nil {
		t.Fatal(err)
	}
	positive, err := b.Call(">", number, expr.IntLiteral(0))
	if err != nil {
		t.Fatal(err)
	}
	filter := &Filter{Child: values, Conds: []expr.Expr{positive}}
	for _, c := range []struct {
		node Node
		want int // warnings
	}{
		{Limited(&Limit{Child: NewProject(values, []expr.Expr{number}), Count: 2}), 0},
		{Limited(&Limit{Child: NewProject(values, []expr.Expr{number}), Count: 3}), 1},
		{Limited(&Limit{Child: NewProject(values, []expr.Expr{number}), Offset: 4, Count: 1}), 0}, // what is left out is not computed
		{&Limit{Child: &Concat{Parts: []Node{NewProject(values, []expr.Expr{number}), values}}, Count: 2}, 0},
		{&Limit{Child: filter, Count: 2}, 0},
		{&Limit{Child: filter, Count: 3}, 2},
		{&Limit{Child: &Limit{Child: filter, Count: -1, Offset: 1}, Count: 1}, 0},
		{NewProject(values, []expr.Expr{number}), 2},
	} {
		warnings = 0
		rows := 0
		if err := Each(expr.NewCtx(env), c.node, func(b *Batch) error { rows += b.Len(); return nil }); err != nil {
			t.Fatal(err)
		}
		if warnings != c.want {
			t.Errorf("%d rows of %#v: %d warnings, want %d", rows, c.node, warnings, c.want)
		}
	}
}

// Rows without columns are rows, also to a window.
func TestWindowOverNoColumns(t *testing.T) {
	values := &Values{Rows: [][]expr.Expr{{}, {}, {}}}
	env := &value.Env{Mode: value.DefaultMode}
	number := WindowFunc{Name: "row_number", Type: value.BigUint}
	for _, specs := range [][]WindowSpec{{{}}, {{Order: []SortKey{{expr.IntLiteral(1), KeyOf(&value.BigInt)}}}}} {
		w := NewWindow(values, specs, []WindowFunc{number}, []WindowColumn{{Func: 0}})
		rows := 0
		if err := Each(expr.NewCtx(env), w, func(b *Batch) error { rows += b.Len(); return nil }); err != nil || rows != 3 {
			t.Errorf("%d rows of 3, %v", rows, err)
		}
	}
}
