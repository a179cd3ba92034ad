package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxdb/lxdb/internal/difftest"
)

// programRun is a run of generated stored programs on both servers: what they leave in their
// tables and how their CALL ended must be the same.
type programRun struct {
	seed     uint64
	n, tries int
	most     int64 // differences after which it stops
	began    time.Time

	next, ran, found atomic.Int64
	print            sync.Mutex
	rules            map[*difftest.ProgramRule]int

	silent [3]atomic.Int64 // programs that say nothing: see refused, hangs, ended

	again    sync.Mutex
	restarts int // of MariaDB
}

func runPrograms(dir string, args []string) error {
	r := &programRun{rules: map[*difftest.ProgramRule]int{}}
	var binary, socket string
	var workers int
	f := flag.NewFlagSet("programs", flag.ContinueOnError)
	f.IntVar(&r.n, "n", 2000, "programs")
	f.Uint64Var(&r.seed, "seed", 0, "seed; 0: one by chance, which is printed")
	f.StringVar(&binary, "lxdb", "", "binary; default: built from here")
	f.StringVar(&socket, "mariadb", "", "socket of a MariaDB that runs already, of which root has no password")
	f.Int64Var(&r.most, "most", 5, "stop after so many differences")
	f.IntVar(&r.tries, "tries", 200, "questions that a reduction may ask")
	f.IntVar(&workers, "workers", 2, "sessions that run programs at the same time")
	if err := f.Parse(args); err != nil {
		return err
	}
	if r.seed == 0 {
		r.seed = rand.Uint64N(1 << 32)
	}
	var err error
	if binary, err = build(dir, binary); err != nil {
		return err
	}
	theirs := &mariadb{socket: socket}
	if socket == "" {
		if theirs, err = startMariaDB(dir); err != nil {
			return err
		}
		defer func() { theirs.stop() }()
	}
	ours, err := startLXDB(binary, dir)
	if err != nil {
		return err
	}
	defer func() { ours.stop() }()
	fmt.Printf("seed %d, %d programs\n", r.seed, r.n)
	r.began = time.Now()
	failed := make(chan error, workers)
	for w := range workers {
		go func() { failed <- r.work(fmt.Sprintf("programs%d", w), ours, theirs) }()
	}
	for range workers {
		err = errors.Join(err, <-failed)
	}
	fmt.Printf("%d programs in %d s, %d differ\n", r.ran.Load(), int(time.Since(r.began).Seconds()), r.found.Load())
	if r.restarts > 0 {
		fmt.Printf("%5d times MariaDB ended and was started again\n", r.restarts)
	}
	for i, why := range []string{refused, hangs, ended} {
		if n := r.silent[i].Load(); n > 0 {
			fmt.Printf("%5d say nothing: MariaDB's %q\n", n, strings.TrimSpace(why))
		}
	}
	for rule, n := range r.rules {
		fmt.Printf("%5d by the rule %q\n", n, rule.Name)
	}
	if err == nil && r.found.Load() > 0 {
		err = errWorse
	}
	return err
}

// dial opens a session of MariaDB, which is started again when it is gone.
func (r *programRun) dial(theirs *mariadb, database string) (*difftest.Conn, error) {
	r.again.Lock()
	defer r.again.Unlock()
	c, err := theirs.dial(database)
	if err == nil || theirs.process == nil {
		return c, err
	}
	theirs.stop()
	if err := theirs.start(); err != nil {
		return nil, err
	}
	r.restarts++
	return theirs.dial(database)
}

