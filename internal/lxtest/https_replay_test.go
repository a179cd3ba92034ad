package lxtest_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/lxdb/lxdb/internal/lxtest"
)

// recorded is one exchange of a real client with a server that it was content with.
type recorded struct {
	Path        string
	ContentType string `json:"content_type"`
	Status      int
	ReqJSON     string `json:"req_json"`
	RespJSON    string `json:"resp_json"`
	ReqName     string `json:"req_name"`
	ReqB64      string `json:"req_b64"`
	RespName    string `json:"resp_name"`
	RespB64     string `json:"resp_b64"`
}

// TestHTTPSReplay sends what real clients sent, and holds the answers against those
// that they were content with. They came one after the other, to the same tables.
func TestHTTPSReplay(t *testing.T) {
	t.Parallel()
	s := lxtest.Start(t, withHTTPS())
	s.Exec("CREATE DATABASE t", "CREATE USER app IDENTIFIED BY 'secret'", "GRANT ALL ON t.* TO app", "ALTER USER app DEFAULT SCHEMA t")
	for _, name := range []string{"java-1.25-json", "java-1.25-protobuf", "avatica-go-5", "phoenixdb-1.2"} {
		w := browse(t, s, "", "")
		if strings.HasPrefix(name, "phoenixdb") {
			w.user, w.password = "app", "secret" // it has no other way
		}
		for i, r := range readExchanges(t, name) {
			replay(t, w, fmt.Sprint(name, " ", i), r)
		}
	}
}

func readExchanges(t *testing.T, name string) (all []recorded) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "testdata", "wire", "avatica", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	if err := lines.Err(); err != nil || len(all) < 20 {
		t.Fatalf("%d exchanges, %v", len(all), err)
	}
	return all
}

func replay(t *testing.T, w *web, number string, r recorded) {
	t.Helper()
	body, err := base64.StdEncoding.DecodeString(r.ReqB64)
	if err != nil {
		t.Fatal(err)
	}
	isJSON := r.ReqJSON != ""
	if isJSON {
		body = []byte(r.ReqJSON)
	}
	status, got := w.send("POST", r.Path, string(body), func(q *http.Request) { q.Header.Set("Content-Type", r.ContentType) })
	var have, want map[string]any
	if isJSON {
		have, want = readJSON(t, got), readJSON(t, r.RespJSON)
	} else {
		resp, err := base64.StdEncoding.DecodeString(r.RespB64)
		if err != nil {
			t.Fatal(err)
		}
		have, want = readProto(t, []byte(got)), readProto(t, resp)
	}
	what := fmt.Sprintf("%s %s %.60s", number, strings.TrimPrefix(r.ReqName, "org.apache.calcite.avatica.proto."), r.ReqJSON)
	if want["response"] == "fetch" && have["response"] == "error" {
		return // our first answer had all rows
	}
	if strings.HasSuffix(fmt.Sprint(have["errorCode"]), "3636") {
		return // the recorded server cut recursion off without an error; MySQL has this one
	}
	if status != r.Status || have["response"] != want["response"] {
		t.Errorf("%s: %d %.300v instead of %d %.300v", what, status, have, r.Status, want)
		return
	}
	if metadataOf.MatchString(what) {
		// Of another server's databases, with fewer columns than JDBC has.
		have, want = onlyTop(have), onlyTop(want)
	}
	if !bytes.Contains(body, []byte(" ty")) {
		what += untyped
	}
	compare(t, what, have, want)
}

var metadataOf = regexp.MustCompile(`get(Tables|Columns|Catalogs)|[$](Tables|Columns|Catalogs)`)

// untyped marks statements on no table: the type of an expression is each server's own.
const untyped = " (untyped)"

// onlyTop leaves out what is nested.
func onlyTop(m map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range m {
		switch value.(type) {
		case map[string]any, []any:
		default:
			out[key] = value
		}
	}
	return out
}

// essential are the members that must be the same wherever both have them.
var essential = map[string]bool{
	"connectionId": true, "statementId": true, "id": true, "updateCount": true, "updateCounts": true, "missingStatement": true, "errorCode": true,
	"sqlState": true, "autoCommit": true, "readOnly": true, "transactionIsolation": true, "catalog": true, "label": true, "rep": true,
	"style": true, "severity": true, "moreResults": true, "ownStatement": true,
}

// compare looks for essential members in both answers.
func compare(t *testing.T, what string, have, want any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		have, ok := have.(map[string]any)
		if !ok {
			t.Errorf("%s: no object", what)
			return
		}
		for key, value := range want {
			switch {
			case key == "rows":
				compareRows(t, what, have[key], value)
			case strings.Contains(what, untyped) && (key == "type" || key == "rep"):
			case essential[key]:
				if fmt.Sprint(have[key]) != fmt.Sprint(value) {
					t.Errorf("%s: %s is %v instead of %v", what, key, have[key], value)
				}
			default:
				compare(t, what+" "+key, have[key], value)
			}
		}
	case []any:
		have, ok := have.([]any)
		if !ok {
			t.Errorf("%s: no list", what)
			return
		}
		for i := range min(len(have), len(want)) {
			compare(t, fmt.Sprint(what, "[", i, "]"), have[i], want[i])
		}
	}
}

