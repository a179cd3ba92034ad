package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/internal/instance"
)

func newCan() *cobra.Command {
	var data, rootPassword, user, database string
	c := &cobra.Command{
		Use:   "can 'SQL'",
		Short: "Say whether a user may run a statement, and why",
		Long: `Say whether a user may run a statement, and what decides it, without running it.
The exit code is 0 for yes and 1 for no. You need to be able to read the data directory.`,
		Example: "  lxdb can --user ann 'SELECT * FROM shop.orders'",
		Args:    exactly("SQL"),
	}
	addDataFlag(c.Flags(), &data)
	c.Flags().StringVar(&rootPassword, "root-password-file", "", "`file` with root's password (default DIR/root.password)")
	c.Flags().StringVar(&user, "user", "", "`name` of the user (required)")
	c.Flags().StringVar(&database, "db", "", "`database` for names without one")
	_ = c.MarkFlagRequired("user") // it exists
	c.RunE = func(c *cobra.Command, args []string) error {
		return withAdmin(c, data, rootPassword, func(_ string, conn sqlconn.Conn) error {
			return can(c, conn, user, database, args[0])
		})
	}
	return c
}

func can(c *cobra.Command, conn sqlconn.Conn, user, database, statement string) error {
	if database != "" {
		if _, err := conn.Exec(c.Context(), "USE "+instance.QuoteName(database)); err != nil {
			return fmt.Errorf("use %s: %w", database, err)
		}
	}
	rows, err := conn.Query(c.Context(), "EXPLAIN SECURITY FOR "+instance.QuoteName(user)+" "+statement)
	if err != nil {
		return fmt.Errorf("ask for %s: %w", user, err)
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	last := ""
	for _, row := range rows.Rows {
		last = sqlconn.Text(row[0])
		fmt.Fprintf(w, "%s\t%s\t%s\n", last, sqlconn.Text(row[1]), sqlconn.Text(row[2]))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if last != "YES" {
		return failure("%s may not run this statement", user)
	}
	return nil
}
