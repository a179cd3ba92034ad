package grammar

import (
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// sessionScope is what a variable's name stands behind in @@session.name.
const sessionScope = "@@session"

// sayScope writes @@name as @@session.name in the tree. The library takes a name
// that is no column for a variable's, and nothing in the plan tells the two apart
// but that one of them says its scope (engine/plan, BareVariables).
func sayScope(stmt ast.Statement) {
	targets := map[*ast.ColName]bool{} // of SET: they say their scope elsewhere
	rewriter{node: func(n any) {
		switch n := n.(type) {
		case *ast.SetVarExpr:
			targets[n.Name] = true
		case *ast.AliasedExpr: // the column is called what was written
			if c, ok := n.Expr.(*ast.ColName); ok && n.As.IsEmpty() && strings.HasPrefix(c.Name.String(), "@@") {
				n.As = ast.NewColIdent(c.Name.String())
			}
		case *ast.ColName:
			name := n.Name.String()
			if targets[n] || !n.Qualifier.IsEmpty() || !strings.HasPrefix(name, "@@") || strings.ContainsAny(name[2:], "@.") {
				return
			}
			n.Qualifier.Name = ast.NewTableIdent(sessionScope)
			n.Name = ast.NewColIdent(name[2:])
		}
	}}.walk(reflect.ValueOf(stmt))
}
