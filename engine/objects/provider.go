package objects

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Provider shows each session the databases it holds anything on. A database
// that is hidden and one that does not exist look the same.
type Provider struct{ Inst *state.Instance }

// of is what the session of ctx is of: Inst, or a branch of it.
func (p Provider) of(ctx *sql.Context) *state.Instance {
	if s := state.Of(ctx); s != nil {
		return s.Inst
	}
	return p.Inst
}

var (
	_ sql.CollatedDatabaseProvider        = Provider{}
	_ sql.ExternalStoredProcedureProvider = Provider{}
	_ sql.FunctionProvider                = Provider{}
)

func (p Provider) Database(ctx *sql.Context, name string) (sql.Database, error) {
	rec := p.of(ctx).Cat.Snapshot().Database(name)
	if db, ok := virtualNamed(ctx, name); ok {
		return db, nil
	}
	if catalog.SameName(name, sql.InformationSchemaDatabaseName) { // which the library knows by fewer of its spellings
		return p.of(ctx).GMS.Analyzer.Catalog.Database(ctx, sql.InformationSchemaDatabaseName)
	}
	if rec == nil || !p.visible(ctx, rec) {
		return nil, p.absent(ctx, name)
	}
	return &database{p.of(ctx), rec}, nil
}

// absent is 1049 for those who may create databases and so may know which
// exist, 1044 for everybody else.
func (p Provider) absent(ctx *sql.Context, name string) error {
	s := state.Of(ctx)
	if s == nil || lxaccess.For(s).MayKnowDatabases() {
		return sql.ErrDatabaseNotFound.New(name)
	}
	return sqlerr.DeniedDatabase(s.User.Name(), name)
}

// visible is for a database that is named. A stored view or trigger, or a
// foreign key, may name one that the session holds nothing on; the tables in it
// have guards of their own. So may a change through a view, whose table was just granted.
func (p Provider) visible(ctx *sql.Context, rec *catalog.Database) bool {
	s := state.Of(ctx)
	return p.listed(ctx, rec) || s != nil && s.Locks.InDatabase(rec.ID) || s.ReadsStored() || s != nil && s.Next.Once && catalog.SameName(s.Next.Database, rec.Name) || lxaccess.For(s).TiedInto(rec)
}

// listed is for a database that the session did not name.
func (p Provider) listed(ctx *sql.Context, rec *catalog.Database) bool {
	s := state.Of(ctx)
	return s != nil && s.SeesDatabase(rec.ID)
}

func (p Provider) HasDatabase(ctx *sql.Context, name string) bool {
	if _, ok := virtualNamed(ctx, name); ok {
		return true
	}
	rec := p.of(ctx).Cat.Snapshot().Database(name)
	return rec != nil && p.visible(ctx, rec)
}

func (p Provider) AllDatabases(ctx *sql.Context) []sql.Database {
	var out []sql.Database
	for _, rec := range p.of(ctx).Cat.Snapshot().Databases() {
		if p.listed(ctx, rec) {
			out = append(out, &database{p.of(ctx), rec})
		}
	}
	for _, name := range virtualDatabases {
		if name == "mysql" {
			continue // or a dump of all databases would have tables in it that cannot be made
		}
		if db, ok := virtualNamed(ctx, name); ok {
			out = append(out, db)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name() < out[j].Name() })
	return out
}

func (p Provider) CreateDatabase(ctx *sql.Context, name string) error {
	return p.CreateCollatedDatabase(ctx, name, sql.Collation_Unspecified)
}

// CreateCollatedDatabase implements sql.CollatedDatabaseProvider. The creator
// owns the database.
func (p Provider) CreateCollatedDatabase(ctx *sql.Context, name string, collation sql.CollationID) error {
	s := state.Of(ctx)
	if s == nil {
		return sqlerr.DeniedSystem("SYSTEM CREATE")
	}
	if err := lxaccess.For(s).CheckCreateDatabase(name); err != nil {
		return err
	}
	if err := CheckName("database", name); err != nil {
		return err
	}
	if collation == sql.Collation_Unspecified {
		collation = p.of(ctx).Collation
	}
	return s.Update(ctx, CreateDatabase(name, collation, func(*catalog.Snapshot) (principal.ID, error) { return s.User.ID(), nil }, nil))
}

