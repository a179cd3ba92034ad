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

// Versions of the extension's content. The lowest that can say it is written.
const (
	formatVersion           = 1
	formatVersionExceptions = 2 // has a list of exceptions
	formatVersionDenials    = 3 // and one of denials; that of exceptions may be empty
	formatVersionPaged      = 4 // has its entries in pages
)

// ErrMalformed: the extension is not what the format says. Only the one
// encoding of a content is accepted, so equal permissions are equal bytes.
var ErrMalformed = errors.New("malformed permission extension")

// encodeExtension is the DER content of the extension.
func encodeExtension(p *Permissions) ([]byte, error) {
	sets, objects, exceptions, denials := packEntries(p.Entries)
	version := uint64(formatVersion)
	switch {
	case len(denials) > 0:
		version = formatVersionDenials
	case len(exceptions) > 0:
		version = formatVersionExceptions
	}
	if p.Paged != nil {
		version = formatVersionPaged
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Uint64(version)
		b.AddASN1OctetString(p.Instance[:])
		b.AddASN1Uint64(uint64(p.Principal))
		b.AddASN1Uint64(p.Epoch)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, role := range p.Roles {
				b.AddASN1Uint64(uint64(role))
			}
		})
		if p.Paged != nil {
			b.AddASN1Uint64(uint64(p.Paged.Entries))
			b.AddASN1Uint64(uint64(p.Paged.Level))
			b.AddASN1OctetString(p.Paged.Root[:])
			return
		}
		b.AddASN1OctetString(sets)
		b.AddASN1OctetString(objects)
		if version >= formatVersionExceptions {
			b.AddASN1OctetString(exceptions)
		}
		if version == formatVersionDenials {
			b.AddASN1OctetString(denials)
		}
	})
	der, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("encode permissions: %w", err)
	}
	return der, nil
}

