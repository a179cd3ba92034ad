package value

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strconv"
)

// A document is stored as its text. What a text cannot tell begins with a byte that no JSON has
// outside of strings; a letter for what it is follows, and its value up to a semicolon.
const (
	storedMark    = 0x01
	storedDecimal = 'n' // its digits
	storedEnd     = ';'
)

// storedKind is one of storedKinds.
type storedKind struct {
	letter byte
	kind   Kind
	class  Class
}

// storedKinds are the letters of dates and times, whose packed value follows, and of bytes, which
// follow in base64. They are in tables: none may change.
var storedKinds = []storedKind{
	{'d', TypeDate, ClassDate}, {'m', TypeDateTime, ClassDateTime}, {'t', TypeTime, ClassTime},
	{'x', TypeText, ClassString}, {'v', TypeVarChar, ClassString}, {'c', TypeChar, ClassString}, {'i', TypeTinyText, ClassString},
	{'e', TypeMediumText, ClassString}, {'l', TypeLongText, ClassString}, {'b', TypeBit, ClassString}, {'g', TypeGeometry, ClassString},
}

// AppendStored writes a document so that ParseStoredJSON reads the same one.
func (j *JSON) AppendStored(dst []byte) []byte { return j.appendTo(dst, true) }

// ParseStoredJSON reads what AppendStored wrote.
func ParseStoredJSON(b []byte) (*JSON, error) { return parseWhole(&jsonParser{s: b, stored: true}) }

// ReadStoredJSON is ParseStoredJSON of a statement, which is charged as ReadJSON does.
func ReadStoredJSON(e *Env, b []byte) (*JSON, error) {
	return readJSON(&jsonParser{s: b, env: e, stored: true})
}

// appendMarked writes what would not come back from its text; false is everything else.
func (j *JSON) appendMarked(dst []byte) ([]byte, bool) {
	letter := byte(storedDecimal)
	switch {
	case j.Kind == JSONTime, j.Kind == JSONBlob:
		letter = 'x'
		if i := slices.IndexFunc(storedKinds, func(k storedKind) bool { return k.kind == j.Opaque }); i >= 0 {
			letter = storedKinds[i].letter
		}
	case j.Kind != JSONNumber || j.Scalar.class != ClassDecimal:
		return dst, false
	}
	switch dst = append(dst, storedMark, letter); j.Kind {
	case JSONNumber:
		dst = j.appendNumber(dst)
	case JSONTime:
		dst = strconv.AppendUint(dst, j.Scalar.n, 10)
	default:
		dst = base64.StdEncoding.AppendEncode(dst, []byte(j.Text))
	}
	return append(dst, storedEnd), true
}

// marked reads what appendMarked wrote, from the mark on.
func (p *jsonParser) marked() (*JSON, error) {
	wrong := p.wrong("Invalid value.")
	rest := p.s[p.pos+1:]
	end := bytes.IndexByte(rest, storedEnd)
	if end < 1 {
		return nil, wrong
	}
	letter, text := rest[0], rest[1:end]
	p.pos += end + 2
	if letter == storedDecimal {
		if d, whole := ParseDecimal(text); whole {
			return &JSON{Kind: JSONNumber, Scalar: Dec(d)}, nil
		}
		return nil, wrong
	}
	for _, k := range storedKinds {
		switch {
		case k.letter != letter:
		case k.class == ClassString:
			if b, err := base64.StdEncoding.DecodeString(string(text)); err == nil {
				return &JSON{Kind: JSONBlob, Opaque: k.kind, Text: string(b)}, nil
			}
		default:
			if n, err := strconv.ParseUint(string(text), 10, 64); err == nil {
				return &JSON{Kind: JSONTime, Opaque: k.kind, Scalar: Value{class: k.class, n: n}}, nil
			}
		}
	}
	return nil, wrong
}
