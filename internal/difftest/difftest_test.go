package difftest

import (
	"os"
	"strings"
	"testing"
)

// TestSeedDecides holds that a run can be repeated: one seed, one list of
// statements.
func TestSeedDecides(t *testing.T) {
	texts := func(seed uint64) string {
		g := NewGen(seed)
		g.MakeTables(3, 5)
		var b strings.Builder
		for _, table := range g.Tables {
			b.WriteString(table.Create(true) + table.Insert())
		}
		for range 300 {
			b.WriteString(g.Query().Root.Text() + "\n" + g.Expression().Root.Text() + "\n")
		}
		return b.String()
	}
	if texts(7) != texts(7) {
		t.Error("one seed, two lists")
	}
	if texts(7) == texts(8) {
		t.Error("two seeds, one list")
	}
}

// TestSweepSize holds the number that spreads a short run over the whole sweep.
func TestSweepSize(t *testing.T) {
	n := 0
	NewGen(1).Sweep(func(*Statement) bool { n++; return true })
	if n != SweepSize() || n < 50000 {
		t.Errorf("%d statements, SweepSize %d", n, SweepSize())
	}
}

// TestReduce makes a large statement small whose fault is one function.
func TestReduce(t *testing.T) {
	root := form("SELECT $ FROM $$", list(scalar("ABS($)", scalar("LPAD($, $, $)", scalar("t0.c1"), intValue(3).node(), scalar("t0.c2"))), scalar("t0.id")),
		&Node{Form: "$ JOIN $", Kids: []*Node{{Form: "t0", Sort: Source}, {Form: "t1", Sort: Source}}, Sort: Source}, option(" WHERE $", scalar("t0.id")))
	small := Reduce(root, 500, func(n *Node) bool { return strings.Contains(n.Text(), "LPAD(") })
	if got := small.Text(); got != "SELECT LPAD(NULL, NULL, NULL)" {
		t.Errorf("reduced to %q", got)
	}
	if got := root.Text(); !strings.Contains(got, "t1") {
		t.Errorf("the statement itself was changed: %q", got)
	}
}

func TestBound(t *testing.T) {
	text, params := form("SELECT $", scalar("($ + $)", intValue(1).node(), Value{"DATE'2024-01-01'", nil, Date}.node())).Bound()
	if text != "SELECT (? + DATE'2024-01-01')" || len(params) != 1 || params[0] != int64(1) {
		t.Errorf("%q, %v", text, params)
	}
}

func TestCompare(t *testing.T) {
	row := func(cells ...string) (out []Cell) {
		for _, c := range cells {
			out = append(out, Cell{Text: c, Null: c == "NULL"})
		}
		return out
	}
	result := func(rows ...[]Cell) *Result { return &Result{Columns: make([]Column, len(rows[0])), Rows: rows} }
	sorted := &Statement{Root: form("$$", text("SELECT 1"), option(" ORDER BY 1")), Sorted: true}
	fuzzy := &Statement{Root: text("SELECT 1"), Fuzzy: true}
	for _, c := range []struct {
		name         string
		s            *Statement
		ours, theirs *Result
		want         string
	}{
		{"equal", sorted, result(row("1"), row("2")), result(row("1"), row("2")), ""},
		{"another order", sorted, result(row("1"), row("2")), result(row("2"), row("1")), KindOrder},
		{"order is open", Plain("SELECT 1"), result(row("1"), row("2")), result(row("2"), row("1")), ""},
		{"NULL is no text", sorted, result(row("NULL")), result(row("")), KindValue},
		{"text is exact", sorted, result(row("1.0")), result(row("1.00")), KindValue},
		{"last digit of a double", sorted, result(row("0.8414709848078965")), result(row("0.8414709848078966")), ""},
		{"a digit before it", sorted, result(row("0.8414709848078965")), result(row("0.8414709848078865")), KindValue},
		{"either of equal texts", fuzzy, result(row("a")), result(row("A")), ""},
		{"other text", fuzzy, result(row("a")), result(row("b")), KindValue},
		{"rows", sorted, result(row("1")), result(row("1"), row("1")), KindRows},
		{"columns", sorted, result(row("1")), result(row("1", "2")), KindColumns},
		{"refused", sorted, &Result{Number: 1064}, result(row("1")), KindRefused},
		{"accepted", sorted, result(row("1")), &Result{Number: 1064}, KindAccepted},
		{"number", sorted, &Result{Number: 1}, &Result{Number: 2}, KindNumber},
		{"both refuse", sorted, &Result{Number: 1}, &Result{Number: 1}, ""},
		{"a warning more", &Statement{Root: text("x"), Warned: true}, &Result{Warnings: []uint16{1292, 1365}}, &Result{Warnings: []uint16{1292, 1292}}, KindWarnings},
		{"a warning twice", &Statement{Root: text("x"), Warned: true}, &Result{Warnings: []uint16{1292}}, &Result{Warnings: []uint16{1292, 1292}}, ""},
	} {
		got := ""
		if d := Compare(c.s, c.ours, c.theirs); d != nil {
			got = d.Kind
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestRules holds that each rule can be read, and that a case holds lxdb to it.
func TestRules(t *testing.T) {
	if len(Rules) > maxRules {
		t.Errorf("%d rules, at most %d: let the generator leave such statements out", len(Rules), maxRules)
	}
	passes, err := os.ReadFile("../../testdata/sql/passes.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, r := range Rules {
		if names[r.Name] || r.Name == "" || r.Manual == "" || r.Applies == nil {
			t.Errorf("rule %q: its name, once, the manual's rule and a condition", r.Name)
		}
		names[r.Name] = true
		if r.Case == "" {
			t.Errorf("rule %q has no case", r.Name)
		}
		for _, file := range strings.Fields(r.Case) {
			if _, err := os.Stat("../../testdata/sql/" + file + ".txt"); err != nil {
				t.Errorf("rule %q: %v", r.Name, err)
			}
			if !strings.Contains(string(passes), file+"\n") {
				t.Errorf("rule %q: %s must be in passes.txt", r.Name, file)
			}
		}
	}
}
