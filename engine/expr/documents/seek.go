package documents

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// seeker finds what a path leads to, one leg after the other.
type seeker struct {
	c    *expr.Ctx
	tick ticks
	seen map[*value.JSON]bool // after **, which may find one value in two ways
	out  []*value.JSON
}

// seek gives the values in the order of the document.
func seek(c *expr.Ctx, root *value.JSON, p *path) ([]*value.JSON, error) {
	found := []*value.JSON{root}
	for i, l := range p.legs {
		s := seeker{c: c}
		if twice(p.legs[:i+1]) {
			s.seen = map[*value.JSON]bool{}
		}
		for _, j := range found {
			if err := s.step(j, l); err != nil {
				return nil, err
			}
		}
		if len(s.out) > 1 {
			if err := c.Borrow(len(s.out) * 16); err != nil {
				return nil, err
			}
		}
		if found = s.out; len(found) == 0 {
			return nil, nil
		}
	}
	return found, nil
}

// twice says that legs may lead to one value in two ways: two **, or a cell behind
// one, which is a value that is no array itself.
func twice(legs []leg) bool {
	ellipsis := false
	for _, l := range legs {
		switch {
		case ellipsis && l.kind != legMember && l.kind != legMembers && l.kind != legCells:
			return true
		case l.kind == legEllipsis:
			ellipsis = true
		}
	}
	return false
}

func (s *seeker) add(j *value.JSON) {
	if s.seen != nil {
		if s.seen[j] {
			return
		}
		s.seen[j] = true
	}
	s.out = append(s.out, j)
}

func (s *seeker) step(j *value.JSON, l leg) error {
	switch l.kind {
	case legMember:
		if v := j.Member(l.key); j.Kind == value.JSONObject && v != nil {
			s.add(v)
		}
	case legMembers:
		for _, m := range j.Members {
			s.add(m.Value)
		}
	case legCells:
		for _, i := range j.Items {
			s.add(i)
		}
	case legCell, legRange:
		s.cells(j, l)
	case legEllipsis:
		return s.all(j)
	}
	return s.tick.stopped(s.c)
}

// cells: what is no array counts as one with one element.
func (s *seeker) cells(j *value.JSON, l leg) {
	items := j.Items
	if j.Kind != value.JSONArray {
		items = []*value.JSON{j}
	}
	from := l.from.index(len(items))
	to := from
	if l.kind == legRange {
		from, to = max(from, 0), min(l.to.index(len(items)), len(items)-1)
	}
	if from < 0 || from >= len(items) {
		return
	}
	for ; from <= to; from++ {
		s.add(items[from])
	}
}

func (s *seeker) all(j *value.JSON) error {
	s.add(j)
	for _, i := range j.Items {
		if err := s.all(i); err != nil {
			return err
		}
	}
	for _, m := range j.Members {
		if err := s.all(m.Value); err != nil {
			return err
		}
	}
	return s.tick.stopped(s.c)
}

// at is the one value of a path that finds one; nil is none.
func at(c *expr.Ctx, root *value.JSON, p *path) (*value.JSON, error) {
	found, err := seek(c, root, p)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
