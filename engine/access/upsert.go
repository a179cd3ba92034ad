package access

import (
	"context"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/state"
)

// upsert makes of UPSERT INTO what it means: INSERT … ON DUPLICATE KEY UPDATE of all columns that are given.
// So it asks for INSERT and UPDATE, and a row that is there keeps its other columns.
func upsert(ctx context.Context, stmt ast.Statement, text string, mode lex.Mode) error {
	n, ok := stmt.(*ast.Insert)
	if !ok {
		if _, defines := stmt.(*ast.DDL); defines {
			return nil // in the body of a program, whose statements are read one by one
		}
	}
	if !ok || n.Action != ast.InsertStr || len(n.OnDup) > 0 || n.Ignore != "" {
		pos := strings.Index(strings.ToUpper(text), "UPSERT")
		near, line := lex.Near(text, pos, mode, false)
		return &grammar.SyntaxError{Near: near, Line: line, Hint: "UPSERT INTO begins a statement, without IGNORE and without ON DUPLICATE KEY UPDATE"}
	}
	columns := n.Columns
	if len(columns) == 0 {
		columns = givenColumns(ctx, n.Table)
	}
	for _, c := range columns {
		n.OnDup = append(n.OnDup, &ast.AssignmentExpr{
			Name: &ast.ColName{Name: c}, Expr: &ast.ValuesFuncExpr{Name: &ast.ColName{Name: c}},
		})
	}
	return nil
}

// givenColumns are those of a table that a statement gives values to when it names none; none when there is no
// such table, which is for others to say.
func givenColumns(ctx context.Context, name ast.TableName) (out ast.Columns) {
	c, ok := ctx.(*sql.Context)
	if !ok || state.Of(c) == nil {
		return nil
	}
	s := state.Of(c)
	var rec *catalog.Table
	if database := FirstOf(name.DbQualifier.String(), s.GetCurrentDatabase()); database != "" {
		rec = s.TableNamed(database, name.Name.String())
	}
	if rec == nil {
		return nil
	}
	for i := range rec.Columns {
		if rec.Columns[i].Generated == "" {
			out = append(out, ast.NewColIdent(rec.Columns[i].Name))
		}
	}
	return out
}
