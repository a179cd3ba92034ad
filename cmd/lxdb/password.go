package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lxdb/lxdb/internal/instance"
)

// newPassword reads the new password of a user: from a file, typed twice on a
// terminal, or the first line of standard input.
func newPassword(c *cobra.Command, user, file string) (string, error) {
	if file != "" {
		return instance.ReadPasswordFile(file)
	}
	if in, ok := c.InOrStdin().(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		return typePassword(c, in, user)
	}
	return firstLine(c.InOrStdin())
}

func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", failure("no password on standard input").withHint("pipe it in, or name a file with --password-file")
	}
	return line, nil
}

func typePassword(c *cobra.Command, in *os.File, user string) (string, error) {
	ask := func(prompt string) (string, error) { return askPassword(in, c.ErrOrStderr(), prompt) }
	first, err := ask("New password for " + user + ": ")
	if err != nil {
		return "", err
	}
	if first == "" {
		return "", failure("the password is empty")
	}
	second, err := ask("Once more: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", failure("the two passwords differ").withHint("nothing was changed; try again")
	}
	return first, nil
}

// askPassword asks at a terminal, which shows nothing of the answer, not even of one that
// is typed before the question is out.
func askPassword(in *os.File, out io.Writer, question string) (_ string, err error) {
	state, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return "", fmt.Errorf("terminal: %w", err)
	}
	defer func() { err = errors.Join(err, term.Restore(int(in.Fd()), state)) }()
	text, err := term.NewTerminal(terminal{in, out}, "").ReadPassword(question)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return text, nil
}
