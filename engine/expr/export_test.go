package expr

import "github.com/lxdb/lxdb/engine/value"

// NewCall makes a call of a function of this package with MySQL's default settings.
func NewCall(name string, args ...Expr) (Expr, error) {
	return NewBuilderOf(&value.Env{Mode: value.DefaultMode}, NewTable(Families)).Call(name, args...)
}

// What the tests outside of the package need: they are there because they have all
// functions, whose packages import this one.
var (
	IsRow      = isRow
	Join       = join
	CountOf    = rows
	PositionOf = rowAt
	ConstText  = constText
	// FilterCompare says whether it has a kernel.
	FilterCompare = filterCompare
)
