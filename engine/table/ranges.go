package table

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// span is a stretch of an index's keys, lo <= key < hi, that a lookup reads.
type span struct {
	lo, hi []byte
	point  bool // lo is one whole unique key: a Get finds it
	// check are the ranges to hold against each row, one of which it must meet;
	// nil when the keys decide.
	check []sql.MySQLRange
}

// spans turns the ranges of a lookup into stretches of the index's keys, in the
// order of the keys and without overlap, so that no row is met twice.
func (s *schema) spans(ctx *sql.Context, x *indexDef, ranges sql.MySQLRangeCollection) ([]span, error) {
	out := make([]span, 0, len(ranges))
	for _, r := range ranges {
		sp, ok, err := s.span(ctx, x, r)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, sp)
		}
	}
	if len(out) < 2 {
		return out, nil
	}
	slices.SortFunc(out, func(a, b span) int { return bytes.Compare(a.lo, b.lo) })
	return mergeSpans(out, ranges), nil
}

// mergeSpans joins sorted spans that overlap. Inexact spans of disjoint ranges
// may; a joined span checks its rows against all ranges.
func mergeSpans(list []span, ranges sql.MySQLRangeCollection) []span {
	out := list[:1]
	for _, sp := range list[1:] {
		last := &out[len(out)-1]
		if bytes.Compare(sp.lo, last.hi) >= 0 {
			out = append(out, sp)
			continue
		}
		if bytes.Compare(sp.hi, last.hi) > 0 {
			last.hi = sp.hi
		}
		last.point = last.point && sp.point
		if last.check != nil || sp.check != nil {
			last.check = ranges
		}
	}
	return out
}

// span converts one range; ok is false when no row can match.
func (s *schema) span(ctx *sql.Context, x *indexDef, r sql.MySQLRange) (sp span, ok bool, err error) {
	prefix := codec.AppendHeader(make([]byte, 0, 48), codec.SpaceData, s.rec.Data, x.id)
	exact, null := true, false
	for i, expr := range r {
		if i >= len(x.parts) {
			if !isAll(expr) {
				exact = false // a column of the primary key: check the row
			}
			continue
		}
		b, err := s.bounds(ctx, &x.parts[i], expr)
		if err != nil {
			return sp, false, err
		}
		if b.empty {
			return sp, false, nil
		}
		exact = exact && b.exact
		if b.point {
			prefix = append(prefix, b.lo...)
			null = null || b.null
			continue
		}
		sp.lo = append(slices.Clip(prefix), b.lo...)
		if b.hi == nil {
			sp.hi = codec.PrefixEnd(prefix)
		} else {
			sp.hi = append(slices.Clip(prefix), b.hi...)
		}
		for _, rest := range r[i+1:] {
			exact = exact && isAll(rest)
		}
		return s.finish(sp, r, exact), bytes.Compare(sp.lo, sp.hi) < 0, nil
	}
	sp.lo, sp.hi = prefix, codec.PrefixEnd(prefix)
	sp.point = x.unique && !null && len(r) >= len(x.parts)
	return s.finish(sp, r, exact), true, nil
}

func (s *schema) finish(sp span, r sql.MySQLRange, exact bool) span {
	if !exact {
		sp.check = []sql.MySQLRange{r}
	}
	return sp
}

// bounds is a range over one index column as key bytes of that column: from lo
// up to, not including, hi. A nil hi is the end of the column's values.
type bounds struct {
	lo, hi []byte
	point  bool // lo is the whole column: the next one may follow
	null   bool // the point is NULL
	empty  bool
	exact  bool
}

