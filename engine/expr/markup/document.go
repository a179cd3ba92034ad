package markup

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// xmlNode is an element, an attribute or a piece of text of a document.
type xmlNode struct {
	kind       byte // 'e', 'a', 't'; 'd' is the document
	name       string
	text       string // of an attribute or a text
	children   []*xmlNode
	begin, end int // where it stands
	seen       int // number of the last step that came by
}

const maxXMLDepth = 200

// xmlError says at which byte a text stops being well-formed XML.
type xmlError int

func (e xmlError) Error() string { return "parse error at byte " + strconv.Itoa(int(e)) }

// parseXML reads a fragment, which may have several elements side by side. Texts stay
// as they were written, with their entities. The error is an xmlError, or one of the
// statement.
func parseXML(c *expr.Ctx, s []byte) (*xmlNode, error) {
	if err := c.Borrow(len(s)); err != nil {
		return nil, err
	}
	d := xml.NewDecoder(bytes.NewReader(s))
	d.Strict = false // entities of any name
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	doc := &xmlNode{kind: 'd', end: len(s)}
	open := []*xmlNode{doc}
	for n := 0; ; n++ {
		if n%1024 == 1023 {
			if err := errors.Join(c.Stopped(), c.Borrow(1024*160)); err != nil {
				return nil, err
			}
		}
		at := int(d.InputOffset())
		t, err := d.RawToken()
		if err == io.EOF && len(open) == 1 {
			return doc, nil
		}
		if err != nil {
			return nil, xmlError(d.InputOffset())
		}
		top := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			e := xmlElement(&t, at)
			top.children = append(top.children, e)
			if open = append(open, e); len(open) > maxXMLDepth {
				return nil, value.TooDeep("the XML text")
			}
		case xml.EndElement:
			if len(open) == 1 || top.name != xmlName(t.Name) {
				return nil, xmlError(d.InputOffset())
			}
			top.end, open = int(d.InputOffset()), open[:len(open)-1]
		case xml.CharData:
			text := &xmlNode{kind: 't', text: string(t), begin: at, end: int(d.InputOffset())}
			if raw := s[text.begin:text.end]; !bytes.HasPrefix(raw, []byte("<![CDATA[")) {
				text.text = string(raw)
			}
			top.children = append(top.children, text)
		}
	}
}

func xmlName(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

func xmlElement(t *xml.StartElement, at int) *xmlNode {
	e := &xmlNode{kind: 'e', name: xmlName(t.Name), begin: at}
	for _, a := range t.Attr {
		e.children = append(e.children, &xmlNode{kind: 'a', name: xmlName(a.Name), text: a.Value})
	}
	return e
}

// own is the text of an attribute or a text, and the first text in an element.
func (n *xmlNode) own() (string, bool) {
	if n.kind != 'e' {
		return n.text, true
	}
	for _, c := range n.children {
		if c.kind == 't' {
			return c.text, true
		}
	}
	return "", false
}

// xmlStep is one step of a path: /name, //name, with predicates.
type xmlStep struct {
	deep       bool
	kind       byte
	name       string // "*" is any
	predicates []xmlPredicate
}

// xmlPredicate is [n], [name], [@name], or one of these = 'text'.
type xmlPredicate struct {
	number int
	kind   byte
	name   string
	equals *string
}

// find are the nodes that a path leads to, in the order of the document.
func (n *xmlNode) find(path []xmlStep) []*xmlNode {
	set := []*xmlNode{n}
	for i := range path {
		var next []*xmlNode
		for _, from := range set {
			next = path[i].from(from, i+1, next)
		}
		set = next
	}
	return set
}

func (p *xmlStep) from(n *xmlNode, step int, out []*xmlNode) []*xmlNode {
	matched := 0
	for _, c := range n.children {
		if c.kind == p.kind && (p.name == "*" || p.name == c.name) {
			if matched++; p.holds(c, matched) {
				out = append(out, c)
			}
		}
	}
	if !p.deep {
		return out
	}
	for _, c := range n.children {
		if c.kind == 'e' && c.seen != step { // each subtree once
			c.seen = step
			out = p.from(c, step, out)
		}
	}
	return out
}

func (p *xmlStep) holds(n *xmlNode, number int) bool {
	for _, q := range p.predicates {
		if q.number > 0 {
			if q.number != number {
				return false
			}
			continue
		}
		found := false
		for _, c := range n.children {
			if c.kind == q.kind && c.name == q.name {
				text, _ := c.own()
				found = found || q.equals == nil || *q.equals == text
			}
		}
		if !found {
			return false
		}
	}
	return true
}
