package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/internal/difftest"
)

// report groups differences by signature.
type report struct {
	known  map[string]bool
	groups map[string]*group
	rules  map[*difftest.Rule]int
	errors map[uint16]int // MariaDB's answers that are errors: statements that say little
}

// group is differences that have most likely one cause.
type group struct {
	first  *difftest.Difference
	tables []*difftest.Table // of the first
	count  int
}

func newReport(known string) (*report, error) {
	r := &report{known: map[string]bool{}, groups: map[string]*group{}, rules: map[*difftest.Rule]int{}, errors: map[uint16]int{}}
	f, err := os.Open(known)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if l := strings.TrimSpace(lines.Text()); l != "" && l[0] != '#' {
			r.known[l] = true
		}
	}
	return r, lines.Err()
}

func (r *report) ruled(rule *difftest.Rule) { r.rules[rule]++ }

func (r *report) answered(theirs *difftest.Result) {
	if theirs.Number != 0 {
		r.errors[theirs.Number]++
	}
}

// add says whether the difference is the first of its group.
func (r *report) add(d *difftest.Difference) (g *group, first bool) {
	s := d.Signature()
	g = r.groups[s]
	if first = g == nil; first {
		g = &group{first: d}
		r.groups[s] = g
	}
	g.count++
	return g, first
}

// fresh counts the groups that are not known.
func (r *report) fresh() (n int) {
	for s := range r.groups {
		if !r.known[s] {
			n++
		}
	}
	return n
}

// finish prints the groups, the frequent ones first within each kind.
func (r *report) finish(w io.Writer) error {
	names := slices.SortedFunc(maps.Keys(r.groups), func(a, b string) int {
		x, y := r.groups[a], r.groups[b]
		if x.first.Kind != y.first.Kind {
			return strings.Compare(x.first.Kind, y.first.Kind)
		}
		if x.count != y.count {
			return y.count - x.count
		}
		return strings.Compare(a, b)
	})
	total := 0
	for _, s := range names {
		g := r.groups[s]
		total += g.count
		mark := "NEW"
		if r.known[s] {
			mark = "known"
		}
		fmt.Fprintf(w, "\n%s %d x %s\n", mark, g.count, s)
		g.print(w)
	}
	for _, rule := range difftest.Rules {
		if n := r.rules[rule]; n > 0 {
			fmt.Fprintf(w, "\nrule %s: %d x: %s\n", rule.Name, n, rule.Manual)
		}
	}
	fmt.Fprintf(w, "\nMariaDB's errors:")
	for _, number := range slices.SortedFunc(maps.Keys(r.errors), func(a, b uint16) int { return r.errors[b] - r.errors[a] }) {
		fmt.Fprintf(w, " %d x %d", r.errors[number], number)
	}
	fmt.Fprintf(w, "\n%d differences in %d groups, %d of them new\n", total, len(names), r.fresh())
	if r.fresh() > 0 {
		return fmt.Errorf("%w: %d groups of differences are new", errWorse, r.fresh())
	}
	return nil
}

// print shows the first one.
func (g *group) print(w io.Writer) {
	for _, t := range g.tables {
		fmt.Fprintf(w, "    %s;\n    %s;\n", t.Create(true), t.Insert())
	}
	fmt.Fprintf(w, "    %s;\n    lxdb     %s\n    MariaDB  %s\n", g.first.Statement.Root.Text(), g.first.Our, g.first.Their)
}

// writeKnown adds what was found to the list.
func (r *report) writeKnown(path string) error {
	for s := range r.groups {
		r.known[s] = true
	}
	text := "# Signatures of differences that are known and not mended yet. make diff fails for others.\n" +
		strings.Join(slices.Sorted(maps.Keys(r.known)), "\n") + "\n"
	return os.WriteFile(path, []byte(text), 0o644)
}
