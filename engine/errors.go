package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"

	regex "github.com/dolthub/go-icu-regex"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer/analyzererrors"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	"github.com/dolthub/go-mysql-server/sql/types"
	vitess "github.com/dolthub/vitess/go/mysql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"
	goerrors "gopkg.in/src-d/go-errors.v1"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/engine/wording"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
	"github.com/lxdb/lxdb/storage/relation"
)

// gmsCodes maps the planner's and executor's error kinds to MySQL's numbers.
// The library knows about 25 of them and reports the rest as 1105; drivers and
// ORMs branch on the number and the SQLSTATE.
var gmsCodes = []struct {
	kind *goerrors.Kind
	code sqlerr.Code
}{
	{sql.ErrTableNotFound, sqlerr.NoSuchTable},
	{sql.ErrTableAlreadyExists, sqlerr.TableExists},
	{sql.ErrDatabaseExists, sqlerr.DatabaseExists},
	{sql.ErrDatabaseNotFound, sqlerr.BadDB},
	{sql.ErrNoDatabaseSelected, sqlerr.NoDB},
	{sql.ErrColumnNotFound, sqlerr.BadField},
	{sql.ErrTableColumnNotFound, sqlerr.BadField},
	{sql.ErrUnknownColumn, sqlerr.BadField},
	{sql.ErrAmbiguousColumnName, sqlerr.AmbiguousColumn},
	{sql.ErrAmbiguousColumnOrAliasName, sqlerr.AmbiguousColumn},
	{sql.ErrMoreThanOneRow, sqlerr.TooManyRows},
	{sql.ErrColumnCountMismatch, sqlerr.ViewWrongList},
	{sql.ErrInvalidColumnNumber, sqlerr.ViewWrongList},
	{sql.ErrColumnNumberDoesNotMatch, sqlerr.WrongNumberOfColumnsInSelect},
	{planbuilder.ErrUnionSchemasDifferentLength, sqlerr.WrongNumberOfColumnsInSelect},
	{planbuilder.ErrQualifiedOrderBy, sqlerr.TablenameNotAllowedHere},
	{planbuilder.ErrPrimaryKeyOnNullField, sqlerr.PrimaryCantHaveNull},
	{sql.ErrRecursiveCTEMissingUnion, sqlerr.CTERecursiveRequiresUnion},
	{sql.ErrMisusedAlias, sqlerr.BadField},
	{sql.ErrConflictingExternalQuery, sqlerr.Syntax},
	{sql.ErrNoTablesUsed, sqlerr.NoTablesUsed},
	{sql.ErrColumnExists, sqlerr.DupFieldName},
	{sql.ErrColumnSpecifiedTwice, sqlerr.FieldSpecifiedTwice},
	{sql.ErrDuplicateColumn, sqlerr.DupFieldName},
	{sql.ErrFunctionNotFound, sqlerr.SPDoesNotExist},
	{sql.ErrStoredProcedureDoesNotExist, sqlerr.SPDoesNotExist},
	{sql.ErrInvalidArgumentNumber, sqlerr.WrongParamCountToNativeFunction},
	{sql.ErrUnknownSystemVariable, sqlerr.UnknownSystemVariable},
	{sql.ErrSystemVariableReadOnly, sqlerr.IncorrectGlobalLocalVar},
	{sql.ErrSystemVariableSessionOnly, sqlerr.LocalVariable},
	{sql.ErrSystemVariableGlobalOnly, sqlerr.GlobalVariable},
	{sql.ErrSessionDoesNotSupportPersistence, sqlerr.NotSupportedYet},
	{sql.ErrInvalidSystemVariableValue, sqlerr.WrongValueForVar},
	{sql.ErrPrimaryKeyViolation, sqlerr.DupEntry},
	{sql.ErrUniqueKeyViolation, sqlerr.DupEntry},
	{sql.ErrDuplicateEntry, sqlerr.DupEntry},
	{sql.ErrInsertIntoNonNullableProvidedNull, sqlerr.BadNull},
	{sql.ErrInsertIntoNonNullableDefaultNullColumn, sqlerr.NoDefaultForField},
	{sql.ErrInsertIntoMismatchValueCount, sqlerr.WrongValueCount},
	{sql.ErrForeignKeyChildViolation, sqlerr.NoReferencedRow},
	{sql.ErrForeignKeyParentViolation, sqlerr.RowIsReferenced},
	{sql.ErrForeignKeyNotResolved, sqlerr.NoReferencedRow},
	{sql.ErrForeignKeyDropTable, sqlerr.ForeignKeyCannotDropParent},
	{sql.ErrForeignKeySetDefault, sqlerr.NotSupportedYet},
	{sql.ErrForeignKeyDuplicateName, sqlerr.FkDupName},
	{sql.ErrForeignKeyDropIndex, sqlerr.DropIndexForeignKey},
	{sql.ErrGeneratedColumnValue, sqlerr.NonDefaultValueForGeneratedColumn},
	{sql.ErrForeignKeyDropColumn, sqlerr.ForeignKeyColumnCannotDrop},
	{sql.ErrCheckConstraintInvalidatedByColumnAlter, sqlerr.DependentByCheck},
	{sql.ErrDropColumnReferencedInDefault, sqlerr.DependentByDefaultGenerated},
	{sql.ErrCheckConstraintViolated, sqlerr.CheckConstraintViolated},
	{sql.ErrExpectedSingleRow, sqlerr.SubqueryNoOneRow},
	{sql.ErrInvalidOperandColumns, sqlerr.OperandColumns},
	{sql.ErrSyntaxError, sqlerr.Syntax},
	{sql.ErrUnsupportedSyntax, sqlerr.NotSupportedYet},
	{sql.ErrUnsupportedFeature, sqlerr.NotSupportedYet},
	{sql.ErrCharSetUnknown, sqlerr.UnknownCharacterSet},
	{sql.ErrCollationUnknown, sqlerr.UnknownCollation},
	{sql.ErrCollationInvalidForCharSet, sqlerr.CollationCharsetMismatch},
	{sql.ErrNonAggregatedColumnWithoutGroupBy, sqlerr.MixOfGroupFuncAndFields},
	{analyzererrors.ErrValidationGroupBy, sqlerr.WrongFieldWithGroup},
	{sql.ErrCursorNotFound, sqlerr.SPCursorMismatch},
	{sql.ErrCursorAlreadyOpen, sqlerr.SPCursorAlreadyOpen},
	{sql.ErrCursorNotOpen, sqlerr.SPCursorNotOpen},
	{sql.ErrUnknownPreparedStatement, sqlerr.UnknownStmtHandler},
	{sql.ErrMultiplePrimaryKeysDefined, sqlerr.MultiplePrimaryKey},
	{sql.ErrInvalidIdentifier, sqlerr.TooLongIdent},
	{sql.ErrInvalidOnUpdate, sqlerr.InvalidOnUpdate},
	{sql.ErrColumnDefaultDatetimeOnlyFunc, sqlerr.InvalidDefault},
	{sql.ErrInvalidBlobTextKey, sqlerr.BlobKeyWithoutLength},
	{sql.ErrKeyTooLong, sqlerr.TooLongKey},
	{sql.ErrInvalidIndexPrefix, sqlerr.WrongSubKey},
	{sql.ErrKeyZero, sqlerr.KeyPart0},
	{sql.ErrJSONIndex, sqlerr.JSONUsedAsKey},
	{sql.ErrForeignKeyColumnCountMismatch, sqlerr.WrongForeignKeyDefinition},
	{analyzererrors.ErrInvalidRowLength, sqlerr.TooBigRowsize},
	{types.ErrLengthTooLarge, sqlerr.TooBigFieldlength},
	{sql.ErrWrongAutoKey, sqlerr.WrongAutoKey},
	{sql.ErrInvalidAutoIncCols, sqlerr.WrongAutoKey},
	{sql.ErrKeyColumnDoesNotExist, sqlerr.KeyColumnDoesNotExist},
	{sql.ErrCantDropFieldOrKey, sqlerr.CantDropFieldOrKey},
	{sql.ErrUnknownConstraint, sqlerr.CheckConstraintNotFound},
	{sql.ErrForeignKeyNotFound, sqlerr.CantDropFieldOrKey},
	{sql.ErrCantDropIndex, sqlerr.DropIndexForeignKey},
	{sql.ErrIndexNotFound, sqlerr.CantDropFieldOrKey},
	{sql.ErrDuplicateKey, sqlerr.DupKeyName},
	{sql.ErrReadOnlyTransaction, sqlerr.CantExecuteInReadOnlyTransaction},
	{sql.ErrSavepointDoesNotExist, sqlerr.SPDoesNotExist},
	{sql.ErrCharSetInvalidString, sqlerr.InvalidCharacterString},
	{sql.ErrInvalidValue, sqlerr.TruncatedWrongValueForField},
	{sql.ErrInvalidJSONText, sqlerr.InvalidJSONText},
	{sql.ErrValueOutOfRange, sqlerr.WarnDataOutOfRange},
	{sql.ErrInvalidType, sqlerr.Syntax},
	{types.ErrLengthBeyondLimit, sqlerr.DataTooLong},
	{types.ErrConvertToDecimalLimit, sqlerr.WarnDataOutOfRange},
	{types.ErrConvertingToYear, sqlerr.WarnDataOutOfRange},
	{types.ErrConvertingToTime, sqlerr.TruncatedWrongValue},
	{types.ErrConvertingToTimeType, sqlerr.TruncatedWrongValue},
	{types.ErrConvertingToEnum, sqlerr.DataTruncated},
	{sql.ErrConvertingToSet, sqlerr.DataTruncated},
	{sql.ErrInvalidSetValue, sqlerr.DataTruncated},
	{sql.ErrViewDoesNotExist, sqlerr.NoSuchTable},
	{sql.ErrExistingView, sqlerr.TableExists},
	{sql.ErrInvalidRefInView, sqlerr.ViewInvalid},
	{sql.ErrTriggerDoesNotExist, sqlerr.TriggerDoesNotExist},
	{sql.ErrTableAccessDeniedForUser, sqlerr.TableAccessDenied},
	{sql.ErrDatabaseAccessDeniedForUser, sqlerr.DBAccessDenied},
	{sql.ErrPrivilegeCheckFailed, sqlerr.TableAccessDenied},
	{sql.ErrLockDeadlock, sqlerr.LockDeadlock},
	{sql.ErrAggregationUnsupported, sqlerr.InvalidGroupFuncUse},
	{plan.ErrUpdateForTableNotSupported, sqlerr.NonUpdatableTable},
	{sql.ErrSpatialTypeConversion, sqlerr.CantCreateGeometryObject},
	{sql.ErrNotMatchingSRIDWithColName, sqlerr.WrongSRIDForColumn},
	{regex.ErrTimeout, sqlerr.RegexpTimeOut},
}

