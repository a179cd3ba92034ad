package table

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
)

// A Filler computes what rows of a table were not stored with, as its definition will be.
type Filler interface {
	// Env is what values are converted with, for rows that are written.
	Env() *value.Env
	// Fill completes new row number n, counted from 1: the columns added, which the table had not, get their DEFAULT, and
	// generated columns are computed.
	Fill(row []value.Value, added []int, n int) error
	// NotNull is what a stored NULL becomes in a column that takes none any more, or the error of that. changed says that
	// the column's type changes, too.
	NotNull(column, n int, changed bool) (value.Value, error)
	// Meets asks a row whether it meets the CHECK constraints.
	Meets(row []value.Value) error
	// End gives back what it holds.
	End()
}

// Fills is a session that can compute the rows of a changed definition; t is the table as it will be.
type Fills interface {
	Filler(ctx *sql.Context, t *Table) (Filler, error)
}

// refiller makes the rows of a new definition of those that a table has.
type refiller struct {
	*rewriter
	ctx    *sql.Context
	filler Filler
	rows   rowChanges   // of the new definition: only to convert
	were   []value.Type // the types of the old columns
	from   []int        // where each new column was before; -1 for one that is added
	kept   []bool       // whether what was stored there stays
	anew   []bool       // whether it is generated, and computed
	added  []int

	numbered bool // AUTO_INCREMENT is new to its column
	n        int  // rows so far
	row      []value.Value
	datums   []codec.Datum
}

// refill writes all rows of the table into the new data.
func (r *rewriter) refill(ctx *sql.Context) (err error) {
	was, is := r.table.schema, r.out.schema
	if was.valueTypes() == nil || is.valueTypes() == nil {
		return errTypeNotKnown
	}
	f := &refiller{rewriter: r, ctx: ctx, were: was.valueTypes()}
	types := is.valueTypes()
	changed := r.changed()
	asks, err := parseSchema(r.computed(changed), was.database)
	if err != nil {
		return err
	}
	if f.filler, err = fillerOf(ctx, &Table{store: r.table.store, schema: asks, access: r.table.access}); err != nil {
		return err
	}
	defer f.filler.End()
	f.rows.t, f.rows.types = &Table{store: r.table.store, schema: is}, types
	f.numbered = is.AutoInc >= 0 && (was.AutoInc < 0 || was.rec.Columns[was.AutoInc].ID != is.rec.Columns[is.AutoInc].ID)
	f.row, f.datums = make([]value.Value, len(types)), make([]codec.Datum, len(types))
	for i := range types {
		at := slices.IndexFunc(was.rec.Columns, func(c catalog.Column) bool { return c.ID == is.rec.Columns[i].ID })
		f.from = append(f.from, at)
		numbers := f.numbered && i == is.AutoInc
		f.anew = append(f.anew, asks.rec.Columns[i].Generated != "")
		f.kept = append(f.kept, at >= 0 && !numbers && was.rec.Columns[at].Type == is.rec.Columns[i].Type && !f.anew[i])
		if at < 0 {
			f.added = append(f.added, i)
		}
	}
	return r.table.eachStored(ctx, f.write)
}

// before is where a column of the new definition was in the old one; nil for one that is added.
func (r *rewriter) before(c *catalog.Column) *catalog.Column {
	old := r.table.schema.rec.Columns
	at := slices.IndexFunc(old, func(b catalog.Column) bool { return b.ID == c.ID })
	if at < 0 {
		return nil
	}
	return &old[at]
}

// changed says of each new column whether rows may have another value there than they have now.
func (r *rewriter) changed() []bool {
	columns := r.to.Columns
	out, names := make([]bool, len(columns)), map[string]bool{}
	note := func(i int) { names[strings.ToLower(columns[i].Name)], out[i] = true, true }
	for i := range columns {
		c, old := &columns[i], r.before(&columns[i])
		if old == nil || old.Type != c.Type && !onlyWider(old, c) || old.Generated != c.Generated || c.NotNull && !old.NotNull || c.AutoIncrement && !old.AutoIncrement {
			note(i)
		}
	}
	for i := range columns { // those that it is computed of come before
		if !out[i] && namesAny(columns[i].Generated, func(name string) bool { return names[name] }) {
			note(i)
		}
	}
	return out
}

