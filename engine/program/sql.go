package program

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// sql reads a statement that is plain SQL.
func (p *parser) sql() Statement {
	p.allowed()
	s := &SQL{spot: p.here()}
	if p.dynamic() {
		if !p.prog.Kind.free() {
			p.raise(sqlerr.StmtNotAllowedInSFOrTrg.Errorf("Dynamic SQL is not allowed in stored function or trigger"))
		}
		s.Made, p.prog.Shows = !p.at("DEALLOCATE"), true
	}
	s.Text = p.query(s)
	code, shows, err := p.lang.Statement(s.Text, p.scope, false)
	p.check(p.placed(err, s.pos))
	s.Code = code
	if of, ok := code.(interface{ Tableless() bool }); ok {
		s.Plain = of.Tableless()
	}
	if of, ok := code.(interface{ Diagnostic() bool }); ok {
		s.Diagnostic = of.Diagnostic()
	}
	p.shows(shows && s.Into == nil)
	return s
}

// shows notes a statement that gives rows to the client.
func (p *parser) shows(yes bool) {
	if !yes {
		return
	}
	switch p.prog.Kind {
	case Function:
		p.raise(sqlerr.SPNoResultSet.Errorf("Not allowed to return a result set from a function"))
	case Trigger:
		p.raise(sqlerr.SPNoResultSet.Errorf("Not allowed to return a result set from a trigger"))
	}
	p.prog.Shows = true
}

// allowed refuses what MySQL does not take in programs.
func (p *parser) allowed() {
	refuse := func(what string) {
		p.raise(sqlerr.SPBadStatement.Errorf("%s is not allowed in stored procedures", what))
	}
	switch {
	case p.at("USE"):
		refuse("USE")
	case p.at("LOCK", "TABLES"), p.at("LOCK", "TABLE"):
		refuse("LOCK")
	case p.at("UNLOCK"):
		refuse("UNLOCK")
	case p.at("LOAD", "DATA"):
		refuse("LOAD DATA")
	case p.at("CHECK", "TABLE"), p.at("CHECK", "TABLES"):
		refuse("CHECK")
	case p.at("HELP"):
		refuse("HELP")
	case p.at("HANDLER"):
		refuse("HANDLER")
	case p.at("ALTER", "VIEW"):
		refuse("ALTER VIEW")
	case p.at("CREATE"), p.at("ALTER"), p.at("DROP"):
		verb := strings.ToUpper(p.text(p.peek()))
		for n := 1; n < 12; n++ {
			for _, kind := range []string{"PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"} {
				if p.is(n, kind) && kind == "EVENT" && (verb == "CREATE" || verb == "ALTER" && p.does()) {
					p.raise(sqlerr.EventRecursionForbidden.Errorf("Recursion of EVENT DDL statements is forbidden when body is present"))
				}
				if p.is(n, kind) && verb == "CREATE" {
					p.raise(sqlerr.SPNoRecursiveCreate.Errorf("Can't create a %s from within another stored routine", kind))
				}
				if p.is(n, kind) && n == 1 && kind != "EVENT" && kind != "TRIGGER" {
					p.raise(sqlerr.SPNoDropSP.Errorf("Can't drop or alter a %s from within another stored routine", kind))
				}
			}
			if p.is(n, "TABLE") || p.is(n, "VIEW") || p.is(n, "(") || p.is(n, ";") {
				break
			}
		}
	}
	if p.prog.Kind.free() {
		return
	}
	for _, word := range []string{"ANALYZE", "OPTIMIZE", "REPAIR", "CHECKSUM", "CACHE"} { // they answer with rows
		p.shows(p.at(word))
	}
	for _, word := range []string{"FLUSH", "RESET"} {
		if p.at(word) {
			p.raise(sqlerr.StmtNotAllowedInSFOrTrg.Errorf("%s is not allowed in stored function or trigger", word))
		}
	}
	for _, commits := range []string{"COMMIT", "START", "ROLLBACK", "CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME", "GRANT", "REVOKE", "SAVEPOINT"} {
		if !p.at(commits) || p.is(1, "TEMPORARY") || commits == "SAVEPOINT" || commits == "ROLLBACK" && p.saved() {
			continue
		}
		p.raise(sqlerr.CommitNotAllowedInRoutine.Errorf("Explicit or implicit commit is not allowed in stored function or trigger."))
	}
}

