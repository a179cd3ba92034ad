package relation

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Handle opens readers and writers on the rows of one table, for one purpose.
// The zero Handle gets nothing.
type Handle struct {
	schema *Schema
	txn    *kivi.Txn
	guard  kivi.Guard
	policy Policy
}

// Open is the one door to rows: nothing else makes a kivi.Table. actor's rights
// are asked at each operation if the purpose has an actor, else actor may be nil.
// policy is the actor's policy on the table, nil when there is none; an actor
// whose rights on the table are restricted gets nothing without it. Open asks
// nothing itself and does no I/O: what is not allowed is a kivi.DeniedError later.
func Open(txn *kivi.Txn, s *Schema, actor kivi.Guard, purpose Purpose, policy Policy) Handle {
	h := Handle{schema: s, txn: txn, guard: purpose.guard(actor)}
	if policy == nil || !purpose.limited() {
		return h
	}
	who, ok := actor.(interface{ Principal() principal.ID })
	if !ok || who.Principal() != policy.Actor() || policy.Table() != s.Record.ID {
		h.guard = nil // somebody else's policy
	}
	h.policy = policy
	return h
}

// May says whether all of want may be done with the whole table, past any
// policy: TRUNCATE and ALTER ask it.
func May(actor kivi.Guard, data kivi.ObjectID, want kivi.Rights) error {
	if actor == nil || want == 0 || !actor.Allows(data, want) {
		return &kivi.DeniedError{Object: data, Want: want}
	}
	return nil
}

// Usable says whether rows may be looked up by an index under a policy, which may
// be nil: not by one over a column that the actor sees only masked, because where
// a row is found tells its value.
func Usable(p Policy, x *Index) bool { return maskedPart(p, x) < 0 }

func (h Handle) table(want kivi.Rights) *kivi.Table {
	t := h.txn.Table(h.schema.Record.Data, h.guard, want)
	if h.policy != nil {
		t.Under(h.policy.Epoch())
	}
	return t
}

// sequenceTable is the one door to the state of a sequence, which is no row.
func sequenceTable(txn *kivi.Txn, data kivi.ObjectID, g kivi.Guard, want kivi.Rights) *kivi.Table {
	return txn.Table(data, g, want)
}

// Mode says which state of the rows a View shows.
type Mode uint8

// The modes.
const (
	Snapshot Mode = iota // the transaction's snapshot
	Current              // newest committed; the caller holds a lock that keeps others from writing
	Locking              // locks each row, then reads its newest state
)

// View is one state of a table's rows, to read.
type View struct {
	schema *Schema
	kt     *kivi.Table
	policy Policy
	want   kivi.Rights
	mode   Mode
}

// View opens the state that reads see. The guard is asked for all of want at
// each read: kivi.Read, or for the target of a change that shows no column only
// Update or Delete.
func (h Handle) View(want kivi.Rights, mode Mode) View {
	return View{schema: h.schema, kt: h.table(want), policy: h.policy, want: want, mode: mode}
}

// Ask is View.Ask of a view that nobody needs.
func (h Handle) Ask(want kivi.Rights) error {
	under := uint64(0)
	if h.policy != nil {
		under = h.policy.Epoch()
	}
	return h.txn.Ask(h.schema.Record.Data, h.guard, want, under)
}

// At is the view in which the transaction's own writes are as they were at m.
func (v View) At(m kivi.Mark) View {
	v.kt = v.kt.At(m)
	return v
}

// Ask asks once more whether the view's rows may be seen: for who keeps rows while
// others work.
func (v View) Ask() error { return v.kt.Ask() }

// Locking reports whether rows are locked when they are read.
func (v View) Locking() bool { return v.mode == Locking }

func (v *View) scanRows(ctx context.Context, lo, hi []byte, reverse bool) (*kivi.Scan, error) {
	switch v.mode {
	case Locking:
		return v.kt.LockScan(ctx, lo, hi, reverse)
	case Current:
		return v.kt.CurrentScan(ctx, lo, hi, reverse)
	default:
		return v.kt.Scan(ctx, lo, hi, reverse)
	}
}

