package compiled

import (
	"github.com/dolthub/go-mysql-server/sql"

	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
)

// point is a query for plain columns of the rows with given primary keys: they are read without
// operators.
type point struct {
	rows    *table.Point
	key     [][]lxplan.KeyValue // values of the key's columns
	one     [1][]byte           // the key of the running execution, if it is one: used again
	convert []lxplan.Converter
}

// pointOf is nil for any other query.
func pointOf(q *lxplan.Query) *point {
	l := q.Lookup()
	if l == nil {
		return nil
	}
	p := &point{key: l.Key, convert: make([]lxplan.Converter, len(l.Columns))}
	var ok bool
	if p.rows, ok = l.Source.Point(l.Columns); !ok {
		return nil
	}
	for i, col := range q.Names {
		p.convert[i] = lxplan.ConverterFor(col.Type)
	}
	return p
}

// keys makes the keys of the rows for one execution. It is false when a value
// does not compare with its column as it stands.
func (p *point) keys(ctx *sql.Context, args []session.Value) ([][]byte, bool) {
	var few [4]session.Value
	values := few[:0]
	list := -1
	for i, alternatives := range p.key {
		values = append(values, alternatives[0].Bind(args))
		if len(alternatives) > 1 {
			list = i
		}
	}
	if list < 0 {
		var ok bool
		p.one[0], ok = p.rows.AppendKey(ctx, p.one[0][:0], values)
		return p.one[:], ok
	}
	out := make([][]byte, 0, len(p.key[list]))
	for _, o := range p.key[list] {
		values[list] = o.Bind(args)
		key, ok := p.rows.AppendKey(ctx, nil, values)
		if !ok {
			return nil, false
		}
		out = append(out, key)
	}
	return out, true
}

// Points says that rows are read by their keys, if the values make keys.
func (c *Statement) Points(ctx *sql.Context, args []session.Value) ([][]byte, bool) {
	if c.point == nil {
		return nil, false
	}
	return c.point.keys(ctx, args)
}

// Rows reads the rows with these keys in an execution that was opened. There is one for each
// key at most. space is for the values of the first one, if it has room for them.
func (c *Statement) Rows(ctx *sql.Context, s *state.Session, keys [][]byte, space session.Row, add func(session.Row)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	txn, err := s.Txn(ctx)
	if err != nil {
		return err
	}
	conv := func(i int, v any) (session.Value, error) { return c.point.convert[i](ctx, v) }
	return c.point.rows.Rows(ctx, txn, c.Actor.Guard(), keys, space, conv, add)
}
