package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// dataVariable names the data directory where a --data flag is not given.
const dataVariable = "LXDB_DATA"

// run is the whole program without the process around it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return report(stderr, root.ExecuteContext(ctx))
}

// newRoot is the command tree.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "lxdb",
		Short: "A SQL database that checks every access against permission certificates",
		Long: `lxdb is a SQL database that MySQL clients use over TLS. Every read and write of
every table is checked against permission certificates.

New here? Run "lxdb demo".`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage(c, err) })
	root.AddCommand(newServe(), newDemo(), newUser(), newCert(), newCheck(), newCan(), newAudit(), newImport(), newSQL(), newTunnel(), newLDAP(), newVersion())
	for _, group := range append(root.Commands(), root) {
		if group.HasSubCommands() {
			group.Args, group.RunE = subcommandOnly, func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	}
	return root
}

// subcommandOnly refuses an unknown verb; without a verb the help is shown.
func subcommandOnly(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return usage(c, fmt.Errorf("there is no command %q", strings.TrimPrefix(c.CommandPath()+" "+args[0], "lxdb "))).
		withHint("commands are %s", strings.Join(names, ", "))
}

// exactly demands its number of arguments, which names list.
func exactly(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usage(c, fmt.Errorf("%s is missing", names[len(args)]))
		case len(args) > len(names):
			return usage(c, fmt.Errorf("%q is one argument too many", args[len(names)]))
		}
		return nil
	}
}

// atMost lets its arguments be left out.
func atMost(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > len(names) {
			return usage(c, fmt.Errorf("%q is one argument too many", args[len(names)]))
		}
		return nil
	}
}

func addDataFlag(flags *pflag.FlagSet, dir *string) {
	flags.StringVar(dir, "data", "", "data `directory` (default $"+dataVariable+")")
}

// dataDir makes the directory of --data absolute, because messages, files and
// recipes name it.
func dataDir(c *cobra.Command, dir string) (string, error) {
	if dir == "" {
		dir = os.Getenv(dataVariable)
	}
	if dir == "" {
		return "", usage(c, errors.New("no data directory")).withHint("say --data DIR, or set %s", dataVariable)
	}
	return filepath.Abs(dir)
}
