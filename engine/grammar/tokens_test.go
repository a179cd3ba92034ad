package grammar

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// ours are the tokens of a canonical text as lex reads it, in a spelling that both
// readings have in common.
func ours(t *testing.T, text string) []string {
	l := lex.New(text, lex.Mode{})
	var out []string
	for {
		tok := l.Next()
		s := lex.Value(text, tok, lex.Mode{})
		switch tok.Kind {
		case lex.EOF:
			return joinedStrings(out)
		case lex.Bad:
			t.Fatalf("%q: bad token at %d", text, tok.Pos)
		case lex.Word, lex.Backtick:
			out = append(out, "name "+s)
		case lex.String, lex.Double:
			out = append(out, "string "+s)
		case lex.Number:
			out = append(out, "number "+s)
		case lex.Hex:
			out = append(out, "hex "+strings.Trim(s[1:], "xX'"))
		case lex.Bit:
			out = append(out, "bit "+strings.Trim(s[1:], "'"))
		case lex.At:
			out = append(out, "at @"+s)
		case lex.System:
			out = append(out, "name "+s)
		case lex.Op, lex.Punct:
			out = append(out, operator(s))
		default:
			t.Fatalf("%q: a token of kind %d in a canonical text", text, tok.Kind)
		}
	}
}

func operator(s string) string {
	switch s {
	case "!=", "<>":
		return "<>"
	case "||":
		return "name or"
	case "&&":
		return "name and"
	}
	return s
}

// joinedStrings puts strings together that follow each other, as both parsers do.
func joinedStrings(tokens []string) []string {
	var out []string
	for _, t := range tokens {
		s, is := strings.CutPrefix(t, "string ")
		if is && len(out) > 0 && strings.HasPrefix(out[len(out)-1], "string ") {
			out[len(out)-1] += s
			continue
		}
		out = append(out, t)
	}
	return out
}

// theirs are the tokens as the SQL parser's lexer reads them.
func theirs(text string) []string {
	tkn := ast.NewStringTokenizer(text)
	params := 0
	var out []string
	for {
		typ, val := tkn.Scan()
		s := string(val)
		switch {
		case typ == 0:
			return joinedStrings(out)
		case typ == ast.COMMENT:
		case typ == ast.LEX_ERROR:
			return append(out, "error "+s)
		case typ == ast.STRING:
			out = append(out, "string "+s)
		case typ == ast.INTEGRAL, typ == ast.FLOAT:
			out = append(out, "number "+s)
		case typ == ast.HEXNUM:
			out = append(out, "hex "+s[2:])
		case typ == ast.HEX:
			out = append(out, "hex "+s)
		case typ == ast.BIT_LITERAL:
			out = append(out, "bit "+s)
		case typ == ast.VALUE_ARG:
			params++
			if s != fmt.Sprintf(":v%d", params) {
				return append(out, "argument "+s)
			}
			out = append(out, "?")
		case typ == ast.NE:
			out = append(out, "<>")
		case typ == ast.OR && s == "":
			out = append(out, "name or")
		case typ == ast.AND && s == "":
			out = append(out, "name and")
		case typ == '@':
			out = append(out, "at @")
		case typ == ast.ID && strings.HasPrefix(s, "@") && !strings.HasPrefix(s, "@@"):
			out = append(out, "at "+s)
		case typ == ast.ID:
			out = append(out, "name "+s)
		case len(val) > 0 && typ > 255 && typ != ast.ASSIGNMENT_OP:
			for _, part := range bytes.Fields(val) { // FOR SYSTEM_TIME is one token
				out = append(out, "name "+string(part))
			}
		default:
			out = append(out, symbol(typ))
		}
	}
}

func symbol(typ int) string {
	switch typ {
	case ast.LE:
		return "<="
	case ast.GE:
		return ">="
	case ast.NULL_SAFE_EQUAL:
		return "<=>"
	case ast.SHIFT_LEFT:
		return "<<"
	case ast.SHIFT_RIGHT:
		return ">>"
	case ast.JSON_EXTRACT_OP:
		return "->"
	case ast.JSON_UNQUOTE_EXTRACT_OP:
		return "->>"
	case ast.ASSIGNMENT_OP:
		return ":="
	}
	return string(rune(typ))
}

// same reports a text whose canonical form both lexers read alike. A host after the
// @ of a definer is the one thing that they cut differently.
func same(t *testing.T, text string, m lex.Mode) {
	t.Helper()
	x, err := lex.Canonical(text, m)
	if err != nil {
		return
	}
	readable := strings.ReplaceAll(x.SQL, "\x00`", "`") // the names that no client can write
	a, b := alike(ours(t, readable)), alike(theirs(readable))
	if n := len(b); n > 0 && strings.HasPrefix(b[n-1], "error ") && len(a) >= n && unknown(a[n-1]) {
		return // a character that starts nothing here or there
	}
	if !slices.Equal(a, b) {
		t.Fatalf("%q\ncanonical %q\nlex     %q\ngrammar %q", text, x.SQL, a, b)
	}
}

