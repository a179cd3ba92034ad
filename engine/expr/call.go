package expr

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Call is a call of a function.
type Call struct {
	Function *Function
	Args     []Expr
	// State is what Function.Prepare made.
	State any
	// Mixed is the collation of the Text arguments together, which they are compared
	// by; nil is the binary one.
	Mixed *value.Collation

	mixed value.Type // with the coercibility of Mixed
	of    value.Type
	env   *value.Env
}

// Builder makes expressions for a session: literals and texts made from numbers have
// its collation, and sql_mode changes types. It is used while a statement is
// planned, never while one runs.
type Builder struct {
	Env *value.Env

	// table: its functions have Build functions among them that call the Builder,
	// which therefore must not refer to a table by itself.
	table Table
}

// NewBuilderOf makes a builder for a session's settings.
func NewBuilderOf(e *value.Env, t Table) *Builder { return &Builder{Env: e, table: t} }

// Call makes a call. The error is 1305 for a name that is none, 1582 for a wrong
// number of arguments, 1267 for collations that do not mix, and what the function
// itself finds wrong.
func (b *Builder) Call(name string, args ...Expr) (Expr, error) {
	f := b.table.Lookup(name)
	if f == nil {
		return nil, sqlerr.SPDoesNotExist.Errorf("FUNCTION %s does not exist", name)
	}
	if len(args) < f.Min || f.Max >= 0 && len(args) > f.Max {
		return nil, sqlerr.WrongParamCountToNativeFunction.Errorf("Incorrect parameter count in the call to native function '%s'", name)
	}
	if f.Build != nil {
		return f.Build(b, args)
	}
	call := &Call{Function: f, Args: args, env: b.Env}
	if err := call.resolve(); err != nil {
		return nil, err
	}
	return b.fold(call, f.Volatile || f.Stable), nil
}

// numbers are the arguments that are wanted as numbers, as a condition, or as a date.
func (f *Call) numbers() {
	f.Args = slices.Clone(f.Args)
	for i, a := range f.Args {
		switch f.want(i) {
		case Int, Integer, Bits, Double, Decimal, Number, Bool:
			f.Args[i] = asNumber(a)
		case DateTime, Date, Time:
			f.Args[i] = AsMoment(a, f.want(i))
		}
	}
}

// resolve finds the collation and the type.
func (f *Call) resolve() (err error) {
	f.numbers()
	if err = f.mix(); err != nil {
		return err
	}
	if f.of, err = f.Function.Result(f); err != nil {
		return err
	}
	f.of.Quiet = false
	if f.of.IsString() || f.of.Kind == value.TypeEnum || f.of.Kind == value.TypeSet {
		f.collate()
	}
	if err = f.compares(); err != nil {
		return err
	}
	if f.Function.Grows || f.of.IsString() && f.env.Has(value.ModeStrict) && f.Function.Name != "make_set" {
		f.of.Nullable = true // above max_allowed_packet, or as every text of a function in strict mode
	}
	for i, a := range f.Args {
		mayFail := f.want(i) == DateTime || f.want(i) == Date || f.want(i) == Time
		if f.Function.Null == IfAny && (a.Type().Nullable || mayFail && !a.Type().IsTemporal()) {
			f.of.Nullable = true
		}
	}
	if f.Function.Prepare != nil {
		f.State, err = f.Function.Prepare(f)
	}
	return err
}

// mix finds the collation of the arguments that are wanted as text.
func (f *Call) mix() error {
	var texts []value.Type
	for i, a := range f.Args {
		if f.want(i) == Text {
			texts = append(texts, asText(a.Type(), f.env.Collation()))
		}
	}
	if len(texts) == 0 {
		return nil
	}
	mixed, ok := mixTexts(texts)
	f.mixed = mixed
	failed := !ok
	for i, a := range f.Args {
		failed = failed || f.want(i) == Text && lossy(a, f.mixed.Collation)
	}
	if failed {
		return value.IllegalMix(f.Function.Name, texts...)
	}
	f.Mixed = f.mixed.Collation
	return nil
}

