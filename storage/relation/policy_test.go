package relation_test

import (
	"errors"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
	"github.com/lxdb/lxdb/storage/relation"
	"github.com/lxdb/lxdb/storage/vector"
)

var modes = []relation.Mode{relation.Snapshot, relation.Current, relation.Locking}

func TestPolicyOnScans(t *testing.T) {
	s := openStore(t, false)
	txn := s.begin()
	for _, mode := range modes {
		v := s.ann(txn, relation.Query).View(kivi.Read, mode)
		s.wants(s.rows(v.Scan(bg, s.schema.All(), false)),
			"1 ann 101 10 ***1", "3 ann 103 30 ***3", "5 ann 105 50 ***5", "7 ann 107 70 ***7")
		s.wants(s.rows(v.Scan(bg, s.schema.Projection([]int{colSSN, colID}), true)), "***7 7", "***5 5", "***3 3", "***1 1")
		s.wants(s.rows(v.Scan(bg, s.schema.Projection(nil), false)), "", "", "", "")
	}
	// The target of a change: what may be read and changed.
	id := s.schema.Projection([]int{colID})
	s.wants(s.rows(s.ann(txn, relation.Write).View(kivi.Read|kivi.Update, relation.Locking).Scan(bg, id, false)), "1", "3", "5")
	s.wants(s.rows(s.ann(txn, relation.Write).View(kivi.Delete, relation.Locking).Scan(bg, id, false)), "1", "3")
}

func TestPolicyOnLookups(t *testing.T) {
	s := openStore(t, false)
	show := s.schema.Projection([]int{colID, colSSN})
	for _, mode := range modes {
		v := s.ann(s.begin(), relation.Query).View(kivi.Read, mode)
		for _, x := range []struct {
			index         *relation.Index
			mine, not     int64
			point         bool
			all, reversed []string
		}{
			{s.schema.Primary, 3, 4, true, []string{"1 ***1", "3 ***3", "5 ***5", "7 ***7"}, nil},
			{s.schema.Index("uu"), 103, 104, false, []string{"1 ***1", "3 ***3", "5 ***5", "7 ***7"}, nil},
			{s.schema.Index("kk"), 30, 40, false, []string{"1 ***1", "3 ***3", "5 ***5", "7 ***7"}, nil},
			{s.schema.Index("covering"), 30, 40, false, []string{"1 ***1", "3 ***3", "5 ***5", "7 ***7"}, nil},
		} {
			point := x.index.Unique
			s.wants(s.rows(v.Lookup(bg, x.index, s.span(x.index, codec.Int(x.mine), point), show, false)), "3 ***3")
			s.wants(s.rows(v.Lookup(bg, x.index, s.span(x.index, codec.Int(x.not), point), show, false)))
			s.wants(s.rows(v.Lookup(bg, x.index, s.whole(x.index), show, false)), x.all...)
			two := append(s.span(x.index, codec.Int(x.mine), point), s.span(x.index, codec.Int(x.not), point)...)
			s.wants(s.rows(v.Lookup(bg, x.index, two, show, true)), "3 ***3")
			if !relation.Usable(own{annID, 5000, 9}, x.index) || !relation.Usable(nil, x.index) {
				t.Errorf("%s is not usable", x.index.Name)
			}
		}
	}
}

// TestMaskedColumnIsNoOracle: rows are not found by what the actor must not see.
func TestMaskedColumnIsNoOracle(t *testing.T) {
	s := openStore(t, false)
	h := s.ann(s.begin(), relation.Query)
	for _, name := range []string{"ssn_unique", "ssn_key"} {
		x := s.schema.Index(name)
		if relation.Usable(own{annID, 5000, 9}, x) {
			t.Errorf("%s is usable", name)
		}
		for _, mode := range modes {
			_, err := h.View(kivi.Read, mode).Lookup(bg, x, s.whole(x), s.schema.All(), false)
			is(t, err, relation.ErrMasked)
		}
	}
	s.wants(s.rows(s.system(s.begin(), relation.Constraint).View(kivi.Read, relation.Current).
		Lookup(bg, s.schema.Index("ssn_unique"), s.span(s.schema.Index("ssn_unique"), codec.Text("secret2"), true), s.schema.All(), false)),
		"2 bob 102 20 secret2")
}

