package value

import (
	"encoding/binary"
	"math"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Place is where a value goes, for the texts of warnings: the column's name, and the
// row of the statement counted from 1.
type Place struct {
	Column string
	Row    int
}

// Store makes of v, of type from, what a column of type to keeps: numbers are rounded
// and cut to their range, texts cut, members looked up, each with MySQL's warning.
// While Env.Writing is set (strict mode), what is lost is an error instead. NULL stays
// NULL: whether the column takes it is not asked here.
func Store(e *Env, v Value, from, to *Type, at Place) (Value, error) {
	if v.class == ClassNull {
		return v, nil
	}
	switch to.Kind {
	case TypeTinyInt, TypeSmallInt, TypeMediumInt, TypeInt, TypeBigInt:
		return storeInteger(e, v, from, to, at)
	case TypeYear:
		return storeYear(e, v, from, at)
	case TypeFloat, TypeDouble:
		return storeDouble(e, v, from, to, at)
	case TypeDecimal:
		return storeDecimal(e, v, from, to, at)
	case TypeBit:
		return storeBit(e, v, from, to, at)
	case TypeEnum:
		return storeEnum(e, v, from, to, at)
	case TypeSet:
		return storeSet(e, v, from, to, at)
	case TypeDate, TypeDateTime, TypeTimestamp, TypeTime:
		return storeTime(e, v, from, to, at)
	case TypeJSON:
		return storeJSON(e, v, from, at)
	case TypeGeometry:
		return storeGeometry(v, from, to, at)
	}
	return storeText(e, v, from, to, at)
}

// geometryCollection is WKB's number of GEOMETRYCOLLECTION, the largest one.
const geometryCollection = 7

// storeGeometry looks at what stands before the coordinates: the SRID, the byte that says how numbers are written, and
// what the geometry is. A column of collections takes all, as one of any geometry does.
func storeGeometry(v Value, from, to *Type, at Place) (Value, error) {
	const srid, order, shape = 0, 4, 5
	s := v.Bytes()
	if from.Kind != TypeGeometry || len(s) < shape+4 {
		return Null, errNoGeometry
	}
	numbers := binary.ByteOrder(binary.BigEndian)
	if s[order] == 1 {
		numbers = binary.LittleEndian
	}
	if to.Shape != 0 && to.Shape != geometryCollection && numbers.Uint32(s[shape:]) != uint32(to.Shape) {
		return Null, errNoGeometry
	}
	if id := binary.LittleEndian.Uint32(s[srid:]); to.OneSRID && id != to.SRID {
		return Null, sqlerr.WrongSRIDForColumn.Errorf("The SRID of the geometry does not match the SRID of the column '%s'. The SRID of the geometry is %d, but the SRID of the column is %d. "+
			"Consider changing the SRID of the geometry or the SRID property of the column.", at.Column, id, to.SRID)
	}
	return v, nil
}

var errNoGeometry = sqlerr.CantCreateGeometryObject.Errorf("Cannot get geometry object from data you send to the GEOMETRY field")

func (e *Env) outOfColumn(at Place) error {
	return e.Warn(sqlerr.WarnDataOutOfRange, "Out of range value for column '%s' at row %d", at.Column, at.Row)
}

func (e *Env) dataTruncated(at Place) error {
	return e.Warn(sqlerr.DataTruncated, "Data truncated for column '%s' at row %d", at.Column, at.Row)
}

func (e *Env) noteTruncated(at Place) {
	e.Note(sqlerr.DataTruncated, "Data truncated for column '%s' at row %d", at.Column, at.Row)
}

func (e *Env) wrongForColumn(kind string, s []byte, at Place) error {
	return e.Warn(sqlerr.TruncatedWrongValueForField, "Incorrect %s value: '%s' for column '%s' at row %d", kind, shown(s), at.Column, at.Row)
}

// storedNumber is the exact number of v for an integer column; a text is one with a
// fraction and an exponent. rest says that something follows it, which counts when the
// number is in the column's range.
func storedNumber(e *Env, v Value, from *Type, at Place) (d Decimal, rest bool, err error) {
	switch v.class {
	case ClassDouble:
		f := math.RoundToEven(v.Double())
		if math.Abs(f) > 1e20 {
			f = math.Copysign(1e20, f)
		}
		d, _ := DecimalOfDouble(f)
		return d, false, nil
	case ClassString:
		if from.Hex {
			return DecimalOfUint(hexNumber(v.b)), false, nil
		}
		number, behind, _ := numberPrefix(v.b)
		if number == nil {
			return Decimal{}, false, e.wrongForColumn("integer", v.b, at)
		}
		d, _ := ParseDecimal(number)
		return d, !onlySpaces(behind), nil
	case ClassDateTime, ClassTime:
		n := wholeSeconds(v)
		return DecimalOfInt(n.Int()), false, nil
	}
	d, err = ToDecimal(e, v, from)
	return d, false, err
}

var integerBits = map[Kind]uint{TypeTinyInt: 8, TypeSmallInt: 16, TypeMediumInt: 24, TypeInt: 32, TypeBigInt: 64}

func storeInteger(e *Env, v Value, from, to *Type, at Place) (Value, error) {
	if v.class == ClassInt || v.class == ClassUint && from.Kind != TypeEnum && from.Kind != TypeSet {
		if fitted, ok := fitInteger(v, to); ok {
			return fitted, nil
		}
	}
	d, rest, err := storedNumber(e, v, from, at)
	if err != nil {
		return Null, err
	}
	n, _ := decimalToInteger(d)
	fitted, ok := fitInteger(n, to)
	if over := d.Round(0); ok && over.Cmp(asExact(n)) == 0 {
		if rest {
			err = e.dataTruncated(at)
		}
		return fitted, err
	}
	return clampInteger(d.Sign() < 0, to), e.outOfColumn(at)
}

func asExact(n Value) Decimal {
	if n.class == ClassInt {
		return DecimalOfInt(int64(n.n))
	}
	return DecimalOfUint(n.n)
}

// fitInteger is n as a value of an integer column.
func fitInteger(n Value, to *Type) (Value, bool) {
	size := integerBits[to.Kind]
	negative := n.class == ClassInt && int64(n.n) < 0
	if to.Unsigned {
		return Uint(n.n), !negative && n.n>>1>>(size-1) == 0
	}
	if negative {
		return Int(int64(n.n)), int64(n.n) >= -1<<(size-1)
	}
	return Int(int64(n.n)), n.n>>(size-1) == 0
}

func clampInteger(negative bool, to *Type) Value {
	size := integerBits[to.Kind]
	switch {
	case to.Unsigned && negative:
		return Uint(0)
	case to.Unsigned:
		return Uint(math.MaxUint64 >> (64 - size))
	case negative:
		return Int(-1 << (size - 1))
	}
	return Int(1<<(size-1) - 1)
}

func storeYear(e *Env, v Value, from *Type, at Place) (Value, error) {
	if v.class == ClassDate || v.class == ClassDateTime {
		y, _, _ := v.DateTime().Date().Parts()
		return yearInRange(e, int64(y), true, at)
	}
	if v.class == ClassTime {
		y, _, _ := e.Today().Date().Parts()
		return yearInRange(e, int64(y), true, at)
	}
	text := v.class == ClassString && !from.Hex
	if number, _, _ := numberPrefix(v.b); text && number == nil {
		return Uint(0), e.wrongForColumn("integer", v.b, at)
	}
	if v.class == ClassDouble && v.Double() < 0 {
		return Uint(0), e.outOfColumn(at)
	}
	d, rest, err := storedNumber(e, v, from, at)
	if err != nil {
		return Null, err
	}
	n, _ := d.ToInt()
	warned := e.warnings
	year, err := yearInRange(e, n, n == 0 && (!text || len(v.b) == 4), at)
	if err == nil && rest && (year.n != 0 || warned == e.warnings) {
		err = e.dataTruncated(at)
	}
	return year, err
}

// yearInRange: zero says that 0 is the year 0000, and no short form of 2000.
func yearInRange(e *Env, n int64, zero bool, at Place) (Value, error) {
	switch {
	case n == 0 && zero:
		return Uint(0), nil
	case n >= 0 && n < 100:
		return Uint(uint64(TwoDigitYear(int(n)))), nil
	case n < 1901 || n > 2155:
		return Uint(0), e.outOfColumn(at)
	}
	return Uint(uint64(n)), nil
}

func storeDouble(e *Env, v Value, from, to *Type, at Place) (Value, error) {
	f, err := 0.0, error(nil)
	if v.class == ClassString && !from.Hex {
		var whole bool
		if f, whole = stringToDouble(v.b); !whole {
			if math.Abs(f) == math.MaxFloat64 {
				err = e.outOfColumn(at)
			} else {
				err = e.dataTruncated(at)
			}
		}
	} else {
		f, err = ToDouble(e, v, from)
	}
	if err != nil {
		return Null, err
	}
	most := math.MaxFloat64
	if to.Kind == TypeFloat {
		most = math.MaxFloat32
	}
	if to.Scale < NotFixed {
		f = RoundFixed(f, int(to.Scale))
		if to.Precision > 0 {
			most = min(most, math.Pow10(int(to.Precision)-int(to.Scale))-math.Pow10(-int(to.Scale)))
		}
	}
	switch {
	case to.Unsigned && f < 0:
		return Double(0), e.outOfColumn(at)
	case math.Abs(f) > most:
		if to.Kind == TypeFloat {
			most = float64(float32(most))
		}
		return Double(math.Copysign(most, f)), e.outOfColumn(at)
	case to.Kind == TypeFloat:
		f = float64(float32(f))
	}
	return Double(f), nil
}

// RoundFixed rounds to the digits of FLOAT(M,D) and DOUBLE(M,D), as MySQL does: the fraction by
// itself, so that 10.505 is 10.51.
func RoundFixed(f float64, digits int) float64 {
	whole, scale := math.Floor(f), math.Pow10(digits)
	return whole + math.RoundToEven((f-whole)*scale)/scale
}

func storeDecimal(e *Env, v Value, from, to *Type, at Place) (Value, error) {
	d, err := Decimal{}, error(nil)
	noted := false
	if v.class == ClassString && !from.Hex {
		number, rest, _ := numberPrefix(v.b)
		if number == nil {
			return Dec(Decimal{scale: to.Scale}), e.wrongForColumn("decimal", v.b, at)
		}
		d, _ = ParseDecimal(number)
		if !onlySpaces(rest) {
			err = e.dataTruncated(at)
		}
	} else {
		d, err = ToDecimal(e, v, from)
	}
	if err != nil {
		return Null, err
	}
	r, fits := d.Fit(int(to.Precision), int(to.Scale))
	if to.Unsigned && d.Sign() < 0 {
		return Dec(Decimal{scale: to.Scale}), e.outOfColumn(at)
	}
	if !fits {
		return Dec(r), e.outOfColumn(at)
	}
	if !noted && v.class != ClassDouble && r.Cmp(d) != 0 {
		e.noteTruncated(at)
	}
	return Dec(r), nil
}

// storeBit takes the bits of a number, or the bytes of a string as one.
func storeBit(e *Env, v Value, from, to *Type, at Place) (Value, error) {
	n, long := uint64(0), false
	switch v.class {
	case ClassString:
		b := v.b
		for len(b) > 0 && b[0] == 0 {
			b = b[1:]
		}
		n, long = hexNumber(b), len(b) > 8
	case ClassInt, ClassUint:
		n = v.n
	default:
		if v.class == ClassDouble { // without its fraction, and its bits
			f := math.Trunc(v.Double())
			if long = math.Abs(f) >= 1<<63; !long {
				n = uint64(int64(f))
			}
			break
		}
		d, err := ToDecimal(e, v, from)
		if err != nil {
			return Null, err
		}
		d = d.Round(0)
		i, _ := decimalToInteger(d)
		if d.Sign() < 0 {
			return Uint(0), e.outOfColumn(at)
		} else if asExact(i).Cmp(d) != 0 {
			return Uint(math.MaxUint64 >> (64 - max(1, to.Length))), e.outOfColumn(at)
		}
		n = i.n
	}
	all := uint64(math.MaxUint64) >> (64 - max(1, to.Length))
	if !long && n <= all {
		return Uint(n), nil
	}
	if e.Has(ModeStrict) {
		return Uint(all), e.Warn(sqlerr.DataTooLong, "Data too long for column '%s' at row %d", at.Column, at.Row)
	}
	return Uint(all), e.outOfColumn(at)
}
