package relation

import (
	"fmt"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// covering reads columns from an index's entries, so that the rows are not looked at. Numbers can be read back from keys as
// they were stored; texts, of which keys have weights, cannot.
type covering struct {
	schema *Schema
	index  *Index
	// fields stand one behind the other in an entry: those of the index, then those of the primary key. to is where each
	// goes in the row, -1 for one that nobody wants.
	own, suffix []codec.Field
	ownTo       []int
	suffixTo    []int
}

// invertible says that a part's key is the column's value.
func (p *Part) invertible() bool {
	switch p.Field.Kind {
	case codec.KindInt, codec.KindUint, codec.KindDecimal:
		return p.Prefix == 0
	}
	return false
}

// Covers says that reads need not look at the rows when they want these columns of what an index finds.
func (s *Schema) Covers(x *Index, columns []int) bool {
	return s.coveringOf(x, &Projection{columns: columns}) != nil
}

// coveringOf is nil when the entries of an index do not have all columns of a projection.
func (s *Schema) coveringOf(x *Index, show *Projection) *covering {
	if x.Primary || x.Former {
		return nil
	}
	c := &covering{schema: s, index: x}
	found := 0
	take := func(parts []Part, fields *[]codec.Field, to *[]int) {
		for i := range parts {
			at := -1
			for n, col := range show.columns {
				if col == parts[i].Column && parts[i].invertible() {
					at = n
				}
			}
			if at >= 0 && !c.has(at) {
				found++
			} else {
				at = -1
			}
			*fields, *to = append(*fields, parts[i].Field), append(*to, at)
		}
	}
	take(x.Parts, &c.own, &c.ownTo)
	if s.Primary != nil {
		take(s.Primary.Parts, &c.suffix, &c.suffixTo)
	}
	if found < len(show.columns) {
		return nil
	}
	return c
}

func (c *covering) has(at int) bool {
	for _, list := range [][]int{c.ownTo, c.suffixTo} {
		for _, to := range list {
			if to == at {
				return true
			}
		}
	}
	return false
}

// read sets row to the columns of an entry.
func (c *covering) read(key, value []byte, row []codec.Datum) error {
	if len(key) < codec.HeaderBytes || len(value) == 0 {
		return c.corrupt()
	}
	rest, err := decodeFields(c.own, c.ownTo, key[codec.HeaderBytes:], row)
	if err == nil {
		if value[0] == suffixInValue {
			rest = value[1:]
		}
		_, err = decodeFields(c.suffix, c.suffixTo, rest, row)
	}
	if err != nil {
		return fmt.Errorf("table %s, index %s: %w", c.schema.Record.Name, c.index.Name, err)
	}
	return nil
}

func (c *covering) corrupt() error {
	return fmt.Errorf("table %s, index %s: %w", c.schema.Record.Name, c.index.Name, codec.ErrCorruptKey)
}

func decodeFields(fields []codec.Field, to []int, key []byte, row []codec.Datum) (rest []byte, err error) {
	for i := range fields {
		if to[i] < 0 {
			if key, err = fields[i].Skip(key); err != nil {
				return nil, err
			}
			continue
		}
		if row[to[i]], key, err = fields[i].Decode(nil, key); err != nil {
			return nil, err
		}
	}
	return key, nil
}
