package value

import "testing"

func TestCollations(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		want       int
	}{
		{"utf8mb4_0900_ai_ci", "abc", "ABC", 0}, {"utf8mb4_0900_ai_ci", "résumé", "RESUME", 0},
		{"utf8mb4_0900_ai_ci", "straße", "STRASSE", 0}, {"utf8mb4_0900_ai_ci", "a", "a ", -1},
		{"utf8mb4_0900_ai_ci", "abz", "ab漢", -1}, {"utf8mb4_0900_ai_ci", "é", "f", -1}, {"utf8mb4_0900_ai_ci", "Ⅷ", "viii", 0},
		{"utf8mb4_general_ci", "a", "a  ", 0}, {"utf8mb4_general_ci", "ß", "s", 0}, {"utf8mb4_general_ci", "a\t", "a", -1},
		{"utf8mb4_general_ci", "й", "и", 1}, {"utf8mb4_general_ci", "Ё", "Е", 0}, {"utf8mb4_general_ci", "😀", "😁", 0},
		{"utf8mb4_unicode_ci", "ß", "ss", 0}, {"utf8mb4_0900_ai_ci", "😀", "😁", -1},
		{"latin1_swedish_ci", "ü", "y", 0}, {"latin1_swedish_ci", "š", "s", 1}, {"latin1_swedish_ci", "€", "a", 1},
		{"utf8mb4_bin", "a", "A", 1}, {"utf8mb4_bin", "a ", "a", 0}, {"utf8mb4_0900_bin", "a ", "a", 1},
		{"utf8mb4_0900_as_cs", "a", "A", -1}, {"utf8mb4_0900_as_cs", "ab", "Aa", 1}, {"utf8mb4_0900_as_ci", "a", "A", 0},
		{"utf8mb4_0900_as_ci", "a", "á", -1}, {"binary", "a", "a ", -1}, {"latin1_swedish_ci", "Å", "Z", 1},
		{"latin1_swedish_ci", "Ö", "Ä", 1}, {"utf8mb4_0900_ai_ci", "", "a", -1}, {"utf8mb4_0900_ai_ci", "Ã", "Å", 0},
	} {
		coll := CollationNamed(c.name)
		if got := coll.Compare([]byte(c.a), []byte(c.b)); got != c.want {
			t.Errorf("%s: %q <=> %q = %d, want %d", c.name, c.a, c.b, got, c.want)
		}
		ka, kb := string(coll.AppendKey(nil, []byte(c.a))), string(coll.AppendKey(nil, []byte(c.b)))
		if (ka == kb) != (c.want == 0) || !coll.Pad && (ka < kb) != (c.want < 0) {
			t.Errorf("%s: keys of %q and %q: %x, %x", c.name, c.a, c.b, ka, kb)
		}
	}
}
