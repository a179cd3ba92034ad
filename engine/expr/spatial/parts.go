package spatial

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

var numbered = []expr.Arg{expr.Any, expr.Int}

// partFunctions tell about a geometry and give parts of it.
var partFunctions = []expr.Function{
	{Name: "st_x", Min: 1, Max: 2, Build: buildCoordinate("x"), About: "x of a point; with a second argument the point with another x"},
	{Name: "st_y", Min: 1, Max: 2, Build: buildCoordinate("y"), About: "y of a point; with a second argument the point with another y"},
	{Name: "st_longitude", Min: 1, Max: 2, Build: buildCoordinate("longitude"), About: "the longitude of a point of SRID 4326, or the point with another one"},
	{Name: "st_latitude", Min: 1, Max: 2, Build: buildCoordinate("latitude"), About: "the latitude of a point of SRID 4326, or the point with another one"},
	{Name: "st_geometrytype", Min: 1, Max: 1, Text: expr.Connection, Result: typeName, Eval: evalType, About: "the name of its type"},
	{Name: "st_dimension", Min: 1, Max: 1, Result: returnsInt, Eval: evalDimension, About: "0 of points, 1 of lines, 2 of polygons"},
	{Name: "st_isempty", Min: 1, Max: 1, Result: returnsTruth, Eval: evalEmpty, About: "whether it is a collection of nothing"},
	{Name: "st_isclosed", Min: 1, Max: 1, Result: returnsTruth, Eval: evalClosed, About: "whether a line ends where it begins"},
	{Name: "st_numgeometries", Min: 1, Max: 1, Result: returnsInt, Eval: evalNumGeometries, About: "how many parts a collection has"},
	{Name: "st_geometryn", Min: 2, Max: 2, Args: numbered, Result: returnsGeometry, Eval: evalGeometryN, About: "a part of a collection, from 1"},
	{Name: "st_numpoints", Min: 1, Max: 1, Result: returnsInt, Eval: evalNumPoints, About: "how many points a line has"},
	{Name: "st_pointn", Min: 2, Max: 2, Args: numbered, Result: returnsGeometry, Eval: evalPointN, About: "a point of a line, from 1"},
	{Name: "st_startpoint", Min: 1, Max: 1, Result: returnsGeometry, Eval: evalEnd(true), About: "the first point of a line"},
	{Name: "st_endpoint", Min: 1, Max: 1, Result: returnsGeometry, Eval: evalEnd(false), About: "the last point of a line"},
	{Name: "st_exteriorring", Min: 1, Max: 1, Result: returnsGeometry, Eval: evalExterior, About: "the outer edge of a polygon"},
	{Name: "st_numinteriorrings", Aliases: []string{"st_numinteriorring"}, Min: 1, Max: 1, Result: returnsInt, Eval: evalNumInterior, About: "how many holes a polygon has"},
	{Name: "st_interiorringn", Min: 2, Max: 2, Args: numbered, Result: returnsGeometry, Eval: evalInteriorN, About: "a hole of a polygon, from 1"},
	{Name: "st_envelope", Min: 1, Max: 1, Result: returnsGeometry, Eval: evalEnvelope, About: "the rectangle around it"},
	{Name: "coordinate of", Min: 2, Max: 2, Print: printCoordinate, Args: []expr.Arg{expr.Any, expr.Text}, Result: returnsDouble, Eval: evalCoordinate, About: "ST_X and its like with one argument"},
	{Name: "coordinate set", Min: 3, Max: 3, Print: printCoordinate, Args: []expr.Arg{expr.Any, expr.Text, expr.Double}, Result: returnsGeometry, Eval: evalSetCoordinate, About: "ST_X and its like with two arguments"},
}

func buildCoordinate(axis string) func(*expr.Builder, []expr.Expr) (expr.Expr, error) {
	return func(b *expr.Builder, args []expr.Expr) (expr.Expr, error) {
		name := expr.TextLiteral(axis, nil)
		if len(args) == 1 {
			return b.Call("coordinate of", args[0], name)
		}
		return b.Call("coordinate set", args[0], name, args[1])
	}
}

func printCoordinate(args []expr.Expr) string {
	name := args[1].String()
	if c, ok := expr.ConstOf(args[1]); ok {
		name = c.Val.Text()
	}
	s := "st_" + name + "(" + args[0].String()
	if len(args) > 2 {
		s += "," + args[2].String()
	}
	return s + ")"
}

