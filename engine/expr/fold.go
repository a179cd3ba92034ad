package expr

import (
	"github.com/lxdb/lxdb/engine/value"
)

// fold computes an expression of constants. What warns or fails stays as it is: it
// says so when, and as often as, the statement runs.
func (b *Builder) fold(e Expr, stays bool) Expr {
	if stays {
		return e
	}
	for _, a := range Children(e) {
		if _, constant := a.(*Const); !constant {
			return e
		}
	}
	quiet := true
	env := *b.Env
	env.Listen = func(value.Warning) { quiet = false }
	v, err := e.Eval(NewCtx(&env), nil)
	if err != nil || !quiet || v.Size() > 1<<16 {
		return e
	}
	t := *e.Type()
	if call, ok := e.(*Call); v.IsNull() || ok && call.Function.Grows && !b.Env.Has(value.ModeStrict) { // it was not too large
		t.Nullable = v.IsNull()
	}
	text := e.String()
	if len(text) > maxFoldedText {
		text = ""
	}
	return &Const{Val: v.Clone(), Of: t, Text: text}
}

// maxFoldedText is how long, in bytes, the text of a constant may be that was computed, before its value stands for
// it: BETWEEN prints an operand twice, and thirty in one another would print a gigabyte.
const maxFoldedText = 1024

// IsConst says that e has one value whatever the row and the statement.
func IsConst(e Expr) bool {
	_, ok := constOf(e)
	return ok
}

// FixedInStatement says that e has one value for a whole execution: it has no column
// and nothing that changes between rows. It may have parameters and NOW().
func FixedInStatement(e Expr) bool {
	switch e := e.(type) {
	case *Column:
		return false
	case *Call:
		if e.Function.Volatile {
			return false
		}
	case interface{ volatile() bool }:
		if e.volatile() {
			return false
		}
	}
	for _, a := range Children(e) {
		if !FixedInStatement(a) {
			return false
		}
	}
	return true
}

// parent is an expression that has others in it.
type parent interface {
	Expr
	children() []Expr
	// with is the same expression over other children, as many and of the same types.
	with(children []Expr) Expr
}

func (f *Call) children() []Expr { return f.Args }

func (f *Call) with(children []Expr) Expr {
	g := *f
	g.Args = children
	return &g
}

// Children are the expressions that e is made of.
func Children(e Expr) []Expr {
	if p, ok := e.(parent); ok {
		return p.children()
	}
	return nil
}

// Transform gives e with each column, parameter and constant in it replaced by what
// replace gives for it, which must be of the same type.
func Transform(e Expr, replace func(Expr) Expr) Expr {
	p, ok := e.(parent)
	if !ok {
		return replace(e)
	}
	old := p.children()
	fresh := make([]Expr, len(old))
	changed := false
	for i, a := range old {
		fresh[i] = Transform(a, replace)
		changed = changed || fresh[i] != a
	}
	if !changed {
		return e
	}
	return p.with(fresh)
}

// Walk calls visit for e and all in it, from the outside inwards.
func Walk(e Expr, visit func(Expr)) {
	visit(e)
	for _, a := range Children(e) {
		Walk(a, visit)
	}
}

// Apart says that an expression may be computed for some rows by one goroutine and for others by
// another, in any order: what it gives depends on the row, the parameters and the settings alone, it
// changes nothing, and its nodes keep nothing from row to row. Whoever is not listed is not.
func Apart(e Expr) bool {
	ok := true
	Walk(e, func(x Expr) {
		switch x := x.(type) {
		case *Const, *Param, *Column, *Compare, *Logic, *In, *Like, *Case, *Coalesce, *Tuple,
			*between2, *extreme, *conversion, *recoded:
		case *Call:
			f := x.Function
			// What a plan makes, subqueries and stored functions, is in no list of functions and has nothing about it.
			ok = ok && f.About != "" && !f.Volatile && (f.Prepare == nil || fixedState[f.Name]) && !sessionsOwn[f.Name]
		default:
			ok = false
		}
		if ok {
			ok = x.Type().Kind != value.TypeJSON // documents are read when they are asked for
		}
	})
	return ok
}

// sessionsOwn are the functions that ask the session, which belongs to one goroutine.
var sessionsOwn = map[string]bool{"connection_id": true, "database": true, "user": true, "current_user": true, "current_role": true}

// fixedState are the functions that only read what they have prepared.
var fixedState = map[string]bool{
	"date_add": true, "date_sub": true, "extract": true, "timestampdiff": true,
	"date_format": true, "time_format": true, "dayname": true, "monthname": true,
}
