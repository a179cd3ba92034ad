package engine

import "testing"

// TestOriginsOfColumns holds that a result tells the table and the column below its
// aliases, as who edits a result needs them, and nothing of what is below a view.
func TestOriginsOfColumns(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE lab")
	db.ok("root", "CREATE TABLE lab.element (id INT PRIMARY KEY, name VARCHAR(20))")
	db.ok("root", "CREATE VIEW lab.seen AS SELECT name AS what FROM lab.element")
	for query, want := range map[string]string{
		"SELECT e.name FROM lab.element e":                             "element.name",
		"SELECT e.name AS n FROM lab.element AS e ORDER BY n":          "element.name",
		"SELECT b.id FROM lab.element a JOIN lab.element b USING (id)": "element.id",
		"SELECT UPPER(name) AS n FROM lab.element":                     ".", // of a computed column MySQL says nothing
		"SELECT v.what FROM lab.seen v":                                "v.what",
		"SELECT d.x FROM (SELECT name AS x FROM lab.element) d":        "d.x",
	} {
		res, _, err := db.as("root").Query(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		if c := res.Columns()[0]; c.OrgTable+"."+c.OrgName != want {
			t.Errorf("%s: %s.%s instead of %s", query, c.OrgTable, c.OrgName, want)
		}
		if _, err := drain(res); err != nil {
			t.Fatal(err)
		}
	}
}
