package patterns

import (
	"bytes"
	"errors"
	"strings"

	regex "github.com/dolthub/go-icu-regex"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// regexpFunctions match texts against patterns of ICU's kind. Letters match in either
// case unless the collation or the match type says otherwise.
var regexpFunctions = []expr.Function{
	{Name: "regexp_like", Aliases: []string{"regexp", "rlike"}, Min: 2, Max: 3, Args: []expr.Arg{expr.Text, expr.Text, expr.Any}, Result: expr.Returns(value.Boolean), Prepare: prepareRegexp, Eval: evalRegexpLike, About: "whether a part of a text matches a pattern"},
	{Name: "regexp_instr", Min: 2, Max: 6, Args: []expr.Arg{expr.Text, expr.Text, expr.Int, expr.Int, expr.Int, expr.Any}, Result: expr.ReturnsInt(21), Prepare: prepareRegexp, Eval: evalRegexpInstr, About: "where a match begins or, with 1 as option, what follows it"},
	{Name: "regexp_substr", Min: 2, Max: 5, Args: []expr.Arg{expr.Text, expr.Text, expr.Int, expr.Int, expr.Any}, Result: regexpTextType, Prepare: prepareRegexp, Eval: evalRegexpSubstr, About: "the text of a match"},
	{Name: "regexp_replace", Min: 3, Max: 6, Args: []expr.Arg{expr.Text, expr.Text, expr.Text, expr.Int, expr.Int, expr.Any}, Grows: true, Result: regexpTextType, Prepare: prepareRegexp, Eval: evalRegexpReplace, About: "one match, or all of them, replaced"},
}

func regexpTextType(f *expr.Call) (value.Type, error) {
	if f.Function.Name == "regexp_replace" {
		return expr.GrowsTo(expr.AnyLength)
	}
	return expr.GrowsTo(f.Length(0))
}

// prepareRegexp refuses bytes beside characters, as patterns are about one of them.
func prepareRegexp(f *expr.Call) (any, error) {
	text, pattern := f.Arg(0), f.Arg(1)
	if text.Kind == value.TypeNull || pattern.Kind == value.TypeNull || text.IsBinary() == pattern.IsBinary() {
		return nil, nil
	}
	names := make([]string, 2)
	for i := range names {
		t := f.AsText(i)
		names[i] = value.BinaryCollation.Name
		if !t.IsBinary() {
			names[i] = t.Collation.Name
		}
	}
	return nil, sqlerr.CharacterSetMismatch.Errorf("Character set '%s' cannot be used in conjunction with '%s' in call to %s.", names[0], names[1], f.Function.Name)
}

// matchFlags reads a match type; of c and i the last one counts.
func matchFlags(c *expr.Ctx, f *expr.Call, a []value.Value, at int) (regex.RegexFlags, error) {
	flags := regex.RegexFlags_None
	if !f.Mixed.Binary() && !f.Mixed.CaseSensitive() {
		flags = regex.RegexFlags_Case_Insensitive
	}
	if at >= len(a) {
		return flags, nil
	}
	words, err := value.ToText(c.Env, a[at], f.Arg(at))
	if err != nil {
		return flags, err
	}
	for _, w := range words {
		switch w {
		case 'c':
			flags &^= regex.RegexFlags_Case_Insensitive
		case 'i':
			flags |= regex.RegexFlags_Case_Insensitive
		case 'm':
			flags |= regex.RegexFlags_Multiline
		case 'n':
			flags |= regex.RegexFlags_Dot_All
		case 'u':
			flags |= regex.RegexFlags_Unix_Lines
		default:
			return flags, sqlerr.WrongArguments.Errorf("Incorrect arguments to %s", f.Function.Name)
		}
	}
	return flags, nil
}

// matcher compiles the pattern (compiled ones are kept by the package) and sets the
// text, which costs four bytes a character.
func matcher(c *expr.Ctx, f *expr.Call, a []value.Value, flagsAt int) (regex.Regex, error) {
	flags, err := matchFlags(c, f, a, flagsAt)
	if err != nil {
		return nil, err
	}
	if len(a[1].Bytes()) == 0 {
		return nil, sqlerr.IllegalArgumentRegexp.Errorf("Illegal argument to a regular expression.")
	}
	if err := c.Borrow(4 * len(a[0].Bytes())); err != nil {
		return nil, err
	}
	m := regex.CreateRegex(0)
	if err := m.SetRegexString(c.Context(), regexpText(f, a[1]), flags); err != nil {
		return nil, regexpError(c, err)
	}
	return m, regexpError(c, m.SetMatchString(c.Context(), regexpText(f, a[0])))
}

// regexpText has a character for each byte of a binary string.
func regexpText(f *expr.Call, v value.Value) string {
	if !f.Mixed.Binary() || expr.IsASCII(string(v.Bytes())) {
		return string(v.Bytes())
	}
	var b strings.Builder
	for _, x := range v.Bytes() {
		b.WriteRune(rune(x))
	}
	return b.String()
}

// regexpBytes is the inverse of regexpText.
func regexpBytes(f *expr.Call, s string) []byte {
	if !f.Mixed.Binary() || expr.IsASCII(s) {
		return []byte(s)
	}
	out := make([]byte, 0, len(s))
	for _, r := range s {
		out = append(out, byte(r))
	}
	return out
}

// regexpErrors are MySQL's numbers for what is wrong with a pattern, by what the
// package says.
var regexpErrors = []struct {
	reason, text string
	code         sqlerr.Code
}{
	{"a parenthesis", "Mismatched parenthesis in regular expression.", sqlerr.RegexpMismatchedParen},
	{"a class is not closed", "The regular expression contains an unclosed bracket expression.", sqlerr.RegexpMissingCloseBracket},
	{"a range of characters runs backwards", "The regular expression contains an [x-y] character range where x comes after y.", sqlerr.RegexpInvalidRange},
	{"a back-reference names no group", "Invalid back-reference in regular expression.", sqlerr.RegexpInvalidBackReference},
	{"an interval must be", "Incorrect description of a {min,max} interval.", sqlerr.RegexpBadInterval},
	{"the pattern ends in a backslash", "Unrecognized escape sequence in regular expression.", sqlerr.RegexpBadEscape},
	{`\N{…} is not supported`, "The regular expression contains a feature that is not implemented in this library version.", sqlerr.RegexpUnimplemented},
	{"the pattern is too", "Pattern exceeds limits on size or complexity.", sqlerr.RegexpPatternTooBig},
	{"", "Syntax error in regular expression.", sqlerr.RegexpRuleSyntax},
}

func regexpError(c *expr.Ctx, err error) error {
	switch {
	case err == nil:
		return nil
	case c.Context().Err() != nil:
		return c.Context().Err()
	case regex.ErrTimeout.Is(err): // its cause has the text that was searched
		return sqlerr.RegexpTimeOut.Errorf("%s", sqlerr.RegexpTimeOut.Bare())
	case regex.ErrIndexOutOfBounds.Is(err):
		return outsideText()
	case regex.ErrInvalidGroupName.Is(err):
		return sqlerr.RegexpInvalidCaptureGroup.Errorf("A capture group has an invalid name.")
	}
	reason := err
	var kind interface{ Cause() error }
	if errors.As(err, &kind) && kind.Cause() != nil {
		reason = kind.Cause()
	}
	for _, known := range regexpErrors {
		if strings.Contains(reason.Error(), known.reason) {
			return known.code.Errorf("%s", known.text).WithCause(reason) // which may quote the pattern
		}
	}
	return err
}

func outsideText() error {
	return sqlerr.RegexpIndexOutOfBounds.Errorf("Index out of bounds in regular expression search.")
}

// argInt is an argument that has a default.
func argInt(a []value.Value, at int, otherwise int64) int {
	if at >= len(a) {
		return int(otherwise)
	}
	return int(max(-1<<31, min(a[at].Int(), 1<<31-1)))
}

func evalRegexpLike(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	m, err := matcher(c, f, a, 2)
	if err != nil {
		return value.Null, err
	}
	is, err := m.Matches(c.Context(), 1, 1)
	return value.Bool(is), regexpError(c, err)
}

func evalRegexpInstr(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	option := argInt(a, 4, 0)
	if option != 0 && option != 1 {
		return value.Null, sqlerr.WrongArguments.Errorf("Incorrect arguments to %s: return_option must be 1 or 0.", f.Function.Name)
	}
	m, err := matcher(c, f, a, 5)
	if err != nil {
		return value.Null, err
	}
	from := argInt(a, 2, 1)
	if from < 1 {
		return value.Null, outsideText()
	}
	at, err := m.IndexOf(c.Context(), from, argInt(a, 3, 1), option == 1)
	return value.Int(int64(at)), regexpError(c, err)
}

func evalRegexpSubstr(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	m, err := matcher(c, f, a, 4)
	if err != nil {
		return value.Null, err
	}
	from := argInt(a, 2, 1)
	if from < 1 {
		return value.Null, outsideText()
	}
	s, found, err := m.Substring(c.Context(), from, argInt(a, 3, 1))
	if err != nil || !found {
		return value.Null, regexpError(c, err)
	}
	return value.Bytes(regexpBytes(f, s)), nil
}

func evalRegexpReplace(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	m, err := matcher(c, f, a, 5)
	if err != nil {
		return value.Null, err
	}
	from, occurrence := argInt(a, 3, 1), argInt(a, 4, 0)
	if from < 1 {
		return value.Null, outsideText()
	}
	if occurrence < 0 {
		occurrence = 1
	}
	if occurrence == 0 {
		large, err := replacesTooMuch(c, f, m, a, from)
		if large || err != nil {
			return value.Null, err
		}
	}
	s, err := m.Replace(c.Context(), regexpText(f, a[2]), from, occurrence)
	if err != nil {
		return value.Null, regexpError(c, err)
	}
	if large, err := c.TooLarge(f.Function.Name, len(s)); large || err != nil {
		return value.Null, err
	}
	return value.Bytes(regexpBytes(f, s)), nil
}

// replacesTooMuch finds out before it takes memory whether what all matches are
// replaced by exceeds the limit. It goes through them only if they may. What groups
// give is taken for the most that it can be.
func replacesTooMuch(c *expr.Ctx, f *expr.Call, m regex.Regex, a []value.Value, from int) (bool, error) {
	text, pattern, by := a[0].Bytes(), a[1].Bytes(), a[2].Bytes()
	whole, length := int64(len(text)), int64(len(by))
	groups := int64(bytes.Count(by, []byte("$")))
	limit := int64(c.PacketLimit())
	around := groups > 0 && bytes.Contains(pattern, []byte("(?")) // a group may be larger than its match
	if !around && whole+int64(expr.Times(whole+1, length))+int64(expr.Times(groups, whole)) <= limit {
		return false, nil
	}
	width := int64(4)
	if expr.IsASCII(string(text)) {
		width = 1
	}
	size := whole
	for at := from; at <= len(text)+1; {
		begin, err := m.IndexOf(c.Context(), at, 1, false)
		if regex.ErrIndexOutOfBounds.Is(err) && at > from || err == nil && begin == 0 {
			return false, nil
		}
		if err != nil {
			return false, regexpError(c, err)
		}
		end, err := m.IndexOf(c.Context(), at, 1, true)
		if err != nil {
			return false, regexpError(c, err)
		}
		group := int64(end-begin) * width
		size += length - group + int64(expr.Times(groups, group))
		if around {
			size += int64(expr.Times(groups, whole))
		}
		if size > limit {
			return c.TooLarge(f.Function.Name, int(min(size, 1<<62)))
		}
		at = max(end, begin+1)
	}
	return false, nil
}
