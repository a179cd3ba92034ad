package https

import (
	"encoding/base64"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/frontend/https/avatica"
	"github.com/lxdb/lxdb/frontend/sqltext"
)

// apiChunkBytes is about how much of a result goes on the wire at once.
const apiChunkBytes = 128 << 10

// apiChunk is a part of an answer.
type apiChunk struct {
	bytes []byte
	last  bool
}

// apiResult makes the answer of /api/v1/query: one object, or a line for each row.
type apiResult struct {
	call   *apiCall
	client *client
	lines  bool
	stmt   session.Stmt // nil for text
	res    session.Result
	cols   []session.Column
	rest   []session.Row
	rows   int64  // of the result that is being written
	behind int    // results before it
	text   []byte // scratch
	failed error  // what the last chunk tells
}

func newAPIResult(a *apiCall) *apiResult { return &apiResult{call: a, lines: a.wantsLines()} }

func (o *apiResult) contentType() string {
	if o.lines {
		return "application/x-ndjson; charset=utf-8"
	}
	return jsonType
}

// start executes the statement and returns the beginning of the answer. Its errors
// come before anything is on the wire.
func (o *apiResult) start(c *client) (apiChunk, error) {
	o.client = c
	if err := c.settle(); err != nil {
		return apiChunk{}, err
	}
	var err error
	if len(o.call.in.Params) == 0 {
		o.res, err = c.query(o.call.in.SQL)
	} else {
		err = o.prepared(c)
	}
	if err != nil {
		return apiChunk{}, err
	}
	o.cols = o.res.Columns()
	var b []byte
	if len(o.cols) > 0 {
		b = o.begin([]byte{'{'})
	} else {
		b = []byte{'{'}
	}
	begun := len(b)
	chunk, err := o.fill(b)
	if err != nil && len(chunk.bytes) <= begun {
		return apiChunk{}, err // nothing was said yet
	}
	return o.ended(chunk, err), nil
}

// begin writes the columns of a result.
func (o *apiResult) begin(b []byte) []byte {
	b = append(o.appendColumns(append(b, `"columns":[`...)), ']')
	if o.res.Summary().Outputs {
		b = append(b, `,"outputs":true`...)
	}
	if o.lines {
		return append(b, "}\n"...)
	}
	return append(b, `,"rows":[`...)
}

// end is what closes the rows so far, in one object.
func (o *apiResult) end() string {
	if o.behind > 0 {
		return "]}],"
	}
	return "],"
}

// following goes on with the next result of a CALL that has rows; more is false when there
// is none.
func (o *apiResult) following(b []byte) (_ []byte, more bool, err error) {
	for {
		several, ok := o.res.(session.Several)
		if !ok {
			return b, false, nil
		}
		next, err := several.More()
		if err != nil || next == nil {
			return b, false, err
		}
		if err := o.res.Close(); err != nil {
			return b, false, err
		}
		o.res = next
		if len(next.Columns()) > 0 {
			break
		}
	}
	o.cols, o.rest, o.rows = o.res.Columns(), nil, 0
	switch {
	case o.lines:
		b = append(b, '{')
	case o.behind == 0:
		b = append(b, `],"moreResults":[{`...)
	default:
		b = append(b, "]},{"...)
	}
	o.behind++
	return o.begin(b), true, nil
}

func (o *apiResult) prepared(c *client) error {
	args, err := apiParams(o.call.in.Params)
	if err != nil {
		return err
	}
	if o.stmt, err = c.sess.Prepare(c.ctx, o.call.in.SQL); err != nil {
		return err
	}
	if o.res, err = o.stmt.Execute(c.ctx, args); err != nil {
		return errors.Join(err, o.stmt.Close())
	}
	return nil
}

// more returns the next part.
func (o *apiResult) more() (apiChunk, error) {
	chunk, err := o.fill(nil)
	return o.ended(chunk, err), nil
}

