package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// tail is the end of the log, where the writer stands. Its position is that of the
// last record that was written; after an error the file is brought back to it
// before anything else is written.
type tail struct {
	log     *Log
	file    file
	segment uint64
	at      position

	head     *os.File // says where the log ends; nil in memory
	synced   int64    // how much of the file the disk has
	syncedAt position // the record there
	unsynced []byte   // what was written behind it
	lastSync time.Time
	broken   bool // the file may hold more, or less, than it should

	kept                  [][]byte // of a log in memory
	watched               []byte   // see Log.Watched
	headed                bool     // what was read says that the log has a head
	last                  []byte   // see Log.Newest
	records, bytes, syncs uint64
	lost                  uint64 // not yet noted
}

// open finds the end of the log. The note is what the log should say about it.
func (t *tail) open() (note Record, err error) {
	dir := t.log.opts.Dir
	if dir == "" {
		if t.log.key, err = NewKey(); err != nil {
			return note, err
		}
		return note, t.begin(1)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return note, err
	}
	numbers, err := segments(dir)
	if err != nil {
		return note, err
	}
	var kept bool
	if t.log.key, kept, err = openKey(t.log.opts.KeyFile, len(numbers) == 0); err != nil {
		return note, err
	}
	if !kept {
		defer func() {
			if err == nil {
				err = keepKey(t.log.opts.KeyFile, t.log.key)
			}
		}()
	}
	if len(numbers) == 0 {
		if kept {
			note = goneNote(t.log.opts.KeyFile)
		}
		return note, errors.Join(t.openHead(), t.begin(1))
	}
	last := numbers[len(numbers)-1]
	torn, err := t.find(numbers)
	damaged := errors.Is(err, ErrTampered)
	if damaged || err == nil || errors.Is(err, ErrTorn) {
		var headErr error
		note, headErr = t.compareHead()
		if headErr = errors.Join(headErr, t.openHead()); headErr != nil {
			return note, headErr
		}
		t.syncedAt = t.at
	}
	switch {
	case damaged:
		return Record{Event: "audit.damaged", Result: Failed, Reason: err.Error()}, t.begin(last + 1)
	case err != nil && !errors.Is(err, ErrTorn):
		return note, err
	}
	if t.file, err = t.log.opts.open(t.path(last)); err != nil {
		return note, err
	}
	t.segment, t.synced = last, t.at.offset
	if err == nil && torn > 0 && note.Event != EventCut {
		note = Record{Event: "audit.torn", Result: Done, Count: uint64(torn),
			Reason: "the last record was not whole and was never confirmed to anybody; it was cut off"}
	}
	if torn > 0 || t.at.offset == 0 {
		if err := t.file.Truncate(t.at.offset); err != nil {
			return note, err
		}
	}
	if err := t.file.Sync(); err != nil { // from here on the head says that the disk has it
		return note, err
	}
	if t.at.offset == 0 { // cut short when the file began
		return note, t.header()
	}
	if note.Event == "" && !t.headed {
		note = Record{Event: eventHead, Result: Done, Reason: "from here on " + headName + " says where the log ends"}
	}
	return note, nil
}

// find follows the newest file to its end, and looks into the one before where
// that does not even begin.
func (t *tail) find(numbers []uint64) (torn int64, err error) {
	watch := []byte(`"event":"` + t.log.opts.Watch)
	remember := func(text []byte, _ uint64) error {
		t.last = append(t.last[:0], text...)
		t.headed = t.headed || saysHead(text)
		if t.log.opts.Watch != "" && bytes.Contains(text[:min(len(text), 128)], watch) {
			t.watched = append(t.watched[:0], text...)
		}
		return nil
	}
	n := len(numbers) - 1
	t.at, torn, err = readSegment(t.path(numbers[n]), t.log.key, position{}, true, remember)
	if errors.Is(err, ErrTampered) || n == 0 || t.at.offset > 0 && t.watched != nil {
		return torn, err
	}
	last := t.last // of the newest file, where it has any
	defer func() {
		if len(last) > 0 {
			t.last = last
		}
	}()
	t.last = nil
	before, _, beforeErr := readSegment(t.path(numbers[n-1]), t.log.key, position{}, true, remember)
	if t.at.offset > 0 {
		return torn, err
	}
	t.at = position{seq: before.seq, mac: before.mac}
	if beforeErr != nil {
		return torn, fmt.Errorf("%w: %w", ErrTampered, beforeErr)
	}
	return torn, err
}

func (t *tail) path(n uint64) string { return filepath.Join(t.log.opts.Dir, segmentName(n)) }

// begin opens the next file and writes its first record.
func (t *tail) begin(n uint64) error {
	if t.log.opts.Dir == "" {
		t.segment = n
		return t.header()
	}
	f, err := t.log.opts.open(t.path(n))
	if err != nil {
		return err
	}
	if t.file != nil {
		_ = t.file.Close() // it was synced
	}
	t.file, t.segment, t.at.offset, t.synced, t.unsynced = f, n, 0, 0, nil
	if err := f.Truncate(0); err != nil {
		return err
	}
	if err := t.header(); err != nil {
		return err
	}
	if err := syncDir(t.log.opts.Dir); err != nil {
		return err
	}
	return t.forget()
}