// mixTexts is the collation of several texts together; false when nothing decides. The only COLLATE
// among them decides for all.
func mixTexts(texts []value.Type) (mixed value.Type, ok bool) {
	mixed, ok = texts[0], true
	for _, t := range texts[1:] {
		c, strength, mix := value.Mix(&mixed, &t)
		switch {
		case mix:
			mixed.Collation, mixed.Coercibility = c, strength
		case t.Coercibility == value.Explicit && mixed.Coercibility != value.Explicit:
			mixed.Collation, mixed.Coercibility, ok = t.Collation, t.Coercibility, true
		default:
			ok = false
		}
		mixed.ASCII = mixed.ASCII && t.ASCII
	}
	return mixed, ok
}

// lossy says that a constant has characters that the collation's set has not, or that what is computed may have them.
func lossy(e Expr, c *value.Collation) bool {
	if p, ok := e.(*Param); ok && p.Of.IsString() && !p.Of.IsBinary() && p.Of.Collation != c && !p.Of.ASCII {
		p.asked.note()
	}
	k, ok := e.(*Const)
	if !ok {
		return mayLose(e, c)
	}
	return k.Of.IsString() && !k.Of.IsBinary() && k.Val.Class() == value.ClassString && k.Of.Collation != c && !c.Holds(k.Val.Bytes())
}

// mayLose says that e is computed for each row, as strong as a literal is, and would have to be converted to a set that
// has not all characters: MySQL refuses it whatever comes out.
func mayLose(e Expr, c *value.Collation) bool {
	switch e.(type) {
	case *Column, *Param: // these know better
		return false
	}
	t := e.Type()
	return t.IsString() && !t.ASCII && !t.IsBinary() && t.Coercibility >= value.SysConst && t.Collation != nil &&
		c != nil && !c.Binary() && !c.Unicode() && t.Collation.Charset != c.Charset && !FixedInStatement(e)
}

// compares is error 1267 for a function that compares texts whose collations do not
// mix; one that only puts them together takes the _bin collation.
func (f *Call) compares() error {
	if f.of.IsString() || f.mixed.Coercibility != value.NoneColl || f.mixed.Collation == nil {
		return nil
	}
	var texts []value.Type
	for i, a := range f.Args {
		if f.want(i) == Text {
			texts = append(texts, asText(a.Type(), f.env.Collation()))
		}
	}
	if len(texts) < 2 {
		return nil
	}
	return value.IllegalMix(f.Function.Name, texts...)
}

// asText is the type of a value that is made a string.
func asText(t *value.Type, connection *value.Collation) value.Type {
	out := *t
	if t.IsNumber() || t.IsTemporal() {
		out.Collation, out.Coercibility, out.ASCII = connection, value.Numeric, true
	}
	if t.Kind == value.TypeNull {
		out.Collation, out.Coercibility = connection, value.Ignorable
	}
	if t.Kind == value.TypeBit { // its text is its bytes
		out.Collation, out.Coercibility, out.ASCII = value.BinaryCollation, value.Implicit, false
	}
	if t.Kind == value.TypeJSON {
		out.Collation = value.CollationNamed("utf8mb4_bin")
	}
	return out
}

