package difftest

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Rule is a difference between MySQL 8 and MariaDB in which lxdb follows MySQL.
type Rule struct {
	Name   string
	Manual string // what MySQL 8.0's manual says, and where
	Case   string // the files of testdata/sql that hold lxdb to it
	// Applies says whether the rule explains a difference, whose statement is
	// reduced.
	Applies func(*Difference) bool
}

// maxRules bounds Rules: more would be a generator that tries what cannot be
// compared.
const maxRules = 40

// Rules are all of them.
var Rules = slices.Concat(expressionRules, changeRules)

var expressionRules = []*Rule{
	{
		Name:   "least and greatest",
		Manual: "LEAST(): if the arguments comprise a mix of numbers and strings, they are compared as strings; MariaDB compares them as numbers. MIN() and MAX() of ENUM and SET compare texts, where MariaDB takes the last one of an index, in which it does not find texts with spaces behind them. ANY: the comparison is TRUE for any of the values; MariaDB compares a number with the MAX() of texts, and has a MAX() where the condition of a join, a text, is not true",
		Case:   "rules/least_greatest rules/extremes_of_sets",
		Applies: func(d *Difference) bool {
			if d.Kind == KindRows && d.uses("ENUM", "SET") && d.has(comparisons...) && strings.Contains(d.Statement.Root.Text(), "' '") {
				return true
			}
			if d.Kind == KindRows && d.has("HAVING $") && d.has("MIN($)", "MAX($)") && d.has("$ JOIN $ ON ", "$ LEFT JOIN $ ON ", "$ RIGHT JOIN $ ON ") && d.uses("CHAR", "VARCHAR", "TEXT", "BINARY", "VARBINARY", "BLOB") {
				return true // without a join it shows, and with numbers alone
			}
			if d.Kind == KindRows && d.has("($ IN (SELECT", "($ NOT IN (SELECT") && d.numbered() && d.uses("ENUM", "SET") {
				return true // an ENUM in a list of numbers shows
			}
			if (d.Kind == KindRows || d.Kind == KindValue) && d.has(quantified...) && d.numbered() && d.uses("CHAR", "VARCHAR", "TEXT", "BINARY", "VARBINARY", "BLOB", "JSON") {
				return true // of numbers and of dates they show, and = ANY
			}
			return d.has("LEAST(", "GREATEST(") || (d.Kind == KindValue || d.Kind == KindRows) && d.has("MIN($)", "MAX($)") && d.uses("ENUM", "SET")
		},
	},
	{
		Name:   "text that is no time",
		Manual: "The TIME Type: invalid TIME values are converted to '00:00:00', so their parts are 0, they add nothing, and are equal to that time, too large ones are the largest, and a YEAR is read as the number it is; MariaDB gives NULL, or compares texts",
		Case:   "rules/no_time",
		Applies: func(d *Difference) bool {
			if d.timed() && (d.has(comparisons...) || d.has(besideQuery...)) && (d.Kind == KindRows || d.Kind == KindValue && !d.numbered()) { // a time beside a text
				return strings.Contains(d.Statement.Root.Text(), "'") || d.uses("CHAR", "VARCHAR", "TEXT", "ENUM", "SET")
			}
			if d.Kind == KindRows && setOperators.MatchString(d.Statement.Root.Text()) && d.has("CAST($ AS TIME", "CONVERT($, TIME", "TIME(") { // it is no other row than NULL
				return true
			}
			if d.Kind == KindRows && (d.has("ADDTIME(", "SUBTIME(", "TIMEDIFF(") && (aside.MatchString(d.Statement.Root.Text()) || d.has("WHERE $", "HAVING $")) || d.has("CAST($ AS TIME") && d.uses("YEAR")) {
				return true
			}
			if d.Kind == KindRows && d.has("TIME(") && d.has("ISNULL(", "($ IS ") { // by itself it shows
				return strings.Contains(d.Statement.Root.Text(), "'")
			}
			if d.Kind == KindRefused && d.Their == "NULL" { // the parts that are 0 go on
				return d.Ours.Number == uint16(sqlerr.DataOutOfRange) && (d.has(timeForms...) || d.has("ADDTIME(", "SUBTIME("))
			}
			if d.Kind == KindValue && d.Our == "NULL" && strings.HasPrefix(d.Their, "00:00:00") && d.has("CAST($ AS TIME", "CONVERT($, TIME") && strings.Contains(d.Statement.Root.Text(), " OVER (") {
				return true // MariaDB's own CAST('' AS TIME) is NULL without a window; it shows
			}
			return d.Kind == KindValue && d.Their == "NULL" && (strings.HasPrefix(d.Our, "00:00:00") || d.has(timeForms...) && strings.Trim(d.Our, "0:.") == "" ||
				d.has("CAST($ AS TIME", "CONVERT($, TIME") && strings.Trim(d.Our, "0:.") == "" || d.has("TIMESTAMP($, $)", "ADDTIME($, $)", "SUBTIME($, $)", "TIMEDIFF($, $)"))
		},
	},
	{
		Name:   "types that MariaDB refuses",
		Manual: "Type Conversion in Expression Evaluation: arguments are converted; MariaDB refuses some pairs of types with its own errors 4078 and 4079",
		Case:   "rules/any_type",
		Applies: func(d *Difference) bool {
			// whatever we say to the rest of the statement; where MariaDB takes the types, we are compared
			return (d.Kind == KindAccepted || d.Kind == KindNumber) && (d.Theirs.Number == 4078 || d.Theirs.Number == 4079)
		},
	},
	{
		Name:   "numbers as text",
		Manual: "Type Conversion: a number becomes text in the character set of the connection, and digits are characters of every set; MariaDB joins the bytes of latin1 and utf8mb4, refuses (1267, and 1253 of a text beside CHARSET(), which is of a Unicode set as well), or loses a GET_FORMAT(), JSON_TYPE() and their kin that something is put behind",
		Case:   "rules/number_text",
		Applies: func(d *Difference) bool {
			if d.Kind == KindAccepted && d.Theirs.Number == uint16(sqlerr.CollationCharsetMismatch) { // of other functions it shows
				return d.has("CHARSET(", "COLLATION(")
			}
			if d.Kind == KindAccepted && illegalMix(d.Theirs.Number) {
				return d.has("FORMAT(", "MD5(", "SHA", "OCT(", "BIN(", "CONV(", "HEX(", "INET", "TO_BASE64(", "UUID", "DATE_FORMAT(", "TIME_FORMAT(")
			}
			if d.Kind == KindValue && d.has("CONCAT") && (strings.Contains(d.Statement.Root.Text(), "GET_FORMAT(") || d.has("JSON_TYPE(", "DAYNAME(", "MONTHNAME(", "CHARSET(", "COLLATION(")) { // a longer text of ours would show, and a shorter one of it alone
				return d.cells(func(ours, theirs Cell) bool { return strings.HasSuffix(ours.Text, theirs.Text) })
			}
			return d.Kind == KindValue && strings.ContainsAny(d.Their, "\u00c3\u00e6\u00e2") && !strings.ContainsAny(d.Our, "\u00c3\u00e6\u00e2")
		},
	},
	{
		Name:   "bytes of a binary cast",
		Manual: "CAST(): BINARY(N) causes the cast to use no more than N bytes; MariaDB counts characters of the argument",
		Case:   "rules/binary_cast",
		Applies: func(d *Difference) bool {
			return (d.Kind == KindValue || d.Kind == KindRows && d.has(comparisons...) && d.numbered()) && (d.has("CAST($ AS BINARY(") || d.has("CAST($ AS BINARY)") && d.has(comparisons...) && d.numbered())
		},
	},
	{
		Name:   "dates with zero parts",
		Manual: "DAYOFMONTH(): dates such as '2001-11-00' are taken, and their day is 0; NO_ZERO_IN_DATE is about what is stored. MariaDB gives NULL under this mode",
		Case:   "rules/zero_in_date",
		Applies: func(d *Difference) bool {
			return d.Kind == KindValue && d.Their == "NULL" && (strings.Contains(d.Our, "-00") || d.has("LAST_DAY(") || d.Our == "0" && d.has("DAY(", "DAYOFMONTH(", "MONTH(", "QUARTER(", "EXTRACT(")) || d.Kind == KindWarnings && d.has("DATEDIFF(")
		},
	},
	{
		Name:   "times as numbers",
		Manual: "Conversion Between Date and Time Types: a conversion to an integer rounds the fraction, where MariaDB cuts it; ROUND() gives numbers, where MariaDB gives times. Flow Control Functions: the value that is chosen, and what ADDTIME() gives, is a number as it is by itself, beside numbers that no BIGINT holds, too, and a date that the number is, a hexadecimal one also in SUM(DISTINCT), and an ENUM is a double in MOD(); MariaDB reads its text",
		Case:   "rules/time_to_integer rules/chosen_numbers",
		Applies: func(d *Difference) bool {
			text := d.Statement.Root.Text()
			if d.Kind == KindValue && (d.timed() || d.dated()) && d.has("($ + $)", "($ - $)") && longNumber.MatchString(text) { // beside smaller numbers it shows
				return true
			}
			if d.Kind == KindValue && d.has("COALESCE(", "IFNULL(") && hexadecimal.MatchString(text) && !strings.ContainsAny(d.Our+d.Their, "\"\\") { // a number of bytes
				return true
			}
			if d.Kind == KindValue && d.has("CHAR(") && d.has("COALESCE(", "IFNULL(") && hexadecimal.MatchString(text) { // and the character that it is
				return true
			}
			if d.Kind == KindValue && (d.has("SUM(DISTINCT", "AVG(DISTINCT") && hexadecimal.MatchString(text) || d.has("CASE ", "IF($") && d.has(dateForms...) && d.Their == "NULL" && d.numbered()) {
				return true // other sums of bytes, and dates of ours that are NULL, would show
			}
			if d.Kind == KindValue && (d.has("CASE ", "IF($", "NULLIF(") && (d.dated() || d.uses("ENUM", "SET", "BIT") || d.has(moved...) || hexadecimal.MatchString(text)) ||
				d.has("SUM(", "AVG(") && (d.has(moved...) || d.has("FROM_UNIXTIME("))) {
				return true
			}
			if d.Kind == KindRows && d.has("WHERE $", "HAVING $") && d.has("CASE ", "IF($", "COALESCE(", "IFNULL(") && (hexadecimal.MatchString(text) || d.uses("ENUM", "SET")) { // a condition is a number
				return true
			}
			if d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.DataOutOfRange) && d.has("CASE ", "IF($", "IFNULL(", "COALESCE(") { // of a larger number
				return d.dated() || d.uses("ENUM", "SET", "BIT") || hexadecimal.MatchString(text)
			}
			if d.Kind == KindValue && (d.has("ADDTIME(", "SUBTIME(") && (d.has("CASE ", "IF($") || d.has(comparisons...) && d.numbered()) || d.has("MOD(", "($ MOD $)", "($ % $)") && d.uses("ENUM", "SET")) {
				return true
			}
			if d.Kind == KindValue && d.has("CAST($ AS SIGNED", "CAST($ AS UNSIGNED", "CONVERT($, SIGNED", "CHAR(", "(CHAR(", "EXPORT_SET(") && (d.has(dateForms...) || d.dated()) { // of a fraction that is computed
				return true
			}
			if d.Kind == KindValue && d.has("CAST($ AS SIGNED", "CAST($ AS UNSIGNED", "CONVERT($, SIGNED", "CHAR(", "BIT_", "EXPORT_SET(", "INET_NTOA(", "ELT(", "CONV(", "OCT(", "BIN(", "SPACE(", "REPEAT(", "LEFT(", "RIGHT(", "SUBSTR", "MAKE_SET(") && d.uses("TIME", "DATETIME", "TIMESTAMP") && !d.Prepared {
				return true
			}
			if d.Kind == KindValue && d.has("DATE_ADD($, INTERVAL $ MICROSECOND", "DATE_SUB($, INTERVAL $ MICROSECOND") && d.uses("TIME", "DATETIME", "TIMESTAMP") {
				return true // the column's fraction is none of the statement's text; other units, and numbers, show
			}
			return d.Kind == KindValue && (d.has("CAST($ AS SIGNED", "CAST($ AS UNSIGNED", "CONVERT($, SIGNED", "CHAR(", "EXPORT_SET(", "RAND(", "DATE_ADD($, INTERVAL", "DATE_SUB($, INTERVAL") && strings.Contains(text, "59.999999") ||
				d.has("ROUND(", "TRUNCATE(", "CEIL", "FLOOR(") && strings.ContainsAny(d.Their, ":-"))
		},
	},
	{
		Name:   "negative to unsigned",
		Manual: "CAST(): UNSIGNED gives an unsigned 64-bit integer, of negative numbers the complement, with warning 1105 for text; MariaDB cuts numbers that are not integers to 0",
		Case:   "rules/negative_unsigned",
		Applies: func(d *Difference) bool {
			// of numbers that are cast and not cut to 0 another value shows, and so does an error of ours that is no overflow
			return d.has("CAST($ AS UNSIGNED", "CONVERT($, UNSIGNED") && (d.Kind == KindValue && d.Their == "0" || d.Kind == KindWarnings || d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.DataOutOfRange))
		},
	},
	{
		Name:   "regular expressions",
		Manual: "Regular Expressions: ICU's syntax; binary strings are refused with 3995, wrong patterns with 3685 to 3700; REGEXP_SUBSTR() without a match is NULL. MariaDB has PCRE",
		Case:   "rules/regexp",
		Applies: func(d *Difference) bool {
			return d.has("($ REGEXP", "($ RLIKE", "REGEXP_") && (d.Ours.Number > 3680 && d.Ours.Number < 4000 || d.Kind == KindValue && d.Our == "NULL" && d.Their == "")
		},
	},
	{
		Name:   "addresses that are none",
		Manual: "IS_IPV4(): NULL if the argument is NULL, and so its kin; what is no address makes warning 1411. MariaDB gives 0, and does not warn. An address is a text, and as a number what it begins with, of which MariaDB takes the integer",
		Case:   "rules/addresses",
		Applies: func(d *Difference) bool {
			if d.Kind == KindValue && d.has("SUM(", "AVG(") && d.has("INET6_NTOA(", "INET_NTOA(") { // other sums of texts show
				return true
			}
			return d.has("IS_IPV", "INET", "HEX(INET6_ATON") && (d.Kind == KindWarnings || d.Our == "NULL") || d.has("HEX(INET6_ATON") && d.Their == "NULL"
		},
	},
	{
		Name:   "periods that are none",
		Manual: "PERIOD_ADD() and PERIOD_DIFF(): the period argument is in the format YYMM or YYYYMM, or it is error 1210; MariaDB takes any number",
		Case:   "rules/period",
		Applies: func(d *Difference) bool {
			return d.has("PERIOD_") && (d.Kind == KindRefused || d.Kind == KindValue || d.Kind == KindNumber)
		},
	},
	{
		Name:   "largest time",
		Manual: "The TIME Type: values range to 838:59:59.000000; MariaDB has a fraction behind it, and a negative 00:00:00",
		Case:   "rules/largest_time",
		Applies: func(d *Difference) bool {
			if d.Kind == KindAccepted && d.Theirs.Number == uint16(sqlerr.DataOutOfRange) && d.has("MICROSECOND(") { // of its fraction; without one both overflow
				return true
			}
			if d.Kind == KindValue && d.cells(func(ours, theirs Cell) bool {
				return ours.Text == "838:59:59.000000" && theirs.Text == "838:59:59.999999"
			}) {
				return true
			}
			ours, theirs := strings.TrimRight(d.Our, "0"), strings.TrimRight(d.Their, "9")
			return d.Kind == KindValue && (strings.HasSuffix(ours, "838:59:59.") && strings.HasSuffix(theirs, "838:59:59.") || d.Their == "-"+d.Our && strings.Trim(d.Our, "0:.") == "" ||
				strings.Contains(d.Our, "3833383A35393A35392E30") || strings.Contains(d.Our, "3833383a35393a35392e30"))
		},
	},
	{
		Name:   "digits behind seconds",
		Manual: "Fractional Seconds in Time Values: text as date and time, and what is in a document, has 6 digits, a result that is text, as ADDTIME() of a DATE is, as many as are not zero; MariaDB has those of the arguments. DATE_ADD(): microseconds of an interval are a number, of which MariaDB takes the first six digits; more digits than a TIME shows are cut, which MariaDB rounds. TIME_TO_SEC() gives an integer, of which a negative base has a power",
		Case:   "rules/second_digits",
		Applies: func(d *Difference) bool {
			if d.Kind == KindAccepted && d.Theirs.Number == uint16(sqlerr.DataOutOfRange) && d.has("TIME_TO_SEC(") && d.has("POW(", "POWER(") {
				return true
			}
			if d.Kind == KindValue && d.has("_MICROSECOND)", "DATE_ADD($, INTERVAL $ SECOND_MIC", "DATE_SUB($, INTERVAL $ SECOND_MIC", "DATE_ADD($, INTERVAL $ DAY_MIC", "DATE_SUB($, INTERVAL $ DAY_MIC",
				"DATE_ADD($, INTERVAL $ HOUR_MIC", "DATE_SUB($, INTERVAL $ HOUR_MIC", "DATE_ADD($, INTERVAL $ MINUTE_MIC", "DATE_SUB($, INTERVAL $ MINUTE_MIC") || d.Kind == KindValue && d.has("MAKETIME(", "SEC_TO_TIME(") && d.has("($ / $)") {
				return true
			}
			if d.Kind == KindValue && d.has("ADDTIME(", "SUBTIME(") && d.has("CHARSET(", "COLLATION(") && d.dated() { // of a TIME and a DATETIME it shows
				return true
			}
			ours, theirs := zerosBehind.ReplaceAllString(d.Our, "$1"), zerosBehind.ReplaceAllString(d.Their, "$1")
			return d.Kind == KindValue && ours == theirs || d.Kind == KindValue && d.Our != d.Their && (strings.TrimRight(d.Our, ".0") == strings.TrimRight(d.Their, ".0") || strings.HasPrefix(d.Our, d.Their+".")) && strings.Contains(d.Our+d.Their, ":")
		},
	},
	{
		Name:   "NULL in functions of strings",
		Manual: "LPAD() gives the empty string when there is nothing to pad with; MAKE_SET() and CHAR() leave NULL out, INTERVAL() of NULL is -1, FIELD() of it is 0 and JSON_ARRAY() has it as a member, also of rows that an outer join adds, which MariaDB loses; REPLACE() and SHA2() are NULL if any argument is, a text of the connection's set whatever the length is, 1583 for one that is none. MariaDB gives NULL for the first, and looks at no argument that it does not need",
		Case:   "rules/empty_pad rules/replace_null rules/sha2",
		Applies: func(d *Difference) bool {
			if (d.Kind == KindRows || d.Kind == KindValue) && d.has("CHAR(", "(CHAR(", "INTERVAL(", "FIELD(", "JSON_ARRAY(", "MAKE_SET(") && outerJoin.MatchString(d.Statement.Root.Text()) {
				return true // of inner joins, and of one table, they show
			}
			return d.Kind == KindRows && d.has("CHAR(", "INTERVAL(", "FIELD(", "JSON_ARRAY(") && strings.Contains(d.Statement.Root.Text(), " JOIN ") || d.has("MAKE_SET(") && (d.Kind == KindValue || d.Kind == KindRows) || d.has("LPAD(", "RPAD(") && d.Kind == KindValue && d.Our == "" && d.Their == "NULL" || d.has("REPLACE(") && d.Our == "NULL" ||
				d.has("SHA2(") && (d.Kind == KindWarnings || d.Our == "NULL" || d.has("CHARSET(", "COLLATION("))
		},
	},
	{
		Name:   "numbers of warnings",
		Manual: "Server Error Message Reference: what is not hexadecimal is warning 1411, an invalid argument for a logarithm 3020; an integer that a number does not fit is 1292; MySQL has none from 1900 to 1999 and none above 4000",
		Case:   "rules/unhex rules/logarithm rules/overflow_warning",
		Applies: func(d *Difference) bool {
			if d.Kind == KindWarnings && len(d.Theirs.Warnings) == 0 && d.has("CAST($ AS SIGNED", "CONVERT($, SIGNED") && strings.Contains(d.Statement.Root.Text(), "e308") {
				return true
			}
			return d.Kind == KindWarnings && (d.has("UNHEX(", "LN(", "LOG(", "LOG2(", "LOG10(") ||
				slices.ContainsFunc(d.Theirs.Warnings, func(n uint16) bool { return n >= 1900 && n < 2000 || n >= 4000 }))
		},
	},
	{
		Name:   "bits of text and fractions",
		Manual: "Bit Functions and Operators: binary strings give binary strings, and are of one length (3513); other arguments are converted to unsigned 64-bit integers, text by its leading integer; MariaDB has numbers only, rounds, reads exponents, and takes an unsigned result for a negative one beside a DECIMAL",
		Case:   "rules/bits_of_text rules/bits_of_columns",
		Applies: func(d *Difference) bool {
			if d.has("BIT_AND(", "BIT_OR(", "BIT_XOR(") {
				// MariaDB takes NULL for a value where it leaves the frame of a window
				return d.Ours.Number == uint16(sqlerr.InvalidBitwiseOperandsSize) || d.Kind == KindValue && d.has("BIT_AND($) OVER", "BIT_OR($) OVER", "BIT_XOR($) OVER") || d.Kind != KindAccepted && (d.uses("BINARY", "VARBINARY", "BLOB") || hexadecimal.MatchString(d.Statement.Root.Text()))
			}
			if d.Kind == KindRows && d.has("(~ $)") && d.has(comparisons...) { // rows that & and | choose show
				return true
			}
			return (d.Kind == KindValue || d.Kind == KindWarnings || d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.DataOutOfRange)) && d.has("($ & $)", "($ | $)", "($ ^ $)", "($ << $)", "($ >> $)", "(~ $)", "BIT_COUNT(")
		},
	},
	{
		Name:   "values of BIT columns",
		Manual: "Bit-Value Type - BIT: values are binary strings; MariaDB shows numbers where it has put them into a temporary table",
		Case:   "rules/bits_of_columns",
		Applies: func(d *Difference) bool {
			text := d.Statement.Root.Text()
			return d.uses("BIT") && (d.Kind == KindOrder || d.Kind == KindValue && d.has("CASE ", "IF($", "IFNULL(", "COALESCE(", "CONCAT") || d.Kind == KindValue && (strings.Contains(text, "ROLLUP") || strings.Contains(text, "UNION") || strings.Contains(text, "DISTINCT ") || d.has("GROUP_CONCAT(")) ||
				d.Kind == KindValue && strings.Count(d.Their, "?") > strings.Count(d.Our, "?") || d.Kind == KindValue && d.has(comparisons...) && d.has("CONVERT($ USING", "CAST($ AS CHAR", "CONVERT($, CHAR") ||
				d.Kind == KindRows && (setOperators.MatchString(text) || d.has(comparisons...) || d.has("GROUP_CONCAT(")) ||
				d.Kind == KindValue && d.cells(func(ours, theirs Cell) bool {
					return theirs.Text == "?" || number(ours.Text) == theirs.Text || number(strings.TrimSuffix(ours.Text, "-")) == strings.TrimSuffix(theirs.Text, "-")
				}))
		},
	},
	{
		Name:   "bytes that are no text",
		Manual: "CONVERT(): a binary string that is not valid in the character set gives NULL with warning 1300; beside a text a binary string is compared, and joined by UNION, as it is; UNION, INTERSECT and EXCEPT bring values to one type and character set, each one those of its own two sides. MariaDB puts question marks, cuts them where rows are put aside, or refuses with 1300 and 1267 and its kin. CONCAT() of NULL alone has no text, so no COLLATE of one, nor has what CASE chooses of BIT columns (1253); which of two such faults is told is open",
		Case:   "rules/invalid_text",
		Applies: func(d *Difference) bool {
			if d.Kind == KindAccepted && illegalMix(d.Theirs.Number) { // of sets whose characters are not in both
				return setOperators.MatchString(d.Statement.Root.Text())
			}
			if d.Kind == KindValue && d.has("DATE_FORMAT(", "FROM_UNIXTIME($, $)", "TIME_FORMAT(") && hexadecimal.MatchString(d.Statement.Root.Text()) {
				return true // a format of bytes makes bytes
			}
			if (d.Kind == KindRows || d.Kind == KindValue) && d.has("UNHEX(", "FROM_BASE64(", "UNCOMPRESS(", "AES_DECRYPT(") && (d.has(comparisons...) || d.Kind == KindRows && setOperators.MatchString(d.Statement.Root.Text())) {
				return d.uses("CHAR", "VARCHAR", "TEXT", "ENUM", "SET") || strings.Contains(d.Statement.Root.Text(), "'") // beside bytes they show, and what they give by themselves
			}
			if d.Kind == KindValue && (d.has("UNHEX(", "CHAR($", "FROM_BASE64(", "CAST($ AS BINARY") || d.uses("BINARY", "VARBINARY", "BLOB")) && d.cells(func(ours, theirs Cell) bool { return theirs.Text != "" && strings.HasPrefix(ours.Text, theirs.Text) }) {
				return true // MariaDB cuts characters as bytes
			}
			if d.Kind == KindValue && d.has("(CHAR($ USING", "CHAR($ USING") && d.has(comparisons...) {
				return true
			}
			if d.Kind == KindValue && strings.Contains(d.Their, "?") && !strings.Contains(d.Our, "?") && (d.has("CHAR(", "UNHEX(", "JSON_UNQUOTE(", "FROM_BASE64(") || d.uses("BINARY", "VARBINARY", "BLOB") && (d.has("CASE ", "IF($", "IFNULL(", "COALESCE(") || setOperators.MatchString(d.Statement.Root.Text()))) {
				return true
			}
			if d.Kind == KindValue && d.has("INSERT(") && d.uses("BINARY", "VARBINARY", "BLOB") && d.has("SUBSTR", "LEFT(", "RIGHT(", "MID(") {
				return true // of bytes, also where INSERT() leaves the text as it is
			}
			latin := d.has("CONVERT($ USING latin1)") || d.column(func(c ColumnDef) bool { return strings.Contains(c.sql, "latin1") })
			if d.Kind == KindValue && d.has("UNHEX(", "FROM_BASE64(", "CHAR(", "UNCOMPRESS(") && d.has("CASE ", "IF($", "IFNULL(", "COALESCE(", "INSERT(") && (latin || d.uses("BINARY", "VARBINARY", "BLOB")) {
				return true
			}
			if d.Kind == KindValue && (d.uses("BINARY", "VARBINARY", "BLOB") || d.has("CAST($ AS BINARY")) && d.has("CASE ", "IF($", "IFNULL(", "COALESCE(", "INSERT(") && d.column(func(c ColumnDef) bool { return strings.Contains(c.sql, "latin1") }) {
				return true // the bytes of a text of latin1; those of others show
			}
			text := d.Statement.Root.Text()
			if d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.CollationCharsetMismatch) && d.has("CONCAT", "REPEAT(", "REPLACE(", "LPAD(", "RPAD(", "INSERT(", "SUBSTRING", "LEFT(", "RIGHT(", "REVERSE(", "TRIM(") && strings.Contains(text, "NULL") {
				return true // of a column, and of a text, it shows
			}
			if d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.CollationCharsetMismatch) && d.has("CASE ", "IF($", "IFNULL(", "COALESCE(") && d.uses("BIT") || d.Kind == KindNumber && illegalMix(d.Ours.Number) && d.Theirs.Number == uint16(sqlerr.CollationCharsetMismatch) {
				return true // of the column itself, and of a fault alone, it shows
			}
			if d.Kind == KindNumber && d.Theirs.Number == uint16(sqlerr.InvalidCharacterString) || d.Kind == KindValue && d.has("AES_", "COMPRESS(", "RANDOM_BYTES(", "INET6_ATON(", "UUID_TO_BIN(", "UNHEX(") && d.cells(func(ours, theirs Cell) bool {
				return strings.Count(theirs.Text, "?") > strings.Count(ours.Text, "?")
			}) {
				return true
			}
			if (d.Kind == KindRows || d.Kind == KindValue) && len(setOperators.FindAllString(text, -1)) > 1 && (strings.Contains(text, " INTERSECT ") || strings.Contains(text, " EXCEPT ")) &&
				(d.uses("BINARY", "VARBINARY", "BLOB") || d.column(func(c ColumnDef) bool { return strings.Contains(c.sql, "latin1") })) {
				return true // one INTERSECT or EXCEPT shows, and texts of one character set
			}
			if d.Kind == KindValue && len(setOperators.FindAllString(text, -1)) > 1 && d.cells(func(ours, theirs Cell) bool { return ours.Text == theirs.Text+" 00:00:00" }) {
				return true // a date that an inner pair made a DATETIME
			}
			if d.Kind == KindRows && d.has("($ BETWEEN", "($ NOT BETWEEN") && d.has("(NOT EXISTS", "(EXISTS", "EXISTS") && d.uses("BINARY", "VARBINARY", "BLOB") && d.uses("CHAR", "VARCHAR", "TEXT") {
				return true // one that is selected shows
			}
			switch several := len(setOperators.FindAllString(text, -1)) > 1; {
			case d.Kind == KindRows && (strings.Contains(text, "DISTINCT ") && d.has("(CHAR($ USING", "CHAR($ USING") || several && strings.Contains(text, " EXCEPT ") && d.uses("BLOB")):
				return true
			case d.Kind == KindValue && d.has("CONCAT") && (strings.Contains(d.Their, "?") && !strings.Contains(d.Our, "?") || d.has("JSON_QUOTE(") && d.Their == "NULL"):
				return true
			case d.Kind == KindValue && d.has("(CHAR($ USING", "CHAR($ USING") && (strings.Contains(d.Their, "?") || strings.Contains(text, " ORDER BY ")):
				return true
			case d.Kind == KindValue && d.has("UNCOMPRESS(") && setOperators.MatchString(text):
				return true
			}
			return d.Our == "NULL" && d.has("CONVERT($ USING", "(CONVERT($ USING", "CONVERT($, CHAR", "CAST($ AS CHAR", "CHAR($ USING") ||
				d.Kind == KindAccepted && d.Theirs.Number == uint16(sqlerr.InvalidCharacterString) || d.Kind == KindValue && d.has("CHAR(") && (strings.Contains(d.Their, "?") || d.has(comparisons...))
		},
	},
	{
		Name:   "doubles as they are",
		Manual: "FLOOR() and CEIL(): floating-point arguments and text give floating-point results; PERCENT_RANK() and CUME_DIST() are doubles; a negative zero is one; a FLOAT has six digits, averages of members, STDDEV(), VARIANCE() and their kin, of exact numbers too, and PI() among others have all, in documents a double has a point. Mathematical functions are those of a library, whose last digit is not promised. windowing_use_high_precision: sums of doubles over a frame lose nothing when rows leave it; what doubles of very unlike sizes come to is open with DISTINCT, which sorts them. MariaDB shows integers, four, six or ten digits, and 0",
		Case:   "rules/floor_double rules/shown_doubles reports/variance_rounded",
		Applies: func(d *Difference) bool {
			if d.Kind == KindValue && (d.has("LENGTH(") && d.has(inexactly...) || d.has("LENGTH(", "CHAR_LENGTH(", "BIT_LENGTH(") && d.uses("DOUBLE", "FLOAT") && d.has("($ + $)", "($ - $)", "($ * $)")) { // of its digits
				return true
			}
			if (d.Kind == KindValue || d.Kind == KindRows) && strings.Contains(d.Statement.Root.Text(), "PI()") && d.has("($ = $)") && outerJoin.MatchString(d.Statement.Root.Text()) {
				return true // MariaDB looks it up in a key of integers as the one that it is near to; without a join it shows
			}
			if d.Kind == KindRows && d.has("HAVING $") { // which rows have a sum of doubles that is exactly a number
				return d.has("STD", "VAR")
			}
			if d.Kind == KindValue && d.has("SUM(DISTINCT", "AVG(DISTINCT") && d.uses("BIGINT", "DOUBLE", "DECIMAL") && d.cells(bothNumbers) {
				return true
			}
			if d.Kind == KindValue && d.has(inexactly...) && d.has("HEX(AES_ENCRYPT(", "AES_ENCRYPT(", "MD5(", "SHA", "CRC32(", "HEX(COMPRESS(") { // the hash of a last digit; that of a column shows
				return true
			}
			if d.Kind == KindValue && d.has("STD", "VAR") && d.cells(bothNumbers) && (manyDigits.MatchString(d.Statement.Root.Text()) || d.uses("DATETIME", "TIMESTAMP")) { // of small numbers they show
				return true
			}
			if d.Kind == KindValue && d.has("STD", "VAR") && strings.Contains(d.Our, "NULL") { // beyond the doubles
				return true
			}
			if d.Kind == KindValue && d.has(inexactly...) &&
				d.cells(func(ours, theirs Cell) bool { return lastDigits(ours.Text, theirs.Text) }) { // inside a text, too; any digit before the last two shows
				return true
			}
			if d.Kind == KindValue && d.has("SUM($) OVER (", "AVG($) OVER (") && moving.MatchString(d.Statement.Root.Text()) && d.cells(bothNumbers) { // those of integers, and over whole partitions, show
				return strings.Contains(d.Statement.Root.Text(), "'") || d.uses("FLOAT", "DOUBLE", "CHAR", "VARCHAR", "TEXT", "BINARY", "VARBINARY", "BLOB", "JSON", "ENUM", "SET") || exponent.MatchString(d.Statement.Root.Text())
			}
			if d.Kind == KindValue && (d.has("STD", "VAR") || d.uses("ENUM", "SET") && d.has("AVG(", "SUM(") || d.has("CAST($ AS FLOAT") || strings.Contains(d.Statement.Root.Text(), "PI()")) &&
				d.cells(func(ours, theirs Cell) bool { return fewerDigits(ours.Text, theirs.Text) }) {
				return true
			}
			if d.Kind == KindValue && d.has("JSON_") && (d.uses("FLOAT") || d.cells(func(ours, theirs Cell) bool {
				return pointZero.ReplaceAllString(ours.Text, "$1") == pointZero.ReplaceAllString(theirs.Text, "$1") || negativeZero.ReplaceAllString(pointZero.ReplaceAllString(ours.Text, "$1"), "0") == theirs.Text
			})) { // a double is 1.0
				return true
			}
			return (d.Kind == KindValue || d.Kind == KindOrder) && d.cells(func(ours, theirs Cell) bool { return sameNumber(ours.Text, theirs.Text) }) ||
				d.Kind == KindValue && d.has("FLOOR(", "CEIL(", "CEILING(") && (strings.Contains(d.Our, "e") || strings.Contains(d.Their, ".0"))
		},
	},
	{
		Name:   "digits",
		Manual: "FORMAT(): 30 digits behind the point at most; DECIMAL: 65 digits at most; MariaDB has 38 for the first, 66 for the second, loses the last ones of a remainder, and of a quotient that is averaged, takes no interval of 30 digits, compares quotients in INTERVAL() as doubles, and numbers between which and NULL something lies as what they are, which the NULL makes doubles of, and a number with the text that CONCAT(), COALESCE() or CASE makes of a DECIMAL or a large integer as decimals, finds a fraction in a key of integers, no double in one of decimals, compares quotients with four digits, and compares and adds texts of numbers as integers, adds a row of a remainder to a UNION, and cuts large numbers in temporary tables to those of an INT or to 18 digits",
		Case:   "rules/format_digits rules/shown_doubles",
		Applies: func(d *Difference) bool {
			if d.Kind == KindValue && d.has("AVG(") && d.has("($ / $)") && d.cells(func(ours, theirs Cell) bool {
				f, err := strconv.ParseFloat(ours.Text, 64)
				h, wrong := strconv.ParseFloat(theirs.Text, 64)
				return err == nil && wrong == nil && math.Abs(f-h) < 0.5e-4
			}) {
				return true
			}
			if d.Kind == KindValue && d.has("($ DIV $)") && d.cells(func(ours, theirs Cell) bool {
				n, err := strconv.ParseInt(ours.Text, 10, 64)
				return err == nil && strconv.Itoa(int(int32(n))) == theirs.Text
			}) {
				return true // the low 32 bits
			}
			if (d.Kind == KindRows && d.has("HAVING $") || d.Kind == KindValue && digitsOf(d.Our) >= 60) && d.has("AVG(", "SUM(") && d.column(func(c ColumnDef) bool { return strings.HasPrefix(c.sql, "DECIMAL(65") }) {
				return true // a sum that no DECIMAL of theirs holds; shorter ones that are selected show
			}
			if decimals := d.column(func(c ColumnDef) bool { return strings.HasPrefix(c.sql, "DECIMAL(65") }); d.Kind == KindValue && decimals && (d.has(comparisons...) && d.has("SUBSTRING_INDEX(") ||
				setOperators.MatchString(d.Statement.Root.Text()) && d.cells(func(ours, theirs Cell) bool {
					return strings.TrimRight(strings.TrimRight(ours.Text, "0"), ".") == strings.TrimRight(strings.TrimRight(theirs.Text, "0"), ".")
				})) {
				return true // its digits as a text
			}
			if d.Kind == KindValue && d.Our == "NULL" && d.has("($ BETWEEN", "($ NOT BETWEEN") && strings.Contains(d.Statement.Root.Text(), "NULL") && large.MatchString(d.Statement.Root.Text()) {
				return true // numbers that are unlike as doubles show
			}
			if d.Kind == KindValue && d.cells(func(ours, theirs Cell) bool { return digitsOf(ours.Text) >= 60 && digitsOf(theirs.Text) >= 60 }) { // of fewer digits they show
				return true
			}
			if d.Kind == KindValue && d.has("SUM(", "AVG(") && d.has("CAST($ AS CHAR", "CONVERT($, CHAR") { // sums of other texts show
				return true
			}
			if (d.Kind == KindValue || d.Kind == KindRows) && (d.has("($ / $)") || d.has("CAST($ AS CHAR", "CONVERT($, CHAR", "(CONVERT($ USING", "CONVERT($ USING") && d.numbered()) && d.has(comparisons...) {
				return true // quotients, and texts of numbers, that are not compared show
			}
			if (d.Kind == KindRows || d.Kind == KindValue) && d.has("($ = $)") && strings.Contains(d.Statement.Root.Text(), " JOIN ") && exponent.MatchString(d.Statement.Root.Text()) && strings.Contains(d.Statement.Root.Text(), " AS y ") {
				return true // a double of a derived table that a key is asked for; one of a table shows
			}
			if d.Kind == KindRows && d.has(comparisons...) && d.keyed() && d.column(func(c ColumnDef) bool {
				return strings.HasPrefix(c.sql, "DECIMAL(65") || strings.HasPrefix(c.sql, "DECIMAL(30")
			}) && (d.uses("FLOAT", "DOUBLE") || exponent.MatchString(d.Statement.Root.Text())) {
				return true // a key of integers or of short decimals shows
			}
			if d.Kind == KindRows && d.column(func(c ColumnDef) bool { return strings.HasPrefix(c.sql, "DECIMAL(65") || d.has("CAST($ AS DECIMAL(65") }) && aside.MatchString(d.Statement.Root.Text()) && d.has("TRUNCATE(", "ROUND(", "CEIL", "FLOOR(", "ABS(", "($ + $)", "($ - $)", "($ * $)", "($ / $)", "(- $)", "CAST($ AS DECIMAL(65") {
				return true // the columns themselves show
			}
			if d.Kind == KindValue && d.has("FORMAT(") && d.has("LENGTH(", "CHAR_LENGTH(", "CHARACTER_LENGTH(", "OCTET_LENGTH(", "BIT_LENGTH(") {
				return true
			}
			if d.Kind == KindRows && d.has("WHERE $", "HAVING $", " JOIN ") && d.has(comparisons...) && smallFraction.MatchString(d.Statement.Root.Text()) && d.keyed() { // without a key they show
				return true
			}
			if d.Kind == KindRows && d.has("($ = $)") && d.keyed() && aFraction.MatchString(d.Statement.Root.Text()) && (strings.Contains(d.Statement.Root.Text(), "(SELECT ") || setOperators.MatchString(d.Statement.Root.Text())) {
				return true // of one table it shows
			}
			if d.Kind == KindValue && d.Their == "NULL" && d.has(intervals...) && d.has("FORMAT(") {
				return true // a text of more than twenty digits
			}
			if d.Kind == KindValue && d.uses("DECIMAL") && d.has(comparisons...) && d.has("TRIM(", "LEFT(", "RIGHT(", "SUBSTR", "REPLACE(", "LPAD(", "RPAD(", "REVERSE(", "LOWER(", "UPPER(") {
				return true // texts of columns show
			}
			if d.Kind == KindRows && d.has("($ DIV $)", "($ MOD $)", "MOD($", "($ % $)", "($ / $)") && setOperators.MatchString(d.Statement.Root.Text()) || d.Kind == KindValue && d.has("NULLIF(") && d.has("CAST($ AS CHAR") {
				return true
			}
			if d.Kind == KindValue && d.has("($ * $)") && len(strings.Trim(d.Their, "-")) > 66 {
				return true
			}
			if (d.Kind == KindValue || d.Kind == KindRows) && (d.uses("DECIMAL", "BIGINT") || large.MatchString(d.Statement.Root.Text())) && d.has(comparisons...) && (d.has("COALESCE(", "IFNULL(", "CASE ", "IF($") && strings.Contains(d.Statement.Root.Text(), "'") || d.has("CONCAT")) { // comparisons of columns and literals show
				return true
			}
			return d.Kind == KindValue && (d.has("INTERVAL($, ") && d.has("($ / $)") || d.Their == "NULL" && d.uses("DECIMAL") && d.has(intervals...) || d.has("ROUND(", "TRUNCATE(", "SUM(", "AVG(") && (len(strings.Trim(d.Their, "-")) > 66 || len(strings.Trim(d.Our, "-")) >= 66 && strings.Contains(d.Statement.Root.Text(), " GROUP BY ")) || d.has("FORMAT(") && len(d.Our) > 30 || d.has("($ MOD $)", "MOD($", "($ % $)") && longNumber.MatchString(d.Statement.Root.Text()) || d.has("($ MOD $)", "MOD($", "($ % $)") && d.uses("DECIMAL") && strings.Trim(d.Their, "-0.") == "" || d.has("SUM($") && strings.Trim(d.Our, "-9.") == "" && len(d.Our) > 65 ||
				d.cells(func(_, theirs Cell) bool {
					return theirs.Text == "2147483647" || theirs.Text == "-2147483648" || theirs.Text == "100000000000000000" || strings.Trim(theirs.Text, "9.") == "" && (d.has("AVG(") || setOperators.MatchString(d.Statement.Root.Text()))
				}))
		},
	},
	{
		Name:   "text that is no document",
		Manual: "JSON functions: an error occurs if an argument is not a valid JSON document (3141), of another type (3064, 3144, 3146), or a path that is none (3143 and following); JSON_VALID() of a number is 0; [last] of what is no array is that itself; a path to nothing changes nothing; JSON_SEARCH() looks at strings; JSON_UNQUOTE() gives text of utf8mb4, JSON_TYPE() one of utf8mb4_bin. MariaDB gives NULL with a warning, and text of the argument's character set",
		Case:   "rules/no_document",
		Applies: func(d *Difference) bool {
			n := d.Ours.Number
			if d.Kind == KindRows {
				return d.has("JSON_VALID(", "JSON_ARRAY_APPEND(", "JSON_ARRAY_INSERT(") || strings.Contains(d.Statement.Root.Text(), "'$[last]'")
			}
			if (d.Kind == KindRefused && n == uint16(sqlerr.DataOutOfRange) || d.Kind == KindAccepted && d.Theirs.Number == uint16(sqlerr.DataOutOfRange)) && d.has("JSON_VALID(") || d.has("COERCIBILITY(") && d.has("JSON_VALUE(") {
				return true
			}
			if d.has("JSON_TYPE(") && (d.has(comparisons...) || d.has("($ LIKE $)", "($ NOT LIKE $)", "CHARSET(", "COLLATION(", "LOCATE(", "INSTR(", "POSITION(", "FIND_IN_SET(", "REPLACE(", "SUBSTRING_INDEX(", "REGEXP", "($ RLIKE", "($ REGEXP", "HEX(WEIGHT_STRING(") || d.Theirs.Number == uint16(sqlerr.CollationCharsetMismatch)) { // whose text is one of utf8mb4_bin
				return true
			}
			if (d.Kind == KindValue || d.Kind == KindOrder || d.Kind == KindRefused && illegalMix(d.Ours.Number)) && d.has("JSON_UNQUOTE(", "JSON_VALUE(", "JSON_QUOTE(", "JSON_PRETTY(", "JSON_TYPE(") && (d.has("CONVERT($ USING latin1)") || d.column(func(c ColumnDef) bool { return strings.Contains(c.sql, "latin1") })) { // what comes of a document is utf8mb4
				return true
			}
			return n > 3139 && n < 3160 || d.has("JSON_VALUE(") && d.Our == "true" && d.Their == "1" || n == uint16(sqlerr.IncorrectType) || n == uint16(sqlerr.InvalidJSONPathArrayCell) || d.Kind == KindWarnings && d.has("JSON_") || d.has("JSON_VALID(") && d.Our == "0" && d.Their == "1" ||
				d.has("JSON_") && strings.Contains(d.Statement.Root.Text(), "'$[last]'") || d.has("JSON_") && strings.Contains(d.Our, "base64:type") ||
				d.Kind == KindValue && (d.has("JSON_ARRAY_APPEND(", "JSON_ARRAY_INSERT(") && d.Their == "NULL" || d.has("JSON_SEARCH(") && d.Our == "NULL")
		},
	},
	{
		Name:   "documents are no texts",
		Manual: "The JSON Data Type, Comparison and Ordering of JSON Values: documents are compared by the order of their types and then by value, a DECIMAL in one is that and exact, objects overlap that have a key with one value, and the digits of \\u are small; JSON of MariaDB is a text",
		Case:   "rules/document_order",
		Applies: func(d *Difference) bool {
			if d.Kind == KindValue && (d.has("JSON_TYPE(") && strings.Contains(d.Our, "DECIMAL") || d.has("JSON_") && d.has("HEX(WEIGHT_STRING(")) { // other types show
				return true
			}
			if d.Kind == KindValue && d.has("JSON_") && d.Our != d.Their && strings.EqualFold(d.Our, d.Their) && strings.Contains(d.Our, "\\u00") { // other letters show
				return true
			}
			if d.Kind == KindRows && d.has(documents...) && d.has("WHERE $", "HAVING $") { // a condition asks whether it is the number 0
				return true
			}
			if d.has(documents...) && (d.has(comparisons...) || d.has("JSON_OVERLAPS(") || d.has("JSON_CONTAINS(") && d.uses("DECIMAL")) { // what they give by themselves shows
				return d.Kind == KindValue || d.Kind == KindRows
			}
			if !d.uses("JSON") || d.has("JSON_") {
				return false
			}
			text := d.Statement.Root.Text()
			ordered := d.has(comparisons...) || d.has(truths...) || d.has("MIN($)", "MAX($)", "COUNT(DISTINCT") || setOperators.MatchString(text) || strings.Contains(text, "DISTINCT ")
			switch d.Kind {
			case KindOrder, KindWarnings:
				return true
			case KindRows:
				return ordered || strings.Contains(text, " GROUP BY ") || d.has("WHERE $", "HAVING $", "$ JOIN $ ON $", "$ LEFT JOIN $ ON $", "$ RIGHT JOIN $ ON $")
			case KindValue:
				return ordered || strings.Contains(text, " ORDER BY ")
			}
			return false
		},
	},
	{
		Name:   "text beside a date",
		Manual: "Type Conversion in Expression Evaluation: a constant text that is compared with a date must be one, or it is error 1525; of a column or a computed text that is none the comparison is NULL. MariaDB compares as texts, or warns",
		Case:   "rules/date_text rules/between_dates",
		Applies: func(d *Difference) bool {
			if d.Kind == KindRows && d.dated() && (d.has(comparisons...) || d.has(besideQuery...)) && strings.Contains(d.Statement.Root.Text(), "(SELECT ") { // of a derived table
				return strings.Contains(d.Statement.Root.Text(), "'") || d.uses("CHAR", "VARCHAR", "TEXT")
			}
			return d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.WrongValue) || (d.Kind == KindValue || d.Kind == KindWarnings) && d.dated() && d.has(comparisons...) &&
				(d.Our == "NULL" || d.Kind == KindWarnings || d.has("($ BETWEEN", "($ NOT BETWEEN") && d.Their == "NULL")
		},
	},
	{
		Name:   "dates beside numbers",
		Manual: "Type Conversion in Expression Evaluation: a date is compared with a number as a number, but for a column and a constant that is a date; MariaDB makes a date of the number and warns when it is none",
		Case:   "rules/date_number",
		Applies: func(d *Difference) bool {
			return comparisons.match(d)
		},
	},
	{
		Name:   "rows in IN",
		Manual: "Comparison Functions and Operators: (a, b) = (x, y) is a = x AND b = y, which is false where one is, and NULL where none is and one is NULL; MariaDB gives NULL when another one is NULL, takes rows of NULL for known ones in IS NULL, loses rows that an outer join adds, finds a negative number NOT IN unsigned ones of which one is NULL, and adds some where <=> stands beside =, which is never true of NULL",
		Case:   "rules/row_in",
		Applies: func(d *Difference) bool {
			if d.Kind == KindRefused && d.has("(($, $)") {
				return illegalMix(d.Ours.Number)
			}
			if d.Kind == KindRows && d.has("(($, $) IN (", "(($, $) NOT IN (") { // = of rows shows
				return true
			}
			if d.Kind == KindRows && d.has("($ NOT IN (SELECT") && d.column(func(c ColumnDef) bool { return strings.Contains(c.sql, "UNSIGNED") }) { // of numbers of one sign it shows
				return true
			}
			if d.Kind == KindRows && d.has("($ <=> $)") && d.has("($ = $)") && strings.Contains(d.Statement.Root.Text(), " JOIN ") { // one of both shows
				return true
			}
			if outer := d.Statement.Root.Text(); d.has("(($, $)") && (strings.Contains(outer, " LEFT JOIN ") || strings.Contains(outer, " RIGHT JOIN ")) {
				return d.Kind == KindRows || d.Kind == KindValue
			}
			if d.Kind == KindValue && d.has("(($, $)") && d.has("COUNT(") { // other functions of such a row show
				return true
			}
			if d.Kind == KindRows && d.has("(($, $)") && d.has("ISNULL(", "($ IS ") { // = and < of rows by themselves show
				return true
			}
			return d.Kind == KindValue && (d.has("(($, $) IN (", "(($, $) NOT IN (") && (d.Our == "NULL" || d.Their == "NULL") || d.has("(($, $)") && d.has("ISNULL(", "($ IS "))
		},
	},
	{
		Name:   "what need not be computed",
		Manual: "Out-of-Range and Overflow Handling: an overflow is an error (1690) where the expression is computed; what decides before, as an argument that is NULL does, a number in WEIGHT_STRING(), a row outside the frame of a window function, or is not selected, is open. A sum that leaves the doubles is one, where MariaDB has 0; ROUND() of a BIGINT is a BIGINT, where MariaDB has more digits, and no FLOAT holds what MariaDB makes the largest one. WEIGHT_STRING() is for debugging, and its weights of the Unicode collations are not promised",
		Case:   "rules/overflow_error",
		Applies: func(d *Difference) bool {
			if d.Kind == KindAccepted && d.Theirs.Number == uint16(sqlerr.DataOutOfRange) && orderedFrame.MatchString(d.Statement.Root.Text()) || d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.DataOutOfRange) && (d.Their == "NULL" || d.has("HEX(WEIGHT_STRING(", "WEIGHT_STRING(") || strings.Contains(d.Statement.Root.Text(), "NULL")) ||
				d.Kind == KindValue && d.has("HEX(WEIGHT_STRING(", "WEIGHT_STRING(") && (strings.Contains(d.Statement.Root.Text(), "_unicode_") || d.has("QUOTE(")) { // weights of other collations show
				return true // an error beside a value of theirs, and overflows of aggregates without a frame show
			}
			return d.Kind == KindAccepted && d.Theirs.Number == uint16(sqlerr.DataOutOfRange) && (d.has(comparisons...) || d.has("(($, $)") || strings.Contains(d.Statement.Root.Text(), "(SELECT ")) ||
				d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.DataOutOfRange) && strings.Contains(d.Statement.Root.Text(), " JOIN ") ||
				d.Kind == KindAccepted && d.Theirs.Number == uint16(sqlerr.DataOutOfRange) && (d.dated() || d.uses("ENUM", "SET") || d.has("LAG(", "LEAD(", "WHERE $", "$ LEFT JOIN $ ON $", "$ JOIN $ ON $", "$ RIGHT JOIN $ ON $") || strings.Contains(d.Statement.Root.Text(), "NULL")) ||
				d.Kind == KindNumber && d.Theirs.Number == uint16(sqlerr.DataOutOfRange) && (d.Ours.Number == uint16(sqlerr.WrongValue) || d.Ours.Number == uint16(sqlerr.CollationCharsetMismatch)) ||
				d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.DataOutOfRange) && (d.has("ROUND(", "SUM(", "AVG(", "CAST($ AS FLOAT", "CONVERT($, FLOAT", "ISNULL(", "($ IS NULL)", "($ IS NOT NULL)", "FIELD(", "($ - $)") || d.Their == "NULL" && d.has("LOG(", "INTERVAL $", "DATE_ADD(", "DATE_SUB(", "($ - INTERVAL", "($ + INTERVAL") || strings.Contains(d.Statement.Root.Text(), "(SELECT "))
		},
	},
	{
		Name:   "zeros behind a binary string",
		Manual: "The BINARY and VARBINARY Types: zeros are added to what is stored in a BINARY column; what UNION makes of one and of something else is as long as it is; all bytes are significant in comparisons and ORDER BY, where MariaDB takes zeros at the end for nothing",
		Case:   "rules/binary_union",
		Applies: func(d *Difference) bool {
			if setOperators.MatchString(d.Statement.Root.Text()) && (d.Kind == KindRows && d.uses("BINARY") || d.Kind == KindValue && strings.Contains(d.Their, `\x00\x00`)) {
				return true
			}
			return (d.Kind == KindValue && d.uses("BINARY") || d.Kind == KindOrder && (d.uses("BINARY") || d.has("UNHEX("))) && d.cells(func(ours, theirs Cell) bool {
				return strings.TrimRight(theirs.Text, "\x00") == strings.TrimRight(ours.Text, "\x00")
			})
		},
	},
	{
		Name:   "numbers that are no dates",
		Manual: "Date and Time Literals: a number is a date if it has the digits of one, and any punctuation may be the delimiter between date parts, a point, too, behind which a text of digits alone goes on; MariaDB takes 1 to 100 and others for dates with zero parts, and '900:00:00' for a time that is too large",
		Case:   "rules/number_date rules/date_delimiter",
		Applies: func(d *Difference) bool {
			if d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.DataOutOfRange) && strings.Contains(d.Statement.Root.Text(), "'900:00:00'") {
				return true // of its parts
			}
			if d.Kind == KindRows || d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.DataOutOfRange) && d.has("WHERE $", "HAVING $") { // a zero date is compared
				return d.has("DATE(", "TIMESTAMP(", "CAST($ AS DATE")
			}
			if d.Kind == KindValue && d.Their == "NULL" && d.has(dateForms...) && dotted.MatchString(d.Statement.Root.Text()) || d.Kind == KindValue && d.dated() && d.has(comparisons...) && dotted.MatchString(d.Statement.Root.Text()) {
				return true
			}
			if d.Kind == KindValue && d.Their == "NULL" && d.has(dateForms...) && (d.has("INET_NTOA(") || d.has("CONCAT", "COALESCE(", "IFNULL(", "CASE ", "IF($") && d.uses("DOUBLE", "FLOAT", "DECIMAL")) {
				return true // texts with points that are computed; those of columns show
			}
			return d.Our == "NULL" && d.has(dateForms...) || d.Our == "NULL" && d.has("CAST($ AS DATE") || d.Kind == KindWarnings && d.has(dateForms...) || strings.Contains(d.Their, "613566757") || d.Kind == KindValue && strings.Contains(d.Statement.Root.Text(), "'900:00:00'")
		},
	},
	{
		Name:   "times as dates",
		Manual: "Conversion Between Date and Time Types: TIME becomes DATETIME on the current date; MariaDB has no date, or NULL",
		Case:   "rules/time_to_date",
		Applies: func(d *Difference) bool {
			return d.Kind == KindValue && d.has(dateForms...) && d.timed()
		},
	},
	{
		Name:   "time stamp of nothing",
		Manual: "UNIX_TIMESTAMP(): 0 for a date that is out of range; FROM_UNIXTIME() reaches the year 3001; MariaDB gives NULL",
		Case:   "rules/unix_timestamp",
		Applies: func(d *Difference) bool {
			if d.Kind == KindRows && d.has("UNIX_TIMESTAMP(") && d.has("WHERE $", "HAVING $") {
				return true
			}
			return d.Their == "NULL" && d.has("UNIX_TIMESTAMP(") && (d.Kind == KindValue && strings.Trim(d.Our, "0.") == "" || d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.DataOutOfRange)) ||
				d.Kind == KindValue && d.Their == "NULL" && d.has("FROM_UNIXTIME(")
		},
	},
}

