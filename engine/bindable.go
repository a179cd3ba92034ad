package engine

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/grammar"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
)

// bindable is a statement that changes rows as the library's binder takes it, with values
// for the placeholders that were put into it. The binder looks up the targets of a DELETE by
// their names in lower case, and wants the columns of a table with generated ones named.
// Placeholders stay in the statement; everything else is as it was for the next execution.
func (s *Session) bindable(stmt ast.Statement, values map[string]sql.Expression) (ast.Statement, map[string]sql.Expression, error) {
	switch n := stmt.(type) {
	case *ast.Delete:
		if len(n.Targets) == 0 {
			return n, values, nil
		}
		out := *n
		out.Targets = make(ast.TableNames, len(n.Targets))
		for i, t := range n.Targets {
			t.Name = ast.NewTableIdent(strings.ToLower(t.Name.String()))
			out.Targets[i] = t
		}
		return &out, values, nil
	case *ast.Insert:
		rec := s.changed(n.Table, n.Auth.Extra)
		if rec == nil {
			return n, values, nil
		}
		values, err := places(n, rec, values)
		return named(n, rec), values, err
	case *ast.Update:
		t, ok := n.TableExprs[0].(*ast.AliasedTableExpr)
		if !ok || len(n.TableExprs) != 1 {
			n, err := s.joinedWithoutGenerated(n)
			if err != nil {
				return nil, nil, err
			}
			return s.filtered(n), values, nil
		}
		name, ok := t.Expr.(ast.TableName)
		if !ok {
			return n, values, nil
		}
		rec := s.changed(name, t.Auth.Extra)
		if rec == nil {
			return n, values, nil
		}
		values, err := places(n, rec, values)
		return withoutGenerated(n, rec), values, err
	}
	return stmt, values, nil
}

// asBound is a statement that is prepared as it will be bound, without a trace in what is kept.
func (s *Session) asBound(stmt ast.Statement) (ast.Statement, error) {
	switch stmt.(type) {
	case *ast.Insert, *ast.Update:
		bound, _, err := s.bindable(grammar.Clone(stmt), nil)
		return bound, err
	}
	return stmt, nil
}

// changed is the table that a statement names, nil without it. How it uses it says whether a view names it.
func (s *Session) changed(name ast.TableName, use any) *catalog.Table {
	database := name.DbQualifier.String()
	if database == "" {
		database = s.sql.BaseSession.GetCurrentDatabase()
	}
	return tableNamed(s.sql, database, name.Name.String(), use)
}

func tableNamed(s *sqlSession, database, name string, use any) *catalog.Table {
	if u, ok := use.(*lxaccess.TableUse); ok && u.View != nil && !u.View.Trigger {
		return state.TableNamed(s.Catalog(), database, name)
	}
	return s.TableNamed(database, name)
}

func columnOf(rec *catalog.Table, name string) *catalog.Column {
	for i := range rec.Columns {
		if strings.EqualFold(rec.Columns[i].Name, name) {
			return &rec.Columns[i]
		}
	}
	return nil
}

// places adds what the placeholders of ours stand for.
func places(stmt ast.Statement, rec *catalog.Table, values map[string]sql.Expression) (map[string]sql.Expression, error) {
	list := grammar.Places(stmt, func(column string) bool { return columnOf(rec, column) != nil })
	if len(list) == 0 {
		return values, nil
	}
	out := maps.Clone(values)
	if out == nil {
		out = map[string]sql.Expression{}
	}
	for _, p := range list {
		if p.Kind == grammar.SourceColumn {
			out[p.Name] = lxplan.SourcePlace(p.Table, p.Column)
			continue
		}
		col := columnOf(rec, p.Column)
		if col == nil {
			return nil, sqlerr.BadField.Errorf("Unknown column '%s' in 'field list'", p.Column)
		}
		t, err := table.TypeNamed(col.Type)
		if err != nil {
			return nil, err
		}
		out[p.Name] = lxplan.PlaceOf(p.Kind, rec.Name, col.Name, t)
	}
	return out, nil
}

// named names the columns of an INSERT into a table with generated ones.
func named(n *ast.Insert, rec *catalog.Table) ast.Statement {
	if len(n.Columns) > 0 {
		return n
	}
	generated := false
	out := *n
	for i := range rec.Columns {
		generated = generated || rec.Columns[i].Generated != ""
		out.Columns = append(out.Columns, ast.NewColIdent(rec.Columns[i].Name))
	}
	if !generated {
		return n
	}
	return &out
}

