package catalog

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of Principal.Attributes: a record is read and written whole.
const (
	MaxAttributes      = 64      // names of one principal
	MaxAttributeName   = 64      // bytes
	MaxAttributeValues = 64      // of one name
	MaxAttributeBytes  = 1 << 16 // names and values together
)

// checkDirectory checks what a directory keeps of p, which replaces old.
func (p *Principal) checkDirectory(old *Principal) error {
	if old != nil && p.UUID != "" && p.UUID != old.UUID && old.UUID != "" {
		return fmt.Errorf("%w: principal %q: its UUID cannot change", ErrInvalid, p.Name)
	}
	if p.UUID != "" && !isUUID(p.UUID) {
		return fmt.Errorf("%w: principal %q: %q is no UUID", ErrInvalid, p.Name, p.UUID)
	}
	return CheckAttributes(p.Attributes)
}

// CheckAttributes says whether a principal may have these attributes: names are
// ASCII letters, digits and hyphens, different when case is ignored; values are
// UTF-8 and not empty; all within the bounds. The error is ErrInvalid.
func CheckAttributes(attributes map[string][]string) error {
	if len(attributes) > MaxAttributes {
		return fmt.Errorf("%w: %d attributes, the most is %d", ErrInvalid, len(attributes), MaxAttributes)
	}
	size, seen := 0, make(map[string]bool, len(attributes))
	for name, values := range attributes {
		folded := strings.ToLower(name)
		switch {
		case !isAttributeName(name):
			return fmt.Errorf("%w: attribute name %q", ErrInvalid, name)
		case seen[folded]:
			return fmt.Errorf("%w: attribute %q is there twice", ErrInvalid, name)
		case len(values) == 0, len(values) > MaxAttributeValues:
			return fmt.Errorf("%w: attribute %q has %d values; 1 to %d are possible", ErrInvalid, name, len(values), MaxAttributeValues)
		}
		seen[folded] = true
		size += len(name)
		for _, v := range values {
			if v == "" || !utf8.ValidString(v) {
				return fmt.Errorf("%w: attribute %q has a value that is empty or not UTF-8", ErrInvalid, name)
			}
			size += len(v)
		}
	}
	if size > MaxAttributeBytes {
		return fmt.Errorf("%w: attributes of %d bytes, the most is %d", ErrInvalid, size, MaxAttributeBytes)
	}
	return nil
}

func isAttributeName(name string) bool {
	for i, c := range []byte(name) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != "" && len(name) <= MaxAttributeName
}

// stamp fills in what p gets by itself: from old what stays, and the times.
func (p *Principal) stamp(old *Principal, now time.Time) {
	p.Modified = now.UnixMicro()
	if old == nil {
		p.Created = p.Modified
	} else {
		p.UUID, p.Created, p.PasswordChanged = old.UUID, old.Created, old.PasswordChanged
	}
	if p.UUID == "" {
		p.UUID = newUUID()
	}
	if old == nil && p.Password != "" || old != nil && old.Password != p.Password {
		p.PasswordChanged = p.Modified
	}
}

// newUUID makes a random UUID of RFC 9562, version 4.
func newUUID() string {
	var id [16]byte
	rand.Read(id[:]) // never fails: it stops the program instead
	id[6], id[8] = id[6]&0x0F|0x40, id[8]&0x3F|0x80
	h := hex.EncodeToString(id[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

func isUUID(s string) bool {
	if len(s) != 36 || strings.ToLower(s) != s {
		return false
	}
	for _, at := range []int{8, 13, 18, 23} {
		if s[at] != '-' {
			return false
		}
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	return err == nil && len(raw) == 16
}

// giveUUIDs completes principals that an older program wrote.
func (tx *Tx) giveUUIDs() error {
	for _, p := range tx.Principals() {
		if p.UUID == "" {
			if err := tx.PutPrincipal(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Snapshot) lacksUUID() bool {
	for _, p := range s.Principals() {
		if p.UUID == "" {
			return true
		}
	}
	return false
}
