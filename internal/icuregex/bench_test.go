package regex

import (
	"context"
	"strings"
	"testing"
)

// BenchmarkMatch is one call of REGEXP_LIKE on a text of 1,000 characters that
// matches near its end, for patterns of the kinds that people write.
func BenchmarkMatch(b *testing.B) {
	text := strings.Repeat("The quick brown fox, 42 times; ", 32) + "jane.doe-smith@example.org."
	for name, tt := range map[string]struct {
		pattern string
		flags   RegexFlags
	}{
		"literal":    {"example", 0},
		"literal-ci": {"EXAMPLE", RegexFlags_Case_Insensitive},
		"mail":       {`[\w.-]+@[\w.-]+\.[a-z]{2,}`, 0},
		"mail-ci":    {`[\w.-]+@[\w.-]+\.[a-z]{2,}`, RegexFlags_Case_Insensitive},
		"posix":      {`[[:alpha:]]+@[[:alnum:]]+`, 0},
		"shorthand":  {`\w+@\w+`, 0},
		"dot":        {`The.*@`, 0},
	} {
		b.Run(name, func(b *testing.B) {
			ctx := context.Background()
			m := CreateRegex(0)
			if err := m.SetRegexString(ctx, tt.pattern, tt.flags); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := m.SetMatchString(ctx, text); err != nil {
					b.Fatal(err)
				}
				if ok, err := m.Matches(ctx, 1, 1); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}
