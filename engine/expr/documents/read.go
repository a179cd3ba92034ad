package documents

import (
	"strconv"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// readFunctions find parts of documents.
var readFunctions = []expr.Function{
	{Name: "json_extract", Aliases: []string{"->"}, Min: 2, Max: -1, Args: withPath, Result: documentType, Prepare: parsePaths, Eval: evalExtract, About: "what is at the paths of a document; an array when that may be more than one value"},
	{Name: "->>", Min: 2, Max: 2, Build: buildInline, About: "json_unquote(json_extract())"},
	{Name: "json_unquote", Min: 1, Max: 1, Args: []expr.Arg{expr.Any}, Text: expr.Fixed, Result: unquoteType, Eval: evalUnquote, About: "the text that a JSON string is"},
	{Name: "json_value", Min: 2, Max: -1, Build: buildValue, About: "the scalar at a path, as a text of 512 characters; NULL for none, more than one, an array or an object"},
	{Name: "json_keys", Min: 1, Max: 2, Args: withPath, Result: documentType, Prepare: parsePaths, Eval: evalKeys, About: "the keys of an object"},
	{Name: "json_search", Min: 3, Max: -1, Args: []expr.Arg{expr.Document, expr.Text, expr.Text, expr.Any}, Null: expr.Own, Result: documentType, Prepare: prepareSearch, Eval: evalSearch, About: "the paths to texts that are LIKE a pattern"},
	{Name: "json_length", Min: 1, Max: 2, Args: withPath, Result: number, Prepare: parsePaths, Eval: evalLength, About: "how many elements or members; 1 of a scalar"},
}

func evalExtract(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	var all []*value.JSON
	many := len(a) > 2
	for i := 1; i < len(a); i++ {
		p, err := pathOf(c, f, i, a[i], true)
		if err != nil {
			return value.Null, err
		}
		found, err := seek(c, a[0].JSON(), p)
		if err != nil {
			return value.Null, err
		}
		all, many = append(all, found...), many || p.many
	}
	switch {
	case len(all) == 0:
		return value.Null, nil
	case many:
		return result(&value.JSON{Kind: value.JSONArray, Items: all})
	}
	return value.Document(all[0]), nil
}

func buildInline(b *expr.Builder, args []expr.Expr) (expr.Expr, error) {
	e, err := b.Call("json_extract", args...)
	if err != nil {
		return nil, err
	}
	return b.Call("json_unquote", e)
}

func unquoteType(f *expr.Call) (value.Type, error) {
	if err := onlyText(f); err != nil {
		return value.Type{}, err
	}
	return textType(f.Length(0))
}

func evalUnquote(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	if a[0].Class() == value.ClassJSON {
		out := a[0].JSON().Unquoted()
		if large, err := c.TooLarge(f.Function.Name, len(out)); large || err != nil {
			return value.Null, err
		}
		return value.Bytes(out), nil
	}
	if err := onlyCharacters(f); err != nil {
		return value.Null, err
	}
	v, err := as(c, f, expr.Text, 0, a[0])
	s := v.Bytes()
	if err != nil || len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return v, err
	}
	j, err := as(c, f, expr.Document, 0, a[0])
	if err != nil {
		return value.Null, err
	}
	return value.Bytes(j.JSON().Unquoted()), nil
}

const valueLength = 512

// inside is the document, or what is at the path of the second argument; nil is none.
func inside(c *expr.Ctx, f *expr.Call, a []value.Value) (*value.JSON, error) {
	if len(a) < 2 {
		return a[0].JSON(), nil
	}
	p, err := pathOf(c, f, 1, a[1], false)
	if err != nil {
		return nil, err
	}
	return at(c, a[0].JSON(), p)
}

func evalKeys(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	j, err := inside(c, f, a)
	if err != nil || j == nil || j.Kind != value.JSONObject {
		return value.Null, err
	}
	if err := c.Borrow(120 * len(j.Members)); err != nil {
		return value.Null, err
	}
	out := &value.JSON{Kind: value.JSONArray, Items: make([]*value.JSON, len(j.Members))}
	for i, m := range j.Members {
		out.Items[i] = &value.JSON{Kind: value.JSONString, Text: m.Key}
	}
	return value.Document(out), nil
}

func evalLength(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	j, err := inside(c, f, a)
	switch {
	case err != nil || j == nil:
		return value.Null, err
	case j.Kind == value.JSONArray:
		return value.Int(int64(len(j.Items))), nil
	case j.Kind == value.JSONObject:
		return value.Int(int64(len(j.Members))), nil
	}
	return value.Int(1), nil
}

// searchState is the constant parts of JSON_SEARCH.
type searchState struct {
	paths
	escape rune
}

