package expr

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// shownFunctions show numbers for people, and the bytes that texts are sorted by.
var shownFunctions = []Function{
	{Name: "format", Min: 2, Max: 3, Args: []Arg{Number, Int, Text}, Null: Own, Text: Connection, Result: formatType, Eval: evalFormat, About: "a number rounded, with its digits in groups as a locale has them"},
	{Name: "format_bytes", Min: 1, Max: 1, Args: []Arg{Double}, Text: Connection, Result: ReturnsText(func(*Call) int { return 20 }), Eval: evalUnits(byteUnits, "%4d %s"), About: "a number of bytes with a unit"},
	{Name: "format_pico_time", Min: 1, Max: 1, Args: []Arg{Double}, Text: Connection, Result: ReturnsText(func(*Call) int { return 20 }), Eval: evalUnits(picoUnits, "%3d %s"), About: "a number of picoseconds with a unit"},
	{Name: "weight_string", Min: 1, Max: 3, Build: buildWeight, About: "the bytes by which a text is sorted; AS CHAR(n) and AS BINARY(n) make it longer or shorter before"},
	{Name: "weight of", Min: 1, Max: 1, Print: printWeight, Null: Own, Text: Fixed, Grows: true, Result: weightType, Eval: evalWeight, About: "the bytes by which a text is sorted"},
	{Name: "load_file", Min: 1, Max: 1, Args: []Arg{Text}, Null: Own, Text: Fixed, Result: loadFileType, Eval: evalLoadFile, About: "NULL: no file of the server can be read"},
}

const maxFormatDigits = 30

func formatType(f *Call) (value.Type, error) {
	digits, ok := f.ConstInt(1)
	if !ok {
		digits = maxFormatDigits
	}
	length := f.Length(0)/3 + f.Length(0) + 2 + value.NotFixed // as MySQL counts: characters, groups, signs
	if f.Arg(0).Numeric() == value.ResultDouble {
		length = 310 + 310/2 + 2 + max(0, min(digits, maxFormatDigits))
	}
	t := value.Text(nil, length)
	t.Nullable = f.Arg(0).Nullable || f.Arg(1).Nullable
	return t, nil
}

// evalFormat rounds exact numbers exactly. A locale that is none is en_US, with
// warning 1649.
func evalFormat(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() || a[1].IsNull() {
		return value.Null, nil
	}
	locale, known := localeNamed("en_US")
	if len(a) > 2 {
		name := "NULL"
		if !a[2].IsNull() {
			name = a[2].Text()
		}
		if locale, known = localeNamed(name); !known {
			if err := c.Warn(sqlerr.UnknownLocale, "Unknown locale: '%s'", ShownText([]byte(name))); err != nil {
				return value.Null, err
			}
		}
	}
	digits := int(max(0, min(a[1].Int(), maxFormatDigits)))
	var text []byte
	if f.Arg(0).IsTemporal() { // whose result type is a string's: such are doubles (Item_func_format::val_str_ascii)
		a[0] = value.Double(asDouble(a[0]))
	}
	if a[0].Class() == value.ClassDouble {
		text = value.AppendDouble(nil, roundDouble(a[0].Double(), digits, false), uint8(digits))
	} else {
		text = asDecimal(a[0]).Round(digits).Append(nil)
	}
	return value.String(locale.format(string(text))), nil
}

// unit is a name from a number on.
type unit struct {
	from float64
	name string
}

var byteUnits = []unit{{1 << 60, "EiB"}, {1 << 50, "PiB"}, {1 << 40, "TiB"}, {1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}, {1, "bytes"}}

var picoUnits = []unit{{86400e12, "d"}, {3600e12, "h"}, {60e12, "min"}, {1e12, "s"}, {1e9, "ms"}, {1e6, "us"}, {1e3, "ns"}, {1, "ps"}}

