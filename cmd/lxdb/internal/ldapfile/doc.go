// Package ldapfile moves users and groups between a directory and an LDIF file.
//
// Export writes them in an order in which they can be added again: users, then
// groups behind the groups that are in them. Import adds them in any order:
// members that do not exist yet are joined at the end. LDAP has no transactions,
// so an import that stops has done a part; a second run finds that part, sees
// that it has all that the file says, and goes on.
package ldapfile