// withoutGenerated leaves generated = DEFAULT out of an UPDATE: it says nothing.
func withoutGenerated(n *ast.Update, rec *catalog.Table) ast.Statement {
	out := *n
	out.Exprs = nil
	var plain *ast.AssignmentExpr
	for _, e := range n.Exprs {
		col := columnOf(rec, e.Name.Name.String())
		if d, ok := e.Expr.(*ast.Default); ok && d.ColName == "" && col != nil && col.Generated != "" {
			plain = e
			continue
		}
		out.Exprs = append(out.Exprs, e)
	}
	if plain == nil {
		return n
	}
	for i := range rec.Columns {
		if c := &rec.Columns[i]; len(out.Exprs) == 0 && c.Generated == "" { // something has to stand there
			name := &ast.ColName{Name: ast.NewColIdent(c.Name), Qualifier: plain.Name.Qualifier}
			out.Exprs = ast.AssignmentExprs{{Name: name, Expr: name}}
		}
	}
	return &out
}

// joinedWithoutGenerated is withoutGenerated of an UPDATE of joined tables. It refuses other
// values for generated columns, which the binder does not stand.
func (s *Session) joinedWithoutGenerated(n *ast.Update) (*ast.Update, error) {
	tables := map[string]*catalog.Table{}
	for _, t := range grammar.TablesOf(n.TableExprs) {
		if name, ok := t.Expr.(ast.TableName); ok {
			tables[grammar.AliasOf(t)] = s.changed(name, t.Auth.Extra)
		}
	}
	out := *n
	out.Exprs = nil
	for _, e := range n.Exprs {
		of := strings.ToLower(e.Name.Qualifier.Name.String())
		rec, col := tables[of], (*catalog.Column)(nil)
		for _, t := range tables {
			if t != nil && of == "" && col == nil {
				if col = columnOf(t, e.Name.Name.String()); col != nil {
					rec = t
				}
			}
		}
		if rec != nil && of != "" {
			col = columnOf(rec, e.Name.Name.String())
		}
		if col == nil || col.Generated == "" {
			out.Exprs = append(out.Exprs, e)
			continue
		}
		if d, ok := e.Expr.(*ast.Default); !ok || d.ColName != "" {
			return nil, sqlerr.NonDefaultValueForGeneratedColumn.Errorf("The value specified for generated column '%s' in table '%s' is not allowed.", col.Name, rec.Name)
		}
		for i := range rec.Columns {
			if c := &rec.Columns[i]; c.Generated == "" { // something has to stand there
				name := &ast.ColName{Name: ast.NewColIdent(c.Name), Qualifier: e.Name.Qualifier}
				out.Exprs = append(out.Exprs, &ast.AssignmentExpr{Name: name, Expr: name})
				break
			}
		}
	}
	return &out, nil
}

// filtered gives an UPDATE of a join a condition. Of one without, the binder asks whether the
// library's executor could run it.
func (s *Session) filtered(n *ast.Update) ast.Statement {
	if n.Where != nil || !s.sql.bindsOwn {
		return n
	}
	out := *n
	out.Where = ast.NewWhere(ast.WhereStr, ast.BoolVal(true))
	return &out
}

// source is the text of the statement itself; empty when it is not at hand.
func (x execution) source() string {
	if x.kept {
		return ""
	}
	return x.text
}

// joined is a statement without joins by name and keys by alias, for one binding: the columns of its tables may
// be others at the next one. text, when it is known, spares a look at the tree.
func joined(ctx *sql.Context, stmt ast.Statement, text string) (ast.Statement, error) {
	s := sessionOf(ctx)
	if s == nil {
		return stmt, nil
	}
	if text == "" || saysRowID(text) {
		stmt = grammar.RowIDs(stmt, func(name ast.TableName) string {
			return rowIDColumn(tableNamed(s, cmp.Or(name.DbQualifier.String(), s.BaseSession.GetCurrentDatabase()), name.Name.String(), nil))
		})
	}
	if text != "" && !mayMeanMore(text) {
		return stmt, nil
	}
	var seen []*ast.AliasedTableExpr
	bound := columnsFor(ctx)
	out, err := grammar.NamesMeant(stmt, func(t *ast.AliasedTableExpr, with *ast.With) ([]string, error) {
		if columns := columnsStored(s, t, with); columns != nil {
			seen = append(seen, t)
			return columns, nil
		}
		return bound(t, with)
	})
	var said *sqlerr.Error
	if errors.As(err, &said) {
		for _, t := range seen { // whether the tables may be read comes before what they have
			if _, err := bound(t, nil); err != nil {
				return nil, err
			}
		}
	}
	return out, err
}