// toClient turns any error of a statement into what the client sees. This is
// the only place where that happens. Texts that come out of the library or the
// store keep the values in them only if show says so: see package access.
func toClient(err error, show lxaccess.Disclosure) *session.Error {
	if err == nil {
		return nil
	}
	var made *routine.MadeText
	if errors.As(err, &made) {
		return madeText(toClient(made.Cause, lxaccess.HideValues))
	}
	var client *session.Error
	if errors.As(err, &client) {
		return client
	}
	if e := ours.AccountError(err); e != nil {
		return e
	}
	err = sql.UnwrapError(err)
	if errors.As(err, &client) { // one of ours that the library has wrapped
		return client
	}
	if e := fromRow(err); e != nil {
		return e
	}
	if e := fromStorage(err); e != nil {
		return e
	}
	if e := fromText(err); e != nil {
		return e
	}
	for _, g := range gmsCodes {
		if g.kind.Is(err) {
			if show == lxaccess.HideValues && !lxaccess.Sayable(err) {
				return lxaccess.Bare(g.code, err)
			}
			return g.code.Errorf("%s", said(err)).WithCause(err)
		}
	}
	cast := sql.CastSQLError(err)
	if cast.Number() == vitess.ERUnknownError {
		if e := byText(err); e != nil {
			if show == lxaccess.HideValues {
				return lxaccess.Bare(e.Number, err)
			}
			return e
		}
	}
	if show == lxaccess.HideValues && !lxaccess.Sayable(err) {
		return lxaccess.Bare(sqlerr.Code(cast.Number()), err)
	}
	return sqlerr.Library(cast.Number(), cast.SQLState(), clean(err)).WithCause(err)
}

