package avatica_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/frontend/https/avatica"
	"github.com/lxdb/lxdb/frontend/sqltext"
)

// TestPeekFindsWhatDecodeFinds cuts real requests: the id is found before the end, or
// not at all.
func TestPeekFindsWhatDecodeFinds(t *testing.T) {
	t.Parallel()
	n, early := 0, 0
	recordings(t, func(body []byte) {
		req, err := avatica.Decode(body)
		if err != nil {
			return // of another protocol
		}
		for cut := range len(body) + 1 {
			switch id := avatica.PeekConnection(body[:cut]); id {
			case "":
			case req.ConnectionID:
				early++
			default:
				if req.Kind != avatica.Tables && req.Kind != avatica.Columns && req.Kind != avatica.Schemas { // small: the id is not in front
					t.Fatalf("%v cut at %d of %d: %q instead of %q", req.Kind, cut, len(body), id, req.ConnectionID)
				}
			}
		}
		n++
	})
	if n < 100 || early < n {
		t.Errorf("%d requests, %d times found", n, early)
	}
}

// TestParameters reads bound values in all their forms.
func TestParameters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ json, want string }{
		{`{"type":"INTEGER","value":3}`, "3"}, {`{"type":"LONG","value":9007199254740993}`, "9007199254740993"}, {`{"type":"BOOLEAN","value":true}`, "1"},
		{`{"type":"STRING","value":"it's"}`, "it's"}, {`{"type":"NUMBER","value":1.125}`, "1.125"}, {`{"type":"NUMBER","value":12345678901234567890.5}`, "12345678901234567890.5"},
		{`{"type":"DOUBLE","value":0.5}`, "0.5"}, {`{"type":"BYTE_STRING","value":"AQI="}`, "\x01\x02"}, {`{"type":"JAVA_SQL_DATE","value":18263}`, "2020-01-02 00:00:00"},
		{`{"type":"JAVA_SQL_DATE","value":-1}`, "1969-12-31 00:00:00"}, {`{"type":"JAVA_SQL_TIMESTAMP","value":1577934245678}`, "2020-01-02 03:04:05.678000"},
		{`{"type":"JAVA_SQL_TIME","value":3723000}`, "01:02:03"}, {`{"type":"OBJECT","value":null}`, "NULL"}, {`{"type":"STRING","value":null}`, "NULL"},
		{`{"type":"JAVA_SQL_TIMESTAMP","value":9223372036854775807}`, "error"}, {`{"type":"JAVA_SQL_DATE","value":99999999}`, "error"},
		{`{"type":"ARRAY","value":[1]}`, "error"}, {`{"type":"INTEGER","value":"3"}`, "error"}, {`{"type":"INTEGER","value":1e400}`, "error"}, {`{"type":"X","value":3}`, "error"},
	} {
		if got := bound(c.json); got != c.want {
			t.Errorf("%s: %q instead of %q", c.json, got, c.want)
		}
	}
}

func bound(value string) string {
	req, err := avatica.Decode([]byte(`{"request":"execute","parameterValues":[` + value + `]}`))
	if err != nil || len(req.Params) != 1 {
		return "error"
	}
	v, err := req.Params[0].Value()
	switch {
	case err != nil:
		return "error"
	case v.IsNull():
		return "NULL"
	}
	return string(sqltext.Append(nil, &session.Column{Decimals: sqltext.NotFixed}, v))
}

