package table

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/principal"
)

// Create makes the record of a new, empty table within tx, under an id that was
// never used. The caller checks
// the name and the right, and writes the owner's grants in the same
// transaction. pk is the primary key when it has prefix lengths, else nil.
func (st *Store) Create(ctx *sql.Context, tx *catalog.Tx, id catalog.ID, db *catalog.Database, name string, schema sql.PrimaryKeySchema,
	collation sql.CollationID, comment string, pk *sql.IndexDef, owner principal.ID) (*catalog.Table, error) {
	if collation == sql.Collation_Unspecified {
		collation = sql.Collation_Default
	}
	rec := &catalog.Table{
		ID: id, Data: id, Database: db.ID, Name: name, Collation: collation.Name(), Comment: comment, Owner: owner,
		NextColumn: 1, NextIndex: 1,
	}
	for _, c := range schema.Schema {
		column, err := columnRecord(ctx, c)
		if err != nil {
			return nil, err
		}
		column.ID = rec.NextColumn
		rec.NextColumn++
		rec.Columns = append(rec.Columns, column)
	}
	if err := checkColumnNames(rec); err != nil {
		return nil, err
	}
	var parts []sql.IndexColumn
	if pk != nil {
		parts = pk.Columns
	}
	if err := setPrimaryKey(rec, schema, parts); err != nil {
		return nil, err
	}
	if err := setLayout(rec); err != nil {
		return nil, err
	}
	if _, err := parseSchema(rec, db.Name); err != nil {
		return nil, err
	}
	if err := checkPrior(rec); err != nil {
		return nil, err
	}
	if err := tx.PutTable(rec); err != nil {
		return nil, err
	}
	st.estimates.begin(rec.Data)
	return tx.TableByID(id), nil
}

// Drop removes a table within tx. The caller holds its metadata lock
// exclusively. The rows are purged after the commit.
func (st *Store) Drop(_ context.Context, tx *catalog.Tx, rec *catalog.Table) error {
	st.forget(rec)
	return tx.DropTable(rec.ID)
}

// Rename gives a table another name within tx; the caller holds its metadata
// lock exclusively.
func (st *Store) Rename(_ context.Context, tx *catalog.Tx, rec *catalog.Table, to string) error {
	changed := rec.Clone()
	changed.Name = to
	for i := range changed.ForeignKeys {
		changed.ForeignKeys[i].Table = to
	}
	return tx.PutTable(changed)
}

// setLayout gives a record without rows its only layout.
func setLayout(rec *catalog.Table) error {
	layout, err := newLayout(1, rec.Columns)
	if err != nil {
		return err
	}
	rec.Layouts, rec.Version = []catalog.Layout{layout}, layout.Version
	return nil
}

// setPrimaryKey replaces the primary key by that of schema. parts carry prefix
// lengths, by column name.
func setPrimaryKey(rec *catalog.Table, schema sql.PrimaryKeySchema, parts []sql.IndexColumn) error {
	kept := rec.Indexes[:0:0]
	for _, x := range rec.Indexes {
		if !x.Primary {
			kept = append(kept, x)
		}
	}
	rec.Indexes = kept
	// A column that is dropped has no place any more: the key goes on without it.
	ordinals := slices.DeleteFunc(slices.Clone(schema.PkOrdinals), func(ord int) bool { return ord < 0 })
	if len(ordinals) == 0 {
		return nil
	}
	key := catalog.Index{Name: primaryName, Unique: true, Primary: true, CollationVersion: weightsVersion}
	for _, ord := range ordinals {
		name := schema.Schema[ord].Name
		c := findColumn(rec, name)
		if c == nil {
			return sql.ErrKeyColumnDoesNotExist.New(name)
		}
		if c.Virtual {
			return sql.ErrVirtualColumnPrimaryKey.New()
		}
		c.NotNull = true
		key.Columns = append(key.Columns, catalog.IndexColumn{Column: c.ID, Prefix: prefixIn(c, prefixOf(parts, name))})
	}
	rec.Indexes = append([]catalog.Index{key}, rec.Indexes...)
	return nil
}

