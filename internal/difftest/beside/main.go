// Command beside runs lxdb and a MariaDB beside each other, both started by it on empty
// directories, and compares what they answer:
//
//	beside diff   generated statements (make diff)
//	beside programs  generated stored programs
//	beside peers  the test files that MariaDB's package carries (make peers)
//
// The exit status is 0 when nothing is worse than the lists in this directory
// say, 1 when something is, 2 when it could not run.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// errWorse is what makes the exit status 1; everything else makes it 2.
var errWorse = errors.New("worse than the list says")

func main() {
	endTogether()
	err := run(os.Args[1:])
	switch {
	case err == nil:
	case errors.Is(err, errWorse):
		fmt.Println(err)
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, "beside:", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("say diff, programs or peers")
	}
	dir, err := os.MkdirTemp("", "lxdb-beside-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	switch args[0] {
	case "diff":
		return runDiff(dir, args[1:])
	case "programs":
		return runPrograms(dir, args[1:])
	case "peers":
		return runPeers(dir, args[1:])
	}
	return fmt.Errorf("say diff, programs or peers, not %q", args[0])
}

// build makes the binary under test, unless one is given.
func build(dir, given string) (string, error) {
	if given != "" {
		return filepath.Abs(given)
	}
	path := filepath.Join(dir, "lxdb.bin")
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "./cmd/lxdb")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return path, cmd.Run()
}
