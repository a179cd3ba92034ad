package exec

import (
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
}

// Next implements Rows.
func (f *filterRows) Next(c *expr.Ctx) (*Batch, error) {
	for {
		b, err := f.Rows.Next(c)
		if err != nil || b == nil {
			return nil, err
		}
		f.sel = places(f.sel, b)
		sel := f.sel
		for _, e := range f.conds {
			if sel, err = expr.Filter(e, c, &b.Batch, sel, sel[:0]); err != nil {
				return nil, err
			}
		}
		if len(sel) > 0 {
			f.out = Batch{Batch: b.Batch, Sel: sel}
			return &f.out, nil
		}
	}
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
	for _, e := range p.Exprs {
		r.grows = r.grows || expr.Grows(e)
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
	grows bool
	from  *Batch // whose rows from at on are next
	at    int
	sel   []int32
}

// growing is how many rows are computed at a time when values may grow, as long as they do.
const growing = 16

// child is the next batch to compute, or the next rows of one.
func (p *projectRows) child(c *expr.Ctx) (*Batch, error) {
	if !p.grows {
		return p.Rows.Next(c)
	}
	if p.from == nil || p.at == p.from.Len() {
		b, err := p.Rows.Next(c)
		if err != nil || b == nil {
			return nil, err
		}
		p.from, p.at, p.sel = b, 0, places(p.sel, b)
	}
	to := min(p.from.Len(), p.at+growing)
	out := &Batch{Batch: p.from.Batch, Sel: p.sel[p.at:to]}
	p.at = to
	return out, ended(c)
}

// Next implements Rows. Plain columns are passed on as they are, or copied when only
// some of their rows are wanted.
func (p *projectRows) Next(c *expr.Ctx) (*Batch, error) {
	b, err := p.child(c)
	if err != nil || b == nil {
		return nil, err
	}
	if p.p.byRow {
		return p.rowByRow(c, b)
	}
	p.out.N = b.Len()
	for i, e := range p.p.Exprs {
		plain, _ := e.(*expr.Column)
		if plain != nil && b.Sel == nil {
			p.out.Columns[i] = b.Columns[plain.Index]
			continue
		}
		own := &p.own.Columns[i]
		own.Reset()
		if plain != nil {
			from := b.Columns[plain.Index].Column
			own.Column.Reset(from.Kind)
			for _, at := range b.Sel {
				own.AppendFrom(from, int(at))
			}
		} else if err := expr.EvalBatch(e, c, &b.Batch, b.Sel, own); err != nil {
			return nil, err
		}
		p.out.Columns[i] = *own
	}
	return &p.out, nil
}

func (p *projectRows) rowByRow(c *expr.Ctx, b *Batch) (*Batch, error) {
	p.own.begin(p.p.types)
	row, mark := &expr.At{Batch: &b.Batch}, c.Transient()
	for i := range b.Len() {
		row.I = b.At(i)
		for n, e := range p.p.Exprs {
			v, err := e.Eval(c, row)
			if err == nil {
				err = p.own.Columns[n].Append(v)
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
