package catalog

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/security/privilege"
)

type example struct{ key, val []byte }

// documentExamples reads the record blocks of docs/formats/catalog.md.
func documentExamples(t testing.TB) []example {
	t.Helper()
	text, err := os.ReadFile("../docs/formats/catalog.md")
	if err != nil {
		t.Fatal(err)
	}
	var list []example
	for i, block := range strings.Split(string(text), "```record\n") {
		if i == 0 {
			continue
		}
		block, _, _ = strings.Cut(block, "```")
		for _, line := range strings.Split(strings.TrimSpace(block), "\n") {
			keyText, value, ok := strings.Cut(line, " | ")
			version, record, ok2 := strings.Cut(value, " ")
			key, err := hex.DecodeString(strings.ReplaceAll(keyText, " ", ""))
			v, err2 := hex.DecodeString(version)
			if !ok || !ok2 || err != nil || err2 != nil {
				t.Fatalf("not an example: %q", line)
			}
			list = append(list, example{key, append(v, record...)})
		}
	}
	if len(list) == 0 {
		t.Fatal("the document has no examples")
	}
	return list
}

func TestDocumentExamples(t *testing.T) {
	s := newSnapshot()
	seen := map[recordKind]bool{}
	for _, e := range documentExamples(t) {
		if err := s.loadRecord(e.key, e.val); err != nil {
			t.Fatalf("%x: %v", e.key, err)
		}
		kind, _, _ := parseKey(e.key)
		seen[kind] = true
		if again := reencode(t, kind, e.val); !bytes.Equal(again, e.val) {
			t.Errorf("%x: encoded again as\n%s\nthe document says\n%s", e.key, again, e.val)
		}
	}
	for kind := recState; kind <= recConnectionRule; kind++ {
		if !seen[kind] && kind != recState+1 {
			t.Errorf("kind %#x has no example", byte(kind))
		}
	}
	if err := s.checkLoaded(); err != nil {
		t.Fatal(err)
	}
	// What the text around the examples says about them.
	if g := s.Grant(Public, 1002, 1000); g == nil || g.Atoms != privilege.Of(privilege.Select) || g.Kind != privilege.KindTable || g.Seq != 5 {
		t.Errorf("grant to PUBLIC is %+v", g)
	}
	reading, insert := privilege.Of(privilege.Select, privilege.Metadata), privilege.Of(privilege.Insert)
	if e := s.Exception(1000, 1002); e.Atoms != reading || e.Options != insert || e.Seq != 6 {
		t.Errorf("exception is %+v", e)
	}
	if g := s.Grant(Root, System, SystemGrantor); g == nil || !g.Options.Has(privilege.SysAdmin) {
		t.Errorf("grant to root is %+v", g)
	}
	if table := s.TableByData(1003); table == nil || table.ID != 1002 || *table.Columns[1].Absent != "'EUR'" {
		t.Errorf("table is %+v", table)
	}
	if s.HomeOf(1000) != s.Database("EINSTEIN") || s.Instance() != "000102030405060708090a0b0c0d0e0f" {
		t.Errorf("home %+v, instance %s", s.HomeOf(1000), s.Instance())
	}
}

// recoders decode a value of each kind and encode it again.
var recoders = map[recordKind]func([]byte) ([]byte, error){
	recState: recode[state], recDatabase: recode[Database], recTable: recode[Table], recView: recode[View],
	recTrigger: recode[Trigger], recRoutine: recode[Routine], recEvent: recode[Event],
	recPrincipal: recode[Principal], recGrant: recode[Grant], recMembership: recode[Membership],
	recCertificate: recode[Certificate], recException: recode[Exception], recSequence: recode[Sequence], recScope: recode[Scope],
	recPage: recode[CertificatePage], recRevocation: recode[Revocation],
	recConnectionRule: recode[ConnectionRule],
}

func recode[T any](val []byte) ([]byte, error) {
	rec, err := decodeRecord[T](val)
	if err != nil {
		return nil, err
	}
	return encodeRecord(rec)
}

