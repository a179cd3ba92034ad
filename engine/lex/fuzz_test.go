package lex

import (
	"strings"
	"testing"
)

// FuzzSplit: splitting ends, loses nothing but semicolons, space and comments,
// and is stable: the first statement alone is one statement.
func FuzzSplit(f *testing.F) {
	f.Add("SELECT 'a;' /* ; */; SELECT 2")
	f.Add("SELECT /*!50003 1; */ 2 -- ;\n; x")
	f.Add("CREATE PROCEDURE p() BEGIN CASE a WHEN 1 THEN SELECT 1; END CASE; END; SELECT 2")
	f.Add("CREATE TRIGGER t BEFORE INSERT ON t FOR EACH ROW FOLLOWS x BEGIN REPEAT SET a = 1; UNTIL 1 END REPEAT; END; SELECT 2")
	f.Add("CREATE PROCEDURE p() BEGIN DECLARE EXIT HANDLER FOR SQLSTATE '1', NOT FOUND BEGIN END; END; SELECT 2")
	f.Fuzz(func(t *testing.T, text string) {
		first, rest := Split(text, Mode{})
		if !strings.Contains(text, first) || !strings.HasSuffix(trimSpace(text), trimSpace(rest)) {
			t.Fatalf("%q splits into foreign text %q, %q", text, first, rest)
		}
		if rest != "" && len(rest) >= len(text) {
			t.Fatalf("%q: the rest is not shorter", text)
		}
		if again, more := Split(first, Mode{}); again != first || more != "" {
			t.Fatalf("%q: its first statement %q splits again into %q and %q", text, first, again, more)
		}
	})
}
