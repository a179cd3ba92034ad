package engine

import (
	"testing"

	"github.com/dolthub/go-mysql-server/enginetest"
)

// The library's suites against KiVi. What does not pass, and why, stands in
// testdata/enginetest_skip and nowhere else.

func TestQueries(t *testing.T)    { enginetest.TestQueries(t, newHarness(t, "TestQueries")) }
func TestScripts(t *testing.T)    { enginetest.TestScripts(t, newHarness(t, "TestScripts")) }
func TestInsertInto(t *testing.T) { enginetest.TestInsertInto(t, newHarness(t, "TestInsertInto")) }
func TestUpdate(t *testing.T)     { enginetest.TestUpdate(t, newHarness(t, "TestUpdate")) }
func TestDelete(t *testing.T)     { enginetest.TestDelete(t, newHarness(t, "TestDelete")) }
func TestJoinOps(t *testing.T) {
	enginetest.TestJoinOps(t, newHarness(t, "TestJoinOps"), enginetest.DefaultJoinOpTests)
}
func TestComplexIndexQueries(t *testing.T) {
	enginetest.TestComplexIndexQueries(t, newHarness(t, "TestComplexIndexQueries"))
}
func TestCreateTable(t *testing.T) { enginetest.TestCreateTable(t, newHarness(t, "TestCreateTable")) }

func TestReplaceInto(t *testing.T) { enginetest.TestReplaceInto(t, newHarness(t, "TestReplaceInto")) }
func TestInsertIgnoreInto(t *testing.T) {
	enginetest.TestInsertIgnoreInto(t, newHarness(t, "TestInsertIgnoreInto"))
}
func TestJoinQueries(t *testing.T) { enginetest.TestJoinQueries(t, newHarness(t, "TestJoinQueries")) }
func TestIndexes(t *testing.T)     { enginetest.TestIndexes(t, newHarness(t, "TestIndexes")) }
func TestColumnDefaults(t *testing.T) {
	enginetest.TestColumnDefaults(t, newHarness(t, "TestColumnDefaults"))
}