// coordinate is the one of a point that a name says.
func coordinate(f *expr.Call, a []value.Value) (*geometry, *float64, error) {
	name := a[1].Text()
	g, ok := (*geometry)(nil), false
	if a[0].Class() == value.ClassString {
		g, ok = decode(a[0].Bytes())
	}
	if !ok {
		return nil, nil, invalid("st_" + name)
	}
	if g.kind != pointKind {
		return nil, nil, unexpected("POINT", g, "st_"+name)
	}
	if (name == "longitude" || name == "latitude") && g.srid != wgs84 {
		return nil, nil, notGeographic("st_" + name)
	}
	if name == "x" && g.srid == plane || name == "longitude" || name == "y" && g.srid == wgs84 {
		return g, &g.points[0].x, nil
	}
	return g, &g.points[0].y, nil
}

func evalCoordinate(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	_, at, err := coordinate(f, a)
	if err != nil {
		return value.Null, err
	}
	return value.Double(*at), nil
}

func evalSetCoordinate(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, at, err := coordinate(f, a)
	if err != nil {
		return value.Null, err
	}
	*at = a[2].Double()
	if err := g.onEarth("st_" + a[1].Text()); err != nil {
		return value.Null, err
	}
	return give(c, g)
}

func typeName(*expr.Call) (value.Type, error) {
	t := value.Text(nil, 20)
	t.Nullable = true
	return t, nil
}

func evalType(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return value.Null, err
	}
	return value.String(g.kind.String()), nil
}

func evalDimension(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return value.Null, err
	}
	if d := g.dimension(); d >= 0 {
		return value.Int(int64(d)), nil
	}
	return value.Null, nil
}

func evalEmpty(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return value.Null, err
	}
	return value.Bool(g.empty()), nil
}

func evalClosed(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil || g.kind != lineKind && g.kind != multiLineKind {
		return value.Null, err
	}
	closed := true
	g.each(func(p *geometry) { closed = closed && p.points[0] == p.points[len(p.points)-1] })
	return value.Bool(closed), nil
}

func evalNumGeometries(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil || g.kind < multiPointKind {
		return value.Null, err
	}
	return value.Int(int64(len(g.parts))), nil
}

// nth is the part with a number from 1.
func nth[T any](list []T, n int64) (item T, ok bool) {
	if n < 1 || n > int64(len(list)) {
		return item, false
	}
	return list[n-1], true
}

func evalGeometryN(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil || g.kind < multiPointKind {
		return value.Null, err
	}
	p, ok := nth(g.parts, a[1].Int())
	if !ok {
		return value.Null, nil
	}
	return give(c, p)
}

func evalNumPoints(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil || g.kind != lineKind {
		return value.Null, err
	}
	return value.Int(int64(len(g.points))), nil
}

func givePoint(c *expr.Ctx, p point, srid uint32) (value.Value, error) {
	return give(c, &geometry{kind: pointKind, srid: srid, points: []point{p}})
}

func evalPointN(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil || g.kind != lineKind {
		return value.Null, err
	}
	p, ok := nth(g.points, a[1].Int())
	if !ok {
		return value.Null, nil
	}
	return givePoint(c, p, g.srid)
}

func evalEnd(first bool) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
		g, err := one(f, a, 0)
		if err != nil || g.kind != lineKind {
			return value.Null, err
		}
		if first {
			return givePoint(c, g.points[0], g.srid)
		}
		return givePoint(c, g.points[len(g.points)-1], g.srid)
	}
}

func giveLine(c *expr.Ctx, points []point, srid uint32) (value.Value, error) {
	return give(c, &geometry{kind: lineKind, srid: srid, points: points})
}

func evalExterior(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil || g.kind != polygonKind {
		return value.Null, err
	}
	return giveLine(c, g.rings[0], g.srid)
}

func evalNumInterior(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil || g.kind != polygonKind {
		return value.Null, err
	}
	return value.Int(int64(len(g.rings) - 1)), nil
}

func evalInteriorN(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil || g.kind != polygonKind {
		return value.Null, err
	}
	r, ok := nth(g.rings[1:], a[1].Int())
	if !ok {
		return value.Null, nil
	}
	return giveLine(c, r, g.srid)
}

func evalEnvelope(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return value.Null, err
	}
	if g.empty() {
		return value.Bytes(a[0].Bytes()), nil
	}
	if g.srid != plane {
		return value.Null, notOnEarth(f)
	}
	return give(c, boxOf(g).geometry(g.srid))
}