// work takes one program after the other, in a database of its own.
func (r *programRun) work(database string, ours *lxdb, theirs *mariadb) error {
	set := []string{"SET SESSION sql_mode = '" + mode + "'"}
	p := &programPair{database: database, sides: [2]*difftest.Side{
		{Name: "lxdb", Setup: set, Dial: func(db string) (*difftest.Conn, error) { return ours.dial(db) }},
		{Name: "MariaDB", Setup: set, Dial: func(db string) (*difftest.Conn, error) { return r.dial(theirs, db) }},
	}}
	for r.found.Load() < r.most {
		i := r.next.Add(1) - 1
		if i >= int64(r.n) {
			return nil
		}
		if n := r.ran.Add(1); n%1000 == 0 {
			fmt.Printf("  %d programs, %d s\n", n, int(time.Since(r.began).Seconds()))
		}
		root := difftest.NewGen(r.seed + uint64(i)).Program()
		differ, err := p.differ(root)
		if err != nil {
			differ, err = p.differ(root) // once more: a server may have been started again
		}
		if err != nil {
			return err
		}
		if i := p.silent; i >= 0 {
			r.silent[i].Add(1)
		}
		if differ {
			if err := r.report(p, root, r.seed+uint64(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// report makes a program that differs smaller, and prints it if no rule says why.
func (r *programRun) report(p *programPair, root *difftest.Node, seed uint64) error {
	var failed error
	root = difftest.Reduce(root, r.tries, func(smaller *difftest.Node) bool {
		if failed != nil {
			return false
		}
		var differ bool
		differ, failed = p.differ(smaller)
		return differ && failed == nil
	})
	if failed != nil {
		return failed
	}
	a, _ := p.transcript(0, root)
	b, _ := p.transcript(1, root)
	text := root.Text()
	r.print.Lock()
	defer r.print.Unlock()
	for _, rule := range difftest.ProgramRules {
		if rule.Applies(text, a, b) {
			r.rules[rule]++
			return nil
		}
	}
	r.found.Add(1)
	fmt.Printf("\n-- seed %d\n%s\n-- lxdb\n%s-- MariaDB\n%s", seed, strings.ReplaceAll(text, "\n//\n", ";\n"), a, b)
	return nil
}

// programPair is the two servers, each with a database of the same name.
type programPair struct {
	database string
	sides    [2]*difftest.Side
	silent   int // why the last program said nothing; -1: it did say something
}

func (p *programPair) differ(root *difftest.Node) (bool, error) {
	var out [2]string
	for i := range p.sides {
		var err error
		if out[i], err = p.transcript(i, root); err != nil {
			return false, err
		}
	}
	p.silent = slices.IndexFunc([]string{refused, hangs, ended}, func(why string) bool { return strings.Contains(out[1], why) })
	return p.silent < 0 && out[0] != out[1], nil
}

// What a server did not answer. A program that MariaDB does not take, or does not end, says
// nothing; a MariaDB that ends is started again.
const (
	refused = " 1064"
	hangs   = "no answer in time\n"
	ended   = "the session ended"
)

// transcript is what a program does on a server.
func (p *programPair) transcript(side int, root *difftest.Node) (string, error) {
	s := p.sides[side]
	if err := s.Use(""); err != nil {
		return "", err
	}
	if err := s.Exec(difftest.ProgramTables(p.database)...); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, text := range difftest.Split(root) {
		words := strings.Fields(text)
		results, err := s.Call(text)
		var slow net.Error
		switch {
		case errors.As(err, &slow) && slow.Timeout():
			return hangs, nil
		case err != nil:
			return fmt.Sprintf("%s: %s\n", words[0], ended), nil
		}
		for _, r := range results {
			rowsTo(&b, r)
			if r.Number != 0 {
				fmt.Fprintf(&b, "%s %s: %d\n", words[0], words[1], r.Number)
			}
		}
	}
	for _, text := range difftest.ProgramAnswers {
		r, err := s.Ask(text, nil, false)
		if err != nil {
			return "", err
		}
		rowsTo(&b, r)
		b.WriteString(";\n")
	}
	return b.String(), nil
}

func rowsTo(b *strings.Builder, r *difftest.Result) {
	for _, row := range r.Rows {
		for _, cell := range row {
			b.WriteString(cell.String() + " ")
		}
		b.WriteString("\n")
	}
}
