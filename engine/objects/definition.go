package objects

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/grammar"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// NoStoredFunctions refuses stored functions in the definition of a table: they would
// run for whoever writes the table, and during ALTER TABLE and checks of the database,
// and a name would mean whatever has it later.
func NoStoredFunctions(stmt ast.Statement) error {
	switch n := stmt.(type) {
	case *ast.AlterTable:
		for _, s := range n.Statements {
			if err := NoStoredFunctions(s); err != nil {
				return err
			}
		}
	case *ast.DDL:
		if d := n.DefaultSpec; d != nil {
			if f := stored(d.Value); f != "" {
				return sqlerr.DefaultFunctionNotAllowed.Errorf("Default value expression of column '%s' contains a disallowed function: %s.", d.Column, f)
			}
		}
		if n.IndexSpec != nil {
			if f := stored(n.IndexSpec); f != "" {
				return sqlerr.IndexFunctionNotAllowed.Errorf("Expression of functional index contains a disallowed function: %s.", f)
			}
		}
		if n.TableSpec != nil {
			return plainTable(n.TableSpec)
		}
	}
	return nil
}

func plainTable(spec *ast.TableSpec) error {
	for _, c := range spec.Columns {
		if f := stored(c.Type.Default); f != "" {
			return sqlerr.DefaultFunctionNotAllowed.Errorf("Default value expression of column '%s' contains a disallowed function: %s.", c.Name, f)
		}
		if f := stored(c.Type.GeneratedExpr); f != "" {
			return sqlerr.GeneratedFunctionNotAllowed.Errorf("Expression of generated column '%s' contains a disallowed function: %s.", c.Name, f)
		}
		if f := stored(c.Type); f != "" {
			return sqlerr.CheckFunctionNotAllowed.Errorf("An expression of a check constraint contains disallowed function: %s.", f)
		}
	}
	for _, c := range spec.Constraints {
		if f := stored(c.Details); f != "" {
			return sqlerr.CheckFunctionNotAllowed.Errorf("An expression of a check constraint '%s' contains disallowed function: %s.", c.Name, f)
		}
	}
	if f := stored(spec.Indexes); f != "" {
		return sqlerr.IndexFunctionNotAllowed.Errorf("Expression of functional index contains a disallowed function: %s.", f)
	}
	return nil
}

// stored is the name of a function that neither we nor the library have built in.
func stored(part any) string {
	if e, ok := part.(ast.Expr); ok && e == nil || part == nil {
		return ""
	}
	for _, name := range grammar.FunctionsIn(part) {
		database, plain, qualified := grammar.SplitFunction(name)
		if qualified {
			return "`" + database + "`.`" + plain + "`"
		}
		if _, ours := lxplan.Function(name); !ours && !native()[strings.ToLower(name)] {
			return "`" + plain + "`"
		}
	}
	return ""
}
