package difftest

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// truth is SQL's third value beside true and false.
type truth int8

const (
	no truth = iota
	unknown
	yes
)

// pivotValue is a value of the chosen row: an integer or text of a binary
// collation, for which the rules of comparison are simple enough to be written
// down here a second time.
type pivotValue struct {
	null   bool
	isText bool
	number int64
	text   string
}

func (v pivotValue) sql() string {
	switch {
	case v.null:
		return "NULL"
	case v.isText:
		return quoted(v.text)
	}
	return strconv.FormatInt(v.number, 10)
}

// pivot is the law's generator: columns of the chosen row by name.
type pivot struct {
	g     *Gen
	names []string
	row   map[string]pivotValue
}

// PivotTables are tables of the two types that PQS knows, with indexes.
func (g *Gen) PivotTables(n, rows int) {
	all := columnTypes
	g.Tables = nil
	for i := range n {
		t := &Table{Name: fmt.Sprintf("t%d", i)}
		for j := range 4 {
			typ := all[2] // INT
			if j%2 == 1 {
				typ = columnType{"VARCHAR(20) COLLATE utf8mb4_bin", String, false, []string{"''", "'a'", "'A'", "'ab'", "'b'", "'ä'", "'zz'"}}
			}
			t.Columns = append(t.Columns, ColumnDef{fmt.Sprintf("c%d", j), typ})
		}
		t.index(g)
		for k := range rows {
			row := []string{strconv.Itoa(k + 1)}
			for _, c := range t.Columns {
				if g.chance(20) {
					row = append(row, "NULL")
				} else {
					row = append(row, pick(g, c.values))
				}
			}
			t.Rows = append(t.Rows, row)
		}
		g.Tables = append(g.Tables, t)
	}
}

// PQS is pivoted query synthesis: one row of each table is chosen, a condition is
// made that is true for them, and the query must find them.
func (g *Gen) PQS() *Law {
	p := &pivot{g: g, row: map[string]pivotValue{}}
	var from, ids []string
	for i := range 1 + g.r.IntN(min(2, len(g.Tables))) {
		t := g.Tables[i]
		from = append(from, t.Name)
		row := pick(g, t.Rows)
		ids = append(ids, row[0])
		p.choose(t, row)
	}
	var conditions []string
	for range 1 + g.r.IntN(2) {
		text, v := p.condition(3)
		switch v {
		case no:
			text = "(NOT " + text + ")"
		case unknown:
			text = "(" + text + " IS NULL)"
		}
		conditions = append(conditions, text)
	}
	items := make([]string, len(from))
	for i, name := range from {
		items[i] = name + ".id"
	}
	query := "SELECT " + strings.Join(items, ", ") + " FROM " + strings.Join(from, " JOIN ") + " WHERE " + strings.Join(conditions, " AND ")
	want := strings.Join(ids, "|")
	return &Law{"PQS", []string{query}, func(r []*Result) string {
		for _, row := range r[0].Rows {
			if joinRow(row) == want {
				return ""
			}
		}
		return "the row " + want + " is not found"
	}}
}

func (p *pivot) choose(t *Table, row []string) {
	add := func(name, sql string) {
		v := pivotValue{null: sql == "NULL"}
		if strings.HasPrefix(sql, "'") {
			v.isText, v.text = true, strings.Trim(sql, "'")
		} else if !v.null {
			v.number, _ = strconv.ParseInt(sql, 10, 64) // made by this package
		}
		p.names = append(p.names, t.Name+"."+name)
		p.row[t.Name+"."+name] = v
	}
	add("id", row[0])
	for i, c := range t.Columns {
		add(c.Name, row[i+1])
		if c.kind == String {
			v := p.row[t.Name+"."+c.Name]
			v.isText = true
			p.row[t.Name+"."+c.Name] = v
		}
	}
}

// condition is a condition and its value for the chosen rows.
func (p *pivot) condition(depth int) (string, truth) {
	if depth > 0 {
		switch p.g.r.IntN(5) {
		case 0:
			a, x := p.condition(depth - 1)
			b, y := p.condition(depth - 1)
			return "(" + a + " AND " + b + ")", min(x, y)
		case 1:
			a, x := p.condition(depth - 1)
			b, y := p.condition(depth - 1)
			return "(" + a + " OR " + b + ")", max(x, y)
		case 2:
			a, x := p.condition(depth - 1)
			return "(NOT " + a + ")", yes - x
		}
	}
	return p.test()
}

// test compares a column with a value or with another column of its kind.
func (p *pivot) test() (string, truth) {
	name := pick(p.g, p.names)
	left := p.row[name]
	right, text := p.other(left)
	third, more := p.other(left)
	switch p.g.r.IntN(9) {
	case 0:
		return "(" + name + " IS NULL)", boolean(left.null)
	case 1:
		if left.null || right.null {
			return "(" + name + " <=> " + text + ")", boolean(left.null && right.null)
		}
		return "(" + name + " <=> " + text + ")", compare(left, right, func(c int) bool { return c == 0 })
	case 2:
		low := compare(left, right, func(c int) bool { return c >= 0 })
		high := compare(left, third, func(c int) bool { return c <= 0 })
		return "(" + name + " BETWEEN " + text + " AND " + more + ")", min(low, high)
	case 3:
		one := compare(left, right, func(c int) bool { return c == 0 })
		two := compare(left, third, func(c int) bool { return c == 0 })
		return "(" + name + " IN (" + text + ", " + more + "))", max(one, two)
	case 4:
		return "(" + name + " <> " + text + ")", compare(left, right, func(c int) bool { return c != 0 })
	case 5:
		return "(" + name + " < " + text + ")", compare(left, right, func(c int) bool { return c < 0 })
	case 6:
		return "(" + text + " <= " + name + ")", compare(right, left, func(c int) bool { return c <= 0 })
	default:
		return "(" + name + " = " + text + ")", compare(left, right, func(c int) bool { return c == 0 })
	}
}

func (p *pivot) other(like pivotValue) (pivotValue, string) {
	if p.g.chance(35) {
		name := pick(p.g, p.names)
		if v := p.row[name]; v.isText == like.isText {
			return v, name
		}
	}
	v := pivotValue{isText: like.isText}
	switch {
	case p.g.chance(10):
		v.null = true
	case like.isText:
		v.text = pick(p.g, []string{"", "a", "A", "ab", "b", "ä", "zz", "c"})
	case p.g.chance(30):
		v.number = like.number
	default:
		v.number = int64(p.g.r.IntN(12)) - 2
	}
	return v, v.sql()
}

func boolean(b bool) truth {
	if b {
		return yes
	}
	return no
}

func compare(a, b pivotValue, holds func(int) bool) truth {
	switch {
	case a.null || b.null:
		return unknown
	case a.isText:
		return boolean(holds(strings.Compare(a.text, b.text)))
	}
	return boolean(holds(cmp.Compare(a.number, b.number)))
}
