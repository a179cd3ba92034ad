package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

func (r *runner) step(s step, c testCase) error {
	conn, err := r.on(max(s.On, 1), c.Connect)
	if err != nil {
		return err
	}
	tx := r.tx
	if s.On > 1 {
		tx = nil
	}
	switch {
	case s.Begin:
		r.tx, err = conn.BeginTx(context.Background(), nil)
		return err
	case s.Commit, s.Rollback:
		r.tx = nil
		if s.Commit {
			return tx.Commit()
		}
		return tx.Rollback()
	case s.Batch != "":
		return r.batch(conn, s)
	case s.Count != "":
		return count(conn, s)
	case s.Cancel != "":
		if err := cancelled(conn, s.Cancel); err != nil {
			return err
		}
		delete(r.conns, max(s.On, 1)) // the pool throws the connection away, and gives another
		return conn.Close()
	case s.Tables != "" || s.Columns != "" || s.Key != "":
		return metadata(conn, s)
	case s.Affected != nil:
		return r.affected(conn, s)
	}
	rows, err := query(conn, tx, s.SQL, s.Params)
	if err != nil || s.Rows == nil {
		return err
	}
	return same(rows, *s.Rows, s.SQL)
}

func (r *runner) affected(c *sql.Conn, s step) error {
	res, err := r.exec(c, s.SQL, s.Params)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	return same(n, *s.Affected, "rows affected by "+s.SQL)
}

// batch is what Go has of one: a prepared statement in a transaction.
func (r *runner) batch(c *sql.Conn, s step) error {
	tx, err := c.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	st, err := tx.Prepare(s.Batch)
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	defer st.Close()
	for i := s.From; i <= s.To; i++ {
		if _, err := st.Exec(i, fmt.Sprintf("row %d", i)); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

func count(c *sql.Conn, s step) error {
	rows, err := c.QueryContext(context.Background(), s.Count)
	if err != nil {
		return err
	}
	defer rows.Close()
	var n, sum, want int64
	for rows.Next() {
		var first int64
		var rest [4]any
		if err := rows.Scan(&first, &rest[0], &rest[1], &rest[2], &rest[3]); err != nil {
			return err
		}
		n, sum = n+1, sum+first
	}
	if f, ok := s.Want.(float64); ok {
		want = int64(f)
	}
	return errors.Join(rows.Err(), same([]int64{n, sum}, []int64{want, want * (want + 1) / 2}, "rows and their sum"))
}

// cancelled ends a statement by its context, which breaks the connection of a driver
// that knows no other way: the pool makes a new one.
func cancelled(c *sql.Conn, text string) error {
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	rows, err := c.QueryContext(ctx, text)
	if err == nil {
		for rows.Next() {
		}
		err = rows.Err()
		rows.Close()
	}
	if err == nil || ctx.Err() == nil {
		return fmt.Errorf("%w: the cancelled statement went on, or failed before: %v", errWrong, err)
	}
	return nil
}

// metadata is in information_schema: database/sql has nothing for it.
func metadata(c *sql.Conn, s step) error {
	text, arg := "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE ?", s.Tables
	if s.Columns != "" {
		text, arg = "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION", s.Columns
	}
	if s.Key != "" {
		text, arg = "SELECT COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND CONSTRAINT_NAME = 'PRIMARY'", s.Key
	}
	rows, err := query(c, nil, text, []*[2]string{{"text", arg}})
	if err != nil {
		return err
	}
	names := []string{}
	for _, r := range rows {
		names = append(names, *r[0])
	}
	return same(names, s.Want, text)
}

func query(c *sql.Conn, tx *sql.Tx, text string, params []*[2]string) ([][]*string, error) {
	args := make([]any, len(params))
	for i, p := range params {
		var err error
		if args[i], err = bind(p); err != nil {
			return nil, err
		}
	}
	var rows *sql.Rows
	var err error
	switch {
	case tx != nil:
		rows, err = tx.Query(text, args...)
	case len(args) > 0: // really prepared
		var st *sql.Stmt
		if st, err = c.PrepareContext(context.Background(), text); err != nil {
			return nil, err
		}
		defer st.Close()
		rows, err = st.Query(args...)
	default:
		rows, err = c.QueryContext(context.Background(), text)
	}
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	out := [][]*string{}
	for rows.Next() {
		values, places := make([]any, len(types)), make([]any, len(types))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			return nil, err
		}
		row := make([]*string, len(types))
		for i, v := range values {
			row[i] = shown(v, types[i])
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

func (r *runner) exec(c *sql.Conn, text string, params []*[2]string) (sql.Result, error) {
	args := make([]any, len(params))
	for i, p := range params {
		var err error
		if args[i], err = bind(p); err != nil {
			return nil, err
		}
	}
	if r.tx != nil {
		return r.tx.Exec(text, args...)
	}
	return c.ExecContext(context.Background(), text, args...)
}
