package https

import (
	"context"
	"errors"
	"io"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/frontend/https/avatica"
)

// Metadata is read from information_schema by the caller's own session, so it has
// what the caller may see and nothing else. The rows are made into the form of JDBC as
// they are fetched.

// metaColumn is a column of a metadata result: its name in JDBC and its type.
type metaColumn struct {
	name string
	kind metaKind
}

type metaKind uint8

const (
	metaText metaKind = iota
	metaInt
	metaShort
	metaLong
	metaBool
)

var metaTypes = [...]session.Type{
	metaText: session.TypeVarChar, metaInt: session.TypeInt, metaShort: session.TypeSmallInt, metaLong: session.TypeBigInt, metaBool: session.TypeTinyInt,
}

// metaResult is the rows of inner, each as f makes it.
type metaResult struct {
	cols  []metaColumn
	inner session.Result
	stmt  session.Stmt                  // that inner is of; nil without one
	f     func(session.Row) session.Row // nil leaves a row out
	batch []session.Row
}

func (m *metaResult) Columns() []session.Column {
	out := make([]session.Column, len(m.cols))
	for i, c := range m.cols {
		out[i] = session.Column{Name: c.name, OrgName: c.name, Type: metaTypes[c.kind], Length: 256}
	}
	return out
}

// described are its columns as clients see them.
func (m *metaResult) described() []avatica.Column {
	cols := avatica.ColumnsOf(m.Columns())
	for i, c := range m.cols {
		if c.kind == metaBool {
			cols[i] = cols[i].As(avatica.Boolean())
		}
	}
	return cols
}

func (m *metaResult) Next(ctx context.Context) ([]session.Row, error) {
	for {
		rows, err := m.inner.Next(ctx)
		if err != nil {
			return nil, err
		}
		m.batch = m.batch[:0]
		for _, row := range rows {
			if made := m.f(row); made != nil {
				m.batch = append(m.batch, made)
			}
		}
		if len(m.batch) > 0 {
			return m.batch, nil
		}
	}
}

func (m *metaResult) Summary() session.Summary { return m.inner.Summary() }

func (m *metaResult) Close() error {
	err := m.inner.Close()
	if m.stmt != nil {
		err = errors.Join(err, m.stmt.Close())
	}
	return err
}

// fixed is a result whose rows are known.
type fixed struct {
	rows []session.Row
	done bool
}

func (f *fixed) Columns() []session.Column { return nil }
func (f *fixed) Summary() session.Summary  { return session.Summary{} }
func (f *fixed) Close() error              { return nil }

func (f *fixed) Next(context.Context) ([]session.Row, error) {
	if f.done || len(f.rows) == 0 {
		return nil, io.EOF
	}
	f.done = true
	return f.rows, nil
}

// fixedResult is a result with these rows.
func fixedResult(cols []metaColumn, rows ...session.Row) *metaResult {
	return &metaResult{cols: cols, inner: &fixed{rows: rows}, f: func(r session.Row) session.Row { return r }}
}

// read begins a result from a query.
func (c *client) read(cols []metaColumn, text string, args []session.Value, f func(session.Row) session.Row) (*metaResult, error) {
	stmt, err := c.sess.Prepare(c.ctx, text)
	if err != nil {
		return nil, err
	}
	res, err := stmt.Execute(c.ctx, args)
	if err != nil {
		return nil, errors.Join(err, stmt.Close())
	}
	return &metaResult{cols: cols, inner: res, stmt: stmt, f: f}, nil
}

// each runs a query of our own and calls f with its rows.
func (c *client) each(text string, args []session.Value, f func(session.Row) error) (err error) {
	m, err := c.read(nil, text, args, func(r session.Row) session.Row { return r })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	for {
		rows, err := m.Next(c.ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := f(row); err != nil {
				return err
			}
		}
	}
}

// textOf is a value of a metadata query as text; "" for NULL.
func textOf(v session.Value) string {
	switch v.Kind() {
	case session.Bytes:
		return string(v.Bytes())
	case session.Int:
		return itoa(int(v.Int()))
	case session.Uint:
		return itoa(int(v.Uint()))
	}
	return ""
}

// Values of metadata rows.
var null session.Value

func text(s string) session.Value { return session.StringValue(s) }
func number(n int) session.Value  { return session.IntValue(int64(n)) }
func flag(b bool) session.Value   { return session.IntValue(int64(bit(b))) }
