package witness_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/security/witness"
	"github.com/lxdb/lxdb/storage/kivi"
)

// world is a catalog with a database, a table of ann's, and a log.
type world struct {
	t               testing.TB
	log             *audit.Log
	opts            audit.Options
	catalog         *catalog.Catalog
	bucket          *bucket.Bucket
	ann, bob        principal.Principal
	database, table catalog.ID
}

func newWorld(t *testing.T) *world { return newWorldOf(t) }

func newWorldOf(t testing.TB) *world {
	t.Helper()
	w := &world{t: t}
	ctx := context.Background()
	db, err := kivi.Open(kivi.Options{InMemory: true, CacheBytes: 8 << 20, MemtableBytes: 4 << 20})
	w.ok(err)
	t.Cleanup(func() { _ = db.Close() })
	w.catalog, err = catalog.Open(ctx, db)
	w.ok(err)
	authority, err := cert.NewAuthority(nil)
	w.ok(err)
	_, err = cert.Attach(ctx, w.catalog, authority)
	w.ok(err)
	w.bucket = bucket.Open(w.catalog, authority, bucket.Options{})
	t.Cleanup(w.bucket.Close)
	dir := t.TempDir()
	w.opts = audit.Options{Dir: filepath.Join(dir, "log"), KeyFile: filepath.Join(dir, "key"), Watch: witness.Watch}
	w.open()
	w.ann, w.bob = w.user("ann"), w.user("bob")
	w.update(func(tx *catalog.Tx) error {
		w.database, w.table = w.id(tx), w.id(tx)
		w.ok(tx.PutDatabase(&catalog.Database{ID: w.database, Name: "shop", Owner: w.ann.ID()}))
		return tx.PutTable(&catalog.Table{
			ID: w.table, Data: w.table, Database: w.database, Name: "orders", Owner: w.ann.ID(),
			Columns: []catalog.Column{{ID: 1, Name: "a", Type: "int"}}, NextColumn: 2, NextIndex: 1, Version: 1,
		})
	})
	return w
}

// open opens the log and has it told of the catalog.
func (w *world) open() {
	var err error
	w.log, err = audit.Open(w.opts)
	w.ok(err)
	log := w.log
	w.t.Cleanup(func() { _ = log.Close() })
	w.ok(witness.Catalog(w.log, w.catalog))
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) id(tx *catalog.Tx) catalog.ID {
	id, err := tx.AllocID()
	w.ok(err)
	return id
}

func (w *world) update(change func(*catalog.Tx) error) {
	w.t.Helper()
	ctx := witness.By(context.Background(), witness.Fixed{Who: 2, Name: "root", Connection: 9})
	w.ok(w.catalog.Update(ctx, change))
}

func (w *world) user(name string) principal.Principal {
	var id principal.ID
	w.update(func(tx *catalog.Tx) error {
		id = principal.ID(w.id(tx))
		return tx.PutPrincipal(&catalog.Principal{ID: id, Kind: catalog.KindUser, Name: name, Password: "$secret$"})
	})
	return principal.Trusted(id, name)
}

func (w *world) grant(to principal.Principal, object catalog.ID, kind privilege.Kind, atoms ...privilege.Atom) {
	w.update(func(tx *catalog.Tx) error {
		return tx.PutGrant(&catalog.Grant{Object: object, Kind: kind, Grantee: to.ID(), Grantor: catalog.SystemGrantor, Atoms: privilege.Of(atoms...)})
	})
}

// records are all of the log, whose chain must be whole.
func (w *world) records() (out []audit.Record) {
	w.t.Helper()
	w.ok(w.log.Read(func(r audit.Record) error { out = append(out, r); return nil }))
	return out
}

func (w *world) last() audit.Record {
	all := w.records()
	return all[len(all)-1]
}

func text(r audit.Record) string {
	var parts []string
	for _, c := range r.Changes {
		parts = append(parts, c.Of+": "+c.Before+" -> "+c.After)
	}
	return strings.Join(parts, "\n")
}

