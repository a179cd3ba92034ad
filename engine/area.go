package engine

import (
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/objects"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/session"
	ours "github.com/lxdb/lxdb/engine/statement"
)

// The diagnostics area of a session is the list of warnings that the library keeps, with
// the error of a failed statement as its last line. That line is what the client was
// given, so it discloses nothing.

// ClearWarnings implements sql.Session. It counts, so that a statement that fails knows
// whether what stands in the area is its own.
func (s *sqlSession) ClearWarnings() {
	if s.keepsArea {
		s.forgetAgain()
		return
	}
	s.cleared++
	s.BaseSession.ClearWarnings()
}

// forgetAgain forgets what a statement of a program has told so far: the library binds some twice, and clears in between
// what it was told the first time.
func (s *sqlSession) forgetAgain() {
	all := s.Warnings()
	if len(all) <= s.keptArea {
		return
	}
	s.BaseSession.ClearWarnings()
	for _, w := range all[:s.keptArea] {
		s.BaseSession.Warn(w)
	}
}

// The two variables that count what the last statement has left.
const (
	warningCount = "warning_count"
	errorCount   = "error_count"
)

// countArea counts for them, before a statement clears the area.
func (s *sqlSession) countArea() {
	s.left = [2]uint64{}
	for _, w := range s.BaseSession.Warnings() {
		s.left[0]++
		if w.Level == "Error" {
			s.left[1]++
		}
	}
	if s.left[0] > 0 {
		s.left[0] += s.unkept
	}
}

// GetSessionVariable implements sql.Session.
func (s *sqlSession) GetSessionVariable(ctx *sql.Context, name string) (any, error) {
	switch {
	case len(name) == len(warningCount) && strings.EqualFold(name, warningCount):
		return s.left[0], nil
	case len(name) == len(errorCount) && strings.EqualFold(name, errorCount):
		return s.left[1], nil
	case len(name) == len(schedulerVariable) && strings.EqualFold(name, schedulerVariable): // this server's, as it is now
		return s.schedulerWord(), nil
	case isGlobalNow(name):
		_, v, _ := sql.SystemVariables.GetGlobal(name)
		return v, nil
	case len(name) == len(fileCharset) && strings.EqualFold(name, fileCharset):
		charset, _ := s.OfDatabase(name)
		return charset, nil
	case len(name) == len(serverFiles) && strings.EqualFold(name, serverFiles):
		return nil, nil // no statement reaches files of the server
	}
	return s.Session.GetSessionVariable(ctx, name)
}

// globalNow are variables of the server alone that a session reads as they are now: its own
// copies are of when it began.
var globalNow = []string{localFiles, mandatoryVariable, activateAllVariable, ours.PartialRevokesVariable}

func isGlobalNow(name string) bool {
	for _, global := range globalNow {
		if len(name) == len(global) && strings.EqualFold(name, global) {
			return true
		}
	}
	return false
}

// schedulerWord is event_scheduler, which is each server's own.
func (s *sqlSession) schedulerWord() string {
	if s.engine.events.On() {
		return "ON"
	}
	return "OFF"
}

// GetAllSessionVariables implements sql.Session: SHOW VARIABLES asks.
func (s *sqlSession) GetAllSessionVariables() map[string]any {
	out := s.Session.GetAllSessionVariables()
	out[warningCount], out[errorCount], out[schedulerVariable] = s.left[0], s.left[1], s.schedulerWord()
	for _, name := range globalNow {
		_, out[name], _ = sql.SystemVariables.GetGlobal(name)
	}
	return switches(out)
}

// switches shows what is on or off by these words, as SHOW VARIABLES does; SELECT has 1 and 0.
func switches(all map[string]any) map[string]any {
	for name, v := range all {
		of, _, ok := sql.SystemVariables.GetGlobal(name)
		if !ok || of.GetType() != sql.Type(types.NewSystemBoolType(of.GetName())) {
			continue
		}
		switch on, isSwitch := v.(int8); {
		case isSwitch && on != 0:
			all[name] = "ON"
		case isSwitch:
			all[name] = "OFF"
		}
	}
	return all
}

