package expr_test

import (
	"errors"
	"testing"

	. "github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/value"
)

func text(s string) Expr { return TextLiteral(s, value.DefaultCollation) }

// must makes a call or ends the test.
func must(t *testing.T, name string, args ...Expr) Expr {
	t.Helper()
	e, err := functions.NewBuilder(&value.Env{Mode: value.DefaultMode}).Call(name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func show(t *testing.T, e Expr) string {
	t.Helper()
	v, err := e.Eval(NewCtx(&value.Env{Mode: value.DefaultMode}), nil)
	var bad *value.Error
	switch {
	case errors.As(err, &bad):
		return bad.Message
	case err != nil:
		t.Fatal(err)
	case v.IsNull():
		return "NULL"
	}
	return string(value.AppendText(nil, v, e.Type()))
}

func TestCalls(t *testing.T) {
	for want, e := range map[string]Expr{
		"3":      must(t, "+", IntLiteral(1), IntLiteral(2)),
		"1":      must(t, "=", text("1q"), IntLiteral(1)),
		"abc":    must(t, "CONCAT", text("a"), text("bc")),
		"2024":   must(t, "year", text("2024-01-06")),
		"NULL":   must(t, "concat", text("a"), NullLiteral()),
		"0.3333": must(t, "/", IntLiteral(1), IntLiteral(3)),
		"BIGINT value is out of range in '(9223372036854775807 + 1)'": must(t, "+", IntLiteral(1<<63-1), IntLiteral(1)),
		"x": must(t, "coalesce", NullLiteral(), text("x")),
	} {
		if got := show(t, e); got != want {
			t.Errorf("%s is %s, want %s", e, got, want)
		}
	}
}

func TestWrongCalls(t *testing.T) {
	for number, f := range map[int]func() (Expr, error){
		1305: func() (Expr, error) { return NewCall("nosuch") },
		1582: func() (Expr, error) { return NewCall("length") },
		1241: func() (Expr, error) { return NewCall("=", &Tuple{[]Expr{text("a"), text("b")}}, IntLiteral(1)) },
	} {
		_, err := f()
		var bad *value.Error
		if !errors.As(err, &bad) || int(bad.Number) != number {
			t.Errorf("%v, want %d", err, number)
		}
	}
}
