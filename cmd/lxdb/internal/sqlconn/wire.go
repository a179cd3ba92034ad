package sqlconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

const dialTimeout = 10 * time.Second

// Target says where and as whom to connect.
type Target struct {
	Address  string // host:port
	User     string
	Password string
	Database string
	CAFile   string // the CA that must have issued the server's certificate
}

// CAFile is where a data directory has the CA's certificate.
func CAFile(dir string) string { return filepath.Join(dir, "ca.crt") }

// Pool returns a pool of connections by the MySQL driver, as an application
// would make it. Nothing is connected yet.
func Pool(t Target) (*sql.DB, error) {
	cfg, err := config(t)
	if err != nil {
		return nil, err
	}
	c, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", t.Address, err)
	}
	return sql.OpenDB(c), nil
}

// Reachable splits an address that a server listens on into what a client on the
// same machine connects to: a server that listens everywhere is reached by the
// loopback.
func Reachable(address string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(address)
	if err != nil {
		return "", "", fmt.Errorf("address %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return host, port, nil
}

func config(t Target) (*mysql.Config, error) {
	pem, err := os.ReadFile(t.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read the CA certificate: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", t.CAFile)
	}
	host, port, err := Reachable(t.Address)
	if err != nil {
		return nil, err
	}
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.DBName = t.User, t.Password, t.Database
	cfg.Net, cfg.Addr = "tcp", net.JoinHostPort(host, port)
	cfg.TLS = &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}
	cfg.Timeout = dialTimeout
	cfg.Logger = &mysql.NopLogger{} // what goes wrong is returned as well
	return cfg, nil
}

// Dial opens one session over the wire.
func Dial(ctx context.Context, t Target) (Conn, error) {
	pool, err := Pool(t)
	if err != nil {
		return nil, err
	}
	c, err := pool.Conn(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect to %s as %s: %w", t.Address, t.User, FromDriver(err)), pool.Close())
	}
	return &wireConn{pool, c}, nil
}

type wireConn struct {
	pool *sql.DB
	c    *sql.Conn
}

func (w *wireConn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(w.c.ExecContext(ctx, query, args...))
}

func (w *wireConn) Prepare(ctx context.Context, query string) (Stmt, error) {
	s, err := w.c.PrepareContext(ctx, query)
	if err != nil {
		return nil, FromDriver(err)
	}
	return wireStmt{s}, nil
}

func (w *wireConn) Query(ctx context.Context, query string) (Rows, error) {
	rows, err := w.c.QueryContext(ctx, query)
	if err != nil {
		return Rows{}, FromDriver(err)
	}
	return ReadAll(rows)
}

func (w *wireConn) Close() error { return errors.Join(w.c.Close(), w.pool.Close()) }

type wireStmt struct{ s *sql.Stmt }

func (w wireStmt) Exec(ctx context.Context, args ...any) (int64, error) {
	return affected(w.s.ExecContext(ctx, args...))
}

func (w wireStmt) Close() error { return w.s.Close() }

func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, FromDriver(err)
	}
	return res.RowsAffected()
}

// ReadAll reads and closes a result.
func ReadAll(rows *sql.Rows) (out Rows, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	if out.Columns, err = rows.Columns(); err != nil {
		return out, err
	}
	for rows.Next() {
		cells := make([]sql.NullString, len(out.Columns))
		dest := make([]any, len(cells))
		for i := range cells {
			dest[i] = &cells[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return out, err
		}
		row := make([]*string, len(cells))
		for i, c := range cells {
			if c.Valid {
				row[i] = &cells[i].String
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out, FromDriver(rows.Err())
}

// FromDriver turns an error that the server sent into an Error, with the hint
// apart from the message.
func FromDriver(err error) error {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return err
	}
	return Told(e.Number, string(e.SQLState[:]), e.Message)
}

// Told is an error of a server's message that may have the hint behind it.
func Told(number uint16, state, message string) *Error {
	hint := ""
	if before, after, ok := strings.Cut(message, " (hint: "); ok && strings.HasSuffix(after, ")") {
		message, hint = before, strings.TrimSuffix(after, ")")
	}
	return &Error{Number: number, State: state, Message: message, Hint: hint}
}
