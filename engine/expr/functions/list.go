package functions

import (
	"fmt"
	"strings"

	"github.com/lxdb/lxdb/engine/expr"
)

// List is docs/generated/functions.md.
func List() string {
	var b strings.Builder
	b.WriteString(`# Functions and operators

Made from the tables in engine/expr and below it by a test (go test ./engine/expr -run TestDocument -update); do not edit.

"NULL" says when the result is NULL because an argument is: *any*, or *own rule*. "Collation" is that of a string that comes
out: of the arguments together, of the first one, of the connection, or fixed. What *grows* is NULL with warning 1301 above
max_allowed_packet. A *volatile* function is computed for each row, a *stable* one once for a statement; the others are
computed while planning when their arguments are constants.
`)
	for _, family := range Families {
		fmt.Fprintf(&b, "\n## %s\n\n| name | arguments | wanted as | NULL | collation | | |\n|---|---|---|---|---|---|---|\n", family.Name)
		for i := range family.Functions {
			f := &family.Functions[i]
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", cell(names(f.Name, f.Aliases)), counts(f.Min, f.Max),
				wanted(f.Args, f.Build != nil), nullWords(f), textWords(f), traits(f), cell(f.About))
		}
	}
	b.WriteString("\n## Aggregates\n\nNULL is left out by all of them unless it is said.\n\n| name | arguments | wanted as | |\n|---|---|---|---|\n")
	for _, family := range expr.AggregateFamilies {
		for i := range family {
			a := &family[i]
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", cell(names(a.Name, a.Aliases)), counts(a.Min, a.Max), wanted(a.Args, false), cell(a.About))
		}
	}
	return b.String()
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func names(name string, aliases []string) string {
	return strings.Join(append([]string{name}, aliases...), ", ")
}

func counts(low, high int) string {
	switch {
	case high < 0:
		return fmt.Sprintf("%d or more", low)
	case low == high:
		return fmt.Sprint(low)
	}
	return fmt.Sprintf("%d to %d", low, high)
}

var argWords = [...]string{"as it is", "text", "bytes", "integer", "integer", "bits", "double", "decimal", "number", "condition",
	"datetime", "date", "time", "JSON document", "JSON value"}

func wanted(args []expr.Arg, own bool) string {
	if own || len(args) == 0 {
		return "as it is"
	}
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = argWords[a]
	}
	return strings.Join(words, ", ")
}

func nullWords(f *expr.Function) string {
	if f.Null == expr.Own || f.Build != nil {
		return "own rule"
	}
	return "any"
}

func textWords(f *expr.Function) string {
	if f.Build != nil {
		return "arguments"
	}
	return [...]string{"arguments", "first", "connection", "fixed", "utf8mb3"}[f.Text]
}

func traits(f *expr.Function) string {
	var words []string
	if f.Grows {
		words = append(words, "grows")
	}
	if f.Volatile {
		words = append(words, "volatile")
	}
	if f.Stable {
		words = append(words, "stable")
	}
	return strings.Join(words, ", ")
}
