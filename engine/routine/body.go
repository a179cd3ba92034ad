package routine

import (
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

// The library's interpreter of procedures goes wrong without a word in some
// places. What it would do wrong for sure is refused, at CREATE and, for what is
// stored already, at CALL; the rest is written in a form that it runs right.
//
//	handlers         every error but the end of a cursor finds the wrong one or
//	                 starts the body again, for ever
//	SELECT … INTO    forgets INTO after its first run, and starts the body again
//	                 when there is no row or more than one
//	DECLARE          without DEFAULT gives zero for NULL, with an expression garbage
//	LOOP             is never asked whether somebody wants it to end
//	results          all but the last are dropped (note)

// CheckBody refuses what would run wrong.
func CheckBody(body ast.Statement) error {
	return bodyChecker{}.statement(body, true)
}

type bodyChecker struct{ trigger bool }

// statement checks one statement; outermost is the block that is the whole body.
func (c bodyChecker) statement(stmt ast.Statement, outermost bool) error {
	switch n := stmt.(type) {
	case *ast.Declare:
		if n.Handler != nil {
			return c.handler(n.Handler, outermost)
		}
		if n.Condition != nil {
			return unbuilt("DECLARE … CONDITION")
		}
		return nil
	case *ast.Resignal:
		return unbuilt("RESIGNAL")
	case *ast.BeginEndBlock:
		for _, s := range n.Statements {
			_, nested := s.(*ast.BeginEndBlock)
			if err := c.statement(s, outermost && !nested); err != nil {
				return err
			}
		}
		return nil
	}
	for _, list := range nestedLists(stmt) {
		for _, s := range list {
			if err := c.statement(s, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// handler accepts the one form that works: at the end of a cursor a variable of
// the body is set. An EXIT handler leaves the variables and handlers of an inner
// block behind, so it stands in the outermost.
func (c bodyChecker) handler(h *ast.DeclareHandler, outermost bool) error {
	for _, v := range h.ConditionValues {
		if v.ValueType != ast.DeclareHandlerCondition_NotFound {
			return unbuilt("a handler for other conditions than NOT FOUND")
		}
	}
	if h.Action == ast.DeclareHandlerAction_Exit && (!outermost || c.trigger) {
		return unbuilt("an EXIT HANDLER in an inner block")
	}
	set, ok := h.Statement.(*ast.Set)
	if !ok || len(set.Exprs) != 1 || set.Exprs[0].Scope != ast.SetScope_None {
		return unbuilt("a handler that does more than SET one variable of the body")
	}
	return nil
}

func unbuilt(what string) error {
	return sqlerr.NotSupportedYet.Errorf("%s is not supported in stored programs yet; it would not do what it says", what).
		WithHint("CONTINUE HANDLER FOR NOT FOUND SET variable = value is supported; leave other errors to the caller")
}

// nestedLists are the statement lists inside a statement.
func nestedLists(stmt ast.Statement) []ast.Statements {
	var out []ast.Statements
	switch n := stmt.(type) {
	case *ast.BeginEndBlock:
		out = append(out, n.Statements)
	case *ast.Loop:
		out = append(out, n.Statements)
	case *ast.While:
		out = append(out, n.Statements)
	case *ast.Repeat:
		out = append(out, n.Statements)
	case *ast.IfStatement:
		for _, c := range n.Conditions {
			out = append(out, c.Statements)
		}
		out = append(out, n.Else)
	case *ast.CaseStatement:
		for _, c := range n.Cases {
			out = append(out, c.Statements)
		}
		out = append(out, n.Else)
	}
	return out
}

// prepareBody writes a body as the interpreter runs it right.
func prepareBody(body ast.Statement) (ast.Statement, *state.BodyNotes) {
	notes := &state.BodyNotes{Into: map[*ast.Select]*ast.Into{}, Shows: map[ast.Statement]bool{}}
	made := noter{notes}.list(ast.Statements{body})
	if len(made) == 1 {
		return made[0], notes
	}
	return &ast.BeginEndBlock{Statements: made}, notes
}

// PrepareCalled prepares the body of the procedure that a CALL is bound to, when
// the library parses it.
func PrepareCalled(s *state.Session, text string, stmt ast.Statement) {
	if s == nil || s.Binding == nil || s.Binding.Text != text {
		return
	}
	if ddl, ok := stmt.(*ast.DDL); ok && ddl.ProcedureSpec != nil {
		ddl.ProcedureSpec.Body, s.Binding.Notes = prepareBody(ddl.ProcedureSpec.Body)
	}
}

// noter prepares statements and takes notes of them.
type noter struct{ *state.BodyNotes }

// list prepares the statements of one list. Defaults of variables are computed
// after the declarations, where the grammar of a block allows it.
func (b noter) list(in ast.Statements) ast.Statements {
	var out, defaults ast.Statements
	for i, stmt := range in {
		if d, ok := stmt.(*ast.Declare); ok {
			defaults = append(defaults, defaultsOf(d)...)
			out = append(out, d)
			continue
		}
		if i == 0 || len(defaults) > 0 {
			out, defaults = append(out, defaults...), nil
		}
		out = append(out, b.statement(stmt)...)
	}
	return append(out, defaults...)
}

// defaultsOf takes the default values out of a declaration and makes statements
// of them.
func defaultsOf(d *ast.Declare) ast.Statements {
	if d.Variables == nil {
		return nil
	}
	value := d.Variables.VarType.Default
	if value == nil {
		value = &ast.NullVal{}
	}
	d.Variables.VarType.Default = nil
	var out ast.Statements
	for _, name := range d.Variables.Names {
		out = append(out, &ast.Set{Exprs: ast.SetVarExprs{{Name: &ast.ColName{Name: name}, Expr: value}}})
	}
	return out
}

func (b noter) statement(stmt ast.Statement) ast.Statements {
	switch n := stmt.(type) {
	case *ast.Select:
		if n.Into != nil {
			b.Into[n] = n.Into
		} else {
			b.Shows[n] = true
		}
	case *ast.SetOp, *ast.ParenSelect, *ast.Show, *ast.Explain, *ast.Call, *ast.Execute:
		b.Shows[stmt] = true
	case *ast.Set:
		var out ast.Statements
		for _, e := range n.Exprs { // the interpreter takes one at a time
			out = append(out, &ast.Set{Exprs: ast.SetVarExprs{e}})
		}
		return out
	case *ast.BeginEndBlock:
		n.Statements = b.list(n.Statements)
	case *ast.Loop:
		n.Statements = append(ast.Statements{asked()}, b.list(n.Statements)...)
	case *ast.While:
		n.Statements = b.list(n.Statements)
	case *ast.Repeat:
		n.Statements = b.list(n.Statements)
	case *ast.IfStatement:
		for i := range n.Conditions {
			n.Conditions[i].Statements = b.list(n.Conditions[i].Statements)
		}
		n.Else = b.list(n.Else)
	case *ast.CaseStatement:
		for i := range n.Cases {
			n.Cases[i].Statements = b.list(n.Cases[i].Statements)
		}
		if n.Else != nil {
			n.Else = append(ast.Statements{}, b.list(n.Else)...)
		}
	}
	return ast.Statements{stmt}
}

// asked is a statement that does nothing but pass through the runner, which
// looks whether the statement of the client was cancelled.
func asked() ast.Statement {
	return &ast.IfStatement{Conditions: []ast.IfStatementCondition{{Expr: ast.NewIntVal([]byte("0"))}}}
}
