package ldif

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// readAll reads until the end; faults are gathered and read past.
func readAll(t testing.TB, text string) (records []*Record, faults []string) {
	t.Helper()
	r := NewReader(strings.NewReader(text))
	for {
		rec, err := r.Next()
		var syntax *SyntaxError
		switch {
		case errors.Is(err, io.EOF):
			if r.Offset() != int64(len(text)) {
				t.Errorf("the end is at %d, not %d", r.Offset(), len(text))
			}
			return records, faults
		case errors.As(err, &syntax):
			faults = append(faults, err.Error())
		case err != nil:
			t.Fatal(err)
		default:
			records = append(records, rec)
		}
	}
}

func TestReadContent(t *testing.T) {
	got, faults := readAll(t, "\uFEFF# made by hand\nversion: 1\r\n\r\n"+
		"dn: uid=ann,ou=users,\n dc=lxdb\nuid:ann\n# a comment\n  that goes on\ncn:   Ann \n  Example\nCN;lang-de:: QW5u\ncn: Ann II\ntitle:\n\n\n"+
		"dn:: dWlkPcO8LGRjPXg=\r\nobjectClass: person\r\nsn: Zoë")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	want := []*Record{
		{Line: 4, DN: "uid=ann,ou=users,dc=lxdb", Attributes: []Attribute{
			{"uid", []string{"ann"}}, {"cn", []string{"Ann  Example", "Ann II"}}, {"CN;lang-de", []string{"Ann"}}, {"title", []string{""}}}},
		{Line: 16, DN: "uid=ü,dc=x", Attributes: []Attribute{{"objectClass", []string{"person"}}, {"sn", []string{"Zoë"}}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v %+v\nwant %+v %+v", got[0], got[1], want[0], want[1])
	}
	if v := got[1].Values("SN"); len(v) != 1 || got[1].Values("mail") != nil {
		t.Errorf("Values: %q", v)
	}
}

func TestReadChanges(t *testing.T) {
	got, faults := readAll(t, `dn: cn=a,dc=x
changetype: add
cn: a

dn: cn=a,dc=x
changetype: modify
replace: mail
mail: new@example.org
mail: second@example.org
-
delete: title
-
add: member
member: uid=b,dc=x

dn: cn=a,dc=x
changetype: modrdn
newrdn: cn=b
deleteoldrdn: 1

dn: cn=b,dc=x
changetype: moddn
newrdn: cn=b
deleteoldrdn: 0
newsuperior: dc=y

dn: cn=b,dc=y
changetype: delete
`)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	want := []*Record{
		{Line: 1, DN: "cn=a,dc=x", Kind: Add, Attributes: []Attribute{{"cn", []string{"a"}}}},
		{Line: 5, DN: "cn=a,dc=x", Kind: Modify, Changes: []Change{
			{ReplaceValues, Attribute{"mail", []string{"new@example.org", "second@example.org"}}},
			{DeleteValues, Attribute{"title", nil}},
			{AddValues, Attribute{"member", []string{"uid=b,dc=x"}}},
		}},
		{Line: 16, DN: "cn=a,dc=x", Kind: Rename, Rename: NewName{RDN: "cn=b", DeleteOld: true}},
		{Line: 21, DN: "cn=b,dc=x", Kind: Rename, Rename: NewName{RDN: "cn=b", Superior: "dc=y", Moves: true}},
		{Line: 27, DN: "cn=b,dc=y", Kind: Delete},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"version: 2\n\ndn: a\nb: c\n", `line 1: LDIF version "2" is not supported, only 1 is`},
		{"cn: a\n", "line 1: a record begins with dn:"},
		{"dn: a\n", "line 1: there is nothing behind the dn"},
		{"dn: a\nchangetype: add\n", "line 1: the entry has no attributes"},
		{"dn: a\nb\n", `line 2: a line is "name: value"`},
		{"dn: a\nb c: d\n", `line 2: "b c" is no name of an attribute`},
		{"dn: a\nb: c\n\n d: e\n", "line 4: the line continues nothing"},
		{"dn: a\nb: c\ndn: d\n", "line 3: a second dn: an empty line is missing before it, or the line is one too many"},
		{"dn: a\nb:: !\n", "line 2: the value of b is no base64"},
		{"dn: a\njpegPhoto:< file:///etc/passwd\n", "line 2: jpegPhoto:< would read a file or a URL; write the value itself, in base64 behind jpegPhoto::"},
		{"dn:< file:///etc/passwd\nb: c\n", "line 1: dn:< would read a file or a URL; write the value itself, in base64 behind dn::"},
		{"dn: a\nb: \xff\n", "line 2: the value of b must be in base64 (b::), it is not plain text"},
		{"dn:: /w==\nb: c\n", "line 1: the DN is not UTF-8"},
		{"dn: a\ncontrol: 1.2.3\nchangetype: delete\n", "line 2: controls are not supported"},
		{"dn: a\nchangetype: drop\n", `line 2: changetype "drop" is not known: add, delete, modify, modrdn`},
		{"dn: a\nchangetype: delete\nb: c\n", "line 3: the record should end here"},
		{"dn: a\nchangetype: modify\n", "line 2: the modify has no changes"},
		{"dn: a\nchangetype: modify\nincrement: b\nb: 1\n-\n", `line 3: "increment" is no change of a modify: add, delete, replace`},
		{"dn: a\nchangetype: modify\nadd: b\n-\n", "line 3: no values of b to add"},
		{"dn: a\nchangetype: modify\nadd: b c\nb: 1\n-\n", `line 3: "b c" is no name of an attribute`},
		{"dn: a\nchangetype: modify\nadd: b\nb: 1\nreplace: c\nc: 1\n", "line 5: replace stands in a change of b: a line with - ends a change"},
		{"dn: a\nchangetype: modrdn\nnewrdn: b\n", "line 2: a rename needs newrdn and deleteoldrdn"},
		{"dn: a\nchangetype: modrdn\nnewrdn: b\nnewrdn: c\n", "line 4: a second newrdn"},
		{"dn: a\nchangetype: modrdn\nnewrdn: b\ndeleteoldrdn: yes\n", "line 4: a rename has newrdn, deleteoldrdn (0 or 1) and perhaps newsuperior"},
		{"dn: a\nb: " + strings.Repeat("x", MaxLine) + "\n", "line 2: the line is longer than 1048576 bytes"},
		{"dn: a\nb: x\n" + strings.Repeat(" "+strings.Repeat("y", 99)+"\n", MaxLine/99+1), "line 2: the line is longer than 1048576 bytes"},
		{"dn: a\n" + strings.Repeat("b: "+strings.Repeat("x", MaxLine-8)+"\n", 17), "line 18: the record is longer than 16777216 bytes"},
	} {
		// What is behind the fault is read.
		records, faults := readAll(t, c.text+"\n\ndn: cn=next\ncn: next\n")
		if len(faults) != 1 || faults[0] != c.want {
			t.Errorf("%.80q: faults %q\nwant %q", c.text, faults, c.want)
		}
		if n := len(records); n == 0 || records[n-1].DN != "cn=next" {
			t.Errorf("%.80q: the record behind the fault is lost", c.text)
		}
	}
}

// TestLongestLine: what is as long as it may be is read.
func TestLongestLine(t *testing.T) {
	value := strings.Repeat("x", MaxLine-len("b: "))
	for _, end := range []string{"\n", "\r\n", ""} {
		records, faults := readAll(t, "dn: a\nb: "+value+end)
		if len(faults) > 0 || len(records) != 1 || records[0].Attributes[0].Values[0] != value {
			t.Errorf("%q: %v", end, faults)
		}
	}
}

func TestWrite(t *testing.T) {
	got := write(t, []*Record{
		{DN: "uid=Ann (\\, Jr.)", Attributes: []Attribute{
			{"cn", []string{"plain", " space", "space ", ":colon", "<url", "\x1b[31m", "Zoë", "#hash", ""}},
			{"description", []string{strings.Repeat("0123456789", 16)}},
		}},
		{DN: "uid=ü", Kind: Modify, Changes: []Change{{DeleteValues, Attribute{"title", nil}}, {AddValues, Attribute{"title", []string{"x"}}}}},
		{DN: "cn=a", Kind: Rename, Rename: NewName{RDN: "cn=b", DeleteOld: true, Superior: "", Moves: true}},
		{DN: "cn=a", Kind: Delete},
	})
	want := `version: 1

dn: uid=Ann (\, Jr.)
cn: plain
cn:: IHNwYWNl
cn:: c3BhY2Ug
cn:: OmNvbG9u
cn:: PHVybA==
cn:: G1szMW0=
cn:: Wm/Dqw==
cn: #hash
cn:
description: 012345678901234567890123456789012345678901234567890123456789012
 345678901234567890123456789012345678901234567890123456789012345678901234567
 8901234567890123456789

dn:: dWlkPcO8
changetype: modify
delete: title
-
add: title
title: x
-

dn: cn=a
changetype: modrdn
newrdn: cn=b
deleteoldrdn: 1
newsuperior:

dn: cn=a
changetype: delete
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
	// A server's answer must not become lines of its own.
	err := NewWriter(io.Discard).Write(&Record{DN: "a", Attributes: []Attribute{{"x\ndn", []string{"b"}}}})
	if err == nil {
		t.Error("a name with a line end was written")
	}
}

func write(t testing.TB, records []*Record) string {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	for _, r := range records {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sameAgain holds that records are read as they were written.
func sameAgain(t testing.TB, records []*Record) {
	t.Helper()
	text := write(t, records)
	got, faults := readAll(t, text)
	if len(faults) > 0 {
		t.Fatalf("%v\n%s", faults, text)
	}
	for i, r := range got {
		if i < len(records) {
			r.Line = records[i].Line
		}
	}
	if !reflect.DeepEqual(got, records) {
		t.Fatalf("got  %+v\nwant %+v\n%s", got, records, text)
	}
}

func TestRoundTrip(t *testing.T) {
	seed := rand.Uint64()
	g := generator{rand.New(rand.NewPCG(seed, 0))}
	t.Logf("seed %d", seed)
	for range 300 {
		var records []*Record
		for range 1 + g.IntN(5) {
			records = append(records, g.record())
		}
		sameAgain(t, records)
	}
}

// generator makes records out of what is hard to write.
type generator struct{ *rand.Rand }

func (g generator) text() string {
	if g.IntN(8) == 0 {
		raw := make([]byte, g.IntN(300))
		for i := range raw {
			raw[i] = byte(g.IntN(256))
		}
		return string(raw)
	}
	return g.utf8()
}

func (g generator) utf8() string {
	var b strings.Builder
	for range g.IntN(40) {
		b.WriteString([]string{"a", " ", ":", "<", "#", "-", "\n", "\r", "\x00", "ü", "漢", "=", ",", "\\", "long words "}[g.IntN(15)])
	}
	return b.String()
}

func (g generator) attribute(i int) Attribute {
	a := Attribute{Name: []string{"cn", "member", "userPassword;x-a", "2.5.4.3", "x-y-z"}[i]}
	for range 1 + g.IntN(3) {
		a.Values = append(a.Values, g.text())
	}
	return a
}

func (g generator) record() *Record {
	r := &Record{DN: g.utf8(), Kind: Kind(g.IntN(5))}
	switch r.Kind {
	case Content, Add:
		for i := range 1 + g.IntN(5) {
			r.Attributes = append(r.Attributes, g.attribute(i))
		}
	case Modify:
		for range 1 + g.IntN(4) {
			c := Change{Op(g.IntN(3)), g.attribute(g.IntN(5))}
			if c.Op != AddValues && g.IntN(3) == 0 {
				c.Values = nil
			}
			r.Changes = append(r.Changes, c)
		}
	case Rename:
		r.Rename = NewName{RDN: "cn=" + g.utf8(), DeleteOld: g.IntN(2) == 0}
		if g.IntN(2) == 0 {
			r.Rename.Superior, r.Rename.Moves = g.utf8(), true
		}
	}
	return r
}

// FuzzRead: nothing breaks the reader, and what it takes means the same when it
// is written again. Further seeds are in testdata/fuzz.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"version: 1\n\ndn: uid=ann,dc=x\nuid: ann\ncn:: QW5u\n",
		"dn: a\nchangetype: modify\nadd: b\nb: 1\n-\ndelete: c\n-\n",
		"dn: a\r\nchangetype: modrdn\r\nnewrdn: b\r\ndeleteoldrdn: 0\r\nnewsuperior: c\r\n",
		"dn: a\nb:< file:///x\n\ndn: b\nchangetype: delete\n",
		"# c\n d\ndn: a\n b\n \nb: c\n  d\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		records, _ := readAll(t, text)
		if len(records) > 0 {
			sameAgain(t, records)
		}
	})
}
