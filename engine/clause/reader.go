package clause

import (
	"sort"
	"strings"

	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Result is a statement as the SQL parser is to read it.
type Result struct {
	Text   string
	Change *Change // nil: nothing to keep
	Only   bool    // the change is all there is: Text need not be read
	Query  string  // of CREATE TABLE … SELECT, when Text is the definition alone
	Lock   *Lock   // of the one locking clause that says more than the parser takes
	// Histogram is ANALYZE TABLE … HISTOGRAM, which is all there is: Text need not be read.
	Histogram *Histogram
	// Upkeep is CHECK, CHECKSUM, OPTIMIZE or REPAIR TABLE, which is all there is, too.
	Upkeep *Upkeep
}

// reader walks over the tokens of one statement and notes what to change in its
// text.
type reader struct {
	text    string
	mode    lex.Mode
	toks    []dialect.Token
	i       int
	edits   []edit
	change  Change
	worked  []string // table options that work, which stay in the text
	lock    *Lock
	renamed bool // the table gets another name
	open    int  // the parenthesis before the definitions of CREATE TABLE
	closed  int  // what follows them
	options int  // where its options begin
	defines bool // some of the definitions stay in the text
	deep    bool // an edit changes what the parser would read, it does not only spell it
}

type edit struct {
	from, to int
	with     string
}

// Read decides on the clauses that show in the text only. A text that is no
// statement is returned as it is.
func Read(text string, m lex.Mode) (Result, error) {
	out := Result{Text: text}
	if !concerned(text) {
		return out, nil
	}
	toks, ok := dialect.Tokens(text, m)
	if !ok {
		return out, nil
	}
	r := &reader{text: text, toks: toks, mode: m}
	return r.statement()
}

// concerned says cheaply whether a text may be one that Read looks at: almost all
// statements are not.
func concerned(text string) bool {
	first := text
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < 'A' || c > 'Z' && c < 'a' || c > 'z' {
			first = text[:i]
			break
		}
	}
	if first == "" {
		return true
	}
	switch strings.ToUpper(first) {
	case "SELECT", "WITH":
		return lockWord(text)
	case "INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN", "COMMIT", "ROLLBACK", "USE", "EXECUTE", "CALL":
		return false
	}
	return true
}

func (r *reader) statement() (Result, error) {
	if err := r.refusedStatement(); err != nil {
		return Result{}, err
	}
	switch {
	case r.at("CREATE", "TABLE"), r.at("CREATE", "TEMPORARY", "TABLE"):
		return r.createTable()
	case r.at("ANALYZE"):
		return r.analyze()
	case r.at("CHECK", "TABLE"), r.at("CHECK", "TABLES"), r.at("CHECKSUM", "TABLE"), r.at("CHECKSUM", "TABLES"), r.anyOf("OPTIMIZE", "REPAIR"):
		return r.upkeep()
	case r.at("CREATE", "DATABASE"), r.at("CREATE", "SCHEMA"), r.at("DROP", "DATABASE"), r.at("DROP", "SCHEMA"):
		return r.databaseName()
	case r.at("ALTER", "TABLE"), r.at("ALTER", "IGNORE", "TABLE"):
		return r.alterTable()
	case r.at("START", "TRANSACTION"):
		return r.startTransaction()
	case r.at("DROP", "INDEX"):
		return r.dropIndex()
	case r.isCreateIndex():
		return r.createIndex()
	case r.isProgram():
		return Result{Text: r.text}, r.program()
	case r.at("SET"):
		return r.setNames()
	case r.at("SELECT"), r.at("WITH"), r.punct("("):
		return r.locks()
	}
	return Result{Text: r.text}, nil
}

// tok is the token n places ahead; one of no text past the end.
func (r *reader) tok(n int) dialect.Token { return r.token(r.i + n) }

// token is the token at a place. Reading goes past the end where a text stops in
// the middle of a clause.
func (r *reader) token(i int) dialect.Token {
	if i >= 0 && i < len(r.toks) {
		return r.toks[i]
	}
	return dialect.Token{Kind: dialect.TokenOther, Pos: len(r.text), End: len(r.text)}
}

func (r *reader) done() bool { return r.i >= len(r.toks) }

