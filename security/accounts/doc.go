// Package accounts makes, changes and drops users and groups: who may do it, what
// passwords and names are accepted, who is a member of what, and what goes with
// an account. SQL statements, the directory server, the command line and the
// company's directory all come here, so a rule holds on every way in. No SQL
// text, wire and error number is in it.
package accounts
