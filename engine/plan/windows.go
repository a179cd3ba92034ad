package plan

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation/window"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/value"
)

// window converts functions with OVER. Windows that partition and sort alike are one.
func (c *converter) window(n *plan.Window, outer *boundary) (*rel, error) {
	child, err := c.node(n.Child, outer, nil)
	if err != nil {
		return nil, err
	}
	s := &scope{cols: child.cols, outer: outer}
	var specs []exec.WindowSpec
	var funcs []exec.WindowFunc
	var list []exec.WindowColumn
	out := &rel{rows: child.rows}
	known := map[string]int{}
	for _, e := range n.SelectExprs {
		w, def := windowOf(e)
		if w == nil {
			x, err := c.expr(s, e)
			if err != nil {
				return nil, err
			}
			list = append(list, exec.WindowColumn{Func: -1, Expr: x})
			out.cols = append(out.cols, column{id: idOf(e), typ: *x.Type()})
			continue
		}
		f, err := c.windowFunc(s, w, def)
		if err != nil {
			return nil, err
		}
		if f.Spec, err = c.spec(s, def, known, &specs); err != nil {
			return nil, err
		}
		list = append(list, exec.WindowColumn{Func: len(funcs)})
		funcs = append(funcs, f)
		out.cols = append(out.cols, column{id: idOf(e), typ: f.Type})
	}
	out.node = exec.NewWindow(child.node, specs, funcs, list)
	return out, nil
}

func windowOf(e sql.Expression) (sql.Expression, *sql.WindowDefinition) {
	if a, ok := e.(*expression.Alias); ok {
		e = a.Child
	}
	w, ok := e.(sql.WindowAdaptableExpression)
	if !ok {
		return nil, nil
	}
	def := w.Window()
	if def == nil {
		def = &sql.WindowDefinition{}
	}
	return e, def
}

func (c *converter) spec(s *scope, def *sql.WindowDefinition, known map[string]int, specs *[]exec.WindowSpec) (int, error) {
	var name strings.Builder
	for _, e := range def.PartitionBy {
		fmt.Fprint(&name, e, ";")
	}
	fmt.Fprint(&name, "|", def.OrderBy)
	if at, ok := known[name.String()]; ok {
		return at, nil
	}
	var out exec.WindowSpec
	for _, e := range def.PartitionBy {
		x, err := c.expr(s, e)
		if err != nil {
			return 0, err
		}
		if err := keyed(x.Type()); err != nil {
			return 0, err
		}
		out.Partition = append(out.Partition, exec.SortKey{Expr: x, Key: exec.KeyOf(x.Type())})
	}
	var err error
	if out.Order, err = c.sortKeys(s, def.OrderBy); err != nil {
		return 0, err
	}
	*specs = append(*specs, out)
	known[name.String()] = len(*specs) - 1
	return len(*specs) - 1, nil
}

func (c *converter) windowFunc(s *scope, e sql.Expression, def *sql.WindowDefinition) (f exec.WindowFunc, err error) {
	if f.Frame, err = c.frame(def); err != nil {
		return f, err
	}
	var args []sql.Expression
	f.Type = value.BigUint
	switch e := e.(type) {
	case *window.RowNumber:
		f.Name = "row_number"
	case *window.Rank:
		f.Name = "rank"
	case *window.DenseRank:
		f.Name = "dense_rank"
	case *window.PercentRank:
		f.Name, f.Type = "percent_rank", value.DoubleType
	case *window.NTile:
		f.Name = "ntile"
		if f.Shift, err = groupsOf(e); err != nil {
			return f, err
		}
	case *window.Lag:
		f.Name, args, f.Shift = "lag", e.ChildExpressions, hidden(e, "offset").Int()
	case *window.Lead:
		f.Name, args, f.Shift = "lead", e.ChildExpressions, hidden(e, "offset").Int()
	case *window.FirstValue:
		f.Name, args = "first_value", []sql.Expression{e.Child} // Children has the window's expressions first
	case *window.LastValue:
		f.Name, args = "last_value", []sql.Expression{e.Child}
	default:
		return c.windowAggregate(s, e, f)
	}
	for _, a := range args {
		x, err := c.expr(s, a)
		if err != nil {
			return f, err
		}
		f.Args = append(f.Args, x)
	}
	switch {
	case len(f.Args) == 2:
		t, err := c.unite(f.Args)
		if err != nil {
			return f, err
		}
		f.Type = t
		f.Type.Nullable = true
	case len(f.Args) == 1:
		f.Type = *f.Args[0].Type()
		f.Type.Nullable = true
	}
	return f, nil
}

