package objects

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/grammar"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

// place is where an expression stands in the definition of a table, with what MySQL
// says of parts that must not stand there.
type place struct {
	function, unnamed, variable sqlerr.Code
	contains, refers            string
	// row says that what the expression gives hangs on the row alone. A DEFAULT is
	// computed once for a row, and may ask for the time, the user or a random number.
	row bool
}

var (
	inDefault = place{
		sqlerr.DefaultFunctionNotAllowed, sqlerr.DefaultPartNotAllowed, sqlerr.DefaultVariable,
		"Default value expression of column '%s' contains a disallowed function", "Default value expression of column '%s' cannot refer user or system variables.", false,
	}
	inGenerated = place{
		sqlerr.GeneratedFunctionNotAllowed, sqlerr.GeneratedPartNotAllowed, sqlerr.GeneratedVariable,
		"Expression of generated column '%s' contains a disallowed function", "Expression of generated column '%s' cannot refer user or system variables.", true,
	}
	inCheck = place{
		sqlerr.CheckFunctionNotAllowed, sqlerr.CheckPartNotAllowed, sqlerr.CheckVariable,
		"An expression of a check constraint '%s' contains disallowed function", "An expression of a check constraint '%s' cannot refer to a user or system variable.", true,
	}
)

// PlainDefinition refuses what must not stand in the definition of a table. Stored
// functions would run for whoever writes the table, and during ALTER TABLE and checks of
// the database, and a name would mean whatever has it later. What a generated column or
// CHECK gives must not hang on who asks, or when: rows that are stored would contradict
// it, and its author could make every reader wait.
//
// Numbers of a sequence stand in a DEFAULT, for who may take some himself.
func PlainDefinition(s *state.Session, stmt ast.Statement) error {
	switch n := stmt.(type) {
	case *ast.AlterTable:
		for _, part := range n.Statements {
			if err := PlainDefinition(s, part); err != nil {
				return err
			}
		}
	case *ast.DDL:
		if err := plainNumbers(s, n); err != nil {
			return err
		}
		if err := plainDefaults(s, n); err != nil {
			return err
		}
		if d := n.DefaultSpec; d != nil {
			if err := nullDefault(s, n); err != nil {
				return err
			}
			if err := inDefault.plain(d.Column.String(), d.Value); err != nil {
				return err
			}
		}
		if n.TableSpec != nil {
			return plainTable(s, n)
		}
	}
	return nil
}

func plainTable(s *state.Session, n *ast.DDL) error {
	spec := n.TableSpec
	checks := checksOf(s, n)
	for _, c := range spec.Columns {
		if err := plainType(c); err != nil {
			return err
		}
		if err := inDefault.plain(c.Name.String(), c.Type.Default); err != nil {
			return err
		}
		if err := inGenerated.plain(c.Name.String(), c.Type.GeneratedExpr); err != nil {
			return err
		}
		if err := checks.plain(c.Type.Constraint); err != nil {
			return err
		}
	}
	for _, c := range spec.Constraints {
		if err := checks.plain(c); err != nil {
			return err
		}
	}
	return numberedFirst(n)
}

// counts are the types that a column with AUTO_INCREMENT may have.
var counts = map[string]bool{
	"TINYINT": true, "SMALLINT": true, "MEDIUMINT": true, "INT": true, "INTEGER": true, "BIGINT": true, "BOOL": true, "BOOLEAN": true,
	"FLOAT": true, "DOUBLE": true, "REAL": true, "DOUBLE PRECISION": true, "SERIAL": true, "FLOAT4": true, "FLOAT8": true,
	"INT1": true, "INT2": true, "INT3": true, "INT4": true, "INT8": true, "MIDDLEINT": true,
}

// plainType refuses what no column's type says.
func plainType(c *ast.ColumnDefinition) error {
	kind := strings.ToUpper(c.Type.Type)
	if bool(c.Type.Autoincrement) && !counts[kind] {
		return sqlerr.WrongFieldSpec.Errorf("Incorrect column specifier for column '%s'", c.Name.String())
	}
	switch kind {
	case "ENUM", "SET":
		seen := map[string]bool{}
		for _, v := range c.Type.EnumValues {
			if seen[v] {
				return sqlerr.DuplicatedValueInType.Errorf("Column '%s' has duplicated value '%s' in %s", c.Name.String(), strings.Trim(v, "'"), kind)
			}
			seen[v] = true
		}
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER", "BIGINT":
		if c.Type.Length == nil {
			return nil
		}
		if width, err := strconv.Atoi(string(c.Type.Length.Val)); err != nil || width > math.MaxUint8 {
			return sqlerr.TooBigDisplayWidth.Errorf("Display width out of range for column '%s' (max = %d)", c.Name.String(), math.MaxUint8)
		}
	}
	return nil
}

