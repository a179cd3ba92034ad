package csvload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/internal/instance"
)

// Options say what to load and where to.
type Options struct {
	File      string // its name in messages
	Open      func() (io.ReadCloser, error)
	Database  string
	Table     string
	Delimiter rune   // 0 is the comma
	Null      string // the field that means NULL; empty fields by default
	// PrimaryKey are the columns of a new table's key; empty lets Load choose.
	PrimaryKey []string
	// Note gets a line for each choice that the caller should see; may be nil.
	Note func(line string)
	// Progress gets how many bytes were read in a phase, "checking" or
	// "loading"; may be nil.
	Progress func(phase string, bytes int64)
}

// Errors of Load, besides *BadLines and those of the connection.
var (
	// ErrNoDatabase: the database of the table does not exist.
	ErrNoDatabase = errors.New("no such database")
	// ErrHeader: the header names columns that the table does not have, or
	// lacks one that it needs.
	ErrHeader = errors.New("the header does not fit the table")
)

// Result is what a load did.
type Result struct {
	Rows    int64
	Created bool // there was no table
}

// Load loads a file: all rows or, with an error, none. When ctx ends, it stops
// between two statements and undoes what it did.
func Load(ctx context.Context, db sqlconn.Conn, opts Options) (Result, error) {
	if opts.Delimiter == 0 {
		opts.Delimiter = ','
	}
	if opts.Note == nil {
		opts.Note = func(string) {}
	}
	if opts.Progress == nil {
		opts.Progress = func(string, int64) {}
	}
	l := &loader{db: db, opts: opts, interrupted: ctx.Err}
	// A statement that is cancelled takes its connection with it, and with that
	// the way to undo.
	ctx = context.WithoutCancel(ctx)
	exists, err := l.lookUp(ctx)
	if err != nil {
		return Result{}, err
	}
	if exists {
		return l.intoTable(ctx)
	}
	return l.intoNewTable(ctx)
}

type loader struct {
	db   sqlconn.Conn
	opts Options
	// interrupted is not nil when the load should stop.
	interrupted func() error

	phase   string
	columns []column // of the table, or those chosen
	fields  []column // of columns, one for each field of the file
}

func (l *loader) progress(bytes int64) { l.opts.Progress(l.phase, bytes) }

func (l *loader) qualified(table string) string {
	return instance.QuoteName(l.opts.Database) + "." + instance.QuoteName(table)
}

// lookUp finds the table and its columns.
func (l *loader) lookUp(ctx context.Context) (bool, error) {
	// RENAME TABLE needs a current database even when both names have one.
	_, err := l.db.Exec(ctx, "USE "+instance.QuoteName(l.opts.Database))
	var answer *sqlconn.Error
	if errors.As(err, &answer) && answer.IsUnknownDatabase() {
		return false, fmt.Errorf("%w: %s", ErrNoDatabase, l.opts.Database)
	}
	if err != nil {
		return false, fmt.Errorf("look for the database: %w", err)
	}
	tables, err := l.db.Query(ctx, "SHOW TABLES FROM "+instance.QuoteName(l.opts.Database))
	if err != nil {
		return false, fmt.Errorf("look for the table: %w", err)
	}
	exists := slices.ContainsFunc(tables.Rows, func(row []*string) bool {
		return strings.EqualFold(sqlconn.Text(row[0]), l.opts.Table)
	})
	if !exists {
		return false, nil
	}
	columns, err := l.db.Query(ctx, "SHOW COLUMNS FROM "+l.qualified(l.opts.Table))
	if err != nil {
		return false, fmt.Errorf("look at the table: %w", err)
	}
	l.columns, err = columnsOf(columns)
	return true, err
}

// match finds the column of each field.
func (l *loader) match(header []string) error {
	taken := map[string]bool{}
	for _, name := range header {
		i := slices.IndexFunc(l.columns, func(c column) bool { return strings.EqualFold(c.name, name) })
		switch {
		case i < 0:
			return fmt.Errorf("%w: %s has no column %q", ErrHeader, l.opts.Table, name)
		case l.columns[i].generated:
			return fmt.Errorf("%w: column %q is generated and takes no value", ErrHeader, name)
		}
		taken[l.columns[i].name] = true
		l.fields = append(l.fields, l.columns[i])
	}
	for _, c := range l.columns {
		if !taken[c.name] && !c.omittable {
			return fmt.Errorf("%w: column %q is missing, and it has no default", ErrHeader, c.name)
		}
	}
	return nil
}

// intoTable loads into a table that exists: one transaction.
func (l *loader) intoTable(ctx context.Context) (res Result, err error) {
	r, err := l.open()
	if err != nil {
		return res, err
	}
	if err := l.match(r.header); err != nil {
		return res, errors.Join(err, r.close())
	}
	l.phase = "checking"
	bad := &BadLines{File: l.opts.File}
	err = l.scan(r, bad, func(line int, record []string) {
		for i, field := range record {
			if _, err := l.value(i, field); err != nil {
				bad.add(Fault{Line: line, Column: l.fields[i].name, Reason: err.Error()})
			}
		}
	})
	if err = errors.Join(err, r.close()); err != nil {
		return res, err
	}
	if bad.Total > 0 {
		return res, bad
	}
	if _, err := l.db.Exec(ctx, "START TRANSACTION"); err != nil {
		return res, err
	}
	res.Rows, err = l.insert(ctx, l.opts.Table, nil)
	if err != nil {
		_, undo := l.db.Exec(ctx, "ROLLBACK")
		return Result{}, errors.Join(err, undo)
	}
	if _, err := l.db.Exec(ctx, "COMMIT"); err != nil {
		return Result{}, fmt.Errorf("commit: %w", err)
	}
	return res, nil
}

// value converts a field for its column.
func (l *loader) value(i int, field string) (any, error) {
	c := &l.fields[i]
	if field != l.opts.Null {
		return c.convert(field)
	}
	if c.nullable {
		return nil, nil
	}
	if field == "" {
		if v, err := c.convert(""); err == nil {
			return v, nil // empty text is a value of a text column
		}
	}
	return nil, errors.New("there is no value, and the column must have one")
}
