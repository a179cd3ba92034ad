package relation_test

import (
	"testing"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
)

// TestCheckFindsDamage damages one thing at a time, under the store's checksums,
// and wants it found, and nothing else.
func TestCheckFindsDamage(t *testing.T) {
	for what, c := range map[string]struct {
		keyless bool
		damage  func(s *store, kt *kivi.Table)
		want    []relation.Finding
	}{
		"nothing":             {false, func(*store, *kivi.Table) {}, nil},
		"nothing, hidden ids": {true, func(*store, *kivi.Table) {}, nil},
		"row deleted": {false, func(s *store, kt *kivi.Table) { s.drop(kt, s.key(3)) }, []relation.Finding{
			{What: "entry of index uu without a row", Count: 1}, {What: "entry of index kk without a row", Count: 1},
			{What: "entry of index covering without a row", Count: 1}, {What: "entry of index ssn_unique without a row", Count: 1},
			{What: "entry of index ssn_key without a row", Count: 1}}},
		"entry deleted": {false, func(s *store, kt *kivi.Table) { s.drop(kt, s.first(kt, "kk")) },
			[]relation.Finding{{What: "row without its entry in index kk", Count: 1}}},
		"content entry deleted": {true, func(s *store, kt *kivi.Table) {
			lo, hi := codec.IndexBounds(codec.SpaceData, kt.ID(), codec.IndexLast+1)
			s.drop(kt, s.firstIn(kt, lo, hi))
		}, []relation.Finding{{What: "row without its entry in index of contents", Count: 1}}},
		"unique key of another row": {false, func(s *store, kt *kivi.Table) {
			first := s.first(kt, "uu")
			key, err := s.schema.Index("uu").Parts[0].Append(s.schema.AppendKey(nil, 1), codec.Int(102))
			ok(s.t, err)
			value, err := kt.Get(bg, key)
			ok(s.t, err)
			ok(s.t, kt.PutEntry(bg, first, value))
		}, []relation.Finding{{What: "row whose key in unique index uu leads to another row", Count: 1},
			{What: "entry of index uu that does not agree with its row", Count: 1}}},
		"row changed past its indexes": {false, func(s *store, kt *kivi.Table) {
			two, err := kt.Get(bg, s.key(2))
			ok(s.t, err)
			ok(s.t, kt.PutEntry(bg, s.key(1), two))
		}, []relation.Finding{{What: "row that stands under another row's primary key", Count: 1},
			{What: "entry of index uu that does not agree with its row", Count: 1}, {What: "entry of index kk that does not agree with its row", Count: 1},
			{What: "entry of index covering that does not agree with its row", Count: 1}, {What: "entry of index ssn_unique that does not agree with its row", Count: 1},
			{What: "entry of index ssn_key that does not agree with its row", Count: 1}}},
		"row of garbage": {false, func(s *store, kt *kivi.Table) { ok(s.t, kt.PutEntry(bg, s.key(1), []byte{1, 1, 0xFF})) },
			[]relation.Finding{{What: "damaged row", Count: 1}}},
		"entry of garbage": {false, func(s *store, kt *kivi.Table) { ok(s.t, kt.PutEntry(bg, s.first(kt, "kk"), []byte{9})) },
			[]relation.Finding{{What: "damaged entry of index kk", Count: 1}, {What: "row whose entry in index kk is damaged", Count: 1}}},
		"index that was dropped": {false, func(s *store, kt *kivi.Table) {
			ok(s.t, kt.PutEntry(bg, append(s.schema.AppendKey(nil, 40), 1, 2, 3), []byte{0, 0, 8}))
		}, []relation.Finding{{What: "entry of an index that does not exist", Count: 1}}},
		"long value without a row": {false, func(s *store, kt *kivi.Table) {
			ok(s.t, kt.PutEntry(bg, codec.AppendChunkKey(nil, kt.ID(), s.key(1)[codec.HeaderBytes:], 5, 0), []byte("x")))
		}, []relation.Finding{{What: "part of a long value without its row", Count: 1}}},
		"counter behind": {false, func(s *store, kt *kivi.Table) {
			ok(s.t, kt.PutEntry(bg, append(s.schema.AppendKey(nil, codec.IndexPrivate), "auto"...), []byte{0, 0, 0, 0, 0, 0, 0, 5}))
		}, []relation.Finding{{What: "AUTO_INCREMENT that is not beyond the largest value of column id", Count: 1}}},
		"hidden ids behind": {true, func(s *store, kt *kivi.Table) {
			s.drop(kt, append(s.schema.AppendKey(nil, codec.IndexPrivate), "row"...))
		}, []relation.Finding{{What: "counter of hidden row ids that is not beyond the largest in use", Count: 1}}},
		"counter of garbage": {false, func(s *store, kt *kivi.Table) {
			ok(s.t, kt.PutEntry(bg, append(s.schema.AppendKey(nil, codec.IndexPrivate), "auto"...), []byte{1}))
		}, []relation.Finding{{What: "damaged counter", Count: 1}}},
	} {
		t.Run(what, func(t *testing.T) {
			s := openStore(t, c.keyless)
			txn := s.begin()
			c.damage(s, txn.Table(s.schema.Record.Data, kivi.Internal("test damages rows"), kivi.Read|kivi.Alter))
			ok(t, txn.Commit(bg))
			got, err := relation.Check(bg, s.begin(), s.schema)
			ok(t, err)
			if len(got) != len(c.want) {
				t.Fatalf("found %v, want %v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("found %v, want %v", got[i], c.want[i])
				}
			}
		})
	}
}

func (s *store) drop(kt *kivi.Table, key []byte) {
	s.t.Helper()
	ok(s.t, kt.DeleteEntry(bg, key))
}

// first is the key of an index's first entry.
func (s *store) first(kt *kivi.Table, index string) []byte {
	s.t.Helper()
	lo, hi := codec.IndexBounds(codec.SpaceData, kt.ID(), s.schema.Index(index).ID)
	return s.firstIn(kt, lo, hi)
}

func (s *store) firstIn(kt *kivi.Table, lo, hi []byte) []byte {
	s.t.Helper()
	scan, err := kt.Scan(bg, lo, hi, false)
	ok(s.t, err)
	if !scan.Next() {
		s.t.Fatal("no entry")
	}
	key := append([]byte{}, scan.Key()...)
	ok(s.t, scan.Close())
	return key
}
