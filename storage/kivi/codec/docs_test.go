package codec

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The documents of docs/formats hold examples in fenced blocks with a tag:
//
//	key          lines "hex | column | value"; the hex of all lines is one key
//	order        the same, one datum a line, each greater than the one before
//	corrupt-key  lines "hex | column | error"
//	range        lines "lo | hex" and "hi | hex" after "space …", "object …", "index …" or "prefix …"
//	decimal-width "from-to: bytes" for precisions, separated by |
//	row          "version n", "column id type [not null] = value" and "hex | what"
//	read         "row hex", then "id = value" under the layouts of the row blocks before
//	corrupt-row  "hex | error" under the layouts of the row blocks before
//	blob         "length sum chunks | text times n"
//
// A column is "int w", "uint w", "float w", "decimal p s", "date", "datetime",
// "time", "year", "enum", "set", "bit n", "bytes", "text binary", "text nocase"
// or "text nocase-pad", and may go on with "null" and "desc". What follows #
// is a comment.

// example is one fenced block.
type example struct {
	file  string
	line  int
	tag   string
	lines []string
}

func readExamples(t *testing.T, name string) []example {
	path := filepath.Join("..", "..", "..", "docs", "formats", name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []example
	open := false
	for i, line := range strings.Split(string(text), "\n") {
		if tag, ok := strings.CutPrefix(line, "```"); ok {
			if open = !open; open {
				all = append(all, example{file: name, line: i + 1, tag: tag})
			}
			continue
		}
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); open && line != "" {
			all[len(all)-1].lines = append(all[len(all)-1].lines, line)
		}
	}
	if open {
		t.Fatalf("%s: the last block does not end", name)
	}
	return all
}

func (e example) fail(t *testing.T, line, format string, args ...any) {
	t.Helper()
	t.Errorf("%s:%d %s: %q: %s", e.file, e.line, e.tag, line, fmt.Sprintf(format, args...))
}

// runExamples calls one function per tag and requires every tag to occur.
func runExamples(t *testing.T, name string, run map[string]func(*testing.T, example)) {
	seen := map[string]int{}
	for _, e := range readExamples(t, name) {
		if e.tag == "text" { // drawings
			continue
		}
		check, ok := run[e.tag]
		if !ok || len(e.lines) == 0 {
			t.Errorf("%s:%d: block %q is unknown or empty", e.file, e.line, e.tag)
			continue
		}
		seen[e.tag]++
		check(t, e)
	}
	for tag := range run {
		if seen[tag] == 0 {
			t.Errorf("%s has no %q block", name, tag)
		}
	}
}

func TestKeyDocument(t *testing.T) {
	kinds := map[string]bool{}
	runExamples(t, "key.md", map[string]func(*testing.T, example){
		"key":         func(t *testing.T, e example) { checkKeyExample(t, e, kinds, false) },
		"order":       func(t *testing.T, e example) { checkKeyExample(t, e, kinds, true) },
		"corrupt-key": checkCorruptKeyExample,
		"range":       checkRangeExample,

		"decimal-width": checkWidthExample,
	})
	for _, word := range []string{
		"int", "uint", "float", "decimal", "date", "datetime", "time", "year", "enum", "set", "bit", "bytes", "text", "header", "chunk",
	} {
		if !kinds[word] {
			t.Errorf("key.md has no example of %s", word)
		}
	}
}

func checkKeyExample(t *testing.T, e example, kinds map[string]bool, ordered bool) {
	var last []byte
	for _, line := range e.lines {
		part := strings.Split(line, "|")
		if len(part) != 3 {
			e.fail(t, line, "want hex | column | value")
			continue
		}
		want, spec, value := parseHex(t, part[0]), strings.Fields(part[1]), strings.TrimSpace(part[2])
		kinds[spec[0]] = true
		got, err := encodeExample(spec, value)
		if err != nil || !bytes.Equal(got, want) {
			e.fail(t, line, "encodes to % x, %v", got, err)
			continue
		}
		if spec[0] != "header" && spec[0] != "chunk" {
			if err := decodeExample(want, spec, value); err != nil {
				e.fail(t, line, "%v", err)
			}
		}
		if ordered && bytes.Compare(last, want) >= 0 {
			e.fail(t, line, "is not greater than % x", last)
		}
		last = want
	}
}

