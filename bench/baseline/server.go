package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long a server may take to start.
const patience = 60 * time.Second

// server is one that this program started.
type server struct {
	name, version  string
	cmd            *exec.Cmd
	done           chan struct{}
	host, port     string
	user, password string
	files          string // directory with cacert.pem, client-cert.pem and client-key.pem, as sysbench looks for them
}

// started are the servers that are ended with this program.
var started struct {
	sync.Mutex
	all []*server
}

// endTogether leaves nothing behind when the program is told to end.
func endTogether(dir string) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-told
		stopAll()
		_ = os.RemoveAll(dir)
		os.Exit(1)
	}()
}

func stopAll() {
	started.Lock()
	defer started.Unlock()
	for _, s := range started.all {
		s.stop()
	}
}

func (s *server) launch(dir, path string, args ...string) error {
	log, err := os.Create(filepath.Join(dir, s.name+".log"))
	if err != nil {
		return err
	}
	s.cmd = exec.Command(path, args...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.done = make(chan struct{})
	go func() {
		_ = s.cmd.Wait() // how it ended is in its log
		_ = log.Close()
		close(s.done)
	}()
	started.Lock()
	started.all = append(started.all, s)
	started.Unlock()
	return nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-s.done:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.done
	}
}

// until waits for a server that starts.
func (s *server) until(dir string, ready func() error) (err error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if err = ready(); err == nil {
			return nil
		}
		select {
		case <-s.done:
			log, _ := os.ReadFile(filepath.Join(dir, s.name+".log"))
			return fmt.Errorf("%s ended: %s", s.name, log)
		default:
		}
	}
	return fmt.Errorf("start %s: %w", s.name, err)
}

func build(dir string) (string, error) {
	path := filepath.Join(dir, "bin")
	out, err := exec.Command("go", "build", "-o", path, "./cmd/lxdb").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
}

// startLXDB serves an empty directory with what it has by default.
func startLXDB(binary, dir string) (*server, error) {
	s := &server{name: "lxdb", user: "root", files: filepath.Join(dir, "lxdb-client")}
	data := filepath.Join(dir, "lxdb")
	version, err := exec.Command(binary, "version").Output()
	if err != nil {
		return nil, fmt.Errorf("version: %w", err)
	}
	s.version, _, _ = strings.Cut(string(version), "\n")
	if err := s.launch(dir, binary, "serve", "--data", data, "--mysql", "127.0.0.1:0",
		"--https", "off", "--kivi", "off", "--ldap", "off", "--ldaps", "off"); err != nil {
		return nil, err
	}
	var ends struct{ MySQL string }
	if err := s.until(dir, func() error {
		text, err := os.ReadFile(filepath.Join(data, "endpoints.json"))
		if err != nil {
			return err
		}
		return json.Unmarshal(text, &ends)
	}); err != nil {
		return nil, err
	}
	if s.host, s.port, err = net.SplitHostPort(ends.MySQL); err != nil {
		return nil, err
	}
	password, err := os.ReadFile(filepath.Join(data, "root.password"))
	if err != nil {
		return nil, err
	}
	s.password = strings.TrimSpace(string(password))
	if out, err := exec.Command(binary, "cert", "client", "root", "--data", data, "--out", s.files).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("client certificate: %w: %s", err, out)
	}
	return s, s.query("CREATE DATABASE sbtest")
}

// startMariaDB starts one on an empty directory that writes and flushes its log at each commit, has no binary log, and refuses
// connections without TLS.
func startMariaDB(dir string) (*server, error) {
	s := &server{name: "MariaDB", user: "bench", password: "bench", host: "127.0.0.1", files: filepath.Join(dir, "mariadb-client")}
	version, err := exec.Command("mariadbd", "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("mariadbd --version: %w; apt-get install mariadb-server", err)
	}
	s.version = strings.TrimSpace(string(version))
	if err := os.Chmod(dir, 0o755); err != nil { // it may run as another user
		return nil, err
	}
	if err := selfSigned(s.files); err != nil {
		return nil, err
	}
	who, err := exec.Command("id", "-un").Output()
	if err != nil {
		return nil, err
	}
	user, data, socket := "--user="+strings.TrimSpace(string(who)), filepath.Join(dir, "mariadb"), filepath.Join(dir, "sock")
	if out, err := exec.Command("mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", "--datadir="+data, user).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mariadb-install-db: %w: %s", err, out)
	}
	if s.port, err = freePort(); err != nil {
		return nil, err
	}
	if err := s.launch(dir, "mariadbd", "--no-defaults", user, "--datadir="+data, "--socket="+socket, "--pid-file="+filepath.Join(dir, "pid"),
		"--bind-address="+s.host, "--port="+s.port, "--skip-name-resolve", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=1G",
		"--require-secure-transport=ON", "--ssl-ca="+filepath.Join(s.files, "cacert.pem"),
		"--ssl-cert="+filepath.Join(s.files, "client-cert.pem"), "--ssl-key="+filepath.Join(s.files, "client-key.pem")); err != nil {
		return nil, err
	}
	return s, s.until(dir, func() error {
		out, err := exec.Command("mariadb", "--no-defaults", "-u", "root", "-S", socket, "-e",
			"CREATE DATABASE sbtest; CREATE USER bench@'127.0.0.1' IDENTIFIED BY 'bench'; GRANT ALL ON *.* TO bench@'127.0.0.1'").CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	})
}

// selfSigned makes a certificate that its own key signed, under the names that sysbench looks for.
func selfSigned(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	key, cert := filepath.Join(dir, "client-key.pem"), filepath.Join(dir, "client-cert.pem")
	out, err := exec.Command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
		"-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert).CombinedOutput()
	if err != nil {
		return fmt.Errorf("openssl: %w: %s", err, out)
	}
	text, err := os.ReadFile(cert)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "cacert.pem"), text, 0o644)
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// query runs a statement by the mariadb client.
func (s *server) query(text string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "mariadb", "--no-defaults", "-h", s.host, "-P", s.port, "-u", s.user, "--ssl-ca="+filepath.Join(s.files, "cacert.pem"), "-e", text)
	cmd.Env = append(os.Environ(), "MYSQL_PWD="+s.password)
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("%s: %s", s.name, text), fmt.Errorf("%w: %s", err, out))
	}
	return nil
}
