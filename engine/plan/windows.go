package plan

import (
	"fmt"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// overs are the functions with OVER in expressions that r has not computed yet.
func overs(r *rel, list ...sql.Expression) (out []*grammar.OverCall) {
	for _, e := range list {
		sql.Inspect(e, func(e sql.Expression) bool {
			switch e := e.(type) {
			case *expression.Alias:
				return r.byID(e.Id()) < 0
			case *grammar.OverCall:
				if r.over(e.Over) < 0 {
					out = append(out, e)
				}
				return false
			}
			return true
		})
	}
	return out
}

// byID is the place of the column that has an id; -1 is none.
func (r *rel) byID(id sql.ColumnId) int {
	for i := range r.cols {
		if id != 0 && r.cols[i].id == id {
			return i
		}
	}
	return -1
}

// over is the place of the column that a function with OVER was computed into; -1 is none.
func (r *rel) over(o *grammar.Over) int { return overIn(r.cols, o) }

func overIn(cols []column, o *grammar.Over) int {
	for i := range cols {
		if cols[i].over == o {
			return i
		}
	}
	return -1
}

// windowed adds a column for each function with OVER in some expressions. Windows that
// partition and sort alike are one.
func (c *converter) windowed(r *rel, outer *boundary, list ...sql.Expression) (*rel, error) {
	calls := overs(r, list...)
	if len(calls) == 0 {
		return r, nil
	}
	s := &scope{cols: r.cols, outer: outer}
	w := &windows{c: c, s: s, known: map[string]int{}}
	out := &rel{rows: r.rows, cols: append([]column{}, r.cols...)}
	var columns []exec.WindowColumn
	for i := range r.cols {
		columns = append(columns, exec.WindowColumn{Func: -1, Expr: expr.NewColumn(i, r.cols[i].typ, "")})
	}
	for _, call := range calls {
		if out.over(call.Over) >= 0 {
			continue
		}
		f, err := w.function(call)
		if err != nil {
			return nil, err
		}
		columns = append(columns, exec.WindowColumn{Func: len(w.funcs)})
		w.funcs = append(w.funcs, f)
		out.cols = append(out.cols, column{typ: f.Type, over: call.Over})
	}
	out.node = exec.NewWindow(r.node, w.specs, w.funcs, columns)
	return out, nil
}

// windows are the windows of one node.
type windows struct {
	c     *converter
	s     *scope
	known map[string]int
	specs []exec.WindowSpec
	funcs []exec.WindowFunc
}

func (w *windows) function(e *grammar.OverCall) (f exec.WindowFunc, err error) {
	c := w.c
	parts, order := e.Bound[e.Args:e.Args+e.Parts], e.Bound[e.Args+e.Parts:e.Args+e.Parts+e.Order]
	if f.Spec, err = w.spec(e, parts, order); err != nil {
		return f, err
	}
	if f.Frame, err = w.frame(e, f.Spec); err != nil {
		return f, err
	}
	var args []expr.Expr
	for _, a := range e.Bound[:e.Args] {
		x, err := c.expr(w.s, a)
		if err != nil {
			return f, err
		}
		args = append(args, x)
	}
	f.Name = e.Name
	switch e.Name {
	case "row_number", "rank", "dense_rank":
		f.Type = value.BigUint
	case "percent_rank", "cume_dist":
		f.Type = value.DoubleType
	case "ntile":
		f.Type = value.BigUint
		f.Shift, err = count(c, e.Name, args[0], 1)
	case "lag", "lead":
		err = c.shiftedRow(&f, args)
	case "first_value", "last_value":
		f.Args, f.Type = args, expr.PutAside(args[0].Type())
	case "nth_value":
		if len(args) != 2 {
			return f, wrongArguments(e.Name)
		}
		f.Args, f.Type = args[:1], expr.PutAside(args[0].Type())
		f.Shift, err = count(c, e.Name, args[1], 1)
	default:
		if f.Call, err = c.madeAggregate(e.Name, nil, args); err == nil {
			f.Type = expr.PutAside(f.Call.Type())
			f.Type.Nullable = e.Name != "count" && !strings.HasPrefix(e.Name, "bit_")
		}
	}
	return f, err
}

func nullable(t value.Type) value.Type {
	t.Nullable = true
	return t
}

// shiftedRow is LAG or LEAD.
func (c *converter) shiftedRow(f *exec.WindowFunc, args []expr.Expr) (err error) {
	if len(args) == 0 || len(args) > 3 {
		return wrongArguments(f.Name)
	}
	f.Shift, f.Args, f.Type = 1, args[:1], expr.PutAside(args[0].Type())
	if len(args) > 1 {
		if f.Shift, err = count(c, f.Name, args[1], 0); err != nil {
			return err
		}
	}
	if len(args) > 2 {
		f.Args = []expr.Expr{args[0], args[2]}
		t, err := c.unite(f.Args)
		if err != nil {
			return err
		}
		f.Type = nullable(t)
	}
	return nil
}

func wrongArguments(name string) error {
	return sqlerr.WrongArguments.Errorf("Incorrect arguments to %s", name)
}

// count is a number that NTILE, NTH_VALUE, LAG and LEAD take: it is the same for all rows.
func count(c *converter, name string, e expr.Expr, least int64) (int64, error) {
	if !expr.IsConst(e) {
		return 0, wrongArguments(name)
	}
	v, err := e.Eval(expr.NewCtx(c.b.Env), nil)
	if err != nil {
		return 0, err
	}
	switch {
	case v.Class() == value.ClassInt && v.Int() >= least:
		return v.Int(), nil
	case v.Class() == value.ClassUint && v.Uint() <= 1<<62 && int64(v.Uint()) >= least:
		return int64(v.Uint()), nil
	}
	return 0, wrongArguments(name)
}

func (w *windows) spec(e *grammar.OverCall, parts, order []sql.Expression) (int, error) {
	name := fmt.Sprint(parts, order, e.Descending)
	if at, ok := w.known[name]; ok {
		return at, nil
	}
	var out exec.WindowSpec
	var err error
	if out.Partition, err = w.keys(parts, nil); err != nil {
		return 0, err
	}
	if out.Order, err = w.keys(order, e.Descending); err != nil {
		return 0, err
	}
	w.specs = append(w.specs, out)
	w.known[name] = len(w.specs) - 1
	return len(w.specs) - 1, nil
}

func (w *windows) keys(list []sql.Expression, descending []bool) (out []exec.SortKey, err error) {
	for i, e := range list {
		x, err := w.c.expr(w.s, e)
		if err != nil {
			return nil, err
		}
		k := exec.KeyOf(x.Type()).Sorting()
		k.Desc = descending != nil && descending[i]
		out = append(out, exec.SortKey{Expr: x, Key: k})
	}
	return out, nil
}

// frame converts a frame. Without one it is the whole partition, or with ORDER BY all rows up to
// the peers of the row.
func (w *windows) frame(e *grammar.OverCall, spec int) (f exec.Frame, err error) {
	if e.Frame == nil {
		f.Start.Unbounded = true
		f.End.Unbounded, f.End.Current = e.Order == 0, e.Order > 0
		return f, nil
	}
	f.Rows = e.Frame.Rows
	if f.Start, err = w.bound(e, e.Frame.Start, spec, &f); err != nil {
		return f, err
	}
	f.End, err = w.bound(e, e.Frame.End, spec, &f)
	return f, err
}

func (w *windows) bound(e *grammar.OverCall, b grammar.OverBound, spec int, f *exec.Frame) (out exec.FrameBound, err error) {
	switch b.Type {
	case ast.UnboundedFollowing, ast.UnboundedPreceding:
		out.Unbounded = true
		return out, nil
	case ast.CurrentRow:
		out.Current = true
		return out, nil
	}
	x, err := w.c.ofNow(w.s, e.Bound[b.At])
	if err != nil {
		return out, err
	}
	if !expr.IsConst(x) {
		return out, sqlerr.WindowRangeNotConstant.Errorf("Window '%s' has a non-constant frame bound.", e.Window)
	}
	v, err := x.Eval(expr.NewCtx(w.c.b.Env), nil)
	if err != nil {
		return out, err
	}
	before := b.Type == ast.ExprPreceding
	if b.Unit != "" {
		return w.interval(e, b, x, v, spec, f)
	}
	illegal := sqlerr.WindowFrameIllegal.Errorf("Window '%s': frame start or end is negative, NULL or of non-integral type", e.Window)
	switch v.Class() {
	case value.ClassInt, value.ClassUint, value.ClassDecimal, value.ClassDouble:
	default:
		return out, illegal
	}
	d, err := value.ToDecimal(w.c.b.Env, v, x.Type())
	if err != nil {
		return out, err
	}
	if d.Sign() < 0 || e.Frame.Rows && v.Class() != value.ClassInt && v.Class() != value.ClassUint {
		return out, illegal
	}
	if !e.Frame.Rows {
		order := w.specs[spec].Order
		switch {
		case len(order) != 1 || !order[0].Expr.Type().IsNumber() && !order[0].Expr.Type().IsTemporal():
			return out, rangeOrder(e)
		case order[0].Expr.Type().IsTemporal():
			return out, sqlerr.WindowRangeTemporalType.Errorf("Window '%s' with RANGE frame has ORDER BY expression of datetime type. Only INTERVAL bound value allowed.", e.Window)
		}
	}
	out.N = d
	if before {
		out.N = d.Neg()
	}
	return out, nil
}

func rangeOrder(e *grammar.OverCall) error {
	return sqlerr.WindowRangeOrderType.Errorf("Window '%s' with RANGE N PRECEDING/FOLLOWING frame requires exactly one ORDER BY expression, of numeric or temporal type", e.Window)
}

// interval is a bound that is so much time away: the row's key, moved.
func (w *windows) interval(e *grammar.OverCall, b grammar.OverBound, by expr.Expr, v value.Value, spec int, f *exec.Frame) (out exec.FrameBound, err error) {
	order := w.specs[spec].Order
	if len(order) != 1 || !order[0].Expr.Type().IsNumber() && !order[0].Expr.Type().IsTemporal() {
		return out, rangeOrder(e)
	}
	key := order[0].Expr
	if !key.Type().IsTemporal() {
		return out, sqlerr.WindowRangeNumericType.Errorf("Window '%s' with RANGE frame has ORDER BY expression of numeric type, INTERVAL bound value not allowed.", e.Window)
	}
	if v.IsNull() {
		return out, sqlerr.WindowFrameIllegal.Errorf("Window '%s': frame start or end is negative, NULL or of non-integral type", e.Window)
	}
	exact := value.DateTimeOf(value.MaxFsp)
	if key.Type().Kind == value.TypeTime {
		exact = value.TimeOf(value.MaxFsp)
	}
	if f.Key, err = w.c.b.Cast(key, exact, expr.CastFull); err != nil {
		return out, err
	}
	name := "date_add"
	if (b.Type == ast.ExprPreceding) != order[0].Key.Desc {
		name = "date_sub"
	}
	moved, err := w.c.made(name, key, by, expr.TextLiteral(b.Unit, nil))
	if err != nil {
		return out, err
	}
	out.Moved, err = w.c.b.Cast(moved, exact, expr.CastFull)
	return out, err
}

// windowsInside reports functions with OVER among the projections of a node.
func windowsInside(p *plan.Project) bool {
	return len(overs(&rel{}, p.Projections...)) > 0
}
