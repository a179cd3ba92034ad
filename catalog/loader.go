package catalog

import (
	"bytes"
	"crypto/hmac"
	"fmt"
	"runtime"
)

// loader decodes the records of a catalog on all processors: decoding is nearly
// the whole cost of opening a large one. Records go out in batches, and one
// goroutine puts what comes back into the trees in the order of the keys.
type loader struct {
	current *loadBatch
	work    chan *loadBatch // to the decoders, which never block
	order   chan *loadBatch // to the placer; a batch is sent to work first
	result  chan error
	s       *Snapshot // the placer's until it sends its result
	seal    *sealer
}

// loadBatch is a run of records. The decoder fills places or err and closes done.
type loadBatch struct {
	entries [][2][]byte // key, value
	places  []func(*Snapshot)
	err     error
	done    chan struct{}

	sum      sum
	tampered []Tampered
}

// loadBatchRecords is large enough to make the hand-over cheap.
const loadBatchRecords = 256

func newLoader(seal *sealer) *loader {
	n := runtime.GOMAXPROCS(0)
	l := &loader{
		current: newLoadBatch(), work: make(chan *loadBatch, n), order: make(chan *loadBatch, 2*n),
		result: make(chan error, 1), s: newSnapshot(), seal: seal,
	}
	for range n {
		go func() {
			for b := range l.work {
				b.decode(l.seal)
			}
		}()
	}
	go l.place()
	return l
}

func newLoadBatch() *loadBatch {
	return &loadBatch{entries: make([][2][]byte, 0, loadBatchRecords), done: make(chan struct{})}
}

func (b *loadBatch) decode(seal *sealer) {
	defer close(b.done)
	b.places = make([]func(*Snapshot), 0, len(b.entries))
	for _, e := range b.entries {
		key := e[0]
		body, tag := unwrap(e[1])
		wrong := b.check(seal, key, body, tag)
		place, err := decodeEntry(key, body)
		if err != nil {
			if wrong {
				err = fmt.Errorf("%w: %s: %w", ErrTampered, describeKey(key), err)
			} else if seal == nil && tag != nil {
				err = ErrSealed
			}
			b.err = err
			return
		}
		if seal == nil && tag != nil {
			b.err = ErrSealed
			return
		}
		b.places = append(b.places, place)
	}
}

// check compares the tag of a record and puts it into the sum. The state record has
// none.
func (b *loadBatch) check(seal *sealer, key, body, tag []byte) (wrong bool) {
	if seal == nil || len(key) < 2 || key[1] == byte(recState) {
		return false
	}
	if tag != nil {
		seal.toggle(&b.sum, key, tag)
		if hmac.Equal(tag, seal.tag(key, body)) {
			return false
		}
	}
	b.tampered = append(b.tampered, Tampered{describeKey(key) + " was changed", principalOf(key)})
	return true
}

// place takes all batches, so that add never waits for good, and stops placing
// at the first error.
func (l *loader) place() {
	var err error
	for b := range l.order {
		<-b.done
		if err != nil {
			continue
		}
		if err = b.err; err != nil {
			continue
		}
		for _, place := range b.places {
			place(l.s)
		}
		for i, x := range b.sum {
			l.s.sum[i] ^= x
		}
		l.s.tampered = append(l.s.tampered, b.tampered...)
	}
	l.result <- err
}

// add takes one record; key and val belong to the caller.
func (l *loader) add(key, val []byte) error {
	l.current.entries = append(l.current.entries, [2][]byte{bytes.Clone(key), bytes.Clone(val)})
	if len(l.current.entries) == loadBatchRecords {
		l.send()
	}
	return nil
}

func (l *loader) send() {
	l.work <- l.current
	l.order <- l.current
	l.current = newLoadBatch()
}

// finish ends the goroutines and returns the snapshot. It must be called once,
// also when the scan failed.
func (l *loader) finish() (*Snapshot, error) {
	l.send()
	close(l.work)
	close(l.order)
	if err := <-l.result; err != nil {
		return nil, err
	}
	l.checkSeal()
	return l.s, nil
}

// checkSeal compares the seal with what was read. A record without a tag is not in the
// sum, so it breaks the seal, too; it is told alone, as far as it has been found.
func (l *loader) checkSeal() {
	s := l.s
	if l.seal == nil || s.instance == "" && s.principals.len() == 0 {
		return
	}
	st := &state{Instance: s.instance, Version: s.version, Epoch: s.epoch, Audited: s.audited, Level: s.level}
	if !hmac.Equal(s.sealed, l.seal.seal(st, s.sum)) {
		s.tampered = append(s.tampered, Tampered{What: "a record was added, taken away, or put back as it once was"})
	}
}
