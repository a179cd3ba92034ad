package grant

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/privilege"
)

// Scope finds the scope of a pattern, or of a kind in a database (0: everywhere), and
// makes it. What it is made for must follow in tx, or DropUnused.
func Scope(tx *catalog.Tx, of catalog.ScopeOf, pattern string, database catalog.ID) (catalog.ID, error) {
	return tx.ScopeLike(catalog.Scope{Of: of, Pattern: pattern, Database: database})
}

// DropUnused drops a scope that no grant and no denial is on. Of any other object it
// does nothing.
func DropUnused(tx *catalog.Tx, id catalog.ID) error {
	if tx.ScopeByID(id) == nil || len(tx.GrantsOn(id))+len(tx.ExceptionsOn(id)) > 0 {
		return nil
	}
	return tx.DropScope(id)
}

// adopt gives a new database what was granted on its name before it was
// there; what was denied the catalog gives it. It is the database's from now on, and goes with it: one that is made again
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
				row.OptionEnds = row.OptionEnds.Only(row.Options.Minus(old.Options))
				row.Ends = row.Ends.Only(row.Atoms.Minus(old.Atoms))
			}
			if err := tx.PutGrant(&row); err != nil {
				return err
			}
		}
		if err := tx.DropScope(s.ID); err != nil {
			return fmt.Errorf("take over the grants on the name of a database: %w", err)
		}
	}
	return nil
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
	in := databaseOf(s, scope)
	if scope.Named() {
		word := strings.ToUpper(strings.TrimPrefix(string(scope.Of), "a ")) + " "
		if scope.Of.Kind().IsRelation() {
			word = "" // as of one that is there
		}
		return word + Quote(in) + "." + Quote(scope.Pattern)
	}
	out := "ALL " + strings.ToUpper(string(scope.Of))
	if in != "" {
		out += " IN SCHEMA " + Quote(in)
	}
	return out
}

// databaseOf is the name of the database that a scope of one thing or one kind is in, "" for
// none or every one.
func databaseOf(s *catalog.Snapshot, scope *catalog.Scope) string {
	return cmp.Or(scope.In, s.Object(scope.Database).Name)
}
