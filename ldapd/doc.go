// Package ldapd is the bundled directory: an LDAPv3 server (RFC 4511) whose
// entries are the database's own users and groups. It stores nothing. It reads
// one catalog snapshot for each operation and changes accounts through the small
// interface Accounts, so that an entry and the SQL account are one record.
//
// # The tree
//
//	dc=lxdb                          the suffix, an option
//	  ou=users    uid=NAME,ou=users  every SQL user; cn=NAME is an alias in a bind
//	  ou=groups   cn=NAME,ou=groups  every group; it may be empty
//	cn=subschema                     made from the attribute table that matching uses
//
// member and uniqueMember list direct members; memberOf is transitive and so is
// memberUid, because its readers know no nesting. Roles are not in the tree.
//
// # What is offered
//
// Bind (simple; inside TLS also SASL PLAIN, and SASL EXTERNAL for who presented a
// client certificate), unbind, search (all of RFC 4515, paged
// results), compare, add, modify, delete, modifyDN, abandon; StartTLS, password
// modify (RFC 3062), who am I (RFC 4532), cancel (RFC 3909); ManageDsaIT, which
// changes nothing here; password policy responses. A modify, whatever it changes, is
// one change of the catalog; when another client came between, it is made anew.
//
// # What is not offered
//
// LDAPv2, referrals, alias entries, server-side sorting, persistent search, other
// SASL mechanisms, hashed passwords in userPassword, entries other than users and
// groups, moving an entry to another parent, keeping an old name (deleteoldrdn
// FALSE). They are refused with the code that RFC 4511 gives for it and are not
// advertised.
//
// # What a client may do
//
// Without a bind: read the root DSE. A user: read his own entry, the containers
// and the subschema, and change his own password with the old one. Who has
// SYSTEM ADMIN or USER ADMIN (the interface Rights): everything. Members of the
// group ldap_reader: read all entries, for programs that look people up. An entry
// that may not be read does not exist (32). userPassword is never returned, matched
// or compared.
//
// Passwords travel inside TLS only; Options.PlainOnLoopback is for machines
// without another way. Every refused login is 49, whatever the reason. What a new
// password must satisfy is decided behind Accounts, for SQL as well; the password
// policy control names the rule, and after a bind it says nothing.
//
// # What a hostile client meets
//
// A message is refused by its announced length before anything is allocated for
// it (64 KiB before a bind), and is walked in place: there is no tree of nodes.
// Depth, nodes, connections, operations, times and waiting bytes are bounded
// (Limits). A panic in an operation is answer 80 to that operation.
package ldapd
