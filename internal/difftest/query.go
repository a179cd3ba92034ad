package difftest

import (
	"fmt"
	"slices"
	"strings"
)

// Statement is a query with what may be expected of it.
type Statement struct {
	Root *Node
	// Sorted: the last kid of Root is the ORDER BY of all columns, if it is there.
	Sorted bool
	// Fuzzy: which of several equal values is shown, or the last digit of a sum,
	// is open.
	Fuzzy bool
	// Warned: the numbers of the warnings can be told, because every expression is
	// computed for every row.
	Warned bool
}

func (s *Statement) ordered() bool {
	return s.Sorted && strings.HasPrefix(s.Root.Kids[len(s.Root.Kids)-1].Form, " ORDER BY")
}

// Expression is one expression without a table.
func (g *Gen) Expression() *Statement {
	return constant(g.expr(Any, 3, &scope{}))
}

// Query makes a query over the tables.
func (g *Gen) Query() *Statement {
	g.alias = 0
	switch n := g.r.IntN(100); {
	case n < 25:
		return g.computed()
	case n < 50:
		return g.plain()
	case n < 68:
		return g.grouped()
	case n < 80:
		return g.windowed()
	case n < 90:
		return g.setOperation()
	default:
		return g.named()
	}
}

// computed has expressions over all rows of a table.
func (g *Gen) computed() *Statement {
	t := pick(g, g.Tables)
	s := g.scopeOf(t, t.Name)
	items := list(scalar(t.Name + ".id"))
	for range 1 + g.r.IntN(2) {
		items.Kids = append(items.Kids, g.expr(Any, 2, s))
	}
	return &Statement{Root: form("SELECT $ FROM "+t.Name+"$", items, option(" ORDER BY 1")), Sorted: true}
}

func (g *Gen) scopeOf(t *Table, name string) *scope {
	s := &scope{columns: []column{{name + ".id", Integer, false}}}
	for _, c := range t.Columns {
		s.columns = append(s.columns, column{name + "." + c.Name, c.kind, c.fuzzy})
	}
	return s
}

func (g *Gen) name() string { g.alias++; return fmt.Sprintf("a%d", g.alias) }

// source is a table reference, depth joins or derived tables deep.
func (g *Gen) source(depth int) (*Node, *scope) {
	if depth > 0 && g.chance(45) {
		left, ls := g.source(depth - 1)
		right, rs := g.source(0)
		both := &scope{columns: append(append([]column{}, ls.columns...), rs.columns...)}
		switch g.r.IntN(6) {
		case 0:
			return &Node{Form: "$ CROSS JOIN $", Kids: []*Node{left, right}, Sort: Source}, both
		case 1, 2:
			return &Node{Form: "$ JOIN $ ON $", Kids: []*Node{left, right, g.joinOn(ls, rs, both)}, Sort: Source}, both
		case 3:
			return &Node{Form: "$ RIGHT JOIN $ ON $", Kids: []*Node{left, right, g.joinOn(ls, rs, both)}, Sort: Source}, both
		default:
			return &Node{Form: "$ LEFT JOIN $ ON $", Kids: []*Node{left, right, g.joinOn(ls, rs, both)}, Sort: Source}, both
		}
	}
	if depth > 0 && g.chance(15) {
		return g.derived()
	}
	t, name := pick(g, g.Tables), g.name()
	return &Node{Form: t.Name + " AS " + name, Sort: Source}, g.scopeOf(t, name)
}

// joinOn is mostly an equality of both sides.
func (g *Gen) joinOn(left, right, both *scope) *Node {
	l := pick(g, left.columns)
	candidates := right.of(l.kind)
	if len(candidates) == 0 || g.chance(15) {
		return g.condition(both)
	}
	on := scalar("($ = $)", scalar(l.sql), scalar(pick(g, candidates).sql))
	if g.chance(25) {
		on = scalar("($ AND $)", on, g.comparison(both))
	}
	return on
}

