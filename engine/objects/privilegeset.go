package objects

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/mysql_db"

	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// mysqlTypes pairs our atoms with the library's privilege types, as far as
// information_schema asks for them.
var mysqlTypes = []struct {
	atom privilege.Atom
	typ  sql.PrivilegeType
}{
	{privilege.Select, sql.PrivilegeType_Select},
	{privilege.Insert, sql.PrivilegeType_Insert},
	{privilege.Update, sql.PrivilegeType_Update},
	{privilege.Delete, sql.PrivilegeType_Delete},
	{privilege.Create, sql.PrivilegeType_Create},
	{privilege.Drop, sql.PrivilegeType_Drop},
	{privilege.Alter, sql.PrivilegeType_Alter},
	{privilege.Index, sql.PrivilegeType_Index},
	{privilege.References, sql.PrivilegeType_References},
	{privilege.Trigger, sql.PrivilegeType_Trigger},
	{privilege.CreateView, sql.PrivilegeType_CreateView},
	{privilege.ShowView, sql.PrivilegeType_ShowView},
	{privilege.CreateRoutine, sql.PrivilegeType_CreateRoutine},
	{privilege.AlterRoutine, sql.PrivilegeType_AlterRoutine},
	{privilege.Execute, sql.PrivilegeType_Execute},
	{privilege.Event, sql.PrivilegeType_Event},
	{privilege.Lock, sql.PrivilegeType_LockTables},
}

func typesOf(atoms privilege.Set) []sql.PrivilegeType {
	var out []sql.PrivilegeType
	for _, m := range mysqlTypes {
		if atoms.Has(m.atom) {
			out = append(out, m.typ)
		}
	}
	return out
}

// PrivilegeSet writes the session's rights in the library's form, for the
// queries of information_schema that filter by them.
func PrivilegeSet(s *state.Session) sql.PrivilegeSet {
	set := mysql_db.NewPrivilegeSet()
	snap := s.Inst.Cat.Snapshot()
	set.AddGlobalStatic(typesOf(access.Held(s.Actor(), access.System()))...)
	for _, db := range snap.Databases() {
		if !s.SeesDatabase(db.ID) {
			continue
		}
		set.AddDatabase(db.Name, typesOf(access.Held(s.Actor(), access.Database(db.ID)))...)
		for _, r := range snap.Routines(db.ID) {
			if s.Sees(state.RoutineObject(r)) { // which of them is decided where they are listed
				set.AddDatabase(db.Name, sql.PrivilegeType_Execute)
				break
			}
		}
		for _, t := range snap.Tables(db.ID) {
			if atoms := access.Held(s.Actor(), state.TableObject(t)); !atoms.IsEmpty() {
				set.AddTable(db.Name, t.Name, typesOf(atoms)...)
			}
		}
		for _, v := range snap.Views(db.ID) {
			if atoms := access.Held(s.Actor(), state.ViewObject(v)); !atoms.IsEmpty() {
				set.AddTable(db.Name, v.Name, typesOf(atoms)...)
			}
		}
	}
	return set
}
