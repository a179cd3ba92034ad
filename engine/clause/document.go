package clause

import (
	"fmt"
	"sort"
	"strings"
)

// Document is docs/generated/clauses.md.
func Document() string {
	var b strings.Builder
	b.WriteString(`# Clauses

Made from the tables in the package engine/clause by its test (LXDB_UPDATE=1 go test ./engine/clause); do not edit.

Nothing is accepted without effect. A clause works, or it has no meaning here and is kept because dumps carry it (SHOW CREATE
TABLE shows it again, a note with number 1235 says so in SHOW WARNINGS), or the statement is refused: 1235 with its name.

## Options of tables

| option | what becomes of it | because |
|---|---|---|
`)
	for _, o := range tableOptions {
		why := o.why
		if o.unless != "" {
			why += "; " + o.unless + " is so anyway and accepted"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", o.words, o.rule, why)
	}
	b.WriteString(`
## Other parts of definitions

| clause | what becomes of it |
|---|---|
`)
	for _, c := range otherClauses {
		fmt.Fprintf(&b, "| %s | %s |\n", c.name, c.what)
	}
	b.WriteString(`
## Statements that are refused by their name

| statement | instead |
|---|---|
`)
	for _, s := range refusedStatements {
		fmt.Fprintf(&b, "| %s | %s |\n", s.words, s.why)
	}
	b.WriteString(`
## Parts of statements that are refused

| where | what |
|---|---|
`)
	var lines []string
	for name, n := range types {
		for field, what := range n.fields {
			if what != "" {
				lines = append(lines, fmt.Sprintf("| %s.%s | %s |\n", name, field, what))
			}
		}
		if n.refuse != "" {
			lines = append(lines, fmt.Sprintf("| %s | %s |\n", name, n.refuse))
		}
	}
	sort.Strings(lines)
	b.WriteString(strings.Join(lines, ""))
	return b.String()
}

var otherClauses = []struct{ name, what string }{
	{"PARTITION BY", "kept, shown again, noted; all rows are in one table"},
	{"REMOVE PARTITIONING", "works: what was kept is forgotten"},
	{"ADD, DROP, EXCHANGE, … PARTITION", "refused (1235)"},
	{"FULLTEXT KEY, SPATIAL KEY", "kept, shown again, noted; MATCH … AGAINST is refused (1235)"},
	{"functional key parts", "refused (1235)"},
	{"USING BTREE", "works: it is what there is"},
	{"USING HASH, USING RTREE", "noted"},
	{"KEY_BLOCK_SIZE, WITH PARSER of keys", "noted"},
	{"DESC of key parts", "noted; an index is read in both directions"},
	{"INVISIBLE columns and keys", "refused (1235)"},
	{"COLUMN_FORMAT, STORAGE of columns", "noted"},
	{"optimizer hints, /*+ … */", "followed in queries and changes of rows; a warning says which are not"},
	{"UNSIGNED of numbers", "works; refused (1235) for DECIMAL, FLOAT and DOUBLE variables in programs"},
	{"ZEROFILL", "works: makes the column UNSIGNED, and fills its numbers up with zeros"},
	{"REFERENCES in a column's definition", "works in CREATE TABLE, as a foreign key; refused (1235) in ALTER TABLE"},
	{"MATCH FULL, MATCH PARTIAL", "refused (1235)"},
	{"CHECK … NOT ENFORCED", "works"},
	{"ALTER CHECK … [NOT] ENFORCED", "works: the rows are looked at when it holds again"},
	{"ALTER INDEX … [IN]VISIBLE", "refused (1235)"},
	{"ALGORITHM=DEFAULT and COPY, LOCK=DEFAULT and EXCLUSIVE", "work: that is how tables are changed"},
	{"ALGORITHM=INPLACE and INSTANT, LOCK=NONE and SHARED", "refused (1845)"},
	{"FORCE, ENABLE KEYS, DISABLE KEYS", "noted"},
	{"ORDER BY in ALTER TABLE, DISCARD and IMPORT TABLESPACE, WITH VALIDATION", "refused (1235)"},
	{"CONVERT TO CHARACTER SET", "works: the columns are converted"},
	{"CREATE TEMPORARY TABLE, DROP TEMPORARY TABLE", "work: docs/temporary-tables.md"},
	{"CREATE TABLE … AS SELECT", "works, with columns, keys and options, IGNORE and REPLACE; with FOREIGN KEY error 3978, as in MySQL"},
	{"FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE, NOWAIT, OF", "work"},
	{"SKIP LOCKED", "refused (1235)"},
	{"LOCK TABLES … WRITE, UNLOCK TABLES", "work: nobody else reads or writes the table until UNLOCK TABLES, LOCK TABLES, BEGIN or the session's end; the session itself names what it has locked alone (1100, 1099), views, triggers and programs use what they use"},
	{"LOCK TABLES … READ", "noted: it keeps no other session from writing; a transaction reads one state of all tables"},
	{"RENAME TABLE to another database", "refused (1235)"},
	{"ENCRYPTION of databases", "refused (1235), unless it is 'N'"},
}
