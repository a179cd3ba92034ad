package objects

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// SHOW CREATE TABLE is written from the table's record: the library's shows ENUM
// defaults as numbers, decimals without their digits, foreign keys without the
// parent's database, and knows nothing of what is kept for dumps.

// ShowCreateID is above the library's own numbers.
const ShowCreateID analyzer.RuleId = 1020

// ReplaceShowCreate is a rule of the analyzer.
func ReplaceShowCreate(_ *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	if show, ok := n.(*plan.ShowCreateDatabase); ok {
		if db, ok := show.Database().(*database); ok {
			return &showCreateDatabase{db: db, ifNotExists: show.IfNotExists, schema: show.Schema()}, transform.NewTree, nil
		}
	}
	show, ok := n.(*plan.ShowCreateTable)
	if !ok || show.IsView {
		return n, transform.SameTree, nil
	}
	rt, ok := show.Child.(*plan.ResolvedTable)
	if !ok {
		return n, transform.SameTree, nil
	}
	t, ok := lxaccess.OwnTable(rt.Table)
	if !ok {
		return n, transform.SameTree, nil
	}
	return &showCreate{table: t, columns: show.GetTargetSchema(), schema: show.Schema()}, transform.NewTree, nil
}

// showCreateDatabase is SHOW CREATE DATABASE, with what MySQL has no place for: a comment.
type showCreateDatabase struct {
	db          *database
	ifNotExists bool
	schema      sql.Schema
}

var _ sql.ExecSourceRel = (*showCreateDatabase)(nil)

func (c *showCreateDatabase) Resolved() bool       { return true }
func (c *showCreateDatabase) IsReadOnly() bool     { return true }
func (c *showCreateDatabase) Children() []sql.Node { return nil }
func (c *showCreateDatabase) Schema() sql.Schema   { return c.schema }
func (c *showCreateDatabase) String() string       { return "SHOW CREATE DATABASE " + c.db.Name() }

func (c *showCreateDatabase) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(c, len(children), 0)
	}
	return c, nil
}

// RowIter implements sql.ExecSourceRel.
func (c *showCreateDatabase) RowIter(ctx *sql.Context, _ sql.Row) (sql.RowIter, error) {
	text := "CREATE DATABASE "
	if c.ifNotExists {
		text += "/*!32312 IF NOT EXISTS*/ "
	}
	collation := c.db.GetCollation(ctx)
	text += sql.QuoteIdentifier(c.db.Name()) + " /*!40100 DEFAULT CHARACTER SET " + collation.CharacterSet().String() + " COLLATE " + collation.String() + " */"
	return sql.RowsToRowIter(sql.NewRow(c.db.Name(), text+commentText(" COMMENT ", c.db.rec.Comment))), nil
}

// showCreate is SHOW CREATE TABLE.
type showCreate struct {
	table   *table.Table
	columns sql.Schema // with defaults that can be evaluated
	schema  sql.Schema
}

var _ sql.ExecSourceRel = (*showCreate)(nil)

func (c *showCreate) Resolved() bool       { return true }
func (c *showCreate) IsReadOnly() bool     { return true }
func (c *showCreate) Children() []sql.Node { return nil }
func (c *showCreate) Schema() sql.Schema   { return c.schema }
func (c *showCreate) String() string       { return "SHOW CREATE TABLE " + c.table.Name() }

func (c *showCreate) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(c, len(children), 0)
	}
	return c, nil
}

// RowIter implements sql.ExecSourceRel.
func (c *showCreate) RowIter(ctx *sql.Context, _ sql.Row) (sql.RowIter, error) {
	text, err := c.text(ctx)
	if err != nil {
		return nil, err
	}
	return sql.RowsToRowIter(sql.NewRow(c.table.Name(), text)), nil
}

