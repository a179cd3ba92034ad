package difftest

import (
	"fmt"
	"slices"
	"strings"
)

// ProgramTables make the tables of generated programs anew, in a database that has the
// programs of the last one.
func ProgramTables(database string) []string {
	return []string{
		"DROP DATABASE IF EXISTS " + database, "CREATE DATABASE " + database + " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "USE " + database,
		"CREATE TABLE log (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(200))",
		"CREATE TABLE t (a INT PRIMARY KEY, b TINYINT, c VARCHAR(8))",
		"CREATE TABLE u (a INT PRIMARY KEY AUTO_INCREMENT, b INT)",
		"INSERT INTO t VALUES (1, 10, 'one'), (2, 20, 'two'), (3, NULL, 'three')",
		"SET SESSION max_sp_recursion_depth = 3",
	}
}

// ProgramAnswers show what a program has done.
var ProgramAnswers = []string{"SELECT v FROM log ORDER BY id", "SELECT a, b, c FROM t ORDER BY a", "SELECT b FROM u ORDER BY a", "SELECT @u"}

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
	kind   string // PROCEDURE, FUNCTION, TRIGGER
	vars   []string
	labels []string
	caught bool // inside a handler
	loops  int
	next   int
}

// Program is a set of procedures, functions and triggers that call each other, and the CALL
// that begins: blocks in blocks, handlers, cursors, loops, transactions.
func (g *Gen) Program() *Node {
	part := func(form string, body *Node) *Node {
		return &Node{Form: form + "$\n//\n", Kids: []*Node{body}, Sort: Option}
	}
	root := &Node{Form: "$$$$$$CALL main(1)", Kids: []*Node{
		part("CREATE FUNCTION f(p INT) RETURNS INT MODIFIES SQL DATA ", g.body("FUNCTION", 2)),
		part("CREATE TRIGGER tb BEFORE INSERT ON t FOR EACH ROW ", g.body("TRIGGER", 2)),
		part("CREATE TRIGGER ta AFTER UPDATE ON t FOR EACH ROW ", g.body("TRIGGER", 1)),
		part("CREATE TRIGGER ua AFTER INSERT ON u FOR EACH ROW ", g.body("TRIGGER", 1)),
		part("CREATE PROCEDURE sub(p INT) ", g.body("PROCEDURE", 2)),
		part("CREATE PROCEDURE main(p INT) ", g.body("PROCEDURE", 3)),
	}}
	return root
}

func (g *Gen) body(kind string, depth int) *Node {
	p := &programGen{Gen: g, kind: kind}
	if kind != "TRIGGER" {
		p.vars = []string{"p"}
	}
	end := ""
	if kind == "FUNCTION" {
		end = "RETURN p * 2; "
	}
	return p.block(depth, "", end)
}

func (p *programGen) one(of ...string) string { return of[p.r.IntN(len(of))] }

func (p *programGen) name(prefix string) string {
	p.next++
	return fmt.Sprintf("%s%d", prefix, p.next)
}

// plain is a statement without parts.
func plain(form string) *Node { return &Node{Form: form + "; ", Sort: Option} }

func fixed(form string) *Node { return &Node{Form: form} }

func listOf(kids []*Node) *Node { return &Node{Form: strings.Repeat("$", len(kids)), Kids: kids} }

