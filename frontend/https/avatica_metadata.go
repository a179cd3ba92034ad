package https

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/frontend/https/avatica"
)

// Databases are catalogs, and there are no schemas: a client that sees both writes
// names of three parts, which MySQL does not read.

// result answers with a metadata result, under a statement of its own.
func (x *exchange) result(c *client, m *metaResult, err error) (avatica.Response, error) {
	if err != nil {
		return nil, err
	}
	st, err := c.newStatement(x.srv.opts.MaxStatements)
	if err != nil {
		return nil, joinClose(err, m)
	}
	c.serve(st, m, x.req.Format)
	frame, err := st.cursor.frame()
	if err != nil {
		c.closeStatement(st.id)
		return nil, err
	}
	return &avatica.ResultSet{ConnectionID: c.id, StatementID: st.id, Signature: st.cursor.sig, Frame: frame, Server: x.addr}, nil
}

// serve makes m the result of a statement.
func (c *client) serve(st *statement, m *metaResult, format avatica.Format) {
	st.cursor = c.newCursor(m, m.described(), new(avatica.Signature), format, 0)
	if m.stmt != nil {
		c.open = st.cursor
	}
}

// inDatabase is the condition on TABLE_SCHEMA: the catalog that was asked for, or the
// databases of a schema pattern, or the current database, or all.
func (x *exchange) inDatabase(c *client) (condition string, args []session.Value) {
	switch {
	case x.req.Catalog != nil && *x.req.Catalog != "":
		return "TABLE_SCHEMA = ?", []session.Value{text(*x.req.Catalog)}
	case x.req.Schema != nil && *x.req.Schema != "":
		return "TABLE_SCHEMA LIKE ?", []session.Value{text(*x.req.Schema)}
	}
	if db := c.sess.Status().Database; db != "" {
		return "TABLE_SCHEMA = ?", []session.Value{text(db)}
	}
	return "TABLE_SCHEMA LIKE ?", []session.Value{text("%")}
}

func pattern(p *string) session.Value {
	if p == nil || *p == "" {
		return text("%")
	}
	return text(*p)
}

func (x *exchange) catalogs(c *client) (avatica.Response, error) {
	if err := c.settle(); err != nil {
		return nil, err
	}
	m, err := c.read([]metaColumn{{"TABLE_CAT", metaText}}, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY 1", nil,
		func(r session.Row) session.Row { return r })
	return x.result(c, m, err)
}

func (x *exchange) schemas(c *client) (avatica.Response, error) {
	return x.result(c, fixedResult([]metaColumn{{"TABLE_SCHEM", metaText}, {"TABLE_CATALOG", metaText}}), nil)
}

// tableTypes are those of information_schema and what JDBC calls them.
var tableTypes = map[string]string{"BASE TABLE": "TABLE", "VIEW": "VIEW", "SYSTEM VIEW": "SYSTEM VIEW"}

func (x *exchange) tableTypes(c *client) (avatica.Response, error) {
	return x.result(c, fixedResult([]metaColumn{{"TABLE_TYPE", metaText}},
		session.Row{text("SYSTEM VIEW")}, session.Row{text("TABLE")}, session.Row{text("VIEW")}), nil)
}

var tablesColumns = []metaColumn{
	{"TABLE_CAT", metaText}, {"TABLE_SCHEM", metaText}, {"TABLE_NAME", metaText}, {"TABLE_TYPE", metaText}, {"REMARKS", metaText},
	{"TYPE_CAT", metaText}, {"TYPE_SCHEM", metaText}, {"TYPE_NAME", metaText}, {"SELF_REFERENCING_COL_NAME", metaText}, {"REF_GENERATION", metaText},
}

func (x *exchange) tables(c *client) (avatica.Response, error) {
	if err := c.settle(); err != nil {
		return nil, err
	}
	where, args := x.inDatabase(c)
	wanted := func(typ string) bool {
		return len(x.req.Types) == 0 || slices.ContainsFunc(x.req.Types, func(t string) bool { return strings.EqualFold(t, typ) })
	}
	m, err := c.read(tablesColumns, "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TABLE_COMMENT FROM information_schema.TABLES WHERE "+where+
		" AND TABLE_NAME LIKE ? ORDER BY TABLE_TYPE, TABLE_SCHEMA, TABLE_NAME", append(args, pattern(x.req.Table)),
		func(r session.Row) session.Row {
			typ := tableTypes[textOf(r[2])]
			if typ == "" || !wanted(typ) {
				return nil
			}
			return session.Row{r[0], null, r[1], text(typ), text(textOf(r[3])), null, null, null, null, null}
		})
	return x.result(c, m, err)
}

