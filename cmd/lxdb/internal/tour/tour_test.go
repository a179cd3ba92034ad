package tour

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/testdata/world"
)

// TestGuideIsVerbatim holds that the tour has the guide's grants word for word.
func TestGuideIsVerbatim(t *testing.T) {
	steps, err := parse(tourText)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"grant read on table t to tesla",
		"grant read on schema einstein to tesla",
		"grant read, write on table t to tesla",
		"grant alter on table t to tesla",
	} {
		if !slices.ContainsFunc(steps, func(s step) bool { return s.user == "einstein" && s.sql == want && s.want == wantOK }) {
			t.Errorf("the tour lacks %q", want)
		}
	}
	denied := 0
	for _, s := range steps {
		if s.want == wantDenied {
			denied++
		}
	}
	if denied < 10 {
		t.Errorf("only %d statements of the tour are denied", denied)
	}
}

// TestEveryDoor holds that the tour shows a statement that is allowed and one that is
// denied through MySQL's protocol, Avatica and JSON alike.
func TestEveryDoor(t *testing.T) {
	steps, err := parse(tourText)
	if err != nil {
		t.Fatal(err)
	}
	doors := map[want]map[string]int{wantRows: {}, wantDenied: {}}
	for _, s := range steps {
		if at := doors[s.want]; at != nil && (s.mode == query || s.mode == overAvatica || s.mode == overJSON) {
			at[s.user+s.sql] |= 1 << s.mode
		}
	}
	const all = 1<<query | 1<<overAvatica | 1<<overJSON
	for w, at := range doors {
		if !slices.Contains(slices.Collect(maps.Values(at)), all) {
			t.Errorf("no statement whose outcome is %d comes through every door", w)
		}
	}
}

func TestParse(t *testing.T) {
	steps, err := parse("# c\n= Title\n- prose\nu: select 1\n  from t\nrows 2\nu prepare: select ?\nu execute:\ndenied 7\nu: x\nshows a b\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []step{
		{title: "Title"},
		{prose: "prose"},
		{user: "u", sql: "select 1\nfrom t", want: wantRows, count: 2},
		{user: "u", sql: "select ?", mode: prepare},
		{user: "u", mode: execute, want: wantDenied, count: 7},
		{user: "u", sql: "x", want: wantText, text: "a b"},
	}
	if !slices.Equal(steps, want) {
		t.Errorf("got %+v", steps)
	}
	for _, bad := range []string{
		"ok\n", "u: select 1\n", "u: select 1\nok\nok\n", "u: select 1\nrows many\n", "u: select 1\nok 3\n", "u: select 1\nshows\n",
		"  continued\n", "= Title\n  continued\n", "select 1\nok\n", "u:\nok\n", "u execute: select 1\nok\n", "u explain: select 1\nok\n", ": select 1\nok\n",
	} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// TestMatches holds that an outcome other than the told one is noticed.
func TestMatches(t *testing.T) {
	cell := "x and y"
	one := sqlconn.Rows{Columns: []string{"c"}, Rows: [][]*string{{&cell}}}
	denied := &sqlconn.Error{Number: 1142}
	for _, c := range []struct {
		step   step
		rows   sqlconn.Rows
		answer *sqlconn.Error
		want   bool
	}{
		{step{want: wantOK}, sqlconn.Rows{}, nil, true},
		{step{want: wantOK}, one, nil, false},
		{step{want: wantOK}, sqlconn.Rows{}, denied, false},
		{step{want: wantRows, count: 1}, one, nil, true},
		{step{want: wantRows, count: 2}, one, nil, false},
		{step{want: wantRows, count: 1}, sqlconn.Rows{}, denied, false},
		{step{want: wantText, text: "and"}, one, nil, true},
		{step{want: wantText, text: "or"}, one, nil, false},
		{step{want: wantDenied, count: 1142}, sqlconn.Rows{}, denied, true},
		{step{want: wantDenied, count: 1142}, one, nil, false},
		{step{want: wantDenied, count: 1044}, sqlconn.Rows{}, denied, false},
	} {
		if got := matches(c.step, c.rows, c.answer); got != c.want {
			t.Errorf("%+v: %v", c.step, got)
		}
	}
}

func TestPage(t *testing.T) {
	var out bytes.Buffer
	p := page{w: &out}
	long := strings.Repeat("é", 60)
	short := "ab"
	p.title("Title")
	p.prose("Some prose.")
	p.statement("u", "", "select 1\nfrom t")
	p.outcome(step{want: wantRows}, sqlconn.Rows{Columns: []string{"a", "b"}, Rows: [][]*string{{&short, &long}, {nil, &short}}}, nil)
	answer := &sqlconn.Error{Number: 9, Message: strings.Repeat("word ", 30), Hint: "try harder"}
	p.outcome(step{want: wantDenied, count: 9}, sqlconn.Rows{}, answer)
	p.outcome(step{want: wantDenied, count: 8}, sqlconn.Rows{}, answer)
	p.unexpected(step{want: wantDenied, count: 8})
	want := `
1. Title

   Some prose.

   u> select 1
      from t
     a     b
     ab    ` + strings.Repeat("é", 47) + `…
     NULL  ab
     denied word word word word word word word word word word word word word word word word
            word word word word word word word word word word word word word word (error 9)
     hint   try harder
     error  word word word word word word word word word word word word word word word word
            word word word word word word word word word word word word word word (error 9)
     WRONG  the tour expects error 8
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// TestSchemaMatchesTables: LoadWorld pairs the statements of the schema with the
// names of the tables.
func TestSchemaMatchesTables(t *testing.T) {
	schema := world.Schema()
	if len(schema) != len(world.Tables) {
		t.Fatalf("%d statements, %d tables", len(schema), len(world.Tables))
	}
	for i, name := range world.Tables {
		if !strings.HasPrefix(schema[i], "CREATE TABLE "+name+" (") {
			t.Errorf("statement %d does not make %s: %.40s", i, name, schema[i])
		}
	}
	if WorldBytes() < 100_000 {
		t.Errorf("the data set has %d bytes", WorldBytes())
	}
}
