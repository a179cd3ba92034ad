package spatial

import (
	"math"
	"strings"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

func lower(s string) string { return strings.ToLower(s) }

func evalSimplify(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return value.Null, err
	}
	most := a[1].Double()
	if most <= 0 || !finite(most) {
		return value.Null, sqlerr.WrongArguments.Errorf("Incorrect arguments to %s", f.Function.Name)
	}
	if g.srid != plane {
		return value.Null, notOnEarth(f)
	}
	t := ticker{c: c}
	g.each(func(p *geometry) {
		if err == nil && p.kind == lineKind {
			p.points, err = simplify(&t, p.points, most)
		}
		for i, r := range p.rings {
			var kept []point
			if err == nil {
				if kept, err = simplify(&t, r, most); err == nil && len(kept) >= 4 {
					p.rings[i] = kept
				}
			}
		}
	})
	if err != nil {
		return value.Null, err
	}
	return give(c, g)
}

// simplify keeps the ends, and of what is between them the farthest point while it is
// farther away than most, and so on in both halves. The halves wait in a list.
func simplify(t *ticker, points []point, most float64) ([]point, error) {
	keep := make([]bool, len(points))
	keep[0], keep[len(points)-1] = true, true
	for todo := [][2]int{{0, len(points) - 1}}; len(todo) > 0; {
		from, to := todo[len(todo)-1][0], todo[len(todo)-1][1]
		todo = todo[:len(todo)-1]
		if err := t.tick(to - from); err != nil {
			return nil, err
		}
		at, far := 0, most
		for i := from + 1; i < to; i++ {
			if d := (edge{points[from], points[to]}).away(points[i]); d > far {
				at, far = i, d
			}
		}
		if at > 0 {
			keep[at] = true
			todo = append(todo, [2]int{from, at}, [2]int{at, to})
		}
	}
	var out []point
	for i, p := range points {
		if keep[i] {
			out = append(out, p)
		}
	}
	return out, nil
}

// along is the point at a length from the beginning of a line.
func along(points []point, length float64, srid uint32) point {
	for i := range len(points) - 1 {
		p, q := points[i], points[i+1]
		d := between(p, q, srid)
		if length <= d && d > 0 {
			part := length / d
			return point{p.x + (q.x-p.x)*part, p.y + (q.y-p.y)*part}
		}
		length -= d
	}
	return points[len(points)-1]
}

// measured is a line of SRID 0.
func measured(f *expr.Call, a []value.Value) (*geometry, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return nil, err
	}
	if g.kind != lineKind {
		return nil, unexpected("LINESTRING", g, f.Function.Name)
	}
	if g.srid != plane {
		return nil, notOnEarth(f)
	}
	return g, nil
}

func outOfRange(what, function string) error {
	return sqlerr.DataOutOfRange.Errorf("%s value is out of range in '%s'", what, function)
}

func evalInterpolate(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := measured(f, a)
	if err != nil {
		return value.Null, err
	}
	part := a[1].Double()
	if part < 0 || part > 1 {
		return value.Null, outOfRange("fractional distance", f.Function.Name)
	}
	return givePoint(c, along(g.points, part*lengthOf(g.points, g.srid), g.srid), g.srid)
}

// maxPoints bounds what one call makes.
const maxPoints = 1 << 20

func evalInterpolateAll(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := measured(f, a)
	if err != nil {
		return value.Null, err
	}
	part := a[1].Double()
	if part <= 0 || part > 1 || 1/part > maxPoints {
		return value.Null, outOfRange("fractional distance", f.Function.Name)
	}
	n := int(math.Floor(1/part + 1e-9))
	t := ticker{c: c}
	if err := c.Borrow(n * 128); err != nil {
		return value.Null, err
	}
	whole := lengthOf(g.points, g.srid)
	out := &geometry{kind: multiPointKind, srid: g.srid}
	for i := 1; i <= n; i++ {
		if err := t.tick(len(g.points)); err != nil {
			return value.Null, err
		}
		out.parts = append(out.parts, &geometry{kind: pointKind, srid: g.srid, points: []point{along(g.points, float64(i)*part*whole, g.srid)}})
	}
	return give(c, out)
}

func evalAtDistance(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := measured(f, a)
	if err != nil {
		return value.Null, err
	}
	d := a[1].Double()
	if d < 0 || d > lengthOf(g.points, g.srid) {
		return value.Null, outOfRange("distance", f.Function.Name)
	}
	return givePoint(c, along(g.points, d, g.srid), g.srid)
}