// ended says in the answer what went wrong with it.
func (o *apiResult) ended(chunk apiChunk, err error) apiChunk {
	if err == nil {
		return chunk
	}
	o.failed = err
	e, internal := clientError(err)
	if internal {
		o.call.srv.logInternal(o.call.r, err)
	}
	if o.lines {
		chunk.bytes = append(appendFailure(append(chunk.bytes, '{'), e), "}\n"...)
	} else {
		chunk.bytes = append(appendFailure(append(chunk.bytes, o.end()...), e), "}\n"...)
	}
	chunk.last = true
	return chunk
}

// fill appends rows to b until there are enough of them, or all.
func (o *apiResult) fill(b []byte) (apiChunk, error) {
	until := time.Now().Add(o.call.srv.opts.FrameTime)
	limit := o.call.in.MaxRows
	for len(o.cols) > 0 && len(b) < apiChunkBytes {
		if limit > 0 && o.rows >= limit {
			var more bool
			var err error
			if b, more, err = o.following(b); err != nil {
				return apiChunk{bytes: b}, errors.Join(err, o.abort())
			}
			if !more {
				return o.finish(b)
			}
			continue
		}
		if len(o.rest) == 0 {
			if len(b) > 0 && time.Now().After(until) {
				return apiChunk{bytes: b}, nil
			}
			rows, err := o.res.Next(o.client.ctx)
			if err == io.EOF {
				var more bool
				if b, more, err = o.following(b); err == nil && !more {
					return o.finish(b)
				}
				if err == nil {
					continue
				}
			}
			if err != nil {
				return apiChunk{bytes: b}, errors.Join(err, o.abort())
			}
			o.rest = rows
		}
		b = o.appendRow(b, o.rest[0])
		o.rest = o.rest[1:]
		o.rows++
	}
	if len(o.cols) > 0 {
		return apiChunk{bytes: b}, nil
	}
	return o.finish(b)
}

// finish closes the result and says what the statement did.
func (o *apiResult) finish(b []byte) (apiChunk, error) {
	sum := o.res.Summary()
	if err := o.abort(); err != nil {
		return apiChunk{bytes: b}, err
	}
	switch {
	case len(o.cols) == 0:
	case o.lines:
		b = append(b, '{')
	default:
		b = append(b, o.end()...)
	}
	status := o.client.sess.Status()
	for _, m := range []struct {
		name  string
		value uint64
	}{{"affectedRows", sum.AffectedRows}, {"lastInsertId", sum.LastInsertID}, {"warnings", uint64(sum.Warnings)}} {
		b = append(append(append(b, '"'), m.name...), '"', ':')
		b = append(strconv.AppendUint(b, m.value, 10), ',')
	}
	if sum.Info != "" {
		b = append(avatica.AppendJSONString(append(b, `"info":`...), sum.Info), ',')
	}
	b = append(b, `"status":{"inTransaction":`...)
	b = strconv.AppendBool(b, status.InTransaction)
	b = append(b, `,"autocommit":`...)
	b = strconv.AppendBool(b, status.Autocommit)
	b = append(b, `,"database":`...)
	b = avatica.AppendJSONString(b, status.Database)
	return apiChunk{bytes: append(b, "}}\n"...), last: true}, nil
}

// abort closes what is open.
func (o *apiResult) abort() error {
	err := o.res.Close()
	if o.stmt != nil {
		err = errors.Join(err, o.stmt.Close())
		o.stmt = nil
	}
	return err
}

