package state

import (
	"testing"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/lex"
)

func TestModeOf(t *testing.T) {
	for mode, want := range map[string]lex.Mode{
		"":                                   {},
		sql.DefaultSqlMode:                   {},
		"STRICT_ALL_TABLES,NO_ZERO_DATE":     {},
		"ansi_quotes":                        {ANSIQuotes: true},
		"ANSI":                               {ANSIQuotes: true, PipesAsConcat: true},
		"PIPES_AS_CONCAT, ANSI_QUOTES":       {ANSIQuotes: true, PipesAsConcat: true},
		"NO_BACKSLASH_ESCAPES,STRICT_TABLES": {NoBackslashEscapes: true},
	} {
		if got := ModeOf(mode); got != want {
			t.Errorf("%q is read as %+v", mode, got)
		}
	}
}

// What was granted is for the table of that name, in whatever letters the library
// asks for it, and for no other.
func TestGrantedNames(t *testing.T) {
	g := Granted{Database: "Shop", Name: "Orders"}
	for _, c := range []struct {
		database, name string
		yes            bool
	}{{"shop", "ORDERS", true}, {"Shop", "Orders", true}, {"shop", "order", false}, {"shop2", "orders", false}, {"", "orders", false}} {
		if g.Names(c.database, c.name) != c.yes {
			t.Errorf("%s.%s: %v", c.database, c.name, !c.yes)
		}
	}
	if (Granted{}).Names("shop", "orders") {
		t.Error("the zero value grants")
	}
}

// A statement begins with nothing that the one before was granted.
func TestScopeIsDropped(t *testing.T) {
	var s Session
	s.Next, s.ChangesRows, s.Touched = Granted{Name: "t"}, true, []RelationUse{{Given: true}}
	if err := s.CommandBegin(); err != nil {
		t.Fatal(err)
	}
	if s.Next != (Granted{}) || s.ChangesRows || len(s.Touched) != 0 {
		t.Errorf("the scope is %+v, met %+v", s.Scope, s.Touched)
	}
}
