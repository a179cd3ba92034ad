package spatial

import (
	"math"
	"slices"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// measureFunctions compute lengths, areas, distances and shapes made from them.
var measureFunctions = []expr.Function{
	{Name: "st_area", Min: 1, Max: 1, Result: returnsDouble, Eval: evalArea, About: "the area of polygons of SRID 0"},
	{Name: "st_length", Min: 1, Max: 2, Args: []expr.Arg{expr.Any, expr.Text}, Result: returnsDouble, Eval: evalLength, About: "the length of lines; of SRID 4326 in metres"},
	{Name: "st_distance", Min: 2, Max: 3, Args: []expr.Arg{expr.Any, expr.Any, expr.Text}, Result: returnsDouble, Eval: evalDistance, About: "the distance of two geometries; of points of SRID 4326 in metres"},
	{Name: "st_distance_sphere", Min: 2, Max: 3, Args: []expr.Arg{expr.Any, expr.Any, expr.Double}, Result: returnsDouble, Eval: evalSphere, About: "the distance of points in degrees, in metres on a sphere"},
	{Name: "st_hausdorffdistance", Min: 2, Max: 2, Result: returnsDouble, Eval: evalFar(hausdorff), About: "how far the points of two lines are from the nearest of the other, at most"},
	{Name: "st_frechetdistance", Min: 2, Max: 2, Result: returnsDouble, Eval: evalFar(frechet), About: "the shortest leash for walks along two lines"},
	{Name: "st_centroid", Min: 1, Max: 1, Result: returnsGeometry, Eval: evalCentroid, About: "the centre of gravity"},
	{Name: "st_convexhull", Min: 1, Max: 1, Result: returnsGeometry, Eval: evalHull, About: "the smallest convex geometry around it"},
	{Name: "st_simplify", Min: 2, Max: 2, Args: []expr.Arg{expr.Any, expr.Double}, Result: returnsGeometry, Eval: evalSimplify, About: "fewer points, none of those left out farther away than a distance"},
	{Name: "st_lineinterpolatepoint", Min: 2, Max: 2, Args: []expr.Arg{expr.Any, expr.Double}, Result: returnsGeometry, Eval: evalInterpolate, About: "the point at a part of a line's length"},
	{Name: "st_lineinterpolatepoints", Min: 2, Max: 2, Args: []expr.Arg{expr.Any, expr.Double}, Result: returnsGeometry, Eval: evalInterpolateAll, About: "the points at each such part"},
	{Name: "st_pointatdistance", Min: 2, Max: 2, Args: []expr.Arg{expr.Any, expr.Double}, Result: returnsGeometry, Eval: evalAtDistance, About: "the point so far along a line"},
}

// signedArea is that of a ring, positive against the clock.
func signedArea(r []point) (sum float64) {
	for i := range len(r) - 1 {
		sum += (r[i].x-r[0].x)*(r[i+1].y-r[0].y) - (r[i+1].x-r[0].x)*(r[i].y-r[0].y)
	}
	return sum / 2
}

func evalArea(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return value.Null, err
	}
	if g.kind != polygonKind && g.kind != multiPolygonKind {
		return value.Null, unexpected("POLYGON/MULTIPOLYGON", g, f.Function.Name)
	}
	if g.srid != plane {
		return value.Null, notOnEarth(f)
	}
	sum := 0.0
	g.each(func(p *geometry) {
		for i, r := range p.rings {
			if s := math.Abs(signedArea(r)); i == 0 {
				sum += s
			} else {
				sum -= s
			}
		}
	})
	return value.Double(sum), nil
}

// units are names of lengths, in metres.
var units = map[string]float64{"metre": 1, "meter": 1, "kilometre": 1000, "foot": 0.3048, "us survey foot": 0.30480060960121924, "statute mile": 1609.344, "nautical mile": 1852, "centimetre": 0.01, "millimetre": 0.001, "yard": 0.9144, "inch": 0.0254}

// inUnit divides a length by the unit that argument i names.
func inUnit(f *expr.Call, a []value.Value, i int, srid uint32, length float64) (value.Value, error) {
	if len(a) <= i {
		return value.Double(length), nil
	}
	name := a[i].Text()
	if srid == plane {
		return value.Null, sqlerr.GeometryInUnknownLengthUnit.Errorf("The geometry passed to function %s is in SRID 0, which doesn't specify a length unit. Can't convert to '%s'.", f.Function.Name, name)
	}
	unit, ok := units[lower(name)]
	if !ok {
		return value.Null, sqlerr.UnitNotFound.Errorf("There's no unit of measure named '%s'.", name)
	}
	return value.Double(length / unit), nil
}

