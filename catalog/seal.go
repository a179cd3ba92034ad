package catalog

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/lxdb/lxdb/security/principal"
)

// Records decide rights: who is an administrator, who owns a table, as whom a view
// acts. Their store is files, which somebody may edit behind the program's back. So
// each record has a tag, the MAC of its key and value, and the state record a seal,
// the MAC of all tags together. A changed record, or one in another's place, has a
// wrong tag; one that was taken away, added, or put back as it once was, has a right
// one and breaks the seal.
//
// The sum under the seal is never stored: who sees tags and seals of many versions
// learns no sums, and cannot look for two sets of records that have the same.

// SealKey is the secret that tags and seals are made with. It stands outside of the
// store.
type SealKey [32]byte

var (
	// ErrTampered: the store's records are not what this program wrote.
	ErrTampered = errors.New("catalog: records were changed by somebody else")
	// ErrSealed: the records have tags, and no key was given.
	ErrSealed = errors.New("catalog: the records are sealed, and their key is not here")
)

const (
	sealedBit = 0x80 // of the version byte: a tag follows it
	tagBytes  = 16
)

// sum is what all tags together come to.
type sum [sha256.Size]byte

// sealer makes tags and seals. A nil one makes none.
type sealer struct{ tagKey, sumKey, stateKey []byte }

func newSealer(k SealKey) *sealer {
	derive := func(purpose string) []byte { return mac(k[:], []byte("lxdb catalog "+purpose)) }
	return &sealer{derive("tag"), derive("sum"), derive("state")}
}

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// tag is the MAC of one record; the length of the key goes first, so that no two
// records are the same text.
func (s *sealer) tag(key, body []byte) []byte {
	return mac(s.tagKey, []byte{byte(len(key))}, key, body)[:tagBytes]
}

// toggle puts a record into the sum, or takes it out.
func (s *sealer) toggle(to *sum, key, tag []byte) {
	for i, b := range mac(s.sumKey, []byte{byte(len(key))}, key, tag) {
		to[i] ^= b
	}
}

// seal is what the state record says of all others, and of itself.
func (s *sealer) seal(st *state, of sum) []byte {
	numbers := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, st.Version), st.Epoch)
	if st.Audited > 0 || st.Level > 0 { // else as before there was one
		numbers = binary.BigEndian.AppendUint64(numbers, st.Audited)
	}
	if st.Level > 0 {
		numbers = binary.BigEndian.AppendUint64(numbers, st.Level)
	}
	return mac(s.stateKey, numbers, []byte(st.Instance), of[:])
}

// wrap is the stored form of a record with its tag.
func (s *sealer) wrap(key, body []byte) []byte {
	out := make([]byte, 0, len(body)+tagBytes)
	out = append(out, body[0]|sealedBit)
	return append(append(out, s.tag(key, body)...), body[1:]...)
}

// unwrap takes a stored record apart; tag is nil where it has none.
func unwrap(val []byte) (body, tag []byte) {
	if len(val) < 1+tagBytes || val[0]&sealedBit == 0 {
		return val, nil
	}
	body = append([]byte{val[0] &^ sealedBit}, val[1+tagBytes:]...)
	return body, val[1 : 1+tagBytes]
}

// Tampered is a record that this program did not write as it is, or did not leave
// there.
type Tampered struct {
	What string
	// Principal is whose rights it decides, 0 when that is not one principal.
	Principal principal.ID
}

// principalOf is whose rights alone a record decides; 0 for those of objects.
func principalOf(key []byte) principal.ID {
	kind, ids, err := parseKey(key)
	if err != nil || len(ids) == 0 {
		return 0
	}
	switch kind {
	case recPrincipal, recGrant, recMembership, recCertificate, recPage, recException:
		return principal.ID(ids[0])
	}
	return 0
}

// Tampered lists what was found when the catalog was read.
func (s *Snapshot) Tampered() []Tampered { return s.tampered }

// Distrusted says whether a record of a principal was found changed, which must give
// him nothing.
func (s *Snapshot) Distrusted(p principal.ID) bool {
	for _, t := range s.tampered {
		if t.Principal == p && p != 0 {
			return true
		}
	}
	return false
}

// trustOrFail decides whether a catalog with what was found may be opened: it may, if
// all that is wrong concerns principals, who are denied everything then.
func (s *Snapshot) trustOrFail() error {
	for _, t := range s.tampered {
		if t.Principal == 0 {
			return fmt.Errorf("%w: %s", ErrTampered, t.What)
		}
	}
	for _, t := range s.tampered {
		if p := s.principals.get(t.Principal); p != nil && (!p.Locked || p.Standing) { // nobody logs in as him, in whatever way, and nothing acts for him
			locked := *p
			locked.Locked, locked.Standing = true, false
			s.setPrincipal(&locked)
		}
	}
	return nil
}

// describeKey names a record for people.
func describeKey(key []byte) string {
	kind, ids, err := parseKey(key)
	if err != nil {
		return fmt.Sprintf("record %x", key)
	}
	name := map[recordKind]string{
		recState: "state", recPrincipal: "account", recGrant: "grant", recMembership: "membership", recException: "exception",
		recCertificate: "permission certificate", recPage: "page of a permission certificate", recDatabase: "database", recTable: "table",
		recView: "view", recTrigger: "trigger", recRoutine: "routine", recEvent: "event", recSequence: "sequence",
		recRevocation: "revocation", recScope: "scope", recConnectionRule: "connection rule",
	}[kind]
	if name == "" {
		name = fmt.Sprintf("kind %#x", byte(kind))
	}
	return fmt.Sprintf("record of %s %v", name, ids)
}
