package value

import (
	"math/big"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Storage is how values of t stand in rows and batches.
func (t *Type) Storage() codec.Kind {
	switch t.Kind {
	case TypeTinyInt, TypeSmallInt, TypeMediumInt, TypeInt, TypeBigInt:
		if t.Unsigned {
			return codec.KindUint
		}
		return codec.KindInt
	case TypeFloat, TypeDouble:
		return codec.KindFloat
	case TypeDecimal:
		kind, _, _ := codec.DecimalKind(int(t.Precision))
		return kind
	case TypeTime, TypeNull:
		return codec.KindInt
	case TypeBit, TypeYear, TypeDate, TypeDateTime, TypeTimestamp, TypeEnum, TypeSet:
		return codec.KindUint
	}
	return codec.KindBytes
}

// ofInt and ofUint are the values that a stored integer stands for.
func ofInt(n int64, t *Type) Value {
	switch t.Kind {
	case TypeDecimal:
		return Dec(DecimalOfUnscaled(n, int(t.Scale)))
	case TypeTime:
		return Time(n)
	}
	return Int(n)
}

func ofUint(n uint64, t *Type) Value {
	switch t.Kind {
	case TypeDate:
		return DateTimeClass(ClassDate, codec.Date(n).DateTime())
	case TypeDateTime, TypeTimestamp:
		return DateTime(codec.DateTime(n))
	}
	return Uint(n)
}

// DateTimeClass is a Date or DateTime of that class.
func DateTimeClass(c Class, d codec.DateTime) Value { return Value{class: c, n: uint64(d)} }

// FromInt, FromUint, FromFloat and FromBytes are the values of type t that stand in
// a batch; FromBytes keeps b. The error is of bytes that are damaged.
func FromInt(n int64, t *Type) Value { return ofInt(n, t) }

// FromUint is for types whose Storage is KindUint.
func FromUint(n uint64, t *Type) Value { return ofUint(n, t) }

// FromBytes is for strings, long decimals and documents.
func FromBytes(b []byte, t *Type) (Value, error) {
	switch t.Kind {
	case TypeDecimal:
		unscaled, err := codec.Bytes(b).Decimal(int(t.Precision))
		if err != nil {
			return Null, err
		}
		return Dec(DecimalOfBig(unscaled, int(t.Scale))), nil
	case TypeJSON:
		j, err := ParseStoredJSON(b)
		return Document(j), err
	}
	return Bytes(b), nil
}

// Datum is v, which must be of t's own class (Cast does that), as rows and batches
// hold it. scratch is where bytes are appended that v has not.
func Datum(scratch []byte, v Value, t *Type) (codec.Datum, error) {
	switch v.class {
	case ClassNull:
		return codec.Null(), nil
	case ClassDecimal:
		d := v.Decimal()
		if d.scale != t.Scale {
			d = d.Round(int(t.Scale))
		}
		if n, ok := d.Int64(); ok && t.Storage() == codec.KindInt {
			return codec.Int(n), nil
		}
		d, _ = d.Fit(int(t.Precision), int(t.Scale))
		return codec.Decimal(scratch, signedMagnitude(d), int(t.Precision))
	case ClassDate:
		if t.Kind == TypeDate {
			return codec.Uint(uint64(v.DateTime().Date())), nil
		}
		return codec.Uint(v.n), nil
	case ClassString:
		return codec.Bytes(v.b), nil
	case ClassJSON:
		return codec.Bytes(v.doc.AppendStored(scratch)), nil
	case ClassDouble:
		return codec.Float(v.Double()), nil
	case ClassUint, ClassDateTime:
		return codec.Uint(v.n), nil
	}
	return codec.Int(int64(v.n)), nil
}

// ZeroInRows stands for 0000-00-00 in rows: the library has no zero date, and this one,
// 0000-01-01, in its place.
var ZeroInRows = mustPack(Civil{Month: 1, Day: 1})

func signedMagnitude(d Decimal) *big.Int {
	if d.neg {
		return d.Unscaled()
	}
	return d.magnitude()
}
