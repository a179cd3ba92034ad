package expr

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/value"
)

// growingFunctions change texts and make longer ones.
var growingFunctions = []Function{
	{Name: "lpad", Min: 3, Max: 3, Args: []Arg{Text, Int, Text}, Grows: true, Result: padType, Eval: evalPad(true), About: "filled up, or cut, to a length, at the beginning"},
	{Name: "rpad", Min: 3, Max: 3, Args: []Arg{Text, Int, Text}, Grows: true, Result: padType, Eval: evalPad(false), About: "filled up, or cut, to a length, at the end"},
	{Name: "repeat", Min: 2, Max: 2, Args: []Arg{Text, Int}, Grows: true, Result: repeatType, Eval: evalRepeat, About: "a text so many times"},
	{Name: "space", Min: 1, Max: 1, Args: []Arg{Int}, Text: Connection, Grows: true, Result: spaceType, Eval: evalSpace, About: "so many spaces"},
	{Name: "insert", Min: 4, Max: 4, Args: []Arg{Text, Int, Int, Text}, Grows: true, Result: ReturnsText(func(f *Call) int { return f.Length(0) + f.Length(3) }), Eval: evalInsert, About: "a part of a text, by position and length, replaced"},
	{Name: "replace", Min: 3, Max: 3, Args: []Arg{Text}, Grows: true, Result: replaceType, Eval: evalReplace, About: "each occurrence of a text replaced, case counting"},
	{Name: "reverse", Min: 1, Max: 1, Args: []Arg{Text}, Result: ReturnsText(lengthOfFirst), Eval: evalReverse, About: "the characters from the last to the first"},
	{Name: "lower", Aliases: []string{"lcase"}, Min: 1, Max: 1, Args: []Arg{Text}, Result: ReturnsText(lengthOfFirst), Eval: evalCase(unicode.ToLower, 'A', 'Z'), About: "in small letters; bytes stay"},
	{Name: "upper", Aliases: []string{"ucase"}, Min: 1, Max: 1, Args: []Arg{Text}, Result: ReturnsText(lengthOfFirst), Eval: evalCase(unicode.ToUpper, 'a', 'z'), About: "in capital letters; bytes stay"},
}

// AnyLength is what a function may give whose number of characters is known only when
// it runs.
const AnyLength = 1<<24 - 1

// GrowsTo is a text that may be NULL, being too large.
func GrowsTo(length int) (value.Type, error) {
	t := value.Text(nil, max(0, min(length, AnyLength)))
	t.Nullable = true
	return t, nil
}

func padType(f *Call) (value.Type, error) {
	if n, ok := f.ConstInt(1); ok {
		return GrowsTo(n)
	}
	return GrowsTo(AnyLength)
}

func repeatType(f *Call) (value.Type, error) {
	if n, ok := f.ConstInt(1); ok {
		return GrowsTo(Times(int64(f.Length(0)), max(0, int64(n))))
	}
	return GrowsTo(AnyLength)
}

func spaceType(f *Call) (value.Type, error) {
	if n, ok := f.ConstInt(0); ok {
		return GrowsTo(n)
	}
	return GrowsTo(AnyLength)
}

func replaceType(f *Call) (value.Type, error) {
	n := f.Length(0)
	if more := f.Length(2) - f.Length(1); more > 0 {
		n = Times(int64(n), int64(1+more))
	}
	t, err := GrowsTo(n)
	t.Nullable = false
	return t, err
}

// evalPad gives nothing when there is nothing to fill up with. The limit is asked for
// as many bytes as the characters may have, as MySQL does.
func evalPad(left bool) func(*Ctx, *Call, []value.Value) (value.Value, error) {
	return func(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
		s, n, pad := a[0].Bytes(), a[1].Int(), a[2].Bytes()
		if n < 0 {
			return value.Null, nil
		}
		binary := f.Mixed.Binary()
		missing := n - int64(countUnits(s, binary))
		if missing <= 0 {
			return value.Bytes(sliceUnits(s, 0, n, binary)), nil
		}
		if most := Times(n, f.widest()); most > c.PacketLimit() {
			_, err := f.tooLarge(c, most)
			return value.Null, err
		}
		if len(pad) == 0 {
			return emptyText, nil
		}
		units := int64(countUnits(pad, binary))
		rest, _ := skipUnits(pad, missing%units, binary)
		size := len(s) + int(missing/units)*len(pad) + rest
		if large, err := f.tooLarge(c, size); large || err != nil {
			return value.Null, err
		}
		out := make([]byte, 0, size)
		if !left {
			out = append(out, s...)
		}
		for range missing / units {
			out = append(out, pad...)
		}
		out = append(out, pad[:rest]...)
		if left {
			out = append(out, s...)
		}
		return value.Bytes(out), nil
	}
}

