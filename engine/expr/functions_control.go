package expr

import (
	"slices"

	"github.com/lxdb/lxdb/engine/value"
)

// controls choose between expressions; they compute only what they need.
var controls = []Function{
	{Name: "if", Min: 3, Max: 3, Build: buildIf, About: "the second argument if the first holds, else the third"},
	{Name: "ifnull", Aliases: []string{"nvl"}, Min: 2, Max: 2, Build: buildCoalesce, About: "the first argument, or the second if it is NULL"},
	{Name: "coalesce", Min: 1, Max: -1, Build: buildCoalesce, About: "the first argument that is not NULL"},
	{Name: "case", Min: 2, Max: -1, Build: buildCase, About: "CASE WHEN: condition, value, … and the value of ELSE"},
	{Name: "case of", Min: 3, Max: -1, Build: buildCaseOf, About: "CASE x WHEN: x, value to compare, value, … and the value of ELSE"},
	{Name: "nullif", Min: 2, Max: 2, Build: buildNullIf, About: "NULL if the arguments are equal, else the first"},
}

// Case is CASE WHEN, and IF.
type Case struct {
	When, Then []Expr
	Else       Expr // never nil

	print string
	of    value.Type
}

func buildIf(b *Builder, args []Expr) (Expr, error) {
	return b.newCase(&Case{When: []Expr{asNumber(args[0])}, Then: args[1:2], Else: args[2], print: "if"})
}

func buildCase(b *Builder, args []Expr) (Expr, error) {
	e := &Case{Else: NullLiteral(), print: "case"}
	for ; len(args) > 1; args = args[2:] {
		e.When, e.Then = append(e.When, asNumber(args[0])), append(e.Then, args[1])
	}
	if len(args) == 1 {
		e.Else = args[0]
	}
	return b.newCase(e)
}

// buildCaseOf compares a document with a text by its text, as MySQL's CASE does: its
// operator = would take the text for a document.
func buildCaseOf(b *Builder, args []Expr) (Expr, error) {
	return Sharing(args[0], func(x Expr) (Expr, error) { return b.caseOf(append([]Expr{x}, args[1:]...)) })
}

func (b *Builder) caseOf(args []Expr) (Expr, error) {
	rest := append([]Expr(nil), args[1:]...)
	beside := []Expr{args[0]} // all have one collation
	for i := 0; i+1 < len(rest); i += 2 {
		beside = append(beside, rest[i])
	}
	all := among{operator: "=", exact: true}
	if !slices.ContainsFunc(beside, func(e Expr) bool { return isRow(e) || e.Type().Kind == value.TypeJSON }) {
		var err error
		if all, err = b.among("case", beside); err != nil {
			return nil, err
		}
		all.exact = true
	}
	for i := 0; i+1 < len(rest); i += 2 {
		left, err := b.textBeside(args[0], rest[i])
		if err != nil {
			return nil, err
		}
		right, err := b.textBeside(rest[i], args[0])
		if err != nil {
			return nil, err
		}
		if rest[i], err = b.equalAmong(left, right, all); err != nil {
			return nil, err
		}
	}
	return buildCase(b, rest)
}

// equalAmong is = of two expressions that are compared among others.
func (b *Builder) equalAmong(left, right Expr, all among) (Expr, error) {
	if isRow(left) || isRow(right) {
		return b.Call("=", left, right)
	}
	c, err := b.compareAmong(opEqual, left, right, all)
	if err != nil {
		return nil, err
	}
	return b.fold(c, false), nil
}

// textBeside is the text of a document that stands beside a text.
func (b *Builder) textBeside(e, beside Expr) (Expr, error) {
	if e.Type().Kind != value.TypeJSON || !beside.Type().IsString() {
		return e, nil
	}
	return b.Call("concat", e)
}

func (b *Builder) newCase(e *Case) (Expr, error) {
	t, err := b.Union(append(append([]Expr(nil), e.Then...), e.Else), "case")
	if err != nil {
		return nil, err
	}
	e.of = t.Plain()
	return b.foldCase(e), nil
}

// foldCase is fold; the constant that comes out counts as a number as the value does that was chosen.
func (b *Builder) foldCase(e *Case) Expr {
	out := b.fold(e, false)
	c, ok := out.(*Const)
	if !ok || !e.of.IsString() {
		return out
	}
	if v, of, err := e.chosen(NewCtx(b.Env), nil); err == nil {
		c.Of.Hex, c.Of.Moment = of.Hex, of.Moment || of.IsTemporal()
		if of.IsNumber() {
			c.chosen = &Const{Val: v.Clone(), Of: *of, Text: c.Text}
		}
	}
	return c
}

