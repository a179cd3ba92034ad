package bucket

import (
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// restrict puts a certificate in force whose entry on an object is restricted;
// no statement makes such a grant yet.
func (w *world) restrict(id principal.ID, object catalog.ID, atoms ...privilege.Atom) {
	s := w.catalog.Snapshot()
	p, err := cert.Of(s, id)
	w.ok(err)
	p.Serial = s.Certificate(id).Serial + 1
	p.Entries = []cert.Entry{{Object: object, Restricted: true, Atoms: privilege.Of(atoms...)}}
	der, err := w.authority.Sign(p)
	w.ok(err)
	w.update(func(tx *catalog.Tx) error {
		return tx.PutCertificate(&catalog.Certificate{Principal: id, Serial: p.Serial, Epoch: p.Epoch, DER: der})
	})
}

// TestRestricted: what is held only under a policy is not allowed, and Restricted
// says at which epoch a policy must have been compiled. The epoch follows the
// principal's certificates and the table's record, and nothing else.
func TestRestricted(t *testing.T) {
	w := newWorld(t)
	d := w.database("d")
	ids := w.tables(d, 2)
	ann, bob := w.user("ann"), w.user("bob")
	w.restrict(ann, ids[0], privilege.Select, privilege.Update)
	r := w.session(ann)
	expect(t, "restricted", r, ids[0], 0)
	first := r.Restricted(ids[0], kivi.Read)
	if first == 0 || r.Restricted(ids[0], kivi.Read|kivi.Update) != first {
		t.Fatalf("epoch %d, both rights %d", first, r.Restricted(ids[0], kivi.Read|kivi.Update))
	}
	for what, epoch := range map[string]uint64{
		"a right that is not held": r.Restricted(ids[0], kivi.Delete),
		"one of two":               r.Restricted(ids[0], kivi.Read|kivi.Delete),
		"no right":                 r.Restricted(ids[0], 0),
		"another table":            r.Restricted(ids[1], kivi.Read),
		"no table":                 r.Restricted(4_000_000_000, kivi.Read),
		"nobody":                   (*Rights)(nil).Restricted(ids[0], kivi.Read),
		"somebody else":            w.session(bob).Restricted(ids[0], kivi.Read),
		"held without a policy":    w.session(catalog.Root).Restricted(ids[0], kivi.Read),
	} {
		if epoch != 0 {
			t.Errorf("%s: epoch %d", what, epoch)
		}
	}

	w.grant(bob, ids[0], privilege.Select)
	w.tables(d, 3)
	if now := r.Restricted(ids[0], kivi.Read); now != first {
		t.Errorf("the epoch moved from %d to %d with what does not concern it", first, now)
	}
	w.update(func(tx *catalog.Tx) error {
		rec := tx.TableByID(ids[0]).Clone()
		rec.Comment = "another policy"
		return tx.PutTable(rec)
	})
	second := r.Restricted(ids[0], kivi.Read)
	if second <= first {
		t.Errorf("epoch %d after the table changed, %d before", second, first)
	}
	w.restrict(ann, ids[0], privilege.Select)
	if now := r.Restricted(ids[0], kivi.Read); now <= second {
		t.Errorf("epoch %d after the certificate changed, %d before", now, second)
	}
	w.grant(catalog.Public, ids[0], privilege.Select)
	expect(t, "granted to all", r, ids[0], kivi.Read)
	if now := r.Restricted(ids[0], kivi.Read); now != 0 {
		t.Errorf("epoch %d for what needs no policy", now)
	}
	w.change(ann, func(p *catalog.Principal) { p.Locked = true })
	if now := r.Restricted(ids[0], kivi.Update); now != 0 {
		t.Errorf("epoch %d of a locked account", now)
	}
}
