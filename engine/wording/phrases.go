package wording

import (
	"regexp"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer/analyzererrors"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	"github.com/dolthub/go-mysql-server/sql/types"
	goerrors "gopkg.in/src-d/go-errors.v1"
)

// phrase is an error of the library, the form of its text, and what MySQL says. Texts without a form
// are always the same.
type phrase struct {
	kind *goerrors.Kind
	form *regexp.Regexp
	says string
}

var phrases = []phrase{
	{sql.ErrTableNotFound, is("table not found: (.*)"), "Table '$1' doesn't exist"},
	{sql.ErrTableAlreadyExists, is(`table with name CreateView\((.*?)\)\n.* already exists`), "Table '$1' already exists"}, // the whole plan
	{sql.ErrTableAlreadyExists, is("table with name (.*) already exists"), "Table '$1' already exists"},
	{sql.ErrDatabaseExists, is("can't create database (.*); database exists"), "Can't create database '$1'; database exists"},
	{sql.ErrDatabaseNotFound, is("database not found: (.*)"), "Unknown database '$1'"},
	{sql.ErrNoDatabaseSelected, nil, "No database selected"},
	{sql.ErrColumnNotFound, is(`column "(.*)" could not be found in any table in scope`), "Unknown column '$1' in 'field list'"},
	{sql.ErrTableColumnNotFound, is(`table "(.*)" does not have column "(.*)"`), "Unknown column '$2' in 'field list'"},
	{sql.ErrAmbiguousColumnName, is(`ambiguous column name "(.*)", it's present in all these tables: .*`), "Column '$1' in field list is ambiguous"},
	{sql.ErrAmbiguousColumnOrAliasName, is(`ambiguous column or alias name "(.*)"`), "Column '$1' in field list is ambiguous"},
	{sql.ErrColumnExists, is(`Column "(.*)" already exists`), "Duplicate column name '$1'"},
	{sql.ErrDuplicateColumn, is("duplicate column name: `(.*)`"), "Duplicate column name '$1'"},
	{sql.ErrColumnSpecifiedTwice, is("column '(.*)' specified twice"), "Column '$1' specified twice"},
	{sql.ErrExpectedSingleRow, nil, "Subquery returns more than 1 row"},
	{sql.ErrMisusedAlias, is(`column "(.*)" does not exist in scope, but .*`), "Unknown column '$1' in 'field list'"},
	{sql.ErrInvalidOperandColumns, is("operand should have (.*) columns, but has .*"), "Operand should contain $1 column(s)"},
	{sql.ErrInsertIntoNonNullableProvidedNull, is("column name '(.*)' is non-nullable but attempted to set a value of null"), "Column '$1' cannot be null"},
	{sql.ErrInsertIntoMismatchValueCount, nil, "Column count doesn't match value count at row 1"},
	{sql.ErrInvalidArgumentNumber, is("function '(.*)' expected .* arguments, .* received"), "Incorrect parameter count in the call to native function '$1'"},
	{sql.ErrFunctionNotFound, is("function: '(.*)' not found"), "FUNCTION $1 does not exist"},
	{sql.ErrStoredProcedureDoesNotExist, is(`stored procedure "(.*)" does not exist`), "PROCEDURE $1 does not exist"},
	{sql.ErrTriggerDoesNotExist, nil, "Trigger does not exist"},
	{sql.ErrMultiplePrimaryKeysDefined, nil, "Multiple primary key defined"},
	{sql.ErrWrongAutoKey, nil, "Incorrect table definition; there can be only one auto column and it must be defined as a key"},
	{sql.ErrInvalidAutoIncCols, nil, "Incorrect table definition; there can be only one auto column and it must be defined as a key"},
	{sql.ErrKeyColumnDoesNotExist, is("key column '(.*)' doesn't exist in table"), "Key column '$1' doesn't exist in table"},
	{sql.ErrForeignKeyNotFound, is("foreign key `(.*)` was not found on the table `.*`"), "Can't DROP '$1'; check that column/key exists"},
	{sql.ErrForeignKeyDuplicateName, is("duplicate foreign key constraint name `(.*)`"), "Duplicate foreign key constraint name '$1'"},
	{sql.ErrCantDropFieldOrKey, is("error: can't drop '(.*)'; check that column/key exists"), "Can't DROP '$1'; check that column/key exists"},
	{sql.ErrUnknownConstraint, is(`Constraint "(.*)" does not exist`), "Check constraint '$1' is not found in the table."},
	{sql.ErrExistingView, is(`the view (.*)\.(.*) already exists`), "Table '$2' already exists"},
	{sql.ErrViewDoesNotExist, is(`the view (.*)\.(.*) does not exist`), "Table '$1.$2' doesn't exist"},
	{sql.ErrInvalidColumnNumber, nil, "In definition of view, derived table or common table expression, SELECT list and column names list have different column counts"},
	{sql.ErrColumnNumberDoesNotMatch, nil, "The used SELECT statements have a different number of columns"},
	{planbuilder.ErrUnionSchemasDifferentLength, nil, "The used SELECT statements have a different number of columns"},
	{sql.ErrInvalidIdentifier, is("invalid identifier: `(.*)`"), "Identifier name '$1' is too long"},
	{sql.ErrInvalidBlobTextKey, is("blob/text column '(.*)' used in key specification without a key length"), "BLOB/TEXT column '$1' used in key specification without a key length"},
	{sql.ErrKeyTooLong, nil, "Specified key was too long; max key length is 3072 bytes"},
	{sql.ErrInvalidIndexPrefix, nil, "Incorrect prefix key; the used key part isn't a string, the used length is longer than the key part, or the storage engine doesn't support unique prefix keys"},
	{sql.ErrKeyZero, is("key part '(.*)' length cannot be 0"), "Key part '$1' length cannot be 0"},
	{sql.ErrJSONIndex, is("(.*)"), "$1."},
	{sql.ErrForeignKeyColumnCountMismatch, nil, "Incorrect foreign key definition for 'foreign key without name': Key reference and table reference don't match"},
	{analyzererrors.ErrInvalidRowLength, nil, "Row size too large. The maximum row size for the used table type, not counting BLOBs, is 65535. This includes storage overhead, check the manual. You have to change some columns to TEXT or BLOBs"},
	{sql.ErrSpatialTypeConversion, nil, "Cannot get geometry object from data you send to the GEOMETRY field"},
	{types.ErrLengthTooLarge, is("length is (.*) but max allowed is (.*)"), "Column length too big (max = $2); use BLOB or TEXT instead"},
	{sql.ErrReadOnlyTransaction, nil, "Cannot execute statement in a READ ONLY transaction."},
}

func is(form string) *regexp.Regexp { return regexp.MustCompile(`^(?s:` + form + `)$`) }

// Of is what MySQL says of an error whose text in the library's words is given; an error that is not
// known keeps it.
func Of(err error, text string) string {
	text = plain(text)
	for _, p := range phrases {
		switch {
		case !p.kind.Is(err):
		case p.form == nil:
			return p.says
		case p.form.MatchString(text):
			return p.form.ReplaceAllString(strings.ReplaceAll(text, `\"`, `"`), p.says)
		}
	}
	return text
}
