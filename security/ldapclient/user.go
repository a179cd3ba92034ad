package ldapclient

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"
)

// User is somebody's entry. The zero value is nobody and cannot be bound.
type User struct {
	DN   string
	Name string // the value of UserAttr, in the directory's spelling
	// Attributes are a few that describe a person: cn, displayName, givenName,
	// mail, sn, and entryUUID where there is one. Those without a value are missing.
	Attributes map[string][]string
}

var personal = []string{"cn", "displayName", "givenName", "mail", "sn", "entryUUID"}

// What of an entry is kept.
const (
	maxValues     = 16
	maxValueBytes = 1024
)

// User finds the one entry that a typed name stands for. The name of the result is
// the directory's and can differ from the typed one in more than case.
func (c *Client) User(ctx context.Context, name string) (User, error) {
	if !validName(name) {
		return User{}, ErrName
	}
	entries, more, err := c.find(ctx, "search of a user below "+c.cfg.UserBase, ldap.ScopeWholeSubtree,
		c.cfg.UserBase, c.cfg.userFilter(name), c.userAttributes(), 2)
	if err != nil {
		return User{}, err
	}
	u, err := c.oneUser(entries, more)
	if err == nil && !(c.cfg.findsByName() && fold(u.Name) == fold(name)) {
		err = c.unique(ctx, u)
	}
	if err != nil {
		return User{}, err
	}
	return u, nil
}

// unique makes sure that nobody else has the name. The search by name that found
// the user has shown it already; a search by mail or a DN has not.
func (c *Client) unique(ctx context.Context, u User) error {
	entries, more, err := c.find(ctx, "search of a user's name below "+c.cfg.UserBase, ldap.ScopeWholeSubtree,
		c.cfg.UserBase, and(c.cfg.allUsers(), equal(c.cfg.UserAttr, u.Name)), []string{"1.1"}, 2)
	switch {
	case err != nil:
		return err
	case more || len(entries) > 1:
		return fmt.Errorf("%w: %s is not the only one called %q", ErrAmbiguous, printable(u.DN), u.Name)
	case len(entries) == 0:
		return ErrNoUser // deleted since
	}
	return nil
}

// UserByDN finds a user again. An entry that is no longer below UserBase or no
// longer fits UserFilter is no user. The DN is the identity here: another entry may
// have the same name.
func (c *Client) UserByDN(ctx context.Context, dn string) (User, error) {
	if _, ok := parseDN(dn); !ok || !below(dn, c.cfg.UserBase) {
		return User{}, fmt.Errorf("%w: %q is not below %s", ErrNoUser, printable(dn), c.cfg.UserBase)
	}
	entries, more, err := c.find(ctx, "read of a user", ldap.ScopeBaseObject, dn, c.cfg.allUsers(), c.userAttributes(), 2)
	if ldap.IsErrorAnyOf(err, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInvalidDNSyntax) {
		return User{}, ErrNoUser
	}
	if err != nil {
		return User{}, err
	}
	return c.oneUser(entries, more)
}

func (c *Client) userAttributes() []string {
	return append(slices.Clone(personal), c.cfg.UserAttr)
}

func (c *Client) oneUser(entries []*ldap.Entry, more bool) (User, error) {
	switch {
	case len(entries) > 1 || more:
		return User{}, ErrAmbiguous
	case len(entries) == 0:
		return User{}, ErrNoUser
	}
	e := entries[0]
	if len(e.GetEqualFoldAttributeValues(c.cfg.UserAttr)) == 0 {
		return User{}, fmt.Errorf("%w: %s has no %s, or the service account may not read it; check ldap-user-attr",
			ErrConfiguration, printable(e.DN), c.cfg.UserAttr)
	}
	name, ok := entryName(e, c.cfg.UserAttr)
	if !ok || e.DN == "" {
		return User{}, fmt.Errorf("%w: %s has several values of %s and none in its DN, or one that is no name", ErrAmbiguous, printable(e.DN), c.cfg.UserAttr)
	}
	return User{DN: e.DN, Name: name, Attributes: attributes(e)}, nil
}

func attributes(e *ldap.Entry) map[string][]string {
	kept := map[string][]string{}
	for _, attr := range personal {
		for _, v := range e.GetEqualFoldAttributeValues(attr) {
			if len(kept[attr]) < maxValues && len(v) <= maxValueBytes && utf8.ValidString(v) {
				kept[attr] = append(kept[attr], v)
			}
		}
	}
	return kept
}

// Bind checks a password. The connection is made for it and closed afterwards:
// a search on a connection that somebody else is bound on would be done with
// his rights, and a forgotten result with his identity.
func (c *Client) Bind(ctx context.Context, u User, password string) error {
	// A bind without a password or without a DN succeeds as nobody (RFC 4513 5.1).
	if !validPassword(password) {
		return ErrPassword
	}
	if strings.TrimSpace(u.DN) == "" {
		return ErrNoUser
	}
	if err := c.binds.acquire(ctx, c.cfg.Timeout); err != nil {
		return err
	}
	defer c.binds.release()
	for try := 1; ; try++ {
		cn, err := c.connect(ctx, nil)
		if err != nil {
			return err
		}
		err = bindError(cn.do(ctx, c.cfg.Timeout, func(l *ldap.Conn) error { return l.Bind(u.DN, password) }))
		cn.close()
		if !errors.Is(err, ErrUnavailable) {
			return err
		}
		c.servers.failed(cn.server, err)
		if !leaves(ctx, fairTime) || try >= len(c.servers.all) || !c.servers.another() {
			return err
		}
	}
}
