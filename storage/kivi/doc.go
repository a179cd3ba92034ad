// Package kivi stores tables: transactions over an ordered key-value engine,
// with a guard that is asked on every operation. It knows objects, keys and
// rights; it knows no SQL, no users and no grants.
//
// Five nouns:
//
//   - DB is one store. Open gives one on this machine, New one over any kv.Engine.
//   - Txn is a transaction: a snapshot, a private write set, row locks.
//   - Table is one object's keys within a Txn, with the rights somebody asked for.
//   - Scan walks a range of a Table.
//   - Guard answers for one session whether a right may be used now. Package
//     security/bucket has one; nil denies.
//
// Keys are made by package codec; a key outside the handle's object is refused
// as an assertion error, so a handle cannot reach another table. Meta is the
// catalog's way in, Internal the system's; lint tests say who may use them.
//
// DESIGN.md holds the isolation levels and the visibility condition.
package kivi