// dateForms and timeForms begin the functions of dates and of times.
var (
	dateForms = []string{"EXTRACT(", "DATE_ADD(", "DATE_SUB(", "ADDDATE(", "SUBDATE(", "TIMESTAMPADD(", "TIMESTAMPDIFF(", "($ + INTERVAL", "($ - INTERVAL", "TIMESTAMP(", "DATE(",
		"YEAR", "MONTH", "DAY", "QUARTER(", "WEEK", "LAST_DAY(", "TO_DAYS(", "TO_SECONDS(", "FROM_DAYS(", "DATE_FORMAT(", "MAKEDATE(", "CONVERT_TZ(", "DATEDIFF(",
		"TIMEDIFF(", "ADDTIME(", "SUBTIME(", "MAKETIME(", "FROM_UNIXTIME(", "TIME_FORMAT(", "MICROSECOND(", "STR_TO_DATE("}
	timeForms = []string{"EXTRACT(", "HOUR(", "MINUTE(", "SECOND(", "MICROSECOND(", "TIME_TO_SEC(", "TIME_FORMAT(", "TIME("}
)

// comparison are the forms of comparisons.
type comparison []string

var comparisons = comparison{"($ = $)", "($ < $)", "($ > $)", "($ <= $)", "($ >= $)", "($ <> $)", "($ <=> $)", "($ BETWEEN", "($ NOT BETWEEN", "($ IN (", "($ NOT IN (", "(($, $)", "NULLIF(", "CASE $ WHEN",
	"($ = ANY", "($ < ANY", "($ > ANY", "($ <= ANY", "($ >= ANY", "($ <> ANY", "($ = SOME", "($ < SOME", "($ > SOME", "($ <= SOME", "($ >= SOME", "($ <> SOME",
	"($ = ALL", "($ < ALL", "($ > ALL", "($ <= ALL", "($ >= ALL", "($ <> ALL"}