// packEntries makes the table of distinct atom sets, 8 bytes each, ascending,
// and the lists of objects, of exceptions and of denials: the distance from the
// object before, then the index of its set doubled, plus one when restricted.
func packEntries(entries []Entry) (sets, objects, exceptions, denials []byte) {
	index := map[privilege.Set]uint64{}
	for _, e := range entries {
		for _, s := range []privilege.Set{e.Atoms, e.Except, e.Deny} {
			if s != 0 {
				index[s] = 0
			}
		}
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
	var object, exception, denial catalog.ID
	for _, e := range entries {
		if e.Atoms != 0 {
			ref := index[e.Atoms] << 1
			if e.Restricted {
				ref |= 1
			}
			objects = binary.AppendUvarint(objects, uint64(e.Object-object))
			objects = binary.AppendUvarint(objects, ref)
			object = e.Object
		}
		if e.Except != 0 {
			exceptions = binary.AppendUvarint(exceptions, uint64(e.Object-exception))
			exceptions = binary.AppendUvarint(exceptions, index[e.Except]<<1)
			exception = e.Object
		}
		if e.Deny != 0 {
			denials = binary.AppendUvarint(denials, uint64(e.Object-denial))
			denials = binary.AppendUvarint(denials, index[e.Deny]<<1)
			denial = e.Object
		}
	}
	return sets, objects, exceptions, denials
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
	if version < formatVersion || version > formatVersionPaged {
		return nil, fmt.Errorf("%w: version %d, this program knows up to %d", ErrMalformed, version, formatVersionPaged)
	}
	var instance, roles cryptobyte.String
	ok := seq.ReadASN1(&instance, cbasn1.OCTET_STRING) && seq.ReadASN1Integer(&id) && seq.ReadASN1Integer(&epoch) &&
		seq.ReadASN1(&roles, cbasn1.SEQUENCE)
	p := &Permissions{Principal: principal.ID(id), Epoch: epoch}
	if !ok || len(instance) != len(p.Instance) || id == 0 || uint64(p.Principal) != id {
		return nil, fmt.Errorf("%w: fields", ErrMalformed)
	}
	copy(p.Instance[:], instance)
	var err error
	if p.Roles, err = unpackRoles(roles); err != nil {
		return nil, err
	}
	if version == formatVersionPaged {
		p.Paged, err = decodePaged(seq)
	} else {
		p.Entries, err = decodeEntries(seq, version)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// decodePaged reads the rest of version 4.
func decodePaged(seq cryptobyte.String) (*Paged, error) {
	var entries, level uint64
	var root cryptobyte.String
	ok := seq.ReadASN1Integer(&entries) && seq.ReadASN1Integer(&level) && seq.ReadASN1(&root, cbasn1.OCTET_STRING) && seq.Empty()
	p := &Paged{Entries: int(entries), Level: uint8(level)}
	if !ok || len(root) != len(p.Root) || entries == 0 || entries > 1<<32 || level == 0 || level > maxLevel {
		return nil, fmt.Errorf("%w: pages", ErrMalformed)
	}
	if copy(p.Root[:], root); p.Root == (hash{}) {
		return nil, fmt.Errorf("%w: pages", ErrMalformed)
	}
	return p, nil
}

// decodeEntries reads the rest of the versions before.
func decodeEntries(seq cryptobyte.String, version uint64) ([]Entry, error) {
	var sets, objects, exceptions, denials cryptobyte.String
	ok := seq.ReadASN1(&sets, cbasn1.OCTET_STRING) && seq.ReadASN1(&objects, cbasn1.OCTET_STRING)
	if ok && version >= formatVersionExceptions {
		ok = seq.ReadASN1(&exceptions, cbasn1.OCTET_STRING) && (len(exceptions) > 0 || version == formatVersionDenials)
	}
	if ok && version == formatVersionDenials {
		ok = seq.ReadASN1(&denials, cbasn1.OCTET_STRING) && len(denials) > 0
	}
	if !ok || !seq.Empty() {
		return nil, fmt.Errorf("%w: fields", ErrMalformed)
	}
	return unpackEntries(sets, objects, exceptions, denials)
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

func unpackEntries(rawSets, objects, exceptions, denials []byte) ([]Entry, error) {
	sets, err := unpackSets(rawSets)
	if err != nil {
		return nil, err
	}
	used := make([]bool, len(sets))
	out, err := unpackObjects(objects, sets, used)
	if err != nil {
		return nil, err
	}
	except, err := unpackObjects(exceptions, sets, used)
	if err != nil {
		return nil, err
	}
	deny, err := unpackObjects(denials, sets, used)
	if err != nil {
		return nil, err
	}
	if slices.Contains(used, false) {
		return nil, fmt.Errorf("%w: atom set without an object", ErrMalformed)
	}
	out, err = merge(out, except, func(e *Entry, s privilege.Set) { e.Except = s })
	if err != nil {
		return nil, err
	}
	return merge(out, deny, func(e *Entry, s privilege.Set) { e.Deny = s })
}

// merge puts a list of exceptions or denials, whose sets stand in Atoms, among the
// entries. Both are in order.
func merge(entries, more []Entry, set func(*Entry, privilege.Set)) ([]Entry, error) {
	if len(more) == 0 {
		return entries, nil
	}
	out := make([]Entry, 0, len(entries)+len(more))
	for _, x := range more {
		if x.Restricted {
			return nil, fmt.Errorf("%w: restricted exception on object %d", ErrMalformed, x.Object)
		}
		n := 0
		for n < len(entries) && entries[n].Object < x.Object {
			n++
		}
		out, entries = append(out, entries[:n]...), entries[n:]
		e := Entry{Object: x.Object}
		if len(entries) > 0 && entries[0].Object == x.Object {
			e, entries = entries[0], entries[1:]
		}
		set(&e, x.Atoms)
		out = append(out, e)
	}
	return append(out, entries...), nil
}

// unpackObjects reads one list and marks the sets that it uses.
func unpackObjects(in []byte, sets []privilege.Set, used []bool) ([]Entry, error) {
	var err error
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
