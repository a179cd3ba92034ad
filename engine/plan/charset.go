package plan

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Encoded is a text on its way into a column of a character set that does not have
// every character. In strict mode one that it lacks is error 1366; with IGNORE, or
// without strict mode, it becomes a question mark, with a warning.
type Encoded struct {
	Child   sql.Expression
	column  string
	set     sql.CharacterSetID
	lenient bool
}

var _ sql.Expression = (*Encoded)(nil)

func (e *Encoded) Resolved() bool             { return e.Child.Resolved() }
func (e *Encoded) String() string             { return e.Child.String() }
func (e *Encoded) Type() sql.Type             { return e.Child.Type() }
func (e *Encoded) IsNullable() bool           { return e.Child.IsNullable() }
func (e *Encoded) Children() []sql.Expression { return []sql.Expression{e.Child} }
func (e *Encoded) DebugString() string        { return fmt.Sprintf("encoded(%s)", sql.DebugString(e.Child)) }
func (e *Encoded) IsNonDeterministic() bool   { return nonDeterministic(e.Child) }

// WithChildren implements sql.Expression.
func (e *Encoded) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) != 1 {
		return nil, sql.ErrInvalidChildrenNumber.New(e, len(children), 1)
	}
	return &Encoded{children[0], e.column, e.set, e.lenient}, nil
}

// Eval implements sql.Expression.
func (e *Encoded) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	v, err := e.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return v, err
	}
	text, ok, err := sql.Unwrap[string](ctx, v)
	if err != nil || !ok || holds(e.set, text) {
		return v, err
	}
	cause := sqlerr.TruncatedWrongValueForField.Errorf("Incorrect string value for column '%s': it has characters that %s lacks", e.column, e.set.Name())
	if !e.lenient && strictMode(ctx) {
		return nil, cause
	}
	ctx.Session.Warn(&sql.Warning{Level: "Warning", Code: int(sqlerr.TruncatedWrongValueForField), Message: cause.Message})
	var b strings.Builder
	for _, r := range text {
		if !holds(e.set, string(r)) {
			r = '?'
		}
		b.WriteRune(r)
	}
	return b.String(), nil
}

// holds reports whether a character set has every character of a text.
func holds(set sql.CharacterSetID, text string) bool {
	if set == sql.CharacterSet_utf8mb3 {
		return !strings.ContainsFunc(text, func(r rune) bool { return r > 0xFFFF && r != utf8.RuneError })
	}
	ascii := true
	for i := 0; i < len(text) && ascii; i++ {
		ascii = text[i] < utf8.RuneSelf
	}
	if ascii || set.Encoder() == nil {
		return true
	}
	_, ok := set.Encoder().Encode([]byte(text))
	return ok
}

// charsetOf is for columns whose texts need a look.
func charsetOf(t sql.Type) (sql.CharacterSetID, bool) {
	s, ok := t.(sql.StringType)
	if !ok || !types.IsText(t) {
		return 0, false
	}
	switch set := s.CharacterSet(); set {
	case sql.CharacterSet_utf8mb4, sql.CharacterSet_binary, sql.CharacterSet_Unspecified, sql.CharacterSet_utf16, sql.CharacterSet_utf32:
		return 0, false
	default:
		return set, true
	}
}
