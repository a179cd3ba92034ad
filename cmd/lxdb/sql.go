package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/shell"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	lxdb "github.com/lxdb/lxdb/drivers/go"
	"github.com/lxdb/lxdb/internal/instance"
)

// webFlags say which HTTPS server is meant and how it is verified.
type webFlags struct {
	data, ca, fingerprint string
}

func (f *webFlags) add(flags *pflag.FlagSet) {
	addDataFlag(flags, &f.data)
	flags.StringVar(&f.ca, "ca", "", "`file` with the CA certificate (default DIR/ca.crt, else the system's authorities)")
	flags.StringVar(&f.fingerprint, "fingerprint", "", "SHA-256 `fingerprint` of the CA certificate, instead of the file")
}

// config is the server of a DSN, or the one that runs on the data directory.
func (f *webFlags) config(c *cobra.Command, dsn string) (lxdb.Config, error) {
	if dsn != "" {
		if !strings.Contains(dsn, "://") {
			dsn = "lxdb://" + dsn
		}
		u, err := url.Parse(dsn)
		if err != nil {
			return lxdb.Config{}, usage(c, errors.New("the DSN is no URL"))
		}
		if _, given := u.User.Password(); given {
			return lxdb.Config{}, usage(c, errors.New("the DSN has a password, which everybody on this machine can see")).
				withHint("leave it out: it is asked for, or read from --password-file or $LXDB_PASSWORD")
		}
		cfg, err := lxdb.ParseDSN(dsn)
		if err != nil {
			return cfg, usage(c, err)
		}
		if cfg.CAFile == "" && cfg.Fingerprint == "" && f.data != "" {
			dir, err := dataDir(c, f.data)
			if err != nil {
				return cfg, err
			}
			cfg.CAFile = sqlconn.CAFile(dir)
		}
		return cfg, f.verify(c, &cfg)
	}
	dir, err := dataDir(c, f.data)
	if err != nil {
		return lxdb.Config{}, err
	}
	e, err := instance.ReadEndpoints(dir)
	if err != nil {
		return lxdb.Config{}, failure("no server runs on %s", dir).withHint("start it with \"lxdb serve --data %s\"", dir)
	}
	if e.HTTPS == "" {
		return lxdb.Config{}, failure("the server on %s has no HTTPS", dir).withHint("start it with --https HOST:PORT")
	}
	host, port, err := sqlconn.Reachable(e.HTTPS)
	if err != nil {
		return lxdb.Config{}, err
	}
	cfg := lxdb.Config{Address: net.JoinHostPort(host, port), CAFile: sqlconn.CAFile(dir)}
	return cfg, f.verify(c, &cfg)
}

// verify takes the flags about the CA, which win.
func (f *webFlags) verify(c *cobra.Command, cfg *lxdb.Config) error {
	if f.ca != "" && f.fingerprint != "" {
		return usage(c, errors.New("--ca and --fingerprint exclude each other"))
	}
	if f.ca != "" || f.fingerprint != "" {
		cfg.CAFile, cfg.Fingerprint = f.ca, f.fingerprint
	}
	return nil
}

// sqlFlags are the flags of sql.
type sqlFlags struct {
	web                      webFlags
	user, database, password string
	execute, file, format    string
	quiet                    bool
}

func newSQL() *cobra.Command {
	var f sqlFlags
	c := &cobra.Command{
		Use:   "sql [DSN]",
		Short: "Run statements over HTTPS, or a shell",
		Long: `Run statements over HTTPS: those of -e, of a file, of standard input, or those that
you type in a shell with history, completion and shortcuts (\? lists them). ^C cancels
the statement that runs. Results longer than the screen go through $LXDB_PAGER, $PAGER
or less. The history is in ~/.lxdb_history, or in the file that $LXDB_HISTORY names;
what may have a password in it is not kept.

A DSN is lxdb://USER@HOST:PORT/DATABASE, without a password. Without one the server of
--data is meant. The password is read from --password-file, from $LXDB_PASSWORD, from
root.password in the data directory for root, or asked for.

The server is verified with the CA certificate of the data directory, of --ca, or by
its --fingerprint, which "lxdb cert ca" prints.

Statements stop at the first that fails. Counts and times go to standard error.`,
		Example: `  lxdb sql --data ./data
  lxdb sql --data ./data -u marie -D lab -e 'SELECT * FROM element' --format csv
  lxdb sql lxdb://marie@db.example.org:1529/lab --ca ca.crt -f script.sql`,
		Args: atMost("DSN"),
		RunE: func(c *cobra.Command, args []string) error { return statementsOver(c, f, append(args, "")[0]) },
	}
	flags := c.Flags()
	f.web.add(flags)
	flags.StringVarP(&f.user, "user", "u", "", "`name` to log in with (default the DSN's, else root)")
	flags.StringVarP(&f.database, "database", "D", "", "`database` to begin in")
	flags.StringVar(&f.password, "password-file", "", "`file` with the password")
	flags.StringVarP(&f.execute, "execute", "e", "", "`statements` to run")
	flags.StringVarP(&f.file, "file", "f", "", "`file` with statements to run")
	flags.StringVar(&f.format, "format", "", "how results are shown: table, vertical, csv, tsv or json (default table for a terminal, else tsv)")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no counts and times")
	return c
}

