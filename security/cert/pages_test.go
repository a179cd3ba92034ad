package cert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// many makes n tables in a database and grants SELECT on each to somebody.
func (o *office) many(to principal.ID, database string, n int) (d catalog.ID, ids []catalog.ID) {
	o.t.Helper()
	for len(ids) < n {
		var id catalog.ID
		d, id = o.table(database)
		ids = append(ids, id)
	}
	o.update(func(tx *catalog.Tx) error {
		for _, id := range ids {
			if err := grantIn(tx, to, id, privilege.Select); err != nil {
				return err
			}
		}
		return nil
	})
	return d, ids
}

func (o *office) read(id principal.ID) (*Permissions, error) {
	return Read(o.catalog.Snapshot(), o.auth, id, nil)
}

func (o *office) revoke(from principal.ID, on catalog.ID) {
	o.t.Helper()
	o.update(func(tx *catalog.Tx) error { return tx.DropGrant(from, on, catalog.SystemGrantor) })
}

// sound checks the certificate of somebody against the grants.
func (o *office) sound(id principal.ID) *Permissions {
	o.t.Helper()
	if err := Check(o.catalog.Snapshot(), o.auth, id); err != nil {
		o.t.Fatal(err)
	}
	p, err := o.read(id)
	if err != nil {
		o.t.Fatal(err)
	}
	if p.Paged == nil && len(o.catalog.Snapshot().CertificatePages(id)) > 0 {
		o.t.Fatal("pages of a certificate that has none")
	}
	return p
}

// The form follows the number of entries, up and down, and each form says the same.
func TestPagesComeAndGo(t *testing.T) {
	o := newOffice(t)
	ann := o.make(catalog.KindUser, "ann")
	_, ids := o.many(ann, "d", inlineEntries)
	if p := o.sound(ann); p.Paged != nil || p.Len() != inlineEntries {
		t.Fatalf("%d entries, paged %v", p.Len(), p.Paged)
	}
	_, one := o.table("d")
	o.grant(ann, one, privilege.Select)
	p := o.sound(ann)
	if p.Paged == nil || p.Len() != inlineEntries+1 || len(p.Entries) > 0 {
		t.Fatalf("%d entries, paged %v", p.Len(), p.Paged)
	}
	var seen []catalog.ID
	p.Each(func(e Entry) bool { seen = append(seen, e.Object); return true })
	if want := append(slices.Clone(ids), one); !slices.Equal(seen, want) {
		t.Errorf("entries on %v, want %v", seen, want)
	}
	for len(ids) > inlineAgain {
		if o.revoke(ann, ids[0]); o.sound(ann).Paged == nil {
			t.Fatalf("no pages any more with %d entries", len(ids))
		}
		ids = ids[1:]
	}
	if o.revoke(ann, ids[0]); o.sound(ann).Paged != nil || len(o.catalog.Snapshot().CertificatePages(ann)) > 0 {
		t.Error("pages are kept for few entries")
	}
	o.many(ann, "d", inlineEntries)
	o.sound(ann)
	o.update(func(tx *catalog.Tx) error { return tx.DropPrincipal(ann) })
	if left := o.catalog.Snapshot().CertificatePages(ann); len(left) > 0 {
		t.Errorf("%d pages of a dropped user", len(left))
	}
}

// One grant writes one page of each level, and one certificate.
func TestOneGrantWritesOnePath(t *testing.T) {
	o := newOffice(t)
	ann := o.make(catalog.KindUser, "ann")
	d, ids := o.many(ann, "d", 1500)
	root := o.sound(ann).Paged
	for what, change := range map[string]func(*catalog.Tx) error{
		"another right":       func(tx *catalog.Tx) error { return grantIn(tx, ann, ids[700], privilege.Insert) },
		"grant on a database": func(tx *catalog.Tx) error { return grantIn(tx, ann, d, privilege.Select, privilege.Create) },
		"system grant":        func(tx *catalog.Tx) error { return grantIn(tx, ann, catalog.System, privilege.Process) },
		"revoke":              func(tx *catalog.Tx) error { return tx.DropGrant(ann, ids[900], catalog.SystemGrantor) },
	} {
		before := map[uint32]*catalog.CertificatePage{}
		for _, p := range o.catalog.Snapshot().CertificatePages(ann) {
			before[p.Node] = p
		}
		o.update(change)
		after := o.sound(ann)
		levels := map[uint32]int{}
		for _, p := range o.catalog.Snapshot().CertificatePages(ann) {
			if before[p.Node] != p {
				levels[p.Node>>24]++
			}
		}
		for level := range uint32(after.Paged.Level) + 1 {
			if levels[level] > 1 {
				t.Errorf("%s: %d pages of level %d written", what, levels[level], level)
			}
		}
		if after.Paged.Root == root.Root {
			t.Errorf("%s: the root is the same", what)
		}
		root = after.Paged
	}
}

