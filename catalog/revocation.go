package catalog

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lxdb/lxdb/security/principal"
)

// Revocation is a certificate that does not count any more, although it is sound and
// its time is not over. It stays on the list for good: serial numbers are never given
// twice.
type Revocation struct {
	Serial string `json:"serial"`         // hexadecimal, small letters, no zero in front
	What   string `json:"what,omitempty"` // of what kind, for people
	At     int64  `json:"at"`             // microseconds since 1970
}

// revocationKey finds the record of a serial number, which is longer than an id.
func revocationKey(serial string) []uint32 {
	h := sha256.Sum256([]byte(serial))
	return []uint32{binary.BigEndian.Uint32(h[:4]), binary.BigEndian.Uint32(h[4:8])}
}

// FoldSerial is how the list spells a serial number: as people write it, with colons
// and in capitals or not. It is "" for what is none.
func FoldSerial(text string) string {
	text = strings.TrimLeft(strings.ToLower(strings.ReplaceAll(text, ":", "")), "0")
	if len(text) > 64 || strings.Trim(text, "0123456789abcdef") != "" {
		return ""
	}
	return text
}

// PutRevocation puts a serial number on the list. At is set here.
func (tx *Tx) PutRevocation(rec *Revocation) error {
	r := *rec
	if r.Serial == "" || FoldSerial(r.Serial) != r.Serial {
		return fmt.Errorf("%w: serial number %q", ErrInvalid, r.Serial)
	}
	if tx.Revoked(r.Serial) {
		return fmt.Errorf("%w: revocation of %s", ErrExists, r.Serial)
	}
	r.At = time.Now().UnixMicro()
	kept, err := put(tx, &r, recRevocation, revocationKey(r.Serial)...)
	if err != nil {
		return err
	}
	tx.setRevocation(kept)
	tx.touchSecurity()
	if id := principalOfSerial(r.Serial); tx.certificates.get(id) != nil {
		tx.touches.certificates[id] = struct{}{}
	}
	return nil
}

// principalOfSerial is whose permission certificate has a serial number, if it is one's.
func principalOfSerial(serial string) principal.ID {
	n, err := strconv.ParseUint(serial, 16, 64)
	if err != nil {
		return 0
	}
	return principal.ID(uint32(n))
}

// AnyRevoked reports whether one of the serial numbers is on the list: of a certificate and
// of those that vouch for it.
func (s *Snapshot) AnyRevoked(serials []string) bool {
	return slices.ContainsFunc(serials, s.Revoked)
}

// Revoked reports whether a serial number is on the list.
func (s *Snapshot) Revoked(serial string) bool { return s.revocations.get(serial) != nil }

// Revocations lists what was revoked, by serial number.
func (s *Snapshot) Revocations() []*Revocation { return s.revocations.all() }

func (s *Snapshot) setRevocation(rec *Revocation) { s.revocations.set(rec.Serial, rec) }
