package ldapd

import (
	"errors"
)

const (
	maxFilterNodes = 1000
	maxFilterDepth = 32
)

// filterKind is the number of a choice of Filter in RFC 4511, 4.5.1.
type filterKind byte

const (
	filterAnd filterKind = iota
	filterOr
	filterNot
	filterEqual
	filterSubstrings
	filterGreater
	filterLess
	filterPresent
	filterApprox
	filterExtensible
)

var errFilter = errors.New("malformed filter")

// filterNode is a filter as it was sent, before the schema is asked about it.
type filterNode struct {
	kind     filterKind
	children []filterNode // and, or, not
	attr     string       // attribute description; may be empty in an extensible match
	value    string
	parts    fragments // substrings
	rule     string    // extensible match; may be empty
	inDN     bool      // extensible match: look at the DN as well
}

// fragments are the pieces of a substring filter; "" where there is none.
type fragments struct {
	initial string
	any     []string
	final   string
}

// parseFilter reads the one element of r that is a filter.
func parseFilter(r *reader) (filterNode, error) {
	nodes := maxFilterNodes
	return parseFilterNode(r, maxFilterDepth, &nodes)
}

func parseFilterNode(r *reader, depth int, nodes *int) (filterNode, error) {
	if *nodes--; *nodes < 0 || depth == 0 {
		return filterNode{}, refuse(unwilling, "the filter is too large")
	}
	t, body := r.next()
	if r.bad || t&0xC0 != 0x80 {
		return filterNode{}, errFilter
	}
	f := filterNode{kind: filterKind(t & 0x1F)}
	in := reader{rest: body}
	var err error
	switch t {
	case nested(0), nested(1), nested(2):
		for in.more() {
			child, err := parseFilterNode(&in, depth-1, nodes)
			if err != nil {
				return f, err
			}
			f.children = append(f.children, child)
		}
		if f.kind == filterNot && len(f.children) != 1 {
			return f, errFilter
		}
	case nested(3), nested(5), nested(6), nested(8):
		f.attr, f.value = in.text(tagOctets), in.text(tagOctets)
	case nested(4):
		f.attr = in.text(tagOctets)
		f.parts, err = parseFragments(in.inside(tagSequence))
	case primitive(7):
		f.attr, in.rest = string(body), nil
	case nested(9):
		parseExtensible(&in, &f)
	default:
		return f, errFilter
	}
	if err != nil || in.bad || len(in.rest) > 0 {
		return f, errFilter
	}
	return f, nil
}

// parseFragments demands at least one piece, the initial one first and the final
// one last, and none of them empty.
func parseFragments(in reader) (p fragments, err error) {
	n := 0
	for in.more() {
		t, body := in.next()
		if in.bad || len(body) == 0 || p.final != "" || n > 0 && t == primitive(0) {
			return p, errFilter
		}
		n++
		switch t {
		case primitive(0):
			p.initial = string(body)
		case primitive(1):
			p.any = append(p.any, string(body))
		case primitive(2):
			p.final = string(body)
		default:
			return p, errFilter
		}
	}
	if in.bad || n == 0 {
		return p, errFilter
	}
	return p, nil
}

func parseExtensible(in *reader, f *filterNode) {
	if rule, ok := in.optional(primitive(1)); ok {
		f.rule = string(rule)
	}
	if attr, ok := in.optional(primitive(2)); ok {
		f.attr = string(attr)
	}
	f.value = in.text(primitive(3))
	if len(in.rest) > 0 {
		f.inDN = in.boolean(primitive(4))
	}
	in.bad = in.bad || f.rule == "" && f.attr == ""
}
