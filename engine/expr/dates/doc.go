// Package dates has MySQL's functions of dates and times.
//
// A date is taken in one of two ways: loosely, where month and day may be 0 and
// YEAR('2024-00-00') is 2024, and strictly, where such a date is none: the calendar
// is needed. Units of intervals are constant texts such as DAY_HOUR.
package dates

import "github.com/lxdb/lxdb/engine/expr"

// Families are the functions of this package.
var Families = []expr.Family{
	{Name: "Literals of dates and times", Functions: literals},
	{Name: "The clock", Functions: clockFunctions},
	{Name: "Parts of dates and times", Functions: partFunctions},
	{Name: "Weeks and days", Functions: dayFunctions},
	{Name: "Dates and times made", Functions: makeFunctions},
	{Name: "Intervals", Functions: intervalFunctions},
	{Name: "Differences", Functions: differenceFunctions},
	{Name: "Dates as text", Functions: formatFunctions},
	{Name: "Time zones", Functions: zoneFunctions},
}
