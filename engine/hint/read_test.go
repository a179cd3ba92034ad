package hint

import (
	"fmt"
	"testing"
)

func TestRead(t *testing.T) {
	for _, c := range []struct{ text, want, rest string }{
		{"/*+ INDEX(t a, b) */", "[{INDEX  [{t }] [a b] [ ] 0}]", ""},
		{"/*+ NO_INDEX(@q t) JOIN_ORDER(a, b@x) */", "[{NO_INDEX q [{t }] [] [ ] 0} {JOIN_ORDER  [{a } {b x}] [] [ ] 0}]", ""},
		{"/*+ SET_VAR(sort_buffer_size = 16M) */", "[{SET_VAR  [] [] [sort_buffer_size 16M] 0}]", ""},
		{"/*+ SET_VAR(sql_mode='') MAX_EXECUTION_TIME(10) QB_NAME(x)*/", "[{SET_VAR  [] [] [sql_mode ''] 0} {MAX_EXECUTION_TIME  [] [] [ ] 10} {QB_NAME x [] [] [ ] 0}]", ""},
		{"/*+ BNL() nonsense(1) INDEX(t) */", "[{BNL  [] [] [ ] 0}]", "nonsense(1) INDEX(t)"},
		{"/*+ SEMIJOIN(@subq1 MATERIALIZATION, DUPSWEEDOUT) */", "[{SEMIJOIN subq1 [] [MATERIALIZATION DUPSWEEDOUT] [ ] 0}]", ""},
		{"/*+ INDEX(`t` `a b`) */", "[{INDEX  [{t }] [a b] [ ] 0}]", ""},
		{"/*+ */", "[]", ""},
	} {
		list, rest := Read(c.text)
		if got := fmt.Sprint(list); got != c.want || rest != c.rest {
			t.Errorf("%s: %s, %q", c.text, got, rest)
		}
	}
	b := &Block{Indexes: []Index{{Table: "*/", Names: []string{"a"}}}, Fixed: true}
	if back := Decode(Encode(b)); fmt.Sprint(back) != fmt.Sprint(b) {
		t.Errorf("%v", back)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"/*+ INDEX(t a, b) */", "/*+ SET_VAR(a=-1)*/", "/*+ QB_NAME(x) JOIN_PREFIX(@x a@b,) */", "/*+ INDEX(@*/", "/*+ `"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, rest := Read(text)
		if len(rest) > len(text) {
			t.Errorf("%q of %q", rest, text)
		}
	})
}
