package grammar

import (
	"math"
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// Expansion is what the names that WITH makes stand for in a statement.
type Expansion struct {
	// Tables counts the table references when each reference to such a name is
	// replaced by what it is, as the planner does: forty of them that each name the
	// one before twice are a million million tables.
	Tables int
	// Levels counts the names that stand for each other, the first for the second, that for the third.
	Levels int
	// Names are the references to such names, which are no tables.
	Names []*ast.AliasedTableExpr
	// Hidden is a table, named with its database, that has such a name: the planner
	// would take it for that.
	Hidden string
	// Uneven is such a name with another number of columns than its SELECT has.
	Uneven string
}

// Expand follows the names of WITH through a statement; it is empty for a text
// without that word.
func Expand(stmt ast.Statement, text string) Expansion {
	var x Expansion
	for at := strings.IndexAny(text, "wW"); at >= 0; {
		if len(text) >= at+4 && strings.EqualFold(text[at:at+4], "with") {
			x.Tables = x.walk(reflect.ValueOf(stmt), nil)
			break
		}
		next := strings.IndexAny(text[at+1:], "wW")
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return x
}

// names is how many references the names of a WITH stand for, around it those of the WITH that encloses it.
type names struct {
	own   map[string]standsFor
	outer *names
}

// standsFor is how many table references a name is, and how many names stand for each other below it.
type standsFor struct{ tables, levels int }

// of looks a name up from the inside outwards.
func (in *names) of(name string) (n standsFor, ok bool) {
	for ; in != nil && !ok; in = in.outer {
		n, ok = in.own[name]
	}
	return n, ok
}

func (x *Expansion) walk(v reflect.Value, in *names) int {
	switch v.Kind() {
	case reflect.Interface:
		return x.walk(v.Elem(), in)
	case reflect.Pointer:
		if v.IsNil() {
			return 0
		}
		if t, ok := v.Interface().(*ast.AliasedTableExpr); ok {
			if name, ok := t.Expr.(ast.TableName); ok {
				return x.table(t, name, in)
			}
		}
		return x.walk(v.Elem(), in)
	case reflect.Struct:
		n := 0
		if f := v.FieldByName("With"); f.IsValid() {
			if with, ok := f.Interface().(*ast.With); ok && with != nil {
				in = x.with(with, in)
			}
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "With" {
				n = add(n, x.walk(v.Field(i), in))
			}
		}
		return n
	case reflect.Slice:
		n := 0
		switch v.Type().Elem().Kind() {
		case reflect.Interface, reflect.Pointer, reflect.Struct, reflect.Slice:
			for i := range v.Len() {
				n = add(n, x.walk(v.Index(i), in))
			}
		}
		return n
	}
	return 0
}

func (x *Expansion) table(t *ast.AliasedTableExpr, name ast.TableName, in *names) int {
	n, ok := in.of(strings.ToLower(name.Name.String()))
	switch {
	case !ok:
		return 1
	case !name.DbQualifier.IsEmpty():
		x.Hidden = name.Name.String()
		return 1
	}
	x.Names, x.Levels = append(x.Names, t), max(x.Levels, n.levels)
	return n.tables
}

// with adds the names that a WITH makes, each of which may name those before it, and itself in a recursive one.
func (x *Expansion) with(w *ast.With, outer *names) *names {
	in := &names{own: map[string]standsFor{}, outer: outer}
	before := x.Levels
	for _, c := range w.Ctes {
		name := strings.ToLower(c.As.String())
		if n, known := selected(c.Expr); known && len(c.Columns) > 0 && len(c.Columns) != n {
			x.Uneven = c.As.String()
		}
		if w.Recursive {
			in.own[name] = standsFor{1, 1}
		}
		x.Levels = 0
		tables := max(1, x.walk(reflect.ValueOf(c.Expr), in))
		in.own[name] = standsFor{tables, x.Levels + 1}
		before = max(before, x.Levels)
	}
	x.Levels = before
	return in
}

// selected counts what a query selects; it is not known with a * in it.
func selected(e ast.SQLNode) (n int, known bool) {
	switch e := e.(type) {
	case *ast.Subquery:
		return selected(e.Select)
	case *ast.ParenSelect:
		return selected(e.Select)
	case *ast.SetOp:
		return selected(e.Left)
	case *ast.Select:
		for _, s := range e.SelectExprs {
			if _, star := s.(*ast.StarExpr); star || frozenStar(s) {
				return 0, false
			}
		}
		return len(e.SelectExprs), true
	case *ast.ValuesStatement:
		if len(e.Rows) > 0 {
			return len(e.Rows[0]), true
		}
	}
	return 0, false
}

// add stops at the largest number.
func add(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}
