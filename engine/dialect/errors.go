package dialect

import (
	"fmt"

	"github.com/lxdb/lxdb/engine/lex"
)

// SyntaxError says where the text stopped being a statement.
type SyntaxError = lex.SyntaxError

// NotSupportedError is for a statement or clause that lxdb knows but has not
// built. It stands for error 1235: the clause was understood and refused, never ignored.
type NotSupportedError struct {
	Feature string // what was asked for, as a noun: "row filters in GRANT"
	Offset  int    // in bytes from the start of the text
	Hint    string // what to write instead, or why; "" for nothing
}

func (e *NotSupportedError) Error() string {
	return fmt.Sprintf("This version of lxdb doesn't yet support '%s'", e.Feature)
}

// fail records the first error at token t. After it the parser sees only the
// end of the text, so that loops end and nobody has to look at each result.
func (p *parser) fail(t lex.Token, format string, args ...any) {
	if p.err != nil {
		return
	}
	near, line := lex.Near(p.src, t.Pos, p.mode, true)
	p.err = &SyntaxError{
		Offset: t.Pos,
		Line:   line,
		Near:   near,
		Hint:   fmt.Sprintf(format, args...),
	}
}

// refused is notSupported with what to write instead, or why.
func (p *parser) refused(feature, hint string) {
	if p.err == nil {
		p.err = &NotSupportedError{Feature: feature, Offset: p.peek().Pos, Hint: hint}
	}
}

// notSupported records that the clause at the current token is known and not built.
func (p *parser) notSupported(feature string) {
	if p.err == nil {
		p.err = &NotSupportedError{Feature: feature, Offset: p.peek().Pos}
	}
}
