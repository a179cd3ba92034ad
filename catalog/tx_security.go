package catalog

import (
	"fmt"
	"slices"
	"time"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// PutPrincipal creates or changes a principal. It computes Folded, UUID and the
// times, and raises Epoch when what was proved before must not count any more.
func (tx *Tx) PutPrincipal(rec *Principal) error {
	p := *rec
	p.Folded = FoldPrincipal(p.Name)
	old := tx.principals.get(p.ID)
	if err := tx.checkPrincipal(&p); err != nil {
		return err
	}
	switch {
	case old == nil:
		p.Epoch = max(p.Epoch, 1)
	case !p.sameProofs(old), old.Locked != p.Locked, !old.SameEntry(&p):
		p.Epoch = max(p.Epoch, old.Epoch+1)
	default:
		p.Epoch = max(p.Epoch, old.Epoch)
	}
	p.stamp(old, time.Now())
	kept, err := put(tx, &p, recPrincipal, uint32(p.ID))
	if err != nil {
		return err
	}
	if old != nil {
		tx.principalNames.delete(old.Folded)
	}
	tx.setPrincipal(kept)
	tx.touches.accounts[p.ID] = struct{}{}
	if old != nil && !old.SameEntry(kept) {
		if err := tx.leaveOutsideGroups(p.ID); err != nil {
			return err
		}
	}
	if old == nil || !sameIdentity(*old, *kept) {
		tx.touchPrincipal(p.ID)
	}
	return nil
}

// leaveOutsideGroups ends what the directory said of an account that is no
// longer the same entry's. Nobody else would: it is asked about the new entry
// later, and not at all about an account that is now this database's own.
func (tx *Tx) leaveOutsideGroups(id principal.ID) error {
	for _, m := range slices.Clone(tx.MembershipsOf(id)) {
		if !tx.principals.get(m.Role).Outside() {
			continue
		}
		if err := tx.DropMembership(m.Member, m.Role); err != nil {
			return err
		}
	}
	return nil
}

// sameIdentity compares what decides who somebody is and what he may do.
func sameIdentity(a, b Principal) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Folded == b.Folded && a.Kind == b.Kind &&
		a.Host == b.Host && a.Password == b.Password && a.Locked == b.Locked && a.Standing == b.Standing && a.Plugin == b.Plugin && a.DirectoryName == b.DirectoryName && a.DirectoryUUID == b.DirectoryUUID && a.Epoch == b.Epoch &&
		slices.Equal(a.DefaultRoles, b.DefaultRoles)
}

func (tx *Tx) checkPrincipal(p *Principal) error {
	if !checkPrincipalName(p.Name) || p.Folded == "" || ID(p.ID) < FirstID && p.ID != Root && p.ID != Public {
		return fmt.Errorf("%w: principal %q with id %d", ErrInvalid, p.Name, p.ID)
	}
	switch p.Kind {
	case KindUser, KindRole, KindGroup, KindPublic:
	default:
		return fmt.Errorf("%w: principal %q of kind %q", ErrInvalid, p.Name, p.Kind)
	}
	if (p.Kind == KindPublic) != (p.ID == Public) {
		return fmt.Errorf("%w: principal %q: there is one PUBLIC", ErrInvalid, p.Name)
	}
	if p.Kind == KindGroup && p.Password != "" {
		return fmt.Errorf("%w: group %q with a password: groups do not log in", ErrInvalid, p.Name)
	}
	if err := p.checkPlugin(); err != nil {
		return err
	}
	old := tx.principals.get(p.ID)
	switch {
	case old != nil && old.Kind != p.Kind:
		return fmt.Errorf("%w: %s %q cannot become a %s", ErrInvalid, old.Kind, old.Name, p.Kind)
	case p.Creator != 0 && p.Kind == KindPublic, old != nil && old.Creator != p.Creator:
		return fmt.Errorf("%w: creator %d of %s %q: it has one, for life", ErrInvalid, p.Creator, p.Kind, p.Name)
	case p.Standing && (!p.Locked || p.Kind != KindUser):
		return fmt.Errorf("%w: the lock of logins of %s %q", ErrInvalid, p.Kind, p.Name)
	case len(p.DefaultRoles) > 0 && p.Kind != KindUser:
		return fmt.Errorf("%w: default roles of the %s %q", ErrInvalid, p.Kind, p.Name)
	}
	if err := p.checkAccount(); err != nil {
		return err
	}
	if err := p.checkDirectory(tx.principals.get(p.ID)); err != nil {
		return err
	}
	if other := tx.principalNames.get(p.Folded); other != nil && other.ID != p.ID {
		return fmt.Errorf("%w: principal %q", ErrExists, p.Name)
	}
	return nil
}

