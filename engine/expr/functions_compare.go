package expr

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// choices compare one value with many.
var choices = []Function{
	{Name: "in", Min: 2, Max: -1, Build: buildIn, About: "whether the first argument equals one of the others"},
	{Name: "between", Min: 3, Max: 3, Build: buildBetween, About: "whether the first argument lies between the others, both included"},
	{Name: "greatest", Min: 2, Max: -1, Build: buildGreatest(1), About: "the largest argument; NULL when one is NULL"},
	{Name: "least", Min: 2, Max: -1, Build: buildGreatest(-1), About: "the smallest argument; NULL when one is NULL"},
	{Name: "interval", Min: 2, Max: -1, Null: Own, Result: returns(value.BigInt), Eval: evalInterval, About: "how many of the other arguments, which ascend, are not above the first; -1 for NULL"},
	{Name: "strcmp", Min: 2, Max: 2, Args: []Arg{Text}, Result: returns(value.BigInt), Eval: evalStrcmp, About: "-1, 0 or 1, the order of two texts"},
	{Name: "like", Min: 2, Max: 3, Build: buildLike, About: "whether a text fits a pattern of % and _"},
	{Name: "like escape", Min: 3, Max: 3, Build: buildLike, About: "LIKE with ESCAPE"},
	{Name: "collate", Min: 2, Max: 2, Build: buildCollate, About: "the text with another collation"},
	{Name: "literal collate", Min: 2, Max: 2, Build: buildCollate, About: "_latin1'text' COLLATE latin1_bin"},
	{Name: "under collation", Min: 2, Max: 2, Build: buildUnder, About: "an expression of a view, whose texts have the collation that the view was made under"},
	{Name: "cast char", Min: 1, Max: 3, Build: buildCastText(false), About: "CAST(value AS CHAR(length))"},
	{Name: "cast binary", Min: 1, Max: 2, Build: buildCastText(true), About: "CAST(value AS BINARY(length))"},
	{Name: "cast time", Min: 1, Max: 2, Build: buildCastTime, About: "CAST(value AS TIME(digits))"},
	{Name: "cast decimal", Min: 2, Max: 2, Build: buildCastDecimal, About: "CAST(number AS DECIMAL(digits))"},
	{Name: "convert using", Min: 2, Max: 2, Build: buildConvertUsing, About: "CONVERT(text USING charset)"},
}

// In is IN with a list. Each item is compared by its own rule, as = would.
type In struct {
	Left  Expr
	Items []Expr
	rules []value.Comparison
	// set has the items when all are constants and compared as integers, so that many
	// are as fast as one.
	set map[int64]bool
	// texts has their keys when all are texts that are compared alike.
	texts map[string]bool
	exact *exactSet
	null  bool // an item of the set is NULL
	of    value.Type
}

func buildIn(b *Builder, args []Expr) (Expr, error) {
	if isRow(args[0]) {
		return Sharing(args[0], func(row Expr) (Expr, error) { return b.inRows(row, args[1:]) })
	}
	e := &In{Left: args[0], of: value.Boolean}
	e.of.Nullable = args[0].Type().Nullable
	all, err := b.among(" IN ", args)
	if err != nil {
		return nil, err
	}
	for _, a := range args[1:] {
		if isRow(a) {
			return nil, oneColumn(1)
		}
		rule, _, item, err := b.comparison(args[0], a, all)
		if err != nil {
			return nil, err
		}
		if rule.How == value.AsDateTime || rule.How == value.AsTime || a.Type().Nullable {
			e.of.Nullable = true
		}
		e.Items, e.rules = append(e.Items, item), append(e.rules, rule)
	}
	e.makeSet()
	e.makeExact()
	return b.fold(e, false), nil
}

