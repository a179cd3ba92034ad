package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/embed"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// replaceInStore changes bytes of stored records while no server runs, below all that
// guards them; it says how many records had them.
func replaceInStore(t *testing.T, dir string, prefix []byte, from, to string) (n int) {
	t.Helper()
	ctx := context.Background()
	store, err := embed.Open(embed.Options{Dir: filepath.Join(dir, "kivi")})
	noError(t, err)
	txn, err := store.Begin(ctx, kv.TxnOptions{})
	noError(t, err)
	prefix = append([]byte{codec.SpaceMeta}, prefix...)
	_, hi := codec.SpaceBounds(codec.SpaceMeta)
	it, err := txn.Iter(ctx, prefix, hi, false)
	noError(t, err)
	changed := map[string][]byte{}
	for it.Next() && bytes.HasPrefix(it.Key(), prefix) {
		if bytes.Contains(it.Value(), []byte(from)) {
			changed[string(it.Key())] = bytes.Replace(it.Value(), []byte(from), []byte(to), 1)
		}
	}
	noError(t, it.Err())
	it.Close()
	for key, val := range changed {
		noError(t, txn.Put([]byte(key), val))
	}
	noError(t, txn.Commit(ctx))
	noError(t, store.Close())
	return len(changed)
}

// idIn reads the id of an account in a directory.
func idIn(t *testing.T, dir, name string) []byte {
	t.Helper()
	db, err := kivi.Open(kivi.Options{Dir: filepath.Join(dir, "kivi"), ReadOnly: true})
	noError(t, err)
	sealing, err := cert.ReadSeal(filepath.Join(dir, "authority"))
	noError(t, err)
	s, err := catalog.Read(context.Background(), db, sealing)
	noError(t, err)
	noError(t, db.Close())
	return binary.BigEndian.AppendUint32(nil, uint32(s.Principal(name).ID))
}

func auditedReasons(t *testing.T, dir, event string) (out []string) {
	t.Helper()
	log, keyFile := AuditFiles(dir)
	key, err := audit.ReadKey(keyFile)
	noError(t, err)
	_, err = audit.Verify(log, key, func(r audit.Record) error {
		if r.Event == event {
			out = append(out, r.Reason+r.Object)
		}
		return nil
	})
	noError(t, err)
	return out
}

// E-47: what somebody writes into the files behind the server gives him nothing, and is
// told.
func TestAttackE47StoreEdited(t *testing.T) {
	opts := func(dir string) Options {
		return Options{Dir: dir, Hash: authn.Params{MemoryKiB: 64, Time: 1, Threads: 1}}
	}
	for what, c := range map[string]struct {
		kind, from, to string
		opens          bool // and ann alone is denied
	}{
		"a grant of more":         {"\x0a", `"atoms":536870912`, `"atoms":536870913`, true},
		"another's password":      {"\x09", `"name":"ann"`, `"name":"anm"`, true},
		"his certificate":         {"\x0c", `"principal":1`, `"principal": 1`, true},
		"a grant of ann's":        {"\x0a", `"atoms":`, `"atoms": `, true},
		"ann's account":           {"\x09", `"name":"ann"`, `"name":"anm"`, true},
		"ann's certificate":       {"\x0c", `"principal":`, `"principal": `, true},
		"the owner of a table":    {"\x04", `"owner":2`, `"owner":3`, false},
		"what a database is of":   {"\x03", `"owner":2`, `"owner":3`, false},
		"the version and no seal": {"\x01", `"version":`, `"version":9`, false},
	} {
		t.Run(what, func(t *testing.T) {
			ctx := context.Background()
			dir := checkedDir(t)
			prefix := []byte(c.kind)
			if c.opens {
				prefix = append(prefix, idIn(t, dir, "ann")...)
			}
			if n := replaceInStore(t, dir, prefix, c.from, c.to); n == 0 {
				t.Fatal("nothing was changed")
			}
			found, err := CheckDir(ctx, dir)
			noError(t, err)
			if len(found) == 0 || !strings.Contains(found[0].What, "by somebody else") {
				t.Errorf("lxdb check finds %v", found)
			}
			e, err := Open(ctx, opts(dir))
			if c.opens != (err == nil) || err != nil && !errors.Is(err, catalog.ErrTampered) {
				t.Fatalf("opened: %v", err)
			}
			if c.opens {
				for _, p := range e.inst.Cat.Snapshot().Principals() {
					if p.Kind == catalog.KindUser && e.inst.Bucket.Session(principal.Trusted(p.ID, p.Name)).Live() == e.inst.Cat.Snapshot().Distrusted(p.ID) {
						t.Errorf("%s: live, but distrusted, or the other way round", p.Name)
					}
				}
				noError(t, e.Close())
			}
			if told := auditedReasons(t, dir, "catalog.tampered"); len(told) == 0 {
				t.Error("the audit log says nothing")
			}
			// An administrator who has looked at it takes it as it is.
			again := opts(dir)
			again.Reseal = true
			e, err = Open(ctx, again)
			noError(t, err)
			noError(t, e.Close())
			if e, err = Open(ctx, opts(dir)); err != nil || len(e.inst.Cat.Snapshot().Tampered()) > 0 {
				t.Fatalf("after that: %v", err)
			}
			noError(t, e.Close())
			if told := auditedReasons(t, dir, "catalog.resealed"); len(told) != 1 {
				t.Errorf("the audit log says %v", told)
			}
		})
	}
}

// A database whose key is gone is not taken for one that never had one.
func TestAttackE47KeyTakenAway(t *testing.T) {
	dir := checkedDir(t)
	noError(t, os.Remove(filepath.Join(dir, "authority", "catalog.key")))
	if _, err := Open(context.Background(), Options{Dir: dir}); !errors.Is(err, catalog.ErrTampered) {
		t.Errorf("opened: %v", err)
	}
}
