package clause

import (
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/dialect"
)

// createTable reads CREATE TABLE.
func (r *reader) createTable() (Result, error) {
	r.i++
	r.accept("TEMPORARY")
	r.i++
	r.accept("IF", "NOT", "EXISTS")
	if !r.isName() {
		return r.result(), nil
	}
	r.change.Database, r.change.Table = r.name()
	switch {
	case r.punct("(") && r.wordAt(1, "LIKE"):
		r.replace(r.i, r.i+1, "")
		r.i += 2
		r.change.LikeDatabase, r.change.Like = r.name()
		r.replace(r.i, r.i+1, "")
		r.i++
	case r.accept("LIKE"):
		r.change.LikeDatabase, r.change.Like = r.name()
	case r.punct("(") && !r.queryAt(1):
		r.open = r.i
		if err := r.definitions(); err != nil {
			return Result{}, err
		}
		r.closed = r.i
	case r.punct("("):
		r.options = r.i
		return r.asQuery()
	}
	if err := r.tableOptions(); err != nil {
		return Result{}, err
	}
	if r.at("PARTITION", "BY") {
		if err := r.partitionBy(); err != nil {
			return Result{}, err
		}
	}
	return r.asQuery()
}

// queryAt reports whether a query begins n tokens ahead.
func (r *reader) queryAt(n int) bool {
	for r.punctAt(n, "(") {
		n++
	}
	return r.wordAt(n, "SELECT") || r.wordAt(n, "WITH") || r.wordAt(n, "TABLE") || r.wordAt(n, "VALUES")
}

// asQuery reads [IGNORE | REPLACE] [AS] SELECT after the options. The parser knows it where
// the table's name alone stands before it; in the other forms it gets the definition alone,
// with a column more where it would have none. The query is always read for itself, too: its
// columns are called what is written there.
func (r *reader) asQuery() (Result, error) {
	if r.anyOf("IGNORE", "REPLACE") && (r.wordAt(1, "AS") || r.queryAt(1)) {
		r.change.Duplicates = strings.ToUpper(r.tok(0).Text)
		r.cut(r.i, r.i+1)
		r.i++
	}
	as := r.i
	r.accept("AS")
	if r.done() || !r.queryAt(0) {
		return r.result(), nil
	}
	query := r.text[r.tok(0).Pos:]
	if r.open == 0 && len(r.worked) == 0 && r.at("SELECT") {
		if as == r.i {
			r.insert(r.i, "AS ") // before UNION the parser wants it
		}
		out := r.result()
		out.Query = query
		return out, nil
	}
	if from := r.i; r.punct("(") { // the parser wants no parentheses here
		if r.parens(); r.done() {
			query = r.source(from+1, r.i-1)
		}
		r.i = from
	}
	r.cut(as, len(r.toks))
	switch {
	case r.open == 0:
		r.insert(r.options, "(`"+NoColumn+"` INT) ")
	case r.defines:
		r.replace(r.open, r.open+1, "(`"+NoColumn+"` INT, ")
	default:
		r.replace(r.open, r.closed, "(`"+NoColumn+"` INT)")
	}
	r.deep = true
	out := r.result()
	out.Query = query
	return out, nil
}

// NoColumn is the first column of a definition in whose place the result of a query stands.
const NoColumn = "of the query"

func (r *reader) tableOptions() error {
	r.options = r.i
	for !r.done() {
		start := r.i
		if r.acceptPunct(",") {
			if found, works, err := r.option(); err != nil || !found {
				return err
			} else if !works {
				r.cut(start, start+1)
			}
			continue
		}
		if found, _, err := r.option(); err != nil || !found {
			return err
		}
	}
	return nil
}

// definitions reads the columns, keys and constraints between the parentheses.
// Keys that are not built are taken out of the text.
func (r *reader) definitions() error {
	r.i++
	var extra []string
	lastKept := -1 // token of the comma before the definition, when something stays before it
	for first := true; !r.done(); first = false {
		start := r.i
		d, err := r.definition()
		if err != nil {
			return err
		}
		extra = append(extra, d.extra...)
		r.defines = r.defines || !d.cut
		if d.cut {
			switch {
			case lastKept >= 0:
				r.edits = append(r.edits, edit{r.token(lastKept).Pos, r.tok(0).Pos, " "})
			case first && r.punct(","):
				r.edits = append(r.edits, edit{r.token(start).Pos, r.tok(1).Pos, " "})
			}
		}
		if !r.punct(",") {
			break
		}
		if !d.cut || lastKept >= 0 {
			lastKept = r.i
		}
		r.i++
	}
	for _, e := range extra {
		r.insert(r.i, ", "+e)
	}
	r.acceptPunct(")")
	return nil
}

// defined says what became of one definition.
type defined struct {
	cut   bool     // it is taken out of the text as a whole
	extra []string // definitions that say what it said
}

// definition reads one of the comma-separated parts of a table's definition.
func (r *reader) definition() (defined, error) {
	start := r.i
	if r.accept("CONSTRAINT") && !r.anyOf("PRIMARY", "UNIQUE", "FOREIGN", "CHECK") {
		r.i++
	} else if r.i > start && r.anyOf("PRIMARY") { // the parser wants a name there, and a primary key has none
		r.cut(start, r.i)
	}
	switch {
	case r.anyOf("PRIMARY", "UNIQUE", "KEY", "INDEX"):
		return defined{}, r.index()
	case r.anyOf("FULLTEXT", "SPATIAL"):
		return defined{cut: true}, r.unbuiltIndex()
	case r.anyOf("FOREIGN"):
		if named := r.i > start+1; !named { // the symbol of a constraint is the name of its index
			r.keyName()
		}
		return defined{}, r.references()
	case r.anyOf("CHECK"):
		r.toComma()
		return defined{}, nil
	case r.i != start:
		r.toComma()
		return defined{}, nil
	}
	return r.column()
}

