package expr

import (
	"slices"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// comparisons are the operators that compare two values.
var comparisons = []Function{
	{Name: "=", Min: 2, Max: 2, Build: compareBy(opEqual), About: "equal"},
	{Name: "<=>", Min: 2, Max: 2, Build: compareBy(opNullSafe), About: "equal, or both NULL"},
	{Name: "<>", Aliases: []string{"!="}, Min: 2, Max: 2, Build: compareBy(opNotEqual), About: "not equal"},
	{Name: "<", Min: 2, Max: 2, Build: compareBy(opLess), About: "less"},
	{Name: "<=", Min: 2, Max: 2, Build: compareBy(opLessEqual), About: "less or equal"},
	{Name: ">", Min: 2, Max: 2, Build: compareBy(opGreater), About: "greater"},
	{Name: ">=", Min: 2, Max: 2, Build: compareBy(opGreaterEqual), About: "greater or equal"},
}

type compareOp uint8

const (
	opEqual compareOp = iota
	opNullSafe
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
)

var opText = [...]string{"=", "<=>", "<>", "<", "<=", ">", ">="}

// holds says what the order of two values means to the operator.
func (op compareOp) holds(order int) bool {
	switch op {
	case opEqual, opNullSafe:
		return order == 0
	case opNotEqual:
		return order != 0
	case opLess:
		return order < 0
	case opLessEqual:
		return order <= 0
	case opGreater:
		return order > 0
	}
	return order >= 0
}

// Compare is a comparison of two values.
type Compare struct {
	Left, Right Expr
	// Rule is how they are compared; exec makes keys of joins by it.
	Rule value.Comparison

	op   compareOp
	of   value.Type
	text dateText
}

// dateText says that one side is a constant text that must be a date: MySQL refuses
// one that is none, with 1525.
type dateText struct {
	there, left bool
	kind        string
}

func fixedText(rule value.Comparison, l, r Expr) dateText {
	if rule.How != value.AsDateTime {
		return dateText{}
	}
	kind := map[value.Kind]string{value.TypeDate: "DATE", value.TypeTimestamp: "TIMESTAMP", value.TypeDateTime: "DATETIME"}
	switch {
	case l.Type().Result() == value.ResultString && isGiven(l):
		return dateText{true, true, kind[r.Type().Kind]}
	case r.Type().Result() == value.ResultString && isGiven(r):
		return dateText{true, false, kind[l.Type().Kind]}
	}
	return dateText{}
}

// refuse is 1525 about the side that is a fixed text.
func (d dateText) refuse(l, r value.Value) error {
	if d.left {
		r = l
	}
	return sqlerr.WrongValue.Errorf("Incorrect %s value: '%s'", d.kind, value.Shown(r.Bytes()))
}

func compareBy(op compareOp) func(*Builder, []Expr) (Expr, error) {
	return func(b *Builder, args []Expr) (Expr, error) {
		if isRow(args[0]) || isRow(args[1]) {
			return b.compareRows(op, args[0], args[1])
		}
		c, err := b.compare(op, args[0], args[1])
		if err != nil {
			return nil, err
		}
		return b.fold(c, false), nil
	}
}

// compare makes a comparison that is not folded.
func (b *Builder) compare(op compareOp, left, right Expr) (*Compare, error) {
	return b.compareAmong(op, left, right, among{operator: opText[op], exact: true})
}

func (b *Builder) compareAmong(op compareOp, left, right Expr, all among) (*Compare, error) {
	rule, l, r, err := b.comparison(left, right, all)
	if err != nil {
		return nil, err
	}
	c := &Compare{Left: l, Right: r, Rule: rule, op: op, of: value.Boolean}
	if !all.warns {
		c.text = fixedText(rule, left, right)
	}
	c.of.Nullable = op != opNullSafe && (l.Type().Nullable || r.Type().Nullable || rule.How == value.AsDateTime || rule.How == value.AsTime)
	return c, nil
}

// among is what two expressions are compared for: operators with more of them take one collation for
// all their texts.
type among struct {
	operator  string
	collation *value.Collation // nil: that of the two
	texts     []value.Type     // whose it is
	as        *value.How       // as what they are compared; nil: the two decide
	warns     bool             // a text that is no date is a warning
	exact     bool             // a constant text beside a DECIMAL that changes is read exactly
}

// illegal is error 1267 and its kin about two texts, or all of them.
func (all among) illegal(l, r value.Type) error {
	if all.texts != nil {
		return value.IllegalMix(all.operator, all.texts...)
	}
	return value.IllegalMix(all.operator, l, r)
}

// among finds the collation of all texts that the first one of some expressions is compared with.
func (b *Builder) among(operator string, args []Expr) (among, error) {
	all := among{operator: operator}
	texts := make([]value.Type, len(args)) // numbers and NULL, too: errors name them
	strings := 0
	for i, a := range args {
		texts[i] = asText(a.Type(), b.Env.Collation())
		switch {
		case texts[i].Kind == value.TypeNull:
		case texts[i].Result() == value.ResultString:
			strings++
		case i == 0 || operator == "between" && texts[i].IsNumber(): // compared as numbers
			return all, nil
		}
	}
	if strings < 2 || len(texts) < 3 {
		return all, nil
	}
	mixed, ok := mixTexts(texts)
	differ := slices.ContainsFunc(texts, func(t value.Type) bool { return t.Collation != mixed.Collation })
	if !ok || mixed.Coercibility == value.NoneColl && differ {
		return all, value.IllegalMix(operator, texts...)
	}
	all.collation, all.texts = mixed.Collation, texts
	return all, nil
}

// comparison decides how two expressions are compared, and converts constants once.
func (b *Builder) comparison(l, r Expr, all among) (value.Comparison, Expr, Expr, error) {
	l, r = asColumn(l, r), asColumn(r, l)
	lt, rt := asText(l.Type(), b.Env.Collation()), asText(r.Type(), b.Env.Collation())
	for _, t := range []*value.Type{&lt, &rt} {
		if all.collation != nil && t.Kind != value.TypeNull && t.Result() == value.ResultString {
			t.Collation = all.collation
		}
	}
	var rule value.Comparison
	var err error
	if all.as != nil {
		rule = value.Comparison{How: *all.as, Collation: all.collation}
	} else if rule, err = value.ComparisonOf(&lt, &rt, all.operator); err != nil {
		return rule, nil, nil, err
	}
	switch {
	case all.as != nil:
	case all.exact && rule.How == value.AsDouble && (exactText(l, r) || exactText(r, l)):
		rule.How = value.AsDecimal
	}
	if rule.How == value.AsString && (lossy(l, rule.Collation) || lossy(r, rule.Collation)) {
		return rule, nil, nil, all.illegal(lt, rt)
	}
	if rule.How <= value.AsDouble {
		l, r = asNumber(l), asNumber(r)
	}
	return rule, b.constantFor(rule, l), b.constantFor(rule, r), nil
}

// exactText says that e is a DECIMAL that is not known yet and beside a constant text: MySQL loses
// no digit of either.
func exactText(e, beside Expr) bool {
	return e.Type().Result() == value.ResultDecimal && !IsConst(e) && beside.Type().IsString() && isGiven(beside)
}

// asColumn makes of a constant text beside an integer column the integer that it is, so
// that large ones are compared exactly.
func asColumn(e, beside Expr) Expr {
	column, ok := beside.(*Column)
	if p, given := e.(*Param); given && ok && p.Of.Kind != column.Of.Kind && (column.Of.Kind == value.TypeYear ||
		column.Of.HasDate() && p.Of.IsInteger() || column.Of.IsInteger() && p.Of.IsString()) {
		p.asked.note()
	}
	c, constant := e.(*Const)
	switch {
	case !constant || !ok:
		return e
	case column.Of.Kind == value.TypeYear:
		return asYear(c)
	case column.Of.HasDate() && c.Val.Class() == value.ClassInt:
		return asDate(c)
	}
	if !column.Of.IsInteger() || c.Val.Class() != value.ClassString || c.Of.Hex {
		return e
	}
	d, whole := value.ParseDecimal(c.Val.Bytes())
	if !whole || d.Scale() > 0 {
		return e
	}
	if n, fits := d.ToInt(); fits {
		return &Const{Val: value.Int(n), Of: value.BigInt, Text: c.String()}
	}
	if n, fits := d.ToUint(); fits {
		return &Const{Val: value.Uint(n), Of: value.BigUint, Text: c.String()}
	}
	return e
}

// asDate: beside a column of dates, 20240131 is one; what is none stays a number.
func asDate(c *Const) Expr {
	quiet := true
	env := &value.Env{Listen: func(value.Warning) { quiet = false }}
	d, err := value.ToDateTime(env, c.Val, &c.Of)
	if err != nil || !quiet || d.IsNull() {
		return c
	}
	return &Const{Val: d, Of: value.DateTimeOf(0), Text: c.String()}
}

// asYear: beside a YEAR, 99 is 1999.
func asYear(c *Const) Expr {
	if c.Val.Class() != value.ClassInt && c.Val.Class() != value.ClassString {
		return c
	}
	quiet := true
	env := &value.Env{Listen: func(value.Warning) { quiet = false }}
	n, err := value.ToInt(env, c.Val, &c.Of)
	if err != nil || !quiet || n < 0 || n > 99 || n == 0 && c.Val.Class() == value.ClassInt {
		return c
	}
	return &Const{Val: value.Int(int64(value.TwoDigitYear(int(n)))), Of: value.BigInt, Text: c.String()}
}

// constantFor converts a constant to what the rule compares, when that is possible
// without a warning.
func (b *Builder) constantFor(rule value.Comparison, e Expr) Expr {
	if p, given := e.(*Param); given && (rule.How == value.AsDateTime && !p.Of.HasDate() || rule.How == value.AsTime || (rule.How == value.AsDouble || rule.How == value.AsDecimal) && !p.Of.IsNumber()) {
		p.asked.note()
	}
	c, ok := e.(*Const)
	if !ok || c.Val.IsNull() {
		return e
	}
	quiet := true
	env := *b.Env
	env.Listen = func(value.Warning) { quiet = false }
	var v value.Value
	var t value.Type
	var err error
	switch rule.How {
	case value.AsDateTime:
		if c.Val.Class() == value.ClassTime { // depends on the day
			return e
		}
		v, err = value.ToDateTime(&env, c.Val, &c.Of)
		t = value.DateTimeOf(value.MaxFsp)
	case value.AsTime:
		v, err = value.ToTime(&env, c.Val, &c.Of)
		t = value.TimeOf(value.MaxFsp)
	case value.AsDouble:
		var f float64
		f, err = value.ToDouble(&env, c.Val, &c.Of)
		v, t = value.Double(f), value.DoubleType
	case value.AsDecimal:
		if c.Val.Class() != value.ClassString {
			return e
		}
		var d value.Decimal
		d, err = value.ToDecimal(&env, c.Val, &c.Of)
		v, t = value.Dec(d), value.DecimalOf(value.MaxPrecision, d.Scale())
	default:
		return e
	}
	if err != nil || !quiet || v.IsNull() {
		return e
	}
	return &Const{Val: v, Of: t, Text: c.String()}
}

// Type is a boolean.
func (e *Compare) Type() *value.Type { return &e.of }

// Operator is how the comparison is written.
func (e *Compare) Operator() string { return opText[e.op] }

func (e *Compare) String() string {
	return "(" + e.Left.String() + " " + opText[e.op] + " " + e.Right.String() + ")"
}

func (e *Compare) children() []Expr { return []Expr{e.Left, e.Right} }

func (e *Compare) with(c []Expr) Expr {
	n := *e
	n.Left, n.Right = c[0], c[1]
	return &n
}

// Eval is 1, 0 or NULL.
func (e *Compare) Eval(c *Ctx, row Row) (value.Value, error) {
	l, err := e.Left.Eval(c, row)
	if err != nil {
		return value.Null, err
	}
	return e.against(c, l, row)
}

// against compares a value of the left side, which was computed.
func (e *Compare) against(c *Ctx, l value.Value, row Row) (value.Value, error) {
	if l.IsNull() && e.op != opNullSafe {
		return value.Null, nil
	}
	r, err := e.Right.Eval(c, row)
	if err != nil {
		return value.Null, err
	}
	if l.IsNull() || r.IsNull() {
		if e.op == opNullSafe {
			return value.Bool(l.IsNull() && r.IsNull()), nil
		}
		return value.Null, nil
	}
	order, unknown, err := e.Rule.Compare(c.Env, l, e.Left.Type(), r, e.Right.Type())
	if err != nil {
		return value.Null, err
	}
	if unknown && e.text.there {
		return value.Null, e.text.refuse(l, r)
	}
	if unknown {
		if e.op == opNullSafe {
			return value.Bool(false), nil
		}
		return value.Null, nil
	}
	return value.Bool(e.op.holds(order)), nil
}
