package state

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/engine/variable"
)

// modeType is the type of sql_mode: a set of words in MySQL's order, of which some bring others
// with them.
type modeType struct {
	sql.SetType
	system sql.SystemVariableType
}

var _ sql.SystemVariableType = modeType{}

// ModeType makes it.
func ModeType() sql.SystemVariableType {
	system := types.NewSystemSetType("sql_mode", sql.Collation_utf8mb4_0900_ai_ci, variable.ModeBits()...)
	return modeType{system.(sql.SetType), system}
}

// Convert implements sql.Type: error 1231 for what is no mode. The library converts a constant when
// it binds SET, and what is left out is not in the value that comes later: so it is told here.
func (t modeType) Convert(ctx context.Context, v any) (any, sql.ConvertInRange, error) {
	text, err := t.words(ctx, v)
	if err != nil {
		return nil, sql.OutOfRange, err
	}
	spelled, unknown := variable.SpellModes(text)
	if unknown != "" {
		return nil, sql.OutOfRange, notAMode(unknown)
	}
	if sctx, ok := ctx.(*sql.Context); ok && sctx.Session != nil {
		for _, word := range variable.LeftOutModes(text) {
			noteOnce(sctx, "the mode "+word+" of sql_mode is left out")
		}
	}
	return t.SetType.Convert(ctx, spelled)
}

// noteOnce notes what may be found twice in one statement.
func noteOnce(ctx *sql.Context, message string) {
	for _, w := range ctx.Session.Warnings() {
		if w.Message == message {
			return
		}
	}
	ctx.Session.Warn(&sql.Warning{Level: "Note", Code: int(sqlerr.NotSupportedYet), Message: message})
}

// words are those of a text or a number.
func (t modeType) words(ctx context.Context, v any) (string, error) {
	if text, ok := v.(string); ok {
		return text, nil
	}
	bits, _, err := t.system.Convert(ctx, v)
	number, isNumber := bits.(uint64)
	if err != nil || !isNumber {
		return "", notAMode(v)
	}
	text, err := t.BitsToString(number)
	if err != nil {
		return "", notAMode(v)
	}
	return text, nil
}

func (t modeType) EncodeValue(v any) (string, error) { return t.system.EncodeValue(v) }
func (t modeType) DecodeValue(v string) (any, error) { return t.system.DecodeValue(v) }
func (t modeType) UnderlyingType() sql.Type          { return t.system.UnderlyingType() }

func notAMode(v any) error {
	if v == nil {
		v = "NULL"
	}
	return sqlerr.WrongValueForVar.Errorf("Variable 'sql_mode' can't be set to the value of '%v'", v)
}

// SpellMode writes a value that sql_mode gets as it is shown: MySQL's order, with the parts of
// the modes that are sums; see Convert. A whole number outside of its variable's bounds becomes the nearest one, with
// a warning. Values of other variables stay.
func SpellMode(ctx *sql.Context, name string, v any) (any, error) {
	if most, cut := variable.Cut(name, v); cut {
		if sql.LoadSqlMode(ctx).ModeEnabled("STRICT_ALL_TABLES") { // as in MySQL's throw_bounds_warning
			return nil, sqlerr.WrongValueForVar.Errorf("Variable '%s' can't be set to the value of '%v'", strings.ToLower(name), v)
		}
		ctx.Session.Warn(&sql.Warning{
			Level: "Warning", Code: int(sqlerr.TruncatedWrongValue), Message: fmt.Sprintf("Truncated incorrect %s value: '%v'", strings.ToLower(name), v),
		})
		return most, nil
	}
	if strings.EqualFold(name, timeNames) {
		return spellLocale(v)
	}
	if !strings.EqualFold(name, sql.SqlModeSessionVar) {
		return spellCharset(name, v)
	}
	of, _, _ := sql.SystemVariables.GetGlobal(name)
	t, ok := of.GetType().(modeType)
	if !ok {
		return v, nil
	}
	bits, _, err := t.Convert(ctx, v)
	if err != nil {
		return nil, err
	}
	number, _ := bits.(uint64)
	return t.BitsToString(number)
}

// spellLocale writes what lc_time_names gets, a name or a number, as the name that is shown.
func spellLocale(v any) (any, error) {
	if text, ok := v.(string); ok {
		spelled, _, _ := value.Locale(text)
		return spelled, nil
	}
	n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	if b, truth := v.(bool); truth {
		n, err = 0, nil
		if b {
			n = 1
		}
	}
	switch name, known := value.LocaleNumbered(n); {
	case v == nil:
		return nil, sqlerr.WrongValueForVar.Errorf("Variable '%s' can't be set to the value of 'NULL'", timeNames)
	case err != nil:
		return nil, sqlerr.WrongTypeForVar.Errorf("Incorrect argument type to variable '%s'", timeNames)
	case !known:
		return nil, sqlerr.UnknownLocale.Errorf("Unknown locale: '%d'", n)
	default:
		return name, nil
	}
}
