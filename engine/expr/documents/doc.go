// Package documents has MySQL's functions of JSON.
//
// A document is never changed: what changes one makes the parts anew that lead to the
// change, and no part twice within one call. Documents are no deeper than
// value.MaxJSONDepth, which bounds every recursion here.
package documents

import (
	"strings"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Families are the functions of this package.
var Families = []expr.Family{
	{Name: "JSON documents made", Functions: makeFunctions},
	{Name: "JSON documents read", Functions: readFunctions},
	{Name: "JSON documents compared", Functions: compareFunctions},
	{Name: "JSON documents changed", Functions: changeFunctions},
	{Name: "JSON documents described", Functions: describeFunctions},
}

var (
	documentType = expr.Nullable(value.JSONType)
	number       = expr.Nullable(value.BigInt)
	condition    = expr.Nullable(value.BooleanNull)
	document     = []expr.Arg{expr.Document}
	withPath     = []expr.Arg{expr.Document, expr.Text}
)

// textType is a string of utf8mb4_bin, which texts in documents are.
func textType(length int) (value.Type, error) {
	t := value.Text(value.CollationNamed("utf8mb4_bin"), length)
	t.Nullable = true
	return t, nil
}

// as is argument i as a function wants it.
func as(c *expr.Ctx, f *expr.Call, want expr.Arg, i int, v value.Value) (value.Value, error) {
	if v.IsNull() {
		return v, nil
	}
	return expr.Convert(c.Env, want, v, f.Arg(i), i+1, f.Function.Name)
}

// part is argument i as a part of a document; NULL is null.
func part(c *expr.Ctx, f *expr.Call, i int, v value.Value) (*value.JSON, error) {
	if v.IsNull() {
		return &value.JSON{}, nil
	}
	j, err := value.ToJSON(c.Env, v, f.Arg(i))
	if err != nil {
		return nil, err
	}
	return j, c.Borrow(64 + len(j.Text))
}

// result is a document that a function made, when it is not too deep.
func result(j *value.JSON) (value.Value, error) {
	if tooDeep(j, value.MaxJSONDepth) {
		return value.Null, sqlerr.JSONDocumentTooDeep.Errorf("The JSON document exceeds the maximum depth.")
	}
	return value.Document(j), nil
}

// tooDeep stops where the depth is reached.
func tooDeep(j *value.JSON, depth int) bool {
	if depth == 0 {
		return true
	}
	for _, i := range j.Items {
		if tooDeep(i, depth-1) {
			return true
		}
	}
	for _, m := range j.Members {
		if tooDeep(m.Value, depth-1) {
			return true
		}
	}
	return false
}

func wrongCount(f *expr.Call) error {
	return sqlerr.WrongParamCountToNativeFunction.Errorf("Incorrect parameter count in the call to native function '%s'", f.Function.Name)
}

// one is 'one' or 'all', in any case: error 3154 for something else.
func one(f *expr.Call, v value.Value) (bool, error) {
	switch strings.ToLower(string(v.Bytes())) {
	case "one":
		return true, nil
	case "all":
		return false, nil
	}
	return false, sqlerr.BadJSONTableOneOrAll.Errorf("The oneOrAll argument to %s may take these values: 'one' or 'all'.", f.Function.Name)
}

// ticks asks now and then whether the statement was stopped.
type ticks int

func (t *ticks) stopped(c *expr.Ctx) error {
	if *t++; *t%1024 == 0 {
		return c.Context().Err()
	}
	return nil
}
