package grammar

import (
	"context"
	"errors"
	"testing"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestWindowsRefused: what MySQL says of windows, before anything is bound.
func TestWindowsRefused(t *testing.T) {
	for text, want := range map[string]sqlerr.Code{
		"select rank() over w from t":                                                          sqlerr.WindowNoSuchWindow,
		"select rank() over `W` ignore_nulls from t window w as ()":                            0,
		"select first_value(a) ignore nulls over `w` from t window w as ()":                    sqlerr.NotSupportedYet,
		"select first_value(a) respect nulls over(order by b rows 1.5 preceding) from t":       0,
		"select nth_value(a, 1) from last respect nulls over() from t":                         sqlerr.NotSupportedYet,
		"select a from t where exists (select rank() over () from u)":                          0,
		"select a from t order by (select rank() over () from u)":                              0,
		"select a from t where a > rank() over ()":                                             sqlerr.WindowInvalidUse,
		"select a from t join u on rank() over ()":                                             sqlerr.WindowInvalidUse,
		"delete from t where rank() over () > 1":                                               sqlerr.WindowInvalidUse,
		"select group_concat(a order by b) over () from t":                                     sqlerr.NotSupportedYet,
		"select from_ over_ from t":                                                            0,
		"select max(a) over w from t window w as (partition by rank() over ())":                sqlerr.WindowNested,
		"select 1 from t union select 2 from t order by rank() over ()":                        sqlerr.WindowInvalidUse,
		"insert into t select rank() over (partition by a order by b desc rows 1 preceding) c": 0,
	} {
		_, err := Parse(context.Background(), text, lex.Mode{})
		var e *sqlerr.Error
		switch {
		case want == 0 && err != nil:
			t.Errorf("%s: %v", text, err)
		case want != 0 && (!errors.As(err, &e) || e.Number != want):
			t.Errorf("%s: %v, want %d", text, err, want)
		}
	}
}
