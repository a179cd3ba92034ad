package documents

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// handler is what JSON_VALUE does ON EMPTY or ON ERROR.
type handler struct {
	fails bool
	value value.Value // of the type that is returned
}

// returning is JSON_VALUE with its clauses.
type returning struct {
	paths paths
	of    value.Type
	empty handler
	wrong handler
}

// buildValue takes the clauses as package lex writes them: pairs of a name and a value
// behind the path.
func buildValue(b *expr.Builder, args []expr.Expr) (expr.Expr, error) {
	if len(args)%2 != 0 {
		return nil, sqlerr.WrongParamCountToNativeFunction.Errorf("Incorrect parameter count in the call to native function 'JSON_VALUE'")
	}
	r := &returning{of: value.Text(value.CollationNamed("utf8mb4_bin"), valueLength)}
	defaults := map[string]expr.Expr{}
	for i := 2; i < len(args); i += 2 {
		name, ok := constText(args[i])
		if !ok {
			return nil, sqlerr.WrongParamCountToNativeFunction.Errorf("Incorrect parameter count in the call to native function 'JSON_VALUE'")
		}
		text, _ := constText(args[i+1])
		switch name {
		case "RETURNING":
			t, known := returnedType(b.Env, text)
			if !known {
				return nil, sqlerr.Syntax.Errorf("You have an error in your SQL syntax: RETURNING %s", text)
			}
			r.of = t
		case "ON EMPTY:":
			r.empty.fails = text == "ERROR"
		case "ON ERROR:":
			r.wrong.fails = text == "ERROR"
		default:
			defaults[name] = args[i+1]
		}
	}
	r.of.Nullable = true
	for name, e := range defaults {
		v, err := constant(b, e, &r.of)
		if err != nil {
			return nil, err
		}
		if name == "ON EMPTY" {
			r.empty.value = v
		} else {
			r.wrong.value = v
		}
	}
	f := *valueOfPath
	f.Result = expr.Returns(r.of)
	f.Prepare = func(call *expr.Call) (any, error) {
		p, err := parsePaths(call)
		if err == nil {
			r.paths = p.(paths)
		}
		return p, err
	}
	f.Eval = r.eval
	return b.CallOf(&f, args[:2]...)
}

// valueOfPath is the call that remains of JSON_VALUE.
var valueOfPath = &expr.Function{Name: "json_value", Min: 2, Max: 2, Args: withPath, Text: expr.Fixed}

func constText(e expr.Expr) (string, bool) {
	c, ok := expr.ConstOf(e)
	if !ok || c.Val.Class() != value.ClassString {
		return "", false
	}
	return c.Val.Text(), true
}

// constant is the value of DEFAULT, of the type that is returned.
func constant(b *expr.Builder, e expr.Expr, of *value.Type) (value.Value, error) {
	c, ok := expr.ConstOf(e)
	if !ok {
		return value.Null, sqlerr.Syntax.Errorf("You have an error in your SQL syntax: DEFAULT of JSON_VALUE takes a literal")
	}
	return value.Cast(b.Env, c.Val, &c.Of, of, of.Length > 0, value.Name("json_value"))
}

// returnedType reads the type after RETURNING.
func returnedType(e *value.Env, text string) (t value.Type, ok bool) {
	word, rest, _ := strings.Cut(strings.ToUpper(text), "(")
	first, set, _ := strings.Cut(strings.TrimSpace(word), " ")
	var numbers []int
	inner, _, _ := strings.Cut(rest, ")")
	for n := range strings.SplitSeq(inner, ",") {
		if i, err := strconv.Atoi(strings.TrimSpace(n)); err == nil {
			numbers = append(numbers, i)
		}
	}
	number := func(i, otherwise int) int {
		if i < len(numbers) {
			return numbers[i]
		}
		return otherwise
	}
	switch first {
	case "SIGNED":
		return value.BigInt, true
	case "UNSIGNED":
		return value.BigUint, true
	case "DOUBLE", "REAL":
		return value.DoubleType, true
	case "FLOAT":
		t = value.DoubleType
		t.Kind, t.Length = value.TypeFloat, 12
		return t, true
	case "DECIMAL":
		return value.DecimalOf(number(0, 10), number(1, 0)), number(0, 10) <= 65 && number(1, 0) <= 30
	case "DATE":
		return value.DateOfDay, true
	case "TIME":
		return value.TimeOf(number(0, 0)), number(0, 0) <= value.MaxFsp
	case "DATETIME":
		return value.DateTimeOf(number(0, 0)), number(0, 0) <= value.MaxFsp
	case "YEAR":
		return value.Type{Kind: value.TypeYear, Unsigned: true, Length: 4, Coercibility: value.Numeric, ASCII: true}, true
	case "JSON":
		return value.JSONType, true
	case "CHAR":
		return value.Text(e.Collation(), number(0, valueLength)), set == "" || strings.HasPrefix(set, "CHARACTER SET") || strings.HasPrefix(set, "CHARSET")
	case "BINARY":
		return value.BytesOf(number(0, valueLength)), true
	}
	return t, false
}

func (r *returning) eval(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	p, err := pathOf(c, f, 1, a[1], true)
	if err != nil {
		return value.Null, err
	}
	found, err := seek(c, a[0].JSON(), p)
	if err != nil {
		return value.Null, err
	}
	if len(found) == 0 {
		if r.empty.fails {
			return value.Null, sqlerr.MissingJSONValue.Errorf("No value was found by '%s' on the specified path.", "json_value")
		}
		return r.empty.value, nil
	}
	if len(found) > 1 {
		return r.failed(sqlerr.MultipleJSONValues.Errorf("More than one value was found by '%s' on the specified path.", "json_value"))
	}
	return r.convert(c, found[0])
}

func (r *returning) failed(err error) (value.Value, error) {
	if r.wrong.fails {
		return value.Null, err
	}
	return r.wrong.value, nil
}

// convert makes a value of the type that is returned of what was found. A conversion that
// warns is an error.
func (r *returning) convert(c *expr.Ctx, j *value.JSON) (value.Value, error) {
	bad := sqlerr.InvalidJSONValueForCast.Errorf("Invalid JSON value for CAST to %s from column %s at row %d", strings.ToUpper(r.of.String()), "json_value", 1)
	if r.of.Kind == value.TypeJSON {
		return value.Document(j), nil
	}
	if j.Kind == value.JSONNull {
		return value.Null, nil
	}
	if !scalar(j) {
		return r.failed(bad)
	}
	if r.of.IsString() {
		text := j.Unquoted()
		if !r.of.IsBinary() && utf8.RuneCount(text) > int(r.of.Length) || len(text) > 4*int(r.of.Length) {
			return r.failed(sqlerr.DataTooLong.Errorf("Data too long for column '%s' at row %d", "json_value", 1))
		}
		return value.Bytes(text), nil
	}
	env := *c.Env
	quiet := true
	env.Listen = func(value.Warning) { quiet = false }
	v, err := value.Cast(&env, value.Document(j), &value.JSONType, &r.of, r.of.Kind == value.TypeDecimal, value.Name("json_value"))
	if err != nil || !quiet {
		return r.failed(bad)
	}
	return v, nil
}
