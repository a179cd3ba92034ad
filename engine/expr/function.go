package expr

import (
	"strings"

	"github.com/lxdb/lxdb/engine/value"
)

// Arg says as what a function wants an argument. Eval gets a value of this class.
type Arg uint8

const (
	Any      Arg = iota // as it is; f.Args[i].Type() tells what it is
	Text                // ClassString; characters, or bytes of a binary argument
	Encoded             // ClassString; the bytes that a text has in its character set
	Int                 // ClassInt; above it the largest one
	Integer             // ClassInt, or ClassUint above it or of an unsigned type
	Bits                // ClassUint: the 64 bits of an integer
	Double              // ClassDouble
	Decimal             // ClassDecimal
	Number              // Int, Uint, Decimal or Double: whatever Type.Numeric says
	Bool                // ClassInt 0 or 1
	DateTime            // ClassDateTime; no date is NULL with warning 1292
	Date                // ClassDate
	Time                // ClassTime
	Document            // ClassJSON; text is parsed, no JSON is error 3141
	JSON                // ClassJSON; text is a JSON string
)

// NullRule says what a NULL argument does.
type NullRule uint8

const (
	IfAny NullRule = iota // the result is NULL; Eval is not called
	Own                   // Eval sees it
)

// TextRule says whose collation a string has that comes out.
type TextRule uint8

const (
	FromArgs   TextRule = iota // of all Text arguments; 1267 when they do not mix
	FromFirst                  // of the first argument
	Connection                 // of the connection, as strings made from numbers have it
	Fixed                      // that which Result gave
	UTF8                       // utf8mb3_general_ci, of names and the like
)

// Truth is what a condition comes to.
type Truth int8

// False is the zero Truth.
const (
	False Truth = iota
	True
	Unknown
)

// Function declares one function or operator.
type Function struct {
	Name    string
	Aliases []string
	// Min and Max are how many arguments it takes; Max below 0 is any number.
	Min, Max int
	// Args is as what they are wanted; the last one counts for all that follow.
	Args []Arg
	// Result is the type that comes out. Its Nullable is set when an argument may be
	// NULL, so it says only whether NULL comes from elsewhere; the collation of a
	// string is set by Text.
	Result func(f *Call) (value.Type, error)
	Null   NullRule
	// All says that all arguments are computed, with their warnings, before one that
	// is NULL makes the result NULL; else the first NULL ends it.
	All  bool
	Text TextRule
	// ByType says that the types of the arguments decide: none is computed, and Eval gets none.
	ByType bool
	// Grows says that the result can be larger than the arguments: Eval asks
	// Ctx.TooLarge.
	Grows bool
	// Volatile says that two calls with the same arguments may differ, within a
	// statement or between two: it is not folded.
	Volatile bool
	// Stable says that the result is one for a whole statement, as of NOW.
	Stable bool
	// Prepare makes what Eval finds as f.State, once, when the call is made.
	// Arguments that are constant are known by then: f.Const.
	Prepare func(f *Call) (any, error)
	Eval    func(c *Ctx, f *Call, args []value.Value) (value.Value, error)
	// Truths, if set, is Eval of a condition for the selected rows of a batch at once; it appends
	// one Truth for each. done is false when it cannot, and out is as it was then.
	Truths func(c *Ctx, f *Call, b *Batch, sel []int32, out []Truth) (truths []Truth, done bool, err error)
	// Build makes an expression of its own instead of a Call: of operators that do
	// not compute all their arguments.
	Build func(b *Builder, args []Expr) (Expr, error)
	// Print, if set, is how MySQL prints a call: operators stand between.
	Print func(args []Expr) string
	// Subject is what a function of a plan was made of: a query, for EXPLAIN.
	Subject any
	// About is one line for the list of functions.
	About string
}

// Family is functions that belong together, one file of them.
type Family struct {
	Name      string
	Functions []Function
}

// Families are the functions of this package. Those of packages below it come to them
// in functions.Families.
var Families = []Family{
	{"Operators", operators},
	{"Bits", bitOperators},
	{"Comparison", comparisons},
	{"Choice", choices},
	{"Control flow", controls},
	{"Strings", stringFunctions},
	{"Longer strings", growingFunctions},
	{"Searching", searchFunctions},
	{"Numbers", roundFunctions},
	{"Doubles", numberFunctions},
	{"Random numbers", randomFunctions},
	{"Numbers and weights shown", shownFunctions},
	{"Information and identity", infoFunctions},
	{"Refused", refusedFunctions},
}

// Table finds functions by their names in any case.
type Table map[string]*Function

// NewTable is the table of some families.
func NewTable(families []Family) Table {
	names := Table{}
	for _, family := range families {
		for i := range family.Functions {
			f := &family.Functions[i]
			names[f.Name] = f
			for _, a := range f.Aliases {
				names[a] = f
			}
		}
	}
	return names
}

// Lookup finds a function; nil is none.
func (t Table) Lookup(name string) *Function {
	if f := t[name]; f != nil {
		return f
	}
	return t[strings.ToLower(name)]
}

// Fixed types for Result.

func returns(t value.Type) func(*Call) (value.Type, error) {
	return func(*Call) (value.Type, error) { return t, nil }
}

// nullable is a result that may be NULL though no argument is.
func nullable(t value.Type) func(*Call) (value.Type, error) {
	t.Nullable = true
	return returns(t)
}

// Returns and Nullable are for the packages below.

// Returns is the same type whatever the arguments are.
func Returns(t value.Type) func(*Call) (value.Type, error) { return returns(t) }

// Nullable is Returns for a function that may give NULL though no argument is.
func Nullable(t value.Type) func(*Call) (value.Type, error) { return nullable(t) }

// ReturnsText is a string of at most so many characters.
func ReturnsText(length func(f *Call) int) func(*Call) (value.Type, error) {
	return func(f *Call) (value.Type, error) { return value.Text(nil, length(f)), nil }
}

// lengthOfFirst is for functions whose result is not longer than the first argument.
func lengthOfFirst(f *Call) int { return f.Length(0) }
