package objects

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/numbers"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// DefaultCollation is MySQL 8's. The library's own default compares bytes.
const DefaultCollation = sql.Collation_utf8mb4_0900_ai_ci

// database is one record of the catalog as the planner sees it. What it lists
// and returns depends on the session in ctx.
type database struct {
	inst *state.Instance
	rec  *catalog.Database
}

var (
	_ sql.Database            = (*database)(nil)
	_ sql.TableCreator        = (*database)(nil)
	_ sql.TableDropper        = (*database)(nil)
	_ sql.TableRenamer        = (*database)(nil)
	_ sql.CollatedDatabase    = (*database)(nil)
	_ sql.SchemaValidator     = (*database)(nil)
	_ sql.IndexedTableCreator = (*database)(nil)
)

func (d *database) Name() string { return d.rec.Name }

// ValidateSchema implements sql.SchemaValidator: what a row can hold.
func (d *database) ValidateSchema(schema sql.Schema) error { return table.ValidateSchema(schema) }

// GetTableInsensitive opens a table as the authorizer has just allowed, or for
// its metadata when the session holds anything on it.
func (d *database) GetTableInsensitive(ctx *sql.Context, name string) (sql.Table, bool, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, false, nil
	}
	rec := d.temporary(s, name)
	if rec == nil {
		rec = s.Catalog().Table(d.rec.ID, name)
	}
	if rec == nil {
		q := s.Catalog().Sequence(d.rec.ID, name)
		if q == nil || !access.May(s.Actor(), numbers.Object(q), numbers.MaySee, access.List) {
			return nil, false, nil
		}
		return &sequenceTable{q, d.rec.Name}, true, nil
	}
	var opened table.Access
	granted := s.Next.Names(d.rec.Name, name)
	given := s.Given[rec.ID] && !s.ViaView(d.rec.Name, name, rec.ID)
	switch sees := s.Sees(state.TableObject(rec)); {
	case d.inst.Store.Creates(s.Locks, rec.ID): // by this statement: nobody holds anything on it yet
		granted = false
	case granted && s.Next.ID != 0 && s.Next.ID != rec.ID: // replaced between the question and the fetch
		opened.Guard = d.inst.Nobody
	case granted:
		opened = s.Next.Access
	case sees && !s.ReadsStored(): // nobody was asked: for its metadata, under the session's own guard
		opened.Guard = s.Rights
	case sees, lxaccess.For(s).Tied(rec): // the name may come from a stored text
		opened.Guard = d.inst.Nobody
	default:
		// Whoever named it in a statement was refused before. What the library
		// looks up by itself, for information_schema, is not there.
		return nil, false, nil
	}
	if granted && s.Next.Once {
		s.Next = state.Granted{}
	}
	opened.Validate = s.Validates[rec.ID]
	s.Touch(state.RelationUse{Object: state.TableObject(rec), Given: given})
	t, err := d.inst.Store.Table(ctx, rec, d.rec, opened)
	if err != nil {
		return nil, false, err
	}
	return t, true, nil
}

// temporary is the temporary table that a fetch of a name is for: it was named by the statement, or is being made by it.
// What the library looks up by itself, for a foreign key or for information_schema, is not.
func (d *database) temporary(s *state.Session, name string) *catalog.Table {
	t := s.Temporary(d.rec.ID, name)
	if t == nil {
		return nil
	}
	making := d.inst.Store.Creates
	if hidden := s.Catalog().Table(d.rec.ID, name); hidden != nil && making(s.Locks, hidden.ID) { // by CREATE TABLE
		return nil
	}
	if making(s.Locks, t.ID) {
		return t
	}
	if s.Next.Names(d.rec.Name, name) && s.Next.ID != t.ID || !s.NamesTemporary(t.ID) {
		return nil
	}
	return t
}

// GetTableNames implements sql.Database: tables on which the session holds
// anything, in order.
func (d *database) GetTableNames(ctx *sql.Context) ([]string, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, nil
	}
	var out []string
	for _, t := range s.Catalog().Tables(d.rec.ID) {
		if s.Sees(state.TableObject(t)) {
			out = append(out, t.Name)
		}
	}
	sort.Strings(out)
	return out, nil
}

