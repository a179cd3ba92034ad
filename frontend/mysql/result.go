package mysql

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lxdb/lxdb/engine/session"
)

// rowFormat appends the payload of one row.
type rowFormat func(b []byte, cols []session.Column, row session.Row) ([]byte, error)

// query runs COM_QUERY.
func query(c *conn, arg []byte) error { return c.runText(string(arg), c.several) }

// runText runs the statements of text and sends their results. several says
// whether there may be more than one.
func (c *conn) runText(text string, several bool) error {
	if !several {
		if mayHaveSeveral(text) {
			c.turn.give()
			first, rest := c.sess.Split(text)
			c.turn.take()
			if rest != "" {
				return errSeveralStatements
			}
			text = first
		}
	}
	for {
		rest := ""
		if c.speech().Client.Read != nil { // statements may choose in which character set the next one is
			c.turn.give()
			text, rest = c.sess.Split(text)
			c.turn.take()
			text = c.statement(text)
		}
		c.turn.give()
		res, more, err := c.sess.Query(c.ctx, text)
		c.turn.take()
		rest = cmp.Or(rest, more)
		c.finishFile()
		if err != nil {
			return err
		}
		if err := c.sendResults(res, appendTextRow, rest != ""); err != nil {
			return err
		}
		if rest == "" || c.wr.err != nil {
			return nil
		}
		text = rest
	}
}

// mayHaveSeveral says whether it is worth splitting text: there is a semicolon
// before its end.
func mayHaveSeveral(text string) bool {
	i := strings.IndexByte(text, ';')
	return i >= 0 && strings.TrimRight(text[i:], "; \t\r\n") != ""
}

// sendResults sends res and what follows it from the same statement.
func (c *conn) sendResults(res session.Result, format rowFormat, more bool) error {
	for {
		var next session.Result
		var failed error
		if several, ok := res.(session.Several); ok {
			next, failed = several.More()
		}
		if err := c.sendResult(res, format, more || next != nil || failed != nil); err != nil || failed != nil {
			return errors.Join(err, failed)
		}
		if next == nil || c.wr.err != nil {
			return nil
		}
		res = next
	}
}

// sendResult streams res to the client and closes it. more says that another
// result of the same command follows.
func (c *conn) sendResult(res session.Result, format rowFormat, more bool) error {
	cols := res.Columns()
	if len(cols) > 0 && res.Summary().Outputs && !c.caps.has(capPSMultiResults) {
		return c.closeResult(res) // the client would take it for one more of the procedure's
	}
	if len(cols) > 0 {
		to := c.speech().Results
		c.sendColumns(c.asShown(cols, to), res.Summary().Outputs)
		if err := c.sendRows(res, cols, c.converters(cols, to), format); err != nil {
			return errors.Join(err, c.closeResult(res))
		}
	}
	summary := res.Summary()
	// Closing may be what commits, so its error must not come after an OK.
	if err := c.closeResult(res); err != nil {
		return err
	}
	if len(cols) > 0 {
		c.writeEnd(summary, more)
	} else {
		c.writeOK(headerOK, summary, more)
	}
	return nil
}

func (c *conn) closeResult(res session.Result) error {
	c.turn.give()
	defer c.turn.take()
	return res.Close()
}

func (c *conn) sendColumns(cols []session.Column, outputs bool) {
	c.wr.begin()
	c.wr.buf = appendLenenc(c.wr.buf, uint64(len(cols)))
	c.wr.end()
	for i := range cols {
		c.wr.begin()
		c.wr.buf = appendColumn(c.wr.buf, &cols[i])
		c.wr.end()
	}
	c.endOfColumns(outputs)
}

// endOfColumns closes a list of definitions for clients that want it closed.
func (c *conn) endOfColumns(outputs bool) {
	if !c.caps.has(capDeprecateEOF) {
		c.writeEOF(0, statusFlags(session.Summary{Status: c.sess.Status(), Outputs: outputs}, outputs))
	}
}

func (c *conn) sendRows(res session.Result, cols []session.Column, by []func([]byte) []byte, format rowFormat) error {
	var texts session.Row
	for {
		c.turn.give()
		rows, err := res.Next(c.ctx)
		c.turn.take()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for _, row := range rows {
			if len(row) != len(cols) {
				return fmt.Errorf("a row of %d values for %d columns", len(row), len(cols))
			}
			if by != nil {
				texts = converted(texts, row, by)
				row = texts
			}
			c.wr.begin()
			b, err := format(c.wr.buf, cols, row)
			if err != nil {
				c.wr.drop()
				return err
			}
			c.wr.buf = b
			c.wr.end()
			if c.wr.err != nil {
				return c.wr.err // nobody reads the rest
			}
		}
	}
}

// writeStatus writes an OK packet with nothing but the session's status.
func (c *conn) writeStatus() {
	c.writeOK(headerOK, session.Summary{Status: c.sess.Status()}, false)
}

func (c *conn) writeOK(header byte, s session.Summary, more bool) {
	c.wr.begin()
	b := append(c.wr.buf, header)
	b = appendLenenc(b, s.AffectedRows)
	b = appendLenenc(b, s.LastInsertID)
	b = binary.LittleEndian.AppendUint16(b, statusFlags(s, more))
	b = binary.LittleEndian.AppendUint16(b, s.Warnings)
	if s.Info != "" {
		// The protocol's description has it run to the end of the packet. MySQL
		// sends its length first, and Connector/J insists.
		b = appendLenencBytes(b, s.Info)
	}
	c.wr.buf = b
	c.wr.end()
}

// writeEnd closes a row set, in the form that the client knows.
func (c *conn) writeEnd(s session.Summary, more bool) {
	if c.caps.has(capDeprecateEOF) {
		c.writeOK(headerEOF, s, more)
		return
	}
	c.writeEOF(s.Warnings, statusFlags(s, more))
}

func (c *conn) writeEOF(warnings, status uint16) {
	c.wr.begin()
	b := append(c.wr.buf, headerEOF)
	b = binary.LittleEndian.AppendUint16(b, warnings)
	c.wr.buf = binary.LittleEndian.AppendUint16(b, status)
	c.wr.end()
}

func statusFlags(sum session.Summary, more bool) uint16 {
	s := sum.Status
	var flags uint16
	for _, f := range [...]struct {
		on   bool
		flag uint16
	}{
		{s.InTransaction, statusInTransaction},
		{s.Autocommit, statusAutocommit},
		{s.NoBackslashEscapes, statusNoBackslashEscapes},
		{more, statusMoreResults},
		{sum.Outputs, statusOutputs},
	} {
		if f.on {
			flags |= f.flag
		}
	}
	return flags
}
