package difftest

import (
	"fmt"
	"strings"
)

// Change is a statement that changes rows of the tables that ChangeTables has made last.
func (g *Gen) Change() *Statement {
	make := pick(g, []func(*Gen, *ChangeTable) *Node{
		(*Gen).insertValues, (*Gen).insertValues, (*Gen).insertValues, (*Gen).insertSelect, (*Gen).replaceRows, (*Gen).insertOver, (*Gen).insertOver,
		(*Gen).updateRows, (*Gen).updateRows, (*Gen).updateRows, (*Gen).updateJoined, (*Gen).deleteRows, (*Gen).deleteRows, (*Gen).deleteJoined,
	})
	return &Statement{Root: make(g, pick(g, g.changed)), Warned: true}
}

func (g *Gen) ignore() string {
	if g.chance(25) {
		return "IGNORE "
	}
	return ""
}

// columnsOf are some columns to give values to, and what VALUES says of each.
func (g *Gen) columnsOf(t *ChangeTable) []changeColumn {
	var out []changeColumn
	for _, c := range t.columns {
		if c.generated || c.name != "id" && g.chance(15) {
			continue
		}
		if c.name == "id" && g.chance(3) {
			continue
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		out = t.columns[:1]
	}
	return out
}

func names(list []changeColumn) string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = c.name
	}
	return strings.Join(out, ", ")
}

func (g *Gen) tuples(list []changeColumn) string {
	var rows []string
	for range 1 + g.r.IntN(3) {
		var values []string
		for _, c := range list {
			v := g.changeValue(c.kind, nil, "")
			if g.chance(7) {
				v = "DEFAULT"
			}
			values = append(values, v)
		}
		rows = append(rows, "("+strings.Join(values, ", ")+")")
	}
	return strings.Join(rows, ", ")
}

func (g *Gen) insertValues(t *ChangeTable) *Node {
	list := g.columnsOf(t)
	return form("INSERT "+g.ignore()+"INTO $ ($) VALUES $", text(t.Name), text(names(list)), text(g.tuples(list)))
}

func (g *Gen) replaceRows(t *ChangeTable) *Node {
	list := g.columnsOf(t)
	if g.chance(25) {
		return g.fromQuery("REPLACE INTO $ ($) SELECT $ FROM $ $", t, list)
	}
	return form("REPLACE INTO $ ($) VALUES $", text(t.Name), text(names(list)), text(g.tuples(list)))
}

func (g *Gen) insertSelect(t *ChangeTable) *Node {
	return g.fromQuery("INSERT "+g.ignore()+"INTO $ ($) SELECT $ FROM $ $", t, g.columnsOf(t))
}

func (g *Gen) fromQuery(text_ string, t *ChangeTable, list []changeColumn) *Node {
	from := pick(g, g.changed)
	var values []string
	for _, c := range list {
		values = append(values, g.changeValue(c.kind, from, "f."))
	}
	source := from.Name + " f WHERE " + g.changeCondition(from, "f.")
	return form(text_, text(t.Name), text(names(list)), text(strings.Join(values, ", ")), text(source), text(from.order("")))
}

// insertOver is ON DUPLICATE KEY UPDATE.
func (g *Gen) insertOver(t *ChangeTable) *Node {
	list := g.columnsOf(t)
	var sets []string
	for range 1 + g.r.IntN(2) {
		c := pick(g, t.columns)
		v := g.changeValue(c.kind, t, "")
		if g.chance(40) {
			v = "VALUES(" + c.name + ")"
			if c.kind == Integer && g.chance(40) {
				v += " + 1"
			}
		}
		if c.generated {
			continue
		}
		sets = append(sets, c.name+" = "+v)
	}
	if len(sets) == 0 {
		sets = []string{"id = id"}
	}
	return form("INSERT "+g.ignore()+"INTO $ ($) VALUES $ ON DUPLICATE KEY UPDATE $", text(t.Name), text(names(list)), text(g.tuples(list)), text(strings.Join(sets, ", ")))
}

// sets are assignments of an UPDATE.
func (g *Gen) sets(t *ChangeTable, alias string, from *ChangeTable, fromAlias string) string {
	var sets []string
	for range 1 + g.r.IntN(3) {
		c := pick(g, t.columns)
		if c.generated {
			continue
		}
		v := g.changeValue(c.kind, from, fromAlias)
		if g.chance(6) {
			v = "DEFAULT"
		}
		sets = append(sets, alias+c.name+" = "+v)
	}
	if len(sets) == 0 {
		return alias + "id = " + alias + "id"
	}
	return strings.Join(sets, ", ")
}

func (g *Gen) updateRows(t *ChangeTable) *Node {
	order := pick(g, []string{t.order(""), t.order(" DESC"), t.order("") + " LIMIT 2", t.order(" DESC") + " LIMIT 1"})
	return form("UPDATE "+g.ignore()+"$ SET $ WHERE $ $", text(t.Name), text(g.sets(t, "", t, "")), text(g.changeCondition(t, "")), text(order))
}

// joined is two tables of FROM, each row of the first with one of the second at most.
func (g *Gen) joined() (string, *ChangeTable, *ChangeTable) {
	p, c, n := g.changed[0], g.changed[1], g.changed[2]
	switch g.r.IntN(4) {
	case 0:
		return "c x JOIN p y ON x.p = y.id", c, p
	case 1:
		return "c x LEFT JOIN p y ON x.p = y.id", c, p
	case 2:
		return "p x JOIN n y ON x.id = y.id", p, n
	}
	return "n x, p y", n, p
}

func (g *Gen) updateJoined(*ChangeTable) *Node {
	from, x, y := g.joined()
	if from == "n x, p y" {
		if g.chance(30) { // each row is found as often as there are others, and changed once
			return form("UPDATE "+g.ignore()+"$ SET $ WHERE $", text(from), text(g.sets(x, "x.", x, "x.")), text(g.changeCondition(x, "x.")))
		}
		from = "n x JOIN p y ON x.up = y.id"
	}
	sets := g.sets(x, "x.", y, "y.")
	if g.chance(30) {
		sets = g.sets(y, "y.", nil, "")
	}
	return form("UPDATE "+g.ignore()+"$ SET $ WHERE $", text(from), text(sets), text(g.changeCondition(x, "x.")))
}

// order leaves no two rows that differ equal: LIMIT takes the same ones then, and a key that one row may have goes to the same.
func (t *ChangeTable) order(direction string) string {
	out := "ORDER BY id" + direction
	for _, c := range t.columns[1:] {
		if !c.generated {
			out += ", " + c.name
		}
	}
	return out
}

func (g *Gen) deleteRows(t *ChangeTable) *Node {
	order := pick(g, []string{"", "", t.order("") + " LIMIT 1", t.order(" DESC") + " LIMIT 2"})
	return form("DELETE "+g.ignore()+"FROM $ WHERE $ $", text(t.Name), text(g.changeCondition(t, "")), text(order))
}

func (g *Gen) deleteJoined(*ChangeTable) *Node {
	from, x, _ := g.joined()
	targets := pick(g, []string{"x", "x", "y", "x, y"})
	return form("DELETE "+g.ignore()+targets+" FROM $ WHERE $", text(from), text(fmt.Sprintf("%s AND %s", g.changeCondition(x, "x."), g.changeCondition(x, "x."))))
}
