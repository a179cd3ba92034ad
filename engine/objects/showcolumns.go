package objects

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/information_schema"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// SHOW COLUMNS and DESCRIBE are made from the table's record: the library's write the
// collation into the type and quotes into the default, and know of no generated columns.

// ShowColumnsID is above the library's own numbers.
const ShowColumnsID analyzer.RuleId = 4020

// ReplaceShowColumns is a rule of the analyzer.
func ReplaceShowColumns(_ *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	return transform.Node(n, func(n sql.Node) (sql.Node, transform.TreeIdentity, error) {
		show, ok := n.(*plan.ShowColumns)
		if !ok {
			return n, transform.SameTree, nil
		}
		out := &showColumns{full: show.Full, columns: show.TargetSchema(), schema: show.Schema()}
		if rt, ok := show.Child.(*plan.ResolvedTable); ok {
			t, ok := lxaccess.OwnTable(rt.Table)
			if !ok {
				return n, transform.SameTree, nil
			}
			out.table = t
		}
		return out, transform.NewTree, nil
	})
}

// showColumns is SHOW COLUMNS.
type showColumns struct {
	full    bool
	table   *table.Table // nil for a view
	columns sql.Schema   // with defaults that can be evaluated
	schema  sql.Schema
}

var _ sql.ExecSourceRel = (*showColumns)(nil)

func (c *showColumns) Resolved() bool       { return true }
func (c *showColumns) IsReadOnly() bool     { return true }
func (c *showColumns) Children() []sql.Node { return nil }
func (c *showColumns) Schema() sql.Schema   { return c.schema }
func (c *showColumns) String() string       { return "SHOW COLUMNS" }

func (c *showColumns) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(c, len(children), 0)
	}
	return c, nil
}

// RowIter implements sql.ExecSourceRel.
func (c *showColumns) RowIter(ctx *sql.Context, _ sql.Row) (sql.RowIter, error) {
	rec := &catalog.Table{}
	if c.table != nil {
		rec = c.table.Record()
	}
	rows := make([]sql.Row, len(c.columns))
	for i, col := range c.columns {
		known := columnNamed(rec, col.Name)
		if known == nil {
			known = &catalog.Column{Type: table.LibraryType(col.Type)} // of a view
		}
		null := "NO"
		if col.Nullable {
			null = "YES"
		}
		collation := any(nil)
		if name, ok := table.CollationName(col.Type); ok {
			collation = name
		}
		def, err := shownDefault(ctx, col)
		if err != nil {
			return nil, err
		}
		row := sql.Row{col.Name, table.ShownType(col.Type, known), collation, null, keyOf(rec, known), def, extraOf(col, known),
			columnPrivileges(state.Of(ctx), c.table), col.Comment}
		if !c.full {
			row = sql.Row{row[0], row[1], row[3], row[4], row[5], row[6]}
		}
		rows[i] = row
	}
	return sql.RowsToRowIter(rows...), nil
}

// shownDefault is a literal's text, without quotes, or the text of an expression.
func shownDefault(ctx *sql.Context, col *sql.Column) (any, error) {
	if col.Default == nil || !col.Default.IsLiteral() || col.Generated != nil {
		def := information_schema.GetColumnDefault(ctx, col.Default)
		if text, ok := def.(string); ok && col.Default != nil && !col.Default.IsLiteral() {
			return hideNumbers(state.Of(ctx), text), nil
		}
		return def, nil
	}
	text, ok, err := literalDefault(ctx, col)
	if err != nil || !ok {
		return nil, err
	}
	return text, nil
}

// columnPrivileges are those that the session has on all columns of a table; of a view it
// has shown that it reads it.
func columnPrivileges(s *state.Session, t *table.Table) string {
	if s == nil || t == nil {
		return "select"
	}
	return privilegesOn(s, t.Record())
}

func privilegesOn(s *state.Session, rec *catalog.Table) string {
	var held []string
	for _, p := range []struct {
		atom privilege.Atom
		name string
	}{{privilege.Select, "select"}, {privilege.Insert, "insert"}, {privilege.Update, "update"}, {privilege.References, "references"}} {
		if access.May(s.Actor(), state.TableObject(rec), access.One(p.atom), access.List) {
			held = append(held, p.name)
		}
	}
	return strings.Join(held, ",")
}

