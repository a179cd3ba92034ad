package value

import (
	"math"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Naming is how an expression is called in errors and warnings: it is asked when there is one.
type Naming interface{ Named() string }

// Name is a Naming that is known.
type Name string

// Named implements Naming.
func (n Name) Named() string { return string(n) }

// Cast is CAST(v AS to), v being of type from; cut says that a length was given,
// which a string is cut to (and a binary one filled up to). of is the expression as
// MySQL prints it, for warnings.
func Cast(e *Env, v Value, from, to *Type, cut bool, of Naming) (Value, error) {
	if v.class == ClassNull {
		return v, nil
	}
	switch to.Kind {
	case TypeBigInt:
		return castInteger(e, v, from, to.Unsigned)
	case TypeDecimal:
		return castDecimal(e, v, from, to, of)
	case TypeDouble, TypeFloat:
		return castDouble(e, v, from, to, of)
	case TypeDate:
		d, err := castDateTime(e, v, from, MaxFsp)
		if d.class == ClassDateTime {
			d = Date(d.DateTime())
		}
		return d, err
	case TypeDateTime, TypeTimestamp:
		return castDateTime(e, v, from, int(to.Scale))
	case TypeTime:
		t, err := ToTime(e, v, from)
		if t.class == ClassTime {
			t = Time(max(-MaxTime, min(RoundTime(t.Micros(), int(to.Scale), e.Has(ModeTimeTruncateFractional)), MaxTime)))
		}
		return t, err
	case TypeYear:
		return castYear(e, v, from)
	case TypeJSON:
		return castJSON(e, v, from)
	}
	return castText(e, v, from, to, cut)
}

// castInteger keeps the bits of an integer of the other sign.
func castInteger(e *Env, v Value, from *Type, unsigned bool) (Value, error) {
	n, err := v, error(nil)
	switch v.class {
	case ClassDecimal:
		n, err = castDecimalToInteger(e, v.Decimal(), unsigned)
	case ClassDouble:
		n, err = castDoubleToInteger(e, v, from, unsigned)
	default:
		if from.Moment || from.Quiet { // CAST reads what the text begins with, and says where it ends
			plain := *from
			plain.Moment, plain.Quiet = false, false
			from = &plain
		}
		n, err = ToInteger(e, v, from)
		if v.class == ClassString && !from.Hex && err == nil {
			if err = castBlanks(e, v.b); err == nil {
				err = castComplement(e, n, unsigned)
			}
		}
	}
	n.class = ClassInt
	if unsigned {
		n.class = ClassUint
	}
	return n, err
}

// castBlanks warns about blanks behind an integer, which CAST takes for more than that: all others overlook them.
func castBlanks(e *Env, s []byte) error {
	if len(s) == 0 || len(trimLeft(s[len(s)-1:])) > 0 {
		return nil
	}
	if _, _, whole, over := stringToInt(s); !whole || over {
		return nil // there is a warning of that
	}
	return e.incorrect("INTEGER", s)
}

// castComplement warns about a text whose number has the other sign.
func castComplement(e *Env, n Value, unsigned bool) error {
	switch {
	case unsigned && n.class == ClassInt && n.Int() < 0:
		return e.Warn(sqlerr.UnknownError, "Cast to unsigned converted negative integer to its positive complement")
	case !unsigned && n.class == ClassUint && n.n > math.MaxInt64:
		return e.Warn(sqlerr.UnknownError, "Cast to signed converted positive out-of-range integer to its negative complement")
	}
	return nil
}

func castDecimalToInteger(e *Env, d Decimal, unsigned bool) (Value, error) {
	if unsigned {
		if u, fits := d.ToUint(); fits {
			return Uint(u), nil
		} else {
			return Uint(u), e.incorrect("DECIMAL", d.Append(nil))
		}
	}
	i, fits := d.ToInt()
	if fits {
		return Int(i), nil
	}
	return Int(i), e.incorrect("DECIMAL", d.Append(nil))
}

func castDoubleToInteger(e *Env, v Value, from *Type, unsigned bool) (Value, error) {
	f := math.RoundToEven(v.Double())
	switch {
	case f >= -1<<63 && f < 1<<63:
		return Int(int64(f)), nil
	case unsigned && f >= 0 && f < 1<<64:
		return Uint(uint64(f)), nil
	case f < 0:
		return Int(math.MinInt64), e.incorrect("INTEGER", AppendText(nil, v, from))
	}
	if unsigned {
		return Uint(math.MaxUint64), e.incorrect("INTEGER", AppendText(nil, v, from))
	}
	return Int(math.MaxInt64), e.incorrect("INTEGER", AppendText(nil, v, from))
}

func castDecimal(e *Env, v Value, from, to *Type, of Naming) (Value, error) {
	d, err := ToDecimal(e, v, from)
	if err != nil {
		return Null, err
	}
	r, fits := d.Fit(int(to.Precision), int(to.Scale))
	if !fits {
		err = e.Warn(sqlerr.WarnDataOutOfRange, "Out of range value for column '%s' at row %d", of.Named(), 1)
	}
	return Dec(r), err
}

func castDouble(e *Env, v Value, from, to *Type, of Naming) (Value, error) {
	f, err := ToDouble(e, v, from)
	if err != nil || to.Kind == TypeDouble {
		return Double(f), err
	}
	if math.Abs(f) > math.MaxFloat32 {
		return Null, OutOfRange("DOUBLE", of.Named())
	}
	return Double(float64(float32(f))), nil
}

func castDateTime(e *Env, v Value, from *Type, fsp int) (Value, error) {
	d, err := e.toDateTime(v, from, e.dateRules(), fsp)
	if err != nil || d.class != ClassDateTime {
		return d, err
	}
	rounded, ok := roundDateTime(d.DateTime(), fsp, e.Has(ModeTimeTruncateFractional))
	if !ok {
		return Null, e.Warn(sqlerr.DatetimeFunctionOverflow, "Datetime function: %s field overflow", "datetime")
	}
	return DateTime(rounded), nil
}

// castYear reads a year of four digits, or of one or two; a date gives its own.
func castYear(e *Env, v Value, from *Type) (Value, error) {
	if v.class == ClassDate || v.class == ClassDateTime {
		y, _, _ := v.DateTime().Date().Parts()
		return yearOrNull(e, int64(y), v, from, false)
	}
	if v.class == ClassTime {
		y, _, _ := e.Today().Date().Parts()
		return Uint(uint64(y)), nil
	}
	n, err := ToInteger(e, v, from)
	if err != nil {
		return Null, err
	}
	text := v.class == ClassString
	short := text && len(trimLeft(v.b)) < 4
	if text && n.Int() == 0 && !short {
		return Uint(0), nil
	}
	return yearOrNull(e, n.Int(), v, from, short)
}

func yearOrNull(e *Env, n int64, v Value, from *Type, text bool) (Value, error) {
	switch {
	case n == 0 && !text:
		return Uint(0), nil
	case n >= 0 && n < 100:
		return Uint(uint64(TwoDigitYear(int(n)))), nil
	case n < 1901 || n > 2155:
		return Null, e.incorrect("YEAR", AppendText(nil, v, from))
	}
	return Uint(uint64(n)), nil
}

// castJSON parses text; other values become the scalars that they are.
func castJSON(e *Env, v Value, from *Type) (Value, error) {
	if v.class == ClassString && !from.IsBinary() {
		j, err := ToDocument(e, v, from, 1, "cast_as_json")
		return Document(j), err
	}
	if v.class == ClassUint && (from.Kind == TypeEnum || from.Kind == TypeSet) {
		return Document(&JSON{Kind: JSONString, Text: string(AppendText(nil, v, from))}), nil
	}
	j, err := ToJSON(e, v, from)
	return Document(j), err
}

func castText(e *Env, v Value, from, to *Type, cut bool) (Value, error) {
	b, err := ToText(e, v, from)
	if err != nil {
		return Null, err
	}
	binary := to.IsBinary()
	switch {
	case from.Kind == TypeBit && !binary: // its text is its bytes
		if text, valid := Decode(b, to.Collation); valid < len(b) {
			return Null, e.InvalidText(to.Collation.Charset, b)
		} else {
			b = text
		}
	case v.class != ClassString || from.IsBinary() == binary:
	case binary:
		b = Encode(b, from.Collation)
	default:
		text, valid := Decode(b, to.Collation)
		if valid < len(b) {
			return Null, e.InvalidText(to.Collation.Charset, b)
		}
		b = text
	}
	if !binary && to.Collation.Charset != "utf8mb4" {
		b = Recode(b, to.Collation)
	}
	if !cut {
		return Bytes(b), nil
	}
	limit := int(to.Length)
	if large, err := e.TooLarge("cast_as_"+kindOfText(binary), limit); binary && (large || err != nil) {
		return Null, err
	}
	if end := cutAt(b, limit, binary); end < len(b) {
		text := shown(b)
		b = b[:end:end]
		return Bytes(b), e.Warn(sqlerr.TruncatedWrongValue, "Truncated incorrect %s(%d) value: '%s'", castName(binary), limit, text)
	}
	if binary && len(b) < limit {
		b = append(make([]byte, 0, limit), b...)
		b = b[:limit]
	}
	return Bytes(b), nil
}

func castName(binary bool) string {
	if binary {
		return "BINARY"
	}
	return "CHAR"
}

func kindOfText(binary bool) string {
	if binary {
		return "binary"
	}
	return "char"
}

// cutAt is where a text of at most limit characters, or bytes, ends.
func cutAt(b []byte, limit int, binary bool) int {
	if len(b) <= limit {
		return len(b)
	}
	if binary {
		return limit
	}
	at := 0
	for ; limit > 0 && at < len(b); limit-- {
		_, n := utf8.DecodeRune(b[at:])
		at += n
	}
	return at
}

// fuzzy are the rules of functions: sql_mode decides about 0000-00-00 and the 31st of
// April, while months and days that are 0 are taken.
func (e *Env) fuzzy() dateRules {
	return dateRules{noZero: e.Has(ModeNoZeroDate), invalid: e.Has(ModeAllowInvalidDates)}
}

// TemporalLiteral is DATE'…', TIME'…' or TIMESTAMP'…': error 1525 for a text that is
// none.
func TemporalLiteral(e *Env, kind, text string) (Value, Type, error) {
	s := []byte(text)
	var p parsedTime
	if kind == "time" {
		p = parseTime(s)
	} else {
		p = parseDateTime(s, e.dateRules(), false)
	}
	names := map[string]string{"date": "DATE", "time": "TIME", "timestamp": "DATETIME"}
	if !p.ok || p.bad != 0 || kind == "date" && !p.date || kind == "timestamp" && p.date {
		return Null, Type{}, sqlerr.WrongValue.Errorf("Incorrect %s value: '%s'", names[kind], shown(s))
	}
	switch kind {
	case "time":
		micros := p.Micros()
		return Time(micros), TimeOf(p.digits), nil
	case "date":
		d, _ := p.Pack()
		return Date(d), DateOfDay, nil
	}
	v, err := e.packed(p, Bytes(s), &Type{Kind: TypeVarChar}, MaxFsp)
	return v, DateTimeOf(p.digits), err
}
