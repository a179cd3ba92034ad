package state

import (
	"cmp"
	"log/slog"

	sqle "github.com/dolthub/go-mysql-server"
	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/userlock"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/relation"
)

// Shown is a stored text with the clause of its definer.
func (in *Instance) Shown(create, mode string, definer principal.ID) string {
	p := in.Cat.Snapshot().PrincipalByID(definer)
	if p == nil {
		return create
	}
	return dialect.WithDefiner(create, dialect.Account{Name: p.LoginName(), Host: p.Host}, ModeOf(mode))
}

// StandingOf follows the rights of the principal that a stored object runs as, or that has made it, whoever is logged
// in: a lock of his logins leaves them. A principal that is gone may do nothing.
func (in *Instance) StandingOf(id principal.ID) *bucket.Rights {
	p := in.Cat.Snapshot().PrincipalByID(id)
	if p == nil {
		return in.Bucket.Standing(principal.Principal{})
	}
	return in.Bucket.Standing(principal.Trusted(id, p.Name))
}

// ActingFor are StandingOf of who has defined something that the session uses. Where he has logged in himself, they are
// those of his login: nothing of his own session outlasts a lock, also not what his programs have written in it.
func (s *Session) ActingFor(id principal.ID) *bucket.Rights {
	if s.Own.Principal() == id && !s.Own.Stands() {
		return s.Inst.RightsOf(id)
	}
	return s.Inst.StandingOf(id)
}

// RightsOf follows the rights that somebody has when he is logged in. A principal that is gone may do nothing.
func (in *Instance) RightsOf(id principal.ID) *bucket.Rights {
	p := in.Cat.Snapshot().PrincipalByID(id)
	if p == nil {
		return in.Bucket.Session(principal.Principal{})
	}
	return in.Bucket.Session(principal.Trusted(id, p.Name))
}

// NameOf is a principal's name, "" for one that is gone.
func (in *Instance) NameOf(id principal.ID) string {
	if p := in.Cat.Snapshot().PrincipalByID(id); p != nil {
		return p.Name
	}
	return ""
}

// AccountOf is a principal as tables show it: name@host, % for any host; "" for one that
// is gone.
func (in *Instance) AccountOf(id principal.ID) string {
	p := in.Cat.Snapshot().PrincipalByID(id)
	if p == nil {
		return ""
	}
	return p.LoginName() + "@" + cmp.Or(p.Host, "%")
}

// Instance is the open database that all sessions share.
type Instance struct {
	Cat *catalog.Catalog
	// NamedLocks are those of GET_LOCK.
	NamedLocks *userlock.Table
	Bucket     *bucket.Bucket
	Audit      *audit.Log
	Nobody     *bucket.Rights // denies everything
	Store      *table.Store
	Sequences  *relation.Sequences
	GMS        *sqle.Engine
	Log        *slog.Logger
	Collation  sql.CollationID // of databases that say none
	// EventRan says when an event ran last since the start, in microseconds since 1970, or 0.
	EventRan func(catalog.ID) int64
	// ViewColumns are the columns of a view that the session of ctx may read; nil where that is not known.
	ViewColumns func(ctx *sql.Context, database, name string) []ViewColumn
}

// ViewColumn is a column of a view.
type ViewColumn struct {
	Type     value.Type
	Text     string // the type as it is shown
	Nullable bool
	Default  any // a text, or nil
}

// CollationIn is what the types in a program of a database have that name no collation: that of the database when the
// program was made, where its record says it.
func (in *Instance) CollationIn(db *catalog.Database, c *catalog.Charsets) sql.CollationID {
	if name := c.Or().Database; name != "" {
		if id, err := sql.ParseCollation("", name, false); err == nil {
			return id
		}
	}
	return in.CollationOf(db)
}

// CollationOf is the default of the tables in a database.
func (in *Instance) CollationOf(rec *catalog.Database) sql.CollationID {
	id, err := sql.ParseCollation("", rec.Collation, false)
	if err != nil || id == sql.Collation_Unspecified {
		return in.Collation
	}
	return id
}
