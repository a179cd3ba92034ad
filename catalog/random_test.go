package catalog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// randomChange makes one to four random changes. Those that the catalog refuses
// are part of the game: they must leave nothing behind.
func randomChange(rng *rand.Rand) func(*Tx) error {
	return func(tx *Tx) error {
		for range 1 + rng.IntN(4) {
			err := randomStep(tx, rng)
			if err != nil && !errors.Is(err, ErrExists) && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrInvalid) {
				return err
			}
		}
		return nil
	}
}

func randomStep(tx *Tx, rng *rand.Rand) error {
	id, err := tx.AllocID()
	if err != nil {
		return err
	}
	name := string([]rune("abcdEFGé")[rng.IntN(8)])
	switch rng.IntN(20) {
	case 0:
		return tx.PutDatabase(&Database{ID: id, Name: name, Owner: pick(rng, tx.Principals()).ID})
	case 1:
		if rng.IntN(4) == 0 {
			return tx.DropDatabase(pickDatabase(tx, rng))
		}
		return tx.DropView(pickView(tx, rng))
	case 2, 3, 4:
		return tx.PutTable(&Table{
			ID: id, Database: pickDatabase(tx, rng), Name: name, Data: id, NextColumn: 3,
			Columns: []Column{{ID: 1, Name: "a", Type: "int"}, {ID: 2, Name: "b", Type: "text", Default: &name}},
			Layouts: []Layout{{Version: 1, Columns: []LayoutColumn{{ID: 1, Width: 4}, {ID: 2, Nullable: true}}}},
		})
	case 5:
		return tx.DropTable(pickTable(tx, rng))
	case 6, 7:
		t := tx.TableByID(pickTable(tx, rng))
		if t == nil {
			return ErrNotFound
		}
		t = t.Clone()
		t.Name, t.Database = name, pickDatabase(tx, rng)
		return tx.PutTable(t)
	case 8:
		t := tx.TableByID(pickTable(tx, rng))
		if t == nil {
			return ErrNotFound
		}
		old := t.Data
		t = t.Clone()
		t.Data = id
		tx.Purge(old)
		return tx.PutTable(t)
	case 9:
		return tx.PutView(&View{ID: id, Database: pickDatabase(tx, rng), Name: name, Definition: "SELECT '<é>&\u2028'"})
	case 10:
		table := tx.TableByID(pickTable(tx, rng))
		if table == nil {
			return ErrNotFound
		}
		return tx.PutTrigger(&Trigger{ID: id, Database: table.Database, Name: name, Table: table.ID})
	case 11:
		return tx.PutRoutine(&Routine{ID: id, Database: pickDatabase(tx, rng), Name: name, Function: rng.IntN(2) == 0})
	case 12:
		return tx.PutEvent(&Event{ID: id, Database: pickDatabase(tx, rng), Name: name})
	case 13:
		kind := []PrincipalKind{KindUser, KindRole, KindGroup}[rng.IntN(3)]
		return tx.PutPrincipal(&Principal{ID: principal.ID(id), Name: name, Kind: kind})
	case 14:
		return tx.DropPrincipal(pick(rng, tx.Principals()).ID)
	case 15:
		m := Membership{Member: pick(rng, tx.Principals()).ID, Role: pick(rng, tx.Principals()).ID}
		if id%2 == 0 {
			m.SetGiven([]Giver{{Grantor: m.Member, By: Root, Admin: id%4 == 0}, {Grantor: SystemGrantor, By: Root}})
		}
		return tx.PutMembership(&m)
	case 16:
		p := pick(rng, tx.Principals()).ID
		return tx.PutCertificate(&Certificate{Principal: p, Serial: rng.Uint64(), Epoch: tx.SecurityEpoch(), DER: []byte{byte(id)}})
	case 17:
		grants := tx.GrantsTo(pick(rng, tx.Principals()).ID)
		if len(grants) == 0 {
			return ErrNotFound
		}
		g := pick(rng, grants)
		return tx.DropGrant(g.Grantee, g.Object, g.Grantor)
	}
	return randomGrant(tx, rng)
}

