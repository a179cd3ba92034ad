package grammar

import (
	"errors"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// nameScope is where a name without a table is looked up.
type nameScope struct {
	outer     *nameScope
	made      []*ast.CommonTableExpr // by a WITH
	recursive bool
	operand
	refs   []tableRef // what columns come from, when they are not known yet
	asked  bool
	but    *selectedScope // names that are found here first
	joiner *joiner
}

// tableRef is a table reference with what is visible where it stands.
type tableRef struct {
	t     *ast.AliasedTableExpr
	table *namedTable
	in    *nameScope
}

// qualify writes the table before a name that stands for columns of several tables.
func (s *nameScope) qualify(c *ast.ColName) {
	if !c.Qualifier.IsEmpty() || c.StoredProcVal != nil || !s.merges(c) {
		return
	}
	for ; s != nil; s = s.outer {
		if s.but.has(c) {
			return
		}
		var found []joinedColumn
		for _, d := range s.all() {
			if c.Name.EqualString(d.name) {
				found = append(found, d)
			}
		}
		if len(found) == 1 && found[0].merged {
			c.Qualifier = found[0].of.name
		}
		if len(found) > 0 {
			return
		}
	}
}

// merges says that a name can be one of a join by name.
func (s *nameScope) merges(c *ast.ColName) bool {
	for ; s != nil; s = s.outer {
		for _, d := range s.columns {
			if d.merged && c.Name.EqualString(d.name) {
				return true
			}
		}
	}
	return false
}

// all are the columns of a scope. Of a FROM without joins by name they are asked for when
// they are wanted; what cannot be named is left to the binder.
func (s *nameScope) all() []joinedColumn {
	if s.byName || s.asked {
		return s.columns
	}
	s.asked = true
	for _, r := range s.refs {
		list, err := s.joiner.columnsOf(r)
		if err == nil {
			s.columns = append(s.columns, list...)
		}
	}
	return s.columns
}

// around are the columns of a table that none of the scope's own tables is, but one of a query around it.
func (s *nameScope) around(t ast.TableName) (out []joinedColumn) {
	for in := s; in != nil; in = in.outer {
		for _, own := range in.tables {
			if !strings.EqualFold(own.name.Name.String(), t.Name.String()) {
				continue
			}
			if in == s {
				return nil
			}
			for _, r := range in.refs {
				if r.table == own {
					out, _ = in.joiner.columnsOf(r) // what cannot be named is left to the binder
				}
			}
			return out
		}
	}
	return nil
}

// tablesMade is one WITH with all that those around have made.
func (s *nameScope) tablesMade() *ast.With {
	var w ast.With
	seen := map[string]bool{}
	for ; s != nil; s = s.outer {
		w.Recursive = w.Recursive || s.recursive
		var own []*ast.CommonTableExpr
		for _, c := range s.made {
			if name := strings.ToLower(c.As.String()); !seen[name] {
				seen[name] = true
				own = append(own, c)
			}
		}
		w.Ctes = append(own, w.Ctes...)
	}
	if len(w.Ctes) == 0 {
		return nil
	}
	return &w
}

// columnsOf are the columns of a table reference. A derived table that speaks of the query
// around it has those that are written in it.
func (j *joiner) columnsOf(r tableRef) ([]joinedColumn, error) {
	names, err := j.columns(r.t, r.in.tablesMade())
	if err != nil {
		sub, ok := r.t.Expr.(*ast.Subquery)
		if !ok || !sql.ErrColumnNotFound.Is(err) && !sql.ErrTableColumnNotFound.Is(err) && !sql.ErrTableNotFound.Is(err) {
			return nil, err
		}
		if names, ok = listed(sub); !ok {
			return nil, err
		}
	}
	out := make([]joinedColumn, len(names))
	for i, name := range names {
		out[i] = joinedColumn{name: name, of: r.table}
	}
	return out, nil
}

// listed are the columns of a derived table as they are written.
func listed(sub *ast.Subquery) (names []string, known bool) {
	if len(sub.Columns) > 0 {
		for _, c := range sub.Columns {
			names = append(names, c.String())
		}
		return names, true
	}
	first := withoutParens(sub.Select)
	for {
		o, ok := first.(*ast.SetOp)
		if !ok {
			break
		}
		first = withoutParens(o.Left)
	}
	s, ok := first.(*ast.Select)
	if !ok {
		return nil, false
	}
	for _, e := range s.SelectExprs {
		a, ok := e.(*ast.AliasedExpr)
		if !ok {
			return nil, false
		}
		name := a.InputExpression
		if c, ok := a.Expr.(*ast.ColName); ok {
			name = c.Name.String()
		}
		if !a.As.IsEmpty() {
			name = a.As.String()
		}
		names = append(names, name)
	}
	return names, true
}

// block rewrites a FROM, and gives the scope of the rest of its query.
func (j *joiner) block(from ast.TableExprs, outer *nameScope) (*nameScope, []operand) {
	s := &nameScope{outer: outer, joiner: j}
	s.byName = j.frozen != nil
	for _, e := range from {
		s.byName = s.byName || hasJoinHere(e)
	}
	var parts []operand
	for _, e := range from {
		p := j.part(e, s, s.columns)
		parts = append(parts, p)
		s.tables = append(s.tables, p.tables...)
		s.columns = append(s.columns, p.columns...)
	}
	return s, parts
}

// hasJoinHere looks into a part of FROM, and into no derived table.
func hasJoinHere(e ast.TableExpr) bool {
	switch e := e.(type) {
	case *ast.JoinTableExpr:
		return byName(e) || hasJoinHere(e.LeftExpr) || hasJoinHere(e.RightExpr)
	case *ast.ParenTableExpr:
		for _, x := range e.Exprs {
			if hasJoinHere(x) {
				return true
			}
		}
	}
	return false
}

// part rewrites a part of the FROM of a block; left is what stands before it.
func (j *joiner) part(e ast.TableExpr, s *nameScope, left []joinedColumn) (out operand) {
	if j.err != nil {
		return out
	}
	switch e := e.(type) {
	case *ast.ParenTableExpr:
		for _, x := range e.Exprs {
			out.add(j.part(x, s, append(left[:len(left):len(left)], out.columns...)))
		}
	case *ast.JoinTableExpr:
		l := j.part(e.LeftExpr, s, left)
		r := j.part(e.RightExpr, s, append(left[:len(left):len(left)], l.columns...))
		if j.err != nil {
			return out
		}
		if byName(e) {
			return j.join(e, l, r)
		}
		out.add(l)
		out.add(r)
		j.walk(e.Condition.On, &nameScope{outer: s.outer, operand: out, asked: true, joiner: j})
	case *ast.AliasedTableExpr:
		table := &namedTable{ast.TableName{Name: e.As}}
		if name, ok := e.Expr.(ast.TableName); ok && e.As.IsEmpty() {
			table.name = ast.TableName{Name: name.Name}
		} else if !ok {
			in := s.outer
			if e.Lateral {
				in = &nameScope{outer: s.outer, operand: operand{columns: left}, refs: slices.Clone(s.refs), asked: s.byName, joiner: j}
				for _, r := range s.refs {
					in.tables = append(in.tables, r.table)
				}
			}
			j.walk(e.Expr, in)
		}
		out = operand{tables: []*namedTable{table}}
		ref := tableRef{e, table, s.outer}
		if s.refs = append(s.refs, ref); s.byName && j.err == nil {
			list, err := j.columnsOf(ref)
			if err != nil {
				j.failed(err)
			}
			out.columns = list
		}
	case *ast.JSONTableExpr:
		j.walk(e.Data, &nameScope{outer: s.outer, operand: operand{columns: left}, asked: true, joiner: j})
		table := &namedTable{ast.TableName{Name: e.Alias}}
		out = operand{tables: []*namedTable{table}, columns: columnsOfJSON(e.Spec, table)}
	default:
		if s.byName {
			j.failed(errNoColumns)
		}
	}
	return out
}

var errNoColumns = errors.New("a join by name of a table whose columns are not known")

func columnsOfJSON(spec *ast.JSONTableSpec, table *namedTable) (out []joinedColumn) {
	if spec == nil {
		return nil
	}
	for _, c := range spec.Columns {
		if c.Spec != nil {
			out = append(out, columnsOfJSON(c.Spec, table)...)
			continue
		}
		out = append(out, joinedColumn{name: c.Name.String(), of: table})
	}
	return out
}

func (o *operand) add(p operand) {
	o.tables = append(o.tables, p.tables...)
	o.columns = append(o.columns, p.columns...)
	o.byName = o.byName || p.byName
}

// join makes a join by name one with ON.
func (j *joiner) join(e *ast.JoinTableExpr, left, right operand) operand {
	e.Join = strings.TrimPrefix(strings.ToLower(e.Join), "natural ")
	first, second := left, right
	if e.Join == ast.RightJoinStr {
		first, second = right, left
	}
	pairs, rest, err := common(first, second, e.Condition.Using)
	if err != nil {
		j.failed(err)
		return operand{}
	}
	e.Condition = ast.JoinCondition{}
	out := operand{tables: append(left.tables[:len(left.tables):len(left.tables)], right.tables...), byName: true}
	for _, p := range pairs {
		equal := &ast.ComparisonExpr{Operator: ast.EqualStr, Left: p[0].ref(), Right: p[1].ref()}
		if e.Condition.On == nil {
			e.Condition.On = equal
		} else {
			e.Condition.On = &ast.AndExpr{Left: e.Condition.On, Right: equal}
		}
		out.columns = append(out.columns, joinedColumn{name: p[0].name, of: p[0].of, merged: true})
	}
	if e.Condition.On == nil && e.Join != ast.JoinStr {
		e.Condition.On = ast.NewIntVal([]byte("1"))
	}
	out.columns = append(out.columns, rest...)
	return out
}