func (g *Gen) derived() (*Node, *scope) {
	t, inner, outer := pick(g, g.Tables), g.name(), g.name()
	from := g.scopeOf(t, inner)
	c := pick(g, from.columns)
	items := list(scalar(c.sql+" AS x"), form("$ AS y", g.expr(Number, 1, from)))
	n := &Node{Form: "(SELECT $ FROM " + t.Name + " AS " + inner + "$) AS " + outer, Kids: []*Node{items, g.where(from)}, Sort: Source}
	return n, &scope{columns: []column{{outer + ".x", c.kind, c.fuzzy}, {outer + ".y", Number, false}}}
}

func (g *Gen) where(s *scope) *Node {
	if g.chance(40) {
		return nothing()
	}
	return option(" WHERE $", g.condition(s))
}

// order sorts by all n columns, so that LIMIT has one answer.
func (g *Gen) order(n int) *Node {
	if g.chance(40) {
		return nothing()
	}
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprint(i+1) + pick(g, []string{"", " DESC", " ASC"})
	}
	text := " ORDER BY " + strings.Join(parts, ", ")
	if g.chance(40) {
		text += pick(g, []string{" LIMIT 3", " LIMIT 0", " LIMIT 2 OFFSET 1", " LIMIT 1, 100", " LIMIT 1"})
	}
	return option(text)
}

func (g *Gen) plain() *Statement {
	from, s := g.source(2)
	s.depth = 1
	items := list()
	for range 1 + g.r.IntN(3) {
		items.Kids = append(items.Kids, g.expr(Any, g.r.IntN(2), s))
	}
	distinct := nothing()
	if g.chance(20) {
		distinct = option("DISTINCT ")
	}
	order := g.order(len(items.Kids))
	if strings.Contains(order.Form, "LIMIT ") && distinct.Form != "" { // of one row, MariaDB forgets OFFSET
		distinct = nothing()
	}
	// the order node says how many columns there are: a reduced list of items must
	// not be sorted by what is gone, which both servers then refuse
	return &Statement{Root: form("SELECT $$ FROM $$$", distinct, items, from, g.where(s), order), Sorted: true, Fuzzy: true}
}

// aggregates are forms with the kinds of their arguments.
var aggregates = functionList{
	{"COUNT(*)", "", Integer}, {"COUNT($)", "x", Integer}, {"COUNT(DISTINCT $)", "x", Integer}, {"COUNT(DISTINCT $, $)", "xx", Integer},
	{"SUM($)", "n", Number}, {"SUM($)", "x", Number}, {"SUM(DISTINCT $)", "i", Number}, {"AVG($)", "n", Number}, {"AVG(DISTINCT $)", "i", Number},
	{"MIN($)", "x", Any}, {"MAX($)", "x", Any}, {"MIN($)", "n", Number}, {"MAX($)", "s", String},
	{"BIT_AND($)", "i", Integer}, {"BIT_OR($)", "i", Integer}, {"BIT_XOR($)", "i", Integer},
	{"STDDEV_POP($)", "n", Number}, {"STDDEV_SAMP($)", "i", Number}, {"VAR_POP($)", "n", Number}, {"VAR_SAMP($)", "n", Number}, {"STD($)", "i", Number}, {"VARIANCE($)", "i", Number},
	{"GROUP_CONCAT(DISTINCT HEX($) ORDER BY 1)", "x", String}, {"GROUP_CONCAT(DISTINCT HEX($) ORDER BY 1 DESC SEPARATOR '; ')", "s", String},
	{"GROUP_CONCAT($, '-' ORDER BY 1)", "i", String},
}

// functionList is a list of forms.
type functionList []Function

func (l functionList) has(form string) bool {
	return slices.ContainsFunc(l, func(f Function) bool { return f.Form == form })
}

