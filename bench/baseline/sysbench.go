package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// workload is one of sysbench's scripts.
type workload struct {
	name string
	aim  float64 // statements per second in MariaDB's
	// fresh: each point begins with a table of its own, because the workload changes how many rows there are
	fresh bool
	rows  int // 0 is what the options say
}

var workloadsKnown = []workload{
	{name: "oltp_point_select", aim: 2.0},
	{name: "oltp_read_only", aim: 1.5},
	{name: "select_random_points", aim: 1.2},
	{name: "select_random_ranges", aim: 1.2},
	{name: "oltp_update_index", aim: 1.2},
	{name: "oltp_update_non_index", aim: 1.2},
	{name: "oltp_read_write", aim: 1.2},
	{name: "oltp_write_only", aim: 1.2},
	{name: "oltp_insert", aim: 1.2, fresh: true},
	{name: "oltp_delete", aim: 1.2, fresh: true},
}

func find(name string) *workload {
	for i := range workloadsKnown {
		if workloadsKnown[i].name == name {
			return &workloadsKnown[i]
		}
	}
	return nil
}

// psModes are what sysbench calls them.
var psModes = map[string]string{"prepared": "auto", "text": "disable"}

// measure is what one server did at one point.
type measure struct {
	queries int64
	elapsed time.Duration
	cpu     time.Duration // of the server's process
	p95     float64       // in ms, of a transaction
	ignored int64         // deadlocks and the like, which sysbench tries again
}

func (m measure) rate() float64 { return float64(m.queries) / m.elapsed.Seconds() }

func (m measure) cpuEach() float64 {
	return float64(m.cpu.Nanoseconds()) / 1000 / float64(max(m.queries, 1))
}

func (m measure) add(n measure) measure {
	return measure{m.queries + n.queries, m.elapsed + n.elapsed, m.cpu + n.cpu, max(m.p95, n.p95), m.ignored + n.ignored}
}

func (s *server) sysbench(w *workload, o options, command string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	rows := o.rows
	if w.rows != 0 {
		rows = w.rows
	}
	args = append([]string{w.name, "--db-driver=mysql", "--mysql-host=" + s.host, "--mysql-port=" + s.port, "--mysql-user=" + s.user, "--mysql-password=" + s.password,
		"--mysql-ssl=on", "--mysql-db=sbtest", "--table-size=" + strconv.Itoa(rows)}, args...)
	cmd := exec.CommandContext(ctx, "sysbench", append(args, command)...)
	cmd.Dir = s.files
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: sysbench %s %s: %w\n%s", s.name, w.name, command, err, out)
	}
	return string(out), nil
}

// prepare makes the table anew.
func (s *server) prepare(w *workload, o options) error {
	if _, err := s.sysbench(w, o, "cleanup"); err != nil {
		return err
	}
	_, err := s.sysbench(w, o, "prepare")
	return err
}

func (s *server) measure(w *workload, o options, threads int, mode string) (m measure, err error) {
	before, err := processorTime(s.cmd.Process.Pid)
	if err != nil {
		return m, err
	}
	out, err := s.sysbench(w, o, "run", "--threads="+strconv.Itoa(threads), "--time="+strconv.Itoa(o.seconds), "--db-ps-mode="+psModes[mode])
	if err != nil {
		return m, err
	}
	after, err := processorTime(s.cmd.Process.Pid)
	if err != nil {
		return m, err
	}
	m, err = parse(out)
	m.cpu = after - before
	return m, err
}

var (
	queriesLine = regexp.MustCompile(`(?m)^\s*queries:\s+(\d+)\s`)
	ignoredLine = regexp.MustCompile(`(?m)^\s*ignored errors:\s+(\d+)\s`)
	timeLine    = regexp.MustCompile(`(?m)^\s*total time:\s+([0-9.]+)s`)
	p95Line     = regexp.MustCompile(`(?m)^\s*95th percentile:\s+([0-9.]+)`)
)

// parse reads what sysbench prints at its end.
func parse(out string) (m measure, err error) {
	number := func(re *regexp.Regexp) (f float64) {
		found := re.FindStringSubmatch(out)
		if found == nil {
			err = fmt.Errorf("sysbench's output has no %s:\n%s", re, out)
			return 0
		}
		f, _ = strconv.ParseFloat(found[1], 64)
		return f
	}
	m.queries, m.ignored = int64(number(queriesLine)), int64(number(ignoredLine))
	m.elapsed, m.p95 = time.Duration(number(timeLine)*float64(time.Second)), number(p95Line)
	if err == nil && (m.queries == 0 || m.elapsed <= 0) {
		err = fmt.Errorf("sysbench did nothing:\n%s", out)
	}
	return m, err
}

// tick is the unit of /proc/PID/stat: USER_HZ, which is 100 everywhere.
const tick = 10 * time.Millisecond

// processorTime is what a process has used, in user and in system mode.
func processorTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return processorTimeOf(string(text))
}

func processorTimeOf(stat string) (time.Duration, error) {
	_, rest, ok := strings.Cut(stat, ") ") // the name may have blanks and brackets; it ends at the last one
	for {
		_, more, again := strings.Cut(rest, ") ")
		if !again {
			break
		}
		rest = more
	}
	f := strings.Fields(rest)
	if !ok || len(f) < 13 {
		return 0, fmt.Errorf("/proc/PID/stat is %q", stat)
	}
	user, err := strconv.ParseInt(f[11], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("/proc/PID/stat: %w", err)
	}
	system, err := strconv.ParseInt(f[12], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("/proc/PID/stat: %w", err)
	}
	return time.Duration(user+system) * tick, nil
}
