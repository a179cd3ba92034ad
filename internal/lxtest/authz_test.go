// Scenarios as text, against a whole server through the real wire:
// go-sql-driver/mysql over TLS, verified against the instance CA. The files of
// testdata/authz say who may do what, those of testdata/sql what a statement
// answers; every file starts from an empty server. testdata/README.md describes
// their language.
package lxtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const authzDir = "../../testdata/authz"

// minScenarios keeps a moved directory from passing as "nothing to do".
const minScenarios = 15

func TestAuthz(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(authzDir, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < minScenarios {
		t.Fatalf("%d scenarios in %s, at least %d were there", len(files), authzDir, minScenarios)
	}
	for _, file := range files {
		steps, err := parseScenario(file, os.ReadFile)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			runScenario(t, steps, startAuthzServer(t, steps))
		})
	}
}
