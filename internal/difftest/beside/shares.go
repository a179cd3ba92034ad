package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// shares is the ratchet of peers: what each file must reach. It only grows.
type shares struct {
	head  []string // comments at the top
	names []string
	of    map[string]*pair
}

// pair is a file's share of all lines, and without the kinds of kinds.txt.
type pair struct{ all, mysql float64 }

func readShares(path string) (*shares, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	s := &shares{of: map[string]*pair{}}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			s.head = append(s.head, line)
			continue
		}
		f := strings.Fields(line)
		if len(f) != 3 {
			return nil, fmt.Errorf("%s: %q: not a name and two numbers", path, line)
		}
		p := &pair{}
		for i, to := range []*float64{&p.all, &p.mysql} {
			if *to, err = strconv.ParseFloat(f[i+1], 64); err != nil {
				return nil, fmt.Errorf("%s: %q: %w", path, line, err)
			}
		}
		s.names = append(s.names, f[0])
		s.of[f[0]] = p
	}
	return s, lines.Err()
}

// raise notes better shares of a file of the list, two digits of them.
func (s *shares) raise(name string, p pair) {
	if old := s.of[name]; old != nil {
		old.all = max(old.all, float64(int(p.all*100))/100)
		old.mysql = max(old.mysql, float64(int(p.mysql*100))/100)
	}
}

func (s *shares) write(path string) error {
	var b strings.Builder
	for _, l := range s.head {
		b.WriteString(l + "\n")
	}
	for _, n := range s.names {
		fmt.Fprintf(&b, "%-16s %.2f %.2f\n", n, s.of[n].all, s.of[n].mysql)
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// found says which lines of want come out in got, in order: the longest block
// that both have, and the same left and right of it.
func found(want, got []string) []bool {
	at := map[string][]int{}
	for j, l := range got {
		at[l] = append(at[l], j)
	}
	m := make([]bool, len(want))
	matching(want, at, m, 0, len(want), 0, len(got))
	return m
}

func matching(want []string, at map[string][]int, m []bool, low, high, left, right int) {
	if low >= high || left >= right {
		return
	}
	start, begin, size := 0, 0, 0
	ending := map[int]int{} // length of the block that ends at a line of got
	for i := low; i < high; i++ {
		next := map[int]int{}
		for _, j := range at[want[i]] {
			if j < left || j >= right {
				continue
			}
			n := ending[j-1] + 1
			next[j] = n
			if n > size {
				start, begin, size = i-n+1, j-n+1, n
			}
		}
		ending = next
	}
	if size == 0 {
		return
	}
	for i := start; i < start+size; i++ {
		m[i] = true
	}
	matching(want, at, m, low, start, left, begin)
	matching(want, at, m, start+size, high, begin+size, right)
}