func columnNamed(rec *catalog.Table, name string) *catalog.Column {
	for i := range rec.Columns {
		if strings.EqualFold(rec.Columns[i].Name, name) {
			return &rec.Columns[i]
		}
	}
	return nil
}

// keyOf is PRI, UNI or MUL. A unique key without NULLs stands for a primary key that is
// not there.
func keyOf(rec *catalog.Table, c *catalog.Column) string {
	key := ""
	for _, x := range rec.Indexes {
		for at, part := range x.Columns {
			switch {
			case part.Column != c.ID || c.Name == "":
			case x.Primary:
				return "PRI"
			case at > 0 || key == "UNI":
			case x.Unique && len(x.Columns) == 1:
				key = "UNI"
			default:
				key = "MUL"
			}
		}
	}
	if c.NotNull && c.Name != "" && standsForPrimary(rec, c) {
		return "PRI"
	}
	return key
}

// standsForPrimary reports whether c is in the first unique key without NULLs of a table that has no primary key.
func standsForPrimary(rec *catalog.Table, c *catalog.Column) bool {
	for _, x := range rec.Indexes {
		if x.Primary {
			return false
		}
	}
	for _, x := range rec.Indexes {
		if !x.Unique {
			continue
		}
		whole := true
		for _, part := range x.Columns {
			for i := range rec.Columns {
				whole = whole && (rec.Columns[i].ID != part.Column || rec.Columns[i].NotNull)
			}
		}
		if whole {
			return slices.ContainsFunc(x.Columns, func(p catalog.IndexColumn) bool { return p.Column == c.ID })
		}
	}
	return false
}

// extraOf is what MySQL shows in the column Extra.
func extraOf(col *sql.Column, rec *catalog.Column) string {
	extra := col.Extra
	switch {
	case rec.Virtual:
		return "VIRTUAL GENERATED"
	case rec.Generated != "":
		return "STORED GENERATED"
	case extra == "" && col.Default != nil && !col.Default.IsLiteral():
		extra = "DEFAULT_GENERATED"
	}
	if rec.OnUpdate != "" {
		extra = strings.TrimSpace(extra + " on update " + onUpdateText(rec.OnUpdate))
	}
	return extra
}

// onUpdateText is CURRENT_TIMESTAMP, with its digits if it has some.
func onUpdateText(text string) string {
	text = strings.Trim(text, "()")
	if at := strings.IndexByte(text, '('); at >= 0 && strings.TrimSpace(text[at+1:]) != "" {
		return "CURRENT_TIMESTAMP(" + strings.TrimSpace(text[at+1:]) + ")"
	}
	return "CURRENT_TIMESTAMP"
}

// describedColumns is information_schema.COLUMNS. The library finds its own kind of table
// by the type, to resolve defaults, so that it is not wrapped as others are.
func describedColumns(of *information_schema.ColumnsTable) *information_schema.ColumnsTable {
	out := *of
	out.RowIter = func(ctx *sql.Context, c sql.Catalog, all sql.Schema) (sql.RowIter, error) {
		s := state.Of(ctx)
		if s == nil {
			return sql.RowsToRowIter(), nil
		}
		// The library plans each view anew to hear of its columns. What is refused then leaves that view out, and nobody has
		// asked for it: it is no denial.
		audit := s.Identity.Audit
		s.Identity.Audit = nil
		defer func() { s.Identity.Audit = audit }()
		rows, err := of.RowIter(table.Definitions(ctx), c, all)
		if err != nil {
			return nil, err
		}
		d := &columnDescriber{ctx: table.Definitions(ctx), views: map[string][]state.ViewColumn{}}
		return &infoIter{rows, s, of.Schema(), d.describe}, nil
	}
	return &out
}

// columnDescriber tells in information_schema.COLUMNS what the library does not know.
type columnDescriber struct {
	ctx   *sql.Context
	views map[string][]state.ViewColumn // by database and name
}

