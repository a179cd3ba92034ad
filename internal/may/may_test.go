package may_test

import (
	"errors"
	"io"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/internal/may"
)

// TestAsk: a NO is a server's alone, and a YES its last row.
func TestAsk(t *testing.T) {
	yes, no := []string{"YES", "ann", "the statement may be sent"}, []string{"NO", "ann", "SELECT command denied"}
	for _, c := range []struct {
		rows   [][]string
		number uint16
		err    error
		want   may.Answer
	}{
		{[][]string{no, yes}, 0, nil, may.Yes},
		{[][]string{yes, no}, 0, nil, may.No},
		{nil, 0, nil, may.No},
		{nil, uint16(sqlerr.CannotUser), errors.New("EXPLAIN SECURITY failed"), may.No},
		{nil, uint16(sqlerr.NotSupportedYet), errors.New("EXPLAIN SECURITY of SET"), may.Unsaid},
		{nil, uint16(sqlerr.QueryInterrupted), errors.New("interrupted"), may.Unsaid},
		{nil, 0, io.ErrUnexpectedEOF, may.Unsaid},
		{[][]string{yes}, 0, io.ErrUnexpectedEOF, may.Unsaid},
	} {
		got, rows, err := may.Ask("a`nn", "SELECT 1", func(text string) ([][]string, uint16, error) {
			if text != "EXPLAIN SECURITY FOR `a``nn` SELECT 1" {
				t.Errorf("asked with %s", text)
			}
			return c.rows, c.number, c.err
		})
		if got != c.want || !errors.Is(err, c.err) || c.err != nil && rows != nil {
			t.Errorf("%+v: %v, %v, %v", c, got, rows, err)
		}
	}
}
