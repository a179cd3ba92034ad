package value

import (
	"strconv"
	"strings"
	"testing"
)

// What numbers and texts leave in columns, and what is said about it, where the rules of the
// types differ: a number out of range is no truncated text, the digits of FLOAT(M,D) round
// the fraction by itself, ENUM and SET take a number without its fraction.
func TestStoreKinds(t *testing.T) {
	char := Type{Kind: TypeVarChar, Length: 20, Collation: DefaultCollation}
	dec := func(s string) Value { d, _ := ParseDecimal([]byte(s)); return Dec(d) }
	members := []string{"a", "b", "c"}
	tiny, year := Type{Kind: TypeTinyInt, Length: 4}, Type{Kind: TypeYear}
	float := Type{Kind: TypeFloat, Precision: 6, Scale: 2}
	enum, set := Type{Kind: TypeEnum, Members: &members, Collation: DefaultCollation}, Type{Kind: TypeSet, Members: &members, Collation: DefaultCollation}
	decimal := Type{Kind: TypeDecimal, Precision: 20, Scale: 3}
	for _, c := range []struct {
		v        Value
		from, to *Type
		want     string
	}{
		{Bytes([]byte("2024-01-06")), &char, &tiny, "127 1264"},
		{Bytes([]byte("12x")), &char, &tiny, "12 1265"},
		{Bytes([]byte("-3.7e2x")), &char, &tiny, "-128 1264"},
		{Bytes([]byte("9999-12-31")), &char, &year, "0 1264"},
		{Bytes([]byte("2024x")), &char, &year, "2024 1265"},
		{Double(-1e-10), &DoubleType, &year, "0 1264"},
		{dec("10.505"), &decimal, &float, "10.51"},
		{dec("12.345"), &decimal, &float, "12.35"},
		{dec("1.5"), &decimal, &enum, "1"},
		{dec("0.5"), &decimal, &enum, "0 1265"},
		{dec("2.5"), &decimal, &set, "2"},
		{dec("-0.5"), &decimal, &set, "0"},
	} {
		var said []string
		e := &Env{Listen: func(w Warning) { said = append(said, strconv.Itoa(int(w.Number))) }}
		got, err := Store(e, c.v, c.from, c.to, Place{"c", 1})
		if err != nil {
			t.Fatal(err)
		}
		number := Type{Kind: TypeBigInt}
		if c.to.Kind == TypeFloat {
			number = float
		}
		if line := strings.Join(append([]string{string(AppendText(nil, got, &number))}, said...), " "); line != c.want {
			t.Errorf("%s into %d: %s, want %s", AppendText(nil, c.v, c.from), c.to.Kind, line, c.want)
		}
	}
}
