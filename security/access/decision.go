package access

import (
	"fmt"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/privilege"
)

// Decision is an answer, with the question. The zero Decision denies.
type Decision struct {
	actor   Actor
	object  Object
	want    Want
	intent  Intent
	allowed bool
}

func (d Decision) Allowed() bool  { return d.allowed }
func (d Decision) Actor() Actor   { return d.actor }
func (d Decision) Object() Object { return d.object }
func (d Decision) Intent() Intent { return d.intent }
func (d Decision) Wanted() Want   { return d.want }

// By says whether the question was about somebody with exactly these rights.
func (d Decision) By(rights Rights) bool { return d.actor.rights != nil && d.actor.rights == rights }

// Again asks the same question once more, now and for this actor: of a statement that was planned
// before. It is enforced, and so audited, as the first time, if the answer is yes: who hears no asks in
// the usual way, and that is audited.
func (d Decision) Again(a Actor) bool {
	return May(a, d.object, d.want, List) && May(a, d.object, d.want, d.intent)
}

// Missing are the atoms that the actor would need besides what he holds now;
// any one of them where the question was for any.
func (d Decision) Missing() privilege.Set {
	if d.allowed {
		return 0
	}
	return d.want.atoms.Minus(Held(d.actor, d.object))
}

// MissingText is Missing in words.
func (d Decision) MissingText() string {
	if d.allowed {
		return ""
	}
	if d.want.any {
		return describe(d.Missing(), " or ")
	}
	return describe(d.Missing(), ", ")
}

// BySystem says whether a system privilege had a part in what was allowed.
func (d Decision) BySystem() bool {
	return d.allowed && !d.object.own && d.actor.rights.System().HasAny(d.want.atoms)
}

// BySystemText names the system privileges that had a part in it.
func (d Decision) BySystemText() string {
	if !d.BySystem() {
		return ""
	}
	held := d.actor.rights.System()
	if held.Has(privilege.SysAdmin) {
		return privilege.SysAdmin.String()
	}
	if of := held.Intersect(privilege.Of(privilege.SysRead, privilege.SysWrite, privilege.SysCreate)); of != 0 {
		return describe(of, ", ")
	}
	return describe(held.Intersect(d.want.atoms), ", ") + " on *.*"
}

// Reason says in one sentence why. It is made when somebody asks for it, with
// the names of the catalog of that moment, and is for who may see the object:
// it names it.
func (d Decision) Reason(snap *catalog.Snapshot) string {
	who := "nobody"
	if p := snap.PrincipalByID(d.actor.Principal()); p != nil {
		who = p.Name
	}
	object := d.object.Describe(snap)
	if d.object.inside {
		if d.allowed {
			return fmt.Sprintf("'%s' holds a right on %s or in it", who, object)
		}
		return fmt.Sprintf("'%s' holds nothing on %s or in it", who, object)
	}
	if d.allowed {
		held := d.want.atoms.Intersect(Held(d.actor, d.object))
		return fmt.Sprintf("'%s' holds %s on %s", who, describe(held, " and "), object)
	}
	join := " and "
	if d.want.any {
		join = " or "
	}
	why := ""
	if by := d.deniedTo(snap); by != "" {
		why = ", which is denied to " + by
	} else if snap.Excepted(d.actor.Principal(), snap.Object(d.object.id)).HasAny(d.Missing()) {
		why = ", where it was revoked although he holds it on the database"
	}
	return fmt.Sprintf("'%s' lacks %s on %s%s", who, describe(d.Missing(), join), object, why)
}

// deniedTo names those that count for the actor and are denied some of what is
// missing; it is empty when there are none.
func (d Decision) deniedTo(snap *catalog.Snapshot) string {
	var names []string
	p := snap.PrincipalByID(d.actor.Principal())
	if p == nil || p.Locked && !p.Standing {
		return ""
	}
	for _, holder := range holdersOf(snap, p) {
		for _, object := range []catalog.ID{d.object.id, d.object.database, catalog.System} {
			if snap.Denied(holder, snap.Object(object)).HasAny(d.Missing()) {
				names = append(names, "'"+snap.PrincipalByID(holder).Name+"'")
				break
			}
		}
	}
	return strings.Join(names, ", ")
}

// describe lists atoms; all that there are is "any right".
func describe(atoms privilege.Set, join string) string {
	var names []string
	for _, a := range atoms.Atoms() {
		if a.Known() {
			names = append(names, a.String())
		}
	}
	if len(names) > 8 {
		return "any right"
	}
	return strings.Join(names, join)
}

// Describe names the object, for who may see it.
func (o Object) Describe(snap *catalog.Snapshot) string {
	kind := strings.ToLower(o.kind.String())
	switch o.kind {
	case privilege.KindSystem:
		return "the system"
	case privilege.KindDatabase:
		if db := snap.DatabaseByID(o.database); db != nil {
			return "database " + db.Name
		}
	default:
		if named := snap.Object(o.id); named.Kind != privilege.KindNone {
			name := named.Name
			if db := snap.DatabaseByID(named.Database); db != nil {
				name = db.Name + "." + name
			}
			return kind + " " + name
		}
	}
	return fmt.Sprintf("%s %d", kind, o.id)
}