// may checks an atom on the whole database.
func (d *database) may(ctx *sql.Context, atom privilege.Atom) (*state.Session, error) {
	return d.mayOn(ctx, access.Database(d.rec.ID), atom)
}

func (d *database) mayOn(ctx *sql.Context, object access.Object, atom privilege.Atom) (*state.Session, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, sqlerr.DeniedSystem(atom.String())
	}
	if !s.May(object, access.One(atom)) {
		return nil, sqlerr.DeniedDatabase(s.User.Name(), d.rec.Name)
	}
	return s, nil
}

// CreateTable implements sql.TableCreator. The creator owns the table: his
// rights are grant rows made in the same transaction.
func (d *database) CreateTable(ctx *sql.Context, name string, schema sql.PrimaryKeySchema, collation sql.CollationID, comment string) error {
	return d.createTable(ctx, name, schema, collation, comment, nil)
}

// CreateIndexedTable implements sql.IndexedTableCreator: a primary key with
// prefix lengths.
func (d *database) CreateIndexedTable(ctx *sql.Context, name string, schema sql.PrimaryKeySchema, pk sql.IndexDef, collation sql.CollationID) error {
	return d.createTable(ctx, name, schema, collation, "", &pk)
}

func (d *database) createTable(ctx *sql.Context, name string, schema sql.PrimaryKeySchema, collation sql.CollationID, comment string, pk *sql.IndexDef) error {
	right, on := privilege.Create, state.NewTable(d.inst.Cat.Snapshot(), d.rec.ID, name)
	temporary := state.Of(ctx) != nil && state.Of(ctx).Makes
	if temporary {
		right, on = privilege.CreateTemp, access.Database(d.rec.ID)
	}
	s, err := d.mayOn(ctx, on, right)
	if err != nil {
		return err
	}
	if err := CheckName("table", name); err != nil {
		return err
	}
	if collation == sql.Collation_Unspecified {
		collation = d.GetCollation(ctx)
	}
	id, err := d.inst.Cat.AllocID(ctx)
	if err != nil {
		return err
	}
	change := s.TakeChange(name)
	model := likeOf(s, change)
	update := s.Update
	if temporary {
		update = func(ctx context.Context, step func(*catalog.Tx) error) error {
			return d.inst.Store.UpdateTemporary(ctx, s.Locks, step)
		}
	}
	err = update(ctx, func(tx *catalog.Tx) error {
		if tx.Relation(d.rec.ID, name).ID != 0 {
			return sql.ErrTableAlreadyExists.New(name)
		}
		rec, err := d.inst.Store.Create(ctx, tx, id, d.rec, name, schema, collation, comment, pk, s.User.ID())
		if err != nil {
			return err
		}
		if err := keepNew(tx, rec, change, model); err != nil {
			return err
		}
		if temporary { // it is the session's, and grants are on what others find
			return nil
		}
		return grant.Own(tx, rec.ID)
	})
	if err == nil {
		noteAll(ctx, change)
	}
	return err
}

// DropTable implements sql.TableDropper.
func (d *database) DropTable(ctx *sql.Context, name string) error {
	s, rec, err := d.lockForDDL(ctx, name, "DROP", privilege.Of(privilege.Drop))
	if err != nil {
		return err
	}
	return s.UpdateTable(ctx, rec, func(tx *catalog.Tx) error { return d.inst.Store.Drop(ctx, tx, rec) })
}

// RenameTable implements sql.TableRenamer. Grants follow the table: they name
// its id.
func (d *database) RenameTable(ctx *sql.Context, from, to string) error {
	if err := CheckName("table", to); err != nil {
		return err
	}
	s, rec, err := d.lockForDDL(ctx, from, "ALTER", privilege.Of(privilege.Alter))
	if err != nil {
		return err
	}
	again := catalog.FoldName(from) == catalog.FoldName(to)
	if !rec.Temporary() && !again && !s.May(state.NewTable(d.inst.Cat.Snapshot(), d.rec.ID, to), access.One(privilege.Create)) {
		return sqlerr.DeniedObject("CREATE", s.User.Name(), to)
	}
	return s.UpdateTable(ctx, rec, func(tx *catalog.Tx) error {
		if other := tx.Relation(d.rec.ID, to); other.ID != 0 && other.ID != rec.ID {
			return sql.ErrTableAlreadyExists.New(to)
		}
		for _, t := range tx.Triggers(d.rec.ID) { // their texts name the table
			if t.Table != rec.ID {
				continue
			}
			moved := *t
			moved.Create = onTable(t.Create, state.ModeOf(t.SQLMode), to)
			if err := tx.PutTrigger(&moved); err != nil {
				return err
			}
		}
		return d.inst.Store.Rename(ctx, tx, rec, to)
	})
}

