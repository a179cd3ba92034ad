package exec

import (
	"errors"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Group puts the rows together that have equal keys. Its columns are the aggregates, then
// First. Without keys there is one group, even of no rows.
type Group struct {
	Child Node
	Keys  []SortKey
	Aggs  []Agg
	First []expr.Expr // computed from the first row of the group
	types []value.Type
}

// Agg is one aggregate.
type Agg struct {
	Call *expr.AggregateCall
	// Distinct lets it see rows with equal arguments once.
	Distinct bool
}

// NewGroup groups the rows of a node.
func NewGroup(child Node, keys []SortKey, aggs []Agg, first []expr.Expr) *Group {
	g := &Group{Child: child, Keys: keys, Aggs: aggs, First: first}
	for i := range aggs {
		g.types = append(g.types, *aggs[i].Call.Type())
	}
	g.types = append(g.types, outTypes(first)...)
	return g
}

// Types implements Node.
func (g *Group) Types() []value.Type { return g.types }

// Open implements Node.
func (g *Group) Open(c *expr.Ctx) (Rows, error) {
	if p, err := g.divide(c); p != nil || err != nil {
		return p.grouped(g), err
	}
	rows, err := g.Child.Open(c)
	if err != nil {
		return nil, err
	}
	return newGroupRows(g, rows, 0), nil
}

func newGroupRows(g *Group, child Rows, level int) *groupRows {
	r := &groupRows{g: g, child: child, level: level, table: newGroupTable(g.Keys)}
	for i := range g.Aggs {
		r.accs = append(r.accs, accumulatorOf(&g.Aggs[i]))
		var d *distinctArgs
		if g.Aggs[i].Distinct {
			d = newDistinctArgs(g.Aggs[i].Call)
		}
		r.dist = append(r.dist, d)
		r.each += r.accs[i].bytes()
	}
	return r
}

// groupRows gives the groups that it has memory for, then those of the rows that it wrote to
// shards because their groups came when there was none left.
type groupRows struct {
	g      *Group
	child  Rows
	pieces *pieces // of what is read, until that is done or must be read as one
	level  int     // how often the rows were split
	table  *groupTable
	accs   []accumulator
	dist   []*distinctArgs // nil for aggregates that are not DISTINCT
	each   int             // bytes of a group
	most   int             // groups, of a piece of the rows; 0 is any number
	n      int             // groups
	first  rowBuffer
	mem    memory
	frozen bool // no more groups
	rest   pending
	groups []int32
	row    []byte
	ready  bool
	some   bool // a row was met
	next   int
	out    Batch
}

// stateBytes is about what the state of one aggregate needs.
const stateBytes = 96

// Next implements Rows.
func (r *groupRows) Next(c *expr.Ctx) (*Batch, error) {
	if !r.ready {
		if err := r.collect(c); err != nil {
			return nil, err
		}
		r.ready = true
	}
	if err := ended(c); err != nil {
		return nil, err
	}
	if r.next < r.n {
		return r.emit(c)
	}
	r.release()
	return r.rest.Next(c, func(n int) (Rows, error) {
		return newGroupRows(r.g, r.rest.s.rowsOf(n, r.g.Child.Types()), r.level+1), nil
	})
}

func (r *groupRows) emit(c *expr.Ctx) (*Batch, error) {
	r.out.begin(r.g.types)
	aggs, mark := len(r.g.Aggs), c.Transient()
	for ; r.next < r.n && !r.out.full(); r.next++ {
		for a, acc := range r.accs {
			v, err := acc.result(c, r.next)
			if err == nil {
				err = r.out.Columns[a].Append(v)
			}
			if err != nil {
				return nil, err
			}
		}
		c.Settle(mark)
		b := r.first.bytes(r.next)
		for f := range r.g.First {
			var v value.Value
			v, b = readValue(b)
			if err := r.out.Columns[aggs+f].Append(v); err != nil {
				return nil, err
			}
		}
		r.out.N++
	}
	return r.out.orNil(), nil
}

// collect reads all rows. What was read is closed then, so that its memory serves who comes next.
func (r *groupRows) collect(c *expr.Ctx) error {
	if r.pieces != nil {
		if done, err := r.together(c); done || err != nil {
			return err
		}
	}
	alone := len(r.g.Keys) == 0
	if alone {
		if err := r.start(c, nil); err != nil {
			return err
		}
	}
	for {
		b, err := r.child.Next(c)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if alone && !r.some { // now there is a first row
			if err := r.keepFirst(c, &expr.At{Batch: &b.Batch, I: b.At(0)}); err != nil {
				return err
			}
		}
		r.some = true
		if err := r.batch(c, b); err != nil {
			return err
		}
		if r.most > 0 && r.n > r.most {
			return errTogether
		}
	}
	for i, d := range r.dist {
		if d != nil {
			if err := d.drain(c, r.accs[i]); err != nil {
				return err
			}
		}
	}
	if r.rest.s != nil {
		if err := r.rest.s.finish(); err != nil {
			return err
		}
	}
	return r.child.Close()
}

// batch adds the rows of a batch to their groups.
func (r *groupRows) batch(c *expr.Ctx, b *Batch) error {
	if len(r.g.Keys) > 0 {
		var err error
		if b, err = r.place(c, b); err != nil || b.Len() == 0 {
			return err
		}
	}
	for a, acc := range r.accs {
		rows, groups := b, r.groups
		if d := r.dist[a]; d != nil {
			var err error
			if rows, groups, err = d.fresh(c, b, groups); err != nil {
				return err
			}
			if rows.Len() == 0 {
				continue
			}
		}
		if err := acc.add(c, rows, groups); err != nil {
			return err
		}
	}
	return nil
}

// place finds the groups of a batch's rows. What comes back are those rows that have one; the others
// wait in shards.
func (r *groupRows) place(c *expr.Ctx, b *Batch) (*Batch, error) {
	if err := r.table.begin(c, b); err != nil {
		return nil, err
	}
	r.groups = r.groups[:0]
	from := expr.At{Batch: &b.Batch}
	out := b
	for i := range b.Len() {
		at := b.At(i)
		n, fresh, err := r.table.find(c, i, at, int32(r.n), r.frozen)
		if err != nil {
			return nil, err
		}
		if fresh {
			from.I = at
			if err := r.start(c, &from); err != nil {
				return nil, err
			}
		}
		if n < 0 {
			if out == b {
				out = &Batch{Batch: b.Batch, Sel: append(make([]int32, 0, b.Len()), places(nil, b)[:i]...)}
			}
			if err := r.later(c, b, i, at); err != nil {
				return nil, err
			}
			continue
		}
		if out != b {
			out.Sel = append(out.Sel, int32(at))
		}
		r.groups = append(r.groups, n)
	}
	return out, nil
}

// later writes a row to a shard: its group is a new one, and there is no memory for that.
func (r *groupRows) later(c *expr.Ctx, b *Batch, i, at int) error {
	r.frozen = true
	if r.rest.s == nil {
		s, err := newShards(c, r.level)
		if err != nil {
			return err
		}
		r.rest.s = s
	}
	key, err := r.table.key(c, i, at)
	if err != nil {
		return err
	}
	if r.row, err = appendRow(r.row[:0], b, at, r.g.Child.Types()); err != nil {
		return err
	}
	return r.rest.s.add(r.rest.s.of(key), r.row)
}

// start makes a group. row is nil for the group of no rows, whose First are NULL.
func (r *groupRows) start(c *expr.Ctx, row expr.Row) error {
	if err := r.mem.take(c, r.each); err != nil {
		if r.n == 0 {
			return err
		}
		r.frozen = true // this one has its place in the table
		r.mem.force(c, r.each)
	}
	r.n++
	for _, acc := range r.accs {
		acc.grow(r.n)
	}
	return r.keepFirst(c, row)
}

// keepFirst keeps what is computed from the first row of the newest group.
func (r *groupRows) keepFirst(c *expr.Ctx, row expr.Row) error {
	if len(r.g.Keys) == 0 {
		r.first.reset()
	}
	defer c.Settle(c.Transient())
	r.row = r.row[:0]
	for _, e := range r.g.First {
		v := value.Null
		if row != nil {
			var err error
			if v, err = e.Eval(c, row); err != nil {
				return err
			}
		}
		r.row = appendValue(r.row, v)
	}
	if _, err := r.first.put(c, r.row); err != nil {
		r.frozen = true
		_, err = r.first.putAnyway(c, r.row)
		return err
	}
	return nil
}

func (r *groupRows) release() {
	r.table.release()
	r.first.release()
	for i := range r.dist {
		r.accs[i].release()
		if r.dist[i] != nil {
			r.dist[i].release()
		}
	}
	r.n, r.next = 0, 0
	r.mem.give()
}

// Close implements Rows.
func (r *groupRows) Close() error {
	r.release()
	r.ready = true
	if r.pieces != nil {
		return r.pieces.close()
	}
	return errors.Join(r.rest.close(), r.child.Close())
}