// prepareSearch wants a constant escape character, as MySQL does: error 1210.
func prepareSearch(f *expr.Call) (any, error) {
	p, _ := parsePaths(f)
	s := &searchState{p.(paths), '\\'}
	if len(f.Args) < 4 {
		return s, nil
	}
	v, ok := f.Const(3)
	text := value.AppendText(nil, v, f.Arg(3))
	r, n := utf8.DecodeRune(text)
	if !ok || n < len(text) {
		return nil, sqlerr.WrongArguments.Errorf("Incorrect arguments to %s", "ESCAPE")
	}
	if len(text) > 0 {
		s.escape = r
	}
	return s, nil
}

func evalSearch(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	state := f.State.(*searchState)
	if a[0].IsNull() || a[1].IsNull() || a[2].IsNull() {
		return value.Null, nil
	}
	first, err := one(f, a[1])
	if err != nil {
		return value.Null, err
	}
	if err := c.Borrow(32 * len(a[2].Bytes())); err != nil {
		return value.Null, err
	}
	s := &search{c: c, first: first, pattern: expr.NewPattern(a[2].Bytes(), state.escape, value.CollationNamed("utf8mb4_bin")), seen: map[string]bool{}}
	if len(a) <= 4 {
		err = s.below(a[0].JSON(), []byte("$"))
	}
	for i := 4; i < len(a); i++ {
		p, err := searchPath(c, f, state, i, a[i])
		if err != nil || p == nil {
			return value.Null, err
		}
		if err := s.along(a[0].JSON(), p.legs, []byte("$")); err != nil {
			return value.Null, err
		}
	}
	switch {
	case err != nil || len(s.out) == 0:
		return value.Null, err
	case len(s.out) == 1:
		return value.Document(s.out[0]), nil
	}
	return value.Document(&value.JSON{Kind: value.JSONArray, Items: s.out}), nil
}

func searchPath(c *expr.Ctx, f *expr.Call, state *searchState, i int, v value.Value) (*path, error) {
	if v.IsNull() || state.paths[i] != nil {
		return state.paths[i], nil
	}
	text, err := as(c, f, expr.Text, i, v)
	if err != nil {
		return nil, err
	}
	return parsePath(string(text.Bytes()))
}

// search collects the paths to texts that fit.
type search struct {
	c       *expr.Ctx
	tick    ticks
	first   bool
	pattern *expr.Pattern
	seen    map[string]bool
	out     []*value.JSON
}

func (s *search) done() bool { return s.first && len(s.out) > 0 }

// below looks at j, which stands at a path, and at all in it.
func (s *search) below(j *value.JSON, path []byte) error {
	if s.done() {
		return nil
	}
	fits := false
	if j.Kind == value.JSONString && !s.seen[string(path)] {
		var err error
		if fits, err = s.pattern.Match(s.c, []byte(j.Text)); err != nil {
			return err
		}
	}
	if fits {
		s.seen[string(path)] = true
		s.out = append(s.out, &value.JSON{Kind: value.JSONString, Text: string(path)})
		if err := s.c.Borrow(200 + 2*len(path)); err != nil {
			return err
		}
	}
	for i, item := range j.Items {
		if err := s.below(item, appendCell(path, i)); err != nil {
			return err
		}
	}
	for _, m := range j.Members {
		if err := s.below(m.Value, appendMember(path, m.Key)); err != nil {
			return err
		}
	}
	return s.tick.stopped(s.c)
}

// along follows a path and looks below what it finds.
func (s *search) along(j *value.JSON, legs []leg, path []byte) error {
	if err := s.tick.stopped(s.c); err != nil || s.done() {
		return err
	}
	if len(legs) == 0 {
		return s.below(j, path)
	}
	l := legs[0]
	if l.kind == legEllipsis {
		if err := s.along(j, legs[1:], path); err != nil {
			return err
		}
	}
	for i, item := range j.Items {
		from, to := l.from.index(len(j.Items)), l.to.index(len(j.Items))
		if l.kind == legCell {
			to = from
		}
		next, in := legs[1:], l.kind == legCells || (l.kind == legCell || l.kind == legRange) && i >= from && i <= to
		if l.kind == legEllipsis {
			next, in = legs, true
		}
		if in {
			if err := s.along(item, next, appendCell(path, i)); err != nil {
				return err
			}
		}
	}
	for _, m := range j.Members {
		next, in := legs[1:], l.kind == legMembers || l.kind == legMember && l.key == m.Key
		if l.kind == legEllipsis {
			next, in = legs, true
		}
		if in {
			if err := s.along(m.Value, next, appendMember(path, m.Key)); err != nil {
				return err
			}
		}
	}
	if j.Kind != value.JSONArray && (l.kind == legCell && l.from.n == 0 || l.kind == legRange && l.from.index(1) <= 0 && l.to.index(1) >= 0) {
		return s.along(j, legs[1:], path)
	}
	return nil
}

func appendCell(path []byte, i int) []byte {
	return append(strconv.AppendInt(append(path, '['), int64(i), 10), ']')
}

func appendMember(path []byte, key string) []byte {
	path = append(path, '.')
	if key == "" {
		return append(path, '"', '"')
	}
	for i, r := range key {
		if !inName(r, i == 0) {
			return value.AppendQuoted(path, []byte(key))
		}
	}
	return append(path, key...)
}