var columnsColumns = []metaColumn{
	{"TABLE_CAT", metaText}, {"TABLE_SCHEM", metaText}, {"TABLE_NAME", metaText}, {"COLUMN_NAME", metaText}, {"DATA_TYPE", metaInt},
	{"TYPE_NAME", metaText}, {"COLUMN_SIZE", metaInt}, {"BUFFER_LENGTH", metaInt}, {"DECIMAL_DIGITS", metaInt}, {"NUM_PREC_RADIX", metaInt},
	{"NULLABLE", metaInt}, {"REMARKS", metaText}, {"COLUMN_DEF", metaText}, {"SQL_DATA_TYPE", metaInt}, {"SQL_DATETIME_SUB", metaInt},
	{"CHAR_OCTET_LENGTH", metaInt}, {"ORDINAL_POSITION", metaInt}, {"IS_NULLABLE", metaText}, {"SCOPE_CATALOG", metaText},
	{"SCOPE_SCHEMA", metaText}, {"SCOPE_TABLE", metaText}, {"SOURCE_DATA_TYPE", metaShort}, {"IS_AUTOINCREMENT", metaText},
	{"IS_GENERATEDCOLUMN", metaText},
	{"TYPE_ID", metaInt}, // phoenixdb's dialect of SQLAlchemy reads this one
}

func (x *exchange) columns(c *client) (avatica.Response, error) {
	if err := c.settle(); err != nil {
		return nil, err
	}
	where, args := x.inDatabase(c)
	m, err := c.read(columnsColumns, "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_MAXIMUM_LENGTH, "+
		"NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, IS_NULLABLE, COLUMN_COMMENT, COLUMN_DEFAULT, CHARACTER_OCTET_LENGTH, "+
		"ORDINAL_POSITION, EXTRA FROM information_schema.COLUMNS WHERE "+where+
		" AND TABLE_NAME LIKE ? AND COLUMN_NAME LIKE ? ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION",
		append(args, pattern(x.req.Table), pattern(x.req.Column)), columnRow)
	return x.result(c, m, err)
}

// columnRow makes JDBC's row of one of information_schema.COLUMNS.
func columnRow(r session.Row) session.Row {
	typ, name := declaredType(textOf(r[3]), textOf(r[4]))
	size, digits, radix := r[5], null, null
	switch {
	case !r[6].IsNull():
		size, digits, radix = r[6], r[7], number(10)
	case !r[8].IsNull():
		digits = r[8]
	}
	nullable := textOf(r[9])
	extra := strings.ToLower(textOf(r[14]))
	id := number(int(typ.ID()))
	return session.Row{
		r[0], null, r[1], r[2], id,
		text(name), clamp(size), null, digits, radix,
		flag(nullable == "YES"), text(textOf(r[10])), r[11], null, null,
		clamp(r[12]), r[13], text(nullable), null,
		null, null, null, text(yes(strings.Contains(extra, "auto_increment"))),
		text(yes(strings.Contains(extra, "generated") && !strings.Contains(extra, "default_generated"))),
		id,
	}
}

// clamp fits a length into JDBC's int.
func clamp(v session.Value) session.Value {
	switch v.Kind() {
	case session.Int:
		return session.IntValue(min(v.Int(), 1<<31-1))
	case session.Uint:
		return session.IntValue(int64(min(v.Uint(), 1<<31-1)))
	}
	return v
}

func yes(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}

// typeNames are MySQL's, as DATA_TYPE has them.
var typeNames = map[string]session.Column{
	"tinyint": {Type: session.TypeTinyInt}, "smallint": {Type: session.TypeSmallInt}, "mediumint": {Type: session.TypeMediumInt},
	"int": {Type: session.TypeInt}, "bigint": {Type: session.TypeBigInt}, "float": {Type: session.TypeFloat},
	"double": {Type: session.TypeDouble}, "decimal": {Type: session.TypeDecimal}, "date": {Type: session.TypeDate},
	"time": {Type: session.TypeTime}, "datetime": {Type: session.TypeDateTime}, "timestamp": {Type: session.TypeTimestamp},
	"year": {Type: session.TypeYear}, "bit": {Type: session.TypeBit}, "geometry": {Type: session.TypeGeometry},
	"binary": {Type: session.TypeChar, Binary: true}, "varbinary": {Type: session.TypeVarChar, Binary: true},
	"tinyblob": {Type: session.TypeTinyText, Binary: true}, "blob": {Type: session.TypeText, Binary: true},
	"mediumblob": {Type: session.TypeMediumText, Binary: true}, "longblob": {Type: session.TypeLongText, Binary: true},
}

