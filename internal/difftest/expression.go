package difftest

import (
	"slices"
	"strings"
)

// column is a column that an expression may name.
type column struct {
	sql   string
	kind  Kind
	fuzzy bool
}

// scope is what an expression may name.
type scope struct {
	columns []column
	// depth is how many subqueries may still be nested in it; 0: none.
	depth int
}

func (s *scope) of(kind Kind) []column {
	if kind == Any {
		return s.columns
	}
	var out []column
	for _, c := range s.columns {
		if slices.Contains(standIn[kind], c.kind) {
			out = append(out, c)
		}
	}
	return out
}

// standIn are the kinds that may stand where one is asked for.
var standIn = map[Kind][]Kind{
	Number: {Number, Integer, Number, Truth}, Integer: {Integer}, Small: {Integer}, Truth: {Truth},
	String: {String, String, Bytes}, Bytes: {Bytes}, Date: {Date, DateTime}, DateTime: {DateTime, Date}, Time: {Time}, JSON: {JSON},
	Any: {Number, Integer, String, Date, DateTime, Time, Truth, Bytes},
}

// expr makes an expression of a kind, depth functions deep at most.
func (g *Gen) expr(kind Kind, depth int, s *scope) *Node {
	switch kind {
	case Path, Pattern, Format, Address:
		return pick(g, typical[kind]).node()
	case Small:
		if depth > 0 && g.chance(20) {
			return g.expr(Integer, depth-1, s)
		}
		return pick(g, typical[Small]).node()
	}
	if depth <= 0 || g.chance(20) || g.Tame && kind != Truth {
		return g.leaf(kind, s)
	}
	if kind == Truth && s.depth > 0 && g.chance(15) {
		return g.subqueryTruth(s)
	}
	if kind == Number && s.depth > 0 && g.chance(6) {
		return g.subqueryScalar(s)
	}
	if g.Tame {
		return g.tameTruth(depth, s)
	}
	from := kind
	if alternatives := standIn[kind]; len(alternatives) > 0 {
		from = pick(g, alternatives)
	}
	if g.chance(12) {
		from = Any // a function that gives something else: it is converted
	}
	f := pick(g, giving[from])
	for strings.HasPrefix(f.Form, "RAND(") && len(s.columns) > 0 { // which row gets which number is open
		f = pick(g, giving[from])
	}
	return g.call(f, depth, s)
}

func (g *Gen) call(f Function, depth int, s *scope) *Node {
	n := scalar(f.Form)
	for i := range len(f.Args) {
		n.Kids = append(n.Kids, g.expr(Kind(f.Args[i]), depth-1, s))
	}
	return n
}

// leaf is a column if there is one of the kind, or else a literal.
func (g *Gen) leaf(kind Kind, s *scope) *Node {
	from := s.of(kind)
	if !g.Tame && g.chance(10) {
		from = s.columns // of any kind, to be converted
	}
	if len(from) > 0 && g.chance(75) {
		return scalar(pick(g, from).sql)
	}
	if g.Tame {
		return pick(g, tameValues[kind]).node()
	}
	if g.chance(8) {
		return pick(g, edges).node()
	}
	return pick(g, typical[kind]).node()
}

// comparison is a condition on columns that an index may answer.
func (g *Gen) comparison(s *scope) *Node {
	c := pick(g, s.columns)
	left, right := scalar(c.sql), g.leaf(c.kind, s)
	switch g.r.IntN(8) {
	case 0:
		return scalar("($ BETWEEN $ AND $)", left, right, g.leaf(c.kind, s))
	case 1:
		return scalar("($ IN ($, $))", left, right, g.leaf(c.kind, s))
	case 2:
		return scalar(pick(g, []string{"($ IS NULL)", "($ IS NOT NULL)"}), left)
	case 3:
		if g.Tame && c.kind != String {
			return scalar("($ <= $)", left, right)
		}
		return scalar("($ LIKE $)", left, pick(g, typical[Pattern]).node())
	default:
		return scalar(pick(g, []string{"($ = $)", "($ < $)", "($ >= $)", "($ <> $)", "($ <=> $)", "($ > $)"}), left, right)
	}
}

// condition is what stands behind WHERE, ON and HAVING.
func (g *Gen) condition(s *scope) *Node {
	switch g.r.IntN(5) {
	case 0:
		return scalar("($ AND $)", g.comparison(s), g.expr(Truth, 2, s))
	case 1:
		return scalar("($ OR $)", g.comparison(s), g.comparison(s))
	case 2:
		return g.expr(Truth, 2, s)
	default:
		return g.comparison(s)
	}
}

// tameValues are literals of a column's own type.
var tameValues = map[Kind][]Value{
	Integer: {intValue(0), intValue(1), intValue(3), intValue(-7), intValue(42)}, Number: {intValue(2), {"1.50", Decimal("1.50"), Number}, {"-0.5", Decimal("-0.5"), Number}},
	String: {stringValue("", String), stringValue("a", String), stringValue("ab", String), stringValue("A", String)},
	Date:   {stringValue("2024-01-06", Date), stringValue("1999-12-31", Date)}, DateTime: {stringValue("2024-01-06 12:34:56", DateTime)},
	Any: {intValue(1), {"NULL", nil, Any}}, Truth: {intValue(1), intValue(0), {"NULL", nil, Truth}}, Time: {stringValue("12:34:56", Time)}, Bytes: {stringValue("a", Bytes)}, JSON: {stringValue("12", JSON)},
}

// tameTruth joins comparisons of columns.
func (g *Gen) tameTruth(depth int, s *scope) *Node {
	switch g.r.IntN(4) {
	case 0:
		return scalar("($ AND $)", g.expr(Truth, depth-1, s), g.comparison(s))
	case 1:
		return scalar("($ OR $)", g.comparison(s), g.expr(Truth, depth-1, s))
	case 2:
		return scalar("(NOT $)", g.comparison(s))
	default:
		return g.comparison(s)
	}
}
