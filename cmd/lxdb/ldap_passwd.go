package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldapconn"
)

// ldapPasswdFlags are the flags of ldap passwd.
type ldapPasswdFlags struct {
	data, rootPassword string
	password           string // file with the new one
	generate           bool
}

func newLDAPPasswd() *cobra.Command {
	var f ldapPasswdFlags
	c := &cobra.Command{
		Use:   "passwd NAME",
		Short: "Change a user's password through the directory",
		Long: `Change a user's password through the directory of the running server, by the password
modify operation (RFC 3062). It is the password of the SQL user too, whose open
sessions are ended.

With --generate the server makes the password, and it is printed.

` + passwordHelp,
		Example: `  lxdb ldap passwd marie --data ./data
  lxdb ldap passwd marie --generate --data ./data`,
		Args: exactly("NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			if f.generate && f.password != "" {
				return usage(c, errors.New("--generate and --password-file exclude each other"))
			}
			root := ldapFlags{data: f.data, user: "root", password: f.rootPassword}
			d, err := root.connect(c.Context(), c) // ^C ends the prompt, so signals stay as they are
			if err != nil {
				return err
			}
			err = ldapPasswd(c, f, d, args[0])
			_ = d.Close() // everything was answered, or it broke before
			return err
		},
	}
	flags := c.Flags()
	addDataFlag(flags, &f.data)
	flags.StringVar(&f.rootPassword, "root-password-file", "", "`file` with root's password (default DIR/root.password)")
	flags.StringVar(&f.password, "password-file", "", "`file` with the new password")
	flags.BoolVar(&f.generate, "generate", false, "let the server make a password, and print it")
	return c
}

func ldapPasswd(c *cobra.Command, f ldapPasswdFlags, d directory, name string) error {
	user, err := d.Read(ldapconn.UserDN(name, d.suffix), "uid")
	if ldapconn.Is(err, ldapconn.NoSuchObject) {
		return failure("there is no user %s", name).withHint("see \"lxdb user list\"")
	}
	if err != nil {
		return err
	}
	var password string
	if !f.generate {
		if password, err = newPassword(c, name, f.password); err != nil {
			return err
		}
	}
	generated, err := d.SetPassword(user.DN, password)
	if err != nil {
		return fmt.Errorf("change the password of %s: %w", name, err)
	}
	if f.generate {
		password = generated
		if _, err := fmt.Fprintln(c.OutOrStdout(), generated); err != nil {
			return err
		}
	}
	fmt.Fprintf(c.ErrOrStderr(), "changed the password of %s\n", name)
	// The directory knows more spellings of a name than we do: its own counts.
	for _, uid := range user.Values("uid") {
		if err := keepRootPassword(uid, d.dir, password); err != nil {
			return err
		}
	}
	return nil
}
