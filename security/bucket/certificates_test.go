package bucket

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// TestBadCertificatesStayOut puts certificates into the catalog that the issuer
// did not make, while the bucket runs and before it is opened.
func TestBadCertificatesStayOut(t *testing.T) {
	sign := func(w *world, a *cert.Authority, id principal.ID, change func(*cert.Permissions)) *catalog.Certificate {
		s := w.catalog.Snapshot()
		p, err := cert.Of(s, id)
		w.ok(err)
		p.Serial = s.Certificate(id).Serial + 1
		change(p)
		der, err := a.Sign(p)
		w.ok(err)
		return &catalog.Certificate{Principal: id, Serial: p.Serial, Epoch: p.Epoch, DER: der}
	}
	for what, c := range map[string]struct {
		make func(*world, principal.ID) *catalog.Certificate
		want error
	}{
		"tampered": {func(w *world, id principal.ID) *catalog.Certificate {
			rec := sign(w, w.authority, id, func(*cert.Permissions) {})
			rec.DER[len(rec.DER)-1] ^= 1
			return rec
		}, cert.ErrForeign},
		"foreign": {func(w *world, id principal.ID) *catalog.Certificate {
			other, err := cert.NewAuthority(w.clock)
			w.ok(err)
			return sign(w, other, id, func(p *cert.Permissions) {})
		}, cert.ErrForeign},
		"expired": {func(w *world, id principal.ID) *catalog.Certificate {
			w.sleep(-500 * 24 * time.Hour)
			defer w.sleep(500 * 24 * time.Hour)
			return sign(w, w.authority, id, func(*cert.Permissions) {})
		}, cert.ErrExpired},
		"of another instance": {func(w *world, id principal.ID) *catalog.Certificate {
			return sign(w, w.authority, id, func(p *cert.Permissions) { p.Instance[3] ^= 1 })
		}, cert.ErrStale},
		"another principal's": {func(w *world, id principal.ID) *catalog.Certificate {
			rec := sign(w, w.authority, catalog.Root, func(p *cert.Permissions) {})
			rec.Principal = id
			return rec
		}, cert.ErrStale},
		"older than the record": {func(w *world, id principal.ID) *catalog.Certificate {
			rec := sign(w, w.authority, id, func(*cert.Permissions) {})
			rec.Serial++
			return rec
		}, cert.ErrStale},
		"of another epoch than the record": {func(w *world, id principal.ID) *catalog.Certificate {
			rec := sign(w, w.authority, id, func(*cert.Permissions) {})
			rec.Epoch--
			return rec
		}, cert.ErrStale},
		"of a future epoch": {func(w *world, id principal.ID) *catalog.Certificate {
			return sign(w, w.authority, id, func(p *cert.Permissions) { p.Epoch += 100 })
		}, cert.ErrStale},
		"garbage": {func(w *world, id principal.ID) *catalog.Certificate {
			return &catalog.Certificate{Principal: id, Serial: 1 << 62, DER: []byte("x")}
		}, cert.ErrMalformed},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			id := w.tables(w.database("d"), 1)[0]
			w.grant(catalog.Public, id, privilege.Insert)
			ann := w.user("ann")
			w.grant(ann, id, privilege.Select)
			r := w.session(ann)
			expect(t, "before", r, id, kivi.Read|kivi.Insert)
			w.update(func(tx *catalog.Tx) error { return tx.PutCertificate(c.make(w, ann)) })
			expect(t, "while running", r, id, 0)
			if !errors.Is(w.reports(), c.want) {
				t.Errorf("reported %v, want %v", w.reports(), c.want)
			}
			w.reported = nil
			w.open()
			r = w.session(ann)
			expect(t, "after a start", r, id, 0)
			if !errors.Is(w.reports(), c.want) {
				t.Errorf("at the start: reported %v, want %v", w.reports(), c.want)
			}
			expect(t, "others", w.session(catalog.Root), id, everything)
			w.ok(w.issuer.Renew(context.Background()))
			if what != "expired" {
				expect(t, "renewed: must not be repaired unasked", r, id, 0)
			}
			w.ok(w.issuer.ReissueAll(context.Background()))
			expect(t, "issued anew", r, id, kivi.Read|kivi.Insert)
		})
	}
}

// TestReplay puts back a certificate that was in force before a REVOKE, along
// with a record that agrees with it.
func TestReplay(t *testing.T) {
	w := newWorld(t)
	id := w.tables(w.database("d"), 1)[0]
	ann := w.user("ann")
	w.grant(ann, id, privilege.Select)
	old := *w.catalog.Snapshot().Certificate(ann)
	w.revoke(ann, id)
	r := w.session(ann)
	w.update(func(tx *catalog.Tx) error { return tx.PutCertificate(&old) })
	expect(t, "replayed", r, id, 0)
	if !errors.Is(w.reports(), cert.ErrStale) {
		t.Errorf("reported %v", w.reports())
	}
}

func TestMissingCertificate(t *testing.T) {
	w := newWorld(t)
	id := w.tables(w.database("d"), 1)[0]
	ann := w.user("ann")
	w.grant(ann, id, privilege.Select)
	r := w.session(ann)
	w.update(func(tx *catalog.Tx) error { return tx.DropCertificate(ann) })
	expect(t, "taken away", r, id, 0)
	if r.Live() || !errors.Is(w.reports(), cert.ErrMissing) {
		t.Errorf("live %t, reported %v", r.Live(), w.reports())
	}
}

func TestExpiry(t *testing.T) {
	w := newWorld(t)
	id := w.tables(w.database("d"), 1)[0]
	ann, bob := w.user("ann"), w.user("bob")
	w.grant(ann, id, privilege.Select)
	r := w.session(ann)
	expect(t, "before", r, id, kivi.Read)
	w.sleep(300 * 24 * time.Hour)
	w.grant(bob, id, privilege.Select) // bob's is young
	w.sleep(150 * 24 * time.Hour)
	before := r.Epoch()
	w.bucket.onTimer()
	expect(t, "expired", r, id, 0)
	expect(t, "not expired", w.session(bob), id, kivi.Read)
	if r.Epoch() == before || !errors.Is(w.reports(), cert.ErrExpired) {
		t.Errorf("epoch %d after %d, reported %v", r.Epoch(), before, w.reports())
	}
	w.ok(w.issuer.Renew(context.Background()))
	expect(t, "renewed", r, id, kivi.Read)
	if d := w.bucket.untilExpiry(w.bucket.state.Load()); d != expiryInterval {
		t.Errorf("next look in %v", d)
	}
}

// Revoked while the bucket runs: gone at once, and until another one is issued.
func TestRevocation(t *testing.T) {
	w := newWorld(t)
	id := w.tables(w.database("d"), 1)[0]
	ann := w.user("ann")
	w.grant(ann, id, privilege.Select)
	r := w.session(ann)
	expect(t, "before", r, id, kivi.Read)
	w.update(func(tx *catalog.Tx) error {
		return tx.PutRevocation(&catalog.Revocation{Serial: fmt.Sprintf("%x", tx.Certificate(ann).Serial)})
	})
	expect(t, "revoked", r, id, 0)
	if !errors.Is(w.reports(), cert.ErrRevoked) {
		t.Errorf("reported %v", w.reports())
	}
	w.grant(ann, id, privilege.Insert)
	expect(t, "issued anew", r, id, kivi.Insert)
	w.ok(w.issuer.Rotate(context.Background()))
	expect(t, "signed with another key", r, id, kivi.Insert)
	expect(t, "root", w.session(catalog.Root), id, everything)
}
