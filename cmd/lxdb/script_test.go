package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/internal/instance"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lxdb": main})
}

// TestScript plays testdata/script. Besides testscript's own commands there are
//
//	serve DIR ARG…           lxdb serve --data DIR ARG…, in the background; ready when it returns
//	halt DIR                 SIGTERM; the server must end with status 0. Its output becomes serve.out
//	crash DIR                SIGKILL
//	sql DIR USER FILE SQL    SQL over the wire as USER with the password in FILE; rows on standard output
//	damage DIR               bytes inside the largest file of rows of a halted server are other ones
//	mode PERM FILE           the file's permission bits
//	endpoint DIR VARIABLE [LISTENER]
//	                         the address of the server on DIR, for MySQL, https, ldap or ldaps
//
// None of these may have the name of a command of testscript, which would win:
// its stop ends a script early, and the rest would never run.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: true,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"serve": cmdServe, "halt": cmdHalt, "crash": cmdCrash, "sql": cmdSQL, "mode": cmdMode, "endpoint": cmdEndpoint,
			"cut": cmdCut, "replace": cmdReplace, "damage": cmdDamage,
		},
		Setup: func(env *testscript.Env) error {
			env.Values[servers{}] = map[string]*server{}
			env.Defer(func() { endAll(env.Values[servers{}].(map[string]*server)) })
			return nil
		},
	})
}

// servers is the key of the running servers, by directory.
type servers struct{}

// server is a server that a script started.
type server struct {
	cmd    *exec.Cmd
	stdout strings.Builder
	ended  chan error
}

func endAll(all map[string]*server) {
	for _, s := range all {
		_ = s.cmd.Process.Kill() // it may have ended by itself
		<-s.ended
	}
}

func running(ts *testscript.TestScript) map[string]*server {
	return ts.Value(servers{}).(map[string]*server)
}

func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: serve DIR ARG…")
	}
	dir := args[0]
	full := append([]string{"serve", "--data", dir}, args[1:]...)
	if !strings.Contains(strings.Join(full, " "), "--mysql") && !strings.Contains(strings.Join(full, " "), "--config") {
		full = append(full, "--mysql", "127.0.0.1:0")
	}
	if !strings.Contains(strings.Join(full, " "), "--https") && !strings.Contains(strings.Join(full, " "), "--config") {
		full = append(full, "--https", "off")
	}
	if !strings.Contains(strings.Join(full, " "), "--ldap") { // servers of parallel scripts
		full = append(full, "--ldap", "off", "--ldaps", "off")
	}
	s := &server{cmd: exec.Command("lxdb", full...), ended: make(chan error, 1)}
	s.cmd.Dir = ts.Getenv("WORK")
	var stderr strings.Builder
	s.cmd.Stderr = &stderr
	pipe, err := s.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			fmt.Fprintln(&s.stdout, lines.Text())
			if strings.HasPrefix(lines.Text(), "Stop with") {
				ready <- true
			}
		}
		s.ended <- s.cmd.Wait()
		close(ready)
	}()
	if !<-ready {
		ts.Fatalf("the server ended: %v\n%s%s", <-s.ended, s.stdout.String(), stderr.String())
	}
	running(ts)[dir] = s
}

func take(ts *testscript.TestScript, args []string) *server {
	if len(args) != 1 || running(ts)[args[0]] == nil {
		ts.Fatalf("no server runs on %v", args)
	}
	s := running(ts)[args[0]]
	delete(running(ts), args[0])
	return s
}

func cmdHalt(ts *testscript.TestScript, _ bool, args []string) {
	s := take(ts, args)
	ts.Check(s.cmd.Process.Signal(syscall.SIGTERM))
	if err := <-s.ended; err != nil {
		ts.Fatalf("SIGTERM: %v\n%s", err, s.cmd.Stderr)
	}
	ts.Check(os.WriteFile(ts.MkAbs("serve.out"), []byte(s.stdout.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("serve.err"), []byte(fmt.Sprint(s.cmd.Stderr)), 0o600))
}

func cmdCrash(ts *testscript.TestScript, _ bool, args []string) {
	s := take(ts, args)
	ts.Check(s.cmd.Process.Kill())
	<-s.ended
}

func cmdSQL(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: sql DIR USER PASSWORDFILE SQL")
	}
	text, err := runSQL(ts.MkAbs(args[0]), args[1], ts.MkAbs(args[2]), args[3])
	if (err != nil) != neg {
		ts.Fatalf("sql: error %v", err)
	}
	if err != nil {
		text = err.Error() + "\n"
	}
	_, err = io.WriteString(ts.Stdout(), text)
	ts.Check(err)
}

func runSQL(dir, user, passwordFile, query string) (string, error) {
	at, err := instance.ReadEndpoints(dir)
	if err != nil {
		return "", err
	}
	password, err := instance.ReadPasswordFile(passwordFile)
	if err != nil {
		return "", err
	}
	ctx := context.Background()
	conn, err := sqlconn.Dial(ctx, sqlconn.Target{Address: at.MySQL, User: user, Password: password, CAFile: sqlconn.CAFile(dir)})
	if err != nil {
		return "", err
	}
	defer conn.Close()
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, row := range rows.Rows {
		for i, cell := range row {
			if i > 0 {
				b.WriteByte('|')
			}
			if cell == nil {
				b.WriteString("NULL")
			} else {
				b.WriteString(*cell)
			}
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

func cmdMode(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mode PERM FILE")
	}
	want, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := info.Mode().Perm(); uint64(got) != want {
		ts.Fatalf("%s has mode %o, want %o", args[1], got, want)
	}
}

func cmdEndpoint(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: endpoint DIR VARIABLE [LISTENER]")
	}
	at, err := instance.ReadEndpoints(ts.MkAbs(args[0]))
	ts.Check(err)
	address := map[string]string{"mysql": at.MySQL, "ldap": at.LDAP, "ldaps": at.LDAPS, "https": at.HTTPS}[append(args, "mysql")[2]]
	ts.Setenv(args[1], address)
}

// cmdDamage changes bytes in the middle of the largest sorted file of a directory.
func cmdDamage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: damage DIR")
	}
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "kivi", "*.sst"))
	ts.Check(err)
	var largest []byte
	name := ""
	for _, f := range files {
		text, err := os.ReadFile(f)
		ts.Check(err)
		if len(text) > len(largest) {
			name, largest = f, text
		}
	}
	if name == "" {
		ts.Fatalf("no sorted files in %s", args[0])
	}
	for i := len(largest) / 3; i < len(largest)/3+64; i++ {
		largest[i] ^= 0xff
	}
	ts.Check(os.WriteFile(name, largest, 0o600))
}
