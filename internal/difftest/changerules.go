package difftest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// changeRules are those of changes of rows.
var changeRules = []*Rule{
	{
		Name:   "CHECK and IGNORE",
		Manual: "CHECK Constraints: with IGNORE a row that violates one is a warning, and left out; MariaDB refuses the statement",
		Case:   "rules/changes",
		Applies: func(d *Difference) bool {
			return d.Kind == KindAccepted && d.Theirs.Number == 4025 && strings.Contains(d.Statement.Root.Form, " IGNORE ")
		},
	},
	{
		Name:   "DEFAULT of an ENUM",
		Manual: "The ENUM Type: the default of a column that takes no NULL is its first member; MariaDB says that it has none",
		Case:   "rules/changes",
		Applies: func(d *Difference) bool {
			return (d.Kind == KindAccepted || d.Kind == KindNumber) && d.Theirs.Number == uint16(sqlerr.NoDefaultForField) && strings.Contains(d.Statement.Root.Text(), "e = DEFAULT")
		},
	},
	{
		Name:   "NULL in a joined UPDATE",
		Manual: "UPDATE: NULL for a column that takes none is an error in strict mode (1048); MariaDB says 1265 where it has put the row aside",
		Case:   "rules/changes",
		Applies: func(d *Difference) bool {
			if !ofSeveral(d.Statement.Root.Text()) { // of one table both say the same
				return false
			}
			null, cut := uint16(sqlerr.BadNull), uint16(sqlerr.DataTruncated)
			if d.Kind == KindWarnings { // with IGNORE; any other warning shows
				return slices.Contains(d.Ours.Warnings, null) && numbers(without(d.Ours.Warnings, null, cut)) == numbers(without(d.Theirs.Warnings, null, cut))
			}
			return d.Kind == KindNumber && d.Ours.Number == null && d.Theirs.Number == cut
		},
	},
	{
		Name:   "rows that ON DUPLICATE KEY UPDATE leaves as they are",
		Manual: "INSERT … ON DUPLICATE KEY UPDATE: a row that is set to its current values counts 0; MariaDB counts it once more where the table has a virtual column",
		Case:   "rules/changes",
		Applies: func(d *Difference) bool {
			return d.Kind == KindAffected && strings.Contains(d.Statement.Root.Form, "ON DUPLICATE KEY UPDATE") && d.Ours.Affected < d.Theirs.Affected
		},
	},
	{
		Name:   "changes of a join",
		Manual: "UPDATE: rows of several tables are changed in no promised order, nor are assignments carried out in one, and ORDER BY is not allowed; which fault is met first, and with IGNORE which row gets a value that a key has once, follows from it. DELETE: tables with foreign keys may be processed in another order than parent and child; and whether a condition meets what foreign keys have done for the rows before follows from the order, too",
		Case:   "rules/changes",
		Applies: func(d *Difference) bool {
			f := d.Statement.Root.Form
			if readsAssigned(d.Statement.Root.Text()) {
				// an error that no value makes shows, and one of a statement that computes nothing from what it assigns
				return d.Kind == KindValue || d.Kind == KindRows || d.Kind == KindNumber || d.Kind == KindRefused && ofValues(d.Ours.Number) || d.Kind == KindAccepted && ofValues(d.Theirs.Number)
			}
			if d.Kind == KindNumber && strings.HasPrefix(f, "UPDATE ") && d.Ours.Number == uint16(sqlerr.DupEntry) && d.Theirs.Number == 1761 { // two keys are taken: of the table, and of one that follows it
				return true
			}
			if strings.HasPrefix(f, "DELETE x, y ") && (d.Kind == KindAccepted && d.Theirs.Number == uint16(sqlerr.RowIsReferenced) || d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.RowIsReferenced)) {
				return true // of one table it shows
			}
			if d.Kind == KindRows && strings.HasPrefix(f, "DELETE IGNORE x, y ") { // of one table it shows
				return true
			}
			if d.Kind == KindRows && strings.HasPrefix(d.Statement.Root.Text(), "DELETE FROM p ") && strings.Contains(d.Statement.Root.Text(), "(SELECT 1 FROM c z") {
				return true // c is what a key of it changes: lxdb's conditions see no change of their statement
			}
			if d.Kind == KindRows && strings.HasPrefix(d.Statement.Root.Text(), "DELETE FROM n ") && strings.Contains(d.Statement.Root.Text(), "up") {
				return true // up is what the key of n itself changes; conditions on other columns show
			}
			if strings.HasPrefix(f, "UPDATE ") && (d.Kind == KindRefused && d.Ours.Number == uint16(sqlerr.DupEntry) || d.Kind == KindAccepted && d.Theirs.Number == uint16(sqlerr.DupEntry)) && ofSeveral(d.Statement.Root.Text()) {
				return true // a row takes the key that another leaves
			}
			return (d.Kind == KindValue && strings.HasPrefix(f, "UPDATE IGNORE") || d.Kind == KindNumber && strings.HasPrefix(f, "UPDATE ")) && ofSeveral(d.Statement.Root.Text())
		},
	},
	{
		Name:   "columns without a default",
		Manual: "INSERT: in strict mode a column without a default that is given no value is an error, else a warning, whatever becomes of the rows; MariaDB leaves it out where ON DUPLICATE KEY UPDATE is carried out, and looks at the rows first",
		Case:   "rules/changes",
		Applies: func(d *Difference) bool {
			if !strings.Contains(d.Statement.Root.Form, "ON DUPLICATE KEY") {
				return false
			}
			return d.Ours.Number == uint16(sqlerr.NoDefaultForField) || d.Kind == KindWarnings && slices.Contains(d.Ours.Warnings, uint16(sqlerr.NoDefaultForField)) && !slices.Contains(d.Theirs.Warnings, uint16(sqlerr.NoDefaultForField))
		},
	},
	{
		Name:   "dates that are none",
		Manual: "The DATE Type: out of range values are warned of with 1264 when they are stored; MariaDB warns with 1265",
		Case:   "rules/changes",
		Applies: func(d *Difference) bool {
			told := []uint16{uint16(sqlerr.WarnDataOutOfRange), uint16(sqlerr.DataTruncated)}
			if strings.HasPrefix(d.Statement.Root.Form, "UPDATE IGNORE") { // see the rule below
				told = append(told, uint16(sqlerr.DupEntry), uint16(sqlerr.RowIsReferenced), uint16(sqlerr.NoReferencedRow))
			}
			return d.Kind == KindWarnings && strings.Contains(d.Statement.Root.Text(), "'2023-02-30'") && numbers(without(d.Ours.Warnings, told...)) == numbers(without(d.Theirs.Warnings, told...))
		},
	},
	{
		Name:   "rows that IGNORE leaves as they are",
		Manual: "Comparison of the IGNORE Keyword and Strict SQL Mode: a key that is taken (1062) or a foreign key (1451, 1452) is a warning, and the row does not count; MariaDB says nothing of it in UPDATE and DELETE, and counts it in joins",
		Case:   "rules/changes",
		Applies: func(d *Difference) bool {
			if f := d.Statement.Root.Form; !strings.HasPrefix(f, "UPDATE IGNORE") && !strings.HasPrefix(f, "DELETE IGNORE") {
				return false
			}
			left := []uint16{uint16(sqlerr.DupEntry), uint16(sqlerr.RowIsReferenced), uint16(sqlerr.NoReferencedRow)}
			if strings.Contains(d.Statement.Root.Text(), "t = t") { // see the rule below
				left = append(left, uint16(sqlerr.TruncatedWrongValue), uint16(sqlerr.WarnDataOutOfRange))
			}
			return d.Kind == KindAffected || d.Kind == KindWarnings && numbers(without(d.Ours.Warnings, left...)) == numbers(without(d.Theirs.Warnings, left...))
		},
	},
	{
		Name:   "zero dates",
		Manual: "Server SQL Modes, NO_ZERO_DATE: a zero date that is stored is refused in strict mode, also from a column; MariaDB copies it, and refuses to compute with it or warns of it, where MySQL says NULL",
		Case:   "rules/changes",
		Applies: func(d *Difference) bool {
			dates := []uint16{uint16(sqlerr.TruncatedWrongValue), uint16(sqlerr.WarnDataOutOfRange)}
			if d.Kind == KindWarnings && strings.Contains(d.Statement.Root.Text(), "t + INTERVAL") && numbers(d.Ours.Warnings) == numbers(without(d.Theirs.Warnings, dates[0])) {
				return true
			}
			return (d.Ours.Number == dates[0] || d.Theirs.Number == dates[0]) && strings.Contains(d.Our+d.Their, "'0000-00-00'") ||
				d.Kind == KindWarnings && strings.Contains(d.Statement.Root.Text(), "t = t") && numbers(without(d.Ours.Warnings, dates...)) == numbers(without(d.Theirs.Warnings, dates...))
		},
	},
}