func prefixOf(parts []sql.IndexColumn, name string) uint32 {
	for _, p := range parts {
		if strings.EqualFold(p.Name, name) && p.Length > 0 {
			return uint32(p.Length)
		}
	}
	return 0
}

func findColumn(rec *catalog.Table, name string) *catalog.Column {
	for i := range rec.Columns {
		if strings.EqualFold(rec.Columns[i].Name, name) {
			return &rec.Columns[i]
		}
	}
	return nil
}

// columnRecord writes a column down, without its id.
func columnRecord(ctx *sql.Context, c *sql.Column) (catalog.Column, error) {
	if c.Name == "" || strings.HasSuffix(c.Name, " ") {
		return catalog.Column{}, sqlerr.WrongColumnName.Errorf("Incorrect column name '%s'", c.Name)
	}
	out := catalog.Column{
		Name: c.Name, Type: typeText(c.Type), NotNull: !c.Nullable || c.PrimaryKey,
		Virtual: c.Virtual, AutoIncrement: c.AutoIncrement, Comment: c.Comment,
	}
	if c.Default != nil {
		text, err := expressionText(c.Default)
		if err != nil {
			return out, err
		}
		kept, err := dateDefault(ctx, c)
		if err != nil {
			return out, err
		}
		if err := literalFits(ctx, c); err != nil {
			return out, err
		}
		if kept != "" {
			text = "'" + kept + "'"
		}
		out.Default, out.DefaultLiteral = &text, c.Default.Literal
	}
	var err error
	if out.Generated, err = expressionText(c.Generated); err != nil {
		return out, err
	}
	if out.OnUpdate, err = expressionText(c.OnUpdate); err != nil {
		return out, err
	}
	if _, err := parseType(out.Type); err != nil {
		return out, fmt.Errorf("column %s: %w", c.Name, err)
	}
	return out, nil
}

// expressionText spells a default or generated expression in the form that the
// library resolves again: columns without their table, whose name may change.
func expressionText(e *sql.ColumnDefaultValue) (string, error) {
	if e == nil || e.Expr == nil {
		return "", nil
	}
	if u, is := e.Expr.(*unreadable); is { // it stays as it was
		return u.text, nil
	}
	text, err := Spelled(e)
	if err == nil {
		err = readable(text)
	}
	return text, err
}

// readable refuses an expression that could not be read back: nobody could open the table then. A text has
// more brackets than what the client wrote.
func readable(text string) error {
	_, err := grammar.Parse(context.Background(), "SELECT (("+text+"))", lex.Mode{})
	if err == nil {
		return nil
	}
	if deep := new(lex.Error); errors.As(err, &deep) && deep.Reason == lex.Nested {
		return value.TooDeep("the expression")
	}
	return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'such an expression in the definition of a table'")
}

// noBytes prints itself so that it can be read again: the library has 0x, which is a name.
type noBytes struct{ *expression.Literal }

const (
	noBytesText    = "x''"
	oldNoBytesText = "0x" // of releases before
)

func (noBytes) String() string { return noBytesText }

// WithChildren implements sql.Expression.
func (e noBytes) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) > 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(e, len(children), 0)
	}
	return e, nil
}

// NoBytes is a literal of no bytes as it is to be printed; false for what is none.
func NoBytes(e sql.Expression) (sql.Expression, bool) {
	lit, ok := e.(*expression.Literal)
	if !ok {
		return nil, false
	}
	b, ok := lit.Value().([]byte)
	return noBytes{lit}, ok && len(b) == 0
}