// collate sets the collation of a string that comes out.
func (f *Call) collate() {
	switch f.Function.Text {
	case FromArgs:
		f.of.Collation, f.of.Coercibility, f.of.ASCII = f.mixed.Collation, f.mixed.Coercibility, f.mixed.ASCII
		if f.of.Coercibility >= value.Numeric {
			f.of.Coercibility = value.Coercible
		}
	case FromFirst:
		t := asText(f.Args[0].Type(), f.env.Collation())
		f.of.Collation, f.of.Coercibility, f.of.ASCII = t.Collation, min(t.Coercibility, value.Coercible), t.ASCII
	case Connection:
		f.of.Collation, f.of.Coercibility, f.of.ASCII = f.env.Collation(), value.Coercible, true
	case UTF8:
		f.of.Collation, f.of.Coercibility = value.CollationNamed("utf8mb3_general_ci"), value.SysConst
	}
	if (f.Function.Text == FromArgs || f.Function.Text == FromFirst) && f.nothing() {
		f.of.Collation = value.BinaryCollation
	}
	if f.of.Kind != value.TypeText && f.of.IsString() { // VARCHAR holds bytes, not characters
		f.of.Kind = value.Text(f.of.Collation, int(f.of.Length)).Kind
	}
}

// nothing says that each argument that is wanted as text is NULL: a text of these has no characters.
func (f *Call) nothing() bool {
	texts := 0
	for i, a := range f.Args {
		if f.want(i) == Text {
			if texts++; a.Type().Kind != value.TypeNull {
				return false
			}
		}
	}
	return texts > 0
}

// want is as what argument i is wanted.
func (f *Call) want(i int) Arg {
	switch args := f.Function.Args; {
	case len(args) == 0:
		return Any
	case i < len(args):
		return args[i]
	default:
		return args[len(args)-1]
	}
}

// Type is that of the result.
func (f *Call) Type() *value.Type { return &f.of }

// Arg is the type of argument i.
func (f *Call) Arg(i int) *value.Type { return f.Args[i].Type() }

// Env is the session that the call is made for, for what its types depend on.
func (f *Call) Env() *value.Env { return f.env }

// AsText is the type that argument i has when it is made a string.
func (f *Call) AsText(i int) value.Type { return asText(f.Args[i].Type(), f.env.Collation()) }

// Length is how many characters argument i has at most when it is a string.
func (f *Call) Length(i int) int { return textLength(f.Args[i].Type()) }

// Const is argument i when it is a constant; ok is false if it is none.
func (f *Call) Const(i int) (v value.Value, ok bool) {
	if i >= len(f.Args) {
		return v, false
	}
	c, ok := constOf(f.Args[i])
	if !ok {
		return v, false
	}
	return c.Val, true
}

// ConstInt is the number of a constant argument.
func (f *Call) ConstInt(i int) (n int, ok bool) {
	v, ok := f.Const(i)
	if !ok || v.IsNull() {
		return 0, false
	}
	m, _ := value.ToInt(&value.Env{}, v, f.Args[i].Type())
	return int(m), true
}

// String is name(argument,argument), or what the operator looks like.
func (f *Call) String() string {
	if f.Function.Print != nil {
		return f.Function.Print(f.Args)
	}
	return f.Function.Name + "(" + join(f.Args, ",") + ")"
}

func join(args []Expr, between string) string {
	var s strings.Builder
	for i, a := range args {
		if i > 0 {
			s.WriteString(between)
		}
		s.WriteString(a.String())
	}
	return s.String()
}

// between prints (a op b op c).
func between(op string) func([]Expr) string {
	return func(args []Expr) string { return "(" + join(args, " "+op+" ") + ")" }
}

// Eval computes the arguments, converts them as they are wanted, and calls the
// function.
func (f *Call) Eval(c *Ctx, row Row) (value.Value, error) {
	if f.Function.ByType {
		return f.Function.Eval(c, f, nil)
	}
	args := c.push(len(f.Args))
	defer c.pop(len(f.Args))
	null := false
	for i, a := range f.Args {
		v, err := a.Eval(c, row)
		if err != nil {
			return value.Null, err
		}
		if v, err = f.convert(c, i, v); err != nil {
			return value.Null, err
		}
		if v.IsNull() && f.Function.Null == IfAny {
			if !f.Function.All {
				return value.Null, nil
			}
			null = true
		}
		args[i] = v
	}
	if null {
		return value.Null, nil
	}
	return f.Function.Eval(c, f, args)
}

