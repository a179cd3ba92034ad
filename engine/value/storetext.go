package value

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// maxTextBytes is how many bytes a TEXT or BLOB has at most.
var maxTextBytes = map[Kind]int{TypeTinyText: 1<<8 - 1, TypeText: 1<<16 - 1, TypeMediumText: 1<<24 - 1, TypeLongText: 1<<32 - 1}

func storeText(e *Env, v Value, from, to *Type, at Place) (Value, error) {
	b, err := ToText(e, v, from)
	if err != nil {
		return Null, err
	}
	if v.class == ClassDouble && !to.IsText() && len(b) > int(to.Length) {
		b = fitDouble(v.Double(), b, int(to.Length))
	}
	binary := to.IsBinary()
	switch {
	case binary && from.IsString() && !from.IsBinary():
		b = Encode(b, from.Collation)
	case !binary && from.IsString() && from.IsBinary() && to.Collation.width() == 1:
		if text, valid := Decode(b, to.Collation); valid == len(b) {
			b = text
		}
	}
	if !binary && v.class == ClassString {
		if b, err = storable(e, b, to.Collation, at); err != nil {
			return Null, err
		}
	}
	end := len(b)
	if to.IsText() {
		if limit := maxTextBytes[to.Kind]; end > limit {
			end = limit
			for !binary && end > 0 && !utf8.RuneStart(b[end]) {
				end--
			}
		}
	} else {
		end = cutAt(b, int(to.Length), binary)
	}
	if end < len(b) {
		if b, err = cutText(e, b, end, to, at); err != nil {
			return Null, err
		}
	}
	switch {
	case to.Kind != TypeChar:
		return Bytes(b), nil
	case !binary:
		return Bytes(bytes.TrimRight(b, " ")), nil
	}
	if n := int(to.Length); len(b) < n {
		b = append(append(make([]byte, 0, n), b...), make([]byte, n-len(b))...)
	}
	return Bytes(b), nil
}

// FitDouble is the text that was made of a double for a column of texts that UNION makes: in as few
// characters as the column has, and of a FLOAT with all digits that fit.
func FitDouble(text, v Value, from, to *Type) Value {
	if v.class != ClassDouble || text.class != ClassString || to.IsText() || from.Scale != NotFixed {
		return text
	}
	b := text.Bytes()
	if from.Kind == TypeFloat {
		b = AppendDouble(nil, v.Double(), NotFixed)
	}
	if len(b) > int(to.Length) {
		b = fitDouble(v.Double(), b, int(to.Length))
	}
	return Bytes(b)
}

// fitDouble writes a double with fewer digits, so that it fits into so many characters. It is
// whole when no form of it does. The one with an exponent has more digits of a small number.
func fitDouble(f float64, whole []byte, width int) []byte {
	_, exponent, _ := bytes.Cut(strconv.AppendFloat(nil, f, 'e', -1, 64), []byte("e"))
	exp, _ := strconv.Atoi(string(exponent))
	if n := len(strconv.FormatFloat(math.Trunc(f), 'f', 0, 64)); n <= width && exp >= -3 && exp <= 15 {
		for d := max(0, width-n-1); d >= 0; d-- {
			text := strconv.AppendFloat(nil, f, 'f', d, 64)
			if bytes.IndexByte(text, '.') >= 0 {
				text = bytes.TrimRight(bytes.TrimRight(text, "0"), ".")
			}
			if len(text) <= width {
				return text
			}
		}
	}
	for d := 16; d >= 0; d-- {
		mantissa, exponent, _ := bytes.Cut(strconv.AppendFloat(nil, f, 'e', d, 64), []byte("e"))
		if bytes.IndexByte(mantissa, '.') >= 0 {
			mantissa = bytes.TrimRight(bytes.TrimRight(mantissa, "0"), ".")
		}
		n, _ := strconv.Atoi(string(exponent))
		if text := strconv.AppendInt(append(mantissa, 'e'), int64(n), 10); len(text) <= width {
			return text
		}
	}
	return whole
}

// cutText cuts a text that is too long. Only spaces may be lost silently.
func cutText(e *Env, b []byte, end int, to *Type, at Place) ([]byte, error) {
	lost := b[end:]
	b = b[:end:end]
	if !to.IsBinary() && len(bytes.TrimRight(lost, " ")) == 0 {
		if to.Kind != TypeChar {
			e.noteTruncated(at)
		}
		return b, nil
	}
	if e.Writing {
		return b, sqlerr.DataTooLong.Errorf("Data too long for column '%s' at row %d", at.Column, at.Row)
	}
	return b, e.dataTruncated(at)
}

// storable is the part of a text that the character set of a column can have: bytes
// that are no UTF-8 end it, characters that the set has not are question marks.
func storable(e *Env, b []byte, c *Collation, at Place) ([]byte, error) {
	bad := -1
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 || !c.has(r) {
			bad = i
			break
		}
		i += n
	}
	if bad < 0 {
		return b, nil
	}
	err := e.Warn(sqlerr.TruncatedWrongValueForField, "Incorrect string value: '%s' for column '%s' at row %d", hexBytes(b[bad:]), at.Column, at.Row)
	if utf8.Valid(b) {
		return Recode(b, c), err
	}
	return b[:bad:bad], err
}

