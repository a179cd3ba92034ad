package keyfile

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
)

// Secret is a key for MACs.
type Secret [32]byte

// NewSecret makes one.
func NewSecret() (s Secret) {
	rand.Read(s[:]) // never fails: it stops the program instead
	return s
}

// WriteSecret puts a secret at path, readable by its owner only.
func WriteSecret(path string, s Secret) error {
	return Write(path, append(hex.AppendEncode(nil, s[:]), '\n'), 0o600)
}

// ReadSecret reads what WriteSecret wrote. Errors: fs.ErrNotExist, ErrMalformed.
func ReadSecret(path string) (Secret, error) {
	var s Secret
	text, err := os.ReadFile(path)
	if err != nil {
		return s, fmt.Errorf("read %s: %w", path, err)
	}
	if text = bytes.TrimSpace(text); len(text) != hex.EncodedLen(len(s)) {
		return s, fmt.Errorf("%w: %s is no key", ErrMalformed, path)
	}
	if _, err := hex.Decode(s[:], text); err != nil {
		return s, fmt.Errorf("%w: %s is no key", ErrMalformed, path)
	}
	return s, nil
}
