package grammar

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// groups rewrites what the library does not bind of grouped queries: aggregates in
// HAVING that are not selected, WITH ROLLUP, GROUPING, positions in GROUP_CONCAT. It
// refuses aggregates where none may stand.
func groups(stmt ast.Statement, concats bool) (err error) {
	rewriter{node: func(n any) {
		switch n := n.(type) {
		case *ast.Select:
			if concats {
				concatsOnce(n)
			}
			aggregatesOnce(n)
			if err == nil {
				err = groupedSelect(n)
			}
			if err == nil && n.Having != nil {
				keepAggregates(n)
			}
		case *ast.GroupConcatExpr:
			if err == nil {
				err = concatPositions(n)
			}
		}
	}}.walk(reflect.ValueOf(stmt))
	return err
}

func groupedSelect(s *ast.Select) error {
	countsApart(s)
	if n := len(s.GroupBy); n > 0 {
		if c, ok := s.GroupBy[n-1].(*ast.ColName); ok && c.Name.String() == lex.RollupMark {
			s.GroupBy[n-1] = form(&Form{Kind: FormRollup})
		}
		if err := groupPositions(s); err != nil {
			return err
		}
	}
	for _, list := range []any{&s.Where, &s.GroupBy, &s.From} {
		if aggregateIn(list) {
			return invalidGroupUse()
		}
	}
	var err error
	grouping := func(e ast.Expr) ast.Expr {
		f, ok := e.(*ast.FuncExpr)
		if !ok {
			if c, ok := e.(*ast.GroupConcatExpr); ok && (aggregateIn(&c.Exprs) || aggregateIn(&c.OrderBy)) {
				err = invalidGroupUse()
			}
			return nil
		}
		switch name := f.Name.Lowered(); {
		case name == "grouping":
			var list []ast.Expr
			for _, a := range f.Exprs {
				if a, ok := a.(*ast.AliasedExpr); ok {
					list = append(list, a.Expr)
				}
			}
			return form(&Form{Kind: FormGrouping, text: "grouping"}, list...)
		case isAggregate(name) && f.Over == nil && aggregateIn(&f.Exprs):
			err = invalidGroupUse()
		}
		return nil
	}
	for _, list := range []any{&s.SelectExprs, &s.Having, &s.OrderBy} {
		rewriter{skip: isSubquery, expr: grouping}.walk(reflect.ValueOf(list))
	}
	return err
}

func invalidGroupUse() error {
	return sqlerr.InvalidGroupFuncUse.Errorf("Invalid use of group function")
}

// ungrouped refuses aggregates in what SET computes, which has no rows; ANY_VALUE is of the one value there.
func ungrouped(set *ast.Set) error {
	if aggregateIn(&set.Exprs) {
		return invalidGroupUse()
	}
	bareValues.walk(reflect.ValueOf(&set.Exprs))
	return nil
}

// Ungrouped refuses aggregates in a SELECT that computes one value, of a program or an argument of CALL.
func Ungrouped(stmt ast.Statement) error {
	if s, ok := stmt.(*ast.Select); ok && !slices.ContainsFunc(s.From, isTable) && aggregateIn(&s.SelectExprs) {
		return invalidGroupUse()
	}
	return nil
}

// aggregateIn reports an aggregate, which is no window, outside of subqueries.
func aggregateIn(list any) bool {
	found := false
	rewriter{skip: isSubquery, expr: func(e ast.Expr) ast.Expr {
		found = found || isAggregateCall(e)
		return nil
	}}.walk(reflect.ValueOf(list))
	return found
}

func isAggregateCall(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.FuncExpr:
		return e.Over == nil && e.Qualifier.IsEmpty() && isAggregate(e.Name.Lowered())
	case *ast.GroupConcatExpr:
		return true
	}
	return false
}