// has says whether c's character set has a character.
func (c *Collation) has(r rune) bool {
	switch c.Charset {
	case "latin1":
		_, in := Latin1Byte(r)
		return in
	case "ascii":
		return r < utf8.RuneSelf
	case "utf8mb3":
		return r <= 0xFFFF
	}
	return true
}

// Holds says whether c's character set has every character of a text. A literal with
// others cannot be brought together with a column in c.
func (c *Collation) Holds(text []byte) bool {
	if c.Binary() || c.MaxBytes == 4 || asciiOnly(text) {
		return true
	}
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if !c.has(r) {
			return false
		}
		text = text[n:]
	}
	return true
}

// hexBytes shows six bytes as \xNN, ASCII as it is.
func hexBytes(b []byte) string {
	out := ""
	for i, c := range b {
		if i == 6 {
			return out + "..."
		}
		if c >= ' ' && c < 0x7F {
			out += string(rune(c))
		} else {
			out += `\x` + string("0123456789ABCDEF"[c>>4]) + string("0123456789ABCDEF"[c&15])
		}
	}
	return out
}

// member is the number of a text in a list of members; 0 is none.
func (t *Type) member(text []byte) int {
	if t.Members == nil {
		return 0
	}
	text = bytes.TrimRight(text, " ")
	for i, m := range *t.Members {
		if t.Collation.Equal([]byte(m), text) {
			return i + 1
		}
	}
	return 0
}

func (t *Type) memberCount() uint64 {
	if t.Members == nil {
		return 0
	}
	return uint64(len(*t.Members))
}

// memberNumber is the number of members that a number stands for: its fraction does not count.
func memberNumber(e *Env, v Value, from *Type) (Value, error) {
	d, err := ToDecimal(e, v, from)
	if err != nil {
		return Null, err
	}
	n, _ := decimalToInteger(d.Truncate(0))
	return n, nil
}

func storeEnum(e *Env, v Value, from, to *Type, at Place) (Value, error) {
	if from.Kind == TypeEnum && (v.class == ClassUint || v.class == ClassInt) && v.n == 0 {
		return Uint(0), nil // the value of what was no member goes from column to column
	}
	text, isText, err := memberText(e, v, from)
	if err != nil {
		return Null, err
	}
	n := uint64(0)
	if isText {
		if n = uint64(to.member(text)); n == 0 {
			n, _ = strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
		}
	} else {
		i, err := memberNumber(e, v, from)
		if err != nil {
			return Null, err
		}
		if n = i.n; i.class == ClassInt && i.Int() < 0 {
			n = 0
		}
	}
	if n == 0 || n > to.memberCount() {
		return Uint(0), e.dataTruncated(at)
	}
	return Uint(n), nil
}

// memberText is v as a text for ENUM and SET, if it is not a number.
func memberText(e *Env, v Value, from *Type) (text []byte, isText bool, err error) {
	switch {
	case v.class == ClassString, from.Kind == TypeEnum || from.Kind == TypeSet, from.IsTemporal(), v.class == ClassJSON:
		text, err = ToText(e, v, from)
		return text, true, err
	}
	return nil, false, nil
}

func storeSet(e *Env, v Value, from, to *Type, at Place) (Value, error) {
	text, isText, err := memberText(e, v, from)
	if err != nil {
		return Null, err
	}
	all := uint64(1)<<to.memberCount() - 1
	if !isText {
		i, err := memberNumber(e, v, from)
		if err != nil {
			return Null, err
		}
		if i.n&^all != 0 {
			return Uint(i.n & all), e.dataTruncated(at)
		}
		return Uint(i.n), nil
	}
	set, missing := uint64(0), false
	if len(text) > 0 {
		for _, part := range bytes.Split(text, []byte(",")) {
			if n := to.member(part); n > 0 {
				set |= 1 << (n - 1)
			} else {
				missing = true
			}
		}
	}
	if !missing {
		return Uint(set), nil
	}
	if n, err := strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64); err == nil && n <= all {
		return Uint(n), nil
	}
	return Uint(set), e.dataTruncated(at)
}

func storeJSON(e *Env, v Value, from *Type, at Place) (Value, error) {
	switch {
	case v.class == ClassJSON:
		return v, nil
	case v.class == ClassString && from.IsBinary():
		return Null, sqlerr.InvalidJSONCharset.Errorf("Cannot create a JSON value from a string with CHARACTER SET 'binary'.")
	case v.class != ClassString && !(v.class == ClassUint && from.Members != nil):
		return Null, sqlerr.InvalidJSONTextInColumn.Errorf(`Invalid JSON text: "not a JSON text, may need CAST" at position 0 in value for column '%s'.`, at.Column)
	}
	text, err := ToText(e, v, from)
	if err != nil {
		return Null, err
	}
	j, err := ReadJSON(e, text)
	if bad, ok := err.(*SyntaxError); ok {
		return Null, sqlerr.InvalidJSONTextInColumn.Errorf(`Invalid JSON text: "%s" at position %d in value for column '%s'.`, bad.What, bad.At, at.Column)
	}
	if err != nil {
		return Null, jsonError(err, 1, "")
	}
	return Document(j), nil
}
