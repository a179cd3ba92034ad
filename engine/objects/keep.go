package objects

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/privilege"
)

// What a statement says about a table and what changes nothing here (ENGINE,
// PARTITION BY, FULLTEXT KEY, …) is kept in the table's record, shown again by SHOW
// CREATE TABLE, and noted. Package clause takes it out of the text. It travels with
// the syntax tree, so a prepared statement has it at each execution:
//
//	CREATE TABLE       createTable writes it in the transaction that makes the table
//	ALTER TABLE        keepRest makes it the last step of the statement's change
//	ALTER of it alone  keeper, a plan node

// keepNew completes the record of a table that is being created. It runs again with
// the other steps of its statement.
// from is the table that it is made like, nil for none.
func keepNew(tx *catalog.Tx, rec *catalog.Table, c *clause.Change, from *catalog.Table) error {
	if c == nil {
		return nil
	}
	changed := rec.Clone()
	table.ShapeNew(changed, c.Shapes)
	if from != nil {
		table.CopyShapes(changed, from)
		copyKept(changed, from)
	}
	if err := keepIn(changed, c); err != nil {
		return err
	}
	if err := partitions(tx, changed, c); err != nil {
		return err
	}
	return tx.PutTable(changed)
}

// partitions refuses PARTITION BY of a table with foreign keys, or that others refer to.
func partitions(tx *catalog.Tx, rec *catalog.Table, c *clause.Change) error {
	if c.Partition == "" {
		return nil
	}
	_, parent := tx.Bereft(func(id catalog.ID) bool { return id == rec.ID })
	if parent || len(rec.ForeignKeys) > 0 {
		return table.ErrPartitioned
	}
	return nil
}

// likeOf is the table that CREATE TABLE … LIKE names.
func likeOf(s *state.Session, c *clause.Change) *catalog.Table {
	if c == nil || c.Like == "" {
		return nil
	}
	return s.TableNamed(cmp.Or(c.LikeDatabase, s.GetCurrentDatabase()), c.Like)
}

func noteAll(ctx *sql.Context, c *clause.Change) {
	if c == nil {
		return
	}
	for _, n := range c.Notes {
		state.NoteIgnored(ctx, n)
	}
}

// keepRest is the last step of a statement that changes a table.
func keepRest(s *state.Session, ctx *sql.Context) error {
	c := s.Change
	s.Change = nil
	switch {
	case c == nil || !c.Alters:
		return nil
	case c.Writes():
		if err := keep(s, ctx, c); err != nil {
			return err
		}
	default:
		noteAll(ctx, c)
	}
	for _, part := range c.Late {
		s.Change = &clause.Change{Table: c.Table, Shapes: c.Shapes, KeyNames: c.KeyNames}
		if err := alterLate(s, ctx, c, part); err != nil {
			return err
		}
	}
	s.Change = nil
	return enforce(s, ctx, c)
}