// Type is what all the values have in common.
func (e *Case) Type() *value.Type { return &e.of }

func (e *Case) String() string {
	if e.print == "if" {
		return "if(" + e.When[0].String() + "," + e.Then[0].String() + "," + e.Else.String() + ")"
	}
	s := "(case"
	for i := range e.When {
		s += " when " + e.When[i].String() + " then " + e.Then[i].String()
	}
	if c, ok := e.Else.(*Const); !ok || !c.Val.IsNull() {
		s += " else " + e.Else.String()
	}
	return s + " end)"
}

func (e *Case) children() []Expr {
	out := append(append([]Expr(nil), e.When...), e.Then...)
	return append(out, e.Else)
}

func (e *Case) with(c []Expr) Expr {
	n := *e
	n.When, n.Then, n.Else = c[:len(e.When)], c[len(e.When):len(c)-1], c[len(c)-1]
	return &n
}

// Eval computes conditions until one holds, and its value.
func (e *Case) Eval(c *Ctx, row Row) (value.Value, error) {
	v, of, err := e.chosen(c, row)
	if err != nil {
		return value.Null, err
	}
	return value.Adapt(c.Env, v, of, &e.of)
}

// chosen is the value that is chosen, and its own type.
func (e *Case) chosen(c *Ctx, row Row) (value.Value, *value.Type, error) {
	chosen := e.Else
	for i, w := range e.When {
		v, err := w.Eval(c, row)
		if err != nil {
			return value.Null, nil, err
		}
		holds, err := value.ToBool(c.Env, v, w.Type())
		if err != nil {
			return value.Null, nil, err
		}
		if holds {
			chosen = e.Then[i]
			break
		}
	}
	if inner, ok := chosen.(*Case); ok && inner.of.IsString() {
		return inner.chosen(c, row)
	}
	v, err := chosen.Eval(c, row)
	return v, chosen.Type(), err
}

// chosenNumber is a Case that gives texts where a number is asked for: the value that is chosen
// decides which, so that a date is the number of a date, and a member of a SET its bits.
type chosenNumber struct{ *Case }

// asNumber is e where it is wanted as a number.
func asNumber(e Expr) Expr {
	c, ok := e.(*Case)
	if !ok || !c.of.IsString() || !c.otherNumber() {
		return e
	}
	return &chosenNumber{c}
}

// otherNumber says that a value which may be chosen is another number than its text.
func (e *Case) otherNumber() bool {
	for _, x := range append([]Expr{e.Else}, e.Then...) {
		t := x.Type()
		if inner, ok := x.(*Case); ok && inner.otherNumber() || t.Hex || t.Moment || t.IsTemporal() || t.Kind == value.TypeEnum || t.Kind == value.TypeSet || t.Kind == value.TypeBit {
			return true
		}
	}
	return false
}

func (e *chosenNumber) Type() *value.Type { return &nullableDouble }

var nullableDouble = func() value.Type {
	t := value.DoubleType
	t.Nullable = true
	return t
}()

func (e *chosenNumber) with(c []Expr) Expr { return &chosenNumber{e.Case.with(c).(*Case)} }

// Eval is the number of the value that is chosen.
func (e *chosenNumber) Eval(c *Ctx, row Row) (value.Value, error) {
	v, of, err := e.chosen(c, row)
	if err != nil || v.IsNull() {
		return value.Null, err
	}
	f, err := value.ToDouble(c.Env, v, of)
	return value.Double(f), err
}

// chosenMoment is a Case that gives texts where a date or a time is asked for: a number that is
// chosen is read as one, not as its text, of which '0.125' would be the year 2000.
type chosenMoment struct {
	*Case
	want Arg
	as   value.Type
}

// AsMoment is e where it is wanted as DateTime, Date or Time.
func AsMoment(e Expr, want Arg) Expr {
	if k, ok := e.(*Const); ok && k.chosen != nil {
		return k.chosen
	}
	c, ok := e.(*Case)
	if !ok || !c.of.IsString() || !c.numberAmong() {
		return e
	}
	m := &chosenMoment{Case: c, want: want, as: value.DateTimeOf(value.MaxFsp)}
	switch want {
	case Date:
		m.as = value.DateOfDay
	case Time:
		m.as = value.TimeOf(value.MaxFsp)
	}
	m.as.Nullable = true
	return m
}

