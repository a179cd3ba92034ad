package value

import (
	"errors"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// How says as what two values are compared.
type How uint8

const (
	AsInt      How = iota // integers, with their signs
	AsDecimal             // exact numbers
	AsDouble              // everything else that is a number in this context
	AsString              // by the collation
	AsDateTime            // DATE, DATETIME, and constant texts beside one
	AsTime                // TIME with TIME, and constant texts beside one
	AsJSON                // documents
)

// Comparison is how the values of two types are compared; it is decided once.
type Comparison struct {
	How       How
	Collation *Collation // of AsString
}

// ComparisonOf decides as MySQL does: numbers as numbers, exact where both are;
// a text beside a number as double; a text constant beside a date as date; ENUM and
// SET beside a text as texts. The error is 1267, of two collations that do not mix.
func ComparisonOf(a, b *Type, operator string) (Comparison, error) {
	ar, br := a.Result(), b.Result()
	switch {
	case a.Kind == TypeNull || b.Kind == TypeNull:
		return nullComparison(a, b), nil
	case ar == ResultJSON || br == ResultJSON:
		return Comparison{How: AsJSON}, nil
	case ar == ResultTemporal || br == ResultTemporal:
		if how, ok := temporalHow(a, b); ok {
			return Comparison{How: how}, nil
		}
	}
	if a.stringLike() && b.stringLike() {
		c, strength, ok := Mix(a, b)
		if !ok || strength == NoneColl && a.Collation != b.Collation {
			return Comparison{}, IllegalMix(operator, *a, *b)
		}
		return Comparison{AsString, c}, nil
	}
	return Comparison{How: numericHow(a.Numeric(), b.Numeric(), a, b)}, nil
}

// stringLike says that a comparison with a text is one of texts.
func (t *Type) stringLike() bool { return t.Result() == ResultString }

func nullComparison(a, b *Type) Comparison {
	for _, t := range []*Type{a, b} {
		if t.Kind != TypeNull && t.stringLike() {
			return Comparison{AsString, t.Collation}
		}
		if t.Kind != TypeNull && t.Result() == ResultJSON {
			return Comparison{How: AsJSON}
		}
	}
	return Comparison{How: AsDouble}
}

func numericHow(a, b Result, at, bt *Type) How {
	switch {
	case a == ResultInt && b == ResultInt:
		return AsInt
	case a != ResultDouble && b != ResultDouble:
		return AsDecimal
	}
	return AsDouble
}

func temporalHow(a, b *Type) (How, bool) {
	at, bt := a.IsTemporal(), b.IsTemporal()
	switch {
	case at && bt && a.Kind == TypeTime && b.Kind == TypeTime:
		return AsTime, true
	case at && bt:
		return AsDateTime, true
	case at && b.stringLike():
		return besideText(a), true
	case bt && a.stringLike():
		return besideText(b), true
	}
	return 0, false
}

func besideText(t *Type) How {
	if t.Kind == TypeTime {
		return AsTime
	}
	return AsDateTime
}

// IllegalMix is 1267 about two collations that do not mix, 1270 about three, and 1271
// about more.
func IllegalMix(operation string, types ...Type) error {
	var names []any
	for _, t := range types {
		if t.Kind == TypeNull {
			t.Collation = nil
		}
		names = append(names, collationName(t.Collation), t.Coercibility)
	}
	switch names = append(names, operation); len(types) {
	case 2:
		return sqlerr.CantAggregate2Collations.Errorf("Illegal mix of collations (%s,%s) and (%s,%s) for operation '%s'", names...)
	case 3:
		return sqlerr.CantAggregate3Collations.Errorf("Illegal mix of collations (%s,%s), (%s,%s), (%s,%s) for operation '%s'", names...)
	}
	return sqlerr.CantAggregateNCollations.Errorf("Illegal mix of collations for operation '%s'", operation)
}

// IsIllegalMix says that an error is one of IllegalMix.
func IsIllegalMix(err error) bool {
	var e *sqlerr.Error
	return errors.As(err, &e) && (e.Number == sqlerr.CantAggregate2Collations || e.Number == sqlerr.CantAggregate3Collations || e.Number == sqlerr.CantAggregateNCollations)
}

func collationName(c *Collation) string {
	if c == nil {
		return BinaryCollation.Name
	}
	return c.Name
}

// String is how errors name it.
func (c Coercibility) String() string {
	return [...]string{"EXPLICIT", "NONE", "IMPLICIT", "SYSCONST", "COERCIBLE", "NUMERIC", "IGNORABLE"}[c]
}

// Compare compares two values that are not NULL: -1, 0 or 1. unknown says that one of
// them is no date where one is needed, which makes the comparison NULL.
func (c Comparison) Compare(e *Env, a Value, at *Type, b Value, bt *Type) (order int, unknown bool, err error) {
	switch c.How {
	case AsInt:
		return c.compareInts(e, a, at, b, bt)
	case AsDecimal:
		x, err := ToDecimal(e, a, at)
		if err != nil {
			return 0, false, err
		}
		y, err := ToDecimal(e, b, bt)
		return x.Cmp(y), false, err
	case AsDouble:
		x, err := ToDouble(e, a, at)
		if err != nil {
			return 0, false, err
		}
		y, err := ToDouble(e, b, bt)
		return compareDoubles(x, y), false, err
	case AsString:
		x, err := ToText(e, a, at)
		if err != nil {
			return 0, false, err
		}
		y, err := ToText(e, b, bt)
		if c.Collation.Binary() {
			x, y = encoded(x, at), encoded(y, bt)
		}
		return c.Collation.Compare(x, y), false, err
	case AsJSON:
		return compareDocuments(e, a, at, b, bt)
	}
	convert := ToDateTime
	if c.How == AsTime {
		convert = timeBesideTime
	}
	x, err := convert(e, a, at)
	if err != nil {
		return 0, false, err
	}
	y, err := convert(e, b, bt)
	if err != nil || x.IsNull() || y.IsNull() {
		return 0, true, err
	}
	return sign64(int64(x.n), int64(y.n)), false, nil
}

// encoded is a text as its character set has it, for a comparison of bytes.
func encoded(b []byte, t *Type) []byte {
	if t.Collation == nil || t.ASCII {
		return b
	}
	return Encode(b, t.Collation)
}

// timeBesideTime: a text that is no time counts as 00:00:00.
func timeBesideTime(e *Env, v Value, t *Type) (Value, error) {
	x, err := ToTime(e, v, t)
	if x.IsNull() {
		return Time(0), err
	}
	return x, err
}

func (c Comparison) compareInts(e *Env, a Value, at *Type, b Value, bt *Type) (int, bool, error) {
	x, err := ToInteger(e, a, at)
	if err != nil {
		return 0, false, err
	}
	y, err := ToInteger(e, b, bt)
	return CompareIntegers(x, y), false, err
}

// CompareIntegers compares ClassInt and ClassUint in any mixture.
func CompareIntegers(a, b Value) int {
	switch {
	case a.class == ClassInt && int64(a.n) < 0:
		if b.class == ClassInt && int64(b.n) < 0 {
			return sign64(int64(a.n), int64(b.n))
		}
		return -1
	case b.class == ClassInt && int64(b.n) < 0:
		return 1
	case a.n < b.n:
		return -1
	case a.n > b.n:
		return 1
	}
	return 0
}

// compareDocuments: what is no document is compared as the scalar that it is.
func compareDocuments(e *Env, a Value, at *Type, b Value, bt *Type) (int, bool, error) {
	x, err := ToJSON(e, a, at)
	if err != nil {
		return 0, false, err
	}
	y, err := ToJSON(e, b, bt)
	if err != nil {
		return 0, false, err
	}
	return x.Compare(y), false, nil
}
