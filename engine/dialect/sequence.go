package dialect

import (
	"math"
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
)

// ObjectName is the name of an object, with its database or without.
type ObjectName struct{ Database, Name string }

func (n ObjectName) write(p *printer) {
	if n.Database != "" {
		writeName(p, n.Database)
		p.WriteByte('.')
	}
	writeName(p, n.Name)
}

func (p *parser) objectName(what string) ObjectName {
	n := ObjectName{Name: p.name(what)}
	if p.acceptPunct('.') {
		n.Database, n.Name = n.Name, p.nameAfterDot(what)
	}
	return n
}

// SequenceOptions are those that a statement says; nil is one that it does not.
type SequenceOptions struct {
	Type             string // in upper case; "" is not said
	Start, Increment *int64
	Min, Max         *int64
	NoMin, NoMax     bool
	Cache            *int64 // NOCACHE is 0
	Cycle            *bool
	Restart          bool
	RestartWith      *int64
	Comment          *string
	Engine           string // kept for dumps of other servers
}

// CreateSequence makes a sequence.
type CreateSequence struct {
	OrReplace, IfNotExists bool
	Name                   ObjectName
	Options                SequenceOptions
}

// AlterSequence changes one.
type AlterSequence struct {
	IfExists bool
	Name     ObjectName
	Rename   *ObjectName
	Options  SequenceOptions
}

// DropSequence removes sequences.
type DropSequence struct {
	IfExists bool
	Names    []ObjectName
}

// ShowCreateSequence shows the statement that makes a sequence.
type ShowCreateSequence struct{ Name ObjectName }

// ShowSequences lists the sequences of a database.
type ShowSequences struct{ Database, Like string }

// createSequence reads from SEQUENCE on.
func (p *parser) createSequence(replace bool) Statement {
	p.expect("SEQUENCE")
	s := &CreateSequence{OrReplace: replace, IfNotExists: p.ifNotExists()}
	s.Name = p.objectName("a sequence name")
	s.Options = p.sequenceOptions(false)
	return s
}

func (p *parser) alterSequence() Statement {
	p.expect("SEQUENCE")
	s := &AlterSequence{IfExists: p.ifExists(), Name: p.objectName("a sequence name")}
	if p.accept("RENAME", "TO") {
		to := p.objectName("a sequence name")
		s.Rename = &to
		return s
	}
	if t := p.peek(); t.Kind == lex.EOF || p.punctAt(0, ';') {
		p.unexpected("say what is to change, as in RESTART or INCREMENT BY 2")
	}
	s.Options = p.sequenceOptions(true)
	return s
}

func (p *parser) dropSequence() Statement {
	p.expect("SEQUENCE")
	s := &DropSequence{IfExists: p.ifExists()}
	s.Names = commaList(p, func(p *parser) ObjectName { return p.objectName("a sequence name") })
	if !p.accept("RESTRICT") {
		p.accept("CASCADE") // nothing goes with a sequence
	}
	return s
}

// showSequences reads what comes behind SHOW SEQUENCES.
func (p *parser) showSequences() Statement {
	s := &ShowSequences{}
	if p.accept("FROM") || p.accept("IN") {
		s.Database = p.name("a database name")
	}
	if p.accept("LIKE") {
		s.Like = p.text("a pattern")
	}
	return s
}

// sequenceOptions reads them in any order.
func (p *parser) sequenceOptions(alters bool) (o SequenceOptions) {
	said := map[string]bool{}
	for p.err == nil {
		at := p.peek()
		name := p.sequenceOption(&o, alters)
		if name == "" {
			return o
		}
		if said[name] {
			p.fail(at, "%s stands twice", name)
		}
		said[name] = true
	}
	return o
}

// sequenceOption reads one and says which; "" when none comes.
func (p *parser) sequenceOption(o *SequenceOptions, alters bool) string {
	switch {
	case p.accept("AS"):
		o.Type = p.sequenceType()
		return "AS"
	case p.accept("START"):
		p.accept("WITH")
		o.Start = p.signed()
		return "START"
	case p.accept("INCREMENT"):
		p.accept("BY")
		o.Increment = p.signed()
		return "INCREMENT"
	case p.accept("NO", "MINVALUE"), p.accept("NOMINVALUE"):
		o.NoMin = true
		return "MINVALUE"
	case p.accept("MINVALUE"):
		o.Min = p.signed()
		return "MINVALUE"
	case p.accept("NO", "MAXVALUE"), p.accept("NOMAXVALUE"):
		o.NoMax = true
		return "MAXVALUE"
	case p.accept("MAXVALUE"):
		o.Max = p.signed()
		return "MAXVALUE"
	case p.accept("NO", "CACHE"), p.accept("NOCACHE"):
		o.Cache = new(int64)
		return "CACHE"
	case p.accept("CACHE"):
		o.Cache = p.signed()
		return "CACHE"
	case p.accept("NO", "CYCLE"), p.accept("NOCYCLE"):
		o.Cycle = new(bool)
		return "CYCLE"
	case p.accept("CYCLE"):
		yes := true
		o.Cycle = &yes
		return "CYCLE"
	case p.accept("ORDER"), p.accept("NOORDER"), p.accept("NO", "ORDER"):
		return "ORDER" // numbers are given in the order in which they are asked for, always
	case p.accept("OWNED", "BY", "NONE"):
		return "OWNED BY"
	case p.at("OWNED", "BY"):
		p.notSupported("OWNED BY of sequences")
	case p.atAny(0, "KEEP", "NOKEEP", "SCALE", "NOSCALE", "SHARD", "NOSHARD", "SESSION", "GLOBAL"):
		t := p.peek()
		p.notSupported(lex.Upper(p.src[t.Pos:t.End]) + " of sequences")
	case alters && p.accept("RESTART"):
		o.Restart = true
		with := p.accept("WITH")
		if with || p.punctAt(0, '=') || p.punctAt(0, '-') || p.punctAt(0, '+') || p.peek().Kind == lex.Number {
			o.RestartWith = p.signed()
		}
		return "RESTART"
	case p.accept("COMMENT"):
		p.acceptPunct('=')
		text := p.text("a comment")
		o.Comment = &text
		return "COMMENT"
	case p.accept("ENGINE"):
		p.acceptPunct('=')
		o.Engine = p.name("an engine's name")
		return "ENGINE"
	}
	return ""
}

