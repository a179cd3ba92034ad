package relation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
	"github.com/lxdb/lxdb/storage/relation"
	"github.com/lxdb/lxdb/storage/vector"
)

var bg = context.Background()

// Positions of the columns of the test's table.
const (
	colID = iota
	colOwner
	colU
	colK
	colSSN
)

// people is a table with an index of every kind. Rows belong to their owner.
func people(t testing.TB, keyless bool) *relation.Schema {
	t.Helper()
	rec := &catalog.Table{ID: 5000, Data: 5001, Name: "people"}
	number := relation.Type{Name: "int", Kind: codec.KindInt, Width: 4}
	text := relation.Type{Name: "varchar", Kind: codec.KindText, Weigher: codec.Binary, Weights: 1, Longest: 100}
	types := []relation.Type{number, text, number, number, text}
	layout := catalog.Layout{Version: 1}
	for i, name := range []string{"id", "owner", "u", "k", "ssn"} {
		c := catalog.Column{ID: uint16(i + 1), Name: name, NotNull: i < 2, AutoIncrement: i == 0}
		rec.Columns = append(rec.Columns, c)
		layout.Columns = append(layout.Columns, catalog.LayoutColumn{ID: c.ID, Width: uint16(types[i].Width), Nullable: !c.NotNull})
	}
	rec.Layouts, rec.Version = []catalog.Layout{layout}, 1
	index := func(id uint16, name string, unique bool, columns ...uint16) {
		x := catalog.Index{ID: id, Name: name, Unique: unique, Primary: id == 0, CollationVersion: 1}
		for _, c := range columns {
			x.Columns = append(x.Columns, catalog.IndexColumn{Column: c})
		}
		rec.Indexes = append(rec.Indexes, x)
	}
	if !keyless {
		index(0, "PRIMARY", true, 1)
	}
	index(1, "uu", true, 3)
	index(2, "kk", false, 4)
	index(3, "covering", false, 4, 2, 1)
	index(4, "ssn_unique", true, 5)
	index(5, "ssn_key", false, 4, 5)
	s, err := relation.NewSchema(rec, types)
	ok(t, err)
	return s
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func is(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
}

// store is a table in memory, with its rows.
type store struct {
	t        testing.TB
	db       *kivi.DB
	schema   *relation.Schema
	counters *relation.Counters
}

func person(id int64, owner string, u, k int64, ssn string) []codec.Datum {
	return []codec.Datum{codec.Int(id), codec.Text(owner), codec.Int(u), codec.Int(k), codec.Text(ssn)}
}

// openStore has ann's rows 1, 3, 5, 7 and bob's 2, 4, 6; k is ten times the id.
func openStore(t testing.TB, keyless bool) *store {
	t.Helper()
	db, err := kivi.Open(kivi.Options{InMemory: true, CacheBytes: 8 << 20, MemtableBytes: 4 << 20})
	ok(t, err)
	t.Cleanup(func() { ok(t, db.Close()) })
	s := &store{t: t, db: db, schema: people(t, keyless), counters: relation.NewCounters(db)}
	txn := s.begin()
	w := s.system(txn, relation.Rewrite).Writer(kivi.Insert, s.counters)
	for id := int64(1); id <= 7; id++ {
		owner := "ann"
		if id%2 == 0 {
			owner = "bob"
		}
		ok(t, w.Insert(bg, person(id, owner, 100+id, 10*id, fmt.Sprintf("secret%d", id))))
	}
	ok(t, s.counters.Raise(bg, s.schema.Record.Data, relation.AutoIncrement, 8))
	ok(t, txn.Commit(bg))
	return s
}

func (s *store) begin() *kivi.Txn {
	s.t.Helper()
	txn, err := s.db.Begin(bg, kv.TxnOptions{})
	ok(s.t, err)
	s.t.Cleanup(func() { ok(s.t, txn.Rollback()) })
	return txn
}

func (s *store) system(txn *kivi.Txn, p relation.Purpose) relation.Handle {
	return relation.Open(txn, s.schema, nil, p, nil)
}

const annID principal.ID = 77

// guard answers for ann: everything, under a policy of one epoch, or free.
type guard struct {
	epoch, policy uint64
	free          bool
}

func (g *guard) Allows(data kivi.ObjectID, _ kivi.Rights) bool { return g.free && data == 5001 }
func (g *guard) Epoch() uint64                                 { return g.epoch }
func (g *guard) Principal() principal.ID                       { return annID }
func (g *guard) Restricted(data kivi.ObjectID, _ kivi.Rights) uint64 {
	if data != 5001 {
		return 0
	}
	return g.policy
}

// own is the policy that shows ann her own rows, with ssn masked. She may change
// those with k < 60 and delete those with k < 40, and must not give a row away.
type own struct {
	actor principal.ID
	table catalog.ID
	epoch uint64
}

func (p own) Actor() principal.ID { return p.actor }
func (p own) Table() catalog.ID   { return p.table }
func (p own) Epoch() uint64       { return p.epoch }
func (p own) Columns() []int      { return []int{colOwner, colK, colSSN} }
func (p own) Masked(c int) bool   { return c == colSSN }

func (p own) Filter(verb relation.Verb, b *vector.Batch, keep []int32) ([]int32, error) {
	for i := range b.Len() {
		k := b.Columns[1].Ints[i]
		switch {
		case verb == relation.ToRead && string(b.Columns[0].Bytes(i)) != "ann":
		case verb == relation.ToUpdate && k >= 60:
		case verb == relation.ToDelete && k >= 40:
		default:
			keep = append(keep, int32(i))
		}
	}
	return keep, nil
}

func (p own) Check(_ relation.Verb, b *vector.Batch, i int) (bool, error) {
	return string(b.Columns[0].Bytes(i)) == "ann", nil
}

func (p own) Mask(_ int, b *vector.Batch, out *vector.Column) error {
	for i := range b.Len() {
		d := codec.Null()
		if !b.Columns[2].Nulls[i] {
			d = codec.Bytes(append([]byte("***"), b.Columns[2].Bytes(i)[6:]...))
		}
		if err := out.Append(d); err != nil {
			return err
		}
	}
	return nil
}

// ann opens the table as ann, whose rights on it are restricted.
func (s *store) ann(txn *kivi.Txn, p relation.Purpose) relation.Handle {
	return relation.Open(txn, s.schema, &guard{policy: 9}, p, own{annID, 5000, 9})
}

// rows reads a reader to its end and closes it.
func (s *store) rows(r *relation.Reader, err error) (out []string) {
	s.t.Helper()
	ok(s.t, err)
	for {
		row, err := r.Next(bg)
		ok(s.t, err)
		if row == nil {
			ok(s.t, r.Close())
			return out
		}
		out = append(out, show(row))
	}
}

func show(row []codec.Datum) string {
	var b bytes.Buffer
	for i, d := range row {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch {
		case d.IsNull():
			b.WriteString("NULL")
		case d.Bytes() != nil:
			b.Write(d.Bytes())
		default:
			fmt.Fprint(&b, d.Int())
		}
	}
	return b.String()
}

func (s *store) wants(got []string, want ...string) {
	s.t.Helper()
	if !slices.Equal(got, want) {
		s.t.Errorf("got %q, want %q", got, want)
	}
}

// all are the stored rows, unmasked.
func (s *store) all(txn *kivi.Txn) []string {
	return s.rows(s.system(txn, relation.Fsck).View(kivi.Read, relation.Current).Scan(bg, s.schema.All(), false))
}

// sound checks that rows and indexes agree.
func (s *store) sound(txn *kivi.Txn) {
	s.t.Helper()
	findings, err := relation.Check(bg, txn, s.schema)
	ok(s.t, err)
	for _, f := range findings {
		s.t.Errorf("%d: %s", f.Count, f.What)
	}
}

// span is the stretch of an index's keys that begin with a value.
func (s *store) span(x *relation.Index, d codec.Datum, point bool) []relation.Span {
	s.t.Helper()
	id := x.ID
	key, err := x.Parts[0].Append(s.schema.AppendKey(nil, id), d)
	ok(s.t, err)
	return []relation.Span{{Lo: key, Hi: codec.PrefixEnd(key), Point: point}}
}

// whole is all of an index.
func (s *store) whole(x *relation.Index) []relation.Span {
	lo, hi := codec.IndexBounds(codec.SpaceData, s.schema.Record.Data, x.ID)
	return []relation.Span{{Lo: lo, Hi: hi}}
}
