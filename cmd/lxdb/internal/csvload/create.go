package csvload

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/internal/instance"
)

// intoNewTable chooses columns, fills a table under a name that nobody else
// uses, and renames it when it is complete.
func (l *loader) intoNewTable(ctx context.Context) (Result, error) {
	key, err := l.choose()
	if err != nil {
		return Result{}, err
	}
	l.describe(key)
	staging := "import_" + strings.ToLower(rand.Text())[:12]
	if _, err := l.db.Exec(ctx, l.createStatement(staging, key)); err != nil {
		return Result{}, fmt.Errorf("create the table: %w", err)
	}
	rows, err := l.fill(ctx, staging)
	if err != nil {
		_, undo := l.db.Exec(ctx, "DROP TABLE "+l.qualified(staging))
		return Result{}, errors.Join(err, undo)
	}
	return Result{Rows: rows, Created: true}, nil
}

// fill loads the staging table in several transactions and puts it in its place.
func (l *loader) fill(ctx context.Context, staging string) (int64, error) {
	begin := func() error { _, err := l.db.Exec(ctx, "START TRANSACTION"); return err }
	commit := func() error { _, err := l.db.Exec(ctx, "COMMIT"); return err }
	if err := begin(); err != nil {
		return 0, err
	}
	rows, err := l.insert(ctx, staging, func() error { return errors.Join(commit(), begin()) })
	if err != nil {
		_, undo := l.db.Exec(ctx, "ROLLBACK")
		return 0, errors.Join(err, undo)
	}
	if err := commit(); err != nil {
		return 0, fmt.Errorf("commit: %w", err)
	}
	if _, err := l.db.Exec(ctx, "RENAME TABLE "+l.qualified(staging)+" TO "+l.qualified(l.opts.Table)); err != nil {
		return 0, fmt.Errorf("put the table in its place: %w", err)
	}
	return rows, nil
}

// choose reads the file and chooses the columns and the key of a new table.
func (l *loader) choose() (key []string, err error) {
	r, err := l.open()
	if err != nil {
		return nil, err
	}
	guesses := make([]*guess, len(r.header))
	for i := range guesses {
		guesses[i] = newGuess(i == 0 && len(l.opts.PrimaryKey) == 0)
	}
	l.phase = "checking"
	bad := &BadLines{File: l.opts.File}
	err = l.scan(r, bad, func(_ int, record []string) {
		for i, field := range record {
			guesses[i].add(field, field == l.opts.Null)
		}
	})
	if err = errors.Join(err, r.close()); err != nil {
		return nil, err
	}
	if bad.Total > 0 {
		return nil, bad
	}
	for i, g := range guesses {
		t := g.sqlType()
		l.columns = append(l.columns, column{name: r.header[i], sqlType: t, nullable: g.empty > 0 || total(g.seen) == 0, convert: converter(t)})
	}
	l.fields = l.columns
	if len(l.opts.PrimaryKey) > 0 {
		return l.givenKey()
	}
	if guesses[0].canBeKey() {
		return []string{l.columns[0].name}, nil
	}
	return nil, nil
}

// givenKey checks the key that the caller asked for.
func (l *loader) givenKey() (key []string, err error) {
	for _, name := range l.opts.PrimaryKey {
		i := slices.IndexFunc(l.columns, func(c column) bool { return strings.EqualFold(c.name, name) })
		switch {
		case i < 0:
			return nil, fmt.Errorf("%w: the primary key's column %q is not in %s", ErrHeader, name, l.opts.File)
		case l.columns[i].nullable:
			return nil, fmt.Errorf("%w: the primary key's column %q has empty fields", ErrHeader, name)
		}
		key = append(key, l.columns[i].name)
	}
	return key, nil
}

func (l *loader) createStatement(table string, key []string) string {
	var parts []string
	for _, c := range l.columns {
		part := instance.QuoteName(c.name) + " " + c.sqlType
		if !c.nullable {
			part += " NOT NULL"
		}
		parts = append(parts, part)
	}
	if len(key) > 0 {
		names := make([]string, len(key))
		for i, name := range key {
			names[i] = instance.QuoteName(name)
		}
		parts = append(parts, "PRIMARY KEY ("+strings.Join(names, ", ")+")")
	}
	return "CREATE TABLE " + l.qualified(table) + " (" + strings.Join(parts, ", ") + ")"
}

// describe says what was chosen, because a guess can be wrong.
func (l *loader) describe(key []string) {
	l.opts.Note(fmt.Sprintf("there is no table %s.%s; it is made from the file:", l.opts.Database, l.opts.Table))
	width := 0
	for _, c := range l.columns {
		width = max(width, len([]rune(c.name)))
	}
	for _, c := range l.columns {
		line := fmt.Sprintf("  %-*s  %s", width, c.name, c.sqlType)
		if !c.nullable {
			line += " NOT NULL"
		}
		if len(key) == 1 && key[0] == c.name {
			line += " PRIMARY KEY"
		}
		l.opts.Note(line)
	}
	switch {
	case len(key) > 1:
		l.opts.Note("  PRIMARY KEY (" + strings.Join(key, ", ") + ")")
	case len(key) == 0:
		l.opts.Note("  no primary key: the first column is not known to be unique")
	}
}
