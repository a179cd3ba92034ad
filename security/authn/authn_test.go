package authn

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi"
)

// house is an authenticator over a real catalog, with a clock that stands
// still and waits that take no time.
type house struct {
	t       *testing.T
	catalog *catalog.Catalog
	hasher  *Hasher
	auth    *Authenticator

	mu     sync.Mutex
	now    time.Time
	waited []time.Duration
	events []Event

	unwritable error // what the audit log answers
}

func newHouse(t *testing.T) *house {
	t.Helper()
	db, err := kivi.Open(kivi.Options{InMemory: true, CacheBytes: 1 << 20, MemtableBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c, err := catalog.Open(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, catalog: c, hasher: NewHasher(cheap, 2), now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	h.auth = New(Options{
		Directory: NewCatalogDirectory(c, h.hasher, time.Now),
		Now:       func() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.now },
		Audit: func(e Event) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.events = append(h.events, e)
			return h.unwritable
		},
		Wait: func(ctx context.Context, d time.Duration) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.waited = append(h.waited, d)
			h.now = h.now.Add(d)
			return ctx.Err()
		},
	})
	return h
}

func (h *house) put(p catalog.Principal, password string) principal.ID {
	h.t.Helper()
	if password != "" {
		phc, err := h.hasher.Hash(context.Background(), password)
		if err != nil {
			h.t.Fatal(err)
		}
		p.Password = phc
	}
	err := h.catalog.Update(context.Background(), func(tx *catalog.Tx) error {
		if p.ID == 0 {
			id, err := tx.AllocID()
			if err != nil {
				return err
			}
			p.ID = principal.ID(id)
		}
		return tx.PutPrincipal(&p)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return p.ID
}

func (h *house) user(name, password string) principal.ID {
	h.t.Helper()
	return h.put(catalog.Principal{Name: name, Kind: catalog.KindUser}, password)
}

func (h *house) change(name string, edit func(*catalog.Principal)) {
	h.t.Helper()
	p := *h.catalog.Snapshot().Principal(name)
	edit(&p)
	h.put(p, "")
}

// login returns the reason from the audit log, and checks that the caller
// learns nothing of it.
func (h *house) login(user, password, remote string) (principal.Principal, error) {
	h.t.Helper()
	who, err := h.auth.Login(context.Background(), Attempt{User: user, Password: password, Remote: remote})
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.events[len(h.events)-1]
	if (err == nil) != (e.Err == nil) || (err == nil) == who.IsNobody() || e.ID != who.ID() {
		h.t.Errorf("login of %q: principal %v, error %v, audited %+v", user, who, err, e)
	}
	if err != nil && (err != ErrRefused || who != principal.Principal{}) {
		h.t.Errorf("login of %q tells more than a refusal: %v, %v", user, who, err)
	}
	return who, e.Err
}

func TestLogin(t *testing.T) {
	h := newHouse(t)
	id := h.user("Ännchen", "geheim")
	h.put(catalog.Principal{Name: "clerks", Kind: catalog.KindRole}, "geheim")
	h.user("locked", "geheim")
	h.change("locked", func(p *catalog.Principal) { p.Locked = true })
	h.user("nopassword", "")

	for _, name := range []string{"Ännchen", "ÄNNCHEN", "ännchen"} {
		who, err := h.login(name, "geheim", "10.0.0.1:4711")
		if err != nil || who.ID() != id || who.Name() != "Ännchen" || who.Source() != principal.Password {
			t.Errorf("%s: %v, %v", name, who, err)
		}
	}
	long := strings.Repeat("x", MaxPasswordBytes+1)
	for _, c := range []struct {
		user, password string
		want           error
	}{
		{"Ännchen", "Geheim", ErrWrongPassword},
		{"nobody", "geheim", ErrUnknownUser},
		{"locked", "geheim", ErrLocked},
		{"clerks", "geheim", ErrNotAUser},
		{"PUBLIC", "geheim", ErrNotAUser},
		{"nopassword", "geheim", ErrNoPassword},
		{"root", "root", ErrNoPassword}, // of a new store: no default password
		{"Ännchen", "", ErrPasswordEmpty},
		{"nopassword", "", ErrPasswordEmpty},
		{"root", "", ErrPasswordEmpty},
		{"Ännchen", "geheim\x00", ErrPasswordNUL},
		{"Ännchen", long, ErrPasswordTooLong},
		{"", "geheim", ErrUserName},
		{"Ännchen\x00", "geheim", ErrUserName},
		{long, "geheim", ErrUserName},
	} {
		if _, err := h.login(c.user, c.password, "10.0.0.2"); !errors.Is(err, c.want) {
			t.Errorf("%.20q with %.20q: %v, want %v", c.user, c.password, err, c.want)
		}
	}
	for _, e := range h.events {
		if len(e.User) > maxUserBytes || strings.Contains(fmt.Sprint(e), "geheim") {
			t.Errorf("event with a secret or without bound: %.300v", e)
		}
	}
}

func TestBrokenRecordIsRefused(t *testing.T) {
	h := newHouse(t)
	h.put(catalog.Principal{Name: "ann", Kind: catalog.KindUser, Password: "plain"}, "")
	if _, err := h.login("ann", "plain", "x"); !errors.Is(err, errHash) {
		t.Errorf("got %v", err)
	}
}

// lockedMeanwhile accepts every password and locks the account while checking.
type lockedMeanwhile struct {
	Directory
	during func()
}

func (d lockedMeanwhile) Verify(ctx context.Context, name, password string) (Account, error) {
	a, err := d.Directory.Verify(ctx, name, password)
	d.during()
	return a, err
}

func TestChangeDuringLogin(t *testing.T) {
	for what, during := range map[string]func(*house){
		"locked": func(h *house) { h.change("ann", func(p *catalog.Principal) { p.Locked = true }) },
		"password changed": func(h *house) {
			h.change("ann", func(p *catalog.Principal) { p.Password, _ = h.hasher.Hash(context.Background(), "new") })
		},
		"dropped": func(h *house) {
			h.drop("ann")
		},
		"dropped and made again": func(h *house) { h.drop("ann"); h.user("ann", "geheim") },
	} {
		h := newHouse(t)
		h.user("ann", "geheim")
		h.auth.directory = lockedMeanwhile{h.auth.directory, func() { during(h) }}
		if _, err := h.login("ann", "geheim", "x"); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func (h *house) drop(name string) {
	h.t.Helper()
	err := h.catalog.Update(context.Background(), func(tx *catalog.Tx) error {
		return tx.DropPrincipal(tx.Principal(name).ID)
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// scramble is what a client sends, computed as the protocol's description says.
func scramble(password string, nonce []byte) []byte {
	once := sha256.Sum256([]byte(password))
	twice := sha256.Sum256(once[:])
	mask := sha256.Sum256(append(twice[:], nonce...))
	out := make([]byte, len(once))
	for i := range out {
		out[i] = once[i] ^ mask[i]
	}
	return out
}

var nonce = []byte("12345678901234567890")

func TestFastCheck(t *testing.T) {
	h := newHouse(t)
	id := h.user("ann", "geheim")
	good := scramble("geheim", nonce)
	fast := func(user string, nonce, scramble []byte) bool {
		who, ok := h.auth.FastCheck(Attempt{User: user}, nonce, scramble)
		if ok && who.ID() != id || !ok && !who.IsNobody() {
			t.Errorf("FastCheck of %s: %v, %t", user, who, ok)
		}
		return ok
	}
	if fast("ann", nonce, good) {
		t.Error("accepted before the directory ever accepted the password")
	}
	if _, err := h.login("ann", "geheim", "x"); err != nil {
		t.Fatal(err)
	}
	if !fast("ann", nonce, good) || !fast("ANN", nonce, good) {
		t.Error("refused after a login")
	}
	if e := h.events[len(h.events)-1]; !e.Fast || e.ID != id || e.Err != nil {
		t.Errorf("audited as %+v", e)
	}
	other := []byte("ABCDEFGHIJKLMNOPQRST")
	for what, ok := range map[string]bool{
		"another connection's nonce": fast("ann", other, good),
		"wrong password":             fast("ann", nonce, scramble("Geheim", nonce)),
		"empty scramble":             fast("ann", nonce, nil),
		"short scramble":             fast("ann", nonce, good[:31]),
		"long scramble":              fast("ann", nonce, append(good[:32:32], 0)),
		"no nonce":                   fast("ann", nil, scramble("geheim", nil)),
		"zeros":                      fast("ann", nonce, make([]byte, 32)),
		"another user":               fast("root", nonce, good),
		"unknown user":               fast("bob", nonce, good),
	} {
		if ok {
			t.Errorf("accepted: %s", what)
		}
	}
	if !fast("ann", nonce, good) {
		t.Error("a few failures took the entry away")
	}
}

func TestFastCheckEndsWithTheAccountsState(t *testing.T) {
	for what, change := range map[string]func(*house){
		"locked": func(h *house) { h.change("ann", func(p *catalog.Principal) { p.Locked = true }) },
		"locked and unlocked": func(h *house) {
			h.change("ann", func(p *catalog.Principal) { p.Locked = true })
			h.change("ann", func(p *catalog.Principal) { p.Locked = false })
		},
		"same password set again": func(h *house) {
			h.change("ann", func(p *catalog.Principal) { p.Password, _ = h.hasher.Hash(context.Background(), "geheim") })
		},
		"dropped":                func(h *house) { h.drop("ann") },
		"dropped and made again": func(h *house) { h.drop("ann"); h.user("ann", "geheim") },
		"forgotten":              func(h *house) { h.auth.Forget(h.catalog.Snapshot().Principal("ann").ID) },
	} {
		h := newHouse(t)
		h.user("ann", "geheim")
		if _, err := h.login("ann", "geheim", "x"); err != nil {
			t.Fatal(err)
		}
		if _, ok := h.auth.FastCheck(Attempt{User: "ann"}, nonce, scramble("geheim", nonce)); !ok {
			t.Fatalf("%s: refused before", what)
		}
		change(h)
		if _, ok := h.auth.FastCheck(Attempt{User: "ann"}, nonce, scramble("geheim", nonce)); ok {
			t.Errorf("%s: accepted after", what)
		}
	}
}

func TestFastCacheIsNoOracle(t *testing.T) {
	h := newHouse(t)
	h.user("ann", "geheim")
	if _, err := h.login("ann", "geheim", "x"); err != nil {
		t.Fatal(err)
	}
	for i := range maxFastFailures {
		h.auth.FastCheck(Attempt{User: "ann"}, nonce, scramble(fmt.Sprint("guess", i), nonce))
	}
	if _, ok := h.auth.FastCheck(Attempt{User: "ann"}, nonce, scramble("geheim", nonce)); ok {
		t.Error("guesses can go on without the directory")
	}
	if _, err := h.login("ann", "geheim", "x"); err != nil {
		t.Errorf("the directory must still accept: %v", err)
	}
}

func TestFastCacheIsBounded(t *testing.T) {
	c := newFastCache(3)
	account := func(i int) Account { return Account{ID: principal.ID(i), Epoch: 1} }
	for i := 1; i <= 3; i++ {
		c.put(account(i), "p", time.Time{})
	}
	c.check(account(1), nonce, scramble("p", nonce)) // now 2 is the oldest
	c.put(account(4), "p", time.Time{})
	c.put(account(4), "q", time.Time{}) // replaces
	if c.order.Len() != 3 || len(c.entries) != 3 {
		t.Fatalf("%d and %d entries, want 3", c.order.Len(), len(c.entries))
	}
	for i, want := range map[int]bool{1: true, 2: false, 3: true, 4: false} {
		if got := c.check(account(i), nonce, scramble("p", nonce)); got != want {
			t.Errorf("account %d: %t", i, got)
		}
	}
	if !c.check(account(4), nonce, scramble("q", nonce)) {
		t.Error("the newer password does not count")
	}
}

// TestAttackE33SecondPassword: who may have two passwords, who has one and who is not
// there cost a refused login the same number of hashes.
func TestAttackE33SecondPassword(t *testing.T) {
	h := newHouse(t)
	h.user("one", "geheim")
	h.user("two", "geheim")
	h.user("locked", "geheim")
	h.change("locked", func(p *catalog.Principal) { p.Locked = true })
	old := h.catalog.Snapshot().Principal("one").Password
	h.change("two", func(p *catalog.Principal) {
		r := p.Rule()
		r.OldPassword = old
		p.SetRules(r)
	})
	h.put(catalog.Principal{Name: "elsewhere@192.168.7.7", Host: "192.168.7.7", Kind: catalog.KindUser}, "geheim")
	h.user("certified", "geheim")
	h.change("certified", func(p *catalog.Principal) {
		r := p.Rule()
		r.Transport = catalog.TransportX509
		p.SetRules(r)
	})
	h.user("failing", "geheim")
	h.change("failing", func(p *catalog.Principal) { p.FailedLoginAttempts, p.PasswordLockDays = 1, 1 })
	_, _ = h.login("failing", "wrong", "10.0.0.9:1") // locked from now on
	h.put(catalog.Principal{Kind: catalog.KindRole, Name: "clerks"}, "")
	h.put(catalog.Principal{Kind: catalog.KindGroup, Name: "staff"}, "")
	cost := func(name string) uint64 {
		before := h.hasher.made.Load()
		if _, err := h.login(name, "wrong", "10.0.0.9:1"); err == nil {
			t.Fatalf("%s came in", name)
		}
		return h.hasher.made.Load() - before
	}
	want := cost("one")
	for _, name := range []string{"two", "locked", "nobody", "root", "elsewhere", "certified", "failing", "clerks", "staff"} {
		if got := cost(name); got != want || got == 0 {
			t.Errorf("%s costs %d hashes, one with one password %d", name, got, want)
		}
	}
}
