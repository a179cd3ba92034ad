package dialect

import "github.com/lxdb/lxdb/engine/lex"

// AlterView writes ALTER … VIEW as CREATE OR REPLACE … VIEW, which the SQL grammar
// knows; altered is false for every other text. Whether there is such a view is for
// the caller to ask.
func AlterView(text string, m lex.Mode) (create string, altered bool) {
	l := lex.New(text, m)
	first := l.Next()
	if first.Kind != lex.Word || !lex.EqualKeyword(text[first.Pos:first.End], "ALTER") {
		return text, false
	}
	p := newParser(text, m)
	p.accept("ALTER")
	if p.at("ALGORITHM") && p.punctAt(1, '=') {
		p.i += 3
	}
	if p.at("DEFINER") && p.punctAt(1, '=') {
		p.i += 2
		p.account()
	}
	if p.at("SQL", "SECURITY") {
		p.i += 3
	}
	if p.err != nil || !p.at("VIEW") || p.ownerFollows() {
		return text, false
	}
	return text[:first.Pos] + "CREATE OR REPLACE" + text[first.End:], true
}
