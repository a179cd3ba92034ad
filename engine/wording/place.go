package wording

import (
	"errors"
	"regexp"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// plain is a text without the mark of names that mean nothing, as the library quotes it, too.
func plain(text string) string { return marks.Replace(text) }

var marks = strings.NewReplacer(sqlerr.Nothing, "", `\x00`, "")

var quoted = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)

// Placed is the error about a table or a column that a statement names. ok is false for other errors,
// and for names that do not stand in the statement, as those of a view's definition.
func Placed(stmt ast.Statement, database string, err error) (code sqlerr.Code, text string, ok bool) {
	if stmt == nil || err == nil {
		return 0, "", false
	}
	said := plain(strings.TrimSpace(cause(err).Error()))
	switch s := stmt.(type) {
	case *ast.Explain:
		return Placed(s.Statement, database, err)
	case *ast.DBDDL:
		if s.Action == ast.DropStr && sql.ErrDatabaseNotFound.Is(err) {
			return sqlerr.DatabaseDoesNotExist, "Can't drop database '" + s.DBName + "'; database doesn't exist", true
		}
	case *ast.AlterTable:
		return ofAlter(s, database, said, err)
	case *ast.DDL:
		return ofDefinition(s, database, said, err)
	}
	switch {
	case sql.ErrTableNotFound.Is(err):
		_, name, _ := strings.Cut(said, ": ")
		return noTable(stmt, database, name)
	case sql.ErrFunctionNotFound.Is(err) && database != "":
		_, name, _ := strings.Cut(said, "'")
		name, _, _ = strings.Cut(name, "'")
		return sqlerr.SPDoesNotExist, "FUNCTION " + database + "." + name + " does not exist", true
	case sql.ErrUnknownColumn.Is(err):
		_, name, _ := strings.Cut(said, "'")
		name, _, _ = strings.Cut(name, "'")
		f := &finder{name: name}
		return sqlerr.BadField, "Unknown column '" + f.written + "' in '" + f.place + "'", f.statement(stmt)
	case sql.ErrColumnNotFound.Is(err), sql.ErrTableColumnNotFound.Is(err):
		names := quoted.FindAllStringSubmatch(said, -1)
		if len(names) == 0 {
			return 0, "", false
		}
		f := &finder{name: lastPart(names[len(names)-1][1])}
		if f.statement(stmt); f.place == "" {
			if f.name != "" && strings.Trim(f.name, "0123456789") == "" { // ORDER BY a number
				return sqlerr.BadField, "Unknown column '" + f.name + "' in 'order clause'", true
			}
			return 0, "", false
		}
		return sqlerr.BadField, "Unknown column '" + f.written + "' in '" + f.place + "'", true
	case sql.ErrAmbiguousColumnName.Is(err), sql.ErrAmbiguousColumnOrAliasName.Is(err):
		names := quoted.FindStringSubmatch(said)
		if names == nil {
			return 0, "", false
		}
		f := &finder{name: lastPart(names[1]), bare: true}
		if f.statement(stmt); f.place == "" {
			return 0, "", false
		}
		return sqlerr.AmbiguousColumn, "Column '" + f.written + "' in " + f.place + " is ambiguous", true
	}
	return 0, "", false
}

// ofDefinition is about a statement that defines a table or view.
func ofDefinition(s *ast.DDL, database, said string, err error) (code sqlerr.Code, text string, ok bool) {
	switch {
	case sql.ErrViewDoesNotExist.Is(err) && s.Action == ast.DropStr:
		name := strings.TrimSuffix(strings.TrimPrefix(said, "the view "), " does not exist")
		return sqlerr.BadTable, "Unknown table '" + name + "'", true
	case sql.ErrTableNotFound.Is(err), sql.ErrViewDoesNotExist.Is(err):
		_, name, _ := strings.Cut(said, ": ")
		if code, text, ok = noTable(s, database, name); ok && s.Action == ast.DropStr {
			_, what, _ := strings.Cut(text, "'")
			what, _, _ = strings.Cut(what, "'")
			return sqlerr.BadTable, "Unknown table '" + what + "'", true
		}
		return code, text, ok
	case sql.ErrIncompatibleDefaultType.Is(err) && s.TableSpec != nil:
		return invalidDefault(err.Error(), s.TableSpec.Columns)
	case sql.ErrColumnDefaultDatetimeOnlyFunc.Is(err) && s.TableSpec != nil:
		return nowOfNoMoment(s.TableSpec.Columns)
	}
	return 0, "", false
}

