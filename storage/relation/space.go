package relation

// space is memory for the keys and values of the rows that a Writer writes: they live as long as one
// of them is needed, which a statement's end ends at the latest. A nil space makes each of them by itself.
type space struct{ buf []byte }

const (
	spaceBytes = 1 << 10
	spaceLeft  = 128 // with less it begins anew
)

// begin is empty room to append to.
func (s *space) begin() []byte {
	if s == nil {
		return make([]byte, 0, 64)
	}
	if cap(s.buf)-len(s.buf) < spaceLeft {
		s.buf = make([]byte, 0, spaceBytes)
	}
	return s.buf[len(s.buf):]
}

// end keeps what was appended to begin.
func (s *space) end(b []byte) []byte {
	if s != nil && len(b) > 0 && cap(b) == cap(s.buf)-len(s.buf) && &b[0] == &s.buf[:cap(s.buf)][len(s.buf)] {
		s.buf = s.buf[:len(s.buf)+len(b)]
	}
	return b[:len(b):len(b)]
}
