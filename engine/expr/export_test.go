package expr

// What the tests outside of the package need: they are there because they have all
// functions, whose packages import this one.
var (
	IsRow      = isRow
	Join       = join
	CountOf    = rows
	PositionOf = rowAt
	ConstText  = constText
)
