package engine

import (
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/query"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// max_execution_time, and MAX_EXECUTION_TIME(n) of one query: a SELECT that a client sends is
// cancelled like one that is killed, and told why. Statements that write, and those of
// stored programs, have no such bound, as in MySQL.

var errTooLong = sqlerr.QueryTimeout.Errorf("Query execution was interrupted, maximum statement execution time exceeded")

// noHints is told of a query with other hints: our own planner follows none.
const noHints = "This version of lxdb doesn't yet support 'optimizer hints'"

// limitTime begins the time of a query; the statement's end stops it.
func (st *statement) limitTime(x execution) {
	if !asksRows(x) || st.ctx.IsInterpreted() {
		return
	}
	limit := st.session.limits(st.ctx).Time
	if strings.Contains(x.text, "/*+") {
		hint, given, others := query.TimeHint(x.stmt)
		if given {
			limit = hint
		}
		st.otherHints = others
	}
	if limit <= 0 {
		return
	}
	sql.IncrementStatusVariable(st.ctx, "Max_execution_time_set", 1)
	s, pid := st.session, st.ctx.Pid()
	fired := make(chan struct{})
	st.fired = fired
	st.timer = time.AfterFunc(limit, func() {
		defer close(fired)
		s.due.Store(pid)
		s.Cancel()
	})
}

// overdue says that the statement was ended by its time.
func (st *statement) overdue() bool {
	return st.timer != nil && st.session.due.Load() == st.ctx.Pid()
}

// stopTimer waits for a timer that has gone off, or it would cancel the session's next statement.
func (st *statement) stopTimer() {
	if st.timer != nil && !st.timer.Stop() {
		<-st.fired
	}
}
