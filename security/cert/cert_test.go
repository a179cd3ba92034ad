package cert

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/keyfile"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// clock is moved by tests.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func newAuth(t testing.TB) (*Authority, *clock) {
	t.Helper()
	c := &clock{start}
	a, err := NewAuthority(c.read)
	if err != nil {
		t.Fatal(err)
	}
	return a, c
}

func example() *Permissions {
	reading := privilege.Of(privilege.Select, privilege.Metadata)
	return &Permissions{
		Instance:  Instance{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
		Principal: 1000, Epoch: 300, Roles: []principal.ID{1001, 70000},
		Entries: []Entry{
			{Object: catalog.System, Atoms: privilege.Of(privilege.SysMonitor)},
			{Object: 1002, Atoms: reading},
			{Object: 1003, Atoms: reading, Restricted: true},
			{Object: 2000, Atoms: reading.Union(privilege.Of(privilege.Insert))},
		},
	}
}

func excepting() *Permissions {
	reading, insert := privilege.Of(privilege.Select, privilege.Metadata), privilege.Of(privilege.Insert)
	return &Permissions{
		Instance: example().Instance, Principal: 1001, Epoch: 301,
		Entries: []Entry{
			{Object: 1002, Atoms: reading.Union(insert)},
			{Object: 1003, Atoms: insert, Except: reading},
			{Object: 1004, Except: reading},
		},
	}
}

func denying() *Permissions {
	reading, insert := privilege.Of(privilege.Select, privilege.Metadata), privilege.Of(privilege.Insert)
	return &Permissions{
		Instance: example().Instance, Principal: 1001, Epoch: 302,
		Entries: []Entry{
			{Object: 1002, Atoms: reading.Union(insert)},
			{Object: 1003, Deny: reading},
			{Object: 1004, Atoms: insert, Deny: insert},
		},
	}
}

func nothing() *Permissions {
	return &Permissions{Instance: example().Instance, Principal: catalog.Public, Epoch: 1, Entries: []Entry{}}
}

// documentBlocks reads the fenced blocks of a kind, without their remarks:
// bytes come first on a line, two digits each.
func documentBlocks(t testing.TB, kind string) [][]byte {
	t.Helper()
	text, err := os.ReadFile("../../docs/formats/certificate.md")
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, part := range strings.Split(string(text), "```"+kind+"\n")[1:] {
		var block []byte
		body, _, _ := strings.Cut(part, "```")
		for _, line := range strings.Split(body, "\n") {
			for _, field := range strings.Split(line, " ") {
				b, err := hex.DecodeString(field)
				if err != nil || len(b) != 1 {
					break // the remark begins
				}
				block = append(block, b...)
			}
		}
		out = append(out, block)
	}
	return out
}

func TestDocument(t *testing.T) {
	blocks := documentBlocks(t, "permissions")
	want := []*Permissions{example(), excepting(), denying(), nothing(), inPages(t)}
	if len(blocks) != len(want) {
		t.Fatalf("%d examples in the document, want %d", len(blocks), len(want))
	}
	for i, der := range blocks {
		p, err := decodeExtension(der)
		if err != nil {
			t.Errorf("example %d: %v", i, err)
			continue
		}
		if !reflect.DeepEqual(p, want[i]) {
			t.Errorf("example %d decodes to %+v, want %+v", i, p, want[i])
		}
		if back, err := encodeExtension(p); err != nil || !bytes.Equal(back, der) {
			t.Errorf("example %d encodes to % x, %v", i, back, err)
		}
	}
	oid, err := asn1.Marshal(ExtensionID)
	if err != nil {
		t.Fatal(err)
	}
	if blocks := documentBlocks(t, "oid"); len(blocks) != 1 || !bytes.Equal(blocks[0], oid) {
		t.Errorf("object identifier is % x, the document says % x", oid, blocks)
	}
	text, _ := os.ReadFile("../../docs/formats/certificate.md")
	if !strings.Contains(string(text), "`"+ExtensionID.String()+"`") {
		t.Errorf("the document does not name %s", ExtensionID)
	}
}

// inPages is the document's example of a certificate with pages, loaded from the
// pages in the document.
func inPages(t *testing.T) *Permissions {
	t.Helper()
	data := documentBlocks(t, "page")
	if len(data) != 2 {
		t.Fatalf("%d pages in the document", len(data))
	}
	at := place{example().Instance, 1000}
	low := encodePage([]Entry{{Object: catalog.System, Atoms: privilege.Of(privilege.SysMonitor)}})
	kept := &memoryPages{at.principal, map[uint32][]byte{nodeOf(0, 3): data[0], nodeOf(1, 0): data[1], nodeOf(0, 0): low}}
	p := &Permissions{
		Instance: at.instance, Principal: at.principal, Epoch: 302, Roles: []principal.ID{1001},
		Paged: &Paged{Entries: 4, Level: 1, Root: at.hash(nodeOf(1, 0), data[1])},
	}
	loaded := *p
	if err := loaded.Load(kept, nil); err != nil {
		t.Fatal(err)
	}
	reading := privilege.Of(privilege.Select, privilege.Metadata)
	want := []Entry{
		{Object: catalog.System, Atoms: privilege.Of(privilege.SysMonitor)}, {Object: 1002, Atoms: reading},
		{Object: 1003, Atoms: reading, Except: privilege.Of(privilege.Insert)}, {Object: 1004, Deny: privilege.Of(privilege.Insert)},
	}
	var got []Entry
	loaded.Each(func(e Entry) bool { got = append(got, e); return true })
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the pages of the document say %+v, want %+v", got, want)
	}
	if again := encodePage(got[1:]); !bytes.Equal(again, data[0]) {
		t.Errorf("page encodes to % x", again)
	}
	if n, err := decodeInner(data[1]); err != nil || !bytes.Equal(n.encode(), data[1]) {
		t.Errorf("root page: %v", err)
	}
	return p
}

