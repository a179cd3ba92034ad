// Package cert issues and verifies permission certificates: signed statements
// of what one principal may do. A certificate is an X.509 v3 leaf of the
// instance's permission authority (Ed25519) with one private extension, written
// down byte by byte in docs/formats/certificate.md.
//
// The catalog's grants are the source; an Issuer, hooked into every catalog
// transaction, re-issues the certificates of exactly those principals whose
// grants the transaction changed, in that transaction. Package bucket verifies
// certificates and answers checks from them; nothing is verified per check.
package cert

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Instance identifies the store that a certificate is for: catalog.Snapshot.Instance as bytes.
type Instance [16]byte

// ParseInstance reads the catalog's form, 32 hex digits.
func ParseInstance(text string) (Instance, error) {
	var i Instance
	if len(text) != 2*len(i) {
		return i, fmt.Errorf("instance id has %d characters, not %d", len(text), 2*len(i))
	}
	if _, err := hex.Decode(i[:], []byte(text)); err != nil {
		return i, fmt.Errorf("instance id: %w", err)
	}
	return i, nil
}

// Entry is what the principal itself was granted on one object.
type Entry struct {
	Object catalog.ID
	// Restricted: a row policy, a column list or a mask applies, so only
	// readers that evaluate it may use the atoms.
	Restricted bool
	Atoms      privilege.Set
	// Except is what the principal's entry on what the object is in does not give
	// here: on its database, for a database on the system.
	Except privilege.Set
	// Deny is what nobody gives here to who has this certificate among those that
	// count for him. In a certificate Atoms, Except or Deny is not empty.
	Deny privilege.Set
}

func (e Entry) isEmpty() bool { return e.Atoms|e.Except|e.Deny == 0 }

// Held is what one principal holds on an object by its entries on the object,
// on the database and on the system, but for what is restricted and for denials. For
// a database its entry stands twice.
func Held(object, database, system Entry) privilege.Set {
	return unrestricted(object) | unrestricted(database)&^object.Except | privilege.FromSystem(unrestricted(system))&^database.Except
}

// HeldRestricted is what Held leaves out: what the principal holds only under a
// row filter, a column list or a mask.
func HeldRestricted(object, database Entry) privilege.Set {
	return (object.Atoms &^ unrestricted(object)) | (database.Atoms&^unrestricted(database))&^object.Except
}

func unrestricted(e Entry) privilege.Set {
	if e.Restricted {
		return 0
	}
	return e.Atoms
}

// Permissions is the content of a permission certificate. It is immutable once
// signed or verified; callers must not change what they get.
type Permissions struct {
	Instance  Instance
	Principal principal.ID
	Name      string // subject, for people
	Serial    uint64
	Issuer    string         // the authority's name
	Epoch     uint64         // security epoch in which it was issued
	Roles     []principal.ID // roles and groups held directly, ascending
	Entries   []Entry        // by ascending object, each once; none where there are pages
	// Paged is not nil when the entries are in pages, which Load reads.
	Paged *Paged

	NotBefore, NotAfter time.Time // whole seconds, UTC
	// Until is when the first part of the entries ends, zero for never: the certificate
	// ends with it. It is not in the certificate.
	Until time.Time

	tree *tree // the pages, once they are loaded
	// ended: its time is over, so only what it denies counts.
	ended bool
}

// AfterEnd is what is left of permissions whose time is over: their denials.
func (p *Permissions) AfterEnd() *Permissions {
	q := *p
	q.Roles, q.ended = nil, true
	return &q
}

// HasEnded reports whether p is what AfterEnd has left.
func (p *Permissions) HasEnded() bool { return p.ended }

// Entry finds what the principal was granted on one object; the zero Entry
// where that is nothing.
func (p *Permissions) Entry(object catalog.ID) Entry {
	var e Entry
	if p.Paged != nil {
		e = p.tree.entry(p.Paged.Level, object)
	} else {
		list := p.Entries
		if i := sort.Search(len(list), func(i int) bool { return list[i].Object >= object }); i < len(list) && list[i].Object == object {
			e = list[i]
		}
	}
	if p.ended {
		return Entry{Object: e.Object, Deny: e.Deny}
	}
	return e
}

// Each visits all entries by ascending object, until visit says no.
func (p *Permissions) Each(visit func(Entry) bool) {
	if p.ended {
		all := visit
		visit = func(e Entry) bool { return e.Deny == 0 || all(Entry{Object: e.Object, Deny: e.Deny}) }
	}
	if p.Paged != nil {
		p.tree.each(visit)
		return
	}
	for _, e := range p.Entries {
		if !visit(e) {
			return
		}
	}
}

// Len is how many entries there are.
func (p *Permissions) Len() int {
	if p.Paged != nil {
		return p.Paged.Entries
	}
	return len(p.Entries)
}

// ErrInvalid: the permissions cannot stand in a certificate.
var ErrInvalid = errors.New("permissions cannot be certified")

