package keyfile

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func newPair(t *testing.T) (ed25519.PrivateKey, []byte) {
	t.Helper()
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, pub, key)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

func TestRoundTripAndModes(t *testing.T) {
	dir := t.TempDir()
	key, der := newPair(t)
	keyPath, certPath := filepath.Join(dir, "x.key"), filepath.Join(dir, "x.crt")
	if err := WriteKey(keyPath, key); err != nil {
		t.Fatal(err)
	}
	if err := WriteCert(certPath, der); err != nil {
		t.Fatal(err)
	}
	gotKey, err := ReadKey(keyPath)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ReadCert(certPath)
	if err != nil {
		t.Fatal(err)
	}
	if !Matches(cert, gotKey) {
		t.Error("key and certificate do not match after a round trip")
	}
	other, _ := newPair(t)
	if Matches(cert, other) {
		t.Error("a foreign key matches")
	}
	if Exposed(keyPath) || !Exposed(certPath) {
		t.Error("the key must be the owner's only, the certificate readable")
	}
	if err := os.Chmod(keyPath, 0o640); err != nil {
		t.Fatal(err)
	}
	if !Exposed(keyPath) {
		t.Error("a key that the group may read is not reported")
	}
}

func TestWriteReplacesAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, text := range []string{"a long first content", "second"} {
		if err := Write(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("temporary files were left: %v", list)
	}
	if err := Write(filepath.Join(dir, "missing", "f"), nil, 0o600); err == nil {
		t.Error("writing into a missing directory succeeded")
	}
	// A directory in the way makes the last step fail: nothing may be left.
	if err := os.MkdirAll(filepath.Join(dir, "d", "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(dir, "d"), nil, 0o600); err == nil {
		t.Error("a directory was replaced")
	}
	if list, _ := os.ReadDir(dir); len(list) != 2 {
		t.Errorf("temporary files were left: %v", list)
	}
}

// TestWriteFromFails: what cannot be made whole leaves the old file.
func TestWriteFromFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := Write(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := WriteFrom(path, 0o600, func(w io.Writer) error {
		_, err := io.WriteString(w, "half of the n")
		return errors.Join(err, broken)
	})
	if text, _ := os.ReadFile(path); !errors.Is(err, broken) || string(text) != "old" {
		t.Errorf("error %v, the file has %q", err, text)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("%d files are left, not 1", len(left))
	}
}

func TestMalformed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if _, err := ReadKey(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	key, der := newPair(t)
	keyText, _ := EncodeKey(key)
	for name, text := range map[string]string{
		"empty":       "",
		"no PEM":      "SECRET-TEXT",
		"wrong block": strings.ReplaceAll(string(keyText), "PRIVATE KEY", "RSA PRIVATE KEY"),
		"cut":         string(EncodeCert(der[:len(der)/2])),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadCert(path); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s as certificate: %v", name, err)
		}
		_, err := ReadKey(path)
		if !errors.Is(err, ErrMalformed) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s as key: %v", name, err)
		}
	}
}
