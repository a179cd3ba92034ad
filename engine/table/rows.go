package table

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/exec/change"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
)

// Rows is the table as our operators change it.
type Rows struct {
	t       *Table
	columns []change.TableColumn
	idle    *rowChanges // of an execution that has ended
}

// Rows is nil for a table with a type that our evaluation does not know.
func (t *Table) Rows() *Rows {
	types := t.schema.valueTypes()
	if types == nil {
		return nil
	}
	r := &Rows{t: t, columns: make([]change.TableColumn, len(types))}
	for i := range types {
		c := &t.schema.cols[i]
		r.columns[i] = change.TableColumn{Name: c.def.Name, Type: types[i], NotNull: c.notNull}
	}
	return r
}

// Name implements change.Table.
func (r *Rows) Name() string { return r.t.Name() }

// Columns implements change.Table.
func (r *Rows) Columns() []change.TableColumn { return r.columns }

// Key implements change.Table.
func (r *Rows) Key() []int { return r.t.schema.pk }

// Same implements change.Table.
func (r *Rows) Same(as change.Table) bool {
	o, ok := as.(*Rows)
	return ok && o.t.schema.rec.ID == r.t.schema.rec.ID
}

// Auto is the AUTO_INCREMENT column, -1 without one.
func (r *Rows) Auto() int { return r.t.schema.AutoInc }

// Begin implements change.Table.
func (r *Rows) Begin(c *expr.Ctx) (change.Changes, error) {
	ctx, ok := c.Context().(*sql.Context)
	if !ok {
		return nil, errNoSession
	}
	h, _, txn, err := r.t.open(ctx, relation.Write)
	if err != nil {
		return nil, err
	}
	ch := r.idle
	if r.idle = nil; ch == nil {
		ch = new(rowChanges)
	}
	ch.begin(r.t, ctx, txn, h)
	if ch.keys, err = r.t.foreignKeys(ctx); err != nil {
		return nil, err
	}
	ch.of = r
	return ch, nil
}

// End implements change.Changes.
func (ch *rowChanges) End() {
	r := ch.of
	if r == nil || r.idle != nil || ch.keys != nil {
		return
	}
	clear(ch.out)
	if ch.last != nil {
		*ch.last = takenBy{}
	}
	for e := range ch.writers {
		if ch.open[e] {
			ch.writers[e].Reset()
		}
	}
	ch.last, ch.of, ch.txn, ch.ctx, ch.handle = nil, nil, nil, nil, relation.Handle{}
	r.idle = ch
}

// rowChanges implements change.Changes.
type rowChanges struct {
	t       *Table
	ctx     *sql.Context
	txn     *kivi.Txn
	rows    *atomic.Int64 // the table's, as they are estimated
	handle  relation.Handle
	types   []value.Type
	writers [3]relation.Writer // by change.Event
	open    [3]bool            // whether there is one
	keys    *foreignKeys       // nil without any, or when they are not checked
	of      *Rows              // whose idle it becomes
	out     []codec.Datum      // of the row that is being written
	last    *takenBy           // of what was taken into a Taken
}

func (t *Table) changes(ctx *sql.Context, purpose relation.Purpose) (*rowChanges, error) {
	h, _, txn, err := t.open(ctx, purpose)
	if err != nil {
		return nil, err
	}
	ch := new(rowChanges)
	ch.begin(t, ctx, txn, h)
	return ch, nil
}

func (ch *rowChanges) begin(t *Table, ctx *sql.Context, txn *kivi.Txn, h relation.Handle) {
	ch.t, ch.ctx, ch.txn, ch.handle, ch.types = t, ctx, txn, h, t.schema.valueTypes()
	ch.open, ch.keys, ch.rows = [3]bool{}, nil, &t.store.estimates.of(t.schema.rec.Data).rows
}

var rightOf = [...]kivi.Rights{change.OnInsert: kivi.Insert, change.OnUpdate: kivi.Update, change.OnDelete: kivi.Delete}

// writer opens the table for one kind of change; the guard is asked for that right at each
// operation and again when the transaction commits.
func (ch *rowChanges) writer(e change.Event) *relation.Writer {
	w := &ch.writers[e]
	if !ch.open[e] {
		w.Open(ch.handle, rightOf[e], ch.t.store.counters)
		ch.open[e] = true
	}
	return w
}

// takenBy is a taken row as it is stored.
type takenBy struct {
	by     *relation.Writer
	row    *relation.Stored
	datums []codec.Datum
}

// datums are the values of a row as they are stored, until it is called again. What is as it was in old stays as it is
// stored: an hour that comes twice on the clock is one of the two there.
func (ch *rowChanges) datums(c *expr.Ctx, old *change.Taken, row []value.Value) ([]codec.Datum, error) {
	if cap(ch.out) < len(row) {
		ch.out = make([]codec.Datum, len(row))
	}
	out := ch.out[:len(row)]
	for i, v := range row {
		if old != nil && change.SameValue(old.Row[i], v) {
			out[i] = old.Stored.(*takenBy).datums[i]
			continue
		}
		d, err := toStored(c.Env, v, &ch.types[i])
		if err != nil {
			return nil, err
		}
		if d.IsNull() && ch.t.schema.cols[i].notNull {
			return nil, sql.ErrInsertIntoNonNullableProvidedNull.New(ch.t.schema.cols[i].def.Name)
		}
		out[i] = d
	}
	return out, nil
}

