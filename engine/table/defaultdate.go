package table

import (
	"fmt"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// The literal that a TIMESTAMP column has as its default is read on the clock of the session
// that defines the column; from then on it is that moment, for whichever session uses it. The
// record keeps it with its offset, in a form that the library reads as well.

const keptMoment = "2006-01-02T15:04:05.999999+00:00"

// dateDefault looks at the default of a column with dates that a statement defines: a literal that
// the column could not be given under the session's sql_mode is refused. kept is how the record
// keeps that of a TIMESTAMP; it is empty where the literal stays as it is.
func dateDefault(ctx *sql.Context, c *sql.Column) (kept string, err error) {
	to, ok := ValueType(c.Type, true)
	if !ok || !to.HasDate() || c.Default == nil || !c.Default.IsLiteral() {
		return "", nil
	}
	v, err := c.Default.Expr.Eval(ctx, nil)
	if err != nil || v == nil {
		return "", err
	}
	given, from := value.Null, value.Type{Kind: value.TypeVarChar}
	if text, ok := v.(string); ok {
		given = value.String(text)
	} else if n, inRange, err := types.Int64.Convert(ctx, v); err == nil && inRange == sql.InRange {
		given, from = value.Int(n.(int64)), value.BigInt
	}
	env := value.Env{Mode: modeOf(ctx) | value.ModeStrict, Writing: true, Location: zoneOf(ctx), Now: ctx.QueryTime()}
	clock, err := value.Store(&env, given, &from, &to, value.Place{Column: c.Name, Row: 1})
	if err != nil {
		return "", sqlerr.InvalidDefault.Errorf("Invalid default value for '%s'", c.Name)
	}
	if to.Kind != value.TypeTimestamp || clock.IsNull() || clock.DateTime() == 0 || isKept(v) {
		return "", nil
	}
	utc, _ := env.ToUTC(clock.DateTime())
	t, ok := utc.Time(time.UTC)
	if !ok {
		return "", nil
	}
	return t.Format(keptMoment), nil
}

// literalFits refuses a literal default that a number or a short text could not be given: one out of range, of letters, or
// too long. What the library takes the rest for, it looks at itself.
func literalFits(ctx *sql.Context, c *sql.Column) error {
	to, ok := ValueType(c.Type, true)
	if !ok || c.Default == nil || !c.Default.IsLiteral() {
		return nil
	}
	if !to.IsNumber() && to.Kind != value.TypeChar && to.Kind != value.TypeVarChar || to.Kind == value.TypeBit {
		return nil
	}
	v, err := c.Default.Expr.Eval(ctx, nil)
	if err != nil || v == nil {
		return nil
	}
	text := ""
	switch v := v.(type) {
	case string:
		text = v
	case decimal.Decimal:
		text = v.String()
	case int8, int16, int32, int64, int, uint8, uint16, uint32, uint64, uint:
		text = fmt.Sprint(v)
	default:
		return nil
	}
	env := value.Env{Mode: modeOf(ctx) | value.ModeStrict, Writing: true, Location: zoneOf(ctx), Now: ctx.QueryTime()}
	from := value.Type{Kind: value.TypeVarChar, Collation: value.DefaultCollation}
	if _, err := value.Store(&env, value.String(text), &from, &to, value.Place{Column: c.Name, Row: 1}); err != nil {
		return sqlerr.InvalidDefault.Errorf("Invalid default value for '%s'", c.Name)
	}
	return nil
}

func modeOf(ctx *sql.Context) value.Mode {
	v, err := ctx.GetSessionVariable(ctx, "sql_mode")
	words, ok := v.(string)
	if err != nil || !ok {
		return value.DefaultMode
	}
	return value.ModeOf(words)
}

func isKept(literal any) bool {
	text, ok := literal.(string)
	if !ok {
		return false
	}
	_, err := time.Parse(keptMoment, text)
	return err == nil
}

// ShownMoment is the default of a TIMESTAMP column as a session with this time zone sees it; false
// for a literal that is no kept moment.
func ShownMoment(t sql.Type, literal string, zone *time.Location) (string, bool) {
	of, ok := ValueType(t, true)
	if !ok || of.Kind != value.TypeTimestamp {
		return "", false
	}
	moment, err := time.Parse(keptMoment, literal)
	if err != nil {
		return "", false
	}
	packed, err := codec.DateTimeOf(moment)
	if err != nil {
		return "", false
	}
	clock, ok := value.FromUTC(packed, zone)
	return string(value.AppendText(nil, value.DateTime(clock), &of)), ok
}

// shownMoment is that of a column whose record this is.
func (d *Described) shownMoment(c *catalog.Column, t sql.Type, zone *time.Location) {
	if c.Default != nil && c.DefaultLiteral {
		d.Default, d.HasDefault = ShownMoment(t, strings.Trim(*c.Default, "'"), zone)
	}
}

// AsStored is the literal default of a DECIMAL or a time as the column keeps it, with all its digits; false for what stays as it
// is written.
func AsStored(literal string, of *value.Type) (string, bool) {
	switch of.Kind {
	case value.TypeDecimal, value.TypeDate, value.TypeDateTime, value.TypeTime:
	default:
		return "", false
	}
	env := value.Env{Location: time.UTC}
	from := value.Type{Kind: value.TypeVarChar, Collation: value.DefaultCollation}
	v, err := value.Store(&env, value.String(literal), &from, of, value.Place{})
	if err != nil || v.IsNull() {
		return "", false
	}
	return string(value.AppendText(nil, v, of)), true
}