// TestValuesThatCannotBeCarried are errors, never other values.
func TestValuesThatCannotBeCarried(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		typ   session.Type
		value session.Value
	}{
		"a negative time": {session.TypeTime, session.DurationValue(-1)}, "a long time": {session.TypeTime, session.DurationValue(24 * 3600 * 1e6)},
		"a zero date": {session.TypeDate, session.DateTimeValue(session.Civil{})}, "a zero day": {session.TypeDateTime, session.DateTimeValue(session.Civil{Year: 2024, Month: 1})},
		"a number above BIGINT": {session.TypeBigInt, session.UintValue(1 << 63)},
	} {
		for _, format := range []avatica.Format{avatica.JSON, avatica.Protobuf} {
			w := avatica.NewRowWriter(format, avatica.ColumnsOf([]session.Column{{Name: "c", Type: c.typ}}))
			if err := w.Add(session.Row{c.value}); err == nil || w.Len() > 0 || w.Count() > 0 {
				t.Errorf("%s: %v, %d bytes", name, err, w.Len())
			}
		}
	}
}

// TestJSONOfDatesAndFloats has the numbers that clients compute with.
func TestJSONOfDatesAndFloats(t *testing.T) {
	t.Parallel()
	cols := avatica.ColumnsOf([]session.Column{{Type: session.TypeDate}, {Type: session.TypeDateTime, Decimals: 6}, {Type: session.TypeFloat}, {Type: session.TypeVarChar}})
	w := avatica.NewRowWriter(avatica.JSON, cols)
	err := w.Add(session.Row{
		session.DateTimeValue(session.Civil{Year: 1969, Month: 12, Day: 31}),
		session.DateTimeValue(session.Civil{Year: 1969, Month: 12, Day: 31, Hour: 23, Minute: 59, Sec: 59, Micro: 999_999}),
		session.Float32Value(1.1), session.StringValue("\xff</script>"),
	})
	rows, _ := w.Take()
	if want := `[-1,-1,1.1,"\ufffd\u003c/script>"]`; err != nil || string(rows) != want {
		t.Errorf("%s, %v; want %s", rows, err, want)
	}
}

// TestEveryAnswerIsReadable encodes each response; Java's client rejects what is no JSON.
func TestEveryAnswerIsReadable(t *testing.T) {
	t.Parallel()
	sig := &avatica.Signature{Columns: avatica.ColumnsOf([]session.Column{{Length: 1<<32 - 1, Type: session.TypeLongText}}), Params: avatica.ParamsOf([]session.Column{{}}), SQL: "SELECT \"x\""}
	set := &avatica.ResultSet{ConnectionID: "c", StatementID: 1, Signature: sig, Frame: &avatica.Frame{Done: true, Rows: []byte("[1]"), Count: 1}, Server: "h:1"}
	for _, r := range []avatica.Response{
		&avatica.Done{Of: avatica.Commit}, &avatica.Done{Of: avatica.OpenConnection, Server: "h:1"}, &avatica.Synced{Catalog: "t"}, &avatica.Created{StatementID: 1},
		&avatica.Prepared{Signature: sig}, set, &avatica.Executed{Results: []*avatica.ResultSet{set, set}}, &avatica.Executed{}, &avatica.Executed{Results: []*avatica.ResultSet{{Updated: 3}}},
		&avatica.Fetched{}, &avatica.Fetched{Frame: set.Frame}, &avatica.Resynced{More: true}, &avatica.Batched{Counts: []int64{1, 2}}, &avatica.Failure{Text: "x", Code: 1146, State: "42S02"},
		&avatica.PropertyList{Props: []avatica.Property{{Name: "A", Text: "a", IsText: true}, {Name: "B", Number: 4}}},
	} {
		text := avatica.Encode(avatica.JSON, r)
		var got map[string]any
		if err := json.Unmarshal(text, &got); err != nil || got["response"] == nil {
			t.Errorf("%T: %v in %s", r, err, text)
		}
		if strings.Contains(string(text), fmt.Sprint(uint32(1<<32-1))) {
			t.Errorf("%T: a number above Java's int: %s", r, text)
		}
		if proto := avatica.Encode(avatica.Protobuf, r); !strings.HasPrefix(string(proto[2:]), "org.apache.calcite.avatica.proto.Responses$") {
			t.Errorf("%T: %.80q", r, proto)
		}
	}
}
