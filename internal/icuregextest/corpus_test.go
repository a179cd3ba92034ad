package icuregextest

import (
	"testing"

	"github.com/dolthub/go-mysql-server/enginetest"
	"github.com/dolthub/go-mysql-server/enginetest/queries"
	"github.com/dolthub/go-mysql-server/enginetest/scriptgen/setup"
	"github.com/dolthub/go-mysql-server/sql"
)

// TestCorpus runs the regular expression queries that go-mysql-server tests
// real ICU with, over its memory tables. The library leaves the list empty
// under the race detector.
func TestCorpus(t *testing.T) {
	if raceEnabled {
		t.Skip("the library has no corpus under -race")
	}
	if len(queries.RegexTests) < 500 {
		t.Fatalf("the corpus has %d queries, at least 500 expected", len(queries.RegexTests))
	}
	harness := enginetest.NewDefaultMemoryHarness()
	harness.Setup(append(setup.SimpleSetup, []setup.SetupScript{{
		"CREATE TABLE tests(pk int primary key, str text, pattern text, flags text);",
		"INSERT INTO tests VALUES (1, 'testing', 'TESTING', 'ci');",
	}})...)
	engine, err := harness.NewEngine(t)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	ctx := enginetest.NewContext(harness)
	for _, tt := range queries.RegexTests {
		t.Run(tt.Query, func(t *testing.T) {
			if tt.ExpectedErr == nil {
				enginetest.TestQueryWithContext(t, ctx, engine, harness, tt.Query, tt.Expected, nil, nil, nil)
				return
			}
			ctx := ctx.WithQuery(tt.Query)
			_, rows, _, err := engine.Query(ctx, tt.Query)
			if err == nil {
				_, err = sql.RowIterToRows(ctx, rows)
			}
			if err == nil {
				t.Fatal("the pattern must be refused")
			}
		})
	}
}
