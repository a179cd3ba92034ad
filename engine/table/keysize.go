package table

import (
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// What MySQL allows of the keys of one table, whatever this storage could hold: a definition that is taken here
// is taken there.
const (
	longestKey   = 3 << 10 // bytes, of one part and of all parts of a key
	mostKeyParts = 16
	mostKeys     = 64 // with the primary one
)

var (
	errTooManyKeys     = sqlerr.TooManyKeys.Errorf("Too many keys specified; max %d keys allowed", mostKeys)
	errTooManyKeyParts = sqlerr.TooManyKeyParts.Errorf("Too many key parts specified; max %d parts allowed", mostKeyParts)
	errTooLongKey      = sqlerr.TooLongKey.Errorf("Specified key was too long; max key length is %d bytes", longestKey).
				WithHint("give the first characters of its columns alone: KEY (c(100))")
)

// KeyBytes is what a value of a type takes in a key of MySQL's, without a length and a mark of NULL.
func KeyBytes(t *value.Type) int {
	fraction := (int(t.Scale) + 1) / 2
	switch t.Kind {
	case value.TypeTinyInt, value.TypeYear:
		return 1
	case value.TypeSmallInt:
		return 2
	case value.TypeMediumInt, value.TypeDate:
		return 3
	case value.TypeInt, value.TypeFloat:
		return 4
	case value.TypeBigInt, value.TypeDouble:
		return 8
	case value.TypeTime:
		return 3 + fraction
	case value.TypeTimestamp:
		return 4 + fraction
	case value.TypeDateTime:
		return 5 + fraction
	case value.TypeBit:
		return (int(t.Length) + 7) / 8
	case value.TypeDecimal:
		return decimalBytes(int(t.Precision)-int(t.Scale)) + decimalBytes(int(t.Scale))
	case value.TypeEnum:
		if t.Members != nil && len(*t.Members) > 255 {
			return 2
		}
		return 1
	case value.TypeSet:
		return 8
	}
	width := 1
	if t.Collation != nil {
		width = max(1, t.Collation.MaxBytes)
	}
	return int(t.Length) * width
}

// decimalBytes are those of so many digits: nine in four bytes.
func decimalBytes(digits int) int {
	return digits/9*4 + []int{0, 1, 1, 2, 2, 3, 3, 4, 4}[digits%9]
}

// checkKeys refuses keys that are too many, too wide or too long. n is a CREATE TABLE or an ALTER; keys and columns are
// those of keysOf.
func checkKeys(n sql.Node, keys [][]sql.IndexColumn, columns map[string]sql.Type) error {
	many := len(keys)
	counted := map[catalog.ID]bool{}
	transform.Inspect(n, func(n sql.Node) bool {
		switch n := n.(type) {
		case *plan.CreateTable:
			if key := primaryOf(n); key != nil {
				keys = append(keys, key)
				many++
			}
		case *plan.AlterIndex:
			if n.Action == plan.IndexAction_Drop {
				many--
			}
		case *plan.AlterPK:
			if n.Action == plan.PrimaryKeyAction_Drop {
				many--
			}
		case *plan.ResolvedTable:
			if t, ok := n.Table.(*Table); ok && !counted[t.schema.rec.ID] {
				counted[t.schema.rec.ID] = true
				many += len(t.schema.rec.Indexes)
			}
		}
		return true
	})
	if many > mostKeys {
		return errTooManyKeys
	}
	for _, key := range keys {
		if len(key) > mostKeyParts {
			return errTooManyKeyParts
		}
		total := 0
		for i := range key {
			if t := columns[strings.ToLower(key[i].Name)]; t != nil && types.IsTextBlob(t) && key[i].Length == 0 {
				return sql.ErrInvalidBlobTextKey.New(key[i].Name)
			}
			total += keyPartBytes(columns[strings.ToLower(key[i].Name)], key[i].Length)
		}
		if total > longestKey {
			return errTooLongKey
		}
	}
	return nil
}

// primaryOf is the primary key of a table that is made, which stands among its keys only when it has prefixes.
func primaryOf(n *plan.CreateTable) (key []sql.IndexColumn) {
	for _, def := range n.Indexes() {
		if def.IsPrimary() {
			return nil
		}
	}
	schema := n.PkSchema()
	for _, at := range schema.PkOrdinals {
		key = append(key, sql.IndexColumn{Name: schema.Schema[at].Name})
	}
	return key
}

// keyPartBytes is what a column takes in a key; prefix is in characters, or bytes of a binary type, and 0 without one.
// What is no key is 0 here, and refused elsewhere.
func keyPartBytes(t sql.Type, prefix int64) int {
	if t == nil || types.IsTextBlob(t) && prefix == 0 {
		return 0
	}
	if text, ok := t.(sql.StringType); ok { // while a table is made it may have no collation yet
		if prefix == 0 {
			prefix = text.MaxCharacterLength()
		}
		return int(min(prefix, longestKey+1) * max(1, text.CharacterSet().MaxLength()))
	}
	v, ok := ValueType(t, false)
	if !ok {
		return 0
	}
	return KeyBytes(&v)
}

// checkGrown refuses a change of columns that makes a key too long. Keys that were, of an earlier release, may stay.
func checkGrown(from, to *catalog.Table) error {
	for _, x := range to.Indexes {
		total, before := recordBytes(to, &x), 0
		if at := findIndex(from, x.Name); at >= 0 {
			before = recordBytes(from, &from.Indexes[at])
		}
		if total > max(longestKey, before) {
			return errTooLongKey
		}
	}
	return nil
}

func recordBytes(rec *catalog.Table, x *catalog.Index) (n int) {
	for _, part := range x.Columns {
		at := slices.IndexFunc(rec.Columns, func(c catalog.Column) bool { return c.ID == part.Column })
		if at < 0 {
			continue
		}
		if t, err := parseType(rec.Columns[at].Type); err == nil {
			n += keyPartBytes(t, int64(part.Prefix))
		}
	}
	return n
}
