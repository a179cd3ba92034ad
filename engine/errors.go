package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	vitess "github.com/dolthub/vitess/go/mysql"
	goerrors "gopkg.in/src-d/go-errors.v1"

	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// MySQL's error numbers that we raise ourselves.
const (
	errDBAccessDenied      = 1044
	errBadNull             = 1048
	errBadDB               = 1049
	errUnknownErr          = 1105
	errTableAccessDenied   = 1142
	errColumnAccessDenied  = 1143
	errNonexistingGrant    = 1141
	errNoSuchTable         = 1146
	errNonexistingTblGrant = 1147
	errLockWaitTimeout     = 1205
	errDeadlock            = 1213
	errSpecificAccess      = 1227
	errNotSupported        = 1235
	errUnknownStmtHandler  = 1243
	errUnsupportedPS       = 1295
	errQueryInterrupted    = 1317
	errSessionKilled       = 3169
	errCannotUser          = 1396
	errInvalidViewRef      = 1356
	errWrongParamCount     = 1210
	errSyntax              = 1064
	errUndetermined        = 3100
	errTooBigTransaction   = 1197
	errReadOnlyTransaction = 1792
	errAccessDenied        = 1045
	errNoDB                = 1046
	errShutdown            = 1053
	errTooLongIdent        = 1059
	errEmptyQuery          = 1065
	errNoSuchThread        = 1094
	errWrongName           = 1103
	errIllegalGrant        = 1144
	errWrongDatetime       = 1292
	errNoSuchRoutine       = 1305
	errTriggerExists       = 1359
	errNotInTrigger        = 1422
	errProcAccessDenied    = 1370
	errNoGrantee           = 1410
	errNoSuchDefiner       = 1449
	errStackOverrun        = 1436
	errSPRecursion         = 1456
	errTooManyPrepared     = 1461
	errViewRecursive       = 1462
	errWrongUserName       = 1470
	errPluginNotLoaded     = 1524
	errPasswordPolicy      = 1819
	errUnknownAuthID       = 3162
	errRoleGrantedToItself = 3573
)

// gmsNumbers maps the planner's and executor's error kinds to MySQL's number
// and SQLSTATE. The library knows about 25 of them and reports the rest as
// 1105 with state HY000; drivers and ORMs branch on both.
var gmsNumbers = []struct {
	kind   *goerrors.Kind
	number uint16
	state  string
}{
	{sql.ErrTableNotFound, 1146, "42S02"},
	{sql.ErrTableAlreadyExists, 1050, "42S01"},
	{sql.ErrDatabaseExists, 1007, "HY000"},
	{sql.ErrDatabaseNotFound, errBadDB, "42000"},
	{sql.ErrNoDatabaseSelected, 1046, "3D000"},
	{sql.ErrColumnNotFound, 1054, "42S22"},
	{sql.ErrTableColumnNotFound, 1054, "42S22"},
	{sql.ErrUnknownColumn, 1054, "42S22"},
	{sql.ErrAmbiguousColumnName, 1052, "23000"},
	{sql.ErrColumnExists, 1060, "42S21"},
	{sql.ErrColumnSpecifiedTwice, 1110, "42000"},
	{sql.ErrDuplicateColumn, 1060, "42S21"},
	{sql.ErrFunctionNotFound, 1305, "42000"},
	{sql.ErrStoredProcedureDoesNotExist, 1305, "42000"},
	{sql.ErrInvalidArgumentNumber, 1582, "42000"},
	{sql.ErrUnknownSystemVariable, 1193, "HY000"},
	{sql.ErrSystemVariableReadOnly, 1238, "HY000"},
	{sql.ErrInvalidSystemVariableValue, 1231, "42000"},
	{sql.ErrPrimaryKeyViolation, 1062, "23000"},
	{sql.ErrUniqueKeyViolation, 1062, "23000"},
	{sql.ErrDuplicateEntry, 1062, "23000"},
	{sql.ErrInsertIntoNonNullableProvidedNull, errBadNull, "23000"},
	{sql.ErrInsertIntoNonNullableDefaultNullColumn, 1364, "HY000"},
	{sql.ErrInsertIntoMismatchValueCount, 1136, "21S01"},
	{sql.ErrForeignKeyChildViolation, 1452, "23000"},
	{sql.ErrForeignKeyParentViolation, 1451, "23000"},
	{sql.ErrForeignKeyNotResolved, 1452, "23000"},
	{sql.ErrForeignKeyDropTable, 3730, "HY000"},
	{sql.ErrForeignKeySetDefault, errNotSupported, "42000"},
	{sql.ErrForeignKeyDropIndex, 1553, "HY000"},
	{sql.ErrCheckConstraintViolated, 3819, "HY000"},
	{sql.ErrExpectedSingleRow, 1242, "21000"},
	{sql.ErrInvalidOperandColumns, 1241, "21000"},
	{sql.ErrSyntaxError, errSyntax, "42000"},
	{sql.ErrUnsupportedSyntax, errNotSupported, "42000"},
	{sql.ErrUnsupportedFeature, errNotSupported, "42000"},
	{sql.ErrNonAggregatedColumnWithoutGroupBy, 1140, "42000"},
	{sql.ErrUnknownPreparedStatement, errUnknownStmtHandler, "HY000"},
	{sql.ErrMultiplePrimaryKeysDefined, 1068, "42000"},
	{sql.ErrWrongAutoKey, 1075, "42000"},
	{sql.ErrKeyColumnDoesNotExist, 1072, "42000"},
	{sql.ErrCantDropFieldOrKey, 1091, "42000"},
	{sql.ErrCantDropIndex, 1553, "HY000"},
	{sql.ErrIndexNotFound, 1091, "42000"},
	{sql.ErrDuplicateKey, 1061, "42000"},
	{sql.ErrReadOnlyTransaction, errReadOnlyTransaction, "25006"},
	{sql.ErrSavepointDoesNotExist, 1305, "42000"},
	{sql.ErrInvalidValue, 1366, "HY000"},
	{sql.ErrInvalidJSONText, 3141, "22032"},
	{sql.ErrValueOutOfRange, 1264, "22003"},
	{sql.ErrInvalidType, 1064, "42000"},
	{types.ErrLengthBeyondLimit, 1406, "22001"},
	{types.ErrConvertToDecimalLimit, 1264, "22003"},
	{types.ErrConvertingToYear, 1264, "22003"},
	{types.ErrConvertingToTime, 1292, "22007"},
	{types.ErrConvertingToTimeType, 1292, "22007"},
	{types.ErrConvertingToEnum, 1265, "01000"},
	{sql.ErrConvertingToSet, 1265, "01000"},
	{sql.ErrInvalidSetValue, 1265, "01000"},
	{sql.ErrViewDoesNotExist, 1146, "42S02"},
	{sql.ErrExistingView, 1050, "42S01"},
	{sql.ErrInvalidRefInView, errInvalidViewRef, "HY000"},
	{sql.ErrTriggerDoesNotExist, 1360, "HY000"},
	{sql.ErrTableAccessDeniedForUser, errTableAccessDenied, "42000"},
	{sql.ErrDatabaseAccessDeniedForUser, errDBAccessDenied, "42000"},
	{sql.ErrPrivilegeCheckFailed, errTableAccessDenied, "42000"},
	{sql.ErrLockDeadlock, errDeadlock, "40001"},
}

