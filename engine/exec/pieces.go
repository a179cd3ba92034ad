package exec

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/lxdb/lxdb/engine/exec/cores"
	"github.com/lxdb/lxdb/engine/expr"
)

// A table that is scanned to be grouped, or for the first rows of an order, is read in pieces by
// several goroutines while processors are idle. What they make of their pieces is put together in
// the order of the pieces, so that the result is that of one goroutine. Whatever only one
// goroutine could tell in order (a warning, an error) or do (write to files) makes all of it void:
// it is done again by one.

const (
	// manyRows are worth another goroutine.
	manyRows = 20_000
	// mostPieces keeps a piece short: a helper leaves between two of them when others want its
	// processor, and keys that lie unevenly make uneven pieces.
	mostPieces = 16
)

// idle says how many goroutines may help, and wanted that one of them should leave: of the
// processors, but in tests.
var idle, wanted = cores.Idle, cores.Wanted

// errTogether says that a piece needs what only one goroutine can do.
var errTogether = errors.New("exec: not in pieces")

// pieces are what several goroutines read: pieces of a scan, below the same steps.
type pieces struct {
	node    Node // its root
	scan    *Scan
	steps   []Node // between both, the lowest first
	readers []Reader

	memory sync.Mutex // the statement's budget
	next   atomic.Int32
	void   atomic.Bool
}

// divide begins to read a node in pieces, nil when it is better read as one, or must be. apart are the
// expressions that are computed over it.
func divide(c *expr.Ctx, n Node, apart ...expr.Expr) (*pieces, error) {
	p := &pieces{node: n}
	for p.scan == nil {
		switch x := n.(type) {
		case *Filter:
			p.steps = append([]Node{n}, p.steps...)
			n, apart = x.Child, append(apart, x.Conds...)
		case *Project:
			if x.byRow {
				return nil, nil
			}
			p.steps = append([]Node{n}, p.steps...)
			n, apart = x.Child, append(apart, x.Exprs...)
		case *Scan:
			p.scan = x
		default:
			return nil, nil
		}
	}
	source, ok := p.scan.Source.(Divisible)
	if !ok || p.scan.Rows < manyRows || len(p.scan.Merged) > 0 || p.scan.Single || p.scan.Keyed || p.scan.Reverse || idle() == 0 {
		return nil, nil
	}
	for _, e := range apart {
		if !expr.Apart(e) {
			return nil, nil
		}
	}
	want, none, err := p.scan.want(c)
	if none || err != nil {
		return nil, err
	}
	if p.readers, err = source.Divide(c, want, mostPieces); len(p.readers) < 2 || err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// open gives the rows of a piece.
func (p *pieces) open(n int) Rows {
	scanned := p.scan.over(p.readers[n])
	scanned.lent = true
	var rows Rows = scanned
	for _, s := range p.steps {
		switch s := s.(type) {
		case *Filter:
			rows = &filterRows{Rows: rows, conds: s.Conds}
		case *Project:
			rows = newProjectRows(s, rows)
		}
	}
	return rows
}

// work has do work on each piece. done is false when all of that is void and must be done by one goroutine.
func (p *pieces) work(c *expr.Ctx, do func(c *expr.Ctx, n int, rows Rows) error) (done bool) {
	var helpers sync.WaitGroup
	helping := 0
	p.each(c, do, func() bool {
		if helping < len(p.readers)-1 && idle() > 0 {
			helping++
			helpers.Go(func() { p.each(c, do, func() bool { return !wanted() }) })
		}
		return true
	})
	helpers.Wait()
	return !p.void.Load()
}

// each works on piece after piece as long as there are more and goOn says so.
func (p *pieces) each(c *expr.Ctx, do func(c *expr.Ctx, n int, rows Rows) error, goOn func() bool) {
	own := expr.NewCtx(c.Env.Beside(&p.memory, func() { p.void.Store(true) }))
	own.Params = c.Params
	for goOn() && !p.void.Load() {
		n := int(p.next.Add(1)) - 1
		if n >= len(p.readers) {
			return
		}
		if err := p.one(own, n, do); err != nil {
			p.void.Store(true) // one goroutine meets it again, in its turn
		}
	}
}

// one works on a piece. A fault of ours is met again by the statement's own goroutine, which knows what to do with it.
func (p *pieces) one(c *expr.Ctx, n int, do func(c *expr.Ctx, n int, rows Rows) error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("exec: %v", fault)
		}
	}()
	rows := p.open(n)
	if err := do(c, n, rows); err != nil {
		return errors.Join(err, rows.Close())
	}
	return rows.Close()
}

// close ends the reading.
func (p *pieces) close() error {
	var errs []error
	for _, r := range p.readers {
		errs = append(errs, r.Close())
	}
	p.readers = nil
	return errors.Join(errs...)
}