// keepAggregates puts the aggregates of HAVING behind the keys of ORDER BY, where the
// library resolves their arguments as those of the select list. Names that mean an alias say so.
func keepAggregates(s *ast.Select) {
	aliases := aliasesMeant(s)
	rewriter{skip: func(tree any) bool {
		e, _ := tree.(ast.Expr)
		return isSubquery(tree) || isAggregateCall(e)
	}, expr: func(e ast.Expr) ast.Expr {
		if c, ok := e.(*ast.ColName); ok && c.Qualifier.IsEmpty() && aliases[c.Name.Lowered()] {
			return form(&Form{Kind: FormAlias, Operator: c.Name.Lowered()})
		}
		if !isAggregateCall(e) {
			return nil
		}
		kept := &Form{Kind: FormKept}
		s.OrderBy = append(s.OrderBy, &ast.Order{Expr: form(kept, e), Direction: ast.AscScr})
		return form(&Form{Kind: FormKeptHere, Of: kept})
	}}.walk(reflect.ValueOf(&s.Having))
}

// position is the number of a column, when an expression is one.
func position(e ast.Expr) (int, bool) {
	v, ok := e.(*ast.SQLVal)
	if !ok || v.Type != ast.IntVal {
		return 0, false
	}
	n, err := strconv.Atoi(string(v.Val))
	if err != nil {
		n = -1
	}
	return n, true
}

// groupPositions refuses positions in GROUP BY that are none, where the select list has
// no * in it.
func groupPositions(s *ast.Select) error {
	for _, e := range s.SelectExprs {
		if _, star := e.(*ast.StarExpr); star {
			return nil
		}
	}
	for _, e := range s.GroupBy {
		n, is := position(e)
		if !is {
			continue
		}
		if n < 1 || n > len(s.SelectExprs) {
			return sqlerr.BadField.Errorf("Unknown column '%s' in 'group statement'", ast.String(e))
		}
		a, ok := s.SelectExprs[n-1].(*ast.AliasedExpr)
		if ok && aggregateIn(&a.Expr) {
			name := a.As.String()
			if name == "" {
				name = a.InputExpression
			}
			return sqlerr.WrongGroupField.Errorf("Can't group on '%s'", name)
		}
	}
	return nil
}

// concatPositions puts the arguments of GROUP_CONCAT in the place of their numbers in its
// ORDER BY.
func concatPositions(g *ast.GroupConcatExpr) error {
	for _, o := range g.OrderBy {
		n, is := position(o.Expr)
		if !is {
			continue
		}
		if n < 1 || n > len(g.Exprs) {
			return sqlerr.BadField.Errorf("Unknown column '%s' in 'order clause'", ast.String(o.Expr))
		}
		if a, ok := g.Exprs[n-1].(*ast.AliasedExpr); ok {
			o.Expr = a.Expr
			if _, literal := a.Expr.(*ast.SQLVal); literal { // which is no position by now, nor when it is bound
				o.Expr = form(&Form{Kind: FormOnce}, a.Expr)
			}
		}
	}
	return nil
}

// constantKeys are the keys of ORDER BY and GROUP BY that are literals and no positions: to the
// library every literal is one.
func constantKeys(order ast.OrderBy, group ast.GroupBy) {
	constant := func(e *ast.Expr) {
		switch v := (*e).(type) {
		case *ast.SQLVal: // what is bound later is no position either
			if v.Type == ast.IntVal {
				return
			}
		case *ast.ColName: // a variable
			if !strings.HasPrefix(v.Name.String(), "@") {
				return
			}
		default:
			return
		}
		*e = form(&Form{Kind: FormOnce}, *e)
	}
	for _, o := range order {
		constant(&o.Expr)
	}
	for i := range group {
		constant(&group[i])
	}
}

// windowKeys is how errors name the keys of windows.
const windowKeys = "window order by"

