// Package numbers is about sequences: which one a name means, and what is asked before a number of it is
// given. It is shared by the statements about sequences and by the functions that take their numbers.
package numbers

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// Object is a sequence for the questions of security/access.
func Object(q *catalog.Sequence) access.Object {
	return access.In(privilege.KindSequence, q.ID, q.Database)
}

// What somebody may do with a sequence: take numbers, see which was the last, see all of it.
var (
	MayTake = access.One(privilege.SeqUse)
	MayPeek = access.Any(privilege.Of(privilege.SeqSelect, privilege.SeqUse))
	MaySee  = access.One(privilege.SeqSelect)
)

// Find is the sequence that a name means for an actor who wants something of it; user and command
// are for the error. One that is not there is told apart from one that is forbidden only to who holds rights on
// all sequences of the database.
func Find(snap *catalog.Snapshot, actor access.Actor, user, database, name, command string, want access.Want) (*catalog.Database, *catalog.Sequence, error) {
	if database == "" {
		return nil, nil, sqlerr.NoDB.Errorf("No database selected")
	}
	db := snap.Database(database)
	if db == nil {
		if access.May(actor, access.System(), access.SystemPrivilege(privilege.SysAdmin), access.List) {
			return nil, nil, noSequence(database, name)
		}
		return nil, nil, sqlerr.DeniedSequence(command, user, name)
	}
	q := snap.Sequence(db.ID, name)
	if q == nil {
		if !access.May(actor, access.Database(db.ID), access.Any(privilege.About(privilege.KindSequence)), access.List) {
			return nil, nil, sqlerr.DeniedSequence(command, user, name)
		}
		if other := snap.Relation(db.ID, name); other.ID != 0 && access.May(actor, access.In(other.Kind, other.ID, db.ID), access.Any(privilege.About(other.Kind)), access.List) {
			return nil, nil, sqlerr.NotSequence.Errorf("'%s.%s' is not a SEQUENCE", db.Name, name)
		}
		return nil, nil, noSequence(db.Name, name)
	}
	if !access.May(actor, Object(q), want, access.Enforce) {
		return nil, nil, sqlerr.DeniedSequence(command, user, name)
	}
	return db, q, nil
}

func noSequence(database, name string) error {
	return sqlerr.UnknownSequence.Errorf("Unknown SEQUENCE: '%s.%s'", database, name)
}
