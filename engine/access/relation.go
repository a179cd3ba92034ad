package access

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// object is a relation that a statement names, if it exists.
type object struct {
	Database *catalog.Database
	Table    *catalog.Table
	View     *catalog.View
	Sequence *catalog.Sequence // which is read like a table, and no relation otherwise
}

func (o object) ID() catalog.ID {
	switch {
	case o.Table != nil:
		return o.Table.ID
	case o.View != nil:
		return o.View.ID
	}
	return 0
}

func (o object) Object() access.Object {
	if o.Table != nil {
		return state.TableObject(o.Table)
	}
	return access.In(privilege.KindView, o.ID(), o.Database.ID)
}

// Resolve finds the relation that a name means, and the database that it is looked
// up in.
func (s Asker) Resolve(database, name string, use *TableUse) (object, string) {
	if database == "" && use != nil && use.View != nil {
		database = use.View.Database
	}
	if database == "" {
		database = s.GetCurrentDatabase()
	}
	snap := s.Inst.Cat.Snapshot()
	db := snap.Database(database)
	if db == nil {
		return object{}, database
	}
	if use == nil || !use.base && (use.View == nil || use.View.Trigger) { // the names of a view are those of the catalog
		if t := s.Temporary(db.ID, name); t != nil {
			s.NoteTemporary(t.ID)
			return object{Database: db, Table: t}, database
		}
	}
	o := object{Database: db, Table: snap.Table(db.ID, name)}
	if o.Table == nil {
		o.View = snap.View(db.ID, name)
		o.Sequence = snap.Sequence(db.ID, name)
	}
	return o, database
}

// rightsFor are the rights that count: the session's, or for a table below a
// view those of the view's definer, looked up anew at every use.
func (s Asker) rightsFor(use *TableUse) *bucket.Rights {
	if use != nil && use.View != nil && !use.View.Invoker {
		return use.View.Rights
	}
	return s.Rights
}

// checkTable allows a statement to go on with one relation and decides how the
// following fetch opens it.
func (s Asker) checkTable(q question, names []string, use *TableUse) error {
	database, name, kind := names[0], names[1], q.kind
	obj, database := s.Resolve(database, name, use)
	if use.OnDup && kind == ast.AuthType_INSERT {
		q.command = s.upserts(obj, use)
	}
	if state.Virtual(database) {
		return s.checkVirtual(q, use, database, name)
	}
	rights := s.rightsFor(use)
	if obj.Sequence != nil && (use.View == nil || use.View.Trigger) {
		if err := s.checkNamed(obj, use); err != nil {
			return err
		}
		return s.checkSequence(q, obj, name, use)
	}
	if obj.Database == nil || obj.ID() == 0 {
		if use.View != nil && !use.View.Trigger {
			return InvalidView(use.View)
		}
		return s.Missing(obj, q.command, name, rights)
	}
	if err := use.checkBound(obj); err != nil {
		return err
	}
	if err := s.checkNamed(obj, use); err != nil {
		return err
	}
	if err := s.checkExplain(obj, use); err != nil {
		return err
	}
	if kind == ast.AuthType_INSERT || kind == ast.AuthType_REPLACE {
		if err := s.checkWritable(q, obj); err != nil {
			return err
		}
		if err := s.checkUnused(obj); err != nil {
			return err
		}
		s.NoteChanged(obj.ID())
		s.noteGiven(obj, use)
		if err := s.checkFires(obj, kind, use); err != nil {
			return err
		}
	}
	want := q.want
	if use.OnDup {
		want = want.And(privilege.Of(privilege.Update))
		if use.Reads {
			want = want.And(privilege.Of(privilege.Select))
		}
	}
	actor, on := s.As(rights), obj.Object()
	if kind == ast.AuthType_LOCK {
		if !access.May(actor, on, ReadsLocked, access.Enforce) { // first: who may lock in the database knows no more than others of what there is
			return sqlerr.DeniedObject(q.command, s.User.Name(), name)
		}
		q.command = "LOCK TABLES"
	}
	blind := !access.May(actor, on, want, access.List) && s.plans(actor, obj, use)
	if !blind && !access.May(actor, on, want, access.Enforce) {
		if use.View != nil {
			return InvalidView(use.View)
		}
		return sqlerr.DeniedObject(q.command, s.User.Name(), name)
	}
	if obj.View != nil && (kind == ast.AuthType_INSERT || kind == ast.AuthType_REPLACE) {
		return notUpdatable(name, "INSERT")
	}
	if obj.View != nil {
		if err := wantsTable(kind, database, name); err != nil {
			return err
		}
	}
	if err := use.checkHints(obj); err != nil {
		return err
	}
	if blind {
		s.Next = s.planned(obj, database, name, use)
		return nil
	}
	switch kind {
	case ast.AuthType_ALTER, ast.AuthType_INDEX, ast.AuthType_FOREIGN_KEY:
		s.noteValidated(obj)
	}
	acc := table.Access{Guard: rights, Latest: use.inTrigger()}
	if kind == ast.AuthType_REPLACE {
		acc.Scan = kivi.Delete // a row in its way is taken to be deleted
	}
	if use.LockRead && kind == ast.AuthType_SELECT {
		if !access.May(actor, on, state.MayLock, access.Enforce) {
			return sqlerr.DeniedObject("SELECT with locks", s.User.Name(), name)
		}
		s.LockBy(state.Term{Rights: rights, On: on, Want: want})
		s.LockBy(state.Term{Rights: rights, On: on, Want: state.MayLock})
		acc.Mode = table.LockRead
		s.NoWait = s.NoWait || use.noWait
	}
	s.Next = state.Granted{Database: database, Name: name, ID: obj.ID(), Access: acc, Once: use.View != nil}
	return nil
}

