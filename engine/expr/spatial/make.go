package spatial

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

var coordinates = []expr.Arg{expr.Double}

// makeFunctions put geometries together. Those of an Eval of parts take any number.
var makeFunctions = []expr.Function{
	{Name: "point", Min: 2, Max: 2, Args: coordinates, Result: returnsGeometry, Eval: evalPoint, About: "a point of SRID 0"},
	{Name: "linestring", Min: 1, Max: -1, Result: returnsGeometry, Eval: evalOf(lineKind, pointKind), About: "a line through points"},
	{Name: "polygon", Min: 1, Max: -1, Result: returnsGeometry, Eval: evalOf(polygonKind, lineKind), About: "a polygon of closed lines"},
	{Name: "multipoint", Min: 1, Max: -1, Result: returnsGeometry, Eval: evalOf(multiPointKind, pointKind), About: "points together"},
	{Name: "multilinestring", Min: 1, Max: -1, Result: returnsGeometry, Eval: evalOf(multiLineKind, lineKind), About: "lines together"},
	{Name: "multipolygon", Min: 1, Max: -1, Result: returnsGeometry, Eval: evalOf(multiPolygonKind, polygonKind), About: "polygons together"},
	{Name: "geometrycollection", Aliases: []string{"geomcollection"}, Min: 0, Max: -1, Result: returnsGeometry, Eval: evalOf(collectionKind, 0), About: "geometries together"},
	{Name: "st_makeenvelope", Min: 2, Max: 2, Result: returnsGeometry, Eval: evalMakeEnvelope, About: "the rectangle between two points"},
	{Name: "st_swapxy", Min: 1, Max: 1, Result: returnsGeometry, Eval: evalSwap, About: "the geometry with x and y exchanged"},
	{Name: "st_srid", Min: 1, Max: 2, Build: buildSRID, About: "the reference system of a geometry, or the geometry with another one"},
	{Name: "srid of", Min: 1, Max: 1, Print: printSRID, Result: returnsInt, Eval: evalSRID, About: "ST_SRID with one argument"},
	{Name: "srid set", Min: 2, Max: 2, Print: printSRID, Args: []expr.Arg{expr.Any, expr.Int}, Result: returnsGeometry, Eval: evalSetSRID, About: "ST_SRID with two arguments"},
}

func evalPoint(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	return give(c, &geometry{kind: pointKind, points: []point{{a[0].Double(), a[1].Double()}}})
}

// evalOf makes a geometry of others, of which each is of one kind; 0 is any.
func evalOf(k, of kind) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
		out := &geometry{kind: k}
		for i := range a {
			g, err := one(f, a, i)
			if err != nil {
				return value.Null, err
			}
			if of != 0 && g.kind != of {
				return value.Null, sqlerr.IllegalValueForType.Errorf("Illegal non geometric '%s' value found during parsing", f.Args[i])
			}
			if i == 0 {
				out.srid = g.srid
			} else if g.srid != out.srid {
				return value.Null, sqlerr.DifferentSRIDs.Errorf("Binary geometry function %s given two geometries of different srids: %d and %d, which should have been identical.", f.Function.Name, out.srid, g.srid)
			}
			switch k {
			case lineKind:
				out.points = append(out.points, g.points...)
			case polygonKind:
				out.rings = append(out.rings, g.points)
			default:
				out.parts = append(out.parts, g)
			}
		}
		if !out.sound() || depthOf(out) > maxDepth {
			return value.Null, invalid(f.Function.Name)
		}
		return give(c, out)
	}
}

func depthOf(g *geometry) (d int) {
	for _, p := range g.parts {
		d = max(d, depthOf(p)+1)
	}
	return d
}

func evalMakeEnvelope(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, h, err := two(f, a)
	if err != nil {
		return value.Null, err
	}
	if g.kind != pointKind || h.kind != pointKind {
		return value.Null, invalid(f.Function.Name)
	}
	if g.srid != plane {
		return value.Null, notOnEarth(f)
	}
	b := newBox()
	b.add(g.points[0])
	b.add(h.points[0])
	return give(c, b.geometry(g.srid))
}

// notOnEarth is error 3618.
func notOnEarth(f *expr.Call) error {
	return sqlerr.NotForGeographicSRS.Errorf("%s has not been implemented for geographic spatial reference systems.", f.Function.Name)
}

func evalSwap(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return value.Null, err
	}
	g.swap()
	if err := g.onEarth(f.Function.Name); err != nil {
		return value.Null, err
	}
	return give(c, g)
}

func buildSRID(b *expr.Builder, args []expr.Expr) (expr.Expr, error) {
	if len(args) == 1 {
		return b.Call("srid of", args...)
	}
	return b.Call("srid set", args...)
}

func printSRID(args []expr.Expr) string {
	s := "st_srid(" + args[0].String()
	if len(args) > 1 {
		s += "," + args[1].String()
	}
	return s + ")"
}

func evalSRID(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return value.Null, err
	}
	return value.Int(int64(g.srid)), nil
}

func evalSetSRID(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return value.Null, err
	}
	if err := known(a[1].Int()); err != nil {
		return value.Null, err
	}
	g.setSRID(uint32(a[1].Int()))
	if err := g.onEarth("st_srid"); err != nil {
		return value.Null, err
	}
	return give(c, g)
}
