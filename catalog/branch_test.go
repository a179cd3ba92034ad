package catalog

import (
	"context"
	"errors"
	"testing"

	"github.com/lxdb/lxdb/security/privilege"
)

// A branch is seen by nobody until it is adopted, as one change with the seals, hooks and ids of the catalog.
func TestBranch(t *testing.T) {
	ctx := context.Background()
	store := openKivi(t, "")
	c, err := OpenSealed(ctx, store, Sealing{Key: &sealKey})
	if err != nil {
		t.Fatal(err)
	}
	var told []Touched
	c.AfterCommit(func(_ *Snapshot, touched Touched) { told = append(told, touched) })
	before := c.Snapshot()
	b, err := c.Branch()
	if err != nil {
		t.Fatal(err)
	}
	made := func(name string) func(*Tx) error {
		return func(tx *Tx) error {
			id, err := tx.AllocID()
			if err != nil {
				return err
			}
			if err := tx.PutDatabase(&Database{ID: id, Name: name, Collation: "utf8mb4_0900_ai_ci", Owner: Root}); err != nil {
				return err
			}
			return tx.PutGrant(&Grant{Grantee: Root, Object: id, Kind: privilege.KindDatabase, Grantor: SystemGrantor, Atoms: privilege.Of(privilege.Select)})
		}
	}
	for _, name := range []string{"a", "b", "gone"} {
		if err := b.Update(ctx, made(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Update(ctx, func(tx *Tx) error { return tx.DropDatabase(tx.Database("gone").ID) }); err != nil {
		t.Fatal(err)
	}
	if b.Snapshot().Database("b") == nil || c.Snapshot() != before || len(told) > 0 {
		t.Fatal("a branch is not its own")
	}
	if err := c.Update(ctx, func(tx *Tx) error { return tx.Adopt(b) }); err != nil {
		t.Fatal(err)
	}
	now := c.Snapshot()
	if now.Version() != before.Version()+1 || len(told) != 1 || len(told[0].Objects) < 2 {
		t.Errorf("version %d after %d, told %v", now.Version(), before.Version(), told)
	}
	if g := now.Grant(Root, now.Database("b").ID, SystemGrantor); g == nil || g.Seq != now.Version() {
		t.Errorf("the grant is %+v, of version %d", g, now.Version())
	}
	again, err := OpenSealed(ctx, store, Sealing{Key: &sealKey})
	if err != nil {
		t.Fatal(err)
	}
	read := again.Snapshot()
	if len(read.Tampered()) > 0 {
		t.Fatal(read.Tampered())
	}
	if read.Database("a") == nil || read.Database("b") == nil || read.Database("gone") != nil {
		t.Error("what is stored is not what is shown")
	}
	if err := c.Update(ctx, func(tx *Tx) error { return tx.Adopt(b) }); !errors.Is(err, ErrStaleDraft) {
		t.Errorf("adopted twice: %v", err)
	}
}
