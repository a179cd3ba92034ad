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

// scopes are the words that may stand before a variable's name.
var scopes = []string{"global.", "session.", "local.", "persist.", "persist_only."}

// SystemVariables calls visit with the name of each variable of the server that a statement reads or sets, without its
// scope, until that fails. Names without @@ that are set in no scope may be others'.
func SystemVariables(stmt ast.Statement, visit func(name string) error) (err error) {
	targets := map[*ast.ColName]bool{}
	Parts(stmt, func(n any) {
		switch n := n.(type) {
		case *ast.SetVarExpr:
			scoped := n.Scope != ast.SetScope_None && n.Scope != ast.SetScope_User
			switch n.Name.Name.Lowered() {
			case "names", "charset", ast.TransactionStr: // a statement of its own, which sets several
				scoped = false
			}
			targets[n.Name] = scoped
		case *ast.ColName:
			name := n.Name.Lowered()
			if q := strings.ToLower(n.Qualifier.Name.String()); q != "" {
				name = q + "." + name
			}
			if q := strings.ToLower(n.Qualifier.DbQualifier.String()); q != "" {
				name = q + "." + name
			}
			name, system := strings.CutPrefix(name, "@@")
			if err != nil || !system && (!targets[n] || strings.HasPrefix(name, "@")) {
				return
			}
			for _, scope := range scopes {
				if rest, ok := strings.CutPrefix(name, scope); ok {
					name = rest
					break
				}
			}
			err = visit(strings.Trim(name, "`"))
		}
	})
	return err
}
