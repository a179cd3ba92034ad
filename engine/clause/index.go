package clause

import (
	"strings"

	"github.com/lxdb/lxdb/engine/dialect"
)

// index reads a key from its kind on: [PRIMARY KEY | UNIQUE | KEY | INDEX] [name]
// [USING t] (parts) options.
func (r *reader) index() error {
	for r.anyOf("PRIMARY", "UNIQUE", "KEY", "INDEX") {
		r.i++
	}
	if r.isName() && !r.at("USING") && !r.at("TYPE") {
		r.quote()
		r.i++
	}
	return r.indexRest()
}

// indexRest reads a key after its name.
func (r *reader) indexRest() error {
	r.using()
	if err := r.indexParts(); err != nil {
		return err
	}
	return r.indexOptions()
}

// using reads USING BTREE and its kin. A tree is what there is.
func (r *reader) using() {
	if !r.anyOf("USING", "TYPE") || r.tok(1).Kind != dialect.TokenWord {
		return
	}
	if kind := strings.ToUpper(r.tok(1).Text); kind != "BTREE" {
		r.change.note("the index type " + kind)
	}
	r.cut(r.i, r.i+2)
	r.i += 2
}

// indexParts reads the columns of a key.
func (r *reader) indexParts() error {
	if !r.acceptPunct("(") {
		return nil
	}
	for !r.done() && !r.punct(")") {
		switch {
		case r.punct("("):
			return refused("functional indexes", "add a generated column with the expression and index that")
		case r.anyOf("ASC"):
			r.i++
		case r.anyOf("DESC"):
			r.change.note("DESC of index columns")
			r.i++
		case r.isName():
			r.quote()
			if r.i++; r.punct("(") {
				r.parens()
			}
		default:
			r.i++
		}
	}
	r.acceptPunct(")")
	return nil
}

// indexOptions reads what may follow a key. It stops at what is no option.
func (r *reader) indexOptions() error {
	for !r.done() {
		switch {
		case r.anyOf("USING", "TYPE"):
			before := r.i
			if r.using(); r.i == before {
				return nil
			}
		case r.at("KEY_BLOCK_SIZE"):
			from := r.i
			r.i++
			r.acceptPunct("=")
			r.i++
			r.change.note("the index option KEY_BLOCK_SIZE")
			r.cut(from, r.i)
		case r.at("COMMENT"):
			r.i += 2
		case r.at("VISIBLE"):
			r.cut(r.i, r.i+1)
			r.i++
		case r.at("INVISIBLE"):
			return refused("INVISIBLE indexes", "drop the index instead")
		case r.at("WITH", "PARSER"):
			r.change.note("the index option WITH PARSER")
			r.cut(r.i, r.i+3)
			r.i += 3
		case r.anyOf("ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE"):
			return refused("the index option "+strings.ToUpper(r.tok(0).Text), "reserved by MySQL")
		default:
			return nil
		}
	}
	return nil
}

// unbuiltIndex reads a FULLTEXT or SPATIAL key, which is kept and not built.
func (r *reader) unbuiltIndex() error {
	x := Index{Kind: strings.ToUpper(r.tok(0).Text)}
	r.i++
	if r.anyOf("KEY", "INDEX") {
		r.i++
	}
	if r.isName() {
		x.Name = r.tok(0).Text
		r.i++
	}
	return r.keepIndex(x)
}

// keepIndex reads the rest of an index that is not built.
func (r *reader) keepIndex(x Index) error {
	r.using()
	from := r.i
	if err := r.indexParts(); err != nil {
		return err
	}
	for depth, n := 0, from; n < r.i; n++ {
		switch t := r.token(n); {
		case t.Text == "(" && t.Kind == dialect.TokenOther:
			depth++
		case t.Text == ")" && t.Kind == dialect.TokenOther:
			depth--
		case depth == 1 && (t.Kind == dialect.TokenName || t.Kind == dialect.TokenWord && !strings.EqualFold(t.Text, "ASC") && !strings.EqualFold(t.Text, "DESC")):
			x.Columns = append(x.Columns, t.Text)
		}
	}
	from = r.i
	if err := r.indexOptions(); err != nil {
		return err
	}
	for n := from; n+1 < r.i; n++ {
		if t := r.token(n); t.Kind == dialect.TokenWord && strings.EqualFold(t.Text, "COMMENT") {
			x.Comment = r.token(n + 1).Text
		}
	}
	r.change.note("the " + x.Kind + " key")
	r.change.Indexes = append(r.change.Indexes, x)
	return nil
}

// isCreateIndex reports CREATE [UNIQUE|FULLTEXT|SPATIAL] INDEX.
func (r *reader) isCreateIndex() bool {
	return r.at("CREATE", "INDEX") || r.at("CREATE", "UNIQUE", "INDEX") || r.at("CREATE", "FULLTEXT", "INDEX") || r.at("CREATE", "SPATIAL", "INDEX")
}

func (r *reader) createIndex() (Result, error) {
	r.i++
	kind := ""
	if !r.at("INDEX") {
		kind = strings.ToUpper(r.tok(0).Text)
		r.i++
	}
	r.i++
	name := r.tok(0).Text
	r.quote()
	r.i++
	r.using()
	if !r.accept("ON") {
		return r.result(), nil
	}
	r.change.Database, r.change.Table = r.name()
	r.change.Alters = true
	if kind == "FULLTEXT" || kind == "SPATIAL" {
		if err := r.keepIndex(Index{Kind: kind, Name: name}); err != nil {
			return Result{}, err
		}
	} else if err := r.indexRest(); err != nil {
		return Result{}, err
	}
	if err := r.howToAlter(); err != nil {
		return Result{}, err
	}
	out := r.result()
	out.Only = len(r.change.Indexes) > 0
	return out, nil
}

func (r *reader) dropIndex() (Result, error) {
	from := r.i
	r.i += 2
	primary := r.tok(0).Kind == dialect.TokenName && strings.EqualFold(r.tok(0).Text, "PRIMARY")
	r.quote()
	r.i++
	if r.accept("ON") {
		at := r.i
		r.change.Database, r.change.Table = r.name()
		if primary { // which the parser knows in ALTER TABLE alone
			r.replace(from, at, "ALTER TABLE ")
			r.insert(r.i, " DROP PRIMARY KEY ")
		}
		if err := r.howToAlter(); err != nil {
			return Result{}, err
		}
	}
	return r.result(), nil
}
