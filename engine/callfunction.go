package engine

import (
	"slices"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/objects"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/value"
)

var _ objects.Caller = (*sqlSession)(nil)

// CallFunction implements objects.Caller: it runs a stored function inside the statement
// that calls it.
func (s *sqlSession) CallFunction(ctx *sql.Context, by routine.Caller, db *catalog.Database, rec *catalog.Routine, args []value.Value, types []value.Type) (value.Value, error) {
	for a := s.Calls; a != nil; a = a.Outer {
		if a.Routine != nil && a.Routine.ID == rec.ID {
			return value.Null, sqlerr.SPNoRecursion.Errorf("Recursive stored functions and triggers are not allowed.")
		}
	}
	r := &programs{session: s.session, client: ctx, ctx: ctx, within: true}
	defer r.end()
	a, err := by.Activate(&s.Session, db, rec)
	if err != nil {
		return value.Null, err
	}
	var out value.Value
	err = r.inside(a, func(h *programHost) error {
		p, err := r.read(ctx, db, rec)
		if err != nil {
			return err
		}
		f := program.NewFrame(p, h)
		defer f.End()
		for i := range args {
			v, err := h.Store(args[i], &types[i], &p.Vars[i].Type, p.Params[i].Name)
			if err == nil {
				err = f.Put(i, v)
			}
			if err != nil {
				return err
			}
		}
		if err := f.Run(); err != nil {
			return err
		}
		out = f.Returned
		return nil
	})
	return out, err
}

// inside runs a function or trigger as part of a statement. The conditions of the
// statement stay; those that the program leaves are added.
func (r *programs) inside(a *state.Activation, run func(h *programHost) error) error {
	s := r.session.sql
	depth := 0
	for o := s.Calls; o != nil; o = o.Outer {
		depth++
	}
	if depth > maxDepth {
		return sqlerr.StackOverrunNeedMore.Errorf("Thread stack overrun: more than %d programs call each other", maxDepth)
	}
	leave, err := r.enter(a)
	if err != nil {
		return err
	}
	defer leave()
	before := slices.Clone(s.Warnings())
	s.ClearWarnings()
	err = run(r.host(a))
	left := slices.Clone(s.Warnings())
	s.ClearWarnings()
	for _, w := range before {
		s.BaseSession.Warn(w)
	}
	for _, w := range left {
		s.BaseSession.Warn(w)
	}
	return err
}
