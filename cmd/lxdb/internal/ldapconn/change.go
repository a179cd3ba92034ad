package ldapconn

import (
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldif"
)

// Bind logs in.
func (c *Conn) Bind(dn, password string) error {
	if password == "" {
		return errors.New("the password is empty") // it would be an anonymous bind
	}
	if err := c.c.Bind(dn, password); err != nil {
		return fmt.Errorf("log in as %s: %w", dn, answer(err))
	}
	return nil
}

// SetPassword gives a user a password (RFC 3062). If it is "" the server makes
// one, which is returned.
func (c *Conn) SetPassword(dn, password string) (generated string, err error) {
	res, err := c.c.PasswordModify(ldap.NewPasswordModifyRequest(dn, "", password))
	if err != nil {
		return "", answer(err)
	}
	if password == "" && res.GeneratedPassword == "" {
		return "", errors.New("the server changed the password and does not say to what")
	}
	return res.GeneratedPassword, nil
}

// Apply adds an entry, or makes the change that a record asks for.
func (c *Conn) Apply(r *ldif.Record) error {
	switch r.Kind {
	case ldif.Content, ldif.Add:
		req := ldap.NewAddRequest(r.DN, nil)
		for _, a := range r.Attributes {
			req.Attribute(a.Name, a.Values)
		}
		return answer(c.c.Add(req))
	case ldif.Delete:
		return answer(c.c.Del(ldap.NewDelRequest(r.DN, nil)))
	case ldif.Modify:
		req := ldap.NewModifyRequest(r.DN, nil)
		for _, m := range r.Changes {
			switch m.Op {
			case ldif.AddValues:
				req.Add(m.Name, m.Values)
			case ldif.DeleteValues:
				req.Delete(m.Name, m.Values)
			case ldif.ReplaceValues:
				req.Replace(m.Name, m.Values)
			}
		}
		return answer(c.c.Modify(req))
	case ldif.Rename:
		return answer(c.c.ModifyDN(ldap.NewModifyDNRequest(r.DN, r.Rename.RDN, r.Rename.DeleteOld, r.Rename.Superior)))
	}
	return fmt.Errorf("no change of kind %d is known", r.Kind)
}