func (s *schema) bounds(ctx *sql.Context, p *keyPart, expr sql.MySQLRangeColumnExpr) (bounds, error) {
	if _, none := expr.LowerBound.(sql.AboveAll); none { // how the library spells the empty range
		return bounds{empty: true}, nil
	}
	if _, none := expr.UpperBound.(sql.BelowNull); none {
		return bounds{empty: true}, nil
	}
	low, err := s.cut(ctx, p, expr, expr.LowerBound, false)
	if err != nil {
		return bounds{}, err
	}
	high, err := s.cut(ctx, p, expr, expr.UpperBound, true)
	if err != nil {
		return bounds{}, err
	}
	b := bounds{exact: low.exact && high.exact}
	if low.none || high.none {
		return bounds{empty: true}, nil
	}
	if p.field.Desc {
		// The library has no syntax for descending indexes in this version;
		// should one come from elsewhere, every row is checked.
		return bounds{}, nil
	}
	if low.datum && high.datum && bytes.Equal(low.key, high.key) {
		// With exact keys, only [k,k] holds anything.
		b.empty = b.exact && (low.after || !high.after)
		b.point, b.null, b.lo = true, low.null, low.key
		return b, nil
	}
	b.lo, b.hi = low.key, high.key
	// What has the key of an inexact bound may lie on either side of it.
	if low.datum && low.after && low.exact {
		if b.lo = codec.PrefixEnd(low.key); b.lo == nil {
			return bounds{empty: true}, nil // behind the greatest value
		}
	}
	if high.datum && (high.after || !high.exact) {
		b.hi = codec.PrefixEnd(high.key)
	}
	return b, nil
}

// position is a cut between values of a column, as key bytes.
type position struct {
	key   []byte
	datum bool // key is that of one value (or NULL), not an open end
	null  bool
	after bool // the cut lies behind the value
	exact bool // no other value than the cut's has this key
	none  bool // nothing lies on the wanted side: comparison with NULL
}

// cut converts a cut of a range. A key that is not a value of the column's type
// becomes the nearest cut with the same values on either side, or an open end
// that is not exact. upper says which end of the range the cut is.
func (s *schema) cut(ctx *sql.Context, p *keyPart, expr sql.MySQLRangeColumnExpr, c sql.MySQLRangeCut, upper bool) (position, error) {
	switch c := c.(type) {
	case sql.BelowNull:
		if p.field.Nullable && isNullRange(expr) {
			return position{exact: true, key: codec.AppendNull(nil), datum: true, null: true}, nil
		}
		return position{exact: true}, nil
	case sql.AboveNull:
		if !p.field.Nullable {
			return position{exact: true, none: isNullRange(expr)}, nil
		}
		if isNullRange(expr) {
			return position{exact: true, key: codec.AppendNull(nil), datum: true, null: true, after: true}, nil
		}
		return position{exact: true, key: codec.AppendNotNull(nil)}, nil
	case sql.AboveAll:
		return position{exact: true}, nil
	case sql.Below:
		return s.valueCut(ctx, p, expr.Typ, c.Key, false, upper)
	case sql.Above:
		return s.valueCut(ctx, p, expr.Typ, c.Key, true, upper)
	}
	return position{}, fmt.Errorf("unknown range cut %T", c)
}

func isNullRange(e sql.MySQLRangeColumnExpr) bool {
	_, low := e.LowerBound.(sql.BelowNull)
	_, high := e.UpperBound.(sql.AboveNull)
	return low && high
}

func isAll(e sql.MySQLRangeColumnExpr) bool {
	_, low := e.LowerBound.(sql.BelowNull)
	_, high := e.UpperBound.(sql.AboveAll)
	return low && high
}

func (s *schema) valueCut(ctx *sql.Context, p *keyPart, typ sql.Type, key any, after, upper bool) (position, error) {
	if key == nil {
		return position{none: true}, nil
	}
	v, side, ok := columnValue(ctx, p.st, typ, key)
	if !ok {
		open := position{exact: false}
		if p.field.Nullable && !upper {
			open.key = codec.AppendNotNull(nil)
		}
		return open, nil
	}
	d, err := p.st.datum(ctx, v)
	if err != nil {
		return position{}, err
	}
	b, err := p.append(nil, d)
	if err != nil {
		return position{}, err
	}
	if side != 0 {
		after = side < 0 // the nearest value is smaller than the key: the cut lies behind it
	}
	return position{key: b, datum: true, after: after, exact: !p.inexact(d)}, nil
}
