// Package variable declares what SET does to each system variable. Nothing that
// can be set is without effect: a variable works, or its value is kept because
// programs send it at connection and it has no meaning here, or it has the one
// value that is true here and SET to any other is refused.
//
// It is a table and its reading, without SQL: the engine asks it at the one place
// where a variable changes. A variable that stands in no row is fixed.
package variable
