package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/lxdb/lxdb/internal/difftest"
)

// perSchema is how many changes run on the same tables.
const perSchema = 60

// changes runs statements that change rows, and compares what they say and all of the tables
// after each.
func (r *diffRun) changes(n int) error {
	var tables []*difftest.ChangeTable
	before := map[string]*difftest.Result{}
	for i := range n {
		if r.stopped() {
			return nil
		}
		if i%perSchema == 0 || tables == nil {
			var err error
			if tables, err = r.tablesToChange(); err != nil {
				return err
			}
			clear(before)
		}
		good, err := r.change(tables, r.gen.Change(), before)
		if err != nil {
			return err
		}
		if !good {
			tables = nil
		}
	}
	return nil
}

// tablesToChange makes tables on both sides.
func (r *diffRun) tablesToChange() ([]*difftest.ChangeTable, error) {
	for {
		if err := r.emptyDatabase("d"); err != nil {
			return nil, err
		}
		tables, good := r.gen.ChangeTables(), true
		for _, t := range tables {
			fine, err := r.same(difftest.Plain(t.Create))
			if err != nil {
				return nil, err
			}
			good = good && fine
		}
		if good && r.ready(tables) {
			return tables, nil
		}
	}
}

// ready says that both sides have the tables: a definition that both refuse is none.
func (r *diffRun) ready(tables []*difftest.ChangeTable) bool {
	for _, t := range tables {
		if r.pair.Ours.Exec(t.State()) != nil {
			return false
		}
	}
	return true
}

// change runs one statement; false when the two sides are not alike any more.
func (r *diffRun) change(tables []*difftest.ChangeTable, s *difftest.Statement, before map[string]*difftest.Result) (bool, error) {
	r.done++
	d, err := r.pair.Check(s, false)
	if err != nil {
		return false, r.theirsEnded(s, err)
	}
	if d != nil && d.Rule() != nil && d.Kind != difftest.KindWarnings && d.Kind != difftest.KindAffected { // of two errors, or one
		r.report.ruled(d.Rule())
		return false, nil
	}
	now := map[string]*difftest.Result{}
	for _, t := range tables {
		if d != nil && d.Kind == difftest.KindEnded {
			break
		}
		state := difftest.Plain(t.State())
		other, err := r.pair.Check(state, false)
		if err != nil {
			return false, err
		}
		if other != nil && (d == nil || d.Kind == difftest.KindWarnings || d.Kind == difftest.KindAffected) {
			other.Statement, other.Our, other.Their = s, t.Name+" "+other.Our, t.Name+" "+other.Their
			d = other
		}
		if now[t.Name], err = r.pair.Ours.Ask(t.State(), nil, false); err != nil {
			return false, err
		}
	}
	if d == nil {
		for name, state := range now {
			before[name] = state
		}
		return true, nil
	}
	if rule := d.Rule(); rule != nil {
		r.report.ruled(rule)
		return d.Kind == difftest.KindWarnings || d.Kind == difftest.KindAffected, nil // then the tables are alike
	}
	if _, first := r.report.add(d); first {
		r.tell(tables, d, before)
	}
	return false, r.revive(d)
}

// tell writes down what shows the difference again.
func (r *diffRun) tell(tables []*difftest.ChangeTable, d *difftest.Difference, before map[string]*difftest.Result) {
	var b strings.Builder
	for _, t := range tables {
		b.WriteString(t.Create + ";\n")
	}
	b.WriteString("SET foreign_key_checks = 0;\n")
	for _, t := range tables {
		if state := before[t.Name]; state != nil {
			if text := t.Fill(state); text != "" {
				b.WriteString(text + ";\n")
			}
		}
	}
	b.WriteString("SET foreign_key_checks = 1;\n")
	fmt.Fprintf(os.Stdout, "\n%s:\n%s%s;\n  lxdb     %s\n  MariaDB  %s\n", d.Kind, b.String(), d.Statement.Root.Text(), d.Our, d.Their)
}
