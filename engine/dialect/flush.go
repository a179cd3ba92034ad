package dialect

import "strings"

// Flush is FLUSH of what needs none. Nothing here waits to be written or read
// again: grants are in force when they are committed, a commit is on disk when it
// is answered, no table is kept open, and the logs go to where the server was told
// with each line. So scripts may say it, and it has been done.
type Flush struct {
	What []string // "PRIVILEGES", "LOGS", "BINARY LOGS", "ENGINE LOGS"; else Tables
	// Tables is FLUSH TABLES, of all of them or of those that the text names.
	Tables bool
}

// flushes are the forms that something would have to be done for. Who is told OK
// must not believe in a lock that nobody holds or in counters that went on.
var flushes = []unbuilt{
	{"FLUSH ERROR LOGS", []string{"ERROR", "LOGS"}},
	{"FLUSH GENERAL LOGS", []string{"GENERAL", "LOGS"}},
	{"FLUSH SLOW LOGS", []string{"SLOW", "LOGS"}},
	{"FLUSH RELAY LOGS", []string{"RELAY", "LOGS"}},
	{"FLUSH HOSTS", []string{"HOSTS"}},
	{"FLUSH OPTIMIZER_COSTS", []string{"OPTIMIZER_COSTS"}},
	{"FLUSH STATUS", []string{"STATUS"}},
}

func readFlush(p *parser) (Statement, bool) {
	p.next()
	if !p.accept("LOCAL") {
		p.accept("NO_WRITE_TO_BINLOG") // there is no binary log
	}
	if p.accept("TABLES") || p.accept("TABLE") {
		return p.flushTables(), true
	}
	return &Flush{What: commaList(p, flushed)}, true
}

func flushed(p *parser) string {
	for _, words := range [][]string{{"PRIVILEGES"}, {"USER_RESOURCES"}, {"LOGS"}, {"BINARY", "LOGS"}, {"ENGINE", "LOGS"}} {
		if p.accept(words...) {
			return strings.Join(words, " ")
		}
	}
	if _, refused := p.refuse(flushes); !refused {
		p.unexpected("FLUSH takes PRIVILEGES, USER_RESOURCES, TABLES, LOGS, BINARY LOGS or ENGINE LOGS")
	}
	return ""
}

func (p *parser) flushTables() Statement {
	if p.isName(0) && !p.at("WITH") {
		commaList(p, func(p *parser) string {
			name := p.name("a table name")
			if p.acceptPunct('.') {
				name = p.nameAfterDot("a table name")
			}
			return name
		})
	}
	switch {
	case p.at("WITH", "READ", "LOCK"):
		p.notSupported("FLUSH TABLES WITH READ LOCK")
	case p.at("FOR", "EXPORT"):
		p.notSupported("FLUSH TABLES FOR EXPORT")
	}
	return &Flush{Tables: true}
}

func (s *Flush) write(p *printer) {
	if s.Tables {
		p.WriteString("FLUSH TABLES")
		return
	}
	p.WriteString("FLUSH " + strings.Join(s.What, ", "))
}

func (s *Flush) String() string   { return canonical(s) }
func (s *Flush) Redacted() string { return canonical(s) }
