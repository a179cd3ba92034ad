package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldapfile"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/progress"
)

// ldapImportFlags are the flags of ldap import.
type ldapImportFlags struct {
	ldapFlags
	dryRun, goOn bool
}

func newLDAPImport() *cobra.Command {
	var f ldapImportFlags
	c := &cobra.Command{
		Use:   "import FILE.ldif",
		Short: "Add the entries of an LDIF file to the directory, make its changes",
		Long: `Add the entries of an LDIF file to the directory, and make the changes (changetype add,
modify, delete, modrdn) that it asks for. The whole file is checked before anything is
sent; bad lines are listed as file:line: reason. --dry-run stops there and needs no
server.

The order of entries does not matter: members that do not exist yet join their groups
at the end. Attributes that the server computes, such as memberOf, are left out, so
that what ldapsearch prints can be imported.

This is not all or nothing, because LDAP has no transactions. The first record that the
server refuses ends the import, unless --continue is given; what was done before stays.
Run it again then: entries that have all that the file says are skipped, groups that
lack members get them. A file that renames or deletes should be run on from the record
where it stopped.

userPassword sets a password. It has to be the password itself, not a hash of it.

` + ldapHelp,
		Example: `  lxdb ldap import people.ldif --dry-run
  lxdb ldap import people.ldif --data ./data
  lxdb ldap import people.ldif --continue --data ./data 2>refused.txt`,
		Args: exactly("FILE.ldif"),
		RunE: func(c *cobra.Command, args []string) error { return ldapImport(c, &f, args[0]) },
	}
	f.add(c)
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "check the file and send nothing")
	c.Flags().BoolVar(&f.goOn, "continue", false, "go on after records that the server refuses")
	return c
}

func ldapImport(c *cobra.Command, f *ldapImportFlags, file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return failure("%s is not a file", file).withHint("an import reads its input twice")
	}
	stderr := c.ErrOrStderr()
	bar := progress.New(stderr, file, info.Size())
	opts := ldapfile.ImportOptions{File: file, Continue: f.goOn, Progress: bar.Set}
	opts.Open = func() (io.ReadCloser, error) { return os.Open(file) }
	opts.Note = func(text string) {
		bar.Clear()
		fmt.Fprintln(stderr, text)
	}
	if f.dryRun {
		return ldapDryRun(c.Context(), stderr, bar, opts)
	}
	if err := f.check(c); err != nil {
		return err
	}
	if _, err := checkLDIF(c.Context(), stderr, bar, opts); err != nil {
		return err
	}
	return f.withDirectory(c, func(ctx context.Context, d directory) error {
		done, err := ldapfile.Import(ctx, d, opts)
		bar.Clear()
		fmt.Fprintf(stderr, "imported %s: %d added, %d changed, %d skipped, %d refused\n",
			file, done.Added, done.Changed, done.Skipped, done.Refused)
		return importOutcome(ctx, f.goOn, done, err)
	})
}

func ldapDryRun(ctx context.Context, stderr io.Writer, bar *progress.Bar, opts ldapfile.ImportOptions) error {
	n, err := checkLDIF(ctx, stderr, bar, opts)
	if err == nil {
		fmt.Fprintf(stderr, "%s is well formed, %s; nothing was sent\n", opts.File, count(n, "record"))
	}
	return err
}

// checkLDIF checks the file and shows its bad lines.
func checkLDIF(ctx context.Context, stderr io.Writer, bar *progress.Bar, opts ldapfile.ImportOptions) (int, error) {
	n, err := ldapfile.Check(ctx, opts)
	bar.Clear()
	var bad *ldapfile.BadLines
	if errors.As(err, &bad) {
		bad.Print(stderr)
	}
	return n, err
}

// importOutcome says why an import ended early.
func importOutcome(ctx context.Context, goOn bool, done ldapfile.Imported, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return failure("interrupted").withHint("run it again: what is there already is skipped")
	case errors.Is(err, ldapfile.ErrRefused) && goOn:
		return failure("the directory refused %s", count(done.Refused, "record"))
	case errors.Is(err, ldapfile.ErrRefused):
		return failure("the directory refused a record, those behind it were not sent").
			withHint("correct the file and run it again, what is there already is skipped; or go on with --continue")
	}
	return (&hintError{err: err}).withHint("run it again: what is there already is skipped")
}
