package grammar

import (
	"strconv"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// starMark begins the names that stand for the * of a text while it is read. No column has one
// that ends with a space, as these do.
const starMark = "lx star "

// frozenStar says that a part of a SELECT list stands for a * while a text is read.
func frozenStar(e ast.SelectExpr) bool {
	a, ok := e.(*ast.AliasedExpr)
	if !ok {
		return false
	}
	c, ok := a.Expr.(*ast.ColName)
	return ok && strings.HasPrefix(c.Name.String(), starMark)
}

// Frozen is the text of a CREATE VIEW with the columns in the place of each * in it: a view has
// the columns that its tables had when it was made. parse reads the text with names for the
// stars. It is the text itself where there is none, and where what a * stands for cannot be told.
func Frozen(text string, m lex.Mode, parse func(text string) (ast.Statement, error), columns ColumnsOf) string {
	stars := lex.Stars(text, m)
	if len(stars) == 0 {
		return text
	}
	stmt, err := parse(withStars(text, stars, func(i int) string { return lex.QuoteName(starMark + strconv.Itoa(i) + " ") }))
	if err != nil {
		return text
	}
	ddl, ok := stmt.(*ast.DDL)
	if !ok || ddl.ViewSpec == nil {
		return text
	}
	f := &frozen{lists: make([]string, len(stars)), from: make([]int, len(stars))}
	j := &joiner{columns: columns, frozen: f}
	j.walk(ddl.ViewSpec.ViewExpr, nil)
	if j.err != nil {
		return text
	}
	for i := range stars {
		if f.lists[i] == "" {
			return text
		}
		if f.from[i] > 0 { // the name of a table before it goes with it
			stars[i].Pos = qualifierBefore(text, m, stars[i].Pos)
		}
	}
	return withStars(text, stars, func(i int) string { return f.lists[i] })
}

// frozen gathers what each * stands for.
type frozen struct {
	lists []string
	from  []int // 1: a table's name stands before it
}

func withStars(text string, stars []lex.Star, by func(i int) string) string {
	var b strings.Builder
	at := 0
	for i, s := range stars {
		b.WriteString(text[at:s.Pos])
		b.WriteString(by(i))
		at = s.End
	}
	return b.String() + text[at:]
}

// qualifierBefore is where the name begins that ends with the point before a *.
func qualifierBefore(text string, m lex.Mode, star int) int {
	var all []lex.Token
	l := lex.New(text, m)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad && t.Pos < star; t = l.Next() {
		all = append(all, t)
	}
	point := func(i int) bool { return i > 0 && all[i].Kind == lex.Punct && text[all[i].Pos] == '.' }
	i := len(all) - 1
	for point(i) {
		star = all[i-1].Pos
		i -= 2
	}
	return star
}

// list replaces the names for stars in a SELECT list, whose FROM is known.
func (f *frozen) list(list ast.SelectExprs, s *nameScope, parts []operand, j *joiner) ast.SelectExprs {
	var out ast.SelectExprs
	for _, e := range list {
		if !frozenStar(e) {
			out = append(out, e)
			continue
		}
		c := e.(*ast.AliasedExpr).Expr.(*ast.ColName)
		i, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(c.Name.String(), starMark)))
		if err != nil || i >= len(f.lists) {
			j.failed(errNoColumns)
			return out
		}
		columns, ok := starColumns(c.Qualifier, s, parts, j)
		if !ok {
			j.failed(errNoColumns)
			return out
		}
		if !c.Qualifier.IsEmpty() {
			f.from[i] = 1
		}
		var texts []string
		for _, col := range columns {
			texts = append(texts, columnText(col))
			out = append(out, &ast.AliasedExpr{Expr: col.ref(), InputExpression: col.name})
		}
		f.lists[i] = strings.Join(texts, ",")
	}
	return out
}

func columnText(c joinedColumn) string {
	name := lex.QuoteName(c.of.name.Name.String()) + "." + lex.QuoteName(c.name)
	if db := c.of.name.DbQualifier.String(); db != "" {
		return lex.QuoteName(db) + "." + name
	}
	return name
}

// starColumns are the columns that * means, or table.*.
func starColumns(of ast.TableName, s *nameScope, parts []operand, j *joiner) (out []joinedColumn, known bool) {
	names := map[string]bool{}
	for _, p := range parts {
		for _, t := range p.tables {
			name := strings.ToLower(t.name.Name.String())
			if names[name] { // of two databases
				return nil, false
			}
			names[name] = true
		}
	}
	if of.IsEmpty() {
		for _, p := range parts {
			out = append(out, p.columns...)
		}
		return out, len(out) > 0
	}
	for _, r := range s.refs {
		if strings.EqualFold(r.table.name.Name.String(), of.Name.String()) {
			list, err := j.columnsOf(r)
			return list, err == nil && len(list) > 0
		}
	}
	for _, p := range parts {
		for _, c := range p.columns {
			if strings.EqualFold(c.of.name.Name.String(), of.Name.String()) {
				out = append(out, c)
			}
		}
	}
	return out, len(out) > 0
}
