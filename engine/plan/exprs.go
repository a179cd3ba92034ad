package plan

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// expr converts an expression over the columns of a scope.
func (c *converter) expr(s *scope, e sql.Expression) (expr.Expr, error) {
	if c.depth++; c.depth > maxNesting {
		return nil, value.TooDeep("the expression")
	}
	defer func() { c.depth-- }()
	if c.leaf != nil {
		return c.bridge(s, e)
	}
	return c.known(s, e)
}

// bridge converts what we know, and leaves the rest to the library.
func (c *converter) bridge(s *scope, e sql.Expression) (expr.Expr, error) {
	switch e.(type) {
	case *expression.GetField, *plan.Subquery, *plan.ExistsSubquery, *plan.InSubquery, *expression.UserVar, *expression.SystemVar, *RoutineCall, *SequenceCall, *place:
		return c.leaf(e), nil
	}
	x, err := c.known(s, e)
	if _, is := IsUnconverted(err); is {
		return c.leaf(e), nil
	}
	return x, err
}

// known converts an expression, or says that it is an Unconverted.
func (c *converter) known(s *scope, e sql.Expression) (expr.Expr, error) {
	if c.rollups {
		if x := rolledUp(s, e); x != nil {
			return x, nil
		}
	}
	switch e := e.(type) {
	case *expression.GetField:
		if e.Id() == 0 && e.Name() == "" && e.Table() == "dual" {
			return expr.NullLiteral(), nil // the column that DUAL has for the binder's sake
		}
		return c.column(s, e.Id(), e.Table(), e.Name())
	case *place:
		return c.placed(s, e)
	case *selected:
		return expr.NewColumn(e.at, s.cols[e.at].typ, e.String()), nil
	case *expression.Alias:
		for i := 0; s != nil && i < len(s.cols); i++ { // it was computed below
			if col := &s.cols[i]; col.id == e.Id() && col.id != 0 {
				return expr.NewColumn(i, col.typ, printedName("", e.Name())), nil
			}
		}
		return c.expr(s, e.Child)
	case *grammar.BoundForm:
		if s == nil {
			return nil, unconverted("form %d", e.Kind)
		}
		return c.form(s, e)
	case *grammar.OverCall:
		if s == nil {
			return nil, unconverted("a window function")
		}
		if i := overIn(s.cols, e.Over); i >= 0 {
			return expr.NewColumn(i, s.cols[i].typ, e.String()), nil
		}
		return nil, sqlerr.WindowInvalidUse.Errorf("You cannot use the window function '%s' in this context.'", e.Name)
	case *expression.Wrapper:
		return c.expr(s, e.Unwrap())
	case *expression.Literal:
		return c.literal(e)
	case *Given:
		return c.given(e)
	case *expression.EnumToString: // a member is its text anyhow
		return c.expr(s, e.Enum)
	case *Variable:
		return c.variableOf(e), nil
	case *RoutineCall:
		c.momentary = true
		return c.routineCall(s, e)
	case *SequenceCall:
		c.momentary = true
		return c.sequenceCall(s, e)
	case *plan.Subquery:
		return c.scalar(s, e)
	case *plan.ExistsSubquery:
		return c.exists(s, e)
	case *plan.InSubquery:
		return c.inSubquery(s, e)
	}
	if a, ok := e.(*expression.Arithmetic); ok {
		if x, is, err := c.withInterval(s, a); is {
			return x, err
		}
	}
	if name, ok := operatorOf(e); ok {
		switch name {
		case "=", "<=>", "<", "<=", ">", ">=":
			return c.compared(s, name, e.Children()...)
		}
		return c.call(s, name, e.Children()...)
	}
	return c.special(s, e)
}

// call converts a function or an operator by its name.
func (c *converter) call(s *scope, name string, list ...sql.Expression) (expr.Expr, error) {
	if name == grammar.UnderName && len(list) == 2 {
		if lit, ok := list[0].(*expression.Literal); ok {
			collation, _ := lit.Value().(string)
			defer c.under(collation)()
		}
	}
	args := make([]expr.Expr, len(list))
	for i, e := range list {
		var err error
		if args[i], err = c.expr(s, plainBeside(e, list)); err != nil {
			return nil, err
		}
	}
	return c.made(name, args...)
}