// unknown reports a character that is no token of the grammar: the statement is a
// syntax error.
func unknown(token string) bool {
	return len(token) == 1 && strings.IndexByte("{}[]\\$\"", token[0]) >= 0 || len(token) == 1 && (token[0] < ' ' || token[0] > '~')
}

func alike(tokens []string) []string {
	var out []string
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if t == "at @" && i+1 < len(tokens) {
			_, after, _ := strings.Cut(tokens[i+1], " ")
			t = "at @" + after
			i++
		}
		out = append(out, strings.ToLower(t))
	}
	return out
}

var modes = []lex.Mode{{}, {ANSIQuotes: true}, {NoBackslashEscapes: true}, {ANSIQuotes: true, NoBackslashEscapes: true}, {PipesAsConcat: true}}

// FuzzBothLexersReadAlike holds the promise of package lex: what the SQL parser
// gets to see, it reads token for token as lex did.
func FuzzBothLexersReadAlike(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed, uint8(0))
	}
	f.Fuzz(func(t *testing.T, text string, mode uint8) {
		same(t, text, modes[int(mode)%len(modes)])
	})
}

// TestBothLexersReadAlike tries the seeds in every mode, and pairs of them without
// anything in between.
func TestBothLexersReadAlike(t *testing.T) {
	for _, a := range seeds {
		for _, m := range modes {
			same(t, a, m)
			same(t, "SELECT "+a, m)
		}
	}
	for _, a := range fragments {
		for _, b := range fragments {
			for _, c := range []string{"", "c", "'", " "} {
				for _, m := range modes {
					same(t, a+b+c, m)
					same(t, a+"/**/"+b+c, m)
				}
			}
		}
	}
}

// fragments are what tokens begin and end with.
var fragments = []string{
	"a", "x", "b", "n", "N", "e", "1", "1.", ".5", "1e5", "1e", "0x", "0x4", "0x41", "0X41", "0b01", "0b", "1a", "$", "é", "_utf8mb4", "_latin1", "AS",
	"'s'", `"s"`, "`s`", "'", `"`, "`", `\`, `'\_'`, `'\''`, "'a''b'", "x'41'", "x'4'", "b'01'", "b''", "N's'", "@", "@@", "@x", "@@x", "@@g.x", "@`x`", "@'x'", "@a.b",
	"@@`x`", ":", ":=", "=", "<", ">", "<=", ">=", "<>", "!=", "!", "<=>", "<<", ">>", "&", "&&", "|", "||", "-", "--", "->", "->>", "/", "//", "*", "/*", "*/",
	"/*!", "/*!50001", "/*!99999", "/*+ h */", "#", "-- ", "--\n", ".", ",", ";", "(", ")", "?", "+", "%", "^", "~", "{", "}", "\x00", "\f", "\v", "\n", "\x7f", "\xff",
	"= ANY (SELECT", "<>ALL((SELECT", "=SOME", "INTERVAL(1,2", "INTERVAL (1)", "DAY_HOUR", "IS UNKNOWN", "IS NOT UNKNOWN",
	"> ANY (SELECT", "WITH ROLLUP", ")IGNORE NULLS OVER(", ")FROM LAST RESPECT NULLS OVER w", "1.5 PRECEDING",
	"SELECT", "DEFINER=a", "DEFINER=", "FOR", "NOT", "ENFORCED", "SYSTEM_TIME",
}

var seeds = append([]string{
	"SELECT //'\n~ ~ ~ 1", "SELECT --'\n~ ~ 1", "UPDATE dd SET a=0--1 WHERE id=1", "DELETE FROM dd //WHERE id=1", `SELECT 'a\_b', "a\%b"`,
	"/*!50001 CREATE ALGORITHM=UNDEFINED */ /*!50013 DEFINER=`root`@`%` SQL SECURITY DEFINER */ /*!50001 VIEW v AS SELECT 1 */",
	"SELECT N'x', x'41', 0x4, b'01', 0b1, _latin1 x'e9', 1.e3, .5, 1e5x, t.1, t.1e5, @`a b`, @@`sql_mode`, :v1, ::x, ?, ü, a$b",
	"CREATE PROCEDURE p() l:BEGIN m:LOOP LEAVE m; END LOOP; END", "SELECT a->'$.b', a->>'$.c', a<=>b, a&&b, a||b, !a, NOT ENFORCED, FOR SYSTEM_TIME",
	"INSERT /*+ h */ INTO t VALUES ('a' 'b' \"c\"), ('\\0\\Z\\q')",
}, fragments...)
