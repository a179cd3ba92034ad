// Package keyfile reads and writes the PEM files of the instance's signing and
// TLS keys: whole or not at all, private keys readable by their owner only.
package keyfile

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrMalformed: a file exists and does not hold what its name says.
var ErrMalformed = errors.New("malformed key or certificate file")

// PEM block types.
const (
	certificateBlock = "CERTIFICATE"
	privateKeyBlock  = "PRIVATE KEY" // PKCS #8, which OpenSSL, Java and Go all read
)

// EncodeCert is a certificate as PEM.
func EncodeCert(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: der})
}

// EncodeKey is a private key as PKCS #8 PEM.
func EncodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: privateKeyBlock, Bytes: der}), nil
}

// WriteCert puts a certificate at path, readable by everybody.
func WriteCert(path string, der []byte) error { return Write(path, EncodeCert(der), 0o644) }

// WriteKey puts a private key at path, readable by its owner only.
func WriteKey(path string, key crypto.Signer) error {
	text, err := EncodeKey(key)
	if err != nil {
		return err
	}
	return Write(path, text, 0o600)
}

// ReadCert reads the first certificate of a file. Errors: fs.ErrNotExist, ErrMalformed.
func ReadCert(path string) (*x509.Certificate, error) {
	der, err := readBlock(path, certificateBlock)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrMalformed, path, err)
	}
	return cert, nil
}

// ReadKey reads a PKCS #8 private key. Errors: fs.ErrNotExist, ErrMalformed.
// The error never quotes the file's content.
func ReadKey(path string) (crypto.Signer, error) {
	der, err := readBlock(path, privateKeyBlock)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %s is no PKCS #8 private key", ErrMalformed, path)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: the key in %s cannot sign", ErrMalformed, path)
	}
	return signer, nil
}

// Matches reports whether key is the private half of the certificate's key.
func Matches(cert *x509.Certificate, key crypto.Signer) bool {
	pub, ok := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	return ok && pub.Equal(key.Public())
}

// Exposed reports whether somebody but the owner may read or write the file. A
// private key that is exposed should be replaced, so callers warn.
func Exposed(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o077 != 0
}

// Write replaces the file at path by data, or leaves it as it was: after a
// crash there is either the old content or the new. The file never exists with
// wider permissions than mode.
func Write(path string, data []byte, mode fs.FileMode) error {
	return WriteFrom(path, mode, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteFrom is Write for what fill makes. When fill fails the file stays as it
// was.
func WriteFrom(path string, mode fs.FileMode, fill func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // 0600 from the start
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := fill(f); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.Chmod(mode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}

func readBlock(path, blockType string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != blockType {
		return nil, fmt.Errorf("%w: %s has no %s block", ErrMalformed, path, blockType)
	}
	return block.Bytes, nil
}
