package expr

import (
	"bytes"

	"github.com/lxdb/lxdb/engine/value"
)

// stringFunctions measure texts, put them together and take them apart. Positions and
// lengths are characters, of binary strings bytes.
var stringFunctions = []Function{
	{Name: "length", Aliases: []string{"octet_length"}, Min: 1, Max: 1, Args: []Arg{Encoded}, Result: ReturnsInt(10), Eval: evalLength, About: "length in bytes"},
	{Name: "bit_length", Min: 1, Max: 1, Args: []Arg{Encoded}, Result: ReturnsInt(11), Eval: evalBitLength, About: "length in bits"},
	{Name: "char_length", Aliases: []string{"character_length"}, Min: 1, Max: 1, Args: []Arg{Text}, Result: ReturnsInt(10), Eval: evalCharLength, About: "length in characters"},
	{Name: "concat", Min: 1, Max: -1, Args: []Arg{Text}, Grows: true, Result: ReturnsText(sumOfLengths), Eval: evalConcat, About: "the arguments one behind the other"},
	{Name: "concat_ws", Min: 2, Max: -1, Args: []Arg{Text}, Null: Own, Grows: true, Result: concatWSType, Eval: evalConcatWS, About: "the arguments that are not NULL, with the first one between them"},
	{Name: "substring", Aliases: []string{"substr", "mid"}, Min: 2, Max: 3, Args: []Arg{Text, Int}, Result: ReturnsText(substringLength), Eval: evalSubstring, About: "a part of a text by position and length; a negative position counts from the end"},
	{Name: "left", Min: 2, Max: 2, Args: []Arg{Text, Int}, Result: ReturnsText(leftLength), Eval: evalLeft, About: "the first characters"},
	{Name: "right", Min: 2, Max: 2, Args: []Arg{Text, Int}, Result: ReturnsText(leftLength), Eval: evalRight, About: "the last characters"},
	{Name: "substring_index", Min: 3, Max: 3, Args: []Arg{Text, Text, Any}, Result: ReturnsText(lengthOfFirst), Eval: evalSubstringIndex, About: "what stands before a delimiter, counted from the left or, if negative, behind it, counted from the right"},
	{Name: "trim", Min: 1, Max: 2, Args: []Arg{Text}, Result: ReturnsText(lengthOfFirst), Eval: evalTrim(true, true), About: "without spaces, or another text, at both ends"},
	{Name: "ltrim", Aliases: []string{"trim leading"}, Min: 1, Max: 2, Args: []Arg{Text}, Result: ReturnsText(lengthOfFirst), Eval: evalTrim(true, false), About: "without spaces, or another text, at the beginning"},
	{Name: "rtrim", Aliases: []string{"trim trailing"}, Min: 1, Max: 2, Args: []Arg{Text}, Result: ReturnsText(lengthOfFirst), Eval: evalTrim(false, true), About: "without spaces, or another text, at the end"},
}

// ReturnsInt is a BIGINT of so many digits.
func ReturnsInt(digits int) func(*Call) (value.Type, error) {
	t := value.BigInt
	t.Length = uint32(digits)
	return returns(t)
}

func sumOfLengths(f *Call) (n int) {
	for i := range f.Args {
		n += f.Length(i)
	}
	return n
}

func evalLength(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
	return value.Int(int64(len(a[0].Bytes()))), nil
}

func evalBitLength(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
	return value.Int(8 * int64(len(a[0].Bytes()))), nil
}

func evalCharLength(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
	return value.Int(int64(countUnits(a[0].Bytes(), f.Mixed.Binary()))), nil
}

func evalConcat(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	n := 0
	for i := range a {
		n += len(a[i].Bytes())
	}
	if large, err := f.tooLarge(c, n); large || err != nil {
		return value.Null, err
	}
	out := make([]byte, 0, n)
	for i := range a {
		out = append(out, a[i].Bytes()...)
	}
	return value.Bytes(out), nil
}

func concatWSType(f *Call) (value.Type, error) {
	t := value.Text(nil, sumOfLengths(f)+f.Length(0)*max(0, len(f.Args)-3))
	t.Nullable = f.Arg(0).Nullable
	return t, nil
}

