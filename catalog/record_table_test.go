package catalog

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
)

// filled gives every member of a value something, and every slice two members.
func filled(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				filled(v.Field(i), n)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 5))
		for i := range 2 {
			filled(v.Index(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), n)
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Bool:
		v.SetBool(true)
	default:
		v.SetUint(uint64(*n))
	}
}

// TestCloneTable: a clone is what the stored form would give, and shares nothing that anybody changes.
func TestCloneTable(t *testing.T) {
	full := new(Table)
	n := 0
	filled(reflect.ValueOf(full).Elem(), &n)
	emptied := &Table{Columns: []Column{}, Indexes: []Index{}, Checks: []Check{}, ForeignKeys: []ForeignKey{}, Layouts: []Layout{},
		Options: []TableOption{}, Unbuilt: []UnbuiltIndex{}}
	bare := &Table{Indexes: []Index{{}, {Columns: []IndexColumn{}}}, ForeignKeys: []ForeignKey{{}, {Columns: []string{}}}, Layouts: []Layout{{}},
		Unbuilt: []UnbuiltIndex{{}}, aside: true}
	for name, rec := range map[string]*Table{"full": full, "emptied": emptied, "bare": bare, "zero": {}} {
		if got, want := rec.Clone(), cloneRecord(rec); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
	want, clone := cloneRecord(full), full.Clone()
	clone.Columns[0].Name, clone.Indexes[1].Columns[0].Desc, clone.Checks[0].Expr = "x", false, "x"
	clone.ForeignKeys[0].Columns[1], clone.ForeignKeys[1].ParentColumns[0] = "x", "x"
	clone.Layouts[0].Version, clone.Options[0].Name, clone.Unbuilt[1].Columns[0] = 99, "x", 99
	clone.Layouts[1].Columns = append(clone.Layouts[1].Columns, LayoutColumn{})
	if !reflect.DeepEqual(full, want) {
		t.Errorf("what was done to a clone was done to the record:\n got %+v\nwant %+v", full, want)
	}
}

// TestStorableTable: a text that the stored form would not hold is refused in whichever member it is.
func TestStorableTable(t *testing.T) {
	full := new(Table)
	n := 0
	filled(reflect.ValueOf(full).Elem(), &n)
	if !full.storable() {
		t.Fatal("a table of sound texts is not storable")
	}
	texts := 0
	var each func(v reflect.Value, path string)
	each = func(v reflect.Value, path string) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() {
					each(v.Field(i), path+"."+f.Name)
				}
			}
		case reflect.Slice:
			for i := range v.Len() {
				each(v.Index(i), fmt.Sprint(path, "[", i, "]"))
			}
		case reflect.Pointer:
			each(v.Elem(), path)
		case reflect.String:
			texts++
			was := v.String()
			v.SetString("\xff")
			if _, err := encodeRecord(full); full.storable() || !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: storable %v, error of its stored form %v", path, full.storable(), err)
			}
			v.SetString(was)
		}
	}
	each(reflect.ValueOf(full).Elem(), "table")
	if texts < 40 {
		t.Errorf("%d texts", texts)
	}
}