// stateByNumber completes errors that carry a number without a SQLSTATE.
var stateByNumber = func() map[uint16]string {
	m := map[uint16]string{1048: "23000", 1451: "23000", 1452: "23000"}
	for _, g := range gmsNumbers {
		m[g.number] = g.state
	}
	return m
}()

// toClient turns any error of a statement into what the client sees. This is
// the only place where that happens. who and the context give the reason when
// the statement was cancelled or the guard refused it.
func toClient(err error) *session.Error {
	if err == nil {
		return nil
	}
	var ours *session.Error
	if errors.As(err, &ours) {
		return ours
	}
	if e := fromAccounts(err); e != nil {
		return e
	}
	err = sql.UnwrapError(err)
	if e := fromStorage(err); e != nil {
		return e
	}
	if e := fromDialect(err); e != nil {
		return e
	}
	for _, g := range gmsNumbers {
		if g.kind.Is(err) {
			return withCause(session.Errorf(g.number, g.state, "%s", wording(err)), err)
		}
	}
	cast := sql.CastSQLError(err)
	number := uint16(cast.Number())
	state := stateByNumber[number]
	if state == "" {
		if state = cast.SQLState(); state == "" {
			state = "HY000"
		}
	}
	if cast.Number() == vitess.ERUnknownError {
		if e := byText(err); e != nil {
			return e
		}
	}
	return withCause(session.Errorf(number, state, "%s", clean(err)), err)
}

