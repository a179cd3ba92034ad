package witness

import (
	"fmt"

	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/authn"
)

// Login records a login; refused is what who is refused hears. Its error refuses the login. Those that are refused are
// counted beyond the first ones of an address in a minute, by f, if there is one.
func Login(log *audit.Log, f *Refusals, e authn.Event, refused Answer) error {
	r := audit.Record{
		Event: "login", Result: audit.Done,
		Origin: audit.Origin{Who: e.ID, Name: e.User, Remote: e.Remote, Transport: e.Transport},
	}
	switch {
	case e.Err != nil:
		r.Result, r.Reason = audit.Refused, e.Err.Error()
		r.Code, r.State = refused.Code, refused.State
	case e.Fast:
		r.Reason = "by the scramble of a password that was checked before"
	case e.Certificate:
		r.Reason = "by a client certificate"
	}
	write := log.Write
	if e.Err != nil && f != nil {
		write = f.login
	}
	if err := write(r); err != nil {
		return fmt.Errorf("login of %q: %w", e.User, err)
	}
	return nil
}