func (s *store) key(id int64) []byte {
	s.t.Helper()
	key, err := s.schema.RowKey([]codec.Datum{codec.Int(id)})
	ok(s.t, err)
	return key
}

func TestPolicyOnGets(t *testing.T) {
	s := openStore(t, false)
	for _, mode := range modes {
		v := s.ann(s.begin(), relation.Query).View(kivi.Read, mode)
		var got []string
		visit := func(row []codec.Datum) error { got = append(got, show(row)); return nil }
		ok(t, v.Get(bg, [][]byte{s.key(4)}, s.schema.All(), visit))
		ok(t, v.Get(bg, [][]byte{s.key(7), s.key(2), s.key(1), s.key(1), s.key(99)}, s.schema.All(), visit))
		s.wants(got, "1 ann 101 10 ***1", "7 ann 107 70 ***7")
	}
}

func TestPolicyOnBatches(t *testing.T) {
	s := openStore(t, false)
	r, err := s.ann(s.begin(), relation.Query).View(kivi.Read, relation.Snapshot).Scan(bg, s.schema.Projection([]int{colID, colSSN}), false)
	ok(t, err)
	defer r.Close()
	b := vector.Get(nil)
	defer b.Release()
	ok(t, r.Fill(bg, b, vector.MaxRows))
	if b.Len() != 4 || b.Columns[0].Ints[3] != 7 || string(b.Columns[1].Bytes(3)) != "***7" {
		t.Errorf("batch %+v", b)
	}
	ok(t, r.Fill(bg, b, vector.MaxRows))
	if b.Len() != 0 {
		t.Errorf("%d rows behind the end", b.Len())
	}
}

func duplicate(t *testing.T, err error, index, existing string) {
	t.Helper()
	var dup *relation.DuplicateError
	if !errors.As(err, &dup) {
		t.Fatalf("%v, want a DuplicateError", err)
	}
	if dup.Index.Name != index || dup.Existing == nil != (existing == "") || dup.Existing != nil && show(dup.Existing) != existing {
		t.Errorf("duplicate in %s with %q, want %s with %q", dup.Index.Name, show(dup.Existing), index, existing)
	}
}

func TestPolicyOnInsert(t *testing.T) {
	s := openStore(t, false)
	txn := s.begin()
	w := s.ann(txn, relation.Write).Writer(kivi.Insert, s.counters)
	ok(t, w.Insert(bg, person(8, "ann", 108, 80, "secret8")))
	is(t, w.Insert(bg, person(9, "bob", 109, 90, "secret9")), relation.ErrPolicy)
	// Another row in the way is shown as it is seen, or not at all.
	duplicate(t, w.Insert(bg, person(3, "ann", 109, 90, "x")), "PRIMARY", "3 ann 103 30 ***3")
	duplicate(t, w.Insert(bg, person(4, "ann", 109, 90, "x")), "PRIMARY", "")
	duplicate(t, w.Insert(bg, person(9, "ann", 105, 90, "x")), "uu", "5 ann 105 50 ***5")
	duplicate(t, w.Insert(bg, person(9, "ann", 106, 90, "x")), "uu", "")
	duplicate(t, w.Insert(bg, person(9, "ann", 109, 90, "secret1")), "ssn_unique", "1 ann 101 10 ***1")
	duplicate(t, w.Insert(bg, person(9, "ann", 109, 90, "secret2")), "ssn_unique", "")
	if n := len(s.all(txn)); n != 8 {
		t.Errorf("%d rows, want 8", n)
	}
	s.sound(txn)
}

func (s *store) find(w *relation.Writer, id int64) *relation.Stored {
	s.t.Helper()
	r, err := w.Find(bg, []codec.Datum{codec.Int(id)})
	ok(s.t, err)
	return r
}

