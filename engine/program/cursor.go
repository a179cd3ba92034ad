package program

import (
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// openCursor has all its rows: what is written while it is open does not change them. The right to
// them is asked for at each FETCH, as at each batch of a scan.
type openCursor struct {
	held  func() error
	rows  [][]value.Value
	types []value.Type
	next  int
	size  int // of what is charged
}

func (f *Frame) cursor(s *cursorStatement) error {
	c := f.cursors[s.cursor]
	switch s.kind {
	case cursorOpen:
		if c != nil {
			return sqlerr.SPCursorAlreadyOpen.Errorf("Cursor is already open")
		}
		c = &openCursor{}
		held, err := f.host.Open(f, s.query, func(row []value.Value, types []value.Type) error {
			size := rowSize(row)
			if err := f.host.Charge(size); err != nil {
				return err
			}
			c.rows, c.types, c.size = append(c.rows, row), types, c.size+size
			return nil
		})
		c.held = held
		f.cursors[s.cursor] = c
		if err != nil {
			f.closeCursor(s.cursor)
		}
		return err
	case cursorClose:
		if c == nil {
			return sqlerr.SPCursorNotOpen.Errorf("Cursor is not open")
		}
		f.closeCursor(s.cursor)
		return nil
	}
	return f.fetch(c, s)
}

// rowSize is what a row takes: 40 bytes a value beside its text.
func rowSize(row []value.Value) int {
	size := 24 + 40*len(row)
	for _, v := range row {
		size += len(v.Bytes())
	}
	return size
}

// closeCursor forgets the rows of a cursor.
func (f *Frame) closeCursor(number int) {
	if c := f.cursors[number]; c != nil {
		_ = f.host.Charge(-c.size)
		f.cursors[number] = nil
	}
}

func (f *Frame) fetch(c *openCursor, s *cursorStatement) error {
	if c == nil {
		return sqlerr.SPCursorNotOpen.Errorf("Cursor is not open")
	}
	if c.types != nil && len(c.types) != len(s.into) {
		return sqlerr.SPWrongNoOfFetchArgs.Errorf("Incorrect number of FETCH variables")
	}
	if c.next >= len(c.rows) {
		return sqlerr.SPFetchNoData.Errorf("%s", noData)
	}
	if err := c.held(); err != nil {
		return err
	}
	row := c.rows[c.next]
	c.rows[c.next] = nil
	c.next++
	for i, to := range s.into {
		if err := f.assign(to, row[i], &c.types[i]); err != nil {
			return f.emptied(to, err)
		}
	}
	return nil
}

const noData = "No data - zero rows fetched, selected, or processed"

// closeCursors closes those that a block has declared.
func (f *Frame) closeCursors(b *Block) {
	for _, c := range b.inner.cursors {
		f.closeCursor(c.number)
	}
}

// sql runs a statement of SQL.
func (f *Frame) sql(s *SQL) error {
	if s.Into == nil {
		return f.host.Run(f, s, nil)
	}
	n := 0
	var held Held
	err := f.host.Run(f, s, func(row []value.Value, types []value.Type) error {
		if len(row) != len(s.Into) {
			return sqlerr.WrongNumberOfColumnsInSelect.Errorf("The used SELECT statements have a different number of columns")
		}
		if n++; n > 1 {
			return sqlerr.TooManyRows.Errorf("Result consisted of more than one row")
		}
		for i, to := range s.Into {
			v, t := row[i], &types[i]
			if slot, changed := s.Again[i]; changed {
				v, t = f.Vars[slot], f.Type(slot)
			}
			if to.Slot < 0 {
				held.Add(to.User, v, t)
				continue
			}
			if err := f.assign(to, v, t); err != nil {
				return f.emptied(to, err)
			}
		}
		return nil
	})
	if failed := held.Give(f.host.SetUser); failed != nil {
		return failed
	}
	if begun := f.host.Begun(); err != nil && begun != nil && len(begun.Values) == len(s.Into) {
		err = f.unfinished(s, begun, err)
	}
	if err == nil && n == 0 {
		f.host.Add(Condition{Level: Warning, Number: uint16(sqlerr.SPFetchNoData), State: sqlerr.SPFetchNoData.State(), Message: noData})
	}
	if err == nil {
		f.host.Counted(int64(n))
	}
	return err
}

// Begun is what could be computed of a row, where the whole of it could not.
type Begun struct {
	Values []value.Value
	Types  []*value.Type
	Failed []error
}

// unfinished gives variables what could be computed of their row, as MySQL does: its Query_dumpvar::send_data assigns
// column by column, ends at the first variable of the program that cannot have its value (sp_eval_expr leaves NULL in
// that), and goes on behind a variable of the user.
func (f *Frame) unfinished(s *SQL, begun *Begun, err error) error {
	failed := false
	for i, to := range s.Into {
		if failed = failed || begun.Failed[i] != nil; failed && to.Slot >= 0 {
			return f.emptied(to, err)
		}
		if err := f.assign(to, begun.Values[i], begun.Types[i]); err != nil {
			return f.emptied(to, err)
		}
	}
	return err
}
