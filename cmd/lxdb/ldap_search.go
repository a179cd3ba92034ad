package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldapconn"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldif"
)

// ldapSearchFlags are the flags of ldap search.
type ldapSearchFlags struct {
	ldapFlags
	base, scope string
}

func newLDAPSearch() *cobra.Command {
	var f ldapSearchFlags
	c := &cobra.Command{
		Use:   "search [FILTER] [ATTRIBUTE…]",
		Short: "Print entries of the directory as LDIF",
		Long: `Print the entries that match FILTER (RFC 4515) as LDIF; without one, all. Without
an ATTRIBUTE all are printed but operational ones, which + adds; 1.1 prints none.
An argument that has no = is an ATTRIBUTE. Passwords cannot be read.

` + ldapHelp,
		Example: `  lxdb ldap search --data ./data
  lxdb ldap search '(&(objectClass=person)(memberOf=cn=staff,ou=groups,dc=lxdb))' cn mail --data ./data
  lxdb ldap search uid=marie '*' + --data ./data
  lxdb ldap search --url ldaps://db.example.org:1636 --ca ca.crt --user marie --password-file marie.password`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			q, err := f.query(c, args)
			if err != nil {
				return err
			}
			return f.withDirectory(c, func(_ context.Context, d directory) error { return ldapSearch(c, d, q) })
		},
	}
	f.add(c)
	c.Flags().StringVar(&f.base, "base", "", "`DN` to search at and below (default the whole directory)")
	c.Flags().StringVar(&f.scope, "scope", "sub", "how far below --base: `base, one or sub`")
	return c
}

var scopes = map[string]ldapconn.Scope{"base": ldapconn.Base, "one": ldapconn.One, "sub": ldapconn.Sub}

func (f *ldapSearchFlags) query(c *cobra.Command, args []string) (ldapconn.Query, error) {
	q := ldapconn.Query{Base: f.base, Filter: "(objectClass=*)", Attributes: args}
	if err := f.check(c); err != nil {
		return q, err
	}
	var known bool
	if q.Scope, known = scopes[f.scope]; !known {
		return q, usage(c, fmt.Errorf("--scope %s is none of base, one and sub", f.scope))
	}
	if len(args) > 0 && strings.Contains(args[0], "=") {
		q.Filter, q.Attributes = args[0], args[1:]
		if !strings.HasPrefix(q.Filter, "(") {
			q.Filter = "(" + q.Filter + ")"
		}
		if err := ldapconn.CheckFilter(q.Filter); err != nil {
			return q, usage(c, fmt.Errorf("filter %s: %w", q.Filter, err)).withHint("a filter is (attribute=value); parentheses, * and \\ in a value are \\28 \\29 \\2a \\5c")
		}
	}
	for _, a := range q.Attributes {
		if strings.Contains(a, "=") || a == "" {
			return q, usage(c, fmt.Errorf("%q is no attribute", a)).withHint("one FILTER comes before the attributes")
		}
	}
	if err := ldapconn.CheckDN(q.Base); err != nil {
		return q, usage(c, fmt.Errorf("--base %s is no DN: %w", q.Base, err))
	}
	return q, nil
}

func ldapSearch(c *cobra.Command, d directory, q ldapconn.Query) error {
	if q.Base == "" && !c.Flags().Changed("base") {
		q.Base = d.suffix
	}
	w := ldif.NewWriter(c.OutOrStdout())
	err := d.Search(q, w.Write)
	// What was found before the trouble is shown.
	err = errors.Join(w.Flush(), err)
	if ldapconn.Is(err, ldapconn.NoSuchObject) {
		return (&hintError{err: err}).withHint("there is no %s, or %s may not see it", q.Base, c.Flag("user").Value)
	}
	return err
}
