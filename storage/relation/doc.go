// Package relation keeps the rows of tables: how they and their index entries
// lie in the store, reading them, writing them, and the numbers that sequences
// hand out. It works on datums and batches of them; SQL types, conversions and
// comparisons are the engine's.
//
// It is the one door to rows. Open makes every handle, for a purpose, with the
// actor's rights and with his policy, and the policy's row filters and masks are
// applied in here, before any value leaves. DESIGN.md says what each verb asks.
//
// Reading order: schema.go, index.go, entry.go, row.go; purpose.go, policy.go,
// open.go; source.go, reader.go; writer.go, counter.go.
package relation
