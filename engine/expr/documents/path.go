package documents

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// legKind is what a step of a path does.
type legKind uint8

const (
	legMember   legKind = iota // .key
	legMembers                 // .*
	legCell                    // [3], [last-1]
	legCells                   // [*]
	legRange                   // [1 to last]
	legEllipsis                // **
)

// cell is an index, from the end when it says last.
type cell struct {
	n        int
	fromLast bool
}

type leg struct {
	kind     legKind
	key      string
	from, to cell
}

// path is a parsed path.
type path struct {
	legs []leg
	many bool // it may find more than one value
}

// maxLegs bounds a path: no document is deeper, except for ** that are of no use.
const maxLegs = 1 << 10

// pathParser reads a path; at is where it stands.
type pathParser struct {
	s  string
	at int
}

// parsePath reads a path: error 3143 about the character where it stops being one.
func parsePath(s string) (*path, error) {
	p := pathParser{s: s}
	out, ok := p.path()
	if !ok {
		at := utf8.RuneCountInString(s[:min(p.at, len(s))])
		return nil, sqlerr.InvalidJSONPath.Errorf("Invalid JSON path expression. The error is around character position %d.", at)
	}
	return out, nil
}

func (p *pathParser) space() {
	for p.at < len(p.s) && (p.s[p.at] == ' ' || p.s[p.at] >= '\t' && p.s[p.at] <= '\r') {
		p.at++
	}
}

// peek is 0 at the end.
func (p *pathParser) peek() byte {
	if p.at < len(p.s) {
		return p.s[p.at]
	}
	return 0
}

func (p *pathParser) path() (*path, bool) {
	p.space()
	if p.peek() != '$' {
		p.at++
		return nil, false
	}
	p.at++
	out := &path{}
	for {
		p.space()
		if p.at >= len(p.s) {
			break
		}
		l, ok := p.leg()
		if !ok || len(out.legs) == maxLegs {
			return nil, false
		}
		out.legs = append(out.legs, l)
		out.many = out.many || l.kind == legMembers || l.kind == legCells || l.kind == legRange || l.kind == legEllipsis
	}
	n := len(out.legs)
	return out, n == 0 || out.legs[n-1].kind != legEllipsis
}

func (p *pathParser) leg() (leg, bool) {
	switch p.peek() {
	case '.':
		p.at++
		p.space()
		return p.member()
	case '[':
		p.at++
		p.space()
		return p.array()
	case '*':
		p.at++
		if p.peek() != '*' {
			return leg{}, false
		}
		p.at++
		return leg{kind: legEllipsis}, p.at < len(p.s) && p.peek() != '*'
	}
	return leg{}, false
}

func (p *pathParser) member() (leg, bool) {
	switch p.peek() {
	case '*':
		p.at++
		return leg{kind: legMembers}, true
	case '"':
		return p.quoted()
	}
	from := p.at
	for p.at < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.at:])
		if !inName(r, p.at == from) {
			break
		}
		p.at += n
	}
	return leg{key: p.s[from:p.at]}, p.at > from
}

// inName says that a key with this character needs no quotes.
func inName(r rune, first bool) bool {
	switch {
	case r == '$' || r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r):
		return true
	case first:
		return false
	}
	return unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc) || r == 0x200C || r == 0x200D
}

func (p *pathParser) quoted() (leg, bool) {
	from := p.at
	for p.at++; p.at < len(p.s) && p.s[p.at] != '"'; p.at++ {
		if p.s[p.at] == '\\' {
			p.at++
		}
	}
	if p.at >= len(p.s) {
		return leg{}, false
	}
	p.at++
	j, err := value.ParseJSON([]byte(p.s[from:p.at]))
	if err != nil {
		p.at = from
		return leg{}, false
	}
	return leg{key: j.Text}, true
}

func (p *pathParser) array() (leg, bool) {
	if p.peek() == '*' {
		p.at++
		return leg{kind: legCells}, p.close()
	}
	from, ok := p.cell()
	if !ok {
		return leg{}, false
	}
	spaced := p.at
	if p.space(); p.at == spaced || len(p.s)-p.at < 3 || p.s[p.at:p.at+2] != "to" {
		return leg{kind: legCell, from: from}, p.close()
	}
	p.at += 2
	spaced = p.at
	if p.space(); p.at == spaced {
		return leg{}, false
	}
	to, ok := p.cell()
	// a range that can have nothing in it is an error
	if !ok || from.fromLast == to.fromLast && (from.n > to.n) != from.fromLast && from.n != to.n {
		return leg{}, false
	}
	return leg{kind: legRange, from: from, to: to}, p.close()
}

func (p *pathParser) close() bool {
	p.space()
	if p.peek() != ']' {
		return false
	}
	p.at++
	return true
}

func (p *pathParser) cell() (c cell, ok bool) {
	if len(p.s)-p.at >= 4 && p.s[p.at:p.at+4] == "last" {
		p.at += 4
		c.fromLast = true
		back := p.at
		p.space()
		if p.peek() != '-' {
			p.at = back
			return c, true
		}
		p.at++
		p.space()
	}
	from := p.at
	for p.peek() >= '0' && p.peek() <= '9' {
		p.at++
	}
	n, err := strconv.ParseUint(p.s[from:p.at], 10, 32)
	c.n = int(n)
	return c, err == nil
}

// index is where the cell is in an array of n; it may be outside.
func (c cell) index(n int) int {
	if c.fromLast {
		return n - 1 - c.n
	}
	return c.n
}

// Paths that are constant are parsed once. State holds them by argument.
type paths []*path

// parsePaths is Prepare: a path that is wrong is an error when it is asked for.
func parsePaths(f *expr.Call) (any, error) {
	out := make(paths, len(f.Args))
	for i := range f.Args {
		if v, ok := f.Const(i); ok && v.Class() == value.ClassString {
			out[i], _ = parsePath(string(v.Bytes()))
		}
	}
	return out, nil
}

// pathOf is argument i as a path; nil is NULL. One that may find more than one value
// is error 3149 unless many is set.
func pathOf(c *expr.Ctx, f *expr.Call, i int, v value.Value, many bool) (*path, error) {
	if v.IsNull() {
		return nil, nil
	}
	p := f.State.(paths)[i]
	if p == nil {
		text, err := as(c, f, expr.Text, i, v)
		if err != nil {
			return nil, err
		}
		if p, err = parsePath(string(text.Bytes())); err != nil {
			return nil, err
		}
	}
	if p.many && !many {
		return nil, sqlerr.InvalidJSONPathWildcard.Errorf("In this situation, path expressions may not contain the * and ** tokens or an array range.")
	}
	return p, nil
}
