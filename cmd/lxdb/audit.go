package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/security/audit"
)

func newAudit() *cobra.Command {
	c := &cobra.Command{
		Use:   "audit",
		Short: "Verify, show and export the audit log",
		Long: `Verify, show and export the audit log of a data directory, whether a server runs on
it or not. Nothing is changed. Whoever may read the directory and its audit key may
do this; in SQL the log is sys.audit_log, for AUDIT READ.`,
		Args: exactly(),
	}
	c.AddCommand(newAuditVerify(), newAuditTail(), newAuditExport())
	return c
}

func newAuditVerify() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "verify",
		Short: "Follow the chain from the first record to the last",
		Long: `Follow the chain from the first record to the last. A record that was changed, added,
moved or taken out ends it, with exit code 1; so does an end that was cut off, now or
before a start. What a power cut left unfinished at the
very end is no fault: nobody was told that it was done, and the next start cuts it off.`,
		Example: "  lxdb audit verify --data ./data",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			r, err := readAudit(c, data, nil)
			if err != nil {
				return err
			}
			out := fmt.Sprintf("%d records in %d files, %d to %d, the chain is whole\nhead %s\n", r.Last-r.First+1, r.Files, r.First, r.Last, r.Head)
			if r.Headless {
				out += "nothing says where the log should end; the next start of a server begins that\n"
			}
			if r.Missing {
				out += fmt.Sprintf("the log begins with record %d: older files were taken away\n", r.First)
			}
			if r.Torn > 0 {
				out += fmt.Sprintf("%d bytes at the end are no whole record: being written, or torn by a power cut\n", r.Torn)
			}
			_, err = io.WriteString(c.OutOrStdout(), out)
			return err
		},
	}
	addDataFlag(c.Flags(), &data)
	return c
}

func newAuditTail() *cobra.Command {
	var data string
	var n int
	c := &cobra.Command{
		Use:     "tail",
		Short:   "Show the newest records",
		Example: "  lxdb audit tail -n 50 --data ./data",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if n < 1 || n > 100_000 {
				return usage(c, errors.New("-n is a number from 1 to 100000"))
			}
			var last []audit.Record
			_, err := readAudit(c, data, func(r audit.Record) error {
				if len(last) >= 2*n {
					last = slices.Clone(last[n:])
				}
				last = append(last, r)
				return nil
			})
			for _, r := range last[max(0, len(last)-n):] {
				if _, err := fmt.Fprintln(c.OutOrStdout(), recordLine(r)); err != nil {
					return err
				}
			}
			return err
		},
	}
	addDataFlag(c.Flags(), &data)
	c.Flags().IntVarP(&n, "lines", "n", 20, "show the last `n` records")
	return c
}

func newAuditExport() *cobra.Command {
	var data string
	var from uint64
	c := &cobra.Command{
		Use:   "export",
		Short: "Write all records as JSON, one a line",
		Long: `Write all records to standard output as JSON, one object a line, oldest first, for
programs that collect logs. The chain is verified on the way; exit code 1 when it is
broken, after what stands before that place.`,
		Example: "  lxdb audit export --from 5000 --data ./data > audit.jsonl",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			w := bufio.NewWriter(c.OutOrStdout())
			enc := json.NewEncoder(w)
			enc.SetEscapeHTML(false)
			_, err := readAudit(c, data, func(r audit.Record) error {
				if r.Seq < from {
					return nil
				}
				return enc.Encode(r)
			})
			return errors.Join(err, w.Flush())
		},
	}
	addDataFlag(c.Flags(), &data)
	c.Flags().Uint64Var(&from, "from", 1, "begin with record `number`")
	return c
}

// readAudit reads and verifies the log. A torn tail is no error.
func readAudit(c *cobra.Command, data string, each func(audit.Record) error) (audit.Report, error) {
	dir, err := dataDir(c, data)
	if err != nil {
		return audit.Report{}, err
	}
	log, keyFile := engine.AuditFiles(dir)
	if _, err := os.Stat(log); errors.Is(err, fs.ErrNotExist) {
		return audit.Report{}, failure("no audit log in %s", dir).withHint("the first start of a server on the directory begins it")
	}
	r, err := audit.VerifyAll(audit.Files{Dir: log, KeyFile: keyFile}, each)
	switch {
	case errors.Is(err, audit.ErrCut):
		return r, failure("%v", err).withHint("what was recorded last is gone; what was exported before may have it. The records that are there are as they were written")
	case errors.Is(err, audit.ErrOlder):
		return r, failure("%v", err).withHint("what was changed since is as it was before; lxdb cert reseal takes the store as it is")
	case errors.Is(err, audit.ErrTorn):
		return r, nil
	case errors.Is(err, audit.ErrTampered):
		return r, failure("%v", err).withHint("records up to %d are as they were written; keep a copy of the directory", r.Last)
	}
	return r, err
}

// errorOf is what the client heard: number and SQLSTATE.
func errorOf(r audit.Record) string {
	switch {
	case r.Code == 0:
		return ""
	case r.State == "":
		return strconv.Itoa(r.Code)
	}
	return fmt.Sprintf("%d (%s)", r.Code, r.State)
}

// recordLine is a record for people.
func recordLine(r audit.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s %s %s", r.Seq, r.Time.Format(time.RFC3339), r.Event, r.Result)
	for _, f := range []struct{ name, text string }{
		{"user", r.Name}, {"login", r.LoginName}, {"from", strings.TrimSpace(r.Transport + " " + r.Remote)}, {"for", r.Purpose}, {"on", r.Object},
		{"lacks", r.Missing}, {"error", errorOf(r)}, {"because", r.Reason}, {"statement", r.Statement},
	} {
		if f.text != "" {
			fmt.Fprintf(&b, " %s=%q", f.name, f.text)
		}
	}
	for _, change := range r.Changes {
		fmt.Fprintf(&b, "\n    %q: %q -> %q", change.Of, change.Before, change.After)
	}
	if r.More > 0 {
		fmt.Fprintf(&b, "\n    and %d more", r.More)
	}
	return b.String()
}
