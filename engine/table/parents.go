package table

import (
	"slices"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/exec/change"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/relation"
)

// foreignKeys are the keys of a table that a statement changes: those to its parents, and
// those of its children. They hold for rows and tables that the actor does not see, so they
// are read and carried out for relation.Constraint.
type foreignKeys struct {
	t        *Table
	ctx      *sql.Context
	parents  []*tie
	children []*tie
	// path are the tables that an ON UPDATE action came through; depth is how many actions.
	path  []*catalog.Table
	depth int
}

// tie is one foreign key between the table and another one.
type tie struct {
	fk      *catalog.ForeignKey
	own     []int // columns of this table
	other   *Table
	columns []int // of the other one
	self    bool  // it is the same table
	missing bool  // the other table does not exist
	reader  *keyReader
}

// ChecksKeys says whether the session has foreign keys checked.
func ChecksKeys(ctx *sql.Context) bool {
	on, err := ctx.GetSessionVariable(ctx, "foreign_key_checks")
	if err != nil {
		return true
	}
	yes, err := sql.ConvertToBool(ctx, on)
	return err != nil || yes
}

// foreignKeys finds them. It is nil when there are none, or when they are not checked.
func (t *Table) foreignKeys(ctx *sql.Context) (*foreignKeys, error) {
	if t.IsTemporary() || !ChecksKeys(ctx) {
		return nil, nil
	}
	cat, err := t.catalog(ctx)
	if err != nil {
		return nil, err
	}
	children := t.store.referencing(cat, t.schema.database, t.Name())
	if len(children)+len(t.schema.rec.ForeignKeys) == 0 {
		return nil, nil
	}
	k := &foreignKeys{t: t, ctx: ctx}
	for i := range t.schema.rec.ForeignKeys {
		fk := &t.schema.rec.ForeignKeys[i]
		x, err := k.tie(cat, fk, fk.Columns, fk.ParentDatabase, fk.ParentTable, fk.ParentColumns)
		if err != nil {
			return nil, err
		}
		k.parents = append(k.parents, x)
	}
	for _, fk := range children {
		x, err := k.tie(cat, fk, fk.ParentColumns, fk.Database, fk.Table, fk.Columns)
		if err != nil {
			return nil, err
		}
		if !x.missing {
			k.children = append(k.children, x)
		}
	}
	return k, nil
}

func (k *foreignKeys) tie(cat *catalog.Snapshot, fk *catalog.ForeignKey, own []string, database, name string, columns []string) (*tie, error) {
	x := &tie{fk: fk}
	for _, c := range own {
		x.own = append(x.own, k.t.schema.columnByName(c))
	}
	db := cat.Database(database)
	var rec *catalog.Table
	if db != nil {
		rec = cat.Table(db.ID, name)
	}
	if rec == nil {
		x.missing = true
		return x, nil
	}
	if x.self = rec.ID == k.t.schema.rec.ID; x.self {
		t := *k.t
		x.other = &t
	} else {
		t, err := k.t.store.Table(k.ctx, rec, db, Access{})
		if err != nil {
			return nil, err
		}
		x.other = t
	}
	x.other.project, x.other.projected, x.other.names, x.other.show = nil, nil, nil, nil
	x.other.access, x.other.purpose = Access{Mode: LockRead, Scan: kivi.Read, Latest: true}, relation.Constraint
	for _, c := range columns {
		x.columns = append(x.columns, x.other.schema.columnByName(c))
	}
	if slices.Contains(x.own, -1) || slices.Contains(x.columns, -1) || x.other.schema.valueTypes() == nil {
		x.missing = true
	}
	return x, nil
}

// followsParents says that changes of other rows change rows of the table.
func (k *foreignKeys) followsParents() bool {
	return k != nil && slices.ContainsFunc(k.parents, func(x *tie) bool {
		return acts(actionText(x.fk.OnDelete)) || acts(actionText(x.fk.OnUpdate))
	})
}

// anyNull says that a row refers to nothing: MATCH SIMPLE.
func anyNull(row []value.Value, columns []int) bool {
	return slices.ContainsFunc(columns, func(c int) bool { return row[c].IsNull() })
}

// added asks for the parents of a new row, or of one that was changed from old.
func (k *foreignKeys) added(c *expr.Ctx, old, row []value.Value) error {
	if k == nil {
		return nil
	}
	for _, x := range k.parents {
		if anyNull(row, x.own) || old != nil && sameColumns(old, row, x.own) {
			continue
		}
		if x.missing {
			return k.noParent(x)
		}
		if x.self {
			if ok, err := k.refersToItself(c, x, row); ok || err != nil {
				if err != nil {
					return err
				}
				continue
			}
		}
		found := false
		err := x.find(c, k, row, func([]byte) (bool, error) { found = true; return false, nil })
		if err != nil {
			return err
		}
		if !found {
			return k.noParent(x)
		}
	}
	return nil
}

// refersToItself: the row is its own parent.
func (k *foreignKeys) refersToItself(c *expr.Ctx, x *tie, row []value.Value) (bool, error) {
	for i, col := range x.own {
		if row[x.columns[i]].IsNull() {
			return false, nil
		}
		same, err := x.equal(c, i, row[col], row[x.columns[i]], k.t)
		if err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

func sameColumns(a, b []value.Value, columns []int) bool {
	return !slices.ContainsFunc(columns, func(c int) bool { return !change.SameValue(a[c], b[c]) })
}

// knows says whether errors may name a table to the session.
func (k *foreignKeys) knows(t *Table) bool {
	s, ok := k.ctx.Session.(interface{ Knows(*catalog.Table) bool })
	return ok && t != nil && s.Knows(t.schema.rec)
}

func (k *foreignKeys) noParent(x *tie) error {
	if x.missing && x.other == nil || !k.knows(x.other) {
		return sqlerr.NoReferencedRow.Errorf("Cannot add or update a child row: a foreign key constraint fails (CONSTRAINT `%s`)", x.fk.Name)
	}
	return sqlerr.NoReferencedRow.Errorf("Cannot add or update a child row: a foreign key constraint fails (%s)", described(x.fk))
}

func (k *foreignKeys) hasChildren(x *tie) error {
	if !k.knows(x.other) {
		return sqlerr.RowIsReferenced.Errorf("Cannot delete or update a parent row: a foreign key constraint fails")
	}
	return sqlerr.RowIsReferenced.Errorf("Cannot delete or update a parent row: a foreign key constraint fails (%s)", described(x.fk))
}

// described is a foreign key as InnoDB shows it.
func described(fk *catalog.ForeignKey) string {
	out := quoted(fk.Database) + "." + quoted(fk.Table) + ", CONSTRAINT " + quoted(fk.Name) + " FOREIGN KEY (" + listed(fk.Columns) + ") REFERENCES "
	if !equalName(fk.Database, fk.ParentDatabase) {
		out += quoted(fk.ParentDatabase) + "."
	}
	out += quoted(fk.ParentTable) + " (" + listed(fk.ParentColumns) + ")"
	if a := actionText(fk.OnDelete); a != "" {
		out += " ON DELETE " + a
	}
	if a := actionText(fk.OnUpdate); a != "" {
		out += " ON UPDATE " + a
	}
	return out
}

// DeletesItself says that the deletion of a row may delete other rows of the table.
func (t *Table) DeletesItself() bool {
	return slices.ContainsFunc(t.schema.rec.ForeignKeys, func(fk catalog.ForeignKey) bool {
		return actionText(fk.OnDelete) == "CASCADE" && equalName(fk.ParentTable, t.Name()) && equalName(fk.ParentDatabase, t.schema.database)
	})
}
