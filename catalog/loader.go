package catalog

import (
	"bytes"
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
}

// loadBatch is a run of records. The decoder fills places or err and closes done.
type loadBatch struct {
	entries [][2][]byte // key, value
	places  []func(*Snapshot)
	err     error
	done    chan struct{}
}

// loadBatchRecords is large enough to make the hand-over cheap.
const loadBatchRecords = 256

func newLoader() *loader {
	n := runtime.GOMAXPROCS(0)
	l := &loader{
		current: newLoadBatch(), work: make(chan *loadBatch, n), order: make(chan *loadBatch, 2*n),
		result: make(chan error, 1), s: newSnapshot(),
	}
	for range n {
		go func() {
			for b := range l.work {
				b.decode()
			}
		}()
	}
	go l.place()
	return l
}

func newLoadBatch() *loadBatch {
	return &loadBatch{entries: make([][2][]byte, 0, loadBatchRecords), done: make(chan struct{})}
}

func (b *loadBatch) decode() {
	defer close(b.done)
	b.places = make([]func(*Snapshot), 0, len(b.entries))
	for _, e := range b.entries {
		place, err := decodeEntry(e[0], e[1])
		if err != nil {
			b.err = err
			return
		}
		b.places = append(b.places, place)
	}
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
	return l.s, nil
}
