// Package patterns has MySQL's functions of regular expressions, over the engine in
// internal/icuregex.
package patterns

import "github.com/lxdb/lxdb/engine/expr"

// Families are the functions of this package.
var Families = []expr.Family{
	{Name: "Regular expressions", Functions: regexpFunctions},
}
