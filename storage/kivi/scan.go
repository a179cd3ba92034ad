package kivi

import (
	"context"
	"errors"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Scan walks a range of a table. It stands before the first row until Next;
// Key and Value are valid until the next call of Next or Close.
//
// A running scan is stopped by a revoke: the guard's epoch is looked at before
// each row, which costs a few nanoseconds, and the guard is asked again when it
// moved. The scan then ends with a DeniedError marked Revoked.
type Scan struct {
	ctx   context.Context
	table *Table
	it    kv.Iterator
	epoch uint64
	lock  bool
	val   []byte // of a locked row that had to be read again
	err   error

	closed     bool
	prev, next *Scan // the transaction's open scans
}

func (t *Table) open(ctx context.Context, r kv.Reader, lo, hi []byte, reverse, lock bool) (*Scan, error) {
	if err := checkRange(t.id, lo, hi); err != nil {
		return nil, err
	}
	s := &Scan{ctx: ctx, table: t, lock: lock}
	if t.guard != nil {
		s.epoch = t.guard.Epoch() // before the question, so no change is missed
	}
	if err := t.ask(); err != nil {
		return nil, err
	}
	var err error
	if s.it, err = r.Iter(ctx, lo, hi, reverse); err != nil {
		return nil, err
	}
	t.txn.track(s)
	return s, nil
}

// track and untrack keep the list of open scans. Whoever reads may forget one
// (an operator that stops early, a statement that fails half-way), and an open
// iterator holds the store's old versions and its files.
func (t *Txn) track(s *Scan) {
	s.next = t.scans
	if t.scans != nil {
		t.scans.prev = s
	}
	t.scans = s
}

func (t *Txn) untrack(s *Scan) {
	if s.prev != nil {
		s.prev.next = s.next
	} else if t.scans == s {
		t.scans = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	}
	s.prev, s.next = nil, nil
}

// closeScans ends what was left open; the iterators' own errors are those of a
// read that nobody waits for any more.
func (t *Txn) closeScans() {
	for t.scans != nil {
		s := t.scans
		if s.err == nil {
			s.err = kv.ErrClosed
		}
		_ = s.Close()
	}
}

// Next moves to the next row; false at the end or after an error, see Err.
func (s *Scan) Next() bool {
	if s.err != nil || s.closed {
		return false
	}
	for {
		if now := s.table.guard.Epoch(); now != s.epoch {
			s.epoch = now
			if s.err = s.table.ask(); s.err != nil {
				s.err = &DeniedError{Object: s.table.id, Want: s.table.want, Revoked: true}
				return false
			}
		}
		if !s.it.Next() {
			s.err = s.it.Err()
			return false
		}
		if !s.lock {
			return true
		}
		ok, err := s.lockRow()
		if s.err = err; err != nil {
			return false
		}
		if ok {
			return true
		}
	}
}

// lockRow locks the row the iterator stands on and reads it again if somebody
// may have changed it since the iterator was made; false if it is gone.
func (s *Scan) lockRow() (bool, error) {
	t := s.table.txn
	s.val = nil
	s.table.noteLock()
	if err := t.kv.Lock(s.ctx, t.lockWait, s.it.Key()); err != nil {
		return false, err
	}
	if f, ok := s.it.(interface{ Fresh() bool }); ok && f.Fresh() {
		return true, nil
	}
	val, err := s.table.current.Get(s.ctx, s.it.Key())
	if errors.Is(err, kv.ErrNotFound) {
		return false, nil
	}
	s.val = val
	return err == nil, err
}

// Key is the full key of the row.
func (s *Scan) Key() []byte { return s.it.Key() }

// Value is the row's value.
func (s *Scan) Value() []byte {
	if s.val != nil {
		return s.val
	}
	return s.it.Value()
}

// Err is why Next returned false; nil at the end of the range.
func (s *Scan) Err() error {
	if s.err != nil || s.closed {
		return s.err
	}
	return s.it.Err()
}

// Close ends the scan; the end of the transaction does it too. A second call
// does nothing.
func (s *Scan) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	s.table.txn.untrack(s)
	return s.it.Close()
}
