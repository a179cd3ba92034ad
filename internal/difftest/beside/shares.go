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
	of    map[string]float64
}

func readShares(path string) (*shares, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	s := &shares{of: map[string]float64{}}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			s.head = append(s.head, line)
			continue
		}
		name, number, _ := strings.Cut(line, " ")
		share, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", path, line, err)
		}
		s.names = append(s.names, name)
		s.of[name] = share
	}
	return s, lines.Err()
}

// raise notes a better share of a file of the list, two digits of it.
func (s *shares) raise(name string, share float64) {
	if old, listed := s.of[name]; listed {
		s.of[name] = max(old, float64(int(share*100))/100)
	}
}

func (s *shares) write(path string) error {
	var b strings.Builder
	for _, l := range s.head {
		b.WriteString(l + "\n")
	}
	for _, n := range s.names {
		fmt.Fprintf(&b, "%-16s %.2f\n", n, s.of[n])
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// common is the part of the lines of want that come out in got, in order: the
// longest block that both have, and the same left and right of it.
func common(want, got []string) float64 {
	if len(want) == 0 {
		return 1
	}
	at := map[string][]int{}
	for j, l := range got {
		at[l] = append(at[l], j)
	}
	return float64(matching(want, at, 0, len(want), 0, len(got))) / float64(len(want))
}

func matching(want []string, at map[string][]int, low, high, left, right int) int {
	if low >= high || left >= right {
		return 0
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
		return 0
	}
	return size + matching(want, at, low, start, left, begin) + matching(want, at, start+size, high, begin+size, right)
}