// besideQuery are comparisons with what a subquery gives.
var besideQuery = []string{"($ = (SELECT", "($ < (SELECT", "($ > (SELECT", "($ <= (SELECT", "($ >= (SELECT", "($ <> (SELECT", "($ <=> (SELECT"}

// quantified are those with ANY and ALL for which MIN() or MAX() of the subquery may stand.
var quantified = []string{"($ < ANY", "($ > ANY", "($ <= ANY", "($ >= ANY", "($ < SOME", "($ > SOME", "($ <= SOME", "($ >= SOME", "($ < ALL", "($ > ALL", "($ <= ALL", "($ >= ALL"}

// intervals are the forms of intervals of several parts.
var intervals = []string{"DATE_ADD($, INTERVAL $ HOUR_MIN", "DATE_SUB($, INTERVAL $ HOUR_MIN", "DATE_ADD($, INTERVAL $ MINUTE_SEC", "DATE_SUB($, INTERVAL $ MINUTE_SEC", "DATE_ADD($, INTERVAL $ HOUR_SEC", "DATE_SUB($, INTERVAL $ HOUR_SEC",
	"DATE_ADD($, INTERVAL $ DAY_", "DATE_SUB($, INTERVAL $ DAY_", "DATE_ADD($, INTERVAL $ YEAR_", "DATE_SUB($, INTERVAL $ YEAR_"}

