package dialect

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/security/privilege"
)

// A password must not reach a log by any way of printing the tree.
func TestSecretsNeverPrint(t *testing.T) {
	const password = "hunter2"
	statements := []string{
		"CREATE USER u IDENTIFIED BY 'hunter2'",
		"CREATE USER u WITH PASSWORD = 'hunter2'",
		"CREATE USER u 'hunter2'",
		"ALTER USER u SET PASSWORD = 'hunter2'",
		"ALTER USER u IDENTIFIED WITH caching_sha2_password BY 'hunter2'",
		"SET PASSWORD FOR u = 'hunter2'",
		"SET PASSWORD FOR u = 'x' REPLACE 'hunter2'",
		"ALTER USER u IDENTIFIED BY 'x' REPLACE 'hunter2'",
		"ALTER USER u IDENTIFIED BY 'hunter2' REPLACE 'x' RETAIN CURRENT PASSWORD",
		"CREATE OR REPLACE USER u IDENTIFIED BY 'hunter2'",
	}
	for _, text := range statements {
		st, _, err := Parse(text, lex.Mode{})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !strings.Contains(clear(st), password) {
			t.Fatalf("%s: the tree lost the password: %s", text, clear(st))
		}
		asJSON, err := json.Marshal(st)
		if err != nil {
			t.Fatal(err)
		}
		for _, printed := range []string{
			st.String(), st.Redacted(), string(asJSON), fmt.Sprint(st), fmt.Sprintf("%+v %#v %q %x", st, st, st, st), lex.Redact(text),
		} {
			if strings.Contains(printed, password) || strings.Contains(printed, fmt.Sprintf("%x", password)) {
				t.Errorf("%s: printed as %s", text, printed)
			}
		}
	}
}

// What does not parse still goes to the log and to the client, without its passwords.
func TestErrorsHideSecrets(t *testing.T) {
	for _, text := range []string{
		"CREATE USER u IDENTIFED BY 'hunter2'",
		"CREATE USER u IDENTIFIED BY hunter2",
		`CREATE USER u IDENTIFIED BY 'a' "hunter2"`,
		"ALTER USER u SET PASSWORD = hunter2",
		"ALTER USER u SET PASWORD = 'hunter2",
		"SET PASSWORD hunter2",
		"CREATE USER u IDENTIFIED BY 'a' 'hunter2' /* 'hunter2",
	} {
		for _, o := range []lex.Mode{{}, {ANSIQuotes: true}} {
			_, ours, err := Parse(text, o)
			syntax, ok := err.(*SyntaxError)
			if !ours || !ok {
				t.Fatalf("%s: ours %v, %v: a syntax error was expected", text, ours, err)
			}
			if all := err.Error() + syntax.Hint + lex.Redact(text); strings.Contains(all, "hunter2") {
				t.Errorf("%s: %s", text, all)
			}
		}
	}
}

// Whatever SHOW GRANTS may print can be read back.
func TestEveryPrivilegeNameParses(t *testing.T) {
	known := 0
	for a := privilege.Atom(0); a < 64; a++ {
		if !a.Known() {
			continue
		}
		known++
		text := "GRANT " + a.String() + ", SELECT ON t TO u"
		st, _, err := Parse(text, lex.Mode{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := st.(*Grant).Privileges[0].Name; got != a.String() {
			t.Errorf("%s reads as %s", a, got)
		}
	}
	if known < 40 {
		t.Fatalf("only %d privileges found", known)
	}
}

// Every statement of every session is asked whether it is ours.
func TestOtherStatementsCostNothing(t *testing.T) {
	text := "SELECT c FROM sbtest1 WHERE id = 12345"
	if n := testing.AllocsPerRun(100, func() {
		if _, ours, _ := Parse(text, lex.Mode{}); ours {
			t.Fatal("ours")
		}
		if first, rest := lex.Split(text, lex.Mode{}); first != text || rest != "" {
			t.Fatal("split")
		}
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func TestErrorTextIsMySQLs(t *testing.T) {
	_, _, err := Parse("GRANT SELECT\nON t\nTO u, ,", lex.Mode{})
	const want = "You have an error in your SQL syntax; check the manual that corresponds to your lxdb version for the right syntax to use near ',' at line 3"
	if err == nil || err.Error() != want {
		t.Fatalf("got %v", err)
	}
	_, _, err = Parse("GRANT PRIVILEGE EXEC SCALA TO u", lex.Mode{})
	if err == nil || err.Error() != "This version of lxdb doesn't yet support 'PRIVILEGE EXEC'" {
		t.Fatalf("got %v", err)
	}
}

func BenchmarkParseOther(b *testing.B) {
	text := "SELECT c FROM sbtest1 WHERE id = 12345"
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = Parse(text, lex.Mode{})
	}
}

func BenchmarkParseGrant(b *testing.B) {
	text := "GRANT SELECT, INSERT ON TABLE shop.t TO ann, bob WITH GRANT OPTION"
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Parse(text, lex.Mode{}); err != nil {
			b.Fatal(err)
		}
	}
}