// enforce carries out ALTER CHECK: a constraint that is to hold again is added anew, which looks at the rows, in its old
// place.
func enforce(s *state.Session, ctx *sql.Context, c *clause.Change) error {
	for _, e := range c.Enforce {
		rec := s.TableNamed(cmp.Or(c.Database, s.GetCurrentDatabase()), c.Table)
		if rec == nil {
			return sql.ErrTableNotFound.New(c.Table)
		}
		named := func(x catalog.Check) bool { return strings.EqualFold(x.Name, e.Name) }
		at := slices.IndexFunc(rec.Checks, named)
		switch {
		case at < 0 && e.Any:
			return sqlerr.ConstraintNotFound.Errorf("Constraint '%s' does not exist.", e.Name)
		case at < 0:
			return sqlerr.CheckConstraintNotFound.Errorf("Check constraint '%s' is not found in the table.", e.Name)
		case rec.Checks[at].Enforced == e.On:
			continue
		}
		if was := rec.Checks[at]; e.On {
			name := sql.QuoteIdentifier(was.Name)
			if err := alterLate(s, ctx, c, "DROP CHECK "+name); err != nil {
				return err
			}
			if err := alterLate(s, ctx, c, "ADD CONSTRAINT "+name+" CHECK ("+was.Expr+")"); err != nil {
				return err
			}
		}
		err := s.UpdateTable(ctx, rec, func(tx *catalog.Tx) error {
			now := tx.TableByID(rec.ID)
			if now == nil {
				return sql.ErrTableNotFound.New(c.Table)
			}
			changed := now.Clone()
			stands := slices.IndexFunc(changed.Checks, named)
			if stands < 0 {
				return sqlerr.CheckConstraintNotFound.Errorf("Check constraint '%s' is not found in the table.", e.Name)
			}
			check := changed.Checks[stands]
			check.Enforced = e.On
			changed.Checks = slices.Insert(slices.Delete(changed.Checks, stands, stands+1), at, check)
			return tx.PutTable(changed)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// alterLate carries out a part of ALTER TABLE that is planned by the table as the other parts have
// left it, in the same change.
func alterLate(s *state.Session, ctx *sql.Context, c *clause.Change, part string) error {
	text := "ALTER TABLE " + sql.QuoteIdentifier(cmp.Or(c.Database, s.GetCurrentDatabase())) + "." + sql.QuoteIdentifier(c.Table) + " " + part
	gms := s.Inst.GMS
	tree, _, _, err := gms.Parser.Parse(ctx, text, false)
	if err != nil {
		return err
	}
	if err := PlainDefinition(s, tree); err != nil {
		return err
	}
	bound, flags, err := planbuilder.New(ctx, gms.Analyzer.Catalog, gms.EventScheduler, gms.Parser).BindOnly(tree, text, &sql.QueryFlags{})
	if err != nil {
		return err
	}
	analyzed, err := gms.Analyzer.Analyze(ctx, bound, nil, flags)
	if err != nil {
		return err
	}
	if _, err := allRows(ctx, gms.Analyzer.ExecBuilder, analyzed, nil); err != nil {
		return err
	}
	return keepRest(s, ctx)
}

// keep changes the record of a table that is there.
func keep(s *state.Session, ctx *sql.Context, c *clause.Change) error {
	d, name, err := keptOn(s, ctx, c)
	if err != nil {
		return err
	}
	_, rec, err := d.lockForDDL(ctx, name, "ALTER", privilege.Of(privilege.Alter))
	if err != nil {
		return err
	}
	err = s.UpdateTable(ctx, rec, func(tx *catalog.Tx) error {
		now := tx.TableByID(rec.ID)
		if now == nil {
			return sql.ErrTableNotFound.New(c.Table)
		}
		changed := now.Clone()
		if err := keepIn(changed, c); err != nil {
			return err
		}
		if err := partitions(tx, changed, c); err != nil {
			return err
		}
		return tx.PutTable(changed)
	})
	if err != nil {
		return err
	}
	noteAll(ctx, c)
	return nil
}

// keptOn is the table of such a change, for who may alter it.
func keptOn(s *state.Session, ctx *sql.Context, c *clause.Change) (*database, string, error) {
	obj, _ := lxaccess.For(s).Resolve(c.Database, c.Table, nil)
	if obj.Database == nil || obj.Table == nil {
		if err := lxaccess.For(s).Missing(obj, "ALTER", c.Table, s.Rights); err != nil {
			return nil, "", err
		}
		return nil, "", sql.ErrTableNotFound.New(c.Table)
	}
	d := &database{s.Inst, obj.Database}
	_, _, err := d.mayDefine(ctx, obj.Table.Name, "ALTER", privilege.Of(privilege.Alter))
	return d, obj.Table.Name, err
}

// keepIn writes a change into a record.
func keepIn(rec *catalog.Table, c *clause.Change) error {
	for _, o := range c.Options {
		if o.Name == "COMMENT" {
			rec.Comment = o.Value
			continue
		}
		at := slices.IndexFunc(rec.Options, func(x catalog.TableOption) bool { return x.Name == o.Name })
		switch plain := o.Name == "ENGINE" && o.Value == "InnoDB"; {
		case at >= 0 && plain:
			rec.Options = slices.Delete(rec.Options, at, at+1)
		case at >= 0:
			rec.Options[at].Value = o.Value
		case !plain:
			rec.Options = append(rec.Options, catalog.TableOption(o))
		}
	}
	if c.Partition != "" || c.Unpartition {
		rec.Partition = c.Partition
	}
	for _, x := range c.Indexes {
		if err := keepIndex(rec, x); err != nil {
			return err
		}
	}
	return nil
}

// keepIndex adds a key that is not built. Its name is made as MySQL makes one.
func keepIndex(rec *catalog.Table, x clause.Index) error {
	kept := catalog.UnbuiltIndex{Kind: x.Kind, Name: x.Name, Comment: x.Comment}
	for _, name := range x.Columns {
		at := slices.IndexFunc(rec.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, name) })
		if at < 0 {
			return sqlerr.KeyColumnDoesNotExist.Errorf("Key column '%s' doesn't exist in table", name)
		}
		if err := mayKey(x.Kind, &rec.Columns[at]); err != nil {
			return err
		}
		kept.Columns = append(kept.Columns, rec.Columns[at].ID)
	}
	if len(kept.Columns) == 0 {
		return sqlerr.Syntax.Errorf("a %s key wants columns", x.Kind)
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(rec.Indexes, func(i catalog.Index) bool { return strings.EqualFold(i.Name, name) }) ||
			slices.ContainsFunc(rec.Unbuilt, func(i catalog.UnbuiltIndex) bool { return strings.EqualFold(i.Name, name) })
	}
	if kept.Name == "" {
		kept.Name = x.Columns[0]
		for n := 2; taken(kept.Name); n++ {
			kept.Name = fmt.Sprintf("%s_%d", x.Columns[0], n)
		}
	}
	if taken(kept.Name) {
		return sqlerr.DupKeyName.Errorf("Duplicate key name '%s'", kept.Name)
	}
	rec.Unbuilt = append(rec.Unbuilt, kept)
	return nil
}

// mayKey refuses a column of a type that no key of that kind has.
func mayKey(kind string, c *catalog.Column) error {
	name := strings.ToLower(c.Type)
	if end := strings.IndexAny(name, "( "); end >= 0 {
		name = name[:end]
	}
	switch name {
	case "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection":
		if kind == "SPATIAL" {
			return nil
		}
	case "char", "varchar", "text", "tinytext", "mediumtext", "longtext":
		if kind == "FULLTEXT" {
			return nil
		}
	}
	if kind == "SPATIAL" {
		return sqlerr.SpatialMustHaveGeomCol.Errorf("A SPATIAL index may only contain a geometrical type column")
	}
	return sqlerr.BadFulltextColumn.Errorf("Column '%s' cannot be part of FULLTEXT index", c.Name)
}

// keeper is ALTER TABLE whose parts are all kept.
type keeper struct{ change *clause.Change }

var _ sql.ExecSourceRel = (*keeper)(nil)

func (k *keeper) Resolved() bool       { return true }
func (k *keeper) IsReadOnly() bool     { return false }
func (k *keeper) Children() []sql.Node { return nil }
func (k *keeper) Schema() sql.Schema   { return types.OkResultSchema }
func (k *keeper) String() string       { return "AlterTable(" + k.change.Table + ")" }

func (k *keeper) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(k, len(children), 0)
	}
	return k, nil
}

