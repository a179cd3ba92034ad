package directory

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/principal"
)

// maxRemembered bounds what strangers can make us remember.
const maxRemembered = 10_000

// proofs remember which passwords were accepted and refused, as HMACs under a
// key that lives as long as the process. How long they count is the caller's, who
// knows when the account changed.
type proofs struct {
	key         [32]byte
	negativeTTL time.Duration

	mu      sync.Mutex
	yes     map[principal.ID]digest
	no      map[digest]refusal
	aliases map[string]principal.ID // folded names that are not the account's own
}

type digest [sha256.Size]byte

type refusal struct {
	until time.Time
	why   error
}

func newProofs(cfg Settings) *proofs {
	p := &proofs{negativeTTL: cfg.NegativeTTL}
	_, _ = rand.Read(p.key[:]) // it never fails
	p.yes, p.no, p.aliases = map[principal.ID]digest{}, map[digest]refusal{}, map[string]principal.ID{}
	return p
}

func (p *proofs) digest(epoch uint64, name, password string) (d digest) {
	mac := hmac.New(sha256.New, p.key[:])
	head := binary.BigEndian.AppendUint64(nil, epoch)
	head = binary.BigEndian.AppendUint64(head, uint64(len(name)))
	mac.Write(head)
	mac.Write([]byte(name))
	mac.Write([]byte(password))
	mac.Sum(d[:0])
	return d
}

func (p *proofs) accept(account authn.Account, name, password string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.yes) >= maxRemembered {
		clear(p.yes)
	}
	p.yes[account.ID] = p.digest(account.Epoch, catalog.FoldPrincipal(name), password)
	if folded := catalog.FoldPrincipal(name); folded != catalog.FoldPrincipal(account.Name) {
		if len(p.aliases) >= maxRemembered {
			clear(p.aliases)
		}
		p.aliases[folded] = account.ID
	}
}

func (p *proofs) accepted(account authn.Account, name, password string) bool {
	p.mu.Lock()
	have, ok := p.yes[account.ID]
	p.mu.Unlock()
	want := p.digest(account.Epoch, catalog.FoldPrincipal(name), password)
	return ok && hmac.Equal(have[:], want[:])
}

// alias is the account that last logged in by a name that is not its own.
func (p *proofs) alias(name string) principal.ID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.aliases[catalog.FoldPrincipal(name)]
}

// refuse remembers a refusal of an account in the state of epoch, 0 for none.
func (p *proofs) refuse(epoch uint64, name, password string, why error, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.no) >= maxRemembered {
		clear(p.no)
	}
	p.no[p.digest(epoch, name, password)] = refusal{now.Add(p.negativeTTL), why}
}

// refused is why the same password was refused a moment ago, nil when it was not.
func (p *proofs) refused(epoch uint64, name, password string, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.no[p.digest(epoch, name, password)]
	if !ok || !now.Before(r.until) {
		return nil
	}
	return r.why
}
