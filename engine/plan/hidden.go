package plan

import "reflect"

// hidden reads a field that the library keeps to itself, of a pointer to a struct: what
// CAST casts to, the separator of GROUP_CONCAT. There is no other way to them;
// TestHiddenFields notices when one is gone.
func hidden(e any, field string) reflect.Value {
	return reflect.Indirect(reflect.ValueOf(e)).FieldByName(field)
}
