package sqlconn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/internal/instance"
)

// embedded opens the directory in this process, as root: whoever may read the
// files owns the data anyway.
func embedded(ctx context.Context, dir string) (Conn, error) {
	e, err := instance.OpenEngine(ctx, dir)
	if err != nil {
		return nil, err
	}
	s, err := e.OpenSession(ctx, e.Root(), session.Options{})
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return &embeddedConn{e, s}, nil
}

type embeddedConn struct {
	engine *engine.Engine
	s      session.Session
}

func (c *embeddedConn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if len(args) == 0 {
		res, _, err := c.s.Query(ctx, query)
		return finish(ctx, res, err)
	}
	stmt, err := c.Prepare(ctx, query)
	if err != nil {
		return 0, err
	}
	n, err := stmt.Exec(ctx, args...)
	return n, errors.Join(err, stmt.Close())
}

func (c *embeddedConn) Prepare(ctx context.Context, query string) (Stmt, error) {
	s, err := c.s.Prepare(ctx, query)
	if err != nil {
		return nil, fromSession(err)
	}
	return &embeddedStmt{stmt: s}, nil
}

func (c *embeddedConn) Query(ctx context.Context, query string) (Rows, error) {
	var out Rows
	res, _, err := c.s.Query(ctx, query)
	if err != nil {
		return out, fromSession(err)
	}
	for _, col := range res.Columns() {
		out.Columns = append(out.Columns, col.Name)
	}
	for err == nil {
		var batch []session.Row
		batch, err = res.Next(ctx)
		for _, row := range batch {
			cells := make([]*string, len(row))
			for i, v := range row {
				cells[i] = text(v)
			}
			out.Rows = append(out.Rows, cells)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return out, errors.Join(fromSession(err), res.Close())
}

func (c *embeddedConn) Close() error { return errors.Join(c.s.Close(), c.engine.Close()) }

type embeddedStmt struct {
	stmt session.Stmt
	args []session.Value
}

func (s *embeddedStmt) Exec(ctx context.Context, args ...any) (int64, error) {
	s.args = s.args[:0]
	for _, a := range args {
		v, err := value(a)
		if err != nil {
			return 0, err
		}
		s.args = append(s.args, v)
	}
	res, err := s.stmt.Execute(ctx, s.args)
	return finish(ctx, res, err)
}

func (s *embeddedStmt) Close() error { return s.stmt.Close() }

func value(a any) (session.Value, error) {
	switch a := a.(type) {
	case nil:
		return session.Value{}, nil
	case string:
		return session.StringValue(a), nil
	case int64:
		return session.IntValue(a), nil
	case float64:
		return session.Float64Value(a), nil
	}
	return session.Value{}, fmt.Errorf("an argument of type %T cannot be bound", a)
}

// finish drains a result and returns the number of affected rows.
func finish(ctx context.Context, res session.Result, err error) (int64, error) {
	if err != nil {
		return 0, fromSession(err)
	}
	for err == nil {
		_, err = res.Next(ctx)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	n := int64(res.Summary().AffectedRows)
	return n, errors.Join(fromSession(err), res.Close())
}

func fromSession(err error) error {
	if err == nil {
		return nil
	}
	e := session.AsError(err)
	return &Error{Number: uint16(e.Number), State: e.State, Message: e.Message, Hint: e.Hint}
}

// text renders the kinds that catalog statements return.
func text(v session.Value) *string {
	var s string
	switch v.Kind() {
	case session.Null:
		return nil
	case session.Int:
		s = strconv.FormatInt(v.Int(), 10)
	case session.Uint:
		s = strconv.FormatUint(v.Uint(), 10)
	case session.Float32:
		s = strconv.FormatFloat(float64(v.Float32()), 'g', -1, 32)
	case session.Float64:
		s = strconv.FormatFloat(v.Float64(), 'g', -1, 64)
	case session.Bytes:
		s = string(v.Bytes())
	case session.DateTime:
		c := v.Civil()
		s = fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d", c.Year, c.Month, c.Day, c.Hour, c.Minute, c.Sec)
	case session.Duration:
		s = fmt.Sprintf("%dus", v.Micros())
	}
	return &s
}
