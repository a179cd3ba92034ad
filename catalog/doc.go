// Package catalog holds what the database knows about itself: databases,
// tables, views, triggers, routines, events, principals, grants, role
// memberships and permission certificates.
//
// Records are typed, versioned values in kivi's meta space (docs/formats/catalog.md
// says how, byte by byte). In memory they are one immutable Snapshot behind an
// atomic pointer: a reader takes it once and sees one consistent catalog for as
// long as it likes, without a lock. Copy-on-write trees make the next Snapshot
// cost O(log n) for each changed record, so 100,000 tables cost a CREATE TABLE
// nothing.
//
// Every kind of object is a Kind with a Descriptor (kinds.go has those of the
// database itself): its records are loaded, found by id and by name, listed,
// checked, given another owner and dropped by code that is written once. A new
// kind is a record and a Descriptor.
//
// Every change goes through Update: one kivi transaction, serialised, in which
// the BeforeCommit hooks run too (certificates are issued there). The new
// Snapshot is published after the commit is durable and before Update returns;
// a failure anywhere leaves disk and memory as they were.
//
// The catalog version rises with every Update that changes something. The
// security epoch rises with every change after which somebody may do more or
// less than before.
//
// The package decides nothing about rights: whoever calls Update has checked
// them. Records reached through a Snapshot are shared and must not be changed;
// Clone one, change the copy and Put it.
package catalog
