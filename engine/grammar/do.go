package grammar

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// Do is DO: the expressions of a SELECT, whose row nobody gets. The SQL parser does not
// know it. KILL of an expression is one, too: Kill says what becomes of the connection whose number that is.
type Do struct {
	*ast.Select
	Kill *ast.Kill
}

// notInDo are the words that go on with a SELECT behind its expressions.
const notInDo = " FROM WHERE GROUP HAVING WINDOW ORDER LIMIT INTO UNION EXCEPT INTERSECT FOR LOCK PROCEDURE "

// ParseDo reads a DO, or a KILL of an expression; read reads the SELECT that computes the same. is is false for every
// other statement, as KILL of a number is that the SQL parser takes.
func ParseDo(text string, m lex.Mode, read func(query string) (ast.Statement, error)) (stmt ast.Statement, is bool, err error) {
	l := lex.New(text, m)
	first := l.Next()
	if first.Kind != lex.Word {
		return nil, false, nil
	}
	before, kill := first, (*ast.Kill)(nil)
	switch word := text[first.Pos:first.End]; {
	case lex.EqualKeyword(word, "KILL"):
		ahead := l
		t := ahead.Next()
		kill = &ast.Kill{Connection: true}
		if word := text[t.Pos:t.End]; lex.EqualKeyword(word, "QUERY") || lex.EqualKeyword(word, "CONNECTION") {
			kill.Connection = lex.EqualKeyword(word, "CONNECTION")
			before, l, t = t, ahead, ahead.Next()
		}
		if end := ahead.Next(); t.Kind == lex.EOF || t.Kind == lex.Number && isSmall(text[t.Pos:t.End]) && (end.Kind == lex.EOF || text[end.Pos:end.End] == ";") {
			return nil, false, nil
		}
	case !lex.EqualKeyword(word, "DO"):
		return nil, false, nil
	}
	depth, head := 0, before
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		switch word := text[t.Pos:t.End]; {
		case word == "(":
			depth++
		case word == ")":
			depth--
		case lex.EqualKeyword(word, "FOR") && lex.EqualKeyword(text[before.Pos:before.End], "VALUE"): // NEXT VALUE FOR
		case depth == 0 && t.Kind == lex.Word && text[before.Pos:before.End] != "." && strings.Contains(notInDo, " "+strings.ToUpper(word)+" "):
			near, line := lex.Near(text, t.Pos, m, false)
			return nil, true, &SyntaxError{Near: near, Line: line}
		}
		before = t
	}
	if stmt, err = read(text[:first.Pos] + "SELECT" + text[head.End:]); err != nil {
		return nil, true, err
	}
	query, ok := stmt.(*ast.Select)
	if !ok || kill != nil && len(query.SelectExprs) != 1 {
		near, line := lex.Near(text, first.Pos, m, false)
		return nil, true, &SyntaxError{Near: near, Line: line}
	}
	return &Do{query, kill}, true, nil
}

// isSmall says that a number is written as the SQL parser's KILL takes one: digits, and not too many.
func isSmall(number string) bool {
	return len(number) < 10 && strings.Trim(number, "0123456789") == ""
}
