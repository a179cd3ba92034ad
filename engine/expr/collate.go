package expr

import (
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// recoded is COLLATE and CONVERT … USING: the same text with another type.
type recoded struct {
	arg   Expr
	name  string
	using bool
	of    value.Type
}

func constText(e Expr) string {
	if c, ok := constOf(e); ok {
		return string(value.AppendText(nil, c.Val, &c.Of))
	}
	return ""
}

func buildCollate(b *Builder, args []Expr) (Expr, error) {
	name := constText(args[1])
	c := value.CollationNamed(name)
	if c == nil {
		return nil, sqlerr.UnknownCollation.Errorf("Unknown collation: '%s'", name)
	}
	from := asText(args[0].Type(), b.Env.Collation())
	charset := value.BinaryCollation.Charset
	if from.Collation != nil {
		charset = from.Collation.Charset
	}
	if c.Charset != charset && from.Kind != value.TypeNull {
		return nil, sqlerr.CollationCharsetMismatch.Errorf("COLLATION '%s' is not valid for CHARACTER SET '%s'", c.Name, charset)
	}
	t := value.Text(c, textLength(args[0].Type()))
	t.Coercibility, t.Nullable, t.ASCII = value.Explicit, from.Nullable, from.ASCII
	return b.fold(&recoded{arg: args[0], name: c.Name, of: t}, false), nil
}

// buildUnder is the expression: whoever made it has read it under the collation.
func buildUnder(_ *Builder, args []Expr) (Expr, error) { return args[1], nil }

func buildConvertUsing(b *Builder, args []Expr) (Expr, error) {
	name := constText(args[1])
	c := value.CharsetNamed(name)
	if c == nil {
		return nil, sqlerr.UnknownCharacterSet.Errorf("Unknown character set: '%s'", name)
	}
	t := value.Text(c, textLength(args[0].Type()))
	from := args[0].Type()
	t.Coercibility, t.ASCII = value.Implicit, from.ASCII
	t.Nullable = from.Nullable || (from.IsBinary() || from.Kind == value.TypeBit) && !c.Binary()
	return b.fold(&recoded{args[0], c.Charset, true, t}, false), nil
}

func (e *recoded) Type() *value.Type  { return &e.of }
func (e *recoded) children() []Expr   { return []Expr{e.arg} }
func (e *recoded) with(c []Expr) Expr { return &recoded{c[0], e.name, e.using, e.of} }

func (e *recoded) String() string {
	if e.using {
		return "convert(" + e.arg.String() + " using " + e.name + ")"
	}
	return "(" + e.arg.String() + " collate " + e.name + ")"
}

// Eval gives the text; bytes that are no UTF-8 become NULL with warning 1300, and
// characters that the new set has not become question marks.
func (e *recoded) Eval(c *Ctx, row Row) (value.Value, error) {
	v, err := e.arg.Eval(c, row)
	if err != nil || v.IsNull() {
		return value.Null, err
	}
	text, err := value.ToText(c.Env, v, e.arg.Type())
	if err != nil {
		return value.Null, err
	}
	if !e.using {
		return value.Bytes(text), nil
	}
	switch from := e.arg.Type(); {
	case e.of.IsBinary():
		if from.IsString() {
			text = value.Encode(text, from.Collation)
		}
	case from.IsBinary() || from.Kind == value.TypeBit:
		decoded, valid := value.Decode(text, e.of.Collation)
		if valid < len(text) {
			return value.Null, c.InvalidText(e.name, text)
		}
		text = decoded
	default:
		text = value.Recode(text, e.of.Collation)
	}
	return value.Bytes(text), nil
}
