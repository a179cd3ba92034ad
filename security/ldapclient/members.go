package ldapclient

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// maxMembers bounds the users of one group, nested ones included.
const maxMembers = 100_000

// Members lists the users in a group and in the groups in it, by their names in
// the directory, sorted. Members that are no users by UserBase and UserFilter
// are left out. With ErrLimited the list lacks some and may be empty.
//
// A group has DNs and does not tell which are users. Reading each would be a
// search for each; instead entries are searched by the first step of their DN, many
// at once, and those whose whole DN is wanted are taken.
func (c *Client) Members(ctx context.Context, group string) (users []string, err error) {
	e, err := c.group(ctx, group, c.cfg.MemberAttrs...)
	if err != nil {
		return nil, err
	}
	w := &downward{client: c, groups: map[string]bool{dnKey(e.DN): true}, asked: map[string]bool{}, users: map[string]bool{}}
	if err := w.walk(ctx, e); err != nil {
		return nil, err
	}
	users = slices.Sorted(maps.Keys(w.users))
	if w.limited != "" {
		c.log.Warn("members of an LDAP group were cut", "group", group, "users", len(users), "limit", w.limited)
		return users, fmt.Errorf("%w: group %q: %s", ErrLimited, group, w.limited)
	}
	return users, nil
}

// downward is one expansion of a group.
type downward struct {
	client  *Client
	groups  map[string]bool // keys of DNs of groups that were expanded or will be
	asked   map[string]bool // members that were looked up: keys of DNs, and names behind an "="
	users   map[string]bool
	limited string // which cap was reached
}

func (w *downward) walk(ctx context.Context, top *ldap.Entry) error {
	level := []*ldap.Entry{top}
	for depth := 0; len(level) > 0; depth++ {
		dns, names, err := w.membersOf(ctx, level)
		if err != nil {
			return err
		}
		if err := w.addByName(ctx, names); err != nil {
			return err
		}
		if err := w.addByDN(ctx, dns); err != nil {
			return err
		}
		if level, err = w.groupsAmong(ctx, dns); err != nil || w.client.cfg.Flat {
			return err
		}
		switch {
		case len(level) > 0 && depth+1 >= w.client.cfg.MaxDepth:
			w.limited = fmt.Sprintf("more than %d levels of groups (ldap-max-depth)", w.client.cfg.MaxDepth)
		case len(w.groups) > w.client.cfg.MaxGroups:
			w.limited = fmt.Sprintf("more than %d groups (ldap-max-groups)", w.client.cfg.MaxGroups)
		case len(w.users) > maxMembers:
			w.limited = fmt.Sprintf("more than %d users", maxMembers)
		}
		if w.limited != "" {
			return nil
		}
	}
	return nil
}

// membersOf returns what is listed in groups and was not looked up before.
func (w *downward) membersOf(ctx context.Context, level []*ldap.Entry) (dns, names []string, err error) {
	for _, e := range level {
		for _, attr := range w.client.cfg.MemberAttrs {
			values, err := w.client.values(ctx, e, attr)
			if err != nil {
				return nil, nil, err
			}
			for _, v := range values {
				switch key := dnKey(v); {
				case byName(attr) && validName(v) && !w.asked["="+v]:
					w.asked["="+v] = true
					names = append(names, v)
				case !byName(attr) && !w.asked[key]:
					w.asked[key] = true
					dns = append(dns, v)
				}
			}
		}
	}
	return dns, names, nil
}

