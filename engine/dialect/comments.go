package dialect

import "strings"

// ResolveComments decides on the versioned comments of a statement, so that the
// SQL parser, which has its own idea of which of them count, reads what this
// package has read: /*!NNNNN … */ for a newer server is blanked out, of the
// others only the brackets are. The other bytes keep their places, so offsets
// in error messages stay right. Text whose quotes or comments do not end is
// returned as it is: it parses nowhere.
func ResolveComments(text string, o Options) string {
	if !strings.Contains(text, "/*!") {
		return text
	}
	var b strings.Builder
	kept := 0
	l := lexer{src: text, opts: o}
	l.frame = func(from, to int) {
		b.WriteString(text[kept:from])
		if strings.HasSuffix(text[:from], "--") {
			b.WriteString("/**/") // a space here would make the dashes a comment
		} else {
			for i := from; i < to; i++ {
				b.WriteByte(blank(text[i]))
			}
		}
		kept = to
	}
	for {
		switch l.next().kind {
		case tokEOF:
			return b.String() + text[kept:]
		case tokBad:
			return text
		}
	}
}

// blank keeps line ends, so that lines keep their numbers.
func blank(c byte) byte {
	if c == '\n' {
		return c
	}
	return ' '
}
