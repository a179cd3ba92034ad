package shell

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
)

// defaultPager leaves a result on the screen when it ends, and cuts long lines instead
// of breaking them.
const defaultPager = "less -FRSX"

// PagerCommand is what shows results that are longer than the screen: $LXDB_PAGER or
// $PAGER, else less where there is one. "" is none.
func PagerCommand() string {
	for _, name := range []string{"LXDB_PAGER", "PAGER"} {
		if command, ok := os.LookupEnv(name); ok {
			return command
		}
	}
	if _, err := exec.LookPath("less"); err != nil {
		return ""
	}
	return defaultPager
}

// paged writes to a terminal what fits there, and gives what is longer to a pager.
type paged struct {
	out     io.Writer
	command string
	lines   int // of the screen
	held    bytes.Buffer
	seen    int // lines in held
	pager   *exec.Cmd
	in      io.WriteCloser
}

// errPagerLeft: the person has left the pager before the end of a result.
var errPagerLeft = errors.New("the pager was left")

func (p *paged) Write(b []byte) (int, error) {
	if p.in == nil {
		p.held.Write(b)
		if p.seen += bytes.Count(b, []byte{'\n'}); p.seen < p.lines-1 { // a line is the next prompt's
			return len(b), nil
		}
		if err := p.start(); err != nil {
			return 0, err
		}
		b2 := p.held.Bytes()
		if _, err := p.in.Write(b2); err != nil {
			return 0, errPagerLeft
		}
		return len(b), nil
	}
	n, err := p.in.Write(b)
	if err != nil {
		return n, errPagerLeft
	}
	return n, nil
}

// start begins the pager. Without one, or one that does not begin, the terminal has to do.
func (p *paged) start() error {
	if p.command != "" {
		cmd := exec.Command("/bin/sh", "-c", p.command)
		cmd.Stdout, cmd.Stderr = p.out, os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		if cmd.Start() == nil {
			p.pager, p.in = cmd, in
			return nil
		}
	}
	p.in = nopCloser{p.out}
	return nil
}

// Close waits until the person has left the pager.
func (p *paged) Close() error {
	if p.in == nil {
		_, err := p.out.Write(p.held.Bytes())
		return err
	}
	err := p.in.Close()
	if p.pager == nil {
		return err
	}
	_ = p.pager.Wait() // how it ended is between the person and the pager
	return nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
