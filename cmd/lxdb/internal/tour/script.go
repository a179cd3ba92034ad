package tour

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed tour.txt
var tourText string

// step is one thing that the tour shows.
type step struct {
	title string // a chapter begins
	prose string
	user  string // whose session runs sql
	sql   string
	mode  mode
	want  want
	count int    // rows, or the error number
	text  string // in some cell
}

type mode uint8

const (
	query mode = iota
	prepare
	execute
	overJSON
	overAvatica
)

type want uint8

const (
	wantNothing want = iota // not a statement
	wantOK
	wantRows
	wantText
	wantDenied
)

// parse reads a tour; tour.txt has the grammar at its top.
func parse(text string) ([]step, error) {
	var steps []step
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, " \n")
		var err error
		switch {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "= "):
			steps = append(steps, step{title: line[2:]})
		case strings.HasPrefix(line, "- "):
			steps = append(steps, step{prose: line[2:]})
		case line[0] == ' ':
			err = continueLast(steps, line)
		case isExpectation(line):
			err = expect(steps, line)
		default:
			var s step
			s, err = statement(line)
			steps = append(steps, s)
		}
		if err != nil {
			return nil, fmt.Errorf("tour: line %d: %w", n, err)
		}
	}
	for _, s := range steps {
		if s.user != "" && s.want == wantNothing && s.mode != prepare {
			return nil, fmt.Errorf("tour: nothing is said of what %q must do", s.sql)
		}
	}
	return steps, nil
}

func statement(line string) (step, error) {
	who, sql, ok := strings.Cut(line, ":")
	user, word, _ := strings.Cut(who, " ")
	s := step{user: user, sql: strings.TrimSpace(sql)}
	switch word {
	case "":
	case "prepare":
		s.mode = prepare
	case "execute":
		s.mode = execute
	case "json":
		s.mode = overJSON
	case "avatica":
		s.mode = overAvatica
	default:
		ok = false
	}
	if !ok || user == "" || (s.sql == "") != (s.mode == execute) {
		return s, fmt.Errorf("%q is no statement", line)
	}
	return s, nil
}

func continueLast(steps []step, line string) error {
	if len(steps) == 0 || steps[len(steps)-1].sql == "" {
		return fmt.Errorf("%q continues nothing", line)
	}
	steps[len(steps)-1].sql += "\n" + strings.TrimSpace(line)
	return nil
}

func isExpectation(line string) bool {
	word, _, _ := strings.Cut(line, " ")
	return word == "ok" || word == "rows" || word == "shows" || word == "denied"
}

func expect(steps []step, line string) error {
	if len(steps) == 0 || steps[len(steps)-1].user == "" || steps[len(steps)-1].want != wantNothing {
		return fmt.Errorf("%q belongs to no statement", line)
	}
	s := &steps[len(steps)-1]
	word, number, _ := strings.Cut(line, " ")
	switch {
	case word == "ok" && number == "":
		s.want = wantOK
		return nil
	case word == "shows" && number != "":
		s.want, s.text = wantText, number
		return nil
	}
	count, err := strconv.Atoi(number)
	if err != nil || word == "ok" || word == "shows" {
		return fmt.Errorf("%q is no expectation", line)
	}
	s.want, s.count = wantRows, count
	if word == "denied" {
		s.want = wantDenied
	}
	return nil
}
