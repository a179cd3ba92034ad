// Package grant is GRANT and REVOKE as data: who may give and take which
// rights, what rows that writes, and what goes with it. No SQL text comes in;
// SHOW GRANTS is the only text that goes out.
//
// A grant row says what one grantor gave one grantee on one object, and which
// part of it may be passed on. Rows that the system or an administrator gave
// have catalog.SystemGrantor and need no support. Every other row is supported
// by the right of its grantor to pass those atoms on, which the grantor has
// from rows on the object, on its database or on the system. This invariant
// holds at all times: when a right to pass on is lost, what hung on it goes
// too (CASCADE, the default here because it is the safe one), computed as a
// least fixed point from the system's rows, so that two grantees cannot keep
// each other's rights alive.
//
// Who may grant, besides SYSTEM ADMIN: whoever holds the atoms with grant
// option, only those atoms; the owner, because his rows are such rows; and
// whoever holds the atom GRANT (LeanXcale's ALTER) on the object or its
// database, any of READ, WRITE and ALTER.
//
// Who may revoke: the administrator and the owner, everything; a holder of
// GRANT, everything but the rows of the owner; anybody, what he granted
// himself and his own rights, but not PROXY, without which he would be himself
// again, unless he may pass it on. MySQL lets every holder of a grant option revoke
// what others granted; here he cannot, because that hands him the owner's
// rights.
//
// What somebody holds on a database reaches every object in it. A REVOKE on one
// of the objects takes it from him there: it is kept as a catalog.Exception,
// which binds his own rows on the database and his right to pass on because of
// them, not what he has through roles, groups and PUBLIC, nor by a row on the
// object itself, nor by one on the system. The next GRANT of the same on the
// object ends it; a later GRANT on the database does not. One on all of a kind in a database takes
// on each of them what the database gives. Who may make one is who
// could revoke such a row on the object. With MySQL's partial_revokes a REVOKE on a
// database is such an exception to grants on the system, and goes with them.
// Exceptions and denials stay with the name of an object that is dropped or renamed: catalog
// keeps them on a scope of the name, and gives them to what gets the name next.
//
// A grant or denial can be on a scope: databases of a pattern, or all objects of a kind.
// It counts on each object that the scope reaches as if it were on that, but that for a
// database only the nearest counts, and that exceptions bind it.
//
// A denial is in the same record and binds more: nothing gives what is denied, to the
// grantee and to whom his rights count for, on the object and on what is in it, but
// SYSTEM ADMIN. Only REVOKE DENY ends it.
//
// Every function works inside the caller's catalog transaction and checks all
// before it writes anything: after an error nothing was changed.
package grant
