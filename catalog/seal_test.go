package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

var sealKey = SealKey{1, 2, 3}

func openSealed(db *kivi.DB) (*Catalog, error) {
	return OpenSealed(context.Background(), db, Sealing{Key: &sealKey})
}

// edit changes the store behind the catalog's back.
func edit(t testing.TB, db *kivi.DB, change func(get func([]byte) []byte, put func(key, val []byte))) {
	t.Helper()
	ctx := context.Background()
	txn, err := db.Begin(ctx, kv.TxnOptions{})
	if err != nil {
		t.Fatal(err)
	}
	meta := txn.Meta()
	change(func(key []byte) []byte {
		val, err := meta.Get(ctx, key)
		if err != nil && !errors.Is(err, kv.ErrNotFound) {
			t.Fatal(err)
		}
		return bytes.Clone(val)
	}, func(key, val []byte) {
		if val == nil {
			err = meta.Delete(ctx, key)
		} else {
			err = meta.Put(ctx, key, val)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	if err := txn.Commit(ctx); err != nil {
		t.Fatal(err)
	}
}

// What is in the store that is tampered with.
const ann, bob, clerks, shopDB, shopTable, shopView = 2000, 2001, 2002, 2003, 2004, 2005

// tampering is one change of the store behind the catalog's back.
type tampering struct {
	what     string
	change   func(get func([]byte) []byte, put func(key, val []byte))
	denied   principal.ID // alone; 0: the catalog does not open
	harmless bool
}

// tamperings are the changes; old are the records of an earlier version.
func tamperings(t *testing.T, old map[string][]byte) []tampering {
	grant := recordKey(recGrant, ann, shopTable, uint32(SystemGrantor))
	member := recordKey(recMembership, ann, clerks)
	replace := func(key []byte, from, to string) func(func([]byte) []byte, func(key, val []byte)) {
		return func(get func([]byte) []byte, put func(key, val []byte)) {
			was := get(key)
			is := bytes.Replace(was, []byte(from), []byte(to), 1)
			if bytes.Equal(was, is) {
				t.Fatalf("%q has no %q", was, from)
			}
			put(key, is)
		}
	}
	return []tampering{
		{what: "more atoms", change: replace(grant, `"atoms":536870912`, `"atoms":536870913`), denied: ann},
		{what: "a membership to pass on", change: replace(member, `"grantor"`, `"admin":true,"grantor"`), denied: ann},
		{what: "another password", change: replace(recordKey(recPrincipal, ann), `"password":"x"`, `"password":"y"`), denied: ann},
		{what: "unlocked", change: replace(recordKey(recPrincipal, bob), `"locked":true,`, ``), denied: bob},
		{what: "an exception less", change: replace(recordKey(recException, bob, shopTable), `"deny":536870912`, `"deny":1073741824`), denied: bob},
		{what: "another owner", change: replace(recordKey(recTable, shopTable), `"owner":2001`, `"owner":2000`)},
		{what: "another definer", change: replace(recordKey(recView, shopView), `"definer":2001`, `"definer":2`)},
		{what: "another view", change: replace(recordKey(recView, shopView), `SELECT 1`, `SELECT 2`)},
		{what: "a home of somebody's", change: replace(recordKey(recDatabase, shopDB), `"owner":2001`, `"owner":2000`)},
		{what: "not a record", change: replace(grant, `"atoms"`, `"atomz"`)},
		{what: "later version", change: replace(recordKey(recState), `"version":`, `"version":9`)},
		{what: "no seal", change: func(get func([]byte) []byte, put func(key, val []byte)) {
			body, _, _ := bytes.Cut(get(recordKey(recState)), []byte(`,"seal"`))
			put(recordKey(recState), append(body, '}'))
		}},
		{what: "a tag less", change: func(get func([]byte) []byte, put func(key, val []byte)) {
			body, _ := unwrap(get(grant))
			put(grant, body)
		}},
		{what: "no tags at all, as an older release would", change: func(get func([]byte) []byte, put func(key, val []byte)) {
			for key := range old {
				if body, tag := unwrap(get([]byte(key))); tag != nil {
					put([]byte(key), body)
				}
			}
			body, _, _ := bytes.Cut(get(recordKey(recState)), []byte(`,"seal"`))
			put(recordKey(recState), append(append([]byte{1}, body[1:]...), '}'))
		}},
		{what: "another's grant", change: func(get func([]byte) []byte, put func(key, val []byte)) {
			put(recordKey(recGrant, bob, shopTable, uint32(SystemGrantor)), get(grant))
		}},
		{what: "another's grant under his name", change: func(get func([]byte) []byte, put func(key, val []byte)) {
			put(recordKey(recGrant, bob, shopTable, uint32(SystemGrantor)), bytes.Replace(get(grant), []byte(`"grantee":2000`), []byte(`"grantee":2001`), 1))
		}},
		{what: "two swapped", change: func(get func([]byte) []byte, put func(key, val []byte)) {
			a, b := recordKey(recPrincipal, ann), recordKey(recPrincipal, bob)
			va, vb := get(a), get(b)
			put(a, bytes.Replace(vb, []byte(`"id":2001`), []byte(`"id":2000`), 1))
			put(b, bytes.Replace(va, []byte(`"id":2000`), []byte(`"id":2001`), 1))
		}},
		{what: "a record less", change: func(_ func([]byte) []byte, put func(key, val []byte)) {
			put(recordKey(recException, bob, shopTable), nil)
		}},
		{what: "an older version of one", change: func(_ func([]byte) []byte, put func(key, val []byte)) { put(grant, old[string(grant)]) }},
		{what: "an older one and the older state", change: func(_ func([]byte) []byte, put func(key, val []byte)) {
			put(grant, old[string(grant)])
			put(recordKey(recState), old[string(recordKey(recState))])
		}},
		{what: "the older state alone", change: func(_ func([]byte) []byte, put func(key, val []byte)) {
			put(recordKey(recState), old[string(recordKey(recState))])
		}},
		{what: "nothing", change: func(func([]byte) []byte, func(key, val []byte)) {}, harmless: true},
	}
}

func fillShop(t *testing.T, cat *Catalog) {
	t.Helper()
	mustUpdate(t, cat, func(tx *Tx) error {
		return errors.Join(
			tx.PutPrincipal(&Principal{ID: ann, Name: "ann", Kind: KindUser, Password: "x"}),
			tx.PutPrincipal(&Principal{ID: bob, Name: "bob", Kind: KindUser, Locked: true}),
			tx.PutPrincipal(&Principal{ID: clerks, Name: "clerks", Kind: KindRole}),
			tx.PutMembership(&Membership{Member: ann, Role: clerks, Grantor: SystemGrantor}),
			tx.PutDatabase(&Database{ID: shopDB, Name: "d", Owner: bob}),
			tx.PutTable(&Table{ID: shopTable, Database: shopDB, Name: "t", Data: shopTable, Owner: bob, Columns: []Column{{ID: 1, Name: "a", Type: "int"}}, NextColumn: 2, NextIndex: 1, Version: 1}),
			tx.PutView(&View{ID: shopView, Database: shopDB, Name: "v", Definition: "SELECT 1", Create: "CREATE VIEW v AS SELECT 1", Definer: bob, Owner: bob}),
			tx.PutGrant(&Grant{Grantee: ann, Object: shopTable, Kind: privilege.KindTable, Atoms: privilege.Of(privilege.Select, privilege.Insert), Grantor: SystemGrantor}),
			tx.PutException(&Exception{Grantee: bob, Object: shopTable, Kind: privilege.KindTable, Deny: privilege.Of(privilege.Select), By: Root}),
		)
	})
}

// TestTamperedRecords edits what decides rights, while nobody looks: each change is
// noticed at the next start, and gives nobody anything.
func TestTamperedRecords(t *testing.T) {
	old := map[string][]byte{} // of an earlier version
	for _, c := range tamperings(t, old) {
		t.Run(c.what, func(t *testing.T) {
			store := openKivi(t, "")
			cat, err := openSealed(store)
			if err != nil {
				t.Fatal(err)
			}
			fillShop(t, cat)
			txn, err := cat.store.begin(context.Background(), true)
			if err != nil {
				t.Fatal(err)
			}
			if err := txn.scan(context.Background(), func(key, val []byte) error {
				old[string(key)] = bytes.Clone(val)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			txn.rollback()
			mustUpdate(t, cat, func(tx *Tx) error { // INSERT is revoked, and the table changed
				rec := tx.TableByID(shopTable).Clone()
				rec.Comment = "later"
				if err := tx.PutTable(rec); err != nil {
					return err
				}
				return tx.PutGrant(&Grant{Grantee: ann, Object: shopTable, Kind: privilege.KindTable, Atoms: privilege.Of(privilege.Select), Grantor: SystemGrantor})
			})
			edit(t, store, c.change)
			again, err := openSealed(store)
			switch {
			case c.harmless:
				if err != nil || dump(again.Snapshot()) != dump(cat.Snapshot()) || len(again.Snapshot().Tampered()) > 0 {
					t.Fatalf("nothing was changed: %v", err)
				}
			case c.denied == 0:
				if !errors.Is(err, ErrTampered) && !errors.Is(err, ErrCorrupt) {
					t.Fatalf("opened: %v", err)
				}
			case err != nil:
				t.Fatal(err)
			default:
				s := again.Snapshot()
				for _, p := range s.Principals() {
					if s.Distrusted(p.ID) != (p.ID == c.denied) {
						t.Errorf("distrusted %s: %t", p.Name, s.Distrusted(p.ID))
					}
				}
				if !s.PrincipalByID(c.denied).Locked || len(s.Tampered()) != 1 || !strings.Contains(s.Tampered()[0].What, fmt.Sprint(c.denied)) {
					t.Errorf("%+v", s.Tampered())
				}
			}
			if c.harmless || c.denied != 0 {
				return
			}
			// Reading finds it, too, as far as it can be read.
			s, readErr := Read(context.Background(), store, Sealing{Key: &sealKey})
			if readErr == nil && len(s.Tampered()) == 0 {
				t.Error("Read finds nothing")
			}
			if readErr != nil {
				return
			}
			// An administrator who has looked may take it as it is.
			if _, err := OpenSealed(context.Background(), store, Sealing{Key: &sealKey, Adopt: true}); err != nil {
				t.Fatal(err)
			}
			if _, err := openSealed(store); err != nil {
				t.Errorf("after it was taken as it is: %v", err)
			}
		})
	}
}

// TestSealFollowsEveryChange walks a catalog through random changes; at each step what
// is stored has the seal of exactly that.
func TestSealFollowsEveryChange(t *testing.T) {
	store := openKivi(t, "")
	cat, err := openSealed(store)
	if err != nil {
		t.Fatal(err)
	}
	_, db, table := shop(t, cat)
	for i := range 60 {
		mustUpdate(t, cat, func(tx *Tx) error {
			if err := addOrDrop(tx, db, fmt.Sprint("t", i%7)); err != nil {
				return err
			}
			rec := tx.TableByID(table).Clone()
			for range 3 { // one record several times
				rec.Comment = fmt.Sprint("step ", i)
				if err := tx.PutTable(rec); err != nil {
					return err
				}
			}
			return nil
		})
		again, err := openSealed(store)
		if err != nil || dump(again.Snapshot()) != dump(cat.Snapshot()) {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	if _, err := Open(context.Background(), store); !errors.Is(err, ErrSealed) {
		t.Errorf("without a key: %v", err)
	}
	other := SealKey{9}
	if _, err := OpenSealed(context.Background(), store, Sealing{Key: &other}); !errors.Is(err, ErrTampered) {
		t.Errorf("with another key: %v", err)
	}
}

// TestSealOfAnOlderStore: records without tags are given them once.
func TestSealOfAnOlderStore(t *testing.T) {
	store := openKivi(t, "")
	cat := mustOpen(t, store)
	shop(t, cat)
	if _, err := openSealed(store); !errors.Is(err, ErrTampered) {
		t.Fatalf("without being told to: %v", err)
	}
	sealed, err := OpenSealed(context.Background(), store, Sealing{Key: &sealKey, First: true})
	if err != nil {
		t.Fatal(err)
	}
	// Whoever takes the key away does not make the store one that was never sealed.
	for what, s := range map[string]Sealing{"its own": {Key: &sealKey, First: true}, "another": {Key: &SealKey{7}, First: true}} {
		if _, err := OpenSealed(context.Background(), store, s); (err == nil) != (what == "its own") {
			t.Errorf("once more, with %s key: %v", what, err)
		}
	}
	mustUpdate(t, sealed, func(tx *Tx) error { return tx.PutPrincipal(&Principal{ID: 5000, Name: "late", Kind: KindUser}) })
	again, err := openSealed(store)
	if err != nil || dump(again.Snapshot()) != dump(sealed.Snapshot()) {
		t.Fatal(err)
	}
}

// A counter of ids that was set back gives none twice.
func TestIDsAreNotGivenTwice(t *testing.T) {
	cat := mustOpen(t, openKivi(t, ""))
	_, _, table := shop(t, cat)
	cat.ids.first, cat.ids.left = table, 5
	err := cat.Update(context.Background(), func(tx *Tx) error {
		_, err := tx.AllocID()
		if err == nil {
			t.Error("an id in use is given")
		}
		return nil
	})
	if !errors.Is(err, ErrCorrupt) {
		t.Errorf("%v", err)
	}
}
