package bucket

import (
	"slices"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
)

// Branch is a bucket for a branch of the catalog: what its sessions may do is what certificates in force say, and beside
// that what the changes of the branch would have them say, which nobody has signed and which ends with it. It is nil when
// the catalog has changed since the branch was made. The caller closes it.
func (b *Bucket) Branch(c *catalog.Catalog) *Bucket {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := *b.state.Load()
	if s.snapshot.Version() != c.Snapshot().Version() {
		return nil
	}
	s.snapshot, s.held, s.changes = c.Snapshot(), s.held.Copy(), slices.Clone(s.changes)
	out := &Bucket{catalog: c, authority: b.authority, report: b.report, branch: true, rights: map[principal.ID]*Rights{}, standing: map[principal.ID]*Rights{}}
	out.mu.Lock()
	defer out.mu.Unlock()
	c.AfterCommit(out.afterCommit)
	out.publishLocked(&s)
	out.timer = time.AfterFunc(out.untilExpiry(&s), out.onTimer)
	return out
}

// suppose is admit in a branch. Who has no certificate in force has nothing by what he is granted in it.
func (b *Bucket) suppose(s *state, id principal.ID) {
	before, _ := s.held.Get(id)
	if before == nil || before.HasEnded() {
		return
	}
	s.held.Delete(id)
	if s.snapshot.PrincipalByID(id) == nil {
		return
	}
	p, err := cert.Of(s.snapshot, id)
	if err != nil {
		b.refuse(id, err)
		return
	}
	p.Issuer, p.Serial, p.NotBefore, p.NotAfter = before.Issuer, before.Serial, before.NotBefore, before.NotAfter
	s.held.Set(id, p)
}