// declaredType is the type that clients see of a declared column, and its name. What is
// not in the list is text.
func declaredType(data, column string) (*avatica.Type, string) {
	col, known := typeNames[strings.ToLower(data)]
	if !known {
		col.Type = session.TypeVarChar
	}
	name := strings.ToUpper(data)
	if strings.Contains(strings.ToLower(column), "unsigned") {
		col.Unsigned = true
		name += " UNSIGNED"
	}
	return avatica.TypeOf(&col), name
}

// syncResults serves metadata that has no request of its own. A result that was lost is
// not made again: the statement may have changed what it would find.
func (x *exchange) syncResults(c *client) (avatica.Response, error) {
	st := c.stmts[x.req.StatementID]
	if st == nil {
		return &avatica.Resynced{Missing: true, Server: x.addr}, nil
	}
	if !x.req.State.Metadata {
		return nil, errLostResult
	}
	c.closeCursor(st)
	if err := c.settle(); err != nil {
		return nil, err
	}
	read := map[avatica.Operation]func(*exchange, *client) (*metaResult, error){
		avatica.GetPrimaryKeys: (*exchange).primaryKeys, avatica.GetIndexInfo: (*exchange).indexes,
	}[x.req.State.Operation]
	if read == nil {
		return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support this metadata operation of syncResults")
	}
	// The arguments are catalog, schema and table, exactly.
	for i, p := range []**string{&x.req.Catalog, &x.req.Schema, &x.req.Table} {
		if i < len(x.req.State.Args) {
			*p = x.req.State.Args[i]
		}
	}
	m, err := read(x, c)
	if err != nil {
		return nil, err
	}
	c.serve(st, m, x.req.Format)
	return &avatica.Resynced{More: true, Server: x.addr}, nil
}

func (x *exchange) primaryKeys(c *client) (*metaResult, error) {
	where, args := x.inDatabase(c)
	return c.read([]metaColumn{
		{"TABLE_CAT", metaText}, {"TABLE_SCHEM", metaText}, {"TABLE_NAME", metaText}, {"COLUMN_NAME", metaText}, {"KEY_SEQ", metaShort}, {"PK_NAME", metaText},
	}, "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, SEQ_IN_INDEX FROM information_schema.STATISTICS WHERE "+where+
		" AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' ORDER BY COLUMN_NAME", append(args, exactly(x.req.Table)),
		func(r session.Row) session.Row {
			return session.Row{r[0], null, r[1], r[2], r[3], text("PRIMARY")}
		})
}

// indexOther is JDBC's kind of an index that is neither a statistic nor hashed.
const indexOther = 3

func (x *exchange) indexes(c *client) (*metaResult, error) {
	where, args := x.inDatabase(c)
	return c.read([]metaColumn{
		{"TABLE_CAT", metaText}, {"TABLE_SCHEM", metaText}, {"TABLE_NAME", metaText}, {"NON_UNIQUE", metaBool}, {"INDEX_QUALIFIER", metaText},
		{"INDEX_NAME", metaText}, {"TYPE", metaShort}, {"ORDINAL_POSITION", metaShort}, {"COLUMN_NAME", metaText}, {"ASC_OR_DESC", metaText},
		{"CARDINALITY", metaLong}, {"PAGES", metaLong}, {"FILTER_CONDITION", metaText},
	}, "SELECT TABLE_SCHEMA, TABLE_NAME, NON_UNIQUE, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, COLLATION FROM information_schema.STATISTICS WHERE "+where+
		" AND TABLE_NAME = ? ORDER BY NON_UNIQUE, INDEX_NAME, SEQ_IN_INDEX", append(args, exactly(x.req.Table)),
		func(r session.Row) session.Row {
			return session.Row{r[0], null, r[1], flag(textOf(r[2]) != "0"), null, r[3], number(indexOther), r[4], r[5], r[6], null, null, null}
		})
}

func exactly(p *string) session.Value {
	if p == nil {
		return text("")
	}
	return text(*p)
}
