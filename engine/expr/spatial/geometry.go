package spatial

import (
	"math"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// kind is the type of a geometry, by its number in binary form.
type kind uint32

const (
	pointKind kind = iota + 1
	lineKind
	polygonKind
	multiPointKind
	multiLineKind
	multiPolygonKind
	collectionKind
)

var kindNames = [...]string{"GEOMETRY", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMCOLLECTION"}

func (k kind) String() string { return kindNames[k] }

// maxDepth is how deep collections nest.
const maxDepth = 100

type point struct{ x, y float64 }

// geometry is a value taken apart. A point or a line has points, a polygon has rings, the
// others have parts.
type geometry struct {
	kind   kind
	srid   uint32
	points []point
	rings  [][]point
	parts  []*geometry
}

const (
	plane = 0
	wgs84 = 4326
)

// part is the kind that the parts of a multi-geometry are of; 0 is any.
func (k kind) part() kind {
	switch k {
	case multiPointKind, multiLineKind, multiPolygonKind:
		return k - 3
	}
	return 0
}

func invalid(function string) error {
	return sqlerr.InvalidGISData.Errorf("Invalid GIS data provided to function %s.", function)
}

// unexpected is error 3516.
func unexpected(want string, g *geometry, function string) error {
	return sqlerr.UnexpectedGeometryType.Errorf("%s value is a geometry of unexpected type %s in %s.", want, g.kind, function)
}

// known says whether there is such a reference system.
func known(srid int64) error {
	if srid == plane || srid == wgs84 {
		return nil
	}
	if srid < 0 || srid > math.MaxUint32 {
		return sqlerr.DataOutOfRange.Errorf("SRID value is out of range in 'st_srid'")
	}
	return sqlerr.SRSNotFound.Errorf("There's no spatial reference system with SRID %d.", srid).WithHint("SRID 0 and 4326 are there")
}

// one reads argument i, which is not NULL.
func one(f *expr.Call, a []value.Value, i int) (*geometry, error) {
	if a[i].Class() != value.ClassString {
		return nil, invalid(f.Function.Name)
	}
	g, ok := decode(a[i].Bytes())
	if !ok {
		return nil, invalid(f.Function.Name)
	}
	return g, nil
}

// two reads the first two arguments, which must be of one reference system.
func two(f *expr.Call, a []value.Value) (g, h *geometry, err error) {
	if g, err = one(f, a, 0); err != nil {
		return nil, nil, err
	}
	if h, err = one(f, a, 1); err != nil {
		return nil, nil, err
	}
	if g.srid != h.srid {
		return nil, nil, sqlerr.DifferentSRIDs.Errorf("Binary geometry function %s given two geometries of different srids: %d and %d, which should have been identical.",
			f.Function.Name, g.srid, h.srid)
	}
	return g, h, nil
}

// give makes a value of a geometry.
func give(c *expr.Ctx, g *geometry) (value.Value, error) {
	b := encode(g)
	if err := c.Borrow(len(b)); err != nil {
		return value.Null, err
	}
	return value.Bytes(b), nil
}

// in gives every geometry that is no collection of others, and the system to it.
func (g *geometry) each(visit func(*geometry)) {
	if g.kind <= polygonKind {
		visit(g)
		return
	}
	for _, p := range g.parts {
		p.each(visit)
	}
}

// everyPoint lets change each point.
func (g *geometry) everyPoint(change func(*point)) {
	g.each(func(p *geometry) {
		for i := range p.points {
			change(&p.points[i])
		}
		for _, r := range p.rings {
			for i := range r {
				change(&r[i])
			}
		}
	})
}

func (g *geometry) empty() bool {
	empty := true
	g.everyPoint(func(*point) { empty = false })
	return empty
}

// dimension is -1 of what is empty.
func (g *geometry) dimension() int {
	d := -1
	g.each(func(p *geometry) { d = max(d, int(p.kind)-1) })
	return d
}

// setSRID sets it in all parts, which share it.
func (g *geometry) setSRID(srid uint32) {
	g.srid = srid
	for _, p := range g.parts {
		p.setSRID(srid)
	}
}

// sound says that lines have two points and rings are closed.
func (g *geometry) sound() bool {
	switch g.kind {
	case pointKind:
		return len(g.points) == 1
	case lineKind:
		return len(g.points) >= 2
	case polygonKind:
		for _, r := range g.rings {
			if len(r) < 4 || r[0] != r[len(r)-1] {
				return false
			}
		}
		return len(g.rings) > 0
	}
	return g.kind == collectionKind || len(g.parts) > 0
}

// onEarth is error 3616 or 3617 for coordinates that are no longitude and latitude.
func (g *geometry) onEarth(function string) (err error) {
	if g.srid != wgs84 {
		return nil
	}
	g.everyPoint(func(p *point) {
		switch {
		case err != nil:
		case p.x <= -180 || p.x > 180:
			err = sqlerr.LongitudeOutOfRange.Errorf("Longitude %f is out of range in function %s. It must be within (%f, %f].", p.x, function, -180.0, 180.0)
		case p.y < -90 || p.y > 90:
			err = sqlerr.LatitudeOutOfRange.Errorf("Latitude %f is out of range in function %s. It must be within [%f, %f].", p.y, function, -90.0, 90.0)
		}
	})
	return err
}

func (g *geometry) swap() { g.everyPoint(func(p *point) { p.x, p.y = p.y, p.x }) }

// notGeographic is error 3726, of SRID 0 where degrees are wanted.
func notGeographic(function string) error {
	return sqlerr.SRSNotGeographic.Errorf("Function %s is only defined for geographic spatial reference systems, but one of its arguments is in SRID %d, which is not geographic.", function, plane)
}
