package ldif

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// parser reads the lines of one record.
type parser struct{ lines []line }

func (p *parser) record() (*Record, error) {
	first := p.lines[0]
	name, dn, err := split(first)
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(name, "dn") {
		return nil, bad(first.n, "a record begins with dn:")
	}
	if !utf8.ValidString(dn) {
		return nil, bad(first.n, "the DN is not UTF-8")
	}
	r := &Record{Line: first.n, DN: dn}
	p.lines = p.lines[1:]
	if err := p.rest(r); err != nil {
		return nil, err
	}
	return r, nil
}

// rest reads what is behind the DN.
func (p *parser) rest(r *Record) error {
	if len(p.lines) == 0 {
		return bad(r.Line, "there is nothing behind the dn")
	}
	head := p.lines[0]
	name, value, err := split(head)
	switch {
	case err != nil:
		return err
	case strings.EqualFold(name, "control"):
		return bad(head.n, "controls are not supported")
	case !strings.EqualFold(name, "changetype"):
		return p.attributes(r)
	}
	p.lines = p.lines[1:]
	switch strings.ToLower(value) {
	case "add":
		r.Kind = Add
		return p.attributes(r)
	case "delete":
		r.Kind = Delete
		return p.end()
	case "modify":
		r.Kind = Modify
		return p.changes(r, head.n)
	case "modrdn", "moddn":
		r.Kind = Rename
		return p.rename(r, head.n)
	}
	return bad(head.n, "changetype %.40q is not known: add, delete, modify, modrdn", value)
}

func (p *parser) end() error {
	if len(p.lines) > 0 {
		return bad(p.lines[0].n, "the record should end here")
	}
	return nil
}

func (p *parser) attributes(r *Record) error {
	at := map[string]int{}
	for _, l := range p.lines {
		name, value, err := split(l)
		if err != nil {
			return err
		}
		if strings.EqualFold(name, "dn") || strings.EqualFold(name, "changetype") {
			return bad(l.n, "a second %s: an empty line is missing before it, or the line is one too many", name)
		}
		key := strings.ToLower(name)
		i, known := at[key]
		if !known {
			i = len(r.Attributes)
			at[key] = i
			r.Attributes = append(r.Attributes, Attribute{Name: name})
		}
		r.Attributes[i].Values = append(r.Attributes[i].Values, value)
	}
	if len(r.Attributes) == 0 {
		return bad(r.Line, "the entry has no attributes")
	}
	return nil
}

// changes reads the steps of a modify, each ended by a "-".
func (p *parser) changes(r *Record, head int) error {
	for len(p.lines) > 0 {
		c, err := p.change()
		if err != nil {
			return err
		}
		r.Changes = append(r.Changes, c)
	}
	if len(r.Changes) == 0 {
		return bad(head, "the modify has no changes")
	}
	return nil
}

func (p *parser) change() (Change, error) {
	var c Change
	head := p.lines[0]
	word, name, err := split(head)
	if err != nil {
		return c, err
	}
	switch strings.ToLower(word) {
	case "add":
		c.Op = AddValues
	case "delete":
		c.Op = DeleteValues
	case "replace":
		c.Op = ReplaceValues
	default:
		return c, bad(head.n, "%.40q is no change of a modify: add, delete, replace", word)
	}
	if !isDescription(name) {
		return c, bad(head.n, "%.40q is no name of an attribute", name)
	}
	c.Name = name
	for p.lines = p.lines[1:]; len(p.lines) > 0; p.lines = p.lines[1:] {
		if p.lines[0].text == "-" {
			p.lines = p.lines[1:]
			break
		}
		found, value, err := split(p.lines[0])
		if err != nil {
			return c, err
		}
		if !strings.EqualFold(found, name) {
			return c, bad(p.lines[0].n, "%s stands in a change of %s: a line with - ends a change", found, name)
		}
		c.Values = append(c.Values, value)
	}
	if c.Op == AddValues && len(c.Values) == 0 {
		return c, bad(head.n, "no values of %s to add", name)
	}
	return c, nil
}

func (p *parser) rename(r *Record, head int) error {
	seen := map[string]bool{}
	for _, l := range p.lines {
		name, value, err := split(l)
		if err != nil {
			return err
		}
		name = strings.ToLower(name)
		if seen[name] {
			return bad(l.n, "a second %s", name)
		}
		seen[name] = true
		if !utf8.ValidString(value) {
			return bad(l.n, "%s is not UTF-8", name)
		}
		switch {
		case name == "newrdn" && value != "":
			r.Rename.RDN = value
		case name == "deleteoldrdn" && (value == "0" || value == "1"):
			r.Rename.DeleteOld = value == "1"
		case name == "newsuperior":
			r.Rename.Superior, r.Rename.Moves = value, true
		default:
			return bad(l.n, "a rename has newrdn, deleteoldrdn (0 or 1) and perhaps newsuperior")
		}
	}
	if !seen["newrdn"] || !seen["deleteoldrdn"] {
		return bad(head, "a rename needs newrdn and deleteoldrdn")
	}
	return nil
}

// split reads "name: value" and its two other forms.
func split(l line) (name, value string, err error) {
	name, rest, ok := strings.Cut(l.text, ":")
	if !ok {
		return "", "", bad(l.n, "a line is \"name: value\"")
	}
	if !isDescription(name) {
		return "", "", bad(l.n, "%.40q is no name of an attribute", name)
	}
	if strings.HasPrefix(rest, "<") {
		return "", "", bad(l.n, "%s:< would read a file or a URL; write the value itself, in base64 behind %s::", name, name)
	}
	if encoded, ok := strings.CutPrefix(rest, ":"); ok {
		raw, err := base64.StdEncoding.Strict().DecodeString(strings.Trim(encoded, " "))
		if err != nil || strings.ContainsAny(encoded, "\r\n") {
			return "", "", bad(l.n, "the value of %s is no base64", name)
		}
		return name, string(raw), nil
	}
	value = strings.TrimLeft(rest, " ")
	if !utf8.ValidString(value) || strings.ContainsAny(value, "\x00\r") {
		return "", "", bad(l.n, "the value of %s must be in base64 (%s::), it is not plain text", name, name)
	}
	return name, value, nil
}
