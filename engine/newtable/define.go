// Package newtable says what the table is that CREATE TABLE … SELECT makes.
package newtable

import (
	"context"
	"strconv"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Column is a column of the query.
type Column struct {
	Name    string
	Type    value.Type
	From    *catalog.Column // the column of a table that it is; nil for a computed one
	Derived bool            // by way of a view or a derived table
}

// Define is the definition of the table: first the columns that only the statement defines,
// then those of the query. What the parser's types have no place for are the shapes, by name.
// zeroDates says that a date without a default may be 0.
func Define(ctx context.Context, n *ast.DDL, query []Column, zeroDates bool) (*ast.DDL, map[string]string, error) {
	spec := &ast.TableSpec{}
	if n.TableSpec != nil {
		*spec = *n.TableSpec
	}
	defined := map[string]*ast.ColumnDefinition{}
	for _, c := range spec.Columns {
		defined[c.Name.Lowered()] = c
	}
	var texts, names, made []string
	seen := map[string]bool{}
	for i := range query {
		col := &query[i]
		name := strings.ToLower(col.Name)
		if seen[name] {
			return nil, nil, sqlerr.DupFieldName.Errorf("Duplicate column name '%s'", col.Name)
		}
		if err := columnName(col.Name); err != nil {
			return nil, nil, err
		}
		seen[name] = true
		names = append(names, name)
		if defined[name] == nil {
			// by a name that every text can have
			texts = append(texts, column(standIn(len(texts)), &col.Type, col.From, col.Derived, zeroDates))
			made = append(made, col.Name)
		}
	}
	read, kept, err := definitions(ctx, texts)
	if err != nil {
		return nil, nil, err
	}
	shapes := map[string]string{}
	for i, name := range made {
		read[i].Name = ast.NewColIdent(name)
		if shape, ok := kept[standIn(i)]; ok {
			shapes[strings.ToLower(name)] = shape
		}
	}
	var columns []*ast.ColumnDefinition
	for _, c := range spec.Columns {
		if !seen[c.Name.Lowered()] {
			columns = append(columns, c)
		}
	}
	for _, name := range names {
		c := defined[name]
		if c == nil {
			c, read = read[0], read[1:]
		}
		columns = append(columns, c)
	}
	spec.Columns = columns
	out := *n
	out.OptSelect, out.TableSpec = nil, spec
	if len(spec.Constraints) > 0 {
		out.ConstraintAction = ast.AddStr
	}
	return &out, shapes, nil
}

// standIn is the name of column i while its definition is read.
func standIn(i int) string { return "c" + strconv.Itoa(i) }

// columnName refuses what names no column.
func columnName(name string) error {
	name = strings.TrimSuffix(name, sqlerr.Nothing)
	if name == "" || strings.HasSuffix(name, " ") || len([]rune(name)) > 64 {
		return sqlerr.WrongColumnName.Errorf("Incorrect column name '%s'", name).WithHint("give the column of the query a name with AS")
	}
	return nil
}

// definitions reads definitions of columns of ours.
func definitions(ctx context.Context, texts []string) ([]*ast.ColumnDefinition, map[string]string, error) {
	if len(texts) == 0 {
		return nil, nil, nil
	}
	read, err := clause.Read("CREATE TABLE `t` ("+strings.Join(texts, ", ")+")", lex.Mode{})
	if err != nil {
		return nil, nil, err
	}
	stmt, err := grammar.Parse(ctx, read.Text, lex.Mode{})
	if err != nil {
		return nil, nil, err
	}
	ddl, ok := stmt.(*ast.DDL)
	if !ok || ddl.TableSpec == nil || len(ddl.TableSpec.Columns) != len(texts) {
		return nil, nil, sqlerr.UnknownError.Errorf("internal error")
	}
	if read.Change == nil {
		return ddl.TableSpec.Columns, nil, nil
	}
	return ddl.TableSpec.Columns, read.Change.Shapes, nil
}
