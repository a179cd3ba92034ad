package csvload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/internal/instance"
)

const (
	batchRows   = 200 // rows of one statement
	batchValues = 2000
	// checkpointRows is how many rows of a new table go into one transaction.
	checkpointRows = 20_000
)

// insert sends all rows. After each checkpointRows it calls checkpoint, if any.
func (l *loader) insert(ctx context.Context, table string, checkpoint func() error) (n int64, err error) {
	r, err := l.open()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	b, err := l.newBatch(ctx, table)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	l.phase = "loading"
	sent := 0
	for {
		record, err := r.csv.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, fmt.Errorf("%s changed while it was read: %w", l.opts.File, err)
		}
		if err := l.interrupted(); err != nil {
			return 0, err
		}
		line, _ := r.csv.FieldPos(0)
		if err := b.add(ctx, line, record); err != nil {
			return 0, err
		}
		l.progress(r.csv.InputOffset())
		n++
		if sent++; checkpoint != nil && sent == checkpointRows {
			sent = 0
			if err := errors.Join(b.flush(ctx), checkpoint()); err != nil {
				return 0, err
			}
		}
	}
	if err := b.flush(ctx); err != nil {
		return 0, err
	}
	if b.bad.Total > 0 {
		return 0, b.bad
	}
	return n, nil
}

// batch gathers rows for one statement.
type batch struct {
	l     *loader
	table string
	full  sqlconn.Stmt // for size rows
	one   sqlconn.Stmt // for one row; nil until needed
	size  int
	args  []any
	lines []int
	bad   *BadLines // what the server refused
}

func (l *loader) newBatch(ctx context.Context, table string) (*batch, error) {
	b := &batch{l: l, table: table, bad: &BadLines{File: l.opts.File}}
	b.size = min(batchRows, max(1, batchValues/len(l.fields)))
	var err error
	if b.full, err = b.prepare(ctx, b.size); err != nil {
		return nil, fmt.Errorf("prepare the insert: %w", err)
	}
	return b, nil
}

func (b *batch) prepare(ctx context.Context, rows int) (sqlconn.Stmt, error) {
	names := make([]string, len(b.l.fields))
	for i, f := range b.l.fields {
		names[i] = instance.QuoteName(f.name)
	}
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(names)), ",") + ")"
	return b.l.db.Prepare(ctx, "INSERT INTO "+b.l.qualified(b.table)+" ("+strings.Join(names, ",")+") VALUES "+
		strings.TrimSuffix(strings.Repeat(row+",", rows), ","))
}

func (b *batch) add(ctx context.Context, line int, record []string) error {
	for i, field := range record {
		v, err := b.l.value(i, field)
		if err != nil {
			return fmt.Errorf("%s:%d changed while it was read: %w", b.l.opts.File, line, err)
		}
		b.args = append(b.args, v)
	}
	if b.lines = append(b.lines, line); len(b.lines) < b.size {
		return nil
	}
	return b.flush(ctx)
}

// flush sends what has been gathered. When the server refuses it, the rows go
// again one by one, to learn which ones and why.
func (b *batch) flush(ctx context.Context) error {
	defer func() { b.args, b.lines = b.args[:0], b.lines[:0] }()
	if len(b.lines) == b.size {
		_, err := b.full.Exec(ctx, b.args...)
		if err == nil {
			return nil
		}
		if !isRowFault(err) {
			return fmt.Errorf("%s:%d: %w", b.l.opts.File, b.lines[0], err)
		}
	}
	return b.oneByOne(ctx)
}

func (b *batch) oneByOne(ctx context.Context) (err error) {
	if b.one == nil && len(b.lines) > 0 {
		if b.one, err = b.prepare(ctx, 1); err != nil {
			return fmt.Errorf("prepare the insert: %w", err)
		}
	}
	width := len(b.l.fields)
	for i, line := range b.lines {
		if b.bad.full() {
			b.bad.Stopped = true
			return b.bad
		}
		_, err := b.one.Exec(ctx, b.args[i*width:(i+1)*width]...)
		switch {
		case err == nil:
		case isRowFault(err):
			b.bad.add(Fault{Line: line, Reason: err.Error()})
		default:
			return fmt.Errorf("%s:%d: %w", b.l.opts.File, line, err)
		}
	}
	return nil
}

func (b *batch) close() error {
	err := b.full.Close()
	if b.one != nil {
		err = errors.Join(err, b.one.Close())
	}
	return err
}

// isRowFault reports whether the server refused a row for what is in it, by the
// class of the SQLSTATE: 22 is a bad value, 23 a broken constraint.
func isRowFault(err error) bool {
	var e *sqlconn.Error
	return errors.As(err, &e) && (strings.HasPrefix(e.State, "22") || strings.HasPrefix(e.State, "23") || e.IsCheckViolated())
}