// numberAmong says that one of the values that may be chosen is a number.
func (e *Case) numberAmong() bool {
	for _, x := range append([]Expr{e.Else}, e.Then...) {
		if inner, ok := x.(*Case); ok && inner.numberAmong() || x.Type().IsNumber() {
			return true
		}
	}
	return false
}

func (e *chosenMoment) Type() *value.Type { return &e.as }

func (e *chosenMoment) with(c []Expr) Expr {
	return &chosenMoment{e.Case.with(c).(*Case), e.want, e.as}
}

// Eval is the moment that the chosen value is.
func (e *chosenMoment) Eval(c *Ctx, row Row) (value.Value, error) {
	v, of, err := e.chosen(c, row)
	if err != nil || v.IsNull() {
		return value.Null, err
	}
	return Convert(c.Env, e.want, v, of, 0, "")
}

// Coalesce is COALESCE and IFNULL.
type Coalesce struct {
	Items []Expr
	of    value.Type
}

func buildCoalesce(b *Builder, args []Expr) (Expr, error) {
	t, err := b.Union(args, "coalesce")
	if err != nil {
		return nil, err
	}
	t = t.Plain()
	t.Nullable = true
	for _, a := range args {
		t.Nullable = t.Nullable && a.Type().Nullable
	}
	return b.fold(&Coalesce{args, t}, false), nil
}

// Type is what all the values have in common.
func (e *Coalesce) Type() *value.Type  { return &e.of }
func (e *Coalesce) String() string     { return "coalesce(" + join(e.Items, ",") + ")" }
func (e *Coalesce) children() []Expr   { return e.Items }
func (e *Coalesce) with(c []Expr) Expr { return &Coalesce{c, e.of} }

// Eval computes arguments until one is not NULL.
func (e *Coalesce) Eval(c *Ctx, row Row) (value.Value, error) {
	for _, item := range e.Items {
		v, err := item.Eval(c, row)
		if err != nil {
			return value.Null, err
		}
		if !v.IsNull() {
			return value.Adapt(c.Env, v, item.Type(), &e.of)
		}
	}
	return value.Null, nil
}

func buildNullIf(b *Builder, args []Expr) (Expr, error) {
	if !larger(args[0]) { // one that differs each time is computed twice, as MySQL says
		return b.nullIf(args[0], args[1])
	}
	return Sharing(args[0], func(x Expr) (Expr, error) { return b.nullIf(x, args[1]) })
}

func (b *Builder) nullIf(x, other Expr) (Expr, error) {
	equal, err := b.Call("=", x, other)
	if err != nil {
		return nil, err
	}
	e := &Case{When: []Expr{equal}, Then: []Expr{NullLiteral()}, Else: x, print: "case", of: x.Type().Plain()}
	e.of.Nullable = true
	return b.foldCase(e), nil
}

// Union is the type that the values of all the expressions fit: of CASE, IF,
// COALESCE, and of the columns of UNION.
func (b *Builder) Union(items []Expr, operator string) (value.Type, error) {
	types := make([]value.Type, len(items))
	for i, e := range items {
		if isRow(e) {
			return value.Type{}, oneColumn(1)
		}
		types[i] = asText(e.Type(), b.Env.Collation())
	}
	t, err := value.UnionOf(types, operator)
	for _, e := range items {
		if err == nil && t.IsString() && lossy(e, t.Collation) {
			err = value.IllegalMix(operator, types...)
		}
	}
	return t, err
}

// An operand that several parts of an expression look at stands in each of them. One that is small may: it is computed
// again. Of a larger one each would double what is in it, and twenty in one another would be a million, and one that
// differs each time, as RAND(), would be several values, and one that warns would warn again: these are computed once.

// small is how many nodes an expression has that may stand in several places.
const small = 16

// larger says whether there are more than small nodes in e.
func larger(e Expr) bool { return Size(e, small) > small }

// Size is how many nodes e has; when there are more than most, one more than that.
func Size(e Expr, most int) int {
	n := 0
	var count func(e Expr) bool
	count = func(e Expr) bool {
		n++
		return n > most || slices.ContainsFunc(Children(e), count)
	}
	count(e)
	return n
}