// inexactly are the functions whose last digit differs between libraries.
var inexactly = []string{"LN(", "LOG(", "LOG2(", "LOG10(", "EXP(", "POW(", "POWER(", "SIN(", "COS(", "TAN(", "COT(", "ASIN(", "ACOS(", "ATAN(", "ATAN2("}

// moved are the forms that add an interval.
var moved = []string{"DATE_ADD(", "DATE_SUB(", "ADDDATE(", "SUBDATE(", "TIMESTAMPADD(", "($ + INTERVAL", "($ - INTERVAL"}

// documents are the functions that give one.
var documents = []string{"JSON_ARRAY", "JSON_OBJECT", "JSON_MERGE", "JSON_SET(", "JSON_INSERT(", "JSON_REPLACE(", "JSON_REMOVE(", "JSON_EXTRACT(", "JSON_KEYS("}

// truths are the forms that ask whether a value is true.
var truths = []string{"($ AND $)", "($ OR $)", "($ XOR $)", "(NOT $)", "($ IS TRUE)", "($ IS NOT TRUE)", "($ IS FALSE)", "IF($, $, $)", "CASE WHEN $"}

func (c comparison) match(d *Difference) bool {
	return (d.Kind == KindValue || d.Kind == KindWarnings || d.Kind == KindRows) && d.has(c...) && d.dated() && d.numbered()
}

