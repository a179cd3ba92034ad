package relation

import (
	"bytes"

	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/vector"
)

// limits is a policy as a Writer asks it, one row at a time.
type limits struct {
	schema *Schema
	policy Policy
	verbs  []Verb // whose filters a row must pass to be changed
}

// one makes the batch of one whole row that the policy looks at.
func (l *limits) one(row []codec.Datum) (*vector.Batch, error) {
	columns := l.policy.Columns()
	kinds, values := make([]codec.Kind, len(columns)), make([]codec.Datum, len(columns))
	for i, c := range columns {
		kinds[i], values[i] = l.schema.Columns[c].Kind, row[c]
	}
	b := vector.Get(kinds)
	return b, b.Append(values)
}

// sees says whether a stored row passes the filters of these verbs.
func (l *limits) sees(verbs []Verb, row []codec.Datum) (bool, error) {
	b, err := l.one(row)
	defer b.Release()
	if err != nil {
		return false, err
	}
	for _, v := range verbs {
		if keep, err := l.policy.Filter(v, b, nil); err != nil || len(keep) == 0 {
			return false, err
		}
	}
	return true, nil
}

// admit fails for a new row that may not be stored. It does nothing without a
// policy.
func (l *limits) admit(verb Verb, row []codec.Datum) error {
	if l == nil {
		return nil
	}
	b, err := l.one(row)
	defer b.Release()
	if err != nil {
		return err
	}
	ok, err := l.policy.Check(verb, b, 0)
	if err == nil && !ok {
		err = ErrPolicy
	}
	return err
}

// shown is a stored row as the actor sees it.
func (l *limits) shown(row []codec.Datum) ([]codec.Datum, error) {
	b, err := l.one(row)
	defer b.Release()
	if err != nil {
		return nil, err
	}
	out := append([]codec.Datum(nil), row...)
	for c := range out {
		if !l.policy.Masked(c) {
			continue
		}
		var masked vector.Column
		masked.Reset(l.schema.Columns[c].Kind)
		if err := l.policy.Mask(c, b, &masked); err != nil {
			return nil, err
		}
		out[c] = masked.Datum(0)
	}
	return out, nil
}

// unmask puts what is stored into the masked columns of a changed row, which
// must be as the actor sees them.
func (l *limits) unmask(stored, row []codec.Datum) error {
	if l.anyMasked() < 0 {
		return nil
	}
	shown, err := l.shown(stored)
	if err != nil {
		return err
	}
	for c := range row {
		if !l.policy.Masked(c) {
			continue
		}
		if !sameDatum(row[c], shown[c]) {
			return l.schema.maskedError(c)
		}
		row[c] = stored[c]
	}
	return nil
}

// anyMasked is the position of a masked column, -1 without one.
func (l *limits) anyMasked() int {
	for c := range l.schema.Columns {
		if l.policy.Masked(c) {
			return c
		}
	}
	return -1
}

// sameDatum compares two values of one column.
func sameDatum(a, b codec.Datum) bool {
	return a.IsNull() == b.IsNull() && a.Uint() == b.Uint() && bytes.Equal(a.Bytes(), b.Bytes())
}