// keysByAlias are the names in the keys of a SELECT that may mean an alias of its list and no column: those that the keys of
// ORDER BY and GROUP BY compute with, and all that windows name. The binder looks them up among the columns of tables only, those
// of queries around it as well, and MySQL in the list before those. Each is handed to put, for what is to stand in its place.
func keysByAlias(s *ast.Select, put func(c *ast.ColName, of []*ast.AliasedExpr, clause string) ast.Expr) {
	var selected map[string][]*ast.AliasedExpr
	windows := false
	for _, e := range s.SelectExprs {
		a, ok := e.(*ast.AliasedExpr)
		if !ok {
			continue
		}
		if x, ok := a.Expr.(ast.InjectedExpr); ok {
			_, over := x.Expression.(*Over)
			windows = windows || over
		} else if _, leaf := a.Expr.(*ast.ColName); !leaf {
			windows = true // deeper in it, perhaps
		}
		if !a.As.IsEmpty() {
			if selected == nil {
				selected = map[string][]*ast.AliasedExpr{}
			}
			selected[a.As.Lowered()] = append(selected[a.As.Lowered()], a)
		}
	}
	if selected == nil {
		return
	}
	named := func(clause string, tree any) {
		rewriter{skip: isSubquery, expr: func(e ast.Expr) ast.Expr {
			c, ok := e.(*ast.ColName)
			if !ok || !c.Qualifier.IsEmpty() || c.StoredProcVal != nil || selected[c.Name.Lowered()] == nil {
				return nil
			}
			return put(c, selected[c.Name.Lowered()], clause)
		}}.walk(reflect.ValueOf(tree))
	}
	for _, o := range s.OrderBy {
		if _, plain := o.Expr.(*ast.ColName); !plain {
			named("order clause", o)
		}
	}
	for i := range s.GroupBy {
		if _, plain := s.GroupBy[i].(*ast.ColName); !plain {
			named("group statement", &s.GroupBy[i])
		}
	}
	if !windows {
		return
	}
	rewriter{skip: isSubquery, expr: func(e ast.Expr) ast.Expr {
		if x, ok := e.(ast.InjectedExpr); ok {
			if o, ok := x.Expression.(*Over); ok {
				keys := x.Children[o.Args : o.Args+o.Parts+o.Order]
				for i := range keys {
					named(windowKeys, &keys[i])
				}
			}
		}
		return nil
	}}.walk(reflect.ValueOf(&s.SelectExprs))
}

// hasKeysByAlias says that a statement has such names.
func hasKeysByAlias(stmt ast.Statement) (found bool) {
	rewriter{node: func(n any) {
		if s, ok := n.(*ast.Select); ok && !found {
			keysByAlias(s, func(*ast.ColName, []*ast.AliasedExpr, string) ast.Expr { found = true; return nil })
		}
	}}.walk(reflect.ValueOf(stmt))
	return found
}

// aliases puts what is selected in the place of its name where no table of the query has a column of that name.
func (j *joiner) aliases(s *ast.Select, block *nameScope) {
	var have, alike map[string]bool
	keysByAlias(s, func(c *ast.ColName, of []*ast.AliasedExpr, clause string) ast.Expr {
		if j.err != nil {
			return nil
		}
		if have == nil {
			have, alike = map[string]bool{}, map[string]bool{}
			for _, d := range block.all() {
				have[strings.ToLower(d.name)] = true
			}
		}
		name := c.Name.Lowered()
		if have[name] {
			return nil
		}
		if len(of) > 1 && !alike[name] {
			for _, other := range of[1:] {
				if ast.String(other.Expr) != ast.String(of[0].Expr) {
					j.failed(sqlerr.AmbiguousColumn.Errorf("Column '%s' in %s is ambiguous", c.Name.String(), clause))
					return nil
				}
			}
			alike[name] = true
		}
		switch {
		case clause == windowKeys:
			w := &windowing{}
			if w.refuseWindows(&of[0].Expr); w.err != nil { // also of itself: such copies double with each
				j.failed(w.err)
				return nil
			}
		case aggregateIn(&of[0].Expr):
			j.failed(sqlerr.IllegalReference.Errorf("Reference '%s' not supported (reference to group function)", c.Name.String()))
			return nil
		}
		return j.copyOf(of[0])
	})
}

// countsApart writes COUNT(1) otherwise where COUNT(*) stands beside it: the library
// counts once for both, and finds no name for the second of them.
func countsApart(s *ast.Select) {
	star := false
	for _, item := range s.SelectExprs {
		if a, ok := item.(*ast.AliasedExpr); ok && a.As.IsEmpty() {
			if f, ok := a.Expr.(*ast.FuncExpr); ok && f.Name.Lowered() == "count" && len(f.Exprs) == 1 {
				_, is := f.Exprs[0].(*ast.StarExpr)
				star = star || is
			}
		}
	}
	if !star {
		return
	}
	for _, item := range s.SelectExprs {
		a, ok := item.(*ast.AliasedExpr)
		if !ok || !a.As.IsEmpty() {
			continue
		}
		f, ok := a.Expr.(*ast.FuncExpr)
		if !ok || f.Name.Lowered() != "count" || f.Over != nil || len(f.Exprs) != 1 {
			continue
		}
		if arg, ok := f.Exprs[0].(*ast.AliasedExpr); ok {
			if v, ok := arg.Expr.(*ast.SQLVal); ok && v.Type == ast.IntVal && string(v.Val) == "1" {
				f.Exprs = ast.SelectExprs{&ast.AliasedExpr{Expr: ast.BoolVal(true)}}
			}
		}
	}
}

