package lxtest_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/lxdb/lxdb/internal/lxtest"
)

const upgradeDir = "../../testdata/upgrade"

// TestUpgrade opens a copy of each kept database of an earlier release and holds
// today's program to what was true of it.
func TestUpgrade(t *testing.T) {
	kept, err := filepath.Glob(filepath.Join(upgradeDir, "*", "data.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) == 0 {
		t.Fatalf("no database in %s", upgradeDir)
	}
	for _, archive := range kept {
		t.Run(filepath.Base(filepath.Dir(archive)), func(t *testing.T) {
			steps, err := parseScenario(filepath.Join(filepath.Dir(archive), "check.txt"), os.ReadFile)
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "data")
			if err := unpack(archive, dir); err != nil {
				t.Fatal(err)
			}
			srv := lxtest.Start(t, lxtest.WithDir(dir))
			runScenario(t, steps, &wireServer{dsn: srv.DSN, again: srv.Restart})
		})
	}
}

// unpack writes the files of an archive below dir, with their modes: keys that
// others may read are refused.
func unpack(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	plain, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for r := tar.NewReader(plain); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := unpackOne(root, h, r); err != nil {
			return err
		}
	}
}

func unpackOne(root *os.Root, h *tar.Header, content io.Reader) error {
	name := filepath.Clean(h.Name)
	if h.Typeflag == tar.TypeDir {
		return root.MkdirAll(name, 0o700)
	}
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, h.FileInfo().Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(out, content)
	return errors.Join(err, out.Close())
}
