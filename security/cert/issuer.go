package cert

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Issuer keeps the certificates in the catalog in step with its grants.
type Issuer struct {
	catalog   *catalog.Catalog
	authority *Authority

	// More entries than inline are put into pages, again or fewer out of them.
	inline, again int

	mu sync.Mutex
	// issued is what was signed last, so that it need not be read again. A failed
	// Update leaves an entry behind that never matches: its serial is not in the
	// catalog.
	issued map[principal.ID]*Permissions
}

// Attach hooks an issuer into the catalog, issues what is missing (the first
// certificates of a new store) and renews what is due, as Renew does. A bucket
// is opened after it.
func Attach(ctx context.Context, c *catalog.Catalog, a *Authority) (*Issuer, error) {
	i := &Issuer{catalog: c, authority: a, inline: inlineEntries, again: inlineAgain, issued: map[principal.ID]*Permissions{}}
	c.BeforeCommit(i.beforeCommit)
	a.refuseRevoked(c.Snapshot())
	if err := i.endRotation(ctx); err != nil {
		return nil, err
	}
	return i, nil
}

// beforeCommit re-issues, in the transaction, the certificates of exactly the
// principals that the transaction touched.
func (i *Issuer) beforeCommit(tx *catalog.Tx, _ catalog.Touched) error {
	touched := tx.Touched() // later than the argument: hooks before this one may have changed more
	for _, id := range Affected(i.catalog.Snapshot(), tx.Snapshot, touched) {
		if tx.PrincipalByID(id) == nil {
			i.forget(id) // dropped, and its certificate with it
			continue
		}
		if err := i.reviseOne(tx, id, touched.Objects); err != nil {
			return err
		}
	}
	return nil
}

// reviseOne signs the certificate that a change of some objects calls for,
// unless the one in force says the same.
func (i *Issuer) reviseOne(tx *catalog.Tx, id principal.ID, objects []catalog.ID) error {
	last := i.inForce(tx, id)
	if last != nil {
		p, err := i.revised(tx, last, objects)
		if err != nil {
			return err
		}
		if p != nil {
			if last.says(p) {
				return nil
			}
			return i.sign(tx, p)
		}
	}
	p, err := Of(tx.Snapshot, id)
	if err != nil || last != nil && last.says(p) {
		return err
	}
	return i.sign(tx, p)
}

// says reports whether a certificate of what makes another one superfluous.
func (p *Permissions) says(q *Permissions) bool {
	if (p.Paged == nil) != (q.Paged == nil) || p.Paged != nil && *p.Paged != *q.Paged {
		return false
	}
	return p.Name == q.Name && p.Until.Equal(q.Until) && slices.Equal(p.Roles, q.Roles) && slices.Equal(p.Entries, q.Entries)
}

// Affected are whose permissions a change made others: those whose grants it changed, and whom what it did to objects
// concerns. Some may stand there twice.
func Affected(before, after *catalog.Snapshot, touched catalog.Touched) []principal.ID {
	return slices.Concat(touched.Principals, moved(before, after, touched.Objects), reached(before, after, touched.Objects))
}

// moved finds who holds grants on objects that change their database, or has
// exceptions on them. An entry may have been left out, or was there, because of
// a grant on the old database.
func moved(before, after *catalog.Snapshot, objects []catalog.ID) []principal.ID {
	var out []principal.ID
	for _, object := range objects {
		was := before.Object(object).Database
		if was == 0 || was == after.Object(object).Database {
			continue
		}
		for _, g := range after.GrantsOn(object) {
			out = append(out, g.Grantee)
		}
		for _, e := range after.ExceptionsOn(object) {
			out = append(out, e.Grantee)
		}
	}
	return out
}

