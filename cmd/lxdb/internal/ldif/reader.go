package ldif

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// Reader reads the records of an LDIF file.
type Reader struct {
	lines lineReader
	began bool
}

// NewReader returns a Reader. It buffers.
func NewReader(r io.Reader) *Reader {
	return &Reader{lines: lineReader{r: bufio.NewReaderSize(r, 64<<10)}}
}

// Offset is how many bytes were read.
func (r *Reader) Offset() int64 { return r.lines.offset }

// Next returns the next record, and io.EOF after the last. After a *SyntaxError
// it goes on behind the record that has the fault.
func (r *Reader) Next() (*Record, error) {
	for {
		lines, err := r.block()
		if err != nil {
			return nil, err
		}
		if !r.began {
			r.began = true
			if lines, err = version(lines); err != nil {
				return nil, err
			}
		}
		if len(lines) > 0 {
			return (&parser{lines: lines}).record()
		}
	}
}

// block reads the lines up to an empty one.
func (r *Reader) block() ([]line, error) {
	var lines []line
	var fault *SyntaxError
	size := 0
	for {
		l, err := r.lines.next()
		if err != nil && (!errors.Is(err, io.EOF) || len(lines) == 0 && fault == nil) {
			return nil, err
		}
		if err != nil || l.text == "" {
			if fault != nil {
				return nil, fault
			}
			if len(lines) > 0 {
				return lines, nil
			}
			continue
		}
		size += len(l.text)
		switch {
		case fault != nil: // read on to its end
		case l.long:
			fault = bad(l.n, "the line is longer than %d bytes", MaxLine)
		case size > MaxRecord:
			fault, lines = bad(l.n, "the record is longer than %d bytes", MaxRecord), nil
		case l.text[0] == ' ':
			fault = bad(l.n, "the line continues nothing")
		default:
			lines = append(lines, l)
		}
	}
}

// version takes the version line off the first record.
func version(lines []line) ([]line, error) {
	first := lines[0]
	if !strings.HasPrefix(strings.ToLower(first.text), "version:") {
		return lines, nil
	}
	_, value, err := split(first)
	if err != nil {
		return nil, err
	}
	if value != "1" {
		return nil, bad(first.n, "LDIF version %.20q is not supported, only 1 is", value)
	}
	return lines[1:], nil
}
