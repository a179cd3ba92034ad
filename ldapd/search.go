package ldapd

import (
	"context"
	"strings"
	"time"
)

// flushBytes is how much of an answer is collected before it is sent.
const flushBytes = 32 << 10

type searchRequest struct {
	base      string
	scope     scope
	sizeLimit int
	timeLimit int // seconds
	typesOnly bool
	filter    filterNode
	wanted    []string
}

func parseSearch(body []byte) (q searchRequest, err error) {
	r := reader{rest: body}
	q.base = r.text(tagOctets)
	q.scope = scope(r.integer(tagEnumerated))
	deref := r.integer(tagEnumerated)
	q.sizeLimit = r.integer(tagInteger)
	q.timeLimit = r.integer(tagInteger)
	q.typesOnly = r.boolean(tagBoolean)
	if r.bad || q.scope > scopeSub || deref > 3 {
		return q, malformed()
	}
	if q.filter, err = parseFilter(&r); err != nil {
		if f, ok := faultOf(err); ok {
			return q, f
		}
		return q, refuse(protocolError, "malformed filter")
	}
	list := r.inside(tagSequence)
	for list.more() {
		q.wanted = append(q.wanted, list.text(tagOctets))
	}
	if list.bad || r.bad {
		return q, malformed()
	}
	return q, nil
}

// search is one run of a SearchRequest.
type search struct {
	op     *operation
	q      searchRequest
	match  matcher
	chosen []*attribute
	limit  int // entries of this answer
	sent   int
	last   position
	more   bool // there is an entry beyond the limit
	buf    []byte
	err    error
}

func (op *operation) search() error {
	q, err := parseSearch(op.m.body)
	if err != nil {
		return err
	}
	base, err := op.target(q.base)
	if err != nil {
		return err
	}
	if base.kind == kindRoot && q.scope != scopeBase {
		return &fault{code: noSuchObject, text: "only the root DSE itself is here; search below " + op.suffixDN}
	}
	limit := op.c.s.opts.Limits.Search
	if q.timeLimit > 0 {
		limit = min(limit, time.Duration(q.timeLimit)*time.Second)
	}
	var cancel context.CancelFunc
	op.ctx, cancel = context.WithTimeout(op.ctx, limit)
	defer cancel()

	s := &search{op: op, q: q, chosen: choose(q.wanted)}
	s.match = op.compile(&q.filter)
	paged := s.setLimit()
	s.run(base)
	if s.err != nil {
		return s.err
	}
	if err := s.flush(); err != nil {
		return err
	}
	return s.finish(paged)
}

// setLimit says how many entries may be sent, and whether there is a next page.
// A page as large as the client's own limit is no page (RFC 2696, 3).
func (s *search) setLimit() (paged bool) {
	s.limit = s.op.c.s.opts.Limits.Entries
	if n := s.q.sizeLimit; n > 0 {
		s.limit = min(s.limit, n)
	}
	p := s.op.paging
	if p == nil || p.size == 0 && p.after == nil {
		return p != nil
	}
	if s.q.sizeLimit > 0 && p.size >= s.q.sizeLimit {
		return false
	}
	s.limit = min(p.size, s.op.c.s.opts.Limits.Entries)
	return true
}

func (s *search) finish(paged bool) error {
	if s.op.paging != nil {
		var next *position
		if paged && s.more && s.limit > 0 {
			next = &s.last
		}
		s.op.controls = appendPaging(nil, next)
	}
	if s.more && !paged {
		return refuse(sizeLimitExceeded, "more than %d entries match; use paged results", s.limit)
	}
	return nil
}

func (s *search) run(base *entry) {
	var after *position
	if s.op.paging != nil {
		after = s.op.paging.after
		if after != nil && s.op.paging.size == 0 {
			return // the client gives up on its pages
		}
	}
	seen := 0
	visit := func(e *entry) bool {
		// Canceled or out of time; asked seldom, since it takes a lock.
		if seen++; seen%64 == 1 && s.op.ctx.Err() != nil {
			s.err = s.op.ctx.Err()
			return false
		}
		return s.visit(e)
	}
	if name, ok := candidate(&s.q.filter); ok && base.p == nil {
		if e := s.op.locateUser(name); e != nil && within(base.kind, s.q.scope)&kindUser != 0 && behind(after, e) {
			visit(e)
		}
		return
	}
	s.op.walk(base, s.q.scope, after, visit)
}

