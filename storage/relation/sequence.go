package relation

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Sequences hands out the numbers of sequences. Every call asks the guard for the sequence, as
// rows do: kivi.Use to take a number, kivi.Read to look. As many numbers as the sequence caches
// are reserved in kivi at a time, in a transaction of their own: they survive a crash, do not come back with
// a rollback, and none is given twice. There is one Sequences for each store; its methods may be
// called concurrently.
type Sequences struct {
	db  *kivi.DB
	mu  sync.Mutex
	all map[kivi.ObjectID]*numbers
}

// NewSequences returns the sequences of a store.
func NewSequences(db *kivi.DB) *Sequences {
	return &Sequences{db: db, all: map[kivi.ObjectID]*numbers{}}
}

// numbers is what is known of a data id.
type numbers struct {
	mu       sync.Mutex
	next     int64 // to hand out, if left > 0
	left     uint64
	last     int64 // was handed out, if has
	has      bool
	moved    bool          // the sequence has another data id now
	moving   chan struct{} // it is about to get one, or not: closed when that is known
	reserved SequenceState
	known    bool // reserved is what stands in kivi
}

// SequenceState is how far a sequence is.
type SequenceState struct {
	Next   int64  // not reserved by anybody yet
	Ended  bool   // Next is beyond the bounds
	Rounds uint64 // how often it began anew
}

var (
	// ErrSequenceEnd: there is no number left, and the sequence does not begin anew.
	ErrSequenceEnd = errors.New("relation: the sequence has run out")
	// ErrSequenceMoved: the record is not the newest; look the sequence up again.
	ErrSequenceMoved = errors.New("relation: the sequence was altered")
)

func (s *Sequences) get(data kivi.ObjectID) *numbers {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.all[data]
	if n == nil {
		n = &numbers{}
		s.all[data] = n
	}
	return n
}