// madeText is an error without its text, which quotes what nobody may be shown.
func madeText(e *session.Error) *session.Error {
	return e.Number.Errorf("a statement that the procedure has made failed with this error; its text is not shown").
		WithHint("whoever owns the procedure can run the statement by itself")
}

// fromRow is for a column that the row of a trigger does not have: the library looks
// for a table called NEW or OLD.
func fromRow(err error) *session.Error {
	if !sql.ErrTableNotFound.Is(err) {
		return nil
	}
	_, name, _ := strings.Cut(clean(err), ": ")
	if row := strings.ToUpper(name); row == "NEW" || row == "OLD" {
		return sqlerr.BadField.Errorf("Unknown column in '%s'", row).
			WithHint("a trigger names a column that its table does not have, or has under another name")
	}
	return nil
}

func fromStorage(err error) *session.Error {
	var denied *kivi.DeniedError
	switch {
	case errors.As(err, &denied):
		e := sqlerr.TableAccessDenied.Errorf("command denied: the permission certificate does not allow it")
		if denied.Revoked {
			e = sqlerr.TableAccessDenied.Errorf("privilege changed during execution")
		}
		return e.WithHint("ask the owner for a GRANT, see SHOW GRANTS")
	case errors.Is(err, catalog.ErrNotFound), errors.Is(err, catalog.ErrExists): // statements look before, but not under the lock of the change
		return sqlerr.TableDefChanged.Errorf("Table definition has changed, please retry transaction").
			WithHint("something that the statement names was made or dropped by another session meanwhile")
	case errors.Is(err, kv.ErrLockWait):
		return sqlerr.LockWaitTimeout.Errorf("Lock wait timeout exceeded; try restarting transaction")
	case errors.Is(err, kv.ErrDeadlock), errors.Is(err, kv.ErrConflict):
		return sqlerr.LockDeadlock.Errorf("Deadlock found when trying to get lock; try restarting transaction")
	case errors.Is(err, relation.ErrNoNumber):
		return sqlerr.AutoincReadFailed.Errorf("Failed to read auto-increment value from storage engine")
	case errors.Is(err, codec.ErrTooLarge):
		return sqlerr.TooBigRowsize.Errorf("Row size too large%s", strings.TrimPrefix(err.Error(), codec.ErrTooLarge.Error())).
			WithHint("a value that is stored has at most %d bytes: keep it in several rows", codec.MaxBlobBytes)
	case errors.Is(err, kv.ErrTooLarge):
		return sqlerr.TransCacheFull.Errorf("transaction, row or key is too large: %v", err).
			WithHint("commit in smaller steps, or load with lxdb import")
	case errors.Is(err, kv.ErrReadOnly):
		return sqlerr.CantExecuteInReadOnlyTransaction.Errorf("Cannot execute statement in a READ ONLY transaction")
	case errors.Is(err, kv.ErrUndetermined):
		return sqlerr.RunHookError.Errorf("the result of the commit is not known").
			WithHint("look whether the change is there before doing it again")
	case errors.Is(err, context.Canceled):
		return sqlerr.QueryInterrupted.Errorf("Query execution was interrupted")
	case errors.Is(err, context.DeadlineExceeded):
		return sqlerr.QueryTimeout.Errorf("Query execution was interrupted, maximum statement execution time exceeded")
	case errors.Is(err, audit.ErrUnwritable):
		return sqlerr.From(auditError(err)).WithCause(err)
	}
	return fromFile(err)
}

