package lxtest_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// step is a statement with its expectations, or a directive.
type step struct {
	file string
	line int

	directive string // restart, password, close, setting, outside; "" for a statement
	args      []string

	session  sessionName
	prepared bool
	sql      string
	want     expectation
}

func (s *step) String() string {
	return fmt.Sprintf("%s:%d", filepath.Base(s.file), s.line)
}

// sessionName is USER[#N][@DB].
type sessionName struct{ user, number, database string }

func (n sessionName) String() string {
	s := n.user
	if n.number != "" {
		s += "#" + n.number
	}
	if n.database != "" {
		s += "@" + n.database
	}
	return s
}

// expectation is what must come of a statement.
type expectation struct {
	outcome  outcome
	affected int64 // -1: not looked at
	number   uint16
	message  *regexp.Regexp // nil: not looked at

	count   int      // of rows, -1: not looked at
	columns string   // their names joined by |; "": not looked at
	rows    []string // cells joined by |, nextSet between two results; nil: not looked at
	has     []*regexp.Regexp
	hasNot  []*regexp.Regexp

	warnings []warning // those that must be among the statement's; nil: not looked at
}

// warning is a line of SHOW WARNINGS; code 0 means that there is none.
type warning struct {
	code    uint16
	message *regexp.Regexp // nil: not looked at
}

// nextSet stands between the rows of two results of one statement. No row can
// look like it: cells show a line feed as \n.
const nextSet = "\n"

type outcome uint8

const (
	undecided outcome = iota
	succeeds
	fails
	killed
	returnsRows
)

var (
	statementLine = regexp.MustCompile(`^((?:[A-Za-z_]\w*)?(?:#\d+)?(?:@\w+)?)( prepared)?> (.+)$`)
	sessionParts  = regexp.MustCompile(`^([A-Za-z_]\w*)?(?:#(\d+))?(?:@(\w+))?$`)
	errorLine     = regexp.MustCompile(`^(?:err|warn) (\d+)(?: /(.+)/)?$`)
	patternLine   = regexp.MustCompile(`^(has|hasnot) /(.+)/$`)
)

// parseScenario reads a scenario and the fixtures that it names.
func parseScenario(file string, read func(string) ([]byte, error)) ([]*step, error) {
	text, err := read(file)
	if err != nil {
		return nil, err
	}
	p := scenarioParser{file: file, read: read}
	for i, line := range strings.Split(string(text), "\n") {
		p.line = i + 1
		if err := p.take(strings.TrimRight(line, " \t\r")); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, p.line, err)
		}
	}
	if err := p.finish(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", file, p.line, err)
	}
	if len(p.steps) == 0 {
		return nil, fmt.Errorf("%s: nothing in it", file)
	}
	return p.steps, nil
}

type scenarioParser struct {
	file  string
	line  int
	read  func(string) ([]byte, error)
	steps []*step
	open  *step // the statement that expectations belong to
}

func (p *scenarioParser) take(line string) error {
	switch {
	case line == "" || strings.HasPrefix(line, "#"):
		return nil
	case strings.HasPrefix(line, "  "):
		if p.open == nil || p.open.want.outcome != undecided {
			return fmt.Errorf("a continuation line without a statement before it")
		}
		p.open.sql += "\n" + strings.TrimSpace(line)
		return nil
	}
	if m := statementLine.FindStringSubmatch(line); m != nil {
		if err := p.finish(); err != nil {
			return err
		}
		name, err := parseSessionName(m[1])
		if err != nil {
			return err
		}
		p.open = &step{file: p.file, line: p.line, session: name, prepared: m[2] != "", sql: m[3], want: expectation{affected: -1, count: -1}}
		p.steps = append(p.steps, p.open)
		return nil
	}
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "fixture", "restart", "password", "close", "setting", "outside":
		return p.directive(word, strings.Fields(rest))
	}
	if p.open == nil {
		return fmt.Errorf("not a statement or directive: %q", line)
	}
	return p.open.want.take(word, rest, line)
}

func parseSessionName(text string) (sessionName, error) {
	m := sessionParts.FindStringSubmatch(text)
	if m == nil {
		return sessionName{}, fmt.Errorf("not a session: %q", text)
	}
	return sessionName{m[1], m[2], m[3]}, nil
}

