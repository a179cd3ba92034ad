package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/lxdb/lxdb/security/audit"
)

// auditFlags are the settings of the audit log.
type auditFlags struct {
	fileMiB, keep int
	onFailure     string
}

func (f *auditFlags) add(flags *pflag.FlagSet) {
	flags.IntVar(&f.fileMiB, "audit-file-mib", 16, "begin a new file of the audit log after `n` MiB")
	flags.IntVar(&f.keep, "audit-keep", 0, "keep the newest `n` files of the audit log; 0 keeps all")
	flags.StringVar(&f.onFailure, "audit-on-failure", "refuse", "when the audit log cannot be written: `refuse` what should be recorded, or continue")
}

// options checks the flags.
func (f *auditFlags) options() (audit.Options, error) {
	switch {
	case f.fileMiB < 1 || f.fileMiB > 1024:
		return audit.Options{}, fmt.Errorf("--audit-file-mib: %d is not in 1 to 1024", f.fileMiB)
	case f.keep < 0:
		return audit.Options{}, errors.New("--audit-keep is a number from 0")
	case f.onFailure != "refuse" && f.onFailure != "continue":
		return audit.Options{}, fmt.Errorf("--audit-on-failure is refuse or continue, not %q", f.onFailure)
	}
	return audit.Options{SegmentBytes: int64(f.fileMiB) << 20, Keep: f.keep, Continue: f.onFailure == "continue"}, nil
}
