package newtable

import (
	"fmt"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/value"
)

// column is the definition of the column that a new table gets for a column of a query: of
// what is a column of a table, that one's, from is its record; of what is computed, the type that
// MySQL gives its values. zeroDates says that a date without a default may be 0.
func column(name string, t *value.Type, from *catalog.Column, derived, zeroDates bool) string {
	var b strings.Builder
	b.WriteString(sql.QuoteIdentifier(name) + " ")
	if from != nil {
		b.WriteString(spelled(from.Type))
	} else {
		b.WriteString(newType(t))
	}
	if !t.Nullable {
		b.WriteString(" NOT NULL")
	} else if t.Kind == value.TypeTimestamp {
		b.WriteString(" NULL")
	}
	switch {
	case from != nil && !derived && from.Generated == "" && !from.AutoIncrement:
		if from.Default != nil {
			b.WriteString(" DEFAULT " + *from.Default)
		}
		if from.OnUpdate != "" {
			b.WriteString(" ON UPDATE " + from.OnUpdate)
		}
	case !t.Nullable:
		if zero := zeroText(t, zeroDates); zero != "" {
			b.WriteString(" DEFAULT " + zero)
		}
	}
	if from != nil && !derived && from.Comment != "" {
		b.WriteString(" COMMENT " + quoted(from.Comment))
	}
	return b.String()
}

func quoted(text string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), "'", "''") + "'"
}

// spelled is the type of a record as a statement says it: ZEROFILL has its width behind the
// sign there.
func spelled(stored string) string {
	name, rest, is := strings.Cut(stored, " unsigned(")
	width, fills := strings.CutSuffix(rest, ") zerofill")
	if !is || !fills {
		return stored
	}
	return name + "(" + width + ") unsigned zerofill"
}

// zeroText is the default of a computed column that takes no NULL, empty for none.
func zeroText(t *value.Type, zeroDates bool) string {
	switch t.Kind {
	case value.TypeDate, value.TypeDateTime, value.TypeTimestamp:
		if zeroDates {
			return "'0000-00-00'"
		}
		return ""
	case value.TypeTime:
		return "'00:00:00'"
	case value.TypeBit:
		return "b'0'"
	case value.TypeChar, value.TypeVarChar:
		if t.Length > longestVarChar {
			return ""
		}
		return "''"
	case value.TypeEnum, value.TypeSet, value.TypeTinyText, value.TypeText, value.TypeMediumText, value.TypeLongText, value.TypeJSON, value.TypeGeometry, value.TypeNull:
		return ""
	}
	return "'0'"
}

// longestVarChar is as long as a computed text may be that is no TEXT.
const longestVarChar = 512

// shortInt is as long as an integer may be that fits an INT: its digits and a sign.
const shortInt = 11

// newType is the type of a column for computed values.
func newType(t *value.Type) string {
	unsigned := ""
	if t.Unsigned {
		unsigned = " unsigned"
	}
	fraction := ""
	if t.Scale > 0 && t.Scale <= value.MaxFsp {
		fraction = fmt.Sprintf("(%d)", t.Scale)
	}
	switch t.Kind {
	case value.TypeTinyInt:
		return "tinyint" + unsigned
	case value.TypeSmallInt:
		return "smallint" + unsigned
	case value.TypeMediumInt:
		return "mediumint" + unsigned
	case value.TypeInt:
		return "int" + unsigned
	case value.TypeBigInt:
		if t.Length > 0 && t.Length < shortInt {
			return "int" + unsigned
		}
		return "bigint" + unsigned
	case value.TypeFloat:
		return "float"
	case value.TypeDouble:
		return "double"
	case value.TypeDecimal:
		return fmt.Sprintf("decimal(%d,%d)%s", max(1, min(t.Precision, value.MaxPrecision)), min(t.Scale, value.MaxScale), unsigned)
	case value.TypeBit:
		return fmt.Sprintf("bit(%d)", max(1, min(t.Length, 64)))
	case value.TypeYear:
		return "year"
	case value.TypeDate:
		return "date"
	case value.TypeTime:
		return "time" + fraction
	case value.TypeDateTime:
		return "datetime" + fraction
	case value.TypeTimestamp:
		return "timestamp" + fraction
	case value.TypeJSON:
		return "json"
	case value.TypeGeometry:
		return "geometry"
	case value.TypeNull:
		return "binary(0)"
	}
	return newText(t)
}

// newText is newType of texts, ENUM and SET.
func newText(t *value.Type) string {
	binary := t.IsBinary() && t.IsString()
	collation := ""
	if t.Collation != nil && !binary {
		collation = " CHARACTER SET " + t.Collation.Charset + " COLLATE " + t.Collation.Name
	}
	members := func(word string) string {
		list := make([]string, len(*t.Members))
		for i, m := range *t.Members {
			list[i] = quoted(m)
		}
		return word + "(" + strings.Join(list, ",") + ")" + collation
	}
	text := func(word string) string {
		if binary {
			return word + "blob"
		}
		return word + "text" + collation
	}
	switch {
	case t.Kind == value.TypeEnum:
		return members("enum")
	case t.Kind == value.TypeSet:
		return members("set")
	case t.Kind == value.TypeTinyText:
		return text("tiny")
	case t.Kind == value.TypeText:
		return text("")
	case t.Kind == value.TypeMediumText:
		return text("medium")
	case t.Kind == value.TypeLongText:
		return text("long")
	case t.Length <= longestVarChar:
		word := map[[2]bool]string{{false, false}: "varchar", {false, true}: "varbinary", {true, false}: "char", {true, true}: "binary"}
		fixed := t.Kind == value.TypeChar && t.Length <= 255 || t.Length == 0
		return fmt.Sprintf("%s(%d)%s", word[[2]bool{fixed, binary}], t.Length, collation)
	}
	bytes := uint64(t.Length)
	if !binary {
		bytes *= 4
	}
	switch {
	case bytes < 1<<16:
		return text("")
	case bytes < 1<<24:
		return text("medium")
	}
	return text("long")
}