func (w *downward) addByName(ctx context.Context, names []string) error {
	cfg := &w.client.cfg
	for part := range slices.Chunk(names, chunk) {
		terms, wanted := make([]string, len(part)), map[string]bool{}
		for i, name := range part {
			terms[i], wanted[fold(name)] = equal(cfg.UserAttr, name), true
		}
		err := w.addUsers(ctx, terms, func(_, name string) bool { return wanted[fold(name)] })
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *downward) addByDN(ctx context.Context, dns []string) error {
	for part := range slices.Chunk(dns, chunk) {
		terms, wanted := byFirstStep(part, w.client.cfg.UserBase)
		if len(terms) == 0 {
			continue
		}
		err := w.addUsers(ctx, terms, func(dn, _ string) bool { return wanted[dnKey(dn)] })
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *downward) addUsers(ctx context.Context, terms []string, wanted func(dn, name string) bool) error {
	c := w.client
	found, more, err := c.findAll(ctx, "search of members below "+c.cfg.UserBase, c.cfg.UserBase,
		and(c.cfg.allUsers(), or(terms)), []string{c.cfg.UserAttr}, maxMembers)
	if more {
		w.limited = fmt.Sprintf("more than %d users with the names of members", maxMembers)
	}
	if err != nil {
		return err
	}
	called := map[string]int{}
	for _, e := range found {
		if name, ok := entryName(e, c.cfg.UserAttr); ok {
			called[fold(name)]++
		}
	}
	for _, e := range found {
		name, ok := entryName(e, c.cfg.UserAttr)
		switch {
		case !ok || !wanted(e.DN, name):
		case called[fold(name)] > 1: // neither can log in, and one may not be meant
			c.log.Warn("an LDAP user's name is not his alone and is left out of a group", "dn", printable(e.DN), "name", name)
		default:
			w.users[name] = true
		}
	}
	return nil
}

// groupsAmong finds the groups among members, with their own members.
func (w *downward) groupsAmong(ctx context.Context, dns []string) (level []*ldap.Entry, err error) {
	c := w.client
	for part := range slices.Chunk(dns, chunk) {
		terms, wanted := byFirstStep(part, c.cfg.GroupBase)
		if len(terms) == 0 {
			continue
		}
		found, more, err := c.findAll(ctx, "search of groups below "+c.cfg.GroupBase, c.cfg.GroupBase,
			and(c.cfg.allGroups(), or(terms)), c.cfg.MemberAttrs, c.cfg.MaxGroups)
		if err != nil {
			return nil, err
		}
		if more {
			w.limited = fmt.Sprintf("more than %d groups (ldap-max-groups)", c.cfg.MaxGroups)
		}
		for _, e := range found {
			if key := dnKey(e.DN); wanted[key] && !w.groups[key] {
				w.groups[key] = true
				level = append(level, e)
			}
		}
	}
	return level, nil
}

// byFirstStep makes filter terms of the first steps of DNs below base: the entry
// uid=ann,ou=people,… has uid=ann as an attribute.
func byFirstStep(dns []string, base string) (terms []string, wanted map[string]bool) {
	wanted = map[string]bool{}
	for _, text := range dns {
		dn, ok := parseDN(text)
		if !ok || !below(text, base) {
			continue
		}
		var step []string
		for _, ava := range dn.RDNs[0].Attributes {
			if attrPattern.MatchString(ava.Type) {
				step = append(step, equal(ava.Type, ava.Value))
			}
		}
		if len(step) > 0 {
			terms = append(terms, and(step...))
			wanted[dnKey(text)] = true
		}
	}
	return terms, wanted
}

// values are all values of an attribute. Active Directory returns large ones in
// parts, each under a name such as member;range=0-1499, the last with a star.
func (c *Client) values(ctx context.Context, e *ldap.Entry, attr string) ([]string, error) {
	values := e.GetEqualFoldAttributeValues(attr)
	for pages := 0; len(values) <= maxMembers && pages < maxPages; pages++ {
		part, next, ok := ranged(e, attr)
		values = append(values, part...)
		if !ok || next == "" {
			return values, nil
		}
		entries, _, err := c.find(ctx, "read of a large group", ldap.ScopeBaseObject, e.DN, "(objectClass=*)", []string{next}, 0)
		if err != nil {
			return nil, err
		}
		if len(entries) != 1 {
			return nil, fmt.Errorf("%w: group %s went while it was read", ErrUnavailable, printable(e.DN))
		}
		e = entries[0]
	}
	return nil, fmt.Errorf("%w: group %s has more than %d members, or gives them out in too many parts", ErrLimited, printable(e.DN), maxMembers)
}

// ranged finds one part of an attribute and the name of the next part, "" after
// the last.
func ranged(e *ldap.Entry, attr string) (part []string, next string, ok bool) {
	prefix := strings.ToLower(attr) + ";range="
	for _, a := range e.Attributes {
		span, found := strings.CutPrefix(strings.ToLower(a.Name), prefix)
		if !found {
			continue
		}
		var from, to int
		if n, _ := fmt.Sscanf(span, "%d-%d", &from, &to); n == 2 && to >= from && len(a.Values) > 0 {
			next = fmt.Sprintf("%s;range=%d-*", attr, to+1)
		}
		return a.Values, next, true
	}
	return nil, "", false
}
