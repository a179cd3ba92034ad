// Package witness says what the audit log is told: it turns decisions, logins and
// changes of the catalog into records of security/audit.
//
// Each is witnessed where it happens, so that nobody who writes a statement has to
// think of it: a decision inside access.Check, a login inside security/authn, a change
// of rights or accounts inside the catalog's transaction, before its commit.
// Statements of our own are told by engine/statement besides, with their text.
//
// Secrets do not come in: of a password only that it changed, of fields that this
// package does not know only their name.
package witness
