package https

import (
	"errors"
	"io"
	"strings"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/frontend/https/avatica"
)

// joinClose closes what is not wanted any more after err.
func joinClose(err error, c io.Closer) error { return errors.Join(err, c.Close()) }

// Values of the database properties that do not depend on the server.
const (
	productName    = "MySQL"
	driverName     = "lxdb Avatica"
	avaticaVersion = "1.28.0"
	numericNames   = "ABS,ACOS,ASIN,ATAN,ATAN2,CEILING,COS,COT,DEGREES,EXP,FLOOR,LOG,LOG10,MOD,PI,POWER,RADIANS,RAND,ROUND,SIGN,SIN,SQRT,TAN,TRUNCATE"
	stringNames    = "ASCII,CHAR,CHAR_LENGTH,CONCAT,INSERT,LCASE,LEFT,LENGTH,LOCATE,LTRIM,REPEAT,REPLACE,RIGHT,RTRIM,SOUNDEX,SPACE,SUBSTRING,UCASE"
	systemNames    = "DATABASE,IFNULL,USER"
	timeNames      = "CURDATE,CURTIME,DAYNAME,DAYOFMONTH,DAYOFWEEK,DAYOFYEAR,EXTRACT,HOUR,MINUTE,MONTH,MONTHNAME,NOW,QUARTER,SECOND,TIMESTAMPADD,TIMESTAMPDIFF,WEEK,YEAR"
	keywords       = "ACCESSIBLE,ANALYZE,CHANGE,DATABASE,DATABASES,DELAYED,DESCRIBE,DISTINCTROW,DUAL,ENCLOSED,EXPLAIN,FORCE,FULLTEXT,IGNORE,INDEX,KEY,KEYS,KILL,LIMIT,LINES,LOAD,LOCK,LONG,LONGBLOB,LONGTEXT,MEDIUMBLOB,MEDIUMINT,MEDIUMTEXT,OPTIMIZE,OPTION,PURGE,RANGE,READ_WRITE,REGEXP,RENAME,REPLACE,REQUIRE,RLIKE,SCHEMAS,SHOW,SPATIAL,SSL,STARTING,STRAIGHT_JOIN,TERMINATED,TINYBLOB,TINYINT,TINYTEXT,UNLOCK,UNSIGNED,USE,XOR,ZEROFILL"
)

// databaseProperties answers what JDBC's metadata asks of a whole database.
func (x *exchange) databaseProperties(*client) (avatica.Response, error) {
	version := x.srv.opts.Version
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	str := func(name, v string) avatica.Property { return avatica.Property{Name: name, Text: v, IsText: true} }
	num := func(name string, v int64) avatica.Property { return avatica.Property{Name: name, Number: v} }
	return &avatica.PropertyList{Server: x.addr, Props: []avatica.Property{
		str("GET_NUMERIC_FUNCTIONS", numericNames), str("GET_STRING_FUNCTIONS", stringNames), str("GET_SYSTEM_FUNCTIONS", systemNames),
		str("GET_TIME_DATE_FUNCTIONS", timeNames), str("GET_S_Q_L_KEYWORDS", keywords),
		num("GET_DEFAULT_TRANSACTION_ISOLATION", 4),
		str("AVATICA_VERSION", avaticaVersion), str("GET_DRIVER_NAME", driverName), str("GET_DRIVER_VERSION", version),
		str("GET_DATABASE_PRODUCT_NAME", productName), str("GET_DATABASE_PRODUCT_VERSION", version),
		num("GET_DRIVER_MAJOR_VERSION", small(major)), num("GET_DRIVER_MINOR_VERSION", small(minor)),
		num("GET_DATABASE_MAJOR_VERSION", small(major)), num("GET_DATABASE_MINOR_VERSION", small(minor)),
	}}, nil
}

// small reads a part of a version.
func small(digits string) (n int64) {
	for _, d := range digits {
		if d < '0' || d > '9' || n > 1000 {
			break
		}
		n = n*10 + int64(d-'0')
	}
	return n
}

var typeInfoColumns = []metaColumn{
	{"TYPE_NAME", metaText}, {"DATA_TYPE", metaInt}, {"PRECISION", metaInt}, {"LITERAL_PREFIX", metaText}, {"LITERAL_SUFFIX", metaText},
	{"CREATE_PARAMS", metaText}, {"NULLABLE", metaShort}, {"CASE_SENSITIVE", metaBool}, {"SEARCHABLE", metaShort}, {"UNSIGNED_ATTRIBUTE", metaBool},
	{"FIXED_PREC_SCALE", metaBool}, {"AUTO_INCREMENT", metaBool}, {"LOCAL_TYPE_NAME", metaText}, {"MINIMUM_SCALE", metaShort},
	{"MAXIMUM_SCALE", metaShort}, {"SQL_DATA_TYPE", metaInt}, {"SQL_DATETIME_SUB", metaInt}, {"NUM_PREC_RADIX", metaInt},
}

// typeInfo lists the types in the order of their numbers in JDBC.
func (x *exchange) typeInfo(c *client) (avatica.Response, error) {
	var rows []session.Row
	for _, t := range []struct {
		name         string
		precision    int
		quote        string
		params       string
		scale        int
		auto, number bool
	}{
		{"TINYINT", 3, "", "", 0, true, true},
		{"BIGINT", 19, "", "", 0, true, true},
		{"VARBINARY", 65535, "'", "(M)", 0, false, false},
		{"BLOB", 65535, "'", "", 0, false, false},
		{"LONGBLOB", 1<<31 - 1, "'", "", 0, false, false},
		{"DECIMAL", 65, "", "(M,D)", 30, false, true},
		{"BIGINT UNSIGNED", 20, "", "", 0, true, true},
		{"INT", 10, "", "", 0, true, true},
		{"SMALLINT", 5, "", "", 0, true, true},
		{"FLOAT", 12, "", "", 31, false, true},
		{"DOUBLE", 22, "", "", 31, false, true},
		{"VARCHAR", 16383, "'", "(M)", 0, false, false},
		{"TEXT", 65535, "'", "", 0, false, false},
		{"LONGTEXT", 1<<31 - 1, "'", "", 0, false, false},
		{"JSON", 1<<31 - 1, "'", "", 0, false, false},
		{"DATE", 10, "'", "", 0, false, false},
		{"TIME", 15, "'", "(fsp)", 6, false, false},
		{"DATETIME", 26, "'", "(fsp)", 6, false, false},
		{"TIMESTAMP", 26, "'", "(fsp)", 6, false, false},
	} {
		typ, _ := declaredType(strings.TrimSuffix(t.name, " UNSIGNED"), t.name)
		quote, params, radix := null, null, null
		if t.quote != "" {
			quote = text(t.quote)
		}
		if t.params != "" {
			params = text(t.params)
		}
		if t.number {
			radix = number(10)
		}
		const nullable, searchable = 1, 3
		rows = append(rows, session.Row{
			text(t.name), number(int(typ.ID())), number(t.precision), quote, quote,
			params, number(nullable), flag(false), number(searchable), flag(strings.HasSuffix(t.name, "UNSIGNED")),
			flag(false), flag(t.auto), text(t.name), number(0),
			number(t.scale), null, null, radix,
		})
	}
	return x.result(c, fixedResult(typeInfoColumns, rows...), nil)
}