func isAnyValue(e ast.Expr) bool {
	f, ok := e.(*ast.FuncExpr)
	return ok && f.Over == nil && f.Qualifier.IsEmpty() && f.Name.Lowered() == "any_value" && len(f.Exprs) == 1
}

// distinctAny is the error of ANY_VALUE(DISTINCT …): that is no aggregate to MySQL's grammar.
func distinctAny(text string) error {
	l, open := lex.New(text, lex.Mode{}), false
	for t, before := l.Next(), (lex.Token{}); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		word := text[t.Pos:t.End]
		if open && lex.EqualKeyword(word, "DISTINCT") {
			near, line := lex.Near(text, t.Pos, lex.Mode{}, false)
			return &SyntaxError{Near: near, Line: line}
		}
		open = word == "(" && lex.EqualKeyword(text[before.Pos:before.End], "ANY_VALUE")
		before = t
	}
	return &SyntaxError{Near: text, Line: 1}
}

// bareValues puts the argument in the place of ANY_VALUE.
var bareValues = rewriter{skip: isSubquery, expr: func(e ast.Expr) ast.Expr {
	if !isAnyValue(e) {
		return nil
	}
	if a, ok := e.(*ast.FuncExpr).Exprs[0].(*ast.AliasedExpr); ok {
		return &ast.ParenExpr{Expr: a.Expr}
	}
	return nil
}}

// overAggregates puts the argument in the place of ANY_VALUE where that is of groups already.
func overAggregates(s *ast.Select) {
	aggregates := rewriter{skip: isSubquery, expr: func(e ast.Expr) ast.Expr {
		if !isAnyValue(e) || !aggregateIn(&e.(*ast.FuncExpr).Exprs) {
			return nil
		}
		return bareValues.expr(e)
	}}
	for _, e := range s.SelectExprs {
		a, ok := e.(*ast.AliasedExpr)
		if !ok {
			continue
		}
		if a.As.IsEmpty() && a.InputExpression != "" && isAnyValue(a.Expr) && aggregateIn(&a.Expr.(*ast.FuncExpr).Exprs) {
			a.As = ast.NewColIdent(a.InputExpression)
		}
		aggregates.walk(reflect.ValueOf(e))
	}
	aggregates.walk(reflect.ValueOf(&s.Having))
	aggregates.walk(reflect.ValueOf(&s.OrderBy))
}

// anyValues puts its argument in the place of ANY_VALUE where rows are not grouped: it is no aggregate, and makes none of a query
// that has no others, but the library takes it for one.
func anyValues(stmt ast.Statement) {
	rewriter{node: func(n any) {
		switch n := n.(type) {
		case *ast.Update:
			for _, of := range []any{&n.Exprs, &n.Where, &n.OrderBy} {
				bareValues.walk(reflect.ValueOf(of))
			}
		case *ast.Delete:
			for _, of := range []any{&n.Where, &n.OrderBy} {
				bareValues.walk(reflect.ValueOf(of))
			}
		}
		s, ok := n.(*ast.Select)
		if !ok {
			return
		}
		bareValues.walk(reflect.ValueOf(&s.Where))
		overAggregates(s)
		if len(s.GroupBy) > 0 || aggregateIn(&s.SelectExprs) || aggregateIn(&s.Having) || aggregateIn(&s.OrderBy) {
			return
		}
		for _, e := range s.SelectExprs {
			a, ok := e.(*ast.AliasedExpr)
			if ok && a.As.IsEmpty() && a.InputExpression != "" && isAnyValue(a.Expr) { // the name stays
				a.As = ast.NewColIdent(a.InputExpression)
			}
			bareValues.walk(reflect.ValueOf(e))
		}
		bareValues.walk(reflect.ValueOf(&s.Having))
		bareValues.walk(reflect.ValueOf(&s.OrderBy))
	}}.walk(reflect.ValueOf(stmt))
}
