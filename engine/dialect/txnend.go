package dialect

import "github.com/lxdb/lxdb/engine/lex"

// TransactionEnd reads what COMMIT and ROLLBACK may say besides: AND CHAIN begins
// the next transaction at once, RELEASE ends the session. The SQL parser takes the
// words and forgets them.
func TransactionEnd(text string, m lex.Mode) (chain, release bool) {
	p := newParser(text, m)
	if !p.accept("COMMIT") && !p.accept("ROLLBACK") {
		return false, false
	}
	p.accept("WORK")
	chain = p.accept("AND", "CHAIN")
	if !chain {
		p.accept("AND", "NO", "CHAIN")
	}
	return chain, p.accept("RELEASE")
}
