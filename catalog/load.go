package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

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
	l := newLoader(c.seal)
	scanErr := txn.scan(ctx, l.add)
	s, err := l.finish()
	if err := cmp.Or(scanErr, err); err != nil {
		return nil, err
	}
	return s, s.checkLoaded()
}

// decodeEntry decodes one record and returns what puts it into the trees of a
// snapshot. The ids in the key and in the value must agree.
func decodeEntry(key, val []byte) (place func(*Snapshot), err error) {
	kind, ids, err := parseKey(key)
	if err != nil {
		return nil, err
	}
	switch kind {
	case recState:
		return decodeAs(key, val, ids, (*Snapshot).setState, func(*state) []uint32 { return nil })
	case recRevocation:
		return decodeAs(key, val, ids, (*Snapshot).setRevocation, func(r *Revocation) []uint32 { return revocationKey(r.Serial) })
	case recGrant, recMembership, recCertificate, recPage, recPrincipal, recException:
		return decodeSecurity(kind, ids, key, val)
	}
	return decodeObject(kind, ids, key, val)
}

func decodeObject(kind recordKind, ids []uint32, key, val []byte) (func(*Snapshot), error) {
	for _, k := range kinds {
		if k.record() == kind {
			return k.decode(key, val, ids)
		}
	}
	return nil, fmt.Errorf("%w: kind %#x of key %x", ErrFormat, byte(kind), key)
}

func decodeSecurity(kind recordKind, ids []uint32, key, val []byte) (func(*Snapshot), error) {
	switch kind {
	case recPrincipal:
		return decodeAs(key, val, ids, (*Snapshot).setPrincipal, func(r *Principal) []uint32 { return rawIDs(r.ID) })
	case recGrant:
		return decodeAs(key, val, ids, (*Snapshot).setGrant, func(r *Grant) []uint32 {
			return []uint32{uint32(r.Grantee), r.Object, uint32(r.Grantor)}
		})
	case recException:
		return decodeAs(key, val, ids, (*Snapshot).setException, func(r *Exception) []uint32 {
			return []uint32{uint32(r.Grantee), r.Object}
		})
	case recMembership:
		return decodeAs(key, val, ids, (*Snapshot).setMembership, func(r *Membership) []uint32 { return rawIDs(r.Member, r.Role) })
	case recPage:
		return decodeAs(key, val, ids, (*Snapshot).setPage, func(r *CertificatePage) []uint32 { return []uint32{uint32(r.Principal), r.Node} })
	}
	return decodeAs(key, val, ids, (*Snapshot).setCertificate, func(r *Certificate) []uint32 { return rawIDs(r.Principal) })
}

func rawIDs(ids ...principal.ID) []uint32 {
	raw := make([]uint32, len(ids))
	for i, id := range ids {
		raw[i] = uint32(id)
	}
	return raw
}

func decodeAs[T any](key, val []byte, ids []uint32, set func(*Snapshot, *T), idsOf func(*T) []uint32) (func(*Snapshot), error) {
	rec, err := decodeRecord[T](val)
	if err != nil {
		return nil, fmt.Errorf("key %x: %w", key, err)
	}
	if want := idsOf(rec); !slices.Equal(want, ids) {
		return nil, fmt.Errorf("%w: key %x holds the record of %v", ErrCorrupt, key, want)
	}
	return func(s *Snapshot) { set(s, rec) }, nil
}

// checkLoaded finds records that hide each other: two with one name or one data
// id. Both would answer to the same rights.
func (s *Snapshot) checkLoaded() error {
	if s.instance == "" && s.principals.len() > 0 {
		return fmt.Errorf("%w: records without an instance id", ErrCorrupt)
	}
	for _, c := range s.objects {
		if err := c.check(s); err != nil {
			return err
		}
	}
	for _, count := range []struct {
		what         string
		byID, byName int
	}{
		{"data ids", tables(s).byID.len(), s.tableData.len()},
		{"sequences", sequences(s).byID.len(), s.sequenceData.len()},
		{"principals", s.principals.len(), s.principalNames.len()},
	} {
		if count.byID != count.byName {
			return fmt.Errorf("%w: %d %s have %d names", ErrCorrupt, count.byID, count.what, count.byName)
		}
	}
	return nil
}
