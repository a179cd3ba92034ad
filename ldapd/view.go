package ldapd

import (
	"slices"
	"sort"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// directory is what all views have in common.
type directory struct {
	catalog   Catalog
	rights    Rights
	suffix    dn
	suffixKey string
	suffixDN  string
	schema    map[string][]string
	root      map[string][]string
}

const schemaDN = "cn=subschema"

// view is the directory as one operation of one client sees it: one snapshot,
// one identity, decided when the operation begins.
type view struct {
	*directory
	snap  *catalog.Snapshot
	who   principal.Principal // the zero one is anonymous
	admin bool
	// reader: he reads all entries. Administrators do, and members of readersGroup.
	reader bool
	tls    bool
	// certified: the client can bind by SASL EXTERNAL.
	certified bool
	// hidden: find was asked for an entry that is there and not for the client.
	hidden bool
}

// entry is a place in the tree. p is set for users and groups.
type entry struct {
	kind entryKind
	p    *catalog.Principal
}

// mayRead is the access rule of the whole package. What it denies does not exist
// for the client.
func (v *view) mayRead(e *entry) bool {
	switch {
	case e.kind == kindRoot:
		return true
	case v.who.IsNobody():
		return false
	case e.p == nil || v.reader:
		return true
	}
	return v.isSelf(e)
}

// readersGroup is the group, or role, of those who read all entries and change
// none: for the programs that look people up here.
const readersGroup = "ldap_reader"

// reads reports whether somebody is in readersGroup, directly or through others.
// A group of a company's directory of that name is not meant.
func (v *view) reads(who principal.ID) bool {
	return slices.ContainsFunc(v.snap.Held(who, false), func(id principal.ID) bool {
		p := v.snap.PrincipalByID(id)
		return p.Folded == readersGroup && !p.Outside()
	})
}

func (v *view) isSelf(e *entry) bool {
	return e.kind == kindUser && !v.who.IsNobody() && e.p.ID == v.who.ID()
}

// find resolves a DN to an entry that the client may read. The error is the same
// for what does not exist and for what may not be read.
func (v *view) find(name dn) (*entry, error) {
	e := v.locate(name)
	if e != nil && v.mayRead(e) {
		return e, nil
	}
	v.hidden = e != nil
	if v.who.IsNobody() {
		return nil, refuse(insufficientAccess, "bind first: without it only the root DSE can be read")
	}
	return nil, &fault{code: noSuchObject, matched: v.matched(name), text: "no such entry"}
}

// matched is the deepest container above a DN.
func (v *view) matched(name dn) string {
	for i := 1; i < len(name); i++ {
		if e := v.locate(name[i:]); e != nil && e.p == nil {
			return v.dnOf(e)
		}
	}
	return ""
}

// locate finds the entry of a DN, without regard to access; nil: there is none.
func (v *view) locate(name dn) *entry {
	if len(name) == 0 {
		return &entry{kind: kindRoot}
	}
	above := len(name) - len(v.suffix)
	if above < 0 || above > 2 || name[above:].key() != v.suffixKey {
		if name.key() == schemaDN {
			return &entry{kind: kindSchema}
		}
		return nil
	}
	if above == 0 {
		return &entry{kind: kindSuffix}
	}
	kind := containerOf(name[above-1])
	if kind == 0 || above == 1 {
		if kind == 0 {
			return nil
		}
		return &entry{kind: kind}
	}
	attr, value, ok := name[0].single()
	switch {
	case ok && kind == kindUsers && attr == "uid":
		return v.account(value, catalog.KindUser)
	case ok && kind == kindGroups && attr == "cn":
		return v.account(value, catalog.KindGroup)
	}
	return nil
}

func containerOf(step rdn) entryKind {
	attr, value, ok := step.single()
	if !ok || attr != "ou" {
		return 0
	}
	switch foldText(value) {
	case "users":
		return kindUsers
	case "groups":
		return kindGroups
	}
	return 0
}

// account finds a user or group by name. Spaces that matching ignores may be
// part of a name in the catalog, hence the second try.
func (v *view) account(name string, kind catalog.PrincipalKind) *entry {
	p := v.snap.Principal(name)
	if p == nil {
		p = v.snap.Principal(foldText(name))
	}
	if p == nil || p.Kind != kind {
		return nil
	}
	return entryOf(p)
}

// entryOf returns nil for principals that are no entries: roles and PUBLIC.
func entryOf(p *catalog.Principal) *entry {
	switch p.Kind {
	case catalog.KindUser:
		return &entry{kindUser, p}
	case catalog.KindGroup:
		return &entry{kindGroup, p}
	}
	return nil
}

func (v *view) dnOf(e *entry) string {
	switch e.kind {
	case kindRoot:
		return ""
	case kindSchema:
		return schemaDN
	case kindUsers:
		return "ou=users," + v.suffixDN
	case kindGroups:
		return "ou=groups," + v.suffixDN
	case kindUser:
		return "uid=" + escapeValue(e.p.Name) + ",ou=users," + v.suffixDN
	case kindGroup:
		return "cn=" + escapeValue(e.p.Name) + ",ou=groups," + v.suffixDN
	}
	return v.suffixDN
}

// rdnOf are the values of the entry's own RDN, for matches that look at DNs too.
func (v *view) dnPairs(e *entry) []ava {
	name, err := parseDN(v.dnOf(e))
	if err != nil {
		return nil
	}
	var pairs []ava
	for _, step := range name {
		pairs = append(pairs, step...)
	}
	return pairs
}

// position is a place in the order in which a search walks the tree: containers
// before what they hold, users and groups by id. It is the paging cookie, so the
// order must not depend on anything that changes.
type position struct {
	kind entryKind
	id   principal.ID
}

func positionOf(e *entry) position {
	if e.p == nil {
		return position{e.kind, 0}
	}
	return position{e.kind, e.p.ID}
}

// walkOrder is the order of kinds in a walk.
var walkOrder = []entryKind{kindSuffix, kindUsers, kindUser, kindGroups, kindGroup}

func rank(k entryKind) int {
	for i, w := range walkOrder {
		if w == k {
			return i
		}
	}
	return -1
}

// scope is RFC 4511's.
type scope int

const (
	scopeBase scope = iota
	scopeOne
	scopeSub
)

// within says which kinds of entries a search looks at, the base aside when the
// scope is one level.
func within(base entryKind, s scope) entryKind {
	switch {
	case s == scopeBase || base == kindRoot || base == kindSchema || base == kindUser || base == kindGroup:
		if s == scopeOne {
			return 0
		}
		return base
	case base == kindSuffix && s == scopeOne:
		return kindUsers | kindGroups
	case base == kindSuffix:
		return kindSuffix | kindUsers | kindUser | kindGroups | kindGroup
	case base == kindUsers && s == scopeOne:
		return kindUser
	case base == kindUsers:
		return kindUsers | kindUser
	case s == scopeOne:
		return kindGroup
	}
	return kindGroups | kindGroup
}

// walk calls visit for the entries of a search behind a position, in order, until
// it returns false. Access is the visitor's business.
func (v *view) walk(base *entry, s scope, after *position, visit func(*entry) bool) {
	kinds := within(base.kind, s)
	if base.p != nil || kinds&(kindRoot|kindSchema) != 0 {
		if kinds != 0 && after == nil {
			visit(base)
		}
		return
	}
	start := 0
	if after != nil {
		start = rank(after.kind)
	}
	for _, kind := range walkOrder[start:] {
		if kinds&kind == 0 {
			continue
		}
		var behind principal.ID
		if after != nil && after.kind == kind {
			if kind&kindAccount == 0 {
				continue // the container itself was sent
			}
			behind = after.id
		}
		if kind&kindAccount == 0 {
			if !visit(&entry{kind: kind}) {
				return
			}
			continue
		}
		if !v.walkAccounts(kind, behind, visit) {
			return
		}
	}
}

func (v *view) walkAccounts(kind entryKind, behind principal.ID, visit func(*entry) bool) bool {
	if !v.reader { // he reads nothing but himself
		p := v.snap.PrincipalByID(v.who.ID())
		if kind != kindUser || p == nil || p.ID <= behind {
			return true
		}
		return visit(&entry{kindUser, p})
	}
	all := v.snap.Principals()
	from := sort.Search(len(all), func(i int) bool { return all[i].ID > behind })
	for _, p := range all[from:] {
		if e := entryOf(p); e != nil && e.kind == kind && !visit(e) {
			return false
		}
	}
	return true
}
