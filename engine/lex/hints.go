package lex

import "strings"

// IndexHints spells USE, FORCE and IGNORE INDEX (…) as the SQL parser takes them: with
// INDEX for KEY, with PRIMARY in quotes, and without FOR JOIN, ORDER BY or GROUP BY. USE
// INDEX () is left out: all that it says is that no index need be used.
func IndexHints(text string, m Mode) string {
	h := &indexHints{src: text, lexer: New(text, m)}
	for t := h.lexer.Next(); t.Kind != EOF && t.Kind != Bad; t = h.lexer.Next() {
		if h.isAny(t, "USE", "FORCE", "IGNORE") {
			t = h.hint(t)
			if t.Kind == EOF || t.Kind == Bad {
				break
			}
		}
	}
	return h.out.String() + text[h.from:]
}

type indexHints struct {
	src   string
	lexer Lexer
	out   strings.Builder
	from  int // what was copied
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

// hint reads one hint, which begins at a token, and returns the last token that it read.
func (h *indexHints) hint(first Token) Token {
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
	h.put(word.Pos, end, "INDEX")
	for ; t.Kind != EOF && t.Kind != Bad && !(t.Kind == Punct && h.src[t.Pos] == ')'); t = h.lexer.Next() {
		if h.isAny(t, "PRIMARY") {
			h.put(t.Pos, t.End, "`PRIMARY`")
		}
	}
	return t
}
