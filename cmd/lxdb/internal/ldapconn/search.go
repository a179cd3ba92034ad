package ldapconn

import (
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldif"
)

// pageSize is how many entries are asked for at once.
const pageSize = 500

// Scope says how far below its base a search goes.
type Scope int

// Scopes.
const (
	Base Scope = ldap.ScopeBaseObject
	One  Scope = ldap.ScopeSingleLevel
	Sub  Scope = ldap.ScopeWholeSubtree
)

// Query is a search.
type Query struct {
	Base       string
	Scope      Scope
	Filter     string   // RFC 4515
	Attributes []string // none: all but operational ones
}

// CheckFilter says whether a filter has the form of RFC 4515.
func CheckFilter(filter string) error {
	_, err := ldap.CompileFilter(filter)
	return answer(err)
}

// Search calls each with every entry, as the pages come. When the server ends the
// search early, each has seen what came before.
func (c *Conn) Search(q Query, each func(*ldif.Record) error) error {
	paging := ldap.NewControlPaging(pageSize)
	for {
		res, err := c.c.Search(ldap.NewSearchRequest(q.Base, int(q.Scope), ldap.NeverDerefAliases, 0, 0, false,
			q.Filter, q.Attributes, []ldap.Control{paging}))
		if res != nil {
			for _, e := range res.Entries {
				if err := each(recordOf(e)); err != nil {
					return err
				}
			}
		}
		if err != nil {
			return fmt.Errorf("search: %w", answer(err))
		}
		next, _ := ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if next == nil || len(next.Cookie) == 0 {
			return nil
		}
		paging.SetCookie(next.Cookie)
	}
}

func recordOf(e *ldap.Entry) *ldif.Record {
	r := &ldif.Record{DN: e.DN}
	for _, a := range e.Attributes {
		r.Attributes = append(r.Attributes, ldif.Attribute{Name: a.Name, Values: a.Values})
	}
	return r
}

// Read reads one entry. The error Is NoSuchObject when there is none.
func (c *Conn) Read(dn string, attributes ...string) (*ldif.Record, error) {
	var found *ldif.Record
	err := c.Search(Query{Base: dn, Scope: Base, Filter: "(objectClass=*)", Attributes: attributes}, func(r *ldif.Record) error {
		found = r
		return nil
	})
	if err == nil && found == nil {
		err = &Error{Code: NoSuchObject}
	}
	return found, err
}

// Suffix is the top of the server's tree, which everybody may ask for.
func (c *Conn) Suffix() (string, error) {
	root, err := c.Read("", "namingContexts")
	if err != nil {
		return "", fmt.Errorf("ask for the suffix of the directory: %w", err)
	}
	if names := root.Values("namingContexts"); len(names) > 0 {
		return names[0], nil
	}
	return "", errors.New("the server does not name the suffix of its directory")
}
