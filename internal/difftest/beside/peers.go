package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The tests and what mariadb-test answers to them are files of the packages
// mariadb-test and mariadb-test-data.
const suite = "/usr/share/mysql/mysql-test"

// slack is how much of a file's share may be lost to chance.
const slack = 0.005

// peerRun runs test files of MariaDB against lxdb, and against MariaDB as the
// yardstick: much of a file needs what only MariaDB has.
type peerRun struct {
	dir, binary string
	limit       time.Duration
	keep        string // directory for what lxdb answered; "": nowhere
	theirs      *mariadb
	kinds       *kinds
}

func runPeers(dir string, args []string) error {
	r := &peerRun{dir: dir}
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	list := f.String("shares", "internal/difftest/beside/shares.txt", "the files, and the share that each must reach")
	own := f.String("kinds", "internal/difftest/beside/kinds.txt", "the parts of the files that MySQL 8 answers otherwise than MariaDB")
	write := f.Bool("write", false, "raise the shares in the list to what is reached")
	only := f.String("only", "", "names of files, instead of those of the list")
	f.StringVar(&r.binary, "lxdb", "", "binary; default: built from here")
	f.DurationVar(&r.limit, "limit", time.Minute, "time that a file may take")
	f.StringVar(&r.keep, "keep", "", "directory in which the answers are kept")
	if err := f.Parse(args); err != nil {
		return err
	}
	must, err := readShares(*list)
	if err != nil {
		return err
	}
	if r.kinds, err = readKinds(*own); err != nil {
		return err
	}
	names := slices.Clone(must.names)
	if *only != "" {
		names = strings.Fields(*only)
	}
	if r.binary, err = build(dir, r.binary); err != nil {
		return err
	}
	if r.theirs, err = startMariaDB(dir); err != nil {
		return err
	}
	defer r.theirs.stop()
	worse, err := r.all(names, must)
	if err != nil {
		return err
	}
	if *write {
		return must.write(*list)
	}
	if len(worse) > 0 {
		return fmt.Errorf("%w: %s", errWorse, strings.Join(worse, ", "))
	}
	return nil
}

