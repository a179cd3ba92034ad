// Package csvload loads a CSV file into a table: all of it or nothing.
//
// The file is read twice. The first pass (scan.go) looks at every field: against
// the columns of the table (column.go), or, when there is no table, to choose
// the columns (infer.go). Any fault ends the load before a row was sent, with a
// report of what is wrong on which line (fault.go). The second pass (insert.go)
// sends the rows. A table that exists gets them in one transaction; a new one is
// filled under another name and renamed at the end, so that its size is not
// bound by what a transaction can hold.
//
// In a file, the first line names the columns, fields may be quoted, and an
// empty field is NULL where the column may be NULL and empty text where it may
// not. Quoted and unquoted empty fields are the same. Empty lines are skipped.
package csvload
