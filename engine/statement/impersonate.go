package statement

import (
	"crypto/rand"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/privilege"
)

// mayImpersonate has one answer for an account that is not there, one that is
// locked, and one that somebody may not act as.
func mayImpersonate(s *Call, n *dialect.Impersonate) error {
	name, err := accountName(n.Account)
	if err != nil {
		return err
	}
	p := s.Snapshot().Principal(name)
	if p != nil && n.Account.External && !p.Outside() {
		p = nil
	}
	if accounts.MayImpersonate(s.Snapshot(), s.Actor(), p, access.Enforce) {
		return nil
	}
	return sqlerr.DeniedSystem(privilege.Impersonate.String()).WithHint("GRANT IMPERSONATE ON USER … gives the right to act as one account, if it is there and not locked")
}

func runImpersonate(s *Call, n *dialect.Impersonate) ([]sql.Row, error) {
	name, err := accountName(n.Account)
	if err != nil {
		return nil, err
	}
	step := accounts.Impersonation{User: s.Snapshot().Principal(name), NoRevert: n.NoRevert}
	if step.User == nil {
		return nil, sqlerr.DeniedSystem(privilege.Impersonate.String())
	}
	if n.Cookie != "" {
		step.Cookie = rand.Text()
	}
	record := func() error { return s.recordActing("impersonate", step.User.Name) }
	if err := s.BecomeUser(step, record); err != nil {
		return nil, err
	}
	if n.Cookie != "" {
		return nil, s.Session.SetUserVariable(s.Context, n.Cookie, step.Cookie, types.LongText)
	}
	return nil, nil
}

// recordActing writes what happens to the session's identity before it does: told as not done, when the log is full, it is
// not done, and the record of the statement, which comes after, cannot undo it.
func (s *Call) recordActing(event, user string) error {
	return s.Audit(audit.Record{Event: event, Object: "user " + user})
}

func runRevert(s *Call, n *dialect.Revert) ([]sql.Row, error) {
	cookie := ""
	switch {
	case n.Cookie != nil:
		cookie = n.Cookie.Reveal()
	case n.CookieVariable != "":
		_, v, err := s.Session.GetUserVariable(s.Context, n.CookieVariable)
		if err != nil {
			return nil, err
		}
		cookie, _ = v.(string)
	}
	acts := s.Who().Name()
	return nil, s.ReturnUser(cookie, func() error { return s.recordActing("impersonate.end", acts) })
}

// refuseProxied keeps who acts as an account, himself or by a program that he has made then,
// from changing how that account proves itself: he would have it for good.
func (s *Call) refuseProxied(n *dialect.AlterUser) error {
	for _, u := range n.Users {
		name, err := s.existing("ALTER USER", u.Account)
		if err == nil {
			err = s.refuseOwnProxied(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// refuseOwnProxied is refuseProxied of one account.
func (s *Call) refuseOwnProxied(name string) error {
	if p := s.Snapshot().Principal(name); s.Proxied() && p != nil && p.ID == s.Who().ID() {
		return sqlerr.SpecificAccessDenied.Errorf("Access denied; an account that somebody else acts as cannot be changed by itself").
			WithHint("change it as who has logged in as it, and not in a program that acts for its definer")
	}
	return nil
}