// TestHeldRefusals: what is refused in a statement is recorded with its error, before anything that comes after it,
// and never lost.
func TestHeldRefusals(t *testing.T) {
	w := newWorld(t)
	d := &witness.Decisions{Log: w.log, Source: witness.Fixed{Who: w.bob.ID(), Name: "bob"}, Snapshot: w.catalog.Snapshot}
	ask := func() {
		o := access.In(privilege.KindTable, w.table, w.database)
		access.Check(access.As(access.Suppose(w.catalog.Snapshot(), w.bob.ID(), time.Now(), false), d.Tell), o, access.One(privilege.Select), access.Enforce)
	}
	n := len(w.records())
	told := func(want ...int) {
		t.Helper()
		var got []int
		for _, r := range w.records()[n:] {
			if r.Event != "denied" || (r.State == "42000") != (r.Code != 0) {
				t.Errorf("%+v", r)
			}
			got = append(got, r.Code)
		}
		if !slices.Equal(got, want) {
			t.Errorf("recorded with %v, not %v", got, want)
		}
	}
	ask()
	told(0) // nobody said that a statement runs
	d.Begin()
	ask()
	told(0)
	d.Answered(witness.Answer{Code: 1142, State: "42000"}, true)
	told(0, 1142)
	ask()
	d.End(0, false) // of a part
	told(0, 1142, 0)
	ask()
	release := d.Hold()
	release(witness.Answer{Code: 1044, State: "42000"})
	told(0, 1142, 0, 1044)
	ask()
	d.End(0, true)
	told(0, 1142, 0, 1044, 0)
	ask()
	told(0, 1142, 0, 1044, 0, 0)
	d.Begin()
	for range 100 {
		ask()
	}
	d.End(0, true)
	if got := len(w.records()[n:]); got != 106 {
		t.Errorf("%d records of 106 refusals", got)
	}
}

// refusing are sessions of bob's, who is refused, and a clock.
type refusing struct {
	*world
	now      time.Time
	refusals *witness.Refusals
	d        *witness.Decisions
}

func newRefusing(t *testing.T) *refusing {
	r := &refusing{world: newWorld(t), now: time.Now()}
	r.refusals = &witness.Refusals{Log: r.log, Snapshot: r.catalog.Snapshot, Now: func() time.Time { return r.now }}
	t.Cleanup(r.refusals.Close)
	r.again()
	return r
}

// again begins a session of his anew.
func (r *refusing) again() {
	if r.d != nil {
		r.d.Close()
	}
	r.d = &witness.Decisions{
		Log: r.log, Source: witness.Fixed{Who: r.bob.ID(), Name: "bob"}, Snapshot: r.catalog.Snapshot, Now: func() time.Time { return r.now }, Refusals: r.refusals,
	}
}

func (r *refusing) ask(atom privilege.Atom, times int) {
	o := access.In(privilege.KindTable, r.table, r.database)
	for range times {
		access.Check(access.As(access.Suppose(r.catalog.Snapshot(), r.bob.ID(), time.Now(), false), r.d.Tell), o, access.One(atom), access.Enforce)
	}
}

// name is refused what has a name that he may not know of.
func (r *refusing) name(object string) {
	r.d.Answered(witness.Answer{Code: 1142, State: "42000", Denial: "no", Missing: "SELECT", On: object}, false)
}

// since are the records behind the first n.
func (r *refusing) since(n int) []audit.Record { return r.records()[n:] }

// TestFoldedRefusals: the first refusals of an account's minute are told one by one, others by how often, and none is lost.
func TestFoldedRefusals(t *testing.T) {
	r := newRefusing(t)
	before := len(r.records())
	told := func(want ...uint64) {
		t.Helper()
		var got []uint64
		for _, rec := range r.since(before + 128) {
			got = append(got, rec.Count)
		}
		if !slices.Equal(got, want) {
			t.Errorf("behind the first refusals %v, not %v", got, want)
		}
	}
	r.ask(privilege.Select, 128)
	r.ask(privilege.Select, 1000)
	for range 7 {
		r.again() // a session that begins anew, or another one
		r.ask(privilege.Insert, 1)
	}
	r.refusals.Sweep(false)
	told()
	r.now = r.now.Add(2 * time.Minute)
	r.refusals.Sweep(false) // the minute is over
	told(1000, 7)

	before = len(r.records())
	r.ask(privilege.Select, 128+5)
	r.now = r.now.Add(2 * time.Minute)
	r.ask(privilege.Select, 1) // so it is for who goes on
	if got := r.since(before + 128); len(got) != 2 || got[0].Count != 5 || got[1].Count != 0 {
		t.Errorf("%+v", got)
	}
	r.refusals.Close()
	before = len(r.records())
	r.ask(privilege.Select, 200)
	if n := len(r.since(before)); n != 200 {
		t.Errorf("%d records of a server that has stopped counting", n)
	}
}

