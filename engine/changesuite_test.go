package engine

import (
	"testing"

	"github.com/dolthub/go-mysql-server/enginetest"
)

// The library's suites of statements that change rows, by our operators: what they change goes
// through Session.Query, what they ask of it through the library. testdata/enginetest_skip has
// what does not pass, and, with "MySQL: " before it, what MySQL's manual has otherwise than the
// library.

func TestInsertInto(t *testing.T)       { changeSuite(t, enginetest.TestInsertInto) }
func TestInsertIntoErrors(t *testing.T) { changeSuite(t, enginetest.TestInsertIntoErrors) }
func TestInsertIgnoreInto(t *testing.T) { changeSuite(t, enginetest.TestInsertIgnoreInto) }
func TestInsertDuplicateKeyKeyless(t *testing.T) {
	changeSuite(t, enginetest.TestInsertDuplicateKeyKeyless)
}
func TestReplaceInto(t *testing.T)       { changeSuite(t, enginetest.TestReplaceInto) }
func TestReplaceIntoErrors(t *testing.T) { changeSuite(t, enginetest.TestReplaceIntoErrors) }
func TestUpdate(t *testing.T)            { changeSuite(t, enginetest.TestUpdate) }
func TestUpdateIgnore(t *testing.T)      { changeSuite(t, enginetest.TestUpdateIgnore) }
func TestUpdateErrors(t *testing.T)      { changeSuite(t, enginetest.TestUpdateErrors) }
func TestDelete(t *testing.T)            { changeSuite(t, enginetest.TestDelete) }
func TestDeleteErrors(t *testing.T)      { changeSuite(t, enginetest.TestDeleteErrors) }
func TestForeignKeys(t *testing.T)       { changeSuite(t, enginetest.TestForeignKeys) }
func TestChecksOnInsert(t *testing.T)    { changeSuite(t, enginetest.TestChecksOnInsert) }
func TestChecksOnUpdate(t *testing.T)    { changeSuite(t, enginetest.TestChecksOnUpdate) }
func TestGeneratedColumns(t *testing.T)  { changeSuite(t, enginetest.TestGeneratedColumns) }
func TestColumnDefaults(t *testing.T)    { changeSuite(t, enginetest.TestColumnDefaults) }
func TestScripts(t *testing.T)           { changeSuite(t, enginetest.TestScripts) }

// changeSuite runs a suite and wants nearly all of it to pass.
func changeSuite(t *testing.T, run func(*testing.T, enginetest.Harness)) {
	h := newHarness(t, t.Name())
	run(t, h)
	asked := h.asked - h.otherwise
	share := float64(asked-h.failing) / float64(asked)
	t.Logf("%s: %.3f of %d pass; of %d MySQL's manual has it otherwise", t.Name(), share, asked, h.otherwise)
	if share < leastShare {
		t.Errorf("%s: %.3f pass", t.Name(), share)
	}
}
