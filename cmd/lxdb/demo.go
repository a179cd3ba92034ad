package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/howto"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/progress"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/tour"
	"github.com/lxdb/lxdb/internal/instance"
)

// demoMark is the file that makes a directory the demo's own: only there may it
// drop and make the tour's users again.
const demoMark = "demo"

// demoUsers are the users that the tour makes.
var demoUsers = []string{"einstein", "tesla"}

func newDemo() *cobra.Command {
	var data string
	var exit bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "Serve a real data set and show what is allowed and denied",
		Long: `Run a server on a free port of this machine with the world data set (countries,
currencies, languages, time zones), play a guided tour of the permissions against it
through the MySQL driver over TLS and over HTTPS (JSON and Avatica), say how to connect,
and serve until ^C.

Everything is in a temporary directory that is removed at the end, unless --data
names one to keep.`,
		Example: `  lxdb demo
  lxdb demo --data ./demo
  lxdb demo --exit`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error { return demo(c, data, exit) },
	}
	c.Flags().StringVar(&data, "data", "", "`directory` to keep (default a temporary one)")
	c.Flags().BoolVar(&exit, "exit", false, "end after the tour; exit code 1 if anything did not go as told")
	return c
}

func demo(c *cobra.Command, data string, exit bool) (err error) {
	ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	dir, remove, err := demoDir(data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	began := time.Now()
	s, err := instance.Start(context.WithoutCancel(ctx), instance.Options{Dir: dir, MySQL: "127.0.0.1:0", HTTPS: "127.0.0.1:0", Logger: operatorLog(c.ErrOrStderr())})
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "lxdb runs on %s, TLS only, with data in %s (%.1f s)\n", s.Endpoints().MySQL, dir, time.Since(began).Seconds())
	if err := showDemo(ctx, c, s, dir, data != ""); err != nil || exit {
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		return errors.Join(err, shutDown(s))
	}
	fmt.Fprintf(c.OutOrStdout(), "\nServing until ^C.\n")
	return serveUntil(ctx, stop, c.ErrOrStderr(), s)
}

// demoDir is the directory, and what to do with it at the end.
func demoDir(data string) (string, func() error, error) {
	keep := func() error { return nil }
	if data == "" {
		dir, err := os.MkdirTemp("", "lxdb-demo-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	dir, err := filepath.Abs(data)
	if err != nil {
		return "", keep, err
	}
	if _, err := os.Stat(filepath.Join(dir, demoMark)); instance.Exists(dir) && err != nil {
		return "", keep, failure("%s holds a database that is not a demo's", dir).
			withHint("the demo drops and makes users: name a new directory")
	}
	return dir, keep, nil
}

// showDemo loads the data, plays the tour and says how to connect.
func showDemo(ctx context.Context, c *cobra.Command, s *instance.Server, dir string, kept bool) error {
	if err := os.WriteFile(filepath.Join(dir, demoMark), []byte("made by lxdb demo\n"), 0o600); err != nil {
		return err
	}
	if err := prepareDemo(ctx, c, dir); err != nil {
		return err
	}
	root, err := instance.ReadPasswordFile(instance.RootPasswordFile(dir))
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	passwords := map[string]string{"root": root}
	for _, name := range demoUsers {
		passwords[name] = instance.RandomPassword()
	}
	at := s.Endpoints().MySQL
	n, err := tour.Run(ctx, tour.Options{
		Address: at, HTTPS: s.Endpoints().HTTPS, CAFile: sqlconn.CAFile(dir), Passwords: passwords, Out: out,
		Color: progress.IsTerminal(out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nAll %d statements did what the tour says.\n\n", n)
	fmt.Fprintf(out, "Try it yourself\n\n")
	for _, name := range append(demoUsers, "root") {
		fmt.Fprintf(out, "  %-9s password %s\n", name, passwords[name])
	}
	fmt.Fprintf(out, "\n  CA certificate %s\n  SHA-256 %s\n\n", s.TLS().AuthorityFile(), s.TLS().AuthorityFingerprint())
	if !kept {
		fmt.Fprintf(out, "  The directory is removed when the demo ends; \"lxdb demo --data DIR\" keeps one.\n\n")
	}
	return howto.Print(out, howto.Server{
		Address: at, HTTPS: s.Endpoints().HTTPS, CAFile: s.TLS().AuthorityFile(), User: "tesla", Password: passwords["tesla"], Database: tour.Database,
		Query: "SELECT name, official_name FROM country WHERE alpha2 < 'AG'",
	})
}

// prepareDemo loads the world and removes what an earlier tour left, as root.
func prepareDemo(ctx context.Context, c *cobra.Command, dir string) (err error) {
	conn, err := sqlconn.Admin(ctx, dir, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.Exec(ctx, "DROP GROUP IF EXISTS scigroup"); err != nil {
		return fmt.Errorf("remove the group of an earlier demo: %w", err)
	}
	for _, name := range demoUsers {
		if _, err := conn.Exec(ctx, "DROP USER IF EXISTS "+name+" CASCADE"); err != nil {
			return fmt.Errorf("remove the user %s of an earlier tour: %w", name, err)
		}
	}
	stderr := c.ErrOrStderr()
	bar := progress.New(stderr, "world", tour.WorldBytes())
	began := time.Now()
	var total int64
	err = tour.LoadWorld(ctx, conn, bar.Set, func(table string, rows int64) {
		total += rows
		if !progress.IsTerminal(stderr) {
			fmt.Fprintf(stderr, "loaded world.%s: %s\n", table, rowCount(rows))
		}
	})
	bar.Clear()
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "The world data set is there: %s in %.1f s\n", rowCount(total), time.Since(began).Seconds())
	return nil
}

func shutDown(s *instance.Server) error {
	drain, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	return s.Shutdown(drain)
}
