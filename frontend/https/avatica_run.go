package https

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/frontend/https/avatica"
)

// query runs one statement given as text.
func (c *client) query(text string) (session.Result, error) {
	if i := strings.IndexByte(text, ';'); i >= 0 && strings.TrimRight(text[i:], "; \t\r\n") != "" {
		first, rest := c.sess.Split(text)
		if rest != "" {
			return nil, errSeveralStatements
		}
		text = first
	}
	res, _, err := c.sess.Query(c.ctx, text)
	return res, err
}

func (x *exchange) prepareAndExecute(c *client) (avatica.Response, error) {
	st := c.stmts[x.req.StatementID]
	if st == nil {
		return &avatica.Executed{Server: x.addr}, nil
	}
	c.closeCursor(st)
	if err := c.settle(); err != nil {
		return nil, err
	}
	res, err := c.query(x.req.SQL)
	if err != nil {
		return nil, err
	}
	return x.executed(c, st, res, &avatica.Signature{SQL: x.req.SQL})
}

func (x *exchange) prepare(c *client) (avatica.Response, error) {
	if err := c.settle(); err != nil {
		return nil, err
	}
	prepared, err := c.sess.Prepare(c.ctx, x.req.SQL)
	if err != nil {
		return nil, err
	}
	st, err := c.newStatement(x.srv.opts.MaxStatements)
	if err != nil {
		return nil, errors.Join(err, prepared.Close())
	}
	st.stmt = prepared
	st.sig = avatica.Signature{Params: avatica.ParamsOf(prepared.Params()), SQL: x.req.SQL}
	described := st.sig
	described.Columns = avatica.ColumnsOf(prepared.Columns())
	return &avatica.Prepared{ConnectionID: c.id, StatementID: st.id, Server: x.addr, Signature: &described}, nil
}

func (x *exchange) execute(c *client) (avatica.Response, error) {
	st := c.stmts[x.req.StatementID]
	if st == nil || st.stmt == nil {
		return &avatica.Executed{Server: x.addr}, nil
	}
	c.closeCursor(st)
	args, err := bind(x.req.Params)
	if err != nil {
		return nil, err
	}
	if err := c.settle(); err != nil {
		return nil, err
	}
	res, err := st.stmt.Execute(c.ctx, args)
	if err != nil {
		return nil, err
	}
	return x.executed(c, st, res, &st.sig)
}

func bind(values []avatica.TypedValue) ([]session.Value, error) {
	args := make([]session.Value, len(values))
	for i := range values {
		v, err := values[i].Value()
		if err != nil {
			return nil, err
		}
		args[i] = v
	}
	return args, nil
}

// executed answers with what a statement did, or with its first rows. about has what is
// known of it besides its columns.
func (x *exchange) executed(c *client, st *statement, res session.Result, about *avatica.Signature) (avatica.Response, error) {
	out := &avatica.ResultSet{ConnectionID: c.id, StatementID: st.id, Server: x.addr}
	others, err := x.others(c, st, res, about)
	if err != nil {
		return nil, errors.Join(err, res.Close())
	}
	if cols := res.Columns(); len(cols) > 0 {
		st.cursor = c.newCursor(res, avatica.ColumnsOf(cols), about, x.req.Format, x.req.MaxRows)
		c.open = st.cursor
		return x.firstFrame(st, out, others)
	}
	out.Updated = res.Summary().AffectedRows
	// Closing may be what commits, so its error must not come after a success.
	if err := res.Close(); err != nil {
		return nil, err
	}
	return &avatica.Executed{Results: []*avatica.ResultSet{out}, Server: x.addr}, nil
}

// others are the results of a CALL behind the first one. They are all of them in the answer:
// a client fetches from a statement by its number, and that is the first one's.
func (x *exchange) others(c *client, st *statement, res session.Result, about *avatica.Signature) ([]*avatica.ResultSet, error) {
	var out []*avatica.ResultSet
	for {
		several, ok := res.(session.Several)
		if !ok {
			return out, nil
		}
		next, err := several.More()
		if err != nil || next == nil {
			return out, err
		}
		res = next
		cols := res.Columns()
		if len(cols) == 0 {
			continue
		}
		cu := c.newCursor(res, avatica.ColumnsOf(cols), about, x.req.Format, x.req.MaxRows)
		frame, err := cu.all()
		if err != nil {
			return nil, err
		}
		out = append(out, &avatica.ResultSet{ConnectionID: c.id, StatementID: st.id, Signature: cu.sig, Frame: frame, Server: x.addr})
	}
}