// TestFoldedThings: what is there is named, however many names of nothing come before it, and also where the client may
// not know of it.
func TestFoldedThings(t *testing.T) {
	r := newRefusing(t)
	before := len(r.records())
	for i := range 2000 {
		r.name("table nowhere.t" + itoa(principal.ID(i)))
	}
	for i := range 2000 {
		r.name("table shop.t" + itoa(principal.ID(i)))
	}
	for range 100 {
		r.name("table shop.orders")
	}
	r.ask(privilege.Insert, 3)
	r.refusals.Close()
	counts, sum := map[string]uint64{}, uint64(128)
	for _, rec := range r.since(before + 128) {
		counts[rec.Object] += rec.Count
		sum += rec.Count
	}
	if sum != 4103 || counts["table shop.orders"] != 103 || counts["others"] == 0 || counts["database shop"] == 0 || len(r.since(before)) > 128+64+256+3+1 {
		t.Errorf("%d records of %d refusals: %v", len(r.since(before)), sum, counts)
	}
}

// TestFoldedLongNames: what is counted of a name is bounded, in time and in memory, whatever a client has sent.
func TestFoldedLongNames(t *testing.T) {
	r := newRefusing(t)
	r.ask(privilege.Select, 128)
	before, began := len(r.records()), time.Now()
	for i := range 40 {
		r.name("table nowhere." + strings.Repeat(".", 1<<22) + itoa(principal.ID(i)))
		r.name("table " + strings.Repeat("x", 300) + itoa(principal.ID(i)) + ".orders")
	}
	r.name("table shop." + strings.Repeat("é", 1<<20))
	if took := time.Since(began); took > 20*time.Second { // it was hours
		t.Errorf("%v", took)
	}
	r.refusals.Close()
	var sum uint64
	for _, rec := range r.since(before) {
		sum += rec.Count
		if len(rec.Object) > 1100 || !utf8.ValidString(rec.Object) {
			t.Errorf("a name of %d bytes is kept", len(rec.Object))
		}
	}
	if n := len(r.since(before)); sum != 80 || n != 42 { // the first was the answer to what was asked; those of dots are one
		t.Errorf("%d records of %d", n, sum)
	}
}

// TestFoldedStatements: refused statements about accounts have places of their own, and their own first ones.
func TestFoldedStatements(t *testing.T) {
	r := newRefusing(t)
	before := len(r.records())
	r.ask(privilege.Select, 500)
	for i := range 1000 {
		r.ok(r.d.Statement(audit.Record{
			Event: "user.create", Result: audit.Refused, Origin: audit.Origin{Who: r.bob.ID(), Name: "bob"}, Code: 1227, Statement: "CREATE USER u" + itoa(principal.ID(i)),
		}))
	}
	if n := len(r.since(before)); n != 256 {
		t.Errorf("%d records", n)
	}
	r.refusals.Sweep(true)
	if got := r.since(before + 256); len(got) != 2 || got[0].Count != 372 || got[1].Count != 1000-128 || got[1].Event != "user.create" {
		t.Errorf("%+v", got)
	}
}

func TestChangesOfRights(t *testing.T) {
	w := newWorld(t)
	w.grant(w.bob, w.table, privilege.KindTable, privilege.Select)
	r := w.last()
	if r.Event != "change" || r.Name != "root" || r.Who != 2 || r.Connection != 9 || r.Version != w.catalog.Snapshot().Version() ||
		text(r) != "rights of 'bob' on table shop.orders:  -> select" {
		t.Errorf("%+v", r)
	}
	w.grant(w.bob, w.table, privilege.KindTable, privilege.Select, privilege.Insert)
	if got := text(w.last()); got != "rights of 'bob' on table shop.orders: select -> select,insert" {
		t.Error(got)
	}
	w.update(func(tx *catalog.Tx) error { return tx.DropTable(w.table) })
	if got := text(w.last()); got != "rights of 'bob' on table shop.orders: select,insert -> " {
		t.Error(got)
	}
}

