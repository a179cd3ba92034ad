package cert

import (
	"slices"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// pages is where a transaction keeps pages: catalog.Tx.
type pages interface {
	pageSource
	CertificatePages(p principal.ID) []*catalog.CertificatePage
	PutCertificatePage(*catalog.CertificatePage) error
	DropCertificatePage(p principal.ID, node uint32) error
}

// rewriter changes entries in the pages of one principal. What it reads it
// verifies against the certificate in force: a page that somebody changed in the
// store must not be signed for.
type rewriter struct {
	treeReader
	to pages
}

func newRewriter(at place, tx pages) *rewriter { return &rewriter{treeReader{at, tx}, tx} }

// rewrite sets entries, which come by object, in the tree of old. One that says
// nothing is taken out. Errors are ErrPages and ErrMalformed of what is there, and
// those of the transaction.
func (w *rewriter) rewrite(old Paged, set []Entry) (Paged, error) {
	out := old
	if len(set) == 0 {
		return out, nil
	}
	// The root covers the highest id.
	for highest := highestOf(set); out.Level < maxLevel && highest>>pageBits>>(fanBits*out.Level) != 0; {
		out.Level++
		if out.Root == (hash{}) {
			continue
		}
		root, err := w.put(out.Level, 0, (&inner{out.Root}).encode())
		if err != nil {
			return out, err
		}
		out.Root = root
	}
	root, more, err := w.node(out.Level, 0, out.Root, set)
	if err != nil {
		return out, err
	}
	out.Root, out.Entries = root, out.Entries+more
	return w.lowered(out)
}

// highestOf is the highest object of an entry that says something.
func highestOf(set []Entry) uint32 {
	for i := len(set) - 1; i >= 0; i-- {
		if !set[i].isEmpty() {
			return set[i].Object
		}
	}
	return 0
}

// lowered takes away roots that have nothing but the node below.
func (w *rewriter) lowered(p Paged) (Paged, error) {
	for p.Level > 1 && p.Root != (hash{}) {
		data, err := w.verified(p.Level, 0, p.Root)
		if err != nil {
			return p, err
		}
		n, err := decodeInner(data)
		if err != nil {
			return p, err
		}
		if n.only() != 0 {
			return p, nil
		}
		if err := w.to.DropCertificatePage(w.place.principal, nodeOf(p.Level, 0)); err != nil {
			return p, err
		}
		p.Level, p.Root = p.Level-1, n[0]
	}
	return p, nil
}

// node sets the entries below one node and returns its new hash, zero when
// nothing is left, and by how many entries it has grown.
func (w *rewriter) node(level uint8, number uint32, was hash, set []Entry) (hash, int, error) {
	var data []byte
	if was != (hash{}) {
		var err error
		if data, err = w.verified(level, number, was); err != nil {
			return was, 0, err
		}
	}
	if level == pagesLevel {
		return w.page(number, was, data, set)
	}
	n := new(inner)
	if data != nil {
		var err error
		if n, err = decodeInner(data); err != nil {
			return was, 0, err
		}
	}
	more := 0
	for len(set) > 0 {
		child := uint32(set[0].Object) >> pageBits >> (fanBits * (level - 1))
		end := 1
		for end < len(set) && uint32(set[end].Object)>>pageBits>>(fanBits*(level-1)) == child {
			end++
		}
		// What the root does not cover has no entries; such a change says nothing.
		if child>>fanBits == number {
			slot := &n[child&(fan-1)]
			h, grown, err := w.node(level-1, child, *slot, set[:end])
			if err != nil {
				return was, 0, err
			}
			*slot, more = h, more+grown
		}
		set = set[end:]
	}
	if *n == (inner{}) {
		return w.drop(level, number, was, more)
	}
	h, err := w.putChanged(level, number, was, n.encode())
	return h, more, err
}

// page sets entries in one page of level 0.
func (w *rewriter) page(number uint32, was hash, data []byte, set []Entry) (hash, int, error) {
	var entries []Entry
	if data != nil {
		var err error
		if entries, err = decodePage(number, data); err != nil {
			return was, 0, err
		}
	}
	before := len(entries)
	for _, e := range set {
		entries = withEntry(entries, nil, e)
	}
	if len(entries) == 0 {
		return w.drop(pagesLevel, number, was, -before)
	}
	h, err := w.putChanged(pagesLevel, number, was, encodePage(entries))
	return h, len(entries) - before, err
}

func (w *rewriter) drop(level uint8, number uint32, was hash, more int) (hash, int, error) {
	if was == (hash{}) {
		return was, more, nil
	}
	return hash{}, more, w.to.DropCertificatePage(w.place.principal, nodeOf(level, number))
}

func (w *rewriter) putChanged(level uint8, number uint32, was hash, data []byte) (hash, error) {
	if h := w.place.hash(nodeOf(level, number), data); h == was {
		return h, nil
	}
	return w.put(level, number, data)
}

func (w *rewriter) put(level uint8, number uint32, data []byte) (hash, error) {
	node := nodeOf(level, number)
	err := w.to.PutCertificatePage(&catalog.CertificatePage{Principal: w.place.principal, Node: node, Data: data})
	return w.place.hash(node, data), err
}

// rebuild writes the pages of a list of entries, whatever is there now. It puts
// those that differ and drops those that are none any more.
func rebuild(at place, tx pages, entries []Entry) (Paged, error) {
	kept := &memoryPages{at.principal, map[uint32][]byte{}}
	made, err := newRewriter(at, kept).rewrite(Paged{Level: 1}, entries)
	if err != nil {
		return made, err
	}
	for _, rec := range slices.Clone(tx.CertificatePages(at.principal)) {
		data, ok := kept.data[rec.Node]
		switch {
		case !ok:
			err = tx.DropCertificatePage(at.principal, rec.Node)
		case slices.Equal(data, rec.Data):
			delete(kept.data, rec.Node)
		}
		if err != nil {
			return made, err
		}
	}
	for node, data := range kept.data {
		if err := tx.PutCertificatePage(&catalog.CertificatePage{Principal: at.principal, Node: node, Data: data}); err != nil {
			return made, err
		}
	}
	return made, nil
}

// memoryPages are pages that no transaction has yet.
type memoryPages struct {
	principal principal.ID
	data      map[uint32][]byte
}

func (m *memoryPages) CertificatePage(_ principal.ID, node uint32) *catalog.CertificatePage {
	if data, ok := m.data[node]; ok {
		return &catalog.CertificatePage{Principal: m.principal, Node: node, Data: data}
	}
	return nil
}

func (m *memoryPages) CertificatePages(principal.ID) []*catalog.CertificatePage { return nil }

func (m *memoryPages) PutCertificatePage(rec *catalog.CertificatePage) error {
	m.data[rec.Node] = rec.Data
	return nil
}

func (m *memoryPages) DropCertificatePage(_ principal.ID, node uint32) error {
	delete(m.data, node)
	return nil
}