// checkHints refuses a hint about an index that the table does not have. Whoever
// hears that may read the table.
func (u *TableUse) checkHints(obj object) error {
	if obj.View != nil {
		return u.noIndexOf(obj.View)
	}
	if u.hints == nil || obj.Table == nil {
		return nil
	}
	for _, name := range u.hints.Indexes {
		if !strings.HasPrefix(name.String(), lex.NextHint) && !indexNamed(obj.Table, name.String()) {
			return sqlerr.KeyDoesNotExist.Errorf("Key '%s' doesn't exist in table '%s'", name, obj.Table.Name)
		}
	}
	return nil
}

// indexNamed says that a name means one index of a table: it is the index's name, or the
// beginning of one index's name and of no other's.
func indexNamed(t *catalog.Table, name string) bool {
	begins := 0
	for _, x := range t.Indexes {
		full := x.Name
		if x.Primary {
			full = "PRIMARY"
		}
		switch {
		case strings.EqualFold(full, name):
			return true
		case len(full) > len(name) && strings.EqualFold(full[:len(name)], name):
			begins++
		}
	}
	return begins == 1
}

// checkWritable refuses a READ ONLY transaction what is no temporary table.
func (s Asker) checkWritable(q question, obj object) error {
	if q.writes && !s.Explains && (obj.Table == nil || !obj.Table.Temporary()) && s.Locks.HasTemporaries() && s.ReadsOnly() {
		return state.ErrReadOnly
	}
	return nil
}