func TestChangesOfAccounts(t *testing.T) {
	w := newWorld(t)
	edit := func(change func(*catalog.Principal)) string {
		w.update(func(tx *catalog.Tx) error {
			p := tx.PrincipalByID(w.bob.ID()).Clone()
			change(p)
			return tx.PutPrincipal(p)
		})
		return strings.ReplaceAll(text(w.last()), "("+itoa(w.bob.ID())+")", "(N)")
	}
	for _, c := range []struct {
		change func(*catalog.Principal)
		want   string
	}{
		{func(p *catalog.Principal) { p.Locked = true }, "user 'bob' (N), locked: none -> true"},
		{func(p *catalog.Principal) { p.Password = "$other$" }, "user 'bob' (N), password:  -> changed"},
		{func(p *catalog.Principal) { p.Password = "" }, "user 'bob' (N), password: set -> none"},
		{func(p *catalog.Principal) { p.Comment = "night shift" }, "user 'bob' (N), comment: none -> night shift"},
		{func(p *catalog.Principal) { p.Attributes = map[string][]string{"mail": {"b@x"}} }, "user 'bob' (N), attributes: none -> set"},
		{func(p *catalog.Principal) { p.Name = "rob" }, "user 'bob' (N), name: bob -> rob"},
	} {
		if got := edit(c.change); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	for _, r := range w.records() {
		if strings.Contains(text(r), "$") || strings.Contains(text(r), "b@x") {
			t.Errorf("a secret: %s", text(r))
		}
	}
	w.update(func(tx *catalog.Tx) error { return tx.DropPrincipal(w.bob.ID()) })
	if got := text(w.last()); !strings.Contains(got, "'rob'") || !strings.Contains(got, "exists -> dropped") {
		t.Error(got)
	}
}

func itoa(id principal.ID) string {
	var out []byte
	for ; id > 0; id /= 10 {
		out = append([]byte{byte('0' + id%10)}, out...)
	}
	return string(out)
}

// Without the record there is no change.
func TestWhatCannotBeRecordedIsNotChanged(t *testing.T) {
	w := newWorld(t)
	w.ok(w.log.Close())
	before := w.catalog.Snapshot().Version()
	err := w.catalog.Update(context.Background(), func(tx *catalog.Tx) error { return tx.DropPrincipal(w.bob.ID()) })
	if !errors.Is(err, audit.ErrUnwritable) || w.catalog.Snapshot().Version() != before {
		t.Errorf("version %d after %d, %v", w.catalog.Snapshot().Version(), before, err)
	}
}

// A record of a change that the crash came before is taken back at the next start.
func TestChangeThatACrashUndid(t *testing.T) {
	w := newWorld(t)
	_, err := w.log.Commit(audit.Record{Event: "change", Version: w.catalog.Snapshot().Version() + 1})
	w.ok(err)
	w.ok(w.log.Close())
	w.open()
	if r := w.last(); r.Event != "change.undone" || r.Version != w.catalog.Snapshot().Version()+1 {
		t.Errorf("%+v", r)
	}
	n := len(w.records())
	w.ok(w.log.Close())
	w.open()
	if got := len(w.records()); got != n {
		t.Errorf("%d records after another start, %d before", got, n)
	}
}

// sees records the decisions of a session.
func (w *world) sees(now func() time.Time) access.Audit {
	d := &witness.Decisions{Log: w.log, Source: witness.Fixed{Who: w.bob.ID(), Name: "bob", Connection: 4}, Snapshot: w.catalog.Snapshot, Now: now}
	return d.Tell
}

func TestDenials(t *testing.T) {
	w := newWorld(t)
	bob := access.As(w.bucket.Session(w.bob), w.sees(nil))
	orders := access.In(privilege.KindTable, w.table, w.database)
	n := len(w.records())
	access.Check(bob, orders, access.One(privilege.Select), access.List)
	if len(w.records()) != n {
		t.Error("a list is recorded")
	}
	access.Check(bob, orders, access.All(privilege.Of(privilege.Select, privilege.Insert)), access.Enforce)
	if r := w.last(); r.Event != "denied" || r.Result != audit.Refused || r.Missing != "SELECT, INSERT" || r.Object != "table shop.orders" ||
		r.ObjectID != uint32(w.table) || r.Name != "bob" || r.Connection != 4 {
		t.Errorf("%+v", r)
	}
	// In the shoes of a view's definer it is the definer who lacks it.
	access.Check(access.As(w.bucket.Session(w.ann), w.sees(nil)), orders, access.One(privilege.Select), access.Enforce)
	if r := w.last(); r.Name != "ann" || r.LoginName != "bob" {
		t.Errorf("%+v", r)
	}
}

// What an administrator does with what is somebody else's is told, once a minute.
func TestAdministratorsReach(t *testing.T) {
	w := newWorld(t)
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	bob := access.As(w.bucket.Session(w.bob), w.sees(func() time.Time { return now }))
	orders := access.In(privilege.KindTable, w.table, w.database)
	ask := func(a access.Actor) int {
		before := len(w.records())
		if !access.May(a, orders, access.One(privilege.Select), access.Enforce) {
			t.Fatal("denied")
		}
		return len(w.records()) - before
	}
	w.grant(w.bob, catalog.System, privilege.KindSystem, privilege.SysRead)
	if ask(bob) != 1 {
		t.Fatal("not recorded")
	}
	if r := w.last(); r.Event != "admin.access" || r.Object != "table shop.orders" || r.Reason != "by SYSTEM READ, with no right on it" {
		t.Errorf("%+v", r)
	}
	if ask(bob)+ask(bob) != 0 {
		t.Error("recorded each time")
	}
	now = now.Add(time.Minute)
	if ask(bob) != 1 || w.last().Count != 3 {
		t.Errorf("%+v", w.last())
	}
	w.grant(w.bob, w.table, privilege.KindTable, privilege.Select)
	if ask(bob) != 0 {
		t.Error("recorded although he was granted it")
	}
	w.grant(w.ann, catalog.System, privilege.KindSystem, privilege.SysAdmin)
	if ask(access.As(w.bucket.Session(w.ann), w.sees(nil))) != 0 {
		t.Error("recorded of the owner")
	}
}

func TestLogins(t *testing.T) {
	w := newWorld(t)
	w.ok(witness.Login(w.log, nil, authn.Event{User: "ann", ID: w.ann.ID(), Remote: "192.0.2.1:5", Transport: "mysql"}, witness.Answer{}))
	if r := w.last(); r.Event != "login" || r.Result != audit.Done || r.Remote != "192.0.2.1:5" || r.Transport != "mysql" || r.Who != w.ann.ID() {
		t.Errorf("%+v", r)
	}
	reasons := map[string]bool{}
	for _, err := range []error{authn.ErrUnknownUser, authn.ErrWrongPassword, authn.ErrLocked, authn.ErrTooMany} {
		w.ok(witness.Login(w.log, nil, authn.Event{User: "x", Err: err}, witness.Answer{Code: 1045, State: "28000"}))
		r := w.last()
		reasons[r.Reason] = r.Result == audit.Refused
	}
	if len(reasons) != 4 {
		t.Errorf("%v", reasons)
	}
	w.ok(w.log.Close())
	if err := witness.Login(w.log, nil, authn.Event{User: "ann"}, witness.Answer{}); !errors.Is(err, audit.ErrUnwritable) {
		t.Error(err)
	}
}

// A statement relies on what it was allowed until it ends, and hears when that is gone.
func TestLost(t *testing.T) {
	w := newWorld(t)
	d := &witness.Decisions{Log: w.log, Source: witness.Fixed{Who: w.bob.ID()}, Snapshot: w.catalog.Snapshot}
	bob, orders := access.As(w.bucket.Session(w.bob), d.Tell), access.In(privilege.KindTable, w.table, w.database)
	w.grant(w.bob, w.table, privilege.KindTable, privilege.Select, privilege.Alter)
	for range 3 {
		access.Check(bob, orders, access.One(privilege.Select), access.Enforce)
	}
	access.Check(bob, orders, access.One(privilege.Alter), access.Enforce) // goes with what it is used for
	if d.Relied() != 1 || d.Lost() {
		t.Errorf("relies on %d, lost %v", d.Relied(), d.Lost())
	}
	w.update(func(tx *catalog.Tx) error { return tx.DropGrant(w.bob.ID(), w.table, catalog.SystemGrantor) })
	if !d.Lost() {
		t.Error("not lost after the revoke")
	}
	d.End(0, false)
	if d.Lost() || d.Relied() != 0 {
		t.Error("a statement that has ended relies on something")
	}
}

// BenchmarkAllowed is what the audit adds to a statement that is allowed.
func BenchmarkAllowed(b *testing.B) {
	w := newWorldOf(b)
	d := &witness.Decisions{Log: w.log, Source: witness.Fixed{Who: w.ann.ID()}, Snapshot: w.catalog.Snapshot}
	w.grant(w.ann, w.table, privilege.KindTable, privilege.Select)
	orders, want := access.In(privilege.KindTable, w.table, w.database), access.One(privilege.Select)
	for name, audit := range map[string]access.Audit{"without": nil, "audited": d.Tell} {
		b.Run(name, func(b *testing.B) {
			ann := access.As(w.bucket.Session(w.ann), audit)
			b.ReportAllocs()
			for b.Loop() {
				if audit != nil {
					d.End(0, false)
					_ = witness.By(b.Context(), d.Source)
				}
				if !access.May(ann, orders, want, access.Enforce) {
					b.Fatal("denied")
				}
			}
		})
	}
}

// TestFoldedLogins: logins that are refused are counted by the address that they come from, by name and reason, and do
// not keep others from being told one by one.
func TestFoldedLogins(t *testing.T) {
	r := newRefusing(t)
	before := len(r.records())
	refuse := func(name, from string, times int) {
		for range times {
			r.ok(witness.Login(r.log, r.refusals, authn.Event{User: name, Remote: from, Err: authn.ErrWrongPassword}, witness.Answer{Code: 1045}))
		}
	}
	refuse("ann", "192.0.2.1:5", 1000)
	refuse("ann", "[2001:db8::1]:5", 100)
	refuse("ann", "[2001:db8::2]:5", 100) // of the same network
	refuse("bob", "192.0.2.2:5", 1)
	if got := r.since(before); len(got) != 128+128+1 || got[len(got)-1].Name != "bob" {
		t.Errorf("%d records", len(got))
	}
	for i := range 1000 {
		refuse("u"+itoa(principal.ID(i)), "192.0.2.1:6", 1)
	}
	r.ok(witness.Login(r.log, r.refusals, authn.Event{User: "ann", ID: r.bob.ID(), Remote: "192.0.2.1:5"}, witness.Answer{}))
	if got := r.since(before); len(got) != 128+128+2 || got[len(got)-1].Result != audit.Done {
		t.Errorf("%d records", len(got))
	}
	r.refusals.Sweep(true)
	counts, sum := map[string]uint64{}, uint64(0)
	for _, rec := range r.since(before + 258) {
		counts[rec.Name+rec.Object] += rec.Count
		sum += rec.Count
	}
	if sum != 872+72+1000 || counts["ann"] != 872+72 || counts["u1"] != 1 || counts["others"] != 1000-63 {
		t.Errorf("%d: %v", sum, counts)
	}
}

// TestFoldedReach: what an account reaches by a right of the system is told once in a minute, however often its sessions
// begin anew, and of how many things one by one is bounded.
func TestFoldedReach(t *testing.T) {
	r := newRefusing(t)
	r.grant(r.bob, catalog.System, privilege.KindSystem, privilege.SysRead)
	before := len(r.records())
	for range 50 {
		r.again()
		r.ask(privilege.Select, 3)
	}
	if got := r.since(before); len(got) != 1 || got[0].Event != "admin.access" {
		t.Errorf("%+v", got)
	}
	r.refusals.Sweep(true)
	if got := r.since(before + 1); len(got) != 1 || got[0].Count != 49 || got[0].Event != "admin.access" || got[0].Object != "table shop.orders" {
		t.Errorf("%+v", got)
	}
}

// TestFoldedRuns: an account's events leave a bounded number of records in a minute.
func TestFoldedRuns(t *testing.T) {
	r := newRefusing(t)
	before := len(r.records())
	for i := range 500 {
		ran := audit.Record{Event: "event.run", Result: audit.Done, Object: "event a.e", ObjectID: 7, Origin: audit.Origin{Who: r.bob.ID()}}
		if i%5 == 4 {
			ran.Result, ran.Code = audit.Failed, 1062
		}
		r.ok(r.refusals.Ran(r.bob.ID(), ran))
	}
	if n := len(r.since(before)); n != 128 {
		t.Errorf("%d records", n)
	}
	r.refusals.Sweep(true)
	got := r.since(before + 128)
	if len(got) != 2 || got[0].Count+got[1].Count != 500-128 || got[0].Result == got[1].Result {
		t.Errorf("%+v", got)
	}
}