// toStored is a value as a column keeps it.
func toStored(e *value.Env, v value.Value, t *value.Type) (codec.Datum, error) {
	if t.HasDate() && !v.IsNull() {
		if v.DateTime() == 0 {
			return zeroDatum(t), nil
		}
		if t.Kind == value.TypeTimestamp {
			utc, ok := e.ToUTC(v.DateTime())
			if !ok {
				return codec.Datum{}, errNoMoment
			}
			v = value.DateTime(utc)
		}
	}
	return value.Datum(nil, v, t)
}

// fromStored is what a column keeps as the session sees it. Its bytes are those of d.
func fromStored(e *value.Env, d codec.Datum, t *value.Type) (value.Value, error) {
	if d.IsNull() || d.IsAbsent() {
		return value.Null, nil
	}
	switch t.Storage() {
	case codec.KindInt:
		return value.FromInt(d.Int(), t), nil
	case codec.KindUint:
		return value.FromUint(shown(e, d.Uint(), t), t), nil
	case codec.KindFloat:
		return value.Double(d.Float()), nil
	}
	return value.FromBytes(d.Bytes(), t)
}

var errNoMoment = errors.New("a moment that no clock shows")

func zeroDatum(t *value.Type) codec.Datum {
	if t.Kind == value.TypeDate {
		return codec.Uint(storedZeroDate)
	}
	return codec.Uint(uint64(storedZero))
}

// shown is a stored date as the session sees it.
func shown(c *value.Env, n uint64, t *value.Type) uint64 {
	if !t.HasDate() {
		return n
	}
	if n == uint64(storedZero) || n == storedZeroDate {
		return 0
	}
	if t.Kind == value.TypeTimestamp {
		if clock, ok := c.FromUTC(codec.DateTime(n)); ok {
			return uint64(clock)
		}
	}
	return n
}