// groupsOf is the number in NTILE.
func groupsOf(e *window.NTile) (int64, error) {
	v := hidden(e, "bucketExpr")
	if v.IsValid() && v.Elem().IsValid() && v.Elem().Type() == reflect.TypeFor[*expression.Literal]() {
		if n := v.Elem().Elem().FieldByName("Val").Elem(); n.IsValid() && n.CanInt() && n.Int() > 0 {
			return n.Int(), nil
		}
	}
	return 0, unconverted("NTILE")
}

func (c *converter) windowAggregate(s *scope, e sql.Expression, f exec.WindowFunc) (exec.WindowFunc, error) {
	if _, ok := e.(*aggregation.GroupConcat); ok {
		return f, unconverted("GROUP_CONCAT with OVER")
	}
	a, is, err := c.aggregate(s, e)
	if err != nil {
		return f, err
	}
	if !is || a.Distinct {
		return f, unconverted("window function %T", e)
	}
	f.Call, f.Type = a.Call, *a.Call.Type()
	f.Type.Nullable = true
	return f, nil
}

// frame converts a frame. Without one it is the whole partition, or with ORDER BY all rows up to
// the peers of the row.
func (c *converter) frame(def *sql.WindowDefinition) (f exec.Frame, err error) {
	if len(def.OrderBy) > 0 && (def.Frame == nil || strings.Contains(fmt.Sprintf("%T", def.Frame), "RowsUnboundedPrecedingToUnboundedFollowing") && hiddenDefault(def)) {
		f.Start.Unbounded, f.End.Current = true, true
		return f, nil
	}
	if def.Frame == nil {
		f.Start.Unbounded, f.End.Unbounded = true, true
		return f, nil
	}
	fr := def.Frame
	f.Rows = strings.HasPrefix(fmt.Sprintf("%T", fr), "*plan.Rows")
	if !f.Rows && !strings.HasPrefix(fmt.Sprintf("%T", fr), "*plan.Range") {
		return f, unconverted("frame %T", fr)
	}
	if f.Start, err = bound(fr.UnboundedPreceding(), fr.StartCurrentRow(), fr.StartNPreceding(), fr.StartNFollowing()); err != nil {
		return f, err
	}
	if f.End, err = bound(fr.UnboundedFollowing(), fr.EndCurrentRow(), fr.EndNPreceding(), fr.EndNFollowing()); err != nil {
		return f, err
	}
	if !f.Rows && len(def.OrderBy) != 1 && !(f.Start.Unbounded || f.Start.Current) {
		return f, unconverted("RANGE over several keys")
	}
	return f, nil
}

// hiddenDefault: the binder gives a window without ORDER BY a frame, and keeps it when the
// window is named and gets an ORDER BY later.
func hiddenDefault(def *sql.WindowDefinition) bool { return def.Name != "" || def.Ref != "" }

func bound(unbounded, current bool, before, behind sql.Expression) (b exec.FrameBound, err error) {
	switch {
	case unbounded:
		b.Unbounded = true
	case current:
		b.Current = true
	case before != nil:
		b.N, err = distance(before)
		b.N = b.N.Neg()
	case behind != nil:
		b.N, err = distance(behind)
	default:
		return b, unconverted("a frame without an end")
	}
	return b, err
}

func distance(e sql.Expression) (value.Decimal, error) {
	l, ok := e.(*expression.Literal)
	if !ok {
		return value.Decimal{}, unconverted("a frame of %T", e)
	}
	d, whole := value.ParseDecimal([]byte(fmt.Sprint(l.Value())))
	if !whole || d.Sign() < 0 {
		return value.Decimal{}, unconverted("a frame of %T", l.Value())
	}
	return d, nil
}
