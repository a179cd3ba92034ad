package codes

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// digitFunctions show texts as digits and make texts of digits.
var digitFunctions = []expr.Function{
	{Name: "hex", Min: 1, Max: 1, Text: expr.Connection, Grows: true, Result: expr.ReturnsText(hexLength), Eval: evalHex, About: "the bytes of a text, or a number, in hexadecimal digits"},
	{Name: "unhex", Min: 1, Max: 1, Args: []expr.Arg{expr.Encoded}, Text: expr.Fixed, Result: unhexType, Eval: evalUnhex, About: "the bytes that hexadecimal digits stand for"},
	{Name: "conv", Min: 3, Max: 3, Args: []expr.Arg{expr.Any, expr.Int, expr.Int}, Text: expr.Connection, Result: convType, Eval: evalConv, About: "a number from one base in another one; a negative base is one of signed numbers"},
	{Name: "bin", Min: 1, Max: 1, Text: expr.Connection, Result: convType, Eval: evalBase(2), About: "a number in binary digits"},
	{Name: "oct", Min: 1, Max: 1, Text: expr.Connection, Result: convType, Eval: evalBase(8), About: "a number in octal digits"},
	{Name: "ascii", Min: 1, Max: 1, Args: []expr.Arg{expr.Encoded}, Result: expr.ReturnsInt(3), Eval: evalASCII, About: "the number of the first byte; 0 of an empty text"},
	{Name: "ord", Min: 1, Max: 1, Args: []expr.Arg{expr.Encoded}, Result: expr.ReturnsInt(21), Eval: evalOrd, About: "the bytes of the first character as a number"},
	{Name: "char", Min: 1, Max: -1, Args: []expr.Arg{expr.Bits}, Null: expr.Own, Text: expr.Fixed, Result: charType, Eval: evalChar, About: "the bytes that numbers stand for"},
	{Name: "char using", Min: 2, Max: -1, Args: []expr.Arg{expr.Text, expr.Bits}, Null: expr.Own, Text: expr.Fixed, Result: charUsingType, Eval: evalCharUsing, About: "CHAR(… USING …): a character set, and the numbers whose bytes are a text in it"},
	{Name: "to_base64", Min: 1, Max: 1, Args: []expr.Arg{expr.Encoded}, Text: expr.Connection, Grows: true, Result: toBase64Type, Eval: evalToBase64, About: "the bytes of a text in base64, in lines of 76 characters"},
	{Name: "from_base64", Min: 1, Max: 1, Args: []expr.Arg{expr.Encoded}, Text: expr.Fixed, Result: fromBase64Type, Eval: evalFromBase64, About: "the bytes that base64 stands for"},
	{Name: "quote", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Null: expr.Own, Grows: true, Result: quoteType, Eval: evalQuote, About: "a text as a literal of SQL"},
	{Name: "soundex", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Grows: true, Result: expr.ReturnsText(func(f *expr.Call) int { return max(4, f.Length(0)) }), Eval: evalSoundex, About: "how an English word sounds"},
}

func hexLength(f *expr.Call) int {
	switch t := f.Arg(0); {
	case t.IsNumber():
		return 16
	case t.IsBinary():
		return 2 * f.Length(0)
	default:
		return expr.Times(int64(f.Length(0)), 2*int64(f.AsText(0).Collation.MaxBytes))
	}
}

const upperHex = "0123456789ABCDEF"

func appendHex(dst, s []byte) []byte {
	for _, b := range s {
		dst = append(dst, upperHex[b>>4], upperHex[b&15])
	}
	return dst
}

func evalHex(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	if t := f.Arg(0); t.IsNumber() {
		n, err := hexInteger(c, a[0], t)
		return value.String(strings.ToUpper(strconv.FormatUint(n, 16))), err
	}
	v, err := expr.Convert(c.Env, expr.Encoded, a[0], f.Arg(0), 1, f.Function.Name)
	if err != nil {
		return value.Null, err
	}
	if large, err := c.TooLarge(f.Function.Name, 2*len(v.Bytes())); large || err != nil {
		return value.Null, err
	}
	return value.Bytes(appendHex(make([]byte, 0, 2*len(v.Bytes())), v.Bytes())), nil
}

// hexInteger rounds what is no integer, the half away from 0.
func hexInteger(c *expr.Ctx, v value.Value, t *value.Type) (uint64, error) {
	if r := t.Result(); r == value.ResultInt {
		return value.ToUint(c.Env, v, t)
	}
	x, err := value.ToDouble(c.Env, v, t)
	switch {
	case err != nil:
		return 0, err
	case x <= math.MinInt64 || x >= math.MaxUint64:
		return math.MaxUint64, nil
	case x < 0:
		return uint64(int64(x - 0.5)), nil
	}
	return uint64(x + 0.5), nil
}

func unhexType(f *expr.Call) (value.Type, error) {
	t := value.BytesOf((f.Length(0) + 1) / 2)
	t.Nullable = true
	return t, nil
}

