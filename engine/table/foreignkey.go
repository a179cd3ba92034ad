package table

import (
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// GetDeclaredForeignKeys implements sql.ForeignKeyTable.
func (t *Table) GetDeclaredForeignKeys(ctx *sql.Context) ([]sql.ForeignKeyConstraint, error) {
	cat, err := t.catalog(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]sql.ForeignKeyConstraint, 0, len(t.schema.rec.ForeignKeys))
	for i := range t.schema.rec.ForeignKeys {
		out = append(out, constraint(cat, &t.schema.rec.ForeignKeys[i]))
	}
	slices.SortFunc(out, func(a, b sql.ForeignKeyConstraint) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// GetReferencedForeignKeys implements sql.ForeignKeyTable.
func (t *Table) GetReferencedForeignKeys(ctx *sql.Context) ([]sql.ForeignKeyConstraint, error) {
	cat, err := t.catalog(ctx)
	if err != nil {
		return nil, err
	}
	if t.IsTemporary() { // the names are those of others
		return nil, nil
	}
	var out []sql.ForeignKeyConstraint
	for _, fk := range t.store.referencing(cat, t.schema.database, t.Name()) {
		out = append(out, constraint(cat, fk))
	}
	return out, nil
}

// catalog is what the statement in ctx sees.
func (t *Table) catalog(ctx *sql.Context) (*catalog.Snapshot, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	return t.store.Snapshot(session.MetaLocks()), nil
}

// references finds the foreign keys that name a parent, in one version of the
// catalog. The library asks for them with every change of a row.
type references struct {
	cat      *catalog.Snapshot
	byParent map[parentName][]*catalog.ForeignKey
}

// parentName is a table's name in lower case.
type parentName struct{ database, table string }

func (st *Store) referencing(cat *catalog.Snapshot, database, table string) []*catalog.ForeignKey {
	refs := st.references.Load()
	if refs == nil || refs.cat != cat {
		refs = &references{cat: cat, byParent: map[parentName][]*catalog.ForeignKey{}}
		for _, db := range cat.Databases() {
			for _, t := range cat.Tables(db.ID) {
				for i := range t.ForeignKeys {
					fk := &t.ForeignKeys[i]
					name := parentName{strings.ToLower(fk.ParentDatabase), strings.ToLower(fk.ParentTable)}
					refs.byParent[name] = append(refs.byParent[name], fk)
				}
			}
		}
		st.references.Store(refs)
	}
	return refs.byParent[parentName{strings.ToLower(database), strings.ToLower(table)}]
}

// constraint copies the lists: the library renames columns in place.
func constraint(cat *catalog.Snapshot, fk *catalog.ForeignKey) sql.ForeignKeyConstraint {
	parent := cat.Database(fk.ParentDatabase)
	return sql.ForeignKeyConstraint{
		Name: fk.Name, Database: fk.Database, Table: fk.Table, Columns: slices.Clone(fk.Columns),
		ParentDatabase: fk.ParentDatabase, ParentTable: fk.ParentTable, ParentColumns: slices.Clone(fk.ParentColumns),
		OnUpdate: action(fk.OnUpdate), OnDelete: action(fk.OnDelete),
		IsResolved: parent != nil && cat.Table(parent.ID, fk.ParentTable) != nil,
	}
}

func action(text string) sql.ForeignKeyReferentialAction {
	if text == "" {
		return sql.ForeignKeyReferentialAction_DefaultAction
	}
	return sql.ForeignKeyReferentialAction(text)
}

func foreignKeyRecord(fk sql.ForeignKeyConstraint) catalog.ForeignKey {
	return catalog.ForeignKey{
		Name: fk.Name, Database: fk.Database, Table: fk.Table, Columns: fk.Columns,
		ParentDatabase: fk.ParentDatabase, ParentTable: fk.ParentTable, ParentColumns: fk.ParentColumns,
		OnUpdate: string(fk.OnUpdate), OnDelete: string(fk.OnDelete),
	}
}

// RefersTo has the rows of the table asked, when the statement ends, whether the foreign keys that it adds lead somewhere: the
// library, which looks for keys that it has given no name yet, is told not to look.
func (t *Table) RefersTo(ctx *sql.Context, add func() error) error {
	session, err := t.beginDDL(ctx)
	if err != nil {
		return err
	}
	owner := session.MetaLocks()
	return t.store.together(ctx, owner, func() error {
		a, err := t.alteration(ctx, owner)
		if err != nil {
			return err
		}
		had := t.schema.rec.ForeignKeys
		if err := add(); err != nil {
			return err
		}
		if err := t.reload(session); err != nil {
			return err
		}
		for _, fk := range t.schema.rec.ForeignKeys {
			if !slices.ContainsFunc(had, func(old catalog.ForeignKey) bool { return equalName(old.Name, fk.Name) }) {
				a.keys[strings.ToLower(fk.Name)] = true
			}
		}
		return nil
	})
}

// AddForeignKey implements sql.ForeignKeyTable. The library has found or made the indexes.
func (t *Table) AddForeignKey(ctx *sql.Context, fk sql.ForeignKeyConstraint) error {
	if t.IsTemporary() {
		return sqlerr.CannotAddForeign.Errorf("Cannot add foreign key constraint").WithHint("a temporary table has no foreign keys")
	}
	return t.alter(ctx, func(tx *catalog.Tx, rec *catalog.Table) error {
		if fkNameTaken(tx.Snapshot, rec.Database, fk.Name) {
			return sql.ErrForeignKeyDuplicateName.New(fk.Name)
		}
		parent := rec
		if db := tx.Database(fk.ParentDatabase); db != nil {
			if other := tx.Table(db.ID, fk.ParentTable); other != nil && other.ID != rec.ID {
				parent = other
			}
		}
		if rec.Partition != "" || parent.Partition != "" {
			return ErrPartitioned
		}
		rec.ForeignKeys = append(rec.ForeignKeys, foreignKeyRecord(fk))
		return nil
	})
}

// ErrPartitioned is MySQL's: no partitioned table has foreign keys, or is the parent of one. Partitions have no effect
// here, but a dump of such a table is for nobody else.
var ErrPartitioned = sqlerr.ForeignKeyOnPartitioned.Errorf("Foreign keys are not yet supported in conjunction with partitioning")

// fkNameTaken: foreign keys share one name space in a database.
func fkNameTaken(cat *catalog.Snapshot, database catalog.ID, name string) bool {
	for _, t := range cat.Tables(database) {
		for i := range t.ForeignKeys {
			if strings.EqualFold(t.ForeignKeys[i].Name, name) {
				return true
			}
		}
	}
	return false
}

// DropForeignKey implements sql.ForeignKeyTable.
func (t *Table) DropForeignKey(ctx *sql.Context, name string) error {
	return t.alter(ctx, func(_ *catalog.Tx, rec *catalog.Table) error {
		at := findForeignKey(rec, name)
		if at < 0 {
			return sql.ErrForeignKeyNotFound.New(name, rec.Name)
		}
		rec.ForeignKeys = slices.Delete(rec.ForeignKeys, at, at+1)
		return nil
	})
}

// UpdateForeignKey implements sql.ForeignKeyTable: a renamed table or column.
func (t *Table) UpdateForeignKey(ctx *sql.Context, name string, fk sql.ForeignKeyConstraint) error {
	return t.alter(ctx, func(_ *catalog.Tx, rec *catalog.Table) error {
		at := findForeignKey(rec, name)
		if at < 0 {
			return sql.ErrForeignKeyNotFound.New(name, rec.Name)
		}
		if other := findForeignKey(rec, fk.Name); other >= 0 && other != at {
			return sql.ErrForeignKeyDuplicateName.New(fk.Name)
		}
		rec.ForeignKeys[at] = foreignKeyRecord(fk)
		return nil
	})
}

func findForeignKey(rec *catalog.Table, name string) int {
	return slices.IndexFunc(rec.ForeignKeys, func(fk catalog.ForeignKey) bool {
		return strings.EqualFold(fk.Name, name)
	})
}

// CreateIndexForForeignKey implements sql.ForeignKeyTable.
func (t *Table) CreateIndexForForeignKey(ctx *sql.Context, def sql.IndexDef) error {
	if s, ok := ctx.Session.(Shapes); ok {
		if name := s.KeyName(t.schema.rec.Name, def.ColumnNames()); name != "" {
			def.Name = name
		}
	}
	return t.CreateIndex(ctx, def)
}

// GetForeignKeyEditor implements sql.ForeignKeyTable.
func (t *Table) GetForeignKeyEditor(*sql.Context) sql.ForeignKeyEditor {
	return &editor{table: t, internal: true}
}
