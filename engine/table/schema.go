package table

import (
	"fmt"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// schema is a catalog.Table made ready for use: parsed types, layouts, key
// parts. It is immutable and shared by all sessions; a changed record gives a
// new schema.
type schema struct {
	rec      *catalog.Table
	database string // name of the database
	cols     []column
	all      []int       // 0..len(cols)-1: the projection of whole rows
	sql      sql.Schema  // what the library sees; it copies before it resolves defaults
	pk       []int       // positions of the primary key columns in key order
	primary  *indexDef   // nil: the table has a hidden row id instead
	indexes  []*indexDef // secondary, by name
	layouts  *codec.Layouts
	autoInc  int // position of the AUTO_INCREMENT column, -1 without one
	collate  sql.CollationID
}

type column struct {
	def     *sql.Column
	id      uint16
	storage *storage
	place   int // position in the newest layout
	notNull bool
}

// parseSchema builds the schema of a record.
func parseSchema(rec *catalog.Table, database string) (*schema, error) {
	s := &schema{rec: rec, database: database, autoInc: -1}
	var err error
	if s.collate, err = parseCollation(rec.Collation); err != nil {
		return nil, fmt.Errorf("table %s: %w", rec.Name, err)
	}
	for i := range rec.Columns {
		if err := s.addColumn(&rec.Columns[i]); err != nil {
			return nil, fmt.Errorf("table %s, column %s: %w", rec.Name, rec.Columns[i].Name, err)
		}
	}
	if err := s.buildLayouts(); err != nil {
		return nil, fmt.Errorf("table %s: %w", rec.Name, err)
	}
	if err := s.buildIndexes(); err != nil {
		return nil, fmt.Errorf("table %s: %w", rec.Name, err)
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
func (s *schema) addColumn(c *catalog.Column) error {
	typ, err := parseType(c.Type)
	if err != nil {
		return err
	}
	st, err := storageOf(typ)
	if err != nil {
		return err
	}
	def := &sql.Column{
		Name: c.Name, Type: typ, Nullable: !c.NotNull, Comment: c.Comment,
		Source: s.rec.Name, DatabaseSource: s.database,
		AutoIncrement: c.AutoIncrement,
	}
	if c.AutoIncrement {
		def.Extra = "auto_increment"
		s.autoInc = len(s.cols)
	}
	if c.Default != nil {
		def.Default = sql.NewUnresolvedColumnDefaultValue(*c.Default)
	}
	if c.Generated != "" {
		def.Generated = sql.NewUnresolvedColumnDefaultValue(c.Generated)
	}
	if c.OnUpdate != "" {
		def.OnUpdate = sql.NewUnresolvedColumnDefaultValue(c.OnUpdate)
	}
	s.all = append(s.all, len(s.cols))
	s.cols = append(s.cols, column{def: def, id: c.ID, storage: st, notNull: c.NotNull})
	s.sql = append(s.sql, def)
	return nil
}

func (s *schema) buildLayouts() error {
	var layouts []*codec.Layout
	for i := range s.rec.Layouts {
		l, err := s.layout(&s.rec.Layouts[i])
		if err != nil {
			return err
		}
		layouts = append(layouts, l)
	}
	var err error
	if s.layouts, err = codec.NewLayouts(layouts...); err != nil {
		return err
	}
	for i := range s.cols {
		c := &s.cols[i]
		if c.place = s.layouts.Newest().Position(c.id); c.place < 0 {
			return fmt.Errorf("column %s is missing in the newest layout", c.def.Name)
		}
	}
	return nil
}

// layout builds one layout. The kind of a dropped column is no longer known and
// no longer matters: its width is enough to skip it.
func (s *schema) layout(l *catalog.Layout) (*codec.Layout, error) {
	columns := make([]codec.Column, len(l.Columns))
	for i, lc := range l.Columns {
		columns[i] = codec.Column{ID: lc.ID, Width: uint8(lc.Width), NotNull: !lc.Nullable}
		switch c := s.columnByID(lc.ID); {
		case c >= 0:
			columns[i].Kind = s.cols[c].storage.kind
		case lc.Width == 0:
			columns[i].Kind = codec.KindBytes
		case lc.Width <= 8:
			columns[i].Kind = codec.KindUint
		default:
			columns[i].Kind = codec.KindDecimal
		}
	}
	return codec.NewLayout(l.Version, columns)
}

func (s *schema) columnByID(id uint16) int {
	for i := range s.cols {
		if s.cols[i].id == id {
			return i
		}
	}
	return -1
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

func (s *schema) buildIndexes() error {
	for i := range s.rec.Indexes {
		x, err := newIndexDef(s, &s.rec.Indexes[i])
		if err != nil {
			return fmt.Errorf("index %s: %w", s.rec.Indexes[i].Name, err)
		}
		if !x.primary {
			s.indexes = append(s.indexes, x)
			continue
		}
		s.primary = x
		for _, part := range x.parts {
			s.pk = append(s.pk, part.col)
			s.cols[part.col].def.PrimaryKey = true
		}
	}
	sortIndexes(s.indexes)
	return nil
}

// indexByName returns a secondary index, nil without it.
func (s *schema) indexByName(name string) *indexDef {
	for _, x := range s.indexes {
		if strings.EqualFold(x.name, name) {
			return x
		}
	}
	return nil
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
