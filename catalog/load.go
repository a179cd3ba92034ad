package catalog

import (
	"context"
	"fmt"

	"github.com/lxdb/lxdb/security/principal"
)

// load reads the whole meta space at one point in time. Its instance is empty
// when nothing was ever written.
func (c *Catalog) load(ctx context.Context) (*Snapshot, error) {
	txn, err := c.store.begin(ctx, true)
	if err != nil {
		return nil, err
	}
	defer txn.rollback()
	s := newSnapshot()
	if err := txn.scan(ctx, s.loadRecord); err != nil {
		return nil, err
	}
	return s, s.checkLoaded()
}

// loadRecord decodes one record and puts it into the trees. The ids in the key
// and in the value must agree.
func (s *Snapshot) loadRecord(key, val []byte) error {
	kind, ids, err := parseKey(key)
	if err != nil {
		return err
	}
	switch kind {
	case recState:
		st, err := loaded[state](key, val)
		if err == nil {
			s.instance, s.version, s.epoch = st.Instance, st.Version, st.Epoch
		}
		return err
	case recGrant, recMembership, recCertificate, recPrincipal:
		return s.loadSecurity(kind, ids, key, val)
	}
	return s.loadObject(kind, ids, key, val)
}

func (s *Snapshot) loadObject(kind recordKind, ids []uint32, key, val []byte) error {
	switch kind {
	case recDatabase:
		return load(key, val, ids, s.setDatabase, func(r *Database) []uint32 { return []uint32{r.ID} })
	case recTable:
		return load(key, val, ids, s.setTable, func(r *Table) []uint32 { return []uint32{r.ID} })
	case recView:
		return load(key, val, ids, s.setView, func(r *View) []uint32 { return []uint32{r.ID} })
	case recTrigger:
		return load(key, val, ids, s.setTrigger, func(r *Trigger) []uint32 { return []uint32{r.ID} })
	case recRoutine:
		return load(key, val, ids, s.setRoutine, func(r *Routine) []uint32 { return []uint32{r.ID} })
	case recEvent:
		return load(key, val, ids, s.setEvent, func(r *Event) []uint32 { return []uint32{r.ID} })
	}
	return fmt.Errorf("%w: kind %#x of key %x", ErrFormat, byte(kind), key)
}

func (s *Snapshot) loadSecurity(kind recordKind, ids []uint32, key, val []byte) error {
	switch kind {
	case recPrincipal:
		return load(key, val, ids, s.setPrincipal, func(r *Principal) []uint32 { return rawIDs(r.ID) })
	case recGrant:
		return load(key, val, ids, s.setGrant, func(r *Grant) []uint32 {
			return []uint32{uint32(r.Grantee), r.Object, uint32(r.Grantor)}
		})
	case recMembership:
		return load(key, val, ids, s.setMembership, func(r *Membership) []uint32 { return rawIDs(r.Member, r.Role) })
	}
	return load(key, val, ids, s.setCertificate, func(r *Certificate) []uint32 { return rawIDs(r.Principal) })
}

func rawIDs(ids ...principal.ID) []uint32 {
	raw := make([]uint32, len(ids))
	for i, id := range ids {
		raw[i] = uint32(id)
	}
	return raw
}

func load[T any](key, val []byte, ids []uint32, set func(*T), idsOf func(*T) []uint32) error {
	rec, err := loaded[T](key, val)
	if err != nil {
		return err
	}
	want := idsOf(rec)
	if len(want) != len(ids) {
		return fmt.Errorf("%w: key %x is too long or too short", ErrCorrupt, key)
	}
	for i := range want {
		if want[i] != ids[i] {
			return fmt.Errorf("%w: key %x holds the record of %v", ErrCorrupt, key, want)
		}
	}
	set(rec)
	return nil
}

func loaded[T any](key, val []byte) (*T, error) {
	rec, err := decodeRecord[T](val)
	if err != nil {
		return nil, fmt.Errorf("key %x: %w", key, err)
	}
	return rec, nil
}

// checkLoaded finds records that hide each other: two with one name or one data
// id. Both would answer to the same rights.
func (s *Snapshot) checkLoaded() error {
	if s.instance == "" && s.principals.len() > 0 {
		return fmt.Errorf("%w: records without an instance id", ErrCorrupt)
	}
	for _, count := range []struct {
		what         string
		byID, byName int
	}{
		{"databases", s.databases.len(), s.databaseNames.len()},
		{"tables", s.tables.len(), s.tableNames.len()},
		{"data ids", s.tables.len(), s.tableData.len()},
		{"views", s.views.len(), s.viewNames.len()},
		{"triggers", s.triggers.len(), s.triggerNames.len()},
		{"routines", s.routines.len(), s.routineNames.len()},
		{"events", s.events.len(), s.eventNames.len()},
		{"principals", s.principals.len(), s.principalNames.len()},
	} {
		if count.byID != count.byName {
			return fmt.Errorf("%w: %d %s have %d names", ErrCorrupt, count.byID, count.what, count.byName)
		}
	}
	return nil
}
