package grammar

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// Do is DO: the expressions of a SELECT, whose row nobody gets. The SQL parser does not
// know it.
type Do struct{ *ast.Select }

// notInDo are the words that go on with a SELECT behind its expressions.
const notInDo = " FROM WHERE GROUP HAVING WINDOW ORDER LIMIT INTO UNION EXCEPT INTERSECT FOR LOCK PROCEDURE "

// ParseDo reads a DO; read reads the SELECT that computes the same. is is false for every
// other statement.
func ParseDo(text string, m lex.Mode, read func(query string) (ast.Statement, error)) (stmt ast.Statement, is bool, err error) {
	l := lex.New(text, m)
	first := l.Next()
	if first.Kind != lex.Word || !lex.EqualKeyword(text[first.Pos:first.End], "DO") {
		return nil, false, nil
	}
	depth, before := 0, first
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
	if stmt, err = read(text[:first.Pos] + "SELECT" + text[first.End:]); err != nil {
		return nil, true, err
	}
	query, ok := stmt.(*ast.Select)
	if !ok {
		near, line := lex.Near(text, first.Pos, m, false)
		return nil, true, &SyntaxError{Near: near, Line: line}
	}
	return &Do{query}, true, nil
}
