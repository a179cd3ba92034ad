// Package value has MySQL's values: their types, how they are converted into one
// another, compared, formatted and calculated with, to the digit and with the
// warnings that MySQL 8.0 gives. It knows rows, plans and sessions not at all;
// what it needs of a statement comes in as an Env.
//
//   - A Type is what MySQL knows of a column or an expression: Kind, sign, digits,
//     length, collation. A Value is one value of it, without a pointer for numbers.
//   - A Value's Class says how it is held. Kinds that are numbers with a text, ENUM,
//     SET, YEAR and BIT, are ClassUint; only their Type tells the text. So every
//     conversion takes the Type of the value beside it.
//   - ToInt, ToDouble, ToString … convert as MySQL does in an expression: what is no
//     number is one up to where it stops being one, with warning 1292. Store converts
//     for a column, where sql_mode decides between a warning and an error.
//   - Env.Warn records a warning, or returns the error that strict mode makes of it:
//     its result must be passed on.
//   - Text is UTF-8 inside, whatever its character set is called; the binary
//     collation has bytes.
//
// The package never imports the SQL library.
package value