// invalidDefault names the column whose default the library has refused: the one whose literal it
// speaks of, or the only one that has a literal.
func invalidDefault(said string, columns []*ast.ColumnDefinition) (code sqlerr.Code, text string, ok bool) {
	name := ""
	for _, c := range columns {
		v, literal := literalOf(c.Type.Default)
		if _, null := c.Type.Default.(*ast.NullVal); !literal && !null { // NULL is none of a column that cannot hold it
			continue
		}
		if name == "" || v != "" && strings.Contains(said, v) {
			name = c.Name.String()
		}
	}
	return sqlerr.InvalidDefault, "Invalid default value for '" + name + "'", name != ""
}

// nowOfNoMoment names the first column that is no moment and has CURRENT_TIMESTAMP for its default.
func nowOfNoMoment(columns []*ast.ColumnDefinition) (code sqlerr.Code, text string, ok bool) {
	for _, c := range columns {
		switch c.Type.Default.(type) {
		case *ast.FuncExpr:
			if t := strings.ToLower(c.Type.Type); t != "datetime" && t != "timestamp" {
				return sqlerr.InvalidDefault, "Invalid default value for '" + c.Name.String() + "'", true
			}
		}
	}
	return 0, "", false
}

// defaultsOf are the columns to which an ALTER TABLE gives definitions or defaults.
func defaultsOf(s *ast.AlterTable) (columns []*ast.ColumnDefinition) {
	for _, d := range s.Statements {
		if d.TableSpec != nil {
			columns = append(columns, d.TableSpec.Columns...)
		}
		if set := d.DefaultSpec; set != nil {
			columns = append(columns, &ast.ColumnDefinition{Name: set.Column, Type: ast.ColumnType{Default: set.Value}})
		}
	}
	return columns
}

func literalOf(e ast.Expr) (string, bool) {
	if p, ok := e.(*ast.ParenExpr); ok {
		e = p.Expr
	}
	v, ok := e.(*ast.SQLVal)
	if !ok {
		return "", false
	}
	return string(v.Val), true
}

// ofAlter is about the table that is altered, and its columns.
func ofAlter(s *ast.AlterTable, database, said string, err error) (code sqlerr.Code, text string, ok bool) {
	switch {
	case sql.ErrIncompatibleDefaultType.Is(err):
		return invalidDefault(err.Error(), defaultsOf(s))
	case sql.ErrColumnDefaultDatetimeOnlyFunc.Is(err):
		return nowOfNoMoment(defaultsOf(s))
	case sql.ErrTableNotFound.Is(err):
		_, name, _ := strings.Cut(said, ": ")
		return noTable(s, database, name)
	case sql.ErrTableColumnNotFound.Is(err), sql.ErrColumnNotFound.Is(err):
		names := quoted.FindAllStringSubmatch(said, -1)
		if len(names) == 0 {
			return 0, "", false
		}
		name := lastPart(names[len(names)-1][1])
		for _, d := range s.Statements {
			if d.ColumnAction == ast.DropStr && strings.EqualFold(d.Column.String(), name) {
				return sqlerr.CantDropFieldOrKey, "Can't DROP '" + name + "'; check that column/key exists", true
			}
		}
		return sqlerr.BadField, "Unknown column '" + name + "' in '" + s.Table.Name.String() + "'", true
	}
	return 0, "", false
}

