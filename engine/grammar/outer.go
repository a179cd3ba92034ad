package grammar

import (
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// outerAggregates moves the aggregates of subqueries that belong to a query around them to
// that query: an aggregate is computed in the innermost query whose tables its columns are of.
//
//	SELECT (SELECT t.c FROM t WHERE t.b = MAX(u.b)) FROM u
//
// The library knows them nowhere but in their own query. Tables are told by the names that
// stand before the columns; a query without FROM has none.
func outerAggregates(stmt ast.Statement) {
	o := &outers{}
	rewriter{skip: o.enter}.walk(reflect.ValueOf(stmt))
}

// outers is where such aggregates are looked for.
type outers struct{ levels []outerLevel }

// outerLevel is a query around others.
type outerLevel struct {
	query *ast.Select
	from  bool            // it has a FROM
	names map[string]bool // of its tables
	holds bool            // aggregates of it can stand here
}

// enter goes through a query by itself.
func (o *outers) enter(n any) bool {
	s, ok := n.(*ast.Select)
	if !ok {
		return false
	}
	o.levels = append(o.levels, levelOf(s))
	level := len(o.levels) - 1
	walk := rewriter{skip: o.enter, expr: o.aggregate}
	for _, list := range []any{&s.From, &s.Where, &s.GroupBy, &s.With} {
		walk.walk(reflect.ValueOf(list))
	}
	o.levels[level].holds = true
	for _, list := range []any{&s.SelectExprs, &s.Having, &s.OrderBy, &s.Limit} {
		walk.walk(reflect.ValueOf(list))
	}
	o.levels = o.levels[:level]
	return true
}

func levelOf(s *ast.Select) outerLevel {
	l := outerLevel{query: s, names: map[string]bool{}}
	rewriter{skip: isSubquery, node: func(n any) {
		switch t := n.(type) {
		case *ast.AliasedTableExpr:
			name, table := t.Expr.(ast.TableName)
			l.from = l.from || !table || !name.DbQualifier.IsEmpty() || !strings.EqualFold(name.Name.String(), "dual")
			l.names[AliasOf(t)] = true
		case *ast.JSONTableExpr:
			l.from = true
			l.names[strings.ToLower(t.Alias.String())] = true
		case *ast.ValuesStatement:
			l.from = true
		}
	}}.walk(reflect.ValueOf(&s.From))
	return l
}

// aggregate is what stands in the place of an aggregate of a query further out.
func (o *outers) aggregate(e ast.Expr) ast.Expr {
	if !isAggregateCall(e) || len(o.levels) < 2 {
		return nil
	}
	at := o.owner(e)
	if at < 0 || at == len(o.levels)-1 || !o.levels[at].holds {
		return nil
	}
	kept := &Form{Kind: FormKept}
	s := o.levels[at].query
	s.OrderBy = append(s.OrderBy, &ast.Order{Expr: form(kept, e), Direction: ast.AscScr})
	return form(&Form{Kind: FormKeptHere, Of: kept})
}

// owner is the level that an aggregate belongs to; negative: its own.
func (o *outers) owner(e ast.Expr) int {
	at := -1
	own := false
	named := func(level int, c *ast.ColName) bool {
		if c.Qualifier.IsEmpty() {
			return o.levels[level].from
		}
		return o.levels[level].names[strings.ToLower(c.Qualifier.Name.String())]
	}
	rewriter{node: func(n any) {
		switch n := n.(type) {
		case *ast.Subquery:
			own = true
		case *ast.ColName:
			for level := len(o.levels) - 1; level >= 0; level-- {
				if named(level, n) {
					at = max(at, level)
					return
				}
			}
		}
	}}.walk(reflect.ValueOf(&e))
	if own {
		return -1
	}
	return at
}

// maxGroups is how many queries with groups may stand in one another. The library looks for a name in all queries around
// each of them, and from one that groups on two ways: each level doubles what it takes.
const maxGroups = 16

// groupedIn is how many queries with aggregates or GROUP BY stand in one another.
func groupedIn(stmt ast.Statement) int {
	most, depth := 0, 0
	var enter func(n any) bool
	enter = func(n any) bool {
		s, ok := n.(*ast.Select)
		if !ok {
			return false
		}
		own := 0
		if len(s.GroupBy) > 0 || aggregates(s) {
			own = 1
		}
		depth += own
		most = max(most, depth)
		walk := rewriter{skip: enter}
		for _, part := range []any{&s.From, &s.Where, &s.GroupBy, &s.With, &s.SelectExprs, &s.Having, &s.OrderBy, &s.Limit} {
			walk.walk(reflect.ValueOf(part))
		}
		depth -= own
		return true
	}
	rewriter{skip: enter}.walk(reflect.ValueOf(stmt))
	return most
}

// aggregates says that a query has an aggregate outside of its subqueries.
func aggregates(s *ast.Select) bool {
	found := false
	walk := rewriter{skip: isSubquery, node: func(n any) {
		switch n := n.(type) {
		case *ast.FuncExpr:
			found = found || isAggregate(n.Name.Lowered()) && n.Over == nil
		case *ast.GroupConcatExpr:
			found = true
		}
	}}
	for _, part := range []any{&s.SelectExprs, &s.Having, &s.OrderBy} {
		walk.walk(reflect.ValueOf(part))
	}
	return found
}