// fromFile is for what the operating system says of a file, without its path: where the server keeps what is no client's business.
func fromFile(err error) *session.Error {
	var of *fs.PathError
	var between *os.LinkError
	if !errors.As(err, &of) && !errors.As(err, &between) {
		return nil
	}
	if errors.Is(err, syscall.ENOSPC) {
		return sqlerr.DiskFull.Errorf("Disk full; the statement was not executed").WithHint("the server's log names the file").WithCause(err)
	}
	return sqlerr.UnknownError.Errorf("a file of the server cannot be read or written").WithHint("see the server log").WithCause(err)
}

// fromText is for texts that cannot be read.
func fromText(err error) *session.Error {
	var syntax *lex.SyntaxError
	var missing *dialect.NotSupportedError
	var refused *lex.Error
	switch {
	case errors.As(err, &syntax):
		e := sqlerr.Syntax.Errorf("%s", syntax.Error())
		if syntax.Hint != "" {
			e = e.WithHint("%s", syntax.Hint)
		}
		return e
	case errors.As(err, &missing):
		e := sqlerr.NotSupportedYet.Errorf("%s", missing.Error())
		if missing.Hint != "" {
			e = e.WithHint("%s", missing.Hint)
		}
		return e
	case !errors.As(err, &refused):
		return nil
	}
	switch refused.Reason {
	case lex.Nested:
		return sqlerr.StackOverrunNeedMore.Errorf("the statement is nested too deep").
			WithHint("long lists belong in IN (…), VALUES or a table")
	case lex.Encoding:
		return sqlerr.InvalidCharacterString.Errorf("Invalid utf8mb4 character string in a name")
	case lex.Name:
		return sqlerr.NotSupportedYet.Errorf("a quoted name that begins with @ is not supported, but as an alias after AS")
	}
	return sqlerr.Syntax.Errorf("You have an error in your SQL syntax: %s", refused.Error())
}

