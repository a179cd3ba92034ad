package spatial

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// textFunctions read and write geometries. Every reader takes an SRID and options behind
// the text.
var textFunctions = slices.Concat([]expr.Function{
	{Name: "st_astext", Aliases: []string{"st_aswkt"}, Min: 1, Max: 2, Args: []expr.Arg{expr.Any, expr.Text}, Grows: true, Text: expr.Connection, Result: asText, Eval: evalAsText, About: "the well-known text form"},
	{Name: "st_aswkb", Aliases: []string{"st_asbinary"}, Min: 1, Max: 2, Args: []expr.Arg{expr.Any, expr.Text}, Text: expr.Fixed, Result: asBinary, Eval: evalAsWKB, About: "the well-known binary form"},
	{Name: "st_asgeojson", Min: 1, Max: 3, Args: []expr.Arg{expr.Any, expr.Int, expr.Int}, Result: expr.Nullable(value.JSONType), Eval: evalAsGeoJSON, About: "a GeoJSON object; digits behind the point; 1 adds bbox, 2 and 4 a short or long crs"},
	{Name: "st_geomfromgeojson", Min: 1, Max: 3, Args: []expr.Arg{expr.Document, expr.Int, expr.Int}, Result: returnsGeometry, Eval: evalFromGeoJSON, About: "the geometry of a GeoJSON object, of SRID 4326 if no other is given"},
}, readers("text", "txt", readText, "", 0, "geom", "geometry"), readers("wkb", "wkb", readWKB, "", 0, "geom", "geometry"),
	readers("text", "txt", readText, "", pointKind, "point"), readers("wkb", "wkb", readWKB, "", pointKind, "point"),
	readers("text", "txt", readText, "", lineKind, "line", "linestring"), readers("wkb", "wkb", readWKB, "", lineKind, "line", "linestring"),
	readers("text", "txt", readText, "", polygonKind, "poly", "polygon"), readers("wkb", "wkb", readWKB, "", polygonKind, "poly", "polygon"),
	readers("text", "txt", readText, "", multiPointKind, "mpoint", "multipoint"), readers("wkb", "wkb", readWKB, "", multiPointKind, "mpoint", "multipoint"),
	readers("text", "txt", readText, "", multiLineKind, "mline", "multilinestring"), readers("wkb", "wkb", readWKB, "", multiLineKind, "mline", "multilinestring"),
	readers("text", "txt", readText, "", multiPolygonKind, "mpoly", "multipolygon"), readers("wkb", "wkb", readWKB, "", multiPolygonKind, "mpoly", "multipolygon"),
	readers("text", "txt", readText, "", collectionKind, "geomcoll", "geometrycollection"), readers("wkb", "wkb", readWKB, "", collectionKind, "geomcoll", "geometrycollection"),
)

type read func(b []byte) (*geometry, bool)

func readText(b []byte) (*geometry, bool) { return decodeWKT(string(b)) }
func readWKB(b []byte) (*geometry, bool)  { return decodeWKB(b) }

// readers is ST_…FromText or ST_…FromWKB of one kind.
func readers(form, short string, how read, _ string, want kind, names ...string) []expr.Function {
	f := expr.Function{Name: "st_" + names[0] + "from" + form, Min: 1, Max: 3, Args: []expr.Arg{expr.Text, expr.Int, expr.Text}, Result: returnsGeometry,
		Eval: evalRead(how, want), About: "a geometry, in longitude and latitude as its SRID orders them; 'axis-order=long-lat' or 'lat-long'"}
	if form == "wkb" {
		f.Args = []expr.Arg{expr.Any, expr.Int, expr.Text}
	}
	for _, n := range names[1:] {
		f.Aliases = append(f.Aliases, "st_"+n+"from"+form)
	}
	if want == collectionKind && form == "text" {
		f.Aliases = append(f.Aliases, "st_"+names[0]+"from"+short)
	}
	return []expr.Function{f}
}

func evalRead(how read, want kind) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
		if a[0].Class() != value.ClassString {
			return value.Null, invalid(f.Function.Name)
		}
		if err := c.Borrow(len(a[0].Bytes())); err != nil {
			return value.Null, err
		}
		g, ok := how(a[0].Bytes())
		if !ok {
			return value.Null, invalid(f.Function.Name)
		}
		if want != 0 && g.kind != want {
			return value.Null, unexpected(want.String(), g, f.Function.Name)
		}
		srid := int64(0)
		if len(a) > 1 {
			srid = a[1].Int()
		}
		if err := known(srid); err != nil {
			return value.Null, err
		}
		latitudeFirst, err := order(f, a, 2, srid)
		if err != nil {
			return value.Null, err
		}
		if latitudeFirst {
			g.swap()
		}
		g.setSRID(uint32(srid))
		if err := g.onEarth(f.Function.Name); err != nil {
			return value.Null, err
		}
		return give(c, g)
	}
}

// order says whether latitude comes first: it does in SRID 4326 if no option says otherwise.
func order(f *expr.Call, a []value.Value, i int, srid int64) (latitudeFirst bool, err error) {
	if len(a) <= i {
		return srid == wgs84, nil
	}
	name, word, _ := strings.Cut(a[i].Text(), "=")
	if !strings.EqualFold(strings.TrimSpace(name), "axis-order") {
		return false, sqlerr.InvalidOptionKey.Errorf("Invalid option key '%s' in function %s.", strings.TrimSpace(name), f.Function.Name)
	}
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "srid-defined":
		return srid == wgs84, nil
	case "lat-long":
		return srid == wgs84, nil
	case "long-lat":
		return false, nil
	}
	return false, sqlerr.InvalidOptionValue.Errorf("Invalid value '%s' for option '%s' in function '%s'.", strings.TrimSpace(word), "axis-order", f.Function.Name)
}

func asText(*expr.Call) (value.Type, error) {
	t := value.Text(nil, 1<<28)
	t.Nullable = true
	return t, nil
}

func asBinary(*expr.Call) (value.Type, error) {
	t := value.BytesOf(1 << 28)
	t.Nullable = true
	return t, nil
}

// turned reads the geometry in the order of coordinates that is asked for.
func turned(f *expr.Call, a []value.Value) (*geometry, error) {
	g, err := one(f, a, 0)
	if err != nil {
		return nil, err
	}
	latitudeFirst, err := order(f, a, 1, int64(g.srid))
	if err != nil {
		return nil, err
	}
	if latitudeFirst {
		g.swap()
	}
	return g, nil
}

func evalAsText(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := turned(f, a)
	if err != nil {
		return value.Null, err
	}
	text := appendWKT(nil, g)
	if large, err := c.TooLarge(f.Function.Name, len(text)); large || err != nil {
		return value.Null, err
	}
	return value.Bytes(text), nil
}

func evalAsWKB(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	g, err := turned(f, a)
	if err != nil {
		return value.Null, err
	}
	if err := c.Borrow(len(a[0].Bytes())); err != nil {
		return value.Null, err
	}
	return value.Bytes(appendWKB(nil, g)), nil
}