// compareRows holds that the recorded rows are there. Ours may be more, as our frames are.
func compareRows(t *testing.T, what string, have, want any) {
	t.Helper()
	h, _ := have.([]any)
	w := want.([]any)
	if len(h) < len(w) {
		t.Errorf("%s: %d rows instead of %d", what, len(h), len(w))
		return
	}
	if strings.Contains(what, untyped) {
		return // in an order, and of types, that are each server's own
	}
	for i := range w {
		if fmt.Sprint(h[i]) != fmt.Sprint(w[i]) {
			t.Errorf("%s: row %d is %v instead of %v", what, i, h[i], w[i])
			return
		}
	}
}

func readJSON(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
	return out
}

// shape says what the fields of a message are: "name" for text, with a mark in front
// for others: # a number, + zigzag, % bytes, . a double, * a list of what follows, and
// with =message for messages.
type shape map[protowire.Number]string

var shapes = map[string]shape{
	"ConnectionSync":   {1: "connProps=props"},
	"props":            {2: "#autoCommit", 3: "#readOnly", 4: "#transactionIsolation", 5: "catalog"},
	"CreateStatement":  {1: "connectionId", 2: "#statementId"},
	"Prepare":          {1: "statement=handle"},
	"handle":           {1: "connectionId", 2: "#id", 3: "signature=signature"},
	"signature":        {1: "*columns=column", 2: "sql", 3: "*parameters=param", 4: "cursorFactory=cursor"},
	"column":           {9: "label", 20: "type=type"},
	"type":             {1: "#id", 2: "name", 3: "#rep"},
	"param":            {4: "#parameterType", 5: "typeName"},
	"cursor":           {1: "#style"},
	"Execute":          {1: "*results=ResultSet", 2: "#missingStatement"},
	"ResultSet":        {1: "connectionId", 2: "#statementId", 3: "#ownStatement", 4: "signature=signature", 5: "firstFrame=frame", 6: "#updateCount"},
	"frame":            {1: "#offset", 2: "#done", 3: "*rows=row"},
	"row":              {1: "*value=cell"},
	"cell":             {4: "scalar=typed"},
	"typed":            {1: "#rep", 2: "#bool", 3: "string", 4: "+number", 5: "%bytes", 6: ".double", 7: "#null"},
	"Fetch":            {1: "frame=frame", 2: "#missingStatement"},
	"ExecuteBatch":     {1: "connectionId", 2: "#statementId", 4: "#missingStatement"},
	"SyncResults":      {1: "#missingStatement", 2: "#moreResults"},
	"Error":            {1: "*exceptions", 3: "#severity", 4: "#errorCode", 5: "sqlState"},
	"DatabaseProperty": {},
	"OpenConnection":   {},
	"CloseConnection":  {},
	"CloseStatement":   {},
	"Commit":           {},
	"Rollback":         {},
}

// readProto makes the JSON form of a response, as far as shapes has it.
func readProto(t *testing.T, body []byte) map[string]any {
	t.Helper()
	_, _, n := protowire.ConsumeField(body)
	if n < 0 {
		t.Fatalf("no message: %.200q", body)
	}
	name, _ := protowire.ConsumeBytes(body[1:n])
	_, _, m := protowire.ConsumeTag(body[n:])
	message, k := protowire.ConsumeBytes(body[n+m:])
	if k < 0 {
		message = nil // of no field
	}
	short := strings.TrimSuffix(strings.TrimPrefix(string(name), "org.apache.calcite.avatica.proto.Responses$"), "Response")
	if shapes[short] == nil {
		t.Fatalf("a response %q", name)
	}
	out := message2map(t, short, message)
	out["response"] = strings.ToLower(short[:1]) + short[1:]
	return out
}

func message2map(t *testing.T, name string, b []byte) map[string]any {
	t.Helper()
	out := map[string]any{}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		m := protowire.ConsumeFieldValue(num, typ, b[n:])
		if n < 0 || m < 0 {
			t.Fatalf("a broken %s", name)
		}
		value := b[n : n+m]
		b = b[n+m:]
		field := shapes[name][num]
		if field == "" {
			continue
		}
		bare := strings.TrimLeft(field, "#+%.*")
		key, inner, isMessage := strings.Cut(bare, "=")
		var v any
		switch {
		case isMessage:
			data, _ := protowire.ConsumeBytes(value)
			v = message2map(t, inner, data)
		case strings.HasPrefix(field, "#"), strings.HasPrefix(field, "+"):
			u, _ := protowire.ConsumeVarint(value)
			v = u
			if field[0] == '+' {
				v = protowire.DecodeZigZag(u)
			}
		case field[0] == '.':
			u, _ := protowire.ConsumeFixed64(value)
			v = math.Float64frombits(u)
		default:
			data, _ := protowire.ConsumeBytes(value)
			v = string(bytes.Clone(data))
		}
		if field == "%bytes" {
			delete(out, "string") // base64, which is for clients before 2016 and not written here
		}
		if strings.HasPrefix(field, "*") {
			list, _ := out[key].([]any)
			out[key] = append(list, v)
		} else {
			out[key] = v
		}
	}
	return out
}
