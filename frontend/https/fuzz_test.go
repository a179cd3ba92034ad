package https

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
)

// FuzzAPIRequest reads anything as a request of the JSON API. What is bound is bounded by
// what was sent, and each value is of a kind that the engine knows.
func FuzzAPIRequest(f *testing.F) {
	for _, seed := range []string{
		`{"sql": "SELECT ?", "params": [null, true, 1, -1, 1e300, 18446744073709551615, "a\u0000", {"base64": "AP8="}]}`,
		`{"sql": "x", "params": [{"decimal": "-1.50"}, {"date": "2024-02-29"}, {"datetime": "2024-02-29T13:14:15.5"}, {"time": "-838:59:59"}]}`,
		`{"params": [{"date": "0000-00-00"}, {"time": "99999999999:00:00"}, {"decimal": ""}, {}, [], [[[[1]]]]]}`, `{"stream": true, "maxRows": -1}`,
		`{"session": "x", "database": "y", "foundRows": true}`, `{"sql": 1}`, `{"nosuch": 1}`, `{} {}`, "", "null", "[", `{"params": null}`, "\xff", `{"sql": "\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a := &apiCall{r: &http.Request{Header: http.Header{}}}
		if a.read(body) != nil {
			return
		}
		values, err := apiParams(a.in.Params)
		if err != nil {
			return
		}
		held := 0
		for _, v := range values {
			if v.Kind() > session.Date {
				t.Fatalf("kind %d", v.Kind())
			}
			held += 1 + len(v.Bytes())
		}
		if held > len(body) {
			t.Fatalf("%d bytes of values from %d", held, len(body))
		}
	})
}

// FuzzPlanetRequest reads anything as a request of database-js. What is sent back of it
// must be JSON, whatever the session was.
func FuzzPlanetRequest(f *testing.F) {
	for _, seed := range []string{
		`{"query": "SELECT 1", "session": null}`, `{"query": "SELECT 1", "session": {"signature": "x", "vitessSession": {"a": [1, {}]}}}`,
		`{"session": []}`, `{"session": {"signature": 1}}`, `{"query": null}`, "{", "", "null", `{"query": "\ud800"}`, `{"session": {"vitessSession": "` + "\x80" + `"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in planetRequest
		if json.Unmarshal(body, &in) != nil {
			return
		}
		answer := planetFailure(in.session(), "INVALID_ARGUMENT", errInternal)
		if !json.Valid(bytes.TrimSpace(answer)) {
			t.Fatalf("%q makes %q", body, answer)
		}
	})
}