// illegalMix says that an error is one of collations that do not mix.
func illegalMix(n uint16) bool {
	return n == uint16(sqlerr.CantAggregate2Collations) || n == uint16(sqlerr.CantAggregate3Collations) || n == uint16(sqlerr.CantAggregateNCollations)
}

// timed says that a TIME is computed with.
func (d *Difference) timed() bool {
	return aTime.MatchString(d.Statement.Root.Text()) || d.uses("TIME")
}

// fewerDigits says that theirs is ours with fewer digits, or as a FLOAT.
func fewerDigits(ours, theirs string) bool {
	f, err := strconv.ParseFloat(ours, 64)
	h, wrong := strconv.ParseFloat(theirs, 64)
	if err != nil || wrong != nil {
		return false
	}
	digits := len(theirs) - strings.IndexByte(theirs+".", '.') - 1
	return digits >= 4 && math.Abs(f-h) <= 0.51*math.Pow10(-digits) || float32(f) == float32(h) || math.Abs(f-h) <= 5e-6*math.Abs(h)
}

var (
	aTime         = regexp.MustCompile(`\bTIME'|AS TIME|\b(TIME|MAKETIME|SEC_TO_TIME|TIMEDIFF|STR_TO_DATE)\(`)
	hexadecimal   = regexp.MustCompile(`\b(0x|b')`)
	zerosBehind   = regexp.MustCompile(`(\d\d:\d\d:\d\d(?:\.\d*?[1-9])?)\.?0+\b`)
	negativeZero  = regexp.MustCompile(`-0\b`)
	pointZero     = regexp.MustCompile(`(\d)\.0\b`)
	dotted        = regexp.MustCompile(`'\d+\.\d+\.\d+`)
	longNumber    = regexp.MustCompile(`\b\d{20}`)
	manyDigits    = regexp.MustCompile(`\d{14}`)
	outerJoin     = regexp.MustCompile(` (LEFT|RIGHT) JOIN `)
	moving        = regexp.MustCompile(`OVER \([^)]*\b(ROWS|RANGE)\b`)
	exponent      = regexp.MustCompile(`\de-?\d|\b(SQRT|EXP|POW|POWER|LN|LOG\d*|SIN|COS|TAN|COT|RAND|RADIANS|DEGREES|ATAN2?|PI)\(`)
	orderedFrame  = regexp.MustCompile(`OVER \([^)]*\b(ORDER BY|ROWS|RANGE)\b`)
	large         = regexp.MustCompile(`\b\d{16}`)
	aFraction     = regexp.MustCompile(`\d\.\d`)
	smallFraction = regexp.MustCompile(`\d\.\d{5}`)
	aside         = regexp.MustCompile(` (GROUP BY|DISTINCT|UNION|INTERSECT|EXCEPT) |\(DISTINCT `)
	setOperators  = regexp.MustCompile(` (UNION|INTERSECT|EXCEPT) `)
)

