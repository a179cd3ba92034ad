package difftest

import (
	"fmt"
	"slices"
	"strings"
)

// Law is a relation between answers of one server that must hold whatever the
// data is. Statements are what it asks; Broken looks at the answers, which came
// without errors, and says what is wrong with them ("": nothing).
type Law struct {
	Name       string
	Statements []string
	Broken     func([]*Result) string
}

// NoREC is the law that a condition finds as many rows as a filter as it is true
// as a value. The filter may use indexes and push parts of the condition down;
// the value is computed for each row.
func (g *Gen) NoREC() *Law {
	g.alias = 0
	from, s := g.source(2)
	p := g.condition(s).Text()
	return &Law{"NoREC", []string{
		"SELECT COUNT(*) FROM " + from.Text() + " WHERE " + p,
		"SELECT COALESCE(SUM(v), 0) FROM (SELECT (" + p + ") IS TRUE AS v FROM " + from.Text() + ") AS d",
	}, func(r []*Result) string {
		if filter, value := joinRow(r[0].Rows[0]), joinRow(r[1].Rows[0]); filter != value {
			return fmt.Sprintf("the filter finds %s rows, the condition is true %s times", filter, value)
		}
		return ""
	}}
}

// TLP is ternary logic partitioning: each row is in exactly one of WHERE p, WHERE
// NOT p and WHERE p IS NULL.
func (g *Gen) TLP() *Law {
	g.alias = 0
	from, s := g.source(2)
	p := g.condition(s).Text()
	var items []string
	for range 1 + g.r.IntN(3) {
		items = append(items, pick(g, s.columns).sql)
	}
	all := "SELECT " + strings.Join(items, ", ") + " FROM " + from.Text()
	return &Law{"TLP", []string{all, all + " WHERE " + p, all + " WHERE NOT (" + p + ")", all + " WHERE (" + p + ") IS NULL"}, func(r []*Result) string {
		parts := slices.Concat(r[1].Rows, r[2].Rows, r[3].Rows)
		return differentRows("all rows", r[0].Rows, "the three parts", parts)
	}}
}

// SecondPlan is the law that indexes change no answer. plain is the database with
// the same tables without any.
func (g *Gen) SecondPlan(plain string) *Law {
	q := g.Query()
	text := q.Root.Text()
	return &Law{"second plan", []string{text, "USE " + plain, text}, func(r []*Result) string {
		if d := Compare(q, r[0], r[2]); d != nil && d.Kind != KindWarnings {
			return fmt.Sprintf("%s: with indexes %s, without %s", d.Kind, d.Our, d.Their)
		}
		return ""
	}}
}

// differentRows compares two bags of rows.
func differentRows(oneName string, one [][]Cell, otherName string, other [][]Cell) string {
	count := map[string]int{}
	for _, r := range one {
		count[joinRow(r)]++
	}
	for _, r := range other {
		count[joinRow(r)]--
	}
	for row, n := range count {
		switch {
		case n > 0:
			return fmt.Sprintf("%s: %d times more in %s than in %s", row, n, oneName, otherName)
		case n < 0:
			return fmt.Sprintf("%s: %d times more in %s than in %s", row, -n, otherName, oneName)
		}
	}
	return ""
}