func encodeExample(spec []string, value string) ([]byte, error) {
	if spec[0] == "header" {
		h, err := parseHeader(value)
		return AppendHeader(nil, h.Space, h.Object, h.Index), err
	}
	if spec[0] == "chunk" { // the last datums of a chunk key
		var column uint16
		var chunk uint32
		_, err := fmt.Sscanf(value, "column %d chunk %d", &column, &chunk)
		return AppendChunkKey(nil, 0, nil, column, chunk)[HeaderBytes:], err
	}
	c, err := parseColumn(spec)
	if err != nil {
		return nil, err
	}
	d, err := c.parse(value)
	if err != nil {
		return nil, err
	}
	return c.Append(nil, d)
}

// decodeExample reads the hex back and compares it with the value.
func decodeExample(key []byte, spec []string, value string) error {
	c, err := parseColumn(spec)
	if err != nil {
		return err
	}
	if rest, err := c.Skip(key); err != nil || len(rest) != 0 {
		return fmt.Errorf("skip leaves % x, %w", rest, err)
	}
	d, _, err := c.Decode(nil, key)
	if c.Kind == KindText && value != "NULL" {
		if !errors.Is(err, ErrNotInvertible) {
			return fmt.Errorf("text decodes: %v", err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	want, err := c.parse(value)
	if err == nil && c.compareDatum(d, want) != 0 {
		err = fmt.Errorf("decodes to %+v, want %+v", d, want)
	}
	return err
}

var errorNames = map[string]error{
	"short": ErrShortKey, "corrupt": ErrCorruptKey, "corrupt row": ErrCorruptRow, "unknown layout": ErrUnknownLayout,
}

func checkCorruptKeyExample(t *testing.T, e example) {
	for _, line := range e.lines {
		part := strings.Split(line, "|")
		if len(part) != 3 {
			e.fail(t, line, "want hex | column | error")
			continue
		}
		c, err := parseColumn(strings.Fields(part[1]))
		if err != nil {
			e.fail(t, line, "%v", err)
			continue
		}
		want := errorNames[strings.TrimSpace(part[2])]
		if _, _, err := c.Decode(nil, parseHex(t, part[0])); want == nil || !errors.Is(err, want) {
			e.fail(t, line, "decode: %v", err)
		}
	}
}

func checkRangeExample(t *testing.T, e example) {
	var lo, hi []byte
	for _, line := range e.lines {
		part := strings.Split(line, "|")
		name, rest, _ := strings.Cut(strings.TrimSpace(part[0]), " ")
		switch {
		case name == "lo" || name == "hi":
			want := parseHex(t, part[1])
			if got := map[string][]byte{"lo": lo, "hi": hi}[name]; !bytes.Equal(got, want) {
				e.fail(t, line, "is % x", got)
			}
		case name == "prefix":
			lo = parseHex(t, rest)
			hi = PrefixEnd(lo)
		default:
			h, err := parseHeader(rest)
			if err != nil {
				e.fail(t, line, "%v", err)
			}
			switch name {
			case "space":
				lo, hi = SpaceBounds(h.Space)
			case "object":
				lo, hi = ObjectBounds(h.Space, h.Object)
			case "index":
				lo, hi = IndexBounds(h.Space, h.Object, h.Index)
			}
		}
	}
	if lo == nil {
		e.fail(t, e.lines[0], "no range given")
	}
}

// checkWidthExample requires the width of every precision, in order.
func checkWidthExample(t *testing.T, e example) {
	next := 1
	for _, entry := range strings.Split(strings.Join(e.lines, "|"), "|") {
		var from, to, width int
		if _, err := fmt.Sscanf(strings.TrimSpace(entry), "%d-%d: %d", &from, &to, &width); err != nil || from != next {
			e.fail(t, entry, "want precision %d next: %v", next, err)
			return
		}
		for ; next <= to; next++ {
			if DecimalWidth(next) != width {
				e.fail(t, entry, "precision %d has %d bytes", next, DecimalWidth(next))
			}
		}
	}
	if next != MaxPrecision+1 {
		e.fail(t, e.lines[0], "ends before precision %d", next)
	}
}

func parseHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(s), " ", ""))
	if err != nil {
		t.Errorf("%q: %v", s, err)
	}
	return b
}

// parseHeader reads "space object index", the latter two optional.
func parseHeader(s string) (Header, error) {
	word := strings.Fields(s)
	h := Header{Space: map[string]byte{"meta": SpaceMeta, "data": SpaceData, "change": SpaceChange}[word[0]]}
	if h.Space == 0 {
		return h, fmt.Errorf("unknown space %q", word[0])
	}
	if len(word) > 1 {
		n, err := strconv.ParseUint(word[1], 10, 32)
		if err != nil {
			return h, err
		}
		h.Object = ObjectID(n)
	}
	if len(word) > 2 {
		named := map[string]uint16{"rows": IndexRows, "blobs": IndexBlobs, "private": IndexPrivate}
		index, ok := named[word[2]]
		if n, err := strconv.ParseUint(word[2], 10, 16); err == nil {
			index, ok = uint16(n), true
		}
		if !ok {
			return h, fmt.Errorf("unknown index %q", word[2])
		}
		h.Index = index
	}
	return h, nil
}