// lock takes mu, when nobody moves the sequence. The error is ErrSequenceMoved when somebody has.
func (n *numbers) lock(ctx context.Context) error {
	for {
		n.mu.Lock()
		if n.moved {
			n.mu.Unlock()
			return ErrSequenceMoved
		}
		moving := n.moving
		if moving == nil {
			return nil
		}
		n.mu.Unlock()
		select {
		case <-moving:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Forget drops what is kept of a data id that is gone.
func (s *Sequences) Forget(data kivi.ObjectID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, data)
}

// Next takes a number.
func (s *Sequences) Next(ctx context.Context, g kivi.Guard, rec *catalog.Sequence) (int64, error) {
	if err := May(g, rec.Data, kivi.Use); err != nil {
		return 0, err
	}
	n := s.get(rec.Data)
	if err := n.lock(ctx); err != nil {
		return 0, err
	}
	defer n.mu.Unlock()
	if n.left == 0 {
		if err := n.reserve(ctx, s.db, g, rec); err != nil {
			return 0, err
		}
	}
	v := n.next
	if n.left--; n.left > 0 {
		n.next += rec.Increment
	}
	n.last, n.has = v, true
	return v, nil
}

// reserve gets numbers; mu is held.
func (n *numbers) reserve(ctx context.Context, db *kivi.DB, g kivi.Guard, rec *catalog.Sequence) error {
	return n.change(ctx, db, g, rec, func(st *SequenceState) error {
		if st.Ended {
			if !rec.Cycle {
				return ErrSequenceEnd
			}
			st.Next, st.Ended, st.Rounds = firstOf(rec), false, st.Rounds+1
		}
		n.next, n.left = st.Next, min(max(rec.Cache, 1), room(rec, st.Next))
		st.step(rec, n.left)
		return nil
	})
}

// change writes the state in a transaction of its own.
func (n *numbers) change(ctx context.Context, db *kivi.DB, g kivi.Guard, rec *catalog.Sequence, what func(*SequenceState) error) error {
	txn, err := db.Begin(ctx, kv.TxnOptions{})
	if err != nil {
		return fmt.Errorf("sequence data %d: %w", rec.Data, err)
	}
	t, key := sequenceTable(txn, rec.Data, g, kivi.Use), sequenceKey(rec.Data)
	val, err := t.LockGet(ctx, key)
	st, err := stateOf(rec, val, err)
	if err == nil {
		err = what(&st)
	}
	if err == nil {
		err = t.Put(ctx, key, st.encode())
	}
	if err != nil {
		return errors.Join(err, txn.Rollback())
	}
	if err := txn.Commit(ctx); err != nil {
		n.left = 0
		return fmt.Errorf("sequence data %d: %w", rec.Data, err)
	}
	n.reserved, n.known = st, true
	return nil
}

// step moves the state over count numbers, which there is room for.
func (st *SequenceState) step(rec *catalog.Sequence, count uint64) {
	if count == room(rec, st.Next) {
		st.Next, st.Ended = st.Next+int64(count-1)*rec.Increment, true
		return
	}
	st.Next += int64(count) * rec.Increment
}

// room is how many numbers there are from v to the bound, v included.
func room(rec *catalog.Sequence, v int64) uint64 {
	far, by := uint64(rec.Max)-uint64(v), uint64(rec.Increment)
	if rec.Increment < 0 {
		far, by = uint64(v)-uint64(rec.Min), -uint64(rec.Increment)
	}
	if q := far / by; q < math.MaxUint64 {
		return q + 1
	}
	return math.MaxUint64
}

func firstOf(rec *catalog.Sequence) int64 {
	if rec.Increment < 0 {
		return rec.Max
	}
	return rec.Min
}

// Current is the number that was given out last, by whomever; false before the first. After a
// restart it is the last of those that were reserved.
func (s *Sequences) Current(ctx context.Context, g kivi.Guard, rec *catalog.Sequence) (v int64, ok bool, err error) {
	if err := May(g, rec.Data, kivi.Read); err != nil {
		return 0, false, err
	}
	n := s.get(rec.Data)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.has {
		return n.last, true, nil
	}
	val, err := s.read(ctx, g, kivi.Read, rec)
	if err != nil || val == nil {
		return 0, false, err
	}
	st, err := stateOf(rec, val, nil)
	if st.Ended {
		return st.Next, true, err
	}
	return st.Next - rec.Increment, true, err
}

// State is how far a sequence is, for who looks at it.
func (s *Sequences) State(ctx context.Context, g kivi.Guard, rec *catalog.Sequence) (SequenceState, error) {
	if err := May(g, rec.Data, kivi.Read); err != nil {
		return SequenceState{}, err
	}
	n := s.get(rec.Data)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known {
		return n.reserved, nil
	}
	val, err := s.read(ctx, g, kivi.Read, rec)
	if err != nil {
		return SequenceState{}, err
	}
	return stateOf(rec, val, nil)
}

// Raise makes the sequence go on behind v, or with it when v was not used. ok is false, and nothing
// changes, when it is there already.
func (s *Sequences) Raise(ctx context.Context, g kivi.Guard, rec *catalog.Sequence, v int64, used bool, round uint64) (ok bool, err error) {
	if err := May(g, rec.Data, kivi.Use); err != nil {
		return false, err
	}
	n := s.get(rec.Data)
	if err := n.lock(ctx); err != nil {
		return false, err
	}
	defer n.mu.Unlock()
	errBehind := errors.New("behind")
	err = n.change(ctx, s.db, g, rec, func(st *SequenceState) error {
		now, ended := st.Next, st.Ended
		if n.left > 0 {
			now, ended = n.next, false
		}
		if round < st.Rounds || round == st.Rounds && (ended || v != now && (v < now) == (rec.Increment > 0)) {
			return errBehind
		}
		v := min(max(v, rec.Min), rec.Max)
		*st = SequenceState{Next: v, Rounds: round}
		if used {
			st.step(rec, 1)
		}
		n.left = 0
		return nil
	})
	if errors.Is(err, errBehind) {
		return false, nil
	}
	if err == nil && used {
		n.last, n.has = v, true
	}
	return err == nil, err
}

// Move is for ALTER: from now on nobody takes a number of this data id, and what is returned is the
// one that would have been next. done ends it: with the data id that the sequence has now, whose last
// number is that of the old one, or with 0 when it stays as it is.
func (s *Sequences) Move(ctx context.Context, g kivi.Guard, rec *catalog.Sequence) (st SequenceState, done func(to kivi.ObjectID), err error) {
	if err := May(g, rec.Data, kivi.Alter); err != nil {
		return st, nil, err
	}
	n := s.get(rec.Data)
	if err := n.lock(ctx); err != nil {
		return st, nil, err
	}
	defer n.mu.Unlock()
	val, err := s.read(ctx, g, kivi.Alter, rec)
	if err == nil {
		st, err = stateOf(rec, val, nil)
	}
	if err != nil {
		return st, nil, err
	}
	if n.left > 0 {
		st.Next, st.Ended = n.next, false
	}
	n.moving = make(chan struct{})
	return st, func(to kivi.ObjectID) {
		n.mu.Lock()
		defer n.mu.Unlock()
		close(n.moving)
		n.moving, n.moved = nil, to != 0
		if to == 0 {
			return
		}
		next := s.get(to)
		next.mu.Lock()
		defer next.mu.Unlock()
		if !next.has {
			next.last, next.has = n.last, n.has
		}
	}, nil
}

// read is the stored state, nil before the first number.
func (s *Sequences) read(ctx context.Context, g kivi.Guard, want kivi.Rights, rec *catalog.Sequence) (val []byte, err error) {
	txn, err := s.db.Begin(ctx, kv.TxnOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, txn.Rollback()) }()
	val, err = sequenceTable(txn, rec.Data, g, want).Get(ctx, sequenceKey(rec.Data))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	return val, err
}

// CheckSequence is what lxdb check says of a sequence; "" when it is sound.
func CheckSequence(ctx context.Context, txn *kivi.Txn, rec *catalog.Sequence) (string, error) {
	t := sequenceTable(txn, rec.Data, Fsck.guard(nil), kivi.Read)
	val, err := t.Get(ctx, sequenceKey(rec.Data))
	if errors.Is(err, kv.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if _, err := stateOf(rec, val, nil); err != nil {
		return "the state is not one that a sequence with these bounds has", nil
	}
	return "", nil
}

func sequenceKey(data kivi.ObjectID) []byte {
	return append(codec.AppendHeader(nil, codec.SpaceData, data, codec.IndexPrivate), "seq"...)
}

// The stored form: a version, whether it has ended, the next number and the rounds, big-endian.
const (
	stateVersion = 1
	stateBytes   = 18
)

func (st *SequenceState) encode() []byte {
	out := make([]byte, 2, stateBytes)
	out[0] = stateVersion
	if st.Ended {
		out[1] = 1
	}
	out = binary.BigEndian.AppendUint64(out, uint64(st.Next))
	return binary.BigEndian.AppendUint64(out, st.Rounds)
}

// stateOf reads it; without one the sequence is at its first number.
func stateOf(rec *catalog.Sequence, val []byte, err error) (SequenceState, error) {
	if errors.Is(err, kv.ErrNotFound) || err == nil && val == nil {
		return SequenceState{Next: rec.First}, nil
	}
	if err != nil {
		return SequenceState{}, err
	}
	if len(val) != stateBytes || val[0] != stateVersion || val[1] > 1 {
		return SequenceState{}, fmt.Errorf("%w: state of sequence data %d", kv.ErrCorrupt, rec.Data)
	}
	st := SequenceState{Ended: val[1] == 1, Next: int64(binary.BigEndian.Uint64(val[2:])), Rounds: binary.BigEndian.Uint64(val[10:])}
	if st.Next < rec.Min || st.Next > rec.Max {
		return SequenceState{}, fmt.Errorf("%w: state of sequence data %d", kv.ErrCorrupt, rec.Data)
	}
	return st, nil
}
