// Package change has the operators of statements that change rows. They take their rows
// from operators of package exec, bring values to the types of columns as strict mode, its
// absence and IGNORE want them, keep the rules of a table (defaults, generated columns,
// CHECK, NOT NULL), ask its triggers, and write through Changes, which package table makes.
package change
