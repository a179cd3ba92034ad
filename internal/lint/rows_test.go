package lint

import (
	"go/ast"
	"testing"
)

func TestOneDoorToRows(t *testing.T) { report(t, checkDoor(mustSources(t))) }

// checkDoor finds calls of kivi's Txn.Table and Table.Under, by name: whoever
// makes a handle on keys by himself reads past row filters and masks.
func checkDoor(all []*source) (findings []string) {
	for _, s := range all {
		if s.importName(module+"/storage/kivi") == "" || s.isTest() || under(s.dir(), "storage/relation", "storage/kivi") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if ok && (sel.Sel.Name == "Table" && len(call.Args) == 3 || sel.Sel.Name == "Under" && len(call.Args) == 1) {
				findings = append(findings, s.at(call.Pos(),
					"rows have one door: open them by relation.Open, for one of its purposes. A kivi.Table of your own knows no row filter and no mask"))
			}
			return true
		})
	}
	return findings
}

// widePurposes lists the functions that may open rows for a purpose without an
// actor, and why no user can misuse each.
var widePurposes = map[string]string{
	"engine/table/editor.go:editor.writer":              "foreign key actions change child rows whatever the user may do to the child table, as SQL demands; only editors made by GetForeignKeyEditor",
	"engine/table/editor.go:editor.IndexedAccess":       "foreign key checks look for a parent that the user need not see; the answer is a yes or no",
	"engine/table/parents.go:foreignKeys.tie":           "the same two, as our own operators ask them: is there a parent, which are the children",
	"engine/table/children.go:foreignKeys.childChanges": "the actions of foreign keys, as our own operators carry them out",
	"engine/table/rewrite.go:batches.writer":            "DDL fills a data id or an index that nobody reads yet; ALTER was asked for when it began",
	"engine/table/refill.go:Table.eachStored":           "DDL looks at all rows; its callers ask for ALTER first",
	"engine/table/build.go:Table.readAll":               "CREATE INDEX reads all rows; it asks for ALTER first",
	"engine/table/table.go:Table.sight":                 "a DDL statement checks that all rows fit, and tells yes or no",
	"engine/table/table.go:Table.open":                  "CREATE TABLE … SELECT fills a table that nobody has rights on yet; CREATE was checked on its database",
	"engine/table/stats.go:Table.RowCount":              "the planner's estimate; never exact and never returned as COUNT(*)",
	"engine/table/source.go:Source.Count":               "the planner's guess of how many rows a range has; a number, and none for a reader under a policy",
}

func TestWidePurposes(t *testing.T) {
	used := map[string]bool{}
	report(t, checkPurposes(mustSources(t), widePurposes, used))
	for name := range widePurposes {
		if !used[name] {
			t.Errorf("widePurposes lists %s, which names none of them: remove the line", name)
		}
	}
}

func checkPurposes(all []*source, allowed map[string]string, used map[string]bool) (findings []string) {
	for _, s := range all {
		local := s.importName(module + "/storage/relation")
		if local == "" || s.isTest() {
			continue
		}
		for _, decl := range s.file.Decls {
			name := s.path + ":package scope"
			if fn, ok := decl.(*ast.FuncDecl); ok {
				name = s.path + ":" + funcName(fn)
			}
			for _, purpose := range []string{"Constraint", "Rewrite", "Estimate", "Fsck", "Backup"} {
				for _, pos := range selectors(decl, local, purpose) {
					used[name] = true
					if allowed[name] == "" {
						findings = append(findings, s.at(pos,
							"relation.%s opens rows that no user's rights and no policy limit. If %s must, add it to widePurposes in internal/lint/rows_test.go with the reason why no user can misuse it; else open for relation.Query or relation.Write", purpose, name))
					}
				}
			}
		}
	}
	return findings
}
