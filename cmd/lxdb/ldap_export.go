package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldapfile"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldif"
	"github.com/lxdb/lxdb/security/keyfile"
)

// ldapExportFlags are the flags of ldap export.
type ldapExportFlags struct {
	ldapFlags
	containers bool
}

func newLDAPExport() *cobra.Command {
	var f ldapExportFlags
	c := &cobra.Command{
		Use:   "export [FILE]",
		Short: "Write all users and groups as LDIF",
		Long: `Write all users but root, and all groups, as LDIF to FILE, which its owner alone can
read, or to standard output. "lxdb ldap import" and OpenLDAP's ldapadd read it: users
come first, then groups, each behind the groups that are in it. OpenLDAP's own schema
refuses groups without members and, unless it has rfc2307bis, groups with a gidNumber.

Passwords cannot be read and are not in it. Neither are locks, grants and roles, which
a directory does not have, nor attributes that the server computes. An export is not
one moment: what changes meanwhile may be in it or not.

` + ldapHelp,
		Example: `  lxdb ldap export people.ldif --data ./data
  lxdb ldap export --containers --data ./data | ldapadd -x -H ldaps://ldap.example.org -D cn=admin,dc=lxdb -W`,
		Args: atMost("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(c); err != nil {
				return err
			}
			file := "-"
			if len(args) > 0 {
				file = args[0]
			}
			return f.withDirectory(c, func(_ context.Context, d directory) error { return ldapExport(c, f, d, file) })
		},
	}
	f.add(c)
	c.Flags().BoolVar(&f.containers, "containers", false, "write the entries above users and groups as well, for a directory that is empty")
	return c
}

func ldapExport(c *cobra.Command, f ldapExportFlags, d directory, file string) error {
	var done ldapfile.Exported
	write := func(w io.Writer) (err error) {
		done, err = ldapfile.Export(d, ldif.NewWriter(w), ldapfile.ExportOptions{Suffix: d.suffix, Containers: f.containers})
		return err
	}
	var err error
	if file == "-" {
		err = write(c.OutOrStdout())
	} else {
		err = keyfile.WriteFrom(file, 0o600, write)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	stderr := c.ErrOrStderr()
	fmt.Fprintf(stderr, "exported %s and %s, without passwords: they cannot be read\n", count(done.Users, "user"), count(done.Groups, "group"))
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
