package dialect

// CreateUser is CREATE USER in MySQL's and Kinetica's spellings, and Denodo's
// as far as password and description go.
type CreateUser struct {
	OrReplace   bool // who is there is dropped first
	IfNotExists bool
	Users       []UserSpec
	Options     UserOptions // for all Users
}

// AlterUser changes what is not zero in it.
type AlterUser struct {
	IfExists bool
	Users    []UserSpec
	Options  UserOptions
}

// UserSpec is an account with how it proves itself.
type UserSpec struct {
	Account Account
	Auth    *Auth // nil when the statement says nothing
}

// Auth is the IDENTIFIED clause or one of its synonyms.
type Auth struct {
	Plugin   string  // IDENTIFIED WITH plugin, "" for the default, PluginLDAP in any of its spellings
	Password *Secret // nil when only a plugin is named
	// DirectoryName is what the directory calls the user, a name or a DN; "" is
	// the account's own name. For PluginLDAP only.
	DirectoryName string
	// DataSource is Denodo's name of the directory, in its parts; nil for none.
	DataSource []string
	// Hash is a stored password, of AS '…', as SHOW CREATE USER shows it. Random asks
	// for a password that the server makes up and shows once.
	Hash   *Secret
	Random bool
	// Replace is the password that is changed; Retain lets it count beside the new
	// one, Discard ends that. For ALTER USER and SET PASSWORD.
	Replace         *Secret
	Retain, Discard bool
}

// PluginLDAP checks the password with the company's directory. MySQL calls it
// authentication_ldap_simple, and Denodo writes LDAP (USERNAME 'name').
const PluginLDAP = "ldap"

// UserOptions are the facets after the accounts. Zero means not mentioned.
type UserOptions struct {
	Lock          LockState
	DefaultSchema *string // "" is DEFAULT: back to the home database
	// FailedLogins and LockDays are FAILED_LOGIN_ATTEMPTS and PASSWORD_LOCK_TIME,
	// Unbounded for the latter's word.
	FailedLogins, LockDays *int
	Comment                *string
	// Attribute is a JSON object as text.
	Attribute *string
	// Expire is PASSWORD EXPIRE, ExpireNow for it alone, else the days of a life,
	// with Unbounded for NEVER. History and Reuse are PASSWORD HISTORY and REUSE
	// INTERVAL. ByDefault is the server's default in all of them.
	Expire, History, Reuse *int
	RequireCurrent         *CurrentRule
	Require                *Require
	// DefaultRole is DEFAULT ROLE: what counts at login. A new account gets the roles, too.
	DefaultRole *DefaultRoles
	// The resources, WITH MAX_…; 0 is no limit.
	MaxQueries, MaxUpdates, MaxConnections, MaxUserConnections *int
}

// DefaultRoles is DEFAULT ROLE of CREATE and ALTER USER. The set is as in SetDefaultRole; only
// ALTER has NONE and ALL.
type DefaultRoles struct {
	Set   RoleSet
	Roles []Account
}

// ByDefault stands for DEFAULT in a rule about passwords, ExpireNow for PASSWORD
// EXPIRE with nothing behind.
const (
	ByDefault = -2
	ExpireNow = -3
)

// CurrentRule is PASSWORD REQUIRE CURRENT [DEFAULT | OPTIONAL].
type CurrentRule uint8

// The rules. They are never zero in a tree.
const (
	CurrentRequired CurrentRule = iota + 1
	CurrentOptional
	CurrentDefault
)

// Require is what a connection must be. The zero Require is REQUIRE NONE.
type Require struct {
	SSL, X509               bool
	Subject, Issuer, Cipher string
}

// Unbounded is PASSWORD_LOCK_TIME UNBOUNDED.
const Unbounded = -1

// LockState is ACCOUNT LOCK or UNLOCK, of which ACTIVATED = TRUE is a synonym, or ACTIVATED = FALSE.
type LockState uint8

const (
	LockUnchanged LockState = iota
	Lock
	Unlock
	Deactivate // Lock, and nothing acts for the account
)

// DropUser removes accounts.
type DropUser struct {
	IfExists  bool
	Accounts  []Account
	Behaviour Behaviour // for the objects they own
	// ReassignTo gets the objects; nil when not written. Never together with a Behaviour.
	ReassignTo *Account
}

// RenameUser renames accounts, in order.
type RenameUser struct{ Pairs []Renaming }

// Renaming is one FROM TO TO pair.
type Renaming struct{ From, To Account }

// SetPassword is SET PASSWORD [FOR account] = 'x', or TO RANDOM; For is nil for
// one's own.
type SetPassword struct {
	For  *Account
	Auth *Auth
}

// CreateRole makes roles.
type CreateRole struct {
	OrReplace   bool // what is there is dropped first
	IfNotExists bool
	Roles       []Account
	Options     RoleOptions
}

// RoleOptions are the facets of a role. Nil means not mentioned.
type RoleOptions struct {
	Comment       *string
	DefaultSchema *string // of members who have none; "" is DEFAULT, none
}

// AlterRole changes what a role is called or said to be.
type AlterRole struct {
	Role    Account
	Rename  *Account // the new name; then there are no Options
	Options RoleOptions
}

// RoleSet is a choice among the roles that somebody has.
type RoleSet uint8

const (
	RolesListed    RoleSet = iota // those that are named
	RolesNone                     // NONE
	RolesAll                      // ALL
	RolesAllExcept                // ALL EXCEPT those that are named
	RolesDefault                  // DEFAULT
)

// SetRole is SET ROLE: which roles count in the session from now on.
type SetRole struct {
	Set   RoleSet
	Roles []Account
}

// SetDefaultRole is SET DEFAULT ROLE … TO user [, …]: which count at login. The set
// is never RolesAllExcept and never RolesDefault.
type SetDefaultRole struct {
	Set   RoleSet
	Roles []Account
	Users []Account
}

// DropRole removes roles.
type DropRole struct {
	IfExists bool
	Roles    []Account
}

// ShowUsers is SHOW USERS: those that the viewer may see.
type ShowUsers struct{}

// ShowCreateUser is SHOW CREATE USER account.
type ShowCreateUser struct{ Account Account }
