package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// point is one workload with a number of threads, on both servers.
type point struct {
	workload *workload
	mode     string
	threads  int
	of       [2]measure // lxdb's and MariaDB's
}

type report struct {
	o       options
	servers [2]*server
	when    time.Time
	took    time.Duration
	points  []point
	queries []string // tables that the queries printed
}

// sysbench measures all points, both servers in turns.
func (r *report) sysbench() error {
	for _, name := range r.o.workloads {
		w := find(name)
		for _, mode := range r.o.modes {
			if err := r.prepare(w); err != nil {
				return err
			}
			for i, threads := range r.o.threads {
				if w.fresh && i > 0 {
					if err := r.prepare(w); err != nil {
						return err
					}
				}
				if err := r.point(w, mode, threads); err != nil {
					return err
				}
			}
		}
		for _, s := range r.servers {
			if _, err := s.sysbench(w, r.o, "cleanup"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *report) prepare(w *workload) error {
	for _, s := range r.servers {
		if err := s.prepare(w, r.o); err != nil {
			return err
		}
	}
	return nil
}

func (r *report) point(w *workload, mode string, threads int) error {
	p := point{workload: w, mode: mode, threads: threads}
	for round := range r.o.rounds {
		for i := range r.servers {
			at := (i + round + len(r.points)) % 2 // neither is always the first
			m, err := r.servers[at].measure(w, r.o, threads, mode)
			if err != nil {
				return err
			}
			p.of[at] = p.of[at].add(m)
		}
	}
	r.points = append(r.points, p)
	fmt.Fprint(os.Stderr, p.line())
	return nil
}

// reports runs the queries of bench/queries.sh beside the MariaDB that runs.
func (r *report) reports(rows string) error {
	s := r.servers[1]
	fmt.Fprintln(os.Stderr, "queries over", rows, "rows")
	cmd := exec.Command("go", "test", "-count=1", "-run", "^$", "-bench", "^BenchmarkQueries$", "-benchtime", "1x", "-timeout", "120m", "./bench")
	cmd.Env = append(os.Environ(), "LXDB_BENCH_ROWS="+rows, "LXDB_BENCH_PID="+strconv.Itoa(s.cmd.Process.Pid),
		fmt.Sprintf("LXDB_BENCH_DSN=%s:%s@tcp(%s:%s)/?tls=skip-verify", s.user, s.password, s.host, s.port), "LXDB_BENCH_BINARY="+r.o.binary)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("queries over %s rows: %w\n%s", rows, err, out)
	}
	var kept []string
	for _, line := range strings.Split(string(out), "\n") {
		switch first, _, _ := strings.Cut(line, " "); {
		case strings.TrimSpace(line) == "", strings.HasPrefix(line, "Benchmark"), strings.HasPrefix(line, "goos:"), strings.HasPrefix(line, "goarch:"),
			strings.HasPrefix(line, "pkg:"), strings.HasPrefix(line, "cpu:"), first == "PASS", strings.HasPrefix(line, "ok "), strings.HasPrefix(line, "ok\t"):
		default:
			kept = append(kept, line)
		}
	}
	r.queries = append(r.queries, strings.Join(kept, "\n"))
	return nil
}

func (p point) ratio() float64 { return p.of[0].rate() / p.of[1].rate() }

func (p point) line() string {
	reached := "no"
	if p.ratio() >= p.workload.aim {
		reached = "yes"
	}
	notes := ""
	if p.of[0].ignored+p.of[1].ignored > 0 {
		notes = fmt.Sprintf("%d, %d tried again", p.of[0].ignored, p.of[1].ignored)
	}
	return fmt.Sprintf("| %s | %s | %d | %.0f | %.0f | **%.2f** | %.1f | %s | %.1f | %.1f | %.2f | %.2f | %s |\n", p.workload.name, p.mode, p.threads,
		p.of[0].rate(), p.of[1].rate(), p.ratio(), p.workload.aim, reached, p.of[0].cpuEach(), p.of[1].cpuEach(), p.of[0].p95, p.of[1].p95, notes)
}

// markdown is all that was measured.
func (r *report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# lxdb beside MariaDB\n\n%s, %d cores, %s; it took %s. Written by `make baseline`.\n\n", r.when.UTC().Format("2006-01-02 15:04 UTC"),
		runtime.NumCPU(), runtime.Version(), r.took.Round(time.Second))
	fmt.Fprintf(&b, "- %s\n- %s\n\n", r.servers[0].version, r.servers[1].version)
	b.WriteString("Both over TLS on the loopback interface, each commit durable before it is answered (MariaDB: innodb_flush_log_at_trx_commit=1, no binary log). " +
		"sysbench, both servers and this program share the cores.\n")
	if len(r.points) > 0 {
		fmt.Fprintf(&b, "\n## sysbench\n\n%d rows, %d s for each server at each point, in turns. A rate is statements per second, "+
			"the ratio is lxdb's in MariaDB's; CPU is the server's time for each statement; the percentile is that of a transaction.\n\n", r.o.rows, r.o.seconds*r.o.rounds)
		b.WriteString("| workload | form | threads | lxdb /s | MariaDB /s | ratio | aim | reached | lxdb CPU µs | MariaDB CPU µs | lxdb 95 % ms | MariaDB 95 % ms | |\n" +
			"|---|---|--:|--:|--:|--:|--:|---|--:|--:|--:|--:|---|\n")
		for _, p := range r.points {
			b.WriteString(p.line())
		}
	}
	for _, table := range r.queries {
		fmt.Fprintf(&b, "\n## Queries over a big table\n\nThe best of five, of two above 5 M rows; an aim is 3.0 for scans, groups, sorts with LIMIT and the join.\n\n```\n%s\n```\n", table)
	}
	return b.String()
}
