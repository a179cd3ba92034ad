package witness

import (
	"fmt"

	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/authn"
)

// Login records a login; refused is what who is refused hears. Its error refuses the login.
func Login(log *audit.Log, e authn.Event, refused Answer) error {
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
	if err := log.Write(r); err != nil {
		return fmt.Errorf("login of %q: %w", e.User, err)
	}
	return nil
}
