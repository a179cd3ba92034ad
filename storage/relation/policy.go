package relation

import (
	"errors"
	"fmt"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/vector"
)

// Policy is what the row filters and masks of one table come to for one actor,
// compiled: the engine compiles the expressions, this package applies them. It
// is immutable.
type Policy interface {
	// Actor and Table are whom and what it was compiled for; Epoch is the guard's
	// policy epoch for the table at that time (kivi.Guard). A handle with a policy
	// of another actor, table or epoch gets nothing.
	Actor() principal.ID
	Table() catalog.ID
	Epoch() uint64
	// Columns are the positions of the columns that the methods below look at. The
	// batches they get begin with them, in this order.
	Columns() []int
	// Filter appends to keep the numbers of the rows of b that the verb may meet.
	Filter(verb Verb, b *vector.Batch, keep []int32) ([]int32, error)
	// Check says whether the verb may store row i of b as it stands.
	Check(verb Verb, b *vector.Batch, i int) (bool, error)
	// Masked says whether the actor sees something else than the values of a column.
	Masked(column int) bool
	// Mask appends to out what the actor sees of a masked column, for each row of b.
	Mask(column int, b *vector.Batch, out *vector.Column) error
}

// Verb is what is done with a row, as policies distinguish it.
type Verb uint8

// The verbs.
const (
	ToRead Verb = iota
	ToInsert
	ToUpdate
	ToDelete
)

// verbsOf lists the verbs whose filters the rows must pass that are read with
// these rights: the target of an UPDATE must be visible, and one that may be updated.
func verbsOf(want kivi.Rights) []Verb {
	switch {
	case want&kivi.Update != 0:
		return []Verb{ToRead, ToUpdate}
	case want&kivi.Delete != 0:
		return []Verb{ToRead, ToDelete}
	}
	return []Verb{ToRead}
}

var (
	// ErrPolicy: a new or changed row is not one that the table's policy lets the
	// actor write.
	ErrPolicy = errors.New("relation: the table's policy does not allow the row")
	// ErrMasked: what is asked would need the values of a column that the actor
	// sees only masked: a change of it, or a look-up by it.
	ErrMasked = errors.New("relation: the column is masked")
)

// maskedError names the column; its name is no secret to whoever used it.
func (s *Schema) maskedError(column int) error {
	return fmt.Errorf("%w: %s", ErrMasked, s.Columns[column].Name)
}

// maskedPart is the position of a masked column of an index, -1 without one.
func maskedPart(p Policy, x *Index) int {
	if p == nil || x == nil {
		return -1
	}
	for i := range x.Parts {
		if p.Masked(x.Parts[i].Column) {
			return x.Parts[i].Column
		}
	}
	return -1
}

// applied is a policy made ready for the rows of one projection. It holds the
// batch that they are collected in.
type applied struct {
	policy Policy
	verbs  []Verb
	reads  *Projection // the policy's columns, then those that are shown
	shown  int         // where the latter begin
	kinds  []codec.Kind
	batch  *vector.Batch
	masked []vector.Column // by column shown; of those that are masked
	keep   []int32
	passed []int32
	checks []int // by row of the batch
	at     int   // next row of the batch
	size   int   // rows to collect in the next one
	done   bool  // no more rows come
}

// apply returns nil without a policy.
func apply(s *Schema, p Policy, verbs []Verb, show *Projection) *applied {
	if p == nil {
		return nil
	}
	own := p.Columns()
	columns := append(append(make([]int, 0, len(own)+len(show.columns)), own...), show.columns...)
	a := &applied{policy: p, verbs: verbs, reads: s.Projection(columns), shown: len(own)}
	a.kinds = a.reads.kinds
	a.batch = vector.Get(a.kinds)
	a.masked = make([]vector.Column, len(show.columns))
	return a
}

// run filters and masks what the batch holds. keep are the numbers, in the
// batch as it was collected, of the rows that are left.
func (a *applied) run() (keep []int32, err error) {
	keep = a.keep[:0]
	for i := range a.batch.Len() {
		keep = append(keep, int32(i))
	}
	for _, verb := range a.verbs {
		if a.passed, err = a.policy.Filter(verb, a.batch, a.passed[:0]); err != nil {
			return nil, err
		}
		keep = both(keep, a.passed)
	}
	a.keep = keep
	a.batch.Keep(keep)
	// All masks are made before the first is put in place: they may look at each
	// other's columns.
	for i, c := range a.reads.columns[a.shown:] {
		if !a.policy.Masked(c) {
			continue
		}
		out := &a.masked[i]
		out.Reset(a.kinds[a.shown+i])
		if err := a.policy.Mask(c, a.batch, out); err != nil {
			return nil, err
		}
		if out.Len() != a.batch.Len() {
			return nil, fmt.Errorf("relation: a mask gave %d values for %d rows", out.Len(), a.batch.Len())
		}
	}
	return keep, nil
}

// row sets dst to what the actor sees of row i of the batch after run.
func (a *applied) row(i int, dst []codec.Datum) {
	for n := range dst {
		c := &a.batch.Columns[a.shown+n]
		if a.policy.Masked(a.reads.columns[a.shown+n]) {
			c = &a.masked[n]
		}
		dst[n] = c.Datum(i)
	}
}

func (a *applied) release() {
	if a != nil {
		a.batch.Release()
		a.batch = nil
	}
}

// both keeps of two ascending lists what is in both, in the memory of the first.
func both(a, b []int32) []int32 {
	out := a[:0]
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			out = append(out, a[i])
			i++
			j++
		}
	}
	return out
}
