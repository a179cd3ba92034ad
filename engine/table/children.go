package table

import (
	"bytes"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/exec/change"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/relation"
	"github.com/lxdb/lxdb/storage/vector"
)

func quoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func listed(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quoted(n)
	}
	return strings.Join(out, ", ")
}

func equalName(a, b string) bool { return strings.EqualFold(a, b) }

// actionText is an action as it is shown; RESTRICT, the default, is not.
func actionText(a string) string {
	switch strings.ToUpper(a) {
	case "CASCADE", "SET NULL", "NO ACTION":
		return strings.ToUpper(a)
	}
	return ""
}

// acts says that an action changes the rows that refer to a row.
func acts(action string) bool { return action == "CASCADE" || action == "SET NULL" }

// maxCascade is how many tables, or rows of one table, actions may follow from each other
// through, as in InnoDB.
const maxCascade = 15

// restricted refuses to delete a row that others refer to by a key without an action, or to
// change it to row. As in InnoDB this comes before the row is written: the error is told before
// that of a key which another row has, and a row that refers to itself is in its own way.
// key is the row's.
func (k *foreignKeys) restricted(c *expr.Ctx, key []byte, old, row []value.Value) error {
	if k == nil {
		return nil
	}
	for i, x := range k.children {
		if !k.concerns(x, old, row) || acts(k.action(x, row)) || k.actsBefore(i, row) {
			continue
		}
		alone := x.self && x.clustered()
		found := false
		err := x.find(c, k, old, func(child []byte) (bool, error) {
			found = !alone || !bytes.Equal(child, key)
			return !found, nil
		})
		if err == nil && found {
			err = k.refused(c, x, old, row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// concerns says that the deletion of a row, or its change to row, concerns those that refer to it.
func (k *foreignKeys) concerns(x *tie, old, row []value.Value) bool {
	return !anyNull(old, x.own) && (row == nil || !sameColumns(old, row, x.own))
}

// actsBefore says that a key before key i changes rows of the same table: whether they still refer
// to a row by key i is known when that was done.
func (k *foreignKeys) actsBefore(i int, row []value.Value) bool {
	return slices.ContainsFunc(k.children[:i], func(x *tie) bool {
		return acts(k.action(x, row)) && x.other.schema.rec.ID == k.children[i].other.schema.rec.ID
	})
}

// clustered says that the primary key finds the rows that refer to a row: they are gone from it when
// they are deleted, and those of other indexes are not yet.
func (x *tie) clustered() bool {
	pk := x.other.schema.pk
	return len(pk) >= len(x.columns) && !slices.ContainsFunc(pk[:len(x.columns)], func(c int) bool { return !slices.Contains(x.columns, c) })
}

// changed carries out the actions of the keys that refer to a row that was deleted, or
// changed to row. The row itself is written already.
func (k *foreignKeys) changed(c *expr.Ctx, old, row []value.Value) error {
	if k == nil {
		return nil
	}
	for i, x := range k.children {
		if !k.concerns(x, old, row) || !acts(k.action(x, row)) && !k.actsBefore(i, row) {
			continue
		}
		if err := k.act(c, x, old, row); err != nil {
			return err
		}
	}
	return nil
}

// action is what a key does when a row is deleted, or changed to row; empty for RESTRICT.
func (k *foreignKeys) action(x *tie, row []value.Value) string {
	switch {
	case row == nil:
		return actionText(x.fk.OnDelete)
	case k.passed(x.other): // an update that comes back to a table is refused
		return ""
	}
	return actionText(x.fk.OnUpdate)
}

// refused is the error of a row that others refer to, unless they still do when it is row.
func (k *foreignKeys) refused(c *expr.Ctx, x *tie, old, row []value.Value) error {
	if row != nil {
		if same, err := k.equalKeys(c, x, old, row); same || err != nil {
			return err
		}
	}
	return k.hasChildren(x)
}

// act carries out one key's action.
func (k *foreignKeys) act(c *expr.Ctx, x *tie, old, row []value.Value) error {
	keys, err := k.childrenOf(c, x, old)
	if err != nil || len(keys) == 0 {
		return err
	}
	action := k.action(x, row)
	if !acts(action) {
		return k.refused(c, x, old, row)
	}
	if k.depth >= maxCascade-1 {
		return sqlerr.ForeignKeyDepthExceeded.Errorf("Foreign key cascade delete/update exceeds max depth of %d.", maxCascade)
	}
	ch, err := k.childChanges(x, row != nil)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := c.Context().Err(); err != nil {
			return err
		}
		if err := k.follow(c, ch, x, key, row, action); err != nil {
			return err
		}
	}
	return nil
}

// childrenOf are the keys of the rows that refer to old.
func (k *foreignKeys) childrenOf(c *expr.Ctx, x *tie, old []value.Value) (keys [][]byte, err error) {
	err = x.find(c, k, old, func(key []byte) (bool, error) {
		keys = append(keys, append([]byte{}, key...))
		return true, c.Borrow(len(key) + 24)
	})
	return keys, err
}

func (k *foreignKeys) passed(t *Table) bool {
	if t.schema.rec.ID == k.t.schema.rec.ID {
		return true
	}
	return slices.ContainsFunc(k.path, func(r *catalog.Table) bool { return r.ID == t.schema.rec.ID })
}

// equalKeys says whether the columns that are referred to still compare as they did.
func (k *foreignKeys) equalKeys(c *expr.Ctx, x *tie, old, row []value.Value) (bool, error) {
	types := k.t.schema.valueTypes()
	for _, col := range x.own {
		if row[col].IsNull() {
			return false, nil
		}
		same, err := equalValues(c, old[col], &types[col], row[col], &types[col])
		if err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// childChanges opens the table of the children, for the action, with keys of its own.
func (k *foreignKeys) childChanges(x *tie, update bool) (*rowChanges, error) {
	child := *x.other
	ch, err := child.changes(k.ctx, relation.Constraint)
	if err != nil {
		return nil, err
	}
	if ch.keys, err = child.foreignKeys(k.ctx); err != nil {
		return nil, err
	}
	if ch.keys != nil {
		ch.keys.depth = k.depth + 1
		if update {
			ch.keys.path = append(slices.Clone(k.path), k.t.schema.rec)
		}
	}
	return ch, nil
}

// follow carries an action out on one child.
func (k *foreignKeys) follow(c *expr.Ctx, ch *rowChanges, x *tie, key []byte, row []value.Value, action string) error {
	event := change.OnUpdate
	if action == "CASCADE" && row == nil {
		event = change.OnDelete
	}
	taken, err := ch.takeBy(c, ch.writer(event), key, nil)
	if err != nil || taken == nil { // gone by an action before
		return err
	}
	if event == change.OnDelete {
		return ch.Delete(c, taken)
	}
	changed := slices.Clone(taken.Row)
	for i, col := range x.columns {
		changed[col] = value.Null
		if action == "CASCADE" {
			from, place := &k.t.schema.valueTypes()[x.own[i]], value.Place{Column: ch.t.schema.cols[col].def.Name, Row: 1}
			if changed[col], err = value.Store(c.Env, row[x.own[i]], from, &ch.types[col], place); err != nil {
				return err
			}
		}
	}
	return ch.Update(c, taken, changed)
}

// keyReader finds the rows of the other table by the columns of the key.
type keyReader struct {
	source *Source
	index  int
	places []int // which of the key's columns each part of the index is
	show   *relation.Projection
	owner  *LockOwner
}

// reading chooses an index over the key's columns.
func (x *tie) reading(ctx *sql.Context) (*keyReader, error) {
	if x.reader != nil {
		return x.reader, nil
	}
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	r := &keyReader{source: x.other.Source(), index: -1, show: x.other.schema.Projection(x.columns), owner: session.MetaLocks()}
	for n, def := range r.source.indexes {
		if def.Prefixed || len(def.Parts) < len(x.columns) {
			continue
		}
		places := make([]int, 0, len(x.columns))
		for _, p := range def.Parts[:len(x.columns)] {
			at := slices.Index(x.columns, p.Column)
			if at >= 0 && !slices.Contains(places, at) && boundable(&x.other.schema.valueTypes()[p.Column]) {
				places = append(places, at)
			}
		}
		if len(places) == len(x.columns) {
			r.index, r.places = n, places
			break
		}
	}
	x.reader = r
	return r, nil
}

// boundable says that values of a type are looked up in an index: see Source.boundKey.
func boundable(t *value.Type) bool {
	return t.IsInteger() || t.IsString() || t.IsTemporal() && t.Kind != value.TypeTimestamp || t.Kind == value.TypeDecimal || t.Kind == value.TypeYear ||
		t.Kind == value.TypeBit || t.Kind == value.TypeDouble
}

// find visits the keys of the rows of the other table that row's columns are equal to, and
// locks them. visit says whether to go on.
func (x *tie) find(c *expr.Ctx, k *foreignKeys, row []value.Value, visit func(key []byte) (bool, error)) (err error) {
	r, err := x.reading(k.ctx)
	if err != nil {
		return err
	}
	v, err := x.other.view(k.ctx)
	if err != nil {
		return err
	}
	var reader *relation.Reader
	if r.index < 0 {
		reader, err = v.Scan(k.ctx, r.show, false)
	} else {
		types := k.t.schema.valueTypes()
		want := exec.Want{Index: r.index, Ranges: []exec.Range{{}}}
		for _, at := range r.places {
			want.Ranges[0].Equal = append(want.Ranges[0].Equal, exec.Bound{Value: row[x.own[at]], Type: &types[x.own[at]], Inclusive: true})
		}
		var spans []relation.Span
		if spans, err = r.source.spans(r.source.indexes[r.index], want); err != nil || len(spans) == 0 {
			return err
		}
		reader, err = v.Lookup(k.ctx, r.source.indexes[r.index], spans, r.show, false)
	}
	if err != nil {
		return err
	}
	r.owner.opened(reader)
	defer func() {
		r.owner.closed(reader)
		if e := reader.Close(); err == nil {
			err = e
		}
	}()
	return x.visit(c, k, reader, row, visit)
}

// visit holds each row against the key: an index leads to some that only look alike.
func (x *tie) visit(c *expr.Ctx, k *foreignKeys, reader *relation.Reader, row []value.Value, visit func(key []byte) (bool, error)) error {
	var keys vector.Column
	if !x.other.access.Validate { // which locks nothing, and asks only whether there is one
		if err := reader.KeepKeys(&keys); err != nil {
			return err
		}
	}
	b := vector.Get(nil)
	defer b.Release()
	types := x.otherTypes()
	for {
		if err := reader.Fill(k.ctx, b, 1); err != nil {
			return err
		}
		if b.Len() == 0 {
			return nil
		}
		same := true
		for i := range x.columns {
			v := expr.Over(&types[i], &b.Columns[i])
			other := v.Value(0)
			if other.IsNull() {
				same = false
				break
			}
			if types[i].HasDate() {
				other = value.FromUint(shown(c.Env, b.Columns[i].Uints[0], &types[i]), &types[i])
			}
			var err error
			if same, err = x.equal(c, i, row[x.own[i]], other, k.t); err != nil {
				return err
			}
			if !same {
				break
			}
		}
		if !same {
			continue
		}
		var key []byte
		if !x.other.access.Validate {
			key = keys.Bytes(0)
		}
		if more, err := visit(key); err != nil || !more {
			return err
		}
	}
}

// otherTypes are those of the key's columns in the other table.
func (x *tie) otherTypes() []value.Type {
	all := x.other.schema.valueTypes()
	out := make([]value.Type, len(x.columns))
	for i, c := range x.columns {
		out[i] = all[c]
	}
	return out
}

// equal compares column i of the key: a is this table's, b the other one's.
func (x *tie) equal(c *expr.Ctx, i int, a, b value.Value, t *Table) (bool, error) {
	return equalValues(c, a, &t.schema.valueTypes()[x.own[i]], b, &x.other.schema.valueTypes()[x.columns[i]])
}

func equalValues(c *expr.Ctx, a value.Value, at *value.Type, b value.Value, bt *value.Type) (bool, error) {
	if at.IsString() && bt.IsString() {
		coll := bt.Collation
		if coll == nil {
			coll = value.BinaryCollation
		}
		return coll.Equal(a.Bytes(), b.Bytes()), nil
	}
	rule, err := value.ComparisonOf(at, bt, "=")
	if err != nil {
		return false, err
	}
	order, unknown, err := rule.Compare(c.Env, a, at, b, bt)
	return order == 0 && !unknown, err
}

// CascadesToGenerated says whether an action of a foreign key may change a row of a table
// with generated columns, which package plan knows how to compute, and this one does not.
func (t *Table) CascadesToGenerated(ctx *sql.Context) (bool, error) {
	cat, err := t.catalog(ctx)
	if err != nil {
		return false, err
	}
	seen := map[catalog.ID]bool{t.schema.rec.ID: true}
	var reach func(database, name string) bool
	reach = func(database, name string) bool {
		for _, fk := range t.store.referencing(cat, database, name) {
			onDelete, onUpdate := actionText(fk.OnDelete), actionText(fk.OnUpdate)
			if onDelete != "CASCADE" && onDelete != "SET NULL" && onUpdate != "CASCADE" && onUpdate != "SET NULL" {
				continue
			}
			db := cat.Database(fk.Database)
			if db == nil {
				continue
			}
			rec := cat.Table(db.ID, fk.Table)
			if rec == nil || seen[rec.ID] && rec.ID != t.schema.rec.ID {
				continue
			}
			changes := onDelete == "SET NULL" || onUpdate == "CASCADE" || onUpdate == "SET NULL"
			if changes && slices.ContainsFunc(rec.Columns, func(c catalog.Column) bool { return namesOne(c.Generated, fk.Columns) }) {
				return true
			}
			if !seen[rec.ID] {
				seen[rec.ID] = true
				if reach(fk.Database, fk.Table) {
					return true
				}
			}
		}
		return false
	}
	return reach(t.schema.database, t.Name()), nil
}

// namesOne says whether a definition may name one of some columns.
func namesOne(definition string, columns []string) bool {
	definition = strings.ToLower(definition)
	return slices.ContainsFunc(columns, func(c string) bool { return strings.Contains(definition, strings.ToLower(c)) })
}

// Tied says whether foreign keys lead from the table or to it.
func (t *Table) Tied(ctx *sql.Context) (bool, error) {
	cat, err := t.catalog(ctx)
	if err != nil {
		return false, err
	}
	return len(t.schema.rec.ForeignKeys)+len(t.store.referencing(cat, t.schema.database, t.Name())) > 0, nil
}
