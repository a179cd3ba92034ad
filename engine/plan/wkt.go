package plan

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/spatial"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// maxGeometryNesting bounds collections inside collections. The library reads the
// rest of a text again at each level: 60,000 of them take minutes, and nothing ends
// that.
const maxGeometryNesting = 100

// collectionTexts are the library's functions that read such texts.
var collectionTexts = map[string]sql.Function{
	"st_geomfromtext":               boundedText("st_geomfromtext", spatial.NewGeomFromText),
	"st_geometryfromtext":           boundedText("st_geometryfromtext", spatial.NewGeomFromText),
	"st_geomcollfromtext":           boundedText("st_geomcollfromtext", spatial.NewGeomCollFromText),
	"st_geomcollfromtxt":            boundedText("st_geomcollfromtxt", spatial.NewGeomCollFromText),
	"st_geometrycollectionfromtext": boundedText("st_geometrycollectionfromtext", spatial.NewGeomCollFromText),
}

func boundedText(name string, library sql.CreateFuncNArgs) sql.Function {
	return sql.FunctionN{Name: name, Fn: func(args ...sql.Expression) (sql.Expression, error) {
		call, err := library(args...)
		if err != nil {
			return nil, err
		}
		return &geometryText{call, name}, nil
	}}
}

// geometryText is a call of the library's, with the first argument looked at before.
type geometryText struct {
	sql.Expression
	name string
}

func (g *geometryText) WithChildren(args ...sql.Expression) (sql.Expression, error) {
	call, err := g.Expression.WithChildren(args...)
	if err != nil {
		return nil, err
	}
	return &geometryText{call, g.name}, nil
}

func (g *geometryText) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	args := g.Children()
	v, err := args[0].Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	text, err := textOf(ctx, v)
	if err != nil {
		return nil, err
	}
	depth, deepest := 0, 0
	for _, c := range text {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		}
		deepest = max(deepest, depth)
	}
	if deepest > maxGeometryNesting {
		return nil, sqlerr.InvalidGISData.Errorf("Invalid GIS data provided to function %s.", strings.ToLower(g.name)).
			WithHint("collections nest up to %d deep", maxGeometryNesting)
	}
	args = append([]sql.Expression{expression.NewLiteral(text, types.LongText)}, args[1:]...)
	call, err := g.Expression.WithChildren(args...)
	if err != nil {
		return nil, err
	}
	return call.Eval(ctx, row)
}

func textOf(ctx *sql.Context, v any) (string, error) {
	v, _, err := types.LongText.Convert(ctx, v)
	if err != nil {
		return "", err
	}
	text, _, err := sql.Unwrap[string](ctx, v)
	return text, err
}
