package https

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/frontend/https/avatica"
)

func TestAPIParams(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`null`: "0 ", `true`: "1 1", `12`: "1 12", `18446744073709551615`: "2 18446744073709551615", `1.5`: "4 1.5", `"a\u00e9"`: "5 aé",
		`{"base64": "AP8="}`: "5 \x00\xff", `{"decimal": "-1.50"}`: "8 -1.50",
		`{"date": "2024-02-29"}`: "9 2024-2-29 0:0:0.0", `{"datetime": "2024-02-29T13:14:15.5"}`: "6 2024-2-29 13:14:15.500000",
		`{"datetime": "2024-02-29 13:14:15"}`: "6 2024-2-29 13:14:15.0", `{"time": "-101:02:03.5"}`: "7 -363723500000", `{"time": "00:00:00"}`: "7 0",
		`[1]`: "", `{}`: "", `{"date": "2024-02-30"}`: "", `{"date": "2024-02-29", "time": "1:00:00"}`: "", `{"decimal": "1e5"}`: "", `{"decimal": ""}`: "",
		`{"time": "1:60:00"}`: "", `{"time": "x"}`: "", `{"time": "99999:00:00"}`: "", `{"base64": "!"}`: "", `{"other": "1"}`: "", `{"date": 5}`: "", `nul`: "", ``: "",
	} {
		v, err := apiParam(raw)
		got := ""
		if err == nil {
			got = fmt.Sprintf("%d ", v.Kind())
			switch v.Kind() {
			case 1:
				got += fmt.Sprint(v.Int())
			case 2:
				got += fmt.Sprint(v.Uint())
			case 4:
				got += fmt.Sprint(v.Float64())
			case 5, 8:
				got += string(v.Bytes())
			case 6, 9:
				c := v.Civil()
				got += fmt.Sprintf("%d-%d-%d %d:%d:%d.%d", c.Year, c.Month, c.Day, c.Hour, c.Minute, c.Sec, c.Micro)
			case 7:
				got += fmt.Sprint(v.Micros())
			}
		}
		if got != want {
			t.Errorf("%s: %q instead of %q", raw, got, want)
		}
	}
}

// TestAPIParamsAreBounded: a list that is too long is not read to its end, and one that is no list is refused.
func TestAPIParamsAreBounded(t *testing.T) {
	t.Parallel()
	many := "[1" + strings.Repeat(",1", 2_000_000) + "]"
	var p rawParams
	if err := json.Unmarshal([]byte(many), &p); err != nil || len(p) != avatica.MaxParams+1 || cap(p) > 2*avatica.MaxParams {
		t.Errorf("%d of 2,000,001 values are kept, %v", len(p), err)
	}
	if _, err := apiParams(p); err == nil || !strings.Contains(err.Error(), "too many placeholders") {
		t.Error(err)
	}
	for text, want := range map[string]int{"null": 0, "[]": 0, "[null]": 1, `[ {"a": [1, 2]} , "]" , 5 ]`: 3} {
		p = nil
		if err := json.Unmarshal([]byte(text), &p); err != nil || len(p) != want || (p == nil) != (text == "null") {
			t.Errorf("%s: %d values, %v", text, len(p), err)
		}
	}
	for _, text := range []string{"{}", "5", `"x"`, "[1", "[1,]"} {
		if json.Unmarshal([]byte(text), &p) == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