// reached finds whose grants and denials on scopes reach other objects than before:
// something in one was made, dropped or renamed.
func reached(before, after *catalog.Snapshot, objects []catalog.ID) []principal.ID {
	var out []principal.ID
	for _, object := range objects {
		was, is := before.ScopesOver(before.Object(object)), after.ScopesOver(after.Object(object))
		if slices.EqualFunc(was, is, func(a, b *catalog.Scope) bool { return a.ID == b.ID }) {
			continue
		}
		for _, scope := range slices.Concat(was, is) {
			for _, g := range after.GrantsOn(scope.ID) {
				out = append(out, g.Grantee)
			}
			for _, e := range after.ExceptionsOn(scope.ID) {
				out = append(out, e.Grantee)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sign issues the certificate of p, with its pages where it needs them.
func (i *Issuer) sign(tx *catalog.Tx, p *Permissions) error {
	if err := i.putPages(tx, p); err != nil {
		return fmt.Errorf("store permission certificate of %q: %w", p.Name, err)
	}
	// Unique and rising for each principal: the version rises with each commit.
	p.Serial = tx.Version()<<32 | uint64(p.Principal)
	der, err := i.authority.Sign(p)
	if err != nil {
		return err
	}
	err = tx.PutCertificate(&catalog.Certificate{Principal: p.Principal, Serial: p.Serial, Epoch: p.Epoch, DER: der})
	if err != nil {
		return fmt.Errorf("store permission certificate of %q: %w", p.Name, err)
	}
	i.remember(p)
	return nil
}

// putPages moves a long list of entries into pages, and takes the pages away of
// who needs none any more.
func (i *Issuer) putPages(tx *catalog.Tx, p *Permissions) error {
	if p.Paged != nil {
		return nil // revised has put them
	}
	if len(p.Entries) > i.inline {
		made, err := rebuild(place{p.Instance, p.Principal}, tx, entriesOf(tx.Snapshot, p.Principal, true))
		p.Entries, p.Paged = nil, &made
		return err
	}
	for _, page := range slices.Clone(tx.CertificatePages(p.Principal)) {
		if err := tx.DropCertificatePage(p.Principal, page.Node); err != nil {
			return err
		}
	}
	return nil
}

// maxIssued bounds what is remembered: some 10 kB each at most.
const maxIssued = 1024

func (i *Issuer) remember(p *Permissions) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.issued[p.Principal] = p
	for id := range i.issued {
		if len(i.issued) <= maxIssued {
			return
		}
		delete(i.issued, id) // any: it is read from the catalog again when it is needed
	}
}

// inForce is the content of the certificate that is in force, without its pages,
// if it is sound and not soon to be renewed.
func (i *Issuer) inForce(tx *catalog.Tx, id principal.ID) *Permissions {
	i.mu.Lock()
	last := i.issued[id]
	i.mu.Unlock()
	rec := tx.Certificate(id)
	if rec == nil {
		return nil
	}
	if last == nil || rec.Serial != last.Serial || rec.Epoch != last.Epoch {
		var err error
		if last, err = i.authority.Verify(rec.DER); err != nil || last.inForceIs(tx.Snapshot, id, rec) != nil {
			return nil
		}
		last.Until = i.catalog.Snapshot().FirstEnd(id)
	}
	if Revoked(tx.Snapshot, last.Serial) || last.NotAfter.Sub(i.authority.Now()) <= renewBefore && last.Until.IsZero() {
		return nil
	}
	return last
}

func (i *Issuer) forget(id principal.ID) {
	i.mu.Lock()
	delete(i.issued, id)
	i.mu.Unlock()
}

// Renew issues the certificates that are missing, and anew those that have less
// than half of their life left, those of an earlier authority, and those that an
// older release wrote without pages, or without what administrators were granted. A server runs it daily. A certificate that was
// tampered with or is foreign is left as it is, denied: a person must find out
// why and then run ReissueAll.
func (i *Issuer) Renew(ctx context.Context) error { return i.reissue(ctx, i.due) }

func (i *Issuer) due(s *catalog.Snapshot, p *catalog.Principal) bool {
	rec := s.Certificate(p.ID)
	if rec == nil {
		return true
	}
	// The signature is looked at last: the bucket does it for all of them anyway.
	c, err := x509.ParseCertificate(rec.DER)
	if err != nil {
		return false
	}
	content, err := contentOf(c)
	if err != nil || c.NotAfter.Sub(i.authority.Now()) > renewBefore && len(content.Entries) <= i.inline && i.authority.isNewest(c) && !i.leftOut(s, p.ID) {
		return false
	}
	_, err = i.authority.Verify(rec.DER)
	return (err == nil || errors.Is(err, ErrExpired)) && !Revoked(s, rec.Serial)
}

// leftOut says whether the certificate of who holds SYSTEM ADMIN lacks what he was granted besides: an
// older release left that out, as if administrators always had access to data.
func (i *Issuer) leftOut(s *catalog.Snapshot, id principal.ID) bool {
	for _, g := range s.GrantsToOn(id, catalog.System) {
		if g.Atoms.Has(privilege.SysAdmin) {
			return errors.Is(Check(s, i.authority, id), ErrDiffers)
		}
	}
	return false
}

// ReissueAll issues every certificate anew from the catalog's grants: after the
// authority was replaced or a store was restored. Only for an administrator.
func (i *Issuer) ReissueAll(ctx context.Context) error {
	return i.reissue(ctx, func(*catalog.Snapshot, *catalog.Principal) bool { return true })
}

// batch is how many certificates are made anew at once: a change of rights does not
// wait for more.
const batch = 500

func (i *Issuer) reissue(ctx context.Context, due func(*catalog.Snapshot, *catalog.Principal) bool) error {
	var todo []principal.ID
	for _, p := range i.catalog.Snapshot().Principals() {
		if due(i.catalog.Snapshot(), p) {
			todo = append(todo, p.ID)
		}
	}
	for some := range slices.Chunk(todo, batch) {
		err := i.catalog.Update(ctx, func(tx *catalog.Tx) error {
			for _, id := range some {
				if tx.PrincipalByID(id) == nil {
					continue
				}
				content, err := Of(tx.Snapshot, id)
				if err != nil {
					return err
				}
				if err := i.sign(tx, content); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("issue permission certificates: %w", err)
		}
	}
	return nil
}
