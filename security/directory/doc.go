// Package directory makes a company's LDAP directory the authority for this
// database's outside users: who they are, whether a password is theirs, and which
// groups they are in. It is an authn.Directory for logins, and what the engine
// asks for statements about groups.
//
// # One authority for each name
//
// A user of the catalog is either the database's own or the directory's
// (catalog.Principal.Outside), and only that one is asked about his password. Of
// the database's own users only those that Settings.FallbackLocal names can log
// in, so that the directory's rules hold for everybody else and an administrator
// still gets in when it is down. An entry of the directory never becomes an
// account that exists already as something else.
//
// # Groups
//
// A group of the directory that somebody granted something to has a record in
// the catalog, and its members are memberships there. So rights are what they
// always are, and a change reaches open sessions and running scans. What the
// directory says is written there at each login, for users with open sessions
// each Settings.CacheTTL, and for all at CALL SYS.REFRESH_LDAP_GROUP.
//
// # Outages
//
// When no server answers, nobody new gets in, and what was known stays: a
// password that was proved for CacheTTL, groups for Settings.StaleMax. Then the
// groups are gone until the directory answers again. An outage is no refusal and
// is never remembered as one.
package directory
