package privilege

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestTables runs testdata. Commands:
//
//	atoms                         number, key and shown name of every atom
//	kinds                         number, name and valid atoms of every kind
//	expand kind=K [keyword]       one privilege name a line -> its atoms
//	describe kind=K               one line of stored keys -> canonical names
func TestTables(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var b strings.Builder
			switch d.Cmd {
			case "atoms":
				for a := Atom(0); a < nAtoms; a++ {
					fmt.Fprintf(&b, "%d %s %q\n", a, a.Key(), a)
				}
			case "kinds":
				for k := Kind(0); k < nKinds; k++ {
					fmt.Fprintf(&b, "%d %s: %s\n", k, k, Valid(k))
				}
			case "expand":
				k := kindArg(t, d)
				for _, line := range strings.Split(d.Input, "\n") {
					s, err := Expand(line, k, d.HasArg("keyword"))
					if err != nil {
						fmt.Fprintf(&b, "%s: error: %v\n", line, err)
					} else {
						fmt.Fprintf(&b, "%s: %s\n", line, s)
					}
				}
			case "describe":
				k := kindArg(t, d)
				var s Set
				for _, key := range strings.Fields(d.Input) {
					if key == "ALL" {
						s |= All(k)
						continue
					}
					a, ok := ByKey(key)
					if !ok {
						d.Fatalf(t, "no atom %q", key)
					}
					s |= Of(a)
				}
				fmt.Fprintln(&b, strings.Join(Describe(s, k), ", "))
			default:
				d.Fatalf(t, "unknown command %q", d.Cmd)
			}
			return b.String()
		})
	})
}

func kindArg(t *testing.T, d *datadriven.TestData) Kind {
	var name string
	d.ScanArgs(t, "kind", &name)
	for k := range Kind(nKinds) {
		if strings.EqualFold(strings.ReplaceAll(k.String(), " ", "_"), name) {
			return k
		}
	}
	d.Fatalf(t, "no kind %q", name)
	return KindNone
}

// TestTablesAreTotal fails when an atom or a kind was added to the constants
// and forgotten in a table.
func TestTablesAreTotal(t *testing.T) {
	seen := map[string]bool{}
	var reachable Set
	for k := Kind(0); k < nKinds; k++ {
		if k.String() == "" || (k.Known() && Valid(k) == 0) {
			t.Errorf("kind %d has no name or no atoms", k)
		}
		reachable |= Valid(k)
	}
	for a := Atom(0); a < nAtoms; a++ {
		if !a.Known() || a.String() == "" || seen[a.Key()] || seen[a.String()] {
			t.Errorf("atom %d: key %q or shown name %q is empty or taken", a, a.Key(), a)
		}
		seen[a.Key()], seen[a.String()] = true, true
		if !reachable.Has(a) {
			t.Errorf("atom %s is valid on no kind of object", a.Key())
		}
	}
	if reachable != Known {
		t.Errorf("kinds take atoms that do not exist: %s", reachable.Minus(Known))
	}
}

func TestDescribeIsExact(t *testing.T) {
	for k := KindSystem; k < nKinds; k++ {
		check := func(s Set) {
			t.Helper()
			var back Set
			for _, name := range Describe(s, k) {
				m, err := Expand(name, k, false)
				if err != nil {
					t.Fatalf("%s on %s: %v", name, k, err)
				}
				back |= m
			}
			if back != s {
				t.Errorf("on %s: %s reads back as %s", k, s, back)
			}
		}
		check(0)
		check(All(k))
		check(Owner(k))
		for _, a := range Valid(k).Atoms() {
			check(Of(a))
			check(All(k).Union(Of(a)))
			check(All(k).Minus(Of(a)))
		}
	}
}

// TestNothingIsWidened: no name gives the right to grant or unbounded
// administration unless it says so.
func TestNothingIsWidened(t *testing.T) {
	mayGive := map[string]bool{"ALTER": true, "GRANT": true, "GRANT OPTION": true, "ADMIN": true,
		"SYSTEM ADMIN": true, "SYSTEM_ADMIN": true, "INDIRECT ACCESS": true, "REFRESH LDAP GROUP": true, "PROXY": true}
	for name := range meanings {
		if mayGive[strings.TrimSuffix(name, " KEYWORD")] {
			continue
		}
		for k := Kind(0); k < nKinds; k++ {
			for _, keyword := range []bool{false, true} {
				if s, err := Expand(name, k, keyword); err == nil && s.HasAny(notInAll) {
					t.Errorf("%s on %s gives %s", name, k, s.Intersect(notInAll))
				}
			}
		}
	}
	for k := Kind(0); k < nKinds; k++ {
		if All(k).HasAny(notInAll) {
			t.Errorf("ALL on %s gives %s", k, All(k).Intersect(notInAll))
		}
	}
}

func TestUnknownNumbersHoldNothing(t *testing.T) {
	if Valid(KindNone) != 0 || Valid(200) != 0 || All(200) != 0 {
		t.Error("an unknown kind takes atoms")
	}
	if Atom(63).Known() || Atom(200).Known() || Kind(200).Known() {
		t.Error("an unknown number is known")
	}
	if _, err := Expand("SELECT", KindNone, false); !errors.Is(err, ErrWrongKind) {
		t.Errorf("SELECT on no kind: %v", err)
	}
	if _, err := Expand("ALL", 200, false); !errors.Is(err, ErrUnknownName) {
		t.Errorf("ALL on an unknown kind: %v", err)
	}
	if got := Of(63).String(); got != "unknown" {
		t.Errorf("unknown atom shows as %q", got)
	}
}