// evalUnhex takes an odd number of digits as if a 0 stood before them.
func evalUnhex(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	s := a[0].Bytes()
	if large, err := c.TooLarge(f.Function.Name, len(s)/2+1); large || err != nil {
		return value.Null, err
	}
	if len(s)%2 == 1 {
		s = append([]byte{'0'}, s...)
	}
	out := make([]byte, len(s)/2)
	if _, err := hex.Decode(out, s); err != nil {
		return value.Null, wrongValue(c, f, "string", a[0].Bytes())
	}
	return value.Bytes(out), nil
}

// wrongValue is warning 1411 about an argument that the function cannot read.
func wrongValue(c *expr.Ctx, f *expr.Call, kind string, v []byte) error {
	return c.Warn(sqlerr.WrongValueForType, "Incorrect %s value: '%s' for function %s", kind, expr.ShownText(v), f.Function.Name)
}

func convType(*expr.Call) (value.Type, error) {
	t := value.Text(nil, 65)
	t.Nullable = true
	return t, nil
}

func evalConv(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	return conv(c, f, a[0], a[1].Int(), a[2].Int())
}

func evalBase(to int64) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
		return conv(c, f, a[0], 10, to)
	}
}

func conv(c *expr.Ctx, f *expr.Call, v value.Value, from, to int64) (value.Value, error) {
	valid := func(base int64) bool { return base >= 2 && base <= 36 || base <= -2 && base >= -36 }
	if !valid(from) || !valid(to) {
		return value.Null, nil
	}
	var n uint64
	if f.Arg(0).Kind == value.TypeBit {
		n = v.Uint()
	} else {
		s, err := value.ToText(c.Env, v, f.Arg(0))
		if err != nil || len(s) == 0 {
			return value.Null, err
		}
		n = digitsOfBase(s, from)
	}
	out := strconv.FormatUint(n, int(max(to, -to)))
	if to < 0 {
		out = strconv.FormatInt(int64(n), int(-to))
	}
	return value.String(strings.ToUpper(out)), nil
}

// digitsOfBase reads the number that s begins with. One that is too large is the
// largest one; of a negative base, numbers are signed.
func digitsOfBase(s []byte, base int64) (n uint64) {
	for len(s) > 0 && (s[0] == ' ' || s[0] >= '\t' && s[0] <= '\r') {
		s = s[1:]
	}
	neg, signed := false, base < 0
	base = max(base, -base)
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		neg, s = s[0] == '-', s[1:]
	}
	over := false
	for _, b := range s {
		d := int64(digitOf(b))
		if d >= base {
			break
		}
		if n > (math.MaxUint64-uint64(d))/uint64(base) {
			over = true
			break
		}
		n = n*uint64(base) + uint64(d)
	}
	switch {
	case signed && neg && (over || n > 1<<63):
		return 1 << 63
	case signed && !neg && (over || n > math.MaxInt64):
		return math.MaxInt64
	case over:
		return math.MaxUint64
	case neg:
		return -n
	}
	return n
}

func digitOf(b byte) int {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0')
	case b >= 'a' && b <= 'z':
		return int(b-'a') + 10
	case b >= 'A' && b <= 'Z':
		return int(b-'A') + 10
	}
	return 99
}

func evalASCII(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	if len(a[0].Bytes()) == 0 {
		return value.Int(0), nil
	}
	return value.Int(int64(a[0].Bytes()[0])), nil
}

func evalOrd(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	s := a[0].Bytes()
	if len(s) == 0 {
		return value.Int(0), nil
	}
	size := 1
	if t := f.Arg(0); !t.IsBinary() && (t.Collation == nil || t.Collation.MaxBytes > 1) {
		if _, n := utf8.DecodeRune(s); n > 1 {
			size = n
		}
	}
	n := int64(0)
	for _, b := range s[:size] {
		n = n<<8 | int64(b)
	}
	return value.Int(n), nil
}

func charType(f *expr.Call) (value.Type, error) { return value.BytesOf(4 * len(f.Args)), nil }

func charUsingType(f *expr.Call) (value.Type, error) {
	name := ""
	if v, ok := f.Const(0); ok {
		name = string(value.AppendText(nil, v, f.Arg(0)))
	}
	c := value.CharsetNamed(name)
	if c == nil {
		return value.Type{}, sqlerr.UnknownCharacterSet.Errorf("Unknown character set: '%s'", name)
	}
	t := value.Text(c, 4*(len(f.Args)-1))
	t.Coercibility, t.Nullable = value.Coercible, !c.Binary()
	return t, nil
}

// appendBytesOf appends the bytes of the lowest 32 bits, without zeros in front.
func appendBytesOf(dst []byte, v uint64) []byte {
	n := uint32(v)
	for shift := 24; shift > 0; shift -= 8 {
		if n>>shift != 0 {
			dst = append(dst, byte(n>>shift))
		}
	}
	return append(dst, byte(n))
}

func evalChar(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	out := make([]byte, 0, 4*len(a))
	for _, v := range a {
		if !v.IsNull() {
			out = appendBytesOf(out, v.Uint())
		}
	}
	return value.Bytes(out), nil
}

