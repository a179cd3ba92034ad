package table

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/relation"
)

// Temporaries are the temporary tables of one session. Their definitions are in memory alone, and so gone with
// the process; their rows are in kivi, under data ids that no table of the catalog has, so that they follow the session's
// transactions as all rows do. After a crash the start finds them as it finds whatever nothing refers to.
//
// Nobody's rights say anything about such ids, so that every guard denies them but the one here, which the
// session's handles are opened with and which denies everything once the session has ended.
type Temporaries struct {
	store *Store
	guard temporaryGuard

	bounds TemporaryBounds
	grown  atomic.Int64 // bytes of rows since somebody looked at what all take

	mu       sync.Mutex
	tables   []*catalog.Table
	charged  int                            // bytes of their definitions
	reserved map[catalog.ID]func()          // by data id
	meters   map[catalog.ID]*relation.Meter // likewise
	ended    bool
}

// TemporaryBounds ask for what temporary tables take. Both may be nil.
type TemporaryBounds struct {
	// Hold charges the memory of definitions, or gives it back when the bytes are negative.
	Hold func(bytes int) error
	// Rows is asked now and then, with what the rows of all take; more is part of it that is new.
	Rows func(table string, all, more int64) error
}

// MaxTemporaries bounds the temporary tables of a session.
const MaxTemporaries = 1000

// NewTemporaries are those of a session that has none yet.
func (st *Store) NewTemporaries(bounds TemporaryBounds) *Temporaries {
	return &Temporaries{store: st, bounds: bounds, reserved: map[catalog.ID]func(){}, meters: map[catalog.ID]*relation.Meter{}}
}

// Memory of definitions, measured on the heap: the record, its parsed form and what the planner makes of it. A text is
// there several times.
const (
	tableBytes  = 3 << 10
	columnBytes = 760
	indexBytes  = 700
	partBytes   = 120
	checkBytes  = 400
	textCopies  = 3
)

// definitionBytes is about what a definition takes.
func definitionBytes(rec *catalog.Table) int {
	texts := len(rec.Name) + len(rec.Comment) + len(rec.Partition)
	n := tableBytes + columnBytes*len(rec.Columns) + checkBytes*len(rec.Checks)
	for i := range rec.Columns {
		c := &rec.Columns[i]
		texts += len(c.Name) + len(c.Type) + len(c.Comment) + len(c.Generated) + len(c.OnUpdate)
		for _, expr := range []*string{c.Default, c.Absent} {
			if expr != nil {
				texts += 32 + len(*expr)
			}
		}
		if c.Generated != "" || c.OnUpdate != "" {
			n += checkBytes / 4
		}
	}
	for i := range rec.Indexes {
		texts += len(rec.Indexes[i].Name) + len(rec.Indexes[i].Comment)
		n += indexBytes + partBytes*len(rec.Indexes[i].Columns)
	}
	for i := range rec.Checks {
		texts += len(rec.Checks[i].Name) + len(rec.Checks[i].Expr)
	}
	for _, o := range rec.Options {
		texts += 64 + len(o.Name) + len(o.Value)
	}
	for i := range rec.Unbuilt {
		texts += 64 + len(rec.Unbuilt[i].Name) + len(rec.Unbuilt[i].Comment)
	}
	for i := range rec.Layouts { // each ALTER may add one
		n += 64 + layoutColumnBytes*len(rec.Layouts[i].Columns)
	}
	return n + textCopies*texts
}

// layoutColumnBytes are those of a column in the record's layout and in the codec's.
const layoutColumnBytes = 24

// definitions is by how much a change moves what the definitions take.
func definitions(before, after []*catalog.Table) (more int) {
	had := make(map[*catalog.Table]bool, len(before))
	for _, rec := range before {
		had[rec] = true
	}
	for _, rec := range after {
		if !had[rec] {
			more += definitionBytes(rec)
		}
		delete(had, rec)
	}
	for rec := range had {
		more -= definitionBytes(rec)
	}
	return more
}

func (t *Temporaries) hold(bytes int) error {
	if t.bounds.Hold == nil || bytes == 0 {
		return nil
	}
	return t.bounds.Hold(bytes)
}

// meter counts the rows of a temporary table, under the data id that the record names; nil for other tables.
func (t *Temporaries) meter(rec *catalog.Table) *relation.Meter {
	if t == nil || !rec.Temporary() {
		return nil
	}
	return t.meterOf(rec)
}

// meterOf is meter for what becomes the definition of a temporary table.
func (t *Temporaries) meterOf(rec *catalog.Table) *relation.Meter {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.meters[rec.Data]
	if m == nil {
		name := rec.Name
		m = &relation.Meter{May: func(txn *kivi.Txn, more int) error { return t.may(txn, name, more) }}
		t.meters[rec.Data] = m
	}
	return m
}

