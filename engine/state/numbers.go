package state

import "github.com/lxdb/lxdb/catalog"

// numbers are those that a session took of sequences.
type numbers struct {
	of   map[catalog.ID]int64
	last catalog.ID
}

// maxNumbers bounds for how many sequences a session knows its last number.
const maxNumbers = 10000

// NoteNumber remembers a number that the session took.
func (s *Session) NoteNumber(sequence catalog.ID, n int64) {
	if s.numbers.of == nil || len(s.numbers.of) >= maxNumbers {
		s.numbers.of = map[catalog.ID]int64{}
	}
	s.numbers.of[sequence], s.numbers.last = n, sequence
}

// LastNumber is the last one of a sequence, or with 0 of any; false before the first.
func (s *Session) LastNumber(sequence catalog.ID) (n int64, ok bool) {
	if sequence == 0 {
		sequence = s.numbers.last
	}
	n, ok = s.numbers.of[sequence]
	return n, ok
}
