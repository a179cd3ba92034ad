package exec

import (
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

func (a *Agg) state() expr.State { return a.Call.Aggregate.New(a.Call) }

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
	rows, err := g.Child.Open(c)
	if err != nil {
		return nil, err
	}
	return &groupRows{g: g, child: rows}, nil
}

type groupRows struct {
	g      *Group
	child  Rows
	table  keyTable
	states []expr.State // of each group, one after the other
	first  rowBuffer
	dist   []keyTable // of each DISTINCT aggregate: group and arguments
	mem    memory
	ready  bool
	next   int
	key    []byte
	args   []value.Value
	row    []byte
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
	r.out.begin(r.g.types)
	aggs := len(r.g.Aggs)
	for ; r.next < r.first.len() && !r.out.full(); r.next++ {
		for a := range aggs {
			v, err := r.states[r.next*aggs+a].Result(c)
			if err == nil {
				err = r.out.Columns[a].Append(v)
			}
			if err != nil {
				return nil, err
			}
		}
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

func (r *groupRows) collect(c *expr.Ctx) error {
	r.dist = make([]keyTable, len(r.g.Aggs))
	if len(r.g.Keys) == 0 {
		if err := r.start(c, nil); err != nil {
			return err
		}
	}
	some := false
	for {
		b, err := r.child.Next(c)
		if err != nil || b == nil {
			return err
		}
		row := &expr.At{Batch: &b.Batch}
		for i := range b.Len() {
			row.I = b.At(i)
			group := 0
			if len(r.g.Keys) > 0 {
				if group, err = r.groupOf(c, row); err != nil {
					return err
				}
			} else if !some { // now there is a first row
				some = true
				if err := r.restart(c, row); err != nil {
					return err
				}
			}
			if err := r.add(c, group, row); err != nil {
				return err
			}
		}
	}
}

func (r *groupRows) groupOf(c *expr.Ctx, row expr.Row) (int, error) {
	var err error
	if r.key, err = appendKeys(c, r.key[:0], r.g.Keys, row); err != nil {
		return 0, err
	}
	n, fresh, err := r.table.find(c, r.key)
	if err != nil || !fresh {
		return n, err
	}
	return n, r.start(c, row)
}

// start makes a group. row is nil for the group of no rows, whose First are NULL.
func (r *groupRows) start(c *expr.Ctx, row expr.Row) error {
	if err := r.mem.take(c, stateBytes*len(r.g.Aggs)); err != nil {
		return err
	}
	for i := range r.g.Aggs {
		r.states = append(r.states, r.g.Aggs[i].state())
	}
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
	_, err := r.first.put(c, r.row)
	return err
}

// restart gives the one group its first row.
func (r *groupRows) restart(c *expr.Ctx, row expr.Row) error {
	r.first.reset()
	r.states = r.states[:0]
	return r.start(c, row)
}

// add lets all aggregates of a group see a row.
func (r *groupRows) add(c *expr.Ctx, group int, row expr.Row) error {
	for a := range r.g.Aggs {
		agg := &r.g.Aggs[a]
		state := r.states[group*len(r.g.Aggs)+a]
		if !agg.Distinct {
			if err := agg.Call.Add(c, state, row); err != nil {
				return err
			}
			continue
		}
		r.args = r.args[:0]
		for _, e := range agg.Call.Args {
			v, err := e.Eval(c, row)
			if err != nil {
				return err
			}
			r.args = append(r.args, v)
		}
		fresh, err := r.fresh(c, a, group)
		if err == nil && fresh {
			err = agg.Call.AddValues(c, state, r.args)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fresh says whether the group sees these arguments for the first time.
func (r *groupRows) fresh(c *expr.Ctx, a, group int) (bool, error) {
	r.key = appendIntKey(r.key[:0], int64(group))
	for i, v := range r.args {
		k := KeyOf(r.g.Aggs[a].Call.Arg(i))
		r.key = k.append(r.key, v)
	}
	_, fresh, err := r.dist[a].find(c, r.key)
	return fresh, err
}

// Close implements Rows.
func (r *groupRows) Close() error {
	r.table.release()
	r.first.release()
	for i := range r.dist {
		r.dist[i].release()
	}
	r.states, r.ready = nil, true
	r.mem.give()
	return r.child.Close()
}
