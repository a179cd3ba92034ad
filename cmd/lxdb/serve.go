package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/progress"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/internal/instance"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/authn"
)

const (
	// drainTime is how long running statements may go on after a signal. What runs
	// then has another second to be ended, so that the process is gone within ten.
	drainTime = 9 * time.Second
	// renewEvery is how often the server certificate's age is looked at.
	renewEvery = 24 * time.Hour
)

// serveFlags are the flags of serve.
type serveFlags struct {
	data, config, rootPassword      string
	mysql, https, kivi, ldap, ldaps string
	san, ldapURL                    []string
	restrictTableCreation           bool
	eventScheduler                  bool
	noConnectionRules               bool
	outside                         instance.Outside
	passwordMinLength               int
	passwords                       authn.Policy
	userAdminScope                  string
	adminDataAccess                 string
	dropUserKeepsObjects            bool
	alterKeyword                    string
	sessions                        engine.SessionLimits
	audit                           auditFlags
}

func newServe() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server on a data directory until SIGTERM or ^C, which let running
statements finish.

The first start creates the directory with a certificate authority (ca.crt, which
clients verify the server with), a server certificate, and the user root with a
random password (root.password). When clients can connect, endpoints.json in the
directory has the addresses.

Port 0 picks a free port; the address "off" disables a listener.

A configuration file has "key = value" lines; a key is the name of one of these
flags, for example "mysql = 127.0.0.1:3306". Flags on the command line win.

