package difftest

import (
	"fmt"
	"strings"
)

// changeColumn is a column of a table that statements change.
type changeColumn struct {
	name      string
	kind      Kind
	generated bool
}

// ChangeTable is a table that generated statements change.
type ChangeTable struct {
	Name    string
	Create  string
	columns []changeColumn
}

// State is the query that shows all of a table.
func (t *ChangeTable) State() string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return fmt.Sprintf("SELECT %s FROM %s ORDER BY %s", strings.Join(names, ", "), t.Name, strings.Join(names, ", "))
}

// Fill is the text that makes a state again.
func (t *ChangeTable) Fill(state *Result) string {
	var rows, names []string
	for _, c := range t.columns {
		if !c.generated {
			names = append(names, c.name)
		}
	}
	for _, row := range state.Rows {
		var values []string
		for i, cell := range row {
			switch {
			case t.columns[i].generated:
			case cell.Null:
				values = append(values, "NULL")
			case t.columns[i].kind == Integer, t.columns[i].kind == Number:
				values = append(values, cell.Text)
			default:
				values = append(values, "'"+strings.ReplaceAll(cell.Text, "'", "''")+"'")
			}
		}
		rows = append(rows, "("+strings.Join(values, ", ")+")")
	}
	if len(rows) == 0 {
		return ""
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", t.Name, strings.Join(names, ", "), strings.Join(rows, ", "))
}

var actions = []string{"RESTRICT", "CASCADE", "SET NULL", "NO ACTION"}

// ChangeTables has no AUTO_INCREMENT: which numbers are left out after a failure is not promised.
//
// It makes a parent, a child of it, and a table that refers to itself or to nothing,
// with generated columns, defaults, CHECKs and unique keys.
func (g *Gen) ChangeTables() []*ChangeTable {
	id := pick(g, []string{"id INT NOT NULL PRIMARY KEY", "id BIGINT UNSIGNED NOT NULL PRIMARY KEY"})
	idType := "INT"
	if strings.Contains(id, "BIGINT") {
		idType = "BIGINT UNSIGNED"
	}
	stored := func() string { return pick(g, []string{"STORED", "VIRTUAL"}) }
	p := &ChangeTable{Name: "p", columns: []changeColumn{{"id", Integer, false}, {"u", Integer, false}, {"a", Integer, false}, {"s", String, false}, {"d", Number, false}, {"g", Integer, true}}}
	p.Create = fmt.Sprintf("CREATE TABLE p (%s, u INT %s, a INT DEFAULT 7, s VARCHAR(6) COLLATE utf8mb4_bin %s, d DECIMAL(5,2) NOT NULL DEFAULT 1.50, g BIGINT AS (a + %s) %s%s%s)",
		id, pick(g, []string{"UNIQUE", "NOT NULL DEFAULT 0", ""}), pick(g, []string{"", "NOT NULL", "UNIQUE", "NOT NULL DEFAULT 'z'"}), pick(g, []string{"1", "COALESCE(u, 3)"}), stored(),
		pick(g, []string{"", ", CHECK (a < 40)", ", CHECK (a <> u OR s <> 'b')"}), pick(g, []string{"", ", KEY (a)", ", UNIQUE (g)", ", UNIQUE (a, s)", ", KEY (s, d)"}))
	c := &ChangeTable{Name: "c", columns: []changeColumn{{"id", Integer, false}, {"p", Integer, false}, {"q", Integer, false}, {"e", String, false}, {"t", Date, false}, {"h", Integer, true}}}
	c.Create = fmt.Sprintf("CREATE TABLE c (id INT NOT NULL PRIMARY KEY, p %s, q TINYINT NOT NULL, e ENUM('x','y','z') %s, t DATE, h INT AS (q * 2) %s%s, FOREIGN KEY (p) REFERENCES p (id) ON DELETE %s ON UPDATE %s)",
		idType, pick(g, []string{"", "NOT NULL", "DEFAULT 'y'"}), stored(), pick(g, []string{"", ", UNIQUE (p, q)", ", KEY (q)", ", CHECK (q > -5)"}), pick(g, actions), pick(g, actions))
	n := &ChangeTable{Name: "n", columns: []changeColumn{{"id", Integer, false}, {"up", Integer, false}, {"v", Integer, false}, {"s", String, false}}}
	n.Create = fmt.Sprintf("CREATE TABLE n (id INT %s, up INT, v SMALLINT UNSIGNED %s, s CHAR(4) COLLATE utf8mb4_bin%s)",
		pick(g, []string{"PRIMARY KEY", "NOT NULL", "NOT NULL UNIQUE"}), pick(g, []string{"", "NOT NULL", "DEFAULT 3"}), pick(g, []string{"", ", KEY (up)", ", UNIQUE (v, s)"}))
	if strings.Contains(n.Create, "PRIMARY") && g.chance(60) {
		n.Create = strings.TrimSuffix(n.Create, ")") + fmt.Sprintf(", FOREIGN KEY (up) REFERENCES n (id) ON DELETE %s)", pick(g, []string{"RESTRICT", "CASCADE", "SET NULL"}))
	}
	g.changed = []*ChangeTable{p, c, n}
	return g.changed
}

// changeValue is a value for a column, or an expression over those of a table by an alias.
func (g *Gen) changeValue(kind Kind, from *ChangeTable, alias string) string {
	column := func(kind Kind) string {
		if from == nil {
			return ""
		}
		var able []string
		for _, c := range from.columns {
			if c.kind == kind {
				able = append(able, c.name)
			}
		}
		if len(able) == 0 {
			return ""
		}
		return alias + pick(g, able)
	}
	if name := column(kind); name != "" && g.chance(45) {
		switch {
		case kind == Integer:
			return fmt.Sprintf(pick(g, []string{"%s", "%s + 1", "%s - 2", "%s * 2", "COALESCE(%s, 5)", "IF(%[1]s > 3, 1, %[1]s)", "-%s", "%s DIV 2"}), name)
		case kind == String:
			return fmt.Sprintf(pick(g, []string{"%s", "CONCAT(%s, 'b')", "UPPER(%s)", "COALESCE(%s, 'a')", "LEFT(%s, 1)"}), name)
		case kind == Number:
			return fmt.Sprintf(pick(g, []string{"%s", "%s + 0.005", "%s / 3", "%s * 10"}), name)
		case kind == Date:
			return fmt.Sprintf(pick(g, []string{"%s", "%s + INTERVAL 1 DAY", "COALESCE(%s, '2024-02-29')"}), name)
		}
	}
	if g.chance(8) {
		return "NULL"
	}
	switch kind {
	case Integer:
		return pick(g, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "-1", "39", "41", "130", "70000", "'12'", "2.5"})
	case Number:
		return pick(g, []string{"0", "1.5", "2.505", "-3.25", "999.99", "1000", "12.345"})
	case Date:
		return pick(g, []string{"'2024-01-31'", "'2024-02-29'", "'1999-12-31'", "'2023-02-30'", "20240105"})
	}
	return pick(g, []string{"'a'", "'b'", "'c'", "'x'", "'y'", "'z'", "'ab'", "'zz'", "''", "'longer text'"})
}

