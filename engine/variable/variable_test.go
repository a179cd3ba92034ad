package variable

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the document")

func TestDocument(t *testing.T) {
	const file = "../../docs/generated/variables.md"
	if *update {
		if err := os.WriteFile(file, []byte(Document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Document() {
		t.Error("docs/generated/variables.md is not what the table says; run go test ./engine/variable -update")
	}
}

func TestUnknownIsFixed(t *testing.T) {
	if d, declared := Of("no_such_variable"); declared || d.Rule != Fixed {
		t.Errorf("got %v %v", d, declared)
	}
	if d, declared := Of("AUTOCOMMIT"); !declared || d.Rule != Works {
		t.Errorf("got %v %v", d, declared)
	}
}

func TestStoredModes(t *testing.T) {
	for _, c := range []struct{ stored, want string }{
		{"", ""},
		{"NO_AUTO_CREATE_USER", ""},
		{"ANSI_QUOTES,NO_AUTO_CREATE_USER,STRICT_TRANS_TABLES", "ANSI_QUOTES,STRICT_TRANS_TABLES"},
		{"MYSQL40,NO_KEY_OPTIONS,nonsense, ansi_quotes", "ANSI_QUOTES"},
	} {
		if got := StoredModes(c.stored); got != c.want {
			t.Errorf("%q is %q, want %q", c.stored, got, c.want)
		}
	}
}

func TestRefusedMode(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"", "ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH", "PAD_CHAR_TO_FULL_LENGTH"},
		{"PAD_CHAR_TO_FULL_LENGTH", "ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH", ""},
		{"STRICT_TRANS_TABLES", "", ""},
		{"", "nonsense", ""},
	} {
		if m, _ := RefusedMode(c.before, c.after); m.Name != c.want {
			t.Errorf("%q to %q: %q, want %q", c.before, c.after, m.Name, c.want)
		}
	}
}
