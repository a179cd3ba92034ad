package dialect

// Privilege is one entry of a privilege list.
type Privilege struct {
	// Name is in upper case with single spaces: "SELECT", "CREATE VIEW", "ALL"
	// (PRIVILEGES is dropped), "GRANT OPTION", a dynamic privilege's name.
	Name string
	// Columns of a column grant, nil for the whole object. A list that follows
	// the object (Kinetica) is copied to each privilege of the statement.
	Columns []string
}

// Target is the ON clause.
type Target struct {
	// Kind is KindNone when the statement has no keyword. The difference
	// matters: ALTER means more with one (conflict C4), and a bare name may be
	// a table or a database (C2).
	Kind  Kind
	Scope Scope
	// Database is set for db.name and db.*; also Name may be a database when
	// Kind is KindSchema or KindNone.
	Database string
	Name     string
	Host     string // of a KindUser
	// Pattern is ON SCHEMAS LIKE: Database is a pattern, whatever partial_revokes says.
	Pattern bool
}

// Kind is the object keyword of an ON clause.
type Kind uint8

const (
	KindNone Kind = iota
	KindTable
	KindView
	KindSchema // SCHEMA and DATABASE
	KindSequence
	KindProcedure
	KindFunction
	KindUser // an account: Name is the whole of it, with the host
)

// String is the keyword, "" for KindNone.
func (k Kind) String() string { return kindWords[k] }

var kindWords = [...]string{
	KindNone: "", KindTable: "TABLE", KindView: "VIEW", KindSchema: "SCHEMA",
	KindSequence: "SEQUENCE", KindProcedure: "PROCEDURE", KindFunction: "FUNCTION", KindUser: "USER",
}

// Scope is the shape of an ON clause's reference.
type Scope uint8

const (
	ScopeObject   Scope = iota // name or db.name
	ScopeDatabase              // db.*
	ScopeStar                  // *: the current database; all of the kind after a keyword
	ScopeGlobal                // *.*
	ScopeAll                   // ALL TABLES [IN SCHEMA Database], those to come included
)

// Grant gives privileges on a target.
type Grant struct {
	Privileges  []Privilege
	Target      Target
	Grantees    []Grantee
	GrantOption bool
	End         *End
}

// GrantKinds gives LeanXcale's privileges on every object of a kind: SELECT TABLE.
type GrantKinds struct {
	Privileges  []KindPrivilege
	Grantees    []Grantee
	GrantOption bool
	End         *End
}

// RevokeKinds takes them away.
type RevokeKinds struct {
	IfExists          bool
	GrantOptionFor    bool
	Privileges        []KindPrivilege
	Grantees          []Grantee
	Behaviour         Behaviour
	IgnoreUnknownUser bool
}

// KindPrivilege is an action on a kind, both in upper case: SELECT TABLE, INSERT ANY.
type KindPrivilege struct{ Action, Kind string }

// End is when a grant ends by itself: VALID UNTIL 'time', or FOR 2 HOURS.
type End struct {
	Until  string // the text of a time; then Amount is 0
	Amount int
	Unit   string // SECOND, MINUTE, HOUR, DAY, WEEK
}

// Deny takes privileges on a target from the grantees and from who holds them,
// whoever gives them; SYSTEM privileges have the target *.*.
type Deny struct {
	Privileges []Privilege
	Target     Target
	Grantees   []Grantee
	End        *End
}

// Revoke takes privileges on a target away.
type Revoke struct {
	IfExists          bool
	Denial            bool // REVOKE DENY: ends a denial
	GrantOptionFor    bool // only the right to pass them on
	Privileges        []Privilege
	Target            Target
	Grantees          []Grantee
	Behaviour         Behaviour
	IgnoreUnknownUser bool
}

// RevokeAll is REVOKE ALL PRIVILEGES, GRANT OPTION FROM …: everything that was
// granted to the grantees directly, on every object.
type RevokeAll struct {
	IfExists          bool
	Grantees          []Grantee
	IgnoreUnknownUser bool
}

// GrantSystem gives privileges that need no target: SYSTEM ADMIN, USER ADMIN.
type GrantSystem struct {
	Privileges  []string // upper case, single spaces
	Grantees    []Grantee
	GrantOption bool // WITH GRANT OPTION or WITH ADMIN OPTION
	End         *End
}

// RevokeSystem takes them away.
type RevokeSystem struct {
	IfExists          bool
	GrantOptionFor    bool
	Privileges        []string
	Grantees          []Grantee
	Behaviour         Behaviour
	IgnoreUnknownUser bool
}

// GrantRoles makes the grantees members of roles.
type GrantRoles struct {
	Roles       []Account
	Grantees    []Grantee
	AdminOption bool
	End         *End
}

// RevokeRoles ends memberships.
type RevokeRoles struct {
	IfExists          bool
	AdminOptionFor    bool
	Roles             []Account
	Grantees          []Grantee
	Behaviour         Behaviour
	IgnoreUnknownUser bool
}

// ShowGrants is SHOW GRANTS [FOR grantee [USING roles]]; For is nil for one's own.
type ShowGrants struct {
	For   *Grantee
	Using []Account
}