// cause is the innermost error.
func cause(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// noTable: what the library has looked for may be the name before a column's, too.
func noTable(stmt ast.Statement, database, name string) (code sqlerr.Code, text string, ok bool) {
	table, column, star := false, "", false
	f := &finder{qualifier: name}
	_ = ast.Walk(func(n ast.SQLNode) (bool, error) {
		switch n := n.(type) {
		case ast.TableName:
			if !table && strings.EqualFold(n.Name.String(), name) {
				table = true
				if q := n.DbQualifier.String(); q != "" {
					database = q
				}
			}
		case *ast.ColName: // what stands before it is no table of its own
			if strings.EqualFold(n.Qualifier.Name.String(), name) {
				column = n.Name.String()
			}
			return false, nil
		case *ast.StarExpr:
			star = star || strings.EqualFold(n.TableName.Name.String(), name)
			return false, nil
		}
		return true, nil
	}, stmt)
	switch {
	case table && database != "":
		return sqlerr.NoSuchTable, "Table '" + database + "." + name + "' doesn't exist", true
	case table:
	case column != "":
		if f.name = column; f.statement(stmt) {
			return sqlerr.BadField, "Unknown column '" + f.written + "' in '" + f.place + "'", true
		}
	case star:
		return sqlerr.BadTable, "Unknown table '" + name + "'", true
	}
	return 0, "", false
}

// finder looks for the first place of a column, in the order in which MySQL resolves the clauses.
type finder struct {
	qualifier, name string
	bare            bool // without a table before it
	place, written  string
}

func (f *finder) statement(s ast.SQLNode) bool {
	switch s := s.(type) {
	case *ast.Select:
		f.with(s.With)
		f.from(s.From)
		f.in(s.SelectExprs, "field list")
		f.where(s.Where, "where clause")
		f.in(s.GroupBy, "group statement")
		f.where(s.Having, "having clause")
		f.in(s.OrderBy, "order clause")
	case *ast.SetOp:
		f.with(s.With)
		f.statement(s.Left)
		f.statement(s.Right)
		f.in(s.OrderBy, "order clause")
	case *ast.ParenSelect:
		f.statement(s.Select)
	case *ast.Insert:
		f.with(s.With)
		for _, c := range s.Columns {
			f.column(c.String(), c.String(), "", "field list")
		}
		switch rows := s.Rows.(type) {
		case ast.SelectStatement:
			f.statement(rows)
		case ast.SQLNode:
			f.in(rows, "field list")
		}
		f.in(ast.AssignmentExprs(s.OnDup), "field list")
	case *ast.Update:
		f.with(s.With)
		f.from(s.TableExprs)
		f.in(s.Exprs, "field list")
		f.where(s.Where, "where clause")
		f.in(s.OrderBy, "order clause")
	case *ast.Delete:
		f.with(s.With)
		f.from(s.TableExprs)
		f.where(s.Where, "where clause")
		f.in(s.OrderBy, "order clause")
	default:
		f.in(s, "field list")
	}
	return f.place != ""
}

func (f *finder) with(w *ast.With) {
	if w != nil {
		for _, c := range w.Ctes {
			f.in(c.AliasedTableExpr, "from clause")
		}
	}
}

func (f *finder) where(w *ast.Where, place string) {
	if w != nil {
		f.in(w.Expr, place)
	}
}

func (f *finder) from(list ast.TableExprs) {
	for _, t := range list {
		f.table(t)
	}
}

func (f *finder) table(t ast.TableExpr) {
	switch t := t.(type) {
	case *ast.JoinTableExpr:
		f.table(t.LeftExpr)
		f.table(t.RightExpr)
		for _, c := range t.Condition.Using {
			f.column(c.String(), c.String(), "", "from clause")
		}
		if t.Condition.On != nil {
			f.in(t.Condition.On, "on clause")
		}
	case *ast.ParenTableExpr:
		f.from(t.Exprs)
	default:
		f.in(t, "from clause")
	}
}

// in looks into an expression; the clauses of a subquery in it are its own.
func (f *finder) in(n ast.SQLNode, place string) {
	if n == nil || f.place != "" {
		return
	}
	_ = ast.Walk(func(n ast.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *ast.Subquery:
			f.statement(n.Select)
			return false, nil
		case *ast.ColName:
			written := n.Name.String()
			for _, q := range []string{n.Qualifier.Name.String(), n.Qualifier.DbQualifier.String()} {
				if q != "" {
					written = q + "." + written
				}
			}
			f.column(n.Name.String(), written, n.Qualifier.Name.String(), place)
			return false, nil
		}
		return f.place == "", nil
	}, n)
}

func (f *finder) column(name, written, qualifier, place string) {
	name, written = plain(name), plain(written)
	if f.place == "" && strings.EqualFold(name, f.name) && (f.qualifier == "" || strings.EqualFold(qualifier, f.qualifier)) && !(f.bare && qualifier != "") {
		f.place, f.written = place, written
	}
}
