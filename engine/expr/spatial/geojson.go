package spatial

import (
	"math"
	"strconv"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

var jsonNames = [...]string{"", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}

// evalAsGeoJSON writes longitude before latitude, whatever the SRID says.
func evalAsGeoJSON(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return value.Null, err
	}
	digits, options := int64(math.MaxInt32), int64(0)
	if len(a) > 1 {
		digits = a[1].Int()
	}
	if len(a) > 2 {
		options = a[2].Int()
	}
	if digits < 0 || digits > math.MaxInt32 || options < 0 || options > 7 {
		return value.Null, sqlerr.DataOutOfRange.Errorf("%s value is out of range in '%s'", map[bool]string{true: "options", false: "max decimal digits"}[digits >= 0 && digits <= math.MaxInt32], f.Function.Name)
	}
	if err := c.Borrow(4 * len(a[0].Bytes())); err != nil {
		return value.Null, err
	}
	w := jsonWriter{scale: digits}
	members := w.members(g)
	if options&1 != 0 {
		b := boxOf(g)
		members = append(members, value.Member{Key: "bbox", Value: array(w.number(b.low.x), w.number(b.low.y), w.number(b.high.x), w.number(b.high.y))})
	}
	if options&6 != 0 && g.srid != plane {
		name := "EPSG:" + strconv.Itoa(int(g.srid))
		if options&4 != 0 {
			name = "urn:ogc:def:crs:EPSG::" + strconv.Itoa(int(g.srid))
		}
		members = append(members, value.Member{Key: "crs", Value: value.NewObject([]value.Member{{Key: "type", Value: text("name")},
			{Key: "properties", Value: value.NewObject([]value.Member{{Key: "name", Value: text(name)}})}})})
	}
	return value.Document(value.NewObject(members)), nil
}

type jsonWriter struct{ scale int64 }

func text(s string) *value.JSON { return &value.JSON{Kind: value.JSONString, Text: s} }

func array(items ...*value.JSON) *value.JSON { return &value.JSON{Kind: value.JSONArray, Items: items} }

func (w jsonWriter) number(f float64) *value.JSON {
	if w.scale < 15 {
		p := math.Pow10(int(w.scale))
		if r := math.Round(f*p) / p; finite(r) {
			f = r
		}
	}
	return &value.JSON{Kind: value.JSONNumber, Scalar: value.Double(f)}
}

func (w jsonWriter) members(g *geometry) []value.Member {
	out := []value.Member{{Key: "type", Value: text(jsonNames[g.kind])}}
	if g.kind == collectionKind {
		list := array()
		for _, p := range g.parts {
			list.Items = append(list.Items, value.NewObject(w.members(p)))
		}
		return append(out, value.Member{Key: "geometries", Value: list})
	}
	return append(out, value.Member{Key: "coordinates", Value: w.coordinates(g)})
}

func (w jsonWriter) coordinates(g *geometry) *value.JSON {
	list := array()
	switch g.kind {
	case pointKind:
		return w.point(g.points[0])
	case lineKind:
		return w.points(g.points)
	case polygonKind:
		for _, r := range g.rings {
			list.Items = append(list.Items, w.points(r))
		}
	default:
		for _, p := range g.parts {
			list.Items = append(list.Items, w.coordinates(p))
		}
	}
	return list
}

func (w jsonWriter) point(p point) *value.JSON { return array(w.number(p.x), w.number(p.y)) }

func (w jsonWriter) points(points []point) *value.JSON {
	list := array()
	for _, p := range points {
		list.Items = append(list.Items, w.point(p))
	}
	return list
}

func evalFromGeoJSON(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	options, srid := int64(1), int64(wgs84)
	if len(a) > 1 {
		options = a[1].Int()
	}
	if len(a) > 2 {
		srid = a[2].Int()
	}
	if options < 1 || options > 4 {
		return value.Null, sqlerr.DataOutOfRange.Errorf("option value is out of range in '%s'", f.Function.Name)
	}
	if err := known(srid); err != nil {
		return value.Null, err
	}
	r := jsonReader{dimensions: options > 1}
	g, ok := r.geometry(a[0].JSON(), 0)
	if !ok {
		return value.Null, sqlerr.InvalidGeoJSON.Errorf("Invalid GeoJSON data provided to function %s", f.Function.Name)
	}
	g.setSRID(uint32(srid))
	if err := g.onEarth(f.Function.Name); err != nil {
		return value.Null, err
	}
	return give(c, g)
}

// jsonReader reads GeoJSON; dimensions says that more than two coordinates are taken.
type jsonReader struct{ dimensions bool }

func (r jsonReader) geometry(j *value.JSON, depth int) (*geometry, bool) {
	if j == nil || j.Kind != value.JSONObject || depth > maxDepth {
		return nil, false
	}
	name := j.Member("type")
	if name == nil || name.Kind != value.JSONString {
		return nil, false
	}
	switch name.Text {
	case "Feature":
		return r.geometry(j.Member("geometry"), depth+1)
	case "FeatureCollection":
		return r.collection(j.Member("features"), depth)
	case "GeometryCollection":
		return r.collection(j.Member("geometries"), depth)
	}
	for k, n := range jsonNames {
		if n == name.Text && k > 0 {
			g := &geometry{kind: kind(k)}
			return g, r.coordinates(g, j.Member("coordinates")) && g.sound()
		}
	}
	return nil, false
}

func (r jsonReader) collection(list *value.JSON, depth int) (*geometry, bool) {
	g := &geometry{kind: collectionKind}
	if list == nil || list.Kind != value.JSONArray {
		return nil, false
	}
	for _, item := range list.Items {
		p, ok := r.geometry(item, depth+1)
		if !ok {
			return nil, false
		}
		g.parts = append(g.parts, p)
	}
	return g, true
}

func (r jsonReader) coordinates(g *geometry, j *value.JSON) bool {
	if j == nil || j.Kind != value.JSONArray {
		return false
	}
	switch g.kind {
	case pointKind:
		p, ok := r.point(j)
		g.points = []point{p}
		return ok
	case lineKind:
		return r.points(&g.points, j)
	case polygonKind:
		for _, item := range j.Items {
			var ring []point
			if !r.points(&ring, item) {
				return false
			}
			g.rings = append(g.rings, ring)
		}
		return true
	}
	for _, item := range j.Items {
		p := &geometry{kind: g.kind.part()}
		if !r.coordinates(p, item) || !p.sound() {
			return false
		}
		g.parts = append(g.parts, p)
	}
	return true
}

func (r jsonReader) points(to *[]point, j *value.JSON) bool {
	if j == nil || j.Kind != value.JSONArray {
		return false
	}
	for _, item := range j.Items {
		p, ok := r.point(item)
		if !ok {
			return false
		}
		*to = append(*to, p)
	}
	return true
}

func (r jsonReader) point(j *value.JSON) (p point, ok bool) {
	if j.Kind != value.JSONArray || len(j.Items) < 2 || len(j.Items) > 2 && !r.dimensions {
		return p, false
	}
	for i, to := range []*float64{&p.x, &p.y} {
		n := j.Items[i]
		if n.Kind != value.JSONNumber {
			return p, false
		}
		f, err := strconv.ParseFloat(string(n.Append(nil)), 64)
		if err != nil || !finite(f) {
			return p, false
		}
		*to = f
	}
	return p, true
}
