package routine

import (
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
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
