package catalog

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// recordKind is the second byte of a key in the meta space. Numbers are on
// disk: frozen, and not used again when one is given up.
type recordKind byte

const (
	recState       recordKind = 0x01
	recDatabase    recordKind = 0x03
	recTable       recordKind = 0x04
	recView        recordKind = 0x05
	recTrigger     recordKind = 0x06
	recRoutine     recordKind = 0x07
	recEvent       recordKind = 0x08
	recPrincipal   recordKind = 0x09
	recGrant       recordKind = 0x0A
	recMembership  recordKind = 0x0B
	recCertificate recordKind = 0x0C
	recException   recordKind = 0x0D
	recSequence    recordKind = 0x0E
	recScope       recordKind = 0x0F
	recPage        recordKind = 0x10
	recRevocation  recordKind = 0x11

	recConnectionRule recordKind = 0x12
)

// recordVersion is the first byte of a value of the kinds that have only one;
// what follows it is JSON.
const recordVersion = 0x01

// versioned is a record whose kind has more than one version.
type versioned interface {
	recordVersion() byte // the lowest that holds the record
}

// versionOf is the version that rec is written in.
func versionOf(rec any) byte {
	if v, ok := rec.(versioned); ok {
		return v.recordVersion()
	}
	return recordVersion
}

// newestVersion is the highest version of rec's kind that this program reads.
func newestVersion(rec any) byte {
	switch rec.(type) {
	case *Principal:
		return 7
	case *Event, *View:
		return 5
	case *Trigger, *Routine, *state, *Exception, *Grant:
		return 4
	case *Membership:
		return 3
	case *Scope, *ConnectionRule:
		return 2
	}
	return recordVersion
}

// state is the record of the catalog itself, written by every Update.
type state struct {
	Instance string `json:"instance"`
	Version  uint64 `json:"version"`
	Epoch    uint64 `json:"epoch"`
	Seal     []byte `json:"seal,omitempty"` // over all records
	// Audited is the number of the audit record of the last change of rights.
	Audited uint64 `json:"audited,omitempty"`
	// Level says which privileges the grants of ALL are known to hold: see Snapshot.PrivilegeLevel.
	Level uint64 `json:"level,omitempty"`
}

func (s *state) recordVersion() byte {
	switch {
	case s.Level > 0:
		return 4
	case s.Audited > 0:
		return 3
	case len(s.Seal) > 0:
		return 2
	}
	return 1
}

// recordKey makes 10 | kind | ids, each id four bytes, big-endian.
func recordKey(kind recordKind, ids ...uint32) []byte {
	key := make([]byte, 0, 2+4*len(ids))
	key = append(key, codec.SpaceMeta, byte(kind))
	for _, id := range ids {
		key = binary.BigEndian.AppendUint32(key, id)
	}
	return key
}

// parseKey takes a key of the meta space apart.
func parseKey(key []byte) (recordKind, []uint32, error) {
	if len(key) < 2 || key[0] != codec.SpaceMeta || len(key)%4 != 2 {
		return 0, nil, fmt.Errorf("%w: key %x", ErrCorrupt, key)
	}
	ids := make([]uint32, 0, 3)
	for rest := key[2:]; len(rest) > 0; rest = rest[4:] {
		ids = append(ids, binary.BigEndian.Uint32(rest))
	}
	return recordKind(key[1]), ids, nil
}

// encodeRecord makes the stored form of a record. Text that is not UTF-8 is
// refused: JSON would silently replace it.
func encodeRecord(rec any) ([]byte, error) {
	var buf bytes.Buffer
	buf.WriteByte(versionOf(rec))
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(rec); err != nil {
		return nil, fmt.Errorf("%w: %T: %w", ErrInvalid, rec, err)
	}
	val := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if replacedInvalidUTF8(val) {
		return nil, fmt.Errorf("%w: %T: text is not valid UTF-8", ErrInvalid, rec)
	}
	return val, nil
}

// replacedInvalidUTF8 finds the escape that the JSON encoder writes only in the
// place of a byte that is not UTF-8; a U+FFFD in the text stands for itself.
func replacedInvalidUTF8(val []byte) bool {
	escape := []byte(`\ufffd`)
	for from := 0; ; {
		at := bytes.Index(val[from:], escape)
		if at < 0 {
			return false
		}
		at += from
		backslashes := 0
		for at-1-backslashes >= 0 && val[at-1-backslashes] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			return true
		}
		from = at + 1
	}
}

// decodeRecord reads the stored form. Fields that it does not know are an
// error: a newer program wrote them, and dropping them on the next write would
// lose what they say.
func decodeRecord[T any](val []byte) (*T, error) {
	rec := new(T)
	if len(val) == 0 || val[0] == 0 || val[0] > newestVersion(rec) {
		return nil, fmt.Errorf("%w: %x", ErrFormat, val[:min(len(val), 1)])
	}
	dec := json.NewDecoder(bytes.NewReader(val[1:]))
	dec.DisallowUnknownFields()
	if err := dec.Decode(rec); err != nil {
		return nil, fmt.Errorf("%w: %T: %w", ErrCorrupt, *rec, err)
	}
	if dec.More() {
		return nil, fmt.Errorf("%w: %T: bytes after the record", ErrCorrupt, *rec)
	}
	if versionOf(rec) > val[0] {
		return nil, fmt.Errorf("%w: %T: members of a later version", ErrCorrupt, *rec)
	}
	return rec, nil
}

// cloneRecord makes an independent copy. It goes through the stored form, so a
// record in memory is always what a reload would give.
func cloneRecord[T any](rec *T) *T {
	val, err := encodeRecord(rec)
	if err == nil {
		var c *T
		if c, err = decodeRecord[T](val); err == nil {
			return c
		}
	}
	panic(err) // a record that was stored can be stored again
}

// Clone returns a copy that may be changed and Put.
func (db *Database) Clone() *Database { return cloneRecord(db) }

// Clone returns a copy that may be changed and Put.
func (v *View) Clone() *View { return cloneRecord(v) }

// Clone returns a copy that may be changed and Put.
func (t *Trigger) Clone() *Trigger { return cloneRecord(t) }

// Clone returns a copy that may be changed and Put.
func (r *Routine) Clone() *Routine { return cloneRecord(r) }

// Clone returns a copy that may be changed and Put.
func (q *Sequence) Clone() *Sequence { return cloneRecord(q) }

// Clone returns a copy that may be changed and Put.
func (e *Event) Clone() *Event { return cloneRecord(e) }

// Clone returns a copy that may be changed and Put.
func (p *Principal) Clone() *Principal { return cloneRecord(p) }

// Clone returns a copy that may be changed and Put.
func (g *Grant) Clone() *Grant { return cloneRecord(g) }

// Clone returns a copy that may be changed and Put.
func (e *Exception) Clone() *Exception { return cloneRecord(e) }
