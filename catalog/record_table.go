package catalog

import (
	"slices"
	"unicode/utf8"

	"github.com/lxdb/lxdb/security/principal"
)

// Database is a schema in MySQL's sense.
type Database struct {
	ID        ID           `json:"id"`
	Name      string       `json:"name"` // as written; compared without case
	Collation string       `json:"collation,omitempty"`
	Comment   string       `json:"comment,omitempty"`
	Owner     principal.ID `json:"owner"`
	HomeOf    principal.ID `json:"home_of,omitempty"` // the user whose home this is
}

// Table is a base table. ID is its identity: grants name it, and it never
// changes. Data is the id in the table's keys: TRUNCATE and a rewrite give the
// table a new one.
type Table struct {
	ID          ID           `json:"id"`
	Database    ID           `json:"database"`
	Name        string       `json:"name"`
	Data        ID           `json:"data"`
	Collation   string       `json:"collation,omitempty"`
	Comment     string       `json:"comment,omitempty"`
	Owner       principal.ID `json:"owner"`
	Columns     []Column     `json:"columns"` // in the order that SELECT * shows
	Indexes     []Index      `json:"indexes,omitempty"`
	Checks      []Check      `json:"checks,omitempty"`
	ForeignKeys []ForeignKey `json:"foreign_keys,omitempty"`
	Layouts     []Layout     `json:"layouts,omitempty"` // every row layout that rows on disk may have
	NextColumn  uint16       `json:"next_column"`       // the next column id; ids are not reused
	NextIndex   uint16       `json:"next_index"`        // the next index id
	Version     uint32       `json:"version"`           // layout version of rows written now

	// What dumps say about a table and what has no meaning here. It is shown again.
	Options   []TableOption  `json:"options,omitempty"`
	Partition string         `json:"partition,omitempty"` // PARTITION BY …
	Unbuilt   []UnbuiltIndex `json:"unbuilt,omitempty"`

	aside bool // one session's; never written, so that no record can say it
}

// Temporary says that the table is one session's, and not in the catalog: see Aside.
func (t *Table) Temporary() bool { return t.aside }

// Clone returns a copy that may be changed and Put. It is what the stored form would give, made without it: a statement
// with a thousand clauses clones a table of a thousand columns for each. What never changes is shared: the columns of a
// layout, and the texts that Default and Absent point to.
func (t *Table) Clone() *Table {
	out := *t
	out.aside = false
	out.Columns = slices.Clone(t.Columns)
	out.Indexes = cloned(t.Indexes, func(x *Index) { x.Columns = slices.Clone(x.Columns) })
	out.Checks = cloned(t.Checks, func(*Check) {})
	out.ForeignKeys = cloned(t.ForeignKeys, func(fk *ForeignKey) {
		fk.Columns, fk.ParentColumns = slices.Clone(fk.Columns), slices.Clone(fk.ParentColumns)
	})
	out.Layouts = cloned(t.Layouts, func(l *Layout) { l.Columns = slices.Clip(l.Columns) })
	out.Options = cloned(t.Options, func(*TableOption) {})
	out.Unbuilt = cloned(t.Unbuilt, func(x *UnbuiltIndex) { x.Columns = slices.Clone(x.Columns) })
	return &out
}

// cloned is a slice that the stored form leaves out when it is empty.
func cloned[T any](of []T, deeper func(*T)) []T {
	if len(of) == 0 {
		return nil
	}
	out := slices.Clone(of)
	for i := range out {
		deeper(&out[i])
	}
	return out
}

