package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/lxdb/lxdb/internal/difftest"
)

// patience is how long a server may take to start.
const patience = 60 * time.Second

// process is a server that this program started.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// started are the processes that are killed when this one is told to end.
var started struct {
	sync.Mutex
	all []*exec.Cmd
}

// endTogether leaves no server behind when the program is told to end.
func endTogether() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-told
		started.Lock()
		for _, cmd := range started.all {
			_ = cmd.Process.Kill() // it may have ended already
		}
		os.Exit(2)
	}()
}

func launch(log string, name string, args ...string) (*process, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = f, f
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	started.Lock()
	started.all = append(started.all, cmd)
	started.Unlock()
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		_ = f.Close()
		close(p.done)
	}()
	return p, nil
}

func (p *process) gone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// until asks again and again until ready says nil.
func (p *process) until(ready func() error) (err error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if err = ready(); err == nil {
			return nil
		}
		if p.gone() {
			return errors.New("it ended")
		}
	}
	return err
}

// lxdb is the server under test.
type lxdb struct {
	*process
	binary, dir string
	addr        string
	tls         *tls.Config
	password    string
}

// startLXDB serves an empty data directory.
func startLXDB(binary, dir string) (*lxdb, error) {
	s := &lxdb{binary: binary, dir: filepath.Join(dir, "lxdb")}
	if err := os.RemoveAll(s.dir); err != nil {
		return nil, err
	}
	var err error
	s.process, err = launch(filepath.Join(dir, "lxdb.log"), binary, "serve", "--data", s.dir, "--mysql", "127.0.0.1:0",
		"--https", "off", "--kivi", "off", "--ldap", "off", "--ldaps", "off")
	if err != nil {
		return nil, err
	}
	var ends struct{ MySQL string }
	err = s.until(func() error {
		b, err := os.ReadFile(filepath.Join(s.dir, "endpoints.json"))
		if err != nil {
			return err
		}
		return json.Unmarshal(b, &ends)
	})
	if err != nil {
		return nil, fmt.Errorf("start lxdb: %w", err)
	}
	s.addr = ends.MySQL
	password, err := os.ReadFile(filepath.Join(s.dir, "root.password"))
	if err != nil {
		return nil, err
	}
	s.password = strings.TrimSpace(string(password))
	ca, err := os.ReadFile(filepath.Join(s.dir, "ca.crt"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, errors.New("ca.crt has no certificate")
	}
	s.tls = &tls.Config{RootCAs: pool, ServerName: "localhost"}
	return s, nil
}

func (s *lxdb) dial(database string) (*difftest.Conn, error) {
	return difftest.Dial(difftest.Where{Network: "tcp", Address: s.addr, TLS: s.tls, User: "root", Password: s.password}, database)
}

// mariadb is the reference.
type mariadb struct {
	*process
	dir, user string
	socket    string
	port      string
}

// startMariaDB makes an empty installation in dir and serves it on a socket, and on
// a free port of loopback for tests that connect by themselves.
func startMariaDB(dir string) (*mariadb, error) {
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "mariadb")
	out, err := exec.Command("mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db",
		"--datadir="+data, "--user="+me.Username).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}
	m := &mariadb{dir: dir, user: me.Username, socket: filepath.Join(dir, "m.sock")}
	if m.port, err = freePort(); err != nil {
		return nil, err
	}
	return m, m.start()
}

// start serves the installation, the first time or when the server has ended: it
// does not stand every statement that is generated either.
func (m *mariadb) start() (err error) {
	m.process, err = launch(filepath.Join(m.dir, "mariadb.log"), "mariadbd", "--no-defaults", "--user="+m.user, "--datadir="+filepath.Join(m.dir, "mariadb"), "--socket="+m.socket,
		"--bind-address=127.0.0.1", "--port="+m.port, "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0", "--max-allowed-packet=67108864", "--innodb-buffer-pool-size=128M",
		"--innodb-autoinc-lock-mode=0") // numbers without gaps, as lxdb gives them
	if err != nil {
		return err
	}
	err = m.until(func() error {
		c, err := m.dial("")
		if err == nil {
			c.Close()
		}
		return err
	})
	if err != nil {
		m.stop()
		return fmt.Errorf("start mariadbd: %w", err)
	}
	return nil
}

func (m *mariadb) dial(database string) (*difftest.Conn, error) {
	c, err := difftest.Dial(difftest.Where{Network: "unix", Address: m.socket, User: "root"}, database)
	if err == nil {
		c.Limit = 2 * time.Minute // REPEAT('', 1e20) takes it a quarter of one
	}
	return c, err
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
