// Package authn decides who somebody is: it checks a name and a password with a
// Directory and makes the principal.Principal that everything else relies on.
//
// To the outside every refusal is the one error ErrRefused: unknown user, wrong
// password, locked account, no answer. Why is told to the audit function only.
// An unknown user takes as much work as a wrong password.
package authn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lxdb/lxdb/security/principal"
)

// ErrRefused is every refusal.
var ErrRefused = errors.New("access denied")

// Account is what a directory knows about somebody who may log in.
type Account struct {
	ID    principal.ID
	Name  string // as written when it was created
	Epoch uint64 // changes when the password changes or the account is locked
}

// Directory knows accounts. An implementation does its own equal work for
// unknown users; its errors are for the audit log and never reach a client.
type Directory interface {
	// Verify checks a password that is neither empty nor too long.
	Verify(ctx context.Context, name, password string) (Account, error)
	// Live finds an account that may log in now. It is asked again after each
	// Verify and at every FastCheck, so it must be quick.
	Live(name string) (Account, bool)
}

// Observer is a Directory that wants to know of the logins of FastCheck.
type Observer interface{ Succeeded(Account) }

// Attempt is one login.
type Attempt struct {
	User     string
	Password string
	Remote   string // address of the client, with or without port

	Transport string // by which it comes: mysql, https, ldap; for the audit log
	// TLS is the connection's own state, nil where it is not known: then no account
	// that requires a certificate is reached by it.
	TLS *tls.ConnectionState
}

// Event is what happened at a login, for the audit log. It has no secret.
type Event struct {
	Time   time.Time
	User   string // as the client wrote it, cut to 256 bytes
	Remote string

	Transport string       // "" where nobody says
	ID        principal.ID // zero when refused
	Fast      bool         // without the directory, by a scramble
	// Certificate: by a TLS client certificate, which names User.
	Certificate bool
	Err         error // why it was refused; nil when it was not
}

// Reasons that authn itself finds; others come from the directory.
var (
	ErrUserName = errors.New("the user name is empty, too long or contains a NUL byte")
	ErrChanged  = errors.New("the account was changed while the password was being checked")
	ErrTooMany  = errors.New("too many failures from this address, or of this account from everywhere")
)

const maxUserBytes = 256

// Options of New.
type Options struct {
	Directory Directory
	// Registry knows who a client certificate can name; nil refuses them all.
	Registry Registry
	// Backdate is how much earlier than their issue certificates are valid.
	Backdate time.Duration
	// Admit may be nil. It refuses who has proved who he is and may not log in from where he
	// comes; its error is told to the audit function only.
	Admit func(Account, Attempt) error
	// Audit may be nil. It runs on the login's goroutine; its error refuses the login.
	Audit func(Event) error
	Now   func() time.Time // nil: time.Now
	// Wait delays a login after failures; nil waits on the real clock.
	Wait func(context.Context, time.Duration) error
	// FastEntries bounds the cache for FastCheck; 0 is 10,000.
	FastEntries int
}

// Authenticator is safe for concurrent use.
type Authenticator struct {
	directory Directory
	registry  Registry
	backdate  time.Duration
	admit     func(Account, Attempt) error
	audit     func(Event) error
	now       func() time.Time
	wait      func(context.Context, time.Duration) error
	fast      *fastCache
	failures  *failures
}

// New makes an authenticator.
func New(opts Options) *Authenticator {
	a := &Authenticator{directory: opts.Directory, registry: opts.Registry, backdate: opts.Backdate, admit: opts.Admit, audit: opts.Audit, now: opts.Now, wait: opts.Wait}
	if a.audit == nil {
		a.audit = func(Event) error { return nil }
	}
	if a.admit == nil {
		a.admit = func(Account, Attempt) error { return nil }
	}
	if a.now == nil {
		a.now = time.Now
	}
	if a.wait == nil {
		a.wait = sleep
	}
	if opts.FastEntries == 0 {
		opts.FastEntries = 10_000
	}
	a.fast = newFastCache(opts.FastEntries)
	a.failures = newFailures()
	return a
}

