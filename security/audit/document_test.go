package audit

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDocument(t *testing.T) {
	raw, err := os.ReadFile("../../docs/formats/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(raw), "```audit\n")
	example, _, _ = strings.Cut(example, "```")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, segmentName(1)), []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	var k Key
	for i := range k {
		k[i] = byte(i)
	}
	at := time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
	want := []Record{
		{Seq: 1, Time: at, Event: "audit.file", Result: Done, Count: 1, Previous: strings.Repeat("0", macText)},
		{Seq: 2, Time: at, Event: "login", Result: Refused, Origin: Origin{Name: "ann", Remote: "192.0.2.1:5", Transport: "mysql"}, Reason: "wrong password"},
		{Seq: 3, Time: at, Event: "denied", Result: Refused, Origin: Origin{Who: 1000, Name: "ann", Connection: 7, Remote: "192.0.2.1:6", Transport: "mysql"},
			Object: "table shop.orders", ObjectID: 1002, Missing: "SELECT", Reason: "'ann' lacks SELECT on table shop.orders"},
		{Seq: 4, Time: at, Event: "change", Result: Done, Origin: Origin{Who: 2, Name: "root", Connection: 8}, Version: 12,
			Changes: []Change{{Of: "rights of 'ann' on table shop.orders", After: "select"}}},
		{Seq: 5, Time: at, Event: "denied", Result: Refused,
			Origin: Origin{Who: 1000, Name: "ann", Connection: 7, Remote: "192.0.2.1:6", Transport: "mysql", Purpose: "ticket 4711"},
			Object: "table shop.orders", ObjectID: 1002, Missing: "INSERT", Code: 1142, State: "42000", Reason: "'ann' lacks INSERT on table shop.orders"},
	}
	var got []Record
	if _, err := Verify(dir, k, func(r Record) error { got = append(got, r); return nil }); err != nil || !reflect.DeepEqual(got, want) {
		var lines strings.Builder
		var m mac
		for _, r := range want {
			text, _ := r.encode()
			var line []byte
			line, m = k.line(m, text)
			lines.Write(line)
		}
		t.Errorf("%v, the document decodes to %+v; it should say\n%s", err, got, lines.String())
	}
}
