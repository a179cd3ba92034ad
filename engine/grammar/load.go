package grammar

import (
	"encoding/hex"
	"strconv"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// Load is LOAD DATA. The SQL parser takes some of its forms only; what it is given is the
// INSERT that writes the rows.
type Load struct {
	// Insert has the table, IGNORE or REPLACE, and as its only row the assignments of SET.
	*ast.Insert
	Local    bool
	File     string
	Replace  bool
	Ignore   bool
	Charset  string // "" is that of the database
	Field    LoadClause
	Line     LoadClause
	Enclosed LoadClause
	Escape   LoadClause
	Start    LoadClause
	Skip     uint64
	Fields   []LoadField // none: all columns
}

// LoadClause is a text of LOAD DATA that has a default.
type LoadClause struct {
	Text  string
	Given bool
}

// LoadField is a column, or a user variable, that a field of the file goes to.
type LoadField struct {
	Name     string
	Variable bool
}

// loadParser reads the tokens of a LOAD DATA.
type loadParser struct {
	text string
	mode lex.Mode
	l    lex.Lexer
	t    lex.Token
	out  *Load
}

// ParseLoad reads a LOAD DATA; read reads the INSERT that it is. is is false for every other
// statement.
func ParseLoad(text string, m lex.Mode, read func(insert string) (ast.Statement, error)) (stmt ast.Statement, is bool, err error) {
	p := &loadParser{text: text, mode: m, l: lex.New(text, m), out: &Load{}}
	p.step()
	if !p.word("LOAD") || !p.word("DATA") {
		return nil, false, nil
	}
	insert, err := p.statement()
	if err != nil {
		return nil, true, err
	}
	if stmt, err = read(insert); err != nil {
		return nil, true, err
	}
	ok := false
	if p.out.Insert, ok = stmt.(*ast.Insert); !ok {
		return nil, true, p.wrong()
	}
	return p.out, true, nil
}

func (p *loadParser) step() { p.t = p.l.Next() }

// word takes the next token if it is this keyword.
func (p *loadParser) word(name string) bool {
	if p.t.Kind != lex.Word || !lex.EqualKeyword(p.text[p.t.Pos:p.t.End], name) {
		return false
	}
	p.step()
	return true
}

func (p *loadParser) punct(c string) bool {
	if p.t.Kind != lex.Punct || p.text[p.t.Pos:p.t.End] != c {
		return false
	}
	p.step()
	return true
}

func (p *loadParser) wrong() error {
	near, line := lex.Near(p.text, p.t.Pos, p.mode, false)
	return &SyntaxError{Near: near, Line: line}
}

// statement reads everything, and makes the INSERT.
func (p *loadParser) statement() (insert string, err error) {
	if !p.word("LOW_PRIORITY") {
		p.word("CONCURRENT")
	}
	p.out.Local = p.word("LOCAL")
	if !p.word("INFILE") || p.t.Kind != lex.String && p.t.Kind != lex.Double {
		return "", p.wrong()
	}
	p.out.File = lex.Value(p.text, p.t, p.mode)
	p.step()
	verb := "INSERT "
	switch {
	case p.word("REPLACE"):
		p.out.Replace, verb = true, "REPLACE "
	case p.word("IGNORE"):
		p.out.Ignore = true
	}
	// What comes from the client cannot be stopped in its middle: MySQL goes on as with IGNORE.
	if p.out.Ignore || p.out.Local && !p.out.Replace {
		p.out.Ignore = true
		verb += "IGNORE "
	}
	if !p.word("INTO") || !p.word("TABLE") {
		return "", p.wrong()
	}
	from := p.t.Pos
	end, err := p.table()
	if err != nil {
		return "", err
	}
	insert = verb + "INTO " + p.text[from:end]
	if err := p.clauses(); err != nil {
		return "", err
	}
	switch {
	case p.t.Kind == lex.Word && lex.EqualKeyword(p.text[p.t.Pos:p.t.End], "SET"):
		return insert + " " + p.text[p.t.Pos:], nil
	case p.t.Kind != lex.EOF && !p.punct(";") || p.t.Kind != lex.EOF:
		return "", p.wrong()
	}
	return insert + " () VALUES ()", nil
}

// table passes over the name of the table and its partitions.
func (p *loadParser) table() (end int, err error) {
	for {
		if p.t.Kind != lex.Word && p.t.Kind != lex.Backtick && p.t.Kind != lex.Double {
			return 0, p.wrong()
		}
		end = p.t.End
		p.step()
		if !p.punct(".") {
			break
		}
	}
	if !p.word("PARTITION") {
		return end, nil
	}
	for p.t.Kind != lex.EOF && p.t.Kind != lex.Bad {
		end = p.t.End
		if p.punct(")") {
			return end, nil
		}
		p.step()
	}
	return 0, p.wrong()
}

// clauses reads what stands between the table and SET.
func (p *loadParser) clauses() error {
	if p.word("CHARACTER") {
		if !p.word("SET") || p.t.Kind == lex.EOF {
			return p.wrong()
		}
		p.out.Charset = lex.Value(p.text, p.t, p.mode)
		p.step()
	}
	if p.word("FIELDS") || p.word("COLUMNS") {
		if err := p.parts("TERMINATED", &p.out.Field, "ENCLOSED", &p.out.Enclosed, "ESCAPED", &p.out.Escape); err != nil {
			return err
		}
	}
	if p.word("LINES") {
		if err := p.parts("TERMINATED", &p.out.Line, "STARTING", &p.out.Start, "", nil); err != nil {
			return err
		}
	}
	if p.word("IGNORE") {
		n, err := strconv.ParseUint(p.text[p.t.Pos:p.t.End], 10, 64)
		if p.t.Kind != lex.Number || err != nil {
			return p.wrong()
		}
		p.out.Skip = n
		if p.step(); !p.word("LINES") && !p.word("ROWS") {
			return p.wrong()
		}
	}
	if p.punct("(") {
		return p.fields()
	}
	return nil
}

// parts reads TERMINATED BY and its kin, at least one of them, in any order.
func (p *loadParser) parts(a string, to *LoadClause, b string, toB *LoadClause, c string, toC *LoadClause) error {
	for some := false; ; some = true {
		optionally := b == "ENCLOSED" && p.word("OPTIONALLY")
		var into *LoadClause
		switch {
		case !optionally && p.word(a):
			into = to
		case p.word(b):
			into = toB
		case !optionally && c != "" && p.word(c):
			into = toC
		case some && !optionally:
			return nil
		default:
			return p.wrong()
		}
		if !p.word("BY") {
			return p.wrong()
		}
		text, ok := p.string()
		if !ok {
			return p.wrong()
		}
		*into = LoadClause{text, true}
	}
}

// string takes a text, also one that is written as a number.
func (p *loadParser) string() (string, bool) {
	token := p.text[p.t.Pos:p.t.End]
	switch p.t.Kind {
	case lex.String, lex.Double, lex.National:
		token = lex.Value(p.text, p.t, p.mode)
	case lex.Hex:
		digits := strings.TrimSuffix(strings.TrimLeft(token[1:], "xX'"), "'")
		if len(digits)%2 == 1 {
			digits = "0" + digits
		}
		b, err := hex.DecodeString(digits)
		if err != nil {
			return "", false
		}
		token = string(b)
	case lex.Bit:
		n, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimLeft(token[1:], "bB'"), "'"), 2, 64)
		if err != nil {
			return "", false
		}
		token = ""
		for ; n > 0; n >>= 8 {
			token = string([]byte{byte(n)}) + token
		}
	default:
		return "", false
	}
	p.step()
	return token, true
}

// fields reads the list of columns and variables.
func (p *loadParser) fields() error {
	if p.punct(")") {
		return nil
	}
	for {
		f := LoadField{}
		switch p.t.Kind {
		case lex.At:
			f.Variable = true
			f.Name = lex.Value(p.text, p.t, p.mode)
			if p.step(); f.Name == "" { // @`x`
				f.Name = lex.Value(p.text, p.t, p.mode)
				p.step()
			}
		case lex.Word, lex.Backtick, lex.Double:
			for {
				f.Name = lex.Value(p.text, p.t, p.mode)
				if p.step(); !p.punct(".") {
					break
				}
			}
		default:
			return p.wrong()
		}
		p.out.Fields = append(p.out.Fields, f)
		if p.punct(")") {
			return nil
		}
		if !p.punct(",") {
			return p.wrong()
		}
	}
}
