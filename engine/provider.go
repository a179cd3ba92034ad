package engine

import (
	"slices"
	"sort"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// provider shows each session the databases it holds anything on. A database
// that is hidden and one that does not exist look the same.
type provider struct{ inst *instance }

var (
	_ sql.CollatedDatabaseProvider        = provider{}
	_ sql.ExternalStoredProcedureProvider = provider{}
	_ sql.FunctionProvider                = provider{}
)

func (p provider) Database(ctx *sql.Context, name string) (sql.Database, error) {
	rec := p.inst.cat.Snapshot().Database(name)
	if rec == nil || !p.visible(ctx, rec) {
		return nil, p.absent(ctx, name)
	}
	return &database{p.inst, rec}, nil
}

// absent is 1049 for those who may create databases and so may know which
// exist, 1044 for everybody else.
func (p provider) absent(ctx *sql.Context, name string) error {
	s := stateOf(ctx)
	if s == nil || forSession(s).checkCreateDatabase() == nil {
		return sql.ErrDatabaseNotFound.New(name)
	}
	return sqlerr.DeniedDatabase(s.who.Name(), name)
}

// visible is for a database that is named. A stored view or trigger, or a
// foreign key, may name one that the session holds nothing on; the tables in it
// have guards of their own.
func (p provider) visible(ctx *sql.Context, rec *catalog.Database) bool {
	s := stateOf(ctx)
	return p.listed(ctx, rec) || s.readsStored() || forSession(s).tiedInto(rec)
}

// listed is for a database that the session did not name.
func (p provider) listed(ctx *sql.Context, rec *catalog.Database) bool {
	s := stateOf(ctx)
	return s != nil && s.seesDatabase(rec.ID)
}

func (p provider) HasDatabase(ctx *sql.Context, name string) bool {
	rec := p.inst.cat.Snapshot().Database(name)
	return rec != nil && p.visible(ctx, rec)
}

func (p provider) AllDatabases(ctx *sql.Context) []sql.Database {
	var out []sql.Database
	for _, rec := range p.inst.cat.Snapshot().Databases() {
		if p.listed(ctx, rec) {
			out = append(out, &database{p.inst, rec})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name() < out[j].Name() })
	return out
}

func (p provider) CreateDatabase(ctx *sql.Context, name string) error {
	return p.CreateCollatedDatabase(ctx, name, sql.Collation_Unspecified)
}

// CreateCollatedDatabase implements sql.CollatedDatabaseProvider. The creator
// owns the database.
func (p provider) CreateCollatedDatabase(ctx *sql.Context, name string, collation sql.CollationID) error {
	s := stateOf(ctx)
	if s == nil {
		return sqlerr.DeniedSystem("SYSTEM CREATE")
	}
	if err := forSession(s).checkCreateDatabase(); err != nil {
		return err
	}
	if err := checkName("database", name); err != nil {
		return err
	}
	if collation == sql.Collation_Unspecified {
		collation = p.inst.collation
	}
	return createDatabase(ctx, s, name, collation, func(*catalog.Snapshot) (principal.ID, error) { return s.who.ID(), nil })
}

// DropDatabase implements sql.MutableDatabaseProvider: everything in it goes,
// with its grants, in one transaction.
func (p provider) DropDatabase(ctx *sql.Context, name string) error {
	s := stateOf(ctx)
	rec := p.inst.cat.Snapshot().Database(name)
	if rec == nil {
		return sql.ErrDatabaseNotFound.New(name)
	}
	if s == nil {
		return sqlerr.DeniedSystem(privilege.Drop.String())
	}
	if mayNotEmpty(s, rec.ID) {
		return sqlerr.DeniedDatabase(s.who.Name(), name)
	}
	for _, t := range p.inst.cat.Snapshot().Tables(rec.ID) {
		if err := s.locks.Exclusive(ctx, t.ID, s.lockWait()); err != nil {
			return err
		}
	}
	if mayNotEmpty(s, rec.ID) { // meanwhile
		return sqlerr.DeniedDatabase(s.who.Name(), name)
	}
	return s.Update(ctx, func(tx *catalog.Tx) error { return tx.DropDatabase(rec.ID) })
}

// mayNotEmpty reports whether a session must not drop a database: it does not
// hold DROP on it, or not on something in it that it was revoked on.
func mayNotEmpty(s *state, database catalog.ID) bool {
	drop := access.One(privilege.Drop)
	if !s.may(access.Database(database), drop) {
		return true
	}
	return slices.ContainsFunc(s.inst.cat.Snapshot().Objects(database), func(o catalog.Object) bool {
		return !s.may(access.In(o.Kind, o.ID, database), drop)
	})
}

// Function implements sql.FunctionProvider.
func (provider) Function(_ *sql.Context, name string) (sql.Function, bool) {
	if strings.EqualFold(name, getLock.Name) {
		return getLock, true
	}
	return lxplan.Function(name)
}

// ExternalStoredProcedure implements sql.ExternalStoredProcedureProvider: there
// are none, and the library asks.
func (provider) ExternalStoredProcedure(*sql.Context, string, int) (*sql.ExternalStoredProcedureDetails, error) {
	return nil, nil
}

func (provider) ExternalStoredProcedures(*sql.Context, string) ([]sql.ExternalStoredProcedureDetails, error) {
	return nil, nil
}
