package catalog

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/lxdb/lxdb/security/principal"
)

// ConnectionRule says which addresses may connect, before anything is read from them, and with Users or Require who
// may log in from there.
type ConnectionRule struct {
	ID     ID     `json:"id"`
	Name   string `json:"name"`
	Reject bool   `json:"reject,omitempty"`
	// Listener is the one that it is for, "" for all: sql, console or ldap.
	Listener string `json:"listener,omitempty"`
	// Networks it is about, as netip.Prefix writes them; none is every address.
	Networks []string     `json:"networks,omitempty"`
	Priority int          `json:"priority"` // lower ones are asked first
	By       principal.ID `json:"by"`       // who made it
	// Users are whom it is about: accounts, and who holds the roles and groups, active or not; none is everybody. An
	// account that is dropped stays in it: a rule about nobody is none about everybody.
	Users []principal.ID `json:"users,omitempty"`
	// Require is what a rule that allows asks of a login: who it is about and comes without is refused, whatever rules
	// come after it.
	Require string `json:"require,omitempty"`
}

// What a rule may require: TLS, a client certificate, an account of the company's directory.
const (
	RequireTLS         = "tls"
	RequireCertificate = "x509"
	RequireDirectory   = "ldap"
)

// recordVersion is the lowest version that holds r: 2 brought what is asked of who logs in.
func (r *ConnectionRule) recordVersion() byte {
	if r.asksLogin() {
		return 2
	}
	return 1
}

// asksLogin says whether a rule needs to know who comes.
func (r *ConnectionRule) asksLogin() bool { return len(r.Users) > 0 || r.Require != "" }

// Listeners that rules know: MySQL's protocol, HTTPS, LDAP.
const (
	ListenerSQL     = "sql"
	ListenerConsole = "console"
	ListenerLDAP    = "ldap"
)

func connectionRules(s *Snapshot) *collection[ConnectionRule] {
	return at[ConnectionRule](s, atConnectionRule)
}

func connectionRuleDescriptor() Descriptor[ConnectionRule] {
	return Descriptor[ConnectionRule]{
		Record: byte(recConnectionRule), Name: "connection rule", Global: true,
		Fields: func(r *ConnectionRule) Fields { return Fields{ID: r.ID, Name: r.Name} },
		Check: func(_ *Tx, r, _ *ConnectionRule) error {
			if !slices.Contains([]string{"", ListenerSQL, ListenerConsole, ListenerLDAP}, r.Listener) {
				return fmt.Errorf("%w: connection rule %q for %q", ErrInvalid, r.Name, r.Listener)
			}
			if !slices.Contains([]string{"", RequireTLS, RequireCertificate, RequireDirectory}, r.Require) || r.Reject && r.Require != "" {
				return fmt.Errorf("%w: connection rule %q requires %q", ErrInvalid, r.Name, r.Require)
			}
			for _, n := range r.Networks {
				if p, err := netip.ParsePrefix(n); err != nil || p.Masked().String() != n {
					return fmt.Errorf("%w: network %q of connection rule %q", ErrInvalid, n, r.Name)
				}
			}
			return nil
		},
	}
}

