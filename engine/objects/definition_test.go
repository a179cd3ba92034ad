package objects

import (
	"testing"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// TestChecksAreNumberedOnce: each CHECK without a name gets the next number, and does not ask for those before it again.
func TestChecksAreNumberedOnce(t *testing.T) {
	check := &ast.ConstraintDefinition{Details: &ast.CheckConstraintDefinition{Expr: ast.NewIntVal([]byte("1"))}}
	named := &ast.ConstraintDefinition{Name: "T_chk_2", Details: check.Details}
	allocations := func(n int) float64 {
		return testing.AllocsPerRun(1, func() {
			c := checks{table: "t", taken: map[string]bool{}, next: 1}
			for range n {
				if err := c.plain(check); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	if few, many := allocations(1000), allocations(4000); many > 6*few {
		t.Errorf("4,000 take %.0f allocations, 1,000 take %.0f", many, few)
	}
	c := checks{table: "t", taken: map[string]bool{}, next: 1}
	for _, d := range []*ast.ConstraintDefinition{named, check, check} {
		if err := c.plain(d); err != nil {
			t.Fatal(err)
		}
	}
	if !c.taken["t_chk_1"] || !c.taken["t_chk_3"] || len(c.taken) != 3 {
		t.Errorf("names %v", c.taken)
	}
}