// check keeps what the decoder would refuse from being signed.
func (p *Permissions) check() error {
	if p.Principal == 0 || p.Serial == 0 || !p.NotAfter.After(p.NotBefore) {
		return fmt.Errorf("%w: principal %d, serial %d, valid from %v to %v", ErrInvalid, p.Principal, p.Serial, p.NotBefore, p.NotAfter)
	}
	if !slices.IsSortedFunc(p.Roles, strictly[principal.ID]) {
		return fmt.Errorf("%w: roles of principal %d are not in order", ErrInvalid, p.Principal)
	}
	if g := p.Paged; g != nil && (len(p.Entries) > 0 || g.Entries <= 0 || g.Level == 0 || g.Level > maxLevel || g.Root == (hash{})) {
		return fmt.Errorf("%w: %d entries in pages under level %d for principal %d", ErrInvalid, g.Entries, g.Level, p.Principal)
	}
	for i, e := range p.Entries {
		if e.Object == 0 || i > 0 && e.Object <= p.Entries[i-1].Object {
			return fmt.Errorf("%w: object %d of principal %d is out of order", ErrInvalid, e.Object, p.Principal)
		}
		if e.isEmpty() || e.Restricted && e.Atoms == 0 || (e.Atoms|e.Except|e.Deny).Minus(privilege.Known) != 0 || e.Deny.Has(privilege.SysAdmin) {
			return fmt.Errorf("%w: atoms %s, except %s, denied %s on object %d", ErrInvalid, e.Atoms, e.Except, e.Deny, e.Object)
		}
	}
	return nil
}

// strictly makes IsSortedFunc, which asks whether an element is less than the
// one before, count equal neighbours as out of order.
func strictly[T ~uint32](a, b T) int {
	if a > b {
		return 1
	}
	return -1
}

// Of computes what the catalog grants a principal itself, without serial and
// validity. Entries that a wider one of the same principal already contains
// (SYSTEM ADMIN contains all, a database what is in it) are left out: an owner
// of 100,000 tables in his own database needs one.
func Of(s *catalog.Snapshot, id principal.ID) (*Permissions, error) {
	rec := s.PrincipalByID(id)
	if rec == nil {
		return nil, fmt.Errorf("%w: no principal %d", ErrInvalid, id)
	}
	instance, err := ParseInstance(s.Instance())
	if err != nil {
		return nil, err
	}
	return &Permissions{
		Instance: instance, Principal: id, Name: rec.Name, Epoch: s.SecurityEpoch(),
		Until: s.FirstEnd(id),
		Roles: rolesOf(s, id), Entries: entriesOf(s, id, false),
	}, nil
}

// entriesOf are the entries of a principal. With all, exceptions stay that take
// nothing away now: in pages they do, so that a grant on a database is one entry.
func entriesOf(s *catalog.Snapshot, id principal.ID, all bool) []Entry {
	return withoutContained(s, withScopes(s, id, withExceptions(merged(s.GrantsTo(id)), s.ExceptionsOf(id))), all)
}

// merged makes one entry an object of grants that come sorted by object.
func merged(grants []*catalog.Grant) []Entry {
	out := make([]Entry, 0, len(grants))
	for _, g := range grants {
		if n := len(out); n > 0 && out[n-1].Object == g.Object {
			out[n-1].Atoms |= g.Atoms
			continue
		}
		out = append(out, Entry{Object: g.Object, Atoms: g.Atoms})
	}
	return out
}

// withoutContained drops, in place, what wider entries of the list contain.
func withoutContained(s *catalog.Snapshot, list []Entry, all bool) []Entry {
	wide := &Permissions{}
	for _, e := range list {
		if isWide(s.Object(e.Object).Kind) {
			wide.Entries = append(wide.Entries, wide.reduced(e, 0)) // the system comes first
		}
	}
	for i, e := range list {
		list[i] = wide.reduced(e, s.Object(e.Object).Database)
		if all {
			list[i].Except = e.Except
		}
	}
	return slices.DeleteFunc(list, Entry.isEmpty)
}

// reduced is an entry as it stands in a certificate beside the entries on the
// system and on the object's database: without an exception to what those do
// not give, and without atoms when they give all of them.
func (p *Permissions) reduced(e Entry, database catalog.ID) Entry {
	if e.Restricted || e.Object == catalog.System {
		return e
	}
	covered := privilege.FromSystem(privilege.Blind(p.Entry(catalog.System).Atoms)) // whether administrators have data access is the server's
	if database != 0 {
		around := p.Entry(database)
		e.Except &= around.Atoms
		covered = covered&^around.Except | around.Atoms&^e.Except
	} else {
		e.Except &= covered
		covered &^= e.Except
	}
	if covered.HasAll(e.Atoms) {
		e.Atoms = 0
	}
	return e
}

// withExceptions adds exceptions, which come sorted by object, to entries.
func withExceptions(list []Entry, exceptions []*catalog.Exception) []Entry {
	for _, x := range exceptions {
		i, found := slices.BinarySearchFunc(list, x.Object, func(e Entry, id catalog.ID) int { return cmp.Compare(e.Object, id) })
		if !found {
			list = slices.Insert(list, i, Entry{Object: x.Object})
		}
		list[i].Except, list[i].Deny = x.Atoms, x.Deny
	}
	return list
}

// withScopes sets the entries on what grants and denials on scopes reach: a certificate
// says of each object what is held on it.
func withScopes(s *catalog.Snapshot, id principal.ID, list []Entry) []Entry {
	for _, o := range s.InScopes(id) {
		i, found := slices.BinarySearchFunc(list, o.ID, func(e Entry, id catalog.ID) int { return cmp.Compare(e.Object, id) })
		if !found {
			list = slices.Insert(list, i, Entry{})
		}
		list[i] = entryOn(s, id, o)
	}
	return slices.DeleteFunc(list, Entry.isEmpty)
}

// entryOn is what the catalog grants a principal on one object, and takes there.
func entryOn(s *catalog.Snapshot, id principal.ID, o catalog.Object) Entry {
	e := Entry{Object: o.ID, Except: s.Excepted(id, o), Deny: s.Denied(id, o)}
	own, wider := s.Reaching(id, o)
	for _, g := range own {
		e.Atoms |= g.Atoms
	}
	here := s.Exception(id, o.ID).Atoms // what is excepted on a scope is not of what is granted there
	for _, g := range wider {
		e.Atoms |= g.Atoms &^ here
	}
	return e
}
