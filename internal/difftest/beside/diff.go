package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/lxdb/lxdb/internal/difftest"
)

// options are the flags of diff.
type options struct {
	n          int
	seed       uint64
	binary     string
	socket     string
	known      string
	only       string
	tries      int
	enough     int
	writeKnown bool
	tame       bool
	without    string
}

func diffOptions(args []string) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("diff", flag.ContinueOnError)
	f.IntVar(&o.n, "n", 20000, "statements")
	f.Uint64Var(&o.seed, "seed", 0, "seed; 0: one by chance, which is printed")
	f.StringVar(&o.binary, "lxdb", "", "binary; default: built from here")
	f.StringVar(&o.socket, "mariadb", "", "socket of a MariaDB that runs already, of which root has no password")
	f.StringVar(&o.known, "known", "internal/difftest/beside/known.txt", "list of the differences that are known")
	f.StringVar(&o.only, "only", "", "sweep, expression, query or change")
	f.BoolVar(&o.tame, "tame", false, "only types and functions in which no conversion decides")
	f.StringVar(&o.without, "without", "", "names of rules that are left out, with commas between: what they explain is shown")
	f.IntVar(&o.tries, "tries", 120, "questions that a reduction may ask")
	f.IntVar(&o.enough, "enough", 0, "stop after so many groups of differences that are not known; 0: never")
	f.BoolVar(&o.writeKnown, "write", false, "write the list of known differences anew")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if o.without != "" {
		if err := difftest.LeaveOut(strings.Split(o.without, ",")...); err != nil {
			return nil, err
		}
	}
	if o.seed == 0 {
		o.seed = rand.Uint64N(1 << 32)
	}
	return o, nil
}

// MySQL 8's default mode without ONLY_FULL_GROUP_BY, which MariaDB understands
// otherwise; the generator makes no statement that it would refuse.
const mode = "STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"

var setup = []string{
	"SET NAMES utf8mb4 COLLATE utf8mb4_general_ci",
	"SET SESSION time_zone = '+00:00'",
	"SET SESSION group_concat_max_len = 1000000",
}

// a run compares statements until there are enough.
type diffRun struct {
	*options
	dir    string
	ours   *lxdb
	theirs *mariadb
	pair   *difftest.Pair
	gen    *difftest.Gen
	report *report
	done   int
	began  time.Time
}

func runDiff(dir string, args []string) error {
	o, err := diffOptions(args)
	if err != nil {
		return err
	}
	r := &diffRun{options: o, dir: dir, gen: difftest.NewGen(o.seed), began: time.Now()}
	r.gen.Tame = o.tame
	if r.report, err = newReport(o.known); err != nil {
		return err
	}
	if o.binary, err = build(dir, o.binary); err != nil {
		return err
	}
	theirs := &mariadb{socket: o.socket}
	if o.socket == "" {
		if theirs, err = startMariaDB(dir); err != nil {
			return err
		}
		defer func() { theirs.stop() }()
	}
	r.theirs = theirs
	if r.ours, err = startLXDB(o.binary, dir); err != nil {
		return err
	}
	defer func() { r.ours.stop() }()
	r.pair = &difftest.Pair{
		Tables: func() []*difftest.Table { return r.gen.Tables },
		Ours: &difftest.Side{Name: "lxdb", Setup: append(setup[:len(setup):len(setup)], "SET SESSION sql_mode = '"+mode+"'"),
			Dial: func(db string) (*difftest.Conn, error) { return r.ours.dial(db) }},
		// MySQL rounds fractions of seconds; MariaDB has to be asked to
		Theirs: &difftest.Side{Name: "MariaDB", Setup: append(setup[:len(setup):len(setup)], "SET SESSION sql_mode = '"+mode+",TIME_ROUND_FRACTIONAL'"),
			Dial: theirs.dial},
	}
	fmt.Printf("seed %d, %d statements; the same again: make diff N=%d SEED=%d\n", o.seed, o.n, o.n, o.seed)
	if err := r.all(); err != nil {
		return errors.Join(err, r.report.finish(os.Stdout)) // what was found until then
	}
	fmt.Printf("%d statements in %d s\n", r.done, int(time.Since(r.began).Seconds()))
	err = r.report.finish(os.Stdout)
	if o.writeKnown {
		return r.report.writeKnown(o.known)
	}
	return err
}