// nullDefault refuses ALTER COLUMN … SET DEFAULT NULL of a column that takes none.
func nullDefault(s *state.Session, n *ast.DDL) error {
	if _, null := n.DefaultSpec.Value.(*ast.NullVal); !null {
		return nil
	}
	rec := s.TableNamed(cmp.Or(n.Table.DbQualifier.String(), s.GetCurrentDatabase()), n.Table.Name.String())
	if rec == nil {
		return nil
	}
	name := n.DefaultSpec.Column.String()
	for _, c := range rec.Columns {
		if strings.EqualFold(c.Name, name) && c.NotNull {
			return sqlerr.InvalidDefault.Errorf("Invalid default value for '%s'", name)
		}
	}
	return nil
}

// plainDefaults refuses literals for the DEFAULT of columns that have expressions alone.
func plainDefaults(s *state.Session, stmt ast.Statement) error {
	return eachDefault(s, stmt, func(column string, _ bool, e *ast.Expr) error {
		switch (*e).(type) {
		case *ast.SQLVal, *ast.UnaryExpr, ast.BoolVal: // the second of a number, or of a text whose character set is said
			return noLiteral(column).WithHint("an expression in parentheses may stand there: DEFAULT ('…')")
		}
		return nil
	})
}

func noLiteral(column string) *session.Error {
	return sqlerr.BlobCantHaveDefault.Errorf("BLOB, TEXT, GEOMETRY or JSON column '%s' can't have a default value", column)
}

// LeaveEmptyDefaults takes DEFAULT ” of texts and bytes out of a definition where MySQL does, and gives the warnings of that.
func LeaveEmptyDefaults(s *state.Session, stmt ast.Statement) (warnings []*session.Error) {
	switch stmt.(type) {
	case *ast.DDL, *ast.AlterTable:
	default:
		return nil
	}
	mode, _ := s.GetSessionVariable(state.NoContext, sql.SqlModeSessionVar)
	if spelled, _ := mode.(string); strings.Contains(spelled, "STRICT_") {
		return nil
	}
	_ = eachDefault(s, stmt, func(column string, text bool, e *ast.Expr) error { // no visit fails
		if v, ok := (*e).(*ast.SQLVal); ok && text && len(v.Val) == 0 {
			*e, warnings = nil, append(warnings, noLiteral(column))
		}
		return nil
	})
	return warnings
}

