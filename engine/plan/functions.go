package plan

import (
	"cmp"
	"encoding/hex"
	"math/big"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// function converts a call of a function by its name.
func (c *converter) function(s *scope, e sql.Expression) (expr.Expr, error) {
	switch e := e.(type) {
	case *function.Trim:
		names := map[string]string{ast.Leading: "trim leading", ast.Trailing: "trim trailing", ast.Both: "trim"}
		return c.call(s, names[hidden(e, "dir").String()], e.Children()...)
	case *function.DateAdd:
		return c.shifted(s, "date_add", e.Date, e.Interval)
	case *function.DateSub:
		return c.shifted(s, "date_sub", e.Date, e.Interval)
	case *function.TimestampDiff:
		return c.call(s, "timestampdiff", e.Children()...)
	case sql.FunctionExpression:
		name := strings.ToLower(e.FunctionName())
		if name == grammar.DefaultName && c.leaf == nil {
			return c.defaultOf(s, e.Children()[0])
		}
		if named, ok := sameName[name]; ok {
			name = named
		}
		if functions.Lookup(name) == nil {
			return nil, unconverted("function %s", name)
		}
		return c.call(s, name, e.Children()...)
	}
	return nil, unconverted("expression %T", e)
}

// defaultOf is the constant that a column of a table has for its default.
func (c *converter) defaultOf(s *scope, e sql.Expression) (expr.Expr, error) {
	field, ok := e.(*expression.GetField)
	if !ok { // what a view computes
		return nil, noDefault(e.String())
	}
	col := named(s, field)
	if col == nil {
		return nil, unconverted("DEFAULT of a column that is not found")
	}
	of := cmp.Or(col.origin.Column, col.usual)
	if of == nil || of.Default == nil && !of.Nullable {
		return nil, noDefault(field.Name())
	}
	text, null, err := usualText(of.Default)
	if err != nil {
		return nil, err
	}
	if null {
		return expr.NewConst(value.Null, col.typ), nil
	}
	if col.typ.Members != nil {
		from := value.Text(value.DefaultCollation, len([]rune(text)))
		v, err := value.Store(c.b.Env, value.String(text), &from, &col.typ, value.Place{Column: field.Name(), Row: 1})
		if err != nil {
			return nil, err
		}
		return expr.NewConst(v, col.typ), nil
	}
	if col.typ.IsBinary() {
		return c.b.As(expr.TextLiteral(text, value.BinaryCollation), col.typ)
	}
	return c.b.As(expr.TextLiteral(text, nil), col.typ)
}

// usualText is a default that is a constant, as a text.
func usualText(d *sql.ColumnDefaultValue) (text string, null bool, err error) {
	if d == nil || strings.EqualFold(d.Expr.String(), "NULL") {
		return "", true, nil
	}
	text = d.Expr.String()
	if b, ok := hexBytes(text); ok {
		if !types.IsNumber(d.OutType) {
			return string(b), false, nil
		}
		text = new(big.Int).SetBytes(b).String()
	}
	switch {
	case text[0] == '\'':
		text = lex.Value(text, lex.Token{Kind: lex.String, End: len(text)}, lex.Mode{})
	case strings.IndexByte("+-.0123456789", text[0]) < 0:
		return "", false, sqlerr.DefaultAsExpression.Errorf("DEFAULT function cannot be used with default value expressions")
	}
	return text, false, nil
}

// hexBytes are those of a default that is written as 0x41 or x'41', as those of BINARY columns are.
func hexBytes(text string) ([]byte, bool) {
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok {
		if digits, ok = strings.CutPrefix(text, "x'"); ok {
			digits, ok = strings.CutSuffix(digits, "'")
		}
	}
	b, err := hex.DecodeString(digits)
	return b, ok && err == nil
}

// named finds the column of a scope, or of those around it, that a field means.
func named(s *scope, f *expression.GetField) *column {
	for {
		for i := range s.cols {
			if s.cols[i].is(f.Id(), f.Table(), f.Name()) {
				return &s.cols[i]
			}
		}
		if s.outer == nil {
			return nil
		}
		s = s.outer.scope
	}
}

func noDefault(column string) error {
	return sqlerr.NoDefaultForField.Errorf("Field '%s' doesn't have a default value", column)
}

// sameName are functions that the library calls otherwise than SQL does.
var sameName = map[string]string{"datetime": "timestamp"}

// shifted is a date moved by an interval.
func (c *converter) shifted(s *scope, name string, date sql.Expression, by *expression.Interval) (expr.Expr, error) {
	d, err := c.expr(s, date)
	if err != nil {
		return nil, err
	}
	n, err := c.expr(s, by.Child)
	if err != nil {
		return nil, err
	}
	return c.made(name, d, n, expr.TextLiteral(strings.ToLower(by.Unit), nil))
}

// withInterval is date + INTERVAL …, the other way round, and date - INTERVAL ….
func (c *converter) withInterval(s *scope, e *expression.Arithmetic) (x expr.Expr, is bool, err error) {
	date, by := e.LeftChild, e.RightChild
	i, is := by.(*expression.Interval)
	if !is {
		if i, is = date.(*expression.Interval); !is {
			return nil, false, nil
		}
		date = by
	}
	name := "date_add"
	if e.Op == "-" {
		name = "date_sub"
	}
	x, err = c.shifted(s, name, date, i)
	return x, true, err
}
