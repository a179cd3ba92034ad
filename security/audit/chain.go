package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/lxdb/lxdb/security/keyfile"
)

// Key makes the chain. Who has it can write a log that verifies.
type Key [32]byte

// mac links a record to the one before.
type mac [sha256.Size]byte

const macText = 2 * sha256.Size // hexadecimal

// NewKey makes a random key.
func NewKey() (Key, error) {
	var k Key
	if _, err := rand.Read(k[:]); err != nil {
		return k, fmt.Errorf("make audit key: %w", err)
	}
	return k, nil
}

// ErrKey: the log is there and its key is not, or the other way round.
var ErrKey = errors.New("the audit key does not belong to the audit log")

// ReadKey reads a key file: 64 hexadecimal digits and a line feed.
func ReadKey(path string) (Key, error) {
	var k Key
	text, err := os.ReadFile(path)
	if err != nil {
		return k, fmt.Errorf("read audit key: %w", err)
	}
	text = bytes.TrimSpace(text)
	if len(text) != 2*len(k) {
		return k, fmt.Errorf("%w: %s is no key", ErrKey, path)
	}
	if _, err := hex.Decode(k[:], text); err != nil {
		return k, fmt.Errorf("%w: %s is no key", ErrKey, path)
	}
	return k, nil
}

// pendingKey is the key of a log that is about to begin: once there is a key, there is a
// log, and where that is missing somebody took it.
const pendingKey = ".pending"

// openKey reads the key, or makes it when there is no log yet. kept: it was in place, so
// that a log has begun.
func openKey(path string, fresh bool) (k Key, kept bool, err error) {
	k, err = ReadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, true, err
	}
	if k, err = ReadKey(path + pendingKey); !errors.Is(err, fs.ErrNotExist) {
		return k, false, err
	}
	if !fresh {
		return k, false, fmt.Errorf("%w: %s is missing; restore it, or move the old log away, which ends its chain", ErrKey, path)
	}
	if k, err = NewKey(); err != nil {
		return k, false, err
	}
	return k, false, keyfile.Write(path+pendingKey, []byte(hex.EncodeToString(k[:])+"\n"), 0o600)
}

// keepKey puts a new key into its place: its log has begun.
func keepKey(path string, k Key) error {
	if err := keyfile.Write(path, []byte(hex.EncodeToString(k[:])+"\n"), 0o600); err != nil {
		return err
	}
	return os.Remove(path + pendingKey)
}

// link is the MAC of a record's text after another record.
func (k Key) link(previous mac, text []byte) mac {
	h := hmac.New(sha256.New, k[:])
	h.Write(previous[:])
	h.Write(text)
	return mac(h.Sum(nil))
}

// line makes a record's line: the MAC, a space, the text, a line feed.
func (k Key) line(previous mac, text []byte) ([]byte, mac) {
	m := k.link(previous, text)
	out := make([]byte, 0, macText+len(text)+2)
	out = hex.AppendEncode(out, m[:])
	out = append(out, ' ')
	out = append(out, text...)
	return append(out, '\n'), m
}

// split takes a line without its line feed apart.
func split(line []byte) (m mac, text []byte, err error) {
	if len(line) < macText+2 || line[macText] != ' ' {
		return m, nil, fmt.Errorf("%w: no line", ErrRecord)
	}
	if _, err := hex.Decode(m[:], line[:macText]); err != nil {
		return m, nil, fmt.Errorf("%w: no MAC", ErrRecord)
	}
	return m, line[macText+1:], nil
}

func (m mac) String() string { return hex.EncodeToString(m[:]) }

func parseMAC(text string) (m mac, err error) {
	if len(text) != macText {
		return m, fmt.Errorf("%w: no MAC", ErrRecord)
	}
	_, err = hex.Decode(m[:], []byte(text))
	return m, err
}