// checkDML answers for one table of an UPDATE or DELETE, which may be its
// target or only read.
func (s Asker) checkDML(q question, names []string, use *TableUse) error {
	database, name := names[0], names[1]
	obj, database := s.Resolve(database, name, use)
	if state.Virtual(database) {
		return s.checkVirtual(q, use, database, name)
	}
	if obj.Sequence != nil {
		if !use.write {
			q = selects.of(ast.AuthType_SELECT)
		}
		return s.checkSequence(q, obj, name, use)
	}
	if obj.Database == nil || obj.ID() == 0 {
		if !use.write { // as of one that is there and hidden
			q = selects.of(ast.AuthType_SELECT)
		}
		return s.Missing(obj, q.command, name, s.Rights)
	}
	if err := use.checkBound(obj); err != nil {
		return err
	}
	if err := s.checkNamed(obj, use); err != nil {
		return err
	}
	rights := s.rightsFor(use)
	target := use.write
	seen := access.May(s.As(rights), obj.Object(), access.Any(privilege.About(obj.Object().Kind())), access.List)
	if seen && obj.Table != nil && q.kind == ast.AuthType_UPDATE { // else what columns it has would be told
		for _, c := range obj.Table.Columns {
			target = target || use.assigns[strings.ToLower(c.Name)]
		}
	}
	if !target {
		return s.checkTable(selects.of(ast.AuthType_SELECT), []string{database, name}, use)
	}
	if err := s.checkWritable(q, obj); err != nil {
		return err
	}
	if err := s.checkUnused(obj); err != nil {
		return err
	}
	s.NoteChanged(obj.ID())
	if err := s.checkFires(obj, q.kind, use); err != nil {
		return err
	}
	atom, right := privilege.Update, kivi.Update
	if q.kind == ast.AuthType_DELETE {
		atom, right = privilege.Delete, kivi.Delete
	}
	actor, on := s.As(rights), obj.Object()
	needs := access.One(atom)
	if use.Reads {
		needs = needs.And(privilege.Of(privilege.Select))
	}
	blind := !access.May(actor, on, needs, access.List) && s.plans(actor, obj, use)
	if !blind && !access.May(actor, on, access.One(atom), access.Enforce) {
		if use.View != nil {
			return InvalidView(use.View)
		}
		return sqlerr.DeniedObject(q.command, s.User.Name(), name)
	}
	if obj.View != nil {
		return notUpdatable(name, q.command)
	}
	if blind {
		s.Next = s.planned(obj, database, name, use)
		s.Next.Access.Mode = table.Write
		return nil
	}
	if use.Reads {
		if !access.May(actor, on, access.One(privilege.Select), access.Enforce) {
			if use.View != nil {
				return InvalidView(use.View)
			}
			return sqlerr.DeniedObject("SELECT", s.User.Name(), name)
		}
		right |= kivi.Read
	}
	acc := table.Access{Mode: table.Write, Guard: rights, Scan: right, Latest: use.inTrigger()}
	s.Next = state.Granted{Database: database, Name: name, ID: obj.ID(), Access: acc, Once: use.View != nil}
	return nil
}

// wantsTable refuses a view where a table is changed as a whole: the library would open
// the view, and do it to whatever table it finds below, past the view's condition.
func wantsTable(kind, database, name string) error {
	switch kind {
	case authTruncate:
		return sqlerr.NoSuchTable.Errorf("Table '%s.%s' doesn't exist", database, name)
	case ast.AuthType_ALTER, ast.AuthType_INDEX, ast.AuthType_FOREIGN_KEY:
		return sqlerr.WrongObject.Errorf("'%s.%s' is not BASE TABLE", database, name)
	}
	return nil
}

// upserts names what ON DUPLICATE KEY UPDATE lacks of what it needs beside INSERT, as MySQL does. INSERT is first, as it is of
// what is not there.
func (s Asker) upserts(obj object, use *TableUse) string {
	var held privilege.Set
	if obj.Database != nil && obj.ID() != 0 {
		held = access.Held(s.As(s.rightsFor(use)), obj.Object())
	}
	switch {
	case !held.Has(privilege.Insert):
		return "INSERT"
	case !held.Has(privilege.Update):
		return "UPDATE"
	}
	return "SELECT"
}

// Missing keeps absent and forbidden objects apart only for those who may see
// the database.
func (s Asker) Missing(obj object, command, name string, rights *bucket.Rights) error {
	if obj.Database != nil && s.SeesTables(s.As(rights), obj.Database.ID) {
		return nil // the planner says that the table does not exist
	}
	if obj.Database == nil && s.HasSystem(privilege.SysAdmin) {
		return nil
	}
	return sqlerr.DeniedObject(command, s.User.Name(), name)
}

// notUpdatable is for a change of rows through a view, which names nothing below it.
func notUpdatable(view, command string) error {
	return sqlerr.NonUpdatableTable.Errorf("The target table %s of the %s is not updatable", view, command).
		WithHint("rows are changed through views of one table whose rows are that table's")
}
