package plan

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// maxMadeText bounds, in bytes, the text that one call makes of a short one, as
// max_allowed_packet does in MySQL. One REPEAT could take all memory otherwise.
const maxMadeText = 64 << 20

// longTextFunctions take the place of the library's, which know no bound. They
// count bytes, as those do.
var longTextFunctions = map[string]sql.Function{
	"repeat": longText("repeat", 2, makeRepeat),
	"space":  longText("space", 1, makeSpace),
	"lpad":   longText("lpad", 3, makeLeftPad),
	"rpad":   longText("rpad", 3, makeRightPad),
}

// Function finds a function of ours; it is asked before the library.
func Function(name string) (sql.Function, bool) {
	name = strings.ToLower(name)
	if f, ok := collectionTexts[name]; ok {
		return f, true
	}
	if f, ok := longTextFunctions[name]; ok {
		return f, true
	}
	f, ok := bridged()[name]
	return f, ok
}

func longText(name string, arity int, make func(*sql.Context, []any) (any, error)) sql.Function {
	return sql.FunctionN{Name: name, Fn: func(args ...sql.Expression) (sql.Expression, error) {
		if len(args) != arity {
			return nil, sql.ErrInvalidArgumentNumber.New(strings.ToUpper(name), arity, len(args))
		}
		return &longTextCall{Call{name, args}, make}, nil
	}}
}

// longTextCall is NULL where an argument is NULL.
type longTextCall struct {
	Call
	make func(ctx *sql.Context, args []any) (any, error)
}

var (
	_ sql.FunctionExpression = (*longTextCall)(nil)
	_ sql.CollationCoercible = (*longTextCall)(nil)
)

func (f *longTextCall) Description() string { return "makes a text of a given length" }
func (f *longTextCall) Type() sql.Type      { return types.LongText }

// CollationCoercibility is that of the texts among the arguments.
func (f *longTextCall) CollationCoercibility(ctx *sql.Context) (sql.CollationID, byte) {
	if f.Name == "space" {
		return sql.Collation_binary, 5
	}
	collation, coercibility := sql.GetCoercibility(ctx, f.Args[0])
	other, otherCoercibility := sql.GetCoercibility(ctx, f.Args[len(f.Args)-1])
	return sql.ResolveCoercibility(collation, coercibility, other, otherCoercibility)
}

func (f *longTextCall) WithChildren(args ...sql.Expression) (sql.Expression, error) {
	if len(args) != len(f.Args) {
		return nil, sql.ErrInvalidChildrenNumber.New(f, len(args), len(f.Args))
	}
	return &longTextCall{Call{f.Name, args}, f.make}, nil
}

func (f *longTextCall) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	args := make([]any, len(f.Args))
	for i, a := range f.Args {
		v, err := a.Eval(ctx, row)
		if err != nil || v == nil {
			return nil, err
		}
		args[i] = v
	}
	return f.make(ctx, args)
}

func makeRepeat(ctx *sql.Context, args []any) (any, error) {
	text, err := textOf(ctx, args[0])
	if err != nil {
		return nil, err
	}
	v, _, err := types.Int32.Convert(ctx, args[1])
	if err != nil {
		return nil, err
	}
	count := v.(int32)
	if count < 0 {
		return nil, function.ErrNegativeRepeatCount.New(count)
	}
	if int64(len(text))*int64(count) > maxMadeText {
		return tooLong(ctx, "repeat"), nil
	}
	return strings.Repeat(text, int(count)), nil
}

func makeSpace(ctx *sql.Context, args []any) (any, error) {
	v, _, err := types.Int64.Convert(ctx, args[0])
	if err != nil {
		ctx.Warn(int(sqlerr.TruncatedWrongValue), "Truncated incorrect INTEGER value: '%v'", args[0])
		v = int64(0)
	}
	count := max(v.(int64), 0)
	if count > maxMadeText {
		return tooLong(ctx, "space"), nil
	}
	return strings.Repeat(" ", int(count)), nil
}

func makeLeftPad(ctx *sql.Context, args []any) (any, error) {
	text, fill, long, err := pad(ctx, args)
	if err != nil {
		return nil, err
	}
	if long {
		return tooLong(ctx, "lpad"), nil
	}
	return fill + text, nil
}

func makeRightPad(ctx *sql.Context, args []any) (any, error) {
	text, fill, long, err := pad(ctx, args)
	if err != nil {
		return nil, err
	}
	if long {
		return tooLong(ctx, "rpad"), nil
	}
	return text + fill, nil
}

// pad returns the text, cut to the length asked for, and what fills it up to
// that. A text that is too short with nothing to fill it is empty.
func pad(ctx *sql.Context, args []any) (text, fill string, long bool, err error) {
	if text, err = textOf(ctx, args[0]); err != nil {
		return "", "", false, err
	}
	v, _, err := types.Int64.Convert(ctx, args[1])
	if err != nil {
		return "", "", false, err
	}
	with, err := textOf(ctx, args[2])
	if err != nil {
		return "", "", false, err
	}
	length := v.(int64)
	missing := int(length - int64(len(text)))
	switch {
	case length <= 0:
		return "", "", false, nil
	case missing <= 0:
		return text[:length], "", false, nil
	case with == "":
		return "", "", false, nil
	case length > maxMadeText:
		return "", "", true, nil
	}
	return text, strings.Repeat(with, missing/len(with)) + with[:missing%len(with)], false, nil
}

func textOf(ctx *sql.Context, v any) (string, error) {
	v, _, err := types.LongText.Convert(ctx, v)
	if err != nil {
		return "", err
	}
	text, _, err := sql.Unwrap[string](ctx, v)
	return text, err
}

// tooLong is what MySQL says: NULL and a warning.
func tooLong(ctx *sql.Context, name string) any {
	ctx.Warn(int(sqlerr.WarnAllowedPacketOverflowed), "Result of %s() was larger than max_allowed_packet (%d) - truncated", name, maxMadeText)
	return nil
}