// documented is a column of a document: a type that knows how its values are written.
type documented struct {
	column
	scale int
	typ   string
}

func parseColumn(spec []string) (documented, error) {
	c := documented{typ: spec[0]}
	var args []string
	for _, word := range spec[1:] {
		switch word {
		case "null":
			c.Nullable = true
		case "desc":
			c.Desc = true
		default:
			args = append(args, word)
		}
	}
	number := func(i int) int {
		if i >= len(args) {
			return 0
		}
		n, _ := strconv.Atoi(args[i])
		return n
	}
	set := func(kind Kind, width int) { c.Kind, c.Width = kind, uint8(width) }
	switch c.typ {
	case "int":
		set(KindInt, number(0))
	case "uint":
		set(KindUint, number(0))
	case "float":
		set(KindFloat, number(0))
	case "bit":
		set(KindUint, BitWidth(number(0)))
	case "year":
		set(KindUint, YearWidth)
	case "enum":
		set(KindUint, EnumWidth)
	case "set":
		set(KindUint, SetWidth)
	case "date":
		set(KindUint, DateWidth)
	case "datetime":
		set(KindUint, DateTimeWidth)
	case "time":
		set(KindInt, TimeWidth)
	case "bytes":
		set(KindBytes, 0)
	case "text":
		set(KindText, 0)
		c.Weigher = map[string]Weigher{"binary": Binary, "nocase": foldWeigher{}, "nocase-pad": foldWeigher{pad: true}}[strings.Join(args, " ")]
	case "decimal":
		kind, width, _ := DecimalKind(number(0))
		set(kind, width)
		c.precision, c.scale = number(0), number(1)
	default:
		return c, fmt.Errorf("unknown column %q", spec)
	}
	if !c.Kind.validWidth(int(c.Width)) {
		return c, fmt.Errorf("bad width in %q", spec)
	}
	return c, nil
}

// parse reads a value as the documents write it.
func (c documented) parse(s string) (Datum, error) {
	if s == "NULL" {
		return Null(), nil
	}
	var y, mo, d, h, mi, sec, us int
	switch c.typ {
	case "date":
		if _, err := fmt.Sscanf(s, "%d-%d-%d", &y, &mo, &d); err != nil {
			return Datum{}, err
		}
		date, err := NewDate(y, mo, d)
		return Uint(uint64(date)), err
	case "datetime":
		if _, err := fmt.Sscanf(s, "%d-%d-%d %d:%d:%d.%06d", &y, &mo, &d, &h, &mi, &sec, &us); err != nil {
			return Datum{}, err
		}
		when, err := NewDateTime(y, mo, d, h, mi, sec, us)
		return Uint(uint64(when)), err
	case "time":
		negative := strings.HasPrefix(s, "-")
		if _, err := fmt.Sscanf(strings.TrimPrefix(s, "-"), "%d:%d:%d.%06d", &h, &mi, &sec, &us); err != nil {
			return Datum{}, err
		}
		micros := int64((h*60+mi)*60+sec)*1_000_000 + int64(us)
		if negative {
			micros = -micros
		}
		return Int(micros), nil
	case "decimal":
		whole, frac, _ := strings.Cut(s, ".")
		unscaled, ok := new(big.Int).SetString(whole+frac, 10)
		if !ok || len(frac) != c.scale {
			return Datum{}, fmt.Errorf("%q has not %d fraction digits", s, c.scale)
		}
		return Decimal(nil, unscaled, c.precision)
	}
	return c.parsePlain(s)
}

func (c documented) parsePlain(s string) (Datum, error) {
	switch c.Kind {
	case KindInt:
		v, err := strconv.ParseInt(s, 10, 64)
		return Int(v), err
	case KindUint:
		v, err := strconv.ParseUint(s, 0, 64)
		return Uint(v), err
	case KindFloat:
		v, err := strconv.ParseFloat(s, 64)
		return Float(v), err
	default:
		if word, rest, ok := strings.Cut(s, " "); ok && word == "external" {
			var ref BlobRef
			_, err := fmt.Sscanf(rest, "%d %x", &ref.Length, &ref.Sum)
			return External(ref), err
		}
		v, err := strconv.Unquote(s)
		return Bytes([]byte(v)), err
	}
}