// block is BEGIN … END with declarations of its own.
func (p *programGen) block(depth int, label, end string) *Node {
	before := len(p.vars)
	defer func() { p.vars = p.vars[:before] }()
	var kids []*Node
	for range 1 + p.r.IntN(2) {
		v := p.name("v")
		kids = append(kids, fixed("DECLARE "+v+" "+p.one("INT", "TINYINT", "INT", "VARCHAR(4)")+p.one("", " DEFAULT "+p.value(), " DEFAULT "+p.value())+"; "))
		p.vars = append(p.vars, v)
	}
	cursor := ""
	if depth > 0 && p.r.IntN(3) == 0 {
		cursor = p.name("c")
		if p.caught {
			cursor = p.name("h") // a rule looks for those of handlers
		}
		kids = append(kids, fixed("DECLARE "+cursor+" CURSOR FOR "+p.one("SELECT a FROM t ORDER BY a", "SELECT b FROM t WHERE a > "+p.value()+" ORDER BY a", "SELECT COUNT(*) FROM u")+"; "))
	}
	conds := []string{"SQLEXCEPTION", "SQLWARNING", "NOT FOUND", "1062", "1146", "1264", "SQLSTATE '45000'", "SQLSTATE '23000'", "1329", "SQLSTATE '22003'"}
	for range p.r.IntN(3) {
		i := p.r.IntN(len(conds))
		kids = append(kids, p.handler(conds[i], depth))
		conds = slices.Delete(conds, i, i+1) // each once in a block
	}
	if cursor != "" {
		kids = append(kids, p.fetching(cursor, depth))
	}
	for range 1 + p.r.IntN(4) {
		kids = append(kids, p.statement(depth))
	}
	kids = append(kids, p.log("end"))
	return &Node{Form: strings.ReplaceAll(label, "$", "") + "BEGIN $" + end + "END", Kids: []*Node{listOf(kids)}}
}

func (p *programGen) handler(cond string, depth int) *Node {
	inside := p.caught
	p.caught = true
	labels := p.labels
	defer func() { p.caught, p.labels = inside, labels }()
	var does *Node
	if p.r.IntN(2) == 0 || depth <= 0 {
		does = &Node{Form: "BEGIN $END", Kids: []*Node{listOf([]*Node{p.log("handler " + strings.Trim(cond, "'")), p.statement(0)})}}
	} else {
		does = p.block(depth-1, "", "")
	}
	return &Node{Form: "DECLARE " + p.one("CONTINUE", "EXIT") + " HANDLER FOR " + cond + " $; ", Kids: []*Node{does}, Sort: Option}
}

// fetching reads a cursor in a loop that ends by itself.
func (p *programGen) fetching(cursor string, depth int) *Node {
	v := p.variable()
	return &Node{Form: "OPEN " + cursor + "; FETCH " + cursor + " INTO " + v + "; $FETCH " + cursor + " INTO " + v + "; CLOSE " + cursor + "; ",
		Kids: []*Node{listOf([]*Node{p.log("fetched"), p.statement(depth - 1)})}, Sort: Option}
}

func (p *programGen) variable() string {
	if len(p.vars) == 0 {
		return "@u"
	}
	return p.vars[p.r.IntN(len(p.vars))]
}

func (p *programGen) value() string {
	switch p.r.IntN(8) {
	case 0:
		return "(SELECT COUNT(*) FROM t)"
	case 1:
		return "(SELECT MAX(a) FROM t)"
	case 2:
		return p.variable() + " + 1"
	case 3:
		return "IFNULL(" + p.variable() + ", 0) * 2"
	case 4:
		return p.one("1000", "NULL", "'abc'", "-3")
	case 5:
		if p.kind == "PROCEDURE" {
			return "f(" + p.variable() + ")"
		}
	}
	return p.one("1", "2", "3", "7", p.variable())
}

func (p *programGen) log(what string) *Node {
	args := ""
	for _, v := range p.vars {
		args += ", IFNULL(" + v + ", 'null')"
	}
	return plain("INSERT INTO log (v) VALUES (CONCAT_WS('/', '" + p.kind[:1] + p.name("") + " " + strings.ReplaceAll(what, "'", "") + "'" + args + "))")
}

func (p *programGen) condition() string {
	return p.one(p.variable()+" > "+p.value(), "("+p.value()+") IS NULL", "EXISTS (SELECT 1 FROM t WHERE a = "+p.variable()+")", "(SELECT a FROM nosuch) = 1", p.variable()+" IN (1, 3)")
}

