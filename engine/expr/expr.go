package expr

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Expr is an expression. It is never changed once it was made, so that statements
// share it.
type Expr interface {
	// Type is that of the result; who gets it must not change it.
	Type() *value.Type
	// Eval computes the expression for a row, which may be nil when no column is in
	// it. The result is NULL or of the class of Type.
	Eval(c *Ctx, row Row) (value.Value, error)
	// String is the expression as MySQL prints it, for errors and EXPLAIN.
	String() string
}

// Ctx is what an evaluation runs in: the statement's Env and its parameters, among which
// are the values of the queries around it. One goroutine uses it at a time.
type Ctx struct {
	*value.Env
	// Params are the values of the parameters, each of the type that its Param has.
	Params []value.Value

	stack []value.Value
	kept  map[*Call]any
	free  []*Vector

	shared map[*sharedValue]value.Value // of the row that is computed
}

// NewCtx is a context without parameters.
func NewCtx(e *value.Env) *Ctx { return &Ctx{Env: e} }

// maxStackKept bounds the memory that Again keeps.
const maxStackKept = 64

// Again makes it a context for another execution, with room for so many parameters, or for none and
// without an Env: then it keeps nothing of what it was used for.
func (c *Ctx) Again(e *value.Env, params int) {
	stack, list := c.stack[:cap(c.stack)], c.Params[:cap(c.Params)]
	clear(stack)
	clear(list)
	if cap(stack) > maxStackKept {
		stack = nil
	}
	if cap(list) < params {
		list = make([]value.Value, params)
	} else if cap(list) > maxStackKept && e == nil {
		list = nil
	}
	*c = Ctx{Env: e, Params: list[:params], stack: stack[:0]}
}

// Keep is what a call keeps from row to row of one execution, as RAND(1) does; first
// makes it when it is asked for the first time.
func (c *Ctx) Keep(f *Call, first func() any) any {
	if s, ok := c.kept[f]; ok {
		return s
	}
	if c.kept == nil {
		c.kept = map[*Call]any{}
	}
	s := first()
	c.kept[f] = s
	return s
}

// push gives room for the arguments of a call; pop gives it back. A slice that was
// pushed stays good while deeper ones come and go.
func (c *Ctx) push(n int) []value.Value {
	top := len(c.stack)
	if top+n > cap(c.stack) {
		c.stack = append(make([]value.Value, 0, 2*(top+n)+16), c.stack...)
	}
	c.stack = c.stack[:top+n]
	return c.stack[top : top+n : top+n]
}

func (c *Ctx) pop(n int) { c.stack = c.stack[:len(c.stack)-n] }

// Column is a column of the row.
type Column struct {
	Index int
	Of    value.Type
	Name  string // as MySQL prints it: `db`.`t`.`c`
}

// NewColumn is column number index of the rows that come in.
func NewColumn(index int, t value.Type, name string) *Column { return &Column{index, t, name} }

func (e *Column) Type() *value.Type { return &e.Of }
func (e *Column) String() string    { return e.Name }

// Eval gives the value in the row. A document that is read out of its text is charged.
func (e *Column) Eval(c *Ctx, row Row) (value.Value, error) {
	if e.Of.Kind == value.TypeJSON {
		if at, ok := row.(*At); ok {
			return at.Batch.Columns[e.Index].document(c, at.I)
		}
	}
	return row.Value(e.Index), nil
}

// Const is a literal, or what was folded to one.
type Const struct {
	Val value.Value
	Of  value.Type
	// Text is how it was written, if that is not how the value prints.
	Text string
	// chosen is the number of which Val is the text, because CASE has other texts beside it.
	chosen *Const
}

// NewConst is a constant of a type, which says whether it may be NULL.
func NewConst(v value.Value, t value.Type) *Const {
	t.Nullable = v.IsNull()
	return &Const{Val: v, Of: t}
}

func (e *Const) Type() *value.Type                       { return &e.Of }
func (e *Const) Eval(_ *Ctx, _ Row) (value.Value, error) { return e.Val, nil }

func (e *Const) String() string {
	switch {
	case e.Text != "":
		return e.Text
	case e.Val.IsNull():
		return "NULL"
	case e.Of.IsNumber():
		return string(value.AppendText(nil, e.Val, &e.Of))
	}
	return "'" + string(value.AppendText(nil, e.Val, &e.Of)) + "'"
}

