package difftest

import (
	"regexp"
	"slices"
)

// Smaller returns the tables that a statement names, with the columns that it
// names and as few rows as still show what is asked for. still is asked at most
// tries times; it must make the tables before it looks.
func Smaller(tables []*Table, text string, tries int, still func([]*Table) bool) []*Table {
	var out []*Table
	for _, t := range tables {
		if named(text, t.Name) {
			out = append(out, t.only(text))
		}
	}
	ask := func(candidate []*Table) bool {
		tries--
		return tries >= 0 && still(candidate)
	}
	if !ask(out) {
		return nil
	}
	for i := range out {
		for chunk := max(1, len(out[i].Rows)/2); chunk > 0; chunk /= 2 {
			for at := 0; at < len(out[i].Rows); {
				fewer := *out[i]
				fewer.Rows = slices.Delete(slices.Clone(fewer.Rows), at, min(at+chunk, len(fewer.Rows)))
				candidate := slices.Clone(out)
				candidate[i] = &fewer
				if len(fewer.Rows) > 0 && ask(candidate) {
					out = candidate
				} else {
					at += chunk
				}
			}
		}
	}
	for i := range out {
		bare := *out[i]
		bare.Indexes = nil
		candidate := slices.Clone(out)
		candidate[i] = &bare
		if len(out[i].Indexes) > 0 && ask(candidate) {
			out = candidate
		}
	}
	return out
}

func named(text, name string) bool {
	return regexp.MustCompile(`\b` + name + `\b`).MatchString(text)
}

// only is the table with the columns that a text names.
func (t *Table) only(text string) *Table {
	small := &Table{Name: t.Name}
	keep := []int{0}
	for i, c := range t.Columns {
		if named(text, c.Name) {
			small.Columns = append(small.Columns, c)
			keep = append(keep, i+1)
		}
	}
	for _, r := range t.Rows {
		row := make([]string, len(keep))
		for i, k := range keep {
			row[i] = r[k]
		}
		small.Rows = append(small.Rows, row)
	}
	for _, index := range t.Indexes {
		if small.has(index) {
			small.Indexes = append(small.Indexes, index)
		}
	}
	return small
}

var columnName = regexp.MustCompile(`\bc\d+\b`)

// has says whether every column of an index is there.
func (t *Table) has(index string) bool {
	for _, name := range columnName.FindAllString(index, -1) {
		if !slices.ContainsFunc(t.Columns, func(c ColumnDef) bool { return c.Name == name }) {
			return false
		}
	}
	return true
}
