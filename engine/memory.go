package engine

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"
	"github.com/shopspring/decimal"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/compiled"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/query"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// temporaryDir is where statements write what they have no memory for, in the data directory.
const temporaryDir = "tmp"

// openTemporary makes the directory of temporary files. They lose their names as soon as they are
// made; one that still has its name is of a process that ended in between.
func (e *Engine) openTemporary() error {
	if e.opts.InMemory {
		return nil
	}
	e.memory.Dir = filepath.Join(e.opts.Dir, temporaryDir)
	e.memory.Room = func() (free, total int64, err error) { return kivi.DiskRoom(e.memory.Dir) }
	if err := os.MkdirAll(e.memory.Dir, 0o700); err != nil {
		return fmt.Errorf("directory of temporary files: %w", err)
	}
	left, err := os.ReadDir(e.memory.Dir)
	for _, f := range left {
		if !strings.HasPrefix(f.Name(), query.TemporaryPrefix) {
			continue
		}
		if e := os.Remove(filepath.Join(e.memory.Dir, f.Name())); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	if err != nil {
		return fmt.Errorf("temporary files of a process that has ended: %w", err)
	}
	return nil
}

// limits bound the statement that begins.
func (s *Session) limits(ctx *sql.Context) query.Limits {
	return s.settings.Limits(ctx, s.sql.Planning)
}

// budget is the memory of the statement.
func (st *statement) budget() *query.Budget {
	ctx := st.ctx
	return st.session.held.For(st.session.limits(ctx), func() { spilled(ctx) })
}

func spilled(ctx *sql.Context) {
	sql.IncrementStatusVariable(ctx, "Created_tmp_disk_tables", 1)
	sql.StatusVariables.IncrementGlobal("Created_tmp_files", 1)
}

// SetUserVariable implements sql.Session. A variable lives as long as its session, so the
// session is charged for it.
func (s *sqlSession) SetUserVariable(ctx *sql.Context, name string, v any, typ sql.Type) error {
	if d, ok := v.(decimal.Decimal); ok { // the library counts no zeros at the end
		if scale := -d.Exponent(); scale > 0 && scale <= 30 {
			typ = types.MustCreateDecimalType(65, uint8(scale))
		}
	}
	if s.session == nil {
		return s.Session.SetUserVariable(ctx, name, v, typ)
	}
	name = strings.ToLower(strings.TrimPrefix(name, "@"))
	if _, known := s.variableBytes[name]; !known {
		if written := lex.VariableName(name); !isVariableName(written) {
			return sqlerr.IllegalUserVar.Errorf("User variable name '%s' is illegal", written)
		}
	}
	if s.variableBytes == nil {
		s.variableBytes, s.authors = map[string]int{}, map[string]principal.ID{}
	}
	n := len(name) + sizeOf(v)
	if err := s.session.held.Keep(n-s.variableBytes[name], s.session.limits(ctx).Session); err != nil {
		return err
	}
	s.variableBytes[name], s.authors[name] = n, s.author()
	return s.Session.SetUserVariable(ctx, name, v, typ)
}

// isVariableName says whether a user variable can be called so: as in MySQL, who asks it of one that is made.
func isVariableName(name string) bool {
	return name != "" && !strings.HasSuffix(name, " ") && sqlerr.LongName(name) == nil
}

// sizeOf is about what a value of the library's takes.
func sizeOf(v any) int {
	const alone = 128
	switch v := v.(type) {
	case string:
		return alone + len(v)
	case []byte:
		return alone + len(v)
	case sql.JSONWrapper:
		text, err := types.JsonToMySqlString(v)
		if err != nil {
			return alone
		}
		return alone + 4*len(text)
	}
	return alone
}

// statementBytes is about what a prepared statement of a text takes: its tree is many times the text.
func statementBytes(text string) int { return 4096 + 40*len(text) }

// shortText is a text whose tree and plan are not worth counting.
const shortText = 4096

// treeBytes is about what the tree of a text and the plan that is made of it take: long texts are
// lists of values, and each value is a node of the tree, one of the plan and one of ours.
func treeBytes(text string, mode lex.Mode) int {
	if len(text) <= shortText {
		return 0
	}
	const each = 160 // estimated from the sizes of the nodes of lists of IN and rows of INSERT, commas and brackets among them
	n := 0
	l := lex.New(text, mode)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		n++
	}
	return 2*len(text) + each*n
}

