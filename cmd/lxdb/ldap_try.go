package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/internal/instance"
	outside "github.com/lxdb/lxdb/security/directory"
	"github.com/lxdb/lxdb/security/ldapclient"
)

// tryFlags are the flags of ldap test.
type tryFlags struct {
	config, user, password string
	url                    []string
}

func newLDAPTest() *cobra.Command {
	var f tryFlags
	c := &cobra.Command{
		Use:   "test",
		Short: "Try the configuration of a company's LDAP directory step by step",
		Long: `Try the configuration of a company's LDAP directory step by step and say what is
wrong: every server, its certificate, the service account, the bases, and with --user
a user and the groups that he is in; with --password-file his password too. Nothing
is changed, and no lxdb server needs to run.

` + settingsHelp(),
		Example: `  lxdb ldap test --config lxdb.conf
  lxdb ldap test --config lxdb.conf --user marie --password-file pw`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error { return ldapTest(c, f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.config, "config", "", "`file` with the settings, as for serve")
	flags.StringArrayVar(&f.url, "ldap-url", nil, "`URL` of the directory, besides those in the file; may be repeated")
	flags.StringVar(&f.user, "user", "", "`name` of a user to look up")
	flags.StringVar(&f.password, "password-file", "", "`file` with the user's password")
	return c
}

// settingsHelp lists the settings of a directory.
func settingsHelp() string {
	var b strings.Builder
	b.WriteString("Settings of a directory in a configuration file (KEY = VALUE):\n\n")
	for _, k := range ldapclient.Keys() {
		helpLine(&b, k.Name, k.Help)
	}
	for _, k := range outside.Keys() {
		helpLine(&b, k.Name, k.Help)
	}
	b.WriteString("\nThe names that LeanXcale and ComputeDB have for them are understood too.")
	return b.String()
}

// helpLine writes a name and what it means, which may take several lines.
func helpLine(b *strings.Builder, name, text string) {
	const column, width = 27, 86
	at, _ := fmt.Fprintf(b, "  %-*s", column-2, name) // a strings.Builder never fails
	for i, word := range strings.Fields(text) {
		switch {
		case at+1+len(word) > width:
			fmt.Fprintf(b, "\n%*s", column, "")
			at = column
		case i > 0:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += len(word)
	}
	b.WriteByte('\n')
}

func ldapTest(c *cobra.Command, f tryFlags) error {
	configured, err := f.settings(c)
	if err != nil {
		return err
	}
	password := ""
	if f.password != "" {
		if password, err = instance.ReadPasswordFile(f.password); err != nil {
			return err
		}
	}
	ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	return tryDirectory(ctx, c.OutOrStdout(), configured, f.user, password)
}

// settings reads the file as serve would.
func (f tryFlags) settings(c *cobra.Command) (*instance.Outside, error) {
	var o instance.Outside
	serve := newServe().Flags()
	if f.config != "" {
		if err := readConfig(f.config, serve, &o); err != nil {
			return nil, usage(c, err)
		}
	}
	inFile, err := serve.GetStringArray("ldap-url")
	if err != nil {
		return nil, err
	}
	for _, url := range append(inFile, f.url...) {
		if _, _, err := o.Set("ldap-url", url); err != nil {
			return nil, usage(c, err)
		}
	}
	switch {
	case len(o.Client.URLs) == 0:
		return nil, usage(c, errors.New("no directory to try")).withHint("name a file with --config in which ldap-url is set, or give --ldap-url")
	case f.password != "" && f.user == "":
		return nil, usage(c, errors.New("--password-file is the password of --user"))
	}
	return &o, nil
}

// tryDirectory prints each step as it is done.
func tryDirectory(ctx context.Context, out io.Writer, o *instance.Outside, user, password string) error {
	failed := 0
	_ = o.Client.Check(ctx, user, password, func(s ldapclient.Step) {
		if s.Err == nil {
			fmt.Fprintf(out, "ok      %-13s %s\n", s.Name, s.Detail)
			return
		}
		failed++
		fmt.Fprintf(out, "FAILED  %-13s %s\n", s.Name, strings.TrimSpace(s.Detail+" "+s.Err.Error()))
		if s.Hint != "" {
			fmt.Fprintf(out, "        %-13s %s\n", "", s.Hint)
		}
	}) // the steps have said it
	if failed > 0 {
		return failure("%d of the steps failed", failed).withHint("the first that failed usually explains the others")
	}
	return nil
}
