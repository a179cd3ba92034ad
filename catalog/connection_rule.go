package catalog

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/lxdb/lxdb/security/principal"
)

// ConnectionRule says which addresses may connect, before anything is read from them.
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
}

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

// AdmitsConnection answers by the first rule that is about the listener and the address.
// Where none is, the address may connect, unless there is a rule of the listener that allows
// some: then only those may. rule is the one that decided, "" for none. An address that is not
// valid, as of a connection inside the process, is in no network.
func (s *Snapshot) AdmitsConnection(listener string, from netip.Addr) (admitted bool, rule string) {
	admitted = true
	from = from.Unmap().WithZone("")
	for _, r := range s.ConnectionRules() {
		if r.Listener != "" && r.Listener != listener {
			continue
		}
		if r.about(from) {
			return !r.Reject, r.Name
		}
		if !r.Reject {
			admitted = false
		}
	}
	return admitted, ""
}

func (r *ConnectionRule) about(from netip.Addr) bool {
	return len(r.Networks) == 0 || slices.ContainsFunc(r.Networks, func(n string) bool {
		p, err := netip.ParsePrefix(n)
		return err == nil && p.Contains(from)
	})
}
