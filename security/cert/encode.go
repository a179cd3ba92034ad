package cert

import (
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// ExtensionID is the private extension with the permissions. The arc 2.25 needs
// no registration; docs/formats/certificate.md says why this number.
var ExtensionID = asn1.ObjectIdentifier{2, 25, 0x6c786462, 1}

// formatVersion is the version of the extension's content.
const formatVersion = 1

// ErrMalformed: the extension is not what the format says. Only the one
// encoding of a content is accepted, so equal permissions are equal bytes.
var ErrMalformed = errors.New("malformed permission extension")

// encodeExtension is the DER content of the extension.
func encodeExtension(p *Permissions) ([]byte, error) {
	sets, objects := packEntries(p.Entries)
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Uint64(formatVersion)
		b.AddASN1OctetString(p.Instance[:])
		b.AddASN1Uint64(uint64(p.Principal))
		b.AddASN1Uint64(p.Epoch)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, role := range p.Roles {
				b.AddASN1Uint64(uint64(role))
			}
		})
		b.AddASN1OctetString(sets)
		b.AddASN1OctetString(objects)
	})
	der, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("encode permissions: %w", err)
	}
	return der, nil
}

// packEntries makes the table of distinct atom sets, 8 bytes each, ascending,
// and the list of objects: the distance from the object before, then the
// index of its set doubled, plus one when restricted.
func packEntries(entries []Entry) (sets, objects []byte) {
	index := map[privilege.Set]uint64{}
	for _, e := range entries {
		index[e.Atoms] = 0
	}
	distinct := make([]privilege.Set, 0, len(index))
	for s := range index {
		distinct = append(distinct, s)
	}
	slices.Sort(distinct)
	for i, s := range distinct {
		index[s] = uint64(i)
		sets = binary.BigEndian.AppendUint64(sets, uint64(s))
	}
	objects = make([]byte, 0, 3*len(entries))
	before := catalog.ID(0)
	for _, e := range entries {
		objects = binary.AppendUvarint(objects, uint64(e.Object-before))
		ref := index[e.Atoms] << 1
		if e.Restricted {
			ref |= 1
		}
		objects = binary.AppendUvarint(objects, ref)
		before = e.Object
	}
	return sets, objects
}

// decodeExtension is the inverse. It accepts nothing that encodeExtension would
// not have written.
func decodeExtension(der []byte) (*Permissions, error) {
	input, seq := cryptobyte.String(der), cryptobyte.String(nil)
	if !input.ReadASN1(&seq, cbasn1.SEQUENCE) || !input.Empty() {
		return nil, fmt.Errorf("%w: not one sequence", ErrMalformed)
	}
	var version, id, epoch uint64
	if !seq.ReadASN1Integer(&version) {
		return nil, fmt.Errorf("%w: no version", ErrMalformed)
	}
	if version != formatVersion {
		return nil, fmt.Errorf("%w: version %d, this program knows %d", ErrMalformed, version, formatVersion)
	}
	var instance, roles, sets, objects cryptobyte.String
	ok := seq.ReadASN1(&instance, cbasn1.OCTET_STRING) && seq.ReadASN1Integer(&id) && seq.ReadASN1Integer(&epoch) &&
		seq.ReadASN1(&roles, cbasn1.SEQUENCE) && seq.ReadASN1(&sets, cbasn1.OCTET_STRING) &&
		seq.ReadASN1(&objects, cbasn1.OCTET_STRING) && seq.Empty()
	p := &Permissions{Principal: principal.ID(id), Epoch: epoch}
	if !ok || len(instance) != len(p.Instance) || id == 0 || uint64(p.Principal) != id {
		return nil, fmt.Errorf("%w: fields", ErrMalformed)
	}
	copy(p.Instance[:], instance)
	var err error
	if p.Roles, err = unpackRoles(roles); err != nil {
		return nil, err
	}
	if p.Entries, err = unpackEntries(sets, objects); err != nil {
		return nil, err
	}
	return p, nil
}

func unpackRoles(in cryptobyte.String) ([]principal.ID, error) {
	var out []principal.ID
	for !in.Empty() {
		var role uint64
		if !in.ReadASN1Integer(&role) || uint64(principal.ID(role)) != role {
			return nil, fmt.Errorf("%w: role", ErrMalformed)
		}
		if n := len(out); role == 0 || n > 0 && principal.ID(role) <= out[n-1] {
			return nil, fmt.Errorf("%w: roles out of order", ErrMalformed)
		}
		out = append(out, principal.ID(role))
	}
	return out, nil
}

func unpackEntries(rawSets, in []byte) ([]Entry, error) {
	sets, err := unpackSets(rawSets)
	if err != nil {
		return nil, err
	}
	used := make([]bool, len(sets))
	out := make([]Entry, 0, len(in)/2) // two bytes an entry at least
	object := uint64(0)
	for len(in) > 0 {
		var step, ref uint64
		if step, in, err = uvarint(in); err != nil {
			return nil, err
		}
		if ref, in, err = uvarint(in); err != nil {
			return nil, err
		}
		// Each bound before the addition: neither may wrap around.
		if step == 0 || step > 1<<32-1-object || ref>>1 >= uint64(len(sets)) {
			return nil, fmt.Errorf("%w: object after %d", ErrMalformed, object)
		}
		object += step
		used[ref>>1] = true
		out = append(out, Entry{Object: catalog.ID(object), Restricted: ref&1 == 1, Atoms: sets[ref>>1]})
	}
	if slices.Contains(used, false) {
		return nil, fmt.Errorf("%w: atom set without an object", ErrMalformed)
	}
	return out, nil
}

func unpackSets(in []byte) ([]privilege.Set, error) {
	if len(in)%8 != 0 {
		return nil, fmt.Errorf("%w: atom sets", ErrMalformed)
	}
	out := make([]privilege.Set, 0, len(in)/8)
	for ; len(in) > 0; in = in[8:] {
		s := privilege.Set(binary.BigEndian.Uint64(in))
		if n := len(out); s == 0 || n > 0 && s <= out[n-1] {
			return nil, fmt.Errorf("%w: atom sets out of order", ErrMalformed)
		}
		if s.Minus(privilege.Known) != 0 {
			return nil, fmt.Errorf("%w: atoms of a newer version", ErrMalformed)
		}
		out = append(out, s)
	}
	return out, nil
}

// uvarint reads a number in its shortest form.
func uvarint(in []byte) (uint64, []byte, error) {
	v, n := binary.Uvarint(in)
	if n <= 0 || n > 1 && in[n-1] == 0 {
		return 0, nil, fmt.Errorf("%w: number", ErrMalformed)
	}
	return v, in[n:], nil
}