// Param is a parameter of a prepared statement.
type Param struct {
	Slot int
	Of   value.Type

	asked *Asked // of one that stands for a constant
}

// NewParam is parameter number slot, whose values are of the type that is given.
func NewParam(slot int, t value.Type) *Param { return &Param{Slot: slot, Of: t} }

func (e *Param) Type() *value.Type { return &e.Of }

// Eval gives the value that the statement was executed with.
func (e *Param) Eval(c *Ctx, _ Row) (value.Value, error) { return c.Params[e.Slot], nil }

// Literals of the types that MySQL gives them.

// IntLiteral is a whole number.
func IntLiteral(n int64) *Const {
	t := value.BigInt
	t.Length = uint32(len(strconv.FormatInt(n, 10)))
	return NewConst(value.Int(n), t)
}

// UintLiteral is a whole number above the signed ones.
func UintLiteral(n uint64) *Const { return NewConst(value.Uint(n), value.BigUint) }

// DecimalLiteral is a number with a point.
func DecimalLiteral(d value.Decimal) *Const {
	return NewConst(value.Dec(d), value.DecimalOf(max(1, d.Digits())+d.Scale(), d.Scale()))
}

// DoubleLiteral is a number with an exponent.
func DoubleLiteral(f float64) *Const { return NewConst(value.Double(f), value.DoubleType) }

// TextLiteral is a string in the connection's collation.
func TextLiteral(s string, c *value.Collation) *Const {
	t := value.Text(c, len([]rune(s)))
	t.ASCII = IsASCII(s)
	return NewConst(value.String(s), t)
}

// BytesLiteral is a binary string; hex says that it was written as 0xFF or b'1', which
// is a number beside numbers.
func BytesLiteral(b []byte, hex bool) *Const {
	t := value.BytesOf(len(b))
	t.Hex = hex
	return NewConst(value.Bytes(b), t)
}

// NullLiteral is NULL.
func NullLiteral() *Const { return NewConst(value.Null, value.NullType) }

// IsASCII says that a text has no other characters.
func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// Asked notes that a Builder would have looked at the value of a constant, to decide on a type or to
// prepare something, where a parameter stands for the constant: what was made is not what the
// constant itself would have made then.
type Asked struct {
	yes, closed bool
	of          map[int]value.Type // the parameters
}

// NewGiven is a parameter that stands for a constant.
func NewGiven(slot int, t value.Type, a *Asked) *Param {
	if a.of == nil {
		a.of = map[int]value.Type{}
	}
	a.of[slot] = t
	return &Param{slot, t, a}
}

// Given says that it stands for a constant.
func (e *Param) Given() bool { return e.asked != nil }

// Close ends the noting, and says whether somebody has asked.
func (a *Asked) Close() bool {
	a.closed = true
	return a.yes
}

func (a *Asked) note() {
	if a != nil && !a.closed {
		a.yes = true
	}
}

// constOf is e if it is a constant. One that a parameter stands for was asked for its value.
func constOf(e Expr) (*Const, bool) {
	switch e := e.(type) {
	case *Const:
		return e, true
	case *Param:
		e.asked.note()
	}
	return nil, false
}

// ConstOf is e if it is a constant: for who decides by its value.
func ConstOf(e Expr) (*Const, bool) { return constOf(e) }

// isGiven says that e is a constant, or a parameter that stands for one.
func isGiven(e Expr) bool {
	if p, ok := e.(*Param); ok {
		return p.asked != nil
	}
	return IsConst(e)
}

// mark stands around the number of a parameter in the text of an expression.
const mark = "\x00"

var marked = regexp.MustCompile(mark + "[0-9]{1,9}" + mark)

// String is ?, or a place where the value will stand: in an error of an execution.
func (e *Param) String() string {
	if e.asked == nil {
		return "?"
	}
	return mark + strconv.Itoa(e.Slot) + mark
}

// Named is an error of an execution with the values of parameters in the texts of expressions, as the
// constants would stand there.
func (a *Asked) Named(err error, params []value.Value) error {
	if err == nil || a == nil {
		return err
	}
	var e *sqlerr.Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, mark) {
		return err
	}
	named := *e
	named.Message = marked.ReplaceAllStringFunc(e.Message, func(m string) string {
		slot, err := strconv.Atoi(strings.Trim(m, mark))
		t, known := a.of[slot]
		if err != nil || !known || slot >= len(params) {
			return m
		}
		return Named(&Const{Val: params[slot], Of: t})
	})
	return &named
}
