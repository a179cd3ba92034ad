package program

import (
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Schedule is when an event runs, as written: expressions that are computed once.
type Schedule struct {
	At    string // the one time
	Every string // or a number of Units
	Unit  string
	// Starts and Ends bound the times of EVERY; "" where they are not said.
	Starts, Ends string
}

// EventClauses are those of a CREATE or ALTER EVENT. What is not said is nil.
type EventClauses struct {
	Schedule           *Schedule
	Preserve           *bool
	Enable             *bool
	OnReplica          bool // DISABLE ON REPLICA: with Enable, which is false then
	Comment            *string
	ToDatabase, ToName string // RENAME TO
	Does               bool   // a body follows
}

// EventChange is ALTER or DROP of an event. BodyAt is where the body begins, if one
// stands there.
type EventChange struct {
	Drop, IfExists bool
	Database, Name string
	EventClauses
	BodyAt int
}

// ReadEventChange reads one.
func ReadEventChange(text string, m lex.Mode) (c EventChange, err error) {
	p := &parser{src: text, mode: m, prog: &Program{Text: text}}
	defer p.caught(&err)
	p.tokens()
	if c.Drop = p.accept("DROP"); c.Drop {
		p.expect("EVENT")
		c.IfExists = p.accept("IF", "EXISTS")
		c.Database, c.Name = p.qualified()
	} else {
		p.expect("ALTER")
		if p.accept("DEFINER", "=") {
			p.definer()
		}
		p.expect("EVENT")
		c.Database, c.Name = p.qualified()
		from := p.i
		p.eventClauses(&c.EventClauses, true)
		if p.i == from {
			p.unexpected()
		}
		if c.BodyAt = p.peek().Pos; c.Does {
			return c, nil
		}
	}
	p.accept(";")
	if p.peek().Kind != lex.EOF {
		p.unexpected()
	}
	return c, nil
}

// afterExpression are the words that end an expression of a schedule.
var afterExpression = []string{"ON", "RENAME", "ENABLE", "DISABLE", "COMMENT", "DO", "STARTS", "ENDS", ";"}

// Units are those of EVERY. Package engine computes with them.
var Units = []string{
	"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND",
	"YEAR_MONTH", "DAY_HOUR", "DAY_MINUTE", "DAY_SECOND", "HOUR_MINUTE", "HOUR_SECOND", "MINUTE_SECOND",
}

func (p *parser) eventClauses(e *EventClauses, alters bool) {
	flag := func(on bool) *bool { return &on }
	if p.accept("ON", "SCHEDULE") {
		e.Schedule = p.schedule()
	} else if !alters {
		p.unexpected()
	}
	if p.accept("ON", "COMPLETION") {
		e.Preserve = flag(!p.accept("NOT"))
		p.expect("PRESERVE")
	}
	if alters && p.accept("RENAME", "TO") {
		e.ToDatabase, e.ToName = p.qualified()
	}
	switch {
	case p.accept("ENABLE"):
		e.Enable = flag(true)
	case p.accept("DISABLE"):
		e.Enable = flag(false)
		if e.OnReplica = p.accept("ON"); e.OnReplica && !p.accept("REPLICA") {
			p.expect("SLAVE")
		}
	}
	if p.accept("COMMENT") {
		text := p.string()
		e.Comment = &text
	}
	if e.Does = p.accept("DO"); !e.Does && !alters {
		p.unexpected()
	}
}

func (p *parser) schedule() *Schedule {
	s := &Schedule{}
	if p.accept("AT") {
		s.At = p.until(afterExpression...)
		return s
	}
	p.expect("EVERY")
	s.Every = p.until(append(Units, "MICROSECOND", "DAY_MICROSECOND", "HOUR_MICROSECOND", "MINUTE_MICROSECOND", "SECOND_MICROSECOND")...)
	s.Unit = strings.ToUpper(p.text(p.next()))
	if strings.HasSuffix(s.Unit, "MICROSECOND") {
		p.raise(sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'MICROSECOND'"))
	}
	if s.Unit == "" {
		p.unexpected()
	}
	if p.accept("STARTS") {
		s.Starts = p.until(afterExpression...)
	}
	if p.accept("ENDS") {
		s.Ends = p.until(afterExpression...)
	}
	return s
}