func (d *columnDescriber) describe(s *state.Session, r infoRow) bool {
	snap := s.Inst.Cat.Snapshot()
	db := snap.Database(r.text("TABLE_SCHEMA"))
	if db == nil {
		return true
	}
	t := snap.Table(db.ID, r.text("TABLE_NAME"))
	if t == nil {
		d.ofView(s, db, r)
		return true
	}
	c := columnNamed(t, r.text("COLUMN_NAME"))
	if c == nil {
		return true
	}
	r.set("COLUMN_KEY", keyOf(t, c))
	if table.Unreadable(c) {
		s.Warn(&sql.Warning{Level: "Warning", Code: int(sqlerr.InvalidDefault), Message: fmt.Sprintf(
			"Invalid default value for '%s' of table '%s.%s': an earlier release has kept it, and this one does not read it", c.Name, db.Name, t.Name)})
	}
	if c.Generated != "" {
		text := c.Generated
		if strings.HasPrefix(text, "((") && strings.HasSuffix(text, "))") {
			text = text[1 : len(text)-1]
		}
		r.set("GENERATION_EXPRESSION", text)
		r.set("COLUMN_DEFAULT", nil)
	}
	col := &sql.Column{Extra: r.text("EXTRA")}
	r.set("EXTRA", extraOf(col, c))
	r.set("PRIVILEGES", privilegesOn(s, t))
	shown, err := table.DescribeColumn(c, s.Zone())
	if err != nil {
		return true
	}
	r.set("COLUMN_TYPE", shown.Type)
	switch of, known := table.ColumnType(c); {
	case shown.HasDefault:
		r.set("COLUMN_DEFAULT", shown.Default)
	case c.Default != nil && !c.DefaultLiteral && c.Generated == "":
		r.set("COLUMN_DEFAULT", hideNumbers(s, r.text("COLUMN_DEFAULT")))
	case known && c.Default != nil && c.Generated == "" && !strings.EqualFold(*c.Default, "NULL"):
		if text, ok := table.AsStored(r.text("COLUMN_DEFAULT"), &of); ok {
			r.set("COLUMN_DEFAULT", text)
		}
	}
	if of, known := table.ColumnType(c); known {
		r.setType(&of)
	}
	if shown.HasDigits {
		r.set("DATETIME_PRECISION", shown.Digits)
	}
	if shown.HasScale {
		r.set("NUMERIC_PRECISION", shown.Precision)
		r.set("NUMERIC_SCALE", shown.Scale)
	}
	return true
}

// ofView is describe for a column of a view: what CREATE TABLE … SELECT would make of it. The library has types of its own.
func (d *columnDescriber) ofView(s *state.Session, db *catalog.Database, r infoRow) {
	name := r.text("TABLE_NAME")
	view := s.Inst.Cat.Snapshot().View(db.ID, name)
	if view == nil || s.Inst.ViewColumns == nil || !access.May(s.Actor(), state.ViewObject(view), access.One(privilege.Select), access.List) {
		return
	}
	key := db.Name + "\x00" + name
	columns, seen := d.views[key]
	if !seen {
		columns = s.Inst.ViewColumns(d.ctx, db.Name, name)
		d.views[key] = columns
	}
	at := lxplan.ColumnAt(r.schema, "ORDINAL_POSITION")
	n, ok := r.row[at].(uint32)
	if !ok || n < 1 || int(n) > len(columns) {
		return
	}
	c := &columns[n-1]
	null := "NO"
	if c.Nullable {
		null = "YES"
	}
	r.set("IS_NULLABLE", null)
	r.set("COLUMN_DEFAULT", c.Default)
	r.set("COLUMN_TYPE", c.Text)
	r.set("DATA_TYPE", (&parameterType{of: &c.Type}).name())
	r.set("EXTRA", "")
	r.setType(&c.Type)
}

// setType sets the cells about the type.
func (r infoRow) setType(t *value.Type) {
	for i, v := range (&parameterType{of: t}).described()[:7] {
		if digits, ok := v.(uint64); ok && i == 4 {
			v = uint32(digits)
		}
		r.set([]string{"CHARACTER_MAXIMUM_LENGTH", "CHARACTER_OCTET_LENGTH", "NUMERIC_PRECISION", "NUMERIC_SCALE", "DATETIME_PRECISION",
			"CHARACTER_SET_NAME", "COLLATION_NAME"}[i], v)
	}
}