// computed is the new definition as far as the rows are computed anew, and asked: an ALTER that is about something else does
// not fail for what is there. What no release reads any more is not among it: such a column keeps what it has.
func (r *rewriter) computed(changed []bool) *catalog.Table {
	out, names := r.to.Clone(), map[string]bool{}
	for i := range out.Columns {
		c := &out.Columns[i]
		names[strings.ToLower(c.Name)] = changed[i]
		if c.OnUpdate = ""; r.before(c) == nil {
			continue
		}
		if c.Default = nil; !changed[i] || c.Generated != "" && readable(c.Generated) != nil {
			c.Generated = ""
		}
	}
	out.Checks = slices.DeleteFunc(out.Checks, func(c catalog.Check) bool {
		asked := r.asks[strings.ToLower(c.Name)] || namesAny(c.Expr, func(name string) bool { return names[name] })
		return !c.Enforced || !asked || readable(c.Expr) != nil
	})
	return out
}

// write writes a row of the new definition.
func (f *refiller) write(old []codec.Datum) error {
	f.n++
	env := f.filler.Env()
	for i := range f.row {
		v, err := f.carried(env, old, i)
		if err != nil {
			return err
		}
		f.row[i] = v
	}
	w, err := f.out.writer(f.ctx)
	if err != nil {
		return err
	}
	if err := f.number(); err != nil {
		return err
	}
	if err := f.filler.Fill(f.row, f.added, f.n); err != nil {
		return err
	}
	if err := f.filler.Meets(f.row); err != nil {
		return err
	}
	for i, v := range f.row {
		if f.kept[i] && !old[f.from[i]].IsNull() && !old[f.from[i]].IsAbsent() {
			f.datums[i] = old[f.from[i]] // an hour that comes twice on the clock stays the one that it is
			continue
		}
		if f.datums[i], err = toStored(env, v, &f.rows.types[i]); err != nil {
			return err
		}
	}
	if err := w.Insert(f.ctx, f.datums); err != nil {
		return f.rows.duplicate(err, f.row)
	}
	w.counts(1)
	return nil
}

// carried is the value that a new column gets of the old row: converted as an UPDATE would, with MySQL's warnings, and
// errors in strict mode.
func (f *refiller) carried(env *value.Env, old []codec.Datum, i int) (value.Value, error) {
	at := f.from[i]
	if at < 0 {
		return value.Null, nil
	}
	from, to := &f.were[at], &f.rows.types[i]
	v, err := fromStored(env, old[at], from)
	if err != nil {
		return v, err
	}
	col := &f.out.schema.cols[i]
	changed := f.table.schema.rec.Columns[at].Type != f.out.schema.rec.Columns[i].Type
	switch {
	case f.anew[i]:
		return value.Null, nil
	case v.IsNull() && col.notNull && i != f.out.schema.AutoInc:
		return f.filler.NotNull(i, f.n, changed)
	case v.IsNull() || !changed:
		return v, nil
	case from.Kind == value.TypeEnum && to.Kind == value.TypeEnum && v.Uint() == 0: // the member of an error stays one
		return v, nil
	}
	if to.IsTemporal() && (from.Kind == value.TypeEnum || from.Kind == value.TypeSet) { // a time is made of its text
		v = value.Bytes(value.AppendText(nil, v, from))
		from = &value.Type{Kind: value.TypeVarChar, Length: from.Length, Collation: from.Collation}
	}
	return value.Store(env, v, from, to, value.Place{Column: col.def.Name, Row: f.n})
}

// number gives rows the numbers of a column that has become AUTO_INCREMENT.
func (f *refiller) number() error {
	at := f.out.schema.AutoInc
	if at < 0 {
		return nil
	}
	none := f.row[at].IsNull() || f.row[at].Class() != value.ClassDouble && f.row[at].Uint() == 0
	zero := !f.row[at].IsNull() && sql.LoadSqlMode(f.ctx).ModeEnabled(sql.NoAutoValueOnZero)
	f.rows.ctx = f.ctx
	if !f.numbered || !none || zero {
		return f.rows.noteNumber(f.row)
	}
	n, err := f.rows.Number(nil)
	if err != nil {
		return err
	}
	f.row[at], err = value.Store(f.filler.Env(), value.Uint(n), &value.Type{Kind: value.TypeBigInt, Unsigned: true},
		&f.rows.types[at], value.Place{Column: f.out.schema.cols[at].def.Name, Row: f.n})
	return err
}

