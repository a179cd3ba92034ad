package lex

import "testing"

// TestHintAfterTheEmptyOne: USE INDEX () leaves no list that a further hint could go on with.
func TestHintAfterTheEmptyOne(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1 FROM t USE INDEX () IGNORE INDEX (i)":                   "SELECT 1 FROM t   IGNORE INDEX (i)",
		"SELECT 1 FROM t USE INDEX (), u USE KEY (PRIMARY)":               "SELECT 1 FROM t  , u USE INDEX (`PRIMARY`)",
		"SELECT 1 FROM t FORCE KEY (i), u USE INDEX () FORCE INDEX (i)":   "SELECT 1 FROM t FORCE INDEX (i), u   FORCE INDEX (i)",
		"SELECT 1 FROM t USE INDEX FOR JOIN () IGNORE KEY FOR JOIN (i,j)": "SELECT 1 FROM t   IGNORE INDEX (i,j)",
	} {
		if got := IndexHints(text, Mode{}); got != want {
			t.Errorf("%s\nbecomes %s\n   want %s", text, got, want)
		}
	}
}