// header links a new file to the one before.
func (t *tail) header() error {
	e := &entry{rec: Record{Event: eventFile, Result: Done, Count: t.segment, Previous: t.at.mac.String()}}
	if t.log.opts.Dir != "" {
		e.rec.Object = headName
	}
	if err := t.write([]*entry{e}); err != nil {
		return err
	}
	return t.sync()
}

// forget takes the oldest files away.
func (t *tail) forget() error {
	if t.log.opts.Keep <= 0 {
		return nil
	}
	numbers, err := segments(t.log.opts.Dir)
	if err != nil {
		return err
	}
	for i := 0; i < len(numbers)-max(t.log.opts.Keep, 1); i++ {
		if err := os.Remove(t.path(numbers[i])); err != nil {
			return err
		}
	}
	return nil
}

// append writes records together, and syncs when one of them asks for it.
func (t *tail) append(batch []*entry) error {
	if err := t.repair(); err != nil {
		return err
	}
	if t.at.offset >= t.log.opts.SegmentBytes {
		if err := t.sync(); err != nil {
			return err
		}
		if err := t.begin(t.segment + 1); err != nil {
			t.broken = true
			return err
		}
	}
	if t.at.offset == 0 { // the file began and its first record could not be written
		if err := t.header(); err != nil {
			return err
		}
	}
	if t.lost > 0 {
		note := &entry{rec: Record{Event: "audit.lost", Result: Failed, Count: t.lost, Reason: "records that could not be written"}}
		if err := t.write([]*entry{note}); err != nil {
			return err
		}
		t.lost = 0
	}
	return t.confirm(batch)
}

// confirm writes a batch and syncs it if one asks. A batch that cannot be synced is
// none: who waits for it is refused, so it must not stand in the log later.
func (t *tail) confirm(batch []*entry) error {
	at, unsynced := t.at, len(t.unsynced)
	if err := t.write(batch); err != nil {
		return err
	}
	durable := len(t.unsynced) >= syncBytes
	for _, e := range batch {
		durable = durable || e.durable
	}
	if !durable {
		return t.syncIfDue()
	}
	if err := t.sync(); err != nil {
		t.at, t.unsynced = at, t.unsynced[:unsynced]
		t.records -= uint64(len(batch))
		return errors.Join(err, t.mark(at))
	}
	return nil
}

// write puts the lines of a batch behind the last one, all or none.
func (t *tail) write(batch []*entry) error {
	var buf bytes.Buffer
	at := t.at
	for _, e := range batch {
		e.rec.Seq, e.rec.Time = at.seq+1, t.log.opts.Now().UTC().Truncate(time.Microsecond)
		text, err := e.rec.encode()
		if err != nil {
			return err
		}
		line, m := t.log.key.line(at.mac, text)
		at.seq, at.mac, e.seq = e.rec.Seq, m, e.rec.Seq
		if t.log.opts.Dir == "" {
			t.keep(line)
		}
		buf.Write(line)
	}
	if t.log.opts.Dir != "" {
		if _, err := t.file.WriteAt(buf.Bytes(), t.at.offset); err != nil {
			t.broken = true
			return err
		}
		if err := t.mark(at); err != nil {
			t.broken = true
			return err
		}
		t.unsynced = append(t.unsynced, buf.Bytes()...)
	}
	at.offset = t.at.offset + int64(buf.Len())
	t.at = at
	t.records += uint64(len(batch))
	t.bytes += uint64(buf.Len())
	return nil
}

func (t *tail) keep(line []byte) {
	t.log.mu.Lock()
	defer t.log.mu.Unlock()
	if len(t.kept) >= memoryRecords {
		t.kept = append(t.kept[:0:0], t.kept[memoryRecords/2:]...)
	}
	t.kept = append(t.kept, line)
}

func (t *tail) syncIfDue() error {
	if len(t.unsynced) == 0 || len(t.unsynced) < syncBytes && time.Since(t.lastSync) < syncEvery {
		return nil
	}
	if err := t.repair(); err != nil {
		return err
	}
	return t.sync()
}

func (t *tail) sync() error {
	if t.log.opts.Dir == "" {
		return nil
	}
	if err := t.file.Sync(); err != nil {
		t.broken = true
		return err
	}
	t.synced, t.syncedAt, t.unsynced, t.lastSync = t.at.offset, t.at, t.unsynced[:0], time.Now()
	t.syncs++
	return t.mark(t.at)
}

// repair brings the file back to where it should end. After a failed sync the
// system may have let go of pages that it could not write, so what is behind the
// last sync is written again.
func (t *tail) repair() error {
	if !t.broken {
		return nil
	}
	if t.file == nil {
		return io.ErrClosedPipe
	}
	if err := t.mark(t.syncedAt); err != nil {
		return err
	}
	if err := t.file.Truncate(t.synced); err != nil {
		return err
	}
	if len(t.unsynced) > 0 {
		if _, err := t.file.WriteAt(t.unsynced, t.synced); err != nil {
			return err
		}
	}
	if err := t.file.Sync(); err != nil {
		return err
	}
	t.broken = false
	return t.sync()
}

func (t *tail) close() error {
	if t.file == nil {
		return nil
	}
	err := t.syncIfDue()
	if err == nil && len(t.unsynced) > 0 {
		err = t.sync()
	}
	if t.head != nil {
		err = errors.Join(err, t.head.Sync(), t.head.Close())
	}
	return errors.Join(err, t.file.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
