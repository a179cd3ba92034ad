package engine

import (
	"log/slog"

	sqle "github.com/dolthub/go-mysql-server"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
)

// shown is a stored text with the clause of its definer.
func (in *instance) shown(create, mode string, definer principal.ID) string {
	p := in.cat.Snapshot().PrincipalByID(definer)
	if p == nil {
		return create
	}
	return dialect.WithDefiner(create, p.Name, reading(mode))
}

// rightsOf follows the rights of the principal that a stored object runs as,
// whoever is logged in. A principal that is gone may do nothing.
func (in *instance) rightsOf(id principal.ID) *bucket.Rights {
	p := in.cat.Snapshot().PrincipalByID(id)
	if p == nil {
		return in.bucket.Session(principal.Principal{})
	}
	return in.bucket.Session(principal.Trusted(id, p.Name))
}

// nameOf is a principal's name, "" for one that is gone.
func (in *instance) nameOf(id principal.ID) string {
	if p := in.cat.Snapshot().PrincipalByID(id); p != nil {
		return p.Name
	}
	return ""
}

// instance is the open database that all sessions share.
type instance struct {
	cat       *catalog.Catalog
	bucket    *bucket.Bucket
	nobody    *bucket.Rights // denies everything
	store     *table.Store
	gms       *sqle.Engine
	log       *slog.Logger
	collation sql.CollationID // of databases that say none
}

// collationOf is the default of the tables in a database.
func (in *instance) collationOf(rec *catalog.Database) sql.CollationID {
	id, err := sql.ParseCollation("", rec.Collation, false)
	if err != nil || id == sql.Collation_Unspecified {
		return in.collation
	}
	return id
}
