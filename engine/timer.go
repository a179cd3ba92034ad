package engine

import (
	"strconv"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/query"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/variable"
)

// max_execution_time, and MAX_EXECUTION_TIME(n) of one query: a SELECT that a client sends is
// cancelled like one that is killed, and told why. Statements that write, and those of
// stored programs, have no such bound, as in MySQL.

var errTooLong = sqlerr.QueryTimeout.Errorf("Query execution was interrupted, maximum statement execution time exceeded")

// limitTime begins the time of a query; the statement's end stops it.
func (st *statement) limitTime(x execution) {
	if !asksRows(x) || st.ctx.IsInterpreted() {
		return
	}
	limit := st.session.limits(st.ctx).Time
	if strings.Contains(x.text, "/*+") {
		if hint, given := query.TimeHint(x.stmt); given {
			limit = hint
		}
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

// takeHints reads the hints of a statement beside those that its planner follows: SET_VAR is done here, and
// undone at the statement's end.
func (st *statement) takeHints(x execution) {
	if !strings.Contains(x.text, "/*+") || !asksRows(x) && !changesRows(x.stmt) {
		return
	}
	h := grammar.Hints(x.stmt)
	st.hints = h.Warnings
	s := st.session.sql
	type before struct {
		name  string
		value any
	}
	var undo []before
	for _, set := range h.Set {
		name := strings.ToLower(set[0])
		old, err := s.GetSessionVariable(st.ctx, name)
		switch d, _ := variable.Of(name); {
		case err != nil:
			st.hint(sqlerr.UnresolvedHintName, "Unresolved name '"+set[0]+"' for SET_VAR hint")
			continue
		case !hintable[name]:
			st.hint(sqlerr.NotHintUpdatable, "Variable '"+set[0]+"' cannot be set using SET_VAR hint.")
			continue
		case d.Rule == variable.Kept:
			st.hint(sqlerr.NotSupportedYet, "This version of lxdb doesn't yet support 'the variable "+name+"'")
			continue
		}
		if err := s.SetSessionVariable(st.ctx, name, hintedValue(set[1])); err != nil {
			e := toClient(err, lxaccess.ShowValues)
			st.hint(e.Number, e.Message)
			continue
		}
		undo = append(undo, before{name, old})
	}
	if len(undo) > 0 {
		st.unset = func() {
			for _, b := range undo {
				_ = s.SetSessionVariable(st.ctx, b.name, b.value) // it was there before
			}
		}
	}
}

func (st *statement) hint(n sqlerr.Code, message string) {
	st.hints = append(st.hints, grammar.HintWarning{Number: n, Message: message})
}

// hintedValue is a value of SET_VAR, as it is written there.
func hintedValue(text string) any {
	if n := len(text); n > 1 && (text[0] == '\'' || text[0] == '"') {
		return strings.ReplaceAll(text[1:n-1], text[:1]+text[:1], text[:1])
	}
	digits, unit := text, int64(1)
	if n := len(text); n > 1 {
		if shift := strings.IndexByte("kmg", text[n-1]|0x20); shift >= 0 {
			digits, unit = text[:n-1], 1<<(10*(shift+1))
		}
	}
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return n * unit
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f
	}
	return text
}

// hintable are the variables that MySQL lets SET_VAR set.
var hintable = map[string]bool{
	"auto_increment_increment": true, "auto_increment_offset": true, "big_tables": true, "bulk_insert_buffer_size": true, "cte_max_recursion_depth": true,
	"default_tmp_storage_engine": true, "div_precision_increment": true, "end_markers_in_json": true, "eq_range_index_dive_limit": true,
	"foreign_key_checks": true, "group_concat_max_len": true, "insert_id": true, "internal_tmp_mem_storage_engine": true, "join_buffer_size": true,
	"lock_wait_timeout": true, "max_error_count": true, "max_execution_time": true, "max_heap_table_size": true, "max_join_size": true, "max_length_for_sort_data": true,
	"max_points_in_geometry": true, "max_seeks_for_key": true, "max_sort_length": true, "optimizer_prune_level": true, "optimizer_search_depth": true,
	"optimizer_switch": true, "range_alloc_block_size": true, "range_optimizer_max_mem_size": true, "read_buffer_size": true, "read_rnd_buffer_size": true,
	"sort_buffer_size": true, "sql_auto_is_null": true, "sql_big_selects": true, "sql_buffer_result": true, "sql_mode": true, "sql_safe_updates": true,
	"sql_select_limit": true, "time_zone": true, "timestamp": true, "tmp_table_size": true, "unique_checks": true, "updatable_views_with_limit": true,
	"windowing_use_high_precision": true, state.PurposeVariable: true,
}

var (
	errIdle = sqlerr.ClientInteractionTimeout.Errorf("The client was disconnected by the server because of inactivity. " +
		"See wait_timeout and interactive_timeout for configuring this behavior.")
	errIdleInTransaction = sqlerr.ClientInteractionTimeout.Errorf("The client was disconnected by the server because its transaction was idle. " +
		"See idle_transaction_timeout for configuring this behavior.")
)

// IdleLimit implements session.Session.
func (s *Session) IdleLimit() (time.Duration, error) {
	set := s.sql.Settings()
	if set.IdleInTx > 0 && set.IdleInTx < set.Idle && s.sql.InTransaction() {
		return set.IdleInTx, errIdleInTransaction
	}
	return set.Idle, errIdle
}

// beInteractive gives the session of a client at which a person sits the limit for
// those, as MySQL does.
func (s *sqlSession) beInteractive(interactive bool) error {
	if !interactive {
		return nil
	}
	_, limit, ok := sql.SystemVariables.GetGlobal(state.InteractiveIdleVariable)
	if !ok {
		return nil
	}
	return s.BaseSession.SetSessionVariable(state.NoContext, state.IdleVariable, limit)
}