// finish closes the open statement, which must have an expectation: one that
// cannot fail proves nothing.
func (p *scenarioParser) finish() error {
	if p.open != nil && p.open.want.outcome == undecided {
		return fmt.Errorf("the statement of line %d has no expectation", p.open.line)
	}
	p.open = nil
	return nil
}

func (p *scenarioParser) directive(word string, args []string) error {
	if err := p.finish(); err != nil {
		return err
	}
	if want := map[string]int{"fixture": 1, "restart": 0, "password": 2, "close": 1, "setting": 2, "outside": len(args)}[word]; len(args) != want {
		return fmt.Errorf("%s takes %d words", word, want)
	}
	s := &step{file: p.file, line: p.line, directive: word, args: args}
	switch word {
	case "fixture":
		steps, err := parseScenario(filepath.Join(filepath.Dir(p.file), "fixtures", args[0]+".txt"), p.read)
		if err != nil {
			return err
		}
		p.steps = append(p.steps, steps...)
		return nil
	case "setting", "outside":
		if err := p.checkStart(word, args); err != nil {
			return err
		}
	case "close":
		name, err := parseSessionName(args[0])
		if err != nil {
			return err
		}
		s.session = name
	}
	p.steps = append(p.steps, s)
	return nil
}

// checkStart refuses what would come too late: the server is running by then.
func (p *scenarioParser) checkStart(word string, args []string) error {
	if word == "outside" && len(args) > 0 {
		if len(args) > 1 || args[0] != "up" && args[0] != "down" {
			return fmt.Errorf("outside, outside up or outside down")
		}
		return nil
	}
	for _, s := range p.steps {
		if s.directive == "" {
			return fmt.Errorf("%s comes before the first statement", word)
		}
	}
	return nil
}

// take reads one expectation line.
func (e *expectation) take(word, rest, line string) error {
	if word == "warn" && e.outcome != undecided { // goes with every outcome
		n, message, err := numbered(line)
		e.warnings = append(e.warnings, warning{n, message})
		return err
	}
	switch word {
	case "ok", "killed", "err":
		if e.outcome != undecided {
			return fmt.Errorf("%s must be the only expectation", word)
		}
	default:
		if e.outcome != undecided && e.outcome != returnsRows {
			return fmt.Errorf("%s does not go with the expectation before it", word)
		}
	}
	switch {
	case line == "ok":
		e.outcome = succeeds
		return nil
	case word == "ok":
		e.outcome = succeeds
		return e.integer(rest, func(n int) { e.affected = int64(n) })
	case line == "killed":
		e.outcome = killed
		return nil
	case word == "err":
		return e.takeError(line)
	case word == "rows":
		e.outcome = returnsRows
		return e.integer(rest, func(n int) { e.count = n })
	case word == "row":
		e.outcome = returnsRows
		e.rows = append(e.rows, rest)
		return nil
	case line == "next":
		e.outcome = returnsRows
		e.rows = append(e.rows, nextSet)
		return nil
	case word == "cols":
		e.outcome = returnsRows
		e.columns = rest
		return nil
	}
	return e.takePattern(line)
}

func (e *expectation) integer(text string, set func(int)) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return fmt.Errorf("not a number: %q", text)
	}
	set(n)
	return nil
}

func (e *expectation) takeError(line string) (err error) {
	e.outcome = fails
	e.number, e.message, err = numbered(line)
	return err
}

// numbered reads "err NUMBER /REGEXP/" and "warn NUMBER /REGEXP/".
func numbered(line string) (number uint16, message *regexp.Regexp, err error) {
	m := errorLine.FindStringSubmatch(line)
	if m == nil {
		return 0, nil, fmt.Errorf("want err NUMBER or err NUMBER /REGEXP/, and likewise warn: %q", line)
	}
	n, err := strconv.ParseUint(m[1], 10, 16)
	if err != nil {
		return 0, nil, err
	}
	if m[2] != "" {
		message, err = regexp.Compile(m[2])
	}
	return uint16(n), message, err
}

func (e *expectation) takePattern(line string) error {
	m := patternLine.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("not an expectation: %q", line)
	}
	re, err := regexp.Compile(m[2])
	if err != nil {
		return err
	}
	e.outcome = returnsRows
	if m[1] == "has" {
		e.has = append(e.has, re)
	} else {
		e.hasNot = append(e.hasNot, re)
	}
	return nil
}
