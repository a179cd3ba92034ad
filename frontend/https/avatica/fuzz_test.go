package avatica_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/frontend/https/avatica"
)

// recordings calls f with what real clients sent.
func recordings(tb testing.TB, f func(body []byte)) {
	tb.Helper()
	names, err := filepath.Glob("../../../testdata/wire/avatica/*.jsonl")
	if err != nil || len(names) < 4 {
		tb.Fatalf("%d recordings, %v", len(names), err)
	}
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			tb.Fatal(err)
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			var r struct {
				ReqJSON string `json:"req_json"`
				ReqB64  string `json:"req_b64"`
			}
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				tb.Fatal(err)
			}
			body, err := base64.StdEncoding.DecodeString(r.ReqB64)
			if err != nil {
				tb.Fatal(err)
			}
			if r.ReqJSON != "" {
				body = []byte(r.ReqJSON)
			}
			f(body)
		}
		file.Close()
	}
}

// FuzzDecode reads anything as a request. What is read is bounded by what was sent.
func FuzzDecode(f *testing.F) {
	recordings(f, func(body []byte) { f.Add(body) })
	for _, seed := range []string{"", "{", "\n", "{}", `{"request":"executeBatch","parameterValues":[[{"type":"STRING"}],[]]}`,
		`{"request":"execute","statementHandle":{"id":4294967296}}`, `{"request":"fetch","offset":-1}`, "\x0a\xff\xff\xff\xff\x0f", `{"request":"openConnection","info":{"a":null}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		id := avatica.PeekConnection(body)
		req, err := avatica.Decode(body)
		if err != nil {
			if !strings.HasPrefix(err.Error(), avatica.ErrMalformed.Error()) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		if req.Kind == avatica.None || req.Kind.String() == "none" {
			t.Error("no kind")
		}
		if !utf8.ValidString(req.SQL) && req.Format == avatica.Protobuf {
			t.Error("a statement that is no UTF-8")
		}
		if len(id) > len(body) || len(req.Params) > len(body) || len(req.Commands) > len(body) {
			t.Error("more than was sent")
		}
		_ = req.EachRow(func(_ int, row []avatica.TypedValue) error { // malformed rows are errors
			for i := range row {
				_, _ = row[i].Value()
			}
			return nil
		})
	})
}

// FuzzRows writes rows in both formats: the JSON can be read, and protobuf has every row.
func FuzzRows(f *testing.F) {
	f.Add(int64(-1), 1.5, []byte("it's"), uint16(2024), true)
	f.Add(int64(math.MinInt64), -0.0, []byte("\x00\xff\"\\\n\u2028<"), uint16(0), false)
	f.Add(int64(math.MaxInt64), 1e300, []byte{}, uint16(9999), true)
	f.Fuzz(func(t *testing.T, n int64, d float64, b []byte, year uint16, null bool) {
		if math.IsNaN(d) || math.IsInf(d, 0) {
			return // MySQL has neither
		}
		text := session.BytesValue(b)
		if null {
			text = session.Value{}
		}
		at := session.DateTimeValue(session.Civil{Year: year % 10000, Month: 1 + uint8(n&7), Day: 1 + uint8(year%28), Hour: uint8(year % 24), Micro: 999_999})
		cols := avatica.ColumnsOf([]session.Column{
			{Type: session.TypeBigInt}, {Type: session.TypeDouble}, {Type: session.TypeVarChar}, {Type: session.TypeText, Binary: true},
			{Type: session.TypeDateTime, Decimals: 6}, {Type: session.TypeBigInt, Unsigned: true}, {Type: session.TypeTime},
		})
		row := session.Row{session.IntValue(n), session.Float64Value(d), text, text, at, session.UintValue(uint64(n)), session.DurationValue(int64(year) * 1000)}
		for _, format := range []avatica.Format{avatica.JSON, avatica.Protobuf} {
			w := avatica.NewRowWriter(format, cols)
			for range 3 {
				if err := w.Add(row); err != nil {
					t.Fatal(err)
				}
			}
			rows, count := w.Take()
			if count != 3 {
				t.Fatalf("%d rows", count)
			}
			if format == avatica.JSON {
				var got [][]any
				if err := json.Unmarshal([]byte("["+string(rows)+"]"), &got); err != nil || len(got) != 3 || len(got[0]) != len(cols) {
					t.Errorf("%v: %v in %q", err, got, rows)
				}
				continue
			}
			for i := range 3 {
				num, typ, size := protowire.ConsumeTag(rows)
				value, m := protowire.ConsumeBytes(rows[max(size, 0):])
				if num != 3 || typ != protowire.BytesType || m < 0 || protowire.ConsumeFieldValue(1, protowire.BytesType, value[1:]) < 0 {
					t.Fatalf("row %d is broken: %q", i, rows)
				}
				rows = rows[size+m:]
			}
			if len(rows) > 0 {
				t.Errorf("%d bytes behind the rows", len(rows))
			}
		}
	})
}
