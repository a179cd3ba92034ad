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
is one. What a crash left behind and the next start removes is a note, and no finding.`,
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
	wrong := 0
	for _, f := range findings {
		note := "note: "
		if !f.Note {
			wrong, note = wrong+1, ""
		}
		if _, err := fmt.Fprintf(c.OutOrStdout(), "%s%s: %s (%d)\n", note, f.Object, f.What, f.Count); err != nil {
			return err
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("check: %w", err)
	case wrong > 0:
		return failure("check: %d findings", wrong).
			withHint("keep a copy of the directory; a restored backup or a dump that is loaded again is whole")
	}
	_, err = fmt.Fprintln(c.OutOrStdout(), "no findings")
	return err
}
