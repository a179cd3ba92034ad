package lex

import "fmt"

// SyntaxError says where a text stopped being a statement, whichever parser read
// it. Its text is MySQL's, error 1064.
type SyntaxError struct {
	Offset int    // in bytes from the start of the text, where the parser knows
	Line   int    // from 1
	Near   string // the text from there on, shortened, with its strings blanked out
	Hint   string // what to write instead, "" when there is nothing to say
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("You have an error in your SQL syntax; check the manual that corresponds to your lxdb version"+
		" for the right syntax to use near '%s' at line %d", e.Near, e.Line)
}
