package table

import (
	"fmt"
	"strings"
	"sync"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/relation"
)

// schema is a catalog.Table as the SQL library sees it: parsed types, over the
// relation.Schema that says how its rows are stored. It is immutable and shared
// by all sessions; a changed record gives a new schema.
type schema struct {
	*relation.Schema
	rec      *catalog.Table
	database string // name of the database
	cols     []column
	all      []int      // 0..len(cols)-1: the projection of whole rows
	sql      sql.Schema // what the library sees; it copies before it resolves defaults
	pk       []int      // positions of the primary key columns in key order
	collate  sql.CollationID

	typesOnce sync.Once
	types     []value.Type // see valueTypes
}

type column struct {
	def     *sql.Column
	storage *storage
	notNull bool
}

// parseSchema builds the schema of a record.
func parseSchema(rec *catalog.Table, database string) (*schema, error) {
	return parseLike(rec, database, nil)
}

// parseLike is parseSchema for a record that has most columns of another schema's, nil for none: a clause of ALTER TABLE
// changes one of thousands.
func parseLike(rec *catalog.Table, database string, like *schema) (*schema, error) {
	n := len(rec.Columns)
	s := &schema{rec: rec, database: database, all: make([]int, 0, n), cols: make([]column, 0, n), sql: make(sql.Schema, 0, n)}
	defs := make([]sql.Column, n) // each schema has its own: the library writes into them
	known := like.columnsByID()
	var err error
	if s.collate, err = parseCollation(rec.Collation); err != nil {
		return nil, fmt.Errorf("table %s: %w", rec.Name, err)
	}
	for i := range rec.Columns {
		c := &rec.Columns[i]
		if at, is := known[c.ID]; is && like.rec.Columns[at] == *c {
			s.sameColumn(&defs[i], like, at)
			continue
		}
		if err := s.addColumn(&defs[i], c); err != nil {
			return nil, fmt.Errorf("table %s, column %s: %w", rec.Name, c.Name, err)
		}
	}
	types := make([]relation.Type, len(s.cols))
	for i := range s.cols {
		types[i] = s.cols[i].storage.relationType()
	}
	if s.Schema, err = relation.NewSchema(rec, types); err != nil {
		return nil, fmt.Errorf("table %s: %w", rec.Name, err)
	}
	if s.Primary != nil {
		for _, part := range s.Primary.Parts {
			s.pk = append(s.pk, part.Column)
			s.cols[part.Column].def.PrimaryKey = true
		}
	}
	return s, nil
}

func parseCollation(name string) (sql.CollationID, error) {
	if name == "" {
		return sql.Collation_Default, nil
	}
	return sql.ParseCollation("", name, false)
}

// addColumn never tells the library that a generated column is virtual. Its
// values are stored like those of STORED columns, which looks the same to SQL;
// for virtual ones the library would put a table of its own before ours, and
// forget CHECK constraints and mix up projections on the way.
func (s *schema) addColumn(def *sql.Column, c *catalog.Column) error {
	typ, err := parseType(c.Type)
	if err != nil {
		return err
	}
	st, err := storageOf(typ)
	if err != nil {
		return err
	}
	st.setShape(c)
	*def = sql.Column{
		Name: c.Name, Type: typ, Nullable: !c.NotNull, Comment: c.Comment,
		Source: s.rec.Name, DatabaseSource: s.database,
		AutoIncrement: c.AutoIncrement,
	}
	if c.AutoIncrement {
		def.Extra = "auto_increment"
	}
	expressionsOf(def, c)
	s.append(column{def: def, storage: st, notNull: c.NotNull})
	return nil
}

// expressionsOf gives a column the expressions of its record.
func expressionsOf(def *sql.Column, c *catalog.Column) {
	def.Default, def.Generated, def.OnUpdate = nil, nil, nil
	if c.Default != nil {
		text := *c.Default
		if text == oldNoBytesText {
			text = noBytesText
		}
		if def.Default = sql.NewUnresolvedColumnDefaultValue(text); !c.DefaultLiteral {
			def.Default = keptExpression(c, text, def.Type)
		}
	}
	if c.Generated != "" {
		def.Generated = keptExpression(c, c.Generated, def.Type)
	}
	if c.OnUpdate != "" {
		def.OnUpdate = keptExpression(c, c.OnUpdate, def.Type)
	}
}

// sameColumn adds a column that is as it is in another schema.
func (s *schema) sameColumn(def *sql.Column, in *schema, at int) {
	of := in.cols[at]
	*def = *of.def
	def.Source, def.DatabaseSource, def.PrimaryKey = s.rec.Name, s.database, false
	expressionsOf(def, &in.rec.Columns[at]) // SET DEFAULT of the library has changed that of the other one
	of.def = def
	s.append(of)
}

func (s *schema) append(c column) {
	s.all = append(s.all, len(s.cols))
	s.cols = append(s.cols, c)
	s.sql = append(s.sql, c.def)
}

func (s *schema) columnsByID() map[uint16]int {
	if s == nil {
		return nil
	}
	at := make(map[uint16]int, len(s.rec.Columns))
	for i := range s.rec.Columns {
		at[s.rec.Columns[i].ID] = i
	}
	return at
}

// columnByName returns a column's position, -1 without it.
func (s *schema) columnByName(name string) int {
	for i := range s.cols {
		if strings.EqualFold(s.cols[i].def.Name, name) {
			return i
		}
	}
	return -1
}

// newLayout is the layout that rows of these columns are written in. The
// columns stand in the order given.
func newLayout(version uint32, columns []catalog.Column) (catalog.Layout, error) {
	l := catalog.Layout{Version: version}
	for _, c := range columns {
		typ, err := parseType(c.Type)
		if err != nil {
			return l, err
		}
		st, err := storageOf(typ)
		if err != nil {
			return l, fmt.Errorf("column %s: %w", c.Name, err)
		}
		l.Columns = append(l.Columns, catalog.LayoutColumn{ID: c.ID, Width: uint16(st.width), Nullable: !c.NotNull})
	}
	return l, nil
}