func (x *exchange) firstFrame(st *statement, out *avatica.ResultSet, others []*avatica.ResultSet) (avatica.Response, error) {
	frame, err := st.cursor.frame()
	if err != nil {
		return nil, err
	}
	out.Signature, out.Frame = st.cursor.sig, frame
	return &avatica.Executed{Results: append([]*avatica.ResultSet{out}, others...), Server: x.addr}, nil
}

// fetch answers with the rows from an offset: the next ones, or, to a client that lost
// them, the last ones again.
func (x *exchange) fetch(c *client) (avatica.Response, error) {
	st := c.stmts[x.req.StatementID]
	if st == nil {
		return &avatica.Fetched{Server: x.addr}, nil
	}
	cu := st.cursor
	if cu == nil {
		return nil, errLostResult
	}
	if cu.format != x.req.Format {
		return nil, sqlerr.WrongArguments.Errorf("Incorrect arguments to fetch: the statement was executed in the other serialization")
	}
	if again := c.last.frame; again != nil && c.last.stmt == st.id && again.Offset == x.req.Offset {
		return &avatica.Fetched{Frame: again, Server: x.addr}, nil
	}
	if cu.offset() != x.req.Offset {
		return nil, errWrongOffset
	}
	frame, err := cu.frame()
	if err != nil {
		return nil, err
	}
	c.keep(fetched{st.id, frame})
	return &avatica.Fetched{Frame: frame, Server: x.addr}, nil
}

// offset is that of the next frame.
func (cu *cursor) offset() uint64 {
	if len(cu.frames) > 0 {
		return cu.frames[0].Offset
	}
	return cu.next
}

// endTransaction commits or rolls back. Results that are still open and too large to be
// put aside end with it.
func (x *exchange) endTransaction(c *client) (avatica.Response, error) {
	if err := c.settle(); err != nil {
		c.open.err = errLostResult
		if err := c.open.close(); err != nil {
			return nil, err
		}
	}
	text := "COMMIT"
	if x.req.Kind == avatica.Rollback {
		text = "ROLLBACK"
	}
	if err := c.exec(text); err != nil {
		return nil, err
	}
	return &avatica.Done{Of: x.req.Kind, Server: x.addr}, nil
}

// atomically runs a batch in a transaction of its own, unless one is open: a batch that
// fails in the middle leaves nothing behind.
func (c *client) atomically(f func() error) error {
	if err := c.settle(); err != nil {
		return err
	}
	status := c.sess.Status()
	if status.InTransaction || !status.Autocommit {
		return f()
	}
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	if err := f(); err != nil {
		if undo := c.exec("ROLLBACK"); undo != nil {
			return errors.Join(err, undo)
		}
		return err
	}
	return c.exec("COMMIT")
}

// inRow says which row of a batch went wrong.
func inRow(i int, err error) error {
	e, internal := clientError(err)
	if internal {
		return fmt.Errorf("row %d of a batch: %w", i+1, err)
	}
	told := *e
	told.Message = fmt.Sprintf("%s (number %d of the batch)", e.Message, i+1)
	return &told
}

// updated runs what has an update count.
func updated(res session.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	if len(res.Columns()) > 0 {
		return 0, errors.Join(sqlerr.WrongArguments.Errorf("a statement of a batch may not return rows"), res.Close())
	}
	n := res.Summary().AffectedRows
	return int64(n), res.Close()
}

func (x *exchange) textBatch(c *client) (avatica.Response, error) {
	st := c.stmts[x.req.StatementID]
	out := &avatica.Batched{ConnectionID: c.id, StatementID: x.req.StatementID, Missing: st == nil, Server: x.addr}
	if st == nil {
		return out, nil
	}
	c.closeCursor(st)
	err := c.atomically(func() error {
		for i, text := range x.req.Commands {
			if err := x.r.Context().Err(); err != nil {
				return err // nobody waits for it
			}
			n, err := updated(session.Only(c.query(text)))
			if err != nil {
				return inRow(i, err)
			}
			out.Counts = append(out.Counts, n)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (x *exchange) executeBatch(c *client) (avatica.Response, error) {
	st := c.stmts[x.req.StatementID]
	out := &avatica.Batched{ConnectionID: c.id, StatementID: x.req.StatementID, Server: x.addr}
	if st == nil || st.stmt == nil {
		out.Missing = true
		return out, nil
	}
	c.closeCursor(st)
	err := c.atomically(func() error {
		return x.req.EachRow(func(i int, row []avatica.TypedValue) error {
			if err := x.r.Context().Err(); err != nil {
				return err
			}
			args, err := bind(row)
			if err != nil {
				return inRow(i, err)
			}
			n, err := updated(session.Only(st.stmt.Execute(c.ctx, args)))
			if err != nil {
				return inRow(i, err)
			}
			out.Counts = append(out.Counts, n)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
