// Package embed is the kv.Engine for one machine: transactions over pebble, a
// log-structured merge tree (LSM), which gives it sorted storage, a write-ahead
// log and snapshots. What is added here:
//
//   - commit.go: one leader that groups, validates, applies and publishes when
//     all is synced, so that plain reads see durable states only
//   - recent.go: validation of Serializable transactions
//   - txn.go, reader.go, iter.go: write set over snapshot, both directions
//   - bulk.go: sorted ingest and large commits
//   - logpromise.go, logdamage.go, seal.go, manifestdamage.go: recovery that refuses
//     a damaged log or manifest
//   - locks, membuf: row locks with deadlock detection, write set with marks
//
// The visibility condition and why it holds is in DESIGN.md of package kivi.
package embed
