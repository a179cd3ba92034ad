// Package expr has the expressions of SQL: columns, constants, parameters, operators
// and functions, with the types that MySQL gives their results. It computes row by
// row (Expr.Eval) and column by column (EvalBatch, Filter), with the same answers.
//
// Everything but columns and constants is made by NewCall, operators included: "+",
// "=", "and", "like", "case". It looks the name up in the one table of functions,
// checks the number of arguments, finds the collation, decides the type of the
// result and folds constants.
//
// To add a function, add a Function to the slice of its family: here, in
// functions_<family>.go, or in the package below that has the family. Those packages
// use what is exported here and nothing else; functions.Families joins them. Say by
// Args as what each argument is wanted: Eval then gets values of that class and never
// NULL, unless the function has Null: Own. Say by Result what type comes out, by Text
// whose collation a string has. An Expr is never changed once made, and used by many
// statements at once: what a function keeps for a call with constant arguments (a
// compiled pattern) is made by Prepare.
//
// How deeply expressions nest is bounded where texts are read, by engine/lex.
//
// Values belong to the row that they were made from; bytes of a result may be those of
// an argument. Whoever grows a string asks Ctx.TooLarge first.
package expr
