package difftest

import (
	"regexp"
	"strings"
)

// statement is one of many.
func (p *programGen) statement(depth int) *Node {
	if depth > 0 && p.r.IntN(2) == 0 {
		return p.compound(depth)
	}
	switch p.r.IntN(18) {
	case 0, 1:
		return plain("SET " + p.variable() + " = " + p.value())
	case 2, 3, 4:
		return p.change()
	case 5:
		return plain("INSERT INTO nosuch VALUES (" + p.value() + ")")
	case 6:
		return plain(p.signal())
	case 7:
		return p.into()
	case 8:
		if p.caught {
			return plain(p.one("RESIGNAL", "RESIGNAL SET MESSAGE_TEXT = 'again'", "RESIGNAL SQLSTATE '45000'", "RESIGNAL SET MYSQL_ERRNO = 1062"))
		}
		return p.log("here")
	case 9:
		return p.transaction()
	case 10:
		return p.call()
	case 11, 12:
		return p.jump()
	case 13:
		return p.diagnostics()
	case 14:
		return plain(p.one("SET @u = "+p.value(), "SET @w = "+p.value()+", "+p.variable()+" = @w"))
	case 15:
		return p.more()
	}
	return p.log("here")
}

// change is of rows: of the tables that the body may change.
func (p *programGen) change() *Node {
	t := []string{
		"INSERT INTO t VALUES (" + p.value() + ", " + p.value() + ", 'n')",
		"INSERT INTO t VALUES (" + p.one("1", "4") + ", " + p.value() + ", 'n'), (" + p.one("5", "2") + ", " + p.value() + ", 'm')",
		"INSERT IGNORE INTO t VALUES (" + p.value() + ", " + p.value() + ", 'i')",
		"INSERT INTO t VALUES (" + p.value() + ", 1, 'd') ON DUPLICATE KEY UPDATE b = " + p.value(),
		"REPLACE INTO t VALUES (" + p.value() + ", " + p.value() + ", 'r')",
		"UPDATE t SET b = b + " + p.value() + " WHERE a = " + p.read(),
		"UPDATE t SET b = " + p.value(),
		"DELETE FROM t WHERE a = " + p.value(),
		"DELETE FROM t WHERE b > " + p.value() + " ORDER BY a",
	}
	u := []string{
		"INSERT INTO u (b) VALUES (" + p.value() + ")",
		"INSERT INTO u (b) VALUES (" + p.value() + "), (" + p.value() + ")",
		"INSERT INTO u (b) SELECT b FROM t WHERE a > " + p.value() + " ORDER BY a",
		"UPDATE u SET b = " + p.value() + " WHERE b = " + p.read(),
		"DELETE FROM u WHERE b = " + p.value(),
	}
	switch {
	case len(p.sets) > 0 && p.r.IntN(2) == 0:
		return plain("SET " + p.sets[0] + " = " + p.value())
	case p.kind.trigger == "t", p.kind.function && p.r.IntN(4) != 0:
		return plain(p.apart(p.one(u...)))
	case p.kind.trigger == "u" && p.r.IntN(3) == 0:
		return plain("INSERT INTO log (v) VALUES (" + p.value() + ")")
	}
	return plain(p.apart(p.one(append(t, u[:3]...)...)))
}

// reading is the table of a subquery.
var reading = regexp.MustCompile(`(\(SELECT [\w()*]+ FROM )([tu])\b`)

// apart lets most changes read the other table: MySQL refuses to read the one that is changed
// (1093), MariaDB does not, and what comes behind such a statement says nothing.
func (p *programGen) apart(change string) string {
	of := strings.NewReplacer("INSERT INTO ", "", "INSERT IGNORE INTO ", "", "REPLACE INTO ", "", "UPDATE ", "", "DELETE FROM ", "").Replace(change)[:1]
	if p.r.IntN(40) == 0 {
		return change
	}
	other := map[string]string{"t": "u", "u": "t"}[of]
	return reading.ReplaceAllString(change, "${1}"+other)
}

func (p *programGen) signal() string {
	what := "SQLSTATE " + p.one("'45000'", "'45000'", "'01000'", "'02000'", "'23000'")
	if len(p.conds) > 0 && p.r.IntN(2) == 0 {
		what = p.conds[p.r.IntN(len(p.conds))]
	}
	return "SIGNAL " + what + p.one("", " SET MESSAGE_TEXT = 'made', MYSQL_ERRNO = "+p.one("1062", "5000", "1329"))
}

// into reads into variables.
func (p *programGen) into() *Node {
	return plain(p.one("SELECT "+p.one("a", "b")+" INTO "+p.variable()+" FROM t WHERE a "+p.one("=", ">")+" "+p.value(),
		"SELECT COUNT(*), MAX(b) INTO "+p.variable()+", @w FROM "+p.one("t", "u"),
		"SELECT "+p.value()+" INTO "+p.variable()))
}