// checkPlugin keeps one authority for each name: who the company's directory
// checks has no password here, and root is never the directory's.
func (p *Principal) checkPlugin() error {
	switch {
	case p.Plugin == "" && p.DirectoryName == "" && p.DirectoryUUID == "":
		return nil
	case p.Plugin != PluginLDAP:
		return fmt.Errorf("%w: principal %q with plugin %q", ErrInvalid, p.Name, p.Plugin)
	case p.Kind != KindUser && p.Kind != KindGroup, p.ID == Root:
		return fmt.Errorf("%w: %s %q cannot be the directory's", ErrInvalid, p.Kind, p.Name)
	case p.Password != "", p.DirectoryName+p.DirectoryUUID != "" && p.Kind != KindUser:
		return fmt.Errorf("%w: %s %q of the directory with a password or another name", ErrInvalid, p.Kind, p.Name)
	}
	return nil
}

// DropPrincipal removes a principal, the grants to it, its memberships and its
// certificate. It must own nothing; grants that it made to others must have
// been dealt with (package grant does both).
func (tx *Tx) DropPrincipal(id principal.ID) error {
	old := tx.principals.get(id)
	if old == nil {
		return fmt.Errorf("%w: principal %d", ErrNotFound, id)
	}
	if id == Root || id == Public {
		return fmt.Errorf("%w: %s cannot be dropped", ErrInvalid, old.Name)
	}
	if owned := tx.Owned(id); len(owned) > 0 {
		return fmt.Errorf("%w: %s still owns %q", ErrInvalid, old.Name, owned[0].Name)
	}
	if err := tx.dropGrantsOn(ID(id)); err != nil { // to act as it
		return err
	}
	for _, g := range tx.GrantsTo(id) {
		if err := tx.DropGrant(g.Grantee, g.Object, g.Grantor); err != nil {
			return err
		}
	}
	for _, e := range tx.ExceptionsOf(id) {
		if err := tx.DropException(e.Grantee, e.Object); err != nil {
			return err
		}
	}
	if err := tx.dropMemberships(id); err != nil {
		return err
	}
	if tx.Certificate(id) != nil {
		if err := tx.DropCertificate(id); err != nil {
			return err
		}
	}
	if err := tx.remove(recPrincipal, uint32(id)); err != nil {
		return err
	}
	tx.principals.delete(id)
	tx.principalNames.delete(old.Folded)
	tx.touchPrincipal(id)
	return nil
}

func (tx *Tx) dropMemberships(id principal.ID) error {
	for _, m := range tx.MembershipsOf(id) { // what it gave of them, which nobody gives any more
		for _, given := range tx.MembersOf(m.Role) {
			if _, err := tx.EndGiven(*given, func(g Giver) bool { return g.Grantor == id }); err != nil {
				return err
			}
		}
	}
	for _, m := range append(tx.MembershipsOf(id), tx.MembersOf(id)...) {
		if err := tx.DropMembership(m.Member, m.Role); err != nil {
			return err
		}
	}
	return nil
}