func (g *Gen) aggregate(s *scope) *Node {
	f := pick(g, aggregates)
	n := scalar(f.Form)
	for i := range len(f.Args) {
		n.Kids = append(n.Kids, g.expr(Kind(f.Args[i]), g.r.IntN(2), s))
	}
	return n
}

func (g *Gen) grouped() *Statement {
	from, s := g.source(1)
	items := list()
	group := nothing()
	var keys []string
	if g.chance(75) {
		for range 1 + g.r.IntN(2) {
			if c := pick(g, s.columns); !c.fuzzy && !slices.Contains(keys, c.sql) {
				keys = append(keys, c.sql)
				items.Kids = append(items.Kids, scalar(c.sql))
			}
		}
	}
	for range 1 + g.r.IntN(3) {
		items.Kids = append(items.Kids, g.aggregate(s))
	}
	order := g.order(len(items.Kids))
	if len(keys) > 0 {
		rollup := ""
		// MariaDB counts the same value of several groups as several ones in their sum
		if g.chance(15) && !strings.Contains(items.Text(), "DISTINCT") {
			rollup, order = " WITH ROLLUP", nothing()
		}
		group = form(" GROUP BY " + strings.Join(keys, ", ") + rollup)
	}
	having := nothing()
	if g.chance(20) {
		having = option(" HAVING $", scalar(pick(g, []string{"($ > $)", "($ <= $)", "($ >= $)", "($ <> $)"}), g.aggregate(s), intValue(int64(g.r.IntN(3))).node()))
	}
	return &Statement{Root: form("SELECT $ FROM $$$$$", items, from, g.where(s), group, having, order), Sorted: true, Fuzzy: true}
}

var windows = []Function{
	{"ROW_NUMBER()", "", Integer}, {"RANK()", "", Integer}, {"DENSE_RANK()", "", Integer}, {"PERCENT_RANK()", "", Number}, {"CUME_DIST()", "", Number},
	{"NTILE(3)", "", Integer}, {"LAG($)", "x", Any}, {"LAG($, 2)", "x", Any}, {"LEAD($)", "x", Any}, {"LEAD($, 0)", "n", Any},
}

var framed = []Function{
	{"FIRST_VALUE($)", "x", Any}, {"LAST_VALUE($)", "x", Any}, {"NTH_VALUE($, 2)", "x", Any}, {"SUM($)", "n", Number}, {"AVG($)", "i", Number}, {"COUNT($)", "x", Integer},
	{"COUNT(*)", "", Integer}, {"MIN($)", "n", Number}, {"MAX($)", "x", Any}, {"BIT_OR($)", "i", Integer},
}

var frames = []string{"", "", " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW", " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " ROWS 2 PRECEDING",
	" ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", " ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING", " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
	" RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING", " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"}

func (g *Gen) windowed() *Statement {
	t := pick(g, g.Tables)
	s := g.scopeOf(t, t.Name)
	items := list(scalar(t.Name + ".id"))
	for range 1 + g.r.IntN(2) {
		partition := nothing()
		if g.chance(50) {
			partition = option("PARTITION BY $ ", scalar(pick(g, s.columns).sql))
		}
		f, frame := pick(g, windows), ""
		if g.chance(60) {
			f, frame = pick(g, framed), pick(g, frames)
		}
		call := scalar(f.Form + " OVER ($ORDER BY " + t.Name + ".id" + pick(g, []string{"", " DESC"}) + frame + ")")
		for i := range len(f.Args) {
			call.Kids = append(call.Kids, g.expr(Kind(f.Args[i]), g.r.IntN(2), s))
		}
		call.Kids = append(call.Kids, partition)
		items.Kids = append(items.Kids, call)
	}
	return &Statement{Root: form("SELECT $ FROM "+t.Name+"$$", items, g.where(s), option(" ORDER BY 1")), Sorted: true, Fuzzy: true}
}