func evalLength(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil || g.kind != lineKind && g.kind != multiLineKind {
		return value.Null, err
	}
	sum := 0.0
	g.each(func(p *geometry) { sum += lengthOf(p.points, g.srid) })
	return inUnit(f, a, 1, g.srid, sum)
}

func lengthOf(points []point, srid uint32) (sum float64) {
	for i := range len(points) - 1 {
		sum += between(points[i], points[i+1], srid)
	}
	return sum
}

// between is the distance of two points.
func between(p, q point, srid uint32) float64 {
	if srid == wgs84 {
		return andoyer(p, q)
	}
	return math.Hypot(p.x-q.x, p.y-q.y)
}

// andoyer is the distance on the ellipsoid of WGS 84 in metres, of the first order in its
// flattening.
func andoyer(p, q point) float64 {
	const radius, flattening = 6378137.0, 1 / 298.257223563
	if p == q {
		return 0
	}
	sin1, cos1 := math.Sincos(p.y * math.Pi / 180)
	sin2, cos2 := math.Sincos(q.y * math.Pi / 180)
	cosD := max(-1, min(1, sin1*sin2+cos1*cos2*math.Cos((q.x-p.x)*math.Pi/180)))
	d := math.Acos(cosD)
	k, l, three := (sin1-sin2)*(sin1-sin2), (sin1+sin2)*(sin1+sin2), 3*math.Sin(d)
	h, g := 0.0, 0.0
	if cosD != 1 {
		h = (d + three) / (1 - cosD)
	}
	if cosD != -1 {
		g = (d - three) / (1 + cosD)
	}
	return radius * (d - flattening/4*(h*k+g*l))
}

func evalDistance(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, h, err := two(f, a)
	if err != nil || g.empty() || h.empty() {
		return value.Null, err
	}
	if g.srid == wgs84 {
		if g.dimension() > 0 || h.dimension() > 0 {
			return value.Null, notOnEarth(f)
		}
		best := math.Inf(1)
		g.everyPoint(func(p *point) { h.everyPoint(func(q *point) { best = min(best, andoyer(*p, *q)) }) })
		return inUnit(f, a, 2, g.srid, best)
	}
	d, err := distance(c, newShape(g), newShape(h))
	if err != nil {
		return value.Null, err
	}
	return inUnit(f, a, 2, g.srid, d)
}

// distance is 0 where they meet, and else that of the nearest edges.
func distance(c *expr.Ctx, s, o *shape) (float64, error) {
	if s.holds(o) || o.holds(s) {
		return 0, nil
	}
	best, t := math.Inf(1), ticker{c: c}
	for _, e := range s.edges {
		if err := t.tick(len(o.edges)); err != nil {
			return 0, err
		}
		for _, d := range o.edges {
			best = min(best, e.distance(d))
		}
	}
	return best, nil
}

func evalSphere(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, h, err := two(f, a)
	if err != nil {
		return value.Null, err
	}
	radius := 6370986.0
	if len(a) > 2 {
		radius = a[2].Double()
	}
	if radius <= 0 {
		return value.Null, sqlerr.NonPositiveRadius.Errorf("Invalid radius provided to function %s: Radius must be greater than zero.", f.Function.Name)
	}
	best := math.Inf(1)
	for _, x := range []*geometry{g, h} {
		if x.kind != pointKind && x.kind != multiPointKind {
			return value.Null, unexpected("POINT/MULTIPOINT", x, f.Function.Name)
		}
		earth := *x
		earth.srid = wgs84
		if err := earth.onEarth(f.Function.Name); err != nil {
			return value.Null, err
		}
	}
	g.everyPoint(func(p *point) { h.everyPoint(func(q *point) { best = min(best, haversine(*p, *q)) }) })
	return value.Double(best * radius), nil
}

func haversine(p, q point) float64 {
	rad := math.Pi / 180
	s, t := math.Sin((q.y-p.y)*rad/2), math.Sin((q.x-p.x)*rad/2)
	return 2 * math.Asin(min(1, math.Sqrt(s*s+math.Cos(p.y*rad)*math.Cos(q.y*rad)*t*t)))
}

// evalFar is a distance of the points of lines.
func evalFar(how func(t *ticker, p, q []point, srid uint32) (float64, error)) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
		g, h, err := two(f, a)
		if err != nil {
			return value.Null, err
		}
		for _, x := range []*geometry{g, h} {
			if x.kind != lineKind {
				return value.Null, unexpected("LINESTRING", x, f.Function.Name)
			}
		}
		d, err := how(&ticker{c: c}, g.points, h.points, g.srid)
		return value.Double(d), err
	}
}