// Sharing builds an expression in which x stands several times.
func Sharing(x Expr, build func(x Expr) (Expr, error)) (Expr, error) {
	if row, ok := x.(*Tuple); ok {
		return sharingItems(row.Items, nil, build)
	}
	if !larger(x) && !volatile(x) && !heard(x) {
		return build(x)
	}
	s := &sharedValue{of: *x.Type(), x: x}
	in, err := build(s)
	if err != nil {
		return nil, err
	}
	return &let{s, x, in}, nil
}

// sharingItems is Sharing of what stands in a row.
func sharingItems(items, done []Expr, build func(x Expr) (Expr, error)) (Expr, error) {
	if len(done) == len(items) {
		return build(&Tuple{done})
	}
	return Sharing(items[len(done)], func(x Expr) (Expr, error) { return sharingItems(items, append(done, x), build) })
}

// let computes x once for what stands in it.
type let struct {
	s     *sharedValue
	x, in Expr
}

func (e *let) Type() *value.Type  { return e.in.Type() }
func (e *let) String() string     { return e.in.String() }
func (e *let) children() []Expr   { return []Expr{e.x, e.in} }
func (e *let) with(c []Expr) Expr { return &let{e.s, c[0], c[1]} }

// Eval computes x, and then what looks at it.
func (e *let) Eval(c *Ctx, row Row) (value.Value, error) {
	v, err := e.x.Eval(c, row)
	if err != nil {
		return value.Null, err
	}
	if c.shared == nil {
		c.shared = map[*sharedValue]value.Value{}
	}
	c.shared[e.s] = v
	return e.in.Eval(c, row)
}

// sharedValue is where the x of a let stands.
type sharedValue struct {
	of value.Type
	x  Expr
}

func (e *sharedValue) Type() *value.Type { return &e.of }
func (e *sharedValue) String() string    { return e.x.String() }
func (e *sharedValue) volatile() bool    { return true } // it is another one for each row: nobody may compute it beforehand

// Eval gives what the let around it has computed.
func (e *sharedValue) Eval(c *Ctx, _ Row) (value.Value, error) { return c.shared[e], nil }

// What stands in several places is printed in each of them, and twenty in one another would print a gigabyte. So an
// expression that a person reads is cut down before it is printed.

// Printed is an expression as it prints, in about most bytes: what is beyond them is an ellipsis for each operand. replace
// gives what is printed for a column, a parameter or a constant; nil is themselves.
func Printed(e Expr, most int, replace func(Expr) Expr) string {
	return (&brief{most, replace}).of(e).String()
}

// MostNamed is how long the text of an expression in an error is at most; MySQL cuts the whole message at 512 bytes.
const MostNamed = 1024

// Named is the text of an expression for an error.
func Named(e Expr) string { return Printed(e, MostNamed, nil) }

// brief cuts expressions down.
type brief struct {
	left    int // bytes that may still be printed
	replace func(Expr) Expr
}

const ellipsis = "…"

func (b *brief) of(e Expr) Expr {
	switch x := e.(type) {
	case *let:
		return b.of(x.in)
	case *sharedValue:
		return b.of(x.x)
	}
	p, inner := e.(parent)
	if _, row := e.(*Tuple); b.left <= 0 && !row { // who prints a row looks at its items
		return elided(e)
	}
	if !inner {
		return b.leaf(e)
	}
	old := p.children()
	if b.left -= 2 + 2*len(old); b.left <= 0 && len(old) == 0 {
		return e
	}
	if call, ok := e.(*Call); ok {
		b.left -= len(call.Function.Name)
	}
	fresh, changed := make([]Expr, len(old)), false
	for i, a := range old {
		fresh[i] = b.of(a)
		changed = changed || fresh[i] != a
	}
	if !changed {
		return e
	}
	return p.with(fresh)
}

func (b *brief) leaf(e Expr) Expr {
	if b.replace != nil {
		e = b.replace(e)
	}
	if c, ok := e.(*Const); ok && c.Text == "" && c.Val.Size() > b.left {
		b.left = 0
		return elided(e)
	}
	if b.left -= len(e.String()); b.left < 0 {
		return elided(e)
	}
	return e
}

func elided(e Expr) Expr { return NewColumn(0, *e.Type(), ellipsis) }
