package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/internal/instance"
)

// userFlags are the flags that the verbs of user share.
type userFlags struct {
	data, rootPassword string
	password           string // file
	database           string
	cascade            bool
}

func newUser() *cobra.Command {
	c := &cobra.Command{
		Use:   "user",
		Short: "Add, change, drop and list users",
		Long: `Add, change, drop and list users, through the running server, or on the data
directory itself when none runs. You need to be able to read the directory.`,
	}
	c.AddCommand(newUserAdd(), newUserPasswd(), newUserDrop(), newUserList())
	return c
}

func userVerb(use, short string, args cobra.PositionalArgs, run func(*cobra.Command, userFlags, []string) error) (*cobra.Command, *userFlags) {
	var f userFlags
	c := &cobra.Command{Use: use, Short: short, Args: args, RunE: func(c *cobra.Command, args []string) error { return run(c, f, args) }}
	addDataFlag(c.Flags(), &f.data)
	c.Flags().StringVar(&f.rootPassword, "root-password-file", "", "`file` with root's password (default DIR/root.password)")
	return c, &f
}

const passwordHelp = `The password is read from --password-file, or from standard input: typed twice
without echo on a terminal, else the first line. It is never an argument, because
every user of the machine can read those.`

func newUserAdd() *cobra.Command {
	c, f := userVerb("add NAME", "Add a user", exactly("NAME"), userAdd)
	c.Long = "Add a user, with a database of the same name that belongs to them.\n\n" + passwordHelp
	c.Example = "  lxdb user add marie --data ./data"
	c.Flags().StringVar(&f.password, "password-file", "", "`file` with the user's password")
	c.Flags().StringVar(&f.database, "db", "", "`database` that the user's logins begin in")
	return c
}

func newUserPasswd() *cobra.Command {
	c, f := userVerb("passwd NAME", "Change a user's password", exactly("NAME"), userPasswd)
	c.Long = "Change a user's password. Sessions that are open are ended. Without a running server\nthis gives a lost root back: his password, and no limits or requirements of his logins\nany more. It is in the audit log.\n\n" + passwordHelp
	c.Flags().StringVar(&f.password, "password-file", "", "`file` with the new password")
	return c
}

func newUserDrop() *cobra.Command {
	c, f := userVerb("drop NAME", "Drop a user", exactly("NAME"), userDrop)
	c.Long = "Drop a user. One who owns tables is kept, unless --cascade drops those as well."
	c.Flags().BoolVar(&f.cascade, "cascade", false, "drop everything that the user owns, too")
	return c
}

func newUserList() *cobra.Command {
	c, _ := userVerb("list", "List the users", exactly(), userList)
	return c
}

// withAdmin runs do in a session of root.
func withAdmin(c *cobra.Command, data, passwordFile string, do func(dir string, conn sqlconn.Conn) error) error {
	dir, err := dataDir(c, data)
	if err != nil {
		return err
	}
	conn, err := sqlconn.Admin(c.Context(), dir, passwordFile)
	if err != nil {
		return err
	}
	return errors.Join(do(dir, conn), conn.Close())
}

func userAdd(c *cobra.Command, f userFlags, args []string) error {
	return withAdmin(c, f.data, f.rootPassword, func(_ string, conn sqlconn.Conn) error {
		if err := refuseKnown(c, conn, args[0]); err != nil {
			return err
		}
		password, err := newPassword(c, args[0], f.password)
		if err != nil {
			return err
		}
		statement := "CREATE USER " + instance.QuoteName(args[0]) + " IDENTIFIED BY " + instance.Quote(password)
		if f.database != "" {
			statement += " DEFAULT SCHEMA " + instance.QuoteName(f.database)
		}
		if _, err := conn.Exec(c.Context(), statement); err != nil {
			return fmt.Errorf("add user %s: %w", args[0], err)
		}
		if f.database != "" && !strings.EqualFold(f.database, args[0]) {
			if _, err := conn.Exec(c.Context(), "GRANT CONNECT ON SCHEMA "+instance.QuoteName(f.database)+" TO "+instance.QuoteName(args[0])); err != nil {
				return fmt.Errorf("let %s use %s: %w", args[0], f.database, err)
			}
		}
		fmt.Fprintf(c.ErrOrStderr(), "added user %s\n", args[0])
		return nil
	})
}

