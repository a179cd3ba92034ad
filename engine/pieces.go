package engine

import (
	"slices"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/compiled"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/value"
)

// Statements of programs are planned once, as a client's prepared ones are: the variables of the
// program, and the columns of NEW and OLD, are their parameters. What is kept is of one session, and of
// one program as that session has read it; whose rights it was planned for, in which database and under
// which variables, it is held against at each execution, see package compiled.

// piece is one execution of a piece of SQL of a program.
type piece struct {
	host  *programHost
	frame *program.Frame
	code  *routine.Code
}

// bodies are the pieces of the programs that a session keeps.
type bodies map[*program.Program]map[*routine.Code]*Stmt

// of is what is kept of a piece, nil where nothing may be.
func (b bodies) of(s *Session, p *program.Program, code *routine.Code) *Stmt {
	pieces := b[p]
	if pieces == nil {
		pieces = map[*routine.Code]*Stmt{}
		b[p] = pieces
	}
	st := pieces[code]
	if st == nil {
		st = &Stmt{session: s, ast: code.Tree, text: code.Text, learning: learningOf(code.Tree)}
		st.once, st.exact = true, nil
		for i := range code.Numbers {
			st.exact = append(st.exact, i)
		}
		st.never = st.never || slices.ContainsFunc(code.Uses, func(slot int) bool { return p.Vars[slot].Loose })
		pieces[code] = st
	}
	if st.never {
		return nil
	}
	return st
}

// forget drops the plans of a program.
func (b bodies) forget(plans *compiled.Cache, p *program.Program) {
	for _, st := range b[p] {
		plans.DropAll(&st.compiled)
	}
	delete(b, p)
}

// prepared is what the session keeps of the piece, nil for one of a program that it does not keep.
func (p *piece) prepared() *Stmt {
	s, id := p.host.session, p.host.activation.Trigger
	if r := p.host.activation.Routine; r != nil {
		id = r.ID
	}
	if s.programs[id].program != p.frame.Program && !p.host.alone { // the session of an event ends with it
		return nil
	}
	if s.bodies == nil {
		s.bodies = bodies{}
	}
	return s.bodies.of(s, p.frame.Program, p.code)
}

// execution is the piece as a statement.
func (p *piece) execution() (x execution, err error) {
	x = execution{stmt: p.code.Tree, text: p.code.Text, in: p}
	if x.prepared = p.prepared(); x.prepared != nil {
		for _, slot := range p.code.Numbers {
			n, err := lxplan.Number(p.frame.Vars[slot], p.frame.Type(slot))
			if err != nil {
				return x, err
			}
			x.args = append(x.args, session.IntValue(n.Value().(int64)))
		}
		return x, nil
	}
	return x, p.bind(&x)
}

// bind is for the planner.
func (p *piece) bind(x *execution) (err error) {
	x.prepared, x.args = nil, nil
	if len(p.code.Uses)+len(p.code.Numbers) > 0 || p.code.IsQuery() {
		x.bound, _, err = p.variables()
	}
	return err
}

// values are those of the variables, as they stand in the text.
func (p *piece) values() []value.Value {
	out := make([]value.Value, len(p.code.Uses))
	for i, slot := range p.code.Uses {
		out[i] = p.frame.Vars[slot]
	}
	return out
}

// variables are what the placeholders stand for now.
func (p *piece) variables() (map[string]sql.Expression, []*lxplan.Variable, error) {
	out, vars := make(map[string]sql.Expression, len(p.code.Uses)+len(p.code.Numbers)), make([]*lxplan.Variable, len(p.code.Uses))
	for i, slot := range p.code.Uses {
		v, err := lxplan.NewVariable(slot, p.frame.Program.Vars[slot].Name, p.frame.Vars[slot], p.frame.Type(slot))
		if err != nil {
			return nil, nil, err
		}
		out[placeholder("v", i)], vars[i] = v, v
	}
	for i, slot := range p.code.Numbers {
		n, err := lxplan.Number(p.frame.Vars[slot], p.frame.Type(slot))
		if err != nil {
			return nil, nil, err
		}
		out[placeholder("l", i)] = n
	}
	return out, vars, nil
}

// again runs a piece as it was planned before. It is false when the planner has to look.
func (r *programs) again(st *statement, x execution, take func([]value.Value, []value.Type) error) (bool, error) {
	res, err := st.again(x)
	switch {
	case res == nil || err != nil:
		return err != nil, err
	case st.own != nil && take != nil:
		return true, st.ownTo(take)
	}
	return true, r.keep(res)
}