// all runs the four kinds of statements: of 10 that -n says 4 are functions with edge values,
// 2 nested expressions, 4 queries, and 4 more are changes of rows.
func (r *diffRun) all() error {
	if err := r.emptyDatabase("d"); err != nil {
		return err
	}
	if r.wants("sweep") {
		if err := r.sweep(r.share(4)); err != nil {
			return err
		}
	}
	if r.wants("expression") {
		for range r.share(2) {
			if err := r.check(r.gen.Expression()); err != nil {
				return err
			}
		}
	}
	if r.wants("query") {
		if err := r.queries(r.share(4)); err != nil {
			return err
		}
	}
	if r.wants("change") {
		return r.changes(r.share(4))
	}
	return nil
}

func (r *diffRun) wants(what string) bool { return r.only == "" || r.only == what }

func (r *diffRun) share(tenths int) int {
	if r.only != "" {
		return r.n
	}
	return r.n * tenths / 10
}

// sweep takes evenly spread statements of the sweep, or all of them several times
// with other neighbours.
func (r *diffRun) sweep(n int) (err error) {
	all, seen, taken := difftest.SweepSize(), 0, 0
	for taken < n && err == nil {
		left := min(n-taken, all)
		seen = 0
		r.gen.Sweep(func(s *difftest.Statement) bool {
			seen++
			if seen*left/all == (seen-1)*left/all {
				return true
			}
			taken++
			err = r.check(s)
			return err == nil && taken < n && !r.stopped()
		})
		if r.stopped() {
			return err
		}
	}
	return err
}

// perTables is how many queries run over the same tables.
const perTables = 300

func (r *diffRun) queries(n int) error {
	for i := range n {
		if i%perTables == 0 {
			if err := r.freshTables(); err != nil {
				return err
			}
		}
		if err := r.check(r.gen.Query()); err != nil || r.stopped() {
			return err
		}
	}
	return nil
}

func (r *diffRun) stopped() bool { return r.enough > 0 && r.report.fresh() >= r.enough }

func (r *diffRun) emptyDatabase(name string) error {
	for _, s := range []*difftest.Side{r.pair.Ours, r.pair.Theirs} {
		if err := s.Use(""); err != nil {
			return err
		}
		if err := s.Exec("DROP DATABASE IF EXISTS "+name, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"); err != nil {
			return err
		}
	}
	return r.use(name)
}

func (r *diffRun) use(name string) error {
	if err := r.pair.Ours.Use(name); err != nil {
		return err
	}
	return r.pair.Theirs.Use(name)
}

// freshTables makes tables on both sides; a table that one of them refuses is a
// difference, too, and another one is made instead.
func (r *diffRun) freshTables() error {
	for {
		if err := r.emptyDatabase("d"); err != nil {
			return err
		}
		r.gen.MakeTables(3, 12)
		good := true
		for _, t := range r.gen.Tables {
			for _, text := range []string{t.Create(true), t.Insert(), "SELECT * FROM " + t.Name + " ORDER BY id"} {
				fine, err := r.same(difftest.Plain(text))
				if err != nil {
					return err
				}
				good = good && fine
			}
		}
		if good {
			return nil
		}
	}
}