func TestPolicyOnUpdate(t *testing.T) {
	s := openStore(t, false)
	txn := s.begin()
	w := s.ann(txn, relation.Write).Writer(kivi.Update, s.counters)
	for id, may := range map[int64]bool{1: true, 2: false, 5: true, 6: false, 7: false} {
		if got := s.find(w, id) != nil; got != may {
			t.Errorf("row %d found: %t", id, got)
		}
	}
	// What is masked stays as it is stored, whatever else changes.
	ok(t, w.Update(bg, s.find(w, 1), person(1, "ann", 201, 11, "***1")))
	is(t, w.Update(bg, s.find(w, 3), person(3, "ann", 103, 30, "new")), relation.ErrMasked)
	null := person(3, "ann", 103, 30, "")
	null[colSSN] = codec.Null()
	is(t, w.Update(bg, s.find(w, 3), null), relation.ErrMasked)
	is(t, w.Update(bg, s.find(w, 3), person(3, "bob", 103, 30, "***3")), relation.ErrPolicy)
	duplicate(t, w.Update(bg, s.find(w, 3), person(4, "ann", 103, 30, "***3")), "PRIMARY", "")
	duplicate(t, w.Update(bg, s.find(w, 3), person(3, "ann", 104, 30, "***3")), "uu", "")
	duplicate(t, w.Update(bg, s.find(w, 3), person(5, "ann", 103, 30, "***3")), "PRIMARY", "5 ann 105 50 ***5")
	ok(t, w.Update(bg, s.find(w, 5), person(50, "ann", 105, 50, "***5"))) // moves
	ok(t, s.counters.Raise(bg, s.schema.Record.Data, relation.AutoIncrement, 51))
	s.wants(s.all(txn), "1 ann 201 11 secret1", "2 bob 102 20 secret2", "3 ann 103 30 secret3", "4 bob 104 40 secret4",
		"6 bob 106 60 secret6", "7 ann 107 70 secret7", "50 ann 105 50 secret5")
	s.sound(txn)
}

func TestPolicyOnDelete(t *testing.T) {
	s := openStore(t, false)
	txn := s.begin()
	w := s.ann(txn, relation.Write).Writer(kivi.Delete, s.counters)
	for id, may := range map[int64]bool{1: true, 2: false, 3: true, 5: false} {
		if got := s.find(w, id) != nil; got != may {
			t.Errorf("row %d found: %t", id, got)
		}
	}
	ok(t, w.Delete(bg, s.find(w, 1)))
	if n := len(s.all(txn)); n != 6 {
		t.Errorf("%d rows, want 6", n)
	}
	s.sound(txn)
}

// TestPolicyOnReplaceAndOnDuplicateKey: both begin with the duplicate that an
// insert reports.
func TestPolicyOnReplaceAndOnDuplicateKey(t *testing.T) {
	s := openStore(t, false)
	txn := s.begin()
	insert := s.ann(txn, relation.Write).Writer(kivi.Insert, s.counters)
	existing := func(err error) []codec.Datum {
		t.Helper()
		var dup *relation.DuplicateError
		if !errors.As(err, &dup) {
			t.Fatal(err)
		}
		return dup.Existing
	}
	// ON DUPLICATE KEY UPDATE k = k + 1 gets the masked row and gives it back.
	row := existing(insert.Insert(bg, person(3, "ann", 1, 1, "")))
	update := s.ann(txn, relation.Write).Writer(kivi.Update, s.counters)
	row[colK] = codec.Int(row[colK].Int() + 1)
	ok(t, update.Update(bg, s.find(update, row[colID].Int()), row))
	// REPLACE deletes it and inserts another.
	row = existing(insert.Insert(bg, person(1, "ann", 1, 1, "fresh")))
	del := s.ann(txn, relation.Write).Writer(kivi.Delete, s.counters)
	ok(t, del.Delete(bg, s.find(del, row[colID].Int())))
	ok(t, insert.Insert(bg, person(1, "ann", 1, 1, "fresh")))
	// Of a row that ann does not see, there is nothing to update or delete.
	if row := existing(insert.Insert(bg, person(2, "ann", 1, 1, ""))); row != nil {
		t.Errorf("shows %q", show(row))
	}
	s.wants(s.all(txn)[:3], "1 ann 1 1 fresh", "2 bob 102 20 secret2", "3 ann 103 31 secret3")
	s.sound(txn)
}

