// Package ldapclient asks a company's LDAP directory who somebody is and which
// groups he is in. It is the client side of the external mode, in which users and
// passwords live in that directory; package ldapd is the bundled one. It knows
// nothing of the database, keeps no results, and decides nothing: who calls it
// turns names into accounts.
//
// # A login
//
//	User    the service account searches one entry; its DN and name come from
//	        the directory, never from what the client typed
//	Bind    the password is tried as that DN, on a connection of its own that
//	        is closed afterwards
//	GroupsOf  the service account walks memberships upwards, level by level
//
// # Whom we trust
//
// The directory decides who may log in, so the line to it must be the right one:
// TLS with a verified certificate, or the machine itself. A plain ldap:// URL to
// another machine is refused, and so is one whose name turns out to lead there. A
// key pin is checked besides the certificate, not instead of it. Referrals are not
// followed: they would send a password wherever an answer says.
//
// The answers are not trusted to be well made. Their size and depth are bounded,
// every wait has an end, a malformed one is an error and a panic in the decoder
// is too. What is typed goes into a filter escaped, names with control
// characters go nowhere. An empty password is refused before there is any traffic,
// since RFC 4513 makes a bind with it succeed as nobody.
//
// A user is who has his value of UserAttr: it must be an attribute that people
// cannot change in their own entries. A typed name that leads to a value which two
// entries have is refused.
// Whoever may create a group below the group base can give it any name, and names
// are all that is returned: the base must hold only groups that the directory's
// administrators make.
//
// # Three kinds of failure
//
// ErrDenied: the directory said no. ErrUnavailable: nobody could be asked, which
// tells nothing about the user. ErrConfiguration: somebody was asked, and the
// settings are wrong (certificate, service account, base, filter, a size limit).
// Nothing but a nil error ever means yes.
//
// # Not supported
//
// SASL, Kerberos and NTLM; ldapi:// and SRV records; the primary group of Active
// Directory, which is in no group's member list; password policy controls, so that
// a password that must be changed after a reset is taken if the server takes it.
package ldapclient