func evalUnits(units []unit, smallest string) func(*Ctx, *Call, []value.Value) (value.Value, error) {
	return func(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
		x := a[0].Double()
		for _, u := range units {
			if math.Abs(x) < u.from || u.from == 1 {
				continue
			}
			layout := "%4.2f %s"
			if math.Abs(x/u.from) >= 100000 {
				layout = "%4.2e %s"
			}
			return value.String(fmt.Sprintf(layout, x/u.from, u.name)), nil
		}
		return value.String(fmt.Sprintf(smallest, int64(x), units[len(units)-1].name)), nil
	}
}

// buildWeight takes AS CHAR(n) as package lex writes it: the word and the number.
func buildWeight(b *Builder, args []Expr) (Expr, error) {
	if len(args) == 1 {
		return b.Call("weight of", args...)
	}
	word, ok := constOf(args[1])
	if len(args) != 3 || !ok || word.Val.Class() != value.ClassString {
		return nil, sqlerr.WrongParamCountToNativeFunction.Errorf("Incorrect parameter count in the call to native function 'WEIGHT_STRING'")
	}
	number, ok := constOf(args[2])
	if !ok || number.Val.Class() != value.ClassInt || number.Val.Int() < 1 || number.Val.Int() > 1<<20 {
		return nil, sqlerr.Syntax.Errorf("You have an error in your SQL syntax: WEIGHT_STRING(… AS %s(n)) takes a number from 1 to %d", word.Val.Text(), 1<<20)
	}
	n := int(number.Val.Int())
	t := asText(args[0].Type(), b.Env.Collation())
	to := value.Text(t.Collation, n)
	if strings.EqualFold(word.Val.Text(), "BINARY") {
		to = value.BytesOf(n)
	}
	e, err := b.Cast(args[0], to, CastCut)
	if err != nil {
		return nil, err
	}
	if !to.IsBinary() {
		if e, err = b.Call("rpad", e, IntLiteral(int64(n)), TextLiteral(" ", t.Collation)); err != nil {
			return nil, err
		}
	}
	return b.Call("weight of", e)
}

func printWeight(args []Expr) string { return "weight_string(" + join(args, ",") + ")" }

func weightType(f *Call) (value.Type, error) {
	t := value.BytesOf(Times(int64(f.Length(0)), 4))
	t.Nullable = true
	return t, nil
}

// evalWeight has MySQL's bytes for binary, _bin and _general_ci collations; for the
// others those of our own order, which sort in the same way.
func evalWeight(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	t := f.Arg(0)
	if a[0].IsNull() || t.IsNumber() {
		return value.Null, nil
	}
	v, err := Convert(c.Env, Text, a[0], t, 1, f.Function.Name)
	if err != nil {
		return value.Null, err
	}
	text := asText(t, f.env.Collation())
	s, by := v.Bytes(), text.Collation
	if large, err := f.tooLarge(c, 4*len(s)); large || err != nil {
		return value.Null, err
	}
	switch {
	case by.Binary() || by.Name == "utf8mb4_0900_bin" || t.IsTemporal():
		return v, nil
	case by.MaxBytes == 1 && byBytes(by):
		return value.Bytes(value.Encode(s, by)), nil
	case byBytes(by):
		return value.Bytes(appendRunes(s, 3, func(r rune) uint64 { return uint64(r) })), nil
	case by.MaxBytes == 1:
		return value.Bytes(appendRunes(s, 1, func(r rune) uint64 { return by.RuneWeight(r) - 1 })), nil
	case strings.HasSuffix(by.Name, "_general_ci"):
		return value.Bytes(appendRunes(s, 2, func(r rune) uint64 { return by.RuneWeight(r) - 1 })), nil
	}
	return value.Bytes(by.AppendKey(nil, s)), nil
}