// DropDatabase implements sql.MutableDatabaseProvider: everything in it goes,
// with its grants, in one transaction.
func (p Provider) DropDatabase(ctx *sql.Context, name string) error {
	s := state.Of(ctx)
	rec := p.of(ctx).Cat.Snapshot().Database(name)
	if rec == nil {
		return sql.ErrDatabaseNotFound.New(name)
	}
	if s == nil {
		return sqlerr.DeniedSystem(privilege.Drop.String())
	}
	if mayNotEmpty(s, rec.ID) {
		return sqlerr.DeniedDatabase(s.User.Name(), name)
	}
	checked := true
	if on, err := s.GetSessionVariable(ctx, "foreign_key_checks"); err == nil {
		checked = fmt.Sprint(on) != "0"
	}
	for {
		for _, t := range s.Inst.Cat.Snapshot().Tables(rec.ID) {
			if err := s.Locks.Exclusive(ctx, t.ID, s.LockWait()); err != nil {
				return err
			}
		}
		if mayNotEmpty(s, rec.ID) { // meanwhile
			return sqlerr.DeniedDatabase(s.User.Name(), name)
		}
		err := s.Update(ctx, func(tx *catalog.Tx) error {
			if tx.DatabaseByID(rec.ID) == nil {
				return sql.ErrDatabaseNotFound.New(name)
			}
			if slices.ContainsFunc(tx.Tables(rec.ID), func(t *catalog.Table) bool { return !s.Locks.HoldsExclusive(t.ID) }) {
				return errTableMade
			}
			goes := func(id catalog.ID) bool { t := tx.TableByID(id); return t != nil && t.Database == rec.ID }
			if fk, is := tx.Bereft(goes); is && checked {
				return sqlerr.ForeignKeyCannotDropParent.Errorf("cannot drop table `%s` as it is referenced in foreign key `%s`", fk.ParentTable, fk.Name)
			}
			return tx.DropDatabase(rec.ID)
		})
		if !errors.Is(err, errTableMade) {
			return err
		}
	}
}

// errTableMade: somebody has made a table after those of its database were locked, and may have used it already.
var errTableMade = errors.New("objects: a table that is not locked")

// mayNotEmpty reports whether a session must not drop a database: it does not
// hold DROP on it, or not on something in it that it was revoked on.
func mayNotEmpty(s *state.Session, database catalog.ID) bool {
	drop := access.One(privilege.Drop)
	if !s.May(access.Database(database), drop) {
		return true
	}
	return slices.ContainsFunc(s.Inst.Cat.Snapshot().Objects(database), func(o catalog.Object) bool {
		return !s.May(access.In(o.Kind, o.ID, database), drop)
	})
}

// Function implements sql.FunctionProvider.
func (Provider) Function(ctx *sql.Context, name string) (sql.Function, bool) {
	if f, ok := lockFunctions[strings.ToLower(name)]; ok {
		return f, true
	}
	if f, ok := lxplan.Function(name); ok {
		return f, true
	}
	if f, ok := sequenceFunction(ctx, name); ok {
		return f, true
	}
	return storedFunction(ctx, name)
}

// ExternalStoredProcedure implements sql.ExternalStoredProcedureProvider: there
// are none, and the library asks.
func (Provider) ExternalStoredProcedure(*sql.Context, string, int) (*sql.ExternalStoredProcedureDetails, error) {
	return nil, nil
}

func (Provider) ExternalStoredProcedures(*sql.Context, string) ([]sql.ExternalStoredProcedureDetails, error) {
	return nil, nil
}