// digitsOf counts digits.
func digitsOf(s string) (n int) {
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' {
			n++
		}
	}
	return n
}

// keyed says that one of the tables has a key besides its primary one.
func (d *Difference) keyed() bool {
	return slices.ContainsFunc(d.Tables, func(t *Table) bool {
		return len(t.Indexes) > 0 && regexp.MustCompile(`\b`+t.Name+`\b`).MatchString(d.Statement.Root.Text())
	})
}

// lastDigits says that two texts are the same but for the last digits of a double in them, of which there are 16 or 17; a
// text may be turned round.
func lastDigits(ours, theirs string) bool {
	turned := func(s string) string { r := []rune(s); slices.Reverse(r); return string(r) }
	alike := func(x, y string) bool {
		a, b := doubles.FindAllString(x, -1), doubles.FindAllString(y, -1)
		if len(a) == 0 || len(a) != len(b) || doubles.ReplaceAllString(x, "") != doubles.ReplaceAllString(y, "") {
			return false
		}
		for i := range a {
			if f, ok := inexact(a[i]); ok && a[i] != b[i] {
				if h, too := inexact(b[i]); !too || math.Abs(f-h) > 1e-15*math.Abs(f) {
					return false
				}
			} else if a[i] != b[i] {
				return false
			}
		}
		return true
	}
	return alike(ours, theirs) || alike(turned(ours), turned(theirs))
}