func (p *programGen) transaction() *Node {
	if !p.kind.procedure {
		return p.log("here")
	}
	return plain(p.one("START TRANSACTION", "COMMIT", "ROLLBACK", "SAVEPOINT s", "ROLLBACK TO SAVEPOINT s", "RELEASE SAVEPOINT s", "SET autocommit = 0", "SET autocommit = 1"))
}

func (p *programGen) call() *Node {
	switch {
	case p.kind.letter == "H":
		return p.log("here")
	case !p.kind.procedure || p.r.IntN(4) == 0:
		return plain("CALL help(" + p.value() + ", " + p.one("@w", p.variable()) + ")")
	}
	return plain("CALL " + p.one("sub("+p.value()+", "+p.variable()+")", "sub("+p.value()+", @w)", "main("+p.value()+")"))
}

func (p *programGen) jump() *Node {
	switch {
	case p.kind.function && p.r.IntN(3) == 0:
		return plain("RETURN " + p.value())
	case len(p.labels) > 0:
		label := p.labels[p.r.IntN(len(p.labels))]
		if label[0] == 'b' { // of a block
			return plain("LEAVE " + label)
		}
		return plain(p.one("LEAVE ", "LEAVE ", "ITERATE ") + label)
	}
	return p.log("here")
}

func (p *programGen) diagnostics() *Node {
	get := p.one("GET DIAGNOSTICS @n = NUMBER", "GET DIAGNOSTICS CONDITION 1 @n = MYSQL_ERRNO", "GET DIAGNOSTICS CONDITION 1 @n = RETURNED_SQLSTATE", "GET DIAGNOSTICS @n = ROW_COUNT", "SET @n = ROW_COUNT()")
	if p.caught {
		get = p.one("GET DIAGNOSTICS CONDITION 1 @n = MYSQL_ERRNO", "GET DIAGNOSTICS CONDITION 1 @n = RETURNED_SQLSTATE")
	}
	return listOf(plain(get), plain("INSERT INTO log (v) VALUES (CONCAT('"+p.kind.letter+p.name("")+" n ', IFNULL(@n, 'null')))"))
}

// more is what only procedures may: results, prepared statements, definitions.
func (p *programGen) more() *Node {
	if !p.kind.procedure {
		return p.change()
	}
	switch p.r.IntN(4) {
	case 0, 1:
		return plain("SELECT " + p.one("'out', "+p.value(), "a, b FROM t WHERE a > "+p.value()+" ORDER BY a", p.read()))
	case 2:
		return listOf(plain("SET @u = "+p.value()), plain("PREPARE s FROM '"+p.one("INSERT INTO u (b) VALUES (?)", "UPDATE t SET b = ?", "INSERT INTO nosuch VALUES (?)")+"'"), plain("EXECUTE s USING @u"))
	}
	return plain(p.one("CREATE TABLE IF NOT EXISTS x (a INT)", "DROP TABLE IF EXISTS x", "TRUNCATE TABLE u"))
}

// compound has other statements in it. Loops end by a counter of their own, which is no user
// variable: a program that the body calls would set it back.
func (p *programGen) compound(depth int) *Node {
	some := func() *Node {
		var kids []*Node
		for range 1 + p.r.IntN(2) {
			kids = append(kids, p.statement(depth-1))
		}
		return listOf(append(kids, p.log("part"))...)
	}
	switch p.r.IntN(7) {
	case 0:
		return &Node{Form: "IF " + p.condition() + " THEN $ELSEIF " + p.condition() + " THEN $ELSE $END IF; ", Kids: []*Node{some(), some(), some()}, Sort: Option}
	case 1:
		end := "ELSE $END CASE; "
		kids := []*Node{some(), some()}
		if p.r.IntN(3) == 0 {
			end, kids = "END CASE; ", kids[:1]
		}
		of := p.one("CASE "+p.read()+" WHEN "+p.value(), "CASE WHEN "+p.condition())
		return &Node{Form: of + " THEN $" + end, Kids: kids, Sort: Option}
	case 2, 3:
		label, count := p.name("l"), p.name("k")
		p.labels = append(p.labels, label)
		body := some()
		p.labels = p.labels[:len(p.labels)-1]
		step := "SET " + count + " = " + count + " + 1; IF " + count + " > 3 THEN LEAVE " + label + "; END IF; "
		loop := p.one("LOOP "+step+"$END LOOP", "WHILE "+p.condition()+" DO "+step+"$END WHILE", "REPEAT "+step+"$UNTIL "+p.condition()+" END REPEAT")
		return &Node{Form: "BEGIN DECLARE " + count + " INT DEFAULT 0; " + label + ": " + loop + " " + label + "; END; ", Kids: []*Node{body}, Sort: Option}
	case 4:
		return &Node{Form: "IF " + p.condition() + " THEN $END IF; ", Kids: []*Node{some()}, Sort: Option}
	}
	label := ""
	if p.r.IntN(3) == 0 {
		label = p.name("b")
		p.labels = append(p.labels, label)
		defer func() { p.labels = p.labels[:len(p.labels)-1] }()
	}
	return &Node{Form: "$; ", Kids: []*Node{p.block(depth-1, label, "")}, Sort: Option}
}
