package exec

import (
	"slices"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// mostInPiece bounds the groups of a piece: more are rarely those of the other pieces, and putting
// them together takes as long as reading them has.
const mostInPiece = 4096

// mergeable is an accumulator whose groups can be put together, in any order.
type mergeable interface {
	accumulator
	// merge adds what another one of the same aggregate has of a group.
	merge(group int32, from accumulator, of int32)
}

// divide begins to read what is grouped in pieces, if its aggregates can be put together.
func (g *Group) divide(c *expr.Ctx) (*pieces, error) {
	apart := slices.Clone(g.First)
	for i := range g.Keys {
		apart = append(apart, g.Keys[i].Expr)
	}
	for i := range g.Aggs {
		if _, ok := accumulatorOf(&g.Aggs[i]).(mergeable); !ok || g.Aggs[i].Distinct {
			return nil, nil
		}
		apart = append(apart, g.Aggs[i].Call.Args...)
	}
	return divide(c, g.Child, apart...)
}

func (p *pieces) grouped(g *Group) Rows {
	if p == nil {
		return nil
	}
	r := newGroupRows(g, nil, 0)
	r.pieces = p
	return r
}

// together groups the pieces, each by itself, and puts their groups together. When that is void, the
// rows are there to be read as one.
func (r *groupRows) together(c *expr.Ctx) (done bool, err error) {
	p := r.pieces
	parts := make([]*groupRows, len(p.readers))
	done = p.work(c, func(c *expr.Ctx, n int, rows Rows) error {
		part := newGroupRows(r.g, rows, 0)
		part.most = mostInPiece
		parts[n] = part
		err := part.collect(c)
		if err == nil && part.frozen {
			err = errTogether
		}
		return err
	})
	for _, part := range parts {
		if part == nil {
			continue
		}
		done = done && r.absorb(c, part)
		part.release()
		if err := part.rest.close(); err != nil {
			done = false
		}
	}
	r.pieces = nil
	if err := p.close(); err != nil {
		return false, err
	}
	if done {
		r.child = empty{}
		return true, nil
	}
	r.release()
	*r = *newGroupRows(r.g, nil, 0)
	r.child, err = r.g.Child.Open(c)
	if err != nil {
		r.child = empty{}
	}
	return false, err
}

// absorb adds the groups of a piece, which comes behind all that are here. It is false when there is no
// memory for them.
func (r *groupRows) absorb(c *expr.Ctx, part *groupRows) bool {
	alone := len(r.g.Keys) == 0
	keys := part.table.numbered(part.n)
	for n := range part.n {
		group, fresh := int32(0), r.n == 0
		if !alone {
			if group, fresh = r.table.add(c, keys, n, int32(r.n)); group < 0 {
				return false
			}
		}
		if fresh {
			if r.mem.take(c, r.each) != nil {
				return false
			}
			r.n++
			for _, acc := range r.accs {
				acc.grow(r.n)
			}
		}
		if fresh || alone && part.some && !r.some {
			if alone {
				r.first.reset()
			}
			if _, err := r.first.put(c, part.first.row(n)); err != nil {
				return false
			}
		}
		for a, acc := range r.accs {
			acc.(mergeable).merge(group, part.accs[a], int32(n))
		}
	}
	r.some = r.some || part.some
	return true
}

// numberedKeys are the keys of a groupTable by the numbers of their groups.
type numberedKeys struct {
	of   *groupTable
	bits []uint64 // of a single key that is a number
}

func (t *groupTable) numbered(groups int) numberedKeys {
	k := numberedKeys{of: t}
	if t.typed {
		k.bits = make([]uint64, groups)
		for i := range t.ints.slots {
			if s := &t.ints.slots[i]; s.id > 0 {
				k.bits[s.id-1] = s.bits
			}
		}
	}
	return k
}

// add finds the group with the key of group n of another table; next is the number of a new one. It is -1 when
// there is no memory for it, or when the tables are of two kinds.
func (t *groupTable) add(c *expr.Ctx, k numberedKeys, n int, next int32) (group int32, fresh bool) {
	if next == 0 {
		t.typed = k.of.typed
	}
	switch {
	case t.typed != k.of.typed:
		return -1, false
	case !t.typed:
		return t.look(c, k.of.table.key(n), next, false)
	case k.of.null != int32(n)+1:
		return t.ints.find(c, k.bits[n], 0, next)
	case t.null > 0:
		return t.null - 1, false
	}
	t.null = next + 1
	return next, true
}

func (a *countAccumulator) merge(group int32, from accumulator, of int32) {
	a.n[group] += from.(*countAccumulator).n[of]
}

func (a *sumAccumulator) merge(group int32, from accumulator, of int32) {
	b := from.(*sumAccumulator)
	a.n[group] += b.n[of]
	n := b.small[of]
	if sum := a.small[group] + n; n == 0 || (sum > a.small[group]) == (n > 0) {
		a.small[group] = sum
	} else {
		a.keep(group, value.DecimalOfUnscaled(n, a.scale()))
	}
	if d, ok := b.large[of]; ok {
		a.keep(group, d)
	}
}

func (a *extremeAccumulator) merge(group int32, from accumulator, of int32) {
	b := from.(*extremeAccumulator)
	if b.some[of] && (!a.some[group] || (b.best[of] > a.best[group]) == a.most) {
		a.some[group], a.best[group] = true, b.best[of]
	}
}

// divide begins to read what is sorted in pieces, if only the first rows are wanted.
func (s *Sort) divide(c *expr.Ctx) (*pieces, error) {
	if s.Most <= 0 || s.Most > maxTop {
		return nil, nil
	}
	apart := make([]expr.Expr, len(s.Keys))
	for i := range s.Keys {
		apart[i] = s.Keys[i].Expr
	}
	return divide(c, s.Child, apart...)
}

func (p *pieces) sorted(s *Sort) Rows {
	if p == nil {
		return nil
	}
	return &topRows{s: s, pieces: p, keys: newKeyColumns(s.Keys)}
}

// together finds the first rows of each piece, and of those the first ones. When that is void, the rows
// are there to be read as one.
func (t *topRows) together(c *expr.Ctx) (done bool, err error) {
	p := t.pieces
	parts := make([]*topRows, len(p.readers))
	done = p.work(c, func(c *expr.Ctx, n int, rows Rows) error {
		part := &topRows{s: t.s, child: rows, piece: true, keys: newKeyColumns(t.s.Keys)}
		parts[n] = part
		return part.collect(c)
	})
	for n, part := range parts {
		if part == nil {
			continue
		}
		for i := range part.top {
			part.top[i].seq += n << 40 // behind all of the pieces before
		}
		t.top = append(t.top, part.top...)
		t.mem.adopt(c, &part.mem)
	}
	t.pieces = nil
	if err := p.close(); err != nil {
		return false, err
	}
	if done {
		slices.SortFunc(t.top, func(a, b topRow) int { return a.compare(&b) })
		t.top = t.top[:min(len(t.top), int(t.s.Most))]
		t.child = empty{}
		return true, nil
	}
	t.top = nil
	t.mem.give()
	if t.child, err = t.s.Child.Open(c); err != nil {
		t.child = empty{}
	}
	return false, err
}
