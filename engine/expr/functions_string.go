package expr

import (
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/value"
)

// stringFunctions work on texts. Positions and lengths are characters, of binary
// strings bytes.
var stringFunctions = []Function{
	{Name: "length", Aliases: []string{"octet_length"}, Min: 1, Max: 1, Args: []Arg{Text}, Result: returns(value.BigInt), Eval: evalLength, About: "length in bytes"},
	{Name: "char_length", Aliases: []string{"character_length"}, Min: 1, Max: 1, Args: []Arg{Text}, Result: returns(value.BigInt), Eval: evalCharLength, About: "length in characters"},
	{Name: "concat", Min: 1, Max: -1, Args: []Arg{Text}, Grows: true, Result: returnsText(sumOfLengths), Eval: evalConcat, About: "the arguments one behind the other"},
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

func evalCharLength(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
	if f.Mixed.Binary() {
		return value.Int(int64(len(a[0].Bytes()))), nil
	}
	return value.Int(int64(utf8.RuneCount(a[0].Bytes()))), nil
}

func evalConcat(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	n := 0
	for i := range a {
		n += len(a[i].Bytes())
	}
	if large, err := c.TooLarge(f.Function.Name, n); large || err != nil {
		return value.Null, err
	}
	out := make([]byte, 0, n)
	for i := range a {
		out = append(out, a[i].Bytes()...)
	}
	return value.Bytes(out), nil
}
