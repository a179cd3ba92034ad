package tour

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	lxdb "github.com/lxdb/lxdb/drivers/go"
)

// Options of Run.
type Options struct {
	Address   string
	HTTPS     string // address of the same server for statements over HTTPS
	CAFile    string
	Passwords map[string]string // of root and of the users that the tour makes
	Out       io.Writer
	Color     bool // Out understands ANSI colours
}

// ErrUnexpected: the tour was played to its end, and some statement did not do
// what the tour says.
var ErrUnexpected = errors.New("the tour did not go as told")

// Run plays the tour. It returns the number of statements.
func Run(ctx context.Context, opts Options) (int, error) {
	steps, err := parse(tourText)
	if err != nil {
		return 0, err
	}
	return play(ctx, opts, steps)
}

func play(ctx context.Context, opts Options, steps []step) (n int, err error) {
	p := &player{opts: opts, page: page{w: opts.Out, color: opts.Color}, sessions: map[string]*session{}}
	defer func() { err = errors.Join(err, p.close()) }()
	wrong := 0
	for _, s := range steps {
		switch {
		case s.title != "":
			p.page.title(s.title)
		case s.prose != "":
			p.page.prose(s.prose)
		default:
			n++
			ok, err := p.step(ctx, s)
			if err != nil {
				return n, err
			}
			if !ok {
				wrong++
			}
		}
	}
	if wrong > 0 {
		return n, fmt.Errorf("%w: %d of %d statements", ErrUnexpected, wrong, n)
	}
	return n, nil
}

type player struct {
	opts     Options
	page     page
	sessions map[string]*session
}

// session is one user's open connection with the statement it keeps.
type session struct {
	pool *sql.DB
	conn *sql.Conn
	stmt *sql.Stmt
	text string // of stmt
}

// step runs a statement and shows it. The error is for a tour that cannot go on.
func (p *player) step(ctx context.Context, s step) (bool, error) {
	for name, password := range p.opts.Passwords {
		s.sql = strings.ReplaceAll(s.sql, "{"+name+"}", password)
	}
	if s.mode == execute {
		p.page.statement(s.user, "", "execute the prepared statement")
	} else {
		p.page.statement(s.user, map[mode]string{prepare: "prepare", overJSON: "json", overAvatica: "avatica"}[s.mode], s.sql)
	}
	rows, err := p.run(ctx, s)
	var answer *sqlconn.Error
	if err != nil && !errors.As(err, &answer) {
		return false, fmt.Errorf("%s: %w", s.user, err)
	}
	ok := matches(s, rows, answer)
	p.page.outcome(s, rows, answer)
	if !ok {
		p.page.unexpected(s)
	}
	return ok, nil
}

// run runs a statement in the user's session, or over HTTPS in one of its own.
func (p *player) run(ctx context.Context, s step) (sqlconn.Rows, error) {
	switch s.mode {
	case overJSON:
		return p.overJSON(ctx, s)
	case overAvatica:
		return p.overAvatica(ctx, s)
	}
	on, err := p.session(ctx, s.user)
	if err != nil {
		return sqlconn.Rows{}, err
	}
	return on.run(ctx, s)
}

func (p *player) overJSON(ctx context.Context, s step) (sqlconn.Rows, error) {
	db := sql.OpenDB(lxdb.NewConnector(lxdb.Config{
		Address: p.opts.HTTPS, CAFile: p.opts.CAFile, User: s.user, Password: p.opts.Passwords[s.user],
	}))
	defer db.Close()
	rows, err := db.QueryContext(ctx, s.sql)
	var told *lxdb.Error
	if errors.As(err, &told) {
		return sqlconn.Rows{}, &sqlconn.Error{Number: uint16(told.Number), State: told.SQLState, Message: told.Message, Hint: told.Hint}
	}
	if err != nil {
		return sqlconn.Rows{}, err
	}
	return sqlconn.ReadAll(rows)
}

func matches(s step, rows sqlconn.Rows, answer *sqlconn.Error) bool {
	switch s.want {
	case wantDenied:
		return answer != nil && int(answer.Number) == s.count
	case wantText:
		return answer == nil && slices.ContainsFunc(rows.Rows, func(row []*string) bool {
			return slices.ContainsFunc(row, func(cell *string) bool { return strings.Contains(sqlconn.Text(cell), s.text) })
		})
	case wantRows:
		return answer == nil && len(rows.Rows) == s.count
	default:
		return answer == nil && len(rows.Columns) == 0
	}
}

// session opens the user's session on first use. It starts in the user's own
// schema, except root's.
func (p *player) session(ctx context.Context, user string) (*session, error) {
	if s := p.sessions[user]; s != nil {
		return s, nil
	}
	t := sqlconn.Target{Address: p.opts.Address, CAFile: p.opts.CAFile, User: user, Password: p.opts.Passwords[user]}
	if user != "root" {
		t.Database = user
	}
	pool, err := sqlconn.Pool(t)
	if err != nil {
		return nil, err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("log in as %s: %w", user, sqlconn.FromDriver(err)), pool.Close())
	}
	p.sessions[user] = &session{pool: pool, conn: conn}
	return p.sessions[user], nil
}

func (s *session) run(ctx context.Context, st step) (sqlconn.Rows, error) {
	var rows *sql.Rows
	var err error
	switch st.mode {
	case prepare:
		s.text = st.sql
		s.stmt, err = s.conn.PrepareContext(ctx, st.sql)
		return sqlconn.Rows{}, sqlconn.FromDriver(err)
	case execute:
		if s.stmt == nil {
			return sqlconn.Rows{}, errors.New("no statement was prepared")
		}
		args := make([]any, strings.Count(s.text, "?"))
		for i := range args {
			args[i] = 0
		}
		rows, err = s.stmt.QueryContext(ctx, args...)
	default:
		rows, err = s.conn.QueryContext(ctx, st.sql)
	}
	if err != nil {
		return sqlconn.Rows{}, sqlconn.FromDriver(err)
	}
	return sqlconn.ReadAll(rows)
}

func (p *player) close() error {
	var err error
	for _, s := range p.sessions {
		if s.stmt != nil {
			err = errors.Join(err, s.stmt.Close())
		}
		err = errors.Join(err, s.conn.Close(), s.pool.Close())
	}
	return err
}