// plainBeside is a text without the type of the column that it is compared with, which the binder has given it:
// its collation is the connection's.
func plainBeside(e sql.Expression, list []sql.Expression) sql.Expression {
	lit, ok := e.(*expression.Literal)
	if !ok || len(list) != 2 {
		return e
	}
	text, ok := lit.Value().(string)
	if !ok {
		return e
	}
	for _, beside := range list {
		if f, ok := beside.(*expression.GetField); ok && f.Type().Equals(lit.Type()) {
			return expression.NewLiteral(text, types.LongText)
		}
	}
	return e
}

// made makes a call. What we have not is left to the library.
func (c *converter) made(name string, args ...expr.Expr) (expr.Expr, error) {
	if functions.Lookup(name) == nil {
		return nil, unconverted("function %s", name)
	}
	return c.b.Call(name, args...)
}

// operatorOf is what we call an operator of the library.
func operatorOf(e sql.Expression) (name string, ok bool) {
	switch e := e.(type) {
	case *expression.Equals:
		return "=", true
	case *expression.NullSafeEquals:
		return "<=>", true
	case *expression.LessThan:
		return "<", true
	case *expression.LessThanOrEqual:
		return "<=", true
	case *expression.GreaterThan:
		return ">", true
	case *expression.GreaterThanOrEqual:
		return ">=", true
	case *expression.And:
		return "and", true
	case *expression.Or:
		return "or", true
	case *expression.Xor:
		return "xor", true
	case *expression.IsNull:
		return "is null", true
	case *expression.Arithmetic:
		return e.Op, true
	case *expression.Div:
		return "/", true
	case *expression.IntDiv:
		return "div", true
	case *expression.Mod:
		return "%", true
	case *expression.UnaryMinus:
		return "neg", true
	case *expression.BitOp:
		return e.Op, true
	case *expression.Between:
		return "between", true
	case expression.Tuple:
		return "row", true
	}
	return "", false
}

// special converts operators that are more than a name with arguments.
func (c *converter) special(s *scope, e sql.Expression) (expr.Expr, error) {
	switch e := e.(type) {
	case *expression.Not:
		return c.not(s, e)
	case *grammar.Once:
		return c.expr(s, e.Child)
	case *expression.IsTrue:
		return c.isTrue(s, e, false)
	case *expression.InTuple:
		return c.in(s, e.Left(), e.Right())
	case *expression.Like:
		if e.Escape != nil {
			return c.call(s, "like", e.LeftChild, e.RightChild, e.Escape)
		}
		return c.call(s, "like", e.LeftChild, e.RightChild)
	case *expression.Case:
		return c.caseOf(s, e)
	case *expression.Convert:
		return c.cast(s, e)
	case *expression.Binary:
		x, err := c.expr(s, e.Child)
		if err != nil {
			return nil, err
		}
		return c.b.Cast(x, value.BytesOf(0), expr.CastFull)
	case *expression.ConvertUsing:
		x, err := c.expr(s, e.Child)
		if err != nil {
			return nil, err
		}
		return c.made("convert using", x, expr.TextLiteral(e.TargetCharSet.Name(), nil))
	case *expression.CollatedExpression:
		x, err := c.expr(s, e.Child())
		if err != nil {
			return nil, err
		}
		return c.made("collate", x, expr.TextLiteral(sql.CollationID(hidden(e, "collation").Uint()).Name(), nil))
	case *expression.UserVar, *expression.SystemVar:
		return c.variable(e)
	}
	return c.function(s, e)
}

func (c *converter) not(s *scope, e *expression.Not) (expr.Expr, error) {
	switch child := e.Child.(type) {
	case *expression.Equals:
		return c.compared(s, "<>", child.Left(), child.Right())
	case *expression.IsNull:
		return c.call(s, "is not null", child.Child)
	case *expression.IsTrue:
		return c.isTrue(s, child, true)
	case *plan.InSubquery:
		return c.notInSubquery(s, child)
	}
	return c.call(s, "not", e.Child)
}

func (c *converter) isTrue(s *scope, e *expression.IsTrue, not bool) (expr.Expr, error) {
	name := "true"
	if hidden(e, "invert").Bool() {
		name = "false"
	}
	if not {
		name = "not " + name
	}
	return c.call(s, "is "+name, e.Child)
}

