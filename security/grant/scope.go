package grant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/privilege"
)

// Scope finds the scope of a pattern, or of a kind in a database (0: everywhere), and
// makes it. What it is made for must follow in tx, or DropUnused.
func Scope(tx *catalog.Tx, of catalog.ScopeOf, pattern string, database catalog.ID) (catalog.ID, error) {
	if s := tx.Scope(of, pattern, database); s != nil {
		return s.ID, nil
	}
	id, err := tx.AllocID()
	if err != nil {
		return 0, err
	}
	return id, tx.PutScope(&catalog.Scope{ID: id, Of: of, Pattern: pattern, Database: database})
}

// DropUnused drops a scope that no grant and no denial is on. Of any other object it
// does nothing.
func DropUnused(tx *catalog.Tx, id catalog.ID) error {
	if tx.ScopeByID(id) == nil || len(tx.GrantsOn(id))+len(tx.ExceptionsOn(id)) > 0 {
		return nil
	}
	return tx.DropScope(id)
}

// adopt gives a new database what was granted and denied on its name before it was
// there. It is the database's from now on, and goes with it: one that is made again
// under the name gets nothing of it.
func adopt(tx *catalog.Tx, database catalog.Object) error {
	for _, s := range tx.Patterns(database.Name) {
		if catalog.IsWild(s.Pattern) {
			continue
		}
		for _, g := range slices.Clone(tx.GrantsOn(s.ID)) {
			row := *g
			row.Object, row.Kind = database.ID, privilege.KindDatabase
			if old := tx.Grant(row.Grantee, row.Object, row.Grantor); old != nil {
				row.Atoms, row.Options = row.Atoms.Union(old.Atoms), row.Options.Union(old.Options)
				row.Ends = row.Ends.Only(row.Atoms.Minus(old.Atoms))
			}
			if err := tx.PutGrant(&row); err != nil {
				return err
			}
		}
		for _, e := range slices.Clone(tx.ExceptionsOn(s.ID)) {
			if err := tx.PutException(&catalog.Exception{
				Grantee: e.Grantee, Object: database.ID, Kind: privilege.KindDatabase, Deny: e.Deny, AdminDeny: e.AdminDeny, By: e.By,
			}); err != nil {
				return err
			}
		}
		if err := tx.DropScope(s.ID); err != nil {
			return fmt.Errorf("take over the grants on the name of a database: %w", err)
		}
	}
	return nil
}

// DropDatabase drops a database. What administrators denied on it they denied on the name:
// it stays for one that is made under it again. All else goes with the database.
func DropDatabase(tx *catalog.Tx, database catalog.ID) error {
	name := tx.Object(database).Name
	var kept []catalog.Exception
	for _, e := range tx.ExceptionsOn(database) {
		if e.AdminDeny != 0 {
			kept = append(kept, catalog.Exception{Grantee: e.Grantee, Kind: privilege.KindScope, Deny: e.AdminDeny, AdminDeny: e.AdminDeny, By: e.By})
		}
	}
	if err := tx.DropDatabase(database); err != nil {
		return err
	}
	for _, e := range kept {
		scope, err := Scope(tx, catalog.ScopeDatabases, Literal(name), 0)
		if err != nil {
			return err
		}
		e.Object = scope
		if err := tx.PutException(&e); err != nil {
			return fmt.Errorf("keep what is denied on the name of a database: %w", err)
		}
	}
	return nil
}

// Literal is the pattern for exactly a name of a database.
func Literal(name string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(name)
}

// kindOf is whose names of privileges count on an object: of a scope those of what it
// reaches.
func kindOf(s *catalog.Snapshot, o catalog.Object) privilege.Kind {
	if scope := s.ScopeByID(o.ID); scope != nil {
		return scope.Of.Kind()
	}
	return o.Kind
}

// scopeTarget is a scope as it stands after ON.
func scopeTarget(s *catalog.Snapshot, scope *catalog.Scope) string {
	if scope.Of == catalog.ScopeDatabases {
		return Quote(scope.Pattern) + ".*"
	}
	out := "ALL " + strings.ToUpper(string(scope.Of))
	if scope.Database != 0 {
		out += " IN SCHEMA " + Quote(s.Object(scope.Database).Name)
	}
	return out
}
