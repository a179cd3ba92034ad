package difftest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// columnType is a type of column with values for it.
type columnType struct {
	sql    string
	kind   Kind
	fuzzy  bool // different values can be equal: which of them stands for a group is open
	values []string
}

var columnTypes = []columnType{
	{"TINYINT", Integer, false, []string{"0", "1", "-1", "127", "-128", "5"}},
	{"SMALLINT UNSIGNED", Integer, false, []string{"0", "1", "7", "65535", "300"}},
	{"INT", Integer, false, []string{"0", "1", "2", "3", "-7", "2147483647", "-2147483648", "10", "20240106"}},
	{"BIGINT", Integer, false, []string{"0", "1", "-1", "9223372036854775807", "-9223372036854775808", "42", "3"}},
	{"BIGINT UNSIGNED", Integer, false, []string{"0", "1", "18446744073709551615", "9223372036854775808", "42"}},
	{"DECIMAL(10,2)", Number, false, []string{"0.00", "1.50", "-1.50", "10.51", "99999999.99", "2.00", "10.50"}},
	{"DECIMAL(30,10)", Number, false, []string{"0", "0.0000000001", "-12345678901234567890.1234567891", "1.5", "3"}},
	{"DECIMAL(65,30)", Number, false, []string{"1.000000000000000000000000000001", "-0.5", "99999999999999999999999999999999999.999999999999999999999999999999"}},
	{"FLOAT", Number, false, []string{"0", "1.5", "-2.25", "1024", "0.5"}},
	{"DOUBLE", Number, false, []string{"0", "1.5", "-2.25", "1e15", "0.125", "3"}},
	{"CHAR(5)", String, true, []string{"''", "'a'", "'A'", "'b '", "'abc'", "'1'", "'12'"}},
	{"VARCHAR(20)", String, true, []string{"''", "'a'", "'A'", "'ab'", "'abz'", "'ab漢'", "'ä'", "'1q'", "'12.9'", "'b '", "'2024-01-06'"}},
	{"VARCHAR(20) COLLATE utf8mb4_bin", String, false, []string{"''", "'a'", "'A'", "'ab'", "'ä'", "'0'", "'-3'"}},
	{"VARCHAR(20) CHARACTER SET latin1", String, true, []string{"''", "'a'", "'A'", "'\u00e4'", "'Zz'", "'10'"}},
	{"TEXT", String, true, []string{"''", "'a'", "'some longer text, with words'", "'B'", "'7 days'"}},
	{"BINARY(4)", Bytes, false, []string{"''", "'a'", "'abcd'", "X'00FF00FF'"}},
	{"VARBINARY(10)", Bytes, false, []string{"''", "'a'", "'A'", "X'00'", "X'FF41'"}},
	{"BLOB", Bytes, false, []string{"''", "'blob'", "X'E28298'"}},
	{"DATE", Date, false, []string{"'2024-01-06'", "'2024-02-29'", "'1999-12-31'", "'1000-01-01'", "'9999-12-31'"}},
	{"TIME", Time, false, []string{"'00:00:00'", "'12:34:56'", "'-01:02:03'", "'838:59:59'", "'23:59:59'"}},
	{"TIME(3)", Time, false, []string{"'00:00:00.001'", "'12:34:56.789'", "'-838:59:59'"}},
	{"DATETIME", DateTime, false, []string{"'2024-01-06 12:34:56'", "'2024-12-31 23:59:59'", "'1999-01-01 00:00:00'"}},
	{"DATETIME(6)", DateTime, false, []string{"'2024-01-06 12:34:56.123456'", "'2024-01-06 00:00:00'", "'2024-02-29 23:59:59.999999'"}},
	{"TIMESTAMP NULL", DateTime, false, []string{"'2024-01-06 12:34:56'", "'1990-05-05 05:05:05'", "'2030-01-01 00:00:00'"}},
	{"YEAR", Integer, false, []string{"2024", "1999", "1901", "2155"}},
	{"BIT(8)", Integer, false, []string{"b'0'", "b'1'", "b'10101010'", "b'11111111'"}},
	{"ENUM('a','B','c d')", String, true, []string{"'a'", "'B'", "'c d'"}},
	{"SET('x','y','z')", String, true, []string{"''", "'x'", "'y,z'", "'x,y,z'"}},
	{"JSON", JSON, false, []string{"'{\"a\": 1}'", "'[1, 2]'", "'\"s\"'", "'null'", "'12'", "'{\"a\": [1, 2], \"b\": \"c\"}'"}},
}

