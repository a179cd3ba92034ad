package mysql

import (
	"context"

	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/principal"
)

// Authn is the Login that asks a.
func Authn(a *authn.Authenticator) Login { return authenticator{a} }

type authenticator struct{ *authn.Authenticator }

// Login implements Login.
func (a authenticator) Login(ctx context.Context, user, password, remote string) (principal.Principal, error) {
	return a.Authenticator.Login(ctx, authn.Attempt{User: user, Password: password, Remote: remote, Transport: "mysql"})
}
