package expr

import (
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// UserVariable is @name. Its type is the one that the variable had when the
// statement was planned; a value of another type is converted to it.
type UserVariable struct {
	Name string
	of   value.Type
}

// UserVariable is @name, of the type that it has now.
func (b *Builder) UserVariable(name string) Expr {
	e := &UserVariable{Name: name, of: value.Text(b.Env.Collation(), 0)}
	e.of.Kind, e.of.Coercibility = value.TypeLongText, value.Implicit
	if b.Env.Session != nil {
		if v, t := b.Env.Session.UserVariable(name); !v.IsNull() {
			if e.of = t; t.Result() == value.ResultInt {
				e.of = variableType(&t)
			}
		}
	}
	e.of.Nullable, e.of.Quiet = true, true
	return e
}

func (e *UserVariable) Type() *value.Type { return &e.of }
func (e *UserVariable) String() string    { return "@" + e.Name }
func (e *UserVariable) volatile() bool    { return true }

// Eval gives what the variable has now.
func (e *UserVariable) Eval(c *Ctx, _ Row) (value.Value, error) {
	s, err := c.session()
	if err != nil {
		return value.Null, err
	}
	v, t := s.UserVariable(e.Name)
	if v.IsNull() {
		return value.Null, nil
	}
	t.Quiet = true
	return value.Adapt(c.Env, v, &t, &e.of)
}

// SetVariable is @name := expression, whose value it has.
type SetVariable struct {
	Name string
	Arg  Expr
	of   value.Type
}

// SetVariable is @name := e.
func (b *Builder) SetVariable(name string, e Expr) (Expr, error) {
	if isRow(e) {
		return nil, oneColumn(1)
	}
	return &SetVariable{name, e, variableType(e.Type())}, nil
}

// variableType is what a user variable keeps: integers, decimals, doubles, texts.
func variableType(t *value.Type) value.Type {
	out := *t
	switch t.Result() {
	case value.ResultInt:
		out = value.BigInt
		if unsigned(t) {
			out = value.BigUint
		}
	case value.ResultDouble:
		out = value.DoubleType
	case value.ResultTemporal, value.ResultJSON:
		out = value.Text(value.DefaultCollation, textLength(t))
	case value.ResultString:
		if t.Kind == value.TypeEnum || t.Kind == value.TypeSet {
			out = value.Text(t.Collation, textLength(t))
		}
	}
	out.Nullable, out.Coercibility, out.Hex, out.Quiet = t.Nullable, value.Implicit, false, true
	return out
}

func (e *SetVariable) Type() *value.Type  { return &e.of }
func (e *SetVariable) String() string     { return "(@" + e.Name + ":=" + e.Arg.String() + ")" }
func (e *SetVariable) volatile() bool     { return true }
func (e *SetVariable) children() []Expr   { return []Expr{e.Arg} }
func (e *SetVariable) with(c []Expr) Expr { return &SetVariable{e.Name, c[0], e.of} }

// Eval sets the variable at once: what is computed later in the row sees it.
func (e *SetVariable) Eval(c *Ctx, row Row) (value.Value, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil {
		return value.Null, err
	}
	if v, err = value.Adapt(c.Env, v, e.Arg.Type(), &e.of); err != nil {
		return value.Null, err
	}
	s, err := c.session()
	if err != nil {
		return value.Null, err
	}
	return v, s.SetUserVariable(e.Name, v, e.of)
}

// SystemVariable is @@name. It is read while planning: a statement sees one value.
func (b *Builder) SystemVariable(name string, global bool) (Expr, error) {
	if b.Env.Session == nil {
		return nil, sqlerr.UnknownSystemVariable.Errorf("Unknown system variable '%s'", name)
	}
	v, t, err := b.Env.Session.SystemVariable(name, global)
	if err != nil {
		return nil, err
	}
	c := NewConst(v, t)
	c.Text = "@@" + name
	return c, nil
}