// Texts that the library makes without a kind, and ours of the store's limits.
const (
	badOrdinal    = "column ordinal out of range: "
	noBaseTable   = "expected resolved table: "
	manyMembers   = "number of values is too large"
	badNameConst  = "incorrect arguments to: NAME_CONST"
	argsNameConst = "incorrect parameter count in the call to native function NAME_CONST"
)

const onlyBaseTables = "can only update statistics for base tables, found "

const noLimit = "limit expression expected to be numeric or procedure parameter, found invalid column: "

// byText recognises errors that the library makes without a kind.
func byText(err error) *session.Error {
	text := clean(err)
	switch {
	case strings.HasSuffix(text, "supports precision from 0 to 6"), strings.HasSuffix(text, "only supports a length from 0 to 6"):
		return sqlerr.TooBigPrecision.Errorf("Too-big precision specified for a column. Maximum is 6.")
	case strings.HasPrefix(text, badOrdinal):
		return sqlerr.BadField.Errorf("Unknown column '%s' in 'group statement'", text[len(badOrdinal):])
	case strings.HasPrefix(text, noLimit):
		return sqlerr.SPUndeclaredVar.Errorf("Undeclared variable: %s", text[len(noLimit):])
	case strings.HasPrefix(text, noBaseTable):
		return sqlerr.WrongObject.Errorf("'%s' is not BASE TABLE", text[len(noBaseTable):])
	case text == manyMembers:
		return sqlerr.TooBigSet.Errorf("Too many strings for an ENUM or a SET: a SET has at most 64, an ENUM 65535")
	case text == badNameConst:
		return sqlerr.WrongArguments.Errorf("Incorrect arguments to NAME_CONST")
	case text == argsNameConst:
		return sqlerr.WrongParamCountToNativeFunction.Errorf("Incorrect parameter count in the call to native function 'NAME_CONST'")
	case strings.Contains(text, "columns, not 1 to"):
		return sqlerr.TooManyFields.Errorf("Too many columns")
	case strings.HasPrefix(text, onlyBaseTables): // behind the name stands the plan of a view
		name, _, _ := strings.Cut(text[len(onlyBaseTables):], ":")
		return sqlerr.WrongObject.Errorf("'%s' is not BASE TABLE", name)
	case strings.HasPrefix(text, "syntax error"):
		return sqlerr.Syntax.Errorf("You have an error in your SQL syntax; %s", text)
	case strings.Contains(text, "too large for column"), strings.Contains(text, "is too long for column"):
		return sqlerr.DataTooLong.Errorf("%s", text)
	case strings.Contains(text, "invalid arguments. expected"), strings.Contains(text, "unbound variable"):
		return sqlerr.WrongArguments.Errorf("Incorrect arguments to EXECUTE: %s", text)
	}
	return nil
}

