package objects

import (
	"context"
	"fmt"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

// shownAs are the SHOW statements that are queries of information_schema, as in
// MySQL 8: what a session may know is decided there. The library's own ask
// nobody, or look at the current database whatever FROM says.
var shownAs = map[string]struct{ first, query string }{
	"table status": {"Name", `SELECT TABLE_NAME AS Name, ENGINE AS Engine, VERSION AS Version, ROW_FORMAT AS Row_format, TABLE_ROWS AS ` + "`Rows`" + `,
		AVG_ROW_LENGTH AS Avg_row_length, DATA_LENGTH AS Data_length, MAX_DATA_LENGTH AS Max_data_length, INDEX_LENGTH AS Index_length,
		DATA_FREE AS Data_free, AUTO_INCREMENT AS Auto_increment, CREATE_TIME AS Create_time, UPDATE_TIME AS Update_time,
		CHECK_TIME AS Check_time, TABLE_COLLATION AS Collation, CHECKSUM AS Checksum, CREATE_OPTIONS AS Create_options, TABLE_COMMENT AS Comment
		FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s`},
	"triggers": {"Table", "SELECT TRIGGER_NAME AS `Trigger`, EVENT_MANIPULATION AS Event, EVENT_OBJECT_TABLE AS `Table`, ACTION_STATEMENT AS Statement," +
		" ACTION_TIMING AS Timing, CREATED AS Created, SQL_MODE AS sql_mode, DEFINER AS Definer, CHARACTER_SET_CLIENT AS character_set_client," +
		" COLLATION_CONNECTION AS collation_connection, DATABASE_COLLATION AS `Database Collation`" +
		" FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = %s"},
	"events": {"Name", "SELECT EVENT_SCHEMA AS Db, EVENT_NAME AS Name, DEFINER AS Definer, TIME_ZONE AS `Time zone`, EVENT_TYPE AS Type," +
		" EXECUTE_AT AS `Execute at`, INTERVAL_VALUE AS `Interval value`, INTERVAL_FIELD AS `Interval field`, STARTS AS Starts, ENDS AS Ends," +
		" STATUS AS Status, ORIGINATOR AS Originator, CHARACTER_SET_CLIENT AS character_set_client, COLLATION_CONNECTION AS collation_connection," +
		" DATABASE_COLLATION AS `Database Collation` FROM information_schema.EVENTS WHERE EVENT_SCHEMA = %s"},
	// Of every database.
	"function status": {"Name", "SELECT ROUTINE_SCHEMA AS Db, ROUTINE_NAME AS Name, ROUTINE_TYPE AS Type, DEFINER AS Definer, LAST_ALTERED AS Modified," +
		" CREATED AS Created, SECURITY_TYPE AS Security_type, ROUTINE_COMMENT AS Comment, CHARACTER_SET_CLIENT AS character_set_client," +
		" COLLATION_CONNECTION AS collation_connection, DATABASE_COLLATION AS `Database Collation`" +
		" FROM information_schema.ROUTINES WHERE ROUTINE_TYPE = 'FUNCTION' AND ROUTINE_SCHEMA <> %s"},
	// With a WHERE only, and for one table.
	"index": {"Table", "SELECT TABLE_NAME AS `Table`, NON_UNIQUE AS Non_unique, INDEX_NAME AS Key_name, SEQ_IN_INDEX AS Seq_in_index," +
		" COLUMN_NAME AS Column_name, COLLATION AS Collation, CARDINALITY AS Cardinality, SUB_PART AS Sub_part, PACKED AS Packed, NULLABLE AS `Null`," +
		" INDEX_TYPE AS Index_type, COMMENT AS Comment, INDEX_COMMENT AS Index_comment, IS_VISIBLE AS Visible, EXPRESSION AS Expression" +
		" FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = %s"},
}

// ReplaceShow makes our own statement of a SHOW that the library would answer
// otherwise.
func ReplaceShow(ctx context.Context, n *ast.Show) (stmt ast.Statement, done bool, err error) {
	var s *state.Session
	if c, ok := ctx.(*sql.Context); ok {
		s = state.Of(c)
	}
	if own, ok := ownShow(s, n); ok {
		return own, true, nil
	}
	stmt, err = asQuery(ctx, s, n)
	return stmt, false, err
}

// shownProcesses is SHOW PROCESSLIST, which has no database, no LIKE and no WHERE; without FULL it shows how statements begin.
const shownProcesses = "SELECT ID AS Id, USER AS User, HOST AS Host, DB AS db, COMMAND AS Command, TIME AS Time, STATE AS State, %s AS Info" +
	" FROM information_schema.PROCESSLIST"

// asQuery turns one of shownAs into its query.
func asQuery(ctx context.Context, s *state.Session, n *ast.Show) (ast.Statement, error) {
	if strings.EqualFold(n.Type, "processlist") && s != nil {
		info := "LEFT(INFO, 100)"
		if n.Full {
			info = "INFO"
		}
		return grammar.Parse(ctx, fmt.Sprintf(shownProcesses, info), lex.Mode{})
	}
	def, ok := shownAs[strings.ToLower(n.Type)]
	c, inSession := ctx.(*sql.Context)
	if !ok || !inSession || s == nil {
		return n, nil
	}
	database, filter := n.Database, n.Filter
	if strings.EqualFold(n.Type, "index") {
		if n.ShowIndexFilterOpt == nil {
			return n, nil
		}
		database = lxaccess.FirstOf(database, n.Table.DbQualifier.String())
		filter = &ast.ShowFilter{Filter: n.ShowIndexFilterOpt}
	}
	if o := n.ShowTablesOpt; o != nil {
		database = lxaccess.FirstOf(database, o.DbName)
		if filter == nil {
			filter = o.Filter
		}
	}
	if strings.EqualFold(n.Type, "function status") {
		database = sql.InformationSchemaDatabaseName // which has none
	}
	if database = lxaccess.FirstOf(database, s.GetCurrentDatabase()); database == "" {
		return nil, sql.ErrNoDatabaseSelected.New()
	}
	if !state.Virtual(database) {
		db, err := Provider{s.Inst}.Database(c, database)
		if err != nil {
			return nil, err
		}
		database = db.Name()
	}
	if strings.EqualFold(n.Type, "events") {
		if err := mayShowEvents(s, database); err != nil {
			return nil, err
		}
	}
	query := fmt.Sprintf(def.query, quoted(database))
	if strings.EqualFold(n.Type, "index") {
		if err := maySeeTable(s, database, n.Table.Name.String()); err != nil {
			return nil, err
		}
		query += " AND TABLE_NAME = " + quoted(n.Table.Name.String())
	}
	text := "SELECT * FROM (" + query + ") shown"
	if filter != nil && filter.Like != "" {
		text += " WHERE `" + def.first + "` LIKE " + quoted(filter.Like)
	}
	stmt, err := grammar.Parse(ctx, text, lex.Mode{})
	if err != nil {
		return nil, err
	}
	if filter != nil && filter.Filter != nil {
		stmt.(*ast.Select).Where = ast.NewWhere(ast.WhereStr, filter.Filter)
	}
	return stmt, nil
}

// quoted is a string literal as lex.Mode{} reads it.
func quoted(text string) string {
	return "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(text) + "'"
}

// maySeeTable refuses the name of a table or view that is not there, or that the session
// may not know of; it tells the two apart for nobody who could not anyway.
func maySeeTable(s *state.Session, database, name string) error {
	asker := lxaccess.For(s)
	obj, _ := asker.Resolve(database, name, nil)
	switch {
	case state.Virtual(database), obj.Table != nil && s.Sees(state.TableObject(obj.Table)), obj.View != nil && s.Sees(state.ViewObject(obj.View)):
		return nil
	}
	if err := asker.Missing(obj, "SELECT", name, s.Rights); err != nil {
		return err
	}
	return sqlerr.NoSuchTable.Errorf("Table '%s.%s' doesn't exist", database, name)
}