func randomGrant(tx *Tx, rng *rand.Rand) error {
	object := tx.Object([]ID{System, pickDatabase(tx, rng), pickTable(tx, rng)}[rng.IntN(3)])
	valid := privilege.Owner(object.Kind).Atoms()
	if len(valid) == 0 {
		return ErrNotFound
	}
	atoms := privilege.Of(pick(rng, valid), pick(rng, valid))
	return tx.PutGrant(&Grant{
		Grantee: pick(rng, tx.Principals()).ID, Object: object.ID, Kind: object.Kind,
		Atoms: atoms, Options: privilege.Of(pick(rng, atoms.Atoms())), Grantor: SystemGrantor,
	})
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func pickDatabase(tx *Tx, rng *rand.Rand) ID {
	if list := tx.Databases(); len(list) > 0 {
		return pick(rng, list).ID
	}
	return 0
}

func pickTable(tx *Tx, rng *rand.Rand) ID {
	if list := tables(tx.Snapshot).byID.all(); len(list) > 0 {
		return pick(rng, list).ID
	}
	return 0
}

func pickView(tx *Tx, rng *rand.Rand) ID {
	if list := views(tx.Snapshot).byID.all(); len(list) > 0 {
		return pick(rng, list).ID
	}
	return 0
}

// A reload must give the snapshot that was in memory, and a snapshot taken
// earlier must not move.
func TestRandomReload(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			db := openKivi(t, "")
			c := mustOpen(t, db)
			type past struct {
				s    *Snapshot
				text string
			}
			var kept []past
			for i := range 150 {
				mustUpdate(t, c, randomChange(rng))
				checkTrees(t, c.Snapshot())
				if i%10 == 0 {
					kept = append(kept, past{c.Snapshot(), dump(c.Snapshot())})
				}
			}
			for _, p := range kept {
				if dump(p.s) != p.text {
					t.Fatalf("snapshot of version %d has changed", p.s.Version())
				}
			}
			again := mustOpen(t, db).Snapshot()
			checkTrees(t, again)
			if got, want := dump(again), dump(c.Snapshot()); got != want {
				t.Fatalf("reload:\n%s\nwas:\n%s", got, want)
			}
			if tables(again).byID.len() == 0 || again.grantsTo.len() < 3 {
				t.Fatal("the run ended with next to nothing; it proves nothing")
			}
		})
	}
}

// A crash is a copy of the directory at any moment: between two updates or in
// the middle of one, before its commit. What opens from it is the last state
// that was published, and ids given out before are not given out again.
func TestRandomCrash(t *testing.T) {
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(7, 7))
	dir := t.TempDir()
	db := openKivi(t, filepath.Join(dir, "store"))
	c := mustOpen(t, db)
	var crash string // where the hook leaves the copy; "" for no crash
	c.BeforeCommit(func(*Tx, Touched) error {
		if crash == "" {
			return nil
		}
		return db.Checkpoint(ctx, crash)
	})
	for i := range 12 {
		for range 5 {
			mustUpdate(t, c, randomChange(rng))
		}
		want := dump(c.Snapshot())
		lost := ID(0)
		crash = filepath.Join(dir, fmt.Sprint("crash-", i))
		mustUpdate(t, c, func(tx *Tx) error {
			lost = mustID(t, tx)
			return tx.PutDatabase(&Database{ID: lost, Name: fmt.Sprint("lost ", i)})
		})
		reopenAndCompare(t, crash, want, lost)
		crash = ""
		after := filepath.Join(dir, fmt.Sprint("after-", i))
		if err := db.Checkpoint(ctx, after); err != nil {
			t.Fatal(err)
		}
		reopenAndCompare(t, after, dump(c.Snapshot()), lost)
	}
}

func reopenAndCompare(t *testing.T, dir, want string, used ID) {
	t.Helper()
	db, err := kivi.Open(kivi.Options{Dir: dir, CacheBytes: 8 << 20, MemtableBytes: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c := mustOpen(t, db)
	if got := dump(c.Snapshot()); got != want {
		t.Fatalf("after the crash:\n%s\nwant:\n%s", got, want)
	}
	if id, err := c.AllocID(context.Background()); err != nil || id <= used {
		t.Fatalf("id %d (%v) after the crash, %d was used before", id, err, used)
	}
}