// mutations are single changes of the first example that must be refused.
func TestMalformedExtensions(t *testing.T) {
	good, err := encodeExtension(example())
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) []byte {
		t.Helper()
		a, errA := hex.DecodeString(strings.ReplaceAll(old, " ", ""))
		b, errB := hex.DecodeString(strings.ReplaceAll(new, " ", ""))
		if errA != nil || errB != nil || bytes.Count(good, a) != 1 || len(a) != len(b) {
			t.Fatalf("bad mutation %s -> %s", old, new)
		}
		return bytes.Replace(good, a, b, 1)
	}
	for what, der := range map[string][]byte{
		"empty":                    {},
		"bytes after the end":      append(bytes.Clone(good), 0),
		"cut":                      good[:len(good)-1],
		"version 3":                replace("02 01 01 04 10", "02 01 03 04 10"),
		"version 2, no exceptions": replace("02 01 01 04 10", "02 01 02 04 10"),
		"principal 0":              replace("02 02 03 e8", "02 02 00 00"),
		"number not minimal":       replace("02 02 01 2c", "02 02 00 2c"),
		"negative epoch":           replace("02 02 01 2c", "02 02 81 2c"),
		"instance of another type": replace("04 10 00 01", "05 10 00 01"),
		"roles out of order":       replace("02 02 03 e9 02 03 01 11 70", "02 03 01 11 70 02 02 03 e9"),
		"sets out of order":        replace("00 00 00 00 00 00 00 10", "ff 00 00 00 00 00 00 10"),
		"empty set":                replace("00 00 00 00 00 00 00 10", "00 00 00 00 00 00 00 00"),
		"unknown atom":             replace("00 00 01 00 60 00 00 00", "80 00 01 00 60 00 00 00"),
		"sets cut":                 replace("04 18 00 00 00 00 00 00 00 10 00", "04 17 00 00 00 00 00 00 00 10 00"),
		"object 0":                 replace("04 0a 01 00", "04 0a 00 00"),
		"same object twice":        replace("07 02 01 03", "07 02 00 03"),
		"set without an object":    replace("e5 07 04", "e5 07 02"),
		"index beyond the sets":    replace("e5 07 04", "e5 07 06"),
		"long form of a number":    replace("04 0a 01 00 e9 07", "04 0a 81 00 e9 07"),
		"list cut":                 replace("e5 07 04", "e5 87 84"),
	} {
		if p, err := decodeExtension(der); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", what, p, err)
		}
	}
	// Steps that would wrap around 32 or 64 bits.
	for _, list := range []string{"ffffffff1f00", "ffffffff0f000100", "ffffffffffffffffff0100", "ffffffffffffffffffff0100"} {
		in, _ := hex.DecodeString(list)
		if out, err := unpackEntries([]byte{0, 0, 0, 0, 0, 0, 0, 1}, in, nil, nil); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", list, out, err)
		}
	}
}

