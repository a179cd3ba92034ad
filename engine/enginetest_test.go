package engine

import (
	"testing"

	"github.com/dolthub/go-mysql-server/enginetest"
)

// The library's suites against KiVi. What does not pass, and why, stands in
// testdata/enginetest_skip and nowhere else.

func TestQueries(t *testing.T) { enginetest.TestQueries(t, newHarness(t, "TestQueries")) }
func TestJoinOps(t *testing.T) {
	enginetest.TestJoinOps(t, newHarness(t, "TestJoinOps"), enginetest.DefaultJoinOpTests)
}
func TestComplexIndexQueries(t *testing.T) {
	enginetest.TestComplexIndexQueries(t, newHarness(t, "TestComplexIndexQueries"))
}
func TestCreateTable(t *testing.T) { enginetest.TestCreateTable(t, newHarness(t, "TestCreateTable")) }

func TestJoinQueries(t *testing.T) { enginetest.TestJoinQueries(t, newHarness(t, "TestJoinQueries")) }
func TestIndexes(t *testing.T)     { enginetest.TestIndexes(t, newHarness(t, "TestIndexes")) }
