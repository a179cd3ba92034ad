package netserve

import "net/netip"

// Whoever connects and says nothing must not keep out who comes after him. When there
// is no room, the stranger who waits longest makes it: the oldest of the same address
// when that has too many, the oldest of all otherwise, as a SYN backlog does it. A
// flood has to turn over every place within the time of one login to hinder it.

// count is what one address has.
type count struct {
	all       int
	strangers queue
	dropped   int // cut, and their goroutines run still
}

// maxDropped bounds, for one address, the goroutines of connections that were cut:
// one that checks a password comes back when that is done. Beyond it the next one is
// refused.
const maxDropped = 64

// queue is the strangers in the order in which they came.
type queue struct {
	n           int
	first, last *Place
}

// link is a place's position in a queue.
type link struct{ before, after *Place }

// of says which of its links a place has in a queue.
type of func(*Place) *link

func ofAll(p *Place) *link  { return &p.all }
func ofHere(p *Place) *link { return &p.here }

func (q *queue) push(p *Place, l of) {
	l(p).before, l(p).after = q.last, nil
	if q.last != nil {
		l(q.last).after = p
	} else {
		q.first = p
	}
	q.last = p
	q.n++
}

func (q *queue) remove(p *Place, l of) {
	at := l(p)
	if at.before != nil {
		l(at.before).after = at.after
	} else {
		q.first = at.after
	}
	if at.after != nil {
		l(at.after).before = at.before
	} else {
		q.last = at.before
	}
	at.before, at.after = nil, nil
	q.n--
}

// enter counts a connection that was accepted. REQUIRES: mu.
func (s *Server) enter(p *Place) {
	c := s.addresses[p.from]
	if c == nil {
		c = &count{}
		s.addresses[p.from] = c
	}
	c.all++
	c.strangers.push(p, ofHere)
	s.strangers.push(p, ofAll)
}

// known counts a stranger as one no more. REQUIRES: mu.
func (s *Server) known(p *Place) {
	s.addresses[p.from].strangers.remove(p, ofHere)
	s.strangers.remove(p, ofAll)
}

// leave counts a connection that has ended. REQUIRES: mu.
func (s *Server) leave(p *Place) {
	c := s.addresses[p.from]
	if p.dropped {
		c.dropped--
	} else {
		if !p.admitted {
			s.known(p)
		}
		c.all--
		delete(s.places, p)
	}
	if c.all == 0 && c.dropped == 0 {
		delete(s.addresses, p.from)
	}
}

// makeRoom cuts the stranger that waits longest, of one address or of all; false
// when there is none. REQUIRES: mu.
func (s *Server) makeRoom(from netip.Prefix, ofAddress bool) bool {
	oldest := s.strangers.first
	if ofAddress {
		oldest = s.addresses[from].strangers.first
	}
	if oldest == nil || s.addresses[oldest.from].dropped >= maxDropped {
		return false
	}
	s.known(oldest)
	c := s.addresses[oldest.from]
	c.all--
	c.dropped++
	delete(s.places, oldest)
	oldest.dropped = true
	go oldest.conn.Cut() // it may want locks of the connection
	return true
}
