package hint

import (
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
)

// shape is what stands between the brackets of a hint.
type shape uint8

const (
	tables     shape = iota // [@block] [t[@block], …]
	indexes                 // [@block] t[@block] [index, …]
	strategies              // [@block] [word, …]
	number
	blockName
	variable
	word
)

var shapes = map[string]shape{
	"JOIN_FIXED_ORDER": strategies, "JOIN_ORDER": tables, "JOIN_PREFIX": tables, "JOIN_SUFFIX": tables,
	"BKA": tables, "NO_BKA": tables, "BNL": tables, "NO_BNL": tables, "HASH_JOIN": tables, "NO_HASH_JOIN": tables,
	"MERGE": tables, "NO_MERGE": tables, "DERIVED_CONDITION_PUSHDOWN": tables, "NO_DERIVED_CONDITION_PUSHDOWN": tables,
	"INDEX": indexes, "NO_INDEX": indexes, "JOIN_INDEX": indexes, "NO_JOIN_INDEX": indexes, "GROUP_INDEX": indexes, "NO_GROUP_INDEX": indexes,
	"ORDER_INDEX": indexes, "NO_ORDER_INDEX": indexes, "INDEX_MERGE": indexes, "NO_INDEX_MERGE": indexes, "MRR": indexes, "NO_MRR": indexes,
	"NO_ICP": indexes, "NO_RANGE_OPTIMIZATION": indexes, "SKIP_SCAN": indexes, "NO_SKIP_SCAN": indexes,
	"SEMIJOIN": strategies, "NO_SEMIJOIN": strategies, "SUBQUERY": strategies,
	"MAX_EXECUTION_TIME": number, "SET_VAR": variable, "QB_NAME": blockName, "RESOURCE_GROUP": word,
}

// Read reads the hints of a comment. What it cannot read, and all behind it, is rest: MySQL warns of that.
func Read(comment string) (list []Hint, rest string) {
	text := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(comment), "/*+"), "*/")
	r := &reader{text: text, lexer: lex.New(text, lex.Mode{})}
	r.next()
	for r.tok.Kind != lex.EOF {
		from := r.tok.Pos
		h, ok := r.hint()
		if !ok {
			return list, strings.TrimSpace(text[from:])
		}
		list = append(list, h)
		if r.is(",") {
			r.next()
		}
	}
	return list, ""
}

type reader struct {
	text  string
	lexer lex.Lexer
	tok   lex.Token
}

func (r *reader) next() { r.tok = r.lexer.Next() }

func (r *reader) value() string { return lex.Value(r.text, r.tok, lex.Mode{}) }

func (r *reader) is(p string) bool {
	return r.tok.Kind != lex.EOF && r.tok.Kind != lex.Bad && r.text[r.tok.Pos:r.tok.End] == p
}

func (r *reader) take(p string) bool {
	if !r.is(p) {
		return false
	}
	r.next()
	return true
}

// name is an identifier.
func (r *reader) name() (string, bool) {
	if r.tok.Kind != lex.Word && r.tok.Kind != lex.Backtick {
		return "", false
	}
	s := r.value()
	r.next()
	return s, true
}

// at is @block, behind a name or alone. The lexer may take it for one token.
func (r *reader) at() (string, bool) {
	switch {
	case r.tok.Kind == lex.At && r.tok.End-r.tok.Pos > 1:
		s := strings.Trim(r.text[r.tok.Pos+1:r.tok.End], "`")
		r.next()
		return s, true
	case r.is("@"):
		r.next()
		return r.name()
	}
	return "", true
}

func (r *reader) hint() (h Hint, ok bool) {
	if r.tok.Kind != lex.Word {
		return h, false
	}
	h.Name = strings.ToUpper(r.text[r.tok.Pos:r.tok.End])
	of, known := shapes[h.Name]
	if r.next(); !known || !r.take("(") {
		return h, false
	}
	switch of {
	case tables:
		ok = r.tables(&h)
	case indexes:
		ok = r.indexes(&h)
	case strategies:
		ok = r.block(&h) && r.words(&h)
	case number:
		n, err := strconv.ParseInt(r.value(), 10, 63)
		ok = r.tok.Kind == lex.Number && err == nil
		h.Number = n
		r.next()
	case blockName:
		h.Block, ok = r.name()
	case word:
		_, ok = r.name()
	case variable:
		ok = r.variable(&h)
	}
	return h, ok && r.take(")")
}

func (r *reader) block(h *Hint) (ok bool) {
	h.Block, ok = r.at()
	return ok
}

func (r *reader) words(h *Hint) bool {
	for !r.is(")") {
		w, ok := r.name()
		if !ok {
			return false
		}
		h.Indexes = append(h.Indexes, w)
		r.take(",")
	}
	return true
}

func (r *reader) tables(h *Hint) bool {
	if !r.block(h) {
		return false
	}
	for !r.is(")") {
		t, ok := r.table()
		if !ok {
			return false
		}
		h.Tables = append(h.Tables, t)
		if !r.take(",") && !r.is(")") {
			return false
		}
	}
	return true
}

func (r *reader) table() (t Table, ok bool) {
	if t.Name, ok = r.name(); !ok {
		return t, false
	}
	t.Block, ok = r.at()
	return t, ok
}

func (r *reader) indexes(h *Hint) bool {
	if !r.block(h) {
		return false
	}
	t, ok := r.table()
	if !ok {
		return false
	}
	h.Tables = []Table{t}
	for !r.is(")") {
		x, ok := r.name()
		if !ok {
			return false
		}
		h.Indexes = append(h.Indexes, x)
		if !r.take(",") && !r.is(")") {
			return false
		}
	}
	return true
}

func (r *reader) variable(h *Hint) (ok bool) {
	if h.Set[0], ok = r.name(); !ok || !r.take("=") {
		return false
	}
	sign := ""
	if r.take("-") {
		sign = "-"
	}
	switch r.tok.Kind {
	case lex.Number, lex.String, lex.Double, lex.Word:
		h.Set[1] = sign + r.text[r.tok.Pos:r.tok.End]
		r.next()
		return true
	}
	return false
}
