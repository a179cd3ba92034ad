package icuregextest

import (
	"context"
	"testing"
	"unicode/utf8"

	regex "github.com/dolthub/go-icu-regex"
)

// FuzzRegex holds what must be true of every pattern and text: no panic, a
// match lies inside the text, Substring is what IndexOf points at, and
// replacing every match by itself changes nothing.
func FuzzRegex(f *testing.F) {
	for _, seed := range [][2]string{
		{`a(b|c)*?d++`, "abcbcd"}, {`(?i)[^\W_a-f&&\p{L}]{2,}`, "Straße 12"}, {`(?<x>.)\k<x>\1`, "aaabbb"},
		{`^|$`, "a\r\nb"}, {`(?<=a)(?!b)[[:alpha:]--c]`, "aczad"}, {`\Qa.b\E|\x{1F600}`, "a.b😀"}, {``, ""},
	} {
		f.Add(seed[0], seed[1], uint8(0))
		f.Add(seed[0], seed[1], uint8(2|8|32))
	}
	f.Fuzz(func(t *testing.T, pattern, text string, flags uint8) {
		if !utf8.ValidString(text) || len(text) > 256 {
			t.Skip()
		}
		ctx := context.Background()
		re := regex.CreateRegex(0)
		if re.SetRegexString(ctx, pattern, regex.RegexFlags(flags)) != nil {
			return
		}
		if err := re.SetMatchString(ctx, text); err != nil {
			t.Fatal(err)
		}
		sub, found, err := re.Substring(ctx, 1, 1)
		if err != nil {
			return // the time limit
		}
		from, _ := re.IndexOf(ctx, 1, 1, false)
		to, _ := re.IndexOf(ctx, 1, 1, true)
		if !found {
			if from != 0 || to != 0 {
				t.Fatalf("no match, but IndexOf says %d..%d", from, to)
			}
		} else if got := string([]rune(text)[from-1 : to-1]); got != sub {
			t.Fatalf("Substring %q, IndexOf points at %q", sub, got)
		}
		if same, err := re.Replace(ctx, "$0", 1, 0); err == nil && same != text {
			t.Fatalf("replacing matches by themselves: %q became %q", text, same)
		}
	})
}