// RowIter implements sql.ExecSourceRel.
func (k *keeper) RowIter(ctx *sql.Context, _ sql.Row) (sql.RowIter, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, sqlerr.DeniedSystem(privilege.SysAdmin.String())
	}
	err := whole(ctx, s, func() error {
		if err := keep(s, ctx, k.change); err != nil {
			return err
		}
		return enforce(s, ctx, k.change)
	})
	if err != nil {
		return nil, err
	}
	return sql.RowsToRowIter(sql.NewRow(types.NewOkResult(0))), nil
}

// keptStatement carries a keeper through the vitess syntax tree.
type keptStatement struct{ node *keeper }

func (k keptStatement) WithResolvedChildren(children []any) (any, error) {
	if len(children) != 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return k.node, nil
}

func (k keptStatement) String() string { return k.node.String() }

// Keeping makes the statement of an ALTER TABLE whose parts are all kept.
func Keeping(c *clause.Change) ast.Statement {
	if c == nil {
		c = &clause.Change{}
	}
	return ast.InjectedStatement{
		Statement: keptStatement{&keeper{c}},
		Auth:      ast.AuthInformation{AuthType: ast.AuthType_IGNORE, TargetType: ast.AuthTargetType_Ignore},
	}
}

// Keeps reports statements of ours that change the catalog: ALTER TABLE whose parts
// are all kept, those about stored routines, and those about histograms, which are kept beside the catalog.
func Keeps(stmt ast.Statement) bool {
	n, ok := stmt.(ast.InjectedStatement)
	if !ok {
		return false
	}
	switch n := n.Statement.(type) {
	case keptStatement, *defineRoutine, *histogram:
		return true
	case *upkeep:
		return n.of.What != "checksum" // which reads like a query
	}
	return false
}