func FuzzDecodeExtension(f *testing.F) {
	blocks := documentBlocks(f, "permissions")
	if len(blocks) == 0 {
		f.Fatal("no seeds in the document")
	}
	for _, der := range blocks {
		f.Add(der)
		f.Add(der[:len(der)/2])
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		p, err := decodeExtension(der)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("error of another kind: %v", err)
			}
			return
		}
		if back, err := encodeExtension(p); err != nil || !bytes.Equal(back, der) {
			t.Errorf("% x encodes back to % x, %v", der, back, err)
		}
	})
}

func TestSignAndVerify(t *testing.T) {
	a, c := newAuth(t)
	p := example()
	p.Serial, p.Name = 7<<32|1000, "Ännchen"
	der, err := a.Sign(p)
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.Verify(der)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, p) {
		t.Errorf("verified %+v, signed %+v", got, p)
	}
	for what, now := range map[string]time.Time{
		"before":       start.Add(-backdate - time.Second),
		"after":        start.Add(lifetime + time.Second),
		"after the CA": start.Add(authorityLifetime + time.Second),
	} {
		c.now = now
		if _, err := a.Verify(der); !errors.Is(err, ErrExpired) {
			t.Errorf("%s its validity: %v", what, err)
		}
	}
	c.now = start.Add(lifetime)
	if _, err := a.Verify(der); err != nil {
		t.Errorf("in its last second: %v", err)
	}
}

// TestAnyNameCanBeSigned: the subject decides nothing and must not stand in the
// way of a grant.
func TestAnyNameCanBeSigned(t *testing.T) {
	a, _ := newAuth(t)
	for _, name := range []string{"", "\xff\xfe", "a\x00b", "a,CN=root+O=x", strings.Repeat("ñ", 500)} {
		p := example()
		p.Serial, p.Name = 1, name
		der, err := a.Sign(p)
		if err != nil {
			t.Errorf("name %.20q: %v", name, err)
			continue
		}
		if got, err := a.Verify(der); err != nil || got.Principal != p.Principal || got.Name != strings.ToValidUTF8(name, "\uFFFD") {
			t.Errorf("name %.20q: verified as %+v, %v", name, got, err)
		}
	}
}

