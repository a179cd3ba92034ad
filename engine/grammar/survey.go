package grammar

import (
	"bytes"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// survey is what stands in a tree that the parser has made. One walk finds it out, and of
// the rewrites only those run that have something to do: most statements need none.
type survey struct {
	introducers bool // _utf8mb4 and its like
	inverted    bool // ~
	minuses     int  // before something that is no leaf
	char        bool // CHAR(…)
	defaults    bool // DEFAULT(column)
	named       bool // NAME_CONST
	qualified   bool // calls of database.function
	windows     bool // OVER or WINDOW
	groups      bool // aggregates, GROUPING or GROUP BY
	concats     bool // GROUP_CONCAT
	numbers     bool // of sequences
	anyValues   bool // ANY_VALUE
	dotted      bool // q.NEXTVAL and q.CURRVAL
	escapes     bool // LIKE with ESCAPE, or read where a backslash is no escape
	sources     bool // joins, WITH, set operations, several tables
	hinted      bool // hints for the planner
	renamed     bool // t(a, b), names for the columns of a query
	subqueries  int
	compared    int   // names with columns, when they are bound
	boundless   bool  // a LIMIT of a variable
	bare        int   // DEFAULTs without a column where none may stand
	strays      int   // INTERVALs that move no date
	err         error // what no rewrite can help

	mode      lex.Mode
	text      string      // that the parser was given: it is of the default mode
	outermost *ast.Select // if the statement is one
}

// aliasedReplace is the error of a REPLACE with an alias for its row, which only ON DUPLICATE KEY UPDATE would have a use for.
func aliasedReplace(text string) error {
	m := lex.Mode{} // of the text that the parser was given
	replaces, depth := false, 0
	for l := lex.New(text, m); ; {
		t := l.Next()
		switch word := text[t.Pos:t.End]; {
		case t.Kind == lex.EOF || t.Kind == lex.Bad:
			return syntaxError(text, 0, m, "")
		case word == "(":
			depth++
		case word == ")":
			depth--
		case lex.EqualKeyword(word, "REPLACE"):
			replaces = true
		case replaces && depth == 0 && lex.EqualKeyword(word, "AS"):
			return syntaxError(text, t.Pos, m, "REPLACE has no alias for its row")
		}
	}
}

func surveyed(stmt ast.Statement, text string, m lex.Mode) (s survey) {
	s.mode, s.text = m, text
	s.outermost, _ = stmt.(*ast.Select)
	rewriter{node: s.node}.walk(reflect.ValueOf(stmt))
	return s
}

// Binding looks each name up among all columns of its query and asks nobody meanwhile whether the statement is to end.
const (
	mostColumns  = 4096 // of one list, as of a table of MySQL's
	mostCompared = 4 * mostColumns * mostColumns
	fewColumns   = 64 // lists that are shorter cost nothing
)

// wide refuses lists that would be bound for longer than a moment: one of too many columns, or too many of those.
func (s *survey) wide(columns int) {
	s.compared += comparisons(columns)
	if columns > mostColumns || s.compared > mostCompared {
		s.err = errWide
	}
}

var errWide = sqlerr.TooManyFields.Errorf("Too many columns: a query has at most %d, and a statement a few queries of so many", mostColumns)

// comparisons are those of the names of a list.
func comparisons(columns int) int {
	if columns <= fewColumns {
		return 0
	}
	return columns * columns
}

// unnamed calls the columns of a query by what was written. The parser does so, but not within WITH; and the
// binder would call a text by its quotes in what is no outermost query, if it had no alias.
func (s *survey) unnamed(n *ast.Select) {
	for _, e := range n.SelectExprs {
		a, ok := e.(*ast.AliasedExpr)
		if ok {
			s.spelled(a)
		}
		if !ok || !a.As.IsEmpty() || a.StartParsePos >= a.EndParsePos || a.EndParsePos > len(s.text) {
			continue
		}
		if _, ok := a.Expr.(*ast.ColName); ok {
			continue
		}
		if at := notBefore(s.text, a.StartParsePos); at < a.StartParsePos {
			a.StartParsePos, a.InputExpression = at, ""
		}
		written := strings.TrimSpace(s.text[a.StartParsePos:a.EndParsePos])
		name := columnName(written, lex.Mode{})
		if a.InputExpression == "" {
			a.InputExpression = name
		}
		// not the outermost one, of which the library knows it, and not what could be a column that ORDER BY means
		if name != written && name != "" && written[0] != ',' && n != s.outermost && len(n.OrderBy)+len(n.GroupBy) == 0 && n.Having == nil {
			a.As = ast.NewColIdent(name)
		}
	}
}

// having refuses a name in HAVING that two columns of the result have, and sees to it that one which is an alias means that.
func (s *survey) having(n *ast.Select) {
	grouped := groupedBy(n)
	names, ambiguous := map[string]*ast.ColName{}, map[string]bool{}
	for _, e := range n.SelectExprs {
		a, ok := e.(*ast.AliasedExpr)
		if !ok {
			continue
		}
		c, _ := a.Expr.(*ast.ColName)
		name := a.As.Lowered()
		if name == "" && c != nil {
			name = c.Name.Lowered()
		}
		if was, twice := names[name]; twice && c != nil && was != nil && !grouped[name] && !oneColumn(was, c) {
			ambiguous[name] = true
		}
		names[name] = c
	}
	rewriter{skip: func(tree any) bool {
		e, _ := tree.(ast.Expr)
		return isSubquery(tree) || isAggregateCall(e)
	}, node: func(tree any) {
		if c, ok := tree.(*ast.ColName); ok && c.Qualifier.IsEmpty() && ambiguous[c.Name.Lowered()] {
			s.err = sqlerr.AmbiguousColumn.Errorf("Column '%s' in having clause is ambiguous", c.Name.String())
		}
	}}.walk(reflect.ValueOf(&n.Having))
	s.groups = s.groups || len(aliasesMeant(n)) > 0
}

// aliasesMeant are the names in HAVING that mean an alias, and that the binder could take for a column of FROM: it knows
// those that are selected under another name, that aggregates are about, and that several tables have. Of two of one name it
// takes any. GROUP BY comes first.
func aliasesMeant(n *ast.Select) map[string]bool {
	var out, twice map[string]bool
	grouped := groupedBy(n)
	for _, e := range n.SelectExprs {
		a, ok := e.(*ast.AliasedExpr)
		if ok && out[a.As.Lowered()] {
			if twice == nil {
				twice = map[string]bool{}
			}
			twice[a.As.Lowered()] = true
		}
		if !ok || a.As.IsEmpty() || grouped[a.As.Lowered()] {
			continue
		}
		if c, ok := a.Expr.(*ast.ColName); ok && c.Name.EqualString(a.As.String()) {
			continue
		}
		if out == nil {
			out = map[string]bool{}
		}
		out[a.As.Lowered()] = true
	}
	if len(out) == 0 {
		return nil
	}
	star := slices.ContainsFunc(n.SelectExprs, func(e ast.SelectExpr) bool { _, is := e.(*ast.StarExpr); return is })
	if !star && len(TablesOf(n.From)) == 1 && len(n.From) == 1 {
		known := map[string]bool{}
		rewriter{skip: isSubquery, node: func(tree any) {
			if c, ok := tree.(*ast.ColName); ok {
				known[c.Name.Lowered()] = true
			}
		}}.walk(reflect.ValueOf([]any{n.SelectExprs, n.GroupBy, n.OrderBy}))
		rewriter{skip: isSubquery, node: func(tree any) {
			if e, ok := tree.(ast.Expr); ok && isAggregateCall(e) {
				rewriter{node: func(in any) {
					if c, ok := in.(*ast.ColName); ok {
						known[c.Name.Lowered()] = true
					}
				}}.walk(reflect.ValueOf(&e))
			}
		}}.walk(reflect.ValueOf(&n.Having))
		maps.DeleteFunc(out, func(name string, _ bool) bool { return !known[name] && !twice[name] })
	}
	return out
}

// groupedBy are the columns that a query groups by, also where it says so by an alias or a position.
func groupedBy(n *ast.Select) map[string]bool {
	out := map[string]bool{}
	add := func(e ast.SelectExpr) {
		if a, ok := e.(*ast.AliasedExpr); ok {
			if c, ok := a.Expr.(*ast.ColName); ok {
				out[c.Name.Lowered()] = true
			}
		}
	}
	for _, e := range n.GroupBy {
		if at, ok := position(e); ok && at > 0 && at <= len(n.SelectExprs) {
			add(n.SelectExprs[at-1])
		}
		c, ok := e.(*ast.ColName)
		if !ok {
			continue
		}
		out[c.Name.Lowered()] = true
		for _, e := range n.SelectExprs {
			if a, ok := e.(*ast.AliasedExpr); ok && a.As.Equal(c.Name) && c.Qualifier.IsEmpty() {
				add(e)
			}
		}
	}
	return out
}

// oneColumn says that two names are of one column, as far as it is written.
func oneColumn(a, b *ast.ColName) bool {
	return a.Name.Equal(b.Name) && (a.Qualifier.IsEmpty() || b.Qualifier.IsEmpty() || strings.EqualFold(a.Qualifier.Name.String(), b.Qualifier.Name.String()))
}

// spelled gives a column the name that AS says, as MySQL keeps it: without the blanks that it begins with, and empty for AS ”.
func (s *survey) spelled(a *ast.AliasedExpr) {
	if name := a.As.String(); name != "" {
		if strings.IndexByte(unseen[1:], name[0]) < 0 || strings.Contains(name, sqlerr.Nothing) {
			return
		}
		if name = strings.TrimLeft(name, unseen); name == "" {
			name = sqlerr.Nothing
		}
		a.As = ast.NewColIdent(name)
		return
	}
	if a.StartParsePos >= a.EndParsePos || a.EndParsePos > len(s.text) {
		return
	}
	before, behind := strings.TrimRight(s.text[:a.EndParsePos], " \t\r\n"), strings.TrimLeft(s.text[a.EndParsePos:], " \t\r\n")
	at := len(before) - len("as")
	empty := strings.HasPrefix(behind, "''") || strings.HasPrefix(behind, `""`) || strings.HasPrefix(behind, "``")
	if empty && at > a.StartParsePos && strings.EqualFold(before[at:], "as") && strings.IndexByte(" \t\r\n)`'\"", before[at-1]) >= 0 {
		a.As = ast.NewColIdent(sqlerr.Nothing)
	}
}

// notBefore is where a column begins: the parser has it begin behind each NOT.
func notBefore(text string, start int) int {
	for {
		before := strings.TrimRight(text[:start], " \t\r\n")
		at := len(before) - len("not")
		if at <= 0 || !strings.EqualFold(before[at:], "not") || before[at-1] > ' ' && before[at-1] != ',' {
			return start
		}
		start = at
	}
}

func (s *survey) node(n any) {
	s.renamed = s.renamed || renames(n)
	switch n := n.(type) {
	case *ast.ColName: // the most of them
		s.dotted = s.dotted || !n.Qualifier.IsEmpty() && dottedNumbers[n.Name.Lowered()]
	case *ast.SQLVal:
		s.number(n)
	case *ast.AliasedExpr: // the library knows the name of one literal alone, and may begin with the comma
		if text := n.InputExpression; text != "" && strings.IndexByte(`_'",`, text[0]) >= 0 {
			n.InputExpression = columnName(text, lex.Mode{})
		}
	case *ast.CollateExpr:
		if value.CollationNamed(n.Collation) == nil {
			s.err = sqlerr.UnknownCollation.Errorf("Unknown collation: '%s'", n.Collation)
		}
	case *ast.UnaryExpr:
		s.inverted = s.inverted || n.Operator == ast.TildaStr
		if n.Operator == ast.UMinusStr && !leaf(n.Expr) {
			s.minuses++
		}
		s.introducers = s.introducers || strings.HasPrefix(n.Operator, "_")
	case *ast.CharExpr:
		s.char = true
	case *ast.ColumnDefinition:
		defaultDate(n)
	case *ast.ComparisonExpr:
		s.escapes = s.escapes || isLike(n) && (n.Escape != nil || s.mode.NoBackslashEscapes)
	case *ast.IntervalExpr:
		s.strays++
	case *ast.BinaryExpr:
		s.strays -= moves(n)
	case *ast.FrameBound:
		s.strays -= intervals(n.Expr)
	case *ast.Default:
		s.defaults = s.defaults || n.ColName != ""
		s.bare += bareDefaults(n)
	case *ast.FuncExpr:
		s.qualified = s.qualified || !n.Qualifier.IsEmpty()
		s.windows = s.windows || n.Over != nil
		name := n.Name.Lowered()
		s.named = s.named || name == "name_const"
		s.anyValues = s.anyValues || isAnyValue(n)
		if n.Distinct && name == "any_value" {
			s.err = distinctAny(s.text)
		}
		s.numbers = s.numbers || SequenceFunctions[name]
		s.groups = s.groups || isAggregate(name) || name == "grouping"
		if movesDates[name] && len(n.Exprs) > 1 {
			if a, ok := n.Exprs[1].(*ast.AliasedExpr); ok {
				s.strays -= intervals(a.Expr)
			}
		}
		if name == InvertName || name == NegateName { // which no text can call
			s.err = sqlerr.SPDoesNotExist.Errorf("FUNCTION %s does not exist", n.Name.String())
		}
	case *ast.GroupConcatExpr:
		s.groups, s.concats = true, true
	case *ast.Subquery:
		s.subqueries++
	case *ast.Limit:
		s.boundless = s.boundless || NamesVariables(n)
	case *ast.Select:
		s.query(n)
	case *ast.Insert:
		if rows, ok := n.Rows.(*ast.AliasedValues); ok {
			for _, row := range rows.Values {
				s.bare -= bareDefaults(row...)
			}
			if n.Action == ast.ReplaceStr && !rows.As.IsEmpty() {
				s.err = aliasedReplace(s.text)
			}
		}
		s.assigned(ast.AssignmentExprs(n.OnDup))
	case *ast.Set:
		for _, e := range n.Exprs {
			if e.Scope != ast.SetScope_User {
				s.bare -= bareDefaults(e.Expr)
			}
		}
	case *ast.Update:
		s.assigned(n.Exprs)
		s.hinted = s.hinted || len(n.Comments) > 0
	case *ast.Delete:
		s.hinted = s.hinted || len(n.Comments) > 0
	case *ast.AliasedTableExpr:
		s.hinted = s.hinted || n.Hints != nil
	case *ast.JSONTableExpr:
		s.wide(columnsOf(n.Spec))
	case *ast.JoinTableExpr:
		s.sources = true
		s.hinted = s.hinted || n.Join == ast.StraightJoinStr
	case *ast.SetOp:
		s.wide(len(n.OrderBy))
		s.sources = true
	case *ast.ParenTableExpr, *ast.With:
		s.sources = true
	}
}

// columnsOf counts those of JSON_TABLE.
func columnsOf(spec *ast.JSONTableSpec) (n int) {
	for _, c := range spec.Columns {
		if n++; c.Spec != nil {
			n += columnsOf(c.Spec)
		}
	}
	return n
}

func (s *survey) query(n *ast.Select) {
	if s.wide(len(n.SelectExprs)); s.err != nil {
		return
	}
	s.wide(len(n.OrderBy))
	s.wide(len(n.GroupBy))
	s.unnamed(n)
	if n.Having != nil {
		s.having(n)
	}
	constantKeys(n.OrderBy, n.GroupBy)
	s.windows = s.windows || len(n.Window) > 0
	s.groups = s.groups || len(n.GroupBy) > 0
	s.sources = s.sources || len(n.From) > 1
	s.hinted = s.hinted || len(n.Comments) > 0 || n.QueryOpts.StraightJoinHint
}

// movesDates are the functions whose second argument may be an interval.
var movesDates = map[string]bool{"date_add": true, "date_sub": true, "adddate": true, "subdate": true}

// intervals counts those that an operand is: 0 or 1.
func intervals(of ast.Expr) int {
	if _, is := of.(*ast.IntervalExpr); is {
		return 1
	}
	return 0
}

// moves counts the intervals by which an operator moves a date, which may stand behind INTERVAL … +, too.
func moves(e *ast.BinaryExpr) int {
	left, right := intervals(e.Left), intervals(e.Right)
	if left == 0 && (e.Operator == ast.PlusStr || e.Operator == ast.MinusStr) {
		return right
	}
	if right == 0 && e.Operator == ast.PlusStr {
		return left
	}
	return 0
}

// strayAt is where the text behind an interval begins that moves no date.
func strayAt(text string, m lex.Mode) int {
	l := lex.New(text, m)
	at, before := len(text), lex.Token{}
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		if t.Kind == lex.Word && lex.EqualKeyword(text[t.Pos:t.End], "INTERVAL") {
			behind, ends := behindUnit(text, l)
			follows := text[before.Pos:before.End]
			if ends && follows != "+" && follows != "-" && (behind.Kind == lex.EOF || text[behind.Pos:behind.End] != "+") {
				at = behind.Pos
				if follows != "," {
					return at
				}
			}
		}
		before = t
	}
	return at
}

