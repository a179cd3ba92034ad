package worldtest

import (
	"encoding/csv"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lxdb/lxdb/testdata/world"
)

// table is one CSV file with the rules that schema.sql has for it.
type table struct {
	columns []string
	rows    [][]string
	widths  map[string]int  // CHAR and VARCHAR: characters
	notNull map[string]bool // NOT NULL
	unique  []string        // primary key and unique indexes, each of one column
	foreign map[string][2]string
}

func (t *table) column(name string) int {
	for i, c := range t.columns {
		if c == name {
			return i
		}
	}
	return -1
}

var (
	createTable = regexp.MustCompile(`^CREATE TABLE (\w+) \(`)
	columnDef   = regexp.MustCompile(`^\s+([a-z]\w*)\s+(?:(?:VAR)?CHAR\((\d+)\)|DECIMAL\(9, 6\))\s*(NOT NULL)?,?$`)
	uniqueDef   = regexp.MustCompile(`^\s+(?:PRIMARY KEY|UNIQUE INDEX \w+) \((\w+)\),?$`)
	foreignDef  = regexp.MustCompile(`^\s+CONSTRAINT \w+ FOREIGN KEY \((\w+)\) REFERENCES (\w+) \((\w+)\),?$`)
	indexDef    = regexp.MustCompile(`^\s+INDEX \w+ \([\w, ]+\),?$`)
)

// load reads the schema and the files. A line of the schema that it does not
// know is an error, so that no rule goes unchecked.
func load(t *testing.T) map[string]*table {
	tables := map[string]*table{}
	for _, statement := range world.Schema() {
		lines := strings.Split(statement, "\n")
		m := createTable.FindStringSubmatch(lines[0])
		if m == nil {
			t.Fatalf("not a CREATE TABLE: %s", statement)
		}
		tab := &table{widths: map[string]int{}, notNull: map[string]bool{}, foreign: map[string][2]string{}}
		for _, line := range lines[1:] {
			if c := columnDef.FindStringSubmatch(line); c != nil {
				tab.columns = append(tab.columns, c[1])
				tab.widths[c[1]], _ = strconv.Atoi(c[2])
				tab.notNull[c[1]] = c[3] != ""
			} else if u := uniqueDef.FindStringSubmatch(line); u != nil {
				tab.unique = append(tab.unique, u[1])
			} else if f := foreignDef.FindStringSubmatch(line); f != nil {
				tab.foreign[f[1]] = [2]string{f[2], f[3]}
			} else if line != ")" && !indexDef.MatchString(line) {
				t.Fatalf("%s: the test does not understand %q", m[1], line)
			}
		}
		text, err := world.CSV(m[1])
		if err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", m[1], err)
		}
		if got, want := strings.Join(records[0], ","), strings.Join(tab.columns, ","); got != want {
			t.Fatalf("%s: the file has columns %s, the schema %s", m[1], got, want)
		}
		tab.rows = records[1:]
		tables[m[1]] = tab
	}
	if len(tables) != len(world.Tables) {
		t.Fatalf("the schema has %d tables, world.Tables %d", len(tables), len(world.Tables))
	}
	return tables
}

// TestConstraints loads the files in order as a database would, so that a key
// must stand before the row that refers to it.
func TestConstraints(t *testing.T) {
	tables := load(t)
	seen := map[string]map[string]bool{} // table.column -> values
	for _, name := range world.Tables {
		tab := tables[name]
		for _, c := range tab.columns {
			seen[name+"."+c] = map[string]bool{}
		}
		for n, row := range tab.rows {
			for i, c := range tab.columns {
				checkField(t, fmt.Sprintf("%s line %d, %s", name, n+2, c), tab, c, row[i])
			}
			for _, c := range tab.unique {
				v := row[tab.column(c)]
				if v != "" && seen[name+"."+c][strings.ToLower(v)] {
					t.Errorf("%s line %d: %s %q stands twice", name, n+2, c, v)
				}
			}
			for c, to := range tab.foreign {
				v := row[tab.column(c)]
				if v != "" && !seen[to[0]+"."+to[1]][strings.ToLower(v)] {
					t.Errorf("%s line %d: %s %q is not (yet) in %s.%s", name, n+2, c, v, to[0], to[1])
				}
			}
			for i, c := range tab.columns {
				seen[name+"."+c][strings.ToLower(row[i])] = true
			}
		}
	}
}

func checkField(t *testing.T, where string, tab *table, column, v string) {
	t.Helper()
	switch width := tab.widths[column]; {
	case v == "" && tab.notNull[column]:
		t.Errorf("%s is empty", where)
	case strings.TrimSpace(v) != v || !utf8.ValidString(v):
		t.Errorf("%s: %q has blanks around it or is no UTF-8", where, v)
	case width > 0 && utf8.RuneCountInString(v) > width:
		t.Errorf("%s: %q is longer than %d characters", where, v, width)
	case width == 0 && v != "":
		limit := map[string]float64{"latitude": 90, "longitude": 180}[column]
		if f, err := strconv.ParseFloat(v, 64); err != nil || f < -limit || f > limit {
			t.Errorf("%s: %q is no coordinate", where, v)
		}
	}
}

// TestCounts holds that README.md tells the truth and that the set is as large
// as was promised.
func TestCounts(t *testing.T) {
	readme, err := os.ReadFile("../../testdata/world/README.md")
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for name, tab := range load(t) {
		sum += len(tab.rows)
		if want := fmt.Sprintf("\n| `%s` | %d |\n", name, len(tab.rows)); !strings.Contains(string(readme), want) {
			t.Errorf("README.md lacks the line %q: run make world", strings.TrimSpace(want))
		}
	}
	if !strings.Contains(string(readme), fmt.Sprintf("\n| all | %d |\n", sum)) || sum < 6000 {
		t.Errorf("README.md does not say %d in all, or that is less than 6,000", sum)
	}
}

// TestKnownFacts spot-checks each table against facts that do not change.
func TestKnownFacts(t *testing.T) {
	tables := load(t)
	for name, want := range map[string]string{
		"country":     "CH,CHE,756,Switzerland,Swiss Confederation,",
		"subdivision": "CH-ZH,CH,Zürich,Canton,",
		"currency":    "JPY,392,Yen",
		"language":    "deu,de,ger,German,,I,L",
		"script":      "Latn,215,Latin",
		"timezone":    "Europe/Zurich,CH,47.383333,8.533333,",
	} {
		found := false
		for _, row := range tables[name].rows {
			found = found || strings.HasPrefix(strings.Join(row, ","), want)
		}
		if !found {
			t.Errorf("%s lacks %s", name, want)
		}
	}
}

// TestQueries holds that each query has a result with at least one row.
func TestQueries(t *testing.T) {
	queries := world.Queries()
	if len(queries) < 10 {
		t.Fatalf("only %d queries", len(queries))
	}
	for _, q := range queries {
		if strings.Count(q.Want, "\n") < 2 || strings.HasSuffix(q.SQL, ";") {
			t.Errorf("%s: no rows, or a semicolon: %s", q.Name, q.SQL)
		}
	}
}