// values puts a stored row's into out. Their bytes are the row's, which nobody changes.
func (ch *rowChanges) values(c *expr.Ctx, row []codec.Datum, out []value.Value) ([]value.Value, error) {
	if cap(out) < len(row) {
		out = make([]value.Value, len(row))
	}
	out = out[:len(row)]
	clear(out)
	for i, d := range row {
		if d.IsNull() || d.IsAbsent() {
			continue
		}
		v, err := fromStored(c.Env, d, &ch.types[i])
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// Insert implements change.Changes.
func (ch *rowChanges) Insert(c *expr.Ctx, row []value.Value) error {
	datums, err := ch.datums(c, nil, row)
	if err != nil {
		return err
	}
	if err := ch.writer(change.OnInsert).Insert(ch.ctx, datums); err != nil {
		return ch.duplicate(err, row)
	}
	ch.txn.Tally(ch.rows, 1)
	if err := ch.noteNumber(row); err != nil {
		return err
	}
	return ch.keys.added(c, nil, row)
}

// Take implements change.Changes.
func (ch *rowChanges) Take(c *expr.Ctx, key []byte, into *change.Taken) (*change.Taken, error) {
	return ch.takeBy(c, ch.writer(ch.takes()), key, into)
}

// takes is as what a row is taken: whoever may only delete rows takes them to delete.
func (ch *rowChanges) takes() change.Event {
	if ch.t.access.Scan&kivi.Delete != 0 {
		return change.OnDelete
	}
	return change.OnUpdate
}

func (ch *rowChanges) takeBy(c *expr.Ctx, w *relation.Writer, key []byte, into *change.Taken) (*change.Taken, error) {
	r, err := w.At(ch.ctx, key)
	if err != nil || r == nil {
		return nil, err
	}
	datums, err := w.Row(ch.ctx, r)
	if err != nil {
		return nil, err
	}
	if into == nil {
		into = new(change.Taken)
	}
	if into.Row, err = ch.values(c, datums, into.Row); err != nil {
		return nil, err
	}
	by, ok := into.Stored.(*takenBy)
	if !ok {
		by = new(takenBy)
		into.Stored = by
	}
	*by = takenBy{w, r, datums}
	ch.last = by
	return into, nil
}

// again is a taken row as it is now. The action of a foreign key may have changed it since: of another
// table that the statement changes, or that a trigger or a stored function does. Nothing else
// writes to a table that a statement changes.
func (ch *rowChanges) again(c *expr.Ctx, old *change.Taken) (*change.Taken, error) {
	if !ch.keys.followsParents() {
		return old, nil
	}
	taken := old.Stored.(*takenBy)
	now, err := ch.takeBy(c, taken.by, taken.row.Key(), nil)
	if err == nil && now == nil {
		err = change.ErrGone
	}
	return now, err
}

// Update implements change.Changes.
func (ch *rowChanges) Update(c *expr.Ctx, old *change.Taken, row []value.Value) error {
	now, err := ch.again(c, old)
	if err != nil {
		return err
	}
	for i := range row {
		if change.SameValue(old.Row[i], row[i]) {
			row[i] = now.Row[i]
		}
	}
	old = now
	datums, err := ch.datums(c, old, row)
	if err != nil {
		return err
	}
	if err := ch.keys.restricted(c, old.Stored.(*takenBy).row.Key(), old.Row, row); err != nil {
		return err
	}
	if err := ch.writer(change.OnUpdate).Update(ch.ctx, old.Stored.(*takenBy).row, datums); err != nil {
		return ch.duplicate(err, row)
	}
	if err := ch.noteNumber(row); err != nil {
		return err
	}
	if err := ch.keys.added(c, old.Row, row); err != nil {
		return err
	}
	return ch.keys.changed(c, old.Row, row)
}

// Delete implements change.Changes.
func (ch *rowChanges) Delete(c *expr.Ctx, old *change.Taken) error {
	old, err := ch.again(c, old)
	if err != nil {
		return err
	}
	if err := ch.keys.restricted(c, old.Stored.(*takenBy).row.Key(), old.Row, nil); err != nil {
		return err
	}
	if err := ch.writer(change.OnDelete).Delete(ch.ctx, old.Stored.(*takenBy).row); err != nil {
		return err
	}
	ch.txn.Tally(ch.rows, -1)
	return ch.keys.changed(c, old.Row, nil)
}

// Number implements change.Changes.
func (ch *rowChanges) Number(*expr.Ctx) (uint64, error) {
	return ch.t.store.counters.Take(ch.ctx, ch.t.schema.rec.Data, relation.AutoIncrement)
}

// noteNumber moves the AUTO_INCREMENT counter behind a value that was written.
func (ch *rowChanges) noteNumber(row []value.Value) error {
	at := ch.t.schema.AutoInc
	if at < 0 || row[at].IsNull() {
		return nil
	}
	n := row[at].Uint()
	switch row[at].Class() {
	case value.ClassInt:
		if row[at].Int() <= 0 {
			return nil
		}
	case value.ClassDouble:
		f := row[at].Double()
		if f < 1 || f >= math.MaxInt64 {
			return nil
		}
		n = uint64(f)
	}
	if n == 0 {
		return nil
	}
	return ch.t.store.counters.Raise(ch.ctx, ch.t.schema.rec.Data, relation.AutoIncrement, min(n, math.MaxUint64-1)+1)
}

// Mark implements change.Changes.
func (ch *rowChanges) Mark() func() error {
	mark := ch.txn.Mark()
	return func() error { return ch.txn.RollbackTo(mark) }
}

// duplicate words a relation.DuplicateError with the values of the new row.
func (ch *rowChanges) duplicate(err error, row []value.Value) error {
	var dup *relation.DuplicateError
	if !errors.As(err, &dup) {
		return err
	}
	entry := make([]string, len(dup.Index.Parts))
	for i, p := range dup.Index.Parts {
		entry[i] = shownPart(row[p.Column], &ch.types[p.Column], p.Prefix)
	}
	return &change.Duplicate{Key: ch.t.Name() + "." + dup.Index.Name, Entry: strings.Join(entry, "-"), Row: dup.Key}
}

func shownPart(v value.Value, t *value.Type, prefix int) string {
	if v.IsNull() {
		return "NULL"
	}
	text := value.AppendText(nil, v, t)
	if prefix > 0 {
		text = cutCharacters(text, prefix, t.IsBinary())
	}
	if t.Kind == value.TypeChar && t.IsBinary() && len(text) > 0 { // its zeros at the end are not shown, as in MySQL
		text = append(text[:1:1], bytes.TrimRight(text[1:], "\x00")...)
	}
	unshown := func(r rune) bool { return r < ' ' || r > '~' }
	if utf8.Valid(text) && !(t.IsBinary() && bytes.ContainsFunc(text, unshown)) {
		return string(text)
	}
	out := ""
	for _, b := range text {
		if b >= ' ' && b < 0x7F {
			out += string(rune(b))
			continue
		}
		const digits = "0123456789ABCDEF"
		out += `\x` + string(digits[b>>4]) + string(digits[b&15])
	}
	return out
}

func cutCharacters(text []byte, n int, binary bool) []byte {
	if binary {
		return text[:min(n, len(text))]
	}
	at := 0
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return text[:at]
}

// UniqueKeys are the columns of the unique keys, in the order that MySQL looks at them in:
// the primary key, those without NULL, the others. It is nil where a foreign key refers to
// the table.
func (t *Table) UniqueKeys(ctx *sql.Context) ([][]int, error) {
	cat, err := t.catalog(ctx)
	if err != nil || len(t.store.referencing(cat, t.schema.database, t.Name())) > 0 {
		return nil, err
	}
	list := slices.DeleteFunc(slices.Clone(t.schema.Indexes), func(x *relation.Index) bool { return !x.Unique })
	if t.schema.Primary != nil {
		list = slices.Insert(list, 0, t.schema.Primary)
	}
	out := make([][]int, len(list))
	for i, x := range list {
		for _, p := range x.Parts {
			out[i] = append(out[i], p.Column)
		}
	}
	return out, nil
}
