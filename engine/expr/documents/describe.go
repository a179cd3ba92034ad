package documents

import (
	"errors"
	"strings"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// describeFunctions say what documents are like.
var describeFunctions = []expr.Function{
	{Name: "json_valid", Min: 1, Max: 1, Args: []expr.Arg{expr.Any}, Result: condition, Eval: evalValid, About: "whether a text is JSON"},
	{Name: "json_type", Min: 1, Max: 1, Args: document, Text: expr.Fixed, Result: typeNameType, Eval: evalType, About: "the type of a JSON value"},
	{Name: "json_depth", Min: 1, Max: 1, Args: document, Result: number, Eval: evalDepth, About: "how deeply a document nests"},
	{Name: "json_pretty", Min: 1, Max: 1, Args: document, Text: expr.Fixed, Grows: true, Result: prettyType, Eval: evalPretty, About: "a document in lines, for people"},
	{Name: "json_storage_size", Min: 1, Max: 1, Args: document, Result: number, Eval: evalStorageSize, About: "how many bytes MySQL stores a document in"},
	{Name: "json_storage_free", Min: 1, Max: 1, Args: document, Result: number, Eval: evalStorageFree, About: "0: no document is changed in place"},
}

func evalValid(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	switch {
	case a[0].Class() == value.ClassJSON:
		return value.Bool(true), nil
	case a[0].Class() != value.ClassString || f.Arg(0).IsBinary():
		return value.Bool(false), nil
	}
	_, err := value.ReadJSON(c.Env, a[0].Bytes())
	if bad := new(value.SyntaxError); err == nil || errors.As(err, &bad) || errors.Is(err, value.ErrJSONTooDeep) {
		return value.Bool(err == nil), nil
	}
	return value.Null, err
}

func typeNameType(*expr.Call) (value.Type, error) { return textType(51) }

func evalType(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	return value.String(typeName(a[0].JSON())), nil
}

func typeName(j *value.JSON) string {
	switch j.Kind {
	case value.JSONNull:
		return "NULL"
	case value.JSONBool:
		return "BOOLEAN"
	case value.JSONNumber:
		return map[value.Class]string{value.ClassInt: "INTEGER", value.ClassUint: "UNSIGNED INTEGER", value.ClassDouble: "DOUBLE", value.ClassDecimal: "DECIMAL"}[j.Scalar.Class()]
	case value.JSONString:
		return "STRING"
	case value.JSONArray:
		return "ARRAY"
	case value.JSONObject:
		return "OBJECT"
	case value.JSONTime:
		return map[value.Kind]string{value.TypeDate: "DATE", value.TypeTime: "TIME"}[j.Opaque] + map[value.Kind]string{value.TypeDateTime: "DATETIME", value.TypeTimestamp: "DATETIME"}[j.Opaque]
	}
	switch j.Opaque {
	case value.TypeBit:
		return "BIT"
	case value.TypeGeometry:
		return "OPAQUE"
	}
	return "BLOB"
}

func evalDepth(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	return value.Int(int64(a[0].JSON().Depth())), nil
}

func prettyType(*expr.Call) (value.Type, error) { return textType(1<<30 - 1) }

// evalPretty: the spaces before a line can make a text that is two hundred times as
// long, so the limit is looked at while it is written.
func evalPretty(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	p := printer{c: c}
	if err := p.write(a[0].JSON(), 0); err != nil {
		return value.Null, err
	}
	if large, err := c.TooLarge(f.Function.Name, len(p.out)); large || err != nil {
		return value.Null, err
	}
	return value.Bytes(p.out), nil
}

type printer struct {
	c    *expr.Ctx
	tick ticks
	out  []byte
}

func (p *printer) line(depth int) {
	p.out = append(p.out, '\n')
	p.out = append(p.out, strings.Repeat("  ", depth)...)
}

func (p *printer) write(j *value.JSON, depth int) error {
	if err := p.tick.stopped(p.c); err != nil || len(p.out) > p.c.PacketLimit() {
		return err
	}
	if len(j.Items)+len(j.Members) == 0 {
		p.out = j.Append(p.out)
		return nil
	}
	ends := "[]"
	if j.Kind == value.JSONObject {
		ends = "{}"
	}
	p.out = append(p.out, ends[0])
	for i, item := range j.Items {
		if i > 0 {
			p.out = append(p.out, ',')
		}
		p.line(depth + 1)
		if err := p.write(item, depth+1); err != nil {
			return err
		}
	}
	for i, m := range j.Members {
		if i > 0 {
			p.out = append(p.out, ',')
		}
		p.line(depth + 1)
		p.out = append(value.AppendQuoted(p.out, []byte(m.Key)), ':', ' ')
		if err := p.write(m.Value, depth+1); err != nil {
			return err
		}
	}
	p.line(depth)
	p.out = append(p.out, ends[1])
	return nil
}

func evalStorageFree(_ *expr.Ctx, _ *expr.Call, _ []value.Value) (value.Value, error) {
	return value.Int(0), nil
}

// evalStorageSize follows MySQL's binary format: a byte for the type, then the value.
func evalStorageSize(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	return value.Int(int64(stored(a[0].JSON()) + 1)), nil
}

// stored is how many bytes a value has without its type.
func stored(j *value.JSON) int {
	switch j.Kind {
	case value.JSONNull, value.JSONBool:
		return 1
	case value.JSONNumber:
		return storedNumber(j.Scalar)
	case value.JSONString:
		return lengthBytes(len(j.Text)) + len(j.Text)
	case value.JSONTime:
		return 10
	case value.JSONBlob:
		return 1 + lengthBytes(len(j.Text)) + len(j.Text)
	}
	return storedContainer(j)
}

// storedContainer: how many, how many bytes, and an entry for each key and value, with
// offsets of two bytes while they are enough and of four otherwise. What is as short
// as an offset stands in the entry.
func storedContainer(j *value.JSON) int {
	n := len(j.Items) + len(j.Members)
	small, large := 4+3*n, 8+5*n
	add := func(v *value.JSON) {
		size := stored(v)
		number := v.Kind == value.JSONNumber || v.Kind == value.JSONNull || v.Kind == value.JSONBool
		if !number || size > 2 {
			small += size
		}
		if !number || size > 4 {
			large += size
		}
	}
	for _, i := range j.Items {
		add(i)
	}
	for _, m := range j.Members {
		small, large = small+4+len(m.Key), large+6+len(m.Key)
		add(m.Value)
	}
	if small < 1<<16 {
		return small
	}
	return large
}

func storedNumber(v value.Value) int {
	switch v.Class() {
	case value.ClassInt:
		switch i := v.Int(); {
		case i == int64(int16(i)):
			return 2
		case i == int64(int32(i)):
			return 4
		}
	case value.ClassUint:
		switch i := v.Uint(); {
		case i == uint64(uint16(i)):
			return 2
		case i == uint64(uint32(i)):
			return 4
		}
	case value.ClassDecimal:
		d := v.Decimal()
		bytes := 2 + decimalBytes(d.Digits()) + decimalBytes(d.Scale())
		return 1 + lengthBytes(bytes) + bytes
	}
	return 8
}

// decimalBytes: nine digits are in four bytes.
func decimalBytes(digits int) int {
	return digits/9*4 + [9]int{0, 1, 1, 2, 2, 3, 3, 4, 4}[digits%9]
}

// lengthBytes is how long a length is, seven bits in a byte.
func lengthBytes(n int) (bytes int) {
	for bytes = 1; n > 127; n >>= 7 {
		bytes++
	}
	return bytes
}
