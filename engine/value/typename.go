package value

import (
	"strconv"
	"strings"
)

var kindNames = [...]string{"null", "tinyint", "smallint", "mediumint", "int", "bigint", "float", "double", "decimal", "bit", "year",
	"date", "time", "datetime", "timestamp", "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json", "geometry"}

var binaryNames = map[Kind]string{TypeChar: "binary", TypeVarChar: "varbinary", TypeTinyText: "tinyblob", TypeText: "blob",
	TypeMediumText: "mediumblob", TypeLongText: "longblob"}

// String is the type as SHOW CREATE spells it, without its collation.
func (t *Type) String() string {
	name := kindNames[t.Kind]
	if t.IsString() && t.IsBinary() {
		name = binaryNames[t.Kind]
	}
	number := func(n int) string { return "(" + strconv.Itoa(n) + ")" }
	switch t.Kind {
	case TypeDecimal:
		name += "(" + strconv.Itoa(int(t.Precision)) + "," + strconv.Itoa(int(t.Scale)) + ")"
	case TypeTime, TypeDateTime, TypeTimestamp:
		if t.Scale > 0 {
			name += number(int(t.Scale))
		}
	case TypeChar, TypeVarChar, TypeBit:
		name += number(int(t.Length))
	case TypeEnum, TypeSet:
		name += t.memberList()
	}
	if t.Unsigned {
		name += " unsigned"
	}
	if t.ZeroFill {
		name += " zerofill"
	}
	return name
}

func (t *Type) memberList() string {
	if t.Members == nil {
		return "()"
	}
	out := "("
	for i, m := range *t.Members {
		if i > 0 {
			out += ","
		}
		out += "'" + labelEscapes.Replace(m) + "'"
	}
	return out + ")"
}

// labelEscapes write the label of an ENUM or SET, which may hold anything, also what would end a literal.
var labelEscapes = strings.NewReplacer("'", "''", `\`, `\\`, "\n", `\n`, "\r", `\r`, "\x00", `\0`)
