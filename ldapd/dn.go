package ldapd

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxDNBytes = 8 << 10
	maxRDNs    = 32
)

var errDN = errors.New("invalid DN")

// ava is one attribute type with its value, as in uid=ann.
type ava struct {
	attr  string // canonical name, or in lower case when the schema has none
	value string // unescaped
}

// rdn is one step of a DN. It has one ava, seldom more; they are sorted.
type rdn []ava

// dn is a distinguished name, the entry's own RDN first. The empty one names the
// root DSE.
type dn []rdn

// parseDN reads the string form of RFC 4514. Spaces around separators are let
// through, since many clients write them; quotes, semicolons and NUL are not.
func parseDN(s string) (dn, error) {
	if len(s) > maxDNBytes || !utf8.ValidString(s) {
		return nil, errDN
	}
	if strings.Trim(s, " ") == "" {
		return dn{}, nil
	}
	var name dn
	p := dnParser{rest: s}
	for {
		step, err := p.rdn()
		if err != nil {
			return nil, err
		}
		name = append(name, step)
		switch {
		case p.rest == "":
			return name, nil
		case len(name) == maxRDNs:
			return nil, errDN
		}
		p.rest = p.rest[1:] // the comma at which rdn stopped
	}
}

type dnParser struct{ rest string }

// rdn reads up to a comma or the end.
func (p *dnParser) rdn() (rdn, error) {
	var step rdn
	for {
		a, err := p.ava()
		if err != nil {
			return nil, err
		}
		step = append(step, a)
		if p.rest == "" || p.rest[0] == ',' {
			break
		}
		p.rest = p.rest[1:] // a plus sign
	}
	slices.SortFunc(step, func(a, b ava) int { return strings.Compare(a.attr, b.attr) })
	for i := 1; i < len(step); i++ {
		if step[i].attr == step[i-1].attr {
			return nil, errDN
		}
	}
	return step, nil
}

func (p *dnParser) ava() (ava, error) {
	typ, rest, ok := strings.Cut(p.rest, "=")
	typ = strings.Trim(typ, " ")
	if !ok || !isAttributeType(typ) {
		return ava{}, errDN
	}
	p.rest = strings.TrimLeft(rest, " ")
	value, err := p.value()
	if err != nil || value == "" || strings.IndexByte(value, 0) >= 0 || !utf8.ValidString(value) {
		return ava{}, errDN
	}
	return ava{canonicalName(typ), value}, nil
}

// value reads up to an unescaped comma or plus, or the end.
func (p *dnParser) value() (string, error) {
	if strings.HasPrefix(p.rest, "#") {
		return p.hexValue()
	}
	var b strings.Builder
	keep := 0 // length up to which trailing spaces were escaped
	i := 0
scan:
	for i < len(p.rest) {
		switch c := p.rest[i]; c {
		case ',', '+':
			break scan
		case '"', ';', '<', '>', 0:
			return "", errDN
		case '\\':
			r, n, err := unescape(p.rest[i+1:])
			if err != nil {
				return "", err
			}
			b.WriteByte(r)
			i += 1 + n
			keep = b.Len()
		default:
			b.WriteByte(c)
			i++
		}
	}
	p.rest = p.rest[i:]
	v := b.String()
	return v[:keep] + strings.TrimRight(v[keep:], " "), nil
}

// unescape reads what follows a backslash: a special character or two hex digits.
func unescape(s string) (c byte, used int, err error) {
	if s != "" && strings.IndexByte(` "#+,;<=>\`, s[0]) >= 0 {
		return s[0], 1, nil
	}
	if len(s) >= 2 {
		if raw, err := hex.DecodeString(s[:2]); err == nil {
			return raw[0], 2, nil
		}
	}
	return 0, 0, errDN
}

// hexValue reads #04036161 and the like: the BER form of a string.
func (p *dnParser) hexValue() (string, error) {
	end := strings.IndexAny(p.rest, ",+")
	if end < 0 {
		end = len(p.rest)
	}
	raw, err := hex.DecodeString(strings.TrimRight(p.rest[1:end], " "))
	if err != nil {
		return "", errDN
	}
	p.rest = p.rest[end:]
	t, body, rest, err := split(raw)
	if err != nil || len(rest) > 0 || t != tagOctets && t != 0x0C && t != 0x13 && t != 0x16 {
		return "", errDN
	}
	return string(body), nil
}

// isAttributeType says whether s is a descriptor or a dotted number.
func isAttributeType(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	if s[0] >= '0' && s[0] <= '9' {
		digit := false
		for _, c := range []byte(s) {
			if c == '.' && !digit || c != '.' && (c < '0' || c > '9') {
				return false
			}
			digit = c != '.'
		}
		return digit
	}
	for i, c := range []byte(s) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return true
}

// escapeValue writes a value so that parseDN gives it back.
func escapeValue(v string) string {
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case strings.IndexByte(`"+,;<>\`, c) >= 0, c == '#' && i == 0, c == ' ' && (i == 0 || i == len(v)-1):
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c == 0x7F:
			b.WriteByte('\\')
			b.WriteString(hex.EncodeToString([]byte{c}))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// String is the form in which entries are shown.
func (d dn) String() string { return d.join(func(v string) string { return v }) }

// key is the form in which DNs are compared.
func (d dn) key() string { return d.join(foldText) }

func (d dn) join(form func(string) string) string {
	var b strings.Builder
	for i, step := range d {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, a := range step {
			if j > 0 {
				b.WriteByte('+')
			}
			b.WriteString(a.attr)
			b.WriteByte('=')
			b.WriteString(escapeValue(form(a.value)))
		}
	}
	return b.String()
}

// single returns the type and value of an RDN that has one.
func (r rdn) single() (attr, value string, ok bool) {
	if len(r) != 1 {
		return "", "", false
	}
	return r[0].attr, r[0].value, true
}