// toComma moves to the comma or parenthesis that ends a definition.
func (r *reader) toComma() {
	for !r.done() && !r.punct(",") && !r.punct(")") {
		if r.punct("(") {
			r.parens()
			continue
		}
		r.i++
	}
}

// column reads a column's definition.
func (r *reader) column() (defined, error) {
	if !r.isName() {
		r.toComma()
		return defined{}, nil
	}
	name := r.tok(0).Text
	r.quote()
	r.i++
	if err := r.columnType(name); err != nil {
		return defined{}, err
	}
	var out defined
	for !r.done() && !r.punct(",") && !r.punct(")") {
		switch {
		case r.punct("("):
			r.parens()
		case r.at("REFERENCES"):
			start := r.i
			if err := r.references(); err != nil {
				return out, err
			}
			out.extra = append(out.extra, "FOREIGN KEY (`"+strings.ReplaceAll(name, "`", "``")+"`) "+r.edited(r.token(start).Pos, r.token(r.i-1).End))
			r.edits = append(r.edits, edit{r.token(start).Pos, r.token(r.i - 1).End, " "})
			r.dropInside(r.token(start).Pos, r.token(r.i-1).End)
			r.deep = true
		default:
			if err := r.columnAttribute(); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// dropInside forgets edits inside a piece of text that is replaced as a whole.
func (r *reader) dropInside(from, to int) {
	kept := r.edits[:0]
	for _, e := range r.edits {
		if e.from >= from && e.to <= to && !(e.from == from && e.to == to) {
			continue
		}
		kept = append(kept, e)
	}
	r.edits = kept
}

// sizedType is the smallest type that holds n characters, or bytes of a BLOB.
func sizedType(word, n string) string {
	bytes, err := strconv.ParseUint(n, 10, 64)
	if err != nil {
		return word
	}
	if word == "TEXT" && bytes < 1<<32 {
		bytes *= 4 // utf8mb4
	}
	switch {
	case bytes < 1<<8:
		return "TINY" + word
	case bytes < 1<<16:
		return word
	case bytes < 1<<24:
		return "MEDIUM" + word
	}
	return "LONG" + word
}

// columnAttribute reads one attribute of a column. What the parser knows and the
// library carries out is stepped over.
func (r *reader) columnAttribute() error {
	switch {
	case r.at("INVISIBLE"):
		return refused("INVISIBLE columns", "leave the column out of the views that people read")
	case r.at("VISIBLE"):
		r.cut(r.i, r.i+1)
	case r.anyOf("COLUMN_FORMAT", "STORAGE") && r.tok(1).Kind == dialect.TokenWord:
		r.change.note("the column attribute " + strings.ToUpper(r.tok(0).Text))
		r.cut(r.i, r.i+2)
		r.i++
	case r.anyOf("ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE"):
		return refused("the column attribute "+strings.ToUpper(r.tok(0).Text), "reserved by MySQL")
	case r.at("WITHOUT", "SYSTEM", "VERSIONING"):
		r.cut(r.i, r.i+3) // what is so anyway
		r.i += 2
	case r.at("PERSISTENT"):
		r.replace(r.i, r.i+1, "STORED")
	case r.at("SERIAL", "DEFAULT", "VALUE"):
		r.replace(r.i, r.i+3, "NOT NULL AUTO_INCREMENT UNIQUE")
		r.i += 2
		r.deep = true
	case r.at("KEY") && !r.wordAt(-1, "PRIMARY") && !r.wordAt(-1, "UNIQUE") && !r.wordAt(-1, "FULLTEXT"):
		r.insert(r.i, "PRIMARY ")
		r.deep = true
	case r.anyOf("COMMENT", "DEFAULT", "COLLATE"):
		r.i++ // its value is no attribute
		if r.punct("(") {
			r.parens()
			return nil
		}
	}
	r.i++
	return nil
}

// keyName keeps the name in FOREIGN KEY name (…).
func (r *reader) keyName() {
	if !r.at("FOREIGN", "KEY") || r.i+3 >= len(r.toks) {
		return
	}
	name, opens := r.tok(2), r.tok(3)
	if name.Kind != dialect.TokenWord && name.Kind != dialect.TokenName || opens.Text != "(" {
		return
	}
	if r.change.KeyNames == nil {
		r.change.KeyNames = map[string]string{}
	}
	r.change.KeyNames[keyColumns(r.inParens(r.i+3, r.closing(r.i+3, len(r.toks))+1))] = name.Text
}

// references reads FOREIGN KEY … REFERENCES …, or from REFERENCES on.
func (r *reader) references() error {
	if r.accept("FOREIGN", "KEY") && r.isName() {
		r.i++ // the name of the index
	}
	for !r.done() && !r.punct(",") && !r.punct(")") {
		switch {
		case r.punct("("):
			r.parens()
			continue
		case r.at("MATCH", "SIMPLE"):
			r.cut(r.i, r.i+2)
			r.i++
		case r.at("MATCH"):
			return refused("MATCH "+strings.ToUpper(r.tok(1).Text)+" of foreign keys", "a key with a NULL in it refers to nothing, as with MATCH SIMPLE")
		case r.accept("ON"):
			r.i++
			if !r.accept("SET") {
				r.accept("NO")
			}
		case r.anyOf("NOT", "NULL", "DEFAULT", "COMMENT", "UNIQUE", "PRIMARY", "KEY", "CHECK", "AUTO_INCREMENT", "COLLATE", "FIRST", "AFTER"):
			return nil // the column goes on
		}
		r.i++
	}
	return nil
}
