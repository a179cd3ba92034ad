package difftest

import (
	"strconv"
	"strings"
)

// Value is a literal: its SQL, what a parameter would bind (nil: only NULL or
// text that no parameter can be), and what it is.
type Value struct {
	SQL   string
	Param any
	Kind  Kind
}

func (v Value) node() *Node { return &Node{Form: v.SQL, Param: v.Param, Sort: Scalar} }

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// stringValue must not have a backslash in s.
func stringValue(s string, k Kind) Value { return Value{SQL: quoted(s), Param: s, Kind: k} }

func intValue(i int64) Value { return Value{strconv.FormatInt(i, 10), i, Integer} }

// addresses are for the functions of networks only: as dates and numbers they are
// read by rules that are worth nothing.
var addresses []Value

// edges are the values that functions are tried with: each type, and in each
// type where its rules change.
var edges = func() []Value {
	out := []Value{{"NULL", nil, Any}, {"TRUE", nil, Truth}, {"FALSE", nil, Truth}}
	for _, i := range []int64{0, 1, -1, 2, 3, 7, -3, 10, 127, 128, 255, 256, 1000, 65535, 2147483647, -2147483648, 4294967295,
		20240106, 20240106123456, 123456, 9223372036854775807, -9223372036854775807} {
		out = append(out, intValue(i))
	}
	for _, d := range []string{"0.0", "0.5", "-0.5", "1.5", "2.5", "-2.55", "10.505", "12.345", "0.000001", "123456789.987654321",
		"-9223372036854775808", "9223372036854775808", "18446744073709551616", "99999999999999999999999999999999999999.999999", "100.00"} {
		out = append(out, Value{d, Decimal(d), Number})
	}
	out = append(out, Value{"18446744073709551615", uint64(18446744073709551615), Integer})
	for _, d := range []string{"0e0", "1e0", "-1.5e0", "2.5e0", "1e15", "1e20", "-1e-10", "1.7976931348623157e308", "0.1e0", "123456.789e0", "3e0"} {
		f, _ := strconv.ParseFloat(d, 64)
		out = append(out, Value{d, f, Number})
	}
	for _, s := range []string{"", " ", "a", "A", "abc", "ABC ", "aBcb12", "ä", "漢字", "é́x", "0", "1", "-1", "1q", " 12 ", "12.9", "-3.7e2x", "1e400", "1e", ".5", "0x1F",
		"a,b,c", "x'y", "YWJj"} {
		out = append(out, stringValue(s, String))
	}
	for _, s := range []string{"2024-01-06", "2024-02-29", "2024-02-30", "0000-00-00", "2024-00-00", "1999-12-31", "9999-12-31", "20240106", "240106", "2024-1-6", "2024/01/06", "70-01-01", "2024-01-06x"} {
		out = append(out, stringValue(s, Date))
	}
	for _, s := range []string{"2024-01-06 12:34:56", "2024-12-31 23:59:59.999999", "2024-01-06T01:02:03", "2024-01-06 25:00:00", "2024-01-06 1:2", "20240106123456.7"} {
		out = append(out, stringValue(s, DateTime))
	}
	for _, s := range []string{"12:34:56", "-12:34:56.789", "838:59:59", "-838:59:59", "900:00:00", "1 02:03:04", "12:60:00", "123456", "11:12", "5", "00:00:00"} {
		out = append(out, stringValue(s, Time))
	}
	out = append(out, Value{"DATE'2024-02-29'", nil, Date}, Value{"DATE'1999-12-31'", nil, Date},
		Value{"TIME'12:34:56'", nil, Time}, Value{"TIME'-01:02:03.456'", nil, Time},
		Value{"TIMESTAMP'2024-12-31 23:59:59.999999'", nil, DateTime}, Value{"TIMESTAMP'2024-01-06 12:34:56'", nil, DateTime},
		// X'00FF' would be text for MariaDB where MySQL has a number
		Value{"0x00FF", nil, Bytes}, Value{"0x414243", nil, Bytes}, Value{"b'1010'", nil, Bytes}, Value{"0x7F", nil, Bytes})
	for _, s := range []string{`{"a": 1}`, `[1, 2, "x", null]`, `{"a": [1, {"b": 2.5}], "k": "v"}`, `"str"`, `null`, `true`, `12`, `-1.5`, `[]`, `{}`, `{"a": 1`, `[1,,2]`} {
		out = append(out, stringValue(s, JSON))
	}
	for _, s := range []string{"$", "$.a", "$[0]", "$.a[1].b", "$[1]", "$.x", "$.k", "$[last]"} {
		out = append(out, stringValue(s, Path))
	}
	for _, s := range []string{"1.2.3.4", "255.255.255.255", "1.2", "::1", "::ffff:1.2.3.4", "1.2.3.400", "fe80::1:2"} {
		addresses = append(addresses, stringValue(s, Address))
	}
	for _, s := range []string{"%", "a%", "%b", "_", "a_c", "ab", "%B%", "|%", "_%_", "1%"} {
		out = append(out, stringValue(s, Pattern))
	}
	for _, s := range []string{"%Y-%m-%d", "%Y-%m-%d %H:%i:%s", "%H:%i:%s.%f", "%W %M %e %D", "%a %b %c %y %j", "%U %u %V %v %X %x", "%h %I %k %l %p %r %T", "%%%w%Z", "%d.%m.%Y"} {
		out = append(out, stringValue(s, Format))
	}
	return out
}()

// typical are the values of each kind that stand beside an edge.
var typical = func() map[Kind][]Value {
	m := map[Kind][]Value{}
	for _, v := range edges {
		m[v.Kind] = append(m[v.Kind], v)
	}
	for _, i := range []int64{0, 1, 2, 3, -1, 5, 10, 16} {
		m[Small] = append(m[Small], intValue(i))
	}
	m[Number] = append(m[Number], m[Integer]...)
	m[Truth] = append(m[Truth], intValue(0), intValue(1), intValue(2), Value{"NULL", nil, Truth})
	m[DateTime] = append(m[DateTime], m[Date][:2]...)
	m[Any] = edges
	m[Address] = addresses
	return m
}()
