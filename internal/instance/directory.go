package instance

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/ldapd"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/security/witness"
)

// listenLDAP starts the directory on the addresses that are not off.
func (s *Server) listenLDAP(ctx context.Context, plain, secure string) error {
	off := func(address string) bool { return address == "" || address == Off }
	if off(plain) && off(secure) {
		return nil
	}
	admin := s.engine.Accounts()
	opts := ldapd.Options{
		Catalog:  s.engine.Catalog(),
		Login:    directoryLogin{s.logins},
		Accounts: directoryAccounts{admin},
		Rights:   admin,
		TLS:      s.tls.Server(),
		Logger:   s.log,
		From: func(ctx context.Context, who principal.Principal, remote string) context.Context {
			return witness.By(ctx, witness.Fixed{Who: who.ID(), Name: who.Name(), Remote: remote, Transport: "ldap"})
		},
		Refused: s.refusedByDirectory,
	}
	if s.outside == nil {
		opts.Certificates = s.logins
	}
	var err error
	s.ldap, err = ldapd.New(opts)
	if err != nil {
		return err
	}
	for _, l := range []struct {
		address string
		serve   func(net.Listener) error
		publish *string
	}{
		{plain, s.ldap.Serve, &s.endpoints.LDAP},
		{secure, s.ldap.ServeTLS, &s.endpoints.LDAPS},
	} {
		if off(l.address) {
			continue
		}
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", l.address)
		if err != nil {
			return fmt.Errorf("listen for LDAP clients: %w", err)
		}
		*l.publish = listener.Addr().String()
		listener = s.gate.listener(catalog.ListenerLDAP, listener)
		go func() {
			if err := l.serve(listener); !errors.Is(err, ldapd.ErrServerClosed) {
				s.failed <- err
			}
		}()
	}
	return nil
}

// refusedByDirectory records what the directory's server refused by itself. The client is
// refused whether that can be written or not.
func (s *Server) refusedByDirectory(ctx context.Context, r ldapd.Refusal) {
	_ = s.engine.Refused(audit.Record{ // the audit log reports its own failure
		Event: "denied", Result: audit.Refused, Origin: witness.Origin(ctx), Object: r.Entry,
		Missing: privilege.UserAdmin.String(), Code: r.Code, Reason: "LDAP " + r.Operation + ": " + r.Text,
	})
}

// directoryLogin lets the directory ask who somebody is.
type directoryLogin struct{ *authn.Authenticator }

func (l directoryLogin) Login(ctx context.Context, name, password, remote string) (principal.Principal, error) {
	return l.Authenticator.Login(ctx, authn.Attempt{User: name, Password: password, Remote: remote, Transport: "ldap"})
}

// directoryAccounts are the accounts with the directory's errors.
type directoryAccounts struct{ *accounts.Accounts }

// sentinels pair the accounts' errors with the directory's.
var sentinels = []struct{ account, directory error }{
	{accounts.ErrExists, ldapd.ErrExists},
	{accounts.ErrNotFound, ldapd.ErrNotFound},
	{accounts.ErrDenied, ldapd.ErrDenied},
	{accounts.ErrPolicy, ldapd.ErrPolicy},
	{accounts.ErrInvalid, ldapd.ErrInvalid},
	{accounts.ErrCycle, ldapd.ErrCycle},
	{accounts.ErrOwns, ldapd.ErrOwns},
	{accounts.ErrStale, ldapd.ErrStale},
}

func toDirectory(err error) error {
	var refused *accounts.Error
	if errors.Is(err, accounts.ErrPolicy) && errors.As(err, &refused) {
		text := refused.Reason
		if refused.Hint != "" {
			text += "; " + refused.Hint
		}
		return fmt.Errorf("%w (%w)", &ldapd.PolicyError{Short: errors.Is(err, authn.ErrPasswordTooShort), Text: text}, err)
	}
	for _, s := range sentinels {
		if errors.Is(err, s.account) {
			return fmt.Errorf("%w: %w", s.directory, err)
		}
	}
	return err
}

func (a directoryAccounts) CreateUser(ctx context.Context, by principal.Principal, name, password string, attributes map[string][]string) error {
	return toDirectory(a.Accounts.CreateUser(ctx, by, name, password, attributes))
}

func (a directoryAccounts) DropUser(ctx context.Context, by principal.Principal, name string) error {
	return toDirectory(a.Accounts.DropUser(ctx, by, name))
}

func (a directoryAccounts) RenameUser(ctx context.Context, by principal.Principal, from, to string) error {
	return toDirectory(a.Accounts.RenameUser(ctx, by, from, to))
}

func (a directoryAccounts) CreateGroup(ctx context.Context, by principal.Principal, name string, members []string, attributes map[string][]string) error {
	return toDirectory(a.Accounts.CreateGroup(ctx, by, name, members, attributes))
}

func (a directoryAccounts) DropGroup(ctx context.Context, by principal.Principal, name string) error {
	return toDirectory(a.Accounts.DropGroup(ctx, by, name))
}

func (a directoryAccounts) RenameGroup(ctx context.Context, by principal.Principal, from, to string) error {
	return toDirectory(a.Accounts.RenameGroup(ctx, by, from, to))
}

func (a directoryAccounts) Modify(ctx context.Context, by principal.Principal, name string, c ldapd.Change) error {
	return toDirectory(a.Accounts.Modify(ctx, by, name, accounts.Change(c)))
}
