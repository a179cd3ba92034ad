package difftest

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// ProgramRule is a difference between what MySQL 8 and MariaDB make of a program in which
// lxdb follows MySQL's manual.
type ProgramRule struct {
	Name   string
	Manual string // what the manual says, and where
	Case   string // the file of testdata/sql that holds lxdb to it
	// Applies says whether the rule explains what a program, which is reduced, has left on
	// both servers.
	Applies func(text, ours, theirs string) bool
}

// maxProgramRules bounds ProgramRules.
const maxProgramRules = 20

// ProgramRules are all of them.
var ProgramRules = []*ProgramRule{
	{
		Name:    "cursors of a handler",
		Manual:  "Cursor DECLARE Statement, BEGIN … END Compound Statement: a cursor is known in the block that declares it; MariaDB takes that of the block whose statement the handler answers for, when the handler has declared one of its own",
		Case:    "rules/program_handlers",
		Applies: func(text, _, _ string) bool { return handlersCursor.MatchString(text) },
	},
	{
		Name:   "a failed statement leaves nothing",
		Manual: "InnoDB Error Handling: a duplicate key and most other errors roll back the SQL statement; MariaDB keeps what triggers and functions have written inside the statement of a function or a trigger when its handler goes on",
		Case:   "rules/program_atomic",
		Applies: func(text, ours, theirs string) bool {
			inside := strings.Contains(text, "CREATE FUNCTION") || strings.Contains(text, "CREATE TRIGGER")
			if inside && strings.Contains(ours, ": 1321") && strings.Contains(theirs, ": 1146") { // what was kept led elsewhere in a handler
				return true
			}
			return inside && strings.Contains(text, "HANDLER FOR") && (strings.Count(theirs, "\n") > strings.Count(ours, "\n") || undone(ours, theirs))
		},
	},
	{
		Name:    "a function sees what was before its statement",
		Manual:  "UPDATE, DELETE, Stored Program Restrictions: in which order rows are evaluated and changed is not defined; lxdb looks at all rows before it changes one, MariaDB changes each at once",
		Case:    "rules/program_before",
		Applies: func(text, _, _ string) bool { return changesBy.MatchString(text) },
	},
	{
		Name:   "ROW_COUNT of the statement before",
		Manual: "Information Functions, ROW_COUNT: the rows of the statement before, inside functions and triggers too; after CALL those of its last statement. MariaDB adds up all statements of a CALL, and counts none in functions and triggers",
		Case:   "rules/program_rows",
		Applies: func(text, ours, theirs string) bool {
			return strings.Contains(text, "ROW_COUNT") && logged.ReplaceAllString(ours, "$1") == logged.ReplaceAllString(theirs, "$1")
		},
	},
	{
		Name:   "the area before GET DIAGNOSTICS",
		Manual: "The MySQL Diagnostics Area: each statement that does not read the area empties it first; MariaDB's does so only where it names a table",
		Case:   "rules/program_area",
		Applies: func(text, ours, theirs string) bool {
			if noData.MatchString(text) && strings.Contains(text, "CALL help(") && strings.Contains(text, " INTO ") && strings.Count(ours, "\n") > strings.Count(theirs, "\n") {
				return true // a handler of who called, for what a statement before the last has left there
			}
			return strings.Contains(text, "GET DIAGNOSTICS") && areaRead.ReplaceAllString(ours, "$1") == areaRead.ReplaceAllString(theirs, "$1")
		},
	},
	{
		Name:   "a trigger that is not there",
		Manual: "Server Error Message Reference, ER_REFERENCED_TRG_DOES_NOT_EXIST: FOLLOWS and PRECEDES of a trigger that does not exist; MariaDB has another number",
		Case:   "rules/trigger_order",
		Applies: func(_, ours, theirs string) bool {
			return strings.ReplaceAll(ours, "TRIGGER: 3011", "") == strings.ReplaceAll(theirs, "TRIGGER: 4031", "")
		},
	},
	{
		Name:   "digits of a decimal",
		Manual: "Flow Control Functions, IFNULL: its type is the more general one of its arguments, here that of DECIMAL(4,1) with its one digit; MariaDB gives a user variable the digits of the argument that was taken",
		Case:   "rules/program_digits",
		Applies: func(text, ours, theirs string) bool {
			return strings.Contains(text, "DECIMAL") && strings.ReplaceAll(ours, "0.0", "0") == strings.ReplaceAll(theirs, "0.0", "0")
		},
	},
	{
		Name:   "a user variable that IFNULL chooses, as a number",
		Manual: "Strict SQL Mode: what a conversion warns of is an error in an assignment; MySQL 8 does not warn of what the text of a user variable is as a number (bug 27969934), nor where IFNULL chooses it. MariaDB does behind IFNULL alone",
		Case:   "rules/program_uservars",
		Applies: func(text, ours, theirs string) bool {
			caught := strings.Contains(text, "HANDLER FOR") && onlyEmptied(ours, theirs)
			return chosenVariable.MatchString(text) && (caught || strings.Contains(theirs, ": 1292") && !strings.Contains(ours, ": 1292"))
		},
	},
	{
		Name:    "a user variable that a trigger sets between rows",
		Manual:  "User-Defined Variables: it is not defined when a variable is read that the same statement sets; lxdb computes the values of a row before it inserts the row, MariaDB takes what a subquery looks up from the beginning of the statement",
		Case:    "rules/program_between",
		Applies: func(text, _, _ string) bool { return setsBetween(text) },
	},
	{
		Name:   "text and a number in a change",
		Manual: "Strict SQL Mode: what a conversion warns of is an error in a statement that changes rows; MariaDB does not convert where an index answers",
		Case:   "rules/program_strict",
		Applies: func(text, ours, theirs string) bool {
			return changesRows.MatchString(text) && strings.Contains(ours, ": 1292") && !strings.Contains(theirs, ": 1292")
		},
	},
	{
		Name:   "a procedure that the function in its argument calls",
		Manual: "CALL Statement: arguments are computed before the procedure runs, and the table that its body reads is there; MariaDB says that it is not (1146) where a function in the arguments calls the same procedure. Stored Program Restrictions: a trigger cannot change the table that the statement is about which invoked it (1442); MariaDB says 1146 where a procedure leads back to itself through one",
		Case:   "rules/program_argument",
		Applies: func(text, ours, theirs string) bool {
			if !strings.Contains(theirs, ": 1146") || strings.Contains(ours, ": 1146") {
				return false
			}
			return argumentCalls.MatchString(text) && callsItself.MatchString(text) || strings.Contains(ours, ": 1442") && strings.Contains(text, "CREATE TRIGGER")
		},
	},
	{
		Name:    "CASE of a decimal",
		Manual:  "CASE Statement: the value is compared with = until one of the WHEN values is equal; MariaDB rounds a DECIMAL variable, and the text of one, to a whole number where the WHEN value is one",
		Case:    "rules/program_case",
		Applies: func(text, _, _ string) bool { return comparesDecimal(text) },
	},
	{
		Name:   "a handler that EXIT leaves",
		Manual: "DECLARE … HANDLER Statement, Scope Rules for Handlers: a handler answers for all of its block but its own body; MariaDB's does no more once the EXIT handler of its body has ended one inside of it",
		Case:   "rules/program_handlers",
		Applies: func(text, ours, theirs string) bool {
			if !leftByExit.MatchString(text) {
				return false
			}
			// it goes on behind a RESIGNAL, too: then it has done more
			more := strings.Contains(text, "RESIGNAL") && strings.Count(theirs, "\n") > strings.Count(ours, "\n")
			return more || unhandled.MatchString(theirs) && unhandled.FindString(ours) != unhandled.FindString(theirs)
		},
	},
	{
		Name:   "the table that is changed, in a subquery",
		Manual: "Subquery Errors, and REPLACE, UPDATE, DELETE: a table cannot be changed and read in a subquery of the same statement (1093); MariaDB reads it in VALUES, and in the conditions of changes of one table",
		Case:   "rules/program_target",
		Applies: func(text, ours, theirs string) bool {
			if !readsTarget(text) {
				return false
			}
			same := generatedNumber.ReplaceAllString(ours, "$1") == generatedNumber.ReplaceAllString(theirs, "$1")
			added := strings.Count(theirs, "\n") > strings.Count(ours, "\n")
			caught := strings.Contains(text, "HANDLER FOR") && (same || added || undone(ours, theirs))
			return caught || strings.Contains(ours, ": 1093") && !strings.Contains(theirs, ": 1093")
		},
	},
}

