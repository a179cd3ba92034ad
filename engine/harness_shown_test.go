package engine

import (
	"regexp"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
)

// The library's suites expect its own form of SHOW CREATE TABLE, without MySQL's DEFAULT
// NULL and with keys sorted by name. What MySQL prints is tested in testdata/sql; here its
// form is made the library's, so that the suites still compare everything else.

var (
	createShown  = regexp.MustCompile(`(?i)^\s*show\s+create\s+table\b`)
	keyShown     = regexp.MustCompile("^  (?:UNIQUE )?KEY `([^`]*)`")
	defaultShown = regexp.MustCompile("(?m)( NULL)? DEFAULT NULL(,?)( COMMENT.*)?$")
	momentShown  = regexp.MustCompile(`( timestamp(?:\(\d\))?) NULL\b`)
	charsetShown = regexp.MustCompile(` CHARACTER SET utf8mb4 (COLLATE utf8mb4)`)
	countedShown = regexp.MustCompile(`(?m)^(  .*) (DEFAULT .*) AUTO_INCREMENT`)
)

// shownIter gives SHOW CREATE TABLE in the library's form.
type shownIter struct{ sql.RowIter }

func (i shownIter) Next(ctx *sql.Context) (sql.Row, error) {
	row, err := i.RowIter.Next(ctx)
	if err != nil || len(row) != 2 {
		return row, err
	}
	if text, ok := row[1].(string); ok {
		row = sql.Row{row[0], libraryForm(text)}
	}
	return row, nil
}

func libraryForm(text string) string {
	text = momentShown.ReplaceAllString(text, "$1")
	text = defaultShown.ReplaceAllString(text, "$2$3")
	text = charsetShown.ReplaceAllString(text, " $1")
	text = countedShown.ReplaceAllString(text, "$1 AUTO_INCREMENT $2")
	lines := strings.Split(text, "\n")
	var at []int
	var keys []string
	for i, line := range lines {
		if keyShown.MatchString(line) {
			at, keys = append(at, i), append(keys, strings.TrimSuffix(line, ","))
		}
	}
	slices.SortStableFunc(keys, func(a, b string) int {
		return strings.Compare(keyShown.FindStringSubmatch(a)[1], keyShown.FindStringSubmatch(b)[1])
	})
	for i, k := range keys {
		if strings.HasSuffix(lines[at[i]], ",") {
			k += ","
		}
		lines[at[i]] = k
	}
	return strings.Join(lines, "\n")
}