// holdTree charges the server for the statement that is read now, until it ends: however many
// sessions send long ones, they have one bound. The session's own bound is for what it computes.
func (s *Session) holdTree(text string, mode lex.Mode) error {
	s.tree.Reset()
	return s.tree.Keep(treeBytes(text, mode), 0)
}

// plannedColumn is about what a copy of a column takes while it is planned, and what is not collected yet of others.
var plannedColumn = 2 * (int(reflect.TypeFor[sql.Column]().Size()) + strconv.IntSize/8)

// fewClauses take no memory that is worth counting.
const fewClauses = 16

// chargePlan charges a statement for its plan, until uncharge.
func (st *statement) chargePlan(stmt ast.Statement) (uncharge func(), err error) {
	alter, ok := stmt.(*ast.AlterTable)
	if !ok {
		return func() {}, nil
	}
	budget := st.budget()
	if err := st.chargeClauses(alter, budget); err != nil {
		budget.End()
		return nil, err
	}
	return budget.End, nil
}

// chargeClauses charges an ALTER TABLE for its plan: for each clause the library copies all columns of the table, as it
// binds it and again when it looks at them together, and asks nobody meanwhile whether the statement is to end.
func (st *statement) chargeClauses(n *ast.AlterTable, budget *query.Budget) error {
	if len(n.Statements) <= fewClauses {
		return nil
	}
	s := st.session.sql
	if err := (lxaccess.Authorizer{}).HandleAuth(st.ctx, nil, n.Statements[0].Auth); err != nil { // before what tells how wide the table is
		return err
	}
	had := 1
	if rec := s.TableNamed(cmp.Or(n.Table.DbQualifier.String(), s.GetCurrentDatabase()), n.Table.Name.String()); rec != nil {
		had = len(rec.Columns)
	}
	copies, columns := 0, had
	for _, clause := range n.Statements {
		copies += had + columns
		if clause.ColumnAction == ast.AddStr {
			columns++
		}
	}
	return budget.Charge(copies * plannedColumn)
}

// Memory is what the statements and sessions of the engine take.
func (e *Engine) Memory() *query.Memory { return e.memory }

// Plans are the statements that sessions keep planned.
func (e *Engine) Plans() compiled.PoolStats { return e.plans.Stats() }

// SetSessionVariable implements sql.Session. Nobody but an administrator takes more memory than
// SET GLOBAL gives to everybody.
func (s *sqlSession) SetSessionVariable(ctx *sql.Context, name string, v any) error {
	name = strings.ToLower(name)
	if name != query.StatementVariable && name != query.SessionVariable && name != query.DiskVariable && name != query.RowsVariable {
		return s.Session.SetSessionVariable(ctx, name, v)
	}
	before, err := s.GetSessionVariable(ctx, name)
	if err != nil {
		return err
	}
	if err := s.Session.SetSessionVariable(ctx, name, v); err != nil {
		return err
	}
	_, global, _ := sql.SystemVariables.GetGlobal(name)
	now, err := s.GetSessionVariable(ctx, name)
	if err != nil {
		return err
	}
	most, _ := global.(int64)
	if n, ok := now.(int64); ok && n <= most {
		return nil
	}
	if err := s.RequireSystem(privilege.SysAdmin); err != nil {
		return errors.Join(err, s.Session.SetSessionVariable(ctx, name, before))
	}
	return nil
}
