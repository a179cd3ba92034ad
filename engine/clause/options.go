package clause

import "strings"

// what a table option is.
type optionRule struct {
	words  string // the option's words, in upper case
	rule   Rule
	value  valueKind
	why    string
	unless string // a value, in upper case, with which a refused option says what is so anyway
}

// Rule is what becomes of a clause.
type Rule uint8

const (
	Refused Rule = iota // error 1235 with its name
	Works
	Kept // no meaning here: kept, shown again, noted
)

func (r Rule) String() string {
	return [...]string{"refused (1235)", "works", "kept, shown again, noted"}[r]
}

type valueKind uint8

const (
	anyValue  valueKind = iota // [=] one token
	noValue                    // nothing follows
	listValue                  // [=] ( … )
)

// tableOptions are the options of CREATE TABLE and ALTER TABLE. Longer names stand
// before their own beginnings.
var tableOptions = []optionRule{
	{"AUTO_INCREMENT", Works, anyValue, "the next number of the AUTO_INCREMENT column", ""},
	{"DEFAULT CHARACTER SET", Works, anyValue, "of columns that name none", ""},
	{"DEFAULT CHARSET", Works, anyValue, "of columns that name none", ""},
	{"CHARACTER SET", Works, anyValue, "of columns that name none", ""},
	{"CHARSET", Works, anyValue, "of columns that name none", ""},
	{"DEFAULT COLLATE", Works, anyValue, "of columns that name none", ""},
	{"COLLATE", Works, anyValue, "of columns that name none", ""},
	{"COMMENT", Works, anyValue, "shown by information_schema and SHOW", ""},

	{"ENGINE", Kept, anyValue, "there is one storage engine", ""},
	{"ROW_FORMAT", Kept, anyValue, "a row has one form", ""},
	{"KEY_BLOCK_SIZE", Kept, anyValue, "a matter of another storage", ""},
	{"AVG_ROW_LENGTH", Kept, anyValue, "a matter of another storage", ""},
	{"MAX_ROWS", Kept, anyValue, "a hint to another storage", ""},
	{"MIN_ROWS", Kept, anyValue, "a hint to another storage", ""},
	{"CHECKSUM", Kept, anyValue, "blocks have checksums, always", ""},
	{"TABLE_CHECKSUM", Kept, anyValue, "blocks have checksums, always", ""},
	{"PAGE_CHECKSUM", Kept, anyValue, "blocks have checksums, always", ""},
	{"DELAY_KEY_WRITE", Kept, anyValue, "keys are written with their rows, always", ""},
	{"PACK_KEYS", Kept, anyValue, "a matter of another storage", ""},
	{"STATS_PERSISTENT", Kept, anyValue, "statistics follow the rows", ""},
	{"STATS_AUTO_RECALC", Kept, anyValue, "statistics follow the rows", ""},
	{"STATS_SAMPLE_PAGES", Kept, anyValue, "statistics follow the rows", ""},
	{"TABLESPACE", Kept, anyValue, "there are no tablespaces", ""},
	{"INSERT_METHOD", Kept, anyValue, "a matter of another storage", ""},
	{"AUTOEXTEND_SIZE", Kept, anyValue, "there are no tablespaces", ""},
	{"COMPRESSION", Kept, anyValue, "blocks are compressed, always", ""},
	{"TRANSACTIONAL", Kept, anyValue, "tables are transactional, always", ""},

	{"ENCRYPTION", Refused, anyValue, "who asks for encryption must not believe that he has it", "N"},
	{"ENCRYPTED", Refused, anyValue, "who asks for encryption must not believe that he has it", "NO"},
	{"ENCRYPTION_KEY_ID", Refused, anyValue, "who asks for encryption must not believe that he has it", ""},
	{"PAGE_COMPRESSED", Refused, anyValue, "an option of MariaDB's", "0"},
	{"PAGE_COMPRESSION_LEVEL", Refused, anyValue, "an option of MariaDB's", ""},
	{"CONNECTION", Refused, anyValue, "there are no tables on other servers", ""},
	{"DATA DIRECTORY", Refused, anyValue, "the data stays where the instance's is", ""},
	{"INDEX DIRECTORY", Refused, anyValue, "the data stays where the instance's is", ""},
	{"PASSWORD", Refused, anyValue, "a password on a table protects nothing; use GRANT", ""},
	{"SECONDARY_ENGINE_ATTRIBUTE", Refused, anyValue, "there is no secondary engine", ""},
	{"SECONDARY_ENGINE", Refused, anyValue, "there is no secondary engine", "NULL"},
	{"ENGINE_ATTRIBUTE", Refused, anyValue, "reserved by MySQL", ""},
	{"ITEF_QUOTES", Refused, anyValue, "an option of MariaDB's", ""},
	{"IETF_QUOTES", Refused, anyValue, "an option of MariaDB's", "NO"},
	{"SEQUENCE", Refused, anyValue, "an option of MariaDB's", "0"},
	{"UNION", Refused, listValue, "tables are not merged; use a view", ""},
	{"START TRANSACTION", Refused, noValue, "a table is made as a whole, always", ""},
	{"WITH SYSTEM VERSIONING", Refused, noValue, "rows have no history", ""},
}

// option reads one table option at the reader's place. It returns false when there
// is none. An option that works stays in the text and is returned in works.
func (r *reader) option() (found, works bool, err error) {
	for _, o := range tableOptions {
		words := strings.Fields(o.words)
		if !r.at(words...) {
			continue
		}
		from := r.i
		r.i += len(words)
		value := r.optionValue(o)
		switch {
		case o.rule == Works:
			if o.words == "COMMENT" { // the library loses it when there is a PRIMARY KEY clause
				r.change.Options = append(r.change.Options, Option{"COMMENT", value})
			}
			r.worked = append(r.worked, o.words)
			return true, true, nil
		case o.rule == Refused && (o.unless == "" || !strings.EqualFold(value, o.unless)):
			return true, false, refused("the table option "+o.words, o.why)
		}
		r.cut(from, r.i)
		if o.rule == Kept {
			r.keep(o.words, r.kept(from+len(words), r.i))
		}
		return true, false, nil
	}
	return false, false, nil
}

// optionValue reads what follows an option's name and returns it decoded.
func (r *reader) optionValue(o optionRule) string {
	if o.value == noValue {
		return ""
	}
	r.acceptPunct("=")
	if r.punct("(") {
		r.parens()
		return ""
	}
	if r.done() || r.punct(",") {
		return ""
	}
	value := r.tok(0).Text
	r.i++
	if o.words == "TABLESPACE" && r.at("STORAGE") {
		r.i += 2
	}
	return value
}

// keep notes an option with its value as written, the later one of two.
func (r *reader) keep(name, value string) {
	value = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(value), "="))
	if name == "ENGINE" && strings.EqualFold(value, "InnoDB") {
		value = "InnoDB" // how the one engine is shown: nothing to note
	} else {
		r.change.note("the table option " + name)
	}
	for i := range r.change.Options {
		if r.change.Options[i].Name == name {
			r.change.Options[i].Value = value
			return
		}
	}
	r.change.Options = append(r.change.Options, Option{name, value})
}
