package lxdb

import (
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"
)

// FuzzRow reads anything as a line with a row. What is a row of texts is read as the
// general decoder reads it; nothing else may end the program.
func FuzzRow(f *testing.F) {
	for _, seed := range []string{`["a","b"]`, `[null,"\"\\\n"]`, `["ä😀",""]`, `["a"]`, `["a","b","c"]`, `[`, `[]`, `["a",`, `["\u00e9","x\\"]`, `["a" ,"b"]`, `["]","["]`, `[ null,""]`} {
		f.Add([]byte(seed+"\n"), uint8(kindText))
	}
	f.Add([]byte("[1,-2]\n"), uint8(kindInteger))
	f.Add([]byte("[1.5,null]\n"), uint8(kindFloat))
	f.Add([]byte(`["AP8=",""]`+"\n"), uint8(kindBytes))
	f.Add([]byte(`["2024-02-29 13:14:15.5","0000-00-00 00:00:00"]`+"\n"), uint8(kindTime))
	f.Fuzz(func(t *testing.T, line []byte, k uint8) {
		if len(line) == 0 || line[0] != '[' {
			return // of such a line the end of the rows is made
		}
		columns := []Column{{kind: kind(k % 5)}, {kind: kind(k % 5)}}
		got := make([]any, 2)
		err := readRow(line, columns, got, k >= 128)
		var want []*string
		if columns[0].kind != kindText || !utf8.Valid(line) || json.Unmarshal(line, &want) != nil || len(want) != 2 {
			return
		}
		for i, w := range want {
			if err == nil && (w == nil && got[i] != nil || w != nil && !reflect.DeepEqual(got[i], *w)) {
				t.Fatalf("%q: %q instead of %v", line, got[i], w)
			}
		}
	})
}
