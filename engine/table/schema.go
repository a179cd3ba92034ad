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
	s := &schema{rec: rec, database: database}
	var err error
	if s.collate, err = parseCollation(rec.Collation); err != nil {
		return nil, fmt.Errorf("table %s: %w", rec.Name, err)
	}
	for i := range rec.Columns {
		if err := s.addColumn(&rec.Columns[i]); err != nil {
			return nil, fmt.Errorf("table %s, column %s: %w", rec.Name, rec.Columns[i].Name, err)
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
func (s *schema) addColumn(c *catalog.Column) error {
	typ, err := parseType(c.Type)
	if err != nil {
		return err
	}
	st, err := storageOf(typ)
	if err != nil {
		return err
	}
	st.setShape(c)
	def := &sql.Column{
		Name: c.Name, Type: typ, Nullable: !c.NotNull, Comment: c.Comment,
		Source: s.rec.Name, DatabaseSource: s.database,
		AutoIncrement: c.AutoIncrement,
	}
	if c.AutoIncrement {
		def.Extra = "auto_increment"
	}
	if c.Default != nil {
		text := *c.Default
		if text == oldNoBytesText {
			text = noBytesText
		}
		if def.Default = sql.NewUnresolvedColumnDefaultValue(text); !c.DefaultLiteral {
			def.Default = keptExpression(c, text, typ)
		}
	}
	if c.Generated != "" {
		def.Generated = keptExpression(c, c.Generated, typ)
	}
	if c.OnUpdate != "" {
		def.OnUpdate = keptExpression(c, c.OnUpdate, typ)
	}
	s.all = append(s.all, len(s.cols))
	s.cols = append(s.cols, column{def: def, storage: st, notNull: c.NotNull})
	s.sql = append(s.sql, def)
	return nil
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