// Login checks a password. It may take a while after failures from the same
// address. The error is ErrRefused, whatever the reason.
func (a *Authenticator) Login(ctx context.Context, try Attempt) (principal.Principal, error) {
	account, err := a.login(ctx, try)
	told := a.audit(Event{Time: a.now(), User: cut(try.User), Remote: try.Remote, Transport: try.Transport, ID: account.ID, Err: err})
	if err != nil || told != nil {
		return principal.Principal{}, ErrRefused
	}
	return principal.FromPassword(account.ID, account.Name).At(account.Epoch), nil
}

func (a *Authenticator) login(ctx context.Context, try Attempt) (Account, error) {
	// Before anything else, and before any directory could take an empty
	// password for an anonymous bind. None of these depends on who exists.
	if err := CheckPassword(try.Password); err != nil {
		return Account{}, err
	}
	if try.User == "" || len(try.User) > maxUserBytes || strings.IndexByte(try.User, 0) >= 0 {
		return Account{}, ErrUserName
	}
	delay, ok := a.failures.begin(try, a.now())
	if !ok {
		return Account{}, ErrTooMany
	}
	if delay > 0 {
		if err := a.wait(ctx, delay); err != nil {
			return Account{}, fmt.Errorf("wait after failures: %w", err)
		}
	}
	account, err := a.verify(ctx, try)
	a.failures.end(try, err == nil, a.now())
	if err != nil {
		return Account{}, err
	}
	a.fast.put(account, try.Password, a.now())
	return account, nil
}

// verify asks the directory about the account that the name means for the client.
func (a *Authenticator) verify(ctx context.Context, try Attempt) (Account, error) {
	r, resolves := a.directory.(Resolver)
	name, known := try.User, true
	if resolves {
		if resolved, ok := r.Resolve(try.User, try.Remote); ok {
			name = resolved
		} else {
			known = false // the same work, for nothing
		}
	}
	account, err := a.directory.Verify(ctx, name, try.Password)
	if !known {
		return Account{}, ErrNoHost
	}
	if err != nil {
		return Account{}, err
	}
	// Checking takes long; who was locked meanwhile must not come in.
	if now, live := a.directory.Live(name); !live || now != account || account.ID == 0 {
		return Account{}, ErrChanged
	}
	if resolves {
		if err := r.Admits(account, try); err != nil {
			return Account{}, err
		}
	}
	if err := a.admit(account, try); err != nil {
		return Account{}, err
	}
	return account, nil
}

// FastCheck checks the scramble of caching_sha2_password,
//
//	XOR(SHA256(password), SHA256(SHA256(SHA256(password)), nonce)),
//
// against the last password that the directory accepted for the account. False
// means that the password itself must be asked for; it is no refusal. The nonce
// must be this connection's own. Of the attempt it needs no password.
func (a *Authenticator) FastCheck(try Attempt, nonce, scramble []byte) (principal.Principal, bool) {
	name := try.User
	r, resolves := a.directory.(Resolver)
	if resolves {
		var ok bool
		if name, ok = r.Resolve(try.User, try.Remote); !ok {
			return principal.Principal{}, false
		}
	}
	account, live := a.directory.Live(name)
	if !live || account.ID == 0 || !a.fast.check(account, nonce, scramble) || resolves && r.Admits(account, try) != nil || a.admit(account, try) != nil {
		return principal.Principal{}, false
	}
	if o, ok := a.directory.(Observer); ok {
		o.Succeeded(account)
	}
	if a.audit(Event{Time: a.now(), User: cut(try.User), Remote: try.Remote, Transport: try.Transport, ID: account.ID, Fast: true}) != nil {
		return principal.Principal{}, false
	}
	return principal.FromPassword(account.ID, account.Name).At(account.Epoch), true
}

// Forget drops the remembered password of an account. Nothing needs it for
// safety, as entries are bound to the account's epoch.
func (a *Authenticator) Forget(id principal.ID) { a.fast.forget(id) }

func cut(name string) string {
	if len(name) > maxUserBytes {
		return name[:maxUserBytes]
	}
	return name
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
