package ldif

import (
	"bufio"
	"errors"
	"io"
)

const (
	// MaxLine bounds a line with the lines that continue it.
	MaxLine = 1 << 20
	// MaxRecord bounds the lines of a record.
	MaxRecord = 16 << 20
)

// line is one logical line: with its continuations, without its line end.
type line struct {
	n    int // of its first line in the file
	text string
	long bool // more than MaxLine; text has the beginning
}

// lineReader joins folded lines and leaves comments out.
type lineReader struct {
	r      *bufio.Reader
	n      int // lines that were read
	offset int64
}

// byteOrderMark is what some editors put before UTF-8.
const byteOrderMark = "\uFEFF"

// next returns io.EOF at the end.
func (l *lineReader) next() (line, error) {
	if l.offset == 0 {
		if b, err := l.r.Peek(len(byteOrderMark)); err == nil && string(b) == byteOrderMark {
			n, _ := l.r.Discard(len(b)) // Peek has seen them
			l.offset += int64(n)
		}
	}
	for {
		text, long, err := l.physical(nil)
		if err != nil {
			return line{}, err
		}
		first := l.n
		for len(text) > 0 && text[0] != ' ' && l.continues() {
			_, _ = l.r.Discard(1) // continues has seen the byte
			l.offset++
			var more bool
			text, more, err = l.physical(text)
			if long = long || more; err != nil && !errors.Is(err, io.EOF) {
				return line{}, err
			}
		}
		if len(text) > 0 && text[0] == '#' {
			continue
		}
		return line{n: first, text: string(text), long: long}, nil
	}
}

// continues says whether the next line belongs to the one before.
func (l *lineReader) continues() bool {
	b, err := l.r.Peek(1)
	return err == nil && b[0] == ' '
}

// physical appends one line of the file to dst. What is beyond MaxLine is read
// and dropped.
func (l *lineReader) physical(dst []byte) (text []byte, long bool, err error) {
	start, any := len(dst), false
	for {
		part, err := l.r.ReadSlice('\n')
		any = any || len(part) > 0
		l.offset += int64(len(part))
		if err == nil {
			part = part[:len(part)-1]
		}
		if room := MaxLine + 1 - len(dst); len(part) > room { // one more, for a CR
			part, long = part[:room], true
		}
		dst = append(dst, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || !any):
			return dst, long, err
		}
		l.n++
		if n := len(dst); n > start && dst[n-1] == '\r' {
			dst = dst[:n-1]
		}
		return dst, long || len(dst) > MaxLine, nil
	}
}
