package codec

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"testing"
	"time"
)

func TestIntegersThatDoNotFitPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"128 in one byte":    func() { AppendInt(nil, 128, 1) },
		"-129 in one byte":   func() { AppendInt(nil, -129, 1) },
		"256 in one byte":    func() { AppendUint(nil, 256, 1) },
		"width 0":            func() { AppendInt(nil, 0, 0) },
		"width 9":            func() { AppendUint(nil, 0, 9) },
		"time of ten years":  func() { AppendTime(nil, math.MaxInt64) },
		"date over 3 bytes":  func() { AppendDate(nil, 1<<24) },
		"2^31 in four bytes": func() { AppendInt(nil, 1<<31, 4) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestFits(t *testing.T) {
	for width := 1; width <= 8; width++ {
		least, most := int64(math.MinInt64)>>(64-8*width), int64(math.MaxInt64)>>(64-8*width)
		mostUint := uint64(math.MaxUint64) >> (64 - 8*width)
		if !FitsInt(least, width) || !FitsInt(most, width) || !FitsUint(mostUint, width) {
			t.Errorf("width %d: a bound does not fit", width)
		}
		if width < 8 && (FitsInt(least-1, width) || FitsInt(most+1, width) || FitsUint(mostUint+1, width)) {
			t.Errorf("width %d: a value beyond a bound fits", width)
		}
	}
}

func TestFloatKeys(t *testing.T) {
	minus, _ := AppendFloat64(nil, math.Copysign(0, -1))
	plus, _ := AppendFloat64(nil, 0)
	minus32, _ := AppendFloat32(nil, float32(math.Copysign(0, -1)))
	plus32, _ := AppendFloat32(nil, 0)
	if !bytes.Equal(minus, plus) || !bytes.Equal(minus32, plus32) {
		t.Error("-0 and +0 are two keys")
	}
	if _, err := AppendFloat64(nil, math.NaN()); !errors.Is(err, ErrNaN) {
		t.Errorf("NaN: %v", err)
	}
	if _, err := AppendFloat32(nil, float32(math.NaN())); !errors.Is(err, ErrNaN) {
		t.Errorf("NaN, 4 bytes: %v", err)
	}
	for _, key := range [][]byte{
		{0xFF, 0xF8, 0, 0, 0, 0, 0, 1},                         // NaN
		{0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},       // -0
		{0x00, 0x07, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, // negative NaN
	} {
		if f, _, err := DecodeFloat64(key); !errors.Is(err, ErrCorruptKey) {
			t.Errorf("%x decodes to %v, %v", key, f, err)
		}
	}
	for _, key := range [][]byte{{0xFF, 0xC0, 0, 0}, {0x7F, 0xFF, 0xFF, 0xFF}, {0, 0x3F, 0xFF, 0xFF}} {
		if f, _, err := DecodeFloat32(key); !errors.Is(err, ErrCorruptKey) {
			t.Errorf("%x decodes to %v, %v", key, f, err)
		}
	}
}

// TestDecimalOfEveryPrecision walks the edges of all 65 precisions.
func TestDecimalOfEveryPrecision(t *testing.T) {
	for p := 1; p <= MaxPrecision; p++ {
		most := new(big.Int).Sub(pow10[p], big.NewInt(1))
		values := []*big.Int{
			new(big.Int).Neg(most), big.NewInt(-1), big.NewInt(0), big.NewInt(1), most,
		}
		var last []byte
		for _, v := range values {
			key, err := AppendDecimal(nil, v, p)
			if err != nil || len(key) != DecimalWidth(p) {
				t.Fatalf("DECIMAL(%d) %s: %x, %v", p, v, key, err)
			}
			if bytes.Compare(last, key) >= 0 {
				t.Fatalf("DECIMAL(%d) %s: %x after %x", p, v, key, last)
			}
			last = key
			back, rest, err := DecodeDecimal(append(bytes.Clone(key), 9), p)
			if err != nil || back.Cmp(v) != 0 || len(rest) != 1 {
				t.Fatalf("DECIMAL(%d) %s: decoded %s, %x, %v", p, v, back, rest, err)
			}
			checkDecimalDatum(t, v, p, key)
		}
		if _, err := AppendDecimal(nil, pow10[p], p); !errors.Is(err, ErrRange) {
			t.Errorf("DECIMAL(%d) takes %d digits: %v", p, p+1, err)
		}
		if _, err := Decimal(nil, new(big.Int).Neg(pow10[p]), p); !errors.Is(err, ErrRange) {
			t.Errorf("datum of DECIMAL(%d) takes %d digits: %v", p, p+1, err)
		}
		if DecimalWidth(p) == 1 {
			continue
		}
		narrower := new(big.Int).Lsh(big.NewInt(1), uint(8*(DecimalWidth(p)-1)-1))
		if pow10[p].Cmp(narrower) <= 0 {
			t.Errorf("DECIMAL(%d) would fit %d bytes", p, DecimalWidth(p)-1)
		}
	}
	if DecimalWidth(MaxPrecision) != maxDecimalWidth {
		t.Errorf("the widest decimal has %d bytes", DecimalWidth(MaxPrecision))
	}
	for _, p := range []int{-1, 0, MaxPrecision + 1} {
		if _, err := AppendDecimal(nil, big.NewInt(0), p); !errors.Is(err, ErrRange) || DecimalWidth(p) != 0 {
			t.Errorf("DECIMAL(%d): width %d, %v", p, DecimalWidth(p), err)
		}
		if _, _, ok := DecimalKind(p); ok {
			t.Errorf("DECIMAL(%d) has a kind", p)
		}
	}
}

// checkDecimalDatum requires that a Field gives the same key as AppendDecimal.
func checkDecimalDatum(t *testing.T, v *big.Int, p int, key []byte) {
	d, err := Decimal(nil, v, p)
	if err != nil {
		t.Fatal(err)
	}
	kind, width, _ := DecimalKind(p)
	f := Field{Kind: kind, Width: uint8(width)}
	got, err := f.Append(nil, d)
	if err != nil || !bytes.Equal(got, key) {
		t.Fatalf("DECIMAL(%d) %s as a field: %x, %v, want %x", p, v, got, err, key)
	}
	back, _, err := f.Decode(nil, got)
	if err != nil || mustDecimal(back, p).Cmp(v) != 0 {
		t.Fatalf("DECIMAL(%d) %s as a field: decoded %+v, %v", p, v, back, err)
	}
}

func TestDecimalOverItsPrecisionIsCorrupt(t *testing.T) {
	for _, n := range []int{8, 10} {
		if v, err := Bytes(bytes.Repeat([]byte{0x80}, n)).Decimal(20); err == nil {
			t.Errorf("%d bytes are DECIMAL(20) %v", n, v)
		}
	}
	key, err := AppendDecimal(nil, big.NewInt(999), 3)
	if err != nil {
		t.Fatal(err)
	}
	key[len(key)-1]++
	if v, _, err := DecodeDecimal(key, 3); !errors.Is(err, ErrCorruptKey) {
		t.Errorf("DECIMAL(3) decodes to %v, %v", v, err)
	}
}

func TestDateTimeParts(t *testing.T) {
	for _, c := range []struct {
		parts [7]int
		real  bool // a day of the calendar
	}{
		{[7]int{}, false},
		{[7]int{0, 1, 1, 0, 0, 0, 0}, true},
		{[7]int{2024, 0, 0, 0, 0, 0, 0}, false},
		{[7]int{2024, 1, 0, 0, 0, 0, 1}, false},
		{[7]int{2024, 2, 29, 23, 59, 59, 999_999}, true},
		{[7]int{2024, 2, 31, 0, 0, 0, 0}, false},
		{[7]int{2025, 1, 1, 0, 0, 0, 0}, true},
		{[7]int{9999, 12, 31, 23, 59, 59, 999_999}, true},
	} {
		p := c.parts
		d, err := NewDateTime(p[0], p[1], p[2], p[3], p[4], p[5], p[6])
		if err != nil {
			t.Errorf("%v: %v", p, err)
		}
		var got [7]int
		got[0], got[1], got[2] = d.Date().Parts()
		got[3], got[4], got[5], got[6] = d.Clock()
		if got != p {
			t.Errorf("%v comes back as %v", p, got)
		}
		when, ok := d.Time(time.UTC)
		if ok != c.real {
			t.Errorf("%v: a calendar day: %v", p, ok)
		}
		if back, err := DateTimeOf(when); ok && (err != nil || back != d) {
			t.Errorf("%v: through time.Time: %v, %v", p, back, err)
		}
		if back, rest, err := DecodeDateTime(AppendDateTime(nil, d)); err != nil || back != d || len(rest) != 0 {
			t.Errorf("%v: through a key: %v, %v", p, back, err)
		}
		if back, rest, err := DecodeDate(AppendDate(nil, d.Date())); err != nil || back != d.Date() || len(rest) != 0 {
			t.Errorf("%v: date through a key: %v, %v", p, back, err)
		}
		if day := d.Date().DateTime(); day > d || day.Date() != d.Date() {
			t.Errorf("%v: midnight is %v", p, day)
		}
	}
	for _, p := range [][7]int{
		{-1}, {10000}, {0, 13}, {0, 0, 32}, {0, 0, 0, 24}, {0, 0, 0, 0, 60}, {0, 0, 0, 0, 0, 60}, {0, 0, 0, 0, 0, 0, 1_000_000},
	} {
		if d, err := NewDateTime(p[0], p[1], p[2], p[3], p[4], p[5], p[6]); !errors.Is(err, ErrRange) {
			t.Errorf("%v packs to %d, %v", p, d, err)
		}
	}
	day, err := NewDateTime(2024, 2, 29, 0, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string]DateTime{
		"hour 25": day | 25<<hourShift, "minute 60": day | 60<<minuteShift, "a microsecond too many": day | 1_000_000,
		"the highest bit": day | 1<<63, "all bits": math.MaxUint64,
	} {
		if when, ok := damaged.Time(time.UTC); ok {
			t.Errorf("%s: is %v", name, when)
		}
	}
}

func TestTimeKeysOrder(t *testing.T) {
	var last []byte
	for _, micros := range []int64{MinTimeMicros, -1, 0, 1, MaxTimeMicros} {
		key := AppendTime(nil, micros)
		back, rest, err := DecodeTime(key)
		if err != nil || back != micros || len(rest) != 0 || bytes.Compare(last, key) >= 0 {
			t.Errorf("%d: %x after %x, decoded %d, %v", micros, key, last, back, err)
		}
		last = key
	}
}

func TestTextKeyHoldsNoText(t *testing.T) {
	lower := AppendText(nil, "Secret", foldWeigher{})
	upper := AppendText(nil, "sECRET", foldWeigher{})
	if !bytes.Equal(lower, upper) {
		t.Errorf("%x and %x differ: the key tells more than the weights", lower, upper)
	}
	padded := AppendText(nil, "secret   ", foldWeigher{pad: true})
	if !bytes.Equal(lower, padded) {
		t.Errorf("%x and %x differ by trailing spaces", lower, padded)
	}
}

// TestPrefixRanges: a LIKE 'x%' range holds exactly the strings that begin with x.
func TestPrefixRanges(t *testing.T) {
	all := []string{"", "\x00", "\x00\x00", "\x00a", "a", "a\x00", "a\xff", "aa", "ab", "b", "\xff", "\xff\xff"}
	for _, prefix := range all {
		for _, desc := range []bool{false, true} {
			lo := AppendBytesPrefix([]byte{SpaceData}, []byte(prefix))
			if desc {
				Invert(lo, 1)
			}
			hi := PrefixEnd(lo)
			for _, s := range all {
				key := AppendBytes([]byte{SpaceData}, []byte(s))
				if desc {
					Invert(key, 1)
				}
				inside := bytes.Compare(lo, key) <= 0 && bytes.Compare(key, hi) < 0
				if inside != bytes.HasPrefix([]byte(s), []byte(prefix)) {
					t.Errorf("%q in range of %q (desc %v): %v", s, prefix, desc, inside)
				}
			}
		}
	}
	lo := AppendTextPrefix(nil, "AB", foldWeigher{})
	if key := AppendText(nil, "abc", foldWeigher{}); !bytes.HasPrefix(key, lo) {
		t.Errorf("%x does not begin with %x", key, lo)
	}
}

func TestWeightsOrder(t *testing.T) {
	var last []byte
	for _, w := range []uint32{0, 1, 0x7D, 0x7E, 0x7F, 0xFE, 0xFF, 0x3FFE, 0x3FFF, 0x1FFFFE, 0x1FFFFF, 1 << 24, math.MaxUint32} {
		code := AppendWeight(nil, w)
		if bytes.Compare(last, code) >= 0 || code[0] == 0 {
			t.Errorf("weight %#x is %x after %x", w, code, last)
		}
		last = code
	}
}

// TestFieldIsTheFunctions: a Field writes what the single functions write.
func TestFieldIsTheFunctions(t *testing.T) {
	for _, c := range []struct {
		field Field
		datum Datum
		want  []byte
	}{
		{Field{Kind: KindInt, Width: 4, Nullable: true}, Null(), AppendNull(nil)},
		{Field{Kind: KindInt, Width: 4, Nullable: true}, Int(7), AppendInt(AppendNotNull(nil), 7, 4)},
		{Field{Kind: KindInt, Width: 4, Nullable: true, Desc: true}, Int(7), Invert(AppendInt(AppendNotNull(nil), 7, 4), 0)},
		{Field{Kind: KindUint, Width: DateWidth}, Uint(9), AppendDate(nil, 9)},
		{Field{Kind: KindBytes}, Text("a\x00"), AppendBytes(nil, []byte("a\x00"))},
		{Field{Kind: KindText, Weigher: Binary}, Bytes([]byte("a\x00")), AppendText(nil, "a\x00", Binary)},
	} {
		if got, err := c.field.Append(nil, c.datum); err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("%+v %+v: %x, %v, want %x", c.field, c.datum, got, err, c.want)
		}
	}
}

// TestDecodeAppendsToScratch: what scratch held stays, and is no part of the result.
func TestDecodeAppendsToScratch(t *testing.T) {
	decimal, err := Decimal(nil, big.NewInt(-7), 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field Field
		datum Datum
	}{
		{Field{Kind: KindBytes}, Bytes([]byte("a\x00b"))},
		{Field{Kind: KindBytes, Desc: true}, Bytes([]byte("ab"))},
		{Field{Kind: KindDecimal, Width: 9, Desc: true}, decimal},
	} {
		key, err := c.field.Append(nil, c.datum)
		if err != nil {
			t.Fatal(err)
		}
		scratch := append(make([]byte, 0, 64), "old"...)
		got, _, err := c.field.Decode(scratch, key)
		if err != nil || !bytes.Equal(got.Bytes(), c.datum.Bytes()) || string(scratch) != "old" {
			t.Errorf("%+v: %q, %v, scratch %q", c.field, got.Bytes(), err, scratch)
		}
	}
}

// TestCutKeysAreShort cuts keys of every kind at every length: what is left is
// never taken for a whole datum.
func TestCutKeysAreShort(t *testing.T) {
	for _, c := range []struct {
		field Field
		datum Datum
	}{
		{Field{Kind: KindInt, Width: 3, Nullable: true}, Int(7)},
		{Field{Kind: KindUint, Width: 8, Desc: true}, Uint(7)},
		{Field{Kind: KindFloat, Width: 4}, Float(1)},
		{Field{Kind: KindFloat, Width: 8}, Float(1)},
		{Field{Kind: KindDecimal, Width: 9}, Bytes(make([]byte, 9))},
		{Field{Kind: KindBytes, Nullable: true}, Bytes([]byte("a\x00b"))},
		{Field{Kind: KindBytes, Desc: true}, Bytes([]byte("a\x00b"))},
	} {
		key, err := c.field.Append(nil, c.datum)
		if err != nil {
			t.Fatal(err)
		}
		for n := range key {
			if _, _, err := c.field.Decode(nil, key[:n]); !errors.Is(err, ErrShortKey) {
				t.Errorf("%+v: decode % x: %v", c.field, key[:n], err)
			}
			if _, err := c.field.Skip(key[:n]); !errors.Is(err, ErrShortKey) {
				t.Errorf("%+v: skip % x: %v", c.field, key[:n], err)
			}
		}
	}
	for name, f := range map[string]func() error{
		"int":     func() error { _, _, err := DecodeInt([]byte{1}, 2); return err },
		"uint":    func() error { _, _, err := DecodeUint([]byte{1}, 2); return err },
		"width 0": func() error { _, _, err := DecodeUint([]byte{1}, 0); return err },
		"float64": func() error { _, _, err := DecodeFloat64(make([]byte, 7)); return err },
		"float32": func() error { _, _, err := DecodeFloat32(make([]byte, 3)); return err },
		"decimal": func() error { _, _, err := DecodeDecimal(make([]byte, 27), 65); return err },
	} {
		if err := f(); !errors.Is(err, ErrShortKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFieldRefusesWhatDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		name  string
		field Field
		datum Datum
		want  error
	}{
		{"unknown kind", Field{}, Int(1), ErrBadColumn},
		{"int of 9 bytes", Field{Kind: KindInt, Width: 9}, Int(1), ErrBadColumn},
		{"text without weigher", Field{Kind: KindText}, Bytes(nil), ErrBadColumn},
		{"NULL in NOT NULL", Field{Kind: KindInt, Width: 4}, Null(), ErrBadDatum},
		{"absent", Field{Kind: KindInt, Width: 4, Nullable: true}, Absent(), ErrBadDatum},
		{"uint for int", Field{Kind: KindInt, Width: 4}, Uint(1), ErrBadDatum},
		{"external", Field{Kind: KindBytes}, External(BlobRef{Length: 1}), ErrBadDatum},
		{"int too large", Field{Kind: KindInt, Width: 1}, Int(128), ErrRange},
		{"uint too large", Field{Kind: KindUint, Width: 1}, Uint(256), ErrRange},
		{"double in float", Field{Kind: KindFloat, Width: 4}, Float(0.1), ErrRange},
		{"NaN", Field{Kind: KindFloat, Width: 8}, Float(math.NaN()), ErrNaN},
		{"NaN in float", Field{Kind: KindFloat, Width: 4}, Float(math.NaN()), ErrNaN},
		{"short decimal", Field{Kind: KindDecimal, Width: 9}, Bytes(make([]byte, 8)), ErrRange},
	} {
		dst := []byte{1, 2}
		got, err := c.field.Append(dst, c.datum)
		if !errors.Is(err, c.want) || !bytes.Equal(got, dst) {
			t.Errorf("%s: %x, %v, want %v", c.name, got, err, c.want)
		}
	}
}