// all prints the table and returns the files that are worse than they must be.
func (r *peerRun) all(names []string, must *shares) (worse []string, err error) {
	var sum verdict
	fmt.Printf("%-16s %6s %5s %5s  %6s %5s %5s\n", "file", "lines", "share", "must", "mysql8", "share", "must")
	for _, name := range names {
		t, err := r.file(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		is := t.share()
		old := must.of[name]
		if old == nil {
			old = &pair{}
		}
		note := ""
		switch {
		case t.trouble != "":
			note = "  " + t.trouble
			worse = append(worse, name+" "+t.trouble)
		case is.all < old.all-slack || is.mysql < old.mysql-slack:
			note = "  WORSE"
			worse = append(worse, fmt.Sprintf("%s %.2f %.2f, must be %.2f %.2f", name, is.all, is.mysql, old.all, old.mysql))
		case is.all > old.all+slack || is.mysql > old.mysql+slack:
			note = "  better: raise it in the list"
		}
		fmt.Printf("%-16s %6d  %.2f  %.2f  %6d  %.2f  %.2f%s\n", name, t.all.lines, is.all, old.all, t.mysql.lines, is.mysql, old.mysql, note)
		must.raise(name, is)
		sum.add(t)
	}
	is := sum.share()
	fmt.Printf("%-16s %6d  %.2f        %6d  %.2f\n", "together", sum.all.lines, is.all, sum.mysql.lines, is.mysql)
	for _, k := range r.kinds.all {
		if n := sum.kinds[k.name]; n > 0 {
			fmt.Printf("%6d lines of kind %s: %s\n", n, k.name, k.why)
		}
	}
	return worse, nil
}

// verdict is what came of one file, or of several.
type verdict struct {
	all, mysql tally
	kinds      map[string]int // lines of each
	trouble    string
}

// tally counts lines, and who gave them when asked.
type tally struct{ lines, ours, theirs int }

// count adds the lines that are of no kind.
func (t *tally) count(kinds []string, ours, theirs []bool) {
	for i := range ours {
		if kinds != nil && kinds[i] != "" {
			continue
		}
		t.lines++
		if ours[i] {
			t.ours++
		}
		if theirs[i] {
			t.theirs++
		}
	}
}

func (v *verdict) add(o *verdict) {
	if v.kinds == nil {
		v.kinds = map[string]int{}
	}
	for name, n := range o.kinds {
		v.kinds[name] += n
	}
	v.all.add(o.all)
	v.mysql.add(o.mysql)
}

func (t *tally) add(o tally) {
	t.lines += o.lines
	t.ours += o.ours
	t.theirs += o.theirs
}

// share is lxdb's part of what MariaDB itself reproduces.
func (v *verdict) share() pair { return pair{v.all.share(), v.mysql.share()} }

func (t *tally) share() float64 { return min(float64(t.ours)/float64(max(t.theirs, 1)), 1) }

// theirMode is MariaDB's default, in which the tests were recorded.
const theirMode = "SET GLOBAL sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"

// theirNames is what the client says when it connects: lxdb takes every client for one of utf8mb4.
const theirNames = "--disable_query_log\nset names latin1;\n--enable_query_log\n"

// latin1 is the database that the tests expect.
const latin1 = "CREATE DATABASE test CHARACTER SET latin1 COLLATE latin1_swedish_ci"

func (r *peerRun) file(name string) (*verdict, error) {
	source, err := os.ReadFile(filepath.Join(suite, "main", name+".test"))
	if err != nil {
		return nil, fmt.Errorf("%w (it is in the package mariadb-test-data)", err)
	}
	source = withIncluded(source, 0)
	want, err := os.ReadFile(filepath.Join(suite, "main", name+".result"))
	if err != nil {
		return nil, err
	}
	v := &verdict{}
	ours, err := r.ours(name, source, v)
	if err != nil {
		return nil, err
	}
	c, err := r.theirs.dial("")
	if err != nil {
		return nil, err
	}
	defer c.Close()
	for _, text := range []string{"DROP DATABASE IF EXISTS test", latin1} {
		if _, err := c.Query(text); err != nil {
			return nil, err
		}
	}
	theirs, _, err := r.client(plain(source), r.theirs.port, "--socket="+r.theirs.socket)
	if err != nil {
		return nil, err
	}
	echoed := statementLines(source)
	all, ourSteps, theirSteps := steps(want, echoed), steps(ours, echoed), steps(theirs, echoed)
	wanted := lines(all)
	v.all.count(nil, found(wanted, lines(ourSteps)), found(wanted, lines(theirSteps)))
	all = anyOrder(all)
	names := r.kinds.of(all)
	wanted = r.kinds.same(r.kinds.words(lines(all)))
	weSay := found(wanted, r.kinds.same(lines(anyOrder(ourSteps))))
	theySay := found(wanted, r.kinds.same(r.kinds.words(lines(anyOrder(theirSteps)))))
	v.mysql.count(names, weSay, theySay)
	v.kinds = map[string]int{}
	for _, name := range names {
		if name != "" {
			v.kinds[name]++
		}
	}
	if r.keep == "" {
		return v, nil
	}
	if err := os.WriteFile(filepath.Join(r.keep, name+".theirs"), theirs, 0o644); err != nil {
		return nil, err
	}
	return v, r.keepMissing(name, all, func(i int) string {
		if names[i] != "" || !theySay[i] || weSay[i] {
			return ""
		}
		return wanted[i]
	})
}

// keepMissing writes what is left to do for a file: the lines that MySQL 8 gives,
// MariaDB gives again, and lxdb does not.
func (r *peerRun) keepMissing(name string, all []step, missing func(i int) string) error {
	var b strings.Builder
	i := 0
	for _, s := range all {
		head := s.statement + "\n"
		for range s.lines {
			if line := missing(i); line != "" {
				b.WriteString(head + "\t" + line + "\n")
				head = ""
			}
			i++
		}
	}
	return os.WriteFile(filepath.Join(r.keep, name+".missing"), []byte(b.String()), 0o644)
}

// ours runs a file against an lxdb of its own.
func (r *peerRun) ours(name string, source []byte, v *verdict) ([]byte, error) {
	server, err := startLXDB(r.binary, r.dir)
	if err != nil {
		return nil, err
	}
	defer server.stop()
	c, err := server.dial("")
	if err != nil {
		return nil, err
	}
	defer c.Close()
	for _, text := range []string{latin1, theirMode} {
		if _, err := c.Query(text); err != nil {
			return nil, err
		}
	}
	_, port, _ := strings.Cut(server.addr, ":")
	body := connections(r.kinds.translate(plain(source)), server.password, port)
	out, late, err := r.client(append([]byte(theirNames), body...), port,
		"--host=127.0.0.1", "--port="+port, "--password="+server.password, "--ssl-ca="+filepath.Join(server.dir, "ca.crt"))
	switch {
	case err != nil:
		return nil, err
	case server.gone():
		v.trouble = "THE SERVER ENDED"
	case late:
		v.trouble = "HANGS"
	}
	if r.keep != "" {
		if err := os.WriteFile(filepath.Join(r.keep, name+".out"), out, 0o644); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// client runs mariadb-test; late says that it did not end in time.
func (r *peerRun) client(body []byte, port string, args ...string) (out []byte, late bool, err error) {
	variable := filepath.Join(r.dir, "var")
	if err := os.RemoveAll(variable); err != nil {
		return nil, false, err
	}
	for _, d := range []string{"tmp", "log"} {
		if err := os.MkdirAll(filepath.Join(variable, d), 0o755); err != nil {
			return nil, false, err
		}
	}
	file := filepath.Join(r.dir, "t.test")
	if err := os.WriteFile(file, append([]byte("--disable_abort_on_error\n"), body...), 0o644); err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "mariadb-test", append([]string{"--no-defaults", "--silent", "--max-connect-retries=2", "--user=root", "--database=test",
		"--tmpdir=" + variable + "/tmp", "--logdir=" + variable + "/log", "--test-file=" + file}, args...)...)
	cmd.Dir = suite
	cmd.Env = append(os.Environ(), "MYSQLTEST_VARDIR="+variable, "MYSQL_TEST_DIR="+suite, "MYSQL_TMP_DIR="+variable+"/tmp",
		"DEFAULT_MASTER_PORT=0", "MASTER_MYPORT="+port)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	var status *exec.ExitError
	if ctx.Err() != nil || errors.As(err, &status) {
		err = nil // a test that stops in the middle has shown what it has shown
	}
	return stdout.Bytes(), ctx.Err() != nil, err
}

var (
	leftOut   = regexp.MustCompile(`(?i)^\s*(--\s*)?error\s|^\s*(--\s*)?source include/(have_|not_)`)
	login     = regexp.MustCompile(`(?i)^(\s*(?:--\s*)?)connect\s*(\(.*?\)|\s[^();]*?)\s*(;?)\s*$`)
	newUser   = regexp.MustCompile(`(?i)^\s*create user ('?[\w.]+'?(?:@'?[\w.%]+'?)?)\s*;\s*$`)
	ends      = ";|/"
	emptyLine = []byte("\n")
)

var included = regexp.MustCompile(`(?i)^\s*(?:--\s*)?source\s+([\w./-]+\.inc)\s*;?\s*$`)

// deepest is how many files may include each other.
const deepest = 5

// withIncluded is a test with the texts of the files that it includes in their places, so
// that what is true of the test's own text (plain, connections) is true of theirs. A file
// that is not there stays for the client to complain about, as what asks for parts of MariaDB.
func withIncluded(source []byte, depth int) []byte {
	var out []byte
	for line := range bytes.Lines(source) {
		m := included.FindSubmatch(line)
		if m == nil || depth == deepest || leftOut.Match(line) {
			out = append(out, line...)
			continue
		}
		name := string(m[1])
		body, err := os.ReadFile(filepath.Join(suite, name))
		if err != nil {
			body, err = os.ReadFile(filepath.Join(suite, "main", name))
		}
		if err != nil {
			out = append(out, line...)
			continue
		}
		out = append(append(out, withIncluded(body, depth+1)...), '\n')
	}
	return out
}

// plain is a test without its expectations of errors, which are printed instead
// of demanded, and without its demands of parts that MariaDB may lack.
func plain(source []byte) []byte {
	var out []byte
	for line := range bytes.Lines(source) {
		if !leftOut.Match(line) {
			out = append(out, line...)
		}
	}
	return out
}

// connections makes the further sessions of a test log in as lxdb wants it: over TLS, and
// nobody without a password; a user who is made without one is given root's behind the scenes.
func connections(body []byte, password, port string) []byte {
	var out []byte
	for line := range bytes.Lines(body) {
		out = append(out, withLogin(line, password, port)...)
		if m := newUser.FindSubmatch(line); m != nil {
			out = fmt.Appendf(out, "--disable_query_log\nalter user %s identified by '%s';\n--enable_query_log\n", m[1], password)
		}
	}
	return out
}

// withLogin is a line of a test whose connect, if it is one, goes to lxdb.
func withLogin(line []byte, password, port string) []byte {
	m := login.FindSubmatch(line)
	if m == nil {
		return line
	}
	args := append(loginOf(m[2]), "", "", "", "") // name, host, user, password, database
	if args[1] != "localhost" || args[2] == "" {
		return line
	}
	if args[2] == "root" || args[3] == "" {
		args[3] = password
	}
	if args[4] == "" {
		args[4] = "test"
	}
	return fmt.Appendf(nil, "%sconnect(%s,127.0.0.1,%s,%s,,SSL)%s\n", m[1], args[0], strings.Join(args[2:5], ","), port, m[3])
}

// loginOf are the arguments of a connect, with brackets around them or without.
func loginOf(text []byte) []string {
	args := strings.Split(strings.Trim(string(text), "() \t"), ",")
	for i := range args {
		args[i] = strings.TrimSpace(args[i])
	}
	return args
}

// statementLines are the lines of a test: the client echoes them, and an echo
// proves nothing.
func statementLines(source []byte) map[string]bool {
	m := map[string]bool{}
	for line := range bytes.SplitSeq(source, emptyLine) {
		m[strings.TrimRight(strings.TrimSpace(string(line)), ends)] = true
		if c := login.FindSubmatch(line); c != nil { // the client's own spelling of it
			m["connect  "+strings.Trim(string(c[2]), "() \t")] = true
		}
	}
	return m
}