// ColumnDef is a column of a generated table.
type ColumnDef struct {
	Name string
	columnType
}

// Table is a generated table. Each has a column id, 1 for the first row.
type Table struct {
	Name    string
	Columns []ColumnDef
	Indexes []string   // texts of KEY clauses
	Rows    [][]string // literals
}

// Gen makes things from one seed. It is for one goroutine.
type Gen struct {
	r      *rand.Rand
	Tables []*Table
	// Tame leaves out the types and the functions in which conversions decide.
	Tame    bool
	alias   int
	changed []*ChangeTable
}

// NewGen returns a generator; equal seeds give equal statements.
func NewGen(seed uint64) *Gen { return &Gen{r: rand.New(rand.NewPCG(seed, 0x6c786462))} }

func (g *Gen) chance(percent int) bool { return g.r.IntN(100) < percent }

func pick[T any](g *Gen, from []T) T { return from[g.r.IntN(len(from))] }

// MakeTables replaces the tables by new ones.
func (g *Gen) MakeTables(n, rows int) {
	g.Tables = nil
	for i := range n {
		g.Tables = append(g.Tables, g.table(fmt.Sprintf("t%d", i), rows))
	}
}

func (g *Gen) table(name string, rows int) *Table {
	t := &Table{Name: name}
	for i := range 3 + g.r.IntN(5) {
		t.Columns = append(t.Columns, ColumnDef{fmt.Sprintf("c%d", i), g.columnType()})
	}
	t.index(g)
	for i := range rows {
		row := []string{fmt.Sprint(i + 1)}
		for _, c := range t.Columns {
			if g.chance(20) {
				row = append(row, "NULL")
			} else {
				row = append(row, pick(g, c.values))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (g *Gen) columnType() columnType {
	for {
		if c := pick(g, columnTypes); !g.Tame || tameTypes[c.sql] {
			return c
		}
	}
}

var tameTypes = map[string]bool{"INT": true, "BIGINT": true, "DECIMAL(10,2)": true, "DATE": true, "DATETIME": true, "VARCHAR(20) COLLATE utf8mb4_bin": true}

// index gives some columns an index; what cannot be indexed whole gets none.
func (t *Table) index(g *Gen) {
	var able []string
	for _, c := range t.Columns {
		if !strings.HasPrefix(c.sql, "JSON") && c.sql != "TEXT" && c.sql != "BLOB" {
			able = append(able, c.Name)
		}
	}
	for i, c := range able {
		if g.chance(50) {
			t.Indexes = append(t.Indexes, fmt.Sprintf("KEY k%d (%s)", i, c))
		}
	}
	if len(able) > 1 && g.chance(50) {
		t.Indexes = append(t.Indexes, fmt.Sprintf("KEY m (%s, %s)", able[1], able[0]))
	}
}

// Create is the text that makes the table.
func (t *Table) Create(indexed bool) string {
	parts := []string{"id INT NOT NULL"}
	if indexed {
		parts[0] += " PRIMARY KEY"
	}
	for _, c := range t.Columns {
		parts = append(parts, c.Name+" "+c.sql)
	}
	if indexed {
		parts = append(parts, t.Indexes...)
	}
	return fmt.Sprintf("CREATE TABLE %s (%s)", t.Name, strings.Join(parts, ", "))
}

// Insert is the text that fills the table.
func (t *Table) Insert() string {
	rows := make([]string, len(t.Rows))
	for i, r := range t.Rows {
		rows[i] = "(" + strings.Join(r, ", ") + ")"
	}
	return fmt.Sprintf("INSERT INTO %s VALUES %s", t.Name, strings.Join(rows, ", "))
}
