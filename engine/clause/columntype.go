package clause

import (
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// columnType reads the type, whose spellings the parser takes in part only. What the SQL
// library's types have no place for is taken out of the text and kept as the column's shape.
func (r *reader) columnType(column string) error {
	shape, fixed := "", false
	whole, width := "", "" // of a type of whole numbers
	switch sized := r.punctAt(1, "(") && r.tok(2).Kind == dialect.TokenNumber && r.punctAt(3, ")"); {
	case r.at("SERIAL"):
		r.replace(r.i, r.i+1, "BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE")
		r.deep = true
	case r.at("YEAR") && sized && r.tok(2).Text == "4":
		r.cut(r.i+1, r.i+4)
		r.i += 3
	case r.at("TIME") && sized:
		if digits := r.tok(2).Text; len(digits) > 1 || digits > "6" {
			return sqlerr.TooBigPrecision.Errorf("Too-big precision %s specified for '%s'. Maximum is 6.", digits, column)
		} else if digits != "0" {
			shape = "(" + digits + ")"
		}
		r.cut(r.i+1, r.i+4)
		r.i += 3
		r.deep = true
	case r.anyOf("CHAR", "NCHAR", "BINARY") && sized && above(r.tok(2).Text, 255):
		return sqlerr.TooBigFieldlength.Errorf("Column length too big for column '%s' (max = 255); use BLOB or TEXT instead", column)
	case r.at("BIT") && sized && above(r.tok(2).Text, 64):
		return sqlerr.TooBigDisplayWidth.Errorf("Display width out of range for column '%s' (max = 64)", column)
	case r.at("FLOAT") && sized && above(r.tok(2).Text, 53):
		return sqlerr.WrongFieldSpec.Errorf("Incorrect column specifier for column '%s'", column)
	case r.anyOf("FLOAT", "DOUBLE", "REAL"):
		fixed = true
		if r.at("DOUBLE", "PRECISION") {
			r.cut(r.i+1, r.i+2)
			r.i++
		}
		if r.punctAt(1, "(") && r.punctAt(3, ",") && r.punctAt(5, ")") {
			if err := r.fixedDigits(column); err != nil {
				return err
			}
			shape = "(" + r.tok(2).Text + "," + r.tok(4).Text + ")"
			r.cut(r.i+1, r.i+6)
			r.i += 5
			r.deep = true
		}
	case r.anyOf("DECIMAL", "DEC", "NUMERIC", "FIXED"):
		fixed = true
		if err := r.decimalDigits(column); err != nil {
			return err
		}
	case r.anyOf("TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER", "BIGINT"):
		whole = strings.ToUpper(r.tok(0).Text)
		if sized {
			width = r.tok(2).Text
		}
	case r.anyOf("TEXT", "BLOB") && sized:
		word := sizedType(strings.ToUpper(r.tok(0).Text), r.tok(2).Text)
		r.replace(r.i, r.i+4, word)
		r.i += 3
	}
	r.i++
	if r.punct("(") {
		r.parens()
	}
	if whole != "" {
		var err error
		if shape, err = r.zeroFill(column, whole, width); err != nil {
			return err
		}
	}
	unsigned, filled := "", ""
	for fixed && r.anyOf("UNSIGNED", "SIGNED", "ZEROFILL") {
		switch {
		case r.at("ZEROFILL"):
			unsigned, filled = " unsigned", " zerofill"
		case r.at("UNSIGNED"):
			unsigned = " unsigned"
		}
		r.cut(r.i, r.i+1)
		r.deep = true
		r.i++
	}
	r.change.shape(column, shape+unsigned+filled)
	return nil
}

// above says that digits are a number above most.
func above(digits string, most uint64) bool {
	n, err := strconv.ParseUint(digits, 10, 64)
	return err != nil || n > most
}

// shownDigits are those of the largest values without a sign.
var shownDigits = map[string]string{"TINYINT": "3", "SMALLINT": "5", "MEDIUMINT": "8", "INT": "10", "INTEGER": "10", "BIGINT": "20"}

// zeroFill reads the signs of whole numbers. ZEROFILL, which makes them UNSIGNED, and the width
// that it fills up to are the shape.
func (r *reader) zeroFill(column, whole, width string) (shape string, err error) {
	from, fills := r.i, false
	for r.anyOf("UNSIGNED", "SIGNED", "ZEROFILL") {
		fills = fills || r.at("ZEROFILL")
		r.i++
	}
	if !fills {
		return "", nil
	}
	r.replace(from, r.i, "UNSIGNED")
	r.deep = true
	if width == "" {
		width = shownDigits[whole]
	}
	n, err := strconv.ParseUint(width, 10, 16)
	if err != nil || n > 255 {
		return "", sqlerr.TooBigDisplayWidth.Errorf("Display width out of range for column '%s' (max = 255)", column)
	}
	if n == 0 {
		width = shownDigits[whole]
	}
	return "(" + width + ") zerofill", nil
}

// decimalDigits looks at (M) and (M,D) of DECIMAL.
func (r *reader) decimalDigits(column string) error {
	if !r.punctAt(1, "(") || r.tok(2).Kind != dialect.TokenNumber {
		return nil
	}
	m, err := strconv.ParseUint(r.tok(2).Text, 10, 32)
	if err != nil {
		return nil // what is no number is said by the parser
	}
	d := uint64(0)
	if r.punctAt(3, ",") && r.tok(4).Kind == dialect.TokenNumber {
		if d, err = strconv.ParseUint(r.tok(4).Text, 10, 32); err != nil {
			return nil
		}
	}
	switch {
	case d > 30:
		return sqlerr.TooBigScale.Errorf("Too big scale %d specified for column '%s'. Maximum is 30.", d, column)
	case m > 65:
		return sqlerr.TooBigPrecision.Errorf("Too-big precision %d specified for '%s'. Maximum is 65.", m, column)
	case m == 0 && d == 0: // the usual digits
		return nil
	case d > m:
		return sqlerr.MBiggerThanD.Errorf("For float(M,D), double(M,D) or decimal(M,D), M must be >= D (column '%s').", column)
	}
	return nil
}

// fixedDigits looks at (M,D) of FLOAT and DOUBLE.
func (r *reader) fixedDigits(column string) error {
	m, errM := strconv.ParseUint(r.tok(2).Text, 10, 16)
	d, errD := strconv.ParseUint(r.tok(4).Text, 10, 16)
	switch {
	case errM != nil || errD != nil:
		return sqlerr.Syntax.Errorf("the digits of column '%s' are no numbers", column)
	case d > 30:
		return sqlerr.TooBigScale.Errorf("Too big scale %d specified for column '%s'. Maximum is 30.", d, column)
	case m > 255:
		return sqlerr.TooBigDisplayWidth.Errorf("Display width out of range for column '%s' (max = 255)", column)
	case d > m:
		return sqlerr.MBiggerThanD.Errorf("For float(M,D), double(M,D) or decimal(M,D), M must be >= D (column '%s').", column)
	}
	return nil
}
