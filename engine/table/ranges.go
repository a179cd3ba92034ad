package table

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
)

// spans turns the ranges of a lookup into stretches of the index's keys, in the
// order of the keys and without overlap, so that no row is met twice. Check of a
// span is the number of the range, from 1, that its rows must be held against;
// len(ranges)+1 is all of them, see checksOf.
func (s *schema) spans(ctx *sql.Context, x *relation.Index, ranges sql.MySQLRangeCollection) ([]relation.Span, error) {
	out := make([]relation.Span, 0, len(ranges))
	for i, r := range ranges {
		sp, exact, ok, err := s.span(ctx, x, r)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if !exact {
			sp.Check = i + 1
		}
		out = append(out, sp)
	}
	if len(out) < 2 {
		return out, nil
	}
	slices.SortFunc(out, func(a, b relation.Span) int { return bytes.Compare(a.Lo, b.Lo) })
	return mergeSpans(out, len(ranges)+1), nil
}

// checksOf are the ranges that a Check stands for.
func checksOf(ranges []sql.MySQLRange, check int) []sql.MySQLRange {
	if check > len(ranges) {
		return ranges
	}
	return ranges[check-1 : check]
}

// mergeSpans joins sorted spans that overlap. Inexact spans of disjoint ranges
// may; a joined span checks its rows against all ranges.
func mergeSpans(list []relation.Span, all int) []relation.Span {
	out := list[:1]
	for _, sp := range list[1:] {
		last := &out[len(out)-1]
		if bytes.Compare(sp.Lo, last.Hi) >= 0 {
			out = append(out, sp)
			continue
		}
		if bytes.Compare(sp.Hi, last.Hi) > 0 {
			last.Hi = sp.Hi
		}
		last.Point = last.Point && sp.Point
		if last.Check+sp.Check != 0 {
			last.Check = all
		}
	}
	return out
}

// span converts one range; exact says that its keys decide, and ok is false when
// no row can match.
func (s *schema) span(ctx *sql.Context, x *relation.Index, r sql.MySQLRange) (sp relation.Span, exact, ok bool, err error) {
	prefix := s.AppendKey(make([]byte, 0, 48), x.ID)
	null := false
	exact = true
	for i, expr := range r {
		if i >= len(x.Parts) {
			if !isAll(expr) {
				exact = false // a column of the primary key: check the row
			}
			continue
		}
		b, err := s.bounds(ctx, &x.Parts[i], expr)
		if err != nil {
			return sp, false, false, err
		}
		if b.empty {
			return sp, false, false, nil
		}
		exact = exact && b.exact
		if b.point {
			prefix = append(prefix, b.lo...)
			null = null || b.null
			continue
		}
		sp.Lo = append(slices.Clip(prefix), b.lo...)
		if b.hi == nil {
			sp.Hi = codec.PrefixEnd(prefix)
		} else {
			sp.Hi = append(slices.Clip(prefix), b.hi...)
		}
		for _, rest := range r[i+1:] {
			exact = exact && isAll(rest)
		}
		return sp, exact, bytes.Compare(sp.Lo, sp.Hi) < 0, nil
	}
	sp.Lo, sp.Hi = prefix, codec.PrefixEnd(prefix)
	sp.Point = x.Unique && !null && len(r) >= len(x.Parts)
	return sp, exact, true, nil
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

func (s *schema) bounds(ctx *sql.Context, p *relation.Part, expr sql.MySQLRangeColumnExpr) (bounds, error) {
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
	if p.Field.Desc {
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
func (s *schema) cut(ctx *sql.Context, p *relation.Part, expr sql.MySQLRangeColumnExpr, c sql.MySQLRangeCut, upper bool) (position, error) {
	switch c := c.(type) {
	case sql.BelowNull:
		if p.Field.Nullable && isNullRange(expr) {
			return position{exact: true, key: codec.AppendNull(nil), datum: true, null: true}, nil
		}
		return position{exact: true}, nil
	case sql.AboveNull:
		if !p.Field.Nullable {
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

func (s *schema) valueCut(ctx *sql.Context, p *relation.Part, typ sql.Type, key any, after, upper bool) (position, error) {
	if key == nil {
		return position{none: true}, nil
	}
	v, side, ok := columnValue(ctx, s.cols[p.Column].storage, typ, key)
	if clock, isTime := v.(time.Time); ok && isTime && s.cols[p.Column].storage.moment {
		packed, err := codec.DateTimeOf(clock.UTC())
		if err != nil {
			return position{}, err
		}
		_, ok = onlyMoment(packed, zoneOf(ctx))
	}
	if !ok {
		open := position{exact: false}
		if p.Field.Nullable && !upper {
			open.key = codec.AppendNotNull(nil)
		}
		return open, nil
	}
	d, err := s.cols[p.Column].storage.datum(ctx, v)
	if err != nil {
		return position{}, err
	}
	b, err := p.Append(nil, d)
	if err != nil {
		return position{}, err
	}
	if side != 0 {
		after = side < 0 // the nearest value is smaller than the key: the cut lies behind it
	}
	return position{key: b, datum: true, after: after, exact: !p.Inexact(d)}, nil
}