// A page that is not the one that the certificate was signed for denies all of the
// principal's rights: missing, another's, an older one, changed by a bit.
func TestPagesThatAreNotTheSigned(t *testing.T) {
	o := newOffice(t)
	ann, bob := o.make(catalog.KindUser, "ann"), o.make(catalog.KindUser, "bob")
	_, ids := o.many(ann, "d", 900)
	o.update(func(tx *catalog.Tx) error {
		for _, id := range ids {
			if err := grantIn(tx, bob, id, privilege.Select); err != nil {
				return err
			}
		}
		return nil
	})
	old := o.catalog.Snapshot().CertificatePages(ann)
	o.grant(ann, ids[500], privilege.Insert)
	pages := o.catalog.Snapshot().CertificatePages(ann)
	certificate := o.catalog.Snapshot().Certificate(ann)
	node := uint32(ids[500]) >> pageBits
	for what, change := range map[string]func(tx *catalog.Tx) error{
		"missing": func(tx *catalog.Tx) error { return tx.DropCertificatePage(ann, node) },
		"missing root": func(tx *catalog.Tx) error {
			return tx.DropCertificatePage(ann, nodeOf(o.sound(bob).Paged.Level, 0))
		},
		"another principal's": func(tx *catalog.Tx) error {
			page := *tx.CertificatePage(bob, node)
			page.Principal = ann
			return tx.PutCertificatePage(&page)
		},
		"another place's": func(tx *catalog.Tx) error {
			page := *tx.CertificatePage(ann, node+1)
			page.Node = node
			return tx.PutCertificatePage(&page)
		},
		"a bit": func(tx *catalog.Tx) error {
			page := *tx.CertificatePage(ann, node)
			page.Data = bytes.Clone(page.Data)
			page.Data[len(page.Data)-1] ^= 2
			return tx.PutCertificatePage(&page)
		},
		"older": func(tx *catalog.Tx) error {
			for _, p := range old {
				if p.Node == node {
					return tx.PutCertificatePage(p)
				}
			}
			return errors.New("no older page")
		},
		"all older": func(tx *catalog.Tx) error {
			var err error
			for _, p := range old {
				err = errors.Join(err, tx.PutCertificatePage(p))
			}
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			o.t = t
			o.update(change)
			p, err := o.read(ann)
			if !errors.Is(err, ErrPages) {
				t.Errorf("read: %v", err)
			}
			if p != nil && p.Entry(ids[0]) != (Entry{}) {
				t.Error("what did not verify gives something")
			}
			if o.sound(bob).Entry(ids[0]) == (Entry{}) {
				t.Error("another principal is denied, too")
			}
			// A later grant does not sign for what it finds: it starts from the grants.
			o.grant(ann, ids[501], privilege.Insert)
			o.sound(ann)
			o.revoke(ann, ids[501])
			o.grant(ann, ids[501], privilege.Select)
			o.update(func(tx *catalog.Tx) error {
				for _, p := range slices.Clone(tx.CertificatePages(ann)) {
					if err := tx.DropCertificatePage(ann, p.Node); err != nil {
						return err
					}
				}
				err := tx.PutCertificate(certificate)
				for _, p := range pages {
					err = errors.Join(err, tx.PutCertificatePage(p))
				}
				return err
			})
			o.sound(ann)
		})
	}
}

// Issuing step by step, in pages and without, comes to what the grants come to.
func TestPagesAgainstTheGrants(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			o := newOffice(t)
			o.issuer.inline, o.issuer.again = 6, 3
			rnd := rand.New(rand.NewPCG(seed, 12))
			ann := o.make(catalog.KindUser, "ann")
			objects := []catalog.ID{catalog.System}
			var databases []catalog.ID
			for i := range 40 {
				d, id := o.table(fmt.Sprint("d", i%4))
				if objects = append(objects, id); i < 4 {
					databases = append(databases, d)
				}
				if i%5 == 0 { // so that ids lie in several pages
					o.update(func(tx *catalog.Tx) (err error) {
						for range 100 << (i / 10 * 2) {
							if _, err = tx.AllocID(); err != nil {
								return err
							}
						}
						return nil
					})
				}
			}
			objects = append(objects, databases...)
			was := (*Permissions)(nil)
			for step := range 300 {
				object := objects[rnd.IntN(len(objects))]
				o.update(func(tx *catalog.Tx) error {
					switch kind := tx.Object(object).Kind; {
					case rnd.IntN(4) == 0 && kind != privilege.KindSystem:
						x := &catalog.Exception{Grantee: ann, Object: object, Kind: kind, By: catalog.Root}
						if atom := privilege.Of(privilege.Atom(int(privilege.Select) + rnd.IntN(3))); rnd.IntN(2) == 0 {
							x.Atoms = atom
						} else {
							x.Deny = atom
						}
						return tx.PutException(x)
					case rnd.IntN(4) == 0 && kind == privilege.KindTable:
						rec := tx.TableByID(object).Clone()
						rec.Database = databases[rnd.IntN(len(databases))]
						return tx.PutTable(rec)
					case tx.Exception(ann, object).Object != 0 && rnd.IntN(2) == 0:
						return tx.DropException(ann, object)
					case tx.Grant(ann, object, catalog.SystemGrantor) != nil && rnd.IntN(2) == 0:
						return tx.DropGrant(ann, object, catalog.SystemGrantor)
					case kind == privilege.KindSystem:
						return grantIn(tx, ann, object, []privilege.Atom{privilege.SysAdmin, privilege.SysRead, privilege.Process}[rnd.IntN(3)])
					}
					return grantIn(tx, ann, object, privilege.Atom(int(privilege.Select)+rnd.IntN(3)))
				})
				if step%7 == 0 { // what a restart forgets
					o.issuer.forget(ann)
				}
				now := o.sound(ann)
				if was != nil && now.Paged != nil {
					again, err := Read(o.catalog.Snapshot(), o.auth, ann, was)
					if err != nil || !reflect.DeepEqual(again.tree, now.tree) {
						t.Fatalf("read beside the one before: %v", err)
					}
				}
				was = now
			}
		})
	}
}

