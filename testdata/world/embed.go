// Package world holds the world data set in the binary, so that the demo and
// the tests need no files. README.md beside it tells where the facts come from.
package world

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed schema.sql *.csv queries
var files embed.FS

// Tables are the names of the tables in load order: referenced tables stand
// first, and so do referenced rows in each file.
var Tables = []string{"country", "subdivision", "currency", "language", "script", "timezone"}

// Schema returns the CREATE TABLE statements in load order, without semicolons.
func Schema() []string {
	var statements []string
	for part := range strings.SplitSeq(mustRead("schema.sql"), ";\n") {
		var lines []string
		for line := range strings.SplitSeq(part, "\n") {
			if !strings.HasPrefix(line, "--") && line != "" {
				lines = append(lines, line)
			}
		}
		if len(lines) > 0 {
			statements = append(statements, strings.Join(lines, "\n"))
		}
	}
	return statements
}

// CSV returns a table's rows. The first line names the columns, an empty field
// means NULL. The error is for a name that is not in Tables.
func CSV(table string) (string, error) {
	data, err := files.ReadFile(table + ".csv")
	if err != nil {
		return "", fmt.Errorf("world has no table %q: %w", table, err)
	}
	return string(data), nil
}

// Query is a statement over the data set with its result.
type Query struct {
	Name string // NN-topic
	SQL  string // without a semicolon
	Want string // tab-separated, the first line names the columns
}

// Queries returns the statements that every driver runs, in order of their
// names.
func Queries() []Query {
	entries, err := files.ReadDir("queries")
	if err != nil {
		panic(err) // the directory is part of the binary
	}
	var out []Query
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".sql"); ok {
			out = append(out, Query{
				Name: name,
				SQL:  strings.TrimSpace(mustRead("queries/" + e.Name())),
				Want: mustRead("queries/" + name + ".tsv"),
			})
		}
	}
	return out
}

// mustRead reads a file that the go:embed directive is known to have taken.
func mustRead(name string) string {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(data)
}