// lookEvery is how often, in bytes written, somebody looks at what the rows take.
const lookEvery = 64 << 10

// may asks for room for rows.
func (t *Temporaries) may(txn *kivi.Txn, name string, more int) error {
	grown := t.grown.Add(int64(more))
	if grown < lookEvery || t.bounds.Rows == nil {
		return nil
	}
	t.grown.Store(0)
	all := int64(more)
	t.mu.Lock()
	for _, m := range t.meters {
		all += m.Bytes.Load() + txn.Tallied(&m.Bytes)
	}
	t.mu.Unlock()
	err := t.bounds.Rows(name, all, grown)
	if err != nil {
		t.grown.Store(lookEvery) // the next one is asked, too
	}
	return err
}

// Hold lets the owner, a session's, have temporary tables. It returns those that it had.
func (o *LockOwner) Hold(t *Temporaries) (before *Temporaries) {
	before, o.temporary = o.temporary, t
	return before
}

// LendTemporaries lets another owner, who looks and changes nothing, see those of o until back is called.
func (o *LockOwner) LendTemporaries(to *LockOwner) (back func()) {
	own := to.Hold(o.temporary)
	return func() { to.Hold(own) }
}

// temporaryGuard allows everything with some data ids.
type temporaryGuard struct {
	ids   atomic.Pointer[[]kivi.ObjectID] // sorted
	epoch atomic.Uint64
}

// Allows implements kivi.Guard.
func (g *temporaryGuard) Allows(data kivi.ObjectID, want kivi.Rights) bool {
	ids := g.ids.Load()
	if ids == nil || want == 0 {
		return false
	}
	_, found := slices.BinarySearch(*ids, data)
	return found
}

// Epoch implements kivi.Guard.
func (g *temporaryGuard) Epoch() uint64 { return g.epoch.Load() }

// Restricted implements kivi.Guard.
func (g *temporaryGuard) Restricted(kivi.ObjectID, kivi.Rights) uint64 { return 0 }

// list are those that there are. t may be nil.
func (t *Temporaries) list() []*catalog.Table {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tables
}

// temporaries are those of the owner's session, as the statement that runs has made them.
func (o *LockOwner) temporaries() []*catalog.Table {
	if c := o.change; c != nil && c.own != nil {
		return c.seen
	}
	return o.temporary.list()
}

// TemporaryGuard answers for the temporary tables of the owner's session, nil when it has none.
func (o *LockOwner) TemporaryGuard() kivi.Guard {
	if o.temporary == nil || len(o.temporary.list()) == 0 {
		return nil
	}
	return &o.temporary.guard
}

// HasTemporaries says whether the owner's session has temporary tables.
func (o *LockOwner) HasTemporaries() bool { return len(o.temporaries()) > 0 }

// Temporary is the temporary table of a name, nil without one.
func (o *LockOwner) Temporary(database catalog.ID, name string) *catalog.Table {
	list := o.temporaries()
	if len(list) == 0 {
		return nil
	}
	name = catalog.FoldName(name)
	for _, t := range list {
		if t.Database == database && catalog.FoldName(t.Name) == name {
			return t
		}
	}
	return nil
}

// InDatabase says whether one of them is in a database.
func (o *LockOwner) InDatabase(database catalog.ID) bool {
	return slices.ContainsFunc(o.temporaries(), func(t *catalog.Table) bool { return t.Database == database })
}

