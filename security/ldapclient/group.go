package ldapclient

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/go-ldap/ldap/v3"
)

// Groups are the groups that a user is in.
type Groups struct {
	Names []string // sorted, each once
	// Limited: MaxDepth or MaxGroups was reached, and there are more.
	Limited bool
}

// chunk is how many DNs stand in one filter.
const chunk = 50

// GroupsOf walks memberships upwards, one search for each level of nesting. A
// group that is met again was counted before and is not expanded again, so
// cycles do no harm. An error never comes with groups: a part of them would look
// like the whole. Each search has its own time limit; ctx bounds them together.
func (c *Client) GroupsOf(ctx context.Context, u User) (Groups, error) {
	if u.DN == "" {
		return Groups{}, ErrNoUser
	}
	w := &upward{client: c, seen: map[string]bool{}, names: map[string]bool{}}
	if err := w.walk(ctx, u); err != nil {
		return Groups{}, err
	}
	if w.limited {
		c.log.Warn("groups of an LDAP user were cut", "user", u.Name, "dn", u.DN, "groups", len(w.seen),
			"max_depth", c.cfg.MaxDepth, "max_groups", c.cfg.MaxGroups)
	}
	return Groups{Names: slices.Sorted(maps.Keys(w.names)), Limited: w.limited}, nil
}

// upward is one walk.
type upward struct {
	client  *Client
	seen    map[string]bool // keys of DNs
	names   map[string]bool
	limited bool
}

func (w *upward) walk(ctx context.Context, u User) error {
	cfg := &w.client.cfg
	terms := cfg.containing(u)
	if len(terms) == 0 {
		return nil
	}
	level, err := w.level(ctx, terms)
	for depth := 1; err == nil && len(level) > 0; depth++ {
		if depth > cfg.MaxDepth {
			w.limited = true
			return nil
		}
		dns := w.add(level)
		if cfg.Flat || cfg.InChain || w.limited {
			return nil
		}
		level, err = w.above(ctx, dns)
	}
	return err
}

// containing are the filter terms for groups that have the user as a member.
func (c *Config) containing(u User) []string {
	terms := make([]string, 0, len(c.MemberAttrs))
	for _, attr := range c.MemberAttrs {
		switch {
		case byName(attr) && u.Name == "":
			continue
		case byName(attr):
			terms = append(terms, equal(attr, u.Name))
		case c.InChain:
			terms = append(terms, equal(attr+inChain, u.DN))
		default:
			terms = append(terms, equal(attr, u.DN))
		}
	}
	return terms
}

// above finds the groups that have one of the groups as a member.
func (w *upward) above(ctx context.Context, dns []string) ([]*ldap.Entry, error) {
	var level []*ldap.Entry
	for part := range slices.Chunk(dns, chunk) {
		var terms []string
		for _, attr := range w.client.cfg.MemberAttrs {
			for _, dn := range part {
				if !byName(attr) {
					terms = append(terms, equal(attr, dn))
				}
			}
		}
		if len(terms) == 0 {
			return nil, nil // members are names of users: there is no nesting
		}
		found, err := w.level(ctx, terms)
		if err != nil {
			return nil, err
		}
		level = append(level, found...)
	}
	return level, nil
}

// level searches groups by terms and leaves out those seen before.
func (w *upward) level(ctx context.Context, terms []string) ([]*ldap.Entry, error) {
	c := w.client
	found, more, err := c.findAll(ctx, "search of groups below "+c.cfg.GroupBase, c.cfg.GroupBase,
		and(c.cfg.allGroups(), or(terms)), []string{c.cfg.GroupNameAttr}, c.cfg.MaxGroups)
	w.limited = w.limited || more
	return slices.DeleteFunc(found, func(e *ldap.Entry) bool { return w.seen[dnKey(e.DN)] }), err
}

// add counts groups as the user's and returns the DNs of those that are new.
func (w *upward) add(level []*ldap.Entry) (dns []string) {
	for _, e := range level {
		key := dnKey(e.DN)
		switch {
		case w.seen[key]:
			continue
		case len(w.seen) >= w.client.cfg.MaxGroups:
			w.limited = true
			return dns
		}
		w.seen[key] = true
		dns = append(dns, e.DN)
		name, ok := entryName(e, w.client.cfg.GroupNameAttr)
		if !ok {
			w.client.log.Warn("an LDAP group has no certain name and is left out", "dn", printable(e.DN), "attribute", w.client.cfg.GroupNameAttr)
			continue
		}
		w.names[name] = true
	}
	return dns
}

// Group looks a group up by its whole name and returns the directory's spelling.
// Errors: ErrNoGroup; ErrSeveral.
func (c *Client) Group(ctx context.Context, name string) (string, error) {
	e, err := c.group(ctx, name)
	if err != nil {
		return "", err
	}
	spelling, _ := entryName(e, c.cfg.GroupNameAttr)
	return spelling, nil
}

// group asks for few entries and then demands the name itself: a filter such as
// (name=x) also matches other attributes in some servers.
func (c *Client) group(ctx context.Context, name string, attrs ...string) (*ldap.Entry, error) {
	if !validName(name) {
		return nil, fmt.Errorf("%w: %q is no name", ErrNoGroup, printable(name))
	}
	const enough = 100
	found, more, err := c.find(ctx, "search of a group below "+c.cfg.GroupBase, ldap.ScopeWholeSubtree,
		c.cfg.GroupBase, c.cfg.groupFilter(name), append(attrs, c.cfg.GroupNameAttr), enough)
	if err != nil {
		return nil, err
	}
	if more {
		return nil, fmt.Errorf("%w: the search for group %q finds too many groups; ldap-group-filter must fit the whole name", ErrSeveral, printable(name))
	}
	found = slices.DeleteFunc(found, func(e *ldap.Entry) bool {
		own, ok := entryName(e, c.cfg.GroupNameAttr)
		return !ok || fold(own) != fold(name)
	})
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("%w: %q", ErrNoGroup, printable(name))
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("%w: %d groups are called %q, one of them %s; choose a narrower ldap-group-base or ldap-group-filter",
		ErrSeveral, len(found), printable(name), printable(found[0].DN))
}