With --ldap-url users and groups can be those of a company's LDAP directory. Its
other settings stand in the configuration file; "lxdb ldap test" lists and tries
them. The bundled directory is then off, unless --ldap or --ldaps is given.`,
		Example: `  lxdb serve --data ./data
  lxdb serve --data ./data --mysql 0.0.0.0:3306 --san db.example.org`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if f.config != "" {
				if err := readConfig(f.config, c.Flags(), &f.outside); err != nil {
					return usage(c, err)
				}
			}
			return serve(c, f)
		},
	}
	flags := c.Flags()
	addDataFlag(flags, &f.data)
	flags.StringVar(&f.mysql, "mysql", "127.0.0.1:3306", "`address` for MySQL clients")
	flags.StringVar(&f.https, "https", "127.0.0.1:1529", "`address` for HTTPS: SQL drivers, the JSON API, metrics")
	flags.StringVar(&f.kivi, "kivi", "127.0.0.1:9876", "`address` for the KiVi direct API (not in this release)")
	flags.StringVar(&f.ldap, "ldap", "127.0.0.1:1389", "`address` for the LDAP directory, with StartTLS")
	flags.StringVar(&f.ldaps, "ldaps", "127.0.0.1:1636", "`address` for the LDAP directory, with TLS from the start")
	flags.StringArrayVar(&f.san, "san", nil, "further host `name` or address in the server certificate; may be repeated")
	flags.StringVar(&f.rootPassword, "root-password-file", "", "`file` with root's password for a new database, instead of a random one")
	flags.StringArrayVar(&f.ldapURL, "ldap-url", nil, "`URL` of a company's LDAP directory; may be repeated, the first that answers is used")
	flags.BoolVar(&f.eventScheduler, "event-scheduler", false, "run events from the start; SET GLOBAL event_scheduler switches it")
	flags.BoolVar(&f.noConnectionRules, "no-connection-rules", false, "let every address connect, for who has locked himself out")
	flags.BoolVar(&f.restrictTableCreation, "restrict-table-creation", false, "give new users no rights on the database of their name")
	flags.IntVar(&f.passwordMinLength, "password-min-length", 1, "a new password has at least `n` characters and, above 1, is not the user's name")
	flags.IntVar(&f.passwords.LifetimeDays, "password-lifetime-days", 0, "a password must be changed after `n` days; 0 is never")
	flags.IntVar(&f.passwords.History, "password-history", 0, "none of the last `n` passwords can be set again")
	flags.IntVar(&f.passwords.ReuseDays, "password-reuse-days", 0, "no password of the last `n` days can be set again")
	flags.BoolVar(&f.passwords.RequireCurrent, "password-require-current", false, "who changes his own password has to give the one he has")
	flags.StringVar(&f.userAdminScope, "user-admin-scope", "ordinary", "whom USER ADMIN administers: ordinary accounts, or his own, which he made")
	flags.StringVar(&f.adminDataAccess, "admin-data-access", "on", "what SYSTEM ADMIN may do with data: on, everything, or off, what was granted")
	flags.BoolVar(&f.dropUserKeepsObjects, "drop-user-keeps-objects", false, "DROP USER makes what the user owns the property of who drops him")
	flags.StringVar(&f.alterKeyword, "alter-keyword-dialect", "leanxcale", "what GRANT ALTER ON TABLE gives: all that leanxcale means by it, or mysql's ALTER TABLE alone; SET alter_keyword_dialect switches it")
	flags.IntVar(&f.sessions.All, "max-connections", engine.DefaultSessions, "at most `n` logged-in connections; administrators have a few more")
	flags.IntVar(&f.sessions.PerUser, "max-user-connections", 0, "at most `n` of them for one user; 0 is half of --max-connections")
	f.audit.add(flags)
	flags.StringVar(&f.config, "config", "", "`file` with settings")
	return c
}

// options checks the flags.
func (f serveFlags) options(c *cobra.Command) (instance.Options, error) {
	opts := instance.Options{
		MySQL: f.mysql, HTTPS: f.https, LDAP: f.ldap, LDAPS: f.ldaps, Names: f.san,
		PasswordMinLength: f.passwordMinLength, Sessions: f.sessions, Logger: operatorLog(c.ErrOrStderr()),
	}
	var err error
	if opts.Dir, err = dataDir(c, f.data); err != nil {
		return opts, err
	}
	for _, l := range []struct{ name, address string }{
		{"mysql", f.mysql}, {"https", f.https}, {"kivi", f.kivi}, {"ldap", f.ldap}, {"ldaps", f.ldaps},
	} {
		if err := checkAddress(l.address); err != nil {
			return opts, usage(c, fmt.Errorf("--%s: %w", l.name, err)).withHint("an address is HOST:PORT, for example 127.0.0.1:0, or off")
		}
	}
	for _, url := range f.ldapURL {
		if _, _, err := f.outside.Set("ldap-url", url); err != nil {
			return opts, usage(c, err)
		}
	}
	opts.Outside, opts.RestrictTableCreation, opts.EventScheduler = &f.outside, f.restrictTableCreation, f.eventScheduler
	opts.NoConnectionRules = f.noConnectionRules
	if f.outside.Configured() {
		offUnlessGiven(c, "ldap", &opts.LDAP)
		offUnlessGiven(c, "ldaps", &opts.LDAPS)
	}
	if n := f.passwordMinLength; n < 1 || n > authn.MaxMinLength {
		return opts, usage(c, fmt.Errorf("--password-min-length: %d is not in 1 to %d", n, authn.MaxMinLength))
	}
	if f.passwords.History > accounts.MaxPast {
		return opts, usage(c, fmt.Errorf("--password-history: %d is not in 0 to %d", f.passwords.History, accounts.MaxPast))
	}
	if err := f.passwords.Validate(); err != nil {
		return opts, usage(c, err)
	}
	switch opts.Passwords = f.passwords; f.userAdminScope {
	case "ordinary":
	case "own":
		opts.UserAdminScope = accounts.Own
	default:
		return opts, usage(c, fmt.Errorf("--user-admin-scope: %q is neither ordinary nor own", f.userAdminScope))
	}
	switch opts.DropUserKeepsObjects = f.dropUserKeepsObjects; f.adminDataAccess {
	case "on":
	case "off":
		opts.BlindAdmins = true
	default:
		return opts, usage(c, fmt.Errorf("--admin-data-access: %q is neither on nor off", f.adminDataAccess))
	}
	switch opts.AlterKeyword = f.alterKeyword; f.alterKeyword {
	case "leanxcale", "mysql":
	default:
		return opts, usage(c, fmt.Errorf("--alter-keyword-dialect: %q is neither leanxcale nor mysql", f.alterKeyword))
	}
	if f.sessions.All < 1 || f.sessions.PerUser < 0 {
		return opts, usage(c, errors.New("--max-connections and --max-user-connections are numbers above 0"))
	}
	if opts.Audit, err = f.audit.options(); err != nil {
		return opts, usage(c, err)
	}
	if f.rootPassword != "" {
		if opts.RootPassword, err = instance.ReadPasswordFile(f.rootPassword); err != nil {
			return opts, err
		}
	}
	return opts, nil
}

// offUnlessGiven keeps the bundled directory from being a second one beside the
// company's, unless somebody asked for it.
func offUnlessGiven(c *cobra.Command, flag string, address *string) {
	if !c.Flags().Changed(flag) {
		*address = instance.Off
	}
}

func checkAddress(address string) error {
	if address == instance.Off {
		return nil
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("address %s: the port is no number from 0 to 65535", address)
	}
	return nil
}

// operatorLog shows what an operator must know while the server runs.
func operatorLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func serve(c *cobra.Command, f serveFlags) error {
	opts, err := f.options(c)
	if err != nil {
		return err
	}
	// The signals are ours before the addresses are published: whoever sees the
	// file may stop the server.
	ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	// A start is short and is not cut in the middle: a signal meets a server that
	// can be shut down.
	s, err := instance.Start(context.WithoutCancel(ctx), opts)
	if err != nil {
		return err
	}
	collectLess()
	printReady(c.OutOrStdout(), s, opts)
	return serveUntil(ctx, stop, c.ErrOrStderr(), s)
}

// serveUntil serves until ctx ends or a listener breaks, then shuts down. A
// second signal meets the default action and ends the process at once.
func serveUntil(ctx context.Context, stop func(), stderr io.Writer, s *instance.Server) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	daily := time.NewTicker(renewEvery)
	defer daily.Stop()
	var failed error
	for waiting := true; waiting; {
		select {
		case <-ctx.Done():
			waiting = false
		case failed = <-s.Failed():
			waiting = false
		case <-hangup:
			renew(stderr, s)
		case <-daily.C:
			renew(stderr, s)
		}
	}
	stop()
	if progress.IsTerminal(stderr) {
		fmt.Fprintln(stderr, "\nstopping; once more ends at once") // after the terminal's ^C
	}
	drain, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	return errors.Join(failed, s.Shutdown(drain))
}

// renew reads the TLS files again. What is in use stays in use when it fails.
func renew(stderr io.Writer, s *instance.Server) {
	if err := s.TLS().Renew(); err != nil {
		report(stderr, fmt.Errorf("renew the server certificate: %w", err))
	}
}

func printReady(w io.Writer, s *instance.Server, opts instance.Options) {
	e := s.Endpoints()
	fmt.Fprintf(w, "lxdb is ready on %s\n\n", opts.Dir)
	for _, l := range []struct{ name, address, how string }{{"LDAP", e.LDAP, "StartTLS"}, {"LDAPS", e.LDAPS, "TLS"}} {
		if l.address != "" {
			fmt.Fprintf(w, "  %-12s %s, %s\n", l.name, l.address, l.how)
		}
	}
	for _, url := range opts.Outside.Client.URLs {
		fmt.Fprintf(w, "  %-12s %s\n", "directory", url)
	}
	if e.HTTPS != "" {
		fmt.Fprintf(w, "  %-12s %s\n", "HTTPS", e.HTTPS)
	}
	if e.MySQL != "" {
		fmt.Fprintf(w, "  %-12s %s, TLS only\n", "MySQL", e.MySQL)
	} else {
		fmt.Fprintf(w, "  %-12s off\n", "MySQL")
	}
	if e.MySQL != "" || e.HTTPS != "" {
		printHow(w, s, opts)
	}
	fmt.Fprintf(w, "\nStop with ^C or SIGTERM.\n")
}

// printHow says what who connects needs.
func printHow(w io.Writer, s *instance.Server, opts instance.Options) {
	password := "as set before"
	if _, err := os.Stat(instance.RootPasswordFile(opts.Dir)); err == nil {
		password = "in " + instance.RootPasswordFile(opts.Dir)
	}
	fmt.Fprintf(w, "  CA           %s\n", s.TLS().AuthorityFile())
	fmt.Fprintf(w, "  fingerprint  SHA-256 %s\n", s.TLS().AuthorityFingerprint())
	fmt.Fprintf(w, "  user         root, password %s\n\n", password)
	fmt.Fprintf(w, "Connect with\n\n")
	e := s.Endpoints()
	if host, port, err := sqlconn.Reachable(e.MySQL); err == nil {
		fmt.Fprintf(w, "  mariadb -h %s -P %s -u root -p --ssl-ca=%s --ssl-verify-server-cert\n", host, port, s.TLS().AuthorityFile())
	}
	if host, port, err := sqlconn.Reachable(e.HTTPS); err == nil {
		fmt.Fprintf(w, "  curl --cacert %s -u root https://%s/api/v1/query -d '{\"sql\": \"SELECT 1\"}'\n", s.TLS().AuthorityFile(), net.JoinHostPort(host, port))
	}
}