func (b *Builder) inRows(left Expr, items []Expr) (Expr, error) {
	all := make([]Expr, len(items))
	for i, item := range items {
		var err error
		if all[i], err = b.compareRows(opEqual, left, item); err != nil {
			return nil, err
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return b.Call("or", all...) // at once: each item more would copy those before
}

// shortList is how many alternatives are as well compared one after the other.
const shortList = 16

// listed is an item that may stand in a set.
func (e *In) listed(item Expr) (*Const, bool) {
	if len(e.Items) > shortList {
		return constOf(item)
	}
	c, ok := item.(*Const)
	return c, ok
}

// makeTexts is for IN ('a','b','c') of texts.
func (e *In) makeTexts() {
	if len(e.Items) < 8 || !e.Left.Type().IsString() {
		return
	}
	set, null := make(map[string]bool, len(e.Items)), false
	var key []byte
	for i, item := range e.Items {
		c, ok := e.listed(item)
		if !ok || e.rules[i].How != value.AsString || e.rules[i].Collation != e.rules[0].Collation {
			return
		}
		if c.Val.IsNull() {
			null = true
			continue
		}
		if c.Val.Class() != value.ClassString {
			return
		}
		key = e.rules[0].Collation.AppendKey(key[:0], c.Val.Bytes())
		set[string(key)] = true
	}
	e.texts, e.null = set, null
}

// makeSet is for IN (1,2,3) of integers.
func (e *In) makeSet() {
	e.makeTexts()
	if len(e.Items) < 3 || !e.Left.Type().IsInteger() || e.Left.Type().Unsigned {
		return
	}
	set := make(map[int64]bool, len(e.Items))
	for i, item := range e.Items {
		c, ok := e.listed(item)
		switch {
		case !ok:
			return
		case c.Val.IsNull():
			e.null = true
		case e.rules[i].How == value.AsInt && c.Val.Class() == value.ClassInt:
			set[c.Val.Int()] = true
		default:
			return
		}
	}
	e.set = set
}

// Type is a boolean.
func (e *In) Type() *value.Type { return &e.of }
func (e *In) String() string {
	return "(" + e.Left.String() + " in (" + join(e.Items, ",") + "))"
}
func (e *In) children() []Expr { return append([]Expr{e.Left}, e.Items...) }
func (e *In) with(c []Expr) Expr {
	n := *e
	n.Left, n.Items = c[0], c[1:]
	if slices.Equal(n.Items, e.Items) && n.Left.Type().Kind == e.Left.Type().Kind {
		return &n // what was made of many items stays
	}
	n.set, n.texts, n.exact, n.null = nil, nil, nil, false
	n.makeSet()
	n.makeExact()
	return &n
}

// Eval is 1, 0, or NULL when nothing equals and something is NULL.
func (e *In) Eval(c *Ctx, row Row) (value.Value, error) {
	l, err := e.Left.Eval(c, row)
	if err != nil || l.IsNull() {
		return value.Null, err
	}
	null := e.null
	if e.set != nil {
		if e.set[l.Int()] {
			return value.Bool(true), nil
		}
		return boolOrNull(false, null), nil
	}
	if e.texts != nil && l.Class() == value.ClassString {
		if e.texts[string(e.rules[0].Collation.AppendKey(nil, l.Bytes()))] {
			return value.Bool(true), nil
		}
		return boolOrNull(false, null), nil
	}
	if e.exact != nil {
		if in, asked := e.exact.has(l); asked {
			return boolOrNull(in, null && !in), nil
		}
	}
	number, converted := value.Null, false // a text as a number: converted once, and warned about once
	for i, item := range e.Items {
		r, err := item.Eval(c, row)
		if err != nil {
			return value.Null, err
		}
		if r.IsNull() {
			null = true
			continue
		}
		left, of := l, e.Left.Type()
		if l.Class() == value.ClassString && e.rules[i].How == value.AsDouble {
			if !converted {
				f, err := value.ToDouble(c.Env, l, of)
				if err != nil {
					return value.Null, err
				}
				number, converted = value.Double(f), true
			}
			left, of = number, &value.DoubleType
		}
		order, unknown, err := e.rules[i].Compare(c.Env, left, of, r, item.Type())
		if err != nil {
			return value.Null, err
		}
		if unknown {
			if text := fixedText(e.rules[i], e.Left, item); text.there {
				return value.Null, text.refuse(l, r)
			}
			null = true
		} else if order == 0 {
			return value.Bool(true), nil
		}
	}
	return boolOrNull(false, null), nil
}

func boolOrNull(v, null bool) value.Value {
	if null {
		return value.Null
	}
	return value.Bool(v)
}

// buildBetween makes two comparisons. Both are of one kind: a number on either side of
// texts makes numbers of all three.
func buildBetween(b *Builder, args []Expr) (Expr, error) {
	if x := args[0]; !larger(x) && !volatile(x) {
		return b.between(args) // which computes one that warns once
	}
	return Sharing(args[0], func(x Expr) (Expr, error) { return b.between([]Expr{x, args[1], args[2]}) })
}

func (b *Builder) between(args []Expr) (Expr, error) {
	for _, a := range args {
		if isRow(a) {
			return nil, oneColumn(1)
		}
	}
	all, err := b.among("between", args)
	if err != nil {
		return nil, err
	}
	all.as, all.warns = betweenMoments(args), true
	if all.as == nil && textsBesideNumber(args) {
		how := value.AsDouble
		all.as = &how
	}
	if all.as != nil && *all.as == value.AsString && all.collation == nil {
		all.collation = b.Env.Collation()
	}
	low, err := b.compareAmong(opGreaterEqual, args[0], args[1], all)
	if err != nil {
		return nil, err
	}
	high, err := b.compareAmong(opLessEqual, args[0], args[2], all)
	if err != nil {
		return nil, err
	}
	if how, differ := commonHow(low.Rule.How, high.Rule.How); differ {
		for _, c := range []*Compare{low, high} {
			c.Rule = value.Comparison{How: how}
			c.Left, c.Right = b.constantFor(c.Rule, c.Left), b.constantFor(c.Rule, c.Right)
		}
	}
	if low.Rule.How == value.AsDateTime && (isText(low.Left) || isText(low.Right) || isText(high.Right)) {
		return b.fold(&betweenDates{low.Left, low.Right, high.Right}, false), nil
	}
	text := low.warns() || high.warns()
	if text || volatile(args[0]) || heard(args[0]) {
		if low.Left.Type().Result() == value.ResultString && low.Rule.How == value.AsDouble {
			number := value.DoubleType
			number.Nullable = true
			low.Left = &conversion{low.Left, false, number}
			high.Left = low.Left
		}
		return b.fold(&between2{low, high}, false), nil
	}
	return b.Call("and", b.fold(low, false), b.fold(high, false))
}

// textsBesideNumber says that two of BETWEEN are texts and one is a number, which makes numbers
// of all.
func textsBesideNumber(args []Expr) bool {
	texts, numbers := 0, 0
	for _, a := range args {
		switch t := a.Type(); {
		case t.IsString() && !t.Hex:
			texts++
		case t.IsNumber() && t.Kind != value.TypeEnum && t.Kind != value.TypeSet:
			numbers++
		}
	}
	return texts == 2 && numbers == 1
}

// isText says that an expression is a text that was not converted yet; the parameter of a
// statement is what each execution makes of it.
func isText(e Expr) bool {
	_, given := e.(*Param)
	return !given && e.Type().Result() == value.ResultString
}

// betweenMoments is as what all three of BETWEEN are compared when there are dates or times
// among them and nothing but texts beside: as dates where one has a date, as times where all are
// or a column of times has constants beside it, else as texts. nil is every other BETWEEN.
func betweenMoments(args []Expr) *value.How {
	dates, times, others := 0, 0, 0
	constants := true
	for i, a := range args {
		switch t := a.Type(); {
		case t.Kind == value.TypeNull:
		case t.HasDate():
			dates++
		case t.Kind == value.TypeTime:
			times++
		case t.Result() == value.ResultString:
			others++
			constants = constants && i > 0 && isGiven(a)
		default:
			return nil
		}
	}
	how := value.AsString
	_, column := args[0].(*Column)
	switch {
	case dates+times == 0:
		return nil
	case dates > 0:
		how = value.AsDateTime
	case others == 0, column && constants && args[0].Type().Kind == value.TypeTime:
		how = value.AsTime
	}
	return &how
}

// betweenDates is BETWEEN of dates and texts: a text that is no date is a warning, and counts as
// the zero date.
type betweenDates [3]Expr

func (e *betweenDates) Type() *value.Type { return &value.BooleanNull }
func (e *betweenDates) String() string {
	return "(" + e[0].String() + " between " + e[1].String() + " and " + e[2].String() + ")"
}
func (e *betweenDates) children() []Expr { return e[:] }
func (e *betweenDates) with(c []Expr) Expr {
	n := betweenDates(c)
	return &n
}

// Eval is 1, 0 or NULL.
func (e *betweenDates) Eval(c *Ctx, row Row) (value.Value, error) {
	of, err := e.moment(c, row, 0)
	if err != nil || of.IsNull() {
		return value.Null, err
	}
	outside, null := false, false
	for i := 1; i < len(e); i++ {
		bound, err := e.moment(c, row, i)
		if err != nil {
			return value.Null, err
		}
		switch {
		case bound.IsNull():
			null = true
		case i == 1:
			outside = outside || of.DateTime() < bound.DateTime()
		default:
			outside = outside || of.DateTime() > bound.DateTime()
		}
	}
	return boolOrNull(!outside, !outside && null), nil
}

// moment is an argument as a date with a time of day.
func (e *betweenDates) moment(c *Ctx, row Row, i int) (value.Value, error) {
	v, err := e[i].Eval(c, row)
	if err != nil || v.IsNull() {
		return value.Null, err
	}
	d, err := value.ToDateTime(c.Env, v, e[i].Type())
	if err == nil && d.IsNull() && v.Class() == value.ClassString {
		return value.DateTime(0), nil
	}
	return d, err
}

// commonHow is as what all three of BETWEEN are compared when the two sides differ.
func commonHow(a, b value.How) (value.How, bool) {
	number := func(h value.How) bool { return h <= value.AsDouble }
	switch {
	case a == b:
		return a, false
	case number(a) && number(b):
		return max(a, b), true
	case number(a) && b == value.AsString, number(b) && a == value.AsString:
		return value.AsDouble, true
	}
	return a, false
}

// volatile says that e may give something else when it is computed again.
func volatile(e Expr) bool {
	found := false
	Walk(e, func(x Expr) {
		switch x := x.(type) {
		case *Call:
			found = found || x.Function.Volatile
		case interface{ volatile() bool }:
			found = found || x.volatile()
		}
	})
	return found
}

// Changes says that to compute e may change something, or gives something else each time.
func Changes(e Expr) bool {
	found := volatile(e)
	Walk(e, func(x Expr) {
		_, sets := x.(*SetVariable)
		c, call := x.(*Call)
		found = found || sets || call && c.Function.About == "" && c.Function.Name != "as" // of a plan
	})
	return found
}

// heard says that to compute e twice may warn twice: a text in it is made a number, or it is divided.
func heard(e Expr) bool {
	found := false
	Walk(e, func(x Expr) {
		switch x := x.(type) {
		case *conversion:
			found = found || x.arg.Type().Result() == value.ResultString && !x.of.IsString()
		case *Call:
			switch x.Function.Name {
			case "/", "%", "div":
				found = true
			}
			for i, a := range x.Args {
				if want := x.want(i); want > Encoded && want != Document && want != JSON {
					found = found || a.Type().Result() == value.ResultString
				}
			}
		}
	})
	return found
}

// between2 is BETWEEN of a value that must be computed once, as it may differ the next
// time, or of texts whose warnings are given whatever the first side says.
type between2 struct{ low, high *Compare }

func (e *between2) Type() *value.Type { return &value.BooleanNull }
func (e *between2) String() string {
	return "(" + e.low.Left.String() + " between " + e.low.Right.String() + " and " + e.high.Right.String() + ")"
}
func (e *between2) children() []Expr { return []Expr{e.low.Left, e.low.Right, e.high.Right} }
func (e *between2) with(c []Expr) Expr {
	return &between2{e.low.with(c[:2]).(*Compare), e.high.with([]Expr{c[0], c[2]}).(*Compare)}
}

// Eval is 1, 0 or NULL.
func (e *between2) Eval(c *Ctx, row Row) (value.Value, error) {
	v, err := e.low.Left.Eval(c, row)
	if err != nil {
		return value.Null, err
	}
	low, err := e.low.against(c, v, row)
	if err != nil {
		return value.Null, err
	}
	high, err := e.high.against(c, v, row)
	if err != nil {
		return value.Null, err
	}
	if !low.IsNull() && low.Int() == 0 || !high.IsNull() && high.Int() == 0 {
		return value.Bool(false), nil
	}
	return boolOrNull(true, low.IsNull() || high.IsNull()), nil
}

// warns says that a side is a text that is made a number.
func (e *Compare) warns() bool {
	if e.Rule.How > value.AsDouble {
		return false
	}
	return e.Left.Type().Result() == value.ResultString || e.Right.Type().Result() == value.ResultString
}

// extreme is GREATEST and LEAST.
type extreme struct {
	items []Expr
	sign  int
	rule  value.Comparison
	of    value.Type
	as    value.Type // what they are compared as
	// shown, if set, is how the best date is shown when texts are among the arguments.
	shown *value.Type
}

func buildGreatest(sign int) func(*Builder, []Expr) (Expr, error) {
	return func(b *Builder, args []Expr) (Expr, error) {
		t, err := b.Union(args, map[int]string{1: "greatest", -1: "least"}[sign])
		if err != nil {
			return nil, err
		}
		if t.IsString() && t.Coercibility == value.NoneColl {
			types := make([]value.Type, len(args))
			for i, a := range args {
				types[i] = asText(a.Type(), b.Env.Collation())
			}
			return nil, value.IllegalMix(map[int]string{1: "greatest", -1: "least"}[sign], types...)
		}
		e := &extreme{items: args, sign: sign, of: t, as: t}
		e.compareAs()
		return b.fold(e, false), nil
	}
}

// compareAs: texts with a date among them are compared as dates, with a number as
// texts.
func (e *extreme) compareAs() {
	texts, dates := 0, 0
	for _, a := range e.items {
		switch t := a.Type(); {
		case t.HasDate():
			dates++
		case t.IsString():
			texts++
		}
	}
	if dates > 0 && texts > 0 && dates+texts == len(e.items) {
		e.as, e.of.Nullable = value.DateTimeOf(value.MaxFsp), true
		for _, a := range e.items {
			if t := a.Type(); t.HasDate() && (e.shown == nil || t.Kind > e.shown.Kind || t.Scale > e.shown.Scale) {
				e.shown = t
			}
		}
	}
	e.rule, _ = value.ComparisonOf(&e.as, &e.as, "greatest")
}

func (e *extreme) Type() *value.Type { return &e.of }
func (e *extreme) String() string {
	if e.sign > 0 {
		return "greatest(" + join(e.items, ",") + ")"
	}
	return "least(" + join(e.items, ",") + ")"
}
func (e *extreme) children() []Expr { return e.items }
func (e *extreme) with(c []Expr) Expr {
	n := *e
	n.items = c
	return &n
}

// Eval is NULL when an argument is.
func (e *extreme) Eval(c *Ctx, row Row) (value.Value, error) {
	var best, bestAs value.Value
	var from *value.Type
	for _, item := range e.items {
		v, err := item.Eval(c, row)
		if err != nil || v.IsNull() {
			return value.Null, err
		}
		as, err := value.Adapt(c.Env, v, item.Type(), &e.as)
		if err != nil || as.IsNull() {
			return value.Null, err
		}
		if from != nil {
			order, _, err := e.rule.Compare(c.Env, as, &e.as, bestAs, &e.as)
			if err != nil {
				return value.Null, err
			}
			if order*e.sign <= 0 {
				continue
			}
		}
		best, bestAs, from = v, as, item.Type()
	}
	if e.shown != nil {
		if e.shown.Kind == value.TypeDate {
			bestAs = value.Date(bestAs.DateTime())
		}
		return value.Bytes(value.AppendText(nil, bestAs, e.shown)), nil
	}
	return value.Adapt(c.Env, best, from, &e.of)
}

func buildCastDecimal(b *Builder, args []Expr) (Expr, error) {
	n, err := castLength(args)
	if err != nil {
		return nil, err
	}
	return b.Cast(args[0], value.DecimalOf(n, 0), CastFull)
}

// castLength is the number behind the argument of a cast, 0 without one.
func castLength(args []Expr) (int, error) {
	if len(args) == 1 {
		return 0, nil
	}
	c, ok := constOf(args[1])
	if ok && c.Val.IsNull() && len(args) == 3 {
		return 0, nil
	}
	if !ok || c.Val.Class() != value.ClassInt || c.Val.Int() < 0 || c.Val.Int() > 1<<32-1 {
		return 0, sqlerr.WrongParamCountToNativeFunction.Errorf("Incorrect parameter count in the call to native function '%s'", "CAST")
	}
	return int(c.Val.Int()), nil
}

func buildCastText(binary bool) func(*Builder, []Expr) (Expr, error) {
	return func(b *Builder, args []Expr) (Expr, error) {
		n, err := castLength(args)
		if err != nil {
			return nil, err
		}
		collation, how := b.Env.Collation(), CastFull
		if len(args) > 2 {
			if collation, err = b.castCharset(args[2]); err != nil {
				return nil, err
			}
		}
		t := value.Text(collation, n)
		if binary || collation.Binary() {
			t = value.BytesOf(n)
		}
		if len(args) > 1 && !isNullConst(args[1]) {
			how = CastCut
		}
		return b.Cast(args[0], t, how)
	}
}

// castCharset is the collation of the character set that a cast names.
func (b *Builder) castCharset(name Expr) (*value.Collation, error) {
	c, ok := constOf(name)
	if !ok || c.Val.IsNull() {
		return nil, sqlerr.WrongParamCountToNativeFunction.Errorf("Incorrect parameter count in the call to native function '%s'", "CAST")
	}
	charset, binary := strings.CutSuffix(string(c.Val.Bytes()), " binary") // see engine/grammar
	of := value.CharsetNamed(charset)
	if charset == "" {
		of = b.Env.Collation()
	}
	if of == nil {
		return nil, sqlerr.UnknownCharacterSet.Errorf("Unknown character set: '%s'", charset)
	}
	if bin := of.BinOf(); binary && bin != nil {
		return bin, nil
	}
	return of, nil
}

func isNullConst(e Expr) bool {
	c, ok := constOf(e)
	return ok && c.Val.IsNull()
}

func buildCastTime(b *Builder, args []Expr) (Expr, error) {
	n, err := castLength(args)
	if err != nil {
		return nil, err
	}
	if n > value.MaxFsp {
		return nil, sqlerr.TooBigPrecision.Errorf("Too-big precision %d specified for '%s'. Maximum is %d.", n, "CAST", value.MaxFsp)
	}
	return b.Cast(args[0], value.TimeOf(n), CastFull)
}

func evalInterval(c *Ctx, f *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() {
		return value.Int(-1), nil
	}
	n, err := value.ToDecimal(c.Env, a[0], f.Arg(0))
	for i, v := range a[1:] {
		if err != nil || v.IsNull() {
			continue
		}
		var limit value.Decimal
		if limit, err = value.ToDecimal(c.Env, v, f.Arg(i+1)); err == nil && n.Cmp(limit) < 0 {
			return value.Int(int64(i)), nil
		}
	}
	return value.Int(int64(len(a) - 1)), err
}

func evalStrcmp(_ *Ctx, f *Call, a []value.Value) (value.Value, error) {
	return value.Int(int64(f.Mixed.Compare(a[0].Bytes(), a[1].Bytes()))), nil
}
