package statement

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/privilege"
)

var connectionRules = []Declaration{
	Define(Definition[*dialect.ConnectionRule]{
		Need: SystemPrivilege(privilege.SysAdmin), Audit: "connection.rule", Commits: true, Run: runConnectionRule,
	}),
	Define(Definition[*dialect.DropConnectionRule]{
		Need: SystemPrivilege(privilege.SysAdmin), Audit: "connection.rule.drop", Commits: true, Run: runDropConnectionRule,
	}),
	Define(Definition[*dialect.ShowConnectionRules]{
		Need: SystemPrivilege(privilege.SysAdmin), Audit: "connection.rule.show",
		Columns: []Column{Text("Priority"), Text("Rule"), Text("Action"), Text("Type"), Text("Networks"), Text("Users"), Text("Require")},
		Run:     runShowConnectionRules,
	}),
}

// defaultPriority is that of a rule which says none.
const defaultPriority = 100

func runConnectionRule(s *Call, n *dialect.ConnectionRule) ([]sql.Row, error) {
	if err := s.CheckName("connection rule", n.Name); err != nil {
		return nil, err
	}
	return nil, s.Update(s.Context, func(tx *catalog.Tx) error {
		old := tx.ConnectionRule(n.Name)
		rec := catalog.ConnectionRule{Name: n.Name, Priority: defaultPriority, By: s.Who().ID()}
		switch {
		case old != nil && n.IfNotExists:
			s.Warn(int(sqlerr.UnknownError), "connection rule '%s' exists", n.Name)
			return nil
		case old != nil && !n.Alter:
			return sqlerr.WrongArguments.Errorf("Incorrect arguments to CREATE CONNECTION RULE: '%s' exists", n.Name)
		case old == nil && n.Alter:
			return unknownRule("ALTER", n.Name)
		case old != nil:
			rec = *old
			rec.By = s.Who().ID()
		default:
			id, err := tx.AllocID()
			if err != nil {
				return err
			}
			rec.ID = id
		}
		if n.Reject != nil {
			rec.Reject = *n.Reject
		}
		if n.Listener != nil {
			rec.Listener = *n.Listener
		}
		if n.Networks != nil {
			rec.Networks = n.Networks
		}
		if n.Users != nil {
			users, err := s.grantees(tx.Snapshot, n.Users, false)
			if err != nil {
				return err
			}
			slices.Sort(users)
			rec.Users = slices.Compact(users)
		}
		if n.Require != nil {
			rec.Require = *n.Require
		}
		if rec.Reject && rec.Require != "" {
			return sqlerr.WrongArguments.Errorf("Incorrect arguments to CONNECTION RULE: REQUIRE is for rules that ALLOW").
				WithHint("who an ALLOW … REQUIRE rule is about and comes without is refused")
		}
		if n.Priority != nil {
			rec.Priority = *n.Priority
		}
		if err := tx.PutConnectionRule(&rec); err != nil {
			return err
		}
		return s.keepsItself(tx.Snapshot)
	})
}

func runDropConnectionRule(s *Call, n *dialect.DropConnectionRule) ([]sql.Row, error) {
	return nil, s.Update(s.Context, func(tx *catalog.Tx) error {
		old := tx.ConnectionRule(n.Name)
		if old == nil {
			if !n.IfExists {
				return unknownRule("DROP", n.Name)
			}
			s.Warn(int(sqlerr.UnknownError), "connection rule '%s' does not exist", n.Name)
			return nil
		}
		if err := tx.DropConnectionRule(old.ID); err != nil {
			return err
		}
		return s.keepsItself(tx.Snapshot)
	})
}

func unknownRule(verb, name string) error {
	return sqlerr.WrongArguments.Errorf("Incorrect arguments to %s CONNECTION RULE: there is no '%s'", verb, name)
}

// keepsItself refuses rules by which the administrator who makes them could not come
// back: nobody locks himself out without seeing it.
func (s *Call) keepsItself(snap *catalog.Snapshot) error {
	login, bound := ownLogin(s.Host)
	switch {
	case bound && !admits(snap, login):
	case accounts.EndsKeepOut(s.Snapshot(), snap):
		return sqlerr.WrongArguments.Errorf("Incorrect arguments to CONNECTION RULE: nobody with SYSTEM ADMIN could connect any more, when what is held for a time has ended").
			WithHint("grant the role that the rule is about for good to one who holds SYSTEM ADMIN for good")
	default:
		return nil
	}
	return sqlerr.WrongArguments.Errorf("Incorrect arguments to CONNECTION RULE: this session's own address, %s, could not connect any more", login.From).
		WithHint("allow it first, with a lower PRIORITY; lxdb serve --no-connection-rules is for who is locked out")
}

// KeepsItself is the same for changes of accounts and roles, by which the rules that are there could come to be about
// the session's user, or not to be about him any more.
func KeepsItself(h Host, before, after *catalog.Snapshot) error {
	login, bound := ownLogin(h)
	if !bound || !admits(before, login) {
		return nil
	}
	when := ""
	if admits(after, login) {
		was, is := login, login // when what is held for a time has ended
		was.Holds, is.Holds = accounts.HeldForGood(before, login.User), accounts.HeldForGood(after, login.User)
		if admits(after, is) || !admits(before, was) {
			return nil
		}
		when = ", when what is held for a time has ended"
	}
	return sqlerr.WrongArguments.Errorf("Incorrect arguments: by the connection rules this session's user could not connect any more from its own address, %s%s", login.From, when).
		WithHint("a CONNECTION RULE is about who holds a role or group; somebody with SYSTEM ADMIN changes the rule first")
}

// ownLogin is the session's, which would come over TLS; not bound is one in the process of an operator, whom no rule binds.
func ownLogin(h Host) (login catalog.Login, bound bool) {
	o := h.AuditOrigin()
	at, err := netip.ParseAddrPort(o.Remote)
	if err != nil {
		return login, false
	}
	listener := map[string]string{"mysql": catalog.ListenerSQL, "https": catalog.ListenerConsole}[o.Transport]
	if listener == "" {
		listener = catalog.ListenerSQL
	}
	return catalog.Login{Listener: listener, From: at.Addr(), User: cmp.Or(o.Login, o.Who), TLS: true, Serials: h.Certificates().Presented()}, true
}

func admits(snap *catalog.Snapshot, l catalog.Login) bool {
	first, _ := snap.AdmitsConnection(l.Listener, l.From)
	if !first {
		return false
	}
	ok, _ := snap.AdmitsLogin(l)
	return ok
}

func runShowConnectionRules(s *Call, _ *dialect.ShowConnectionRules) ([]sql.Row, error) {
	var out []sql.Row
	for _, r := range s.Snapshot().ConnectionRules() {
		action, kind, networks := "ALLOW", "ALL", "ALL"
		if r.Reject {
			action = "REJECT"
		}
		if r.Listener != "" {
			kind = strings.ToUpper(r.Listener)
		}
		if len(r.Networks) > 0 {
			networks = strings.Join(r.Networks, ", ")
		}
		users, require := "ALL", "NONE"
		if len(r.Users) > 0 {
			var names []string
			for _, id := range r.Users {
				name := "an account that is dropped"
				if p := s.Snapshot().PrincipalByID(id); p != nil {
					name = grant.Display(p)
				}
				names = append(names, name)
			}
			users = strings.Join(names, ", ")
		}
		if r.Require != "" {
			require = strings.ToUpper(r.Require)
		}
		out = append(out, sql.Row{strconv.Itoa(r.Priority), r.Name, action, kind, networks, users, require})
	}
	return out, nil
}
