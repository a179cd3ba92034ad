package lxdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"time"
)

// closeTime bounds what closing a session may take.
const closeTime = 5 * time.Second

// Driver is registered as "lxdb".
type Driver struct{}

// registered is made when the package is: database/sql knows the driver then.
var registered = func() bool {
	sql.Register("lxdb", Driver{})
	return true
}()

// Open implements driver.Driver.
func (d Driver) Open(dsn string) (driver.Conn, error) {
	c, err := d.OpenConnector(dsn)
	if err != nil {
		return nil, err
	}
	return c.Connect(context.Background())
}

// OpenConnector implements driver.DriverContext.
func (Driver) OpenConnector(dsn string) (driver.Connector, error) {
	cfg, err := ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	return NewConnector(cfg), nil
}

// NewConnector is for sql.OpenDB.
func NewConnector(cfg Config) driver.Connector { return connector{cfg} }

type connector struct{ cfg Config }

func (c connector) Driver() driver.Driver { return Driver{} }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	client, err := Dial(ctx, c.cfg)
	if err != nil {
		return nil, err
	}
	return &conn{client: client}, nil
}

// conn is a session.
type conn struct {
	client *Client
	rows   *rows // that are open
	broken bool
}

var (
	_ driver.QueryerContext     = (*conn)(nil)
	_ driver.ExecerContext      = (*conn)(nil)
	_ driver.ConnPrepareContext = (*conn)(nil)
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.Pinger             = (*conn)(nil)
	_ driver.Validator          = (*conn)(nil)
	_ driver.SessionResetter    = (*conn)(nil)
	_ driver.NamedValueChecker  = (*conn)(nil)
)

var errOpenRows = errors.New("lxdb: the connection has open rows: close them first, or use another connection")

func (c *conn) Close() error { return c.client.Close() }

// run runs a statement. A request that did not come through leaves a session in a state
// that nobody knows.
func (c *conn) run(ctx context.Context, text string, args []driver.NamedValue) (*Result, error) {
	switch {
	case c.client.lost || c.broken:
		return nil, driver.ErrBadConn // nothing was sent
	case c.rows != nil:
		return nil, errOpenRows
	}
	params := make([]any, len(args))
	for i, a := range args {
		params[i] = a.Value
	}
	res, err := c.client.Query(ctx, text, params...)
	var told *Error
	var unsent *paramError
	if err != nil && !errors.As(err, &told) && !errors.As(err, &unsent) {
		c.broken = true
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if err != nil && c.client.lost {
		return nil, driver.ErrBadConn // the server knows no such session, so nothing ran
	}
	return res, err
}

// CheckNamedValue implements driver.NamedValueChecker: unsigned numbers keep their bits, and
// what the protocol has no form for is said here and not by the server.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	switch p := v.Value.(type) {
	case sql.Out:
		return errors.New("lxdb: there are no OUT parameters: read the variable with SELECT")
	case uint64:
		return nil
	case json.RawMessage:
		v.Value = string(p) // a document is a text, not a byte string
		return nil
	case float64:
		if math.IsNaN(p) || math.IsInf(p, 0) {
			return fmt.Errorf("lxdb: there is no %v in SQL", p)
		}
	}
	if v.Name != "" {
		return fmt.Errorf("lxdb: parameters have no names: @%s", v.Name)
	}
	if p, err := driver.DefaultParameterConverter.ConvertValue(v.Value); err == nil {
		v.Value = p
		return nil
	}
	if p := reflect.ValueOf(v.Value); p.Kind() == reflect.Uint64 { // what the library refuses above 2^63
		v.Value = p.Uint()
		return nil
	}
	return fmt.Errorf("lxdb: a parameter of type %T", v.Value)
}

func (c *conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	res, err := c.run(ctx, text, args)
	if err != nil {
		return nil, err
	}
	c.rows = &rows{conn: c, res: res, dest: make([]any, len(res.Columns))}
	return c.rows, nil
}

func (c *conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	res, err := c.run(ctx, text, args)
	if err != nil {
		return nil, err
	}
	dest := make([]any, len(res.Columns))
	for err == nil {
		err = res.Next(dest)
	}
	if !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, res.Close())
	}
	return result(res.Summary()), res.Close()
}

// result is what a statement did.
type result Summary

func (r result) LastInsertId() (int64, error) { return r.LastInsertID, nil }
func (r result) RowsAffected() (int64, error) { return r.AffectedRows, nil }

func (c *conn) Prepare(text string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), text)
}

// PrepareContext keeps the text: the server keeps what it made of a text that comes again.
func (c *conn) PrepareContext(_ context.Context, text string) (driver.Stmt, error) {
	return &stmt{c, text}, nil
}

type stmt struct {
	conn *conn
	text string
}

func (s *stmt) Close() error  { return nil }
func (s *stmt) NumInput() int { return -1 } // the server says when the number is wrong

func (s *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.ExecContext(context.Background(), named(args))
}

func (s *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.QueryContext(context.Background(), named(args))
}

func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.conn.ExecContext(ctx, s.text, args)
}

func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.QueryContext(ctx, s.text, args)
}

func named(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}

