package difftest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Kinds of differences.
const (
	KindEnded    = "connection ended" // ours; the server may be gone
	KindHangs    = "hangs"            // ours gave no answer in time
	KindRefused  = "refused"          // ours is an error, theirs are rows
	KindAccepted = "accepted"         // the other way round
	KindNumber   = "error number"
	KindColumns  = "columns"
	KindRows     = "rows"  // another number of rows
	KindValue    = "value" // other values in them
	KindOrder    = "order"
	KindWarnings = "warnings"
	KindAffected = "affected rows"
)

// Difference is what two answers to one statement differ in.
type Difference struct {
	Kind         string
	Statement    *Statement
	Prepared     bool
	Ours, Theirs *Result
	Tables       []*Table // that there were; rules look at the types of columns
	// A cell that shows it, or what else there is to show.
	Our, Their string
}

// Signature groups differences that have most likely one cause: what differs,
// and what the reduced statement is made of.
func (d *Difference) Signature() string {
	s := d.Kind
	switch d.Kind {
	case KindRefused, KindAccepted, KindNumber:
		s += fmt.Sprintf(" %d/%d", d.Ours.Number, d.Theirs.Number)
	case KindWarnings:
		s += fmt.Sprintf(" %s/%s", d.Our, d.Their)
	}
	if d.Prepared {
		s += " prepared"
	}
	return s + ": " + strings.Join(d.Statement.Root.forms(), " ; ")
}

// Compare looks at two answers to a statement; nil: they agree.
func Compare(s *Statement, ours, theirs *Result) *Difference {
	d := &Difference{Statement: s, Ours: ours, Theirs: theirs}
	switch {
	case ours.Number != ourNumber(theirs.Number):
		d.Our, d.Their = errorText(ours), errorText(theirs)
		switch {
		case theirs.Number == 0:
			d.Kind = KindRefused
		case ours.Number == 0:
			d.Kind = KindAccepted
		default:
			d.Kind = KindNumber
		}
		return d
	case ours.Number != 0:
		return nil
	case len(ours.Columns) != len(theirs.Columns):
		d.Kind, d.Our, d.Their = KindColumns, fmt.Sprint(len(ours.Columns)), fmt.Sprint(len(theirs.Columns))
		return d
	case len(ours.Rows) != len(theirs.Rows):
		d.Kind, d.Our, d.Their = KindRows, fmt.Sprint(len(ours.Rows)), fmt.Sprint(len(theirs.Rows))
		return d
	}
	if d.rows(); d.Kind != "" {
		return d
	}
	if ours.Affected != theirs.Affected && len(ours.Columns) == 0 {
		d.Kind, d.Our, d.Their = KindAffected, fmt.Sprint(ours.Affected), fmt.Sprint(theirs.Affected)
		return d
	}
	if s.Warned {
		d.Our, d.Their = numbers(ours.Warnings), numbers(theirs.Warnings)
		if d.Our != d.Their {
			d.Kind = KindWarnings
			return d
		}
	}
	return nil
}

func errorText(r *Result) string {
	if r.Number == 0 {
		if len(r.Rows) > 0 {
			return joinRow(r.Rows[0])
		}
		return "no error"
	}
	return fmt.Sprintf("%d %s", r.Number, r.Message)
}

// ourNumber is MySQL's number of an error or a warning to which MariaDB gives one of its own:
// of CHECK constraints and of values for generated columns.
func ourNumber(theirs uint16) uint16 {
	switch theirs {
	case 4025:
		return uint16(sqlerr.CheckConstraintViolated)
	case 1906:
		return uint16(sqlerr.NonDefaultValueForGeneratedColumn)
	}
	return theirs
}

// numbers are the warnings, each once: how often an expression is computed is
// not promised.
func numbers(w []uint16) string {
	w = slices.Clone(w)
	for i := range w {
		w[i] = ourNumber(w[i])
	}
	slices.Sort(w)
	return fmt.Sprint(slices.Compact(w))
}

