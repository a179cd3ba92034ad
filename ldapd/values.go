package ldapd

import (
	"slices"
	"strings"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// values are an attribute's values in an entry; none: it has no such attribute.
func (v *view) values(e *entry, a *attribute) []string {
	switch {
	case a.secret:
		return nil
	case a.values != nil:
		return a.values(v, e)
	}
	return stored(e, a.name, a.stored)
}

// stored reads the account's record. SQL may have written a name in other letters.
func stored(e *entry, name string, kinds entryKind) []string {
	if e.p == nil || e.kind&kinds == 0 {
		return nil
	}
	if values, ok := e.p.Attributes[name]; ok {
		return values
	}
	for n, values := range e.p.Attributes {
		if strings.EqualFold(n, name) {
			return values
		}
	}
	return nil
}

func (v *view) none(*entry) []string { return nil }

func (v *view) classes(e *entry) []string {
	switch e.kind {
	case kindSchema:
		return []string{"top", "subentry", "subschema"}
	case kindSuffix:
		return []string{"top", "domain"}
	case kindUsers, kindGroups:
		return []string{"top", "organizationalUnit"}
	case kindGroup:
		return []string{"top", "groupOfNames", "groupOfUniqueNames", "posixGroup"}
	case kindUser:
		list := []string{"top", "person", "organizationalPerson", "inetOrgPerson"}
		if len(stored(e, "uidNumber", kindUser)) > 0 {
			list = append(list, "posixAccount")
		}
		if len(stored(e, "sshPublicKey", kindUser)) > 0 {
			list = append(list, "ldapPublicKey")
		}
		return list
	}
	return []string{"top"}
}

func (v *view) structural(e *entry) []string {
	switch e.kind {
	case kindUser:
		return []string{"inetOrgPerson"}
	case kindGroup:
		return []string{"groupOfNames"}
	case kindSuffix:
		return []string{"domain"}
	case kindUsers, kindGroups:
		return []string{"organizationalUnit"}
	case kindSchema:
		return []string{"subentry"}
	}
	return nil
}

func (v *view) uid(e *entry) []string {
	if e.kind != kindUser {
		return nil
	}
	return []string{e.p.Name}
}

func (v *view) cn(e *entry) []string {
	switch e.kind {
	case kindSchema:
		return []string{"subschema"}
	case kindGroup:
		return []string{e.p.Name}
	}
	return orName(e, "cn")
}

func (v *view) sn(e *entry) []string { return orName(e, "sn") }

// orName is for attributes that a person must have: the account's name stands in
// for them.
func orName(e *entry, attr string) []string {
	if e.kind != kindUser {
		return nil
	}
	if values := stored(e, attr, kindUser); len(values) > 0 {
		return values
	}
	return []string{e.p.Name}
}

func (v *view) ou(e *entry) []string {
	switch e.kind {
	case kindUsers:
		return []string{"users"}
	case kindGroups:
		return []string{"groups"}
	}
	return nil
}

func (v *view) dc(e *entry) []string {
	if e.kind != kindSuffix {
		return nil
	}
	if attr, value, ok := v.suffix[0].single(); ok && attr == "dc" {
		return []string{value}
	}
	return nil
}

// member lists the direct members that are entries.
func (v *view) member(e *entry) []string {
	if e.kind != kindGroup {
		return nil
	}
	var list []string
	for _, m := range v.snap.MembersOf(e.p.ID) {
		if p := v.snap.PrincipalByID(m.Member); p != nil {
			if member := entryOf(p); member != nil {
				list = append(list, v.dnOf(member))
			}
		}
	}
	return list
}

// memberUID lists the users at any depth: readers of posixGroup know no nesting.
func (v *view) memberUID(e *entry) []string {
	if e.kind != kindGroup {
		return nil
	}
	var list []string
	for _, p := range v.membersWithin(e.p.ID) {
		if p.Kind == catalog.KindUser {
			list = append(list, p.Name)
		}
	}
	return list
}

func (v *view) memberOf(e *entry) []string {
	if e.kind&kindAccount == 0 {
		return nil
	}
	var list []string
	for _, g := range v.groupsAbove(e.p.ID) {
		list = append(list, v.dnOf(&entry{kindGroup, g}))
	}
	return list
}

// groupsAbove are the groups that hold a principal, at any depth, nearest first.
// A group is entered once and expanded once, so that cycles, which a restored
// dump may have, end. A group in a cycle is above itself.
func (v *view) groupsAbove(id principal.ID) []*catalog.Principal {
	return v.closure(id, func(id principal.ID) []principal.ID {
		var next []principal.ID
		for _, m := range v.snap.MembershipsOf(id) {
			next = append(next, m.Role)
		}
		return next
	}, func(p *catalog.Principal) bool { return p.Kind == catalog.KindGroup })
}

// membersWithin are the users and groups in a group, at any depth.
func (v *view) membersWithin(id principal.ID) []*catalog.Principal {
	return v.closure(id, func(id principal.ID) []principal.ID {
		if p := v.snap.PrincipalByID(id); p == nil || p.Kind != catalog.KindGroup {
			return nil
		}
		var next []principal.ID
		for _, m := range v.snap.MembersOf(id) {
			next = append(next, m.Member)
		}
		return next
	}, func(p *catalog.Principal) bool { return entryOf(p) != nil })
}

func (v *view) closure(from principal.ID, next func(principal.ID) []principal.ID, keep func(*catalog.Principal) bool) []*catalog.Principal {
	var found []*catalog.Principal
	seen := map[principal.ID]bool{}
	for queue := []principal.ID{from}; len(queue) > 0; queue = queue[1:] {
		for _, id := range next(queue[0]) {
			p := v.snap.PrincipalByID(id)
			if p == nil || seen[id] || !keep(p) {
				continue
			}
			seen[id] = true
			found = append(found, p)
			queue = append(queue, id)
		}
	}
	return found
}

func (v *view) entryUUID(e *entry) []string {
	if e.p == nil || e.p.UUID == "" {
		return nil
	}
	return []string{e.p.UUID}
}

func (v *view) entryDN(e *entry) []string {
	if e.kind == kindRoot {
		return nil
	}
	return []string{v.dnOf(e)}
}

func (v *view) created(e *entry) []string {
	if e.p == nil {
		return nil
	}
	return timeValue(e.p.Created)
}

func (v *view) modified(e *entry) []string {
	if e.p == nil {
		return nil
	}
	return timeValue(e.p.Modified)
}

func (v *view) passwordChanged(e *entry) []string {
	if e.kind != kindUser {
		return nil
	}
	return timeValue(e.p.PasswordChanged)
}

// timeValue shows microseconds since 1970; none of 0, which older records have.
func timeValue(micros int64) []string {
	if micros == 0 {
		return nil
	}
	return []string{time.UnixMicro(micros).UTC().Format(timeForm)}
}

// locked is the value that means "until an administrator unlocks it".
func (v *view) locked(e *entry) []string {
	if e.kind != kindUser || !e.p.Locked {
		return nil
	}
	return []string{"000001010000Z"}
}

func (v *view) hasSubordinates(e *entry) []string {
	has := false
	switch e.kind {
	case kindRoot:
		return nil
	case kindSuffix, kindUsers:
		has = true
	case kindGroups:
		has = v.reader && slices.ContainsFunc(v.snap.Principals(), func(p *catalog.Principal) bool { return p.Kind == catalog.KindGroup })
	}
	if has {
		return []string{"TRUE"}
	}
	return []string{"FALSE"}
}

func (v *view) subschemaDN(*entry) []string { return []string{schemaDN} }

// mechanisms are those that would be accepted now: PLAIN needs TLS, EXTERNAL a
// client certificate.
func (v *view) mechanisms(e *entry) []string {
	if e.kind != kindRoot || !v.tls {
		return nil
	}
	if v.certified {
		return []string{mechanismPlain, mechanismExternal}
	}
	return []string{mechanismPlain}
}

func rootValue(name string) func(*view, *entry) []string {
	return func(v *view, e *entry) []string {
		if e.kind != kindRoot {
			return nil
		}
		return v.root[name]
	}
}

func schemaValue(name string) func(*view, *entry) []string {
	return func(v *view, e *entry) []string {
		if e.kind != kindSchema {
			return nil
		}
		return v.schema[name]
	}
}
