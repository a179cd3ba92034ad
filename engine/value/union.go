package value

import "github.com/lxdb/lxdb/storage/kivi/codec"

// UnionOf is the type that values of all the types fit: of CASE, COALESCE, and of the
// columns of UNION. The error is 1267.
func UnionOf(types []Type, operator string) (Type, error) {
	out := types[0]
	for i := 1; i < len(types); i++ {
		var err error
		if out, err = unite(out, types[i], operator); err != nil {
			return out, err
		}
	}
	out.ZeroFill, out.Hex, out.Moment = false, false, false // of what stands there by itself
	return out, nil
}

func unite(a, b Type, operator string) (t Type, err error) {
	nullable := a.Nullable || b.Nullable
	switch {
	case a.Kind == TypeNull:
		t = b
	case b.Kind == TypeNull:
		t = a
	case a.IsNumber() && b.IsNumber():
		t = uniteNumbers(&a, &b)
	case a.IsTemporal() && b.IsTemporal():
		t = uniteTimes(&a, &b)
	case a.Kind == TypeJSON && b.Kind == TypeJSON, a.Kind == TypeGeometry && b.Kind == TypeGeometry:
		t = a
	default:
		t, err = uniteTexts(&a, &b, operator)
	}
	t.Nullable, t.Hex, t.Moment, t.ZeroFill = nullable, false, false, false
	t.Quiet = (a.Quiet || !a.IsString()) && (b.Quiet || !b.IsString())
	return t, err
}

func uniteNumbers(a, b *Type) Type {
	switch {
	case a.Kind == TypeYear && b.Kind == TypeYear || a.Kind == TypeBit && b.Kind == TypeBit:
		t := *a
		t.Length = max(a.Length, b.Length)
		return t
	case a.Result() == ResultDouble || b.Result() == ResultDouble:
		t := DoubleType
		if a.Kind == TypeFloat && b.Kind == TypeFloat {
			t.Kind = TypeFloat
		}
		if a.Scale != NotFixed && b.Scale != NotFixed {
			t.Scale = max(a.Scale, b.Scale)
		}
		return t
	case a.Kind == TypeDecimal || b.Kind == TypeDecimal || a.Unsigned != b.Unsigned && (a.Kind == TypeBigInt && a.Unsigned || b.Kind == TypeBigInt && b.Unsigned):
		scale := 0
		for _, t := range []*Type{a, b} {
			if t.Kind == TypeDecimal {
				scale = max(scale, int(t.Scale))
			}
		}
		t := DecimalOf(max(a.IntDigits(), b.IntDigits())+scale, scale)
		t.Unsigned = a.Unsigned && b.Unsigned
		return t
	}
	return uniteIntegers(a, b)
}

// uniteIntegers is the larger kind; of two signs one that has room for both.
func uniteIntegers(a, b *Type) Type {
	ak, bk := integerKind(a), integerKind(b)
	t := *a
	t.Kind, t.Unsigned = max(ak, bk), unsignedInt(a) && unsignedInt(b)
	t.Length = max(a.Length, b.Length)
	if unsignedInt(a) != unsignedInt(b) {
		larger := ak
		if unsignedInt(b) {
			larger = bk
		}
		if t.Kind == larger && t.Kind < TypeBigInt {
			t.Kind++
		}
	}
	return t
}

func integerKind(t *Type) Kind {
	switch t.Kind {
	case TypeYear:
		return TypeSmallInt
	case TypeBit:
		return TypeBigInt
	}
	return t.Kind
}

func unsignedInt(t *Type) bool { return t.Unsigned || t.Kind == TypeYear || t.Kind == TypeBit }

func uniteTimes(a, b *Type) Type {
	fsp := int(max(a.Scale, b.Scale))
	switch {
	case a.Kind == b.Kind && a.Kind == TypeTime:
		return TimeOf(fsp)
	case a.Kind == b.Kind:
		t := *a
		t.Scale, t.Length = uint8(fsp), max(a.Length, b.Length)
		return t
	}
	return DateTimeOf(fsp)
}

// uniteTexts: whatever else comes together is text.
func uniteTexts(a, b *Type, operator string) (Type, error) {
	c, strength, ok := Mix(a, b)
	if !ok {
		return Type{}, IllegalMix(operator, *a, *b)
	}
	t := Text(c, max(widthIn(c, a), widthIn(c, b)))
	t.Coercibility, t.ASCII = min(strength, Coercible), a.ASCII && b.ASCII
	for _, of := range []*Type{a, b} {
		if of.IsText() {
			t.Kind = max(t.Kind, of.Kind)
		}
	}
	return t, nil
}

// widthIn is how many characters of a collation's set a value of t takes as text: bytes beside bytes.
func widthIn(c *Collation, t *Type) int {
	n := textWidth(t)
	if c.Binary() && t.IsString() && !t.Collation.Binary() && n < 1<<30 {
		n *= t.Collation.width()
	}
	return n
}

// textWidth is how many characters a value of t takes as text.
func textWidth(t *Type) int {
	switch {
	case t.Kind == TypeEnum || t.Kind == TypeSet:
		n := 0
		if t.Members != nil {
			for _, m := range *t.Members {
				if t.Kind == TypeSet {
					n += len(m) + 1
				} else {
					n = max(n, len(m))
				}
			}
		}
		return n
	case t.Kind == TypeJSON || t.Kind == TypeGeometry:
		return 1<<32 - 1
	case t.Length > 0:
		return int(t.Length)
	case t.IsNumber():
		return t.IntDigits() + 2 + int(t.Scale)
	}
	return 255
}

// Adapt makes of a value of type from one of type to, which UnionOf gave: no
// information is lost, so nothing warns.
func Adapt(e *Env, v Value, from, to *Type) (Value, error) {
	if v.class == ClassNull {
		return v, nil
	}
	switch to.Result() {
	case ResultDouble:
		f, err := ToDouble(e, v, from)
		return Double(f), err
	case ResultDecimal:
		d, err := ToDecimal(e, v, from)
		return Dec(d.Round(int(to.Scale))), err
	case ResultInt:
		n, err := ToInteger(e, v, from)
		n.class = ClassInt
		if unsignedInt(to) {
			n.class = ClassUint
		}
		return n, err
	case ResultTemporal:
		return adaptTime(e, v, from, to)
	case ResultJSON:
		j, err := ToJSON(e, v, from)
		return Document(j), err
	}
	if (to.Kind == TypeEnum || to.Kind == TypeSet) && v.class == ClassUint {
		return v, nil
	}
	b, err := ToText(e, v, from)
	return Bytes(between(b, from, to)), err
}

// between is a text or bytes of one type as another one has them.
func between(b []byte, from, to *Type) []byte {
	if !from.IsString() || !to.IsString() || from.Collation == nil || to.Collation == nil || from.IsBinary() == to.IsBinary() {
		return b
	}
	if to.IsBinary() {
		return Encode(b, from.Collation)
	}
	if text, valid := Decode(b, to.Collation); valid == len(b) {
		return text
	}
	return b // it stays what it is
}

func adaptTime(e *Env, v Value, from, to *Type) (Value, error) {
	switch to.Kind {
	case TypeTime:
		return ToTime(e, v, from)
	case TypeDate:
		return ToDate(e, v, from)
	}
	return ToDateTime(e, v, from)
}

// CutFraction leaves fsp digits of the fraction of a second.
func CutFraction(d codec.DateTime, fsp int) codec.DateTime {
	unit := microUnit[max(0, min(fsp, MaxFsp))]
	return d - codec.DateTime(uint64(d)&0xFFFFF%unit)
}
