package access

import (
	"context"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// Language reads the SQL inside a stored program, by the one parser.
type Language struct {
	Ctx       context.Context
	Parser    Parser
	Mode      lex.Mode
	Collation sql.CollationID // of the database: of texts that name none
	Table     *catalog.Table  // that fires a trigger
	Database  string          // of the program, for messages
	New       bool            // the program is being made: the server's variables that it names have to be there
}

// Home is the database of a program whose name has none.
func (l *Language) Home() string { return l.Database }

// Stopped says that the statement which reads the program has been stopped.
func (l *Language) Stopped() error { return l.Ctx.Err() }

var _ program.Language = (*Language)(nil)

// Type implements program.Language.
func (l *Language) Type(text string) (value.Type, error) {
	plain, err := clause.Read("create table t (c "+text+")", l.Mode)
	if err != nil {
		return value.Type{}, err
	}
	stmt, err := grammar.Parse(l.Ctx, plain.Text, l.Mode)
	if err != nil {
		return value.Type{}, err
	}
	ddl, ok := stmt.(*ast.DDL)
	if !ok || ddl.TableSpec == nil || len(ddl.TableSpec.Columns) != 1 {
		return value.Type{}, sqlerr.Syntax.Errorf("'%s' is not a type", text)
	}
	column := ddl.TableSpec.Columns[0].Type
	binary := column.BinaryCollate
	column.BinaryCollate = false
	t, err := types.ColumnTypeToType(&column)
	if err != nil {
		return value.Type{}, err
	}
	if c, ok := t.(sql.TypeWithCollation); ok && column.Charset == "" && column.Collate == "" && !column.BinaryCollate && c.Collation() != sql.Collation_binary {
		if t, err = c.WithNewCollation(l.Collation); err != nil {
			return value.Type{}, err
		}
	}
	if c, ok := t.(sql.TypeWithCollation); ok && binary && c.Collation() != sql.Collation_binary {
		if t, err = c.WithNewCollation(c.Collation().CharacterSet().BinaryCollation()); err != nil {
			return value.Type{}, err
		}
	}
	shape := ""
	if plain.Change != nil {
		shape = plain.Change.Shapes["c"]
	}
	out, ok := table.ShapedType(t, shape)
	if !ok {
		return out, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'variables of type %s'", text)
	}
	return out, nil
}

// Column implements program.Language.
func (l *Language) Column(name string) (value.Type, bool) {
	if l.Table == nil {
		return value.Type{}, false
	}
	for i := range l.Table.Columns {
		if c := &l.Table.Columns[i]; strings.EqualFold(c.Name, name) {
			return table.ColumnType(c)
		}
	}
	return value.Type{}, false
}

// Expression implements program.Language.
func (l *Language) Expression(text string, names program.Names) (any, int, error) {
	code, err := l.scalar(text, names)
	if err != nil {
		return nil, -1, err
	}
	e, err := grammar.OneExpression(code.Tree)
	if err != nil {
		return nil, -1, sqlerr.Syntax.Errorf("You have an error in your SQL syntax: '%s' is no expression", text)
	}
	inner := *e
	for {
		p, ok := inner.(*ast.ParenExpr)
		if !ok {
			break
		}
		inner = p.Expr
	}
	if v, ok := inner.(*ast.SQLVal); ok && v.Type == ast.ValArg && len(code.Uses) == 1 {
		return code, code.Uses[0], nil
	}
	return code, -1, nil
}

func (l *Language) scalar(text string, names program.Names) (*routine.Code, error) {
	code, err := l.read("SELECT ("+text+")", names)
	if err != nil {
		return nil, err
	}
	code.Scalar = true
	return code, lxplan.ExactDecimals(code.Tree)
}

// CaseWhen implements program.Language.
func (l *Language) CaseWhen(slot int, text string, names program.Names) (any, error) {
	code, err := l.scalar(text, names)
	if err != nil {
		return nil, err
	}
	e, err := grammar.OneExpression(code.Tree)
	if err != nil {
		return nil, err
	}
	code.Uses = append(code.Uses, slot)
	operand := ast.NewValArg([]byte(":v" + strconv.Itoa(len(code.Uses))))
	code.Tree = grammar.SelectOf(&ast.ComparisonExpr{Operator: ast.EqualStr, Left: operand, Right: *e})
	return code, nil
}

// Statement implements program.Language.
func (l *Language) Statement(text string, names program.Names, cursor bool) (any, bool, error) {
	code, err := l.read(text, names)
	if err != nil {
		return nil, false, err
	}
	if cursor && !code.IsQuery() {
		return nil, false, sqlerr.SPBadCursorQuery.Errorf("Cursor statement must be a SELECT")
	}
	switch n := code.Tree.(type) {
	case *ast.Show, *ast.Explain, *ast.OtherRead:
		return code, true, nil
	case ast.InjectedStatement:
		if of, ok := n.Statement.(interface{ Shows() bool }); ok && of.Shows() {
			return code, true, nil
		}
	case *ast.Use:
		return nil, false, routine.NotInRoutine("USE")
	case *grammar.Load:
		return nil, false, routine.NotInRoutine("LOAD DATA")
	case *ast.DDL:
		if n.ViewSpec != nil && (len(code.Uses)+len(code.Numbers) > 0 || grammar.NamesVariables(n.ViewSpec)) {
			return nil, false, sqlerr.ViewSelectVariable.Errorf("View's SELECT contains a variable or parameter")
		}
	}
	return code, code.IsQuery(), nil
}

// knows refuses what names variables of the server that are not there, in a program that is being made.
func (l *Language) knows(stmt ast.Statement) error {
	if !l.New {
		return nil
	}
	return grammar.SystemVariables(stmt, func(name string) error {
		if _, _, known := sql.SystemVariables.GetGlobal(name); !known {
			return sql.ErrUnknownSystemVariable.New(name)
		}
		return nil
	})
}

// read parses a text in which names may be variables'.
func (l *Language) read(text string, names program.Names) (*routine.Code, error) {
	code := &routine.Code{Text: text}
	p := l.Parser
	p.Names = func(stmt ast.Statement) error {
		if err := l.knows(stmt); err != nil {
			return err
		}
		return grammar.ForNames(stmt, func(qualifier, name string, number bool) (string, error) {
			slot, ok, err := names.Lookup(qualifier, name)
			if err == nil && !ok && number {
				err = sqlerr.SPUndeclaredVar.Errorf("Undeclared variable: %s", name)
			}
			if err != nil || !ok {
				return "", err
			}
			if of, known := names.(interface{ TypeOf(slot int) *value.Type }); number && known && !of.TypeOf(slot).IsInteger() {
				return "", sqlerr.WrongSPVarTypeInLimit.Errorf("A variable of a non-integer based type in LIMIT clause")
			}
			if number {
				code.Numbers = append(code.Numbers, slot)
				return "l" + strconv.Itoa(len(code.Numbers)), nil
			}
			code.Uses = append(code.Uses, slot)
			return "v" + strconv.Itoa(len(code.Uses)), nil
		})
	}
	if err := grammar.NoPlaceholder(text, l.Mode); err != nil {
		return nil, err
	}
	stmt, err := p.One(l.Ctx, text, l.Mode, nil)
	code.Tree = stmt
	return code, err
}