// does says that the statement has a DO.
func (p *parser) does() bool {
	for n := 1; !p.is(n, ";") && p.ahead(n).Kind != lex.EOF; n++ {
		if p.is(n, "DO") {
			return true
		}
	}
	return false
}

// saved says that a ROLLBACK is one TO SAVEPOINT.
func (p *parser) saved() bool { return p.is(1, "TO") || p.is(2, "TO") }

// query passes over a statement and takes its INTO out of it.
func (p *parser) query(s *SQL) string {
	first := p.i
	text := p.until(";")
	last := p.i
	if !p.selects(first) {
		return text
	}
	base := p.toks[first].Pos
	depth := 0
	for i := first; i < last; i++ {
		switch t := p.toks[i]; {
		case p.text(t) == "(":
			depth++
		case p.text(t) == ")":
			depth--
		case depth == 0 && t.Kind == lex.Word && strings.EqualFold(p.text(t), "INTO") && i+1 < last:
			if next := p.text(p.toks[i+1]); strings.EqualFold(next, "OUTFILE") || strings.EqualFold(next, "DUMPFILE") {
				return text
			}
			p.i = i + 1
			s.Into = p.targets()
			s.Again = p.again(first, i, s.Into)
			from, to := t.Pos-base, p.toks[p.i-1].End-base
			text = text[:from] + blanks(text[from:to]) + text[to:]
			i, p.i = p.i-1, last
		}
	}
	return text
}

// again finds the variables in the list of a SELECT, by themselves, that targets before theirs are: MySQL takes their values when
// it comes to them.
func (p *parser) again(from, to int, into []Target) (out map[int]int) {
	if !strings.EqualFold(p.text(p.toks[from]), "SELECT") {
		return nil
	}
	begin, depth, at := from+1, 0, 0
	item := func(end int) {
		if t, ok := p.targetOf(begin, end); ok && at < len(into) && slices.Contains(into[:at], t) {
			if out == nil {
				out = map[int]int{}
			}
			out[at] = t.Slot
		}
		begin, at = end+1, at+1
	}
	for i := from + 1; i < to; i++ {
		switch t := p.text(p.toks[i]); {
		case t == "(":
			depth++
		case t == ")":
			depth--
		case depth > 0:
		case t == "*", strings.EqualFold(t, "UNION"), strings.EqualFold(t, "GROUP"), strings.EqualFold(t, "ORDER"):
			return nil // it is not known which is which, or the rows are made before
		case t == ",":
			item(i)
		case strings.EqualFold(t, "FROM"):
			item(i)
			return out
		}
	}
	item(to)
	return out
}

// targetOf is the variable that one token names.
func (p *parser) targetOf(from, to int) (Target, bool) {
	if k := p.toks[from].Kind; to != from+1 || k != lex.Word && k != lex.Backtick {
		return Target{}, false
	}
	return p.targetIn(from, to)
}

func (p *parser) selects(i int) bool {
	switch strings.ToUpper(p.text(p.toks[i])) {
	case "SELECT", "WITH", "(", "VALUES", "TABLE":
		return true
	}
	return false
}

// blanks keeps the lines of what it blanks out.
func blanks(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, strings.Repeat(" ", len(s)-strings.Count(s, "\n"))+strings.Repeat("\n", strings.Count(s, "\n")))
}

