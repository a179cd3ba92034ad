package sqlerr_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"regexp"
	"strconv"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Each constant of table.go stands in it once and has a SQLSTATE of its own half.
func TestEveryCodeHasAState(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "table.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	state := regexp.MustCompile(`^[0-9A-Z]{5}$`)
	names := map[int]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name == "states" {
			return true
		}
		number, err := strconv.Atoi(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		name, code := spec.Names[0].Name, sqlerr.Code(number)
		if names[number] != "" {
			t.Errorf("%d is both %s and %s", number, names[number], name)
		}
		names[number] = name
		if !code.Known() || !state.MatchString(code.State()) {
			t.Errorf("%s (%d) has the SQLSTATE %q", name, number, code.State())
		}
		return true
	})
	if len(names) < 100 {
		t.Errorf("%d constants found in table.go", len(names))
	}
}

func TestErrorKeepsItsCauseAndHint(t *testing.T) {
	e := sqlerr.NoSuchTable.Errorf("Table '%s' doesn't exist: %w", "t", io.EOF).WithHint("look in %s", "d")
	if e.State != "42S02" || e.Hint != "look in d" || !errors.Is(e, io.EOF) {
		t.Errorf("got %+v", e)
	}
	if found := sqlerr.From(fmt.Errorf("read: %w", e)); found != e {
		t.Errorf("From found %v", found)
	}
	internal := sqlerr.From(io.ErrUnexpectedEOF)
	if internal.Number != 1105 || internal.Message != "internal error" || !errors.Is(internal, io.ErrUnexpectedEOF) {
		t.Errorf("an error without a number became %+v", internal)
	}
}

func TestLibrary(t *testing.T) {
	for _, c := range []struct {
		number      int
		state, want string
	}{
		{1213, "HY000", "40001"}, // the table knows better
		{1999, "77777", "77777"},
		{1999, "", "HY000"},
		{1999, "7", "HY000"},
	} {
		if got := sqlerr.Library(c.number, c.state, "x"); got.State != c.want || int(got.Number) != c.number {
			t.Errorf("Library(%d, %q) = %+v, want state %s", c.number, c.state, got, c.want)
		}
	}
}
