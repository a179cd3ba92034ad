// Package markup has MySQL's functions of XML.
package markup

import "github.com/lxdb/lxdb/engine/expr"

// Families are the functions of this package.
var Families = []expr.Family{
	{Name: "XML", Functions: xmlFunctions},
}
