package access

import (
	regex "github.com/dolthub/go-icu-regex"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	vitess "github.com/dolthub/vitess/go/mysql"
	goerrors "gopkg.in/src-d/go-errors.v1"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// Disclosure says whether the text of an error or a warning may carry values of
// rows. The zero value hides them.
type Disclosure bool

const (
	HideValues Disclosure = false
	ShowValues Disclosure = true
)

// noteGiven notes the target of an INSERT or REPLACE. The stored row that ON
// DUPLICATE KEY UPDATE works on was not given, nor is what a program
// writes for its definer.
func (s Asker) noteGiven(o object, use *TableUse) {
	if use.OnDup || use.View != nil || o.Table == nil || s.Calls != nil && s.Calls.Definer {
		return
	}
	if s.Given == nil {
		s.Given = map[catalog.ID]bool{}
	}
	s.Given[o.Table.ID] = true
}

// Disclosure is the one decision whether a value may stand in what the running
// statement says: in its error, its warnings, the log. It may if the session
// itself, not some definer, could read every row that the statement could
// have met. The rows that an INSERT was given in its own text do not count. A
// view shows the constants in it, too, so its text must be open to the session.
func (s Asker) Disclosure() Disclosure {
	self := access.As(s.Own, nil)
	for _, t := range s.Touched {
		switch {
		case t.Given:
		case t.View && !access.May(self, t.Object, access.Any(privilege.Of(privilege.ShowView, privilege.Metadata)), access.List),
			!access.May(self, t.Object, access.One(privilege.Select), access.List):
			return HideValues
		}
	}
	return ShowValues
}

// namesOnly are the kinds of the library whose texts are made of names, numbers
// of arguments and words of the statement. Every other text is taken to carry
// values of rows: a kind that somebody forgets here is only worded worse.
var namesOnly = []*goerrors.Kind{
	sql.ErrSyntaxError, sql.ErrUnsupportedFeature, sql.ErrUnsupportedSyntax, sql.ErrInvalidType, sql.ErrReadOnlyTransaction,
	sql.ErrTableNotFound, sql.ErrTableAlreadyExists, sql.ErrUnknownTable, sql.ErrDuplicateAliasOrTable,
	sql.ErrDatabaseExists, sql.ErrDatabaseNotFound, sql.ErrNoDatabaseSelected, sql.ErrInvalidDatabaseName,
	sql.ErrColumnNotFound, sql.ErrTableColumnNotFound, sql.ErrUnknownColumn, sql.ErrAmbiguousColumnName, sql.ErrAmbiguousColumnOrAliasName,
	sql.ErrAmbiguousColumnInOrderBy, sql.ErrColumnExists, sql.ErrColumnSpecifiedTwice, sql.ErrDuplicateColumn, sql.ErrMisusedAlias,
	sql.ErrFunctionNotFound, sql.ErrTableFunctionNotFound, sql.ErrStoredProcedureDoesNotExist, sql.ErrStoredProcedureAlreadyExists,
	sql.ErrInvalidArgumentNumber, sql.ErrCallIncorrectParameterCount, sql.ErrUnknownSystemVariable, sql.ErrSystemVariableReadOnly,
	sql.ErrInsertIntoNonNullableProvidedNull, sql.ErrInsertIntoNonNullableDefaultNullColumn, sql.ErrInsertIntoMismatchValueCount,
	sql.ErrColValCountMismatch, sql.ErrGeneratedColumnValue, sql.ErrColumnDefaultReturnedNull,
	sql.ErrForeignKeyChildViolation, sql.ErrForeignKeyParentViolation, sql.ErrForeignKeyNotResolved, sql.ErrForeignKeyDropTable,
	sql.ErrForeignKeySetDefault, sql.ErrForeignKeyDropIndex, sql.ErrForeignKeyDropColumn, sql.ErrForeignKeyDuplicateName,
	sql.ErrForeignKeyNotFound, sql.ErrForeignKeyColumnCountMismatch, sql.ErrForeignKeyColumnTypeMismatch, sql.ErrForeignKeyTypeChange,
	sql.ErrForeignKeyTypeChangeSetNull, sql.ErrForeignKeySetNullNonNullable, sql.ErrForeignKeyMissingReferenceIndex,
	sql.ErrForeignKeyDepthLimit, sql.ErrForeignKeyTextBlob, sql.ErrForeignKeyMissingColumns, sql.ErrTruncateReferencedFromForeignKey,
	sql.ErrCheckConstraintViolated, sql.ErrCheckConstraintInvalidatedByColumnAlter, sql.ErrUnknownConstraint, sql.ErrInvalidConstraintFunctionNotSupported,
	sql.ErrInvalidConstraintSubqueryNotSupported, sql.ErrColumnDefaultSubquery, sql.ErrInvalidColumnDefaultValue, sql.ErrDropColumnReferencedInDefault,
	sql.ErrIncompatibleDefaultType, sql.ErrExpectedSingleRow, sql.ErrMoreThanOneRow, sql.ErrInvalidOperandColumns, sql.ErrColumnNumberDoesNotMatch,
	sql.ErrNonAggregatedColumnWithoutGroupBy, sql.ErrUnknownPreparedStatement, sql.ErrUnboundPreparedStatementVariable,
	sql.ErrMultiplePrimaryKeysDefined, sql.ErrWrongAutoKey, sql.ErrInvalidAutoIncCols, sql.ErrKeyColumnDoesNotExist, sql.ErrCantDropFieldOrKey,
	sql.ErrCantDropIndex, sql.ErrIndexNotFound, sql.ErrDuplicateKey, sql.ErrDuplicateEntry, sql.ErrUnsupportedIndexPrefix, sql.ErrInvalidBlobTextKey,
	sql.ErrKeyTooLong, sql.ErrVirtualColumnPrimaryKey, sql.ErrJSONIndex, sql.ErrSavepointDoesNotExist, sql.ErrLockDeadlock,
	sql.ErrViewDoesNotExist, sql.ErrExistingView, sql.ErrInvalidRefInView, sql.ErrExpectedTableFoundView, sql.ErrColumnCountMismatch,
	sql.ErrTriggerDoesNotExist, sql.ErrTriggerTableInUse, sql.ErrTriggerCannotBeDropped, sql.ErrTriggerCreateStatementInvalid,
	sql.ErrTableAccessDeniedForUser, sql.ErrDatabaseAccessDeniedForUser, sql.ErrPrivilegeCheckFailed,
	sql.ErrCteRecursionLimitExceeded, sql.ErrCollationIllegalMix, sql.ErrCollationInvalidForCharSet, sql.ErrCollationUnknown, sql.ErrCharSetUnknown,
	regex.ErrTimeout, types.ErrDataTruncatedForColumn, types.ErrConvertToDecimalLimit, types.ErrCharacterSetOnInvalidType,
}

// Sayable reports whether an error's text has no value of a row in it. What
// wraps another error shows that one's text, too. A user's SIGNAL says what its
// author chose to say.
func Sayable(err error) bool {
	if _, ok := err.(*vitess.SQLError); ok {
		return true
	}
	e, ok := err.(*goerrors.Error)
	if !ok || e.Cause() != nil {
		return false
	}
	for _, k := range namesOnly {
		if k.Is(e) {
			return true
		}
	}
	return false
}

// Bare is an error without the values that its text may carry.
func Bare(code sqlerr.Code, err error) *session.Error {
	return code.Errorf("%s", code.Bare()).WithCause(err).
		WithHint("the text is without the value: you may not SELECT from every table and view that the statement uses")
}

// Worded is a warning as the client may see it: it passes the same decision as
// an error.
func (s Asker) Worded(w *sql.Warning) *sql.Warning {
	made := s.Calls != nil && s.Calls.Made // the names in it may be values, too
	if !made && (sqlerr.Code(w.Code).NamesOnly() || s.Disclosure() == ShowValues) {
		return w
	}
	return &sql.Warning{Level: w.Level, Code: w.Code, Message: sqlerr.Code(w.Code).Bare()}
}

// noteValidated notes a table whose rows a DDL statement checks. It is noted for
// who was allowed to ALTER it or to refer to it; while the statement's change
// runs, and only then, package table reads it as the system.
func (s Asker) noteValidated(o object) {
	if o.Table == nil {
		return
	}
	if s.Validates == nil {
		s.Validates = map[catalog.ID]bool{}
	}
	s.Validates[o.Table.ID] = true
}