func (r *reader) wordAt(n int, word string) bool {
	t := r.tok(n)
	return t.Kind == dialect.TokenWord && strings.EqualFold(t.Text, word)
}

// at reports whether these words come next.
func (r *reader) at(words ...string) bool {
	for n, w := range words {
		if !r.wordAt(n, w) {
			return false
		}
	}
	return true
}

func (r *reader) anyOf(words ...string) bool {
	for _, w := range words {
		if r.wordAt(0, w) {
			return true
		}
	}
	return false
}

func (r *reader) accept(words ...string) bool {
	if !r.at(words...) {
		return false
	}
	r.i += len(words)
	return true
}

func (r *reader) punctAt(n int, c string) bool {
	t := r.tok(n)
	return t.Kind == dialect.TokenOther && t.Text == c
}

func (r *reader) punct(c string) bool { return r.punctAt(0, c) }

func (r *reader) acceptPunct(c string) bool {
	if !r.punct(c) {
		return false
	}
	r.i++
	return true
}

// parens moves past a pair of parentheses and what is inside.
func (r *reader) parens() {
	depth := 0
	for ; !r.done(); r.i++ {
		switch {
		case r.punct("("):
			depth++
		case r.punct(")"):
			if depth--; depth <= 0 {
				r.i++
				return
			}
		}
	}
}

// name reads a name that may be qualified.
func (r *reader) name() (qualifier, name string) {
	name = r.tok(0).Text
	r.i++
	for r.punct(".") {
		qualifier, name = name, r.tok(1).Text
		r.i += 2
	}
	return qualifier, name
}

func (r *reader) isName() bool {
	k := r.tok(0).Kind
	return k == dialect.TokenWord || k == dialect.TokenName
}

// source is the text of the tokens from..to-1.
func (r *reader) source(from, to int) string {
	if from >= to || from >= len(r.toks) {
		return ""
	}
	return r.text[r.token(from).Pos:r.token(to-1).End]
}

// kept is the source of what is kept as it was written, as the default mode reads it: the record has no mode.
func (r *reader) kept(from, to int) string { return lex.Plain(r.source(from, to), r.mode, nil) }

// cut takes the tokens from..to-1 out of the text.
func (r *reader) cut(from, to int) { r.replace(from, to, "") }

func (r *reader) replace(from, to int, with string) {
	if from < to {
		r.edits = append(r.edits, edit{r.token(from).Pos, r.token(to - 1).End, with})
	}
}

// insert puts text before token n.
func (r *reader) insert(n int, with string) {
	at := len(r.text)
	if n < len(r.toks) {
		at = r.token(n).Pos
	}
	r.edits = append(r.edits, edit{at, at, with})
}

// quote makes a name of a word that the parser may take for something else.
func (r *reader) quote() {
	if t := r.tok(0); t.Kind == dialect.TokenWord && !isReserved(t.Text) {
		r.replace(r.i, r.i+1, "`"+t.Text+"`")
	}
}

// edited is the text from..to with the edits made. What is cut leaves a space.
func (r *reader) edited(from, to int) string {
	sort.SliceStable(r.edits, func(i, j int) bool {
		a, b := &r.edits[i], &r.edits[j]
		return a.from < b.from || a.from == b.from && a.from == a.to && b.from < b.to // what is put in comes before what is replaced
	})
	var b strings.Builder
	at := from
	for _, e := range r.edits {
		if e.from < at || e.to > to {
			continue // inside what another one has replaced
		}
		b.WriteString(r.text[at:e.from])
		if e.with == "" {
			e.with = " "
		}
		b.WriteString(e.with)
		at = e.to
	}
	b.WriteString(r.text[at:to])
	return b.String()
}

// result is the statement with the edits made.
func (r *reader) result() Result {
	out := Result{Text: r.text, Lock: r.lock}
	if len(r.edits) > 0 {
		out.Text = r.edited(0, len(r.text))
	}
	if !r.change.Empty() {
		change := r.change
		out.Change = &change
	}
	return out
}

// refused is error 1235 with the name of what is not there.
func refused(what, why string) error {
	err := sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support '%s'", what)
	if why == "" {
		return err
	}
	return err.WithHint("%s", why)
}
