package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/internal/instance"
	"github.com/lxdb/lxdb/security/tlsconf"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitUnsaid = 3 // neither yes nor no
)

// hintError is an error with what the reader can do about it.
type hintError struct {
	err   error
	hint  string
	usage bool
	code  int // 0: exitFailed
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }

func (e *hintError) withHint(format string, args ...any) *hintError {
	e.hint = fmt.Sprintf(format, args...)
	return e
}

func failure(format string, args ...any) *hintError {
	return &hintError{err: fmt.Errorf(format, args...)}
}

// usage is for a command line that cannot be run.
func usage(c *cobra.Command, err error) *hintError {
	return (&hintError{err: err, usage: true}).withHint("see %q", c.CommandPath()+" --help")
}

// report prints err and returns the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	text, hint, code := err.Error(), hintOf(err), exitFailed
	var ours *hintError
	if errors.As(err, &ours) && ours.usage {
		code = exitUsage
	}
	if ours != nil && ours.code != 0 {
		code = ours.code
	}
	// Packages below carry some hints in their texts.
	if before, after, ok := strings.Cut(text, "; hint: "); ok {
		text = before
		if hint == "" {
			hint = after
		}
	}
	fmt.Fprintln(w, "lxdb: error:", strings.ReplaceAll(text, "\n", "; "))
	if hint != "" {
		fmt.Fprintln(w, "lxdb: hint:", hint)
	}
	return code
}

// hintOf finds the hint of an error, or knows one for the errors of packages
// that do not know the command line.
func hintOf(err error) string {
	var ours *hintError
	var answer *sqlconn.Error
	switch {
	case errors.As(err, &ours) && ours.hint != "":
		return ours.hint
	case errors.Is(err, instance.ErrTampered):
		return "lxdb check says which records; restore a backup, or take them as they are with lxdb cert reseal"
	case errors.Is(err, instance.ErrEmptied):
		return "restore kivi/ from a backup; for a new database name another directory, or move authority/ and audit/ away first"
	case errors.As(err, &answer) && answer.Hint != "":
		return answer.Hint
	case errors.Is(err, instance.ErrInUse):
		return "stop that lxdb first, or name another directory with --data"
	case errors.Is(err, instance.ErrNoDatabase):
		return `make one with "lxdb serve --data DIR", or name another directory`
	case errors.Is(err, sqlconn.ErrNoRootPassword):
		return "name a file that holds it with --root-password-file"
	case errors.Is(err, tlsconf.ErrNoAuthorityKey):
		return "copy ca.key back into the data directory"
	case errors.Is(err, syscall.EADDRINUSE):
		return "another program listens there; name another address, port 0 picks a free one"
	case errors.Is(err, fs.ErrPermission):
		return "run as the user that owns the files"
	}
	return ""
}
