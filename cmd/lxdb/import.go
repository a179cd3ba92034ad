package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/go-sql-driver/mysql"
	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/csvload"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/progress"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/internal/instance"
)

// importFlags are the flags of import.
type importFlags struct {
	table, data, rootPassword string
	dsn, ca, password         string
	delimiter, null           string
	key                       []string
	createDatabase            bool
}

func newImport() *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use:   "import FILE.csv",
		Short: "Load a CSV file into a table",
		Long: `Load a CSV file into a table: all rows or, when anything is wrong, none. The first
line names the columns, in any order.

A table that does not exist is made. Its column types are the narrowest of INT,
BIGINT, DECIMAL, DOUBLE, DATE, DATETIME, VARCHAR and TEXT that keep every field as it
is written, so codes like 007 stay text. A column without empty fields is NOT NULL.
The first column becomes the primary key if its fields are unique. What was chosen
is printed. The rows are gathered in a table named import_…, which gets its name when
all are there; a load that is killed leaves that one behind, and it can be dropped.
A table that exists gets all rows in one transaction.

An empty field is NULL in a column that may be NULL, else empty text; --null names
another text for NULL, and empty fields then stay empty text.

Bad lines are listed as file:line: column: reason.

With --data the load goes through the running server, or to the directory itself
when none runs, as root. With --dsn it goes to a server as another user, whose
password is read from --password-file.`,
		Example: `  lxdb import country.csv --table world.country --data ./data
  lxdb import sales.tsv --table shop.sales --delimiter tab --create-database --data ./data
  lxdb import t.csv --table lab.t --dsn 'marie@tcp(db.example.org:3306)/' --ca ca.crt --password-file marie.password`,
		Args: exactly("FILE.csv"),
		RunE: func(c *cobra.Command, args []string) error { return importFile(c, f, args[0]) },
	}
	flags := c.Flags()
	flags.StringVar(&f.table, "table", "", "`database.table` to load into")
	addDataFlag(flags, &f.data)
	flags.StringVar(&f.rootPassword, "root-password-file", "", "`file` with root's password (default DIR/root.password)")
	flags.StringVar(&f.dsn, "dsn", "", "server to load into instead of --data: `USER@tcp(HOST:PORT)/`")
	flags.StringVar(&f.ca, "ca", "", "`file` with the CA certificate of the --dsn server")
	flags.StringVar(&f.password, "password-file", "", "`file` with the password of the --dsn user")
	flags.StringVar(&f.delimiter, "delimiter", ",", "`character` between fields, or the word tab")
	flags.StringVar(&f.null, "null", "", "`text` of a field that means NULL (default the empty field)")
	flags.StringSliceVar(&f.key, "primary-key", nil, "`columns` of a new table's primary key, separated by commas")
	flags.BoolVar(&f.createDatabase, "create-database", false, "make the database if it does not exist")
	return c
}

func importFile(c *cobra.Command, f importFlags, file string) error {
	opts, err := f.options(c, file)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return failure("%s is not a file", file).withHint("a load reads its input twice")
	}
	ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second ^C ends at once
	conn, err := f.connect(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(load(ctx, c, f, conn, opts, info.Size()), conn.Close())
}

func load(ctx context.Context, c *cobra.Command, f importFlags, conn sqlconn.Conn, opts csvload.Options, size int64) error {
	stderr := c.ErrOrStderr()
	if f.createDatabase {
		if _, err := conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+instance.QuoteName(opts.Database)); err != nil {
			return fmt.Errorf("create the database: %w", err)
		}
	}
	bar := progress.New(stderr, opts.File, size)
	opts.Progress = bar.Set
	opts.Note = func(line string) {
		bar.Clear()
		fmt.Fprintln(stderr, line)
	}
	began := time.Now()
	res, err := csvload.Load(ctx, conn, opts)
	bar.Clear()
	if err != nil {
		return loadError(ctx, stderr, opts, err)
	}
	fmt.Fprintf(stderr, "loaded %s into %s.%s in %.1f s\n", rowCount(res.Rows), opts.Database, opts.Table, time.Since(began).Seconds())
	return nil
}