// The tree of pages at its edges: the highest ids, one entry, gaps.
func TestTreeShapes(t *testing.T) {
	at := place{example().Instance, 1000}
	atoms := privilege.Of(privilege.Select)
	for _, ids := range [][]catalog.ID{
		{1}, {255, 256}, {1, 1<<32 - 1}, {1<<32 - 1}, {1 << 12, 1 << 16, 1 << 20, 1 << 24, 1 << 28},
	} {
		kept := &memoryPages{at.principal, map[uint32][]byte{}}
		p := &Permissions{Instance: at.instance, Principal: at.principal}
		made := Paged{Level: 1}
		var err error
		for i := range ids {
			id := ids[(i+len(ids)/2)%len(ids)]
			if made, err = newRewriter(at, kept).rewrite(made, []Entry{{Object: id, Atoms: atoms}}); err != nil {
				t.Fatal(err)
			}
		}
		all := &memoryPages{at.principal, map[uint32][]byte{}}
		var list []Entry
		for _, id := range ids {
			list = append(list, Entry{Object: id, Atoms: atoms})
		}
		if at1, err := newRewriter(at, all).rewrite(Paged{Level: 1}, list); err != nil || at1 != made || !reflect.DeepEqual(all.data, kept.data) {
			t.Errorf("%v: made one by one %+v, at once %+v, %v", ids, made, at1, err)
		}
		p.Paged = &made
		if err := p.Load(kept, nil); err != nil {
			t.Fatalf("%v: %v", ids, err)
		}
		for _, id := range ids {
			for _, near := range []catalog.ID{id - 1, id, id + 1, id ^ 1<<31} {
				if got, want := p.Entry(near).Atoms == atoms, slices.Contains(ids, near); got != want {
					t.Errorf("%v: entry on %d: %t", ids, near, got)
				}
			}
		}
		for i, id := range ids {
			if made, err = newRewriter(at, kept).rewrite(made, []Entry{{Object: id}}); err != nil {
				t.Fatal(err)
			}
			if want := len(ids) - 1 - i; made.Entries != want || (len(kept.data) == 0) != (want == 0) {
				t.Errorf("%v: after %d: %d entries, %d pages", ids, id, made.Entries, len(kept.data))
			}
		}
	}
}

func FuzzDecodePage(f *testing.F) {
	for _, p := range []*Permissions{example(), excepting()} {
		f.Add(uint32(p.Entries[len(p.Entries)-1].Object>>pageBits), encodePage(p.Entries[1:3]))
	}
	f.Fuzz(func(t *testing.T, number uint32, data []byte) {
		if entries, err := decodePage(number, data); err == nil {
			if back := encodePage(entries); !bytes.Equal(back, data) {
				t.Errorf("% x encodes back to % x", data, back)
			}
			for i, e := range entries {
				if got := pack(entries).entry(pack(entries).cells[i]); got != e {
					t.Errorf("%+v is kept as %+v", e, got)
				}
			}
		} else if !errors.Is(err, ErrMalformed) {
			t.Errorf("error of another kind: %v", err)
		}
		if n, err := decodeInner(data); err == nil && !bytes.Equal(n.encode(), data) {
			t.Errorf("% x encodes back to % x", data, n.encode())
		}
	})
}

// Older releases wrote any number of entries into the certificate itself: such a one
// counts, and is made anew when the database is opened.
func TestUpgradeToPages(t *testing.T) {
	o := newOffice(t)
	ann := o.make(catalog.KindUser, "ann")
	o.issuer.inline = 1 << 20
	_, ids := o.many(ann, "d", 600)
	if p := o.sound(ann); p.Paged != nil || p.Entry(ids[599]).Atoms == 0 {
		t.Fatal("an older certificate does not count")
	}
	if _, err := Attach(context.Background(), o.catalog, o.auth); err != nil {
		t.Fatal(err)
	}
	if p := o.sound(ann); p.Paged == nil || p.Len() != 600 {
		t.Errorf("paged %v", p.Paged)
	}
	version := o.catalog.Snapshot().Version()
	if _, err := Attach(context.Background(), o.catalog, o.auth); err != nil || o.catalog.Snapshot().Version() != version {
		t.Errorf("a second start changes something: %v", err)
	}
}
