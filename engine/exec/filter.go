package exec

import (
	"cmp"
	"errors"
	"slices"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Filter gives the rows for which all conditions are true.
type Filter struct {
	Child Node
	Conds []expr.Expr
}

// Types implements Node.
func (f *Filter) Types() []value.Type { return f.Child.Types() }

// Open implements Node.
func (f *Filter) Open(c *expr.Ctx) (Rows, error) {
	rows, err := f.Child.Open(c)
	if err != nil {
		return nil, err
	}
	return &filterRows{Rows: rows, conds: f.Conds}, nil
}

type filterRows struct {
	Rows
	conds []expr.Expr
	sel   []int32
	out   Batch
	portion
}

func (f *filterRows) want(rows int64) {
	f.wanted = rows
	want(f.Rows, rows) // so many of them may all pass
}

// Next implements Rows.
func (f *filterRows) Next(c *expr.Ctx) (*Batch, error) {
	for {
		b, err := f.next(c, f.Rows)
		if err != nil || b == nil {
			return nil, err
		}
		var sel []int32
		err = f.compute(c, f.conds, b, func(b *Batch) error {
			f.sel = places(f.sel, b)
			sel = f.sel
			for _, e := range f.conds {
				if sel, err = expr.Filter(e, c, &b.Batch, sel, sel[:0]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(sel) > 0 {
			f.out = Batch{Batch: b.Batch, Sel: sel}
			return &f.out, nil
		}
	}
}

// portion takes the rows of a batch as they are wanted. A batch is computed at once all the same where nobody
// can tell: where none of its rows fails or warns, and nothing that is computed changes anything.
type portion struct {
	wanted int64  // 0: all
	rest   *Batch // whose rows from first on are next
	first  int
	places []int32
	part   Batch
}

// next is the next batch, or the rest of one.
func (p *portion) next(c *expr.Ctx, rows Rows) (*Batch, error) {
	if p.rest == nil {
		return rows.Next(c)
	}
	p.part = Batch{Batch: p.rest.Batch, Sel: p.places[p.first:]}
	p.rest = nil
	return &p.part, ended(c)
}

// compute calls do with the rows of b, or with the first that are wanted: next gives the others.
func (p *portion) compute(c *expr.Ctx, list []expr.Expr, b *Batch, do func(b *Batch) error) error {
	if p.wanted <= 0 || p.wanted >= int64(b.Len()) || !slices.ContainsFunc(list, computed) {
		return do(b)
	}
	if !slices.ContainsFunc(list, expr.Changes) {
		heard, listen := false, c.Env.Listen
		c.Env.Listen = func(value.Warning) { heard = true }
		err := do(b)
		c.Env.Listen = listen
		if err == nil && !heard {
			return nil
		}
		if ended := ended(c); ended != nil {
			return ended
		}
	}
	p.places = places(p.places, b)
	first := Batch{Batch: b.Batch, Sel: p.places[:p.wanted:p.wanted]}
	p.rest, p.first = &Batch{Batch: b.Batch}, int(p.wanted)
	return do(&first)
}

func computed(e expr.Expr) bool {
	switch e.(type) {
	case *expr.Column, *expr.Const, *expr.Param:
		return false
	}
	return true
}

// places are the places of a batch's rows, in memory that may be changed.
func places(sel []int32, b *Batch) []int32 {
	if b.Sel != nil {
		return append(sel[:0], b.Sel...)
	}
	if cap(sel) < b.N {
		sel = make([]int32, max(b.N, 16))
	}
	sel = sel[:b.N]
	for i := range sel {
		sel[i] = int32(i)
	}
	return sel
}

// Project computes the columns that are shown.
type Project struct {
	Child Node
	Exprs []expr.Expr
	types []value.Type
	// byRow: some set variables that others may read, row by row from left to right.
	byRow bool
}

// NewProject computes expressions over the rows of a node.
func NewProject(child Node, list []expr.Expr) *Project {
	p := &Project{Child: child, Exprs: list, types: outTypes(list)}
	for _, e := range list {
		expr.Walk(e, func(e expr.Expr) {
			_, sets := e.(*expr.SetVariable)
			p.byRow = p.byRow || sets && len(list) > 1
		})
	}
	return p
}

// Types implements Node.
func (p *Project) Types() []value.Type { return p.types }

// Open implements Node.
func (p *Project) Open(c *expr.Ctx) (Rows, error) {
	rows, err := p.Child.Open(c)
	if err != nil {
		return nil, err
	}
	return newProjectRows(p, rows), nil
}

func newProjectRows(p *Project, rows Rows) *projectRows {
	r := &projectRows{Rows: rows, p: p}
	r.long = make([]bool, len(p.Exprs))
	for i, e := range p.Exprs {
		r.long[i] = expr.Grows(e)
		r.grows = r.grows || r.long[i]
	}
	r.own.begin(p.types)
	r.out.Columns = make([]expr.Vector, len(p.Exprs))
	return r
}

type projectRows struct {
	Rows
	p   *Project
	own Batch // memory of columns that are computed or copied
	out Batch
	// Values may grow: a few rows are computed at a time.
	grows  bool
	long   []bool // by expression
	many   int    // so many
	from   *Batch // whose rows from at on are next
	at     int
	sel    []int32
	mem    memory  // of the long values of these rows
	copied []int32 // by column below: one above the column here that has its values
	alone  *FirstRow
	portion
}

func (p *projectRows) want(rows int64) {
	p.wanted = rows
	want(p.Rows, rows)
}

// Values that may grow are computed of one row first, and then of as many as fill a batch of bytes when they are as
// long as those before. The long ones are charged, too, as long as they are there: the next may be longer.

// longValue is how many bytes a value has that is charged while it stands in a batch.
const longValue = 64 << 10

// nextMany says how many rows are computed after those in the columns.
func (p *projectRows) nextMany(columns []expr.Vector, rows int) {
	bytes := 0
	for i := range columns {
		bytes += len(columns[i].Data)
	}
	p.many = min(2*max(1, p.many), batchRows)
	if bytes > 0 {
		p.many = max(1, min(p.many, batchBytes*rows/bytes))
	}
}

// put adds a value to a column, and charges it when it is long.
func (p *projectRows) put(c *expr.Ctx, to *expr.Vector, v value.Value) error {
	before := len(to.Data)
	if err := to.Append(v); err != nil {
		return err
	}
	if n := len(to.Data) - before; n > longValue {
		return p.mem.take(c, n)
	}
	return nil
}

// Close implements Rows.
func (p *projectRows) Close() error {
	p.mem.give()
	return p.Rows.Close()
}

// child is the next batch to compute, or the next rows of one.
func (p *projectRows) child(c *expr.Ctx) (*Batch, error) {
	if !p.grows {
		return p.next(c, p.Rows)
	}
	if p.from == nil || p.at == p.from.Len() {
		b, err := p.Rows.Next(c)
		if err != nil || b == nil {
			return nil, err
		}
		p.from, p.at, p.sel = b, 0, places(p.sel, b)
	}
	p.mem.give()
	to := min(p.from.Len(), p.at+max(1, p.many))
	out := &Batch{Batch: p.from.Batch, Sel: p.sel[p.at:to]}
	p.at = to
	return out, ended(c)
}

// Next implements Rows. Plain columns are passed on as they are, or copied when only
// some of their rows are wanted.
func (p *projectRows) Next(c *expr.Ctx) (*Batch, error) {
	if p.alone != nil {
		want(p.Rows, 2) // one more says that there are too many
		b, err := p.Rows.Next(c)
		if err != nil || b == nil {
			return nil, err
		}
		return p.alone.next(c, p, b)
	}
	b, err := p.child(c)
	if err != nil || b == nil {
		return nil, err
	}
	var out *Batch
	if p.grows {
		out, err := p.computed(c, b)
		if err == nil {
			p.nextMany(out.Columns, out.N)
		}
		return out, err
	}
	err = p.compute(c, p.p.Exprs, b, func(b *Batch) (err error) {
		out, err = p.computed(c, b)
		return err
	})
	return out, err
}

// computed is what is shown of the rows of a batch.
func (p *projectRows) computed(c *expr.Ctx, b *Batch) (*Batch, error) {
	if p.p.byRow {
		return p.rowByRow(c, b)
	}
	p.out.N = b.Len()
	if b.Sel != nil {
		p.copied = append(p.copied[:0], make([]int32, len(b.Columns))...)
	}
	for i, e := range p.p.Exprs {
		plain, _ := e.(*expr.Column)
		if plain != nil && b.Sel == nil {
			p.out.Columns[i] = b.Columns[plain.Index]
			continue
		}
		if plain != nil && p.copied[plain.Index] > 0 { // a long text that is selected a thousand times is copied once
			p.out.Columns[i] = p.out.Columns[p.copied[plain.Index]-1]
			continue
		}
		own := &p.own.Columns[i]
		own.Reset()
		if plain != nil {
			p.copied[plain.Index] = int32(i) + 1
			from := b.Columns[plain.Index].Column
			own.Column.Reset(from.Kind)
			for _, at := range b.Sel {
				own.AppendFrom(from, int(at))
			}
		} else if err := p.values(c, i, b, own); err != nil {
			return nil, err
		}
		p.out.Columns[i] = *own
	}
	return &p.out, nil
}

// values computes an expression for the rows of a batch.
func (p *projectRows) values(c *expr.Ctx, n int, b *Batch, own *expr.Vector) error {
	e := p.p.Exprs[n]
	if !p.long[n] {
		return expr.EvalBatch(e, c, &b.Batch, b.Sel, own)
	}
	row, mark := &expr.At{Batch: &b.Batch}, c.Transient()
	for i := range b.Len() {
		row.I = b.At(i)
		v, err := e.Eval(c, row)
		if err == nil {
			err = p.put(c, own, v)
		}
		if err != nil {
			return err
		}
		c.Settle(mark)
	}
	return nil
}

func (p *projectRows) rowByRow(c *expr.Ctx, b *Batch) (*Batch, error) {
	p.own.begin(p.p.types)
	row, mark := &expr.At{Batch: &b.Batch}, c.Transient()
	for i := range b.Len() {
		row.I = b.At(i)
		for n, e := range p.p.Exprs {
			v, err := e.Eval(c, row)
			if err == nil {
				err = p.put(c, &p.own.Columns[n], v)
			}
			if err != nil {
				return nil, err
			}
		}
		p.own.N++
		c.Settle(mark)
	}
	return &p.own, nil
}

// FirstRow is how SELECT … INTO takes its row: what could be computed of it goes into variables even where the rest
// cannot be, and no row behind it is computed, since that there is one is wrong enough.
type FirstRow struct {
	// By computes a column.
	By func(column int, compute func() error) error
	// Values are what the columns of a row came to that could not be computed as a whole, and Failed why those
	// came to nothing that failed, or were computed no more.
	Values []value.Value
	Types  []value.Type
	Failed []error

	seen bool
}

// TakeFirst is for rows before their first is asked for. It is false for rows that are not computed when they
// are taken but before, for all rows: those that are grouped or sorted, say.
func TakeFirst(r Rows, first *FirstRow) bool {
	p, ok := r.(*projectRows)
	if ok {
		p.alone, first.Types = first, p.p.types
	}
	return ok
}

var errNoMore = errors.New("an earlier column has failed")

// Begun says that the first row could not be computed as a whole.
func (f *FirstRow) Begun() bool { return f.Failed != nil }

func (f *FirstRow) next(c *expr.Ctx, p *projectRows, b *Batch) (*Batch, error) {
	p.own.begin(p.p.types)
	p.own.N = b.Len()
	var failed error
	values, fails := make([]value.Value, len(p.p.Exprs)), make([]error, len(p.p.Exprs))
	row, mark := &expr.At{Batch: &b.Batch, I: b.At(0)}, c.Transient()
	for n, e := range p.p.Exprs {
		switch {
		case f.seen:
		case failed != nil && expr.Changes(e): // the statement has failed: nothing more is to happen
			fails[n] = errNoMore
		default:
			fails[n] = f.By(n, func() (err error) {
				values[n], err = e.Eval(c, row)
				values[n] = values[n].Clone()
				return err
			})
			if fails[n] != nil {
				values[n], failed = value.Null, cmp.Or(failed, fails[n])
			}
		}
		for i := range b.Len() {
			v := value.Null
			if i == 0 {
				v = values[n]
			}
			if err := p.own.Columns[n].Append(v); err != nil {
				return nil, cmp.Or(failed, err)
			}
		}
	}
	c.Settle(mark)
	f.seen = true
	if failed != nil {
		if ended(c) == nil {
			f.Values, f.Failed = values, fails
		}
		return nil, failed
	}
	return &p.own, nil
}

// Gate asks conditions that look at no row before anything is read.
type Gate struct {
	Child Node
	Conds []expr.Expr
}

// Types implements Node.
func (g *Gate) Types() []value.Type { return g.Child.Types() }

// Open implements Node.
func (g *Gate) Open(c *expr.Ctx) (Rows, error) {
	yes, err := holds(c, g.Conds, nil)
	if err != nil {
		return nil, err
	}
	if !yes {
		return empty{}, nil
	}
	return g.Child.Open(c)
}