func reencode(t testing.TB, kind recordKind, val []byte) []byte {
	t.Helper()
	out, err := recoders[kind](val)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A record that is not exactly right must not be read as something else.
func TestDamagedRecords(t *testing.T) {
	for _, e := range documentExamples(t) {
		if len(e.key) > 2 {
			longer := append(bytes.Clone(e.key), 0, 0, 0, 0)
			other := bytes.Clone(e.key)
			other[len(other)-1] ^= 1
			for _, key := range [][]byte{longer, other, e.key[:len(e.key)-1], e.key[:2]} {
				if err := newSnapshot().loadRecord(key, e.val); !errors.Is(err, ErrCorrupt) {
					t.Errorf("key %x instead of %x: %v", key, e.key, err)
				}
			}
		}
		for what, val := range map[string][]byte{
			"empty":          {},
			"newer version":  append([]byte{8}, e.val[1:]...),
			"no version":     append([]byte{0}, e.val[1:]...),
			"cut":            e.val[:len(e.val)-1],
			"twice":          append(bytes.Clone(e.val), e.val[1:]...),
			"unknown member": append(bytes.Clone(e.val[:len(e.val)-1]), `,"later":1}`...),
		} {
			if err := newSnapshot().loadRecord(e.key, val); !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrFormat) {
				t.Errorf("%x: %s: %v", e.key, what, err)
			}
		}
	}
	for _, key := range []string{"", "\x10", "\x20\x03\x00\x00\x03\xe8", "\x10\x02", "\x10\x7f\x00\x00\x03\xe8"} {
		if err := newSnapshot().loadRecord([]byte(key), []byte("\x01{}")); err == nil {
			t.Errorf("key %x was read", key)
		}
	}
}

// Two records that answer to one name, or to one data id, are corruption.
func TestContradictingRecords(t *testing.T) {
	val := func(rec any) []byte {
		v, err := encodeRecord(rec)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for what, second := range map[string]*Table{
		"name":    {ID: 1001, Database: 1, Name: "T", Data: 1001},
		"data id": {ID: 1001, Database: 1, Name: "u", Data: 1000},
	} {
		s := newSnapshot()
		first := &Table{ID: 1000, Database: 1, Name: "t", Data: 1000}
		if err := errors.Join(s.loadRecord(recordKey(recTable, 1000), val(first)), s.loadRecord(recordKey(recTable, 1001), val(second))); err != nil {
			t.Fatal(err)
		}
		if err := s.checkLoaded(); !errors.Is(err, ErrCorrupt) {
			t.Errorf("same %s: %v", what, err)
		}
	}
}

// FuzzRecord: whatever bytes are stored, loading them fails or gives a record
// that is stored the same way again.
func FuzzRecord(f *testing.F) {
	examples := documentExamples(f)
	for _, e := range examples {
		f.Add(e.key, e.val)
	}
	f.Fuzz(func(t *testing.T, key, val []byte) {
		if newSnapshot().loadRecord(key, val) != nil {
			return
		}
		kind, _, err := parseKey(key)
		if err != nil {
			t.Fatalf("loaded, but the key is not one: %v", err)
		}
		once := reencodeOr(recoders[kind], val)
		if once == nil {
			return // text that JSON had to repair: written again it is refused
		}
		if twice := reencodeOr(recoders[kind], once); !bytes.Equal(once, twice) {
			t.Fatalf("%s is stored as %s, then as %s", val, once, twice)
		}
	})
}

func reencodeOr(recode func([]byte) ([]byte, error), val []byte) []byte {
	out, err := recode(val)
	if err != nil {
		return nil
	}
	return out
}

// loadRecord decodes one record and puts it into the trees.
func (s *Snapshot) loadRecord(key, val []byte) error {
	place, err := decodeEntry(key, val)
	if err != nil {
		return err
	}
	place(s)
	return nil
}
