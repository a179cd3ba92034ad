package csvload

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const byteOrderMark = "\uFEFF"

// reader reads the records of a file with the lines they begin on.
type reader struct {
	csv    *csv.Reader
	close  func() error
	header []string
}

// open opens the file and reads the header.
func (l *loader) open() (*reader, error) {
	f, err := l.opts.Open()
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(f, 1<<16)
	if mark, err := buffered.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		_, _ = buffered.Discard(len(byteOrderMark)) // it was just peeked at
	}
	r := &reader{csv: csv.NewReader(buffered), close: f.Close}
	r.csv.Comma = l.opts.Delimiter
	r.csv.ReuseRecord = true
	header, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s is empty: its first line names the columns", l.opts.File)
	} else if err != nil {
		err = fmt.Errorf("%s:1: %w", l.opts.File, reason(err))
	}
	if err == nil {
		r.header, err = l.checkHeader(header)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return r, nil
}

func (l *loader) checkHeader(header []string) ([]string, error) {
	var names []string
	seen := map[string]bool{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		switch folded := strings.ToLower(name); {
		case name == "":
			return nil, fmt.Errorf("%s:1: column %d has no name", l.opts.File, i+1)
		case !utf8.ValidString(name):
			return nil, fmt.Errorf("%s:1: the name of column %d is not UTF-8", l.opts.File, i+1)
		case utf8.RuneCountInString(name) > 64:
			return nil, fmt.Errorf("%s:1: the name of column %d is longer than 64 characters", l.opts.File, i+1)
		case seen[folded]:
			return nil, fmt.Errorf("%s:1: two columns are named %q", l.opts.File, name)
		default:
			seen[folded] = true
		}
		names = append(names, name)
	}
	return names, nil
}

// reason takes the position out of the library's errors: we give our own.
func reason(err error) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return err
	}
	switch {
	case errors.Is(p.Err, csv.ErrQuote):
		return errors.New(`a quoted field does not end as it should: write a quote inside one as ""`)
	case errors.Is(p.Err, csv.ErrBareQuote):
		return errors.New(`a quote stands in a field that is not quoted: write "…""…"`)
	}
	return p.Err
}

// scan passes every record to look, and gathers the faults of lines that are no
// records.
func (l *loader) scan(r *reader, bad *BadLines, look func(line int, record []string)) error {
	for {
		record, err := r.csv.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		l.progress(r.csv.InputOffset())
		if err := l.interrupted(); err != nil {
			return err
		}
		var p *csv.ParseError
		switch {
		case errors.As(err, &p) && errors.Is(err, csv.ErrFieldCount):
			bad.add(Fault{Line: p.StartLine, Reason: fmt.Sprintf("%s, the header has %d", count(len(record), "field"), len(r.header))})
			continue
		case errors.As(err, &p):
			bad.add(Fault{Line: p.StartLine, Reason: reason(err).Error()})
			continue
		case err != nil:
			return fmt.Errorf("read %s: %w", l.opts.File, err)
		}
		line, _ := r.csv.FieldPos(0)
		ok := true
		for i, field := range record {
			if !utf8.ValidString(field) {
				bad.add(Fault{Line: line, Column: r.header[i], Reason: "the field is not UTF-8"})
				ok = false
			}
		}
		if ok {
			look(line, record)
		}
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