// behindUnit is the token behind the unit of an interval, from behind its INTERVAL on.
func behindUnit(text string, l lex.Lexer) (lex.Token, bool) {
	depth := 0
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad && depth >= 0; t = l.Next() {
		switch word := text[t.Pos:t.End]; {
		case word == "(":
			depth++
		case word == ")":
			depth--
		case depth == 0 && t.Kind == lex.Word && strings.Contains(units, " "+strings.ToUpper(word)+" "):
			return l.Next(), true
		}
	}
	return lex.Token{}, false
}

const units = " MICROSECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR SECOND_MICROSECOND MINUTE_MICROSECOND MINUTE_SECOND HOUR_MICROSECOND " +
	"HOUR_SECOND HOUR_MINUTE DAY_MICROSECOND DAY_SECOND DAY_MINUTE DAY_HOUR YEAR_MONTH "

// misplaced refuses what the parser takes and MySQL's does not.
func (s *survey) misplaced(text string, m lex.Mode) error {
	if s.bare > 0 {
		return syntaxError(text, bareAt(text, m), m, "DEFAULT alone is the value of a column that is inserted or updated, or of a system variable; in expressions write DEFAULT(column)")
	}
	if s.strays > 0 {
		return syntaxError(text, strayAt(text, m), m, "an INTERVAL moves a date: date + INTERVAL …, date - INTERVAL …, DATE_ADD, DATE_SUB")
	}
	if s.boundless {
		return syntaxError(text, boundlessAt(text, m), m, "LIMIT takes numbers, parameters and the variables of programs")
	}
	return nil
}

