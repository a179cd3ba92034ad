package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	lxdb "github.com/lxdb/lxdb/drivers/go"
)

// keywords are those that are typed most.
var keywords = strings.Fields(`SELECT FROM WHERE INSERT INTO VALUES UPDATE SET DELETE CREATE TABLE DATABASE DROP ALTER INDEX VIEW USER GROUP ROLE
	GRANT REVOKE READ WRITE EXECUTE SHOW TABLES DATABASES GRANTS SECURITY DESCRIBE EXPLAIN USE BEGIN COMMIT ROLLBACK JOIN LEFT INNER ON GROUP BY ORDER
	HAVING LIMIT OFFSET DISTINCT UNION ALL AND OR NOT NULL IS IN LIKE BETWEEN EXISTS CASE WHEN THEN ELSE END AS WITH RECURSIVE PRIMARY KEY FOREIGN
	REFERENCES UNIQUE DEFAULT AUTO_INCREMENT INT BIGINT VARCHAR TEXT DECIMAL DATE DATETIME TIMESTAMP COUNT SUM MIN MAX AVG IDENTIFIED SCHEMA`)

// names are what can be completed: keywords, and what the person may see.
type names struct {
	known []string
	show  func([]string) // what a word may become, when it is not clear
}

// maxShown bounds how many are shown.
const maxShown = 60

// maxNames bounds what is kept of a large database.
const maxNames = 20_000

// load asks for the names of the current database and of all databases. Without an
// answer there are only keywords.
func (n *names) load(ctx context.Context, c *lxdb.Client) {
	n.known = slices.Clone(keywords)
	for _, text := range []string{
		"SELECT SCHEMA_NAME FROM information_schema.SCHEMATA",
		"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()",
		"SELECT DISTINCT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()",
	} {
		res, err := c.Query(ctx, text)
		if err != nil {
			continue
		}
		value := make([]any, 1)
		for err = res.Next(value); err == nil && len(n.known) < maxNames; err = res.Next(value) {
			n.known = append(n.known, textOf(value[0]))
		}
		if e := res.Close(); e != nil || err != nil && !errors.Is(err, io.EOF) {
			continue
		}
	}
	slices.Sort(n.known)
	n.known = slices.Compact(n.known)
}

// changesNames reports whether a statement may have changed them.
func changesNames(text string) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return slices.Contains([]string{"CREATE", "DROP", "ALTER", "RENAME", "USE"}, strings.ToUpper(first))
}

// complete is the line editor's: at a tab it returns the line with the word before the
// cursor as far as it is clear.
func (n *names) complete(line string, pos int, key rune) (string, int, bool) {
	if key != '\t' || pos > len(line) {
		return "", 0, false
	}
	start := pos
	for start > 0 && isWord(rune(line[start-1])) {
		start--
	}
	word := line[start:pos]
	if word == "" {
		return "", 0, false
	}
	found := n.beginning(word)
	full := longest(word, found)
	if full == word {
		if n.show != nil && len(found) > 1 {
			n.show(shortened(found))
		}
		return line, pos, true
	}
	return line[:start] + full + line[pos:], start + len(full), true
}

func isWord(r rune) bool { return r == '_' || r >= 0x80 || unicode.IsLetter(r) || unicode.IsDigit(r) }

// shortened is as much of a list as is shown.
func shortened(found []string) []string {
	if len(found) > maxShown {
		return append(slices.Clone(found[:maxShown]), fmt.Sprintf("… %d more", len(found)-maxShown))
	}
	return found
}

// beginning are the names that begin with a word, in any case.
func (n *names) beginning(word string) []string {
	var found []string
	for _, name := range n.known {
		if len(name) >= len(word) && strings.EqualFold(name[:len(word)], word) {
			found = append(found, name)
		}
	}
	return found
}

// longest is the longest beginning that all of the names share. Keywords are written as
// the person began them.
func longest(word string, found []string) string {
	if len(found) == 0 {
		return word
	}
	common := found[0]
	for _, name := range found[1:] {
		i := 0
		for i < min(len(common), len(name)) && strings.EqualFold(common[i:i+1], name[i:i+1]) {
			i++
		}
		common = common[:i]
	}
	if len(common) < len(word) {
		return word
	}
	if len(found) == 1 && !slices.Contains(keywords, found[0]) {
		return common
	}
	if strings.ToLower(word) == word {
		return word + strings.ToLower(common[len(word):])
	}
	return word + common[len(word):]
}
