package ldapfile

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldapconn"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldif"
)

// shownFaults is how many faults a report lists; the rest is counted.
const shownFaults = 20

// BadLines is why a file was not imported: what is wrong with its lines.
type BadLines struct {
	File   string
	Faults []ldif.SyntaxError // the first ones
	Total  int
}

func (b *BadLines) Error() string {
	if b.Total == 1 {
		return b.File + " has 1 bad record, nothing was sent"
	}
	return fmt.Sprintf("%s has %d bad records, nothing was sent", b.File, b.Total)
}

// Print lists the faults as file:line: reason.
func (b *BadLines) Print(w io.Writer) {
	for _, f := range b.Faults {
		fmt.Fprintf(w, "%s:%d: %s\n", b.File, f.Line, f.Reason)
	}
	if more := b.Total - len(b.Faults); more > 0 {
		fmt.Fprintf(w, "%s: and %d more\n", b.File, more)
	}
}

// Check reads the whole file and returns how many records it has. What is wrong
// is a *BadLines. No server is asked.
func Check(ctx context.Context, opts ImportOptions) (records int, err error) {
	bad := &BadLines{File: opts.File}
	err = opts.each(ctx, "checking", func(r *ldif.Record, fault *ldif.SyntaxError) error {
		if fault == nil {
			fault = checkNames(r)
		}
		if fault == nil {
			records++
			return nil
		}
		bad.Total++
		if len(bad.Faults) < shownFaults {
			bad.Faults = append(bad.Faults, *fault)
		}
		return nil
	})
	switch {
	case err != nil:
		return records, err
	case bad.Total > 0:
		return records, bad
	case records == 0:
		return 0, fmt.Errorf("%s has no records", opts.File)
	}
	return records, nil
}

// checkNames looks at what LDIF does not ask of names, and every server does.
func checkNames(r *ldif.Record) *ldif.SyntaxError {
	if r.DN == "" {
		return &ldif.SyntaxError{Line: r.Line, Reason: "the root DSE cannot be changed"}
	}
	names := []string{r.DN}
	if r.Kind == ldif.Rename {
		names = append(names, r.Rename.RDN, r.Rename.Superior)
	}
	for _, name := range names {
		if err := ldapconn.CheckDN(name); err != nil {
			return &ldif.SyntaxError{Line: r.Line, Reason: fmt.Sprintf("%s is no DN (RFC 4514): %v", shown(name), err)}
		}
	}
	return nil
}

// each reads the file from its beginning. A fault comes without a record.
func (o ImportOptions) each(ctx context.Context, phase string, do func(*ldif.Record, *ldif.SyntaxError) error) error {
	f, err := o.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	r := ldif.NewReader(f)
	for {
		rec, err := r.Next()
		var fault *ldif.SyntaxError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.As(err, &fault):
			return fmt.Errorf("read %s: %w", o.File, err)
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if err := do(rec, fault); err != nil {
			return err
		}
		if o.Progress != nil {
			o.Progress(phase, r.Offset())
		}
	}
}