func evalRepeat(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	s, n := a[0].Bytes(), a[1].Int()
	if n <= 0 || len(s) == 0 {
		return emptyText, nil
	}
	if large, err := f.tooLarge(c, Times(int64(len(s)), n)); large || err != nil {
		return value.Null, err
	}
	return value.Bytes(bytes.Repeat(s, int(n))), nil
}

func evalSpace(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	n := a[0].Int()
	if n <= 0 {
		return emptyText, nil
	}
	if large, err := f.tooLarge(c, Times(n, 1)); large || err != nil {
		return value.Null, err
	}
	return value.Bytes(bytes.Repeat([]byte(" "), int(n))), nil
}

// evalInsert leaves the text as it is when no character stands at the position.
func evalInsert(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	s, at, length, with := a[0].Bytes(), a[1].Int(), a[2].Int(), a[3].Bytes()
	binary := f.Mixed.Binary()
	if at < 1 || at > int64(len(s))+1 {
		return a[0], nil
	}
	from, whole := skipUnits(s, at-1, binary)
	if !whole || from == len(s) {
		return a[0], nil
	}
	rest := s[from:]
	if length >= 0 && length < int64(len(rest)) {
		end, _ := skipUnits(rest, length, binary)
		rest = rest[end:]
	} else {
		rest = nil
	}
	size := from + len(with) + len(rest)
	if large, err := f.tooLarge(c, size); large || err != nil {
		return value.Null, err
	}
	out := append(make([]byte, 0, size), s[:from]...)
	out = append(out, with...)
	return value.Bytes(append(out, rest...)), nil
}

func evalReplace(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	s, from, to := a[0].Bytes(), a[1].Bytes(), a[2].Bytes()
	if len(from) == 0 {
		return a[0], nil
	}
	n := bytes.Count(s, from)
	if n == 0 {
		return a[0], nil
	}
	if large, err := f.tooLarge(c, len(s)+Times(int64(n), int64(len(to)))-n*len(from)); large || err != nil {
		return value.Null, err
	}
	return value.Bytes(bytes.ReplaceAll(s, from, to)), nil
}

func evalReverse(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	s := a[0].Bytes()
	if large, err := f.tooLarge(c, len(s)); large || err != nil {
		return value.Null, err
	}
	out := make([]byte, len(s))
	for at := 0; at < len(s); {
		n := 1
		if s[at] >= utf8.RuneSelf && !f.Mixed.Binary() {
			_, n = utf8.DecodeRune(s[at:])
		}
		copy(out[len(s)-at-n:], s[at:at+n])
		at += n
	}
	return value.Bytes(out), nil
}

// evalCase maps character by character, as MySQL does: there is no letter that becomes
// two. from and to are the ASCII letters that change.
func evalCase(mapped func(rune) rune, from, to byte) func(*Ctx, *Call, []value.Value) (value.Value, error) {
	return func(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
		s := a[0].Bytes()
		first := 0
		for first < len(s) && s[first] < utf8.RuneSelf && (s[first] < from || s[first] > to) {
			first++
		}
		if first == len(s) || f.Mixed.Binary() {
			return a[0], nil
		}
		if large, err := f.tooLarge(c, len(s)); large || err != nil {
			return value.Null, err
		}
		latin := f.Mixed.Charset == "latin1"
		out := append(make([]byte, 0, len(s)+8), s[:first]...)
		for s = s[first:]; len(s) > 0; {
			if b := s[0]; b < utf8.RuneSelf {
				if b >= from && b <= to {
					b ^= 0x20
				}
				out, s = append(out, b), s[1:]
				continue
			}
			r, n := utf8.DecodeRune(s)
			m := mapped(r)
			if r == utf8.RuneError && n <= 1 || latin && !sameByteCase(r, m) {
				out = append(out, s[:n]...)
			} else {
				out = utf8.AppendRune(out, m)
			}
			s = s[n:]
		}
		return value.Bytes(out), nil
	}
}

// sameByteCase says that latin1 has the mapped letter and maps to it: ÿ has none.
func sameByteCase(r, mapped rune) bool {
	_, ok := value.Latin1Byte(mapped)
	return ok && r != 'ÿ' && r != 'Ÿ'
}