// PutGrant writes the row (Grantee, Object, Grantor) as given, replacing one
// that exists. Seq and By of an existing row are kept.
func (tx *Tx) PutGrant(rec *Grant) error {
	g := *rec
	if err := tx.checkGrant(&g); err != nil {
		return err
	}
	old := tx.Grant(g.Grantee, g.Object, g.Grantor)
	if old != nil {
		g.Seq, g.By = old.Seq, old.By
	} else {
		g.Seq = tx.of
	}
	if g.By == 0 {
		g.By = g.Grantor
	}
	tx.leftOut(g.Atoms, g.Options)
	kept, err := put(tx, &g, recGrant, uint32(g.Grantee), g.Object, uint32(g.Grantor))
	if err != nil {
		return err
	}
	tx.setGrant(kept)
	tx.touchObject(g.Object)
	tx.touchPrincipal(g.Grantee)
	return nil
}

// leftOut notes that a set lacks what ALL of an earlier release lacked, and by intent.
func (tx *Tx) leftOut(sets ...privilege.Set) {
	for _, s := range sets {
		if s != privilege.Completed(s) {
			tx.level = privilege.Level
		}
	}
}

// CompletePrivileges says that what earlier releases gave as ALL is complete.
func (tx *Tx) CompletePrivileges() { tx.level = privilege.Level }

func (tx *Tx) checkGrant(g *Grant) error {
	object := tx.Object(g.Object)
	switch {
	case tx.principals.get(g.Grantee) == nil:
		return fmt.Errorf("%w: grantee %d", ErrNotFound, g.Grantee)
	case g.Grantor != SystemGrantor && tx.principals.get(g.Grantor) == nil:
		return fmt.Errorf("%w: grantor %d", ErrNotFound, g.Grantor)
	case object.Kind == privilege.KindNone:
		return fmt.Errorf("%w: object %d", ErrNotFound, g.Object)
	case object.Kind != g.Kind:
		return fmt.Errorf("%w: grant on object %d as %v, which is %v", ErrInvalid, g.Object, g.Kind, object.Kind)
	case tx.isKept(g.Object, g.Atoms):
		return fmt.Errorf("%w: grant on %q, which is not there", ErrInvalid, object.Name)
	case g.Atoms.IsEmpty(), !g.Atoms.HasAll(g.Options):
		return fmt.Errorf("%w: grant of %v with options %v", ErrInvalid, g.Atoms, g.Options)
	case !g.Atoms.HasAll(g.Apart), !g.Options.Intersect(g.Apart).HasAll(g.ApartOptions), g.Apart != 0 && g.Grantor != SystemGrantor:
		return fmt.Errorf("%w: grant of %v, apart from owning %v with options %v", ErrInvalid, g.Atoms, g.Apart, g.ApartOptions)
	case g.Ends.wrong(g.Atoms), g.OptionEnds.wrong(g.Options):
		return fmt.Errorf("%w: grant of %v with ends %q, of options %v with ends %q", ErrInvalid, g.Atoms, g.Ends, g.Options, g.OptionEnds)
	case g.Atoms.Has(privilege.GrantOption), !privilege.Valid(g.Kind).HasAll(g.Atoms):
		return fmt.Errorf("%w: grant of %v on %v", ErrInvalid, g.Atoms, g.Kind)
	}
	return nil
}

// DropGrant removes one row.
func (tx *Tx) DropGrant(grantee principal.ID, object ID, grantor principal.ID) error {
	old := tx.Grant(grantee, object, grantor)
	if old == nil {
		return fmt.Errorf("%w: grant to %d on %d by %d", ErrNotFound, grantee, object, grantor)
	}
	if err := tx.remove(recGrant, uint32(grantee), object, uint32(grantor)); err != nil {
		return err
	}
	to, on := grantKeys(old)
	tx.grantsTo.delete(grantee, to)
	tx.grantsOn.delete(object, on)
	tx.timed.delete(grantee, to)
	tx.touchObject(object)
	tx.touchPrincipal(grantee)
	return nil
}

// dropGrantsOn removes all grants on an object, and the exceptions.
func (tx *Tx) dropGrantsOn(object ID) error {
	for _, g := range tx.GrantsOn(object) {
		if err := tx.DropGrant(g.Grantee, g.Object, g.Grantor); err != nil {
			return err
		}
	}
	for _, e := range tx.ExceptionsOn(object) {
		if err := tx.DropException(e.Grantee, e.Object); err != nil {
			return err
		}
	}
	return nil
}
