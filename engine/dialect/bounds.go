package dialect

import "strings"

// What parsers and planners do with a statement takes stack for each level of
// its tree, and time that grows faster than the number of its levels. Neither
// can be interrupted, and a stack that is used up takes the process with it. So
// the number of levels is bounded before anything reads the statement.
const (
	maxNesting    = 30_000 // words and operators, each of which may be a level
	maxArithmetic = 3_000  // arithmetic operators
	maxSetOps     = 200    // UNION, INTERSECT, EXCEPT

	// boundless is a length below which a text cannot be deep.
	boundless = 4 << 10
)

// Bounded reports whether a text is shallow enough to be planned. Lists of
// values may have any length.
func Bounded(text string, o Options) bool {
	if len(text) <= boundless {
		return true
	}
	l := lexer{src: text, opts: o}
	levels, arithmetic, setOps := 0, 0, 0
	operand, sign := false, false // what the last token was
	for {
		t := l.next()
		word := text[t.pos:t.end]
		switch t.kind {
		case tokEOF, tokBad:
			return true // a text that does not end is refused by whoever parses it
		case tokWord:
			levels += wordLevels(word)
			if isSetOp(word) {
				setOps++
			}
			operand, sign = !beforeOperand(word), false
		case tokPunct:
			isSign := word == "-" || word == "+"
			switch {
			case strings.Contains(",().;?", word):
			case isSign && !operand && !sign: // of a number
			case strings.Contains("+-*/%^&|~", word):
				levels++
				arithmetic++
			default:
				levels++
			}
			operand, sign = word == ")" || word == "?", isSign
		default:
			operand, sign = true, false
		}
		if levels > maxNesting || arithmetic > maxArithmetic || setOps > maxSetOps {
			return false
		}
	}
}

// wordLevels: constants and character set introducers are leaves.
func wordLevels(word string) int {
	if word[0] == '_' {
		return 0
	}
	switch len(word) {
	case 4, 5, 7:
		if strings.EqualFold(word, "null") || strings.EqualFold(word, "true") || strings.EqualFold(word, "false") || strings.EqualFold(word, "default") {
			return 0
		}
	}
	return 1
}

func isSetOp(word string) bool {
	return strings.EqualFold(word, "union") || strings.EqualFold(word, "intersect") || strings.EqualFold(word, "except")
}

// beforeOperand lists the words after which a sign is a number's.
func beforeOperand(word string) bool {
	switch strings.ToLower(word) {
	case "then", "else", "when", "and", "or", "not", "in", "like", "between", "select", "return", "set", "values", "limit", "case", "where", "on", "having":
		return true
	}
	return false
}