var doubles = regexp.MustCompile(`\d+\.\d{8,17}`)

// dated says that a date or a time is compared or computed with.
func (d *Difference) dated() bool {
	return temporal.MatchString(d.Statement.Root.Text()) || d.uses("DATE", "TIME", "DATETIME", "TIMESTAMP", "YEAR")
}

// numbered says that a number is, too.
func (d *Difference) numbered() bool {
	return aNumber.MatchString(d.Statement.Root.Text()) || d.uses("TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE", "YEAR", "BIT")
}

var aNumber = regexp.MustCompile(`[(, ]-?\d+(\.\d+)?(e-?\d+)?[), ]|\b(TRUE|FALSE|id|b'|0x|(YEAR|MONTH|DAY|TO_SECONDS|TO_DAYS|UNIX_TIMESTAMP|TIME_TO_SEC|DATEDIFF|TIMESTAMPDIFF|PERIOD_\w+|\w*LENGTH|LOCATE|INSTR|ASCII|ORD|FIELD|CRC32|COUNT|SIGN|ABS|MOD|POW|POWER|SQRT|EXP|DEGREES|RADIANS|LN|LOG\d*|FLOOR|CEIL|CEILING|ROUND|TRUNCATE|WEEK\w*|DAYOF\w+|HOUR|MINUTE|SECOND|MICROSECOND|QUARTER|EXTRACT)\()`)

