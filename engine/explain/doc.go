// Package explain says how a statement runs: the operators of package exec, with how many rows each is thought
// to give and, of a statement that was carried out for it, how many it gave, in what time and with how much
// memory. What it may say of a table is for its caller to decide: see Statement.
package explain
