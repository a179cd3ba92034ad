package load

import (
	"bytes"
	"io"
	"slices"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/exec/change"
	"github.com/lxdb/lxdb/engine/grammar"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Format is how the file is written. MySQL's defaults are tabs, lines, and a backslash.
// charset is the character set of one that says none.
func Format(n *grammar.Load, charset string) (*change.Format, error) {
	f := &change.Format{Field: []byte("\t"), Line: []byte("\n"), Enclosed: -1, Escape: '\\', Skip: n.Skip}
	if n.Field.Given {
		f.Field = []byte(n.Field.Text)
	}
	if n.Line.Given {
		f.Line = []byte(n.Line.Text)
	}
	if bytes.Equal(f.Line, f.Field) { // a row has so many fields
		f.Line = nil
	}
	f.Start = []byte(n.Start.Text)
	for _, b := range []struct {
		from *grammar.LoadClause
		to   *int
	}{{&n.Enclosed, &f.Enclosed}, {&n.Escape, &f.Escape}} {
		switch {
		case len(b.from.Text) > 1:
			return nil, sqlerr.WrongFieldTerminators.Errorf("Field separator argument is not what is expected; check the manual")
		case b.from.Text != "":
			*b.to = int(b.from.Text[0])
		case b.from.Given:
			*b.to = -1
		}
	}
	f.Fixed = len(f.Field) == 0 && f.Enclosed < 0
	if n.Charset != "" {
		charset = n.Charset
	}
	if f.Charset = value.CharsetNamed(charset); f.Charset == nil {
		return nil, sqlerr.UnknownCharacterSet.Errorf("Unknown character set: '%s'", charset)
	}
	return f, nil
}

// Names are the columns of the INSERT: those that fields go to, and those of SET. columns are
// the table's.
func Names(n *grammar.Load, columns []string) (fields []grammar.LoadField, insert *ast.Insert) {
	fields = n.Fields
	if len(fields) == 0 {
		for _, name := range columns {
			fields = append(fields, grammar.LoadField{Name: name})
		}
	}
	out := *n.Insert
	given := map[string]bool{}
	for _, c := range out.Columns {
		given[c.Lowered()] = true
	}
	row := ast.ValTuple{}
	if rows, ok := n.Rows.(*ast.AliasedValues); ok && len(rows.Values) == 1 {
		row = append(row, rows.Values[0]...)
	}
	out.Columns = append(ast.Columns{}, out.Columns...)
	for _, f := range fields {
		if name := strings.ToLower(f.Name); !f.Variable && !given[name] {
			given[name] = true
			out.Columns = append(out.Columns, ast.NewColIdent(f.Name))
			row = append(row, &ast.NullVal{})
		}
	}
	out.Rows = &ast.AliasedValues{Values: ast.Values{row}}
	return fields, &out
}

// Into makes a change of the rows of a file of one whose first values are those of SET, which
// are so many.
func Into(q *lxplan.Changing, fields []grammar.LoadField, sets int, f *change.Format, open func() (io.ReadCloser, error)) error {
	n, ok := q.Change.(*change.Insert)
	if !ok || len(n.Values) != 1 {
		return &lxplan.Unconverted{Why: "what is no INSERT"}
	}
	out := &change.Load{Insert: n, Format: f, Open: open}
	for i := range sets {
		out.Set = append(out.Set, change.Assign{Column: n.Given[i], Value: n.Values[0][i]})
	}
	for _, field := range fields {
		to := change.LoadField{Column: -1, Variable: field.Name}
		if !field.Variable {
			to = change.LoadField{Column: slices.IndexFunc(n.Rules.Columns, func(c change.TableColumn) bool { return strings.EqualFold(c.Name, field.Name) })}
		}
		out.Fields = append(out.Fields, to)
	}
	q.Change, q.Steady = out, false
	return nil
}