func hausdorff(t *ticker, p, q []point, srid uint32) (float64, error) {
	worst := 0.0
	for _, x := range p {
		if err := t.tick(len(q)); err != nil {
			return 0, err
		}
		best := math.Inf(1)
		for _, y := range q {
			best = min(best, between(x, y, srid))
		}
		worst = max(worst, best)
	}
	return worst, nil
}

func frechet(t *ticker, p, q []point, srid uint32) (float64, error) {
	row := make([]float64, len(q))
	for i, x := range p {
		if err := t.tick(len(q)); err != nil {
			return 0, err
		}
		corner := 0.0 // row[j-1] of the row before
		for j, y := range q {
			reach := row[j]
			switch {
			case i == 0 && j == 0:
				reach = 0
			case i == 0:
				reach = row[j-1]
			case j > 0:
				reach = min(reach, row[j-1], corner)
			}
			corner = row[j]
			row[j] = max(reach, between(x, y, srid))
		}
	}
	return row[len(q)-1], nil
}

func evalCentroid(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil || g.empty() {
		return value.Null, err
	}
	if g.srid != plane {
		return value.Null, notOnEarth(f)
	}
	for d := g.dimension(); d >= 0; d-- {
		o := boxOf(g).low
		x, y, weight := 0.0, 0.0, 0.0
		g.each(func(p *geometry) {
			if int(p.kind)-1 == d {
				dx, dy, w := gravity(p, o)
				x, y, weight = x+dx, y+dy, weight+w
			}
		})
		if weight != 0 {
			return givePoint(c, point{o.x + x/weight, o.y + y/weight}, g.srid)
		}
	}
	first := point{}
	g.everyPoint(func(p *point) { first = *p }) // lines and polygons without any size
	return givePoint(c, first, g.srid)
}

// gravity is the weighted sum of the points of a geometry that has no parts, seen from o.
func gravity(g *geometry, o point) (x, y, weight float64) {
	switch g.kind {
	case pointKind:
		return g.points[0].x - o.x, g.points[0].y - o.y, 1
	case lineKind:
		for i := range len(g.points) - 1 {
			p, q := g.points[i], g.points[i+1]
			w := math.Hypot(p.x-q.x, p.y-q.y)
			x, y, weight = x+w*((p.x-o.x)+(q.x-o.x))/2, y+w*((p.y-o.y)+(q.y-o.y))/2, weight+w
		}
		return x, y, weight
	}
	for i, r := range g.rings {
		sign := 1.0
		if (signedArea(r) < 0) == (i == 0) { // the outer ring counts, whichever way it goes; holes count against it
			sign = -1
		}
		for k := range len(r) - 1 {
			p, q := point{r[k].x - o.x, r[k].y - o.y}, point{r[k+1].x - o.x, r[k+1].y - o.y}
			w := sign * (p.x*q.y - q.x*p.y)
			x, y, weight = x+w*(p.x+q.x), y+w*(p.y+q.y), weight+3*w
		}
	}
	return x, y, weight
}

func evalHull(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil || g.empty() {
		return value.Null, err
	}
	if g.srid != plane {
		return value.Null, notOnEarth(f)
	}
	var all []point
	g.everyPoint(func(p *point) { all = append(all, *p) })
	hull := convexHull(all)
	switch len(hull) {
	case 1:
		return givePoint(c, hull[0], g.srid)
	case 2:
		return giveLine(c, hull, g.srid)
	}
	return give(c, &geometry{kind: polygonKind, srid: g.srid, rings: [][]point{append(hull, hull[0])}})
}

// convexHull goes around the points against the clock, from the lowest x on.
func convexHull(points []point) []point {
	slices.SortFunc(points, func(p, q point) int {
		if p.x != q.x {
			return map[bool]int{true: -1, false: 1}[p.x < q.x]
		}
		return map[bool]int{true: -1, false: 1}[p.y < q.y]
	})
	points = slices.Compact(points)
	if len(points) < 3 {
		return points
	}
	var hull []point
	for _, backwards := range []bool{false, true} {
		base := len(hull)
		for i := range points {
			p := points[i]
			if backwards {
				p = points[len(points)-1-i]
			}
			for len(hull) >= base+2 && cross(hull[len(hull)-2], hull[len(hull)-1], p) <= 0 {
				hull = hull[:len(hull)-1]
			}
			hull = append(hull, p)
		}
		hull = hull[:len(hull)-1]
	}
	return hull
}

// cross is positive when r is to the left of the way from p to q.
func cross(p, q, r point) float64 { return (q.x-p.x)*(r.y-p.y) - (q.y-p.y)*(r.x-p.x) }
