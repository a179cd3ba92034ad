package spatial

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

func evalSimple(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return value.Null, err
	}
	ok, t := true, &ticker{c: c}
	seen := map[point]bool{}
	g.each(func(p *geometry) {
		switch {
		case err != nil || !ok:
		case p.kind == lineKind:
			ok, err = simpleLine(t, p.points)
		case p.kind == pointKind:
			ok = !seen[p.points[0]]
			seen[p.points[0]] = true
		}
	})
	return value.Bool(ok), err
}

// simpleLine says that edges meet only where one follows the other; the ends may be the
// same.
func simpleLine(t *ticker, points []point) (bool, error) {
	n := len(points) - 1
	closed := points[0] == points[n]
	for i := range n {
		if err := t.tick(n - i); err != nil {
			return false, err
		}
		e := edge{points[i], points[i+1]}
		for j := i + 1; j < n; j++ {
			d := edge{points[j], points[j+1]}
			switch {
			case j == i+1 && n > 1:
				if e.away(d.q) == 0 && d.p != d.q && (n > 2 || d.q != e.p || !closed) || d.away(e.p) == 0 && e.p != e.q && e.p != d.q {
					return false, nil
				}
			case i == 0 && j == n-1 && closed:
				if e.away(d.p) == 0 || d.away(e.q) == 0 {
					return false, nil
				}
			case e.distance(d) == 0:
				return false, nil
			}
		}
	}
	return true, nil
}

func valid(c *expr.Ctx, g *geometry) (ok bool, err error) {
	ok = true
	t := &ticker{c: c}
	g.each(func(p *geometry) {
		if err == nil && ok && p.kind == lineKind {
			ok = len(p.points) > 2 || p.points[0] != p.points[1]
		}
		if err == nil && ok && p.kind == polygonKind {
			ok, err = validPolygon(c, t, p)
		}
	})
	if err != nil || !ok || g.kind != multiPolygonKind {
		return ok, err
	}
	for i, p := range g.parts { // no two of them share more than points
		for _, q := range g.parts[:i] {
			m, err := relate(c, p, q)
			if err != nil || m.has(inside, inside) || m.at[edgeOf][edgeOf] > 0 {
				return false, err
			}
		}
	}
	return true, nil
}

func validPolygon(c *expr.Ctx, t *ticker, g *geometry) (bool, error) {
	for _, r := range g.rings {
		if ok, err := simpleLine(t, r); err != nil || !ok || signedArea(r) == 0 {
			return false, err
		}
	}
	hull := &geometry{kind: polygonKind, rings: g.rings[:1]}
	for i, r := range g.rings[1:] {
		hole := &geometry{kind: polygonKind, rings: [][]point{r}}
		m, err := relate(c, hole, hull)
		if err != nil || !within(m) || m.at[edgeOf][edgeOf] > 0 {
			return false, err
		}
		for _, other := range g.rings[1 : i+1] {
			m, err := relate(c, hole, &geometry{kind: polygonKind, rings: [][]point{other}})
			if err != nil || m.has(inside, inside) || m.at[edgeOf][edgeOf] > 0 {
				return false, err
			}
		}
	}
	return true, nil
}

func evalValid(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return value.Null, err
	}
	ok, err := valid(c, g)
	return value.Bool(ok), err
}

func evalValidate(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return value.Null, err
	}
	if ok, err := valid(c, g); err != nil || !ok {
		return value.Null, err
	}
	return give(c, g)
}
