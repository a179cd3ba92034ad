package program

import (
	"errors"
	"slices"
	"strings"
)

// Level is how grave a condition is.
type Level uint8

// The three levels of SHOW WARNINGS.
const (
	Note Level = iota
	Warning
	Error
)

// Condition is one entry of the diagnostics area.
type Condition struct {
	Level   Level
	Number  uint16
	State   string
	Message string
	// Items are further ones that SIGNAL has set.
	Items map[string]string
	// Err is the error that it came as, nil for a warning.
	Err error
	// Said says that its text is that of a SIGNAL, not of what has failed.
	Said bool
}

// same says that two entries of an area are one condition.
func (c *Condition) same(d *Condition) bool {
	return c.Level == d.Level && c.Number == d.Number && c.Message == d.Message
}

// handled is a condition that a handler runs for, and the area as it was then.
type handled struct {
	cond Condition
	area []Condition
}

func (c *Condition) class() class {
	switch {
	case strings.HasPrefix(c.State, "01"):
		return classWarning
	case strings.HasPrefix(c.State, "02"):
		return classNotFound
	}
	return classException
}

// leaf runs something that can raise conditions, and the handler that answers. The
// flow is flowSkip when a CONTINUE handler has answered.
func (f *Frame) leaf(s Statement, run func() error) (flow, error) {
	declaring := f.declaring
	f.declaring = nil
	f.old = 0
	if emptiesArea(s) {
		f.host.Clear()
	} else {
		f.old = len(f.host.Conditions())
	}
	cleared := f.host.Cleared()
	err := run()
	f.settle(s, cleared, err)
	if err != nil {
		f.host.Counted(-1)
		c, may := f.host.Condition(err)
		if !may {
			return next, err
		}
		var raised *raisedError
		if errors.As(err, &raised) {
			c = raised.cond
		}
		c.Level, c.Err = Error, err
		if declaring.answers(&c) {
			return next, err
		}
		h := find(s.at().scope, &c)
		if h == nil {
			return next, err
		}
		return f.handle(h, c)
	}
	f.area = f.host.Conditions()
	var last *handler
	var of Condition
	for i := f.old; i < len(f.area); i++ { // what stood there before has had its answer
		if f.area[i].Level == Error || declaring.answers(&f.area[i]) {
			continue // an error that did not make the statement fail is a note of it: see diagnose
		}
		if h := find(s.at().scope, &f.area[i]); h != nil {
			last, of = h, f.area[i]
		}
	}
	if last == nil {
		return next, nil
	}
	return f.handle(last, of)
}

// answers says that a condition was raised in a declaration of the block, and one of its own
// handlers would answer: they are not there yet, and nobody else is asked, as in MySQL.
func (b *Block) answers(c *Condition) bool { return b != nil && b.best(c) != nil }

// emptiesArea says that the diagnostics area is emptied before a statement: all but those that
// read it, SIGNAL and RESIGNAL, which see to it themselves, and what goes on with an open cursor.
func emptiesArea(s Statement) bool {
	switch s := s.(type) {
	case *SQL:
		return !s.Diagnostic
	case *cursorStatement:
		return s.kind == cursorOpen
	case *Signal, *Diagnostics:
		return false
	}
	return true
}

// settle takes what stood in the area before a statement out of it, when the statement has
// told something. SIGNAL and GET DIAGNOSTICS see to that themselves.
func (f *Frame) settle(s Statement, cleared uint64, err error) {
	switch s.(type) {
	case *Signal, *Diagnostics:
		return
	}
	if f.old == 0 {
		return
	}
	if f.host.Cleared() != cleared { // in a program that ran inside
		f.old = 0
		return
	}
	all := f.host.Conditions()
	if err == nil && len(all) <= f.old {
		return
	}
	f.host.Clear()
	for _, c := range all[min(f.old, len(all)):] {
		f.host.Add(c)
	}
	f.old = 0
}

// handle runs a handler. What it finds in the area is what the statement has left, its
// own condition included; that it was there is forgotten, when it leaves nothing else and RESIGNAL has not
// passed it on.
func (f *Frame) handle(h *handler, c Condition) (flow, error) {
	if err := f.host.Stopped(false); err != nil {
		return next, err
	}
	area := f.host.Conditions()
	if n := len(area); c.Err != nil && (n == 0 || !area[n-1].same(&c)) {
		f.host.Add(c)
		area = append(area, c)
	}
	f.area = area
	f.caught = append(f.caught, handled{c, area})
	around := f.passed
	f.passed = false
	end, err := f.exec(h.body)
	passed := f.passed
	f.passed = around
	f.caught = f.caught[:len(f.caught)-1]
	if err != nil {
		return end, err
	}
	if !passed && slices.EqualFunc(f.area, area, func(a, b Condition) bool { return a.same(&b) }) {
		f.host.Clear()
		f.area = nil
	}
	if end.how != flowNext { // RETURN
		return end, nil
	}
	if h.exits {
		return flow{flowLeave, h.of}, nil
	}
	return flow{how: flowSkip}, nil
}

// find looks for the handler of a condition that is raised in a scope: see the table
// in the package comment.
func find(s *scope, c *Condition) *handler {
	for s != nil {
		if s.block != nil {
			if h := s.block.best(c); h != nil {
				return h
			}
		}
		if s.handler {
			s = s.outer // of the handler's own block
		}
		s = s.outer
	}
	return nil
}

// best is the most particular handler of one block.
func (b *Block) best(c *Condition) *handler {
	var found *handler
	rank := 0
	for _, h := range b.handlers {
		for i := range h.conds {
			if r := h.conds[i].matches(c); r > rank {
				found, rank = h, r
			}
		}
	}
	return found
}

// matches is how particular a condition of a handler is for c; 0 does not match.
func (d *condition) matches(c *Condition) int {
	switch {
	case d.number != 0:
		if d.number == c.Number {
			return 3
		}
	case d.state != "":
		if d.state == c.State {
			return 2
		}
	case d.class == classWarning:
		if c.class() == classWarning || c.Level == Warning { // SELECT INTO of no row is one, too
			return 1
		}
	case d.class == classNotFound:
		if c.class() == classNotFound {
			return 1
		}
	case d.class == classException:
		if c.class() == classException && c.Level == Error {
			return 1
		}
	}
	return 0
}
