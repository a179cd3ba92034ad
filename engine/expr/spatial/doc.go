// Package spatial has MySQL's functions of geometries: values in MySQL's binary form, SRID 0
// (a plane without units) and SRID 4326 (longitude and latitude on WGS 84). Relations and
// areas are computed in the plane of the two coordinates; distances and lengths of SRID 4326
// are metres on the ellipsoid.
//
// Texts and binaries come from clients: collections nest up to maxDepth, no count is
// believed before the bytes are there, and what looks at each pair of edges is bounded and
// can be cancelled.
package spatial

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Families are the functions of this package.
var Families = []expr.Family{
	{Name: "Geometries made", Functions: makeFunctions},
	{Name: "Geometries as text", Functions: textFunctions},
	{Name: "Parts of geometries", Functions: partFunctions},
	{Name: "Measures of geometries", Functions: measureFunctions},
	{Name: "Relations of geometries", Functions: relationFunctions},
	{Name: "Geohashes", Functions: hashFunctions},
}

var geometryType = value.Type{Kind: value.TypeGeometry, Nullable: true}

var (
	returnsGeometry = expr.Returns(geometryType)
	returnsDouble   = expr.Nullable(value.DoubleType)
	returnsInt      = expr.Nullable(value.BigInt)
	returnsTruth    = expr.Nullable(value.Boolean)
)
