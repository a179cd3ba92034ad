package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// checkedDir is a data directory that an engine has left.
func checkedDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ctx := context.Background()
	e, err := Open(ctx, Options{Dir: dir, Hash: authn.Params{MemoryKiB: 64, Time: 1, Threads: 1}})
	noError(t, err)
	s, err := e.NewSession(ctx, e.Root(), session.Options{})
	noError(t, err)
	for _, q := range []string{
		"create database d", "create user ann identified by 'long-enough-1'",
		"create table d.t (id int primary key auto_increment, u int unique, v varchar(20), key (v))",
		"create table d.k (a int, b longtext)", "grant select on d.t to ann",
		"insert into d.t (u, v) values (1, 'x'), (2, 'y'), (3, 'x')", "insert into d.k values (1, repeat('long', 40000))",
	} {
		r, _, err := s.Query(ctx, q)
		noError(t, err)
		noError(t, r.Close())
	}
	if _, err := CheckDir(ctx, dir); !errors.Is(err, kivi.ErrInUse) {
		t.Errorf("a directory in use is checked: %v", err)
	}
	noError(t, s.Close())
	noError(t, e.Close())
	return dir
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestCheckDir: a sound directory has no findings, and each kind of damage has.
func TestCheckDir(t *testing.T) {
	dir := checkedDir(t)
	for what, c := range map[string]struct {
		damage func(t *testing.T, db *kivi.DB)
		want   string
	}{
		"nothing": {func(*testing.T, *kivi.DB) {}, ""},
		"grant past the certificate": {func(t *testing.T, db *kivi.DB) {
			changeCatalog(t, db, func(tx *catalog.Tx) error {
				rec := tx.Table(tx.Database("d").ID, "k")
				return tx.PutGrant(&catalog.Grant{Grantee: tx.Principal("ann").ID, Object: rec.ID, Kind: privilege.KindTable,
					Atoms: privilege.Of(privilege.Delete), Grantor: catalog.SystemGrantor, By: catalog.Root})
			})
		}, "account ann: permission certificate does not agree with the grants"},
		"certificate of another": {func(t *testing.T, db *kivi.DB) {
			changeCatalog(t, db, func(tx *catalog.Tx) error {
				rec := *tx.Certificate(catalog.Root)
				rec.Principal = tx.Principal("ann").ID
				return tx.PutCertificate(&rec)
			})
		}, "account ann: permission certificate does not agree with the grants"},
		"account without a certificate": {func(t *testing.T, db *kivi.DB) {
			changeCatalog(t, db, func(tx *catalog.Tx) error {
				return tx.PutPrincipal(&catalog.Principal{ID: principal.ID(900_000), Name: "eve", Kind: catalog.KindUser})
			})
		}, "account eve: has no permission certificate"},
		"rows of no table": {func(t *testing.T, db *kivi.DB) {
			rows := 0
			noError(t, db.Bulk(context.Background(), 999_999, kivi.Internal("test"), func() ([]byte, []byte, bool, error) {
				rows++
				return codec.AppendHeader(nil, codec.SpaceData, 999_999, 0), []byte("x"), rows == 1, nil
			}))
		}, "data id 999999: rows of a table, or state of a sequence, that does not exist"},
		"entry without a row": {func(t *testing.T, db *kivi.DB) {
			txn, err := db.Begin(context.Background(), kv.TxnOptions{})
			noError(t, err)
			rec := readCatalog(t, db).Table(readCatalog(t, db).Database("d").ID, "t")
			kt := txn.Table(rec.Data, kivi.Internal("test"), kivi.Read|kivi.Alter)
			noError(t, kt.PutEntry(context.Background(), append(codec.AppendHeader(nil, codec.SpaceData, rec.Data, 2), "zzz"...), []byte{0, 0, 8}))
			noError(t, txn.Commit(context.Background()))
		}, "d.t: entry of index"},
	} {
		t.Run(what, func(t *testing.T) {
			ctx := context.Background()
			damaged := filepath.Join(t.TempDir(), "copy")
			noError(t, os.CopyFS(damaged, os.DirFS(dir)))
			db, err := kivi.Open(kivi.Options{Dir: filepath.Join(damaged, "kivi")})
			noError(t, err)
			sealOfDamaged, err = cert.ReadSeal(filepath.Join(damaged, "authority"))
			noError(t, err)
			c.damage(t, db)
			noError(t, db.Close())
			found, err := CheckDir(ctx, damaged)
			noError(t, err)
			var lines []string
			for _, f := range found {
				lines = append(lines, f.Object+": "+f.What)
				if f.Note != strings.HasPrefix(f.Object, "data id ") {
					t.Errorf("%s is a note: %v", f.Object, f.Note)
				}
			}
			got := strings.Join(lines, "\n")
			if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) || len(lines) > 1 {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// TestCheckDirChangesNothing, and says honestly what it cannot read.
func TestCheckDirChangesNothing(t *testing.T) {
	dir := checkedDir(t)
	ctx := context.Background()
	for range 2 {
		found, err := CheckDir(ctx, dir)
		if err != nil || len(found) > 0 {
			t.Errorf("found %v, %v", found, err)
		}
	}
	if _, err := CheckDir(ctx, t.TempDir()); err == nil {
		t.Error("an empty directory is sound")
	}
	tables, err := filepath.Glob(filepath.Join(dir, "kivi", "*.sst"))
	noError(t, err)
	if len(tables) == 0 {
		t.Fatal("no file to damage")
	}
	for _, name := range tables {
		b, err := os.ReadFile(name)
		noError(t, err)
		for i := 0; i < len(b)/2; i += 16 {
			b[i] ^= 0xFF
		}
		noError(t, os.WriteFile(name, b, 0o600))
	}
	if found, err := CheckDir(ctx, dir); !errors.Is(err, kv.ErrCorrupt) {
		t.Errorf("damaged files: %v, %v", found, err)
	}
}

// sealOfDamaged is the key of the directory that is being damaged: by a fault of the
// program, which seals what it does.
var sealOfDamaged catalog.Sealing

func readCatalog(t *testing.T, db *kivi.DB) *catalog.Snapshot {
	t.Helper()
	s, err := catalog.Read(context.Background(), db, sealOfDamaged)
	noError(t, err)
	return s
}

func changeCatalog(t *testing.T, db *kivi.DB, change func(*catalog.Tx) error) {
	t.Helper()
	c, err := catalog.OpenSealed(context.Background(), db, sealOfDamaged)
	noError(t, err)
	noError(t, c.Update(context.Background(), change))
}