func (p *parser) sequenceType() string {
	for _, name := range []string{"BIGINT", "INT", "INTEGER", "MEDIUMINT", "SMALLINT", "TINYINT"} {
		if !p.accept(name) {
			continue
		}
		if p.at("UNSIGNED") {
			p.notSupported("sequences of UNSIGNED numbers")
		}
		p.accept("SIGNED")
		if name == "INTEGER" {
			name = "INT"
		}
		return name
	}
	p.unexpected("a sequence is of an integer type, as in AS BIGINT")
	return ""
}

// signed takes a whole number, with = before it or not. One beyond BIGINT is the greatest or
// smallest, which no sequence can have.
func (p *parser) signed() *int64 {
	p.acceptPunct('=')
	minus := p.acceptPunct('-')
	if !minus {
		p.acceptPunct('+')
	}
	t := p.peek()
	if t.Kind != lex.Number || strings.Trim(p.src[t.Pos:t.End], "0123456789") != "" {
		p.unexpected("expected a whole number")
		return nil
	}
	p.next()
	text := p.src[t.Pos:t.End]
	if minus {
		text = "-" + text
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && minus {
		n = math.MinInt64
	} else if err != nil {
		n = math.MaxInt64
	}
	return &n
}

func (s *CreateSequence) write(p *printer) {
	p.WriteString("CREATE")
	p.flag(s.OrReplace, " OR REPLACE")
	p.WriteString(" SEQUENCE ")
	p.flag(s.IfNotExists, "IF NOT EXISTS ")
	s.Name.write(p)
	s.Options.write(p)
}

func (s *AlterSequence) write(p *printer) {
	p.WriteString("ALTER SEQUENCE ")
	p.flag(s.IfExists, "IF EXISTS ")
	s.Name.write(p)
	if s.Rename != nil {
		p.WriteString(" RENAME TO ")
		s.Rename.write(p)
	}
	s.Options.write(p)
}

func (s *DropSequence) write(p *printer) {
	p.WriteString("DROP SEQUENCE ")
	p.flag(s.IfExists, "IF EXISTS ")
	list(p, s.Names, func(p *printer, n ObjectName) { n.write(p) })
}

func (s *ShowCreateSequence) write(p *printer) {
	p.WriteString("SHOW CREATE SEQUENCE ")
	s.Name.write(p)
}

func (s *ShowSequences) write(p *printer) {
	p.WriteString("SHOW SEQUENCES")
	if s.Database != "" {
		p.WriteString(" FROM ")
		writeName(p, s.Database)
	}
	if s.Like != "" {
		p.WriteString(" LIKE " + p.quoted(s.Like))
	}
}

func (o *SequenceOptions) write(p *printer) {
	number := func(word string, n *int64) {
		if n != nil {
			p.WriteString(word + strconv.FormatInt(*n, 10))
		}
	}
	p.flag(o.Type != "", " AS "+o.Type)
	number(" START WITH ", o.Start)
	number(" INCREMENT BY ", o.Increment)
	number(" MINVALUE ", o.Min)
	p.flag(o.NoMin, " NO MINVALUE")
	number(" MAXVALUE ", o.Max)
	p.flag(o.NoMax, " NO MAXVALUE")
	number(" CACHE ", o.Cache)
	if o.Cycle != nil {
		p.flag(*o.Cycle, " CYCLE")
		p.flag(!*o.Cycle, " NO CYCLE")
	}
	p.flag(o.Restart, " RESTART")
	number(" WITH ", o.RestartWith)
	if o.Comment != nil {
		p.WriteString(" COMMENT " + p.quoted(*o.Comment))
	}
	if o.Engine != "" {
		p.WriteString(" ENGINE = ")
		writeName(p, o.Engine)
	}
}

func (s *CreateSequence) String() string       { return canonical(s) }
func (s *CreateSequence) Redacted() string     { return canonical(s) }
func (s *AlterSequence) String() string        { return canonical(s) }
func (s *AlterSequence) Redacted() string      { return canonical(s) }
func (s *DropSequence) String() string         { return canonical(s) }
func (s *DropSequence) Redacted() string       { return canonical(s) }
func (s *ShowCreateSequence) String() string   { return canonical(s) }
func (s *ShowCreateSequence) Redacted() string { return canonical(s) }
func (s *ShowSequences) String() string        { return canonical(s) }
func (s *ShowSequences) Redacted() string      { return canonical(s) }