// evalCharUsing: bytes that are no text give NULL in strict mode, else what stands
// before them, with warning 1300.
func evalCharUsing(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	v, err := evalChar(c, f, a[1:])
	if err != nil {
		return v, err
	}
	text, valid := value.Decode(v.Bytes(), f.Type().Collation)
	if rest := v.Bytes()[valid:]; len(rest) > 0 {
		err = c.Warn(sqlerr.InvalidCharacterString, "Invalid %s character string: '%s'", f.Type().Collation.Charset, appendHex(nil, rest[:min(3, len(rest))]))
		if err != nil || c.Has(value.ModeStrict) {
			return value.Null, err
		}
	}
	return value.Bytes(text), nil
}

func toBase64Type(f *expr.Call) (value.Type, error) {
	bytes := f.Length(0)
	if t := f.Arg(0); !t.IsBinary() && t.Collation != nil {
		bytes = expr.Times(int64(bytes), int64(t.Collation.MaxBytes))
	}
	n := (bytes + 2) / 3 * 4
	return expr.GrowsTo(n + max(0, n-1)/76)
}

func evalToBase64(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	const line = 76
	s := a[0].Bytes()
	n := base64.StdEncoding.EncodedLen(len(s))
	if large, err := c.TooLarge(f.Function.Name, n+n/line); large || err != nil {
		return value.Null, err
	}
	out := make([]byte, 0, n+n/line)
	for len(s) > line/4*3 {
		out = append(base64.StdEncoding.AppendEncode(out, s[:line/4*3]), '\n')
		s = s[line/4*3:]
	}
	return value.Bytes(base64.StdEncoding.AppendEncode(out, s)), nil
}

func fromBase64Type(f *expr.Call) (value.Type, error) {
	t := value.BytesOf((f.Length(0)*3 + 3) / 4)
	t.Nullable = true
	return t, nil
}

// evalFromBase64 skips white space; anything else that is no base64 gives NULL.
func evalFromBase64(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	s := a[0].Bytes()
	if large, err := c.TooLarge(f.Function.Name, len(s)); large || err != nil {
		return value.Null, err
	}
	clean := make([]byte, 0, len(s))
	for _, b := range s {
		if b != ' ' && (b < '\t' || b > '\r') {
			clean = append(clean, b)
		}
	}
	n, err := base64.StdEncoding.Decode(clean, clean)
	if err != nil {
		return value.Null, nil
	}
	return value.Bytes(clean[:n]), nil
}

func quoteType(f *expr.Call) (value.Type, error) {
	return value.Text(nil, max(4, 2*f.Length(0)+2)), nil
}

func evalQuote(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() {
		return value.String("NULL"), nil
	}
	s := a[0].Bytes()
	size := len(s) + 2
	for _, b := range s {
		if b == '\'' || b == '\\' || b == 0 || b == 0x1A {
			size++
		}
	}
	if large, err := c.TooLarge(f.Function.Name, size); large || err != nil {
		return value.Null, err
	}
	out := append(make([]byte, 0, size), '\'')
	for _, b := range s {
		switch b {
		case '\'', '\\':
			out = append(out, '\\', b)
		case 0:
			out = append(out, '\\', '0')
		case 0x1A:
			out = append(out, '\\', 'Z')
		default:
			out = append(out, b)
		}
	}
	return value.Bytes(append(out, '\'')), nil
}

// soundexCodes are those of A to Z; vowels have 0.
const soundexCodes = "01230120022455012623010202"

func soundexCode(r rune) byte {
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	if r < 'A' || r > 'Z' {
		return '0'
	}
	return soundexCodes[r-'A']
}

func isSoundexLetter(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= 0xC0
}

// evalSoundex gives as many digits as the word has, at least three. A vowel between
// two letters of one code does not keep them apart. Of bytes only those of ASCII are letters.
func evalSoundex(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	s := a[0].Bytes()
	if large, err := c.TooLarge(f.Function.Name, len(s)+4); large || err != nil {
		return value.Null, err
	}
	binary := f.Arg(0).IsString() && f.Arg(0).IsBinary()
	var out []byte
	last, letters := byte(0), 0
	for len(s) > 0 {
		r, n := rune(s[0]), 1
		if !binary {
			r, n = utf8.DecodeRune(s)
		}
		letter := s[:n]
		s = s[n:]
		if !isSoundexLetter(r) || binary && r >= utf8.RuneSelf || r == utf8.RuneError && n <= 1 {
			continue
		}
		code := soundexCode(r)
		switch {
		case last == 0:
			if out, last, letters = append(out, letter...), code, 1; r >= 'a' && r <= 'z' {
				out[0] -= 'a' - 'A'
			}
		case code != '0' && code != last:
			out, last, letters = append(out, code), code, letters+1
		}
	}
	if last == 0 {
		return empty, nil
	}
	for ; letters < 4; letters++ {
		out = append(out, '0')
	}
	return value.Bytes(out), nil
}
