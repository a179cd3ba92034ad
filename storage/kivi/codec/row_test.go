package codec

import (
	"bytes"
	"errors"
	"math"
	"math/rand"
	"reflect"
	"testing"
)

var tenColumns = []Column{
	{ID: 1, Kind: KindInt, Width: 8, NotNull: true},
	{ID: 2, Kind: KindInt, Width: 4},
	{ID: 3, Kind: KindUint, Width: 3},
	{ID: 4, Kind: KindInt, Width: 1},
	{ID: 5, Kind: KindFloat, Width: 8},
	{ID: 6, Kind: KindInt, Width: 6},
	{ID: 7, Kind: KindUint, Width: DateTimeWidth},
	{ID: 8, Kind: KindText},
	{ID: 9, Kind: KindText},
	{ID: 10, Kind: KindBytes},
}

func tenDatums() []Datum {
	return []Datum{
		Int(4711), Int(-5), Uint(0xABCDEF), Int(1), Float(2.5), Int(123456789), Uint(1 << 58),
		Bytes([]byte("alice.smith@example.org")), Bytes([]byte("Some Street 12, 1010 Wien")), Null(),
	}
}

func mustLayout(t testing.TB, version uint32, columns ...Column) *Layout {
	l, err := NewLayout(version, columns)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// tenColumnLayouts has version 3 with ten columns and version 300 without
// column 2 and with column 11.
func tenColumnLayouts(t testing.TB) *Layouts {
	later := append(append([]Column(nil), tenColumns[:1]...), tenColumns[2:]...)
	later = append(later, Column{ID: 11, Kind: KindDecimal, Width: 28})
	ls, err := NewLayouts(mustLayout(t, 300, later...), mustLayout(t, 3, tenColumns...))
	if err != nil {
		t.Fatal(err)
	}
	return ls
}

func TestRowRoundTrip(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	input := make([]byte, 400)
	for range 5_000 {
		r.Read(input)
		s := &source{input}
		columns := make([]Column, 1+s.below(20))
		row := make([]Datum, len(columns))
		for i := range columns {
			c := s.column()
			columns[i] = Column{ID: uint16(1 + 3*i), Kind: c.Kind, Width: c.Width, NotNull: !c.Nullable}
			row[i] = s.datum(c)
			if c.Kind.variable() && !row[i].IsNull() && s.below(16) == 0 {
				row[i] = Bytes(bytes.Repeat([]byte("x"), 256*int(s.byte())))
			}
			if c.Kind.variable() && s.below(16) == 0 {
				row[i] = External(BlobRef{Length: uint32(s.byte()), Sum: uint32(s.uint64())})
			}
		}
		checkRow(t, mustLayout(t, 1+uint32(s.byte()), columns...), row)
	}
}

func checkRow(t *testing.T, l *Layout, row []Datum) {
	dirty := bytes.Repeat([]byte{0xEE}, 2000) // what a reused buffer holds
	value, err := l.Encode(append(dirty[:0], "before"...), row)
	if err != nil {
		t.Fatalf("%+v: %v", l.columns, err)
	}
	value = bytes.TrimPrefix(value, []byte("before"))
	ls, err := NewLayouts(l)
	if err != nil {
		t.Fatal(err)
	}
	if err := ls.Check(value); err != nil {
		t.Fatalf("%+v: %v", row, err)
	}
	if v, err := RowVersion(value); err != nil || v != l.Version() {
		t.Fatalf("version %d, %v", v, err)
	}
	opened, err := l.Open(value)
	if err != nil {
		t.Fatal(err)
	}
	used := make([]Datum, len(row)) // what a reused slice holds
	for i := range used {
		used[i] = Datum{bytes: []byte("old"), text: "old", bits: 77, tag: tagBytes}
	}
	all, err := opened.Decode(used)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range l.Columns() {
		if !equalDatum(all[i], row[i]) || all[i].text != "" {
			t.Fatalf("column %+v: decoded %+v, want %+v", c, all[i], row[i])
		}
		got, err := opened.Column(c.ID)
		if err != nil || !equalDatum(got, row[i]) || got.IsExternal() != row[i].IsExternal() || opened.IsNull(i) != row[i].IsNull() {
			t.Fatalf("column %+v: got %+v, %v, want %+v", c, got, err, row[i])
		}
	}
}

// equalDatum compares bit by bit: a row keeps -0, unlike a key. Text is read
// as Bytes.
func equalDatum(a, b Datum) bool {
	if b.tag == tagText {
		b = Bytes(b.Bytes())
	}
	return a.tag == b.tag && a.bits == b.bits && bytes.Equal(a.bytes, b.bytes)
}

func TestAddAndDropColumnWithoutRewriting(t *testing.T) {
	ls := tenColumnLayouts(t)
	old, err := ls.Layout(3).Encode(nil, tenDatums())
	if err != nil {
		t.Fatal(err)
	}
	row, err := ls.Open(old)
	if err != nil {
		t.Fatal(err)
	}
	if row.Layout() != ls.Layout(3) || ls.Newest() != ls.Layout(300) {
		t.Fatalf("layouts mixed up: row %d, newest %d", row.Layout().Version(), ls.Newest().Version())
	}
	for id, want := range map[uint16]Datum{1: Int(4711), 3: Uint(0xABCDEF), 10: Null(), 11: Absent(), 12: Absent(), 0: Absent(), 65535: Absent()} {
		if got, err := row.Column(id); err != nil || !equalDatum(got, want) || got.IsAbsent() != want.IsAbsent() {
			t.Errorf("column %d: %+v, %v, want %+v", id, got, err, want)
		}
	}
	if got := ls.Newest().Position(2); got != -1 {
		t.Errorf("the dropped column stands at %d", got)
	}
	if _, err := ls.Newest().Open(old); !errors.Is(err, ErrUnknownLayout) {
		t.Errorf("old row under the new layout: %v", err)
	}
	more, err := ls.With(mustLayout(t, 301, Column{ID: 12, Kind: KindBytes}))
	if err != nil || more.Newest().Version() != 301 || more.Layout(3) == nil || ls.Layout(301) != nil {
		t.Errorf("with one more: %+v, %v", more, err)
	}
	if _, err := ls.With(mustLayout(t, 3, tenColumns...)); !errors.Is(err, ErrBadColumn) {
		t.Errorf("version 3 twice: %v", err)
	}
}

func TestLayoutRefusals(t *testing.T) {
	for name, columns := range map[string][]Column{
		"none":           nil,
		"too many":       make([]Column, MaxColumns+1),
		"unknown kind":   {{ID: 1, Kind: 99}},
		"zero kind":      {{ID: 1}},
		"id twice":       {{ID: 1, Kind: KindBytes}, {ID: 1, Kind: KindBytes}},
		"bytes with 4":   {{ID: 1, Kind: KindBytes, Width: 4}},
		"float of 5":     {{ID: 1, Kind: KindFloat, Width: 5}},
		"int of nothing": {{ID: 1, Kind: KindInt}},
		"decimal of 29":  {{ID: 1, Kind: KindDecimal, Width: 29}},
	} {
		if _, err := NewLayout(1, columns); !errors.Is(err, ErrBadColumn) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewLayout(0, tenColumns); !errors.Is(err, ErrBadColumn) {
		t.Errorf("version 0: %v", err)
	}
	if _, err := NewLayouts(); !errors.Is(err, ErrBadColumn) {
		t.Errorf("no layouts: %v", err)
	}
	if _, err := NewLayouts(mustLayout(t, math.MaxUint32, tenColumns...)); !errors.Is(err, ErrBadColumn) {
		t.Errorf("version 2^32-1: %v", err)
	}
}

func TestEncodeRefusals(t *testing.T) {
	l := mustLayout(t, 3, tenColumns...)
	for _, c := range []struct {
		name string
		at   int
		d    Datum
		want error
	}{
		{"NULL in NOT NULL", 0, Null(), ErrBadDatum},
		{"absent", 1, Absent(), ErrBadDatum},
		{"bytes for int", 1, Bytes([]byte("1")), ErrBadDatum},
		{"uint for int", 1, Uint(1), ErrBadDatum},
		{"int for text", 7, Int(1), ErrBadDatum},
		{"external int", 1, External(BlobRef{}), ErrBadDatum},
		{"int over 4 bytes", 1, Int(1 << 31), ErrRange},
		{"uint over 3 bytes", 2, Uint(1 << 24), ErrRange},
		{"NaN", 4, Float(math.NaN()), ErrNaN},
		{"over 1 MiB", 9, Bytes(make([]byte, MaxRowBytes)), ErrTooLarge},
	} {
		row := tenDatums()
		row[c.at] = c.d
		if got, err := l.Encode([]byte{7}, row); !errors.Is(err, c.want) || !bytes.Equal(got, []byte{7}) {
			t.Errorf("%s: %d bytes, %v, want %v", c.name, len(got), err, c.want)
		}
	}
	float := mustLayout(t, 1, Column{ID: 1, Kind: KindFloat, Width: 4})
	if _, err := float.Encode(nil, []Datum{Float(0.1)}); !errors.Is(err, ErrRange) {
		t.Errorf("a double in a FLOAT: %v", err)
	}
	if _, err := l.Encode(nil, tenDatums()[:9]); !errors.Is(err, ErrBadDatum) {
		t.Errorf("nine datums: %v", err)
	}
}

// TestWideOffsets crosses the border between two and four byte offsets.
func TestWideOffsets(t *testing.T) {
	l := mustLayout(t, 1, Column{ID: 1, Kind: KindBytes}, Column{ID: 2, Kind: KindBytes})
	for _, c := range []struct {
		n    int
		wide bool
	}{{math.MaxUint16 - 1, false}, {math.MaxUint16, true}} {
		row := []Datum{Bytes(make([]byte, c.n)), Bytes([]byte("e"))}
		checkRow(t, l, row)
		value, err := l.Encode(nil, row)
		if err != nil || (value[0]&flagWide != 0) != c.wide {
			t.Errorf("%d bytes: first byte %x, %v", c.n+1, value[0], err)
		}
	}
}

// TestOpenRefusals: what Open itself sees, without Check.
func TestOpenRefusals(t *testing.T) {
	ls := tenColumnLayouts(t)
	good, err := ls.Layout(3).Encode(nil, tenDatums())
	if err != nil {
		t.Fatal(err)
	}
	fixed := mustLayout(t, 3, Column{ID: 1, Kind: KindInt, Width: 1})
	onlyFixed, err := fixed.Encode(nil, []Datum{Int(1)})
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() (Row, error){
		"empty":              func() (Row, error) { return ls.Open(nil) },
		"cut in the data":    func() (Row, error) { return ls.Open(good[:len(good)-1]) },
		"cut in the offsets": func() (Row, error) { return ls.Open(good[:45]) },
		"one byte more":      func() (Row, error) { return ls.Open(append(bytes.Clone(good), 0)) },
		"more after fixed":   func() (Row, error) { return fixed.Open(append(bytes.Clone(onlyFixed), 0)) },
		"empty, one layout":  func() (Row, error) { return fixed.Open(nil) },
	} {
		if _, err := open(); !errors.Is(err, ErrCorruptRow) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, value := range [][]byte{{1}, {1, 0x83}, {1, 0x83, 0}, {1, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F}, {2, 3}} {
		if v, err := RowVersion(value); !errors.Is(err, ErrCorruptRow) {
			t.Errorf("% x has version %d, %v", value, v, err)
		}
	}
}

// TestReadRefusals: damage that only the damaged column shows.
func TestReadRefusals(t *testing.T) {
	l := mustLayout(t, 3, Column{ID: 1, Kind: KindBytes}, Column{ID: 2, Kind: KindBytes})
	for name, value := range map[string][]byte{
		"reference of 7 bytes":   {0x41, 3, 0, 1, 7, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8},
		"reference of 9 bytes":   {0x41, 3, 0, 1, 9, 0, 10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
		"end beyond the data":    {0x01, 3, 0, 2, 0, 1, 0, 1},
		"wide, beyond the data":  {0x81, 3, 0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 1},
		"begins behind the last": {0x01, 3, 1, 2, 0, 1, 0, 1},
	} {
		row, err := l.Open(value)
		if err != nil {
			t.Errorf("%s: open: %v", name, err)
			continue
		}
		_, err1 := row.At(0)
		_, err2 := row.At(1)
		if !errors.Is(err1, ErrCorruptRow) && !errors.Is(err2, ErrCorruptRow) {
			t.Errorf("%s: %v, %v", name, err1, err2)
		}
		if d, err := row.Decode(nil); !errors.Is(err, ErrCorruptRow) || len(d) != 0 {
			t.Errorf("%s: decode: %+v, %v", name, d, err)
		}
	}
}

// TestEveryDamagedByte flips each bit of a row: every flip is refused, or gives
// columns that Check finds well-formed, and nothing panics.
func TestEveryDamagedByte(t *testing.T) {
	ls := tenColumnLayouts(t)
	row := tenDatums()
	row[9] = External(BlobRef{Length: 1 << 20, Sum: 77})
	value, err := ls.Layout(3).Encode(nil, row)
	if err != nil {
		t.Fatal(err)
	}
	for n := range value {
		if err := ls.Check(value[:n]); !errors.Is(err, ErrCorruptRow) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
		for b := range 8 {
			damaged := bytes.Clone(value)
			damaged[n] ^= 1 << b
			if err := ls.Check(damaged); err != nil && !errors.Is(err, ErrCorruptRow) && !errors.Is(err, ErrUnknownLayout) {
				t.Errorf("byte %d bit %d: %v", n, b, err)
			}
		}
	}
	if err := ls.Check(append(bytes.Clone(value), 0)); !errors.Is(err, ErrCorruptRow) {
		t.Errorf("a byte too many: %v", err)
	}
}

func TestSpill(t *testing.T) {
	l := mustLayout(t, 1, Column{ID: 1, Kind: KindInt, Width: 8}, Column{ID: 2, Kind: KindBytes}, Column{ID: 3, Kind: KindText})
	long := Bytes(make([]byte, MaxInlineBytes+1))
	inline := Bytes(make([]byte, MaxInlineBytes))
	for _, c := range []struct {
		name string
		row  []Datum
		want []int
	}{
		{"short", []Datum{Int(1), Bytes([]byte("a")), Null()}, nil},
		{"at the limit", []Datum{Int(1), inline, inline}, nil},
		{"a long text", []Datum{Int(1), Null(), Text(string(long.Bytes()))}, []int{2}},
		{"one long", []Datum{Int(1), long, Null()}, []int{1}},
		{"both long", []Datum{Int(1), long, long}, []int{1, 2}},
	} {
		if got := l.Spill(nil, c.row); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestSpillMakesRoom: many values that are each short enough to stay.
func TestSpillMakesRoom(t *testing.T) {
	columns := make([]Column, 40)
	row := make([]Datum, len(columns))
	for i := range columns {
		columns[i] = Column{ID: uint16(i), Kind: KindBytes}
		row[i] = Bytes(make([]byte, 30_000+i))
	}
	l := mustLayout(t, 1, columns...)
	if _, err := l.Encode(nil, row); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("before: %v", err)
	}
	out := l.Spill(nil, row)
	if len(out) == 0 || out[0] != 39 || len(out) > 6 {
		t.Errorf("moved out: %v, want few, the longest first", out)
	}
	for _, i := range out {
		ref, _, err := SplitBlob(row[i].Bytes())
		if err != nil {
			t.Fatal(err)
		}
		row[i] = External(ref)
	}
	checkRow(t, l, row)
}

// TestSpillIsExact: one value goes when the rest then fills the row to the last
// byte, two when it would be one byte too long.
func TestSpillIsExact(t *testing.T) {
	columns := make([]Column, 20)
	for i := range columns {
		columns[i] = Column{ID: uint16(i), Kind: KindBytes}
	}
	l := mustLayout(t, 1, columns...)
	const overhead = 2 + 2*3 + 4*20 + refBytes // format and version, bitmaps, offsets, reference
	for _, longest := range []int{60_000, MaxInlineBytes + 1} {
		for _, over := range []int{0, 1} {
			row := make([]Datum, len(columns))
			row[0] = Bytes(make([]byte, longest))
			for i := 1; i < 19; i++ {
				row[i] = Bytes(make([]byte, 55_000))
			}
			row[19] = Bytes(make([]byte, MaxRowBytes-overhead-18*55_000+over))
			out := l.Spill(nil, row)
			if len(out) != 1+over || out[0] != 0 {
				t.Errorf("longest %d, %d too long: %v leave", longest, over, out)
			}
			for _, i := range out {
				row[i] = External(BlobRef{Length: uint32(row[i].size())})
			}
			checkRow(t, l, row)
		}
	}
}
