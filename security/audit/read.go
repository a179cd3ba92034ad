package audit

import (
	"errors"
	"fmt"
)

// Read tells each every record that the log has, oldest first, and verifies the
// chain on the way. What is being written at the moment may be missing. Errors:
// ErrTampered, and what each returns.
func (l *Log) Read(each func(Record) error) error {
	if l == nil {
		return nil
	}
	if l.opts.Dir == "" {
		return l.readMemory(each)
	}
	_, err := Verify(l.opts.Dir, l.key, each)
	if errors.Is(err, ErrTorn) {
		return nil
	}
	return err
}

func (l *Log) readMemory(each func(Record) error) error {
	l.mu.Lock()
	lines := l.tail.kept[:len(l.tail.kept):len(l.tail.kept)]
	l.mu.Unlock()
	for _, line := range lines {
		_, text, err := split(line[:len(line)-1])
		if err != nil {
			return err
		}
		rec, err := decode(text)
		if err != nil {
			return fmt.Errorf("read audit log: %w", err)
		}
		if err := each(rec); err != nil {
			return err
		}
	}
	return nil
}

// Last is the number of the newest record that Open found, for a caller that knows
// how far the log must reach.
func (l *Log) Last() uint64 {
	if l == nil {
		return 0
	}
	return l.found
}

// Watched is the last record whose event begins with Options.Watch, as Open found
// it. It is the zero Record without one.
func (l *Log) Watched() Record {
	if l == nil {
		return Record{}
	}
	return l.watched
}