// loadError shows the bad lines and adds the hints that the command line knows.
func loadError(ctx context.Context, stderr io.Writer, opts csvload.Options, err error) error {
	var bad *csvload.BadLines
	switch {
	case errors.As(err, &bad):
		bad.Print(stderr)
	case errors.Is(err, csvload.ErrNoDatabase):
		return (&hintError{err: err}).withHint("make it with --create-database")
	case errors.Is(err, csvload.ErrHeader):
		return (&hintError{err: err}).withHint("correct the first line of %s", opts.File)
	case ctx.Err() != nil:
		return failure("interrupted, nothing was loaded")
	}
	return err
}

func rowCount(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

func (f importFlags) options(c *cobra.Command, file string) (csvload.Options, error) {
	opts := csvload.Options{File: file, Null: f.null, PrimaryKey: f.key}
	opts.Open = func() (io.ReadCloser, error) { return os.Open(file) }
	var ok bool
	if f.table == "" {
		return opts, usage(c, errors.New("no table")).withHint("say --table DATABASE.TABLE")
	}
	if opts.Database, opts.Table, ok = strings.Cut(f.table, "."); !ok || opts.Database == "" || opts.Table == "" || strings.Contains(opts.Table, ".") {
		return opts, usage(c, fmt.Errorf("--table %s names no table", f.table)).withHint("say --table DATABASE.TABLE")
	}
	var size int
	opts.Delimiter, size = utf8.DecodeRuneInString(f.delimiter)
	switch {
	case f.delimiter == "tab" || f.delimiter == `\t`:
		opts.Delimiter = '\t'
	case size == 0 || size != len(f.delimiter) || strings.ContainsRune("\"\r\n\uFFFD", opts.Delimiter):
		return opts, usage(c, fmt.Errorf("--delimiter %q is not one character that can separate fields", f.delimiter))
	}
	if f.dsn != "" && f.data != "" {
		return opts, usage(c, errors.New("--dsn and --data exclude each other"))
	}
	return opts, nil
}

// whoAndWhere is the part of a DSN that import looks at.
func whoAndWhere(dsn *mysql.Config) string {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Net, cfg.Addr = dsn.User, "tcp", dsn.Addr
	return cfg.FormatDSN()
}

func (f importFlags) connect(ctx context.Context, c *cobra.Command) (sqlconn.Conn, error) {
	if f.dsn == "" {
		dir, err := dataDir(c, f.data)
		if err != nil {
			return nil, err
		}
		return sqlconn.Admin(ctx, dir, f.rootPassword)
	}
	dsn, err := mysql.ParseDSN(f.dsn)
	switch {
	case err != nil:
		return nil, usage(c, fmt.Errorf("--dsn: %w", err)).withHint("a DSN is USER@tcp(HOST:PORT)/")
	case dsn.Passwd != "":
		return nil, usage(c, errors.New("--dsn has a password, which every user of this machine could read")).
			withHint("put it into a file and name that with --password-file")
	case dsn.FormatDSN() != whoAndWhere(dsn):
		return nil, usage(c, errors.New("--dsn says more than who connects and where")).
			withHint("a DSN is USER@tcp(HOST:PORT)/: --table names the database, and the server is always verified with --ca")
	case f.ca == "" || f.password == "":
		return nil, usage(c, errors.New("--dsn needs --ca and --password-file")).
			withHint("the server's administrator has the CA certificate: lxdb cert ca")
	}
	password, err := instance.ReadPasswordFile(f.password)
	if err != nil {
		return nil, err
	}
	return sqlconn.Dial(ctx, sqlconn.Target{Address: dsn.Addr, User: dsn.User, Password: password, CAFile: f.ca})
}
