package engine

import (
	"context"
	"slices"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/compiled"
	"github.com/lxdb/lxdb/engine/session"
)

// texts are the statements that a session sends as text again and again, with
// other literals each time: drivers that put values into the text themselves. A
// template that was seen twice, and that has a shape which can be compiled, is
// kept as a prepared statement whose values are the literals. From then on it is
// one in everything: authorized and planned, or held against what it was compiled
// from, at each execution.
type texts struct {
	planning   uint64 // the session's variables, on which parsing depends
	byTemplate map[string]*textEntry
	buf        []byte                  // of the running statement's template
	lately     [latelyTexts]*textEntry // the one that was used last first
}

type textEntry struct {
	stmt  *Stmt           // nil: seen once, or not worth keeping
	shape *compiled.Shape // of the text that it was prepared of; nil for most that have other literals than integers and plain texts
	never bool
}

// latelyTexts is how many statements are looked for by their shape: a client has few in turns.
const latelyTexts = 8

// used makes a statement the first to be looked for.
func (t *texts) used(e *textEntry) {
	if e.shape == nil || slices.Contains(t.lately[:], e) {
		return
	}
	copy(t.lately[1:], t.lately[:])
	t.lately[0] = e
}

// shaped finds a statement that has run lately with other literals.
func (t *texts) shaped(planning uint64, text string) (*textEntry, []session.Value) {
	if t.planning != planning {
		return nil, nil
	}
	for i, e := range t.lately {
		if e == nil {
			break
		}
		if values, ok := e.shape.Values(text); ok {
			copy(t.lately[1:i+1], t.lately[:i])
			t.lately[0] = e
			return e, values
		}
	}
	return nil, nil
}

// maxTexts is for each session; templates are 1 KiB at most.
const maxTexts = 64

// textAgain runs a statement that came as text before. It is false when the
// statement has to be parsed as it is.
func (s *Session) textAgain(ctx context.Context, text string) (session.Result, bool, error) {
	if s.engine.opts.planEverything {
		return nil, false, nil
	}
	if e, values := s.texts.shaped(s.sql.Planning, text); e != nil {
		res, err := s.execute(ctx, execution{stmt: e.stmt.ast, text: e.stmt.text, shown: text, prepared: e.stmt, args: values, written: text})
		return res, true, err
	}
	template, values, ok := compiled.AppendTemplate(s.texts.buf[:0], text, s.sql.Reading())
	s.texts.buf = template
	if !ok {
		return nil, false, nil
	}
	e := s.texts.entry(s.plans, s.sql.Planning, template)
	if e == nil || e.never {
		return nil, false, nil
	}
	if e.stmt == nil {
		if e.stmt = s.prepareTemplate(ctx, string(template), len(values)); e.stmt == nil {
			e.never = true
			return nil, false, nil
		}
		e.shape = compiled.ShapeOf(text, s.sql.Reading())
	}
	s.texts.used(e)
	res, err := s.execute(ctx, execution{stmt: e.stmt.ast, text: e.stmt.text, shown: text, prepared: e.stmt, args: values, written: text})
	return res, true, err
}

// entry returns what is known of a template, nil at its first sight.
func (t *texts) entry(plans *compiled.Cache, planning uint64, template []byte) *textEntry {
	if t.byTemplate == nil || t.planning != planning || len(t.byTemplate) >= maxTexts && t.byTemplate[string(template)] == nil {
		for _, old := range t.byTemplate {
			if old.stmt != nil {
				plans.DropAll(&old.stmt.compiled)
			}
		}
		t.planning, t.byTemplate, t.lately = planning, map[string]*textEntry{}, [latelyTexts]*textEntry{}
	}
	e := t.byTemplate[string(template)]
	if e == nil {
		t.byTemplate[string(template)] = &textEntry{}
	}
	return e
}

// prepareTemplate parses a template, nil when it can never be compiled. Whatever is
// wrong with the statement, its own text will say. After SET NAMES binary the
// strings of a text are binary, and compare otherwise than a bound value does.
func (s *Session) prepareTemplate(ctx context.Context, template string, n int) *Stmt {
	if s.sql.GetCollation() == sql.Collation_binary {
		return nil
	}
	sctx := s.context(ctx, template)
	stmt, err := clientText.One(sctx, template, s.sql.Reading(), nil)
	if err != nil {
		return nil
	}
	learns := learningOf(stmt)
	if learns.never {
		return nil
	}
	return &Stmt{session: s, ast: stmt, text: template, learning: learns, params: make([]session.Column, n)}
}

// maxKept bounds the closed statements that a session keeps.
const maxKept = 64

// keep remembers a statement that is being closed. Drivers prepare, execute and
// close a statement for each query with arguments.
func (s *Session) keep(p *Stmt) {
	if len(p.compiled) == 0 {
		return
	}
	if s.kept == nil || len(s.kept) >= maxKept {
		for _, old := range s.kept {
			s.plans.DropAll(&old.compiled)
		}
		s.kept = map[string]*Stmt{}
	}
	if old := s.kept[p.text]; old != nil {
		s.plans.DropAll(&old.compiled)
	}
	s.kept[p.text] = p
}

// prepareAgain returns a statement of the same text that was closed, if it
// could run as compiled now: then preparing it would succeed, too, and find the
// same columns. Plans are not shared, so it is kept no longer.
func (s *Session) prepareAgain(text string) *Stmt {
	old := s.kept[text]
	if old == nil {
		return nil
	}
	delete(s.kept, text)
	for _, c := range old.compiled {
		if c.Holds(&s.sql.Session) {
			p := *old
			p.closed = false
			if s.held.Keep(statementBytes(text), 0) != nil {
				break
			}
			s.plans.Move(&old.compiled, &p.compiled)
			s.stmts[&p] = struct{}{}
			return &p
		}
	}
	s.plans.DropAll(&old.compiled)
	return nil
}
