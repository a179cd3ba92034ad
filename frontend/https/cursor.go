package https

import (
	"io"
	"math"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/frontend/https/avatica"
)

// statement is one of a client's statements: a handle, with what was prepared for it or
// executed on it last.
type statement struct {
	id     uint32
	stmt   session.Stmt      // nil unless prepared
	sig    avatica.Signature // of a prepared one, without columns
	cursor *cursor           // nil without a result
}

// cursor is the rest of a result.
type cursor struct {
	client *client
	res    session.Result // nil when no more is to come from it
	sig    *avatica.Signature
	format avatica.Format
	rows   *avatica.RowWriter
	rest   []session.Row    // of the last batch, not yet encoded
	next   uint64           // the offset of the first row that was not encoded yet
	left   int64            // rows that the client still wants; below 0: all
	frames []*avatica.Frame // encoded and put aside
	still  func() error     // asked before one of them is given: are the rights there that its rows were read with? nil: nobody has to
	done   func()           // ends still
	err    error            // what became of the rest, when that went wrong
}

func (c *client) newStatement(limit int) (*statement, error) {
	if len(c.stmts) >= limit {
		return nil, errTooManyStatements(limit)
	}
	for { // ids wrap around after four billion
		c.lastStmt++
		if _, used := c.stmts[c.lastStmt]; !used && c.lastStmt != 0 {
			break
		}
	}
	st := &statement{id: c.lastStmt}
	c.stmts[st.id] = st
	return st, nil
}

// closeStatement forgets a statement, if it is there.
func (c *client) closeStatement(id uint32) {
	st := c.stmts[id]
	if st == nil {
		return
	}
	delete(c.stmts, id)
	c.closeCursor(st)
	if st.stmt != nil {
		if err := st.stmt.Close(); err != nil {
			c.srv.opts.Logger.Warn("https: closing a statement", "conn", c.sess.ID(), "error", err)
		}
	}
}

// closeCursor drops a statement's result. Rows that were not fetched are not computed.
func (c *client) closeCursor(st *statement) {
	cu := st.cursor
	if cu == nil {
		return
	}
	st.cursor = nil
	if c.last.stmt == st.id {
		c.keep(fetched{})
	}
	_ = cu.forget(nil)
}

// relies notes what is to be asked before rows are given that were read for an earlier answer.
func (cu *cursor) relies() {
	if kept, ok := cu.res.(session.Kept); ok && cu.still == nil {
		cu.still, cu.done = kept.Still()
	}
}

// answered ends what relies has begun.
func (cu *cursor) answered() {
	if cu.done != nil {
		cu.done()
		cu.still, cu.done = nil, nil
	}
}

// forget drops what was put aside, and what was to come. err is what the client gets instead.
func (cu *cursor) forget(err error) error {
	for _, f := range cu.frames {
		cu.client.count(-int64(len(f.Rows)))
	}
	cu.frames = nil
	cu.answered()
	return cu.fail(err)
}

// close gives the session's result back.
func (cu *cursor) close() error {
	res := cu.res
	if res == nil {
		return nil
	}
	cu.res, cu.rest = nil, nil
	if cu.client.open == cu {
		cu.client.open = nil
	}
	return res.Close()
}

func (c *client) count(bytes int64) { c.buffered.add(&c.srv.buffered, bytes) }

// settle makes the session ready for another statement: what is left of an open result
// is put aside, if it is not too much.
func (c *client) settle() error {
	for cu := c.open; cu != nil && cu.res != nil; {
		if c.buffered.bytes.Load() >= c.srv.opts.BufferBytes || c.srv.buffered.Load() >= c.srv.opts.BufferTotal {
			return errOpenResult
		}
		cu.relies()
		f, err := cu.pull()
		if err != nil {
			cu.err = err // its client is told when it asks for more
			break
		}
		if f.Count > 0 || f.Done {
			cu.frames = append(cu.frames, f)
			c.count(int64(len(f.Rows)))
		}
	}
	c.open = nil
	return nil
}

// newCursor takes a result over.
func (c *client) newCursor(res session.Result, cols []avatica.Column, about *avatica.Signature, format avatica.Format, maxRows int64) *cursor {
	cu := &cursor{client: c, res: res, format: format, rows: avatica.NewRowWriter(format, cols), left: -1}
	cu.sig = &avatica.Signature{Columns: cols, Params: about.Params, SQL: about.SQL}
	if maxRows > 0 {
		cu.left = maxRows
	}
	return cu
}

// frame returns the next rows: kept ones first.
func (cu *cursor) frame() (*avatica.Frame, error) {
	if len(cu.rest) > 0 {
		cu.relies()
	}
	if cu.still != nil && len(cu.frames)+len(cu.rest) > 0 {
		if err := cu.still(); err != nil {
			return nil, cu.forget(err)
		}
	}
	defer func() {
		if len(cu.frames)+len(cu.rest) == 0 {
			cu.answered()
		}
	}()
	if len(cu.frames) > 0 {
		f := cu.frames[0]
		cu.frames = cu.frames[1:]
		cu.client.count(-int64(len(f.Rows)))
		return f, nil
	}
	if cu.err != nil {
		return nil, cu.err
	}
	return cu.pull()
}

// pull encodes rows until a frame is full, its time is up, or the result has ended. A
// frame without rows is the last one.
func (cu *cursor) pull() (*avatica.Frame, error) {
	opts := &cu.client.srv.opts
	until := time.Now().Add(opts.FrameTime)
	return cu.fill(opts.FrameBytes, func() bool { return time.Now().After(until) })
}

// all encodes the rest.
func (cu *cursor) all() (*avatica.Frame, error) {
	return cu.fill(math.MaxInt, func() bool { return false })
}

func (cu *cursor) fill(most int, late func() bool) (*avatica.Frame, error) {
	for cu.res != nil && cu.rows.Len() < most {
		if cu.left == 0 {
			if err := cu.close(); err != nil {
				return nil, err
			}
			break
		}
		if len(cu.rest) == 0 {
			if cu.rows.Count() > 0 && late() {
				break
			}
			if err := cu.batch(); err != nil {
				return nil, err
			}
			continue
		}
		if err := cu.rows.Add(cu.rest[0]); err != nil {
			return nil, cu.fail(err)
		}
		cu.rest = cu.rest[1:]
		cu.left--
	}
	rows, n := cu.rows.Take()
	f := &avatica.Frame{Offset: cu.next, Done: cu.res == nil, Count: n, Rows: rows}
	cu.next += uint64(n)
	return f, nil
}

// batch asks the engine for more. At the end the result is closed, which may be what
// commits.
func (cu *cursor) batch() error {
	rows, err := cu.res.Next(cu.client.ctx)
	if err == io.EOF {
		return cu.close()
	}
	if err != nil {
		return cu.fail(err)
	}
	cu.rest = rows
	return nil
}

// fail ends the result with err.
func (cu *cursor) fail(err error) error {
	cu.err = err
	if e := cu.close(); e != nil {
		cu.client.srv.opts.Logger.Debug("https: closing a failed result", "error", e)
	}
	return err
}