// rowIDColumn is the column that _rowid means: that of the primary key, or of the first unique key that takes no NULL, if it
// is one integer. A column of that name hides it.
func rowIDColumn(rec *catalog.Table) string {
	if rec == nil {
		return ""
	}
	column := func(id uint16) *catalog.Column {
		for i := range rec.Columns {
			if rec.Columns[i].ID == id {
				return &rec.Columns[i]
			}
		}
		return nil
	}
	if slices.ContainsFunc(rec.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, "_rowid") }) {
		return ""
	}
	taken := func(x catalog.Index) bool { // that it can be
		return x.Primary || x.Unique && !slices.ContainsFunc(x.Columns, func(p catalog.IndexColumn) bool {
			c := column(p.Column)
			return c == nil || !c.NotNull || p.Prefix > 0
		})
	}
	at := slices.IndexFunc(rec.Indexes, func(x catalog.Index) bool { return x.Primary })
	if at < 0 {
		at = slices.IndexFunc(rec.Indexes, taken)
	}
	if at < 0 || len(rec.Indexes[at].Columns) != 1 {
		return ""
	}
	c := column(rec.Indexes[at].Columns[0].Column)
	if c == nil || !strings.Contains(strings.ToLower(strings.SplitN(c.Type, "(", 2)[0]), "int") {
		return ""
	}
	return c.Name
}

// columnsFor names the columns of a table reference for who asks, who may read it.
func columnsFor(ctx *sql.Context) grammar.ColumnsOf {
	gms := sessionOf(ctx).Inst.GMS
	return func(t *ast.AliasedTableExpr, with *ast.With) (columns []string, err error) {
		list := ast.SelectExprs{&ast.StarExpr{}}
		if renamed := grammar.RenamedColumns(t, with); len(renamed) > 0 { // the library has the names from below
			list = nil
			for _, name := range renamed {
				list = append(list, &ast.AliasedExpr{Expr: &ast.ColName{Name: ast.NewColIdent(name)}})
			}
		}
		query := grammar.Clone(&ast.Select{SelectExprs: list, From: ast.TableExprs{t}, With: with})
		if err := lxaccess.Divide(ctx, query); err != nil {
			return nil, err
		}
		n, _, err := planbuilder.New(ctx, gms.Analyzer.Catalog, gms.EventScheduler, gms.Parser).BindOnly(query, "", nil)
		if err != nil {
			return nil, err
		}
		for _, c := range n.Schema() {
			columns = append(columns, c.Name)
		}
		return columns, nil
	}
}

// mayJoinByName is a quick look for the words.
func mayJoinByName(text string) bool {
	for i := range len(text) - 4 {
		switch text[i] {
		case 'n', 'N':
			if len(text) >= i+7 && strings.EqualFold(text[i:i+7], "natural") {
				return true
			}
		case 'u', 'U':
			if strings.EqualFold(text[i:i+5], "using") {
				return true
			}
		}
	}
	return false
}

func saysRowID(text string) bool { return strings.Contains(strings.ToLower(text), "_rowid") }

// mayMeanMore is a quick look for what joined rewrites.
func mayMeanMore(text string) bool {
	return mayJoinByName(text) || mayHaveKeys(text) || strings.Contains(text, "*") && mayHaveStars(text) || saysRowID(text)
}

// mayHaveStars is a quick look for t.* and for recursive queries with a *.
func mayHaveStars(text string) bool {
	for rest := text; ; {
		before, behind, found := strings.Cut(rest, "*")
		if !found {
			break
		}
		if strings.HasSuffix(strings.TrimRight(before, " \t\r\n"), ".") {
			return true
		}
		rest = behind
	}
	return strings.Contains(strings.ToLower(text), "recursive")
}

// mayHaveKeys is a quick look for the BY of ORDER BY and its like.
func mayHaveKeys(text string) bool {
	for i := 1; i < len(text)-2; i++ {
		if (text[i] == 'b' || text[i] == 'B') && strings.EqualFold(text[i:i+2], "by") && !wordByte(text[i-1]) && !wordByte(text[i+2]) {
			return true
		}
	}
	return false
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// columnsStored are the columns of a stored table; nil for every other reference.
func columnsStored(s *sqlSession, t *ast.AliasedTableExpr, with *ast.With) []string {
	name, ok := t.Expr.(ast.TableName)
	if !ok {
		return nil
	}
	database := name.DbQualifier.String()
	if database == "" {
		if with != nil {
			for _, c := range with.Ctes {
				if strings.EqualFold(c.As.String(), name.Name.String()) {
					return nil
				}
			}
		}
		database = s.BaseSession.GetCurrentDatabase()
	}
	rec := tableNamed(s, database, name.Name.String(), t.Auth.Extra)
	if rec == nil {
		return nil
	}
	columns := make([]string, len(rec.Columns))
	for i := range rec.Columns {
		columns[i] = rec.Columns[i].Name
	}
	return columns
}