// appendRunes is a number of so many bytes for each character.
func appendRunes(s []byte, bytes int, of func(rune) uint64) []byte {
	out := make([]byte, 0, len(s)*bytes)
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		s = s[n:]
		for i := bytes - 1; i >= 0; i-- {
			out = append(out, byte(of(r)>>(8*i)))
		}
	}
	return out
}

func loadFileType(*Call) (value.Type, error) {
	t := value.BytesOf(AnyLength)
	t.Kind, t.Nullable = value.TypeLongText, true
	return t, nil
}

func evalLoadFile(*Ctx, *Call, []value.Value) (value.Value, error) { return value.Null, nil }

// numberLocale is how a country writes numbers: point, sign between groups, and how
// many digits a group has, from the right; the last one repeats.
type numberLocale struct {
	point, between string
	groups         []int
}

// The ways of writing numbers, and the names of MySQL's locales that have each.
var numberLocales = []struct {
	numberLocale
	names string
}{
	{numberLocale{".", ",", []int{3}}, "en_US en_GB en_AU en_CA en_NZ en_PH en_ZA en_ZW ar_AE ar_BH ar_DZ ar_EG ar_IN ar_IQ ar_JO ar_KW ar_LB ar_LY ar_MA ar_OM ar_QA ar_SD ar_SY ar_TN ar_YE " +
		"es_DO es_GT es_HN es_MX es_NI es_PA es_PE es_PR es_SV es_US gu_IN he_IL hi_IN ja_JP ko_KR ms_MY th_TH ur_PK zh_CN zh_HK zh_TW"},
	{numberLocale{",", ".", []int{3}}, "be_BY da_DK de_BE de_DE de_LU es_AR es_BO es_CL es_CO es_EC es_ES es_PY es_UY es_VE fo_FO hu_HU id_ID is_IS lt_LT mn_MN nb_NO no_NO ro_RO ru_UA sq_AL tr_TR uk_UA vi_VN"},
	{numberLocale{",", " ", []int{3}}, "cs_CZ es_CR et_EE fi_FI lv_LV mk_MK ru_RU sk_SK sv_FI sv_SE"},
	{numberLocale{",", "", nil}, "ca_ES de_AT el_GR eu_ES fr_BE fr_CA fr_CH fr_FR fr_LU gl_ES hr_HR it_IT nl_BE nl_NL pl_PL pt_BR pt_PT sl_SI"},
	{numberLocale{".", "", nil}, "ar_SA sr_RS sr_YU"},
	{numberLocale{".", "'", []int{3}}, "de_CH"},
	{numberLocale{",", "'", []int{3}}, "it_CH rm_CH"},
	{numberLocale{",", "\x00", []int{3}}, "bg_BG"},
	{numberLocale{".", ",", []int{3, 2}}, "en_IN ta_IN te_IN"},
}

// localeNamed finds a locale in any case.
func localeNamed(name string) (numberLocale, bool) {
	for _, l := range numberLocales {
		for n := range strings.FieldsSeq(l.names) {
			if strings.EqualFold(n, name) {
				return l.numberLocale, true
			}
		}
	}
	return numberLocales[0].numberLocale, false
}

// format groups the digits of a number as AppendText writes it.
func (l numberLocale) format(number string) string {
	sign, number := "", strings.TrimPrefix(number, "+")
	if rest, neg := strings.CutPrefix(number, "-"); neg {
		sign, number = "-", rest
	}
	whole, fraction, point := strings.Cut(number, ".")
	var parts []string
	for i := 0; len(l.groups) > 0; i++ {
		n := l.groups[min(i, len(l.groups)-1)]
		if len(whole) <= n {
			break
		}
		parts = append(parts, whole[len(whole)-n:])
		whole = whole[:len(whole)-n]
	}
	var out strings.Builder
	out.WriteString(sign + whole)
	for i := len(parts) - 1; i >= 0; i-- {
		out.WriteString(l.between + parts[i])
	}
	if point {
		out.WriteString(l.point + fraction)
	}
	return out.String()
}
