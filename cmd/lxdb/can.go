package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/internal/instance"
	"github.com/lxdb/lxdb/internal/may"
)

func newCan() *cobra.Command {
	var data, rootPassword, user, database string
	c := &cobra.Command{
		Use:   "can 'SQL'",
		Short: "Say whether a user may run a statement, and why",
		Long: `Say whether a user may run a statement, and what decides it, without running it.
The exit code is 0 for yes, 1 for no, and 3 where it only shows when the statement
runs, as for CALL and SET. You need to be able to read the data directory.`,
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
	answer, reasons, err := may.Ask(user, statement, func(text string) (out [][]string, number uint16, err error) {
		rows, err := conn.Query(c.Context(), text)
		if said, is := errors.AsType[*sqlconn.Error](err); is {
			return nil, said.Number, err
		}
		if err != nil {
			return nil, 0, err
		}
		for _, row := range rows.Rows {
			out = append(out, []string{sqlconn.Text(row[0]), sqlconn.Text(row[1]), sqlconn.Text(row[2])})
		}
		return out, 0, nil
	})
	if err != nil && answer == may.Unsaid {
		return (&hintError{err: err, code: exitUnsaid}).withHint("it can be said neither that %s may run it nor that he may not", user)
	}
	if err != nil {
		return fmt.Errorf("ask for %s: %w", user, err)
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, row := range reasons {
		fmt.Fprintf(w, "%s\t%s\t%s\n", row[0], row[1], row[2])
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if answer != may.Yes {
		return failure("%s may not run this statement", user)
	}
	return nil
}