func (g *Gen) setOperation() *Statement {
	kinds := []Kind{pick(g, standIn[Any]), pick(g, standIn[Any])}
	arm := func() *Node {
		from, s := g.source(1)
		items := list()
		for _, k := range kinds {
			if g.chance(15) {
				k = Any
			}
			items.Kids = append(items.Kids, g.expr(k, g.r.IntN(2), s))
		}
		return form("SELECT $ FROM $$", items, from, g.where(s))
	}
	op := pick(g, []string{" UNION ", " UNION ALL ", " UNION DISTINCT ", " INTERSECT ", " EXCEPT "})
	body := form("$"+op+"$", arm(), arm())
	if g.chance(20) {
		body = form("$"+pick(g, []string{" UNION ", " UNION ALL ", " EXCEPT "})+"$", body, arm())
	}
	return &Statement{Root: form("$$", body, g.order(len(kinds))), Sorted: true, Fuzzy: true}
}

// named has a common table expression, recursive or not.
func (g *Gen) named() *Statement {
	from, s := g.source(1)
	if g.chance(50) {
		limit := fmt.Sprint(1 + g.r.IntN(6))
		s.columns = append(s.columns, column{"r.n", Integer, false})
		return &Statement{Root: form("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < "+limit+") SELECT $ FROM r LEFT JOIN $ ON $$$",
			list(scalar("r.n"), g.expr(Any, 1, s)), from, g.condition(s), g.where(s), g.order(2)), Sorted: true, Fuzzy: true}
	}
	c := pick(g, s.columns)
	inner := form("SELECT $ AS p, $ AS q FROM $$", g.expr(Number, 1, s), scalar(c.sql), from, g.where(s))
	outer := &scope{columns: []column{{"w.p", Number, false}, {"w.q", c.kind, c.fuzzy}}}
	return &Statement{Root: form("WITH w AS ($) SELECT $ FROM w$$", inner, list(g.expr(Any, 1, outer), scalar("w.p")), g.where(outer), g.order(2)), Sorted: true, Fuzzy: true}
}

// subqueryTruth is a condition with a subquery, correlated or not.
func (g *Gen) subqueryTruth(s *scope) *Node {
	t, name := pick(g, g.Tables), g.name()
	inner := g.scopeOf(t, name)
	all := &scope{columns: append(append([]column{}, inner.columns...), s.columns...)}
	from := " FROM " + t.Name + " AS " + name
	c := pick(g, inner.columns)
	where := option(" WHERE $", g.condition(all))
	if g.chance(30) {
		where = nothing()
	}
	left := g.leaf(c.kind, s)
	switch g.r.IntN(6) {
	case 0:
		return scalar("EXISTS (SELECT 1"+from+"$)", where)
	case 1:
		return scalar("(NOT EXISTS (SELECT $"+from+"$))", scalar(c.sql), where)
	case 2:
		return scalar("($ IN (SELECT $"+from+"$))", left, scalar(c.sql), where)
	case 3:
		return scalar("($ NOT IN (SELECT $"+from+"$))", left, scalar(c.sql), where)
	case 4:
		return scalar("($ "+pick(g, []string{"> ALL", "<= ANY", "= ANY", "<> ALL", "< SOME"})+" (SELECT $"+from+"$))", left, scalar(c.sql), where)
	default:
		return scalar("($ = (SELECT MAX($)"+from+"$))", left, scalar(c.sql), where)
	}
}

func (g *Gen) subqueryScalar(s *scope) *Node {
	t, name := pick(g, g.Tables), g.name()
	inner := g.scopeOf(t, name)
	all := &scope{columns: append(append([]column{}, inner.columns...), s.columns...)}
	return scalar("(SELECT $ FROM "+t.Name+" AS "+name+"$)", g.aggregate(inner), option(" WHERE $", g.condition(all)))
}

// Plain is a statement that is compared as it stands.
func Plain(sql string) *Statement { return &Statement{Root: text(sql)} }