func fromStorage(err error) *session.Error {
	var denied *kivi.DeniedError
	switch {
	case errors.As(err, &denied):
		e := session.Errorf(errTableAccessDenied, "42000", "command denied: the permission certificate does not allow it")
		if denied.Revoked {
			e = session.Errorf(errTableAccessDenied, "42000", "privilege changed during execution")
		}
		return e.WithHint("ask the owner for a GRANT, see SHOW GRANTS")
	case errors.Is(err, kv.ErrLockWait):
		return session.Errorf(errLockWaitTimeout, "HY000", "Lock wait timeout exceeded; try restarting transaction")
	case errors.Is(err, kv.ErrDeadlock), errors.Is(err, kv.ErrConflict):
		return session.Errorf(errDeadlock, "40001", "Deadlock found when trying to get lock; try restarting transaction")
	case errors.Is(err, kv.ErrTooLarge):
		return session.Errorf(errTooBigTransaction, "HY000", "transaction, row or key is too large: %v", err).
			WithHint("commit in smaller steps, or load with lxdb import")
	case errors.Is(err, kv.ErrReadOnly):
		return session.Errorf(errReadOnlyTransaction, "25006", "Cannot execute statement in a READ ONLY transaction")
	case errors.Is(err, kv.ErrUndetermined):
		return session.Errorf(errUndetermined, "HY000", "the result of the commit is not known").
			WithHint("look whether the change is there before doing it again")
	case errors.Is(err, context.Canceled):
		return session.Errorf(errQueryInterrupted, "70100", "Query execution was interrupted")
	case errors.Is(err, context.DeadlineExceeded):
		return session.Errorf(3024, "HY000", "Query execution was interrupted, maximum statement execution time exceeded")
	}
	return nil
}

func fromDialect(err error) *session.Error {
	var syntax *dialect.SyntaxError
	var missing *dialect.NotSupportedError
	switch {
	case errors.As(err, &syntax):
		e := session.Errorf(errSyntax, "42000", "%s", syntax.Error())
		if syntax.Hint != "" {
			e = e.WithHint("%s", syntax.Hint)
		}
		return e
	case errors.As(err, &missing):
		return session.Errorf(errNotSupported, "42000", "%s", missing.Error())
	}
	return nil
}

// byText recognises errors that the library makes without a kind.
func byText(err error) *session.Error {
	text := clean(err)
	switch {
	case strings.HasPrefix(text, "syntax error"):
		return session.Errorf(errSyntax, "42000", "You have an error in your SQL syntax; %s", text)
	case strings.Contains(text, "too large for column"), strings.Contains(text, "is too long for column"):
		return session.Errorf(1406, "22001", "%s", text)
	case strings.Contains(text, "invalid arguments. expected"), strings.Contains(text, "unbound variable"):
		return session.Errorf(errWrongParamCount, "HY000", "Incorrect arguments to EXECUTE: %s", text)
	}
	return nil
}

// wording is the text for the client: MySQL's own where tools read it.
func wording(err error) string {
	text := clean(err)
	switch {
	case sql.ErrForeignKeyParentViolation.Is(err):
		// The tables that refer to this one, and the names of their
		// constraints, may be hidden from who changes it.
		return "Cannot delete or update a parent row: a foreign key constraint fails"
	case sql.ErrForeignKeyNotResolved.Is(err):
		return "Cannot add, update or delete a row: a foreign key constraint fails; the other table is missing, or you hold nothing on it"
	case sql.ErrForeignKeyChildViolation.Is(err):
		_, name, _ := strings.Cut(text, "fk: `")
		name, _, _ = strings.Cut(name, "`, table: ")
		return fmt.Sprintf("Cannot add or update a child row: a foreign key constraint fails (CONSTRAINT `%s`)", name)
	}
	open, end := strings.LastIndexByte(text, '['), strings.LastIndexByte(text, ']')
	if open < 0 || end < open {
		return text
	}
	entry := strings.ReplaceAll(text[open+1:end], ",", "-")
	switch {
	case sql.ErrPrimaryKeyViolation.Is(err):
		return fmt.Sprintf("Duplicate entry '%s' for key 'PRIMARY'", entry)
	case sql.ErrUniqueKeyViolation.Is(err):
		return fmt.Sprintf("Duplicate entry '%s' for a unique key", entry)
	}
	return text
}

// clean drops the stack-trace verbs of the library's error kinds.
func clean(err error) string { return strings.TrimSpace(fmt.Sprintf("%s", err)) }

func withCause(e *session.Error, err error) *session.Error {
	w := session.Errorf(e.Number, e.State, "%w", err)
	w.Message = e.Message
	return w
}

// deniedObject is the error of B.6.12: the same text whether the object is
// missing or forbidden for someone who holds nothing on its schema.
func deniedObject(command, user, object string) *session.Error {
	return session.Errorf(errTableAccessDenied, "42000", "%s command denied to user '%s' for table '%s'", command, user, object).
		WithHint("the owner or an administrator can run GRANT … ON TABLE %s TO %s", object, user)
}

func deniedDatabase(user, database string) *session.Error {
	return session.Errorf(errDBAccessDenied, "42000", "Access denied for user '%s' to database '%s'", user, database)
}

func deniedSystem(need string) *session.Error {
	return session.Errorf(errSpecificAccess, "42000", "Access denied; you need (at least one of) the %s privilege(s) for this operation", need)
}
