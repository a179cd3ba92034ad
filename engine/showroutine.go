package engine

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// showRoutine is SHOW CREATE PROCEDURE, whose text is for whoever may change the
// procedure or see definitions: with EXECUTE alone it is NULL, as in MySQL.
type showRoutine struct{ *plan.ShowCreateProcedure }

var _ sql.ExecSourceRel = showRoutine{}

// WithChildren implements sql.Node.
func (n showRoutine) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(n, len(children), 0)
	}
	return n, nil
}

// RowIter implements sql.ExecSourceRel.
func (n showRoutine) RowIter(ctx *sql.Context, row sql.Row) (sql.RowIter, error) {
	s := sessionOf(ctx)
	if s == nil {
		return nil, deniedSystem("SYSTEM ADMIN")
	}
	iter, err := s.engine.gms.Analyzer.ExecBuilder.Build(ctx, n.ShowCreateProcedure, row)
	if err != nil {
		return nil, err
	}
	rows, err := readAll(ctx, iter)
	if err != nil {
		return nil, err
	}
	db := s.engine.cat.Snapshot().Database(n.Database().Name())
	for _, r := range rows { // procedure, sql_mode, text, …
		var rec *catalog.Routine
		if name, ok := r[0].(string); ok && db != nil {
			rec = s.engine.cat.Snapshot().Routine(db.ID, name, false)
		}
		if rec == nil || !s.seesText(rec) {
			r[2] = nil
			continue
		}
		r[1] = strings.ToUpper(rec.SQLMode)
	}
	return sql.RowsToRowIter(rows...), nil
}

// seesText reports whether the session may read the text of a routine.
func (s *sqlSession) seesText(r *catalog.Routine) bool {
	want := privilege.Of(privilege.AlterRoutine, privilege.Metadata)
	return r.Definer == s.who.ID() || access.May(s.actor(), routineObject(r), access.Any(want), access.List)
}

// showRoutineID is above the library's own numbers.
const showRoutineID analyzer.RuleId = 1003

func showText(_ *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	return transform.Node(n, func(n sql.Node) (sql.Node, transform.TreeIdentity, error) {
		if show, ok := n.(*plan.ShowCreateProcedure); ok {
			return showRoutine{show}, transform.NewTree, nil
		}
		return n, transform.SameTree, nil
	})
}
