package grammar

import (
	"strconv"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// ExplainConnection is EXPLAIN FOR CONNECTION n, which the SQL parser does not know.
type ExplainConnection struct {
	*ast.Explain
	ID uint64
}

// ReadExplain reads what the SQL parser does not know at the beginning of an EXPLAIN: FOR CONNECTION, and
// FORMAT. plain is the text without that, its tokens where they were.
func ReadExplain(text string, m lex.Mode) (of *ExplainConnection, plain, format string, err error) {
	r := explainHead{text: text, lexer: lex.New(text, m)}
	r.next()
	if !r.at("EXPLAIN") && !r.at("DESCRIBE") && !r.at("DESC") {
		return nil, text, "", nil
	}
	r.next()
	analyze := r.at("ANALYZE")
	if analyze {
		r.next()
	}
	if r.at("FORMAT") {
		from := r.tok.Pos
		if r.next(); !r.isPunct("=") {
			return nil, text, "", nil
		}
		r.next()
		format = strings.ToLower(r.word())
		text = text[:from] + strings.Repeat(" ", r.tok.End-from) + text[r.tok.End:]
		switch format {
		case "traditional", "tree", "json":
		default:
			return nil, "", "", sqlerr.UnknownExplainFormat.Errorf("Unknown EXPLAIN format name: '%s'", r.word())
		}
		r.next()
	}
	if r.at("FOR") {
		of, err = r.connection(format, analyze, m)
		return of, text, format, err
	}
	switch {
	case !analyze:
	case format != "" && format != "tree":
		return nil, "", "", sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'EXPLAIN ANALYZE with %s format'", strings.ToUpper(format)).
			WithHint("FORMAT=TREE is the one of ANALYZE")
	case r.at("INSERT") || r.at("REPLACE") || r.at("UPDATE") || r.at("DELETE"):
		return nil, "", "", sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'EXPLAIN ANALYZE on this query'").
			WithHint("it would change rows; EXPLAIN shows how without doing it")
	}
	return nil, text, format, nil
}

type explainHead struct {
	text  string
	lexer lex.Lexer
	tok   lex.Token
}

func (r *explainHead) next() { r.tok = r.lexer.Next() }

func (r *explainHead) word() string { return r.text[r.tok.Pos:r.tok.End] }

func (r *explainHead) at(word string) bool {
	return r.tok.Kind == lex.Word && lex.EqualKeyword(r.word(), word)
}

func (r *explainHead) isPunct(p string) bool { return r.tok.Kind == lex.Punct && r.word() == p }

// connection reads FOR CONNECTION n.
func (r *explainHead) connection(format string, analyze bool, m lex.Mode) (*ExplainConnection, error) {
	if r.next(); !r.at("CONNECTION") {
		return nil, nil
	}
	r.next()
	id, err := strconv.ParseUint(r.word(), 10, 64)
	if r.tok.Kind != lex.Number || err != nil {
		return nil, syntaxError(r.text, r.tok.Pos, m, "")
	}
	if r.next(); r.isPunct(";") {
		r.next()
	}
	if r.tok.Kind != lex.EOF {
		return nil, syntaxError(r.text, r.tok.Pos, m, "")
	}
	if analyze {
		return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'EXPLAIN ANALYZE FOR CONNECTION'")
	}
	return &ExplainConnection{&ast.Explain{ExplainFormat: format}, id}, nil
}