func userPasswd(c *cobra.Command, f userFlags, args []string) error {
	return withAdmin(c, f.data, f.rootPassword, func(dir string, conn sqlconn.Conn) error {
		if err := demandKnown(c, conn, args[0]); err != nil {
			return err
		}
		password, err := newPassword(c, args[0], f.password)
		if err != nil {
			return err
		}
		statement := "ALTER USER " + instance.QuoteName(args[0]) + " IDENTIFIED BY " + instance.Quote(password)
		if strings.EqualFold(args[0], "root") { // who is locked out of his own server
			statement += " REQUIRE NONE WITH MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0"
		}
		if _, err := conn.Exec(c.Context(), statement); err != nil {
			return fmt.Errorf("change the password of %s: %w", args[0], err)
		}
		fmt.Fprintf(c.ErrOrStderr(), "changed the password of %s\n", args[0])
		return keepRootPassword(args[0], dir, password)
	})
}

// keepRootPassword keeps root.password true. An operator who removed the file
// keeps the password elsewhere and does not want it back.
func keepRootPassword(name, dir, password string) error {
	if !strings.EqualFold(name, "root") {
		return nil
	}
	if _, err := os.Stat(instance.RootPasswordFile(dir)); err != nil {
		return nil
	}
	return instance.WriteRootPassword(dir, password)
}

func userDrop(c *cobra.Command, f userFlags, args []string) error {
	return withAdmin(c, f.data, f.rootPassword, func(_ string, conn sqlconn.Conn) error {
		if err := demandKnown(c, conn, args[0]); err != nil {
			return err
		}
		statement := "DROP USER " + instance.QuoteName(args[0])
		if f.cascade {
			statement += " CASCADE"
		}
		if _, err := conn.Exec(c.Context(), statement); err != nil {
			return fmt.Errorf("drop user %s: %w", args[0], err)
		}
		fmt.Fprintf(c.ErrOrStderr(), "dropped user %s\n", args[0])
		return nil
	})
}

func userList(c *cobra.Command, f userFlags, _ []string) error {
	return withAdmin(c, f.data, f.rootPassword, func(_ string, conn sqlconn.Conn) error {
		users, err := conn.Query(c.Context(), "SHOW USERS")
		if err != nil {
			return fmt.Errorf("list users: %w", err)
		}
		w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "USER\tLOCKED\tDEFAULT SCHEMA\tCOMMENT")
		for _, row := range users.Rows {
			if name, kind := sqlconn.Text(row[0]), sqlconn.Text(row[1]); kind == "user" {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", name, sqlconn.Text(row[2]), sqlconn.Text(row[3]), sqlconn.Text(row[4]))
			}
		}
		return w.Flush()
	})
}

// known reports whether there is a user of that name. The database's own answer
// to CREATE USER and DROP USER says as little as MySQL's; root may be told.
func known(c *cobra.Command, conn sqlconn.Conn, name string) (bool, error) {
	users, err := conn.Query(c.Context(), "SHOW USERS")
	if err != nil {
		return false, fmt.Errorf("list users: %w", err)
	}
	for _, row := range users.Rows {
		if strings.EqualFold(sqlconn.Text(row[0]), name) {
			return true, nil
		}
	}
	return false, nil
}

func refuseKnown(c *cobra.Command, conn sqlconn.Conn, name string) error {
	if is, err := known(c, conn, name); err != nil || !is {
		return err
	}
	return failure("there is a user %s already", name).withHint("change the password with \"lxdb user passwd %s\"", name)
}

func demandKnown(c *cobra.Command, conn sqlconn.Conn, name string) error {
	if is, err := known(c, conn, name); err != nil || is {
		return err
	}
	return failure("there is no user %s", name).withHint("see \"lxdb user list\"")
}
