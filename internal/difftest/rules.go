package difftest

import (
	"regexp"
	"slices"
	"strings"
)

// Rule is a difference between MySQL 8 and MariaDB in which lxdb follows MySQL.
type Rule struct {
	Name   string
	Manual string // what MySQL 8.0's manual says, and where
	Case   string // the file of testdata/sql that holds lxdb to it
	Open   bool   // the case does not pass yet
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
		Manual: "LEAST(): if the arguments comprise a mix of numbers and strings, they are compared as strings; MariaDB compares them as numbers",
		Case:   "rules/least_greatest", Open: true,
		Applies: func(d *Difference) bool { return d.has("LEAST(", "GREATEST(") },
	},
	{
		Name:   "text that is no time",
		Manual: "The TIME Type: invalid TIME values are converted to '00:00:00', so their parts are 0; MariaDB gives NULL",
		Case:   "rules/no_time", Open: true,
		Applies: func(d *Difference) bool {
			return d.Kind == KindValue && d.Their == "NULL" &&
				(strings.HasPrefix(d.Our, "00:00:00") || d.has(timeForms...) && strings.Trim(d.Our, "0:.") == "")
		},
	},
	{
		Name:   "bits of text and fractions",
		Manual: "Bit Functions and Operators: other arguments are converted to unsigned 64-bit integers, text by its leading integer; MariaDB rounds, and reads exponents",
		Case:   "rules/bits_of_text",
		Applies: func(d *Difference) bool {
			return (d.Kind == KindValue || d.Kind == KindWarnings) && d.has("($ & $)", "($ | $)", "($ ^ $)", "($ << $)", "($ >> $)", "(~ $)", "BIT_COUNT(")
		},
	},
	{
		Name:   "numbers of MariaDB alone",
		Manual: "Server Error Message Reference: MySQL has no warnings from 1900 to 1999 and none above 4000; it has another number, or no warning",
		Case:   "rules/overflow_warning",
		Applies: func(d *Difference) bool {
			return d.Kind == KindWarnings && slices.ContainsFunc(d.Theirs.Warnings, func(n uint16) bool { return n >= 1900 && n < 2000 || n >= 4000 })
		},
	},
	{
		Name:   "types that MariaDB refuses",
		Manual: "Type Conversion in Expression Evaluation: arguments are converted; MariaDB refuses some pairs of types with its own errors 4078 and 4079",
		Case:   "rules/any_type", Open: true,
		Applies: func(d *Difference) bool {
			return d.Kind == KindAccepted && (d.Theirs.Number == 4078 || d.Theirs.Number == 4079)
		},
	},
	{
		Name:   "numbers as text",
		Manual: "Type Conversion: a number becomes text in the character set of the connection; MariaDB joins the bytes of latin1 and utf8mb4",
		Case:   "rules/number_text",
		Applies: func(d *Difference) bool {
			return d.Kind == KindValue && strings.ContainsAny(d.Their, "\u00c3\u00e6") && !strings.ContainsAny(d.Our, "\u00c3\u00e6")
		},
	},
	{
		Name:   "nothing to pad with",
		Manual: "LPAD() gives the empty string when there is nothing to pad with; MariaDB gives NULL",
		Case:   "rules/empty_pad",
		Applies: func(d *Difference) bool {
			return d.Kind == KindValue && d.Our == "" && d.Their == "NULL" && d.has("LPAD(", "RPAD(")
		},
	},
	{
		Name:    "unhex of what is none",
		Manual:  "UNHEX(): NULL for an argument with digits that are not hexadecimal, with warning 1411; MariaDB does not warn",
		Case:    "rules/unhex",
		Applies: func(d *Difference) bool { return d.Kind == KindWarnings && d.has("UNHEX(") },
	},
	{
		Name:    "bytes of a binary cast",
		Manual:  "CAST(): BINARY(N) causes the cast to use no more than N bytes; MariaDB counts characters of the argument",
		Case:    "rules/binary_cast",
		Applies: func(d *Difference) bool { return d.Kind == KindValue && d.has("CAST($ AS BINARY(") },
	},
	{
		Name:   "colons in a date",
		Manual: "Date and Time Literals: any punctuation may be the delimiter between date parts; MariaDB reads '900:00:00' as a time that is too large",
		Case:   "rules/date_delimiter",
		Applies: func(d *Difference) bool {
			return strings.Contains(d.Statement.Root.Text(), "'900:00:00'") && d.Kind == KindValue
		},
	},
	{
		Name:   "dates with zero parts",
		Manual: "DAYOFMONTH(): dates such as '2001-11-00' are taken; NO_ZERO_IN_DATE is about what is stored. MariaDB gives NULL under this mode",
		Case:   "rules/zero_in_date",
		Applies: func(d *Difference) bool {
			return d.Kind == KindValue && d.Their == "NULL" && strings.Contains(d.Our, "-00") || d.Kind == KindWarnings && d.has("DATEDIFF(")
		},
	},
	{
		Name:   "times as numbers",
		Manual: "Conversion Between Date and Time Types: a conversion to an integer rounds the fraction, where MariaDB cuts it; ROUND() gives numbers, where MariaDB gives times",
		Case:   "rules/time_to_integer", Open: true,
		Applies: func(d *Difference) bool {
			text := d.Statement.Root.Text()
			return d.Kind == KindValue && (d.has("CAST($ AS SIGNED", "CAST($ AS UNSIGNED", "CONVERT($, SIGNED", "CHAR(", "EXPORT_SET(") && strings.Contains(text, "59.999999") ||
				d.has("ROUND(", "TRUNCATE(", "CEIL", "FLOOR(") && strings.ContainsAny(d.Their, ":-"))
		},
	},
	{
		Name:   "negative to unsigned",
		Manual: "CAST(): UNSIGNED gives an unsigned 64-bit integer, of negative numbers the complement, with warning 1105 for text; MariaDB cuts numbers that are not integers to 0",
		Case:   "rules/negative_unsigned",
		Applies: func(d *Difference) bool {
			return d.has("CAST($ AS UNSIGNED") && (d.Kind == KindValue && d.Their == "0" || d.Kind == KindWarnings)
		},
	},
	{
		Name:   "bytes that are no text",
		Manual: "CONVERT(): a binary string that is not valid in the character set gives NULL with warning 1300; MariaDB puts question marks",
		Case:   "rules/invalid_text",
		Applies: func(d *Difference) bool {
			return d.Our == "NULL" && d.has("CONVERT($ USING", "(CONVERT($ USING", "CONVERT($, CHAR", "CAST($ AS CHAR", "CHAR($ USING")
		},
	},
	{
		Name:   "whole doubles",
		Manual: "FLOOR() and CEIL(): floating-point arguments and text give floating-point results; MariaDB shows integers",
		Case:   "rules/floor_double", Open: true,
		Applies: func(d *Difference) bool {
			return d.Kind == KindValue && d.has("FLOOR(", "CEIL(", "CEILING(") && (strings.Contains(d.Our, "e") || strings.Contains(d.Their, ".0"))
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
		Name:   "logarithm of nothing",
		Manual: "Server Error Message Reference: an invalid argument for a logarithm is warning 3020, not 1365",
		Case:   "rules/logarithm",
		Applies: func(d *Difference) bool {
			return d.Kind == KindWarnings && d.has("LN(", "LOG(", "LOG2(", "LOG10(")
		},
	},
	{
		Name:   "length of a hash",
		Manual: "SHA2(): NULL if either argument is NULL; 1583 for a length that is none. MariaDB takes NULL for 0",
		Case:   "rules/sha2",
		Applies: func(d *Difference) bool {
			return d.has("SHA2(") && (d.Kind == KindWarnings || d.Our == "NULL")
		},
	},
	{
		Name:    "replacing by NULL",
		Manual:  "REPLACE(): NULL if any of its arguments is NULL; MariaDB does not look at the third when there is nothing to replace",
		Case:    "rules/replace_null",
		Applies: func(d *Difference) bool { return d.has("REPLACE(") && d.Our == "NULL" },
	},
	{
		Name:   "addresses that are none",
		Manual: "IS_IPV4(): NULL if the argument is NULL, and so its kin; what is no address makes warning 1411. MariaDB gives 0, and does not warn",
		Case:   "rules/addresses",
		Applies: func(d *Difference) bool {
			return d.has("IS_IPV", "INET", "HEX(INET6_ATON") && (d.Kind == KindWarnings || d.Our == "NULL")
		},
	},
	{
		Name:    "digits of FORMAT",
		Manual:  "FORMAT(): 30 digits behind the point at most; MariaDB has 38",
		Case:    "rules/format_digits",
		Applies: func(d *Difference) bool { return d.Kind == KindValue && d.has("FORMAT(") && len(d.Our) > 30 },
	},
	{
		Name:   "text that is no document",
		Manual: "JSON functions: an error occurs if an argument is not a valid JSON document (3141), of another type (3146), or a path that is none (3143 and following); MariaDB gives NULL with a warning",
		Case:   "rules/no_document",
		Applies: func(d *Difference) bool {
			return d.Ours.Number > 3139 && d.Ours.Number < 3160 || d.Kind == KindWarnings && d.has("JSON_")
		},
	},
	{
		Name:   "text beside a date",
		Manual: "Type Conversion in Expression Evaluation: text that is compared with a date must be one, or it is error 1525; MariaDB warns",
		Case:   "rules/date_text", Open: true,
		Applies: func(d *Difference) bool {
			return d.Kind == KindRefused && strings.Contains(d.Our, "Incorrect DATE")
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
		Name:   "dates beside numbers",
		Manual: "Type Conversion in Expression Evaluation: a date that is no column is compared with a number as a number; MariaDB makes a date of the number and warns when it is none",
		Case:   "rules/date_number", Open: true,
		Applies: func(d *Difference) bool {
			return comparisons.match(d)
		},
	},
	{
		Name:   "largest time",
		Manual: "The TIME Type: values range to 838:59:59.000000; MariaDB has a fraction behind it",
		Case:   "rules/largest_time", Open: true,
		Applies: func(d *Difference) bool {
			return d.Kind == KindValue && strings.HasSuffix(d.Our, "838:59:59.000000")
		},
	},
	{
		Name:   "digits behind seconds",
		Manual: "Fractional Seconds in Time Values: text as date and time has 6 digits, a result that is text as many as are not zero; MariaDB has those of the arguments",
		Case:   "rules/second_digits", Open: true,
		Applies: func(d *Difference) bool {
			return d.Kind == KindValue && d.Our != d.Their && strings.TrimRight(d.Our, ".0") == strings.TrimRight(d.Their, ".0") && strings.Contains(d.Our+d.Their, ":")
		},
	},
	{
		Name:   "numbers that are no dates",
		Manual: "Date and Time Literals: a number is a date if it has the digits of one; MariaDB takes 1 to 100 and others for dates with zero parts",
		Case:   "rules/number_date", Open: true,
		Applies: func(d *Difference) bool {
			return d.Our == "NULL" && d.has(dateForms...) || d.Kind == KindWarnings && d.has(dateForms...)
		},
	},
	{
		Name:   "times as dates",
		Manual: "Conversion Between Date and Time Types: TIME becomes DATETIME on the current date; MariaDB has no date, or NULL",
		Case:   "rules/time_to_date", Open: true,
		Applies: func(d *Difference) bool {
			return d.Kind == KindValue && d.has(dateForms...) && strings.Contains(d.Statement.Root.Text(), "TIME'")
		},
	},
	{
		Name:   "time stamp of nothing",
		Manual: "UNIX_TIMESTAMP(): 0 for a date that is out of range; MariaDB gives NULL",
		Case:   "rules/unix_timestamp",
		Applies: func(d *Difference) bool {
			return d.Kind == KindValue && d.Their == "NULL" && d.has("UNIX_TIMESTAMP(") && strings.Trim(d.Our, "0.") == ""
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

var comparisons = comparison{"($ = $)", "($ < $)", "($ > $)", "($ <= $)", "($ >= $)", "($ <> $)", "($ <=> $)", "($ BETWEEN", "($ NOT BETWEEN", "($ IN (", "($ NOT IN (", "(($, $)", "NULLIF(", "CASE $ WHEN"}

func (c comparison) match(d *Difference) bool {
	return (d.Kind == KindValue || d.Kind == KindWarnings) && d.has(c...) && temporal.MatchString(d.Statement.Root.Text())
}

// temporal finds literals and functions that give dates and times.
var temporal = regexp.MustCompile(`\b(DATE|TIME|TIMESTAMP)'|AS (DATE|TIME)|\b(DATE|TIME|TIMESTAMP|FROM_DAYS|LAST_DAY|MAKEDATE|MAKETIME|SEC_TO_TIME|FROM_UNIXTIME|CONVERT_TZ)\(`)

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