// check compares one generated statement, as text and every few times with
// parameters.
func (r *diffRun) check(s *difftest.Statement) error {
	r.done++
	if r.done%5000 == 0 {
		fmt.Printf("  %d statements, %d groups that are not known, %d s\n", r.done, r.report.fresh(), int(time.Since(r.began).Seconds()))
	}
	d, err := r.pair.Check(s, false)
	if err == nil {
		r.report.answered(r.pair.Their)
	}
	if err == nil && d == nil && r.done%5 == 0 {
		d, err = r.pair.Check(s, true)
	}
	if err != nil {
		return r.theirsEnded(s, err)
	}
	if d == nil {
		return nil
	}
	return r.theirsEnded(s, r.found(d))
}

// theirsEnded starts a MariaDB that a statement has ended: that is no fault of
// ours, and the statement is left out. Other errors stay errors.
func (r *diffRun) theirsEnded(s *difftest.Statement, err error) error {
	if err == nil || r.theirs.process == nil {
		return err
	}
	select {
	case <-r.theirs.done:
	case <-time.After(5 * time.Second):
		return err
	}
	fmt.Printf("  MariaDB ended at %s\n", s.Root.Text())
	return r.theirs.start()
}

// same compares a statement that is not reduced.
func (r *diffRun) same(s *difftest.Statement) (bool, error) {
	d, err := r.pair.Check(s, false)
	if err != nil || d == nil {
		return err == nil, err
	}
	r.report.add(d)
	return false, r.revive(d)
}

func (r *diffRun) found(d *difftest.Difference) error {
	if err := r.revive(d); err != nil {
		return err
	}
	if d.Kind == difftest.KindHangs || d.Kind == difftest.KindEnded {
		g, _ := r.report.add(d) // not reduced: each question would cost a time-out or a start
		g.tables = r.gen.Tables
		return nil
	}
	small, err := r.pair.Shrink(d, r.tries)
	if err != nil {
		return err
	}
	if rule := small.Rule(); rule != nil {
		r.report.ruled(rule)
		return nil
	}
	if g, first := r.report.add(small); first {
		if g.tables, err = r.smallTables(small); err != nil {
			return err
		}
		fmt.Printf("  %s\n", small.Signature()) // at once: a long run may not come to its end
		g.print(os.Stdout)
	}
	return r.revive(small)
}

// smallTables finds what the statement of a difference needs, in a database of
// its own; nil: no table, or it differs only with all of them.
func (r *diffRun) smallTables(d *difftest.Difference) ([]*difftest.Table, error) {
	text := d.Statement.Root.Text()
	name := r.pair.Ours.Database()
	var failed error
	small := difftest.Smaller(r.gen.Tables, text, 25, func(tables []*difftest.Table) bool {
		if len(tables) == 0 || failed != nil {
			return false
		}
		if failed = r.emptyDatabase("small"); failed != nil {
			return false
		}
		for _, t := range tables {
			for _, s := range []*difftest.Side{r.pair.Ours, r.pair.Theirs} {
				if failed = s.Exec(t.Create(true), t.Insert()); failed != nil {
					return false
				}
			}
		}
		again, err := r.pair.Check(d.Statement, d.Prepared)
		failed = err
		if again == nil || again.Kind != d.Kind {
			return false
		}
		d.Our, d.Their = again.Our, again.Their
		return true
	})
	if failed != nil {
		return nil, failed
	}
	return small, r.use(name)
}

// revive starts a server that ended, with the tables as they were.
func (r *diffRun) revive(d *difftest.Difference) error {
	if d.Kind != difftest.KindEnded || !r.ours.gone() {
		return nil
	}
	d.Our = "the server ended: " + d.Our
	ours, err := startLXDB(r.binary, r.dir)
	if err != nil {
		return err
	}
	r.ours = ours
	s := r.pair.Ours
	name := s.Database()
	if err := s.Use(""); err != nil {
		return err
	}
	if err := s.Exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"); err != nil {
		return err
	}
	if err := s.Use(name); err != nil {
		return err
	}
	for _, t := range r.gen.Tables {
		if err := s.Exec(t.Create(true), t.Insert()); err != nil {
			return err
		}
	}
	return nil
}
