package lxtest_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// statementLimit ends a scenario that hangs. No expectation depends on it.
const statementLimit = 2 * time.Minute

// wireServer drives a server through go-sql-driver. dsn makes a data source
// name whose TLS settings verify the server against the instance CA.
type wireServer struct {
	dsn   func(user, password, database string) string
	again func() // stops the server and starts it on the same directory
	// outside is the company whose directory is asked; nil for none.
	outside *company
}

func (w *wireServer) restart() { w.again() }

func (w *wireServer) reach(open bool) { w.outside.gate.set(open) }

func (w *wireServer) open(user, password, database string) (authzSession, error) {
	name := w.dsn(user, password, database)
	if w.outside != nil && user == companyUser {
		name = w.outside.DSN("root", w.outside.Root, database)
	}
	db, err := sql.Open("mysql", name)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	ctx, cancel := context.WithTimeout(context.Background(), statementLimit)
	defer cancel()
	conn, err := db.Conn(ctx)
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return &wireSession{db: db, conn: conn, prepared: map[string]*sql.Stmt{}}, nil
}

// wireSession is one connection; the pool around it never makes another.
type wireSession struct {
	db       *sql.DB
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func (s *wireSession) close() {
	_ = s.conn.Close()
	_ = s.db.Close()
}

func (s *wireSession) run(text string, prepared, rows bool) result {
	ctx, cancel := context.WithTimeout(context.Background(), statementLimit)
	defer cancel()
	if !prepared {
		if rows {
			return readRows(s.conn.QueryContext(ctx, text))
		}
		return readAffected(s.conn.ExecContext(ctx, text))
	}
	stmt := s.prepared[text]
	if stmt == nil {
		var err error
		if stmt, err = s.conn.PrepareContext(ctx, text); err != nil {
			return failure(err)
		}
		s.prepared[text] = stmt
	}
	if rows {
		return readRows(stmt.QueryContext(ctx))
	}
	return readAffected(stmt.ExecContext(ctx))
}

// endsSession are the errors with which a server tells a client that its session
// is over: interrupted, shutdown, killed.
var endsSession = map[uint16]bool{1317: true, 1053: true, 3169: true, 4031: true}

// failure sorts an error of the driver: one that the server sent, or the end of
// the connection.
func failure(err error) result {
	var refused *mysql.MySQLError
	if errors.As(err, &refused) && !endsSession[refused.Number] {
		return result{number: refused.Number, message: refused.Message}
	}
	return result{killed: true, message: err.Error()}
}

func readAffected(r sql.Result, err error) result {
	if err != nil {
		return failure(err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		return failure(err)
	}
	return result{affected: n}
}

func readRows(rows *sql.Rows, err error) result {
	if err != nil {
		return failure(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return failure(err)
	}
	out := []string{}
	for {
		set, err := readSet(rows)
		if err != nil {
			return failure(err)
		}
		out = append(out, set...)
		if !rows.NextResultSet() {
			break
		}
		out = append(out, nextSet)
	}
	if err := rows.Err(); err != nil {
		return failure(err)
	}
	return result{rows: out, columns: strings.Join(names, "|")}
}

// readSet reads the rows of one result.
func readSet(rows *sql.Rows) ([]string, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []string
	cells := make([]sql.NullString, len(columns))
	into := make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, joinCells(cells))
	}
	return out, rows.Err()
}

// visible shows what would break a line of a scenario.
var visible = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`, "\x00", `\0`)

func joinCells(cells []sql.NullString) string {
	var b strings.Builder
	for i, c := range cells {
		if i > 0 {
			b.WriteByte('|')
		}
		if c.Valid {
			b.WriteString(visible.Replace(strings.ToValidUTF8(c.String, "\uFFFD")))
		} else {
			b.WriteString("NULL")
		}
	}
	return b.String()
}
