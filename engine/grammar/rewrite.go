package grammar

import (
	"reflect"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// rewriter goes through a whole tree, with the corners that the parser's own walk
// leaves out (conditions of loops, parts of DDL). node sees every pointer to a
// node; expr may replace what a field holds.
//
// Nothing below a pointer that skip knows is seen.
type rewriter struct {
	node func(any)
	expr func(ast.Expr) ast.Expr
	skip func(any) bool
}

var exprType = reflect.TypeFor[ast.Expr]()

func (r rewriter) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		r.walk(v.Elem())
		if r.expr != nil && v.Type() == exprType && v.CanSet() {
			if was, ok := v.Interface().(ast.Expr); ok {
				if now := r.expr(was); now != nil {
					v.Set(reflect.ValueOf(now))
				}
			}
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if r.skip != nil && v.CanInterface() && r.skip(v.Interface()) {
			return
		}
		if r.node != nil && v.CanInterface() {
			r.node(v.Interface())
		}
		r.walk(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				r.walk(v.Field(i))
			}
		}
	case reflect.Slice:
		switch v.Type().Elem().Kind() {
		case reflect.Interface, reflect.Pointer, reflect.Struct, reflect.Slice:
			for i := range v.Len() {
				r.walk(v.Index(i))
			}
		}
	}
}
