package lxdb_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// home is the server that the tests and the examples use: of the environment LXDB_HTTPS, LXDB_CA and
// LXDB_PASSWORD, or one that is built from this checkout and started.
var home struct {
	address, ca, password string
}

func TestMain(m *testing.M) {
	stop, err := startServer()
	if err != nil {
		fmt.Fprintln(os.Stderr, "server for the tests:", err)
		os.Exit(1)
	}
	code := m.Run()
	stop()
	os.Exit(code)
}

func startServer() (stop func(), err error) {
	if at := os.Getenv("LXDB_HTTPS"); at != "" {
		home.address, home.ca, home.password = at, os.Getenv("LXDB_CA"), os.Getenv("LXDB_PASSWORD")
		return func() {}, nil
	}
	dir, err := os.MkdirTemp("", "lxdb-go-")
	if err != nil {
		return nil, err
	}
	clean := func() { os.RemoveAll(dir) }
	binary := os.Getenv("LXDB")
	if binary == "" {
		binary = filepath.Join(dir, "lxdb")
		build := exec.Command("go", "build", "-o", binary, "./cmd/lxdb")
		build.Dir = filepath.Join("..", "..")
		build.Env = append(os.Environ(), "GOFLAGS="+strings.ReplaceAll(os.Getenv("GOFLAGS"), "-mod=mod", ""))
		if out, err := build.CombinedOutput(); err != nil {
			clean()
			return nil, fmt.Errorf("%w: %s", err, out)
		}
	}
	data := filepath.Join(dir, "data")
	server := exec.Command(binary, "serve", "--data", data, "--https", "127.0.0.1:0", "--mysql", "off", "--kivi", "off", "--ldap", "off", "--ldaps", "off")
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		clean()
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	stop = func() {
		server.Process.Signal(os.Interrupt)
		<-ended
		clean()
	}
	if err := ready(data, ended); err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

// ready waits for the file that the server writes when it listens.
func ready(data string, ended chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var points struct{ HTTPS string }
		if text, err := os.ReadFile(filepath.Join(data, "endpoints.json")); err == nil && json.Unmarshal(text, &points) == nil {
			password, err := os.ReadFile(filepath.Join(data, "root.password"))
			home.address, home.ca, home.password = points.HTTPS, filepath.Join(data, "ca.crt"), strings.TrimSpace(string(password))
			return err
		}
		select {
		case <-tick.C:
		case err := <-ended:
			ended <- err
			return fmt.Errorf("it ended: %w", err)
		case <-ctx.Done():
			return errors.New("it is not ready after a minute")
		}
	}
}

// dsn names a user of the server.
func dsn(user, password, database, options string) string {
	u := url.URL{Scheme: "lxdb", User: url.UserPassword(user, password), Host: home.address, Path: "/" + database}
	u.RawQuery = "ca=" + url.QueryEscape(home.ca) + options
	return u.String()
}

func open(t testing.TB, name string) *sql.DB {
	t.Helper()
	db, err := sql.Open("lxdb", name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// lab is root in a database of the test's own.
func lab(t testing.TB, options string) *sql.DB {
	t.Helper()
	name := "go_" + strings.ToLower(strings.NewReplacer("/", "_").Replace(t.Name()))
	run(t, open(t, dsn("root", home.password, "", "")), "DROP DATABASE IF EXISTS "+name, "CREATE DATABASE "+name)
	return open(t, dsn("root", home.password, name, options))
}

func run(t testing.TB, db *sql.DB, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}