// statement is one of many.
func (p *programGen) statement(depth int) *Node {
	if depth > 0 && p.r.IntN(2) == 0 {
		return p.compound(depth)
	}
	switch p.r.IntN(16) {
	case 0, 1:
		return plain("SET " + p.variable() + " = " + p.value())
	case 2:
		if p.kind != "TRIGGER" {
			return plain("INSERT INTO t VALUES (" + p.value() + ", " + p.value() + ", 'n')")
		}
		return plain("INSERT INTO log (v) VALUES (" + p.value() + ")")
	case 3:
		if p.kind != "TRIGGER" {
			return plain("UPDATE t SET b = b + " + p.value() + " WHERE a = " + p.variable())
		}
		return plain("SET @u = " + p.value())
	case 4:
		return plain("INSERT INTO nosuch VALUES (" + p.value() + ")")
	case 5:
		return plain("SIGNAL SQLSTATE " + p.one("'45000'", "'45000'", "'01000'", "'02000'", "'23000'") + " SET MESSAGE_TEXT = 'made', MYSQL_ERRNO = " + p.one("1062", "5000", "1329"))
	case 6:
		return plain("SELECT " + p.one("a", "b") + " INTO " + p.variable() + " FROM t WHERE a " + p.one("=", ">") + " " + p.value())
	case 7:
		if p.caught {
			return plain(p.one("RESIGNAL", "RESIGNAL SET MESSAGE_TEXT = 'again'", "RESIGNAL SQLSTATE '45000'"))
		}
		return p.log("here")
	case 8:
		if p.kind == "PROCEDURE" {
			return plain(p.one("START TRANSACTION", "COMMIT", "ROLLBACK", "SAVEPOINT s", "ROLLBACK TO SAVEPOINT s"))
		}
		return p.log("here")
	case 9:
		if p.kind == "PROCEDURE" {
			return plain("CALL " + p.one("sub", "sub", "main") + "(" + p.value() + ")")
		}
		return plain("INSERT INTO u (b) VALUES (" + p.value() + ")")
	case 10:
		if len(p.labels) > 0 && !p.caught {
			return plain(p.one("LEAVE ", "LEAVE ", "ITERATE ") + p.labels[p.r.IntN(len(p.labels))])
		}
		return p.log("here")
	case 11:
		return plain("GET DIAGNOSTICS @n = NUMBER")
	case 12:
		if p.kind == "PROCEDURE" {
			return plain("DELETE FROM t WHERE a = " + p.value())
		}
		return p.log("here")
	case 13:
		return plain("SET @u = " + p.value())
	}
	return p.log("here")
}

// compound has other statements in it. Loops end by a counter of their own.
func (p *programGen) compound(depth int) *Node {
	some := func() *Node {
		var kids []*Node
		for range 1 + p.r.IntN(2) {
			kids = append(kids, p.statement(depth-1))
		}
		return listOf(append(kids, p.log("part")))
	}
	switch p.r.IntN(6) {
	case 0:
		return &Node{Form: "IF " + p.condition() + " THEN $ELSE $END IF; ", Kids: []*Node{some(), some()}, Sort: Option}
	case 1:
		end := "ELSE $END CASE; "
		kids := []*Node{some(), some()}
		if p.r.IntN(3) == 0 {
			end, kids = "END CASE; ", kids[:1]
		}
		return &Node{Form: "CASE " + p.variable() + " WHEN " + p.value() + " THEN $" + end, Kids: kids, Sort: Option}
	case 2, 3:
		label, count := p.name("l"), p.name("@k")
		p.labels = append(p.labels, label)
		body := some()
		p.labels = p.labels[:len(p.labels)-1]
		step := "SET " + count + " = " + count + " + 1; IF " + count + " > 3 THEN LEAVE " + label + "; END IF; "
		loop := p.one("LOOP "+step+"$END LOOP", "WHILE "+p.condition()+" DO "+step+"$END WHILE", "REPEAT "+step+"$UNTIL "+p.condition()+" END REPEAT")
		return &Node{Form: "SET " + count + " = 0; " + label + ": " + loop + " " + label + "; ", Kids: []*Node{body}, Sort: Option}
	}
	b := p.block(depth-1, "", "")
	return &Node{Form: "$; ", Kids: []*Node{b}, Sort: Option}
}
