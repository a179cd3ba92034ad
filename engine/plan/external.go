package plan

import (
	"errors"
	"fmt"
	"io"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	libtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/documents"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// jsonTable converts JSON_TABLE. What its document names of the tables before it comes in
// through the boundary.
func (c *converter) jsonTable(n *plan.JSONTable, outer *boundary) (*rel, error) {
	c.unsteady = true
	data, err := c.expr(&scope{outer: outer}, n.DataExpr)
	if err != nil {
		return nil, err
	}
	out := &rel{rows: 10}
	var types []value.Type
	cols, err := c.tableColumns(n.Cols, &types)
	if err != nil {
		return nil, err
	}
	t, err := documents.NewTable(c.b.Env, n.RootPath, cols)
	if err != nil {
		return nil, err
	}
	list := ids(n)
	if len(list) != len(types) {
		return nil, unconverted("JSON_TABLE of %d columns", len(types))
	}
	for i, id := range list {
		out.cols = append(out.cols, column{id: id, typ: types[i]})
	}
	out.node = &exec.External{Columns: types, Read: func(x *expr.Ctx, row func([]value.Value) error) error {
		v, err := data.Eval(x, nil)
		if err != nil || v.IsNull() {
			return err
		}
		doc, err := document(x, v, data.Type())
		if err != nil {
			return err
		}
		return t.Rows(x, doc, row)
	}}
	return out, nil
}

// document is the first argument of JSON_TABLE.
func document(c *expr.Ctx, v value.Value, t *value.Type) (*value.JSON, error) {
	if v.Class() != value.ClassString {
		return value.ToJSON(c.Env, v, t)
	}
	doc, err := value.ReadJSON(c.Env, v.Bytes())
	if bad := new(value.SyntaxError); errors.As(err, &bad) || errors.Is(err, value.ErrJSONTooDeep) {
		return nil, sqlerr.InvalidJSONText.Errorf("Invalid JSON text in argument 1 to function json_table: %w", err)
	}
	return doc, err
}

func (c *converter) tableColumns(list []plan.JSONTableCol, types *[]value.Type) (out []documents.TableColumn, err error) {
	for _, col := range list {
		to := documents.TableColumn{Path: col.Path}
		if col.Opts == nil {
			if to.Nested, err = c.tableColumns(col.NestedCols, types); err != nil {
				return nil, err
			}
			out = append(out, to)
			continue
		}
		t, ok := table.ValueType(col.Opts.Type, true)
		if text, is := col.Opts.Type.(sql.StringType); is && libtypes.IsText(text) && !libtypes.IsBinaryType(text) { // of the connection's collation
			t, ok = value.Text(c.b.Env.Collation(), int(text.MaxCharacterLength())), true
			t.Coercibility, t.Nullable = value.Implicit, true
		}
		if !ok {
			return nil, unconverted("JSON_TABLE column %s", col.Opts.Type)
		}
		to.Name, to.Of, to.Ordinality, to.Exists = col.Opts.Name, t, col.Opts.ForOrd, col.Opts.Exists
		if to.Empty, err = tableHandler(col.Opts.ErrorOnEmpty, col.Opts.DefEmptyVal); err != nil {
			return nil, err
		}
		if to.Wrong, err = tableHandler(col.Opts.ErrorOnError, col.Opts.DefErrorVal); err != nil {
			return nil, err
		}
		*types = append(*types, t)
		out = append(out, to)
	}
	return out, nil
}

func tableHandler(fails bool, e sql.Expression) (documents.TableHandler, error) {
	l, ok := e.(*expression.Literal)
	if !ok {
		return documents.TableHandler{}, unconverted("DEFAULT %T of JSON_TABLE", e)
	}
	if l.Value() == nil {
		return documents.TableHandler{Fails: fails}, nil
	}
	text := fmt.Sprint(l.Value())
	return documents.TableHandler{Default: &text}, nil
}

// computed converts a table of the library that is computed when it is read, as those of
// information_schema are: who may see which of its rows, it knows itself.
func (c *converter) computed(n *plan.ResolvedTable) (*item, error) {
	c.momentary = true
	schema := n.Table.Schema()
	list := ids(n)
	if len(list) != len(schema) {
		return nil, unconverted("table %T", n.Table)
	}
	r := &rel{rows: 100}
	types := make([]value.Type, len(schema))
	for i, col := range schema {
		t, ok := table.ValueType(col.Type, true)
		if !ok {
			return nil, unconverted("table %T", n.Table)
		}
		types[i] = t
		r.cols = append(r.cols, column{id: list[i], table: n.Name(), name: col.Name, typ: t, origin: Origin{Column: col}})
	}
	ctx, from := c.ctx, n.Table
	r.node = &exec.External{Name: n.Name(), Columns: types, Read: func(x *expr.Ctx, row func([]value.Value) error) error {
		return libraryRows(ctx, from, func(in sql.Row) error {
			if len(in) != len(schema) {
				return fmt.Errorf("plan: a row of %d columns of %d", len(in), len(schema))
			}
			out := make([]value.Value, len(in))
			for i, v := range in {
				var err error
				if out[i], err = ValueOf(ctx, v, schema[i].Type, &types[i]); err != nil {
					return err
				}
			}
			return row(out)
		})
	}}
	return &item{rel: r, cols: r.cols}, nil
}

// libraryRows reads all rows of a table.
func libraryRows(ctx *sql.Context, t sql.Table, row func(sql.Row) error) (err error) {
	parts, err := t.Partitions(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if e := parts.Close(ctx); err == nil {
			err = e
		}
	}()
	for {
		part, err := parts.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		rows, err := t.PartitionRows(ctx, part)
		if err != nil {
			return err
		}
		for {
			r, err := rows.Next(ctx)
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				err = row(r)
			}
			if err != nil {
				_ = rows.Close(ctx)
				return err
			}
		}
		if err := rows.Close(ctx); err != nil {
			return err
		}
	}
}

// lateralItem is what stands on the right of a lateral join.
func (c *converter) lateralItem(n sql.Node, b *boundary) (*item, error) {
	switch n := n.(type) {
	case *plan.SubqueryAlias:
		c.merges(n)
		r, err := c.scoped(n.Child, b, nil)
		if err != nil {
			return nil, err
		}
		return renamed(r, ids(n))
	case *plan.JSONTable:
		r, err := c.jsonTable(n, b)
		if err != nil {
			return nil, err
		}
		return &item{rel: r, cols: r.cols}, nil
	}
	return nil, unconverted("LATERAL %T", n)
}