func (c *showCreate) text(ctx *sql.Context) (string, error) {
	rec := c.table.Record()
	var parts []string
	for _, col := range c.columns {
		text, err := columnText(ctx, col, rec, c.table.Collation())
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	for _, x := range orderedIndexes(rec) {
		parts = append(parts, indexText(rec, x))
	}
	for _, x := range rec.Unbuilt {
		parts = append(parts, unbuiltText(rec, x))
	}
	fks, err := c.table.GetDeclaredForeignKeys(ctx)
	if err != nil {
		return "", err
	}
	s := state.Of(ctx)
	for _, fk := range fks {
		if fk.IsResolved && (s == nil || !s.SeesNamed(fk.ParentDatabase, fk.ParentTable)) {
			continue // a table that the session may not know of
		}
		parts = append(parts, foreignKeyText(fk))
	}
	for _, check := range rec.Checks {
		parts = append(parts, sql.GenerateCreateTableCheckConstraintClause(check.Name, check.Expr, check.Enforced))
	}
	options, err := c.options(ctx, rec)
	if err != nil {
		return "", err
	}
	kind := "TABLE"
	if rec.Temporary() {
		kind = "TEMPORARY TABLE"
	}
	text := fmt.Sprintf("CREATE %s %s (\n%s\n) %s", kind, sql.QuoteIdentifier(rec.Name), strings.Join(parts, ",\n"), options)
	return withoutZeros(text), nil
}

// columnText is one column. The digits and quotes of a default are those of the
// column's type.
func columnText(ctx *sql.Context, col *sql.Column, rec *catalog.Table, collation sql.CollationID) (string, error) {
	def := ""
	if col.Default != nil && col.Generated == nil {
		var err error
		if def, err = defaultText(ctx, col); err != nil {
			return "", err
		}
	}
	typ := typeText(col.Type, collation)
	if known := columnNamed(rec, col.Name); table.Shaped(known) {
		typ = table.ShownType(col.Type, known)
	}
	text := "  " + sql.QuoteIdentifier(col.Name) + " " + typ
	if col.Generated != nil {
		kind := " STORED"
		if rec := columnNamed(rec, col.Name); rec != nil && rec.Virtual {
			kind = " VIRTUAL"
		}
		text += " GENERATED ALWAYS AS " + col.Generated.String() + kind
	}
	switch {
	case !col.Nullable:
		text += " NOT NULL"
	case col.Type.Type() == sqltypes.Timestamp:
		text += " NULL" // without the word it would be NOT NULL, says MySQL's old rule
	}
	if c, ok := col.Type.(sql.SpatialColumnType); ok {
		if id, set := c.GetSpatialTypeSRID(); set {
			text += fmt.Sprintf(" /*!80003 SRID %v */", id)
		}
	}
	if def == "" && col.Nullable && col.Generated == nil {
		def = "NULL"
	}
	if def = zeroFilled(typ, def); def != "" && (def != "NULL" || !types.IsTextBlob(col.Type)) {
		text += " DEFAULT " + def
	}
	if col.OnUpdate != nil {
		text += " ON UPDATE " + col.OnUpdate.String()
	}
	if col.AutoIncrement {
		text += " AUTO_INCREMENT"
	}
	return text + commentText(" COMMENT ", col.Comment), nil
}

// zeroFilled is a default with the zeros that ZEROFILL gives a number.
func zeroFilled(typ, def string) string {
	if !strings.HasSuffix(typ, " zerofill") {
		return def
	}
	_, rest, _ := strings.Cut(typ, "(")
	width, _, _ := strings.Cut(rest, ")")
	digits := strings.Trim(def, "'")
	if n, err := strconv.Atoi(width); err == nil && def != digits && len(digits) < n {
		return "'" + strings.Repeat("0", n-len(digits)) + digits + "'"
	}
	return def
}

func defaultText(ctx *sql.Context, col *sql.Column) (string, error) {
	if !col.Default.IsLiteral() {
		text, err := table.Spelled(col.Default)
		return hideNumbers(state.Of(ctx), text), err
	}
	text, ok, err := literalDefault(ctx, col)
	switch {
	case err != nil || !ok:
		return "NULL", err
	case types.IsBit(col.Type):
		return text, nil
	}
	return quoteText(text), nil
}

// typeText is a type without the collation that a reader takes for granted. It is put together, for in the library's
// text of an ENUM or SET the labels stand as they are.
func typeText(t sql.Type, granted sql.CollationID) string {
	text := table.ShownType(t, nil)
	c, ok := t.(sql.TypeWithCollation)
	if _, named := table.CollationName(t); !ok || !named || c.Collation() == granted {
		return text
	}
	set := c.Collation().CharacterSet()
	text += " CHARACTER SET " + set.Name()
	if c.Collation() == set.DefaultCollation() && c.Collation() != sql.Collation_utf8mb4_0900_ai_ci {
		return text // MySQL names its own default, which older servers do not have
	}
	return text + " COLLATE " + c.Collation().Name()
}

// literalDefault is the value of a default that is a literal; false is NULL.
func literalDefault(ctx *sql.Context, col *sql.Column) (string, bool, error) {
	raw, _ := col.Default.Expr.(*expression.Literal)
	value, err := col.Default.Eval(ctx, nil)
	if err != nil || value == nil || raw != nil && raw.Value() == nil { // of JSON, NULL is made the document null
		return "", false, err
	}
	if types.IsBit(col.Type) {
		return fmt.Sprintf("b'%b'", value), true, nil
	}
	if raw != nil {
		literal, _ := raw.Value().(string)
		if text, ok := table.ShownMoment(col.Type, literal, state.Of(ctx).Zone()); ok {
			return text, true, nil
		}
	}
	if value, _, err = col.Type.Convert(ctx, value); err != nil {
		return "", false, err
	}
	shown, err := col.Type.SQL(ctx, nil, value)
	return shown.ToString(), true, err
}

// quoteText is a string literal as SHOW CREATE TABLE prints it.
func quoteText(s string) string { return lex.ShowString(s, lex.Mode{}) }

// withoutZeros writes zero bytes, which stand in literals alone, as the literals of a dump have them: for tools the
// text would end there, within a quote that the next one of the dump closes.
func withoutZeros(text string) string { return strings.ReplaceAll(text, "\x00", `\0`) }

func indexText(rec *catalog.Table, x catalog.Index) string {
	kind := "KEY " + sql.QuoteIdentifier(x.Name)
	switch {
	case x.Primary:
		kind = "PRIMARY KEY"
	case x.Unique:
		kind = "UNIQUE " + kind
	}
	parts := make([]string, len(x.Columns))
	for i, c := range x.Columns {
		parts[i] = sql.QuoteIdentifier(columnName(rec, c.Column))
		if c.Prefix > 0 {
			parts[i] += fmt.Sprintf("(%d)", c.Prefix)
		}
		if c.Desc {
			parts[i] += " DESC"
		}
	}
	return "  " + kind + " (" + strings.Join(parts, ",") + ")" + commentText(" COMMENT ", x.Comment)
}

func unbuiltText(rec *catalog.Table, x catalog.UnbuiltIndex) string {
	parts := make([]string, len(x.Columns))
	for i, id := range x.Columns {
		parts[i] = sql.QuoteIdentifier(columnName(rec, id))
	}
	return fmt.Sprintf("  %s KEY %s (%s)%s", x.Kind, sql.QuoteIdentifier(x.Name), strings.Join(parts, ","), commentText(" COMMENT ", x.Comment))
}

func columnName(rec *catalog.Table, id uint16) string { return columnOf(rec, id).Name }

func foreignKeyText(fk sql.ForeignKeyConstraint) string {
	parent := sql.QuoteIdentifier(fk.ParentTable)
	if !strings.EqualFold(fk.ParentDatabase, fk.Database) {
		parent = sql.QuoteIdentifier(fk.ParentDatabase) + "." + parent
	}
	text := fmt.Sprintf("  CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s)", sql.QuoteIdentifier(fk.Name),
		strings.Join(sql.QuoteIdentifiers(fk.Columns), ","), parent, strings.Join(sql.QuoteIdentifiers(fk.ParentColumns), ","))
	for _, a := range []struct {
		on     string
		action sql.ForeignKeyReferentialAction
	}{{"DELETE", fk.OnDelete}, {"UPDATE", fk.OnUpdate}} {
		if a.action != "" && a.action != sql.ForeignKeyReferentialAction_DefaultAction {
			text += " ON " + a.on + " " + string(a.action)
		}
	}
	return text
}

func commentText(lead, comment string) string {
	if comment == "" {
		return ""
	}
	return lead + quoteText(comment)
}

// options are what stands behind the parentheses. What is kept for dumps comes as it
// was written.
func (c *showCreate) options(ctx *sql.Context, rec *catalog.Table) (string, error) {
	engine := "InnoDB"
	var kept string
	for _, o := range rec.Options {
		switch {
		case o.Name == "ENGINE":
			engine = o.Value
		case o.Value == "":
			kept += " " + o.Name
		case !lex.Contained(o.Value): // earlier releases kept what another sql_mode had read
		case o.Name == "TABLESPACE":
			kept += " " + o.Name + " " + o.Value
		default:
			kept += " " + o.Name + "=" + o.Value
		}
	}
	text := "ENGINE=" + engine
	if s := state.Of(ctx); c.hasAutoIncrement() && s != nil && access.May(s.Actor(), state.TableObject(rec), access.One(privilege.Select), access.List) {
		next, err := c.table.PeekNextAutoIncrementValue(ctx)
		if err != nil {
			return "", err
		}
		if next > 1 {
			text += fmt.Sprintf(" AUTO_INCREMENT=%d", next)
		}
	}
	collation := c.table.Collation()
	set := collation.CharacterSet()
	text += " DEFAULT CHARSET=" + set.Name()
	if collation != set.DefaultCollation() || set == sql.CharacterSet_utf8mb4 { // whose default was another one before 8.0
		text += " COLLATE=" + collation.Name()
	}
	text += kept + commentText(" COMMENT=", rec.Comment)
	switch partition := lex.Plain(rec.Partition, lex.Mode{}, nil); {
	case partition == "" || !lex.Contained(partition):
	case strings.Contains(partition, "*/"):
		text += "\n" + partition
	default:
		text += "\n/*!50100 " + partition + " */"
	}
	return text, nil
}

func (c *showCreate) hasAutoIncrement() bool {
	for _, col := range c.columns {
		if col.AutoIncrement {
			return true
		}
	}
	return false
}
