package engine

import (
	"bytes"
	"context"
	"crypto/md5"  //nolint:gosec // what is looked for
	"crypto/sha1" //nolint:gosec // what is looked for
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/storage/kivi/embed"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// TestAttackE40NothingOfAPasswordIsStored looks through every record and every file of a database for passwords, and for
// the hashes of them that are quickly guessed: those of mysql_native_password and caching_sha2_password among them.
func TestAttackE40NothingOfAPasswordIsStored(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	e, err := Open(ctx, Options{Dir: dir, Hash: authn.Params{MemoryKiB: 64, Time: 1, Threads: 1}, RootPassword: "Needle-of-root-0"})
	noError(t, err)
	s, err := e.NewSession(ctx, e.Root(), session.Options{})
	noError(t, err)
	for _, text := range []string{
		"CREATE USER ann IDENTIFIED BY 'Needle-first-1'", "ALTER USER ann IDENTIFIED BY 'Needle-second-2' RETAIN CURRENT PASSWORD",
		"CREATE USER bob IDENTIFIED WITH caching_sha2_password BY 'Needle-of-bob-3'", "SET PASSWORD FOR bob = 'Needle-of-bob-4'",
	} {
		_, _, err := s.Query(ctx, text)
		noError(t, err)
	}
	passwords := []string{"Needle-of-root-0", "Needle-first-1", "Needle-second-2", "Needle-of-bob-3", "Needle-of-bob-4"}
	for i, user := range []string{"root", "ann", "ann", "", "bob"} {
		if user != "" { // as they are used, not only as they are set
			_, err := e.Directory().Verify(ctx, user, passwords[i])
			noError(t, err)
		}
	}
	noError(t, s.Close())
	noError(t, e.Close())

	var needles [][]byte
	for _, p := range passwords {
		one, two := sha1.Sum([]byte(p)), sha256.Sum256([]byte(p)) //nolint:gosec // what is looked for
		native, caching, old := sha1.Sum(one[:]), sha256.Sum256(two[:]), md5.Sum([]byte(p))
		needles = append(needles, []byte(p), []byte(base64.StdEncoding.EncodeToString([]byte(p))))
		for _, sum := range [][]byte{one[:], two[:], native[:], caching[:], old[:]} {
			text := hex.EncodeToString(sum)
			needles = append(needles, sum, []byte(text), []byte(strings.ToUpper(text)), []byte(base64.RawStdEncoding.EncodeToString(sum)))
		}
	}
	look := func(where string, what []byte) {
		for i, needle := range needles {
			if bytes.Contains(what, needle) {
				t.Errorf("%s has form %d of %s", where, i%(len(needles)/len(passwords)), passwords[i*len(passwords)/len(needles)])
			}
		}
	}
	store, err := embed.Open(embed.Options{Dir: filepath.Join(dir, "kivi")})
	noError(t, err)
	txn, err := store.Begin(ctx, kv.TxnOptions{})
	noError(t, err)
	it, err := txn.Iter(ctx, []byte{0}, bytes.Repeat([]byte{0xff}, 16), false)
	noError(t, err)
	hashes := 0
	for it.Next() {
		look("a record", append(append([]byte(nil), it.Key()...), it.Value()...))
		hashes += bytes.Count(it.Value(), []byte("$argon2id$"))
	}
	noError(t, it.Err())
	it.Close()
	txn.Rollback()
	noError(t, store.Close())
	if hashes != 4 { // root's, both of ann's, bob's
		t.Errorf("%d hashes of argon2id, want 4: were all records seen?", hashes)
	}
	files := 0
	noError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		look(filepath.Base(path), text)
		return err
	}))
	if files < 5 {
		t.Errorf("%d files", files)
	}
}
