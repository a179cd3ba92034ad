// Package program is the language of stored programs: procedures, functions and
// triggers. It reads a CREATE from its source (Parse) into a tree of its own and
// runs that tree (Run). Everything that is plain SQL stays opaque here: the host
// reads it when the program is read, and runs it when its turn comes, so a statement
// inside a program takes the way of every other one. The package knows no sessions,
// no plans and no catalog.
//
// # Names
//
// A name without a qualifier in SQL or an expression is looked up in the blocks
// around it, from the inside out, and means a column only where no block declares
// it: a variable wins over a column. NEW.c and OLD.c are variables of the whole
// trigger. Every variable has a slot of its own for the life of a call; its block
// gives it its default each time that it begins.
//
// # Which handler runs
//
// A statement that fails, or that leaves warnings, raises conditions. What answers:
//
//	where a condition is raised          which handlers are asked, in this order
//	-----------------------------------  ---------------------------------------------------
//	in the statements of a block         those of the block, then of the blocks around it
//	in a declaration of a block          none, when one of the block's own would answer, else
//	                                     those of the blocks around the block
//	in the statement of a handler        those of blocks inside that statement, then of the
//	                                     blocks around the one that declared the handler:
//	                                     its own block's are not asked
//	in a called procedure or function    its own; the caller is asked at its CALL, or at the
//	                                     statement that used the function
//	in a SQL statement with a trigger    the trigger's own, then at the SQL statement
//
// Among the handlers of one block the most particular wins: an error number, then a
// SQLSTATE, then the first of SQLWARNING, NOT FOUND and SQLEXCEPTION that holds: SELECT INTO
// of no row is both of the first two. Among several warnings of one
// statement the last that finds a handler counts.
//
//	what happened                        without a handler      CONTINUE goes on
//	-----------------------------------  ---------------------  -----------------------------
//	an error of class 02 (FETCH)         the program ends       behind the statement
//	any other error                      the program ends       behind the statement; for the
//	                                                            condition of IF, CASE, WHILE
//	                                                            or REPEAT behind its END
//	a warning, or SELECT INTO of no row  goes on                behind the statement
//
// EXIT leaves the block that declared the handler. A statement that was cancelled
// (KILL, max_execution_time) asks no handler.
//
// # What stands in the diagnostics area
//
//	statement                             what stood there before it
//	------------------------------------  ------------------------------------------------
//	of SQL, SET, CALL, DO, PREPARE, a     is gone
//	condition of IF, CASE or a loop, a
//	DEFAULT or NULL of DECLARE, OPEN
//	GET DIAGNOSTICS, SHOW WARNINGS and    stays; what was wrong with GET DIAGNOSTICS is added
//	ERRORS
//	SIGNAL, RESIGNAL                      is gone; of RESIGNAL that of the handler stays
//	FETCH, CLOSE, LEAVE, ITERATE, a       stays, and is gone when the statement itself has
//	block without variables               something to tell
//
// A program begins with a copy of what stands there when it is run: in a trigger what its statement has told so far.
// What a procedure or function leaves is its caller's; of a trigger that is what it failed of.
package program