func (c *converter) in(s *scope, left, right sql.Expression) (expr.Expr, error) {
	list, ok := right.(expression.Tuple)
	if !ok {
		return nil, unconverted("IN %T", right)
	}
	return c.compared(s, "in", append([]sql.Expression{left}, list...)...)
}

func (c *converter) caseOf(s *scope, e *expression.Case) (expr.Expr, error) {
	var args []sql.Expression
	name := "case"
	if e.Expr != nil {
		name, args = "case of", append(args, e.Expr)
	}
	for _, b := range e.Branches {
		args = append(args, b.Cond, b.Value)
	}
	if e.Else != nil {
		args = append(args, e.Else)
	}
	return c.call(s, name, args...)
}

// cast converts CAST and CONVERT.
func (c *converter) cast(s *scope, e *expression.Convert) (expr.Expr, error) {
	x, err := c.expr(s, e.Child)
	if err != nil {
		return nil, err
	}
	length, scale := int(hidden(e, "typeLength").Int()), int(hidden(e, "typeScale").Int())
	how := expr.CastFull
	if length > 0 {
		how = expr.CastCut
	}
	if length == noLength {
		length = 0
	}
	var t value.Type
	switch kind := hidden(e, "castToType").String(); kind {
	case expression.ConvertToBinary:
		t = value.BytesOf(length)
	case expression.ConvertToChar, expression.ConvertToNChar:
		t = value.Text(c.b.Env.Collation(), length)
	case expression.ConvertToDate:
		t, how = value.DateOfDay, expr.CastFull
	case expression.ConvertToDatetime:
		t, how = value.DateTimeOf(length), expr.CastFull
	case expression.ConvertToTime:
		t, how = value.TimeOf(length), expr.CastFull
	case expression.ConvertToDecimal:
		if length == 0 {
			length = 10
		}
		t, how = value.DecimalOf(length, scale), expr.CastFull
	case expression.ConvertToSigned:
		t, how = value.BigInt, expr.CastFull
	case expression.ConvertToUnsigned:
		t, how = value.BigUint, expr.CastFull
	case expression.ConvertToDouble, expression.ConvertToReal:
		t, how = value.DoubleType, expr.CastFull
	case expression.ConvertToFloat:
		t, how = value.DoubleType, expr.CastFull
		t.Kind, t.Length = value.TypeFloat, 12
	case expression.ConvertToJSON:
		t, how = value.JSONType, expr.CastFull
	case expression.ConvertToYear:
		t, how = value.Type{Kind: value.TypeYear, Unsigned: true, Length: 4, Coercibility: value.Numeric, ASCII: true}, expr.CastFull
	default:
		return nil, unconverted("CAST AS %s", kind)
	}
	return c.b.Cast(x, t, how)
}

// under has what is converted read under another collation_connection than the session's, until back is called; "" is no
// other one.
func (c *converter) under(collation string) (back func()) {
	of := value.CollationNamed(collation)
	if of == nil || of == c.b.Env.Collation() {
		return func() {}
	}
	b, spoken := c.b, c.spoken
	env := *b.Env
	env.Connection = of
	if c.b = functions.NewBuilder(&env); spoken == nil {
		c.spoken = b.Env.Collation()
	}
	return func() { c.b, c.spoken = b, spoken }
}