// temporal finds literals and functions that give dates and times.
var temporal = regexp.MustCompile(`\b(DATE|TIME|TIMESTAMP)'|AS (DATE|TIME)|\b(DATE|TIME|TIMESTAMP|FROM_DAYS|LAST_DAY|MAKEDATE|MAKETIME|SEC_TO_TIME|FROM_UNIXTIME|CONVERT_TZ)\(`)

// LeaveOut takes rules away, so that what they explain is shown.
func LeaveOut(names ...string) error {
	for _, name := range names {
		i := slices.IndexFunc(Rules, func(r *Rule) bool { return r.Name == name })
		if i < 0 {
			return fmt.Errorf("there is no rule %q", name)
		}
		Rules = slices.Delete(Rules, i, i+1)
	}
	return nil
}

// Rule is the first rule that explains the difference; nil: none does.
func (d *Difference) Rule() *Rule {
	for _, r := range Rules {
		if r.Applies(d) {
			return r
		}
	}
	return nil
}

// has says whether the statement has a form that begins with one of these.
func (d *Difference) has(prefixes ...string) bool {
	return slices.ContainsFunc(d.Statement.Root.forms(), func(form string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(form, p) })
	})
}

// bothNumbers says that both sides gave a number.
func bothNumbers(ours, theirs Cell) bool {
	_, err := strconv.ParseFloat(ours.Text, 64)
	_, wrong := strconv.ParseFloat(theirs.Text, 64)
	return err == nil && wrong == nil
}
