package grammar

import (
	"fmt"
	"hash/fnv"
	"reflect"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// The library asks a subquery in a SELECT list for its type three times, which asks the
// subqueries in its own list three times each: twenty of them in one another take minutes to bind. Where
// some stand in one another, each answers once.

// deepNesting is from how many subqueries on this is done.
const deepNesting = 4

// nested is for a statement with several subqueries.
func nested(stmt ast.Statement, subqueries int) error {
	if err := boundAliases(stmt); err != nil {
		return err
	}
	if subqueries >= deepNesting {
		askOnce(stmt)
	}
	return nil
}

// askOnce puts a once around what has subqueries in SELECT lists.
func askOnce(stmt ast.Statement) {
	var list []*ast.AliasedExpr
	_ = EveryNode(func(n ast.SQLNode) error {
		if a, ok := n.(*ast.AliasedExpr); ok && plainSubqueries(a.Expr) {
			list = append(list, a)
		}
		return nil
	}, stmt)
	if len(list) < deepNesting {
		return
	}
	for _, a := range list {
		a.Expr = ast.InjectedExpr{Expression: once{}, Children: ast.Exprs{a.Expr}, Auth: ast.AuthInformation{AuthType: ast.AuthType_IGNORE}}
	}
}

// plainSubqueries says that an expression is made of subqueries, operators and literals.
func plainSubqueries(e ast.Expr) bool {
	found := false
	var plain func(e ast.Expr) bool
	plain = func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.Subquery:
			found = true
			return true
		case *ast.ParenExpr:
			return plain(e.Expr)
		case *ast.BinaryExpr:
			return plain(e.Left) && plain(e.Right)
		case *ast.ComparisonExpr:
			return e.Escape == nil && plain(e.Left) && plain(e.Right)
		case *ast.SQLVal, *ast.ColName:
			return true
		}
		return false
	}
	return plain(e) && found
}

// once is an expression that answers for its child.
type once struct{}

// String implements fmt.Stringer: the parser prints trees by it.
func (once) String() string { return "" }

// WithResolvedChildren implements ast.Injectable.
func (once) WithResolvedChildren(children []any) (any, error) {
	list, err := expressions(children)
	if err != nil {
		return nil, err
	}
	return &Once{Child: list[0]}, nil
}

// Once is a once that the library has bound.
type Once struct {
	Child sql.Expression
	typ   sql.Type
	text  string
}

var _ sql.Expression = (*Once)(nil)

// Children implements sql.Expression.
func (e *Once) Children() []sql.Expression { return []sql.Expression{e.Child} }

// Resolved implements sql.Expression.
func (e *Once) Resolved() bool { return e.Child.Resolved() }

// String implements sql.Expression. The library knows expressions by their texts, and writes that of a subquery into
// the texts of all around it, several times: a sum of it is as good, and stays short.
func (e *Once) String() string {
	if e.text == "" {
		sum := fnv.New128a()
		_, _ = sum.Write([]byte(e.Child.String())) // a hash takes everything
		e.text = fmt.Sprintf("once %x", sum.Sum(nil))
	}
	return e.text
}

// IsNullable implements sql.Expression.
func (e *Once) IsNullable() bool { return true }

// Type implements sql.Expression.
func (e *Once) Type() sql.Type {
	if e.typ == nil {
		e.typ = e.Child.Type()
	}
	return e.typ
}

// WithChildren implements sql.Expression.
func (e *Once) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) != 1 {
		return nil, sql.ErrInvalidChildrenNumber.New(e, len(children), 1)
	}
	return &Once{Child: children[0]}, nil
}

// Eval implements sql.Expression.
func (e *Once) Eval(ctx *sql.Context, row sql.Row) (any, error) { return e.Child.Eval(ctx, row) }

// A subquery of a SELECT list may name an alias of that list, and the library puts what the alias stands for in the place of
// its name: aliases that are named twice by the next one's subquery make a tree that doubles with each. It is walked
// many times, and nothing ends that.

// mostMeant bounds how many nodes names of aliases may come to in a statement, beside those that are written.
const mostMeant = 1 << 14

