package mysql

import (
	"encoding/binary"
	"testing"
)

// What a CALL gives to placeholders is a result of its own, with a flag of its own, for
// clients that say they know it.
func TestOutputs(t *testing.T) {
	s := startServer(t)
	c := s.mustLogin("alice", "wonder")
	c.command(comStmtPrepare, []byte("call")...)
	c.mustOK(c.mustRecv())
	c.command(comStmtExecute, 1, 0, 0, 0, 0, 1, 0, 0, 0)
	var ends []uint16
	for range 2 {
		for range 3 { // the number of columns, a column, a row
			c.mustRecv()
		}
		end := c.mustRecv()
		if end[0] != headerEOF {
			t.Fatalf("no end of the rows: %v", end)
		}
		ends = append(ends, binary.LittleEndian.Uint16(end[3:]))
	}
	if ends[0] != statusAutocommit|statusMoreResults || ends[1] != statusAutocommit|statusMoreResults|statusOutputs {
		t.Errorf("flags of the results: %#x", ends)
	}
	ok := c.mustRecv()
	c.mustOK(ok)
	if flags := binary.LittleEndian.Uint16(ok[3:]); flags != statusAutocommit {
		t.Errorf("flags of the end: %#x", flags)
	}
}
