package difftest

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// aliasOf finds which table a name of a statement stands for, columnRef what it reads of it.
var (
	aliasOf   = regexp.MustCompile(`\b(t\d+) AS (a\d+)\b`)
	columnRef = regexp.MustCompile(`\b([ta]\d+)\.(\w+)\b`)
)

// tablesIn are the tables of a text by the names that its columns have there.
func tablesIn(text string) map[string]string {
	out := map[string]string{}
	for _, m := range aliasOf.FindAllStringSubmatch(text, -1) {
		out[m[2]] = m[1]
	}
	return out
}

// uses says whether a column of one of these types is named in the statement: the first word
// of the type, as CREATE TABLE has it.
func (d *Difference) uses(types ...string) bool {
	return d.column(func(c ColumnDef) bool {
		return slices.Contains(types, regexp.MustCompile(`^\w+`).FindString(c.sql))
	})
}

// column says whether the statement names a column that is so.
func (d *Difference) column(is func(c ColumnDef) bool) bool {
	text := d.Statement.Root.Text()
	aliases := tablesIn(text)
	return slices.ContainsFunc(columnRef.FindAllStringSubmatch(text, -1), func(m []string) bool {
		table := m[1]
		if of, ok := aliases[table]; ok {
			table = of
		}
		return slices.ContainsFunc(d.Tables, func(t *Table) bool {
			return t.Name == table && slices.ContainsFunc(t.Columns, func(c ColumnDef) bool {
				return c.Name == m[2] && is(c)
			})
		})
	})
}

// cells says whether all cells that differ in two results of equal size differ in that way.
func (d *Difference) cells(way func(ours, theirs Cell) bool) bool {
	if len(d.Ours.Rows) != len(d.Theirs.Rows) || len(d.Ours.Rows) == 0 {
		return false
	}
	ours, theirs := flatten(d.Ours, false), flatten(d.Theirs, false) // letters that were folded are no bytes any more
	sortNumbers(ours)
	sortNumbers(theirs)
	found := false
	for i := range ours {
		for j := range min(len(ours[i]), len(theirs[i])) {
			if x, y := ours[i][j], theirs[i][j]; !sameCell(x, y, d.Statement.Fuzzy) {
				if found = true; !way(x, y) {
					return false
				}
			}
		}
	}
	return found
}

// sortNumbers sorts rows so that one number of more digits than the other stands at the same place.
func sortNumbers(rows [][]Cell) {
	sortRows(rows)
	slices.SortStableFunc(rows, func(a, b []Cell) int {
		return slices.CompareFunc(a, b, func(x, y Cell) int {
			f, err := strconv.ParseFloat(x.Text, 64)
			h, wrong := strconv.ParseFloat(y.Text, 64)
			if err != nil || wrong != nil || math.Abs(f-h) <= 1e-9 {
				return 0
			}
			return cmp.Compare(f, h)
		})
	})
}

// sameNumber says that two texts are one number, up to what ten digits behind the point show.
func sameNumber(x, y string) bool {
	f, err := strconv.ParseFloat(x, 64)
	h, wrong := strconv.ParseFloat(y, 64)
	return err == nil && wrong == nil && math.Abs(f-h) <= 1e-9*math.Max(1, math.Abs(f)) && !strings.ContainsAny(x+y, "xXpP_n")
}

// number is what the bytes of a BIT are as a number.
func number(bytes string) string {
	n := uint64(0)
	for i := range len(bytes) {
		n = n<<8 | uint64(bytes[i])
	}
	return strconv.FormatUint(n, 10)
}