func byID(list []*catalog.Table, id catalog.ID) *catalog.Table {
	for _, t := range list {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// record is the newest definition of a table, for the owner's statement.
func (st *Store) record(o *LockOwner, id catalog.ID) *catalog.Table {
	if t := byID(o.temporaries(), id); t != nil {
		return t
	}
	return st.Snapshot(o).TableByID(id)
}

// UpdateTable is Update for an edit of one table, which may be a temporary one.
func (st *Store) UpdateTable(ctx context.Context, o *LockOwner, rec *catalog.Table, step func(*catalog.Tx) error) error {
	if rec.Temporary() {
		return st.UpdateTemporary(ctx, o, step)
	}
	return st.Update(ctx, o, step)
}

// UpdateTemporary makes an edit of the session's temporary tables: a step of the running DDL statement, or by itself.
func (st *Store) UpdateTemporary(ctx context.Context, o *LockOwner, step func(*catalog.Tx) error) error {
	if o.change != nil {
		return o.change.addOwn(ctx, step)
	}
	adopt, _, err := st.aside(ctx, o, step)
	if err != nil {
		return err
	}
	adopt()
	return nil
}

// addOwn is add for temporary tables.
func (c *Change) addOwn(ctx context.Context, step func(*catalog.Tx) error) error {
	steps := append(c.own, step)
	seen, _, err := c.store.cat.Aside(ctx, c.owner.temporary.list(), func(tx *catalog.Tx) error { return run(tx, steps) })
	if err != nil {
		return err
	}
	c.own, c.seen = steps, seen
	return nil
}

// aside makes an edit of the temporary tables and returns what lets it count, or forgets it.
func (st *Store) aside(ctx context.Context, o *LockOwner, step func(*catalog.Tx) error) (adopt, forget func(), err error) {
	t := o.temporary
	if t == nil {
		return nil, nil, errNoSession
	}
	before := t.list()
	tables, purge, err := st.cat.Aside(ctx, before, step)
	if err != nil {
		return nil, nil, err
	}
	if len(tables) > len(before) && len(tables) > MaxTemporaries {
		return nil, nil, sqlerr.TooManyTables.Errorf("Too many temporary tables; a session has at most %d of them", MaxTemporaries)
	}
	if catalog.IsRehearsed(ctx) {
		return func() {}, func() {}, nil
	}
	more := definitions(before, tables)
	if err := t.hold(more); err != nil {
		return nil, nil, err
	}
	forget = func() { _ = t.hold(-more) }
	return func() {
		if !t.adopt(o, before, tables, purge, more) {
			forget()
		}
	}, forget, nil
}

// adopt makes tables those that there are. Rows of data ids that are given up may be part of the transaction that runs, so
// that they are purged when it has ended. It says no when the session has ended.
func (t *Temporaries) adopt(o *LockOwner, before, tables []*catalog.Table, purge []catalog.ID, more int) bool {
	t.mu.Lock()
	if t.ended {
		t.mu.Unlock()
		for _, rec := range tables {
			t.store.forget(rec)
			t.store.cat.Discard(context.Background(), rec.Data)
		}
		return false
	}
	t.tables = tables
	t.charged += more
	for _, rec := range tables {
		if t.reserved[rec.Data] == nil {
			t.reserved[rec.Data] = t.store.cat.Reserve(rec.Data)
		}
	}
	t.allowLocked()
	t.mu.Unlock()
	for _, rec := range before {
		if byID(tables, rec.ID) == nil {
			t.store.forget(rec)
		}
	}
	if len(purge) > 0 {
		o.onRelease(func() { t.discard(purge) })
	}
	return true
}

// allowLocked has the guard allow what is reserved.
func (t *Temporaries) allowLocked() {
	ids := make([]kivi.ObjectID, 0, len(t.reserved))
	for id := range t.reserved {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	maps.DeleteFunc(t.meters, func(data catalog.ID, _ *relation.Meter) bool { return t.reserved[data] == nil }) // of rewrites that failed, too
	t.guard.ids.Store(&ids)
	t.guard.epoch.Add(1)
}

// discard purges data ids that no table of the session has any more.
func (t *Temporaries) discard(purge []catalog.ID) {
	t.mu.Lock()
	var release []func()
	purge = slices.DeleteFunc(slices.Clone(purge), func(id catalog.ID) bool {
		return slices.ContainsFunc(t.tables, func(rec *catalog.Table) bool { return rec.Data == id })
	})
	for _, id := range purge {
		if r := t.reserved[id]; r != nil {
			release = append(release, r)
		}
		delete(t.reserved, id)
	}
	if !t.ended {
		t.allowLocked()
	}
	t.mu.Unlock()
	t.store.cat.Discard(context.Background(), purge...)
	for _, r := range release {
		r()
	}
}

// End drops them all: the session is over, or is another one. What still runs in it meets a guard that denies. t may be
// nil.
func (t *Temporaries) End() {
	if t == nil {
		return
	}
	t.mu.Lock()
	tables, reserved, charged := t.tables, t.reserved, t.charged
	t.tables, t.reserved, t.charged, t.ended = nil, map[catalog.ID]func(){}, 0, true
	clear(t.meters)
	t.guard.ids.Store(nil)
	t.guard.epoch.Add(1)
	t.mu.Unlock()
	_ = t.hold(-charged)
	for _, rec := range tables {
		t.store.forget(rec)
	}
	if len(reserved) == 0 {
		return
	}
	data := make([]catalog.ID, 0, len(reserved))
	for id := range reserved {
		data = append(data, id)
	}
	t.store.cat.Discard(context.Background(), data...)
	for _, release := range reserved {
		release()
	}
}

// openTemporary opens one of the session's own, whose guard answers whatever was asked before.
func (st *Store) openTemporary(o *LockOwner, rec *catalog.Table, db *catalog.Database, access Access) (*Table, error) {
	s, err := st.schema(rec, db.Name, o.temporary.meter(rec))
	if err != nil {
		return nil, err
	}
	access.Guard, access.Policy = &o.temporary.guard, nil
	return &Table{store: st, schema: s, access: access}, nil
}

// IsTemporary implements sql.TemporaryTable.
func (t *Table) IsTemporary() bool { return t.schema.rec.Temporary() }

var _ sql.TemporaryTable = (*Table)(nil)