// rowsMeet asks all rows whether they meet the CHECK constraints of these names, in lower case.
func (t *Table) rowsMeet(ctx *sql.Context, names map[string]bool) error {
	if !slices.ContainsFunc(t.schema.rec.Checks, func(c catalog.Check) bool { return c.Enforced && names[strings.ToLower(c.Name)] }) {
		return nil
	}
	return t.eachValued(ctx, names, func(f Filler, row []value.Value) error { return f.Meets(row) })
}

// refers asks all rows of the new definition for the parents that new foreign keys name.
func (a *alteration) refers(now *Table) error {
	if len(a.keys) == 0 {
		return nil
	}
	cat, err := now.catalog(a.ctx)
	if err != nil {
		return err
	}
	k := &foreignKeys{t: now, ctx: a.ctx}
	for i := range now.schema.rec.ForeignKeys {
		fk := &now.schema.rec.ForeignKeys[i]
		if !a.keys[strings.ToLower(fk.Name)] {
			continue
		}
		x, err := k.tie(cat, fk, fk.Columns, fk.ParentDatabase, fk.ParentTable, fk.ParentColumns)
		if err != nil {
			return err
		}
		if x.other != nil {
			x.other.access.Validate = true
		}
		k.parents = append(k.parents, x)
	}
	if len(k.parents) == 0 {
		return nil
	}
	var c expr.Ctx
	return now.eachValued(a.ctx, nil, func(f Filler, row []value.Value) error {
		if c.Env == nil {
			c.Again(f.Env(), 0)
		}
		return k.added(&c, nil, row)
	})
}

// eachValued visits the values of all rows, with a filler that knows these CHECK constraints of the table and nothing else.
func (t *Table) eachValued(ctx *sql.Context, checks map[string]bool, visit func(Filler, []value.Value) error) error {
	rec := t.schema.rec.Clone()
	rec.Checks = slices.DeleteFunc(rec.Checks, func(c catalog.Check) bool { return !c.Enforced || !checks[strings.ToLower(c.Name)] })
	for i := range rec.Columns {
		rec.Columns[i].Default, rec.Columns[i].Generated, rec.Columns[i].OnUpdate = nil, "", ""
	}
	schema, err := parseSchema(rec, t.schema.database)
	if err != nil {
		return err
	}
	filler, err := fillerOf(ctx, &Table{store: t.store, schema: schema, access: t.access})
	if err != nil {
		return err
	}
	defer filler.End()
	env, types := filler.Env(), schema.valueTypes()
	row := make([]value.Value, len(types))
	return t.eachStored(ctx, func(stored []codec.Datum) error {
		for i := range row {
			var err error
			if row[i], err = fromStored(env, stored[i], &types[i]); err != nil {
				return err
			}
		}
		return visit(filler, row)
	})
}

// fillerOf is the session's.
func fillerOf(ctx *sql.Context, t *Table) (Filler, error) {
	s, able := ctx.Session.(Fills)
	if !able || t.schema.valueTypes() == nil {
		return nil, errTypeNotKnown
	}
	return s.Filler(ctx, t)
}

var errTypeNotKnown = sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'ALTER TABLE of rows whose collation it does not know'")

// eachStored visits all rows as they are stored now; the caller holds the exclusive lock.
func (t *Table) eachStored(ctx *sql.Context, visit func([]codec.Datum) error) (err error) {
	whole := *t
	whole.purpose, whole.project = relation.Rewrite, nil
	session, err := sessionOf(ctx)
	if err != nil {
		return err
	}
	v, err := whole.view(ctx)
	if err != nil {
		return err
	}
	reader, err := v.Scan(ctx, whole.shows(), false)
	if err != nil {
		return err
	}
	session.MetaLocks().opened(reader)
	defer func() {
		session.MetaLocks().closed(reader)
		err = alongside(err, reader.Close())
	}()
	for {
		row, err := reader.Next(ctx)
		if err != nil {
			return fmt.Errorf("table %s: %w", t.Name(), err)
		}
		if row == nil {
			return nil
		}
		if err := visit(row); err != nil {
			return err
		}
	}
}
