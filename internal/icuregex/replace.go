package regex

import (
	"context"
	"strings"

	"github.com/dlclark/regexp2"
)

func (m *matcher) Replace(ctx context.Context, replacement string, position, occurrence int) (string, error) {
	s, err := m.search(ctx, position)
	if err != nil {
		return "", err
	}
	parts, err := parseReplacement(replacement, m.prog)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	done := 0 // text before this is written
	for n := 1; ; n++ {
		found, err := s.next()
		if err != nil {
			return "", err
		}
		if found == nil {
			break
		}
		if occurrence > 0 && n < occurrence {
			continue
		}
		out.WriteString(string(m.text[done:found.Index]))
		writeReplacement(&out, parts, found)
		done = found.Index + found.Length
		if occurrence > 0 {
			break
		}
	}
	out.WriteString(string(m.text[done:]))
	return out.String(), nil
}

// replacePart is literal text, or the text of a group when group >= 0.
type replacePart struct {
	literal string
	group   int
}

func writeReplacement(out *strings.Builder, parts []replacePart, found *regexp2.Match) {
	for _, p := range parts {
		if p.group < 0 {
			out.WriteString(p.literal)
		} else if g := found.GroupByNumber(p.group); g != nil && len(g.Captures) > 0 {
			out.WriteString(g.String())
		}
	}
}

// parseReplacement reads ICU's replacement syntax: $n takes as many digits as
// still name a group, ${name} names one, and a backslash makes the next
// character literal (or is one of \uhhhh, \Uhhhhhhhh).
func parseReplacement(s string, p *program) ([]replacePart, error) {
	var parts []replacePart
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			parts = append(parts, replacePart{literal.String(), -1})
			literal.Reset()
		}
	}
	in := &input{src: []rune(s)}
	for !in.eof() {
		switch r := in.next(); r {
		case '\\':
			if in.eof() {
				continue // ICU drops a trailing backslash
			}
			lit, err := in.replacementEscape()
			if err != nil {
				return nil, err
			}
			literal.WriteRune(lit)
		case '$':
			group, err := in.groupReference(p)
			if err != nil {
				return nil, err
			}
			flush()
			parts = append(parts, replacePart{group: group})
		default:
			literal.WriteRune(r)
		}
	}
	flush()
	return parts, nil
}

func (in *input) replacementEscape() (rune, error) {
	switch r := in.next(); r {
	case 'u':
		return in.hex(4, 4)
	case 'U':
		return in.hex(8, 8)
	default:
		return r, nil
	}
}

// groupReference reads what follows a $.
func (in *input) groupReference(p *program) (int, error) {
	if in.accept('{') {
		name, ok := in.until('}')
		if !ok {
			return 0, invalidGroupName()
		}
		n, known := p.names[name]
		if !known {
			return 0, invalidGroupName()
		}
		return n, nil
	}
	if in.eof() || !isDigit(in.peek()) {
		return 0, invalidGroupName()
	}
	n := int(in.next() - '0')
	if n > p.groups {
		return 0, ErrIndexOutOfBounds.New()
	}
	for !in.eof() && isDigit(in.peek()) && n*10+int(in.peek()-'0') <= p.groups {
		n = n*10 + int(in.next()-'0')
	}
	return n, nil
}

func invalidGroupName() error { return ErrInvalidGroupName.New() }
