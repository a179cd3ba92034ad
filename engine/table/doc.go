// Package table is the one adapter between KiVi and the SQL library: a Table is
// a sql.Table whose rows live in a kivi.Txn and whose definition is a
// catalog.Table.
//
// Table is one concrete type with every capability; it is never wrapped and
// wraps nothing, because the library peels wrappers off. Permission is not
// decided here: every read and write goes through a kivi.Table handle that asks
// the session's guard.
//
// A Store makes the tables, creates, alters and drops them, and holds what
// belongs to no transaction: parsed schemas, auto-increment blocks, row count
// estimates and metadata locks.
//
// Reading order: store.go, schema.go, types.go, row.go, index.go, ranges.go,
// scan.go, editor.go, rewrite.go, refill.go.
package table