// logged is a line of a program's log that holds ROW_COUNT().
var logged = regexp.MustCompile(`(?m)^(\w+ n) -?\d+ $`)

// noData is a handler for what SELECT … INTO and FETCH find no row for.
var noData = regexp.MustCompile(`HANDLER FOR (1329|NOT FOUND|SQLSTATE '02000'|SQLWARNING)`)

// areaRead is a line of a program's log that holds what GET DIAGNOSTICS found.
var areaRead = regexp.MustCompile(`(?m)^(\w+ n) \S+ $`)

// chosenVariable is IFNULL of a user variable in a computation.
var chosenVariable = regexp.MustCompile(`IFNULL\(@\w+, 0\) \*`)

// generatedNumber is a line of the log of a trigger on u, which has the number of the row.
var generatedNumber = regexp.MustCompile(`(?m)^(Tu.*/)\d+/\S+ $`)

var handlersCursor = regexp.MustCompile(`DECLARE h\d+ CURSOR`)

// changesBy is a change of t by a condition or a value of a function that reads t.
var changesBy = regexp.MustCompile(`(?s)CREATE FUNCTION f\(.*FROM t.*(DELETE FROM t|UPDATE t SET|INSERT INTO t)[^;]*\bf\(`)

// argumentCalls is a procedure that is called with a function's value, callsItself that the function calls it.
var (
	argumentCalls = regexp.MustCompile(`CALL help\([^;]*\bf\(`)
	callsItself   = regexp.MustCompile(`(?s)CREATE FUNCTION f\(.*?CALL help\(.*?RETURN`)
)