// TestPolicyOnTruncate: TRUNCATE and ALTER would reach hidden rows and are
// refused; DELETE without WHERE leaves them.
func TestPolicyOnTruncate(t *testing.T) {
	s := openStore(t, false)
	for _, right := range []kivi.Rights{kivi.Truncate, kivi.Alter} {
		is(t, relation.May(&guard{policy: 9}, 5001, right), kivi.ErrDenied)
		is(t, relation.May(nil, 5001, right), kivi.ErrDenied)
		ok(t, relation.May(&guard{free: true}, 5001, right))
	}
	txn := s.begin()
	h := s.ann(txn, relation.Write)
	w := h.Writer(kivi.Delete, s.counters)
	r, err := h.View(kivi.Delete, relation.Locking).Scan(bg, s.schema.Projection(nil), false)
	ok(t, err)
	for {
		row, err := r.Next(bg)
		ok(t, err)
		if row == nil {
			break
		}
		found, err := w.Take(bg, r)
		ok(t, err)
		ok(t, w.Delete(bg, found))
	}
	ok(t, r.Close())
	s.wants(s.all(txn), "2 bob 102 20 secret2", "4 bob 104 40 secret4", "5 ann 105 50 secret5", "6 bob 106 60 secret6", "7 ann 107 70 secret7")
	s.sound(txn)
	_, err = w.ClearIndex(bg, s.schema.Index("kk"))
	is(t, err, kivi.ErrDenied)
}

// TestSystemPurposesSeeAll: constraints, rewrites, checks and counts hold for
// rows that the actor does not see.
func TestSystemPurposesSeeAll(t *testing.T) {
	s := openStore(t, false)
	txn := s.begin()
	for _, p := range []relation.Purpose{relation.Constraint, relation.Rewrite, relation.Estimate, relation.Fsck, relation.Backup} {
		// A policy that is handed over all the same does not apply.
		h := relation.Open(txn, s.schema, &guard{policy: 9}, p, own{annID, 5000, 9})
		got := s.rows(h.View(kivi.Read, relation.Current).Scan(bg, s.schema.All(), false))
		if len(got) != 7 || got[1] != "2 bob 102 20 secret2" {
			t.Errorf("purpose %d: %q", p, got)
		}
		n, err := h.View(kivi.Read, relation.Current).Count(bg, 100)
		if err != nil || n != 7 {
			t.Errorf("purpose %d counts %d, %v", p, n, err)
		}
	}
	// The action of a foreign key changes what ann does not see.
	w := relation.Open(txn, s.schema, &guard{}, relation.Constraint, nil).Writer(kivi.Delete, s.counters)
	ok(t, w.Delete(bg, s.find(w, 2)))
	s.sound(txn)
	_, err := s.ann(txn, relation.Query).View(kivi.Read, relation.Current).Count(bg, 100)
	is(t, err, kivi.ErrDenied)
}

