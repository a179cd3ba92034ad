package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/lxdb/lxdb/internal/difftest"
)

// runPrograms runs generated stored programs on both servers: what they leave in their tables
// and how their CALL ended must be the same.
func runPrograms(dir string, args []string) error {
	var n, most, tries int
	var seed uint64
	var binary, socket string
	f := flag.NewFlagSet("programs", flag.ContinueOnError)
	f.IntVar(&n, "n", 2000, "programs")
	f.Uint64Var(&seed, "seed", 0, "seed; 0: one by chance, which is printed")
	f.StringVar(&binary, "lxdb", "", "binary; default: built from here")
	f.StringVar(&socket, "mariadb", "", "socket of a MariaDB that runs already, of which root has no password")
	f.IntVar(&most, "most", 5, "stop after so many differences")
	f.IntVar(&tries, "tries", 200, "questions that a reduction may ask")
	if err := f.Parse(args); err != nil {
		return err
	}
	if seed == 0 {
		seed = rand.Uint64N(1 << 32)
	}
	var err error
	if binary, err = build(dir, binary); err != nil {
		return err
	}
	theirs := &mariadb{socket: socket}
	if socket == "" {
		if theirs, err = startMariaDB(dir); err != nil {
			return err
		}
		defer func() { theirs.stop() }()
	}
	ours, err := startLXDB(binary, dir)
	if err != nil {
		return err
	}
	defer func() { ours.stop() }()
	set := []string{"SET SESSION sql_mode = '" + mode + "'"}
	pair := [2]*difftest.Side{
		{Name: "lxdb", Setup: set, Dial: func(db string) (*difftest.Conn, error) { return ours.dial(db) }},
		{Name: "MariaDB", Setup: set, Dial: theirs.dial},
	}
	fmt.Printf("seed %d, %d programs\n", seed, n)
	began, found := time.Now(), 0
	for i := range n {
		root := difftest.NewGen(seed + uint64(i)).Program()
		differ, err := programsDiffer(pair, root)
		if err != nil {
			return err
		}
		if !differ {
			continue
		}
		found++
		var failed error
		root = difftest.Reduce(root, tries, func(smaller *difftest.Node) bool {
			if failed != nil {
				return false
			}
			var differ bool
			differ, failed = programsDiffer(pair, smaller)
			return differ && failed == nil
		})
		if failed != nil {
			return failed
		}
		a, _ := transcript(pair[0], root)
		b, _ := transcript(pair[1], root)
		fmt.Printf("\n-- seed %d\n%s\n-- lxdb\n%s-- MariaDB\n%s", seed+uint64(i), strings.ReplaceAll(root.Text(), "\n//\n", ";\n"), a, b)
		if found >= most {
			n = i + 1
			break
		}
	}
	fmt.Printf("%d programs in %d s, %d differ\n", n, int(time.Since(began).Seconds()), found)
	if found > 0 {
		return errWorse
	}
	return nil
}

func programsDiffer(pair [2]*difftest.Side, root *difftest.Node) (bool, error) {
	var out [2]string
	for i, side := range pair {
		var err error
		if out[i], err = transcript(side, root); err != nil {
			return false, err
		}
	}
	// what neither of them takes, or does not end on one, says nothing
	return out[0] != out[1] && !strings.Contains(out[1], " 1064") && !strings.Contains(out[1], hangs), nil
}

const hangs = "no answer in time\n"

// transcript is what a program does on a server.
func transcript(s *difftest.Side, root *difftest.Node) (string, error) {
	if err := s.Use(""); err != nil {
		return "", err
	}
	if err := s.Exec(difftest.ProgramTables...); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, text := range difftest.Split(root) {
		words := strings.Fields(text)
		r, err := s.Ask(text, nil, false)
		var slow net.Error
		switch {
		case errors.As(err, &slow) && slow.Timeout():
			return hangs, nil
		case err != nil:
			return fmt.Sprintf("%s: %v\n", words[0], err), nil
		case r.Number != 0:
			fmt.Fprintf(&b, "%s %s: %d\n", words[0], words[1], r.Number)
		}
	}
	for _, text := range difftest.ProgramAnswers {
		r, err := s.Ask(text, nil, false)
		if err != nil {
			return "", err
		}
		for _, row := range r.Rows {
			for _, cell := range row {
				b.WriteString(cell.String() + " ")
			}
			b.WriteString("\n")
		}
		b.WriteString(";\n")
	}
	return b.String(), nil
}