// ConnectionRules lists the rules in the order in which they are asked.
func (s *Snapshot) ConnectionRules() []*ConnectionRule {
	list := connectionRules(s).byID.all()
	slices.SortStableFunc(list, func(a, b *ConnectionRule) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// ConnectionRule finds a rule by its name.
func (s *Snapshot) ConnectionRule(name string) *ConnectionRule {
	return connectionRules(s).byName.get(0, FoldName(name))
}

// PutConnectionRule makes or changes one.
func (tx *Tx) PutConnectionRule(rec *ConnectionRule) error {
	return connectionRules(tx.Snapshot).kind.Put(tx, rec)
}

// DropConnectionRule removes one.
func (tx *Tx) DropConnectionRule(id ID) error {
	return connectionRules(tx.Snapshot).kind.Delete(tx, id)
}

// Login is somebody who has proved who he is, and what is known of his connection.
type Login struct {
	Listener string
	From     netip.Addr
	User     principal.ID
	TLS      bool
	Serials  []string // of the client certificate and of those that vouch for it; none without one
	// Holds are the roles and groups to answer by; nil for those that he has now.
	Holds []principal.ID
}

// AdmitsConnection answers by the first rule that is about the listener and the address, before it is known who comes.
// Where none is, the address may connect, unless there is a rule of the listener that allows
// some: then only those may. rule is the one that decided, "" for none. An address that is not
// valid, as of a connection inside the process, is in no network. A rule that asks who comes refuses nobody here, and where
// it allows somebody, others hear at the login that they are not meant.
func (s *Snapshot) AdmitsConnection(listener string, from netip.Addr) (admitted bool, rule string) {
	return s.admits(listener, from, func(r *ConnectionRule) (about, allowed bool) { return !r.asksLogin() || !r.Reject, !r.Reject })
}

// AdmitsLogin answers for who has logged in, by the first rule that is about him.
func (s *Snapshot) AdmitsLogin(l Login) (admitted bool, rule string) {
	return s.admits(l.Listener, l.From, func(r *ConnectionRule) (about, allowed bool) {
		return s.isAbout(r, l.User, l.Holds), !r.Reject && s.fulfils(r.Require, l)
	})
}

func (s *Snapshot) admits(listener string, from netip.Addr, ask func(*ConnectionRule) (about, allowed bool)) (admitted bool, rule string) {
	admitted = true
	from = from.Unmap().WithZone("")
	for _, r := range s.ConnectionRules() {
		if r.Listener != "" && r.Listener != listener {
			continue
		}
		if r.within(from) {
			if about, allowed := ask(r); about {
				return allowed, r.Name
			}
		}
		if !r.Reject {
			admitted = false
		}
	}
	return admitted, ""
}

// AdmitsAnywhere says whether there is an address from which a user could log in to run statements, with all that a
// rule may require of how he comes, by the roles and groups that holds are, or that he has now. It asks about one address
// of each stretch that the rules do not tell apart.
func (s *Snapshot) AdmitsAnywhere(user principal.ID, holds []principal.ID) bool {
	from := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	for _, r := range s.ConnectionRules() {
		for _, n := range r.Networks {
			if p, err := netip.ParsePrefix(n); err == nil {
				from = append(from, p.Addr())
				if next := behind(p); next.IsValid() {
					from = append(from, next)
				}
			}
		}
	}
	for _, listener := range []string{ListenerSQL, ListenerConsole} {
		for _, at := range from {
			if ok, _ := s.AdmitsConnection(listener, at); !ok {
				continue
			}
			if ok, _ := s.AdmitsLogin(Login{Listener: listener, From: at, User: user, TLS: true, Serials: []string{"one that is not revoked"}, Holds: holds}); ok {
				return true
			}
		}
	}
	return false
}

// behind is the address after the last one of a network; none where that is the last there is.
func behind(p netip.Prefix) netip.Addr {
	last := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(last)*8; bit++ {
		last[bit/8] |= 0x80 >> (bit % 8)
	}
	at, _ := netip.AddrFromSlice(last)
	return at.Next()
}

// AsksLogins says whether there is a rule that asks who comes.
func (s *Snapshot) AsksLogins() bool {
	return slices.ContainsFunc(connectionRules(s).byID.all(), (*ConnectionRule).asksLogin)
}

// isAbout says whether a rule is about a user, himself or by what he holds.
func (s *Snapshot) isAbout(r *ConnectionRule, user principal.ID, holds []principal.ID) bool {
	if len(r.Users) == 0 || slices.Contains(r.Users, user) || slices.Contains(r.Users, Public) {
		return true
	}
	if holds == nil {
		holds = s.Held(user, true)
	}
	return slices.ContainsFunc(holds, func(id principal.ID) bool { return slices.Contains(r.Users, id) })
}

func (s *Snapshot) fulfils(require string, l Login) bool {
	switch require {
	case "":
		return true
	case RequireTLS:
		return l.TLS
	case RequireCertificate:
		return len(l.Serials) > 0 && !s.AnyRevoked(l.Serials)
	case RequireDirectory:
		p := s.principals.get(l.User)
		return p != nil && p.Outside()
	}
	return false
}

func (r *ConnectionRule) within(from netip.Addr) bool {
	return len(r.Networks) == 0 || slices.ContainsFunc(r.Networks, func(n string) bool {
		p, err := netip.ParsePrefix(n)
		return err == nil && p.Contains(from)
	})
}