func without(warnings []uint16, not ...uint16) []uint16 {
	return slices.DeleteFunc(slices.Clone(warnings), func(n uint16) bool { return slices.Contains(not, n) })
}

// ofSeveral says that a statement changes rows of a join.
func ofSeveral(text string) bool {
	return strings.Contains(text, " JOIN ") || strings.Contains(text, " x, ")
}

// ofValues says that an error is one of the values that are stored.
func ofValues(n uint16) bool {
	return slices.Contains([]uint16{uint16(sqlerr.DupEntry), uint16(sqlerr.BadNull), uint16(sqlerr.DataOutOfRange), uint16(sqlerr.WarnDataOutOfRange), uint16(sqlerr.DataTruncated),
		uint16(sqlerr.DataTooLong), uint16(sqlerr.CheckConstraintViolated), uint16(sqlerr.TruncatedWrongValue), uint16(sqlerr.RowIsReferenced), uint16(sqlerr.NoReferencedRow)}, n)
}

// readsAssigned says that an UPDATE of several tables assigns a value that is computed from a column which it assigns, too.
func readsAssigned(text string) bool {
	m := assigning.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	all := assignment.FindAllStringSubmatchIndex(m[1], -1)
	for _, a := range all {
		column := regexp.MustCompile(`\b` + regexp.QuoteMeta(m[1][a[2]:a[3]]) + `\b`)
		for i, b := range all {
			end := len(m[1])
			if i+1 < len(all) {
				end = all[i+1][0]
			}
			if column.MatchString(m[1][b[1]:end]) {
				return true
			}
		}
	}
	return false
}

var (
	assigning  = regexp.MustCompile(`(?s)^UPDATE (?:IGNORE )?\w+ \w+(?:,| (?:LEFT |RIGHT |INNER )?JOIN) .*? SET (.*?)(?: WHERE .*)?$`)
	assignment = regexp.MustCompile(`(?:^|, )(\w+\.\w+) = `)
)
