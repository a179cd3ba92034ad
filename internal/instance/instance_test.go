package instance

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine"
)

func mustStart(t *testing.T, opts Options) *Server {
	t.Helper()
	if opts.MySQL == "" {
		opts.MySQL = "127.0.0.1:0"
	}
	s, err := Start(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustStop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestFilesOfAnInstance(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	s := mustStart(t, Options{Dir: dir})
	for name, mode := range map[string]fs.FileMode{
		".": 0o700, "root.password": 0o600, "ca.key": 0o600, "server.key": 0o600, "ca.crt": 0o644, "endpoints.json": 0o644,
	} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != mode {
			t.Errorf("%s has mode %o, want %o", name, info.Mode().Perm(), mode)
		}
	}
	at, err := ReadEndpoints(dir)
	if err != nil || at != s.Endpoints() || at.PID != os.Getpid() || at.MySQL == "" || at.HTTPS != "" {
		t.Errorf("endpoints %+v, %v", at, err)
	}
	if _, err := Start(context.Background(), Options{Dir: dir, MySQL: Off}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second server: %v", err)
	}
	if _, err := ReadEndpoints(dir); err != nil {
		t.Errorf("the second server took the first one's addresses: %v", err)
	}
	if _, err := OpenEngine(context.Background(), dir); !errors.Is(err, ErrInUse) {
		t.Errorf("the engine of a running server: %v", err)
	}
	mustStop(t, s)
	if _, err := ReadEndpoints(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("endpoints after the end: %v", err)
	}
}

func TestStartLeavesNothingOpen(t *testing.T) {
	first := mustStart(t, Options{Dir: t.TempDir()})
	defer mustStop(t, first)
	dir := t.TempDir()
	if _, err := Start(context.Background(), Options{Dir: dir, MySQL: first.Endpoints().MySQL}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Fatalf("a port that is taken: %v", err)
	}
	mustStop(t, mustStart(t, Options{Dir: dir})) // the store's lock is free again
}

// TestRootPasswordSurvivesACrash: a first start that ended between writing the
// file and setting the password goes on with the password in the file.
func TestRootPasswordSurvivesACrash(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := WriteRootPassword(dir, "as in the file"); err != nil {
		t.Fatal(err)
	}
	mustStop(t, mustStart(t, Options{Dir: dir}))
	if got, err := ReadPasswordFile(RootPasswordFile(dir)); err != nil || got != "as in the file" {
		t.Errorf("the file has %q, %v", got, err)
	}
	if e, err = OpenEngine(ctx, dir); err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if !strings.HasPrefix(e.Catalog().Snapshot().PrincipalByID(catalog.Root).Password, "$argon2id$") {
		t.Error("root has no password")
	}
}

// TestNoListenerWithoutARootPassword: where root's password cannot be written nothing listens.
func TestNoListenerWithoutARootPassword(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(RootPasswordFile(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	opts := Options{Dir: dir, MySQL: "127.0.0.1:0", HTTPS: "127.0.0.1:0", LDAPS: "127.0.0.1:0"}
	if s, err := Start(context.Background(), opts); err == nil {
		mustStop(t, s)
		t.Fatal("it serves, and nobody knows root's password")
	}
	if _, err := ReadEndpoints(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("endpoints: %v", err)
	}
	if err := os.Remove(RootPasswordFile(dir)); err != nil {
		t.Fatal(err)
	}
	mustStop(t, mustStart(t, opts))
	if got, err := ReadPasswordFile(RootPasswordFile(dir)); err != nil || len(got) < 26 {
		t.Errorf("then the file has %q, %v", got, err)
	}
}

func TestRandomPassword(t *testing.T) {
	a, b := RandomPassword(), RandomPassword()
	if a == b || len(a) < 26 || strings.Trim(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		t.Errorf("got %q and %q", a, b)
	}
}

func TestQuote(t *testing.T) {
	if got := Quote("a'b\\c\x00d\"e"); got != `'a''b\\c\0d"e'` {
		t.Errorf("got %s", got)
	}
	if got := QuoteName("a`b"); got != "`a``b`" {
		t.Errorf("got %s", got)
	}
}
