package expr

import (
	"bytes"
	"slices"

	"github.com/lxdb/lxdb/engine/value"
)

// searchFunctions look for a text in others, and choose by number.
var searchFunctions = []Function{
	{Name: "locate", Aliases: []string{"position"}, Min: 2, Max: 3, Args: []Arg{Text, Text, Int}, Result: ReturnsInt(11), Eval: evalLocate, About: "where the first argument stands in the second, from a position on; 0 if nowhere"},
	{Name: "instr", Min: 2, Max: 2, Args: []Arg{Text}, Result: ReturnsInt(11), Eval: evalInstr, About: "where the second argument stands in the first; 0 if nowhere"},
	{Name: "field", Min: 2, Max: -1, Null: Own, Result: ReturnsInt(3), Prepare: prepareField, Eval: evalField, About: "the number of the argument that is equal to the first one; 0 if none is"},
	{Name: "find_in_set", Min: 2, Max: 2, Args: []Arg{Text}, Result: ReturnsInt(3), Eval: evalFindInSet, About: "the number of a text in a list with commas; 0 if it is not in it"},
	{Name: "elt", Min: 2, Max: -1, Build: buildElt, About: "the argument with that number; the others are not computed"},
	{Name: "make_set", Min: 2, Max: -1, Args: []Arg{Any, Text}, Null: Own, Grows: true, Result: makeSetType, Eval: evalMakeSet, About: "the arguments whose bit is set, with commas"},
	{Name: "export_set", Min: 3, Max: 5, Args: []Arg{Any, Text, Text, Text, Any}, Grows: true, Result: exportSetType, Eval: evalExportSet, About: "one of two texts for each bit, the lowest first"},
}

func evalLocate(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	if len(a) == 2 {
		return f.locate(c, a[1].Bytes(), a[0].Bytes(), 0)
	}
	if a[2].Int() < 1 || a[2].Int() > int64(len(a[1].Bytes())) {
		return value.Int(0), nil
	}
	return f.locate(c, a[1].Bytes(), a[0].Bytes(), a[2].Int()-1)
}

func evalInstr(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	return f.locate(c, a[0].Bytes(), a[1].Bytes(), 0)
}

// locate is the position of needle in s, from unit number from on.
func (f *Call) locate(c *Ctx, s, needle []byte, from int64) (value.Value, error) {
	at, whole := skipUnits(s, from, f.Mixed.Binary())
	if !whole {
		return value.Int(0), nil
	}
	if len(needle) == 0 { // MySQL gives the place of the byte there, not of the character
		return value.Int(int64(len(value.Encode(s[:at], f.Mixed))) + 1), nil
	}
	find, err := newFinder(c, needle, f.Mixed)
	if err != nil {
		return value.Null, err
	}
	n, err := find.in(c, s[at:])
	if err != nil || n < 0 {
		return value.Int(0), err
	}
	return value.Int(from + int64(n) + 1), nil
}

// prepareField finds how FIELD compares: as integers, exact numbers or texts if all
// arguments are such, else as doubles.
func prepareField(f *Call) (any, error) {
	how := value.How(value.AsInt)
	texts := 0
	var mixed value.Type
	all := make([]value.Type, len(f.Args))
	for i, a := range f.Args {
		all[i] = asText(a.Type(), f.env.Collation())
	}
	illegal := false
	for i, t := range all {
		switch {
		case !t.IsNumber():
			texts++
		case t.Result() == value.ResultDouble:
			how = value.AsDouble
		case t.Result() == value.ResultDecimal && how == value.AsInt:
			how = value.AsDecimal
		}
		if i == 0 {
			mixed = t
			continue
		}
		c, strength, ok := value.Mix(&mixed, &t)
		illegal = illegal || !ok
		mixed.Collation, mixed.Coercibility, mixed.ASCII = c, strength, mixed.ASCII && t.ASCII
	}
	switch texts {
	case 0:
		return value.Comparison{How: how}, nil
	case len(f.Args):
		if illegal || slices.ContainsFunc(f.Args, func(a Expr) bool { return lossy(a, mixed.Collation) }) {
			return nil, value.IllegalMix(f.Function.Name, all...)
		}
		return value.Comparison{How: value.AsString, Collation: mixed.Collation}, nil
	}
	return value.Comparison{How: value.AsDouble}, nil
}

func evalField(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	rule := f.State.(value.Comparison)
	if a[0].IsNull() {
		return value.Int(0), nil
	}
	what, of := a[0], f.Arg(0)
	if rule.How == value.AsDouble { // once: it may warn
		x, err := value.ToDouble(c.Env, what, of)
		if err != nil {
			return value.Null, err
		}
		what, of = value.Double(x), &value.DoubleType
	}
	for i, v := range a[1:] {
		if v.IsNull() {
			continue
		}
		order, unknown, err := rule.Compare(c.Env, what, of, v, f.Arg(i+1))
		if err != nil {
			return value.Null, err
		}
		if order == 0 && !unknown {
			return value.Int(int64(i + 1)), nil
		}
	}
	return value.Int(0), nil
}

