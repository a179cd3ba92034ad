package csvload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// fixture is a loader of a text, without a database.
func fixture(text string, opts Options) *loader {
	opts.File, opts.Database, opts.Table = "f.csv", "db", "t"
	opts.Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	if opts.Delimiter == 0 {
		opts.Delimiter = ','
	}
	opts.Progress = func(string, int64) {}
	return &loader{opts: opts, interrupted: func() error { return nil }}
}

// TestInfer plays testdata/infer: the command infer has a CSV file as its input
// and the chosen columns, or what is wrong, as its output.
func TestInfer(t *testing.T) {
	datadriven.RunTest(t, "testdata/infer", func(t *testing.T, d *datadriven.TestData) string {
		var opts Options
		var tab bool
		d.MaybeScanArgs(t, "null", &opts.Null)
		d.MaybeScanArgs(t, "key", &opts.PrimaryKey)
		d.MaybeScanArgs(t, "tab", &tab)
		if tab {
			opts.Delimiter = '\t'
		}
		var out strings.Builder
		opts.Note = func(line string) { fmt.Fprintln(&out, strings.TrimPrefix(line, "  ")) }
		l := fixture(unescape(d.Input), opts)
		key, err := l.choose()
		if err != nil {
			return explain(err)
		}
		l.describe(key)
		_, rest, _ := strings.Cut(out.String(), "\n")
		return rest
	})
}

// unescape lets a text file hold what an editor would not show.
func unescape(text string) string {
	return strings.NewReplacer(`\t`, "\t", `\r`, "\r", `\xff`, "\xff", `\bom`, byteOrderMark).Replace(text) + "\n"
}

func explain(err error) string {
	var bad *BadLines
	if !errors.As(err, &bad) {
		return "error: " + err.Error()
	}
	var out strings.Builder
	bad.Print(&out)
	return out.String() + "error: " + err.Error()
}

// TestConvert plays testdata/convert: the first line is a column type, each
// other line a field; the output is what would be sent.
func TestConvert(t *testing.T) {
	datadriven.RunTest(t, "testdata/convert", func(t *testing.T, d *datadriven.TestData) string {
		c := column{name: "c", sqlType: d.Cmd, nullable: d.HasArg("null"), convert: nil}
		sqlType, fields, _ := strings.Cut(d.Input, "\n")
		c.sqlType = sqlType
		c.convert = converter(sqlType)
		l := &loader{fields: []column{c}}
		var out strings.Builder
		for field := range strings.SplitSeq(fields, "\n") {
			v, err := l.value(0, strings.TrimPrefix(field, "~"))
			if err != nil {
				fmt.Fprintf(&out, "error: %v\n", err)
			} else {
				fmt.Fprintf(&out, "%T %v\n", v, v)
			}
		}
		return out.String()
	})
}

// FuzzInferredTypesHoldEveryField: whatever is in a file, the types chosen for
// it accept all its fields, and a text comes back as it was.
func FuzzInferredTypesHoldEveryField(f *testing.F) {
	for _, seed := range []string{
		"a\n1\n-2147483648\n", "a\n007\n", "a\n9223372036854775807\n9223372036854775808\n", "a\n1\n2.50\n",
		"a\n1e400\n1e5\n", "a\n2024-02-29\n2023-02-29\n", "a\n2024-01-01T10:00:00.123456\n2024-01-01\n",
		"a,b\n\"x\"\"y\",\nz,1\n", "a\n0.00000000000000000000000000000001\n", "a\nżółw\n", "a\n-0\n-0.0\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := fixture(text, Options{Note: func(string) {}})
		if _, err := l.choose(); err != nil {
			return // no CSV
		}
		r, err := l.open()
		if err != nil {
			t.Fatalf("the second reading fails: %v", err)
		}
		err = l.scan(r, &BadLines{}, func(line int, record []string) {
			for i, field := range record {
				v, err := l.value(i, field)
				if err != nil {
					t.Errorf("line %d: %s refuses %q: %v", line, l.fields[i].sqlType, field, err)
				}
				if s, ok := v.(string); ok && strings.Contains(l.fields[i].sqlType, "VARCHAR") && s != field {
					t.Errorf("line %d: %q became %q", line, field, s)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestLoadNeedsAReadableFile: a file that cannot be opened is reported as such.
func TestLoadNeedsAReadableFile(t *testing.T) {
	missing := errors.New("no such file")
	l := fixture("", Options{})
	l.opts.Open = func() (io.ReadCloser, error) { return nil, missing }
	if _, err := l.intoTable(context.Background()); !errors.Is(err, missing) {
		t.Errorf("got %v", err)
	}
}
