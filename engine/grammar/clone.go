package grammar

import (
	"reflect"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// treeTypes is where the types of the parser's tree are declared.
var treeTypes = reflect.TypeFor[ast.Select]().PkgPath()

// Clone copies a statement, down to what is not the parser's own: what was noted on a tree
// for authorization stays one and the same.
func Clone(stmt ast.Statement) ast.Statement {
	out := stmt
	clone(reflect.ValueOf(&out).Elem())
	return out
}

// clone replaces the pointers and lists in a value by copies.
func clone(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		inner := reflect.New(v.Elem().Type()).Elem()
		inner.Set(v.Elem())
		clone(inner)
		v.Set(inner)
	case reflect.Pointer:
		if v.IsNil() || v.Elem().Kind() != reflect.Struct || v.Elem().Type().PkgPath() != treeTypes {
			return
		}
		copied := reflect.New(v.Elem().Type())
		copied.Elem().Set(v.Elem())
		clone(copied.Elem())
		v.Set(copied)
	case reflect.Struct:
		if v.Type().PkgPath() != treeTypes {
			return
		}
		for _, i := range roomy(v.Type()) {
			clone(v.Field(i))
		}
	case reflect.Slice:
		if v.IsNil() || !holds(v.Type().Elem()) {
			return
		}
		list := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(list, v)
		for i := range v.Len() {
			clone(list.Index(i))
		}
		v.Set(list)
	}
}
