package spatial

import (
	"math"
	"slices"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// relationFunctions compare two geometries, all by one matrix: see relate.
var relationFunctions = []expr.Function{
	relation("st_intersects", false, intersects, "whether they have a point in common"),
	relation("st_disjoint", false, func(m *matrix) bool { return !intersects(m) }, "whether they have no point in common"),
	relation("st_within", false, within, "whether the first is inside the second"),
	relation("st_contains", false, func(m *matrix) bool { return within(m.turned()) }, "whether the second is inside the first"),
	relation("st_equals", false, equals, "whether they are the same set of points"),
	relation("st_touches", false, touches, "whether they meet at edges only"),
	relation("st_overlaps", false, overlaps, "whether they overlap and none is inside the other"),
	relation("st_crosses", false, crosses, "whether one goes through the other"),
	relation("mbrintersects", true, intersects, "ST_Intersects of the rectangles around them"),
	relation("mbrdisjoint", true, func(m *matrix) bool { return !intersects(m) }, "ST_Disjoint of the rectangles around them"),
	relation("mbrwithin", true, within, "ST_Within of the rectangles around them"),
	relation("mbrcontains", true, func(m *matrix) bool { return within(m.turned()) }, "ST_Contains of the rectangles around them"),
	relation("mbrequals", true, equals, "ST_Equals of the rectangles around them"),
	relation("mbrtouches", true, touches, "ST_Touches of the rectangles around them"),
	relation("mbroverlaps", true, overlaps, "ST_Overlaps of the rectangles around them"),
	{Name: "mbrcovers", Min: 2, Max: 2, Result: returnsTruth, Eval: evalCovers(false), About: "whether the rectangle around the second is in that around the first, edges too"},
	{Name: "mbrcoveredby", Min: 2, Max: 2, Result: returnsTruth, Eval: evalCovers(true), About: "whether the rectangle around the first is in that around the second, edges too"},
	{Name: "st_issimple", Min: 1, Max: 1, Result: returnsTruth, Eval: evalSimple, About: "whether no line crosses itself"},
	{Name: "st_isvalid", Min: 1, Max: 1, Result: returnsTruth, Eval: evalValid, About: "whether rings do not cross, and holes are inside"},
	{Name: "st_validate", Min: 1, Max: 1, Result: returnsGeometry, Eval: evalValidate, About: "the geometry when it is valid, or NULL"},
}

func relation(name string, boxes bool, holds func(*matrix) bool, about string) expr.Function {
	return expr.Function{Name: name, Min: 2, Max: 2, Result: returnsTruth, About: about,
		Eval: func(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
			g, h, err := two(f, a)
			if err != nil || g.empty() || h.empty() {
				return value.Null, err
			}
			if boxes {
				g, h = boxOf(g).geometry(plane), boxOf(h).geometry(plane)
			}
			if name == "st_touches" && g.dimension() == 0 && h.dimension() == 0 || name == "st_crosses" && (g.dimension() == 2 || h.dimension() == 0) {
				return value.Null, nil
			}
			m, err := relate(c, g, h)
			if err != nil {
				return value.Null, err
			}
			return value.Bool(holds(m)), nil
		}}
}

func evalCovers(turned bool) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
		g, h, err := two(f, a)
		if err != nil || g.empty() || h.empty() {
			return value.Null, err
		}
		if turned {
			g, h = h, g
		}
		return value.Bool(boxOf(g).covers(boxOf(h))), nil
	}
}

// matrix says what of two geometries meets: of the inside, the edge and the outside of the
// first (rows) and the second the dimension of what they have in common, -1 for nothing.
type matrix struct {
	at   [3][3]int
	dims [2]int
}

func (m *matrix) note(p, q place, dimension int) { m.at[p][q] = max(m.at[p][q], dimension) }
func (m *matrix) has(p, q place) bool            { return m.at[p][q] >= 0 }

func (m *matrix) turned() *matrix {
	t := &matrix{dims: [2]int{m.dims[1], m.dims[0]}}
	for i := range 3 {
		for j := range 3 {
			t.at[j][i] = m.at[i][j]
		}
	}
	return t
}

func intersects(m *matrix) bool {
	return m.has(inside, inside) || m.has(inside, edgeOf) || m.has(edgeOf, inside) || m.has(edgeOf, edgeOf)
}

func within(m *matrix) bool {
	return m.has(inside, inside) && !m.has(inside, outside) && !m.has(edgeOf, outside)
}