// TestRestrictedNeedsItsPolicy: a restricted table gives nothing to a handle
// without the policy of its actor, of this table, of this epoch.
func TestRestrictedNeedsItsPolicy(t *testing.T) {
	s := openStore(t, false)
	txn := s.begin()
	for what, h := range map[string]relation.Handle{
		"no policy":      relation.Open(txn, s.schema, &guard{policy: 9}, relation.Query, nil),
		"older policy":   relation.Open(txn, s.schema, &guard{policy: 9}, relation.Query, own{annID, 5000, 8}),
		"epoch zero":     relation.Open(txn, s.schema, &guard{policy: 0}, relation.Query, own{annID, 5000, 0}),
		"another actor":  relation.Open(txn, s.schema, &guard{policy: 9}, relation.Query, own{annID + 1, 5000, 9}),
		"another table":  relation.Open(txn, s.schema, &guard{policy: 9}, relation.Query, own{annID, 5001, 9}),
		"nobody":         relation.Open(txn, s.schema, nil, relation.Query, own{annID, 5000, 9}),
		"nobody, free":   relation.Open(txn, s.schema, nil, relation.Query, nil),
		"guard, no name": relation.Open(txn, s.schema, nameless{&guard{free: true}}, relation.Query, own{annID, 5000, 9}),
		"no purpose":     relation.Open(txn, s.schema, &guard{free: true}, 0, nil),
		"what purpose?":  relation.Open(txn, s.schema, &guard{free: true}, 99, nil),
	} {
		for _, mode := range modes {
			v := h.View(kivi.Read, mode)
			_, err := v.Scan(bg, s.schema.All(), false)
			is(t, err, kivi.ErrDenied)
			err = v.Get(bg, [][]byte{s.key(1)}, s.schema.All(), func([]codec.Datum) error { t.Errorf("%s shows a row", what); return nil })
			is(t, err, kivi.ErrDenied)
		}
		is(t, h.Writer(kivi.Insert, s.counters).Insert(bg, person(9, "ann", 9, 9, "9")), kivi.ErrDenied)
		_, err := h.Writer(kivi.Delete, s.counters).Find(bg, []codec.Datum{codec.Int(1)})
		is(t, err, kivi.ErrDenied)
	}
	// A policy on a table that is not restricted is still applied.
	h := relation.Open(txn, s.schema, &guard{free: true}, relation.Query, own{annID, 5000, 1})
	s.wants(s.rows(h.View(kivi.Read, relation.Snapshot).Scan(bg, s.schema.Projection([]int{colID}), false)), "1", "3", "5", "7")
}

// nameless hides whose guard it is.
type nameless struct{ g *guard }

func (n nameless) Allows(d kivi.ObjectID, w kivi.Rights) bool       { return n.g.Allows(d, w) }
func (n nameless) Epoch() uint64                                    { return n.g.Epoch() }
func (n nameless) Restricted(d kivi.ObjectID, w kivi.Rights) uint64 { return n.g.Restricted(d, w) }

// TestPolicyChanges: a scan that runs and a transaction that has written stop
// when another policy is in force.
func TestPolicyChanges(t *testing.T) {
	s := openStore(t, false)
	g := &guard{policy: 9}
	txn := s.begin()
	h := relation.Open(txn, s.schema, g, relation.Write, own{annID, 5000, 9})
	r, err := h.View(kivi.Read, relation.Locking).Scan(bg, s.schema.All(), false)
	ok(t, err)
	if row, err := r.Next(bg); row == nil || err != nil {
		t.Fatal(row, err)
	}
	ok(t, h.Writer(kivi.Insert, s.counters).Insert(bg, person(8, "ann", 108, 80, "secret8")))
	g.epoch, g.policy = 1, 10
	_, err = r.Next(bg)
	var denied *kivi.DeniedError
	if !errors.As(err, &denied) || !denied.Revoked {
		t.Errorf("the scan goes on: %v", err)
	}
	err = txn.Commit(bg)
	if !errors.As(err, &denied) || !denied.Revoked {
		t.Errorf("the transaction commits: %v", err)
	}
	if _, err := r.Next(bg); err == nil {
		t.Error("a reader outlives its transaction")
	}
	ok(t, r.Close())
	if _, err := r.Next(bg); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("a closed reader reads: %v", err)
	}
}

// TestPolicyWithoutPrimaryKey: such a row is named by what is in it, masked
// columns too.
func TestPolicyWithoutPrimaryKey(t *testing.T) {
	s := openStore(t, true)
	txn := s.begin()
	h := s.ann(txn, relation.Write)
	_, err := h.Writer(kivi.Update, s.counters).FindContent(bg, person(1, "ann", 101, 10, "***1"))
	is(t, err, relation.ErrMasked)
	w := s.system(txn, relation.Constraint).Writer(kivi.Delete, s.counters)
	r, err := w.FindContent(bg, person(2, "bob", 102, 20, "secret2"))
	ok(t, err)
	ok(t, w.Delete(bg, r))
	s.sound(txn)
}
