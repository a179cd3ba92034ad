package catalog

import (
	"fmt"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Fields are what the records of every kind of object have in common.
type Fields struct {
	ID       ID
	Database ID // 0 for a database
	Name     string
	// Owner and Definer point into the record, nil where the kind has none.
	Owner, Definer *principal.ID
	// Makers points into the record where there is a Definer.
	Makers *Makers
}

// Descriptor says of a kind of object what is not the same for all kinds. The
// functions may be nil.
type Descriptor[T any] struct {
	Record byte   // in the keys of its records; frozen, as docs/formats/catalog.md says
	Name   string // view, as in messages
	// Grants is the kind that grants on such an object have; KindNone when there
	// can be none.
	Grants privilege.Kind
	Fields func(*T) Fields
	// Global: such objects are in no database.
	Global bool

	// Key is the name in the name space of the kind and the database; nil is
	// the folded name.
	Key func(*T) string
	// Check refuses a record that is to replace old, nil for a new one.
	Check func(tx *Tx, rec, old *T) error
	// Drop removes what goes with a record, before it.
	Drop func(tx *Tx, rec *T) error
	// Changed marks what else changes with it. rec is nil when it was dropped,
	// old when it was made.
	Changed func(tx *Tx, rec, old *T)
	// NewOwner changes what does not stay as it is under another owner. The owner
	// himself is set already.
	NewOwner func(rec *T, to principal.ID)
	// PartOf is the object that a record goes with, besides the database.
	PartOf func(*T) ID

	// index puts a record into further trees, or takes it out.
	index func(s *Snapshot, rec *T, in bool)
}

// Kind is a kind of object in the catalog: its records are kept, found, listed,
// given another owner and dropped like those of every other kind.
type Kind[T any] struct {
	Descriptor[T]
	at int // in kinds, and in Snapshot.objects
}

// kinds are all kinds of objects. They are complete before the first catalog is
// opened.
var kinds = builtinKinds()

// anyKind is a Kind[T] for those who do not care what T is.
type anyKind interface {
	record() recordKind
	newCollection() anyCollection
	decode(key, val []byte, ids []uint32) (place func(*Snapshot), err error)
	drop(tx *Tx, id ID) error
	setOwner(tx *Tx, id ID, to principal.ID, by Makers) error
	setDefiner(tx *Tx, id ID, to principal.ID, by Makers) error
}

// NewKind adds a kind of object. It is for package variables: a catalog that is
// open already would not have it. It panics when the kind of record is taken.
func NewKind[T any](d Descriptor[T]) *Kind[T] { return newKind(&kinds, d) }

func newKind[T any](list *[]anyKind, d Descriptor[T]) *Kind[T] {
	for _, k := range *list {
		if k.record() == recordKind(d.Record) {
			panic(fmt.Sprintf("catalog: two kinds of record %#x", d.Record))
		}
	}
	if d.Key == nil {
		d.Key = func(rec *T) string { return FoldName(d.Fields(rec).Name) }
	}
	k := &Kind[T]{d, len(*list)}
	*list = append(*list, k)
	return k
}

func (k *Kind[T]) record() recordKind { return recordKind(k.Record) }

func (k *Kind[T]) newCollection() anyCollection {
	return &collection[T]{k, newByKey[ID, T](), newByPair[ID, string, T]()}
}

func (k *Kind[T]) in(s *Snapshot) *collection[T] { return at[T](s, k.at) }

// ByID finds an object, nil when there is none.
func (k *Kind[T]) ByID(s *Snapshot, id ID) *T { return k.in(s).byID.get(id) }

// Find looks an object up by its key, nil when there is none.
func (k *Kind[T]) Find(s *Snapshot, database ID, key string) *T {
	return k.in(s).byName.get(database, key)
}

// List has the objects of a database in the order of their keys.
func (k *Kind[T]) List(s *Snapshot, database ID) []*T { return k.in(s).byName.list(database) }

func (k *Kind[T]) decode(key, val []byte, ids []uint32) (func(*Snapshot), error) {
	return decodeAs(key, val, ids, k.set, func(rec *T) []uint32 { return []uint32{k.Fields(rec).ID} })
}

// set puts a decoded record into every tree that finds it.
func (k *Kind[T]) set(s *Snapshot, rec *T) {
	c, f := k.in(s), k.Fields(rec)
	c.byID.set(f.ID, rec)
	c.byName.set(f.Database, k.Key(rec), rec)
	if k.index != nil {
		k.index(s, rec, true)
	}
}

func (k *Kind[T]) unset(s *Snapshot, rec *T) {
	c, f := k.in(s), k.Fields(rec)
	c.byID.delete(f.ID)
	c.byName.delete(f.Database, k.Key(rec))
	if k.index != nil {
		k.index(s, rec, false)
	}
}

// Put creates or changes an object; another name or database renames it.
func (k *Kind[T]) Put(tx *Tx, rec *T) error {
	f := k.Fields(rec)
	old := k.ByID(tx.Snapshot, f.ID)
	if err := k.check(tx, rec, old); err != nil {
		return err
	}
	kept, err := put(tx, rec, k.record(), f.ID)
	if err != nil {
		return err
	}
	tx.touchObject(f.ID)
	if old != nil {
		k.unset(tx.Snapshot, old)
		if from := k.Fields(old).Database; from != f.Database && k.Grants != privilege.KindNone {
			// Grants on either database reach other objects than before.
			tx.touchObject(from, f.Database)
			tx.touchSecurity()
		}
	}
	k.set(tx.Snapshot, kept)
	if k.Changed != nil {
		k.Changed(tx, kept, old)
	}
	return k.named(tx, f, old)
}

// named keeps what was taken by a name that is given up, and finds what was taken by the
// one that is new.
func (k *Kind[T]) named(tx *Tx, f Fields, old *T) error {
	if k.Grants == privilege.KindNone || tx.aside {
		return nil
	}
	now := tx.Object(f.ID)
	if old != nil {
		was := k.Fields(old)
		if was.Database == f.Database && FoldName(was.Name) == FoldName(f.Name) {
			return nil
		}
		before := now
		before.Name, before.Database = was.Name, was.Database
		if err := tx.keep(before); err != nil {
			return err
		}
	}
	return tx.findKept(now)
}

func (k *Kind[T]) check(tx *Tx, rec, old *T) error {
	f := k.Fields(rec)
	if f.ID < FirstID || f.Name == "" {
		return fmt.Errorf("%w: %s %q with id %d", ErrInvalid, k.Name, f.Name, f.ID)
	}
	if f.Database != 0 && tx.DatabaseByID(f.Database) == nil || f.Database == 0 && k.Grants != privilege.KindDatabase && k.Grants != privilege.KindScope && !k.Global {
		return fmt.Errorf("%w: database %d of %s %q", ErrNotFound, f.Database, k.Name, f.Name)
	}
	for _, id := range []*principal.ID{f.Owner, f.Definer} {
		if id != nil {
			if err := tx.checkPrincipals(k.Name, f.Name, *id); err != nil {
				return err
			}
		}
	}
	if other := k.Find(tx.Snapshot, f.Database, k.Key(rec)); other != nil && k.Fields(other).ID != f.ID {
		return fmt.Errorf("%w: %s %q", ErrExists, k.Name, f.Name)
	}
	if k.Check != nil {
		return k.Check(tx, rec, old)
	}
	return nil
}

// Delete removes an object with the grants on it and what goes with it.
func (k *Kind[T]) Delete(tx *Tx, id ID) error {
	old := k.ByID(tx.Snapshot, id)
	if old == nil {
		return fmt.Errorf("%w: %s %d", ErrNotFound, k.Name, id)
	}
	if k.Drop != nil {
		if err := k.Drop(tx, old); err != nil {
			return err
		}
	}
	if k.Grants != privilege.KindNone && !tx.aside {
		if err := tx.keep(tx.Object(id)); err != nil {
			return err
		}
		if err := tx.dropGrantsOn(id); err != nil {
			return err
		}
	}
	if err := tx.remove(k.record(), id); err != nil {
		return err
	}
	k.unset(tx.Snapshot, old)
	tx.touchObject(id)
	if k.Changed != nil {
		k.Changed(tx, nil, old)
	}
	return nil
}

func (k *Kind[T]) drop(tx *Tx, id ID) error { return k.Delete(tx, id) }

func (k *Kind[T]) setOwner(tx *Tx, id ID, to principal.ID, by Makers) error {
	rec := cloneRecord(k.ByID(tx.Snapshot, id))
	f := k.Fields(rec)
	if f.Owner == nil {
		return fmt.Errorf("%w: %s %q has no owner", ErrInvalid, k.Name, f.Name)
	}
	var definer principal.ID
	var makers Makers
	if f.Definer != nil {
		definer, makers = *f.Definer, *f.Makers
	}
	*f.Owner = to
	if k.NewOwner != nil {
		k.NewOwner(rec, to)
	}
	if now := k.Fields(rec); now.Definer != nil && *now.Definer != definer {
		*now.Makers = makers.with(definer, by).Without(to)
	}
	return k.Put(tx, rec)
}

func (k *Kind[T]) setDefiner(tx *Tx, id ID, to principal.ID, by Makers) error {
	rec := cloneRecord(k.ByID(tx.Snapshot, id))
	f := k.Fields(rec)
	if f.Definer == nil {
		return fmt.Errorf("%w: %s %q has no definer", ErrInvalid, k.Name, f.Name)
	}
	*f.Makers = f.Makers.with(*f.Definer, by).Without(to)
	*f.Definer = to
	return k.Put(tx, rec)
}

// checkPrincipals checks that owners and definers exist; 0 is nobody.
func (tx *Tx) checkPrincipals(what, name string, ids ...principal.ID) error {
	for _, id := range ids {
		if id != 0 && tx.principals.get(id) == nil {
			return fmt.Errorf("%w: principal %d of %s %q", ErrNotFound, id, what, name)
		}
	}
	return nil
}