// Spelled is the text of a default or generated expression.
func Spelled(e *sql.ColumnDefaultValue) (string, error) {
	if u, ok := e.Expr.(*sql.UnresolvedColumnDefault); ok {
		return u.ExprString, nil
	}
	plain, _, err := transform.Expr(e, func(e sql.Expression) (sql.Expression, transform.TreeIdentity, error) {
		if none, ok := NoBytes(e); ok {
			return none, transform.NewTree, nil
		}
		if last, ok := e.(*function.LastInsertId); ok && last.Child == nil { // it prints its missing argument
			return expression.NewUnresolvedFunction("last_insert_id", false, nil), transform.NewTree, nil
		}
		f, ok := e.(*expression.GetField)
		if !ok {
			return e, transform.SameTree, nil
		}
		bare := expression.NewGetField(f.Index(), f.Type(), f.Name(), f.IsNullable())
		return bare.WithQuotedNames(sql.GlobalSchemaFormatter, f.IsQuotedIdentifier()), transform.NewTree, nil
	})
	if err != nil {
		return "", err
	}
	return plain.String(), nil
}

// checkPrior refuses generated columns that are computed of later ones, or of themselves: each is computed once, in the order
// of the columns.
func checkPrior(rec *catalog.Table) error {
	at := map[string]int{} // of generated columns, by their names in lower case
	for i := range rec.Columns {
		if rec.Columns[i].Generated != "" {
			at[strings.ToLower(rec.Columns[i].Name)] = i
		}
	}
	for i := range rec.Columns {
		if namesAny(rec.Columns[i].Generated, func(name string) bool { j, generated := at[name]; return generated && j >= i }) {
			return sqlerr.GeneratedColumnNonPrior.Errorf("Generated column can refer only to generated columns defined prior to it.")
		}
	}
	return nil
}

// checkColumnNames refuses two columns whose names are one: rights and conditions on one of them would be looked
// for by either name.
func checkColumnNames(rec *catalog.Table) error {
	known := make(map[string]bool, len(rec.Columns))
	for i := range rec.Columns {
		name := catalog.FoldName(rec.Columns[i].Name)
		if known[name] {
			return sqlerr.DupFieldName.Errorf("Duplicate column name '%s'", rec.Columns[i].Name)
		}
		known[name] = true
	}
	return nil
}

// checkGenerated refuses foreign keys whose actions change a column that a
// generated column is computed from: the library does not compute it again
// then. MySQL refuses the same for stored generated columns.
func checkGenerated(rec *catalog.Table) error {
	if err := checkPrior(rec); err != nil {
		return err
	}
	for _, fk := range rec.ForeignKeys {
		// ON DELETE CASCADE removes the child as a whole.
		deletes := sql.ForeignKeyReferentialAction(fk.OnDelete) == sql.ForeignKeyReferentialAction_Cascade
		if !changesChild(fk.OnUpdate) && (deletes || !changesChild(fk.OnDelete)) {
			continue
		}
		for _, name := range fk.Columns {
			for _, c := range rec.Columns {
				if c.Generated != "" && mentions(c.Generated, name) {
					return fmt.Errorf("foreign key %s cannot change column %s, from which column %s is generated; "+
						"hint: use ON UPDATE and ON DELETE RESTRICT", fk.Name, name, c.Name)
				}
			}
		}
	}
	return nil
}

// changesChild says whether a referential action writes the child's key.
func changesChild(action string) bool {
	switch sql.ForeignKeyReferentialAction(action) {
	case sql.ForeignKeyReferentialAction_Cascade, sql.ForeignKeyReferentialAction_SetNull, sql.ForeignKeyReferentialAction_SetDefault:
		return true
	}
	return false
}

// mentions says whether an expression names a column.
func mentions(expr, column string) bool {
	column = strings.ToLower(column)
	return namesAny(expr, func(name string) bool { return name == column })
}

// namesAny says whether an expression names such a column, by its name in lower case. It reads the text once: a table has
// thousands of columns.
func namesAny(expr string, is func(name string) bool) bool {
	l := lex.New(expr, lex.Mode{})
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; {
		next := l.Next()
		called := next.Kind == lex.Punct && expr[next.Pos:next.End] == "("
		if (t.Kind == lex.Word && !called || t.Kind == lex.Backtick) && is(strings.ToLower(lex.Value(expr, t, lex.Mode{}))) {
			return true
		}
		t = next
	}
	return false
}
