package expr

import (
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Like is LIKE: the pattern must fit the whole text, space for space, character by
// character under the collation.
type Like struct {
	Text, Pattern Expr
	Escape        rune // -1: none
	Collation     *value.Collation
	steps         []likeStep // of a constant pattern
	of            value.Type
}

// likeStep is a character of a pattern.
type likeStep struct {
	any    bool // %
	one    bool // _
	weight uint64
	char   rune
}

func buildLike(b *Builder, args []Expr) (Expr, error) {
	e := &Like{Text: args[0], Pattern: args[1], Escape: '\\', of: value.Boolean}
	if len(args) == 3 {
		if err := e.setEscape(args[2]); err != nil {
			return nil, err
		}
	}
	t, p := asText(args[0].Type(), b.Env.Collation()), asText(args[1].Type(), b.Env.Collation())
	c, strength, ok := value.Mix(&t, &p)
	if !ok || strength == value.NoneColl || lossy(args[0], c) || lossy(args[1], c) {
		return nil, value.IllegalMix("like", t, p)
	}
	e.Collation = c
	e.of.Nullable = t.Nullable || p.Nullable
	e.prepare()
	return b.fold(e, false), nil
}

func (e *Like) setEscape(arg Expr) error {
	c, ok := constOf(arg)
	if !ok {
		return sqlerr.WrongArguments.Errorf("Incorrect arguments to ESCAPE")
	}
	s := value.AppendText(nil, c.Val, &c.Of)
	switch r, n := utf8.DecodeRune(s); {
	case c.Val.IsNull():
		e.Escape = '\\'
	case len(s) == 0:
		e.Escape = -1
	case n < len(s):
		return sqlerr.WrongArguments.Errorf("Incorrect arguments to ESCAPE")
	default:
		e.Escape = r
	}
	return nil
}

func (e *Like) prepare() {
	e.steps = nil
	if c, ok := constOf(e.Pattern); ok && !c.Val.IsNull() {
		e.steps = e.compile(value.AppendText(nil, c.Val, &c.Of))
	}
}

// compile takes a pattern apart; a constant one, once. It is never nil.
func (e *Like) compile(p []byte) []likeStep {
	steps := make([]likeStep, 0, len(p))
	for len(p) > 0 {
		r, n := e.decode(p)
		p = p[n:]
		switch {
		case r == e.Escape && len(p) > 0:
			r, n = e.decode(p)
			p = p[n:]
			steps = append(steps, likeStep{weight: e.Collation.RuneWeight(r), char: r})
		case r == '%':
			if len(steps) == 0 || !steps[len(steps)-1].any {
				steps = append(steps, likeStep{any: true})
			}
		case r == '_':
			steps = append(steps, likeStep{one: true})
		default:
			steps = append(steps, likeStep{weight: e.Collation.RuneWeight(r), char: r})
		}
	}
	return steps
}

func (e *Like) decode(s []byte) (rune, int) {
	if e.Collation.Binary() {
		return rune(s[0]), 1
	}
	return utf8.DecodeRune(s)
}

// likeSteps is how many characters are compared before somebody asks whether the statement was ended.
const likeSteps = 1 << 16

// match goes back to the last % only, so it needs no more than the lengths multiplied. ask ends it with an error.
func (e *Like) match(s []byte, steps []likeStep, ask func() error) (bool, error) {
	at, backStep, backText := 0, -1, []byte(nil)
	for n := 1; ; n++ {
		if n%likeSteps == 0 {
			if err := ask(); err != nil {
				return false, err
			}
		}
		if at < len(steps) && steps[at].any {
			at++
			if at == len(steps) {
				return true, nil
			}
			backStep, backText = at, s
			continue
		}
		if len(s) == 0 && at == len(steps) {
			return true, nil
		}
		if len(s) > 0 && at < len(steps) {
			r, n := e.decode(s)
			if steps[at].one || steps[at].char == r || steps[at].weight == e.Collation.RuneWeight(r) {
				s, at = s[n:], at+1
				continue
			}
		}
		if backStep < 0 || len(backText) == 0 {
			return false, nil
		}
		_, n := e.decode(backText)
		backText = backText[n:]
		s, at = backText, backStep
	}
}

// Pattern is LIKE for many texts with one pattern, outside of an expression.
type Pattern struct {
	like  Like
	steps []likeStep
}

// NewPattern takes a pattern apart; escape -1 is none.
func NewPattern(pattern []byte, escape rune, c *value.Collation) *Pattern {
	p := &Pattern{like: Like{Escape: escape, Collation: c}}
	p.steps = p.like.compile(pattern)
	return p
}

// Match says whether the pattern fits the whole text.
func (p *Pattern) Match(c *Ctx, text []byte) (bool, error) {
	return p.like.match(text, p.steps, func() error { return c.Context().Err() })
}

// Prefix is the text that everything begins with that fits a constant pattern: for
// ranges of an index.
func (e *Like) Prefix() string {
	out := ""
	for _, s := range e.steps {
		if s.any || s.one {
			break
		}
		out += string(s.char)
	}
	return out
}

// Type is a boolean.
func (e *Like) Type() *value.Type { return &e.of }
func (e *Like) String() string {
	return "(" + e.Text.String() + " like " + e.Pattern.String() + ")"
}
func (e *Like) children() []Expr { return []Expr{e.Text, e.Pattern} }
func (e *Like) with(c []Expr) Expr {
	n := *e
	n.Text, n.Pattern = c[0], c[1]
	n.prepare()
	return &n
}

// Eval is 1, 0 or NULL.
func (e *Like) Eval(c *Ctx, row Row) (value.Value, error) {
	v, err := e.Text.Eval(c, row)
	if err != nil || v.IsNull() {
		return value.Null, err
	}
	steps := e.steps
	if steps == nil {
		p, err := e.Pattern.Eval(c, row)
		if err != nil || p.IsNull() {
			return value.Null, err
		}
		text, err := value.ToText(c.Env, p, e.Pattern.Type())
		if err != nil {
			return value.Null, err
		}
		if err := c.Borrow(len(text) * 32); err != nil {
			return value.Null, err
		}
		steps = e.compile(text)
	}
	text, err := value.ToText(c.Env, v, e.Text.Type())
	if err != nil {
		return value.Null, err
	}
	fits, err := e.match(text, steps, func() error { return c.Context().Err() })
	return value.Bool(fits), err
}
