package catalog

import (
	"cmp"
	"slices"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// PrincipalKind says what a principal is. The empty kind is refused.
type PrincipalKind string

// The kinds. Their names are stored.
const (
	KindUser   PrincipalKind = "user"
	KindRole   PrincipalKind = "role"
	KindGroup  PrincipalKind = "group"
	KindPublic PrincipalKind = "public"
)

// Principal is a user, a role, a directory group or PUBLIC.
type Principal struct {
	ID       principal.ID  `json:"id"`
	Name     string        `json:"name"`   // as written
	Folded   string        `json:"folded"` // FoldPrincipal(Name), unique; Put fills it in
	Kind     PrincipalKind `json:"kind"`
	Password string        `json:"password,omitempty"` // PHC string; "" cannot log in with a password
	Locked   bool          `json:"locked,omitempty"`
	// Standing says of a locked user that the lock keeps him from logging in alone: what acts for him, as its
	// definer, goes on. Without it nothing does, as of an account that is not activated.
	Standing bool `json:"standing,omitempty"`
	// Plugin is who checks the password: "" this database, PluginLDAP the
	// company's directory. A group with PluginLDAP is the directory's: its
	// members are not changed here but follow what the directory says.
	Plugin string `json:"plugin,omitempty"`
	// DirectoryName is what the directory calls a user, a name or a DN, where
	// that is not Name.
	DirectoryName string `json:"directory_name,omitempty"`
	// DirectoryUUID is the entryUUID of the entry that the account was proved by, "" where it never was or the
	// directory has none: another entry, of the same name or DN, is another person.
	DirectoryUUID string `json:"directory_uuid,omitempty"`
	DefaultSchema string `json:"default_schema,omitempty"`
	Comment       string `json:"comment,omitempty"`
	// FailedLoginAttempts wrong passwords in a row lock the account for
	// PasswordLockDays, -1 for good, when neither is 0.
	FailedLoginAttempts int `json:"failed_login_attempts,omitempty"`
	PasswordLockDays    int `json:"password_lock_days,omitempty"`
	// Unlocked is when somebody last unlocked it, in microseconds since 1970, as
	// far as it has FailedLoginAttempts: what was counted before does not count.
	Unlocked int64 `json:"unlocked,omitempty"`
	// Epoch rises when the password changes, the account is locked or becomes
	// another entry's: what was proved before it no longer counts. Put raises it.
	Epoch uint64 `json:"epoch"`
	// UUID is given at creation and stays for life, through renames: what a
	// directory shows as entryUUID. Put fills it in.
	UUID string `json:"uuid,omitempty"`
	// Created, Modified and PasswordChanged are in microseconds since 1970. Put
	// sets them; 0 is "before the program kept them".
	Created         int64 `json:"created,omitempty"`
	Modified        int64 `json:"modified,omitempty"`
	PasswordChanged int64 `json:"password_changed,omitempty"`
	// Attributes are what a directory knows beyond the account: mail, cn,
	// description. They decide nothing about rights. See MaxAttributes.
	Attributes map[string][]string `json:"attributes,omitempty"`
	// Creator made the principal, and so may put members into a group. 0 is root: of
	// one that was made before the program kept it, or that root made. It is for life;
	// ids are never given twice, so it dies with its user.
	Creator principal.ID `json:"creator,omitempty"`
	// Host is where a user may log in from, "" for anywhere: an address, a network
	// or a pattern. Name then is the login name, @ and the host, so that one login
	// name can be several accounts.
	Host string `json:"host,omitempty"`
	// Rules are those of a user, nil for none. See Rule and SetRules.
	Rules *Rules `json:"rules,omitempty"`
	// DefaultRoles are those of a user's roles that count when he logs in, where not
	// all of them do. One that he does not hold any more counts for nothing.
	DefaultRoles []principal.ID `json:"default_roles,omitempty"`
}

// PluginLDAP is the Plugin of users and groups of the company's directory.
const PluginLDAP = "ldap"

// Outside reports whether the principal is the company's directory's.
func (p *Principal) Outside() bool { return p.Plugin == PluginLDAP }

// Acts says whether what acts for the principal may go on: it has no lock, or one of logins.
func (p *Principal) Acts() bool { return !p.Locked || p.Standing }

// SameEntry says whether two states of an account, p before q, are proved to the same
// authority, and by the same entry where that is the company's directory: an
// account that names no entry is that of its name.
func (p *Principal) SameEntry(q *Principal) bool {
	if p.Plugin != q.Plugin || p.DirectoryName != q.DirectoryName || p.DirectoryUUID != "" && p.DirectoryUUID != q.DirectoryUUID {
		return false
	}
	return !p.Outside() || p.DirectoryName != "" || FoldOutside(p.Name) == FoldOutside(q.Name)
}

// recordVersion is the lowest version that holds p: 2 brought what a directory
// keeps of a principal, 3 the name that an outside one has for it and what locks
// an account after wrong passwords, 4 who made a group, 5 hosts, rules, who
// made a user or role, and default roles, 6 locks of logins alone, 7 which entry of the
// company's directory an account is. So a record of version 1 is written again as it was
// read.
func (p *Principal) recordVersion() byte {
	if p.DirectoryUUID != "" {
		return 7
	}
	if p.Standing {
		return 6
	}
	if len(p.DefaultRoles) > 0 || p.Host != "" || p.Rules != nil || p.Creator != 0 && p.Kind != KindGroup {
		return 5
	}
	if p.Creator != 0 {
		return 4
	}
	if p.DirectoryName != "" || p.FailedLoginAttempts != 0 || p.PasswordLockDays != 0 || p.Unlocked != 0 {
		return 3
	}
	if p.UUID != "" || p.Created != 0 || p.Modified != 0 || p.PasswordChanged != 0 || len(p.Attributes) > 0 {
		return 2
	}
	return 1
}

// Grant is what one grantor gave one grantee on one object. Owners' rights are
// ordinary grants from SystemGrantor.
type Grant struct {
	Grantee principal.ID   `json:"grantee"`
	Object  ID             `json:"object"`
	Kind    privilege.Kind `json:"kind"`
	Atoms   privilege.Set  `json:"atoms"`
	Options privilege.Set  `json:"options,omitempty"` // the part of Atoms that may be passed on
	Ends    Ends           `json:"ends,omitempty"`    // when parts of Atoms end
	// OptionEnds is when parts of Options end that end before their atoms do.
	OptionEnds Ends `json:"option_ends,omitempty"`
	// Apart is, in the administrators' row of who owns the object, the part of Atoms that they granted him apart from
	// that, and ApartOptions the part of Options: he keeps it when the object gets another owner.
	Apart        privilege.Set `json:"apart,omitempty"`
	ApartOptions privilege.Set `json:"apart_options,omitempty"`
	// Grantor is the principal whose right to grant was used: SystemGrantor
	// for SYSTEM ADMIN, a role when the right came through it.
	Grantor principal.ID `json:"grantor"`
	By      principal.ID `json:"by"`  // who ran the statement that made the row
	Seq     uint64       `json:"seq"` // catalog version in which the row was made
}

// Exception is what one grantee does not hold on an object although somebody gave it.
//
// Atoms are what he holds on what the object is in, its database or for a database
// the system, and REVOKE took from him there. They bind his own grants on that, not
// what comes through a role, a group or PUBLIC, and not his grants on the object
// itself. Deny is what DENY took: whatever way the grantee, or somebody who holds him,
// would come to it.
type Exception struct {
	Grantee principal.ID   `json:"grantee"`
	Object  ID             `json:"object"`
	Kind    privilege.Kind `json:"kind"`
	Atoms   privilege.Set  `json:"atoms,omitempty"`   // not held, and so not passed on either
	Options privilege.Set  `json:"options,omitempty"` // held but not passed on; none of Atoms
	Deny    privilege.Set  `json:"deny,omitempty"`
	// AdminDeny is the part of Deny that an administrator denied, whatever he is by now:
	// only an administrator ends it.
	AdminDeny privilege.Set `json:"admin_deny,omitempty"`
	// DenyEnds say when parts of Deny end, and AdminDenyEnds when parts of AdminDeny do: what an administrator denied for
	// an hour and the owner for two is the owner's alone in the second.
	DenyEnds      Ends         `json:"deny_ends,omitempty"`
	AdminDenyEnds Ends         `json:"admin_deny_ends,omitempty"`
	By            principal.ID `json:"by"`  // who ran the last statement that added to it
	Seq           uint64       `json:"seq"` // catalog version in which it was made
}

// recordVersion is the lowest version that holds e: 2 brought denials, and exceptions
// to grants on the system, 3 whose denials are an administrator's, 4 when denials end.
func (e *Exception) recordVersion() byte {
	if e.DenyEnds != "" || e.AdminDenyEnds != "" {
		return 4
	}
	if e.AdminDeny != 0 {
		return 3
	}
	if e.Deny != 0 || e.Kind == privilege.KindDatabase {
		return 2
	}
	return 1
}

// IsEmpty says whether it takes nothing.
func (e *Exception) IsEmpty() bool { return e.Atoms|e.Options|e.Deny == 0 }

// Membership makes Member (a user, role or group) a holder of Role (a role or group).
type Membership struct {
	Member principal.ID `json:"member"`
	Role   principal.ID `json:"role"`
	Admin  bool         `json:"admin,omitempty"` // may pass the role on: some giver lets him
	// Grantor ran the statement that made it, SystemGrantor for what a directory says.
	Grantor principal.ID `json:"grantor"`
	// Givers are who gave it, by whose right, ascending. Without any it is an
	// administrator's gift alone, as every one of an older program is. See Given.
	Givers []Giver `json:"givers,omitempty"`
}

// Giver is one who gave a membership. It holds as long as one of them can give.
type Giver struct {
	// Grantor is the principal whose right to pass the role on was used: SystemGrantor
	// for SYSTEM ADMIN and for who made the role, a role when the right came through it.
	Grantor principal.ID `json:"grantor"`
	By      principal.ID `json:"by"` // who ran the statement
	Admin   bool         `json:"admin,omitempty"`
	// Until is when the gift ends by itself, and AdminUntil when its ADMIN OPTION does, in microseconds since 1970; 0 is
	// never. The option ends with the gift, whatever is said of it.
	Until      int64 `json:"until,omitempty"`
	AdminUntil int64 `json:"admin_until,omitempty"`
}

// NextEnd is when the first part of a membership ends; 0 when nothing does.
func (m *Membership) NextEnd() (first int64) {
	for _, g := range m.Givers {
		for _, at := range []int64{g.Until, g.AdminUntil} {
			if at != 0 && (first == 0 || at < first) {
				first = at
			}
		}
	}
	return first
}

// Given lists who gave the membership.
func (m *Membership) Given() []Giver {
	if len(m.Givers) > 0 {
		return m.Givers
	}
	return []Giver{{Grantor: SystemGrantor, By: m.Grantor, Admin: m.Admin}}
}

// SetGiven makes it the gift of these, which are one at least.
func (m *Membership) SetGiven(givers []Giver) {
	givers = slices.Clone(givers)
	slices.SortFunc(givers, func(a, b Giver) int { return cmp.Compare(a.Grantor, b.Grantor) })
	m.Admin, m.Grantor, m.Givers = false, givers[0].By, givers
	for _, g := range givers {
		m.Admin = m.Admin || g.Admin
	}
	if len(givers) == 1 && givers[0].Grantor == SystemGrantor && givers[0].Until == 0 && givers[0].AdminUntil == 0 {
		m.Givers = nil
	}
}

// recordVersion is the lowest version that holds m: 2 brought who gave it, 3 until when.
func (m *Membership) recordVersion() byte {
	if m.NextEnd() != 0 {
		return 3
	}
	if len(m.Givers) > 0 {
		return 2
	}
	return 1
}

// Certificate is the permission certificate in force of one principal.
type Certificate struct {
	Principal principal.ID `json:"principal"`
	Serial    uint64       `json:"serial"`
	Epoch     uint64       `json:"epoch"` // security epoch in which it was issued
	DER       []byte       `json:"der"`
}

// CertificatePage is one node of the tree of pages that a large permission
// certificate is the root of. Package cert knows what is in it.
type CertificatePage struct {
	Principal principal.ID `json:"principal"`
	Node      uint32       `json:"node"` // unique for the principal
	Data      []byte       `json:"data"`
}