// placed is toClient for an error of a statement that the client has written: tables and columns are
// named as they stand there.
func placed(err error, show lxaccess.Disclosure, stmt ast.Statement, database string) *session.Error {
	client := toClient(err, show)
	if client == nil || show == lxaccess.HideValues && !lxaccess.Sayable(err) {
		return client
	}
	switch {
	case client.Number == sqlerr.NoSuchTable, client.Number == sqlerr.BadDB, client.Number == sqlerr.BadField, client.Number == sqlerr.AmbiguousColumn,
		client.Number == sqlerr.SPDoesNotExist, sql.ErrIncompatibleDefaultType.Is(err), sql.ErrColumnDefaultDatetimeOnlyFunc.Is(err):
		if code, text, ok := wording.Placed(stmt, database, err); ok {
			return code.Errorf("%s", text).WithCause(err)
		}
	}
	return client
}

// said is the text for the client: MySQL's own where tools read it.
func said(err error) string {
	text := clean(err)
	switch {
	case regex.ErrTimeout.Is(err): // its cause has the whole text that was searched
		return sqlerr.RegexpTimeOut.Bare()
	case sql.ErrCharSetInvalidString.Is(err): // quotes bytes that are no text
		return "Invalid character string for the character set that stands before it"
	case sql.ErrInvalidOperandColumns.Is(err):
		want, has := 1, 0
		_, _ = fmt.Sscanf(text, "operand should have %d columns, but has %d", &want, &has)
		return fmt.Sprintf("Operand should contain %d column(s)", want)
	case sql.ErrAggregationUnsupported.Is(err):
		return "Invalid use of group function"
	case planbuilder.ErrPrimaryKeyOnNullField.Is(err):
		return "All parts of a PRIMARY KEY must be NOT NULL; if you need NULL in a key, use UNIQUE instead"
	case sql.ErrForeignKeyParentViolation.Is(err):
		// The tables that refer to this one, and the names of their
		// constraints, may be hidden from who changes it.
		return "Cannot delete or update a parent row: a foreign key constraint fails"
	case sql.ErrForeignKeyDropColumn.Is(err): // for keys of other tables, too
		column, _, _ := strings.Cut(text, " as it is used in")
		return column + ": needed in a foreign key constraint"
	case sql.ErrForeignKeyNotResolved.Is(err):
		return "Cannot add, update or delete a row: a foreign key constraint fails; the other table is missing, or you hold nothing on it"
	case sql.ErrForeignKeyChildViolation.Is(err):
		_, name, _ := strings.Cut(text, "fk: `")
		name, _, _ = strings.Cut(name, "`, table: ")
		return fmt.Sprintf("Cannot add or update a child row: a foreign key constraint fails (CONSTRAINT `%s`)", name)
	}
	open, end := strings.LastIndexByte(text, '['), strings.LastIndexByte(text, ']')
	if open < 0 || end < open {
		return wording.Of(err, text)
	}
	entry := strings.ReplaceAll(text[open+1:end], ",", "-")
	switch {
	case sql.ErrPrimaryKeyViolation.Is(err):
		return fmt.Sprintf("Duplicate entry '%s' for key 'PRIMARY'", entry)
	case sql.ErrUniqueKeyViolation.Is(err):
		return fmt.Sprintf("Duplicate entry '%s' for a unique key", entry)
	}
	return wording.Of(err, text)
}

// clean drops the stack-trace verbs of the library's error kinds.
func clean(err error) string { return strings.TrimSpace(fmt.Sprintf("%s", err)) }

// logged is what the server's log may say of an error: operators are nobody's
// readers. Texts of the library can carry values of rows, so of those it is the
// types and the place.
func logged(err error) string {
	if fromStorage(err) != nil {
		return err.Error()
	}
	out := ""
	for e := err; e != nil; e = errors.Unwrap(e) {
		out += fmt.Sprintf("%T ", e)
		made, ok := e.(*goerrors.Error)
		if !ok {
			continue
		}
		if lxaccess.Sayable(made) {
			return out + made.Error()
		}
		if frames := made.StackTrace().StackTrace; len(frames) > 0 {
			out += fmt.Sprintf("made at %v ", frames[0])
		}
	}
	return out
}

// loggedPanic is the same for a panic: what the runtime says has no values.
func loggedPanic(p any) string {
	if e, ok := p.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("%T", p)
}