func evalConcatWS(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() {
		return value.Null, nil
	}
	between := a[0].Bytes()
	n, parts := 0, 0
	for _, v := range a[1:] {
		if !v.IsNull() {
			n += len(v.Bytes())
			parts++
		}
	}
	n += len(between) * max(0, parts-1)
	if large, err := f.tooLarge(c, n); large || err != nil {
		return value.Null, err
	}
	out := make([]byte, 0, n)
	first := true
	for _, v := range a[1:] {
		if v.IsNull() {
			continue
		}
		if !first {
			out = append(out, between...)
		}
		out, first = append(out, v.Bytes()...), false
	}
	return value.Bytes(out), nil
}

func substringLength(f *Call) int {
	n := f.Length(0)
	if at, ok := f.ConstInt(1); ok {
		switch {
		case at < 0 && -at > n || at == 0:
			n = 0
		case at < 0:
			n = -at
		default:
			n -= min(at-1, n)
		}
	}
	if length, ok := f.ConstInt(2); ok {
		n = max(0, min(n, length))
	}
	return n
}

func evalSubstring(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
	s, at, length := a[0].Bytes(), a[1].Int(), int64(len(a[0].Bytes()))
	binary := f.Mixed.Binary()
	if len(a) == 3 {
		length = a[2].Int()
	}
	if at == 0 || length <= 0 {
		return emptyText, nil
	}
	if at < 0 {
		if at += int64(countUnits(s, binary)) + 1; at <= 0 {
			return emptyText, nil
		}
	}
	return value.Bytes(sliceUnits(s, at-1, length, binary)), nil
}

func leftLength(f *Call) int {
	n := f.Length(0)
	if most, ok := f.ConstInt(1); ok {
		n = max(0, min(n, most))
	}
	return n
}

func evalLeft(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
	return value.Bytes(sliceUnits(a[0].Bytes(), 0, max(0, a[1].Int()), f.Mixed.Binary())), nil
}

func evalRight(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
	s, n := a[0].Bytes(), a[1].Int()
	if n <= 0 {
		return emptyText, nil
	}
	if n >= int64(len(s)) {
		return a[0], nil
	}
	at, _ := skipUnits(s, max(0, int64(countUnits(s, f.Mixed.Binary()))-n), f.Mixed.Binary())
	return value.Bytes(s[at:]), nil
}

// evalSubstringIndex compares bytes: delimiters are case-sensitive under every
// collation. Those of a text of several bytes a character are counted from the left
// even if the number is negative, which matters where they overlap.
func evalSubstringIndex(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	count, err := f.lowBits(c, 2, a[2])
	if err != nil {
		return value.Null, err
	}
	s, by, n := a[0].Bytes(), a[1].Bytes(), int64(int32(count))
	if len(s) == 0 || len(by) == 0 || n == 0 {
		return emptyText, nil
	}
	if n < 0 && f.widest() == 1 {
		end := len(s)
		for ; n < 0; n++ {
			at := bytes.LastIndex(s[:end], by)
			if at < 0 {
				return a[0], nil
			}
			end = at
		}
		return value.Bytes(s[end+len(by):]), nil
	}
	fromLeft := n
	if n < 0 {
		if fromLeft = int64(bytes.Count(s, by)) + n + 1; fromLeft <= 0 {
			return a[0], nil
		}
	}
	at := 0
	for i := int64(1); ; i++ {
		next := bytes.Index(s[at:], by)
		switch {
		case next < 0:
			return a[0], nil
		case i == fromLeft && n > 0:
			return value.Bytes(s[:at+next]), nil
		case i == fromLeft:
			return value.Bytes(s[at+next+len(by):]), nil
		}
		at += next + len(by)
	}
}

func evalTrim(left, right bool) func(*Ctx, *Call, []value.Value) (value.Value, error) {
	return func(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
		s, what := a[0].Bytes(), []byte(" ")
		if len(a) == 2 {
			what = a[1].Bytes()
		}
		if len(what) == 0 {
			return a[0], nil
		}
		for left && bytes.HasPrefix(s, what) {
			s = s[len(what):]
		}
		for right && bytes.HasSuffix(s, what) {
			s = s[:len(s)-len(what)]
		}
		return value.Bytes(s), nil
	}
}
