package accounts

import (
	"cmp"
	"errors"
	"slices"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Reassign makes to the owner and definer of everything that from owns, and the definer of
// triggers and events, which nobody owns. What from wrote then acts as to: the actor must
// be one who may change to, and where there is such a thing hold SET_ANY_DEFINER, unless it will act
// as himself. Both stay its makers: what the text of an account that is gone does with rights on the system that it
// never held is refused until somebody who holds them has made it again. Errors: ErrDenied.
func (c *Tx) Reassign(from principal.ID, to *catalog.Principal) error {
	if err := c.mayTouch(to); err != nil {
		return err
	}
	if err := c.mayBecome(c.PrincipalByID(from)); err != nil { // whoever gets it may be an account of the actor's
		return err
	}
	if err := c.mayRevive(from, to); err != nil {
		return err
	}
	anyDefiner := access.SystemPrivilege(privilege.SetAnyDefiner)
	if to.ID != c.actor.ID() && c.defines(from) && !access.May(access.As(c.rights, nil), access.System(), anyDefiner, access.Enforce) {
		return &Error{
			Kind: ErrDenied, Name: to.Name, Reason: privilege.SetAnyDefiner.String(),
			Hint: "views and programs of the account would act as " + to.Name + ": reassign them to yourself, or drop them",
		}
	}
	for _, o := range c.Owned(from) {
		if err := c.SetOwner(o.ID, to.ID, c.actor.ID(), from); err != nil {
			return err
		}
		if o.Kind == privilege.KindNone {
			continue // no grant can be on it
		}
		if err := grant.Give(c.Tx, o.ID); err != nil {
			return err
		}
	}
	for _, db := range c.Databases() {
		for _, o := range c.Contents(db.ID) {
			if o.Kind != privilege.KindNone || o.Definer != from || from == 0 {
				continue
			}
			if err := c.SetDefiner(o.ID, to.ID, c.actor.ID(), from); err != nil {
				return err
			}
		}
	}
	return nil
}

// KeepOwned makes what a user to be dropped owns the actor's, where the server is told so (drop_user_keeps_objects);
// otherwise it does nothing, and what he owns keeps him. An empty home goes with him either way. Views act as
// their readers then; what else acted as him is to act as the actor, and is refused until somebody makes it again who holds as much of the system. Errors: ErrDenied.
func (c *Tx) KeepOwned(p *catalog.Principal) error {
	to := c.PrincipalByID(c.actor.ID())
	if !c.keepObjects || to == nil || to.ID == p.ID || len(grant.HeldBack(c.Snapshot, p.ID)) == 0 {
		return nil
	}
	views, acting := c.acting(p.ID)
	if err := c.Reassign(p.ID, to); err != nil {
		return err
	}
	for _, id := range views { // what he wrote reads nothing by the actor's rights, who did not ask for it
		view := c.ViewByID(id).Clone()
		view.Invoker = true
		if err := c.PutView(view); err != nil {
			return err
		}
	}
	c.notes = append(c.notes, "what "+p.Name+" owned is "+to.Name+"'s now")
	for _, id := range views {
		view := c.ViewByID(id)
		c.notes = append(c.notes, "view "+c.Object(view.Database).Name+"."+view.Name+" acts as who reads it from now on")
	}
	for _, what := range acting {
		c.notes = append(c.notes, what+" is to act as "+to.Name+" now, and is refused until it is made again: "+p.Name+" wrote it")
	}
	return nil
}

// acting lists what acts as p.
func (c *Tx) acting(p principal.ID) (views []catalog.ID, others []string) {
	for _, db := range c.Databases() {
		for _, o := range c.Contents(db.ID) {
			what := o.What + " " + db.Name + "." + o.Name
			switch v := c.ViewByID(o.ID); {
			case !c.actsAs(o, p), v != nil && v.Invoker:
			case v != nil:
				views = append(views, o.ID)
			default:
				others = append(others, what)
			}
		}
	}
	return views, others
}

// actsAs says whether an object acts as p.
func (c *Tx) actsAs(o catalog.Object, p principal.ID) bool {
	return o.Definer == p || o.Owner == p && (o.Kind == privilege.KindView || o.Kind == privilege.KindRoutine)
}

// mayRevive: who gets an object gets the rights of an owner on it, also those that its owner had
// lost, so the actor must hold them. An empty home whose owner has them is mayBecome's.
func (c *Tx) mayRevive(from principal.ID, to *catalog.Principal) error {
	if c.admin() {
		return nil
	}
	home := c.HomeOf(from)
	for _, o := range c.Owned(from) {
		all := privilege.Owner(o.Kind)
		row := &catalog.Grant{Grantee: to.ID, Object: o.ID, Kind: o.Kind, Atoms: all, Options: all}
		if o.Kind == privilege.KindNone || c.holdsToo(row) {
			continue
		}
		if home != nil && o.ID == home.ID && len(c.Contents(home.ID)) == 0 {
			var held privilege.Set
			for _, own := range c.GrantsToOn(from, o.ID) {
				held = held.Union(own.Atoms.Intersect(own.Options).Minus(own.Ends.Atoms().Union(own.OptionEnds.Atoms())))
			}
			if held.HasAll(all) {
				continue
			}
		}
		return &Error{
			Kind: ErrDenied, Name: to.Name, Reason: privilege.SysAdmin.String(),
			Hint: "a new owner has every right on what he gets, and you do not hold all of them",
		}
	}
	return nil
}

// defines says whether something acts as p: a view, a routine, a trigger or an event.
func (c *Tx) defines(p principal.ID) bool {
	acts := func(o catalog.Object) bool { return c.actsAs(o, p) }
	if p == 0 {
		return false
	}
	if slices.ContainsFunc(c.Owned(p), acts) {
		return true
	}
	return slices.ContainsFunc(c.Databases(), func(db *catalog.Database) bool { return slices.ContainsFunc(c.Contents(db.ID), acts) })
}

// Doomed are what DROP USER … CASCADE drops of p: what he owns, with what is in it, and the
// triggers and events that act as him. His home goes with him, and counts by what is in it.
func Doomed(s *catalog.Snapshot, p *catalog.Principal) []catalog.Object {
	var out []catalog.Object
	home := s.HomeOf(p.ID)
	for _, db := range s.Databases() {
		isHome := home != nil && db.ID == home.ID
		whole := isHome || db.Owner == p.ID
		if whole && !isHome {
			out = append(out, s.Object(db.ID))
		}
		for _, o := range s.Contents(db.ID) {
			acts := o.Kind == privilege.KindNone && o.Definer == p.ID
			if (whole || o.Owner == p.ID || acts) && o.Kind != privilege.KindScope {
				out = append(out, o)
			}
		}
	}
	return out
}

// MayDropOwned refuses who may not drop each of them by itself: USER ADMIN is a right on
// accounts, and on nothing that they own. Errors: ErrDenied.
func (a *Accounts) MayDropOwned(actor principal.Principal, s *catalog.Snapshot, p *catalog.Principal) error {
	return mayDropAll(a.opts.Rights(actor), s, p)
}

func mayDropAll(rights Rights, s *catalog.Snapshot, p *catalog.Principal) error {
	doomed := Doomed(s, p)
	going := map[catalog.ID]bool{}
	for _, o := range doomed {
		going[o.ID] = true
	}
	for _, o := range doomed {
		object, want := access.In(o.Kind, o.ID, cmp.Or(o.Database, o.ID)), access.Any(privilege.Dropping(o.Kind))
		if o.Kind == privilege.KindNone { // a trigger or an event, which no grant is on
			if going[o.PartOf] || going[o.Database] {
				continue
			}
			object, want = access.Database(o.Database), access.One(privilege.Event)
			if o.PartOf != 0 {
				object, want = access.In(s.Object(o.PartOf).Kind, o.PartOf, o.Database), access.One(privilege.Trigger)
			}
		}
		if !access.May(access.As(rights, nil), object, want, access.Enforce) {
			return &Error{
				Kind: ErrDenied, Name: p.Name, Reason: privilege.Drop.String(),
				Hint: "CASCADE drops what the account owns, and you may not drop all of that: REASSIGN OWNED TO another account, or leave it to who may",
			}
		}
	}
	return nil
}

// DropOwned drops everything that p owns, and what acts as him, for an actor who may drop
// each of them. Errors: ErrDenied.
func (c *Tx) DropOwned(p *catalog.Principal) error {
	if err := mayDropAll(c.rights, c.Snapshot, p); err != nil {
		return err
	}
	doomed := Doomed(c.Snapshot, p)
	going := map[catalog.ID]bool{}
	for _, o := range doomed {
		going[o.ID] = true
	}
	if fk, is := c.Bereft(func(id catalog.ID) bool { return going[id] }); is {
		return &Error{
			Kind: ErrInvalid, Operation: "DROP USER", Name: p.Name,
			Reason: "table `" + fk.ParentTable + "` is referenced by the foreign key `" + fk.Name + "` of a table that stays",
			Hint:   "drop the foreign key first, or REASSIGN OWNED TO another account",
		}
	}
	for _, o := range doomed {
		err := c.Drop(o.ID)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) { // which went with its table or database
			return err
		}
	}
	return nil
}