// convert makes of an argument what the function wants.
func (f *Call) convert(c *Ctx, i int, v value.Value) (value.Value, error) {
	want := f.want(i)
	if want == Any || v.IsNull() {
		return v, nil
	}
	if t := f.Args[i].Type(); want == Text && v.Class() == value.ClassString && f.Mixed != nil && !t.ASCII && t.IsString() && f.Mixed.Binary() != t.IsBinary() {
		if f.Mixed.Binary() { // beside bytes a text is its own ones
			return value.Bytes(value.Encode(v.Bytes(), t.Collation)), nil
		}
		if text, valid := value.Decode(v.Bytes(), f.Mixed); valid == len(v.Bytes()) {
			return value.Bytes(text), nil
		}
	}
	return Convert(c.Env, want, v, f.Args[i].Type(), i+1, f.Function.Name)
}

// Convert makes a value of type t, which is not NULL, what want says. argument and
// function are for the text of an error.
func Convert(e *value.Env, want Arg, v value.Value, t *value.Type, argument int, function string) (value.Value, error) {
	switch want {
	case Text:
		b, err := value.ToText(e, v, t)
		return value.Bytes(b), err
	case Encoded:
		b, err := value.ToText(e, v, t)
		if !t.ASCII {
			b = value.Encode(b, t.Collation)
		}
		return value.Bytes(b), err
	case Int:
		n, err := value.ToInt(e, v, t)
		return value.Int(n), err
	case Integer:
		return value.ToInteger(e, v, t)
	case Bits:
		n, err := value.ToUint(e, v, t)
		return value.Uint(n), err
	case Double:
		n, err := value.ToDouble(e, v, t)
		return value.Double(n), err
	case Decimal:
		d, err := value.ToDecimal(e, v, t)
		return value.Dec(d), err
	case Number:
		return toNumber(e, v, t)
	case Bool:
		b, err := value.ToBool(e, v, t)
		return value.Bool(b), err
	case DateTime:
		return value.ToDateTime(e, v, t)
	case Date:
		return value.ToDate(e, v, t)
	case Time:
		return value.ToTime(e, v, t)
	case Document:
		j, err := value.ToDocument(e, v, t, argument, strings.ToLower(function))
		return value.Document(j), err
	case JSON:
		j, err := value.ToJSON(e, v, t)
		return value.Document(j), err
	}
	return v, nil
}

// toNumber gives what Type.Numeric says.
func toNumber(e *value.Env, v value.Value, t *value.Type) (value.Value, error) {
	switch t.Numeric() {
	case value.ResultInt:
		return value.ToInteger(e, v, t)
	case value.ResultDecimal:
		d, err := value.ToDecimal(e, v, t)
		return value.Dec(d), err
	}
	n, err := value.ToDouble(e, v, t)
	return value.Double(n), err
}

// textLength is how many characters a value of t has at most as text.
func textLength(t *value.Type) int {
	switch t.Kind {
	case value.TypeNull:
		return 0
	case value.TypeEnum, value.TypeSet:
		return membersLength(t)
	case value.TypeJSON:
		return 1<<30 - 1
	case value.TypeBit:
		return int(t.Length+7) / 8
	case value.TypeText, value.TypeTinyText, value.TypeMediumText, value.TypeLongText:
		if t.Length == 0 {
			return map[value.Kind]int{value.TypeTinyText: 255, value.TypeText: 1<<16 - 1, value.TypeMediumText: 1<<24 - 1, value.TypeLongText: 1<<32 - 1}[t.Kind]
		}
	}
	if t.Length == 0 && t.IsNumber() {
		return t.IntDigits() + 1
	}
	return int(t.Length)
}

func membersLength(t *value.Type) (n int) {
	if t.Members == nil {
		return int(t.Length)
	}
	for _, m := range *t.Members {
		if l := len([]rune(m)); t.Kind == value.TypeSet {
			n += l + 1
		} else {
			n = max(n, l)
		}
	}
	return n
}
