package statement

import (
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/privilege"
)

// listColumns are those of Denodo's LIST.
func listColumns(n *dialect.List) []Column {
	switch n.What {
	case "USERS":
		return []Column{Text("User"), Text("Comment")}
	case "ROLES":
		return []Column{Text("Role"), Text("Comment")}
	}
	return []Column{Text("Database"), Text("Comment")}
}

func runList(s *Call, n *dialect.List) ([]sql.Row, error) {
	snap := s.Snapshot()
	var out []sql.Row
	if n.What == "DATABASES" {
		for _, db := range snap.Databases() {
			if s.seesDatabase(db.ID) {
				out = append(out, sql.Row{db.Name, db.Comment})
			}
		}
		return out, nil
	}
	kind := catalog.KindUser
	if n.What == "ROLES" {
		kind = catalog.KindRole
	}
	all := s.HasSystem(privilege.UserAdmin)
	for _, p := range snap.Principals() {
		if p.Kind == kind && (all || s.isOwn(snap, p)) {
			out = append(out, sql.Row{p.Name, p.Comment})
		}
	}
	return out, nil
}

// isOwn says whether a principal is the session's user or a role that he has.
func (s *Call) isOwn(snap *catalog.Snapshot, p *catalog.Principal) bool {
	id := s.Who().ID()
	return p.ID == id || slices.Contains(snap.Held(id, false), p.ID) || slices.Contains(snap.Held(catalog.Public, false), p.ID)
}

// described finds who DESC names; nil for nobody of that kind.
func (s *Call) described(snap *catalog.Snapshot, n *dialect.DescribePrincipal) (*catalog.Principal, error) {
	kind := catalog.KindUser
	name, err := s.existing("DESC", n.Account)
	if n.Role {
		var names []string
		kind = catalog.KindRole
		if names, err = roleNames([]dialect.Account{n.Account}); err == nil {
			name = names[0]
		}
	}
	if err != nil {
		return nil, err
	}
	if p := snap.Principal(name); p != nil && p.Kind == kind {
		return p, nil
	}
	return nil, &accounts.Error{Kind: accounts.ErrNotFound, Operation: "DESC", Name: name}
}

// mayDescribe says the same to who may not list accounts of every name that is none of his.
func mayDescribe(s *Call, n *dialect.DescribePrincipal) error {
	snap := s.Snapshot()
	if p, err := s.described(snap, n); err == nil && s.isOwn(snap, p) {
		return nil
	}
	return s.RequireSystem(privilege.UserAdmin)
}

func runDescribe(s *Call, n *dialect.DescribePrincipal) ([]sql.Row, error) {
	snap := s.Snapshot()
	p, err := s.described(snap, n)
	if err != nil {
		return nil, err
	}
	var roles []string
	for _, m := range snap.MembershipsOf(p.ID) {
		if r := snap.PrincipalByID(m.Role); r != nil && r.Kind == catalog.KindRole {
			roles = append(roles, r.Name+s.givenText(m))
		}
	}
	slices.Sort(roles)
	return []sql.Row{append(userRow(p), strings.Join(roles, ", "))}, nil
}

// givenText says how a membership is held, where an administrator did not just give it: that it
// may be passed on, and through whom it came.
func (s *Call) givenText(m *catalog.Membership) string {
	var words, by []string
	if m.Admin {
		words = append(words, "ADMIN OPTION")
	}
	for _, g := range m.Givers {
		if p := s.Snapshot().PrincipalByID(g.Grantor); p != nil {
			by = append(by, p.Name)
		}
	}
	if len(by) > 0 && s.HasSystem(privilege.UserAdmin) {
		words = append(words, "from "+strings.Join(by, ", "))
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}
