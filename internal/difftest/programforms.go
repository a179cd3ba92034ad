package difftest

import (
	"fmt"
	"slices"
	"strings"
)

func (p *programGen) one(of ...string) string { return p.oneOf(of...) }

func (p *programGen) name(prefix string) string {
	p.next++
	return fmt.Sprintf("%s%d", prefix, p.next)
}

// plain is a statement without parts.
func plain(form string) *Node { return &Node{Form: form + "; ", Sort: Option} }

func fixed(form string) *Node { return &Node{Form: form} }

func listOf(kids ...*Node) *Node { return &Node{Form: strings.Repeat("$", len(kids)), Kids: kids} }

// block is BEGIN … END with declarations of its own.
func (p *programGen) block(depth int, label, end string) *Node {
	before, named := len(p.vars), len(p.conds)
	defer func() { p.vars, p.conds = p.vars[:before], p.conds[:named] }()
	var kids []*Node
	for range 1 + p.r.IntN(2) {
		v := p.name("v")
		kids = append(kids, fixed("DECLARE "+v+" "+p.one("INT", "TINYINT", "INT", "VARCHAR(4)", "DECIMAL(4,1)", "BIGINT")+p.one("", " DEFAULT "+p.value(), " DEFAULT "+p.value())+"; "))
		p.vars = append(p.vars, v)
	}
	conds := []string{"SQLEXCEPTION", "SQLWARNING", "NOT FOUND", "1062", "1146", "1264", "SQLSTATE '45000'", "SQLSTATE '23000'", "1329", "SQLSTATE '22003'"}
	if p.r.IntN(4) == 0 {
		c := p.name("e")
		kids = append(kids, fixed("DECLARE "+c+" CONDITION FOR "+p.one("SQLSTATE '45000'", "SQLSTATE '02000'", "SQLSTATE '45001'")+"; "))
		p.conds = append(p.conds, c)
		conds = append(slices.DeleteFunc(conds, func(s string) bool { return strings.HasPrefix(s, "SQLSTATE '4") }), c)
	}
	cursor, columns := "", 1
	if depth > 0 && p.r.IntN(3) == 0 {
		cursor = p.name("c")
		if p.caught {
			cursor = p.name("h") // a rule looks for those of handlers
		}
		query := p.one("SELECT a FROM t ORDER BY a", "SELECT b FROM t WHERE a > "+p.value()+" ORDER BY a", "SELECT COUNT(*) FROM u", "SELECT a, b FROM t ORDER BY a DESC")
		columns = 1 + strings.Count(query, "SELECT a, b")
		kids = append(kids, fixed("DECLARE "+cursor+" CURSOR FOR "+query+"; "))
	}
	for range p.r.IntN(3) {
		i := p.r.IntN(len(conds))
		kids = append(kids, p.handler(conds[i], depth))
		conds = slices.Delete(conds, i, i+1) // each once in a block
	}
	if cursor != "" {
		kids = append(kids, p.fetching(cursor, columns, depth))
	}
	for range 1 + p.r.IntN(4) {
		kids = append(kids, p.statement(depth))
	}
	kids = append(kids, p.log("end"))
	form := "BEGIN $" + end + "END"
	if label != "" {
		form = label + ": " + form + " " + label
	}
	return &Node{Form: form, Kids: []*Node{listOf(kids...)}}
}

func (p *programGen) handler(cond string, depth int) *Node {
	inside, labels := p.caught, p.labels
	p.caught, p.labels = true, nil
	defer func() { p.caught, p.labels = inside, labels }()
	var does *Node
	if p.r.IntN(2) == 0 || depth <= 0 {
		does = &Node{Form: "BEGIN $END", Kids: []*Node{listOf(p.log("handler "+cond), p.statement(0))}}
	} else {
		does = p.block(depth-1, "", "")
	}
	return &Node{Form: "DECLARE " + p.one("CONTINUE", "EXIT") + " HANDLER FOR " + cond + " $; ", Kids: []*Node{does}, Sort: Option}
}

// fetching reads a cursor: two rows of it, or all in a loop that ends by a handler.
func (p *programGen) fetching(cursor string, columns, depth int) *Node {
	// no user variable: FETCH takes only those of the program
	locals, declared := slices.Clone(p.vars), ""
	p.r.Shuffle(len(locals), func(i, j int) { locals[i], locals[j] = locals[j], locals[i] })
	for len(locals) < columns {
		k := p.name("k")
		locals, declared = append(locals, k), declared+"DECLARE "+k+" INT; "
	}
	into := strings.Join(locals[:columns], ", ")
	fetch := "FETCH " + cursor + p.one(" INTO ", " INTO ") + into + "; "
	if p.r.IntN(2) == 0 {
		return &Node{Form: "BEGIN " + declared + "OPEN " + cursor + "; " + fetch + "$" + fetch + "CLOSE " + cursor + "; END; ", Kids: []*Node{listOf(p.log("fetched"), p.statement(depth-1))}, Sort: Option}
	}
	done, label := p.name("d"), p.name("l")
	return &Node{
		Form: "BEGIN " + declared + "DECLARE " + done + " INT DEFAULT 0; DECLARE CONTINUE HANDLER FOR NOT FOUND SET " + done + " = 1; OPEN " + cursor + "; " +
			label + ": LOOP " + fetch + "IF " + done + " THEN LEAVE " + label + "; END IF; $END LOOP; CLOSE " + cursor + "; END; ",
		Kids: []*Node{listOf(p.log("fetched"), p.statement(depth-1))}, Sort: Option,
	}
}

// variable may be set.
func (p *programGen) variable() string {
	if len(p.vars) == 0 || p.r.IntN(12) == 0 {
		return "@u"
	}
	return p.vars[p.r.IntN(len(p.vars))]
}

// read may be read.
func (p *programGen) read() string {
	if len(p.rows) > 0 && p.r.IntN(3) == 0 {
		return p.rows[p.r.IntN(len(p.rows))]
	}
	return p.variable()
}

func (p *programGen) value() string {
	switch p.r.IntN(9) {
	case 0:
		return p.one("(SELECT COUNT(*) FROM t)", "(SELECT COUNT(*) FROM t)", "(SELECT COUNT(*) FROM u)")
	case 1:
		return "(SELECT MAX(a) FROM t)"
	case 2:
		return p.read() + " + 1"
	case 3:
		return "IFNULL(" + p.read() + ", 0) * 2"
	case 4:
		return p.one("1000", "NULL", "'abc'", "-3", "2.5")
	case 5:
		if p.kind.procedure || p.kind.letter == "H" {
			return "f(" + p.variable() + ")"
		}
	case 6:
		return "(SELECT b FROM t WHERE a = " + p.read() + ")"
	}
	return p.one("1", "2", "3", "7", p.read())
}

func (p *programGen) log(what string) *Node {
	args := ""
	for _, v := range append(slices.Clone(p.vars), p.rows...) {
		args += ", IFNULL(" + v + ", 'null')"
	}
	return plain("INSERT INTO log (v) VALUES (CONCAT_WS('/', '" + p.kind.letter + p.name("") + " " + strings.ReplaceAll(what, "'", "") + "'" + args + "))")
}

func (p *programGen) condition() string {
	return p.one(p.read()+" > "+p.value(), "("+p.value()+") IS NULL", "EXISTS (SELECT 1 FROM t WHERE a = "+p.read()+")", "(SELECT a FROM nosuch) = 1", p.read()+" IN (1, 3)",
		"NOT "+p.read()+" AND "+p.read()+" < "+p.value())
}
