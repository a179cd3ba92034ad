package dialect

// CreateGroup is CREATE GROUP [IF NOT EXISTS] g [, …]. The groups are those
// that GRANT names ldapGroup:g.
type CreateGroup struct {
	IfNotExists bool
	Groups      []string
}

// AlterGroup is ALTER GROUP g ADD|DROP members, or RENAME TO.
type AlterGroup struct {
	Group   string
	Add     bool // else the members are dropped
	Members []Member
	Rename  string // the new name; then there are no members
}

// Member is a user or a group in a group.
type Member struct {
	Group   bool
	Account Account // of a group only the Name counts
}

// DropGroup is DROP GROUP [IF EXISTS] g [, …].
type DropGroup struct {
	IfExists bool
	Groups   []string
}

// ShowGroups is SHOW GROUPS: those that the viewer may see.
type ShowGroups struct{}

// ShowSecurity is SHOW SECURITY [FOR principal [, …]]: what each may do and
// through whom. For is nil for all that the viewer may see.
type ShowSecurity struct{ For []Grantee }

// CreateSchema is CREATE SCHEMA [IF NOT EXISTS] s AUTHORIZATION owner [element …]. Without
// AUTHORIZATION the statement is MySQL's own.
type CreateSchema struct {
	IfNotExists bool
	Name        string
	Owner       Grantee
	// Elements are the statements that make what is in it, as they were written.
	Elements []string
	// Shown are those as they may be logged: without the values that stand in them.
	Shown []string
}

// CreateDatabase is CREATE DATABASE d 'comment', and LeanXcale's … USER u IDENTIFIED BY 'p': a database with
// accounts that begin in it and hold everything on it. Without either the statement is MySQL's own, if its parser
// takes the name.
type CreateDatabase struct {
	IfNotExists bool
	Name        string
	DatabaseOptions
	Users []UserSpec
}

// AlterDatabase is ALTER DATABASE d 'comment'. Without a comment the statement is MySQL's own.
type AlterDatabase struct {
	Name string // "" for the current one
	DatabaseOptions
}

// DatabaseOptions are a comment, nil for none, and beside it MySQL's character set and collation, "" for none.
type DatabaseOptions struct {
	Comment          *string
	Charset, Collate string
}

// RefreshLDAPGroup is CALL SYS.REFRESH_LDAP_GROUP('g').
type RefreshLDAPGroup struct{ Group string }

// BindNames is CALL SYS.BIND_NAMES().
type BindNames struct{}
