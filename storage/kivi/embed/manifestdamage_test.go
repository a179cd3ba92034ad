package embed

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// flushed makes a store whose rows are in three tables, and returns its newest
// manifest.
func flushed(t *testing.T) (o Options, e *Engine, manifest string, content []byte) {
	t.Helper()
	o = Options{Dir: filepath.Join(t.TempDir(), "db"), CacheBytes: 8 << 20, MemtableBytes: 1 << 20, Logger: quiet, SealAfter: -1}
	e, err := Open(o)
	ok(t, err)
	for i := range 3 {
		put(t, e, fmt.Sprintf("k%04d", i), 300)
		ok(t, e.Quiesce(bg, e.p.Flush))
	}
	all, err := filepath.Glob(filepath.Join(o.Dir, "MANIFEST-*"))
	ok(t, err)
	slices.Sort(all)
	manifest = all[len(all)-1]
	content, err = os.ReadFile(manifest)
	ok(t, err)
	return o, e, filepath.Base(manifest), content
}

// edits returns where the chunks of a healthy manifest begin.
func edits(manifest []byte) (at []int) {
	for pos := 0; pos < len(manifest); {
		c, fits := cutEdit(manifest[pos:])
		if !fits || !c.intact() {
			return at
		}
		at = append(at, pos)
		pos += len(c)
	}
	return at
}

// TestDamagedManifestIsRefused: tables are not forgotten for a flipped bit.
func TestDamagedManifestIsRefused(t *testing.T) {
	o, e, name, content := flushed(t)
	begins := edits(content)
	last := begins[len(begins)-1]
	for _, at := range []int{begins[1] + 20, last + 1, last + 4, last + 6, len(content) - 3} {
		damaged := o
		damaged.Dir = crashCopy(t, o.Dir)
		b := slices.Clone(content)
		b[at] ^= 2
		ok(t, os.WriteFile(filepath.Join(damaged.Dir, name), b, 0o600))
		if n, err := countRows(t, damaged); !errors.Is(err, kv.ErrCorrupt) {
			t.Errorf("bit at %d of %d, edits at %v: opened with %d of 3 rows, %v", at, len(b), begins, n, err)
		}
	}
	ok(t, e.Close())
}

// TestEveryBitOfAManifest: there is none whose flip is not told.
func TestEveryBitOfAManifest(t *testing.T) {
	_, e, _, content := flushed(t)
	ok(t, e.Close())
	if n := len(edits(content)); n < 4 {
		t.Fatalf("%d edits, the test wants more", n)
	}
	ok(t, checkManifest(bytes.NewReader(content)))
	for bit := range 8 * len(content) {
		content[bit/8] ^= 1 << (bit % 8)
		if checkManifest(bytes.NewReader(content)) == nil {
			t.Fatalf("bit %d of byte %d of %d", bit%8, bit/8, len(content))
		}
		content[bit/8] ^= 1 << (bit % 8)
	}
}

// TestTornManifestIsNoDamage: the last edit may end anywhere, or be zeros from
// anywhere, as a power cut leaves it.
func TestTornManifestIsNoDamage(t *testing.T) {
	_, e, _, content := flushed(t)
	ok(t, e.Close())
	begins := edits(content)
	for at := begins[len(begins)-1]; at < len(content); at++ {
		blotted := slices.Clone(content)
		clear(blotted[at:])
		for _, torn := range [][]byte{content[:at], blotted} {
			if bytes.Equal(torn, content) {
				continue // it ended with a zero
			}
			if err := checkManifest(bytes.NewReader(torn)); err != nil && !oneBit(torn, content) {
				t.Fatalf("torn at %d of %d: %v", at, len(content), err)
			}
		}
	}
}

// oneBit is true of a tear that cannot be told from a flipped bit.
func oneBit(a, b []byte) bool {
	n := 0
	for i := range min(len(a), len(b)) {
		for x := a[i] ^ b[i]; x != 0; x &= x - 1 {
			n++
		}
	}
	return len(a) == len(b) && n == 1
}

// FuzzCheckManifest: no bytes make it panic or loop.
func FuzzCheckManifest(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0, 0, 0, 0, 1, 0, 1, 5}, 5000))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := checkManifest(bytes.NewReader(b)); err != nil && !errors.Is(err, errDamaged) {
			t.Error(err)
		}
	})
}