// laterRows are the second row of an INSERT and those behind it, lookedUp a subquery's look-up by a user variable.
var (
	laterRows = regexp.MustCompile(`INTO \w+ \([^()]*\) VALUES \([^;]*?\), \([^;]*`)
	lookedUp  = regexp.MustCompile(`SELECT [^;]*? WHERE [^;]*?(@\w+)`)
)

// setsBetween says that a row of several looks something up by a variable that a trigger sets.
func setsBetween(text string) bool {
	for _, rows := range laterRows.FindAllString(text, -1) {
		for _, m := range lookedUp.FindAllStringSubmatch(rows, -1) {
			sets := regexp.MustCompile(`CREATE TRIGGER [^\n]*(INTO [^;]*` + m[1] + `\b|SET ` + m[1] + ` =)`)
			if sets.MatchString(text) {
				return true
			}
		}
	}
	return false
}

// onlyEmptied says that what variables hold differs where MariaDB has NULL or 0.
func onlyEmptied(ours, theirs string) bool {
	between := func(r rune) bool { return r == '/' || unicode.IsSpace(r) }
	a, b := strings.FieldsFunc(ours, between), strings.FieldsFunc(theirs, between)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !strings.EqualFold(b[i], "NULL") && b[i] != "0" {
			return false
		}
	}
	return len(a) > 0
}

// targetRead is a change of a table with a subquery over it, by table.
var targetRead = func() (out []*regexp.Regexp) {
	for _, t := range []string{"t", "u", "log"} {
		out = append(out, regexp.MustCompile(`(INTO|UPDATE|FROM) `+t+`\b[^;]*\(SELECT [^;]*FROM `+t+`\b`))
	}
	return out
}()

// changesRows is a change of rows in which something is compared with a variable.
var changesRows = regexp.MustCompile(`(UPDATE t |DELETE FROM t |(INSERT|REPLACE) [^;]*\(SELECT [^;]* WHERE a = )`)

// leftByExit is a handler with an EXIT handler in its body, and another one below that.
var leftByExit = regexp.MustCompile(`HANDLER FOR [^;]+ BEGIN .*EXIT HANDLER FOR .*BEGIN .*DECLARE (CONTINUE|EXIT) HANDLER FOR `)

// unhandled is how a CALL has failed.
var unhandled = regexp.MustCompile(`(?m)^CALL \S+: \d+$`)

var comparedBy = regexp.MustCompile(`CASE (v\d+|@u) WHEN`)

// comparesDecimal says that a CASE compares a variable that was declared as DECIMAL, or as text
// that is one.
func comparesDecimal(text string) bool {
	return slices.ContainsFunc(comparedBy.FindAllStringSubmatch(text, -1), func(m []string) bool {
		return strings.Contains(text, "DECLARE "+m[1]+" DECIMAL") || strings.Contains(text, "SET @u = 2.5") && m[1] == "@u" || strings.Contains(text, "DECLARE "+m[1]+" VARCHAR(4)") && strings.Contains(text, "2.5")
	})
}

func readsTarget(text string) bool {
	return slices.ContainsFunc(targetRead, func(r *regexp.Regexp) bool { return r.MatchString(text) })
}

// undone says that some row of t is still what it was at the beginning, and another one on
// the other server.
func undone(ours, theirs string) bool {
	for _, row := range []string{"1 10 one", "2 20 two", "3 NULL three"} {
		if strings.Contains(ours, "\n"+row) && !strings.Contains(theirs, "\n"+row) {
			return true
		}
	}
	return false
}
