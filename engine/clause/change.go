package clause

import "strings"

// Change is what the catalog keeps of a statement on a table beside what the SQL
// parser reads of it. None of it changes what statements do.
type Change struct {
	// Table is the table, as the statement names it.
	Database, Table string
	Alters          bool // the table is there: ALTER TABLE, CREATE INDEX
	// Options are table options by name, in the order of the statement.
	Options []Option
	// Partition is the text of PARTITION BY …; empty with Unpartition set removes it.
	Partition   string
	Unpartition bool
	// Indexes are the full-text and spatial keys, which are not built.
	Indexes []Index
	// Convert says that the character set is that of the stored columns, too. It is
	// the one thing here that changes rows; the parser takes CONVERT TO and forgets it.
	Convert bool
	// Shapes are what the types of the columns say that the statement defines, beyond the
	// parser's types, by name in lower case: (3) of TIME, (6,2) of FLOAT and DOUBLE, unsigned of
	// these and DECIMAL. The empty one counts: it takes a shape away.
	Shapes map[string]string
	// Like is the table whose columns a new one has.
	LikeDatabase, Like string
	// Duplicates is IGNORE or REPLACE of CREATE TABLE … SELECT.
	Duplicates string
	// Late are parts of ALTER TABLE that are carried out after the others, each by itself: their
	// expressions name columns that the others make.
	Late []string
	// KeyNames are the names that FOREIGN KEY name (…) gives to indexes, by the columns as keyColumns joins them.
	KeyNames map[string]string
	// Enforce are ALTER CHECK and ALTER CONSTRAINT … [NOT] ENFORCED, carried out behind everything else.
	Enforce []Enforcement
	// Notes name what is accepted without effect.
	Notes []string
}

// Enforcement says whether a CHECK constraint holds from now on.
type Enforcement struct {
	Name string
	Any  bool // ALTER CONSTRAINT: the name may be another kind's
	On   bool
}

// Option is one table option as SHOW CREATE TABLE prints it.
type Option struct{ Name, Value string }

// Index is a key that is not built.
type Index struct {
	Kind    string // FULLTEXT or SPATIAL
	Name    string // empty: made from the first column
	Columns []string
	Comment string
}

// Empty reports a change that changes nothing and notes nothing.
func (c *Change) Empty() bool {
	return c == nil || len(c.Options) == 0 && c.Partition == "" && !c.Unpartition && len(c.Indexes) == 0 && len(c.Notes) == 0 && !c.Convert && len(c.Shapes) == 0 && c.Like == "" && c.Duplicates == "" && len(c.Late) == 0 && len(c.Enforce) == 0 && len(c.KeyNames) == 0
}

func (c *Change) shape(column, shape string) {
	if c.Shapes == nil {
		c.Shapes = map[string]string{}
	}
	c.Shapes[strings.ToLower(column)] = shape
}

// KeyName is the name of the index that a foreign key over columns makes, empty where the statement says none.
func (c *Change) KeyName(columns []string) string { return c.KeyNames[keyColumns(columns)] }

func keyColumns(names []string) string { return strings.ToLower(strings.Join(names, "\x00")) }

func (c *Change) note(what string) {
	for _, n := range c.Notes {
		if n == what {
			return
		}
	}
	c.Notes = append(c.Notes, what)
}

// Writes reports a change of the table's record.
func (c *Change) Writes() bool {
	return len(c.Options) > 0 || c.Partition != "" || c.Unpartition || len(c.Indexes) > 0
}
