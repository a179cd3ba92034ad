package expr_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	. "github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/value"
)

// aggregateAnswers are those of a block of aggregates over rows: the first line has
// the rows, whose columns are a, b, c …; each other line is an aggregate.
//
//	rows
//	(1, 'x'), (2, NULL)
//	sum(a)
//	----
//	3 | decimal(23,0)
func aggregateAnswers(t *testing.T, d *datadriven.TestData) string {
	rows, lines, _ := strings.Cut(d.Input, "\n")
	var out strings.Builder
	for line := range strings.Lines(lines) {
		out.WriteString(aggregateAnswer(envOf(t, d), rows, strings.TrimSuffix(line, "\n")) + "\n")
	}
	return out.String()
}

func aggregateAnswer(env *value.Env, rowText, text string) string {
	var warnings []string
	b := functions.NewBuilder(env)
	rows, columns, err := rowsOf(b, rowText)
	if err != nil {
		return "test: " + err.Error()
	}
	env.Listen = func(w value.Warning) { warnings = append(warnings, fmt.Sprintf(" | %d %s", w.Number, w.Text)) }
	v, typ, err := aggregated(b, rows, columns, text)
	var bad *value.Error
	switch {
	case errors.As(err, &bad):
		return fmt.Sprintf("error %d %s", bad.Number, bad.Message)
	case err != nil:
		return "test: " + err.Error()
	}
	if wrong := misfit(v, typ); wrong != "" {
		return "test: " + wrong
	}
	return printed(v, typ) + " | " + typeText(typ) + strings.Join(warnings, "")
}

// rowsOf makes columns of the types that fit all rows.
func rowsOf(b *Builder, text string) ([]Row, map[string]Expr, error) {
	e, err := parse(b, "ROW("+text+",ROW(0,0))", nil)
	if err != nil {
		return nil, nil, err
	}
	items := e.(*Tuple).Items
	items = items[:len(items)-1]
	columns := map[string]Expr{}
	rows := make([]Row, len(items))
	cells := make([][]Expr, len(items))
	for i, item := range items {
		cells[i] = []Expr{item}
		if tuple, ok := item.(*Tuple); ok {
			cells[i] = tuple.Items
		}
		rows[i] = make(Values, len(cells[i]))
	}
	for k := range cells[0] {
		var column []Expr
		for i := range cells {
			column = append(column, cells[i][k])
		}
		of, err := b.Union(column, "union")
		if err != nil {
			return nil, nil, err
		}
		of.Nullable, of.Coercibility = true, min(of.Coercibility, value.Implicit)
		for i := range cells {
			v, err := cells[i][k].Eval(NewCtx(b.Env), nil)
			if err == nil {
				v, err = value.Adapt(b.Env, v, cells[i][k].Type(), &of)
			}
			if err != nil {
				return nil, nil, err
			}
			rows[i].(Values)[k] = v
		}
		name := string(rune('a' + k))
		columns[name] = NewColumn(k, of, name)
	}
	return rows, columns, nil
}

// aggregated computes the aggregate in one state, and in two that are merged, which
// must be the same.
func aggregated(b *Builder, rows []Row, columns map[string]Expr, text string) (value.Value, *value.Type, error) {
	f, err := parseAggregate(b, text, columns)
	if err != nil {
		return value.Null, nil, err
	}
	c := NewCtx(b.Env)
	whole, half, other := f.Aggregate.New(f), f.Aggregate.New(f), f.Aggregate.New(f)
	for i, row := range rows {
		if row.Value(0).IsNull() && len(rows) == 1 {
			break // no rows at all
		}
		if err := f.Add(c, whole, row); err != nil {
			return value.Null, nil, err
		}
		into := half
		if i >= len(rows)/2 {
			into = other
		}
		quiet := *b.Env
		quiet.Listen = nil
		if err := f.Add(NewCtx(&quiet), into, row); err != nil {
			return value.Null, nil, err
		}
	}
	v, err := whole.Result(c)
	if err != nil {
		return v, nil, err
	}
	quiet := *b.Env
	quiet.Listen = nil
	if err := half.Merge(NewCtx(&quiet), other); err != nil {
		return v, nil, err
	}
	merged, err := half.Result(NewCtx(&quiet))
	if got, want := rough(merged, f.Type()), rough(v, f.Type()); err != nil || got != want {
		return v, nil, fmt.Errorf("merged it is %s, else %s (%v)", got, want, err)
	}
	return v, f.Type(), nil
}

// parseAggregate reads name([DISTINCT] values [ORDER BY keys] [SEPARATOR text]).
func parseAggregate(b *Builder, text string, columns map[string]Expr) (*AggregateCall, error) {
	name, rest, _ := strings.Cut(strings.TrimSuffix(text, ")"), "(")
	list := func(s string) ([]Expr, error) {
		if strings.TrimSpace(s) == "" {
			return nil, nil
		}
		e, err := parse(b, "ROW("+s+",0)", columns)
		if err != nil {
			return nil, err
		}
		return e.(*Tuple).Items[:len(e.(*Tuple).Items)-1], nil
	}
	var options any
	var keys []Expr
	if name == "group_concat" {
		o := GroupConcat{Separator: ","}
		if r, ok := strings.CutPrefix(rest, "distinct "); ok {
			rest, o.Distinct = r, true
		}
		if r, separator, ok := strings.Cut(rest, " separator "); ok {
			rest, o.Separator = r, strings.Trim(separator, "'")
		}
		if r, order, ok := strings.Cut(rest, " order by "); ok {
			rest = r
			for _, key := range strings.Split(order, ", ") {
				key, desc := strings.CutSuffix(key, " desc")
				o.Descending = append(o.Descending, desc)
				k, err := list(key)
				if err != nil {
					return nil, err
				}
				keys = append(keys, k...)
			}
		}
		options = o
	}
	args, err := list(rest)
	if err != nil {
		return nil, err
	}
	return b.Aggregate(name, options, append(args, keys...)...)
}

// rough leaves the last digits of a double out, which depend on the order of the rows.
func rough(v value.Value, t *value.Type) string {
	if v.Class() == value.ClassDouble {
		return fmt.Sprintf("%.12g", v.Double())
	}
	return printed(v, t)
}
