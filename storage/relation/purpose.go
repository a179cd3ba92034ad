package relation

import "github.com/lxdb/lxdb/storage/kivi"

// Purpose is why a handle on rows is opened. It decides whose rights are asked
// and whether the table's policy applies. The zero Purpose opens nothing.
type Purpose uint8

// The purposes.
const (
	_ Purpose = iota
	// Query: a statement shows rows to its actor. The actor's rights, the rows
	// that the policy lets him see, its masks.
	Query
	// Write: a statement changes rows for its actor, and reads the rows that it
	// changes. The actor's rights; only rows that the policy lets him see and
	// change, and no row that it would not let him write. Masked columns read as
	// masked, and what is stored in them stays.
	Write
	// Constraint: foreign keys and their actions. Without the actor's rights and
	// without the policy, because a constraint that overlooked rows would not hold:
	// a parent that the actor may not see is a parent. It answers yes or no.
	Constraint
	// Rewrite: ALTER and index builds copy all rows, visible to the actor or not:
	// those left behind would be lost. ALTER was asked for before; no value leaves
	// the store.
	Rewrite
	// Estimate: the planner's row counts. Never exact and never an answer; what it
	// counts is a number of keys.
	Estimate
	// Analysis: ANALYZE counts all rows and the different values of indexes, and keeps
	// the numbers, and the histograms of the columns that it was told. The right to the
	// table was asked for before; the values in histograms are shown to who may read it.
	Analysis
	// Fsck: `lxdb check` holds every row against every index. Only whoever has the
	// data directory runs it; it reports numbers.
	Fsck
	// Backup: all rows as they are stored, for whoever owns the instance.
	Backup
)

// system says why a purpose asks for nobody's rights; empty for those of an actor.
var system = [...]string{
	Constraint: "constraints hold for rows that the actor may not see",
	Rewrite:    "DDL copies all rows; ALTER was asked for before",
	Estimate:   "row counts for the planner",
	Analysis:   "counts for the planner, kept; ANALYZE was asked for before",
	Fsck:       "the owner of the data directory checks it",
	Backup:     "the owner of the instance copies it",
}

// guard is who answers for a handle.
func (p Purpose) guard(actor kivi.Guard) kivi.Guard {
	switch {
	case p == Query || p == Write:
		return actor
	case int(p) < len(system) && system[p] != "":
		return kivi.Internal(system[p])
	}
	return nil // denies
}

// limited says whether the table's policy applies.
func (p Purpose) limited() bool { return p == Query || p == Write }
