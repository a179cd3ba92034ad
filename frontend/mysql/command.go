package mysql

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lxdb/lxdb/engine/session"
)

// handler runs one command. arg is the packet after the command byte and is
// valid until the next packet is read. A nil error means that the answer has
// been written; errQuit ends the connection; every other error is told to the
// client, and the connection goes on.
type handler func(c *conn, arg []byte) error

// handlers is indexed by command. Statements, which may run long, are watched:
// a client that vanishes cancels them.
//
// Always are those that who has to change his password first may send: statements, of which the session answers few,
// and what tells nothing.
var handlers = [256]struct {
	run     handler
	watched bool
	always  bool
}{
	comQuit:            {run: func(*conn, []byte) error { return errQuit }, always: true},
	comInitDB:          {run: initDB, watched: true},
	comQuery:           {run: query, watched: true, always: true},
	comFieldList:       {run: fieldList, watched: true},
	comStatistics:      {run: statistics},
	comProcessInfo:     {run: processInfo, watched: true},
	comProcessKill:     {run: processKill, watched: true},
	comDebug:           {run: debugInfo},
	comPing:            {run: ping, always: true},
	comChangeUser:      {run: changeUser, always: true},
	comStmtPrepare:     {run: prepare, watched: true, always: true},
	comStmtExecute:     {run: execute, watched: true, always: true},
	comStmtSendLong:    {run: sendLongData, always: true},
	comStmtClose:       {run: closeStatement, always: true},
	comStmtReset:       {run: resetStatement},
	comStmtFetch:       {run: fetch},
	comSetOption:       {run: setOption},
	comResetConnection: {run: resetConnection, watched: true},
}

// dispatch runs the command in packet. An error means that the connection ends.
func (c *conn) dispatch(packet []byte) error {
	if len(packet) == 0 {
		return c.quit(errMalformedPacket)
	}
	h := &handlers[packet[0]]
	if h.run == nil {
		c.writeError(errUnknownCommand)
		return nil
	}
	select {
	case <-c.sess.Done(): // also what no session is asked for, as a ping
		return c.quit(errKilled)
	default:
	}
	err := error(nil)
	if !h.always {
		err = session.Admit(c.ctx, c.sess)
	}
	if err == nil {
		err = c.runWatched(h.run, packet[1:], h.watched)
	}
	switch {
	case c.wr.err != nil:
		return c.wr.err
	case c.ctx.Err() != nil && c.endReason() == endNone:
		return errQuit // the client has gone
	case err == nil || errors.Is(err, errQuit):
		return err
	}
	c.told = c.speech().Results
	tell, internal := clientError(err)
	if internal {
		// Never the statement's text: it may hold a password.
		c.opts.Logger.Error("mysql: internal error", "conn", c.id, "command", packet[0], "error", err)
	}
	if tell.Number == errInterrupted.Number && c.endReason() == endCut {
		tell = errShutdown
	}
	c.writeError(tell)
	return nil
}

func (c *conn) runWatched(run handler, arg []byte, watched bool) error {
	if !watched {
		return run(c, arg)
	}
	c.watch.arm()
	defer func() {
		if c.watch.disarm() {
			c.idleUntil = time.Time{}
		}
	}()
	return run(c, arg)
}

func ping(c *conn, _ []byte) error {
	c.writeStatus()
	return nil
}

func initDB(c *conn, arg []byte) error {
	c.turn.give()
	err := c.sess.Use(c.ctx, c.name(arg))
	c.turn.take()
	if err != nil {
		return err
	}
	c.writeStatus()
	return nil
}

// resetConnection keeps the identity and nothing else of the session.
func resetConnection(c *conn, _ []byte) error {
	c.closeStatements()
	c.several = c.caps.has(capMultiStatements)
	c.turn.give()
	err := c.sess.Reset(c.ctx)
	c.turn.take()
	if err != nil {
		return err
	}
	c.writeStatus()
	return nil
}

// setOption switches several statements in one text on and off.
func setOption(c *conn, arg []byte) error {
	p := payload{b: arg}
	option := p.uint16()
	if p.bad || option > 1 {
		return errUnknownCommand
	}
	c.several = option == 0
	c.writeEnd(session.Summary{Status: c.sess.Status()}, false)
	return nil
}

// statistics answers with one line of text, without a packet header.
func statistics(c *conn, _ []byte) error {
	uptime := time.Since(c.srv.started)
	questions := c.srv.questions.Load()
	c.wr.begin()
	c.wr.buf = fmt.Appendf(c.wr.buf, "Uptime: %d  Threads: %d  Questions: %d  Queries per second avg: %.3f",
		int64(uptime.Seconds()), c.srv.Connections(), questions, float64(questions)/max(uptime.Seconds(), 1))
	c.wr.end()
	return nil
}

// debugInfo is answered and does nothing more: what MySQL dumps into its log
// here, an operator of this server reads from its metrics.
func debugInfo(c *conn, _ []byte) error {
	c.writeEnd(session.Summary{Status: c.sess.Status()}, false)
	return nil
}

// processInfo and processKill are statements, so that the rights of statements
// apply to them.
func processInfo(c *conn, _ []byte) error { return c.runText("SHOW PROCESSLIST", false) }

func processKill(c *conn, arg []byte) error {
	p := payload{b: arg}
	id := p.uint32()
	if p.bad {
		return errMalformedPacket
	}
	return c.runText(fmt.Sprintf("KILL %d", id), false)
}

// fieldList answers with the columns of a table, which old clients complete
// names from. Selecting no row tells them, and asks for the right to know.
func fieldList(c *conn, arg []byte) error {
	p := payload{b: arg}
	table, pattern := c.name([]byte(p.nulString())), c.name(p.rest())
	if p.bad {
		return errMalformedPacket
	}
	c.turn.give()
	res, _, err := c.sess.Query(c.ctx, "SELECT * FROM `"+strings.ReplaceAll(table, "`", "``")+"` LIMIT 0")
	c.turn.take()
	if err != nil {
		return err
	}
	cols := res.Columns()
	shown := c.asShown(cols, c.speech().Results)
	for i := range cols {
		if pattern != "" && !likeMatch(strings.ToLower(pattern), strings.ToLower(cols[i].Name)) {
			continue
		}
		c.wr.begin()
		c.wr.buf = append(appendColumn(c.wr.buf, &shown[i]), lenencNull) // no default
		c.wr.end()
	}
	if err := c.closeResult(res); err != nil {
		return err
	}
	c.writeEnd(session.Summary{Status: c.sess.Status()}, false)
	return nil
}

// likeMatch matches s against a LIKE pattern of % and _.
func likeMatch(pattern, s string) bool {
	// retry is where to go on after the last %, when what follows it did not fit.
	retryPattern, retryS := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '%':
			retryPattern, retryS = p+1, i
			p++
		case p < len(pattern) && (pattern[p] == '_' || pattern[p] == s[i]):
			p, i = p+1, i+1
		case retryPattern >= 0:
			retryS++
			p, i = retryPattern, retryS
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "%") == ""
}
