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
)

// Issuer keeps the certificates in the catalog in step with its grants.
type Issuer struct {
	catalog   *catalog.Catalog
	authority *Authority

	mu sync.Mutex
	// issued is what this process signed last, to leave a certificate alone
	// whose content a change did not alter. A failed Update leaves an entry
	// behind that never matches: its serial is not in the catalog.
	issued map[principal.ID]*Permissions
}

// Attach hooks an issuer into the catalog, issues what is missing (the first
// certificates of a new store) and renews what is due, as Renew does. A bucket
// is opened after it.
func Attach(ctx context.Context, c *catalog.Catalog, a *Authority) (*Issuer, error) {
	i := &Issuer{catalog: c, authority: a, issued: map[principal.ID]*Permissions{}}
	c.BeforeCommit(i.beforeCommit)
	if err := i.Renew(ctx); err != nil {
		return nil, err
	}
	return i, nil
}

// beforeCommit re-issues, in the transaction, the certificates of exactly the
// principals that the transaction touched.
func (i *Issuer) beforeCommit(tx *catalog.Tx, _ catalog.Touched) error {
	touched := tx.Touched() // later than the argument: hooks before this one may have changed more
	for _, id := range slices.Concat(touched.Principals, i.moved(tx, touched.Objects), i.reached(tx, touched.Objects)) {
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
	var p *Permissions
	if last != nil {
		p = revised(tx, i.catalog.Snapshot(), last, objects)
	}
	if p == nil {
		var err error
		if p, err = Of(tx.Snapshot, id); err != nil {
			return err
		}
	}
	if last != nil && last.Name == p.Name && last.Until.Equal(p.Until) && slices.Equal(last.Roles, p.Roles) && slices.Equal(last.Entries, p.Entries) {
		return nil
	}
	return i.sign(tx, p)
}

// moved finds who holds grants on objects that change their database, or has
// exceptions on them. An entry may have been left out, or was there, because of
// a grant on the old database.
func (i *Issuer) moved(tx *catalog.Tx, objects []catalog.ID) []principal.ID {
	var out []principal.ID
	before := i.catalog.Snapshot()
	for _, object := range objects {
		was := before.Object(object).Database
		if was == 0 || was == tx.Object(object).Database {
			continue
		}
		for _, g := range tx.GrantsOn(object) {
			out = append(out, g.Grantee)
		}
		for _, e := range tx.ExceptionsOn(object) {
			out = append(out, e.Grantee)
		}
	}
	return out
}

// reached finds whose grants and denials on scopes reach other objects than before:
// something in one was made, dropped or renamed.
func (i *Issuer) reached(tx *catalog.Tx, objects []catalog.ID) []principal.ID {
	var out []principal.ID
	before := i.catalog.Snapshot()
	for _, object := range objects {
		was, is := before.ScopesOver(before.Object(object)), tx.ScopesOver(tx.Object(object))
		if slices.EqualFunc(was, is, func(a, b *catalog.Scope) bool { return a.ID == b.ID }) {
			continue
		}
		for _, scope := range slices.Concat(was, is) {
			for _, g := range tx.GrantsOn(scope.ID) {
				out = append(out, g.Grantee)
			}
			for _, e := range tx.ExceptionsOn(scope.ID) {
				out = append(out, e.Grantee)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sign issues the certificate of p.
func (i *Issuer) sign(tx *catalog.Tx, p *Permissions) error {
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
	i.mu.Lock()
	i.issued[p.Principal] = p
	i.mu.Unlock()
	return nil
}

// inForce is the content of a certificate that this process signed, if it is
// still in force and not soon to be renewed.
func (i *Issuer) inForce(tx *catalog.Tx, id principal.ID) *Permissions {
	i.mu.Lock()
	last := i.issued[id]
	i.mu.Unlock()
	rec := tx.Certificate(id)
	if last == nil || rec == nil || rec.Serial != last.Serial || rec.Epoch != last.Epoch ||
		last.NotAfter.Sub(i.authority.Now()) <= renewBefore {
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
// than half of their life left. A server runs it daily. A certificate that was
// tampered with or is foreign is left as it is, denied: a person must find out
// why and then run ReissueAll.
func (i *Issuer) Renew(ctx context.Context) error {
	return i.reissue(ctx, func(s *catalog.Snapshot, p *catalog.Principal) bool {
		rec := s.Certificate(p.ID)
		if rec == nil {
			return true
		}
		c, err := x509.ParseCertificate(rec.DER)
		if err != nil || c.NotAfter.Sub(i.authority.Now()) > renewBefore {
			return false
		}
		_, err = i.authority.Verify(rec.DER)
		return err == nil || errors.Is(err, ErrExpired)
	})
}

// ReissueAll issues every certificate anew from the catalog's grants: after the
// authority was replaced or a store was restored. Only for an administrator.
func (i *Issuer) ReissueAll(ctx context.Context) error {
	return i.reissue(ctx, func(*catalog.Snapshot, *catalog.Principal) bool { return true })
}

func (i *Issuer) reissue(ctx context.Context, due func(*catalog.Snapshot, *catalog.Principal) bool) error {
	if !slices.ContainsFunc(i.catalog.Snapshot().Principals(), func(p *catalog.Principal) bool {
		return due(i.catalog.Snapshot(), p)
	}) {
		return nil
	}
	err := i.catalog.Update(ctx, func(tx *catalog.Tx) error {
		for _, p := range tx.Principals() {
			if !due(tx.Snapshot, p) {
				continue
			}
			content, err := Of(tx.Snapshot, p.ID)
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
	return nil
}