// storable says whether all texts are valid UTF-8, without which a record has no stored form.
func (t *Table) storable() bool {
	valid := true
	see := func(texts ...string) {
		for _, s := range texts {
			valid = valid && utf8.ValidString(s)
		}
	}
	at := func(text *string) {
		if text != nil {
			see(*text)
		}
	}
	see(t.Name, t.Collation, t.Comment, t.Partition)
	for i := range t.Columns {
		c := &t.Columns[i]
		see(c.Name, c.Type, c.Generated, c.OnUpdate, c.Comment)
		at(c.Default)
		at(c.Absent)
	}
	for i := range t.Indexes {
		see(t.Indexes[i].Name, t.Indexes[i].Comment)
	}
	for i := range t.Checks {
		see(t.Checks[i].Name, t.Checks[i].Expr)
	}
	for i := range t.ForeignKeys {
		fk := &t.ForeignKeys[i]
		see(fk.Name, fk.Database, fk.Table, fk.ParentDatabase, fk.ParentTable, fk.OnUpdate, fk.OnDelete)
		see(fk.Columns...)
		see(fk.ParentColumns...)
	}
	for i := range t.Options {
		see(t.Options[i].Name, t.Options[i].Value)
	}
	for i := range t.Unbuilt {
		see(t.Unbuilt[i].Kind, t.Unbuilt[i].Name, t.Unbuilt[i].Comment)
	}
	return valid
}

// TableOption is a table option without effect, as SHOW CREATE TABLE prints it.
type TableOption struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
}

// UnbuiltIndex is a FULLTEXT or SPATIAL key: a definition without entries.
type UnbuiltIndex struct {
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Columns []uint16 `json:"columns"`
	Comment string   `json:"comment,omitempty"`
}

// Column is one column. Types, defaults and expressions are SQL text, which the
// engine parses once for each table version.
type Column struct {
	ID             uint16  `json:"id"`
	Name           string  `json:"name"`
	Type           string  `json:"type"` // varchar(20) character set utf8mb4 collate utf8mb4_0900_ai_ci
	NotNull        bool    `json:"not_null,omitempty"`
	Default        *string `json:"default,omitempty"`         // SQL text; nil without a default
	DefaultLiteral bool    `json:"default_literal,omitempty"` // Default is a literal, not an expression in parentheses
	// Absent is the value, as a SQL literal, of rows that were written before
	// the column was added; nil is NULL. A later change of Default leaves it.
	Absent        *string `json:"absent,omitempty"`
	Generated     string  `json:"generated,omitempty"` // expression of a generated column
	Virtual       bool    `json:"virtual,omitempty"`   // generated and not stored
	OnUpdate      string  `json:"on_update,omitempty"`
	AutoIncrement bool    `json:"auto_increment,omitempty"`
	Comment       string  `json:"comment,omitempty"`
	Hidden        bool    `json:"hidden,omitempty"` // not in SELECT *
}

// Index is the primary key (ID 0, the clustered rows) or a secondary index.
type Index struct {
	ID               uint16        `json:"id"`
	Name             string        `json:"name"`
	Columns          []IndexColumn `json:"columns"`
	Unique           bool          `json:"unique,omitempty"`
	Primary          bool          `json:"primary,omitempty"`
	Comment          string        `json:"comment,omitempty"`
	CollationVersion uint16        `json:"collation_version,omitempty"` // of the weights in its keys
}

// IndexColumn is one part of an index.
type IndexColumn struct {
	Column uint16 `json:"column"`
	Prefix uint32 `json:"prefix,omitempty"` // characters or bytes; 0 is the whole column
	Desc   bool   `json:"desc,omitempty"`
}

// Check is a CHECK constraint.
type Check struct {
	Name     string `json:"name"`
	Expr     string `json:"expr"`
	Enforced bool   `json:"enforced"`
}

// ForeignKey is kept by names, as MySQL does: the parent may be missing while
// foreign_key_checks is off, and may be created anew.
type ForeignKey struct {
	Name           string   `json:"name"`
	Database       string   `json:"database"`
	Table          string   `json:"table"`
	Columns        []string `json:"columns"`
	ParentDatabase string   `json:"parent_database"`
	ParentTable    string   `json:"parent_table"`
	ParentColumns  []string `json:"parent_columns"`
	OnUpdate       string   `json:"on_update,omitempty"`
	OnDelete       string   `json:"on_delete,omitempty"`
}

// Layout says how rows of one version are encoded; it never changes.
type Layout struct {
	Version uint32         `json:"version"`
	Columns []LayoutColumn `json:"columns"`
}

// LayoutColumn is a stored column of a Layout.
type LayoutColumn struct {
	ID       uint16 `json:"id"`
	Width    uint16 `json:"width,omitempty"` // bytes; 0 is variable
	Nullable bool   `json:"nullable,omitempty"`
}