// scanEntries walks index entries. They are never locked themselves: the row
// is, and is checked again afterwards.
func (v *View) scanEntries(ctx context.Context, lo, hi []byte, reverse bool) (*kivi.Scan, error) {
	if v.mode == Snapshot {
		return v.kt.Scan(ctx, lo, hi, reverse)
	}
	return v.kt.CurrentScan(ctx, lo, hi, reverse)
}

// rows reads rows by key, nil for an absent one, in the order of keys.
func (v *View) rows(ctx context.Context, keys [][]byte) ([][]byte, error) {
	if v.mode != Locking {
		return v.entries(ctx, keys)
	}
	return eachKey(ctx, keys, v.kt.LockGet)
}

// entries reads keys without locking them.
func (v *View) entries(ctx context.Context, keys [][]byte) ([][]byte, error) {
	if len(keys) == 1 {
		return v.entry(ctx, keys)
	}
	if slices.IsSortedFunc(keys, bytes.Compare) {
		return v.batch(ctx, keys)
	}
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare(keys[a], keys[b]) })
	sorted := make([][]byte, len(keys))
	for i, at := range order {
		sorted[i] = keys[at]
	}
	values, err := v.batch(ctx, sorted)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(keys))
	for i, at := range order {
		out[at] = values[i]
	}
	return out, nil
}

// entry is entries of one key. Neither uses method values: with them every
// handle on a table would be on the heap.
func (v *View) entry(ctx context.Context, keys [][]byte) ([][]byte, error) {
	var val []byte
	var err error
	if v.mode == Snapshot {
		val, err = v.kt.Get(ctx, keys[0])
	} else {
		val, err = v.kt.CurrentGet(ctx, keys[0])
	}
	if err != nil && !errors.Is(err, kv.ErrNotFound) {
		return nil, err
	}
	return [][]byte{val}, nil
}

func (v *View) batch(ctx context.Context, sorted [][]byte) ([][]byte, error) {
	if v.mode == Snapshot {
		return v.kt.GetBatch(ctx, sorted)
	}
	return v.kt.CurrentGetBatch(ctx, sorted)
}

func eachKey(ctx context.Context, keys [][]byte, get func(context.Context, []byte) ([]byte, error)) ([][]byte, error) {
	out := make([][]byte, len(keys))
	for i, k := range keys {
		val, err := get(ctx, k)
		if err != nil && !errors.Is(err, kv.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			out[i] = val
		}
	}
	return out, nil
}

// Count counts rows, visible or not, up to most: for purposes without a policy.
func (v View) Count(ctx context.Context, most int64) (n int64, err error) {
	if v.policy != nil {
		return 0, &kivi.DeniedError{Object: v.kt.ID(), Want: v.want}
	}
	lo, hi := codec.IndexBounds(codec.SpaceData, v.schema.Record.Data, codec.IndexRows)
	return v.count(ctx, lo, hi, most)
}

// CountIn is Count of the entries in an index's spans.
func (v View) CountIn(ctx context.Context, x *Index, spans []Span, most int64) (n int64, err error) {
	if v.policy != nil {
		return 0, &kivi.DeniedError{Object: v.kt.ID(), Want: v.want}
	}
	for _, sp := range spans {
		if n >= most {
			break
		}
		if sp.Point && x.Primary {
			n++ // or none
			continue
		}
		one, err := v.count(ctx, sp.Lo, sp.Hi, most-n)
		if err != nil {
			return 0, err
		}
		n += one
	}
	return n, nil
}

// count counts keys.
func (v View) count(ctx context.Context, lo, hi []byte, most int64) (n int64, err error) {
	scan, err := v.scanEntries(ctx, lo, hi, false)
	if err != nil {
		return 0, err
	}
	for n < most && scan.Next() {
		n++
	}
	return n, errors.Join(scan.Err(), scan.Close())
}
