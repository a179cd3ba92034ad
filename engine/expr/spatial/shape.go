package spatial

import (
	"math"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// edge is a piece of a line; a point is one whose ends are the same.
type edge struct{ p, q point }

// away is the distance of a point from it.
func (e edge) away(r point) float64 {
	dx, dy := e.q.x-e.p.x, e.q.y-e.p.y
	t := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		t = max(0, min(1, ((r.x-e.p.x)*dx+(r.y-e.p.y)*dy)/l))
	}
	return math.Hypot(r.x-e.p.x-t*dx, r.y-e.p.y-t*dy)
}

// distance is 0 where they cross.
func (e edge) distance(o edge) float64 {
	if d := cross(e.p, e.q, o.p); d*cross(e.p, e.q, o.q) < 0 && cross(o.p, o.q, e.p)*cross(o.p, o.q, e.q) < 0 {
		return 0
	}
	return min(e.away(o.p), e.away(o.q), o.away(e.p), o.away(e.q))
}

// shape is a geometry as relations look at it: points, lines and areas.
type shape struct {
	points []point
	lines  [][]point
	areas  [][][]point // rings of polygons
	edges  []edge      // all of them, points, too
	ends   map[point]int
	box    *box
}

func newShape(g *geometry) *shape {
	s := &shape{ends: map[point]int{}, box: boxOf(g)}
	g.each(func(p *geometry) {
		switch p.kind {
		case pointKind:
			s.points = append(s.points, p.points[0])
			s.edges = append(s.edges, edge{p.points[0], p.points[0]})
		case lineKind:
			s.lines = append(s.lines, p.points)
			s.addEdges(p.points)
			s.ends[p.points[0]]++
			s.ends[p.points[len(p.points)-1]]++
		default:
			s.areas = append(s.areas, p.rings)
			for _, r := range p.rings {
				s.addEdges(r)
			}
		}
	})
	return s
}

func (s *shape) addEdges(points []point) {
	for i := range len(points) - 1 {
		s.edges = append(s.edges, edge{points[i], points[i+1]})
	}
}

// place is where a point is.
type place uint8

const (
	inside place = iota
	edgeOf
	outside
)

// locate finds the place of a point; what is nearer than near is on a line.
func (s *shape) locate(p point, near float64) place {
	on := false
	for _, rings := range s.areas {
		switch inRings(rings, p, near) {
		case inside:
			return inside
		case edgeOf:
			on = true
		}
	}
	if on {
		return edgeOf
	}
	for _, l := range s.lines {
		for i := range len(l) - 1 {
			if (edge{l[i], l[i+1]}).away(p) > near {
				continue
			}
			for end, n := range s.ends {
				if n%2 == 1 && math.Hypot(end.x-p.x, end.y-p.y) <= near {
					return edgeOf
				}
			}
			return inside
		}
	}
	for _, q := range s.points {
		if math.Hypot(q.x-p.x, q.y-p.y) <= near {
			return inside
		}
	}
	return outside
}

// inRings finds the place of a point in a polygon.
func inRings(rings [][]point, p point, near float64) place {
	in := false
	for _, r := range rings {
		for i := range len(r) - 1 {
			a, b := r[i], r[i+1]
			if (edge{a, b}).away(p) <= near {
				return edgeOf
			}
			if (a.y > p.y) != (b.y > p.y) && p.x < (b.x-a.x)*(p.y-a.y)/(b.y-a.y)+a.x {
				in = !in
			}
		}
	}
	if in {
		return inside
	}
	return outside
}

// holds says that a point of another shape is in an area of this one.
func (s *shape) holds(o *shape) bool {
	for _, e := range o.edges {
		for _, rings := range s.areas {
			if inRings(rings, e.p, 0) != outside {
				return true
			}
		}
	}
	return false
}

// ticker counts steps: there is an end to them, and the statement may be over before.
type ticker struct {
	c     *expr.Ctx
	steps int
	asked int
}

// maxSteps bounds what is quadratic in the size of geometries.
const maxSteps = 1 << 31

func (t *ticker) tick(n int) error {
	t.steps += n + 1
	if t.steps > maxSteps {
		return sqlerr.OutOfResources.Errorf("Out of memory; the geometries are too large to be compared").WithHint("compare parts of them, or simplify them")
	}
	if t.steps-t.asked < 1<<16 {
		return nil
	}
	t.asked = t.steps
	return t.c.Context().Err()
}
