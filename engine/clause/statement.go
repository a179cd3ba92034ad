package clause

import (
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// A statement that MySQL has and lxdb has not is refused by its name. The SQL
// parser knows some of these and calls the others syntax errors.
var refusedStatements = []struct{ words, why string }{
	{"LOCK INSTANCE", ""},
	{"UNLOCK INSTANCE", ""},
	{"HANDLER", "read with SELECT"},
	{"XA", "there are no distributed transactions"},
	{"HELP", "see the documents"},
	{"IMPORT TABLE", "load a dump"},
	{"CACHE INDEX", ""},
	{"LOAD INDEX", ""},
	{"LOAD XML", "load a file with lxdb import"},
	{"INSTALL", "there are no plugins"},
	{"UNINSTALL", "there are no plugins"},
	{"CLONE", "copy the data directory of a stopped server"},
	{"RESTART", "the service manager starts and stops the server"},
	{"SHUTDOWN", "end the server with SIGTERM"},
	{"BINLOG", "there is no binary log"},
	{"PURGE", "there is no binary log"},
	{"RESET", "there is no binary log and no query cache"},
	{"CHANGE MASTER", "there is no replication"},
	{"CHANGE REPLICATION", "there is no replication"},
	{"START REPLICA", "there is no replication"},
	{"START SLAVE", "there is no replication"},
	{"START GROUP_REPLICATION", "there is no replication"},
	{"STOP REPLICA", "there is no replication"},
	{"STOP SLAVE", "there is no replication"},
	{"STOP GROUP_REPLICATION", "there is no replication"},
	{"ALTER INSTANCE", ""},
	{"ALTER VIEW", "say CREATE OR REPLACE VIEW"},
	{"ALTER ALGORITHM", "say CREATE OR REPLACE VIEW"},
	{"ALTER DEFINER", "create the view or event again"},
	{"ALTER SQL SECURITY", "say CREATE OR REPLACE VIEW"},
	{"ALTER EVENT", "there are no events yet"},
	{"CREATE SERVER", "there are no tables on other servers"},
	{"ALTER SERVER", "there are no tables on other servers"},
	{"DROP SERVER", "there are no tables on other servers"},
	{"CREATE TABLESPACE", "there are no tablespaces"},
	{"CREATE UNDO TABLESPACE", "there are no tablespaces"},
	{"ALTER TABLESPACE", "there are no tablespaces"},
	{"ALTER UNDO TABLESPACE", "there are no tablespaces"},
	{"DROP TABLESPACE", "there are no tablespaces"},
	{"DROP UNDO TABLESPACE", "there are no tablespaces"},
	{"CREATE LOGFILE GROUP", "there are no tablespaces"},
	{"ALTER LOGFILE GROUP", "there are no tablespaces"},
	{"DROP LOGFILE GROUP", "there are no tablespaces"},
	{"CREATE SPATIAL REFERENCE", "the systems 0 and 4326 are built in"},
	{"CREATE OR REPLACE SPATIAL", "the systems 0 and 4326 are built in"},
	{"DROP SPATIAL REFERENCE", "the systems 0 and 4326 are built in"},
	{"SHOW BINARY LOGS", "there is no binary log"},
	{"SHOW MASTER", "there is no replication"},
	{"SHOW SLAVE", "there is no replication"},
	{"SHOW REPLICA", "there is no replication"},
	{"SHOW REPLICAS", "there is no replication"},
	{"SHOW BINLOG", "there is no binary log"},
	{"SHOW RELAYLOG", "there is no replication"},
	{"SHOW ENGINE", "there is one storage engine and no report of it yet"},
	{"SHOW OPEN TABLES", "tables are not opened and closed"},
	{"SHOW PROFILE", "use EXPLAIN"},
	{"SHOW PROFILES", "use EXPLAIN"},
	{"SHOW PARSE_TREE", ""},
	{"GET DIAGNOSTICS", "use SHOW WARNINGS"},
	{"GET CURRENT DIAGNOSTICS", "use SHOW WARNINGS"},
}

func (r *reader) refusedStatement() error {
	if r.at("SHOW", "PROCEDURE", "CODE") || r.at("SHOW", "FUNCTION", "CODE") { // as every release of MySQL says
		return sqlerr.FeatureDisabled.Errorf("The 'SHOW PROCEDURE|FUNCTION CODE' feature is disabled; you need MySQL built with '--with-debug' to have it working")
	}
	for _, s := range refusedStatements {
		if r.at(strings.Fields(s.words)...) {
			return refused(s.words, s.why)
		}
	}
	return nil
}

// Histogram is ANALYZE TABLE … UPDATE HISTOGRAM and DROP HISTOGRAM.
type Histogram struct {
	Tables  []Relation // MySQL reads several, and tells that there may be one
	Drop    bool
	Columns []string
	Buckets int
}

// Upkeep is CHECK TABLE, CHECKSUM TABLE, OPTIMIZE TABLE and REPAIR TABLE.
type Upkeep struct {
	What   string // check, optimize or repair
	Quick  bool   // CHECKSUM TABLE … QUICK: what is kept of the rows, which is nothing
	Tables []Relation
}

// upkeep reads one. What is no such statement is the parser's.
func (r *reader) upkeep() (Result, error) {
	plain := Result{Text: r.text}
	u := &Upkeep{What: strings.ToLower(r.tok(0).Text)}
	r.i++
	if u.What != "check" && u.What != "checksum" && !r.accept("LOCAL") {
		r.accept("NO_WRITE_TO_BINLOG")
	}
	if !r.accept("TABLE") && !r.accept("TABLES") {
		return plain, nil
	}
	if u.Tables = r.tables(); u.Tables == nil {
		return plain, nil
	}
	options := map[string][]string{ // how much is looked at: here always all
		"check": {"QUICK", "FAST", "MEDIUM", "EXTENDED", "CHANGED"}, "repair": {"QUICK", "EXTENDED", "USE_FRM"}, "checksum": {"QUICK", "EXTENDED"},
	}
	for !r.done() && !r.punct(";") {
		if r.anyOf(options[u.What]...) {
			u.Quick = u.Quick || r.anyOf("QUICK")
			r.i++
		} else if u.What != "check" || !r.accept("FOR", "UPGRADE") {
			return plain, nil
		}
	}
	return Result{Text: r.text, Upkeep: u}, nil
}

// tables reads a list of tables; nil for what is none.
func (r *reader) tables() (out []Relation) {
	for {
		if !r.isName() {
			return nil
		}
		database, name := r.name()
		out = append(out, Relation{database, name})
		if !r.acceptPunct(",") {
			return out
		}
	}
}

// Relation is a table by its name.
type Relation struct{ Database, Table string }

// How many buckets a histogram has of which nothing else is said, and at most.
const (
	usualBuckets = 100
	mostBuckets  = 1024
)

// analyze reads ANALYZE TABLE. Without HISTOGRAM, and with what is no statement, it is the parser's.
func (r *reader) analyze() (Result, error) {
	plain := Result{Text: r.text}
	r.accept("ANALYZE")
	if !r.accept("LOCAL") {
		r.accept("NO_WRITE_TO_BINLOG")
	}
	if !r.accept("TABLE") && !r.accept("TABLES") {
		return plain, nil
	}
	h := &Histogram{Buckets: usualBuckets}
	if h.Tables = r.tables(); h.Tables == nil {
		return plain, nil
	}
	switch {
	case r.accept("UPDATE", "HISTOGRAM", "ON"):
	case r.accept("DROP", "HISTOGRAM", "ON"):
		h.Drop = true
	default:
		return plain, nil
	}
	for {
		if h.Drop && r.punct("(") {
			return plain, refused("DROP HISTOGRAM ON (…)", "DROP HISTOGRAM ON column, …")
		}
		if !r.isName() {
			return plain, nil
		}
		h.Columns = append(h.Columns, r.tok(0).Text)
		r.i++
		if !r.acceptPunct(",") {
			break
		}
	}
	if !h.Drop && r.at("USING", "DATA") {
		return plain, refused("ANALYZE TABLE … USING DATA", "UPDATE HISTOGRAM ON column counts what the table holds")
	}
	if !h.Drop && r.accept("WITH") {
		n, err := strconv.Atoi(r.tok(0).Text)
		if r.tok(0).Kind != dialect.TokenNumber || !r.wordAt(1, "BUCKETS") {
			return plain, nil
		}
		if h.Buckets = n; err != nil || n < 1 || n > mostBuckets {
			return plain, sqlerr.DataOutOfRange.Errorf("Number of buckets value is out of range in 'ANALYZE TABLE'").WithHint("1 to 1024")
		}
		r.i += 2
	}
	r.acceptPunct(";")
	if !r.done() {
		return plain, nil
	}
	return Result{Text: r.text, Histogram: h}, nil
}

// setNames writes SET NAMES x COLLATE y so that the collation is set: the parser
// takes the word and forgets it.
func (r *reader) setNames() (Result, error) {
	for ; !r.done(); r.i++ {
		if !r.at("NAMES") || !r.wordAt(2, "COLLATE") {
			continue
		}
		value := r.tok(3).Text
		if err := known(r.tok(1).Text, value); err != nil && sqlerr.From(err).Number == sqlerr.CollationCharsetMismatch {
			return r.result(), err // others are said by the variables
		}
		r.replace(r.i+2, r.i+4, ", collation_connection = '"+strings.ReplaceAll(strings.ReplaceAll(value, `\`, `\\`), "'", "''")+"'")
		r.i += 3
	}
	return r.result(), nil
}

// isProgram reports the creation of a procedure, function, trigger or event.
func (r *reader) isProgram() bool {
	if !r.at("CREATE") {
		return false
	}
	for n := 1; n < 12; n++ {
		switch {
		case r.wordAt(n, "PROCEDURE"), r.wordAt(n, "FUNCTION"), r.wordAt(n, "TRIGGER"), r.wordAt(n, "EVENT"):
			return true
		case r.wordAt(n, "TABLE"), r.wordAt(n, "VIEW"), r.wordAt(n, "DATABASE"), r.wordAt(n, "SCHEMA"), r.wordAt(n, "INDEX"), r.punctAt(n, "("):
			return false
		}
	}
	return false
}

// program looks at the statements about tables in a program's body. They reach the
// parser as they are, so whatever would have to be kept or written otherwise is
// refused there.
func (r *reader) program() error {
	begins := true
	for n := 1; n < len(r.toks); n++ {
		at := r.i + n
		if begins || n > 1 && r.beginsStatement(n) {
			sub := &reader{text: r.text, mode: r.mode, toks: r.toks[at:r.statementEnd(at)]}
			if err := sub.inProgram(); err != nil {
				return err
			}
		}
		begins = false
	}
	return nil
}

// beginsStatement says whether a statement of a body may begin n tokens ahead.
func (r *reader) beginsStatement(n int) bool {
	for _, w := range []string{"BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT", "ROW"} {
		if r.wordAt(n-1, w) {
			return true
		}
	}
	return r.punctAt(n-1, ";") || r.punctAt(n-1, ")")
}

func (r *reader) statementEnd(from int) int {
	for n := from; n < len(r.toks); n++ {
		if r.punctAt(n-r.i, ";") {
			return n
		}
	}
	return len(r.toks)
}

func (r *reader) inProgram() error {
	if err := r.refusedStatement(); err != nil && !r.at("REPAIR") && !r.at("RESET") && !r.at("PURGE") {
		return err
	}
	var err error
	switch {
	case r.at("CREATE", "TABLE"), r.at("CREATE", "TEMPORARY", "TABLE"):
		_, err = r.createTable()
	case r.at("ALTER", "TABLE"), r.at("ALTER", "IGNORE", "TABLE"):
		_, err = r.alterTable()
	case r.isCreateIndex():
		_, err = r.createIndex()
	case r.at("DROP", "INDEX"):
		_, err = r.dropIndex()
	case r.at("SET"):
		if _, err = r.setNames(); len(r.edits) > 0 {
			r.deep = true
		}
	case r.at("SELECT"), r.at("WITH"):
		if _, err = r.locks(); r.lock != nil {
			return refused("OF and NOWAIT in stored programs", "")
		}
		return err
	}
	if err == nil && (r.deep || !r.change.Empty()) {
		what := "this clause"
		if len(r.change.Notes) > 0 {
			what = r.change.Notes[0]
		}
		return refused(what+" in stored programs", "leave it out of the program")
	}
	return err
}