// lockForDDL checks the right and takes the table's metadata lock exclusively,
// then looks the table up again: it may have changed while we waited.
func (d *database) lockForDDL(ctx *sql.Context, name, command string, want privilege.Set) (*state.Session, *catalog.Table, error) {
	s, rec, err := d.mayDefine(ctx, name, command, want)
	if err != nil {
		return nil, nil, err
	}
	id := rec.ID
	if err := s.Locks.Exclusive(ctx, id, s.LockWait()); err != nil {
		return nil, nil, err
	}
	// The right may be gone meanwhile, or the name another table's.
	if s, rec, err = d.mayDefine(ctx, name, command, want); err == nil && rec.ID != id {
		err = sql.ErrTableNotFound.New(name)
	}
	return s, rec, err
}

// mayDefine finds a table whose definition the session may change or drop.
func (d *database) mayDefine(ctx *sql.Context, name, command string, want privilege.Set) (*state.Session, *catalog.Table, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, nil, sql.ErrTableNotFound.New(name)
	}
	rec := s.Temporary(d.rec.ID, name)
	if rec == nil {
		rec = s.Catalog().Table(d.rec.ID, name)
	}
	if rec == nil {
		return nil, nil, sql.ErrTableNotFound.New(name)
	}
	if !s.May(state.TableObject(rec), access.All(want)) {
		return nil, nil, sqlerr.DeniedObject(command, s.User.Name(), name)
	}
	return s, rec, nil
}

// GetCollation implements sql.CollatedDatabase.
func (d *database) GetCollation(*sql.Context) sql.CollationID {
	return d.inst.CollationOf(d.rec)
}

// SetCollation implements sql.CollatedDatabase.
func (d *database) SetCollation(ctx *sql.Context, collation sql.CollationID) error {
	s, err := d.may(ctx, privilege.Alter)
	if err != nil {
		return err
	}
	return s.Update(ctx, func(tx *catalog.Tx) error {
		rec := tx.DatabaseByID(d.rec.ID)
		if rec == nil {
			return sql.ErrDatabaseNotFound.New(d.rec.Name)
		}
		changed := *rec
		changed.Collation = collation.Name()
		return tx.PutDatabase(&changed)
	})
}

// CheckName keeps names that MySQL refuses, and those that would not survive a
// round trip through SHOW output, out of the catalog.
func CheckName(kind, name string) error {
	switch {
	case name == "" || strings.HasSuffix(name, " "):
		return sqlerr.WrongTableName.Errorf("Incorrect %s name '%s'", kind, name)
	case sqlerr.LongName(name) != nil:
		return sqlerr.LongName(name)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r == 0 || r > 0xFFFF }):
		return sqlerr.WrongTableName.Errorf("Incorrect %s name '%s'", kind, fmt.Sprintf("%q", name))
	}
	return nil
}

// CreateDatabase makes the change that makes a database with its owner's rights. The caller has
// checked that the session may. Error: sql.ErrDatabaseExists.
func CreateDatabase(name string, collation sql.CollationID, owner func(*catalog.Snapshot) (principal.ID, error),
	then func(*catalog.Tx, catalog.ID) error) func(*catalog.Tx) error {
	return func(tx *catalog.Tx) error {
		id, err := owner(tx.Snapshot)
		if err != nil {
			return err
		}
		if tx.Database(name) != nil || state.Virtual(name) {
			return sql.ErrDatabaseExists.New(name)
		}
		database, err := tx.AllocID()
		if err != nil {
			return err
		}
		if err := tx.PutDatabase(&catalog.Database{ID: database, Name: name, Collation: collation.Name(), Owner: id}); err != nil {
			return err
		}
		if err := grant.Own(tx, database); err != nil || then == nil {
			return err
		}
		return then(tx, database)
	}
}