// apiTypes are MySQL's names of the types; the second is that of byte strings.
var apiTypes = [...][2]string{
	session.TypeNull: {"NULL"}, session.TypeTinyInt: {"TINYINT"}, session.TypeSmallInt: {"SMALLINT"}, session.TypeMediumInt: {"MEDIUMINT"},
	session.TypeInt: {"INT"}, session.TypeBigInt: {"BIGINT"}, session.TypeFloat: {"FLOAT"}, session.TypeDouble: {"DOUBLE"},
	session.TypeDecimal: {"DECIMAL"}, session.TypeDate: {"DATE"}, session.TypeTime: {"TIME"}, session.TypeDateTime: {"DATETIME"},
	session.TypeTimestamp: {"TIMESTAMP"}, session.TypeYear: {"YEAR"}, session.TypeChar: {"CHAR", "BINARY"},
	session.TypeVarChar: {"VARCHAR", "VARBINARY"}, session.TypeTinyText: {"TINYTEXT", "TINYBLOB"}, session.TypeText: {"TEXT", "BLOB"},
	session.TypeMediumText: {"MEDIUMTEXT", "MEDIUMBLOB"}, session.TypeLongText: {"LONGTEXT", "LONGBLOB"}, session.TypeEnum: {"ENUM"},
	session.TypeSet: {"SET"}, session.TypeBit: {"BIT"}, session.TypeJSON: {"JSON"}, session.TypeGeometry: {"GEOMETRY"},
}

func typeName(c *session.Column) string {
	if int(c.Type) >= len(apiTypes) {
		return "VARCHAR"
	}
	names := apiTypes[c.Type]
	if c.Binary && names[1] != "" {
		return names[1]
	}
	return names[0]
}

func (o *apiResult) appendColumns(b []byte) []byte {
	for i := range o.cols {
		c := &o.cols[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = avatica.AppendJSONString(append(b, `{"name":`...), c.Name)
		b = avatica.AppendJSONString(append(b, `,"type":`...), typeName(c))
		if c.Unsigned {
			b = append(b, `,"unsigned":true`...)
		}
		if c.NotNull {
			b = append(b, `,"notNull":true`...)
		}
		if c.Type == session.TypeDecimal {
			b = strconv.AppendUint(append(b, `,"scale":`...), uint64(c.Decimals), 10)
		}
		b = strconv.AppendUint(append(b, `,"length":`...), uint64(c.Length), 10)
		for _, origin := range []struct{ key, name string }{{"database", c.Database}, {"table", c.OrgTable}, {"column", c.OrgName}} {
			if origin.name != "" {
				b = append(append(append(b, `,"`...), origin.key...), `":`...)
				b = avatica.AppendJSONString(b, origin.name)
			}
		}
		b = append(b, '}')
	}
	return b
}

// appendRow appends a row: a line, or an element of "rows".
func (o *apiResult) appendRow(b []byte, row session.Row) []byte {
	if !o.lines && o.rows > 0 {
		b = append(b, ',', '\n')
	}
	b = append(b, '[')
	for i := range row {
		if i > 0 {
			b = append(b, ',')
		}
		b = o.appendValue(b, &o.cols[i], row[i])
	}
	b = append(b, ']')
	if o.lines {
		b = append(b, '\n')
	}
	return b
}

// appendValue appends a value: integers and floats as numbers, byte strings as base64,
// everything else as MySQL's text. DECIMAL is text, because readers of JSON numbers
// round.
func (o *apiResult) appendValue(b []byte, c *session.Column, v session.Value) []byte {
	switch v.Kind() {
	case session.Null:
		return append(b, "null"...)
	case session.Int:
		return strconv.AppendInt(b, v.Int(), 10)
	case session.Uint:
		return strconv.AppendUint(b, v.Uint(), 10)
	case session.Float32:
		return strconv.AppendFloat(b, float64(v.Float32()), 'g', -1, 32)
	case session.Float64:
		return strconv.AppendFloat(b, v.Float64(), 'g', -1, 64)
	case session.Bytes:
		if isBinary(c) {
			b = append(b, '"')
			b = base64.StdEncoding.AppendEncode(b, v.Bytes())
			return append(b, '"')
		}
		return avatica.AppendJSONString(b, v.Bytes())
	}
	o.text = sqltext.Append(o.text[:0], c, v)
	return avatica.AppendJSONString(b, o.text)
}

func isBinary(c *session.Column) bool {
	return c.Type == session.TypeBit || c.Type == session.TypeGeometry ||
		c.Binary && c.Type >= session.TypeChar && c.Type <= session.TypeLongText
}
