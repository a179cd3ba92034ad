package grammar

import (
	"bytes"
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// unnamed is how errors name the window of OVER (…).
const unnamed = "<unnamed window>"

// functionsOver makes an Over of each function with OVER, with what it inherits from the
// windows that it names.
func functionsOver(stmt ast.Statement) (err error) {
	rewriter{node: func(n any) {
		if s, ok := n.(*ast.Select); ok && err == nil {
			err = selectOver(s)
		}
	}}.walk(reflect.ValueOf(stmt))
	if err != nil {
		return err
	}
	rewriter{node: func(n any) { // what is left stands where none may
		if f, ok := n.(*ast.FuncExpr); ok && f.Over != nil && err == nil {
			err = misplaced(f.Name.Lowered())
		}
	}}.walk(reflect.ValueOf(stmt))
	return err
}

func misplaced(name string) error {
	return sqlerr.WindowInvalidUse.Errorf("You cannot use the window function '%s' in this context.'", name)
}

// selectOver rewrites one SELECT, without those inside it.
func selectOver(s *ast.Select) error {
	named, err := windowsOf(s.Window)
	if err != nil {
		return err
	}
	s.Window = nil
	w := &windowing{named: named}
	w.in(&s.SelectExprs)
	w.in(&s.OrderBy)
	if w.err != nil {
		return w.err
	}
	return w.misused(s)
}

// windowing rewrites the expressions of one SELECT.
type windowing struct {
	named map[string]*ast.WindowDef
	err   error
}

// in rewrites the functions with OVER in a list. Those inside of others are seen first.
func (w *windowing) in(list any) {
	rewriter{
		skip: isSubquery,
		expr: func(e ast.Expr) ast.Expr {
			f, ok := e.(*ast.FuncExpr)
			if w.err != nil || !ok {
				return nil
			}
			if f.Over == nil {
				if isAggregate(f.Name.Lowered()) {
					w.refuseWindows(f.Exprs)
				}
				return nil
			}
			over, err := w.over(f)
			if err != nil {
				w.err = err
				return nil
			}
			return over
		},
	}.walk(reflect.ValueOf(list))
}

func isSubquery(n any) bool {
	_, is := n.(*ast.Subquery)
	return is
}

// refuseWindows is for what a window function may not stand in.
func (w *windowing) refuseWindows(list any) {
	rewriter{skip: isSubquery, expr: func(e ast.Expr) ast.Expr {
		if name := overName(e); name != "" && w.err == nil {
			w.err = misplaced(name)
		}
		return nil
	}}.walk(reflect.ValueOf(list))
}

// overName is the name of a function with OVER.
func overName(e ast.Expr) string {
	switch e := e.(type) {
	case ast.InjectedExpr:
		if o, ok := e.Expression.(*Over); ok {
			return o.Name
		}
	case *ast.FuncExpr:
		if e.Over != nil {
			return e.Name.Lowered()
		}
	}
	return ""
}

// misused refuses windows in the other clauses, and names of theirs.
func (w *windowing) misused(s *ast.Select) error {
	w.refuseWindows(&s.Where)
	w.refuseWindows(&s.GroupBy)
	w.refuseWindows(&s.Having)
	w.refuseWindows(&s.From)
	if w.err != nil {
		return w.err
	}
	aliases := map[string]bool{}
	for _, e := range s.SelectExprs {
		if a, ok := e.(*ast.AliasedExpr); ok && !a.As.IsEmpty() {
			probe := &windowing{}
			probe.refuseWindows(&a.Expr)
			aliases[a.As.Lowered()] = probe.err != nil
		}
	}
	rewriter{skip: isSubquery, node: func(n any) {
		if c, ok := n.(*ast.ColName); ok && c.Qualifier.IsEmpty() && aliases[c.Name.Lowered()] && w.err == nil {
			w.err = sqlerr.WindowInvalidAliasUse.Errorf("You cannot use the alias '%s' of an expression containing a window function in this context.'", c.Name.String())
		}
	}}.walk(reflect.ValueOf(&s.Having))
	return w.err
}

// over makes the Over of a call.
func (w *windowing) over(f *ast.FuncExpr) (ast.Expr, error) {
	o := &Over{Name: f.Name.Lowered(), Window: unnamed}
	if f.Distinct {
		return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support '<window function>(DISTINCT ..)'").
			WithHint("MySQL has no such windows; select DISTINCT values in a derived table first")
	}
	def, err := w.definition((*ast.WindowDef)(f.Over), o)
	if err != nil {
		return nil, err
	}
	var children ast.Exprs
	for _, e := range f.Exprs {
		switch e := e.(type) {
		case *ast.AliasedExpr:
			children = append(children, e.Expr)
		case *ast.StarExpr:
			if o.Star = o.Name == "count" && len(f.Exprs) == 1; !o.Star {
				return nil, sqlerr.Syntax.Errorf("%s takes no *", o.Name)
			}
		default:
			return nil, sqlerr.Syntax.Errorf("%s takes expressions", o.Name)
		}
	}
	o.Args = len(children)
	w.refuseWindows(children)
	if w.err != nil {
		return nil, w.err
	}
	children = append(children, def.PartitionBy...)
	o.Parts = len(def.PartitionBy)
	for _, k := range def.OrderBy {
		children = append(children, k.Expr)
		o.Descending = append(o.Descending, k.Direction == ast.DescScr)
	}
	o.Order = len(def.OrderBy)
	for _, e := range children[o.Args:] {
		if v, ok := e.(*ast.SQLVal); ok && v.Type == ast.IntVal {
			return nil, sqlerr.WindowIllegalOrderBy.Errorf("Window '%s': ORDER BY or PARTITION BY uses legacy position indication which is not supported, use expression.", o.Window)
		}
	}
	if children, err = o.frame(def.Frame, children); err != nil {
		return nil, err
	}
	merged := *f
	merged.Over = (*ast.Over)(def)
	o.text = ast.String(&merged)
	return ast.InjectedExpr{Expression: o, Children: children, Auth: ast.AuthInformation{AuthType: ast.AuthType_IGNORE}}, nil
}

// definition is the window of a call.
func (w *windowing) definition(d *ast.WindowDef, o *Over) (*ast.WindowDef, error) {
	inside := &windowing{}
	inside.refuseWindows(&d.PartitionBy)
	inside.refuseWindows(&d.OrderBy)
	if inside.err != nil {
		return nil, sqlerr.WindowNested.Errorf("You cannot nest a window function in the specification of window '%s'.", o.Window)
	}
	inBrackets := isBracketMark(d.OrderBy)
	if inBrackets {
		d.OrderBy = nil
	}
	switch d.NameRef.String() {
	case "":
		return d, nil
	case lex.IgnoreNulls, lex.FromLast:
		return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support '%s'", strings.TrimRight(d.NameRef.String(), "\x00"))
	}
	ref, ok := w.named[d.NameRef.Lowered()]
	if !ok {
		return nil, noWindow(d.NameRef.String())
	}
	if len(d.PartitionBy) == 0 && len(d.OrderBy) == 0 && d.Frame == nil && !inBrackets {
		o.Window = d.NameRef.String()
		return ref, nil
	}
	return inherit(d, ref, o.Window, d.NameRef.String())
}

// isBracketMark reports what lex has written into OVER (w): w stands for a part of this
// window there, and in OVER w for all of it.
func isBracketMark(keys ast.OrderBy) bool {
	if len(keys) != 1 {
		return false
	}
	c, ok := keys[0].Expr.(*ast.ColName)
	return ok && c.Name.String() == lex.BracketMark
}

func noWindow(name string) error {
	return sqlerr.WindowNoSuchWindow.Errorf("Window name '%s' is not defined.", name)
}

// inherit is a window that begins as another one does.
func inherit(d, ref *ast.WindowDef, name, from string) (*ast.WindowDef, error) {
	switch {
	case len(d.PartitionBy) > 0:
		return nil, sqlerr.WindowNoChildPartitioning.Errorf("A window which depends on another cannot define partitioning.")
	case ref.Frame != nil:
		return nil, sqlerr.WindowNoInheritFrame.Errorf("Window '%s' has a frame definition, so cannot be referenced by another window.", from)
	case len(d.OrderBy) > 0 && len(ref.OrderBy) > 0:
		return nil, sqlerr.WindowNoRedefineOrderBy.Errorf("Window '%s' cannot inherit '%s' since both contain an ORDER BY clause.", name, from)
	}
	out := &ast.WindowDef{Name: d.Name, PartitionBy: ref.PartitionBy, OrderBy: ref.OrderBy, Frame: d.Frame}
	if len(d.OrderBy) > 0 {
		out.OrderBy = d.OrderBy
	}
	return out, nil
}

// windowsOf are the windows of WINDOW, each with what it inherits.
func windowsOf(list ast.Window) (map[string]*ast.WindowDef, error) {
	if len(list) == 0 {
		return nil, nil
	}
	said, done, busy := map[string]*ast.WindowDef{}, map[string]*ast.WindowDef{}, map[string]bool{}
	for _, d := range list {
		if said[d.Name.Lowered()] != nil {
			return nil, sqlerr.WindowDuplicateName.Errorf("Window '%s' is defined twice.", d.Name.String())
		}
		said[d.Name.Lowered()] = d
		inside := &windowing{}
		inside.refuseWindows(&d.PartitionBy)
		inside.refuseWindows(&d.OrderBy)
		if inside.err != nil {
			return nil, sqlerr.WindowNested.Errorf("You cannot nest a window function in the specification of window '%s'.", d.Name.String())
		}
	}
	var resolve func(name string) (*ast.WindowDef, error)
	resolve = func(name string) (*ast.WindowDef, error) {
		key := strings.ToLower(name)
		if d := done[key]; d != nil {
			return d, nil
		}
		d := said[key]
		switch {
		case d == nil:
			return nil, noWindow(name)
		case busy[key]:
			return nil, sqlerr.WindowCircularity.Errorf("There is a circularity in the window dependency graph.")
		case d.NameRef.IsEmpty():
			done[key] = d
			return d, nil
		}
		busy[key] = true
		ref, err := resolve(d.NameRef.String())
		if err == nil {
			d, err = inherit(d, ref, name, d.NameRef.String())
		}
		done[key] = d
		return d, err
	}
	for _, d := range list {
		if _, err := resolve(d.Name.String()); err != nil {
			return nil, err
		}
	}
	return done, nil
}

// frameNumber is the number or placeholder that lex has written as an interval; nil for one.
func frameNumber(i *ast.IntervalExpr) ast.Expr {
	v, ok := i.Expr.(*ast.SQLVal)
	if !ok {
		return nil
	}
	if digits, is := bytes.CutPrefix(v.Val, []byte(lex.FrameMark)); is && v.Type == ast.StrVal {
		return ast.NewFloatVal(digits)
	}
	if v.Type == ast.ValArg && i.Unit == lex.FrameUnit {
		return v
	}
	return nil
}

// frame adds the bounds of a frame to the children.
func (o *Over) frame(f *ast.Frame, children ast.Exprs) (ast.Exprs, error) {
	if f == nil {
		return children, nil
	}
	out := &OverFrame{Rows: f.Unit == ast.RowsUnit, End: OverBound{Type: ast.CurrentRow, At: -1}}
	bound := func(b *ast.FrameBound) OverBound {
		to := OverBound{Type: b.Type, At: -1}
		if b.Type != ast.ExprPreceding && b.Type != ast.ExprFollowing {
			return to
		}
		e := b.Expr
		if i, ok := e.(*ast.IntervalExpr); ok {
			if n := frameNumber(i); n != nil {
				e = n
			} else {
				e, to.Unit = i.Expr, strings.ToLower(i.Unit)
			}
		}
		to.At = len(children)
		children = append(children, e)
		return to
	}
	out.Start = bound(f.Extent.Start)
	if f.Extent.End != nil {
		out.End = bound(f.Extent.End)
	}
	if out.Rows && out.Start.Unit+out.End.Unit != "" {
		return nil, sqlerr.WindowRowsInterval.Errorf("Window '%s': INTERVAL can only be used with RANGE frames.", o.Window)
	}
	if out.Start.Type == ast.UnboundedFollowing {
		return nil, frameStart(o.Window)
	}
	o.Frame = out
	return children, nil
}

func frameStart(window string) error {
	return sqlerr.WindowFrameStart.Errorf("Window '%s': frame start cannot be UNBOUNDED FOLLOWING.", window)
}

// concatOver is the error for GROUP_CONCAT(…) OVER, of which MySQL says that it is no
// window function; pos is where the parser stopped.
func concatOver(text string, pos int, m lex.Mode) error {
	l := lex.New(text, m)
	word, closed := "", ""
	var open []string
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad && t.Pos <= pos; t = l.Next() {
		s := text[t.Pos:t.End]
		if t.Pos == pos && strings.EqualFold(s, "over") && strings.EqualFold(closed, "group_concat") {
			return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'group_concat as window function'")
		}
		closed = ""
		switch {
		case s == "(":
			open = append(open, word)
		case s == ")" && len(open) > 0:
			closed, open = open[len(open)-1], open[:len(open)-1]
		}
		word = s
	}
	return nil
}

// frameRefused is what the parser says of ends of frames that do not fit each other, as
// MySQL words it; nil is another error.
func frameRefused(message string) error {
	switch {
	case strings.HasPrefix(message, "frame start cannot be UNBOUNDED FOLLOWING"):
		return frameStart(unnamed)
	case strings.HasPrefix(message, "frame end cannot be UNBOUNDED PRECEDING"):
		return sqlerr.WindowFrameEnd.Errorf("Window '%s': frame end cannot be UNBOUNDED PRECEDING.", unnamed)
	case strings.HasPrefix(message, "frame starting from"):
		return sqlerr.WindowFrameIllegal.Errorf("Window '%s': frame start or end is negative, NULL or of non-integral type", unnamed)
	}
	return nil
}

// isAggregate reports the functions that come to one value for a group.
func isAggregate(name string) bool {
	switch name {
	case "avg", "bit_and", "bit_or", "bit_xor", "count", "json_arrayagg", "json_objectagg", "max", "min", "std", "stddev_pop",
		"stddev_samp", "stddev", "sum", "var_pop", "var_samp", "variance":
		return true
	}
	return false
}
