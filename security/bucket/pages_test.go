package bucket

import (
	"errors"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// Who holds much is asked, granted and revoked like anybody; one page that is not the
// signed one takes all of it away, also what stands in other pages.
func TestManyEntries(t *testing.T) {
	w := newWorld(t)
	db := w.database("d")
	ids := w.tables(db, 700)
	ann, bob := w.user("ann"), w.user("bob")
	w.update(func(tx *catalog.Tx) error {
		for _, id := range ids {
			if err := errors.Join(putGrant(tx, ann, id, privilege.Of(privilege.Select)), putGrant(tx, bob, id, privilege.Of(privilege.Select))); err != nil {
				return err
			}
		}
		return nil
	})
	r := w.session(ann)
	for _, id := range ids {
		expect(t, "granted", r, id, kivi.Read)
	}
	if len(w.catalog.Snapshot().CertificatePages(ann)) == 0 {
		t.Fatal("no pages")
	}
	old := w.catalog.Snapshot().CertificatePages(ann)
	w.revoke(ann, ids[300])
	w.grant(ann, ids[301], privilege.Insert)
	expect(t, "revoked", r, ids[300], 0)
	expect(t, "granted", r, ids[301], kivi.Insert)
	if !r.AnyInDatabase(db) || w.reports() != nil {
		t.Errorf("database is not seen, or %v", w.reports())
	}

	w.update(func(tx *catalog.Tx) error { // what stood there before the REVOKE
		for _, p := range old {
			if p.Node == uint32(ids[300])>>8 {
				return tx.PutCertificatePage(p)
			}
		}
		return errors.New("no such page")
	})
	expect(t, "what was verified counts on", r, ids[300], 0)
	expect(t, "what was verified counts on", r, ids[0], kivi.Read)
	w.open()
	r = w.session(ann)
	for _, id := range ids {
		expect(t, "after a start", r, id, 0)
	}
	var refused *Refused
	if err := w.reports(); !errors.Is(err, cert.ErrPages) || !errors.As(err, &refused) || refused.Principal != ann {
		t.Errorf("reported %v", err)
	}
	expect(t, "others", w.session(bob), ids[300], kivi.Read)
	w.ok(w.issuer.ReissueAll(t.Context()))
	expect(t, "issued anew", r, ids[0], kivi.Read)
	expect(t, "issued anew", r, ids[300], 0)
}

// A role whose certificate does not count may deny something: who holds it may do
// nothing, but for an administrator, whom no denial binds.
func TestLostDenials(t *testing.T) {
	w := newWorld(t)
	id := w.tables(w.database("d"), 1)[0]
	ann, clerks, chess := w.user("ann"), w.role("clerks"), w.principal("chess", catalog.KindGroup)
	w.grant(ann, id, privilege.Select, privilege.Insert)
	w.member(ann, clerks)
	w.member(ann, chess)
	w.member(catalog.Root, clerks)
	for _, who := range []struct {
		id   principal.ID
		name string
	}{{clerks, "role"}, {chess, "group"}, {catalog.Public, "PUBLIC"}} {
		w.update(func(tx *catalog.Tx) error {
			return tx.PutException(&catalog.Exception{Grantee: who.id, Object: id, Kind: privilege.KindTable, Deny: privilege.Of(privilege.Insert), By: catalog.Root})
		})
		r := w.session(ann)
		expect(t, who.name+" denies", r, id, kivi.Read)
		kept := *w.catalog.Snapshot().Certificate(who.id)
		bad := kept
		bad.DER = append([]byte(nil), kept.DER...)
		bad.Serial++
		w.update(func(tx *catalog.Tx) error { return tx.PutCertificate(&bad) })
		expect(t, who.name+" is tampered with", r, id, 0)
		expect(t, "root", w.session(catalog.Root), id, everything)
		if r.Live() || r.System() != 0 || r.AnyInDatabase(id) {
			t.Errorf("%s: something is left", who.name)
		}
		w.update(func(tx *catalog.Tx) error { return tx.PutCertificate(&kept) })
		expect(t, who.name+" denies again", r, id, kivi.Read)
		w.update(func(tx *catalog.Tx) error { return tx.DropException(who.id, id) })
		expect(t, who.name+" denies no more", r, id, kivi.Read|kivi.Insert)
	}
}