// evalFindInSet counts spaces at the end, whatever the collation says.
func evalFindInSet(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	what, list := a[0].Bytes(), a[1].Bytes()
	if len(list) == 0 || len(list) < len(what) || bytes.IndexByte(what, ',') >= 0 { // MySQL asks for as many bytes
		return value.Int(0), nil
	}
	pad := trailingSpaces(what)
	for i := int64(1); ; i++ {
		if i%checkEvery == 0 {
			if err := c.Context().Err(); err != nil {
				return value.Null, err
			}
		}
		item, rest, more := bytes.Cut(list, []byte(","))
		if f.Mixed.Equal(what, item) && (f.Mixed.Binary() || trailingSpaces(item) == pad) {
			return value.Int(i), nil
		}
		if !more {
			return value.Int(0), nil
		}
		list = rest
	}
}

func trailingSpaces(s []byte) int { return len(s) - len(bytes.TrimRight(s, " ")) }

// elt is ELT, which computes the argument that is chosen and no other one.
type elt struct{ call *Call }

func buildElt(b *Builder, args []Expr) (Expr, error) {
	e := &elt{&Call{Function: &Function{Name: "elt", Args: []Arg{Int, Text}, Null: Own, Result: eltType}, Args: args, env: b.Env}}
	if err := e.call.resolve(); err != nil {
		return nil, err
	}
	return b.fold(e, false), nil
}

func eltType(f *Call) (value.Type, error) {
	n := 0
	for i := range f.Args[1:] {
		n = max(n, f.Length(i+1))
	}
	t := value.Text(nil, n)
	t.Nullable = true
	return t, nil
}

func (e *elt) Type() *value.Type  { return &e.call.of }
func (e *elt) String() string     { return e.call.String() }
func (e *elt) children() []Expr   { return e.call.Args }
func (e *elt) with(c []Expr) Expr { return &elt{e.call.with(c).(*Call)} }

// Eval is NULL for a number that no argument has.
func (e *elt) Eval(c *Ctx, row Row) (value.Value, error) {
	n, err := e.arg(c, row, 0)
	i := uint32(n.Int()) // of a larger number these bits count
	if err != nil || n.IsNull() || i == 0 || int64(i) >= int64(len(e.call.Args)) {
		return value.Null, err
	}
	return e.arg(c, row, int(i))
}

func (e *elt) arg(c *Ctx, row Row, i int) (value.Value, error) {
	v, err := e.call.Args[i].Eval(c, row)
	if err != nil {
		return value.Null, err
	}
	return e.call.convert(c, i, v)
}

// setBits are the bits of a set. A number that is no integer and above them is the
// largest signed one.
func (f *Call) setBits(c *Ctx, v value.Value) (uint64, error) {
	t := f.Arg(0)
	if r := t.Result(); r == value.ResultDouble || r == value.ResultDecimal {
		n, err := value.ToInt(c.Env, v, t)
		return uint64(n), err
	}
	return value.ToUint(c.Env, v, t)
}

func makeSetType(f *Call) (value.Type, error) {
	n := len(f.Args) - 2
	for i := range f.Args[1:] {
		n += f.Length(i + 1)
	}
	t := value.Text(nil, n)
	t.Nullable = f.Arg(0).Nullable
	return t, nil
}

func evalMakeSet(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() {
		return value.Null, nil
	}
	bits, err := f.setBits(c, a[0])
	if err != nil {
		return value.Null, err
	}
	size := 0
	for _, v := range a[1:] {
		size += len(v.Bytes()) + 1
	}
	if large, err := f.tooLarge(c, size-1); large || err != nil {
		return value.Null, err
	}
	out := make([]byte, 0, size)
	for i, v := range a[1:min(len(a), 65)] {
		if bits>>i&1 == 1 && !v.IsNull() {
			out = append(append(out, v.Bytes()...), ',')
		}
	}
	return value.Bytes(bytes.TrimSuffix(out, []byte(","))), nil
}

func exportSetType(f *Call) (value.Type, error) {
	between := 1
	if len(f.Args) > 3 {
		between = f.Length(3)
	}
	return GrowsTo(Times(64, int64(max(f.Length(1), f.Length(2)))) + 63*between)
}

func evalExportSet(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	on, off, between, n := a[1].Bytes(), a[2].Bytes(), []byte(","), int64(64)
	if len(a) > 3 {
		between = a[3].Bytes()
	}
	if len(a) > 4 { // 32 bits of it count
		bits, err := f.lowBits(c, 4, a[4])
		if err != nil {
			return value.Null, err
		}
		n = int64(min(bits, 64))
	}
	if large, err := f.tooLarge(c, Times(n, int64(max(len(on), len(off))+len(between)))); large || err != nil {
		return value.Null, err
	}
	bits, err := f.setBits(c, a[0])
	if err != nil {
		return value.Null, err
	}
	var out []byte
	for i := range n {
		if i > 0 {
			out = append(out, between...)
		}
		if bits>>i&1 == 1 {
			out = append(out, on...)
		} else {
			out = append(out, off...)
		}
	}
	if out == nil {
		return emptyText, nil
	}
	return value.Bytes(out), nil
}
