package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/internal/instance"
)

func newCheck() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "check",
		Short: "Check whether the data is whole",
		Long: `Hold every row against every index, both ways, and look at unique keys, counters, the
catalog, permission certificates against grants, and what belongs to nothing. Nothing is
changed. No server may run on the directory; a copy can be checked beside one.

One line for each finding: object, what is wrong, how many. Exit code 1 when there
is one.`,
		Example: "  lxdb check --data ./data",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := dataDir(c, data)
			if err != nil {
				return err
			}
			if _, err := os.Stat(filepath.Join(dir, "kivi")); errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%w: %s", instance.ErrNoDatabase, dir)
			}
			return check(c, dir)
		},
	}
	addDataFlag(c.Flags(), &data)
	return c
}

func check(c *cobra.Command, dir string) error {
	findings, err := engine.CheckDir(c.Context(), dir)
	for _, f := range findings {
		if _, err := fmt.Fprintf(c.OutOrStdout(), "%s: %s (%d)\n", f.Object, f.What, f.Count); err != nil {
			return err
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("check: %w", err)
	case len(findings) > 0:
		return failure("check: %d findings", len(findings)).
			withHint("keep a copy of the directory; a restored backup or a dump that is loaded again is whole")
	}
	_, err = fmt.Fprintln(c.OutOrStdout(), "no findings")
	return err
}
