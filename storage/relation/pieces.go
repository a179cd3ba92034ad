package relation

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Pieces cuts a stretch of an index, or all rows for no index, into at most n stretches that follow
// each other, for readers that run side by side. They hold about as many keys each as far as the keys lie evenly between
// the first and the last one. There are none when there is nothing to cut, or when only one reader may read:
// rows that are locked, that may change meanwhile, or that a policy is asked for.
func (v View) Pieces(ctx context.Context, x *Index, sp Span, n int) ([]Span, error) {
	if v.mode != Snapshot || v.policy != nil {
		return nil, nil
	}
	if x == nil {
		sp.Lo, sp.Hi = codec.IndexBounds(codec.SpaceData, v.schema.Record.Data, codec.IndexRows)
	}
	first, err := v.edge(ctx, sp, false)
	if err != nil || first == nil {
		return nil, err
	}
	last, err := v.edge(ctx, sp, true)
	if err != nil {
		return nil, err
	}
	same := 0
	for same < len(first) && same < len(last) && first[same] == last[same] {
		same++
	}
	from, to := word(first[same:]), word(last[same:])
	step := (to - from) / uint64(n)
	if from >= to || step == 0 {
		return nil, nil
	}
	out := make([]Span, n)
	for i := range out {
		out[i] = sp
		if i > 0 {
			out[i].Lo = binary.BigEndian.AppendUint64(bytes.Clone(first[:same]), from+uint64(i)*step)
			out[i-1].Hi = out[i].Lo
		}
	}
	return out, nil
}

// word is what a key begins with as a number.
func word(key []byte) uint64 {
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}

// edge is the first key of a stretch, or the last one; nil when it has none.
func (v View) edge(ctx context.Context, sp Span, last bool) (key []byte, err error) {
	scan, err := v.scanEntries(ctx, sp.Lo, sp.Hi, last)
	if err != nil {
		return nil, err
	}
	if scan.Next() {
		key = bytes.Clone(scan.Key())
	}
	return key, errors.Join(scan.Err(), scan.Close())
}

// Piece reads one of the Pieces. Each may be filled from by a goroutine of its own if the transaction does not
// record what it reads.
func (v View) Piece(ctx context.Context, x *Index, sp Span, show *Projection) (*Reader, error) {
	if x != nil {
		return v.Lookup(ctx, x, []Span{sp}, show, false)
	}
	r := &Reader{view: v, show: show}
	scan, err := v.scanRows(ctx, sp.Lo, sp.Hi, false)
	if err != nil {
		return nil, err
	}
	r.begin(&rangeSource{scan: scan})
	return r, nil
}