func joinRow(row []Cell) string {
	parts := make([]string, len(row))
	for i, c := range row {
		parts[i] = c.String()
	}
	return strings.Join(parts, "|")
}

// String shows a cell on one line.
func (c Cell) String() string {
	if c.Null {
		return "NULL"
	}
	if q := strconv.Quote(c.Text); q != `"`+c.Text+`"` {
		return q
	}
	return c.Text
}

// rows compares the rows of two results of equal size.
func (d *Difference) rows() {
	fuzzy := d.Statement.Fuzzy
	ours, theirs := flatten(d.Ours, fuzzy), flatten(d.Theirs, fuzzy)
	if d.Statement.ordered() {
		i := firstDifferent(ours, theirs, fuzzy)
		if i < 0 {
			return
		}
		d.Kind, d.Our, d.Their = KindOrder, joinRow(d.Ours.Rows[i]), joinRow(d.Theirs.Rows[i])
	}
	sortRows(ours)
	sortRows(theirs)
	if i := firstDifferent(ours, theirs, fuzzy); i >= 0 {
		d.Kind, d.Our, d.Their = KindValue, joinRow(ours[i]), joinRow(theirs[i])
	}
}

// flatten copies rows; where ties are open, equal text is written equally.
func flatten(r *Result, fuzzy bool) [][]Cell {
	out := make([][]Cell, len(r.Rows))
	for i, row := range r.Rows {
		out[i] = slices.Clone(row)
		for j := range out[i] {
			if fuzzy {
				out[i][j].Text = fold(out[i][j].Text)
			}
		}
	}
	return out
}

func fold(s string) string {
	return strings.ReplaceAll(strings.TrimRight(strings.ToLower(s), " "), "ä", "a")
}

func sortRows(rows [][]Cell) {
	slices.SortStableFunc(rows, func(a, b []Cell) int {
		return slices.CompareFunc(a, b, func(x, y Cell) int {
			switch {
			case x.Null && y.Null:
				return 0
			case x.Null:
				return -1
			case y.Null:
				return 1
			}
			if order := strings.Compare(sortKey(x.Text, 9), sortKey(y.Text, 9)); order != 0 {
				return order
			}
			return strings.Compare(sortKey(x.Text, 13), sortKey(y.Text, 13)) // two rows of one side that are nearly alike
		})
	})
}

// sortKey makes neighbours of numbers that differ in their last digits.
func sortKey(s string, digits int) string {
	if f, ok := inexact(s); ok {
		return strconv.FormatFloat(f, 'e', digits, 64)
	}
	return s
}

func firstDifferent(a, b [][]Cell, fuzzy bool) int {
	for i := range a {
		if !slices.EqualFunc(a[i], b[i], func(x, y Cell) bool { return sameCell(x, y, fuzzy) }) {
			return i
		}
	}
	return -1
}

func sameCell(x, y Cell, fuzzy bool) bool {
	if x.Null != y.Null || x.Text == y.Text {
		return x.Null == y.Null
	}
	if !fuzzy {
		return lastDigit(x.Text, y.Text)
	}
	f, ok := inexact(x.Text)
	h, too := inexact(y.Text)
	return ok && too && math.Abs(f-h) <= 1e-9*math.Max(math.Abs(f), math.Abs(h))
}

// lastDigit says whether two doubles of 16 or 17 digits differ in the last one:
// mathematical functions are not the same in two libraries.
func lastDigit(x, y string) bool {
	if len(x) < 15 || len(y) < 15 {
		return false
	}
	f, ok := inexact(x)
	h, too := inexact(y)
	return ok && too && math.Abs(f-h) <= 4e-16*math.Max(math.Abs(f), math.Abs(h))
}

// inexact reads a number that may be a double: one with a point or an exponent.
func inexact(s string) (float64, bool) {
	if !strings.ContainsAny(s, ".eE") || strings.ContainsAny(s, "xXpP_") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}
