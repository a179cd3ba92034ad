package catalog

import (
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
	ID            principal.ID  `json:"id"`
	Name          string        `json:"name"`   // as written
	Folded        string        `json:"folded"` // FoldPrincipal(Name), unique; Put fills it in
	Kind          PrincipalKind `json:"kind"`
	Password      string        `json:"password,omitempty"` // PHC string; "" cannot log in with a password
	Locked        bool          `json:"locked,omitempty"`
	Plugin        string        `json:"plugin,omitempty"`
	DefaultSchema string        `json:"default_schema,omitempty"`
	Comment       string        `json:"comment,omitempty"`
	// Epoch rises when the password changes or the account is locked: what was
	// proved before it no longer counts. Put raises it.
	Epoch uint64 `json:"epoch"`
}

// Grant is what one grantor gave one grantee on one object. Owners' rights are
// ordinary grants from SystemGrantor.
type Grant struct {
	Grantee principal.ID   `json:"grantee"`
	Object  ID             `json:"object"`
	Kind    privilege.Kind `json:"kind"`
	Atoms   privilege.Set  `json:"atoms"`
	Options privilege.Set  `json:"options,omitempty"` // the part of Atoms that may be passed on
	// Grantor is the principal whose right to grant was used: SystemGrantor
	// for SYSTEM ADMIN, a role when the right came through it.
	Grantor principal.ID `json:"grantor"`
	By      principal.ID `json:"by"`  // who ran the statement that made the row
	Seq     uint64       `json:"seq"` // catalog version in which the row was made
}

// Membership makes Member (a user, role or group) a holder of Role (a role or group).
type Membership struct {
	Member  principal.ID `json:"member"`
	Role    principal.ID `json:"role"`
	Admin   bool         `json:"admin,omitempty"` // may pass the role on
	Grantor principal.ID `json:"grantor"`
}

// Certificate is the permission certificate in force of one principal.
type Certificate struct {
	Principal principal.ID `json:"principal"`
	Serial    uint64       `json:"serial"`
	Epoch     uint64       `json:"epoch"` // security epoch in which it was issued
	DER       []byte       `json:"der"`
}