// literal converts a constant. Those that the binder gave the type of the column beside
// them have the connection's collation again.
func (c *converter) literal(e *expression.Literal) (expr.Expr, error) {
	switch v := e.Value().(type) {
	case nil:
		return expr.NullLiteral(), nil
	case bool:
		return expr.NewConst(value.Bool(v), value.Boolean), nil // true inside a document
	case string:
		coll := c.b.Env.Collation()
		if t, ok := e.Type().(sql.StringType); ok && types.IsTextBlob(e.Type()) && t.Collation() != sql.Collation_Default { // which the library gives what it has computed
			of := value.CollationOf(uint16(t.Collation()))
			if of == nil {
				return nil, unconverted("collation %s", t.Collation().Name())
			}
			if of != c.spoken { // that of the session, which the binder has given it in a view, too
				coll = of
			}
		}
		return expr.TextLiteral(v, coll), nil
	case []byte:
		return expr.BytesLiteral(v, types.IsTextBlob(e.Type()) && e.Type() == types.LongBlob), nil
	case float64:
		return expr.DoubleLiteral(v), nil
	case float32:
		return expr.DoubleLiteral(float64(v)), nil
	case decimal.Decimal:
		d, whole := value.ParseDecimal([]byte(v.StringFixed(max(0, -v.Exponent())))) // the type says more digits than were written
		if !whole {
			return nil, unconverted("a decimal literal")
		}
		return expr.DecimalLiteral(d), nil
	case time.Time:
		packed, err := codec.DateTimeOf(v)
		if err != nil {
			return nil, unconverted("a date literal")
		}
		if v.Equal(zeroTime) {
			packed = 0
		}
		if e.Type() == types.Date {
			return expr.NewConst(value.Date(packed), value.DateOfDay), nil
		}
		return expr.NewConst(value.DateTime(packed), value.DateTimeOf(value.MaxFsp)), nil
	case types.Timespan:
		return expr.NewConst(value.Time(int64(v)), value.TimeOf(value.MaxFsp)), nil
	}
	if n, ok := e.Value().(int); ok {
		return expr.IntLiteral(int64(n)), nil
	}
	if n, ok := asInteger(e.Value()); ok {
		if n.large != nil {
			return expr.UintLiteral(n.large.Uint64()), nil
		}
		return expr.IntLiteral(n.small), nil
	}
	return nil, unconverted("literal %T", e.Value())
}

// decimalText writes a literal with as many digits behind the point as it was written
// with; decimal.Decimal's own String leaves zeros out.
func decimalText(v decimal.Decimal, t sql.Type) string {
	scale := max(0, -v.Exponent())
	if d, ok := t.(sql.DecimalType); ok {
		scale = max(scale, int32(d.Scale()))
	}
	return v.StringFixed(scale)
}

// moment is @@timestamp: when NOW is, in seconds since 1970.
func (c *converter) moment() (expr.Expr, error) {
	now, err := c.b.Call("now", expr.IntLiteral(value.MaxFsp))
	if err != nil {
		return nil, err
	}
	seconds, err := c.b.Call("unix_timestamp", now)
	if err != nil {
		return nil, err
	}
	return c.b.Call("+", seconds, expr.DoubleLiteral(0))
}

// systemText is a text as the server has them of itself.
func systemText(s string) expr.Expr {
	t := value.Text(value.CollationNamed("utf8mb3_general_ci"), utf8.RuneCountInString(s))
	t.Coercibility, t.ASCII = value.SysConst, true
	return expr.NewConst(value.Bytes([]byte(s)), t)
}

// variable converts @name and @@name.
func (c *converter) variable(e sql.Expression) (expr.Expr, error) {
	c.unsteady = true // its type is the one that it has now
	switch e := e.(type) {
	case *expression.UserVar:
		return c.b.UserVariable(e.Name), nil
	case *expression.SystemVar: // a statement sees one value
		if e.SpecifiedScope == "" { // a column's name: see BareVariables
			return nil, sql.ErrColumnNotFound.New(e.Name)
		}
		if strings.EqualFold(e.Name, "timestamp") { // shows the moment that is in use
			return c.moment()
		}
		if strings.EqualFold(e.Name, "character_set_database") && e.Scope.IsSessionOnly() { // it may have been set
			v, err := c.ctx.GetSessionVariable(c.ctx, e.Name)
			return expr.TextLiteral(fmt.Sprint(v), nil), err
		}
		v, err := e.Eval(c.ctx, nil)
		if err != nil {
			return nil, err
		}
		of, ok := table.ValueType(e.Type(), true)
		if v == nil { // a server that reaches no files
			return expr.NullLiteral(), nil
		}
		if !ok { // a text that is one of several, or some of them
			text, err := e.Type().SQL(c.ctx, nil, v)
			if err != nil {
				return nil, err
			}
			return systemText(text.ToString()), nil
		}
		x, err := ValueOf(c.ctx, v, e.Type(), &of)
		if err != nil {
			return nil, unconverted("variable @@%s", e.Name)
		}
		return expr.NewConst(x, of), nil
	}
	return nil, unconverted("%T", e)
}