// readable is a table that the condition may look into: of the joined ones none, which may be
// changed (1093).
func (g *Gen) readable(t *ChangeTable, alias string) []string {
	if alias != "" {
		return nil
	}
	var out []string
	for _, x := range g.changed {
		if x != t {
			out = append(out, x.Name)
		}
	}
	return out
}

func (g *Gen) changeCondition(t *ChangeTable, alias string) string {
	c := pick(g, t.columns)
	name := alias + c.name
	id := alias + "id"
	if alias == "" {
		id = t.Name + ".id"
	}
	switch g.r.IntN(7) {
	case 0:
		return name + " IS NULL"
	case 1:
		return fmt.Sprintf("%s IN (%s, %s)", name, g.plainValue(c.kind), g.plainValue(c.kind))
	case 2:
		return fmt.Sprintf("%s BETWEEN %s AND %s", id, pick(g, []string{"0", "1", "2"}), pick(g, []string{"3", "5", "8"}))
	case 3:
		if able := g.readable(t, alias); len(able) > 0 {
			return fmt.Sprintf("%s (SELECT 1 FROM %s z WHERE z.id = %s)", pick(g, []string{"EXISTS", "NOT EXISTS"}), pick(g, able), id)
		}
		return id + " > 2"
	case 4:
		return "1 = 1"
	}
	return fmt.Sprintf("%s %s %s", name, pick(g, []string{"=", "<", ">", "<>", "<=", "<=>"}), g.plainValue(c.kind))
}

// plainValue is one that converts without a word, whose comparison says nothing.
func (g *Gen) plainValue(kind Kind) string {
	switch kind {
	case Integer:
		return pick(g, []string{"0", "1", "2", "3", "5", "7", "10"})
	case Number:
		return pick(g, []string{"1.5", "2", "-3.25"})
	case Date:
		return pick(g, []string{"'2024-01-31'", "'2024-02-29'"})
	}
	return pick(g, []string{"'a'", "'b'", "'x'", "'y'"})
}