// set reads SET; what it does to variables of the program and of the user is ours.
func (p *parser) set() Statement {
	s := &Sequence{spot: p.here()}
	whole := p.i
	p.expect("SET")
	p.shadowed()
	if p.atAny([]string{"TRANSACTION", "NAMES", "CHARACTER", "CHARSET", "PASSWORD", "ROLE", "DEFAULT", "RESOURCE"}) && !p.assigns(1) || p.is(1, "TRANSACTION") {
		if !p.prog.Kind.free() {
			p.raise(sqlerr.CommitNotAllowedInRoutine.Errorf("a function or trigger must not change variables of the session or the server"))
		}
		p.i = whole
		return p.sql()
	}
	for {
		s.list = append(s.list, p.assignment())
		if !p.accept(",") {
			break
		}
	}
	if len(s.list) == 1 {
		return s.list[0]
	}
	return s
}

// shadowed refuses SET NAMES and SET PASSWORD with = behind them where a variable has that name.
func (p *parser) shadowed() {
	for _, word := range []string{"NAMES", "PASSWORD"} {
		if !p.at(word) || !p.assigns(1) {
			continue
		}
		if _, declared := p.scope.variable(word); declared {
			p.raise(sqlerr.SPBadVarShadow.Errorf("Variable '%s' must be quoted with `...`, or renamed", strings.ToLower(word)))
		}
		if word == "NAMES" {
			p.next()
			p.unexpected()
		}
	}
}

// autocommit says that the assignment here is to that variable of the session or the server.
func (p *parser) autocommit() bool {
	for n := 0; !p.is(n, "=") && !p.is(n, ":=") && p.ahead(n).Kind != lex.EOF; n++ {
		t := p.text(p.ahead(n))
		if strings.EqualFold(strings.TrimPrefix(t[strings.LastIndex(t, ".")+1:], "@@"), "autocommit") {
			return true
		}
	}
	return false
}

func (p *parser) assigns(n int) bool { return p.is(n, "=") || p.is(n, ":=") }

func (p *parser) assignment() Statement {
	here, from := p.here(), p.i
	n := 1
	switch {
	case p.peek().Kind == lex.At && p.peek().End == p.peek().Pos+1:
		n = 2
	case p.is(1, "."):
		n = 3
	}
	if p.assigns(n) {
		if t, ok := p.targetIn(from, from+n); ok {
			p.i += n + 1
			a := &Assign{spot: here, target: t}
			if p.at("DEFAULT") && (p.is(1, ";") || p.is(1, ",")) {
				a.value = p.initialOf(t)
				return a
			}
			a.value = p.expression(",", ";")
			return a
		}
	}
	at := p.peek().Pos
	if !p.prog.Kind.free() && p.autocommit() {
		p.raise(sqlerr.SPCantSetAutocommit.Errorf("Not allowed to set autocommit from a stored function or trigger"))
	}
	text := "SET " + p.until(",", ";")
	code, _, err := p.lang.Statement(text, p.scope, false)
	p.check(p.placed(err, at))
	if !p.prog.Kind.free() { // it would be the caller's, whoever the definer is
		p.raise(sqlerr.CommitNotAllowedInRoutine.Errorf("a function or trigger must not change variables of the session or the server"))
	}
	return &SQL{spot: here, Text: text, Code: code}
}

// initialOf is what DEFAULT means for a variable of the program: its own, or NULL.
func (p *parser) initialOf(t Target) *Expression {
	if t.Slot < 0 || p.prog.Vars[t.Slot].Row != NotRow {
		p.unexpected()
	}
	p.expect("DEFAULT")
	if known := p.prog.Vars[t.Slot].initial; known != nil {
		return known
	}
	code, slot, err := p.lang.Expression("NULL", p.scope)
	p.check(err)
	return &Expression{Text: "NULL", Code: code, Slot: slot}
}

// dynamic says that the statement prepares text or executes it.
func (p *parser) dynamic() bool {
	return p.at("PREPARE") || p.at("EXECUTE") && !p.is(1, "AS") || p.at("DEALLOCATE") || p.at("DROP", "PREPARE")
}
