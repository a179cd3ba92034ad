package change

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Format is how the rows of a file are written: the clauses FIELDS and LINES of LOAD DATA.
type Format struct {
	Field, Line []byte // what ends a field and a line
	Start       []byte // what a line begins with; what stands before it is no part of it
	Enclosed    int    // the byte around fields, -1 without one
	Escape      int    // the byte that takes the meaning from the next one, -1 without one
	Skip        uint64 // lines that are passed over
	// Fixed says that fields end by the widths of their columns.
	Fixed bool
	// Charset is a collation of the file's character set.
	Charset *value.Collation
}

// lines reads fields and lines. It holds one field at a time: a file may be as large as it
// likes.
type lines struct {
	*Format
	src  *bufio.Reader
	grow func(bytes int) error // asked before a field takes more memory

	field    []byte
	enclosed bool
	null     bool // \N stood in the field
	lineEnd  bool // the last field ended the line
	eof      bool
	inLine   bool // what a line begins with was found
}

var errFieldTooLong = sqlerr.PacketTooLarge.Errorf("A field of the file is larger than max_allowed_packet").
	WithHint("is the right FIELDS TERMINATED BY or ENCLOSED BY given?")

// next returns the next byte, and false at the end of the file.
func (l *lines) next() (byte, bool, error) {
	b, err := l.src.ReadByte()
	if err == nil {
		return b, true, nil
	}
	if errors.Is(err, io.EOF) {
		return 0, false, nil
	}
	return 0, false, err
}

// follows takes the rest of a terminator whose first byte was just read, if it is there.
func (l *lines) follows(terminator []byte) bool {
	rest := terminator[1:]
	if len(rest) == 0 {
		return true
	}
	ahead, _ := l.src.Peek(len(rest)) // less at the end of the file: then it is not there
	if !bytes.Equal(ahead, rest) {
		return false
	}
	_, _ = l.src.Discard(len(rest)) // it was peeked at
	return true
}

func (l *lines) add(b byte, limit int) error {
	if len(l.field) == cap(l.field) {
		if len(l.field) >= limit {
			return errFieldTooLong
		}
		size := max(256, 2*cap(l.field))
		if err := l.grow(size - cap(l.field)); err != nil {
			return err
		}
		l.field = append(make([]byte, 0, size), l.field...)
	}
	l.field = append(l.field, b)
	return nil
}

// start passes over what stands before the beginning of a line; false at the end of the file.
func (l *lines) start() (bool, error) {
	if l.inLine || len(l.Start) == 0 {
		return true, nil
	}
	for {
		b, ok, err := l.next()
		if err != nil || !ok {
			l.eof, l.lineEnd = true, true
			return false, err
		}
		if b == l.Start[0] && l.follows(l.Start) {
			l.inLine = true
			return true, nil
		}
	}
}

// read reads the next field of the line into l.field. ok is false when there is none.
func (l *lines) read(limit int) (ok bool, err error) {
	l.field, l.enclosed, l.null = l.field[:0], false, false
	if l.lineEnd {
		return false, nil
	}
	if ok, err := l.start(); err != nil || !ok {
		return false, err
	}
	b, ok, err := l.next()
	if err != nil || !ok {
		l.eof, l.lineEnd = true, true
		return false, err
	}
	if int(b) == l.Enclosed {
		return true, l.quoted(limit)
	}
	for ; ok && err == nil; b, ok, err = l.next() {
		switch {
		case int(b) == l.Escape:
			if err := l.escaped(limit); err != nil {
				return false, err
			}
			continue
		case len(l.Line) > 0 && b == l.Line[0] && l.follows(l.Line):
			l.lineEnd = true
			return true, nil
		case len(l.Field) > 0 && b == l.Field[0] && l.follows(l.Field):
			return true, nil
		}
		if err := l.add(b, limit); err != nil {
			return false, err
		}
	}
	l.eof, l.lineEnd = true, true
	return true, err
}