// eachDefault visits what a statement says for the DEFAULT of BLOB, TEXT, GEOMETRY and JSON; text tells the first two.
func eachDefault(s *state.Session, stmt ast.Statement, visit func(column string, text bool, e *ast.Expr) error) error {
	switch n := stmt.(type) {
	case *ast.AlterTable:
		for _, part := range n.Statements {
			if err := eachDefault(s, part, visit); err != nil {
				return err
			}
		}
	case *ast.DDL:
		if d := n.DefaultSpec; d != nil {
			name := d.Column.String()
			if kind := typeNow(s, n.Table, name); longTypes[kind] > 0 {
				if err := visit(name, longTypes[kind] > 1, &d.Value); err != nil {
					return err
				}
			}
		}
		if n.TableSpec == nil {
			return nil
		}
		for _, c := range n.TableSpec.Columns {
			if kind := strings.ToUpper(c.Type.Type); longTypes[kind] > 0 {
				if err := visit(c.Name.String(), longTypes[kind] > 1, &c.Type.Default); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// longTypes have no literal for their DEFAULT; 2 is for those that have the empty text, as if it were not there.
var longTypes = map[string]int{
	"TINYTEXT": 2, "TEXT": 2, "MEDIUMTEXT": 2, "LONGTEXT": 2, "TINYBLOB": 2, "BLOB": 2, "MEDIUMBLOB": 2, "LONGBLOB": 2, "JSON": 1, "GEOMETRY": 1, "POINT": 1,
	"LINESTRING": 1, "POLYGON": 1, "MULTIPOINT": 1, "MULTILINESTRING": 1, "MULTIPOLYGON": 1, "GEOMETRYCOLLECTION": 1, "GEOMCOLLECTION": 1,
}

// typeNow is the word for the type of a column that a table has, empty without it.
func typeNow(s *state.Session, of ast.TableName, column string) string {
	rec := s.TableNamed(cmp.Or(of.DbQualifier.String(), s.GetCurrentDatabase()), of.Name.String())
	if rec == nil {
		return ""
	}
	for _, c := range rec.Columns {
		if strings.EqualFold(c.Name, column) {
			word, _, _ := strings.Cut(c.Type, " ")
			word, _, _ = strings.Cut(word, "(")
			return strings.ToUpper(word)
		}
	}
	return ""
}

// checks looks at the CHECK constraints of a definition one after the other.
type checks struct {
	table string
	taken map[string]bool // names, in lower case
	auto  map[string]bool // columns that are AUTO_INCREMENT, in lower case
}

func checksOf(s *state.Session, n *ast.DDL) *checks {
	c := &checks{n.Table.Name.String(), map[string]bool{}, map[string]bool{}}
	for _, column := range n.TableSpec.Columns {
		if column.Type.Autoincrement {
			c.auto[column.Name.Lowered()] = true
		}
	}
	if n.Action == ast.CreateStr {
		return c
	}
	rec := s.TableNamed(cmp.Or(n.Table.DbQualifier.String(), s.GetCurrentDatabase()), c.table)
	if rec == nil {
		return c
	}
	for _, check := range rec.Checks {
		c.taken[strings.ToLower(check.Name)] = true
	}
	for _, column := range rec.Columns {
		if column.AutoIncrement {
			c.auto[strings.ToLower(column.Name)] = true
		}
	}
	return c
}

func (c *checks) plain(d *ast.ConstraintDefinition) error {
	if d == nil {
		return nil
	}
	check, ok := d.Details.(*ast.CheckConstraintDefinition)
	if !ok {
		return nil
	}
	name := d.Name
	for i := 1; name == ""; i++ {
		if next := c.table + "_chk_" + strconv.Itoa(i); !c.taken[strings.ToLower(next)] {
			name = next
		}
	}
	c.taken[strings.ToLower(name)] = true
	if err := inCheck.plain(name, check.Expr); err != nil {
		return err
	}
	var err error
	grammar.Parts(check.Expr, func(n any) {
		if col, ok := n.(*ast.ColName); ok && c.auto[col.Name.Lowered()] {
			err = sqlerr.CheckAutoIncrement.Errorf("Check constraint '%s' cannot refer to an auto-increment column.", name)
		}
	})
	return err
}

// numberedFirst wants a key that begins with the AUTO_INCREMENT column of a new table: the library lets it stand anywhere
// in the primary key, as MyISAM does.
func numberedFirst(n *ast.DDL) error {
	if n.Action != ast.CreateStr {
		return nil
	}
	for _, c := range n.TableSpec.Columns {
		if !c.Type.Autoincrement || c.Type.KeyOpt != 0 {
			continue
		}
		first, within := false, false
		for _, x := range n.TableSpec.Indexes {
			for i, part := range x.Columns {
				if strings.EqualFold(part.Column.String(), c.Name.String()) {
					first, within = first || i == 0, true
				}
			}
		}
		if within && !first {
			return sqlerr.WrongAutoKey.Errorf("Incorrect table definition; there can be only one auto column and it must be defined as a key")
		}
	}
	return nil
}

// plain refuses the first part of an expression that must not stand there. of is the
// name of the column or constraint.
func (p *place) plain(of string, e ast.Expr) (err error) {
	if e == nil {
		return nil
	}
	grammar.Parts(e, func(n any) {
		if err == nil {
			err = p.part(of, n)
		}
	})
	return err
}

func (p *place) part(of string, n any) error {
	switch n := n.(type) {
	case *ast.Subquery:
		return p.unnamed.Errorf(p.contains+".", of)
	case *ast.ColName:
		if strings.HasPrefix(n.Name.String(), "@") || strings.HasPrefix(n.Qualifier.Name.String(), "@") {
			return p.variable.Errorf(p.refers, of)
		}
	case *ast.ValuesFuncExpr:
		return p.function.Errorf(p.contains+": values.", of)
	case *ast.GroupConcatExpr:
		return sqlerr.InvalidGroupFuncUse.Errorf("Invalid use of group function")
	case *ast.FuncExpr:
		if grammar.DefaultOf(n) != nil {
			return p.function.Errorf(p.contains+": default.", of)
		}
		if n.IsAggregate() || expr.LookupAggregate(n.Name.Lowered()) != nil {
			return sqlerr.InvalidGroupFuncUse.Errorf("Invalid use of group function")
		}
		if f := stored(n.Name.Lowered()); f != "" {
			return p.function.Errorf(p.contains+": %s.", of, f)
		}
		if name := n.Name.Lowered(); grammar.SequenceFunctions[name] && (p.row || name != "nextval") {
			return p.function.Errorf(p.contains+": %s.", of, name)
		}
		if p.row && !ofRow(n) {
			return p.function.Errorf(p.contains+": %s.", of, n.Name.Lowered())
		}
	}
	return nil
}

// stored is a name of a function that neither we nor the library have built in, as
// messages write it.
func stored(name string) string {
	database, plain, qualified := grammar.SplitFunction(name)
	if qualified {
		return "`" + database + "`.`" + plain + "`"
	}
	if !lxplan.BuiltIn(name) || lxplan.AboutSession(name) { // those hang on who asks
		return "`" + plain + "`"
	}
	return ""
}

// ofRow says that what a function gives hangs on its arguments, and at most on settings of
// the session, as in MySQL.
func ofRow(f *ast.FuncExpr) bool {
	switch name := f.Name.Lowered(); name {
	case "aes_encrypt", "aes_decrypt": // the setting says the way to encrypt
		return true
	case "unix_timestamp": // of a datetime: the setting is the time zone
		return len(f.Exprs) > 0
	case "name_const", "load_file":
		return false
	default:
		known := functions.Lookup(name)
		return known == nil || !known.Volatile && !known.Stable
	}
}