func TestFromSystem(t *testing.T) {
	for _, c := range []struct{ held, has, lacks Set }{
		{0, 0, Known},
		{Of(SysAdmin), Known, 0},
		{Of(SysRead), Of(SysRead, Select, Metadata), Of(Insert, Update, Delete, Alter, Grant, UserAdmin)},
		{Of(SysWrite), Of(Insert, Update, Delete), Of(Select, Truncate, Alter, Drop)},
		{Of(SysCreate), Of(Create, CreateView), Of(Select, Drop, Alter)},
		{Of(UserAdmin), Of(UserAdmin), Of(Select, SysAdmin, Grant)},
		{Of(Select), Of(Select), Of(Insert, Metadata)}, // GRANT SELECT ON *.*
	} {
		if got := FromSystem(c.held); !got.HasAll(c.has) || got.HasAny(c.lacks) {
			t.Errorf("FromSystem(%s) = %s", c.held, got)
		}
	}
}

// TestSystemRows: each privilege of the system opens something, and says so in the
// generated table, or is refused; and each row names a test that is there.
func TestSystemRows(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Privileges of the system\n\nMade from a table in the tests of security/privilege (go test ./security/privilege -update); do not edit.\n\n" +
		"Granted without ON, or ON *.*. A privilege that is known and not in this table is refused, for the reason below.\n\n" +
		"| privilege | opens | shown by |\n|---|---|---|\n")
	listed := map[string]bool{}
	var atoms Set
	for _, r := range systemRows() {
		listed[r.Name] = true
		s, err := Expand(r.Name, KindSystem, false)
		if err != nil || !Opens(r.Name, KindSystem, false) {
			t.Errorf("%s: %v, opens %t", r.Name, err, Opens(r.Name, KindSystem, false))
		}
		atoms |= s
		if _, err := os.Stat("../../" + r.Test); err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` |\n", r.Name, r.Opens, r.Test)
	}
	for _, a := range Valid(KindSystem).Minus(Valid(KindDatabase)).Minus(unbuilt).Atoms() {
		if !atoms.Has(a) {
			t.Errorf("%s opens something nobody says: a row is missing", a)
		}
	}
	for name := range unbuiltNames {
		if listed[name] || Opens(name, KindSystem, false) || !KnownElsewhere(name) {
			t.Errorf("%s: both listed and unbuilt", name)
		}
	}
	b.WriteString("\n## On accounts\n\nGranted ON USER u, by SYSTEM ADMIN or WITH GRANT OPTION; no part of ALL PRIVILEGES.\n\n| privilege | opens | shown by |\n|---|---|---|\n")
	for _, r := range accountRows() {
		if !Opens(r.Name, KindUser, false) {
			t.Errorf("%s opens nothing on accounts", r.Name)
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` |\n", r.Name, r.Opens, r.Test)
	}
	b.WriteString("\n## Other names\n\nThey are granted as what they mean here, and SHOW GRANTS shows that.\n\n| name | means |\n|---|---|\n")
	for _, name := range []string{"CREATE USER", "SUPER", "SET_USER_ID", "REPLICATION CLIENT", "SYSTEM_ADMIN", "SYSTEM_READ", "SYSTEM_WRITE", "SYSTEM_CREATE", "SYSTEM_MONITOR",
		"SYSTEM_USER_ADMIN", "IMPERSONATE"} {
		s, err := Expand(name, KindSystem, false)
		if err != nil || !Opens(name, KindSystem, false) || listed[name] {
			t.Errorf("%s: %v", name, err)
		}
		fmt.Fprintf(&b, "| %s | %s |\n", name, strings.Join(Describe(s, KindSystem), ", "))
	}
	b.WriteString("\n## Refused\n\nWhat other products grant and means nothing here is error 1235, as `testdata/authz/refused_by_name.txt` shows: " +
		"who granted it would believe that something is allowed, or that nobody else may do it.\n\n| name | why, and what there is instead |\n|---|---|\n")
	why := map[string]bool{}
	for _, r := range refusedRows() {
		for name := range strings.SplitSeq(r.Names, ", ") {
			if why[name] || listed[name] {
				t.Errorf("%s is there twice", name)
			}
			why[name] = true
		}
		fmt.Fprintf(&b, "| %s | %s |\n", r.Names, r.Why)
	}
	for name := range unbuiltNames {
		if !why[name] {
			t.Errorf("%s is refused, and nobody says why", name)
		}
	}
	for _, k := range Kinds() {
		for _, a := range aimless(k).Atoms() {
			if name := a.String() + " ON " + k.String(); !why[name] || Opens(a.String(), k, false) || Owner(k).Has(a) || !Valid(k).Has(a) {
				t.Errorf("%s: refused %t", name, !Opens(a.String(), k, false))
			}
		}
	}
	for _, a := range unbuilt.Atoms() {
		if !why[a.String()] {
			t.Errorf("%s is refused, and nobody says why", a)
		}
	}
	const file = "../../docs/generated/privileges.md"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if text, _ := os.ReadFile(file); string(text) != b.String() {
		t.Error("docs/generated/privileges.md is not what the table says; run go test ./security/privilege -update")
	}
}

var update = flag.Bool("update", false, "write docs/generated/privileges.md")