// behind says whether an entry comes after a position.
func behind(after *position, e *entry) bool {
	if after == nil {
		return true
	}
	at := positionOf(e)
	if at.kind != after.kind {
		return rank(at.kind) > rank(after.kind)
	}
	return at.id > after.id
}

func (s *search) visit(e *entry) bool {
	if !s.op.mayRead(e) || s.match(e) != isTrue {
		return true
	}
	if s.sent == s.limit {
		s.more = true
		return false
	}
	s.sent++
	s.last = positionOf(e)
	s.buf = s.op.appendEntry(s.buf, e, s.chosen, s.q.typesOnly)
	if len(s.buf) < flushBytes {
		return true
	}
	s.err = s.flush()
	return s.err == nil
}

// flush sends what was collected, unless the operation was ended meanwhile.
func (s *search) flush() error {
	if err := s.op.ctx.Err(); err != nil {
		return err
	}
	if len(s.buf) == 0 {
		return nil
	}
	err := s.op.c.write(s.buf)
	s.buf = s.buf[:0]
	return err
}

// choose resolves a list of wanted attributes. Unknown ones are ignored, as RFC
// 4511, 4.5.1.8 demands.
func choose(wanted []string) []*attribute {
	users, operational := len(wanted) == 0, false
	named := map[*attribute]bool{}
	for _, w := range wanted {
		switch w {
		case "*":
			users = true
		case "+":
			operational = true
		default: // "1.1", for none, is a number that no attribute has
			if a := attributeNamed(w); a != nil {
				named[a] = true
			}
		}
	}
	var list []*attribute
	for _, a := range attributes {
		if !a.secret && (named[a] || users && a.usage == userUse || operational && a.usage == operationalUse) {
			list = append(list, a)
		}
	}
	return list
}

func (op *operation) appendEntry(dst []byte, e *entry, chosen []*attribute, typesOnly bool) []byte {
	dst, msg := open(dst, tagSequence)
	dst = appendInt(dst, tagInteger, op.m.id)
	dst, body := open(dst, opSearchEntry)
	dst = appendText(dst, tagOctets, op.dnOf(e))
	dst, list := open(dst, tagSequence)
	for _, a := range chosen {
		values := op.values(e, a)
		if len(values) == 0 {
			continue
		}
		var one, set int
		dst, one = open(dst, tagSequence)
		dst = appendText(dst, tagOctets, a.name)
		dst, set = open(dst, tagSet)
		if !typesOnly {
			for _, v := range values {
				dst = appendText(dst, tagOctets, v)
			}
		}
		dst = shut(shut(dst, set), one)
	}
	return shut(shut(shut(dst, list), body), msg)
}

// locateUser is the one account that a filter on uid can match.
func (v *view) locateUser(name string) *entry {
	p := v.snap.Principal(strings.Trim(name, " "))
	if p == nil {
		p = v.snap.Principal(foldText(name))
	}
	if p == nil {
		return nil
	}
	if e := entryOf(p); e != nil && e.kind == kindUser {
		return e
	}
	return nil
}

// compare answers whether an entry has a value.
func (op *operation) compare() error {
	r := reader{rest: op.m.body}
	name := r.text(tagOctets)
	ava := r.inside(tagSequence)
	attr, value := ava.text(tagOctets), ava.text(tagOctets)
	if r.bad || ava.bad {
		return malformed()
	}
	e, err := op.target(name)
	if err != nil {
		return err
	}
	a := attributeNamed(attr)
	switch {
	case a == nil:
		return refuse(undefinedAttribute, "unknown attribute %.64q", attr)
	case a.secret:
		return refuse(insufficientAccess, "%s cannot be compared", a.name)
	case len(op.values(e, a)) == 0:
		return refuse(noSuchAttribute, "the entry has no %s", a.name)
	}
	switch op.compileEqual(a, value)(e) {
	case isTrue:
		return &fault{code: compareTrue}
	case isFalse:
		return &fault{code: compareFalse}
	}
	return refuse(invalidSyntax, "no value of %s", a.name)
}
