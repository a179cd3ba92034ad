// Command baseline measures lxdb beside MariaDB in one run: sysbench's workloads as the package brings them, with a number of
// threads each, then the queries over big tables of bench/queries.sh. Both servers are fresh, speak TLS and make each commit
// durable before they answer. It writes a table in Markdown; `make baseline` calls it.
//
// The two servers are measured in turns, point by point, and what counts is their ratio: machines are noisy, and sysbench takes
// its share of the same cores. That is why the processor time of the server for each statement stands beside it.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

type options struct {
	seconds   int
	rounds    int
	threads   []int
	rows      int
	workloads []string
	modes     []string
	queries   []string // numbers of rows
	binary    string
	out       string
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "baseline:", err)
		os.Exit(1)
	}
}

func flags() (o options, err error) {
	flag.IntVar(&o.seconds, "seconds", 5, "how long each server is measured at each point")
	flag.IntVar(&o.rounds, "rounds", 1, "how often, in turns; the sum counts")
	threads := flag.String("threads", "1,4,16", "numbers of threads")
	flag.IntVar(&o.rows, "rows", 100_000, "rows of sysbench's table")
	workloads := flag.String("workloads", "all", "names of workloads; none for the queries alone")
	modes := flag.String("modes", "prepared", "prepared, text, or both")
	queries := flag.String("queries", "1000000", "numbers of rows for the queries over big tables; none leaves them out")
	flag.StringVar(&o.binary, "lxdb", "", "an lxdb that was built before; else it is built")
	flag.StringVar(&o.out, "out", "bench/baseline/latest.md", "file for the tables; - is the standard output alone")
	flag.Parse()
	for _, n := range list(*threads) {
		of, err := strconv.Atoi(n)
		if err != nil || of < 1 {
			return o, fmt.Errorf("-threads %s: %q is no number of threads", *threads, n)
		}
		o.threads = append(o.threads, of)
	}
	if o.workloads = list(*workloads); *workloads == "all" {
		o.workloads = nil
		for _, w := range workloadsKnown {
			o.workloads = append(o.workloads, w.name)
		}
	}
	for _, name := range o.workloads {
		if find(name) == nil {
			return o, fmt.Errorf("-workloads: there is no %q", name)
		}
	}
	for _, m := range list(*modes) {
		if psModes[m] == "" {
			return o, fmt.Errorf("-modes: %q is neither prepared nor text", m)
		}
		o.modes = append(o.modes, m)
	}
	o.queries = list(*queries)
	return o, nil
}

// list takes a list with commas apart; the word none is an empty one.
func list(text string) (out []string) {
	for _, s := range strings.Split(text, ",") {
		if s = strings.TrimSpace(s); s != "" && s != "none" {
			out = append(out, s)
		}
	}
	return out
}

func run() error {
	o, err := flags()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "lxdb-baseline-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	endTogether(dir)
	defer stopAll()
	if o.binary != "" {
		if o.binary, err = filepath.Abs(o.binary); err != nil {
			return err
		}
	} else {
		if o.binary, err = build(dir); err != nil {
			return err
		}
	}
	ours, err := startLXDB(o.binary, dir)
	if err != nil {
		return err
	}
	theirs, err := startMariaDB(dir)
	if err != nil {
		return err
	}
	begun := time.Now()
	r := &report{o: o, servers: [2]*server{ours, theirs}, when: begun}
	if err := r.sysbench(); err != nil {
		return err
	}
	ours.stop() // the queries start one of their own
	for _, rows := range o.queries {
		if err := r.reports(rows); err != nil {
			return err
		}
	}
	r.took = time.Since(begun)
	text := r.markdown()
	fmt.Print(text)
	if o.out == "-" {
		return nil
	}
	return os.WriteFile(o.out, []byte(text), 0o644)
}
