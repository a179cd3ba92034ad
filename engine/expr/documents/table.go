package documents

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// TableColumn is a column of JSON_TABLE, or NESTED PATH with columns of its own.
type TableColumn struct {
	Path       string
	Name       string
	Of         value.Type
	Ordinality bool
	Exists     bool
	Empty      TableHandler
	Wrong      TableHandler
	Nested     []TableColumn
}

// TableHandler is ON EMPTY or ON ERROR: Default is the text of a document.
type TableHandler struct {
	Fails   bool
	Default *string
}

// Table makes rows of a document.
type Table struct {
	root  *path
	width int
	cols  []tableColumn
}

type tableColumn struct {
	TableColumn
	path   *path
	at     int // of the row
	read   returning
	nested []tableColumn
}

// NewTable reads the paths of a JSON_TABLE and the values of its DEFAULTs.
func NewTable(env *value.Env, root string, cols []TableColumn) (*Table, error) {
	t := &Table{}
	var err error
	if t.root, err = parsePath(root); err != nil {
		return nil, err
	}
	t.cols, err = t.columns(env, cols)
	return t, err
}

func (t *Table) columns(env *value.Env, list []TableColumn) (out []tableColumn, err error) {
	for _, col := range list {
		c := tableColumn{TableColumn: col}
		if !col.Ordinality {
			if c.path, err = parsePath(col.Path); err != nil {
				return nil, err
			}
		}
		if col.Nested != nil {
			if c.nested, err = t.columns(env, col.Nested); err != nil {
				return nil, err
			}
			out = append(out, c)
			continue
		}
		c.at = t.width
		t.width++
		c.read = returning{of: col.Of}
		ctx := expr.NewCtx(env)
		if c.read.empty, err = c.handler(ctx, col.Empty); err != nil {
			return nil, err
		}
		if c.read.wrong, err = c.handler(ctx, col.Wrong); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// handler reads DEFAULT, which is a document; what is none is a string.
func (col *tableColumn) handler(c *expr.Ctx, h TableHandler) (handler, error) {
	if h.Default == nil {
		return handler{fails: h.Fails}, nil
	}
	j, err := value.ParseJSON([]byte(*h.Default))
	if err != nil {
		return handler{}, sqlerr.InvalidDefault.Errorf("Invalid default value for '%s'", col.Name)
	}
	v, err := col.store(c, j, &returning{of: col.Of, wrong: handler{fails: true}})
	return handler{value: v}, err
}

// store makes what the column keeps of a value that was found; what would be cut or changed
// is an error.
func (col *tableColumn) store(c *expr.Ctx, j *value.JSON, r *returning) (value.Value, error) {
	switch {
	case col.Of.Kind == value.TypeJSON, col.Of.IsString():
		return r.convert(c, j)
	case j.Kind == value.JSONNull:
		return value.Null, nil
	case !scalar(j):
		return r.failed(sqlerr.WrongJSONTableValue.Errorf("Can't store an array or an object in the scalar column '%s' of JSON_TABLE", col.Name))
	}
	env := *c.Env
	quiet := true
	env.Writing = true
	env.Listen = func(value.Warning) { quiet = false }
	v, err := value.Store(&env, value.Document(j), &value.JSONType, &col.Of, value.Place{Column: col.Name, Row: 1})
	if err != nil || !quiet {
		return r.failed(sqlerr.InvalidJSONValueForCast.Errorf("Invalid JSON value for CAST to %s from column %s at row %d", col.Of.String(), col.Name, 1))
	}
	return v, nil
}

// Rows gives the rows of a document, each valid until the next.
func (t *Table) Rows(c *expr.Ctx, doc *value.JSON, row func([]value.Value) error) error {
	found, err := seek(c, doc, t.root)
	if err != nil {
		return err
	}
	values := make([]value.Value, t.width)
	for i, j := range found {
		if err := t.expand(c, j, int64(i+1), t.cols, values, row); err != nil {
			return err
		}
	}
	return nil
}

// expand fills the columns of one level, then gives a row for each value of each nested path.
func (t *Table) expand(c *expr.Ctx, j *value.JSON, number int64, cols []tableColumn, values []value.Value, row func([]value.Value) error) error {
	for i := range cols {
		if cols[i].nested != nil {
			continue
		}
		v, err := cols[i].value(c, j, number)
		if err != nil {
			return err
		}
		values[cols[i].at] = v
	}
	some := false
	for i := range cols {
		col := &cols[i]
		if col.nested == nil {
			continue
		}
		found, err := seek(c, j, col.path)
		if err != nil {
			return err
		}
		for n, below := range found {
			some = true
			if err := t.expand(c, below, int64(n+1), col.nested, values, row); err != nil {
				return err
			}
		}
		clearNested(col.nested, values)
	}
	if some {
		return nil
	}
	return row(values)
}

func clearNested(cols []tableColumn, values []value.Value) {
	for i := range cols {
		if cols[i].nested != nil {
			clearNested(cols[i].nested, values)
		} else {
			values[cols[i].at] = value.Null
		}
	}
}

func (col *tableColumn) value(c *expr.Ctx, j *value.JSON, number int64) (value.Value, error) {
	if col.Ordinality {
		return value.Uint(uint64(number)), nil
	}
	found, err := seek(c, j, col.path)
	if err != nil {
		return value.Null, err
	}
	if col.Exists {
		return value.Store(c.Env, value.Bool(len(found) > 0), &value.Boolean, &col.Of, value.Place{Column: col.Name, Row: 1})
	}
	switch len(found) {
	case 0:
		if col.read.empty.fails {
			return value.Null, sqlerr.MissingJSONTableValue.Errorf("Missing value for JSON_TABLE column '%s'", col.Name)
		}
		return col.read.empty.value, nil
	case 1:
		return col.store(c, found[0], &col.read)
	}
	return col.read.failed(sqlerr.WrongJSONTableValue.Errorf("Can't store an array or an object in the scalar column '%s' of JSON_TABLE", col.Name))
}
