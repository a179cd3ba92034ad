package cert

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// ErrPages: the pages that a certificate vouches for are not all there and as
// they were when it was signed.
var ErrPages = errors.New("pages of the permission certificate are missing, changed or another's")

// pageSource is where pages are kept: catalog.Snapshot.
type pageSource interface {
	CertificatePage(p principal.ID, node uint32) *catalog.CertificatePage
}

// tree is a node whose page, and all pages below it, have been verified. It is
// immutable; trees of successive certificates share what did not change.
type tree struct {
	hash  hash
	below [fan]*tree // above level 0
	page  *packed    // at level 0
	count int
}

// Load reads and verifies the pages of a certificate that Verify found sound. It
// reads only those that differ from the certificate before, which may be nil. A
// certificate without pages is left as it is. Errors: ErrPages, ErrMalformed.
//
// Without all of its pages a certificate gives nothing at all: the missing one may
// hold exceptions.
func (p *Permissions) Load(from pageSource, before *Permissions) error {
	if p.Paged == nil {
		return nil
	}
	r := treeReader{place{p.Instance, p.Principal}, from}
	var old *tree
	level := p.Paged.Level
	if before != nil && before.Paged != nil && before.Instance == p.Instance && before.Principal == p.Principal {
		old = before.tree
		for l := before.Paged.Level; old != nil && l > level; l-- {
			old = old.below[0]
		}
		for l := before.Paged.Level; old != nil && l < level; l++ {
			old = &tree{below: [fan]*tree{old}}
		}
	}
	t, err := r.read(level, 0, p.Paged.Root, old)
	if err != nil {
		return err
	}
	if t.count != p.Paged.Entries {
		return fmt.Errorf("%w: %d entries in the pages of %d", ErrPages, t.count, p.Paged.Entries)
	}
	p.tree = t
	return nil
}

type treeReader struct {
	place place
	from  pageSource
}

// read verifies a node against the hash that the node above it has, or the
// certificate.
func (r treeReader) read(level uint8, number uint32, want hash, old *tree) (*tree, error) {
	if old != nil && old.hash == want {
		return old, nil // it was verified under the same hash, and all below it
	}
	data, err := r.verified(level, number, want)
	if err != nil {
		return nil, err
	}
	t := &tree{hash: want}
	if level == pagesLevel {
		entries, err := decodePage(number, data)
		if err != nil {
			return nil, err
		}
		t.page, t.count = pack(entries), len(entries)
		return t, nil
	}
	n, err := decodeInner(data)
	if err != nil {
		return nil, err
	}
	for i, h := range n {
		if h == (hash{}) {
			continue
		}
		var before *tree
		if old != nil {
			before = old.below[i]
		}
		if t.below[i], err = r.read(level-1, number<<fanBits|uint32(i), h, before); err != nil {
			return nil, err
		}
		t.count += t.below[i].count
	}
	return t, nil
}

// verified is the data of a page that has the hash.
func (r treeReader) verified(level uint8, number uint32, want hash) ([]byte, error) {
	node := nodeOf(level, number)
	rec := r.from.CertificatePage(r.place.principal, node)
	if rec == nil {
		return nil, fmt.Errorf("%w: page %d of level %d is missing", ErrPages, number, level)
	}
	if r.place.hash(node, rec.Data) != want {
		return nil, fmt.Errorf("%w: page %d of level %d", ErrPages, number, level)
	}
	return rec.Data, nil
}

// entry finds one entry below a node of a level.
func (t *tree) entry(level uint8, object catalog.ID) Entry {
	number := object >> pageBits
	if level < maxLevel && number>>(fanBits*level) != 0 {
		return Entry{}
	}
	for ; t != nil && level > pagesLevel; level-- {
		t = t.below[number>>(fanBits*(level-1))&(fan-1)]
	}
	if t == nil {
		return Entry{}
	}
	i, found := slices.BinarySearchFunc(t.page.cells, uint8(object), func(c cell, low uint8) int { return int(c.low) - int(low) })
	if !found {
		return Entry{}
	}
	return t.page.entry(t.page.cells[i])
}

// each visits all entries below a node, ascending, until visit says no.
func (t *tree) each(visit func(Entry) bool) bool {
	if t == nil {
		return true
	}
	if t.page != nil {
		for _, c := range t.page.cells {
			if !visit(t.page.entry(c)) {
				return false
			}
		}
		return true
	}
	for _, b := range t.below {
		if !b.each(visit) {
			return false
		}
	}
	return true
}