// failed notes the error of a statement that began when the area was cleared for the
// before-th time.
func (s *sqlSession) failed(e *session.Error, before uint64) {
	if e == nil {
		return
	}
	if s.cleared == before {
		s.ClearWarnings()
	}
	if all := s.Warnings(); len(all) > 0 {
		if last := all[len(all)-1]; last.Level == "Error" && last.Code == int(e.Number) && last.Message == e.Message {
			return // a handler has noted it already
		}
	}
	s.BaseSession.Warn(&sql.Warning{Level: "Error", Code: int(e.Number), Message: e.Message})
}

// failedText notes the error of a text that does not become a statement, and returns it.
func (s *sqlSession) failedText(err error) error {
	e := toClient(err, s.disclosure())
	if e == nil {
		return nil
	}
	s.failed(e, s.cleared)
	return e
}

// showsArea says that a statement is SHOW WARNINGS or SHOW ERRORS, with COUNT(*) or
// without.
func showsArea(stmt ast.Statement) (show *ast.Show, onlyErrors, ok bool) {
	show, ok = stmt.(*ast.Show)
	if !ok {
		return nil, false, false
	}
	kind := strings.ToLower(show.Type)
	return show, kind == "errors", kind == "errors" || kind == "warnings"
}

// readsArea says that a statement of a client finds the area as the one before has left it. All others
// begin with an empty one, whether they use a table or not.
func readsArea(stmt ast.Statement) bool {
	if _, alone := stmt.(*objects.Alone); alone { // SIGNAL empties it itself
		return true
	}
	_, _, shows := showsArea(stmt)
	return shows
}

// areaSchema are the columns of such a statement.
func areaSchema(show *ast.Show, onlyErrors bool) sql.Schema {
	if !show.CountStar {
		return plan.ShowWarnings(nil).Schema()
	}
	name := "@@session.warning_count"
	if onlyErrors {
		name = "@@session.error_count"
	}
	return sql.Schema{{Name: name, Type: types.Uint64}}
}

// showArea runs it; the area stays as it is.
func (st *statement) showArea(show *ast.Show, onlyErrors bool, bound map[string]sql.Expression) (sql.Schema, error) {
	var rows []sql.Row
	for _, w := range st.session.sql.Warnings() {
		if !onlyErrors || w.Level == "Error" {
			rows = append(rows, sql.NewRow(w.Level, w.Code, w.Message))
		}
	}
	if show.CountStar {
		rows = []sql.Row{sql.NewRow(uint64(len(rows)))}
	}
	if l := show.Limit; l != nil {
		skip, err := rowNumber(st.ctx, l.Offset, bound, 0)
		if err != nil {
			return nil, err
		}
		most, err := rowNumber(st.ctx, l.Rowcount, bound, len(rows))
		if err != nil {
			return nil, err
		}
		rows = rows[min(skip, len(rows)):]
		rows = rows[:min(most, len(rows))]
	}
	st.session.sql.ClearWarningCount()
	st.iter = sql.RowsToRowIter(rows...)
	return areaSchema(show, onlyErrors), nil
}

// rowNumber is a number of LIMIT or OFFSET, or what stands for its placeholder.
func rowNumber(ctx *sql.Context, e ast.Expr, bound map[string]sql.Expression, without int) (int, error) {
	v, ok := e.(*ast.SQLVal)
	if !ok {
		return without, nil
	}
	if v.Type != ast.ValArg {
		n, err := strconv.Atoi(string(v.Val))
		if err != nil {
			return without, nil // more than there are rows
		}
		return n, nil
	}
	x, err := lxplan.RowCount(bound[strings.TrimPrefix(string(v.Val), ":")])
	if err != nil || x == nil {
		return without, err
	}
	n, err := x.Eval(ctx, nil)
	if err != nil {
		return 0, err
	}
	if n, ok := n.(int64); ok {
		return int(n), nil
	}
	return without, nil
}
