package catalog

import (
	"errors"
	"testing"
)

// TestNamesThatAreOneNow: names that were two to earlier releases are one to FoldName. The older record keeps it, the other one is
// found by its id behind it; two of one name as it is written are damage still.
func TestNamesThatAreOneNow(t *testing.T) {
	for _, c := range []struct {
		younger string
		want    string
	}{{"ſts", "ſts#1005"}, {"STS", ""}} {
		s := newSnapshot()
		databases(s).kind.set(s, &Database{ID: 1001, Name: "x"})
		younger, older := &Table{ID: 1005, Database: 1001, Name: c.younger, Data: 1006}, &Table{ID: 1003, Database: 1001, Name: "sts", Data: 1004}
		tables(s).kind.set(s, younger)
		tables(s).kind.set(s, older)
		err := tables(s).check(s)
		if c.want == "" {
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s: %v", c.younger, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Table(1001, c.younger); got == nil || got.ID != 1003 {
			t.Errorf("the name is %+v", got)
		}
		got := s.Table(1001, c.want)
		if got == nil || got.ID != 1005 || s.TableByID(1005) != got || s.TableByData(1006) != got {
			t.Errorf("the younger one is %+v", got)
		}
		if younger.Name != c.younger {
			t.Error("the record itself was changed")
		}
	}
}
