package codec

import (
	"math/big"
	"testing"
)

// keyCases encode one key each into a buffer that is long enough. They are
// measured below and must not allocate.
func keyCases() map[string]func(buf []byte) []byte {
	mail := []byte("alice.smith@example.org")
	text := string(mail)
	unscaled, _ := new(big.Int).SetString("-123456789012345678901234567890", 10)
	scratch := make([]byte, 0, maxDecimalWidth)
	fields := []Field{
		{Kind: KindText, Weigher: foldWeigher{pad: true}, Nullable: true},
		{Kind: KindInt, Width: 8, Desc: true},
		{Kind: KindUint, Width: DateTimeWidth},
	}
	row := []Datum{Text(text), Int(-5), Uint(1 << 58)}
	return map[string]func(buf []byte) []byte{
		"int": func(b []byte) []byte {
			return AppendInt(AppendHeader(b, SpaceData, 1000, IndexRows), 4711, 8)
		},
		"bytes+int": func(b []byte) []byte {
			return AppendInt(AppendBytes(AppendHeader(b, SpaceData, 1000, 2), mail), 4711, 8)
		},
		"binary text+int": func(b []byte) []byte {
			return AppendInt(AppendText(AppendHeader(b, SpaceData, 1000, 2), text, Binary), 4711, 8)
		},
		"folded text+int": func(b []byte) []byte {
			return AppendInt(AppendText(AppendHeader(b, SpaceData, 1000, 2), text, foldWeigher{}), 4711, 8)
		},
		"decimal(30)": func(b []byte) []byte {
			b, err := AppendDecimal(AppendHeader(b, SpaceData, 1000, 2), unscaled, 30)
			mustNot(err)
			d, err := Decimal(scratch, unscaled, 30)
			mustNot(err)
			return append(b, d.Bytes()...)
		},
		"float": func(b []byte) []byte {
			b, err := AppendFloat64(AppendHeader(b, SpaceData, 1000, 2), -2.5)
			mustNot(err)
			return b
		},
		"fields": func(b []byte) []byte {
			b = AppendHeader(b, SpaceData, 1000, 2)
			for i, f := range fields {
				var err error
				b, err = f.Append(b, row[i])
				mustNot(err)
			}
			return b
		},
		"prefix end": func(b []byte) []byte {
			return AppendPrefixEnd(b, mail)
		},
		"chunk": func(b []byte) []byte {
			return AppendChunkKey(b, 1000, mail, 3, 7)
		},
	}
}

func mustNot(err error) {
	if err != nil {
		panic(err)
	}
}

func TestKeysAllocateNothing(t *testing.T) {
	buf := make([]byte, 0, 256)
	for name, encode := range keyCases() {
		if n := testing.AllocsPerRun(100, func() { encode(buf) }); n != 0 {
			t.Errorf("%s: %v allocations a key", name, n)
		}
	}
}

func TestRowsAllocateNothing(t *testing.T) {
	ls := tenColumnLayouts(t)
	l, row := ls.Layout(3), tenDatums()
	buf := make([]byte, 0, 256)
	value, err := l.Encode(nil, row)
	if err != nil {
		t.Fatal(err)
	}
	datums := make([]Datum, len(tenColumns))
	if n := testing.AllocsPerRun(100, func() {
		_, err := l.Encode(buf, row)
		mustNot(err)
		r, err := ls.Open(value)
		mustNot(err)
		_, err = r.Decode(datums)
		mustNot(err)
		_, err = r.Column(9)
		mustNot(err)
	}); n != 0 {
		t.Errorf("%v allocations a row", n)
	}
}

func BenchmarkKey(b *testing.B) {
	buf := make([]byte, 0, 256)
	for name, encode := range keyCases() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n = len(encode(buf))
			}
			b.ReportMetric(float64(n), "bytes")
		})
	}
	key := AppendInt(AppendBytes(AppendHeader(nil, SpaceData, 1000, 2), []byte("alice.smith@example.org")), 4711, 8)
	b.Run("decode bytes+int", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, rest, err := DecodeHeader(key)
			mustNot(err)
			_, rest, err = DecodeBytes(nil, rest)
			mustNot(err)
			_, _, err = DecodeInt(rest, 8)
			mustNot(err)
		}
	})
}

func BenchmarkRow(b *testing.B) {
	ls := tenColumnLayouts(b)
	l, row := ls.Layout(3), tenDatums()
	value, err := l.Encode(nil, row)
	mustNot(err)
	b.Run("encode 10", func(b *testing.B) {
		b.ReportAllocs()
		buf := make([]byte, 0, 256)
		for b.Loop() {
			_, err := l.Encode(buf, row)
			mustNot(err)
		}
		b.ReportMetric(float64(len(value)), "bytes")
	})
	b.Run("decode 10", func(b *testing.B) {
		b.ReportAllocs()
		datums := make([]Datum, len(tenColumns))
		for b.Loop() {
			r, err := ls.Open(value)
			mustNot(err)
			_, err = r.Decode(datums)
			mustNot(err)
		}
	})
	b.Run("decode 2 of 10", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r, err := ls.Open(value)
			mustNot(err)
			_, err = r.Column(6)
			mustNot(err)
			_, err = r.Column(9)
			mustNot(err)
		}
	})
}