func statementsOver(c *cobra.Command, f sqlFlags, dsn string) (err error) {
	cfg, err := f.web.config(c, dsn)
	if err != nil {
		return err
	}
	if f.user != "" {
		cfg.User = f.user
	}
	if cfg.User == "" {
		cfg.User = "root"
	}
	if f.database != "" {
		cfg.Database = f.database
	}
	format, err := f.chosen(c)
	if err != nil {
		return err
	}
	text, typed, err := f.statements(c)
	if err != nil {
		return err
	}
	if cfg.Password, err = f.secret(c, cfg.User, dsn, typed); err != nil {
		return err
	}
	s, err := shell.New(c.Context(), shell.Options{
		Config: cfg, Out: c.OutOrStdout(), Err: c.ErrOrStderr(), Format: format, Quiet: f.quiet,
		History: shell.HistoryFile(), Pager: shell.PagerCommand(),
	})
	if err != nil {
		return clientFailure(err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if typed {
		return s.Interactive(c.Context(), os.Stdin, terminal{os.Stdin, c.OutOrStdout()})
	}
	return clientFailure(s.Script(c.Context(), text))
}

// terminal is what the line editor reads and writes.
type terminal struct {
	io.Reader
	io.Writer
}

// clientFailure makes the hint of the server's error one of ours.
func clientFailure(err error) error {
	var told *lxdb.Error
	if !errors.As(err, &told) {
		if text, ok := strings.CutPrefix(fmt.Sprint(err), "lxdb: "); ok {
			return failure("%s", text)
		}
		return err
	}
	out := failure("%d (%s): %s", told.Number, told.SQLState, told.Message)
	if told.Hint != "" {
		return out.withHint("%s", told.Hint)
	}
	return out
}

// chosen is the format of the flag, or the one that fits where results go.
func (f *sqlFlags) chosen(c *cobra.Command) (shell.Format, error) {
	format := shell.Format(f.format)
	if format == "" {
		if out, ok := c.OutOrStdout().(*os.File); ok && term.IsTerminal(int(out.Fd())) {
			return "table", nil
		}
		return "tsv", nil
	}
	if !slices.Contains(shell.Formats, format) {
		return "", usage(c, fmt.Errorf("there is no format %q", f.format)).withHint("formats are table, vertical, csv, tsv and json")
	}
	return format, nil
}

// statements is the text to run; typed says that a person types it.
func (f *sqlFlags) statements(c *cobra.Command) (text string, typed bool, err error) {
	switch {
	case f.execute != "" && f.file != "":
		return "", false, usage(c, errors.New("-e and -f exclude each other"))
	case f.execute != "":
		return f.execute, false, nil
	case f.file != "":
		b, err := os.ReadFile(f.file)
		return string(b), false, err
	}
	if in, ok := c.InOrStdin().(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		return "", true, nil
	}
	b, err := io.ReadAll(c.InOrStdin())
	return string(b), false, err
}

// secret finds the password: never on the command line.
func (f *sqlFlags) secret(c *cobra.Command, name, dsn string, typed bool) (string, error) {
	if f.password != "" {
		return instance.ReadPasswordFile(f.password)
	}
	if p := os.Getenv("LXDB_PASSWORD"); p != "" {
		return p, nil
	}
	if name == "root" && dsn == "" {
		if dir, err := dataDir(c, f.web.data); err == nil {
			if p, err := instance.ReadPasswordFile(instance.RootPasswordFile(dir)); err == nil {
				return p, nil
			}
		}
	}
	if in, ok := c.InOrStdin().(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		return askPassword(in, c.ErrOrStderr(), fmt.Sprintf("Password of %s: ", name))
	}
	return "", failure("no password for %s", name).withHint("name a file with --password-file, or set LXDB_PASSWORD")
}
