package objects

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/grammar"
	lxplan "github.com/lxdb/lxdb/engine/plan"
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
		var seen checks
		for _, part := range n.Statements {
			if err := plainDefinition(s, part, &seen); err != nil {
				return err
			}
		}
	case *ast.DDL:
		return plainDefinition(s, n, &checks{})
	}
	return nil
}

// plainDefinition looks at one clause. seen are the checks of those before it.
func plainDefinition(s *state.Session, n *ast.DDL, seen *checks) error {
	if err := plainNumbers(s, n); err != nil {
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
		return plainTable(s, n, seen)
	}
	return nil
}

func plainTable(s *state.Session, n *ast.DDL, checks *checks) error {
	spec := n.TableSpec
	checks.of(s, n)
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

// plainType refuses what no column's type says.
func plainType(c *ast.ColumnDefinition) error {
	kind := strings.ToUpper(c.Type.Type)
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

// checks looks at the CHECK constraints of a definition one after the other.
type checks struct {
	table string
	taken map[string]bool // names, in lower case
	auto  map[string]bool // columns that are AUTO_INCREMENT, in lower case
	next  int             // no smaller number is free for a check without a name
}

// of takes in what a clause adds to. The first one's table is that of all.
func (c *checks) of(s *state.Session, n *ast.DDL) {
	begins := c.taken == nil
	if begins {
		*c = checks{table: n.Table.Name.String(), taken: map[string]bool{}, auto: map[string]bool{}, next: 1}
	}
	for _, column := range n.TableSpec.Columns {
		if column.Type.Autoincrement {
			c.auto[column.Name.Lowered()] = true
		}
	}
	if n.Action == ast.CreateStr || !begins {
		return
	}
	rec := s.TableNamed(cmp.Or(n.Table.DbQualifier.String(), s.GetCurrentDatabase()), c.table)
	if rec == nil {
		return
	}
	for _, check := range rec.Checks {
		c.taken[strings.ToLower(check.Name)] = true
	}
	for _, column := range rec.Columns {
		if column.AutoIncrement {
			c.auto[strings.ToLower(column.Name)] = true
		}
	}
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
	for ; name == ""; c.next++ {
		if next := c.table + "_chk_" + strconv.Itoa(c.next); !c.taken[strings.ToLower(next)] {
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
