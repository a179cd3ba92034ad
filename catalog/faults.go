package catalog

import (
	"context"
	"fmt"

	"github.com/lxdb/lxdb/storage/kivi"
)

// Read reads the catalog of db and changes nothing: an empty store is ErrEmpty,
// and records of older versions stay as they are. What was tampered with is in
// Snapshot.Tampered.
func Read(ctx context.Context, db *kivi.DB, sealing Sealing) (*Snapshot, error) {
	c := &Catalog{store: kiviStore{db}}
	if sealing.Key != nil {
		c.seal = newSealer(*sealing.Key)
	}
	s, err := c.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("read catalog: %w", err)
	}
	if s.instance == "" {
		return nil, fmt.Errorf("read catalog: %w", ErrEmpty)
	}
	return s, nil
}

// Fault is a record that does not fit those around it.
type Fault struct {
	Object string // "database.table", or what else the record is about
	What   string
}

// Faults compares the records with each other: parents, owners, grants, members,
// and the numbers inside of tables. A sound catalog has none.
func (s *Snapshot) Faults() []Fault {
	f := &faults{s: s}
	for _, c := range s.objects {
		for _, o := range c.all() {
			f.object(o)
		}
	}
	for _, t := range s.tableData.all() {
		f.table(f.name(t.Database, t.Name), t)
	}
	for _, q := range s.sequenceData.all() {
		if what := q.fault(); what != "" {
			f.found(f.name(q.Database, q.Name), "sequence %s", what)
		}
	}
	for _, p := range s.principals.all() {
		f.principal(p)
	}
	f.holders()
	return f.list
}

type faults struct {
	s    *Snapshot
	list []Fault
}

func (f *faults) found(object, format string, args ...any) {
	f.list = append(f.list, Fault{object, fmt.Sprintf(format, args...)})
}

// name is what an object is called, with its database.
func (f *faults) name(database ID, name string) string {
	if db := f.s.DatabaseByID(database); db != nil {
		return db.Name + "." + name
	}
	return name
}

// object checks that what the object belongs to exists.
func (f *faults) object(o Object) {
	name := f.name(o.Database, o.Name)
	if o.Database != 0 && f.s.DatabaseByID(o.Database) == nil {
		f.found(name, "%s in a database that does not exist", o.What)
	}
	if o.Owner != 0 && o.Owner != SystemGrantor && f.s.principals.get(o.Owner) == nil {
		f.found(name, "%s whose owner does not exist", o.What)
	}
	if o.PartOf != 0 && f.s.Object(o.PartOf).ID == 0 {
		f.found(name, "%s of something that does not exist", o.What)
	}
}

// table checks the numbers that a table hands out for columns and indexes.
func (f *faults) table(name string, t *Table) {
	columns := map[uint16]bool{}
	for _, c := range t.Columns {
		if columns[c.ID] || c.ID >= t.NextColumn {
			f.found(name, "column number %d is used twice, or is still to be given", c.ID)
		}
		columns[c.ID] = true
	}
	indexes := map[uint16]bool{}
	for _, x := range t.Indexes {
		if indexes[x.ID] || !x.Primary && x.ID >= t.NextIndex || x.Primary != (x.ID == 0) {
			f.found(name, "index number %d is used twice, or is still to be given", x.ID)
		}
		indexes[x.ID] = true
		for _, c := range x.Columns {
			if !columns[c.Column] {
				f.found(name, "index %s over a column that does not exist", x.Name)
			}
		}
	}
	newest := uint32(0)
	for _, l := range t.Layouts {
		newest = max(newest, l.Version)
	}
	if newest != t.Version {
		f.found(name, "rows are written in layout %d, the newest is %d", t.Version, newest)
	}
}

func (f *faults) principal(p *Principal) {
	if f.s.certificates.get(p.ID) == nil {
		f.found("account "+p.Name, "has no permission certificate")
	}
	for _, g := range f.s.GrantsTo(p.ID) {
		if f.s.Object(g.Object).Kind != g.Kind {
			f.found("account "+p.Name, "holds a grant on an object that does not exist")
		}
		if g.Grantor != SystemGrantor && f.s.principals.get(g.Grantor) == nil {
			f.found("account "+p.Name, "holds a grant of an account that does not exist")
		}
	}
	for _, m := range f.s.MembershipsOf(p.ID) {
		if f.s.principals.get(m.Role) == nil {
			f.found("account "+p.Name, "holds a role that does not exist")
		}
		for _, g := range m.Givers {
			if g.Grantor != SystemGrantor && f.s.principals.get(g.Grantor) == nil {
				f.found("account "+p.Name, "holds a role by an account that does not exist")
			}
		}
	}
}

// holders finds records about accounts that do not exist.
func (f *faults) holders() {
	for _, c := range f.s.certificates.all() {
		if f.s.principals.get(c.Principal) == nil {
			f.found("permission certificates", "certificate of an account that does not exist")
		}
	}
	for p := range f.s.pages.firsts() {
		if f.s.certificates.get(p) == nil {
			f.found("permission certificates", "pages of a certificate that does not exist")
		}
	}
	objects := []ID{System}
	for _, c := range f.s.objects {
		for _, o := range c.all() {
			objects = append(objects, o.ID)
		}
	}
	for _, o := range objects {
		for _, g := range f.s.GrantsOn(o) {
			if f.s.principals.get(g.Grantee) == nil {
				f.found("grants", "grant to an account that does not exist")
			}
		}
	}
	for _, p := range f.s.principals.all() {
		for _, m := range f.s.MembersOf(p.ID) {
			if f.s.principals.get(m.Member) == nil {
				f.found("account "+p.Name, "its member does not exist")
			}
		}
	}
}
