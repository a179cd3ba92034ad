package clause

import (
	"reflect"
	"strings"
	"sync"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// Check refuses a parsed statement that says something for which the table has no
// row, or a row that refuses. It looks at every field of every node: what the parser
// takes and nobody carries out never reaches the planner.
func Check(stmt ast.Statement) error {
	if stmt == nil {
		return nil
	}
	return look(reflect.ValueOf(stmt))
}

// plan is what to look at in one type of node.
type plan struct {
	refuse []step
	follow []int
	rule   func(any) error
	err    error // the type as a whole is refused
}

type step struct {
	field int
	name  string
}

var (
	plans    sync.Map // reflect.Type -> *plan
	statePkg = reflect.TypeOf(ast.Select{}).PkgPath()
	leaves   sync.Map // reflect.Type -> bool: nothing below can be refused
)

func look(v reflect.Value) error {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Slice:
		if leaf(v.Type().Elem()) {
			return nil
		}
		for i := range v.Len() {
			if err := look(v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		if v.Type().PkgPath() == statePkg {
			return lookStruct(v)
		}
	}
	return nil
}

func lookStruct(v reflect.Value) error {
	p := planOf(v.Type())
	if p.err != nil {
		return p.err
	}
	for _, s := range p.refuse {
		if !v.Field(s.field).IsZero() {
			return refused(s.name, "")
		}
	}
	if p.rule != nil && v.CanAddr() {
		if err := p.rule(v.Addr().Interface()); err != nil {
			return err
		}
	}
	for _, i := range p.follow {
		if err := look(v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

// leaf reports a type in which there is nothing to refuse.
func leaf(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return leaf(t.Elem())
	case reflect.Interface:
		return false
	case reflect.Struct:
		if known, ok := leaves.Load(t); ok {
			return known.(bool)
		}
		leaves.Store(t, false) // a type inside itself is followed
		p := planOf(t)
		is := p.err == nil && p.rule == nil && len(p.refuse) == 0 && len(p.follow) == 0
		leaves.Store(t, is)
		return is
	}
	return true
}

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{rule: rules[t.Name()]}
	row, declared := types[t.Name()]
	if !declared || row.refuse != "" {
		name := row.refuse
		if name == "" {
			name = strings.ToLower(t.Name()) + " statements"
		}
		p.err = refused(name, row.why)
	}
	for i := range t.NumField() {
		f := t.Field(i)
		what, inRow := row.fields[f.Name]
		switch {
		case p.err != nil || f.Type == authInformation || !f.IsExported():
		case row.whole && !inRow || inRow && what == "":
			if !leaf(f.Type) {
				p.follow = append(p.follow, i)
			}
		case inRow:
			p.refuse = append(p.refuse, step{i, what})
		default:
			p.refuse = append(p.refuse, step{i, t.Name() + "." + f.Name})
		}
	}
	plans.Store(t, p)
	return p
}

var authInformation = reflect.TypeOf(ast.AuthInformation{})
