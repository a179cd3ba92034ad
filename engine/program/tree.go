package program

import "github.com/lxdb/lxdb/engine/value"

// Kind is what a CREATE makes.
type Kind uint8

// The kinds of programs.
const (
	Procedure Kind = iota + 1
	Function
	Trigger
	Event
)

func (k Kind) String() string {
	return [...]string{"", "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"}[k]
}

// free says that a program may do whatever a session may: it is no part of a statement.
func (k Kind) free() bool { return k == Procedure || k == Event }

// DataAccess is what a routine says of the SQL in it.
type DataAccess uint8

// MySQL's four, of which CONTAINS SQL is meant when none is written.
const (
	ContainsSQL DataAccess = iota
	NoSQL
	ReadsData
	ModifiesData
)

func (d DataAccess) String() string {
	return [...]string{"CONTAINS SQL", "NO SQL", "READS SQL DATA", "MODIFIES SQL DATA"}[d]
}

// Header is what a CREATE says before the body.
type Header struct {
	Kind           Kind
	Database, Name string // as written; the database may be missing
	IfNotExists    bool
	Params         []Param
	Returns        string // type of a function as written
	Deterministic  bool
	Access         DataAccess
	Invoker        bool
	Comment        string
	On             TriggerOn
	Event          EventClauses
	BodyAt         int    // where the body begins in the text
	traitsAt       int    // where the characteristics do
	home           string // the database of a name without one
	// paramsAt and paramsEnd are where the parameters stand, with their brackets.
	paramsAt, paramsEnd int
}

// TriggerOn says when a trigger fires.
type TriggerOn struct {
	Before          bool
	Event           string // INSERT, UPDATE, DELETE
	Database, Table string
	Follows         bool   // FOLLOWS Other, else PRECEDES
	Other           string // none: ""
	// TablePos and TableEnd are where the table's name stands, its database included.
	TablePos, TableEnd int
	// OrderPos and OrderEnd are where FOLLOWS or PRECEDES does, with the name; 0 without it.
	OrderPos, OrderEnd int
}

// Mode of a parameter.
type Mode uint8

// In is what a parameter is without a word.
const (
	In Mode = iota
	Out
	InOut
)

func (m Mode) String() string { return [...]string{"IN", "OUT", "INOUT"}[m] }

// Param is a parameter; its slot is its place in the list.
type Param struct {
	Name string
	Mode Mode
	Type string // as written
}

// Program is a stored program that was read.
type Program struct {
	Header
	Text    string
	Vars    []Variable // by slot, parameters first
	Result  value.Type // of a function
	Cursors int
	Body    Statement

	// SetsNew says that some column of NEW is assigned to; ReadsRow that one of NEW or
	// OLD is read.
	SetsNew, ReadsRow bool
	// Shows says that some statement may send rows to the client.
	Shows bool
}

// Row is which row of a trigger a variable is a column of.
type Row uint8

// NotRow is for ordinary variables.
const (
	NotRow Row = iota
	Old
	New
)

func (r Row) String() string { return [...]string{"", "OLD", "NEW"}[r] }

// Variable is a parameter, a declared variable, or a column of NEW or OLD.
type Variable struct {
	Name string
	Type value.Type
	Row  Row
	// Assigned says of a column of NEW that the program has an assignment to it.
	Assigned bool
	// initial is what DEFAULT says in its declaration, nil for NULL.
	initial *Expression
	// Loose variables take values of any type: of what CASE compares.
	Loose bool
}

// Statement is a statement of the language.
type Statement interface{ at() *spot }

// spot is where a statement stands: its block, and the line for messages.
type spot struct {
	scope *scope
	pos   int
}

func (s *spot) at() *spot { return s }

// Expression is an expression. Code is the host's.
type Expression struct {
	Text string
	Code any
	Slot int // of an expression that is nothing but a variable, -1 for others
}

// Target is what takes a value: a variable, or a user variable.
type Target struct {
	Slot int    // -1: a user variable
	User string // its name
}

// Block is BEGIN … END.
type Block struct {
	spot
	label    string
	inner    *scope
	init     []initial
	handlers []*handler
	body     []Statement
}

// initial gives variables their default when their block begins.
type initial struct {
	slots []int
	value *Expression // nil: NULL
}

// handler is DECLARE … HANDLER.
type handler struct {
	exits bool
	of    *Block
	conds []condition
	body  Statement
}

// condition is what a handler is for.
type condition struct {
	number uint16
	state  string
	class  class
}

type class uint8

const (
	classNone class = iota
	classWarning
	classNotFound
	classException
)

type branch struct {
	cond *Expression
	body []Statement
}

// If is IF, and CASE with the value that it compares in a slot.
type If struct {
	spot
	operand  *Expression // of CASE value
	slot     int
	isCase   bool
	branches []branch
	other    []Statement
	hasElse  bool
}

// Loop is LOOP, WHILE and REPEAT.
type Loop struct {
	spot
	label string
	while *Expression
	until *Expression
	body  []Statement
}

// Jump is LEAVE and ITERATE.
type Jump struct {
	spot
	again bool
	to    Statement // *Block or *Loop
}

// Assign is SET of one variable.
type Assign struct {
	spot
	target Target
	value  *Expression
}

// Sequence are statements that were written as one.
type Sequence struct {
	spot
	list []Statement
}

// Do computes expressions.
type Do struct {
	spot
	values []*Expression
}

// Return ends a function.
type Return struct {
	spot
	value *Expression
}

// SQL is a statement of SQL. Code is the host's.
type SQL struct {
	spot
	Text string
	Code any
	Into []Target
	// Again are the variables of the program, by their places in the list, that stand there by themselves, and that Into has
	// given another value by then.
	Again map[int]int
	Made  bool // it prepares or executes text that was made
	// Plain says that it is a SELECT of expressions alone, without a table.
	Plain bool
	// Diagnostic says that it reads the diagnostics area, and leaves it as it is.
	Diagnostic bool
}

// Call is CALL.
type Call struct {
	spot
	Database, Name string
	Args           []Argument
}

// Argument is one of a CALL: an OUT parameter takes one with a target.
type Argument struct {
	Value  *Expression
	Target *Target
}

// cursorStatement is OPEN, FETCH and CLOSE.
type cursorStatement struct {
	spot
	kind   cursorVerb
	cursor int
	query  *SQL // OPEN
	into   []Target
}

type cursorVerb uint8

const (
	cursorOpen cursorVerb = iota
	cursorFetch
	cursorClose
)

// Signal is SIGNAL and RESIGNAL.
type Signal struct {
	spot
	again bool
	state string // "": RESIGNAL of what was caught
	items []signalItem
}

type signalItem struct {
	name  string
	value *Expression
}

// Diagnostics is GET DIAGNOSTICS.
type Diagnostics struct {
	spot
	stacked bool
	number  *Expression // of the condition; nil for the statement
	items   []diagnosticItem
}

type diagnosticItem struct {
	name string
	into Target
}
