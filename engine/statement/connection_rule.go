package statement

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
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
		Columns: []Column{Text("Priority"), Text("Rule"), Text("Action"), Text("Type"), Text("Networks")},
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
	o := s.AuditOrigin()
	at, err := netip.ParseAddrPort(o.Remote)
	if err != nil {
		return nil // a session in the process of an operator, whom no rule binds
	}
	listener := map[string]string{"mysql": catalog.ListenerSQL, "https": catalog.ListenerConsole}[o.Transport]
	if listener == "" {
		listener = catalog.ListenerSQL
	}
	if ok, _ := snap.AdmitsConnection(listener, at.Addr()); ok {
		return nil
	}
	return sqlerr.WrongArguments.Errorf("Incorrect arguments to CONNECTION RULE: this session's own address, %s, could not connect any more", at.Addr()).
		WithHint("allow it first, with a lower PRIORITY; lxdb serve --no-connection-rules is for who is locked out")
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
		out = append(out, sql.Row{strconv.Itoa(r.Priority), r.Name, action, kind, networks})
	}
	return out, nil
}
