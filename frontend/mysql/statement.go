package mysql

import (
	"encoding/binary"
	"math"

	"github.com/lxdb/lxdb/engine/session"
)

// statement is a prepared statement of a connection.
type statement struct {
	stmt session.Stmt
	// types are what the client bound last; it need not repeat them.
	types []paramType
	bound bool
	args  []session.Value // reused: no statement runs before the last result is closed
	long  longData
}

// closeStatements forgets all prepared statements: COM_RESET_CONNECTION and the end.
func (c *conn) closeStatements() {
	for id := range c.stmts {
		c.closeOne(id)
	}
}

func (c *conn) closeOne(id uint32) {
	st := c.stmts[id]
	if st == nil {
		return
	}
	delete(c.stmts, id)
	c.forgetLongData(st)
	if err := st.stmt.Close(); err != nil {
		c.opts.Logger.Warn("mysql: closing a statement", "conn", c.id, "error", err)
	}
}

// prepare runs COM_STMT_PREPARE.
func prepare(c *conn, arg []byte) error {
	if len(c.stmts) >= c.opts.MaxStatements {
		return errTooManyStatements(c.opts.MaxStatements)
	}
	c.turn.give()
	stmt, err := c.sess.Prepare(c.ctx, c.statement(string(arg)))
	c.turn.take()
	if err != nil {
		return err
	}
	params, cols := stmt.Params(), stmt.Columns()
	if len(params) > math.MaxUint16 || len(cols) > math.MaxUint16 {
		if err := stmt.Close(); err != nil {
			return err
		}
		return errTooManyParams
	}
	id := c.newStatement(stmt, len(params))

	c.wr.begin()
	b := append(c.wr.buf, headerOK)
	b = binary.LittleEndian.AppendUint32(b, id)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(cols)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(params)))
	c.wr.buf = append(b, 0, 0, 0) // filler, no warnings
	c.wr.end()
	c.sendDefinitions(params)
	c.sendDefinitions(cols)
	return nil
}

func (c *conn) newStatement(stmt session.Stmt, params int) uint32 {
	if c.stmts == nil {
		c.stmts = map[uint32]*statement{}
	}
	// Ids wrap around after four billion; never hand out one that is in use.
	for {
		c.lastStmt++
		if _, used := c.stmts[c.lastStmt]; !used && c.lastStmt != 0 {
			break
		}
	}
	c.stmts[c.lastStmt] = &statement{
		stmt:  stmt,
		types: make([]paramType, params),
		args:  make([]session.Value, params),
	}
	return c.lastStmt
}

func (c *conn) sendDefinitions(cols []session.Column) {
	if len(cols) == 0 {
		return
	}
	cols = c.asShown(cols, c.speech().Results)
	for i := range cols {
		c.wr.begin()
		c.wr.buf = appendColumn(c.wr.buf, &cols[i])
		c.wr.end()
	}
	c.endOfColumns(false)
}

// execute runs COM_STMT_EXECUTE. A cursor that the client asks for is not
// opened: the rows follow at once, which the protocol allows, and flow control
// keeps a slow reader's memory where it is.
func execute(c *conn, arg []byte) error {
	p := payload{b: arg}
	id := p.uint32()
	p.take(1 + 4) // cursor type, iteration count
	if p.bad {
		return errMalformedPacket
	}
	st := c.stmts[id]
	if st == nil {
		return errUnknownStatement(id, "mysqld_stmt_execute")
	}
	defer c.release(st)
	if err := st.bind(&p, c.hold); err != nil {
		return err
	}
	st.inCharset(c.speech().Client)
	c.turn.give()
	res, err := st.stmt.Execute(c.ctx, st.args)
	c.turn.take()
	if err != nil {
		return err
	}
	return c.sendResults(res, appendBinaryRow, false)
}

// fetch refuses COM_STMT_FETCH: see execute.
func fetch(c *conn, arg []byte) error {
	p := payload{b: arg}
	id := p.uint32()
	if c.stmts[id] == nil {
		return errUnknownStatement(id, "mysqld_stmt_fetch")
	}
	return errNoCursor(id)
}

// closeStatement runs COM_STMT_CLOSE, which has no answer.
func closeStatement(c *conn, arg []byte) error {
	p := payload{b: arg}
	c.closeOne(p.uint32())
	return nil
}

func resetStatement(c *conn, arg []byte) error {
	p := payload{b: arg}
	id := p.uint32()
	st := c.stmts[id]
	if st == nil {
		return errUnknownStatement(id, "mysqld_stmt_reset")
	}
	c.forgetLongData(st)
	c.writeStatus()
	return nil
}

// sendLongData runs COM_STMT_SEND_LONG_DATA: a piece of a parameter's value. It
// has no answer, so what goes wrong is told when the statement is executed. All
// that a connection holds this way is bounded as one packet is.
func sendLongData(c *conn, arg []byte) error {
	p := payload{b: arg}
	id, param := p.uint32(), int(p.uint16())
	if st := c.stmts[id]; st != nil && !p.bad {
		before := st.long.bytes
		st.long.add(param, len(st.args), p.b, c.opts.MaxPacketBytes-c.longBytes, c.hold)
		c.longBytes += st.long.bytes - before
		if st.long.err != nil {
			err := st.long.err
			c.forgetLongData(st)
			st.long.err = err
		}
	}
	return nil
}

func (c *conn) forgetLongData(st *statement) {
	c.longBytes -= st.long.bytes
	_ = c.hold(-st.long.held)
	st.long = longData{}
}

// hold charges the session for what is read of a request that is not whole yet.
func (c *conn) hold(bytes int) error {
	if c.rd.hold == nil || bytes == 0 {
		return nil
	}
	return c.rd.hold(bytes)
}

// release drops what one execution bound; the types stay.
func (c *conn) release(st *statement) {
	clear(st.args)
	c.forgetLongData(st)
}
