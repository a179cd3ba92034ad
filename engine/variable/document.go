package variable

import (
	"fmt"
	"strings"
)

// Document is docs/generated/variables.md.
func Document() string {
	var b strings.Builder
	b.WriteString(`# System variables

Made from the table in the package engine/variable by its test (go test ./engine/variable -update); do not edit.

SET of a variable that works changes what statements do. The value of one that is kept is shown again and changes nothing;
a note (1235, SHOW WARNINGS) says so. One that is fixed takes the value that it has; any other is error 1235 with its name.
Variables that MySQL does not let anybody set are 1238, as there. SET GLOBAL needs SYSTEM ADMIN and lasts until the server ends;
SET PERSIST is 1235.

| variable | SET | because |
|---|---|---|
`)
	for _, d := range All() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", d.Name, d.Rule, d.Why)
	}
	b.WriteString(`
## Modes of sql_mode

One that is kept is shown again and changes nothing. One that is left out may stand in a SET, as it does in dumps of older
servers: a note (1235) says that nothing keeps it.

| mode | SET | because |
|---|---|---|
`)
	for _, m := range Modes() {
		does := m.Rule.String()
		if m.Rule == Kept {
			does = "kept"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", m.Name, does, strings.ReplaceAll(m.Why, "|", `\|`))
	}
	return b.String()
}