// bareDefaults counts the DEFAULTs that are for the column or variable that they are assigned to.
func bareDefaults(of ...ast.Expr) (n int) {
	for _, e := range of {
		if d, ok := e.(*ast.Default); ok && d.ColName == "" {
			n++
		}
	}
	return n
}

func (s *survey) assigned(to ast.AssignmentExprs) {
	for _, e := range to {
		s.bare -= bareDefaults(e.Expr)
	}
}

// bareAt is where a DEFAULT stands that is part of an expression: the first, if no other is.
func bareAt(text string, m lex.Mode) int {
	l := lex.New(text, m)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		if t.Kind == lex.Word && lex.EqualKeyword(text[t.Pos:t.End], "DEFAULT") {
			return t.Pos
		}
	}
	return len(text)
}

// boundlessAt is where a variable stands in a LIMIT.
func boundlessAt(text string, m lex.Mode) int {
	l := lex.New(text, m)
	behind := 0 // tokens that are still of the LIMIT
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		switch {
		case t.Kind == lex.Word && lex.EqualKeyword(text[t.Pos:t.End], "LIMIT"):
			behind = len("x, y")
		case behind > 0 && (t.Kind == lex.At || t.Kind == lex.System):
			return t.Pos
		case behind > 0:
			behind--
		}
	}
	return len(text)
}

