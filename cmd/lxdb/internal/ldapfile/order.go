package ldapfile

import (
	"slices"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldapconn"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldif"
)

// inOrder sorts groups behind the groups that are their members. Where they form
// a cycle, which a restored dump may hold, a member is taken out of the entry and
// joined by a modify at the end.
func inOrder(groups []*ldif.Record) (ordered, joins []*ldif.Record) {
	o := ordering{groups: map[string]*ldif.Record{}, state: map[string]int{}}
	for _, g := range groups {
		o.groups[ldapconn.FoldDN(g.DN)] = g
	}
	for _, g := range groups {
		o.visit(ldapconn.FoldDN(g.DN))
	}
	return o.ordered, o.joins
}

const (
	entered = 1 // its members are being visited
	done    = 2
)

type ordering struct {
	groups         map[string]*ldif.Record
	state          map[string]int
	ordered, joins []*ldif.Record
}

func (o *ordering) visit(name string) {
	g := o.groups[name]
	if g == nil || o.state[name] == done {
		return
	}
	o.state[name] = entered
	var late []string
	for _, m := range g.Values("member") {
		member := ldapconn.FoldDN(m)
		if o.state[member] == entered {
			late = append(late, m)
			continue
		}
		o.visit(member)
	}
	o.state[name] = done
	if len(late) > 0 {
		o.joins = append(o.joins, joining(g.DN, late))
		g.Attributes = withoutMembers(g.Attributes, late)
	}
	o.ordered = append(o.ordered, g)
}

// joining is the change that adds members to a group.
func joining(group string, members []string) *ldif.Record {
	return &ldif.Record{DN: group, Kind: ldif.Modify, Changes: []ldif.Change{
		{Op: ldif.AddValues, Attribute: ldif.Attribute{Name: "member", Values: members}},
	}}
}

// withoutMembers takes members out; an attribute without values is left out.
func withoutMembers(all []ldif.Attribute, members []string) []ldif.Attribute {
	var out []ldif.Attribute
	for _, a := range all {
		if isMember(a.Name) {
			a.Values = slices.DeleteFunc(slices.Clone(a.Values), func(v string) bool { return slices.Contains(members, v) })
			if len(a.Values) == 0 {
				continue
			}
		}
		out = append(out, a)
	}
	return out
}
