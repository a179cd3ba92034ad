// Package functions joins the functions of engine/expr with those of the packages
// below it to the one table that statements use.
package functions

import (
	"slices"
	"sync"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/codes"
	"github.com/lxdb/lxdb/engine/expr/dates"
	"github.com/lxdb/lxdb/engine/expr/documents"
	"github.com/lxdb/lxdb/engine/expr/markup"
	"github.com/lxdb/lxdb/engine/expr/patterns"
	"github.com/lxdb/lxdb/engine/expr/spatial"
	"github.com/lxdb/lxdb/engine/value"
)

// Families are all functions.
var Families = slices.Concat(expr.Families, codes.Families, patterns.Families, markup.Families, dates.Families, documents.Families, spatial.Families)

var table = sync.OnceValue(func() expr.Table { return expr.NewTable(Families) })

// Lookup finds a function by its name in any case; nil is none.
func Lookup(name string) *expr.Function { return table().Lookup(name) }

// NewBuilder makes a builder for a session's settings that knows all functions.
func NewBuilder(e *value.Env) *expr.Builder { return expr.NewBuilderOf(e, table()) }
