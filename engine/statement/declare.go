package statement

import (
	"fmt"
	"reflect"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"

	"github.com/lxdb/lxdb/engine/dialect"
)

// Definition declares the statements of one type of dialect.
type Definition[T dialect.Statement] struct {
	// Need is what who sends it must hold. There is no default.
	Need Need
	// Audit is the event's name in the audit log, as in "user.create".
	Audit string
	// Commits says that it commits the open transaction first and by itself, as
	// MySQL's account statements do.
	Commits bool
	// Columns of the result; none for a statement that only says OK. One that
	// changes something may return rows, too.
	Columns []Column
	// Shape instead says which columns a statement has that returns some or not. It
	// may be nil.
	Shape func(stmt T) []Column
	// Titles are the names of the columns where they say what the statement is about;
	// nil where Columns says all.
	Titles func(stmt T, user string) []string
	// Run does it, when the Need is met.
	Run func(c *Call, stmt T) ([]sql.Row, error)
}

// Call is one execution: the library's context, and the session that it runs in.
type Call struct {
	*sql.Context
	Host
}

// Column of a result.
type Column struct {
	Name string
	Type sql.Type
	// NotNull is for a column that is never NULL.
	NotNull bool
}

// Declaration is a Definition in a Table.
type Declaration struct {
	of      reflect.Type
	need    Need
	audit   string
	commits bool
	schema  sql.Schema // nil for OK
	titles  func(stmt dialect.Statement, user string) []string
	shape   func(stmt dialect.Statement) sql.Schema
	run     func(c *Call, stmt dialect.Statement) ([]sql.Row, error)
}

// Define makes a declaration. It panics at the start of the program for one that
// is not whole.
func Define[T dialect.Statement](d Definition[T]) Declaration {
	of := reflect.TypeFor[T]()
	switch {
	case d.Need.check == nil:
		panic(fmt.Sprintf("statement: %v is declared without a Need: it would be allowed to everyone", of))
	case d.Audit == "":
		panic(fmt.Sprintf("statement: %v is declared without a name for the audit log", of))
	case d.Run == nil:
		panic(fmt.Sprintf("statement: %v is declared without Run", of))
	}
	var shape func(dialect.Statement) sql.Schema
	if d.Shape != nil {
		shape = func(stmt dialect.Statement) sql.Schema {
			own, _ := stmt.(T)
			return schemaOf(d.Shape(own))
		}
	}
	var titles func(dialect.Statement, string) []string
	if d.Titles != nil {
		titles = func(stmt dialect.Statement, user string) []string {
			own, ok := stmt.(T)
			if !ok {
				return nil
			}
			return d.Titles(own, user)
		}
	}
	return Declaration{
		titles: titles,
		shape:  shape, of: of, need: d.Need, audit: d.Audit, commits: d.Commits, schema: schemaOf(d.Columns),
		run: func(c *Call, stmt dialect.Statement) ([]sql.Row, error) {
			own, ok := stmt.(T)
			if !ok {
				return nil, fmt.Errorf("%T ran as %v", stmt, of)
			}
			return d.Run(c, own)
		},
	}
}

func schemaOf(columns []Column) sql.Schema {
	if len(columns) == 0 {
		return nil
	}
	out := make(sql.Schema, len(columns))
	for i, c := range columns {
		out[i] = &sql.Column{Name: c.Name, Type: c.Type, Nullable: !c.NotNull}
	}
	return out
}

// Text is a column of text of any length.
func Text(name string) Column { return Column{Name: name, Type: types.LongText} }

// Number is a column of whole numbers.
func Number(name string) Column { return Column{Name: name, Type: types.Int64, NotNull: true} }

// YesNo is a column that says YES or NO.
func YesNo(name string) Column { return Column{Name: name, Type: yesNo, NotNull: true} }

var yesNo = types.MustCreateString(sqltypes.VarChar, 3, sql.Collation_utf8mb4_0900_ai_ci)

// Table holds the declarations by the type of the statement.
type Table struct{ byType map[reflect.Type]Declaration }

// NewTable collects declarations, and panics for a type that is declared twice.
func NewTable(all ...Declaration) *Table {
	t := &Table{map[reflect.Type]Declaration{}}
	for _, d := range all {
		if _, twice := t.byType[d.of]; twice {
			panic(fmt.Sprintf("statement: %v is declared twice", d.of))
		}
		t.byType[d.of] = d
	}
	return t
}

// Names lists the types of dialect that are declared, without the package.
func (t *Table) Names() []string {
	out := make([]string, 0, len(t.byType))
	for of := range t.byType {
		out = append(out, of.Elem().Name())
	}
	return out
}
