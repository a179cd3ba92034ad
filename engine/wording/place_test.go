package wording

import (
	"testing"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
)

// TestPlaced looks for names in statements whose errors have forgotten where they stand.
func TestPlaced(t *testing.T) {
	column := func(name string) error { return sql.ErrColumnNotFound.New(name) }
	table := func(name string) error { return sql.ErrTableNotFound.New(name) }
	for _, c := range []struct {
		text string
		err  error
		want string
	}{
		{"SELECT zz FROM t", column("zz"), "Unknown column 'zz' in 'field list'"},
		{"SELECT 1 FROM t a JOIN t b ON a.zz = b.zz", column("b.zz"), "Unknown column 'a.zz' in 'on clause'"},
		{"SELECT 1 FROM t JOIN u USING (zz)", column("zz"), "Unknown column 'zz' in 'from clause'"},
		{"SELECT a FROM t WHERE b IN (SELECT c FROM u GROUP BY ZZ)", column("zz"), "Unknown column 'ZZ' in 'group statement'"},
		{"SELECT a FROM t UNION SELECT b FROM u ORDER BY zz", column("zz"), "Unknown column 'zz' in 'order clause'"},
		{"SELECT a FROM t HAVING zz > 1", column("zz"), "Unknown column 'zz' in 'having clause'"},
		{"WITH w AS (SELECT a FROM t WHERE zz) SELECT * FROM w", column("zz"), "Unknown column 'zz' in 'where clause'"},
		{"INSERT INTO t (zz) VALUES (1)", column("zz"), "Unknown column 'zz' in 'field list'"},
		{"INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = zz", column("zz"), "Unknown column 'zz' in 'field list'"},
		{"UPDATE t SET a = 1 WHERE zz = 1", sql.ErrTableColumnNotFound.New("t", "zz"), "Unknown column 'zz' in 'where clause'"},
		{"DELETE FROM t WHERE zz = 1", column("zz"), "Unknown column 'zz' in 'where clause'"},
		{"SELECT id FROM t, u WHERE t.id = 1", sql.ErrAmbiguousColumnName.New("id", "t, u"), "Column 'id' in field list is ambiguous"},
		{"SELECT 1 FROM nosuch", table("nosuch"), "Table 'lab.nosuch' doesn't exist"},
		{"EXPLAIN SELECT 1 FROM other.NoSuch", table("nosuch"), "Table 'other.nosuch' doesn't exist"},
		{"SELECT x.a FROM t", table("x"), "Unknown column 'x.a' in 'field list'"},
		{"SELECT x.* FROM t", table("x"), "Unknown table 'x'"},
		{"DROP TABLE nosuch", table("nosuch"), "Unknown table 'lab.nosuch'"},
		{"DROP DATABASE nosuch", sql.ErrDatabaseNotFound.New("nosuch"), "Can't drop database 'nosuch'; database doesn't exist"},
		{"ALTER TABLE t DROP COLUMN zz", sql.ErrTableColumnNotFound.New("t", "zz"), "Can't DROP 'zz'; check that column/key exists"},
		{"ALTER TABLE t MODIFY zz INT", sql.ErrTableColumnNotFound.New("t", "zz"), "Unknown column 'zz' in 't'"},
		{"SELECT nofn(1)", sql.ErrFunctionNotFound.New("nofn"), "FUNCTION lab.nofn does not exist"},
		{"SELECT * FROM a_view", column("hidden"), ""},
		{"SELECT * FROM a_view", table("hidden"), ""},
		{"SELECT 1 FROM t", sql.ErrNoDatabaseSelected.New(), ""},
	} {
		stmt, err := grammar.Parse(t.Context(), c.text, lex.Mode{})
		if err != nil {
			t.Fatal(c.text, err)
		}
		code, got, ok := Placed(stmt, "lab", c.err)
		if got = map[bool]string{true: got}[ok]; got != c.want || ok != (code != 0) {
			t.Errorf("%s: %d %q, want %q", c.text, code, got, c.want)
		}
	}
}

// TestForms holds the forms against the library's texts: one that has changed would be shown as it is.
func TestForms(t *testing.T) {
	for _, err := range []error{
		sql.ErrTableNotFound.New("x"), sql.ErrTableAlreadyExists.New("x"), sql.ErrDatabaseExists.New("x"), sql.ErrDatabaseNotFound.New("x"),
		sql.ErrColumnNotFound.New("x"), sql.ErrTableColumnNotFound.New("t", "x"), sql.ErrAmbiguousColumnName.New("x", "a, b"),
		sql.ErrAmbiguousColumnOrAliasName.New("x"), sql.ErrColumnExists.New("x"), sql.ErrDuplicateColumn.New("x"), sql.ErrColumnSpecifiedTwice.New("x"),
		sql.ErrInvalidOperandColumns.New(1, 2), sql.ErrInsertIntoNonNullableProvidedNull.New("x"), sql.ErrInvalidArgumentNumber.New("x", 1, 2),
		sql.ErrFunctionNotFound.New("x"), sql.ErrStoredProcedureDoesNotExist.New("x"), sql.ErrKeyColumnDoesNotExist.New("x"),
		sql.ErrCantDropFieldOrKey.New("x"), sql.ErrExistingView.New("d", "x"), sql.ErrViewDoesNotExist.New("d", "x"),
	} {
		text := err.Error()
		if said := Of(err, text); said == text {
			t.Errorf("%T keeps the library's words: %s", err, text)
		}
	}
}