// TestEveryByteCounts changes each byte of a certificate in turn.
func TestEveryByteCounts(t *testing.T) {
	a, _ := newAuth(t)
	p := example()
	p.Serial = 1
	der, err := a.Sign(p)
	if err != nil {
		t.Fatal(err)
	}
	for i := range der {
		bad := bytes.Clone(der)
		bad[i] ^= 0x01
		if got, err := a.Verify(bad); err == nil {
			t.Fatalf("byte %d changed: accepted as %+v", i, got)
		}
		if _, err := a.Verify(der[:i]); !errors.Is(err, ErrMalformed) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
}

func TestForeignCertificates(t *testing.T) {
	a, c := newAuth(t)
	other, err := NewAuthority(c.read)
	if err != nil {
		t.Fatal(err)
	}
	p := example()
	p.Serial = 1
	der, err := other.Sign(p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Verify(der); !errors.Is(err, ErrForeign) {
		t.Errorf("another authority's: %v", err)
	}
	// Another authority that calls itself as ours does.
	twin := *other
	twin.cert = &x509.Certificate{}
	*twin.cert = *a.cert
	twin.cert.PublicKey = other.cert.PublicKey
	if der, err = twin.sign(p); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Verify(der); !errors.Is(err, ErrForeign) {
		t.Errorf("a namesake's: %v", err)
	}
	// The authority's own certificate, and a TLS-like leaf of its key.
	if _, err := a.Verify(a.Certificate()); err == nil {
		t.Error("the authority's own certificate was accepted")
	}
	for what, ext := range map[string][]pkix.Extension{
		"without the extension": nil,
		"not critical":          {{Id: ExtensionID, Value: mustEncode(t)}},
		"another one too":       {{Id: ExtensionID, Critical: true, Value: mustEncode(t)}, {Id: asn1.ObjectIdentifier{2, 999, 1}, Critical: true, Value: []byte{5, 0}}},
		"a broken one":          {{Id: ExtensionID, Critical: true, Value: []byte{5, 0}}},
	} {
		tmpl := &x509.Certificate{SerialNumber: big.NewInt(5), NotBefore: start, NotAfter: start.Add(time.Hour), ExtraExtensions: ext}
		der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, a.holder, a.key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Verify(der); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func mustEncode(t *testing.T) []byte {
	der, err := encodeExtension(example())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestWhatCannotBeSigned(t *testing.T) {
	a, _ := newAuth(t)
	for what, change := range map[string]func(*Permissions){
		"no serial":       func(p *Permissions) { p.Serial = 0 },
		"nobody":          func(p *Permissions) { p.Principal = 0 },
		"roles unsorted":  func(p *Permissions) { p.Roles = []principal.ID{5, 4} },
		"role twice":      func(p *Permissions) { p.Roles = []principal.ID{5, 5} },
		"object twice":    func(p *Permissions) { p.Entries[1].Object = 1 },
		"object 0":        func(p *Permissions) { p.Entries[0].Object = 0 },
		"unknown atom":    func(p *Permissions) { p.Entries[0].Atoms = 1 << 63 },
		"entry of naught": func(p *Permissions) { p.Entries[0].Atoms = 0 },
		"unknown except":  func(p *Permissions) { p.Entries[0].Except = 1 << 63 },
		"unknown denial":  func(p *Permissions) { p.Entries[0].Deny = 1 << 63 },
		"denied admin":    func(p *Permissions) { p.Entries[0].Deny = privilege.Of(privilege.SysAdmin) },
		"restricted naught": func(p *Permissions) {
			p.Entries[0] = Entry{Object: 1, Except: 1, Restricted: true}
		},
	} {
		p := example()
		p.Serial = 1
		change(p)
		if _, err := a.Sign(p); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestIsOfNoUseForTLS(t *testing.T) {
	a, _ := newAuth(t)
	p := example()
	p.Serial = 1
	der, err := a.Sign(p)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	_, err = c.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: start, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if !errors.As(err, new(x509.UnhandledCriticalExtension)) {
		t.Errorf("a TLS stack would say: %v", err)
	}
}

func TestAuthorityFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	c := &clock{start}
	open := func() (*Authority, error) { return OpenAuthority(dir, c.read) }
	a, err := open()
	if err != nil || !a.Made() {
		t.Fatalf("first open: %v", err)
	}
	if keyfile.Exposed(filepath.Join(dir, keyFile)) {
		t.Error("the signing key is readable by others")
	}
	p := example()
	p.Serial = 1
	der, err := a.Sign(p)
	if err != nil {
		t.Fatal(err)
	}
	b, err := open()
	if err != nil || b.Made() {
		t.Fatalf("second open: %v", err)
	}
	if _, err := b.Verify(der); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	// Cut short between key and certificate: the key is kept.
	if err := os.Remove(filepath.Join(dir, certFile)); err != nil {
		t.Fatal(err)
	}
	if b, err = open(); err != nil || !b.key.Equal(a.key) {
		t.Errorf("certificate lost: %v", err)
	}
	_, foreign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := keyfile.WriteKey(filepath.Join(dir, keyFile), foreign); err != nil {
		t.Fatal(err)
	}
	if _, err := open(); !errors.Is(err, keyfile.ErrMalformed) {
		t.Errorf("key of another pair: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, keyFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := open(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("key lost: %v", err)
	}
}

func TestEntry(t *testing.T) {
	p := example()
	for object, want := range map[catalog.ID]int{1: 0, 1002: 1, 1003: 2, 2000: 3} {
		if got := p.Entry(object); got != p.Entries[want] {
			t.Errorf("object %d: %+v", object, got)
		}
	}
	for _, object := range []catalog.ID{0, 2, 1001, 1004, 2001, 1<<32 - 1} {
		if got := p.Entry(object); got != (Entry{}) {
			t.Errorf("object %d: %+v", object, got)
		}
	}
}

// TestSizeIsBounded: 100,000 objects must fit a stored record, whose limit is a
// mebibyte in base 64.
func TestSizeIsBounded(t *testing.T) {
	a, _ := newAuth(t)
	p := example()
	p.Serial, p.Entries = 1, nil
	for i := range catalog.ID(100_000) {
		p.Entries = append(p.Entries, Entry{Object: 1000 + i, Atoms: privilege.Set(1 + i%40)})
	}
	der, err := a.Sign(p)
	if err != nil {
		t.Fatal(err)
	}
	if len(der) > 201_000 {
		t.Errorf("%d bytes", len(der))
	}
	got, err := a.Verify(der)
	if err != nil || !reflect.DeepEqual(got.Entries, p.Entries) {
		t.Errorf("round trip: %v", err)
	}
}

// TestDamagedExceptions: what version 2 brought is read as strictly.
func TestDamagedExceptions(t *testing.T) {
	good := documentBlocks(t, "permissions")[1]
	for what, change := range map[string][2]string{
		"version 1":            {"020102", "020101"},
		"restricted":           {"eb07020102", "eb07030102"},
		"twice":                {"eb07020102", "eb07020002"},
		"beyond the sets":      {"eb07020102", "eb07020106"},
		"a set without object": {"eb07020102", "eb07000100"},
	} {
		der, err := hex.DecodeString(strings.Replace(hex.EncodeToString(good), change[0], change[1], 1))
		if err != nil || bytes.Equal(der, good) {
			t.Fatalf("%s: bad mutation, %v", what, err)
		}
		if p, err := decodeExtension(der); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", what, p, err)
		}
	}
}

// TestDamagedDenials: what version 3 brought, too.
func TestDamagedDenials(t *testing.T) {
	good := documentBlocks(t, "permissions")[2]
	for what, change := range map[string][2]string{
		"version 2":            {"020103", "020102"},
		"restricted":           {"0405eb0702", "0405eb0703"},
		"twice":                {"0405eb07020100", "0405eb07020000"},
		"beyond the sets":      {"0405eb0702", "0405eb0706"},
		"a set without object": {"0405eb0702", "0405eb0704"},
		"none":                 {"0405eb07020100", "0400"},
	} {
		der, err := hex.DecodeString(strings.Replace(hex.EncodeToString(good), change[0], change[1], 1))
		if err != nil || bytes.Equal(der, good) {
			t.Fatalf("%s: bad mutation, %v", what, err)
		}
		if p, err := decodeExtension(der); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", what, p, err)
		}
	}
}
