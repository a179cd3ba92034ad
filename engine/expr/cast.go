package expr

import (
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// CastKind says whether the length of a string type is one that was given.
type CastKind uint8

const (
	CastFull CastKind = iota // CHAR, BINARY and what has no length
	CastCut                  // CHAR(n), BINARY(n)
)

// conversion is CAST and CONVERT.
type conversion struct {
	arg Expr
	cut bool
	of  value.Type
}

// Cast is CAST(e AS t): t is SIGNED (value.BigInt), UNSIGNED (value.BigUint),
// DecimalOf, DoubleType, FLOAT, DateOfDay, TimeOf, DateTimeOf, YEAR, JSONType, Text of
// a collation for CHAR, BytesOf for BINARY.
func (b *Builder) Cast(e Expr, t value.Type, how CastKind) (Expr, error) {
	if isRow(e) {
		return nil, oneColumn(1)
	}
	from := e.Type()
	if p, ok := e.(*Param); ok {
		p.asked.note() // its warnings name it
	}
	if t.Kind == value.TypeDecimal && t.Scale > t.Precision {
		return nil, sqlerr.MBiggerThanD.Errorf("For float(M,D), double(M,D) or decimal(M,D), M must be >= D (column '%s').", "")
	}
	t.Nullable = from.Nullable || t.IsTemporal() || t.Kind == value.TypeYear || from.Kind == value.TypeJSON
	if t.IsString() {
		t.Coercibility = value.Implicit
		t.ASCII = from.ASCII && !from.IsBinary()
		if how == CastFull {
			n := textLength(from)
			full := value.Text(t.Collation, n)
			t.Kind, t.Length = full.Kind, full.Length
		}
		if b.Env.Has(value.ModeStrict) || !t.IsBinary() && (from.IsBinary() || from.Kind == value.TypeBit) {
			t.Nullable = true
		}
	}
	switch {
	case t.IsNumber():
		e = asNumber(e)
	case t.Kind == value.TypeTime:
		e = AsMoment(e, Time)
	case t.IsTemporal():
		e = AsMoment(e, DateTime)
	}
	return b.fold(&conversion{e, how == CastCut, t}, false), nil
}

// TemporalLiteral is DATE'…', TIME'…' and TIMESTAMP'…'; kind is in lower case. The
// error is 1525.
func (b *Builder) TemporalLiteral(kind, text string) (Expr, error) {
	v, t, err := value.TemporalLiteral(b.Env, kind, text)
	if err != nil {
		return nil, err
	}
	c := NewConst(v, t)
	c.Text = map[string]string{"date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP"}[kind] + "'" + text + "'"
	return c, nil
}

func (e *conversion) Type() *value.Type  { return &e.of }
func (e *conversion) children() []Expr   { return []Expr{e.arg} }
func (e *conversion) with(c []Expr) Expr { return &conversion{c[0], e.cut, e.of} }

func (e *conversion) String() string {
	return "cast(" + e.arg.String() + " as " + castTypeName(&e.of, e.cut) + ")"
}

func castTypeName(t *value.Type, cut bool) string {
	switch t.Kind {
	case value.TypeBigInt:
		if t.Unsigned {
			return "unsigned"
		}
		return "signed"
	case value.TypeVarChar, value.TypeMediumText, value.TypeLongText:
		name := "char"
		if t.IsBinary() {
			name = "binary"
		}
		if cut {
			name += "(" + IntLiteral(int64(t.Length)).String() + ")"
		}
		if !t.IsBinary() {
			name += " charset " + t.Collation.Charset
		}
		return name
	}
	return t.String()
}

// Named is its text, for an error.
func (e *conversion) Named() string { return Named(e) }

// Eval converts the argument.
func (e *conversion) Eval(c *Ctx, row Row) (value.Value, error) {
	v, err := e.arg.Eval(c, row)
	if err != nil {
		return value.Null, err
	}
	return value.Cast(c.Env, v, e.arg.Type(), &e.of, e.cut, e)
}
