package catalog

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// collection is the objects of one kind in one snapshot.
type collection[T any] struct {
	kind   *Kind[T]
	byID   byKey[ID, T]
	byName byPair[ID, string, T] // database and Descriptor.Key
}

// anyCollection is a collection[T] for those who do not care what T is.
type anyCollection interface {
	copy() anyCollection
	ofKind() anyKind
	grants() privilege.Kind
	object(id ID) (Object, bool)
	list(database ID) []Object
	all() []Object
	check(*Snapshot) error
}

func (c *collection[T]) copy() anyCollection {
	return &collection[T]{c.kind, c.byID.copy(), c.byName.copy()}
}

func (c *collection[T]) ofKind() anyKind        { return c.kind }
func (c *collection[T]) grants() privilege.Kind { return c.kind.Grants }

func (c *collection[T]) object(id ID) (Object, bool) {
	rec := c.byID.get(id)
	if rec == nil {
		return Object{}, false
	}
	return c.describe(rec), true
}

func (c *collection[T]) describe(rec *T) Object {
	f := c.kind.Fields(rec)
	o := Object{ID: f.ID, Kind: c.kind.Grants, What: c.kind.Name, Name: f.Name, Database: f.Database}
	if f.Owner != nil {
		o.Owner = *f.Owner
	}
	if f.Definer != nil {
		o.Definer = *f.Definer
	}
	if c.kind.PartOf != nil {
		o.PartOf = c.kind.PartOf(rec)
	}
	return o
}

func (c *collection[T]) list(database ID) []Object {
	var list []Object
	for _, rec := range c.byName.list(database) {
		list = append(list, c.describe(rec))
	}
	return list
}

// all lists the objects by id, also those in databases that do not exist.
func (c *collection[T]) all() []Object {
	var list []Object
	for _, rec := range c.byID.all() {
		list = append(list, c.describe(rec))
	}
	return list
}

// check finds objects that hide each other: two of one name would answer to the
// same rights.
func (c *collection[T]) check(s *Snapshot) error {
	if c.byID.len() == c.byName.len() {
		return nil
	}
	for _, rec := range c.byID.all() { // by age
		f := c.kind.Fields(rec)
		other := c.byName.get(f.Database, c.kind.Key(rec))
		of := c.kind.Fields(other)
		if of.ID == f.ID {
			continue
		}
		if strings.ToLower(f.Name) == strings.ToLower(of.Name) {
			return fmt.Errorf("%w: two records of kind %s have names that are one: %q and %q", ErrCorrupt, c.kind.Name, f.Name, of.Name)
		}
		if of.ID < f.ID { // the older one is who is meant by the name
			other, of = rec, f
		} else {
			c.kind.set(s, rec)
		}
		c.kind.set(s, c.apart(s, other, of))
	}
	if c.byID.len() != c.byName.len() {
		return fmt.Errorf("%w: %d records of kind %s have %d names", ErrCorrupt, c.byID.len(), c.kind.Name, c.byName.len())
	}
	return nil
}

// apart gives a record the name that tells it from an older one, its id behind a #: to releases before FoldName was as it is the two
// names were two. On disk it has its own until it is changed.
func (c *collection[T]) apart(s *Snapshot, rec *T, f Fields) *T {
	if c.kind.index != nil {
		c.kind.index(s, rec, false)
	}
	out := *rec
	reflect.ValueOf(&out).Elem().FieldByName("Name").SetString(fmt.Sprintf("%s#%d", f.Name, f.ID))
	return &out
}

// Object is what is in the catalog under an id that grants can name, or that
// runs with somebody's rights.
type Object struct {
	ID       ID
	Kind     privilege.Kind // KindNone: no grant can be on it
	What     string         // its kind in a message: table
	Name     string
	Database ID           // 0 for a database and for the system
	Owner    principal.ID // 0 for the system, and where the kind has none
	Definer  principal.ID // 0 where the kind has none
	PartOf   ID           // the object that it goes with, besides the database; 0 is none
}

// Object finds what an id names; its Kind is KindNone when that is nothing that
// grants can be on.
func (s *Snapshot) Object(id ID) Object {
	if id == System {
		return Object{ID: id, Kind: privilege.KindSystem, What: "system"}
	}
	if name, ok := virtualNames[id]; ok {
		return Object{ID: id, Kind: privilege.KindDatabase, What: "database", Name: name}
	}
	for _, c := range s.objects {
		if c.grants() == privilege.KindNone {
			continue
		}
		if o, ok := c.object(id); ok {
			return o
		}
	}
	return s.userObject(id)
}

// Thing finds what is in the catalog under an id, whether or not grants can be on it.
func (s *Snapshot) Thing(id ID) Object {
	for _, c := range s.objects {
		if o, ok := c.object(id); ok {
			return o
		}
	}
	return Object{}
}

// userObject is a user as what a grant can be on: the right to act as him.
func (s *Snapshot) userObject(id ID) Object {
	p := s.principals.get(principal.ID(id))
	if p == nil || p.Kind != KindUser {
		return Object{}
	}
	return Object{ID: id, Kind: privilege.KindUser, What: "user", Name: p.Name}
}

// Objects lists what a grant on a database reaches, by kind and name.
func (s *Snapshot) Objects(database ID) []Object {
	var list []Object
	for _, c := range s.objects {
		if c.grants() != privilege.KindNone {
			list = append(list, c.list(database)...)
		}
	}
	return list
}

// Contents lists all that is in a database, by kind and name, what no grant can
// be on included.
func (s *Snapshot) Contents(database ID) []Object {
	var list []Object
	for _, c := range s.objects {
		list = append(list, c.list(database)...)
	}
	return list
}

// Owned lists what a principal owns, databases first. It walks the whole
// catalog: for DROP USER, not for the path of a statement.
func (s *Snapshot) Owned(owner principal.ID) []Object {
	var list []Object
	for _, db := range s.Databases() {
		if db.Owner == owner {
			list = append(list, s.Object(db.ID))
		}
	}
	for _, db := range s.Databases() {
		for _, o := range s.Contents(db.ID) {
			if o.Owner == owner {
				list = append(list, o)
			}
		}
	}
	return list
}

// kindOf finds the kind of an object.
func (s *Snapshot) kindOf(id ID) anyKind {
	for _, c := range s.objects {
		if _, ok := c.object(id); ok {
			return c.ofKind()
		}
	}
	return nil
}

// Drop removes an object of any kind with the grants on it, and what is in it.
func (tx *Tx) Drop(id ID) error {
	k := tx.kindOf(id)
	if k == nil {
		return fmt.Errorf("%w: object %d", ErrNotFound, id)
	}
	return k.drop(tx, id)
}

// SetOwner gives an object of any kind that has an owner to another one; by are who does it.
// Grants are not its business.
func (tx *Tx) SetOwner(id ID, to principal.ID, by ...principal.ID) error {
	k := tx.kindOf(id)
	if k == nil {
		return fmt.Errorf("%w: object %d", ErrNotFound, id)
	}
	return k.setOwner(tx, id, to, by)
}

// SetDefiner makes somebody else the definer of an object of any kind that has one; by are who does it.
func (tx *Tx) SetDefiner(id ID, to principal.ID, by ...principal.ID) error {
	k := tx.kindOf(id)
	if k == nil {
		return fmt.Errorf("%w: object %d", ErrNotFound, id)
	}
	return k.setDefiner(tx, id, to, by)
}
