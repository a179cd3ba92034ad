package cert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/keyfile"
	"github.com/lxdb/lxdb/security/privilege"
)

// Another key signs everything anew. Meanwhile certificates of both count; afterwards
// those of the one before are foreign, also for who puts its file back.
func TestRotate(t *testing.T) {
	o := newOffice(t)
	dir := t.TempDir()
	auth, err := OpenAuthority(dir, o.clock.read)
	if err != nil {
		t.Fatal(err)
	}
	o.auth = auth
	if o.issuer, err = Attach(context.Background(), o.catalog, auth); err != nil {
		t.Fatal(err)
	}
	if err := o.issuer.ReissueAll(context.Background()); err != nil {
		t.Fatal(err)
	}
	ann := o.make(catalog.KindUser, "ann")
	_, ids := o.many(ann, "d", 300)
	old := *o.catalog.Snapshot().Certificate(ann)
	before := auth.Certificate()

	if err := auth.rotate(); err != nil {
		t.Fatal(err)
	}
	if p := o.sound(ann); p.Serial != old.Serial {
		t.Error("what the earlier authority signed was made anew already")
	}
	o.grant(ann, ids[0], privilege.Insert) // signs with the new key
	if c := o.held(ann); c.Issuer == o.held(catalog.Root).Issuer {
		t.Errorf("both are from %s", c.Issuer)
	}
	again, err := OpenAuthority(dir, o.clock.read) // the server is started again in between
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Verify(old.DER); err != nil || bytes.Equal(again.Certificate(), before) {
		t.Errorf("after a start the earlier one does not count: %v", err)
	}
	second, err := Attach(context.Background(), o.catalog, again)
	if err != nil {
		t.Fatal(err)
	}
	o.auth, o.issuer = again, second
	for _, p := range o.catalog.Snapshot().Principals() {
		o.sound(p.ID)
	}
	if _, err := again.Verify(old.DER); !errors.Is(err, ErrForeign) {
		t.Errorf("the earlier authority's counts after all was made anew: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, earlierFiles)); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if n := len(o.catalog.Snapshot().Revocations()); n != 1 {
		t.Errorf("%d revocations", n)
	}

	// Somebody puts the retired authority and a certificate of it back.
	if err := keyfile.WriteCert(filepath.Join(dir, "permissions-earlier-1.crt"), before); err != nil {
		t.Fatal(err)
	}
	o.update(func(tx *catalog.Tx) error { return tx.PutCertificate(&old) })
	third, err := OpenAuthority(dir, o.clock.read)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Attach(context.Background(), o.catalog, third); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(o.catalog.Snapshot(), third, ann, nil); !errors.Is(err, ErrForeign) {
		t.Errorf("of a revoked authority: %v", err)
	}
}

// A rotation that a crash cut short at any step leaves a directory that opens, with the
// old key or with the new.
func TestRotationCutShort(t *testing.T) {
	dir := t.TempDir()
	a, err := OpenAuthority(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	next, err := NewAuthority(nil)
	if err != nil {
		t.Fatal(err)
	}
	in := func(file string) string { return filepath.Join(dir, file) }
	want := a.Certificate()
	for i, step := range []func() error{
		func() error { return keyfile.WriteCert(in(earlierFile(a.cert)), a.cert.Raw) },
		func() error { return keyfile.WriteKey(in(nextKeyFile), next.key) },
		func() error { return keyfile.WriteCert(in(nextCertFile), next.cert.Raw) },
		func() error { return os.Rename(in(nextKeyFile), in(keyFile)) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(t.TempDir(), "copy")
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{keyFile, nextKeyFile} {
			if _, err := os.Stat(filepath.Join(copied, key)); err == nil {
				if err := os.Chmod(filepath.Join(copied, key), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		if i == 3 {
			want = next.Certificate()
		}
		for range 2 {
			got, err := OpenAuthority(copied, nil)
			if err != nil {
				t.Fatalf("cut short after step %d: %v", i, err)
			}
			if !bytes.Equal(got.Certificate(), want) || len(got.earlier) != i/3 {
				t.Errorf("cut short after step %d: another authority, %d earlier", i, len(got.earlier))
			}
		}
	}
}

// A permission certificate on the revocation list gives nothing, until another is issued.
func TestRevokedCertificate(t *testing.T) {
	o := newOffice(t)
	ann := o.make(catalog.KindUser, "ann")
	_, id := o.table("d")
	o.grant(ann, id, privilege.Select)
	rec := *o.catalog.Snapshot().Certificate(ann)
	o.update(func(tx *catalog.Tx) error {
		return tx.PutRevocation(&catalog.Revocation{Serial: catalog.FoldSerial(fmt.Sprintf("00:%X", rec.Serial)), What: "permission certificate"})
	})
	if _, err := o.read(ann); !errors.Is(err, ErrRevoked) {
		t.Errorf("read: %v", err)
	}
	if err := o.issuer.Renew(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := o.read(ann); !errors.Is(err, ErrRevoked) {
		t.Errorf("renewed unasked: %v", err)
	}
	o.grant(ann, id, privilege.Insert)
	o.sound(ann)
	o.update(func(tx *catalog.Tx) error { return tx.PutCertificate(&rec) })
	if _, err := o.read(ann); !errors.Is(err, ErrRevoked) {
		t.Errorf("put back: %v", err)
	}
}
