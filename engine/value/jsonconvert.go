package value

import (
	"bytes"
	"errors"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// temporal is the date or time that a document is; NULL if it is none.
func (j *JSON) temporal() Value {
	if j.Kind == JSONTime {
		return j.Scalar
	}
	return Null
}

// unquoted is a document as a string value.
func unquoted(j *JSON) Value { return Bytes(j.Unquoted()) }

var scalarType = Type{Kind: TypeNull, Scale: NotFixed}

func jsonToDouble(e *Env, j *JSON) (float64, error) {
	switch j.Kind {
	case JSONNumber, JSONTime:
		return ToDouble(e, j.Scalar, &scalarType)
	case JSONBool:
		if j.True {
			return 1, nil
		}
		return 0, nil
	case JSONString:
		f, whole := stringToDouble([]byte(j.Text))
		if whole {
			return f, nil
		}
		return f, e.badJSON("DOUBLE")
	}
	return 0, e.badJSON("DOUBLE")
}

func jsonToDecimal(e *Env, j *JSON) (Decimal, error) {
	switch j.Kind {
	case JSONNumber, JSONTime:
		return ToDecimal(e, j.Scalar, &scalarType)
	case JSONBool:
		if j.True {
			return DecimalOfInt(1), nil
		}
		return Decimal{}, nil
	case JSONString:
		d, whole := ParseDecimal([]byte(j.Text))
		if whole {
			return d, nil
		}
		return d, e.badJSON("DECIMAL")
	}
	return Decimal{}, e.badJSON("DECIMAL")
}

func jsonToInteger(e *Env, j *JSON) (Value, error) {
	switch j.Kind {
	case JSONNumber, JSONTime:
		return ToInteger(e, j.Scalar, &scalarType)
	case JSONBool:
		return Bool(j.True), nil
	case JSONString:
		u, neg, whole, over := stringToInt([]byte(j.Text))
		var err error
		if !whole || over {
			err = e.badJSON("INTEGER")
		}
		if neg {
			return Int(-int64(u)), err
		}
		return smallest(u), err
	}
	return Int(0), e.badJSON("INTEGER")
}

func (e *Env) badJSON(kind string) error {
	return e.Warn(sqlerr.InvalidJSONValueForCast, "Invalid JSON value for CAST to %s from column %s at row %d", kind, "cast_as_json", 1)
}

// ToDocument is what JSON functions take as a document: text is parsed, and one
// that is no JSON is error 3141 about that argument of that function. NULL is nil.
func ToDocument(e *Env, v Value, t *Type, argument int, function string) (*JSON, error) {
	switch v.class {
	case ClassNull:
		return nil, nil
	case ClassJSON:
		return v.doc, nil
	case ClassString:
		if t.IsBinary() && t.Kind != TypeGeometry {
			return nil, sqlerr.InvalidJSONCharset.Errorf("Cannot create a JSON value from a string with CHARACTER SET 'binary'.")
		}
		j, err := ReadJSON(e, v.b)
		if err != nil {
			return nil, jsonError(err, argument, function)
		}
		return j, nil
	}
	return nil, sqlerr.InvalidTypeForJSON.Errorf("Invalid data type for JSON data in argument %d to function %s; a JSON string or JSON type is required.", argument, function)
}

func jsonError(err error, argument int, function string) error {
	if bad, ok := err.(*SyntaxError); ok {
		return sqlerr.InvalidJSONText.Errorf("Invalid JSON text in argument %d to function %s: %q at position %d.", argument, function, bad.What, bad.At)
	}
	if !errors.Is(err, ErrJSONTooDeep) {
		return err
	}
	return sqlerr.JSONDocumentTooDeep.Errorf("The JSON document exceeds the maximum depth.")
}

// ToJSON is v as a part of a document, as JSON_ARRAY and CAST(… AS JSON) of other
// types take it: text is a JSON string, not parsed.
func ToJSON(e *Env, v Value, t *Type) (*JSON, error) {
	switch v.class {
	case ClassNull:
		return &JSON{}, nil
	case ClassJSON:
		return v.doc, nil
	case ClassInt, ClassDouble, ClassDecimal:
		if t.Truth {
			return &JSON{Kind: JSONBool, True: v.n != 0}, nil
		}
		return &JSON{Kind: JSONNumber, Scalar: v}, nil
	case ClassUint:
		if t.Kind == TypeEnum || t.Kind == TypeSet {
			return &JSON{Kind: JSONString, Text: string(AppendText(nil, v, t))}, nil
		}
		if t.Kind == TypeBit {
			return &JSON{Kind: JSONBlob, Opaque: TypeBit, Text: string(AppendText(nil, v, t))}, nil
		}
		return &JSON{Kind: JSONNumber, Scalar: v}, nil
	case ClassDate:
		return &JSON{Kind: JSONTime, Opaque: TypeDate, Scalar: v}, nil
	case ClassDateTime:
		return &JSON{Kind: JSONTime, Opaque: TypeDateTime, Scalar: v}, nil
	case ClassTime:
		return &JSON{Kind: JSONTime, Opaque: TypeTime, Scalar: v}, nil
	}
	if t.IsBinary() {
		return &JSON{Kind: JSONBlob, Opaque: t.Kind, Text: string(v.b)}, nil
	}
	return &JSON{Kind: JSONString, Text: string(v.b)}, nil
}

// precedence is the order of the types of JSON values; larger is greater.
func (j *JSON) precedence() int {
	switch j.Kind {
	case JSONNull:
		return 0
	case JSONNumber:
		return 1
	case JSONString:
		return 2
	case JSONObject:
		return 3
	case JSONArray:
		return 4
	case JSONBool:
		return 5
	case JSONTime:
		switch j.Opaque {
		case TypeDate:
			return 6
		case TypeTime:
			return 7
		}
		return 8
	}
	return 9
}

// Rank is the place of the value's type among those of JSON values.
func (j *JSON) Rank() byte { return byte(j.precedence()) }

// Compare is MySQL's order of JSON values.
func (j *JSON) Compare(k *JSON) int {
	if a, b := j.precedence(), k.precedence(); a != b {
		return sign(a - b)
	}
	switch j.Kind {
	case JSONNumber:
		return compareNumbers(j.Scalar, k.Scalar)
	case JSONString, JSONBlob:
		return bytes.Compare([]byte(j.Text), []byte(k.Text))
	case JSONBool:
		switch {
		case j.True == k.True:
			return 0
		case k.True:
			return -1
		}
		return 1
	case JSONTime:
		return sign64(int64(j.Scalar.n), int64(k.Scalar.n))
	case JSONArray:
		for i := range min(len(j.Items), len(k.Items)) {
			if c := j.Items[i].Compare(k.Items[i]); c != 0 {
				return c
			}
		}
		return sign(len(j.Items) - len(k.Items))
	case JSONObject:
		return j.compareObjects(k)
	}
	return 0
}

// compareObjects: equal ones have equal members; else the order is any, but fixed.
func (j *JSON) compareObjects(k *JSON) int {
	if c := sign(len(j.Members) - len(k.Members)); c != 0 {
		return c
	}
	for i := range j.Members {
		if a, b := j.Members[i].Key, k.Members[i].Key; a != b {
			if keyLess(a, b) {
				return -1
			}
			return 1
		}
		if c := j.Members[i].Value.Compare(k.Members[i].Value); c != 0 {
			return c
		}
	}
	return 0
}

// compareNumbers compares exactly whatever the two are held as.
func compareNumbers(a, b Value) int {
	if a.class == ClassDouble || b.class == ClassDouble {
		x, _ := ToDouble(&Env{}, a, &scalarType)
		y, _ := ToDouble(&Env{}, b, &scalarType)
		return compareDoubles(x, y)
	}
	x, _ := ToDecimal(&Env{}, a, &scalarType)
	y, _ := ToDecimal(&Env{}, b, &scalarType)
	return x.Cmp(y)
}

func sign(n int) int { return sign64(int64(n), 0) }

func sign64(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compareDoubles(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
