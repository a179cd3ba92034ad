package lxtest_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// authzServer is what a scenario needs of a server.
type authzServer interface {
	// open logs in. The error is the driver's.
	open(user, password, database string) (authzSession, error)
	// restart stops the server cleanly and starts it on the same directory.
	restart()
	// reach makes the company's directory reachable or not.
	reach(bool)
}

// What "> SQL" runs with: a database, and MySQL 8's default sql_mode.
const (
	sqlDatabase = "t"
	sqlMode     = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)

// authzSession is an open connection.
type authzSession interface {
	// run executes a statement and reads all of its result; rows says which of
	// the driver's two calls to use.
	run(sql string, prepared, rows bool) result
	close()
}

// result is what came of a statement.
type result struct {
	affected int64
	rows     []string // cells joined by |, nextSet between two results
	columns  string   // names joined by |
	number   uint16   // MySQL's error, 0 for none
	message  string
	killed   bool // the connection is gone
}

func (r result) String() string {
	switch {
	case r.killed:
		return "killed: " + r.message
	case r.number != 0:
		return fmt.Sprintf("err %d %s", r.number, r.message)
	case r.rows != nil:
		return fmt.Sprintf("%d rows\n\t%s", len(r.rows), strings.Join(r.rows, "\n\t"))
	}
	return fmt.Sprintf("ok %d", r.affected)
}

// runScenario runs all steps. It goes on after a wrong outcome, so that one
// run shows the whole picture.
func runScenario(t testing.TB, steps []*step, srv authzServer) {
	r := scenarioRun{srv: srv, sessions: map[sessionName]authzSession{}, passwords: map[string]string{}}
	defer r.closeAll()
	for _, s := range steps {
		switch s.directive {
		case "restart":
			r.closeAll()
			srv.restart()
		case "setting":
		case "outside":
			srv.reach(len(s.args) == 0 || s.args[0] == "up")
		case "password":
			r.passwords[s.args[0]] = s.args[1]
		case "close":
			if r.sessions[s.session] == nil {
				t.Errorf("%s: close %s: there is no such session", s, s.session)
			}
			r.forget(s.session)
		default:
			got := r.run(s)
			if fault := s.want.fault(got, s.sql); fault != "" {
				t.Errorf("%s: %s> %s\n%s\ngot %s", s, s.session, s.sql, fault, got)
			} else if fault := r.warningFault(s); fault != "" {
				t.Errorf("%s: %s> %s\n%s", s, s.session, s.sql, fault)
			}
		}
	}
}

type scenarioRun struct {
	srv       authzServer
	sessions  map[sessionName]authzSession
	passwords map[string]string
}

func (r *scenarioRun) run(s *step) result {
	session := r.sessions[s.session]
	if session == nil {
		who := s.session
		if who.user == "" {
			who.user, who.database = "root", sqlDatabase
		}
		password, ok := r.passwords[who.user]
		if !ok {
			password = "pw-" + who.user
		}
		var err error
		if session, err = r.srv.open(who.user, password, who.database); err != nil {
			return failure(err)
		}
		r.sessions[s.session] = session
		if s.session.user == "" {
			session.run("SET sql_mode = '"+sqlMode+"'", false, false)
		}
	}
	got := session.run(s.sql, s.prepared, s.want.outcome != succeeds)
	if got.killed {
		r.forget(s.session)
	}
	return got
}

// warningFault says which expected warning the last statement did not give.
func (r *scenarioRun) warningFault(s *step) string {
	session := r.sessions[s.session]
	if s.want.warnings == nil || session == nil {
		return ""
	}
	got := session.run("SHOW WARNINGS", false, true)
	for _, w := range s.want.warnings {
		if w.code == 0 && len(got.rows) == 0 {
			continue
		}
		if w.code == 0 || !slices.ContainsFunc(got.rows, w.is) {
			return fmt.Sprintf("want warning %d /%v/\ngot %s", w.code, w.message, got)
		}
	}
	return ""
}

// is compares a warning with a row of SHOW WARNINGS: level, code, message.
func (w warning) is(row string) bool {
	_, rest, _ := strings.Cut(row, "|")
	code, message, _ := strings.Cut(rest, "|")
	return code == strconv.Itoa(int(w.code)) && (w.message == nil || w.message.MatchString(message))
}

func (r *scenarioRun) forget(name sessionName) {
	if s := r.sessions[name]; s != nil {
		s.close()
		delete(r.sessions, name)
	}
}

func (r *scenarioRun) closeAll() {
	names := slices.SortedFunc(maps.Keys(r.sessions), func(a, b sessionName) int {
		return strings.Compare(a.String(), b.String())
	})
	for _, name := range names {
		r.forget(name)
	}
}

// fault says how got differs from what is expected, "" when it does not.
func (e *expectation) fault(got result, sql string) string {
	switch e.outcome {
	case killed:
		if !got.killed {
			return "want killed"
		}
		return ""
	case fails:
		switch {
		case got.killed || got.number != e.number:
			return fmt.Sprintf("want err %d", e.number)
		case e.message != nil && !e.message.MatchString(got.message):
			return fmt.Sprintf("want err %d with a message like /%s/", e.number, e.message)
		}
		return ""
	}
	switch {
	case got.killed || got.number != 0:
		return "want success"
	case e.outcome == returnsRows:
		return e.rowFault(got, sql)
	case e.affected >= 0 && got.affected != e.affected:
		return fmt.Sprintf("want ok %d", e.affected)
	}
	return ""
}

var orderBy = regexp.MustCompile(`(?i)\border\s+by\b`)

func (e *expectation) rowFault(got result, sql string) string {
	rows := got.rows
	if e.count >= 0 && len(rows) != e.count {
		return fmt.Sprintf("want %d rows", e.count)
	}
	if e.columns != "" && e.columns != got.columns {
		return "want columns " + e.columns + ", got " + got.columns
	}
	if e.rows != nil {
		want := e.rows
		if !orderBy.MatchString(sql) && !slices.Contains(want, nextSet) {
			want, rows = slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(rows))
		}
		if !slices.Equal(want, rows) {
			return "want rows\n\t" + strings.Join(want, "\n\t")
		}
	}
	for _, re := range e.has {
		if !slices.ContainsFunc(rows, re.MatchString) {
			return fmt.Sprintf("want a row like /%s/", re)
		}
	}
	for _, re := range e.hasNot {
		if slices.ContainsFunc(rows, re.MatchString) {
			return fmt.Sprintf("want no row like /%s/", re)
		}
	}
	return ""
}
