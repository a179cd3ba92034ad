package audit

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// ErrUnwritable: the log cannot be written, so what it should have recorded is
// refused.
var ErrUnwritable = errors.New("the audit log cannot be written")

// Options of Open.
type Options struct {
	// Dir holds the files, KeyFile the key. Without Dir the log is in memory, for
	// stores in memory, and keeps the newest records only.
	Dir, KeyFile string
	// SegmentBytes begins a new file when one is as long; 0 is 16 MiB.
	SegmentBytes int64
	// Keep is how many files stay when a new one begins; 0 is all.
	Keep int
	// Continue lets everything go on when the log cannot be written. What is lost
	// is counted, and the count is written as soon as that works again.
	Continue bool
	// Watch is the beginning of the names of events whose last record Watched knows.
	Watch string
	// Now is nil for time.Now.
	Now    func() time.Time
	Logger *slog.Logger // nil discards

	open func(path string) (file, error) // of tests
}

const (
	defaultSegment = 16 << 20
	// syncEvery and syncBytes bound what a power cut can take of what nobody waits for.
	syncEvery = time.Second
	syncBytes = 256 << 10
	// memoryRecords is how many a log in memory keeps.
	memoryRecords = 10_000
)

// file is what the log asks of a file.
type file interface {
	WriteAt(p []byte, at int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// Stats count since the start.
type Stats struct {
	Records, Bytes, Syncs uint64
	Failures, Lost        uint64
	// Failing: the last record could not be written.
	Failing bool
}

// Log is an open audit log. It is safe for concurrent use. A nil *Log takes
// everything and writes nothing.
type Log struct {
	opts Options
	key  Key

	mu      sync.Mutex
	pending []*entry
	closed  bool
	stats   Stats
	wake    chan struct{}
	done    chan struct{}

	found   uint64    // the number that Open found last
	newest  time.Time // and when that was written
	watched Record
	tail    tail // of the writer alone
}

// entry is a record that somebody waits for.
type entry struct {
	rec     Record
	durable bool
	seq     uint64
	done    chan error
}

// Open opens the log, or begins one. What a power cut left unfinished is cut off and
// noted; after a change by somebody else a new file begins, which says so.
func Open(opts Options) (*Log, error) {
	if opts.SegmentBytes <= 0 {
		opts.SegmentBytes = defaultSegment
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.open == nil {
		opts.open = func(path string) (file, error) { return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) }
	}
	l := &Log{opts: opts, wake: make(chan struct{}, 1), done: make(chan struct{})}
	l.tail.log = l
	note, err := l.tail.open()
	if err != nil {
		return nil, fmt.Errorf("open audit log: %w", err)
	}
	l.found = l.tail.at.seq
	if l.tail.last != nil {
		last, err := decode(l.tail.last)
		if err != nil {
			return nil, errors.Join(err, l.tail.close())
		}
		l.newest, l.tail.last = last.Time, nil
	}
	if l.tail.watched != nil {
		if l.watched, err = decode(l.tail.watched); err != nil {
			return nil, errors.Join(err, l.tail.close())
		}
	}
	go l.run()
	if note.Event != "" {
		if note.Event != eventHead {
			opts.Logger.Error("audit log", "event", note.Event, "reason", note.Reason)
		}
		if err := l.Write(note); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

// Write records something. When it returns nil the record outlives the process.
// Error: ErrUnwritable.
func (l *Log) Write(r Record) error {
	_, err := l.put(r, false)
	return err
}

// Commit is Write for what must outlive the machine: it returns when the disk has
// the record, with its number.
func (l *Log) Commit(r Record) (uint64, error) { return l.put(r, true) }

// Finding is Commit for what the operator must know as well: it stands in the server's
// own log, too.
func (l *Log) Finding(r Record) error {
	if l != nil {
		l.opts.Logger.Error("audit log", "event", r.Event, "reason", r.Reason)
	}
	_, err := l.Commit(r)
	return err
}

func (l *Log) put(r Record, durable bool) (uint64, error) {
	if l == nil {
		return 0, nil
	}
	e := &entry{rec: r, durable: durable, done: make(chan error, 1)}
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return 0, fmt.Errorf("%w: it is closed", ErrUnwritable)
	}
	l.pending = append(l.pending, e)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	err := <-e.done
	return e.seq, err
}

// Newest is when the last record was written that Open found; zero where it found none.
func (l *Log) Newest() time.Time {
	if l == nil {
		return time.Time{}
	}
	return l.newest
}

// Stats are the counts of the log.
func (l *Log) Stats() Stats {
	if l == nil {
		return Stats{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stats
}

// Close writes what is pending and closes the file.
func (l *Log) Close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	closed := l.closed
	l.closed = true
	l.mu.Unlock()
	if closed {
		return nil
	}
	close(l.wake)
	<-l.done
	return l.tail.close()
}

// run is the one writer: it takes all who wait, and writes them together.
func (l *Log) run() {
	defer close(l.done)
	timer := time.NewTimer(syncEvery)
	defer timer.Stop()
	for open := true; open; {
		select {
		case _, open = <-l.wake:
		case <-timer.C:
			l.answer(nil, l.tail.syncIfDue())
			timer.Reset(syncEvery)
		}
		l.mu.Lock()
		batch := l.pending
		l.pending = nil
		l.mu.Unlock()
		if len(batch) > 0 {
			l.answer(batch, l.tail.append(batch))
		}
	}
}

// answer tells those who wait how it ended.
func (l *Log) answer(batch []*entry, err error) {
	l.mu.Lock()
	if err != nil {
		l.stats.Failures++
		if !l.stats.Failing {
			l.opts.Logger.Error("the audit log cannot be written", "err", err)
		}
		if l.opts.Continue {
			l.stats.Lost += uint64(len(batch))
			l.tail.lost += uint64(len(batch))
		}
	} else if l.stats.Failing {
		l.opts.Logger.Warn("the audit log is written again")
	}
	l.stats.Failing = err != nil
	l.stats.Records, l.stats.Bytes, l.stats.Syncs = l.tail.records, l.tail.bytes, l.tail.syncs
	l.mu.Unlock()
	failed := err != nil
	if failed && l.opts.Continue {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrUnwritable, err)
	}
	for _, e := range batch {
		if failed {
			e.seq = 0 // of a record that is not there
		}
		e.done <- err
	}
}