func equals(m *matrix) bool {
	return m.dims[0] == m.dims[1] && within(m) && within(m.turned())
}

func touches(m *matrix) bool { return !m.has(inside, inside) && intersects(m) }

func overlaps(m *matrix) bool {
	return m.dims[0] == m.dims[1] && m.at[inside][inside] == m.dims[0] && m.has(inside, outside) && m.has(outside, inside)
}

func crosses(m *matrix) bool {
	switch a, b := m.dims[0], m.dims[1]; {
	case a < b:
		return m.has(inside, inside) && m.has(inside, outside)
	case a > b:
		return m.has(inside, inside) && m.has(outside, inside)
	default:
		return a == 1 && m.at[inside][inside] == 0
	}
}

// relate fills the matrix. All edges are cut where they meet others; then each end of a
// piece, the middle of each piece, and a point close beside the middle on both sides is
// looked at: every part of the plane that the edges make has one of them.
func relate(c *expr.Ctx, g, h *geometry) (*matrix, error) {
	m := &matrix{dims: [2]int{g.dimension(), h.dimension()}}
	for i := range m.at {
		m.at[i] = [3]int{-1, -1, -1}
	}
	s, o := newShape(g), newShape(h)
	near := max(s.box.size(), o.box.size()) * 1e-12
	t := &ticker{c: c}
	areas := len(s.areas) > 0 || len(o.areas) > 0
	for _, pair := range [2][2]*shape{{s, o}, {o, s}} {
		for _, e := range pair[0].edges {
			cuts, err := cutsOf(t, e, s, o, near)
			if err != nil {
				return nil, err
			}
			for i, p := range cuts {
				if err := t.tick(len(s.edges) + len(o.edges)); err != nil {
					return nil, err
				}
				m.note(s.locate(p, near), o.locate(p, near), 0)
				if i == 0 {
					continue
				}
				m.notePiece(s, o, cuts[i-1], p, near, areas)
			}
		}
	}
	m.note(outside, outside, 2)
	return m, nil
}

func (m *matrix) notePiece(s, o *shape, p, q point, near float64, areas bool) {
	length := math.Hypot(q.x-p.x, q.y-p.y)
	if length <= 2*near {
		return
	}
	mid := point{(p.x + q.x) / 2, (p.y + q.y) / 2}
	m.note(s.locate(mid, near), o.locate(mid, near), 1)
	if !areas {
		return
	}
	beside := max(length*1e-6, 4*near)
	dx, dy := -(q.y-p.y)/length*beside, (q.x-p.x)/length*beside
	for _, side := range []point{{mid.x + dx, mid.y + dy}, {mid.x - dx, mid.y - dy}} {
		m.note(s.locate(side, near), o.locate(side, near), 2)
	}
}

// cutsOf are the ends of an edge and the points between where it meets others, in order.
func cutsOf(t *ticker, e edge, s, o *shape, near float64) ([]point, error) {
	if e.p == e.q {
		return []point{e.p}, nil
	}
	at := []float64{0, 1}
	dx, dy := e.q.x-e.p.x, e.q.y-e.p.y
	square := dx*dx + dy*dy
	for _, with := range []*shape{s, o} {
		if err := t.tick(len(with.edges)); err != nil {
			return nil, err
		}
		for _, d := range with.edges {
			for _, r := range []point{d.p, d.q} {
				if e.away(r) <= near {
					at = append(at, ((r.x-e.p.x)*dx+(r.y-e.p.y)*dy)/square)
				}
			}
			ex, ey := d.q.x-d.p.x, d.q.y-d.p.y
			if det := dx*ey - dy*ex; det != 0 {
				u := ((d.p.x-e.p.x)*ey - (d.p.y-e.p.y)*ex) / det
				v := ((d.p.x-e.p.x)*dy - (d.p.y-e.p.y)*dx) / det
				if u > 0 && u < 1 && v >= 0 && v <= 1 {
					at = append(at, u)
				}
			}
		}
	}
	slices.Sort(at)
	var cuts []point
	for i, u := range at {
		if u < 0 || u > 1 || i > 0 && u == at[i-1] {
			continue
		}
		p := point{e.p.x + u*dx, e.p.y + u*dy}
		if u == 1 {
			p = e.q
		}
		cuts = append(cuts, p)
	}
	return cuts, nil
}
