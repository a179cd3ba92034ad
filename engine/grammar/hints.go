package grammar

import (
	"fmt"
	"slices"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/hint"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Hinted is what the hints of a statement say beside what its query blocks tell the planner.
type Hinted struct {
	Set      [][2]string // of SET_VAR
	Warnings []HintWarning
}

// HintWarning is why a hint is not followed.
type HintWarning struct {
	Number  sqlerr.Code
	Message string
}

// Hints reads the hints of a statement again, for their warnings.
func Hints(stmt ast.Statement) *Hinted {
	r := hintReader{}
	r.read(stmt)
	return &r.Hinted
}

// hints puts what each query block wishes of the planner in front of its comments, where the binder
// finds it.
func hints(stmt ast.Statement) {
	r := hintReader{}
	r.read(stmt)
	for _, q := range r.blocks {
		if !q.says.Empty() && (len(*q.comments) == 0 || !hint.Encoded(string((*q.comments)[0]))) {
			*q.comments = append(ast.Comments{[]byte(hint.Encode(&q.says))}, *q.comments...)
		}
	}
}

// queryBlock is a SELECT, or a change of rows.
type queryBlock struct {
	name     string
	comments *ast.Comments
	tables   []*hintedTable
	says     hint.Block
	once     map[string]bool // hints that may stand there once
}

type hintedTable struct {
	name  string
	inner ast.SelectStatement // of a derived table
}

type hintReader struct {
	Hinted
	blocks []*queryBlock
	of     map[*ast.Select]*queryBlock
	timed  bool
}

func (r *hintReader) read(stmt ast.Statement) {
	r.of = map[*ast.Select]*queryBlock{}
	add := func(comments *ast.Comments, from ...ast.SQLNode) *queryBlock {
		q := &queryBlock{name: fmt.Sprintf("select#%d", len(r.blocks)+1), comments: comments, once: map[string]bool{}}
		r.blocks = append(r.blocks, q)
		for _, n := range from {
			q.from(n)
		}
		return q
	}
	_ = EveryNode(func(n ast.SQLNode) error {
		switch n := n.(type) {
		case *ast.Select:
			q := add(&n.Comments, n.From)
			q.says.Fixed = n.QueryOpts.StraightJoinHint
			r.of[n] = q
		case *ast.Update:
			add(&n.Comments, n.TableExprs)
		case *ast.Delete:
			add(&n.Comments, n.TableExprs)
		case *ast.Insert:
			add(&n.Comments)
		}
		return nil
	}, stmt)
	var all [][]hint.Hint
	for _, q := range r.blocks {
		var own []hint.Hint
		for _, c := range *q.comments {
			if text := strings.TrimSpace(string(c)); strings.HasPrefix(text, "/*+") {
				list, rest := hint.Read(text)
				if rest != "" {
					r.warn(sqlerr.Syntax, "Optimizer hint syntax error near '%s' at line 1", rest)
				}
				own = append(own, list...)
			}
		}
		for _, h := range own {
			if h.Name == "QB_NAME" {
				q.name = h.Block
			}
		}
		all = append(all, own)
	}
	for i, own := range all {
		for _, h := range own {
			r.hint(r.blocks[i], h)
		}
	}
}

// from gathers the tables of FROM, with their hints and the order that STRAIGHT_JOIN asks for.
func (q *queryBlock) from(n ast.SQLNode) (names []string) {
	switch n := n.(type) {
	case ast.TableExprs:
		for _, t := range n {
			names = append(names, q.from(t)...)
		}
	case *ast.ParenTableExpr:
		return q.from(n.Exprs)
	case *ast.JoinTableExpr:
		left, right := q.from(n.LeftExpr), q.from(n.RightExpr)
		if n.Join == ast.StraightJoinStr {
			for _, l := range left {
				for _, r := range right {
					q.says.Left = append(q.says.Left, [2]string{l, r})
				}
			}
		}
		return append(left, right...)
	case *ast.AliasedTableExpr:
		name := AliasOf(n)
		t := &hintedTable{name: name}
		if sub, ok := n.Expr.(*ast.Subquery); ok {
			t.inner = sub.Select
		}
		q.tables = append(q.tables, t)
		if h := n.Hints; h != nil {
			x := hint.Index{Table: name}
			switch h.Type {
			case ast.ForceStr:
				x.How = hint.Force
			case ast.IgnoreStr:
				x.How = hint.Ignore
			}
			for _, i := range h.Indexes {
				verb, next := strings.CutPrefix(i.String(), lex.NextHint)
				if !next {
					x.Names = append(x.Names, i.String())
					continue
				}
				q.says.Indexes = append(q.says.Indexes, x)
				x = hint.Index{Table: name, How: map[string]hint.How{"force ": hint.Force, "ignore ": hint.Ignore}[verb]}
			}
			q.says.Indexes = append(q.says.Indexes, x)
		}
		return []string{name}
	}
	return names
}

func (r *hintReader) warn(n sqlerr.Code, format string, args ...any) {
	r.Warnings = append(r.Warnings, HintWarning{n, fmt.Sprintf(format, args...)})
}

// unbuilt are hints for what no plan of ours does.
var unbuilt = []string{"BKA", "MRR", "SKIP_SCAN", "SEMIJOIN", "SUBQUERY", "RESOURCE_GROUP"}

// hint follows one hint, which stands in a block.
func (r *hintReader) hint(q *queryBlock, h hint.Hint) {
	switch h.Name {
	case "QB_NAME":
		return
	case "SET_VAR":
		if slices.ContainsFunc(r.Set, func(s [2]string) bool { return strings.EqualFold(s[0], h.Set[0]) }) {
			r.warn(sqlerr.WarnConflictingHint, "Hint SET_VAR(%s=%s) is ignored as conflicting/duplicated", h.Set[0], h.Set[1])
			return
		}
		r.Set = append(r.Set, h.Set)
		return
	case "MAX_EXECUTION_TIME":
		if r.timed {
			r.warn(sqlerr.WarnConflictingHint, "Hint MAX_EXECUTION_TIME(%d) is ignored as conflicting/duplicated", h.Number)
		}
		r.timed = true
		return
	}
	if slices.Contains(unbuilt, h.Name) {
		r.warn(sqlerr.NotSupportedYet, "This version of lxdb doesn't yet support '%s hint'", h.Name)
		return
	}
	block := h.Block
	if block == "" && len(h.Tables) > 0 {
		block = h.Tables[0].Block
	}
	if block != "" {
		at := slices.IndexFunc(r.blocks, func(b *queryBlock) bool { return strings.EqualFold(b.name, block) })
		if at < 0 {
			r.warn(sqlerr.WarnUnknownBlock, "Query block name `%s` is not found for %s hint", block, h.Name)
			return
		}
		q = r.blocks[at]
	}
	var names []string
	for _, t := range h.Tables {
		name := strings.ToLower(t.Name)
		if !slices.ContainsFunc(q.tables, func(x *hintedTable) bool { return x.name == name }) {
			r.warn(sqlerr.UnresolvedHintName, "Unresolved name `%s`@`%s` for %s hint", t.Name, q.name, h.Name)
			continue
		}
		names = append(names, name)
	}
	if len(h.Tables) > 0 && len(names) == 0 {
		return
	}
	r.follow(q, h, names)
}

func (r *hintReader) follow(q *queryBlock, h hint.Hint, names []string) {
	once := func(key string) bool {
		if q.once[key] {
			r.warn(sqlerr.WarnConflictingHint, "Hint %s is ignored as conflicting/duplicated", h.Name)
			return false
		}
		q.once[key] = true
		return true
	}
	every := names
	if len(every) == 0 {
		every = []string{"*"}
	}
	switch h.Name {
	case "JOIN_FIXED_ORDER":
		if once("order") {
			q.says.Fixed = true
		}
	case "JOIN_ORDER":
		q.says.Orders = append(q.says.Orders, names)
	case "JOIN_PREFIX":
		if once("prefix") {
			q.says.Prefix = names
		}
	case "JOIN_SUFFIX":
		if once("suffix") {
			q.says.Suffix = names
		}
	case "NO_BNL", "NO_HASH_JOIN":
		q.says.NoHash = append(q.says.NoHash, every...)
	case "BNL", "HASH_JOIN":
		q.says.Hash = append(q.says.Hash, every...)
	case "NO_MERGE", "NO_DERIVED_CONDITION_PUSHDOWN":
		q.says.NoPush = append(q.says.NoPush, every...)
		r.closed(q, every)
	default:
		if len(names) == 1 {
			q.index(h, names[0], once)
		}
	}
}

// index follows a hint for the indexes of a table.
func (q *queryBlock) index(h hint.Hint, table string, once func(string) bool) {
	x := hint.Index{Table: table, Names: h.Indexes, From: h.Name}
	switch h.Name {
	case "INDEX", "JOIN_INDEX", "GROUP_INDEX", "ORDER_INDEX":
		if x.How = hint.Force; once("index " + table) {
			q.says.Indexes = append(q.says.Indexes, x)
		}
	case "NO_INDEX", "NO_JOIN_INDEX", "NO_GROUP_INDEX", "NO_ORDER_INDEX":
		if x.How = hint.Ignore; once("index " + table) {
			q.says.Indexes = append(q.says.Indexes, x)
		}
	case "NO_RANGE_OPTIMIZATION":
		q.says.NoRange = append(q.says.NoRange, x)
	case "INDEX_MERGE":
		if once("merge " + table) {
			q.says.Merge = append(q.says.Merge, x)
		}
	case "NO_INDEX_MERGE":
		if len(x.Names) > 0 || once("merge "+table) {
			q.says.NoMerge = append(q.says.NoMerge, x)
		}
	}
}

// closed tells derived tables themselves that no conditions go into them: a query of one table tells
// its planner nothing.
func (r *hintReader) closed(q *queryBlock, names []string) {
	for _, t := range q.tables {
		if t.inner == nil || !hint.Names(names, t.name) {
			continue
		}
		if s, ok := t.inner.(*ast.Select); ok && r.of[s] != nil {
			r.of[s].says.Closed = true
		}
	}
}
