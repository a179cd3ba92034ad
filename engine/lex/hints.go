package lex

import "strings"

// IndexHints spells USE, FORCE and IGNORE INDEX (…) as the SQL parser takes them: with
// INDEX for KEY, with PRIMARY in quotes, and without FOR JOIN, ORDER BY or GROUP BY. USE
// INDEX () is left out: all that it says is that no index need be used. Of a table with several
// hints the parser gets one, in which a name begins with NextHint where the next one begins.
func IndexHints(text string, m Mode) string {
	h := &indexHints{src: text, lexer: New(text, m)}
	for t := h.lexer.Next(); t.Kind != EOF && t.Kind != Bad; t = h.lexer.Next() {
		for h.closed = 0; h.isAny(t, "USE", "FORCE", "IGNORE"); {
			if t = h.hint(t, h.closed > 0); t.Kind != Punct || h.src[t.Pos] != ')' {
				break
			}
			look := h.lexer
			if next := look.Next(); !h.isAny(next, "USE", "FORCE", "IGNORE") || !h.names(look) {
				break
			}
			t = h.lexer.Next()
		}
		if t.Kind == EOF || t.Kind == Bad {
			break
		}
	}
	return h.out.String() + text[h.from:]
}

// NextHint begins a name that stands for the verb of a further hint. No index has one that ends
// with a space, as these do.
const NextHint = "lx hint "

type indexHints struct {
	src   string
	lexer Lexer
	out   strings.Builder
	from  int // what was copied
	// closed is where the bracket stood that ended the list before, 0 of the first list of a table.
	closed int
}

func (h *indexHints) isAny(t Token, words ...string) bool {
	for _, w := range words {
		if t.Kind == Word && EqualKeyword(h.src[t.Pos:t.End], w) {
			return true
		}
	}
	return false
}

// put writes text in the place of src[from:to].
func (h *indexHints) put(from, to int, text string) {
	h.out.WriteString(h.src[h.from:from] + text)
	h.from = to
}

// names says that the rest of a hint follows which names an index.
func (h *indexHints) names(l Lexer) bool {
	if !h.isAny(l.Next(), "INDEX", "KEY") {
		return false
	}
	open := l.Next()
	if h.isAny(open, "FOR") {
		if h.isAny(l.Next(), "ORDER", "GROUP") {
			l.Next()
		}
		open = l.Next()
	}
	if open.Kind != Punct || h.src[open.Pos] != '(' {
		return false
	}
	t := l.Next()
	return t.Kind == Word || t.Kind == Backtick
}

// takeBack takes the bracket back that ended the list before.
func (h *indexHints) takeBack() {
	h.out.WriteString(h.src[h.from:h.closed])
	h.from = h.closed + 1
}

// hint reads one hint, which begins at a token, and returns the last token that it read. A
// further hint goes on with the list of the one before.
func (h *indexHints) hint(first Token, further bool) Token {
	word := h.lexer.Next()
	if !h.isAny(word, "INDEX", "KEY") {
		return word
	}
	open := h.lexer.Next()
	end := word.End
	if h.isAny(open, "FOR") {
		last := h.lexer.Next()
		if h.isAny(last, "ORDER", "GROUP") {
			last = h.lexer.Next()
		}
		end, open = last.End, h.lexer.Next()
	}
	if open.Kind != Punct || h.src[open.Pos] != '(' {
		return open
	}
	t := h.lexer.Next()
	if t.Kind == Punct && h.src[t.Pos] == ')' && h.isAny(first, "USE") {
		h.put(first.Pos, t.End, " ")
		return t
	}
	if further {
		h.takeBack()
		h.put(first.Pos, open.End, ", "+QuoteName(NextHint+strings.ToLower(h.src[first.Pos:first.End])+" ")+", ")
	} else {
		h.put(word.Pos, end, "INDEX")
	}
	for ; t.Kind != EOF && t.Kind != Bad && !(t.Kind == Punct && h.src[t.Pos] == ')'); t = h.lexer.Next() {
		if h.isAny(t, "PRIMARY") {
			h.put(t.Pos, t.End, "`PRIMARY`")
		}
	}
	h.closed = t.Pos
	return t
}