// quoted reads the rest of a field that began with the byte around fields. One that does not
// end before the file does is taken with that byte, as MySQL does.
func (l *lines) quoted(limit int) error {
	for {
		b, ok, err := l.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if int(b) == l.Escape && l.Escape != l.Enclosed {
			if err := l.escaped(limit); err != nil {
				return err
			}
			continue
		}
		if int(b) == l.Enclosed {
			if done, err := l.closed(b, limit); done || err != nil {
				l.enclosed = done
				return err
			}
			continue
		}
		if err := l.add(b, limit); err != nil {
			return err
		}
	}
	l.eof, l.lineEnd = true, true
	if err := l.add(0, limit); err != nil {
		return err
	}
	copy(l.field[1:], l.field)
	l.field[0] = byte(l.Enclosed)
	return nil
}

// closed looks at what follows the byte around fields inside such a field: itself, for one
// of them; the end of the field; or anything else, and then it is a byte like others.
func (l *lines) closed(b byte, limit int) (done bool, err error) {
	after, ok, err := l.next()
	switch {
	case err != nil:
		return false, err
	case !ok:
		l.eof, l.lineEnd = true, true
		return true, nil
	case int(after) == l.Enclosed:
		return false, l.add(b, limit)
	case len(l.Line) > 0 && after == l.Line[0] && l.follows(l.Line):
		l.lineEnd = true
		return true, nil
	case len(l.Field) > 0 && after == l.Field[0] && l.follows(l.Field):
		return true, nil
	}
	if err := l.src.UnreadByte(); err != nil {
		return false, err
	}
	return false, l.add(b, limit)
}

// escaped takes the byte behind an escape.
func (l *lines) escaped(limit int) error {
	b, ok, err := l.next()
	if err != nil {
		return err
	}
	if !ok {
		return l.add(byte(l.Escape), limit)
	}
	switch b {
	case 'n':
		b = '\n'
	case 't':
		b = '\t'
	case 'r':
		b = '\r'
	case 'b':
		b = '\b'
	case '0':
		b = 0
	case 'Z':
		b = 26
	case 'N':
		l.null = true
	}
	return l.add(b, limit)
}

// isNull says that the field is NULL: \N, or the word where fields stand in quotes.
func (l *lines) isNull() bool {
	if l.enclosed {
		return false
	}
	return l.null && len(l.field) == 1 || l.Enclosed >= 0 && string(l.field) == "NULL"
}

// nextLine goes to the beginning of the next line. cut says that something was passed over;
// more is false at the end of the file.
func (l *lines) nextLine() (cut, more bool, err error) {
	l.inLine = false
	if l.lineEnd || l.eof {
		l.lineEnd = false
		return false, !l.eof, nil
	}
	if len(l.Line) == 0 {
		return false, true, nil
	}
	for {
		b, ok, err := l.next()
		switch {
		case err != nil:
			return cut, false, err
		case !ok:
			l.eof = true
			return cut, false, nil
		case int(b) == l.Escape:
			if _, _, err := l.next(); err != nil {
				return cut, false, err
			}
		case b == l.Line[0] && l.follows(l.Line):
			return cut, true, nil
		}
		cut = true
	}
}

// fixed reads a line of fields without an end, which is so many bytes or ends before. ok is
// false at the end of the file.
func (l *lines) fixed(width int) (ok bool, err error) {
	l.field, l.enclosed, l.null = l.field[:0], false, false
	if ok, err := l.start(); err != nil || !ok {
		return false, err
	}
	for len(l.field) < width {
		b, ok, err := l.next()
		switch {
		case err != nil:
			return false, err
		case !ok:
			l.eof, l.lineEnd = true, true
			return len(l.field) > 0, nil
		case int(b) == l.Escape:
			err = l.escaped(width)
		case len(l.Line) > 0 && b == l.Line[0] && l.follows(l.Line):
			l.lineEnd = true
			return true, nil
		default:
			err = l.add(b, width)
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// skip passes over the first lines.
func (l *lines) skip(done func() error) error {
	for n := uint64(0); n < l.Skip && !l.eof; n++ {
		if n&1023 == 1023 {
			if err := done(); err != nil {
				return err
			}
		}
		if _, _, err := l.nextLine(); err != nil {
			return err
		}
	}
	return nil
}