// longLiteral is how many bytes of a literal count for a node.
const longLiteral = 1 << 10

// boundAliases refuses a statement whose aliases in subqueries come to too much.
func boundAliases(stmt ast.Statement) error {
	a := &aliasWeights{}
	a.weigh(stmt)
	if a.meant <= mostMeant {
		return nil
	}
	return sqlerr.StackOverrunNeedMore.Errorf("subqueries name aliases of the SELECT lists around them that come to more than %d expressions", mostMeant).
		WithHint("compute what they stand for first, in a derived table or a WITH")
}

// aliasWeights counts what aliases come to.
type aliasWeights struct {
	lists []map[string]int // nodes that the aliases of the SELECT lists around come to, the innermost last
	meant int              // more than mostMeant: nobody counts further
}

// weigh is the number of nodes of a tree, with what its aliases come to.
func (a *aliasWeights) weigh(n ast.SQLNode) (nodes int) {
	_ = ast.Walk(func(n ast.SQLNode) (bool, error) {
		nodes++
		if a.meant > mostMeant {
			return false, nil
		}
		for _, part := range leftOut(n) {
			nodes += a.weigh(part)
		}
		switch n := n.(type) {
		case *ast.ColName:
			more := a.stands(n)
			a.meant += more
			nodes += more
		case *ast.SQLVal:
			nodes += len(n.Val) / longLiteral
		case *ast.Select:
			nodes += a.query(n)
			return false, nil
		}
		return true, nil
	}, n)
	return nodes
}

func (a *aliasWeights) query(s *ast.Select) (nodes int) {
	if s.With != nil {
		nodes = a.weigh(s.With)
	}
	nodes += a.weigh(s.From)
	list := map[string]int{}
	a.lists = append(a.lists, list)
	for _, e := range s.SelectExprs {
		n := a.weigh(e)
		if named, ok := e.(*ast.AliasedExpr); ok && !named.As.IsEmpty() {
			list[named.As.Lowered()] = n
		}
		nodes += n
	}
	for _, part := range []ast.SQLNode{s.Where, s.GroupBy, s.Having, s.OrderBy, s.Limit} {
		nodes += a.weigh(part)
	}
	a.lists = a.lists[:len(a.lists)-1]
	return nodes
}

// stands is the number of nodes that an alias comes to, 0 of another name.
func (a *aliasWeights) stands(c *ast.ColName) int {
	if !c.Qualifier.IsEmpty() {
		return 0
	}
	for i := len(a.lists) - 1; i >= 0; i-- {
		if n, known := a.lists[i][c.Name.Lowered()]; known {
			return n
		}
	}
	return 0
}

// A key that computes with an alias gets a copy of what the alias stands for, for each time that it is named (see
// joiner.aliases). A statement of n bytes could ask for n*n/4.

// copyOf is a copy of what is selected. The first of each is no more than what is written; all others together are bounded.
func (j *joiner) copyOf(a *ast.AliasedExpr) ast.Expr {
	if j.copied == nil {
		j.copied = map[*ast.AliasedExpr]bool{}
	}
	if j.copied[a] {
		j.meant += (&aliasWeights{}).weigh(a.Expr)
	}
	if j.copied[a] = true; j.meant > mostMeant {
		j.failed(sqlerr.StackOverrunNeedMore.Errorf("ORDER BY, GROUP BY and windows name aliases of SELECT lists that come to more than %d expressions", mostMeant).
			WithHint("compute what they stand for first, in a derived table or a WITH"))
		return nil
	}
	copied := a.Expr
	clone(reflect.ValueOf(&copied).Elem())
	return &ast.ParenExpr{Expr: copied}
}

// bounded looks at the copies for aliases that subqueries in them name.
func (j *joiner) bounded(stmt ast.Statement) error {
	for a := range j.copied {
		if subqueryIn(&a.Expr) {
			return boundAliases(stmt)
		}
	}
	return nil
}

func subqueryIn(tree any) (found bool) {
	rewriter{node: func(n any) { found = found || isSubquery(n) }}.walk(reflect.ValueOf(tree))
	return found
}
