package difftest

import "strings"

// ProgramTables make the tables of generated programs anew, in a database that has the
// programs of the last one.
func ProgramTables(database string) []string {
	return []string{
		"DROP DATABASE IF EXISTS " + database, "CREATE DATABASE " + database + " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "USE " + database,
		"CREATE TABLE log (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(200))",
		"CREATE TABLE t (a INT PRIMARY KEY, b TINYINT, c VARCHAR(8))",
		"CREATE TABLE u (a INT PRIMARY KEY AUTO_INCREMENT, b INT)",
		"INSERT INTO t VALUES (1, 10, 'one'), (2, 20, 'two'), (3, NULL, 'three')",
		"SET SESSION max_sp_recursion_depth = 3, @u = 0, @w = 0",
	}
}

// ProgramAnswers show what a program has done.
var ProgramAnswers = []string{"SELECT v FROM log ORDER BY id", "SELECT a, b, c FROM t ORDER BY a", "SELECT b FROM u ORDER BY a", "SELECT @u, @w"}

// Split cuts the text of a program into statements.
func Split(n *Node) []string {
	var out []string
	for part := range strings.SplitSeq(n.Text(), "\n//\n") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// programGen is a program that is being made.
type programGen struct {
	*Gen
	kind   programKind
	vars   []string // may be read and set
	rows   []string // NEW.b and its like: may be read
	sets   []string // of them those that a trigger may set
	labels []string
	conds  []string // named conditions
	caught bool     // inside a handler
	next   int
}

// programKind is what a body belongs to.
type programKind struct {
	letter         string // before the lines of its log
	procedure      bool   // may CALL main and sub, begin and end transactions, give results
	function       bool
	trigger, reads string // the table it belongs to, and what may be read of the row
	sets           string
}

// Program is a set of procedures, functions and triggers that call each other, and the CALL
// that begins: blocks in blocks, handlers, cursors, loops, transactions, triggers whose
// changes fire others.
func (g *Gen) Program() *Node {
	part := func(form string, body *Node) *Node {
		return &Node{Form: form + "$\n//\n", Kids: []*Node{body}, Sort: Option}
	}
	trigger := func(name, when, event, table, order string, depth int) *Node {
		k := programKind{letter: "T" + name, trigger: table}
		if event != "INSERT" {
			k.reads += " OLD.a OLD.b"
		}
		if event != "DELETE" {
			k.reads += " NEW.a NEW.b"
			if when == "BEFORE" {
				k.sets = "NEW.b"
			}
		}
		return part("CREATE TRIGGER "+name+" "+when+" "+event+" ON "+table+" FOR EACH ROW "+order, g.body(k, depth))
	}
	parts := []*Node{
		part("CREATE PROCEDURE help(p INT, OUT q INT) ", g.body(programKind{letter: "H"}, 1)),
		part("CREATE FUNCTION f(p INT) RETURNS INT MODIFIES SQL DATA ", g.body(programKind{letter: "F", function: true}, 2)),
		trigger("tb", "BEFORE", "INSERT", "t", "", 2),
		trigger("ta", "AFTER", "UPDATE", "t", "", 1),
		trigger("ua", "AFTER", "INSERT", "u", "", 1),
	}
	for _, more := range []func() *Node{ // some programs have these besides
		func() *Node { return trigger("tc", "BEFORE", "INSERT", "t", g.oneOf("FOLLOWS tb ", "PRECEDES tb "), 1) },
		func() *Node { return trigger("tu", "BEFORE", "UPDATE", "t", "", 1) },
		func() *Node { return trigger("td", g.oneOf("BEFORE", "AFTER"), "DELETE", "t", "", 1) },
		func() *Node { return trigger("ub", "BEFORE", "INSERT", "u", "", 1) },
	} {
		if g.r.IntN(3) == 0 {
			parts = append(parts, more())
		}
	}
	parts = append(parts,
		part("CREATE PROCEDURE sub(p INT, INOUT q INT) ", g.body(programKind{letter: "P", procedure: true}, 2)),
		part("CREATE PROCEDURE main(p INT) ", g.body(programKind{letter: "P", procedure: true}, 3)))
	return &Node{Form: strings.Repeat("$", len(parts)) + "CALL main(1)", Kids: parts}
}

func (g *Gen) oneOf(of ...string) string { return of[g.r.IntN(len(of))] }

func (g *Gen) body(kind programKind, depth int) *Node {
	p := &programGen{Gen: g, kind: kind, rows: strings.Fields(kind.reads), sets: strings.Fields(kind.sets)}
	if kind.trigger == "" {
		p.vars = []string{"p"}
	}
	if kind.letter == "H" || kind.procedure && depth == 2 {
		p.vars = append(p.vars, "q")
	}
	end := ""
	if kind.function {
		if end = "RETURN p * 2; "; g.r.IntN(6) == 0 { // it may end without one
			end = ""
		}
	}
	return p.block(depth, "", end)
}
