// Package ldapconn speaks to a directory for the command line, inside TLS only:
// ldaps, or ldap with StartTLS before anything else is sent. Entries and changes
// are ldif.Record, so that what is read can be written and the other way round.
// Referrals are not followed.
package ldapconn
