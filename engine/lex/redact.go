package lex

import "strings"

// Masked stands for what may be a password.
const Masked = "***"

// Redact returns a statement as it may be shown to others than its author: in the
// process list, in a log. Where the statement may set or name a secret, its
// strings are blanked out, and so is any string that may hold such a statement, as
// PREPARE … FROM '…' and SET @text = '…' do. It errs on the side of stars.
//
// A text that two SQL modes read as different secrets is not shown beyond its
// first word: who shows it does not know the mode of who sent it.
func Redact(text string) string {
	if !hints(text) {
		return text
	}
	out := redact(text, Mode{})
	if strings.IndexByte(text, '\\') >= 0 && redact(text, Mode{NoBackslashEscapes: true}) != out {
		l := New(text, Mode{})
		t := l.Next()
		return text[t.Pos:t.End] + " " + Masked
	}
	return out
}

// hints reports words that come with secrets, anywhere in the text.
func hints(text string) bool {
	for i := 0; i < len(text); i++ {
		for _, w := range secretWords[text[i]|0x20] {
			if len(text)-i >= len(w) && EqualKeyword(text[i:i+len(w)], w) {
				return true
			}
		}
	}
	return false
}

// secretWords are the words, by their first letter.
var secretWords = map[byte][]string{
	'p': {"PASSWORD", "PASSWD"}, 'i': {"IDENTIFIED"}, 'u': {"USER"}, 'c': {"CREDENTIAL"}, 's': {"SECRET"}, 'd': {"DATA SOURCE"},
}

func redact(text string, m Mode) string {
	if mayHoldSecret(text, m) {
		return blankSecrets(text, 0, m)
	}
	var b strings.Builder
	kept := 0
	l := New(text, m)
	for t := l.Next(); t.Kind != EOF; t = l.Next() {
		switch t.Kind {
		case Bad:
			return b.String() + text[kept:t.Pos] + Masked
		case String, Double, National, Hex:
			if v := stringOf(text, t, m); hints(v) && (mayHoldSecret(v, m) || redact(v, m) != v) {
				b.WriteString(text[kept:t.Pos])
				b.WriteString(QuoteString(Masked))
				kept = t.End
			}
		}
	}
	return b.String() + text[kept:]
}

func stringOf(text string, t Token, m Mode) string {
	if t.Kind != Hex {
		return Value(text, t, m)
	}
	return string(decode(Hex, strings.TrimSuffix(text[t.Pos+2:t.End], "'")))
}

// mayHoldSecret looks at the words of a statement. Those that only read or change
// rows speak of secrets in columns' names alone.
func mayHoldSecret(text string, m Mode) bool {
	l := New(text, m)
	t := l.Next()
	for t.Kind == Punct {
		t = l.Next()
	}
	if t.Kind != Word {
		return t.Kind != EOF
	}
	switch Upper(text[t.Pos:t.End]) {
	case "SELECT", "WITH", "TABLE", "VALUES", "DELETE", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "USE", "CALL", "PREPARE", "EXECUTE", "KILL":
		return false
	case "INSERT", "REPLACE", "UPDATE":
		return hasWord(&l, text, "PASSWORD", "PASSWD", "SECRET")
	case "SET":
		return hasWord(&l, text, "PASSWORD", "PASSWD", "SECRET", "CREDENTIAL")
	}
	return true
}

func hasWord(l *Lexer, text string, words ...string) bool {
	for t := l.Next(); t.Kind != EOF; t = l.Next() {
		if t.Kind == Bad {
			return true
		}
		if t.Kind != Word && t.Kind != Backtick {
			continue
		}
		name := Upper(text[t.Pos:t.End])
		for _, w := range words {
			if strings.Contains(name, w) {
				return true
			}
		}
	}
	return false
}

// blankSecrets returns text[from:] with *** for whatever may be a password: a
// string in either kind of quotes, and an unquoted word after BY or PASSWORD,
// where somebody forgot the quotes. A quote that does not end hides the rest.
func blankSecrets(text string, from int, m Mode) string {
	var b strings.Builder
	l := New(text, m)
	due := false // the next token stands where a password does
	for {
		t := l.Next()
		secret := false
		switch t.Kind {
		case EOF:
			b.WriteString(text[min(from, len(text)):])
			return b.String()
		case Bad:
			if from < t.Pos {
				b.WriteString(text[from:t.Pos])
			}
			b.WriteString(Masked)
			return b.String()
		case String, Double, National, Hex:
			secret, due = true, false
		case Word:
			word := text[t.Pos:t.End]
			secret, due = due, EqualKeyword(word, "BY") || EqualKeyword(word, "PASSWORD")
		case Punct, Op:
			due = due && (text[t.Pos] == '=' || text[t.Pos] == ':')
		default:
			secret, due = due, false
		}
		if secret && t.Pos >= from {
			b.WriteString(text[from:t.Pos])
			b.WriteString(QuoteString(Masked))
			from = t.End
		}
	}
}
