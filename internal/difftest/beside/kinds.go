package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// kinds are the parts of MariaDB's test files that MySQL 8 does not answer like
// MariaDB: the list in kinds.txt, each with the rule of MySQL that says so.
type kinds struct{ all []*kind }

// kind is one such part.
type kind struct {
	name, why  string
	statements []*regexp.Regexp // every answer to these statements
	unless     *regexp.Regexp   // but not to these
	only       *regexp.Regexp   // of every answer, these lines; nil: all
	answers    []*regexp.Regexp // these lines of an answer
	begins     []*regexp.Regexp // from these statements on …
	until      *regexp.Regexp   // … to this one, or, nil: what names group 1, until it is dropped
	instead    []instead        // how MySQL takes it
	as         []instead        // how MySQL says it
	alike      []instead        // what is the same on all sides
}

// instead is a text of MariaDB and what MySQL has for it.
type instead struct {
	from *regexp.Regexp
	to   string
}

// readKinds reads the list; a line is a word and what it takes:
//
//	kind NAME        begins one
//	why TEXT         MySQL 8's rule, more lines go on
//	statement REGEXP of a statement, all answers to which are of the kind
//	unless REGEXP    of those statements, which is not
//	only REGEXP      of the lines that answer them which are; without it all
//	answer REGEXP    of a line of an answer that is of the kind
//	from REGEXP      everything from such a statement on, to `until`; without `until`, what
//	                 speaks of the object in its first group, to its end
//	until REGEXP
//	instead REGEXP => TEXT   lxdb is asked in MySQL's words; nothing is left out
//	as REGEXP => TEXT        lxdb must answer in MySQL's words; nothing is left out
//	alike REGEXP => TEXT     a part of a line that need not be the same
func readKinds(path string) (*kinds, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	k := &kinds{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if err := k.line(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	for _, one := range k.all {
		if one.why == "" {
			return nil, fmt.Errorf("%s: kind %s has no why", path, one.name)
		}
	}
	return k, lines.Err()
}

func (k *kinds) line(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	if word == "kind" {
		k.all = append(k.all, &kind{name: rest})
		return nil
	}
	if len(k.all) == 0 {
		return fmt.Errorf("%q stands before the first kind", word)
	}
	last := k.all[len(k.all)-1]
	if word == "why" {
		last.why = strings.TrimSpace(last.why + " " + rest)
		return nil
	}
	source, to, isInstead := strings.Cut(rest, " => ")
	if !isInstead {
		source = rest
	}
	flags := "(?is)"
	switch word {
	case "instead":
		flags = "(?im)"
	case "as", "alike":
		flags = ""
	}
	re, err := regexp.Compile(flags + source)
	if err != nil {
		return err
	}
	switch word {
	case "statement":
		last.statements = append(last.statements, re)
	case "answer":
		last.answers = append(last.answers, re)
	case "from":
		last.begins = append(last.begins, re)
	case "unless":
		last.unless = re
	case "only":
		last.only = re
	case "until":
		last.until = re
	case "instead":
		last.instead = append(last.instead, instead{re, strings.ReplaceAll(to, `\n`, "\n")})
	case "as":
		last.as = append(last.as, instead{re, to})
	case "alike":
		last.alike = append(last.alike, instead{re, to})
	default:
		return fmt.Errorf("%q is no word of this list", word)
	}
	return nil
}

// translate puts MySQL's way of saying it into a test.
func (k *kinds) translate(body []byte) []byte {
	for _, one := range k.all {
		for _, i := range one.instead {
			body = i.from.ReplaceAll(body, []byte(i.to))
		}
	}
	return body
}

// ordered are statements that ask for an order.
var ordered = regexp.MustCompile(`(?i)order\s+by`)

// anyOrder sorts the rows of answers that come in no order: SQL defines none without
// ORDER BY, and since 8.0 MySQL does not sort groups.
func anyOrder(all []step) []step {
	out := slices.Clone(all)
	for i, s := range out {
		if ordered.MatchString(s.statement) || len(s.lines) < 3 {
			continue
		}
		end := slices.Index(s.lines, "Warnings:")
		if end < 0 {
			end = len(s.lines)
		}
		out[i].lines = slices.Clone(s.lines)
		if end > 1 {
			slices.Sort(out[i].lines[1:end])
		}
	}
	return out
}

// words puts the answers of MariaDB into MySQL's words.
func (k *kinds) words(lines []string) []string {
	return k.replaced(lines, func(one *kind) []instead { return one.as })
}

// same leaves out of answers what need not be the same.
func (k *kinds) same(lines []string) []string {
	return k.replaced(lines, func(one *kind) []instead { return one.alike })
}

func (k *kinds) replaced(lines []string, by func(*kind) []instead) []string {
	out := make([]string, len(lines))
	for n, line := range lines {
		for _, one := range k.all {
			for _, i := range by(one) {
				line = i.from.ReplaceAllString(line, i.to)
			}
		}
		out[n] = line
	}
	return out
}

// step is a statement of a test and the lines that answer it.
type step struct {
	statement string
	lines     []string
}

// steps cuts a result at the statements that the client echoes.
func steps(out []byte, echoed map[string]bool) (all []step) {
	all = append(all, step{})
	complete := true
	for line := range bytes.SplitSeq(out, emptyLine) {
		l := strings.TrimSpace(string(line))
		last := &all[len(all)-1]
		switch {
		case l == "":
		case !echoed[strings.TrimRight(l, ends)]:
			last.lines = append(last.lines, string(line))
			complete = true
		case complete:
			all = append(all, step{statement: l})
			complete = strings.ContainsAny(l[len(l)-1:], ends)
		default:
			last.statement += "\n" + l
			complete = strings.ContainsAny(l[len(l)-1:], ends)
		}
	}
	return all
}

// lines are the answers of a test.
func lines(all []step) (lines []string) {
	for _, s := range all {
		lines = append(lines, s.lines...)
	}
	return lines
}

// of says for each line of the answers which kind it is of; "": MySQL 8 says it, too.
func (k *kinds) of(all []step) (names []string) {
	open := make([]bool, len(k.all))
	things := make([]map[string]*regexp.Regexp, len(k.all))
	for _, s := range all {
		met := make([]bool, len(k.all))
		for i, one := range k.all {
			met[i] = one.meets(s.statement, &open[i], &things[i])
		}
		from := len(names)
		for _, line := range s.lines {
			name := ""
			for i, one := range k.all {
				if name == "" && met[i] && (one.only == nil || one.only.MatchString(line)) {
					name = one.name
				}
			}
			for _, one := range k.all {
				if name == "" && matchesAny(one.answers, line) {
					name = one.name
				}
			}
			names = append(names, name)
		}
		headOfWarnings(s.lines, names[from:])
	}
	return names
}

// headOfWarnings: where MySQL gives none of the warnings it has no line above them either.
func headOfWarnings(lines, names []string) {
	at := slices.Index(lines, "Warnings:")
	if at < 0 || names[at] != "" || at+1 == len(lines) || names[at+1] == "" {
		return
	}
	for i, line := range lines[at+1:] {
		if warning.MatchString(line) && names[at+1+i] == "" {
			return
		}
	}
	names[at] = names[at+1]
}

var warning = regexp.MustCompile(`^(Note|Warning|Error)\t\d+\t`)

// meets says whether all answers to a statement are of the kind; open and things
// are what earlier statements began.
func (k *kind) meets(statement string, open *bool, things *map[string]*regexp.Regexp) bool {
	met := *open || matchesAny(k.statements, statement) && (k.unless == nil || !k.unless.MatchString(statement))
	for _, re := range k.begins {
		m := re.FindStringSubmatch(statement)
		switch {
		case m == nil:
		case k.until != nil:
			*open = true
			return true
		case len(m) > 1:
			if *things == nil {
				*things = map[string]*regexp.Regexp{}
			}
			(*things)[m[1]] = regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(m[1]) + `\b`)
			return true
		}
	}
	if *open && k.until.MatchString(statement) {
		*open = false
	}
	for name, re := range *things {
		if !re.MatchString(statement) {
			continue
		}
		if made.MatchString(statement) {
			delete(*things, name)
		}
		met = true
	}
	return met
}

// made are the statements that end an object, or make it anew.
var made = regexp.MustCompile(`(?i)^\s*(drop|create)\s`)

func matchesAny(res []*regexp.Regexp, text string) bool {
	for _, re := range res {
		if re.MatchString(text) {
			return true
		}
	}
	return false
}