// defaultDate has a number that is the DEFAULT of a date be the text of its digits: the library would take it for the
// nanoseconds of a moment.
func defaultDate(c *ast.ColumnDefinition) {
	v, ok := c.Type.Default.(*ast.SQLVal)
	if !ok || v.Type != ast.IntVal && v.Type != ast.FloatVal {
		return
	}
	switch strings.ToLower(c.Type.Type) {
	case "date", "datetime", "timestamp":
		whole, _, _ := bytes.Cut(v.Val, []byte("."))
		switch len(whole) {
		case len("YYMMDD"), len("YYYYMMDD"), len("YYMMDDhhmmss"), len("YYYYMMDDhhmmss"):
			v.Type = ast.StrVal
		}
	}
}

// number looks at numbers that the library cannot read: of more digits than a DECIMAL has they are texts of these
// digits to it; beyond what a double can be there is 1367.
func (s *survey) number(v *ast.SQLVal) {
	switch {
	case v.Type == ast.IntVal && len(v.Val) > value.MaxPrecision:
		v.Type = ast.StrVal
	case v.Type == ast.FloatVal && bytes.ContainsAny(v.Val, "eE"):
		if f, _ := strconv.ParseFloat(string(v.Val), 64); math.IsInf(f, 0) {
			s.err = sqlerr.IllegalValueForType.Errorf("Illegal double '%s' value found during parsing", v.Val)
		}
	case v.Type == ast.FloatVal && len(v.Val) > value.MaxScale:
		longFraction(v)
	}
}

// longFraction cuts the digits behind the point to those that MySQL keeps of a literal: as many as go into what the
// whole digits leave of nine words of nine. The library counts them in a byte.
func longFraction(v *ast.SQLVal) {
	whole, fraction, _ := bytes.Cut(v.Val, []byte("."))
	const words, digits = 9, 9
	if whole = bytes.TrimLeft(whole, "0"); len(whole) == 0 {
		whole = []byte("0")
	}
	used := (len(whole) + digits - 1) / digits
	if len(whole) == 1 && whole[0] == '0' {
		used = 0
	}
	fraction = fraction[:min(len(fraction), max(words-used, 0)*digits)]
	if len(fraction) > value.MaxScale && len(bytes.TrimRight(fraction[value.MaxScale:], "0")) == 0 {
		fraction = fraction[:value.MaxScale]
	}
	v.Val = append(append(append([]byte{}, whole...), '.'), fraction...)
	if len(fraction) > value.MaxScale || len(whole)+len(fraction) > value.MaxPrecision {
		v.Type = ast.StrVal
	}
}
