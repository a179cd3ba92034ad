package markup

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// xmlFunctions look into XML by paths of names, *, @name, text() and the predicates
// [n], [name], [@name] and [… = 'text'].
var xmlFunctions = []expr.Function{
	{Name: "extractvalue", Min: 2, Max: 2, Args: []expr.Arg{expr.Text}, Result: xmlType, Prepare: prepareXML, Eval: evalExtractValue, About: "the texts of what an XPath leads to, with spaces between"},
	{Name: "updatexml", Min: 3, Max: 3, Args: []expr.Arg{expr.Text}, Grows: true, Result: xmlType, Prepare: prepareXML, Eval: evalUpdateXML, About: "the one element that an XPath leads to replaced"},
}

func xmlType(f *expr.Call) (value.Type, error) {
	n := f.Length(0)
	if len(f.Args) == 3 {
		n += f.Length(2)
	}
	return expr.GrowsTo(n)
}

// prepareXML reads a path that is a constant.
func prepareXML(f *expr.Call) (any, error) {
	v, ok := f.Const(1)
	if !ok || v.IsNull() {
		return nil, nil
	}
	return parsePath(string(value.AppendText(nil, v, f.Arg(1))))
}

// pathError is MySQL's error, which shows where reading stopped.
func pathError(rest string) error {
	return sqlerr.UnknownError.Errorf("XPATH syntax error: '%s'", expr.ShownText([]byte(rest)))
}

func parsePath(s string) ([]xmlStep, error) {
	var path []xmlStep
	for first := true; s != ""; first = false {
		step := xmlStep{kind: 'e'}
		rest, slash := strings.CutPrefix(s, "/")
		if !slash && !first {
			return nil, pathError(s)
		}
		rest, step.deep = strings.CutPrefix(rest, "/")
		var err error
		if s, err = step.read(rest); err != nil {
			return nil, err
		}
		path = append(path, step)
	}
	if len(path) == 0 || len(path) > 64 {
		return nil, pathError(s)
	}
	return path, nil
}

// read takes a name and its predicates; what follows is returned.
func (p *xmlStep) read(s string) (string, error) {
	if rest, ok := strings.CutPrefix(s, "text()"); ok {
		p.kind, p.name = 't', "*"
		return rest, nil
	}
	rest, attribute := strings.CutPrefix(s, "@")
	if attribute {
		p.kind = 'a'
	}
	p.name, s = pathName(rest)
	if p.name == "" {
		return s, pathError(rest)
	}
	for strings.HasPrefix(s, "[") {
		inside, after, ok := strings.Cut(s[1:], "]")
		if !ok {
			return s, pathError(s)
		}
		q, err := parsePredicate(strings.TrimSpace(inside))
		if err != nil {
			return s, err
		}
		p.predicates, s = append(p.predicates, q), after
	}
	return s, nil
}

// pathName is a name, or *, and what follows.
func pathName(s string) (name, rest string) {
	if strings.HasPrefix(s, "*") {
		return "*", s[1:]
	}
	for i, r := range s {
		if r < utf8.RuneSelf && !strings.ContainsRune("_-.:", r) && !isLetterOrDigit(r) {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

func isLetterOrDigit(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func parsePredicate(s string) (q xmlPredicate, err error) {
	if n, err := strconv.Atoi(s); err == nil && n > 0 {
		return xmlPredicate{number: n}, nil
	}
	q.kind = 'e'
	rest, attribute := strings.CutPrefix(s, "@")
	if attribute {
		q.kind = 'a'
	}
	q.name, rest = pathName(rest)
	if q.name == "" || q.name == "*" {
		return q, pathError(s)
	}
	if rest = strings.TrimSpace(rest); rest == "" {
		return q, nil
	}
	text, equal := strings.CutPrefix(rest, "=")
	text = strings.TrimSpace(text)
	if !equal || len(text) < 2 || text[0] != '"' && text[0] != '\'' || text[len(text)-1] != text[0] {
		return q, pathError(rest)
	}
	text = text[1 : len(text)-1]
	q.equals = &text
	return q, nil
}

// found reads the document and follows the path; nil is no XML, with warning 1525.
func found(c *expr.Ctx, f *expr.Call, a []value.Value) (nodes []*xmlNode, ok bool, err error) {
	path, known := f.State.([]xmlStep)
	if !known {
		if path, err = parsePath(a[1].Text()); err != nil {
			return nil, false, err
		}
	}
	doc, err := parseXML(c, a[0].Bytes())
	var bad xmlError
	if errors.As(err, &bad) {
		return nil, false, c.Warn(sqlerr.WrongValue, "Incorrect XML value: '%s'", bad)
	}
	if err != nil {
		return nil, false, err
	}
	return doc.find(path), true, nil
}

func evalExtractValue(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	nodes, ok, err := found(c, f, a)
	if err != nil || !ok {
		return value.Null, err
	}
	var texts []string
	for _, n := range nodes {
		if t, any := n.own(); any {
			texts = append(texts, t)
		}
	}
	out := strings.Join(texts, " ")
	if large, err := c.TooLarge(f.Function.Name, len(out)); large || err != nil {
		return value.Null, err
	}
	return value.String(out), nil
}

// evalUpdateXML leaves the text as it is unless the path leads to one element.
func evalUpdateXML(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	nodes, ok, err := found(c, f, a)
	if err != nil || !ok {
		return value.Null, err
	}
	if len(nodes) != 1 || nodes[0].kind == 'a' {
		return a[0], nil
	}
	s, with := a[0].Bytes(), a[2].Bytes()
	size := len(s) + len(with)
	if large, err := c.TooLarge(f.Function.Name, size); large || err != nil {
		return value.Null, err
	}
	out := append(make([]byte, 0, size), s[:nodes[0].begin]...)
	return value.Bytes(append(append(out, with...), s[nodes[0].end:]...)), nil
}
