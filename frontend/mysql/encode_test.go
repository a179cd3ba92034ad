package mysql

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/frontend/sqltext"
)

// TestEncode prints how values travel, from testdata/encode:
//
//	value type=T [decimals=N] [length=N] [zerofill] [unsigned]
//	KIND ARGS ...
//
// with one value a line, as text and as the binary protocol's bytes. Kinds: int,
// uint, float32, float64, bytes "quoted", civil YEAR MONTH DAY HOUR MINUTE SECOND
// MICRO, micros N, null.
func TestEncode(t *testing.T) {
	datadriven.Walk(t, "testdata/encode", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			col := testColumn(t, d)
			var out strings.Builder
			for line := range strings.Lines(d.Input) {
				v := testValue(t, d, strings.TrimSpace(line))
				text := appendTextValue(nil, &col, v)
				binary, err := appendBinaryRow(nil, []session.Column{col}, session.Row{v})
				shown := hex.EncodeToString(binary)
				if err != nil {
					shown = err.Error()
				}
				fmt.Fprintf(&out, "%s | %s\n", showText(t, text), shown)
			}
			return out.String()
		})
	})
}

// showText undoes the length encoding.
func showText(t *testing.T, b []byte) string {
	if len(b) == 1 && b[0] == lenencNull {
		return "NULL"
	}
	p := payload{b: b}
	s := p.lenencBytes()
	if p.bad || len(p.b) > 0 {
		t.Fatalf("not a length-encoded string: %x", b)
	}
	return strconv.Quote(string(s))
}

var typeNames = map[string]session.Type{
	"null": session.TypeNull, "tinyint": session.TypeTinyInt, "smallint": session.TypeSmallInt,
	"mediumint": session.TypeMediumInt, "int": session.TypeInt, "bigint": session.TypeBigInt,
	"float": session.TypeFloat, "double": session.TypeDouble, "decimal": session.TypeDecimal,
	"date": session.TypeDate, "time": session.TypeTime, "datetime": session.TypeDateTime,
	"timestamp": session.TypeTimestamp, "year": session.TypeYear, "varchar": session.TypeVarChar,
	"bit": session.TypeBit, "json": session.TypeJSON, "unknown": 200,
}

func testColumn(t *testing.T, d *datadriven.TestData) session.Column {
	var name string
	d.ScanArgs(t, "type", &name)
	col := session.Column{Name: "c", ZeroFill: d.HasArg("zerofill"), Unsigned: d.HasArg("unsigned")}
	var ok bool
	if col.Type, ok = typeNames[name]; !ok {
		d.Fatalf(t, "unknown type %s", name)
	}
	var n uint64
	if d.MaybeScanArgs(t, "decimals", &n) {
		col.Decimals = uint8(n)
	}
	if d.MaybeScanArgs(t, "length", &n) {
		col.Length = uint32(n)
	}
	return col
}

func testValue(t *testing.T, d *datadriven.TestData, line string) session.Value {
	kind, arg, _ := strings.Cut(line, " ")
	must := func(err error) {
		if err != nil {
			d.Fatalf(t, "%s: %v", line, err)
		}
	}
	switch kind {
	case "null":
		return session.Value{}
	case "int", "micros":
		n, err := strconv.ParseInt(arg, 10, 64)
		must(err)
		if kind == "micros" {
			return session.DurationValue(n)
		}
		return session.IntValue(n)
	case "uint":
		n, err := strconv.ParseUint(arg, 10, 64)
		must(err)
		return session.UintValue(n)
	case "float32":
		f, err := strconv.ParseFloat(arg, 32)
		must(err)
		return session.Float32Value(float32(f))
	case "float64":
		f, err := strconv.ParseFloat(arg, 64)
		must(err)
		return session.Float64Value(f)
	case "bytes":
		s, err := strconv.Unquote(arg)
		must(err)
		return session.StringValue(s)
	case "civil":
		var c session.Civil
		_, err := fmt.Sscan(arg, &c.Year, &c.Month, &c.Day, &c.Hour, &c.Minute, &c.Sec, &c.Micro)
		must(err)
		return session.DateTimeValue(c)
	}
	d.Fatalf(t, "unknown kind %s", kind)
	return session.Value{}
}

// Every float that is printed reads back as the same float.
func FuzzFloatText(f *testing.F) {
	for _, v := range []float64{0, 1, -1, 1e15, 1e-15, 123456789012345, 1.5e20, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Skip("SQL has none")
		}
		text := string(sqltext.AppendFloat(nil, v, 64, sqltext.NotFixed))
		if back, err := strconv.ParseFloat(text, 64); err != nil || back != v {
			t.Errorf("%g prints as %s, which reads as %g, %v", v, text, back, err)
		}
	})
}