func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// levels are the isolation levels that MySQL has.
var levels = map[sql.IsolationLevel]string{
	sql.LevelReadUncommitted: "READ UNCOMMITTED", sql.LevelReadCommitted: "READ COMMITTED",
	sql.LevelRepeatableRead: "REPEATABLE READ", sql.LevelSerializable: "SERIALIZABLE",
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if level := sql.IsolationLevel(opts.Isolation); level != sql.LevelDefault {
		name := levels[level]
		if name == "" {
			return nil, fmt.Errorf("lxdb: there is no isolation level %s", level)
		}
		if _, err := c.ExecContext(ctx, "SET TRANSACTION ISOLATION LEVEL "+name, nil); err != nil {
			return nil, err
		}
	}
	begin := "START TRANSACTION"
	if opts.ReadOnly {
		begin += " READ ONLY"
	}
	if _, err := c.ExecContext(ctx, begin, nil); err != nil {
		return nil, err
	}
	return tx{c}, nil
}

type tx struct{ conn *conn }

func (t tx) Commit() error   { return t.end("COMMIT") }
func (t tx) Rollback() error { return t.end("ROLLBACK") }

func (t tx) end(text string) error {
	if t.conn.rows != nil {
		_ = t.conn.rows.Close() // the transaction takes them along
	}
	_, err := t.conn.ExecContext(context.Background(), text, nil)
	if errors.Is(err, driver.ErrBadConn) {
		return errors.New("lxdb: the session is lost, and its transaction rolled back")
	}
	return err
}

func (c *conn) Ping(ctx context.Context) error {
	_, err := c.ExecContext(ctx, "SELECT 1", nil)
	return err
}

// IsValid implements driver.Validator.
func (c *conn) IsValid() bool { return !c.broken && !c.client.lost }

// ResetSession implements driver.SessionResetter. A session keeps its variables, as
// connections of other drivers do.
func (c *conn) ResetSession(context.Context) error {
	if !c.IsValid() {
		return driver.ErrBadConn
	}
	return nil
}

// rows are a result that is being read.
type rows struct {
	conn *conn
	res  *Result
	dest []any
	done bool
}

func (r *rows) Columns() []string {
	out := make([]string, len(r.res.Columns))
	for i, c := range r.res.Columns {
		out[i] = c.Name
	}
	return out
}

func (r *rows) Next(dest []driver.Value) error {
	err := r.res.Next(r.dest)
	if err != nil {
		var told *Error
		r.done = errors.Is(err, io.EOF) || errors.As(err, &told)
		return err
	}
	for i := range dest {
		dest[i] = r.dest[i]
	}
	return nil
}

// HasNextResultSet implements driver.RowsNextResultSet: a CALL may give several. It is asked
// when all rows were read, and before that nothing is known.
func (r *rows) HasNextResultSet() bool { return r.res.More() || !r.done }

// NextResultSet implements driver.RowsNextResultSet.
func (r *rows) NextResultSet() error {
	err := r.res.NextResult()
	if err == nil {
		r.dest, r.done = make([]any, len(r.res.Columns)), false
		return nil
	}
	r.done = true
	return err
}

// Close ends the statement. When there are rows left, the server is told by the end of
// the request, and may still be busy with it: it lets the session's next one wait.
func (r *rows) Close() error {
	if r.conn.rows == r {
		r.conn.rows = nil
	}
	return r.res.Close()
}

func (r *rows) ColumnTypeDatabaseTypeName(i int) string {
	c := r.res.Columns[i]
	if c.Unsigned {
		return "UNSIGNED " + c.Type // as other drivers of MySQL's have it
	}
	return c.Type
}

func (r *rows) ColumnTypeNullable(i int) (nullable, ok bool) { return !r.res.Columns[i].NotNull, true }

// bytesPerChar is what the server reckons for a character.
const bytesPerChar = 4

// ColumnTypeLength is in characters for CHAR and VARCHAR, else in bytes.
func (r *rows) ColumnTypeLength(i int) (int64, bool) {
	switch r.res.Columns[i].kind {
	case kindText, kindBytes:
		switch c := r.res.Columns[i]; c.Type {
		case "DECIMAL", "TIME":
		case "CHAR", "VARCHAR":
			return c.Length / bytesPerChar, true
		default:
			return c.Length, true
		}
	}
	return 0, false
}

func (r *rows) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	c := r.res.Columns[i]
	if c.Type != "DECIMAL" {
		return 0, 0, false
	}
	precision = c.Length - 1 // the sign
	if c.Scale > 0 {
		precision-- // the point
	}
	return precision, c.Scale, true
}

func (r *rows) ColumnTypeScanType(i int) reflect.Type {
	c := r.res.Columns[i]
	switch c.kind {
	case kindInteger:
		if c.Unsigned {
			return reflect.TypeFor[uint64]()
		}
		return reflect.TypeFor[int64]()
	case kindFloat:
		return reflect.TypeFor[float64]()
	case kindBytes:
		return reflect.TypeFor[[]byte]()
	case kindTime:
		if r.res.cfg.ParseTime {
			return reflect.TypeFor[time.Time]()
		}
	}
	return reflect.TypeFor[string]()
}
