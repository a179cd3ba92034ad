package grammar

import (
	"reflect"
	"sync"

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
		for _, i := range roomy(v.Type()) {
			r.walk(v.Field(i))
		}
	case reflect.Slice:
		if holds(v.Type().Elem()) {
			for i := range v.Len() {
				r.walk(v.Index(i))
			}
		}
	}
}

// fieldsOf are the fields of each struct of the tree that can hold a node. Names, texts
// and numbers are most of a tree, and nothing is looked for in them.
var fieldsOf sync.Map // reflect.Type to []int

func roomy(t reflect.Type) []int {
	if known, ok := fieldsOf.Load(t); ok {
		return known.([]int)
	}
	var list []int
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && holds(f.Type) {
			list = append(list, i)
		}
	}
	fieldsOf.Store(t, list)
	return list
}

// holds reports a type whose values can hold a node.
func holds(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface, reflect.Pointer:
		return true
	case reflect.Struct:
		return len(roomy(t)) > 0
	case reflect.Slice:
		e := t.Elem()
		return e.Kind() == reflect.Struct || holds(e) // a struct may have a list of itself
	}
	return false
}
