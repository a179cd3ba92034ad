package avatica

import (
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of a message: n for numbers of all kinds, data for what has a length.
type field struct {
	num  protowire.Number
	n    uint64
	data []byte
}

// each calls f with the fields of a message, in their order.
func each(b []byte, f func(field) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return malformed("bad tag")
		}
		b = b[n:]
		x := field{num: num}
		switch typ {
		case protowire.VarintType:
			x.n, n = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			x.n, n = protowire.ConsumeFixed64(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			x.n = uint64(v)
		case protowire.BytesType:
			x.data, n = protowire.ConsumeBytes(b)
		default:
			return malformed("groups are not used")
		}
		if n < 0 {
			return malformed("cut short")
		}
		b = b[n:]
		if err := f(x); err != nil {
			return err
		}
	}
	return nil
}

func (x field) text() (string, error) {
	if !utf8.Valid(x.data) {
		return "", malformed("a string is not UTF-8")
	}
	return string(x.data), nil
}

// int is a number of a field that some clients declare unsigned: -1 arrives as the
// two's complement in 32 or in 64 bits.
func (x field) int() int64 {
	if x.n > math.MaxInt32 && x.n <= math.MaxUint32 {
		return int64(int32(x.n))
	}
	return int64(x.n)
}

func (x field) bool() bool { return x.n != 0 }

// unwrap reads a WireMessage.
func unwrap(body []byte) (name string, message []byte, err error) {
	err = each(body, func(x field) (err error) {
		switch x.num {
		case 1:
			name, err = x.text()
		case 2:
			message = x.data
		}
		return err
	})
	return name, message, err
}

// setter takes one field into the request.
type setter func(d *protoDecoder, x field) error

type protoDecoder struct {
	*Request
	oldMax, oldFrame int64
	// has says which metadata arguments are there although they are empty.
	has [4]bool
}

func decodeProto(body []byte) (*Request, error) {
	name, message, err := unwrap(body)
	if err != nil {
		return nil, err
	}
	d := &protoDecoder{Request: &Request{Kind: kindsByProto[name], Format: Protobuf}}
	if d.Kind == None {
		return nil, malformed("there is no request %q", shortName(name))
	}
	set := protoFields[d.Kind]
	err = each(message, func(x field) error {
		if f := set[x.num]; f != nil {
			return f(d, x)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if d.Kind == ExecuteBatch {
		d.rows = message
	}
	d.finish(d.oldMax, d.oldFrame)
	for i, p := range []**string{&d.Catalog, &d.Schema, &d.Table, &d.Column} {
		if *p == nil && d.has[i] {
			*p = new(string)
		}
	}
	return d.Request, nil
}

// protoFields says what the fields of each request are. Fields that are not listed
// are skipped, as protobuf wants.
var protoFields = [...]map[protowire.Number]setter{
	OpenConnection:         {1: setConnection, 2: addInfo},
	CloseConnection:        {1: setConnection},
	ConnectionSync:         {1: setConnection, 2: setProps},
	DatabaseProperties:     {1: setConnection},
	CreateStatement:        {1: setConnection},
	CloseStatement:         {1: setConnection, 2: setStatement},
	Prepare:                {1: setConnection, 2: setSQL, 3: setOldMax, 4: setMax},
	PrepareAndExecute:      {1: setConnection, 2: setSQL, 3: setOldMax, 4: setStatement, 5: setMax, 6: setFrame},
	Execute:                {1: setHandle, 2: addParam, 3: setOldFrame, 4: setHasParams, 5: setFrame},
	Fetch:                  {1: setConnection, 2: setStatement, 3: setOffset, 4: setOldFrame, 5: setFrame},
	SyncResults:            {1: setConnection, 2: setStatement, 3: setState, 4: setOffset},
	Commit:                 {1: setConnection},
	Rollback:               {1: setConnection},
	PrepareAndExecuteBatch: {1: setConnection, 2: setStatement, 3: addCommand},
	ExecuteBatch:           {1: setConnection, 2: setStatement},
	Catalogs:               {1: setConnection},
	Schemas:                {1: setCatalog, 2: setSchema, 3: setConnection, 4: has(0), 5: has(1)},
	Tables: {1: setCatalog, 2: setSchema, 3: setTable, 4: addType, 6: setHasTypes, 7: setConnection,
		8: has(0), 9: has(1), 10: has(2)},
	Columns: {1: setCatalog, 2: setSchema, 3: setTable, 4: setColumn, 5: setConnection,
		6: has(0), 7: has(1), 8: has(2), 9: has(3)},
	TableTypes: {1: setConnection},
	TypeInfo:   {1: setConnection},
}

func setConnection(d *protoDecoder, x field) (err error) { d.ConnectionID, err = x.text(); return err }
func setStatement(d *protoDecoder, x field) error        { d.StatementID = uint32(x.n); return nil }
func setSQL(d *protoDecoder, x field) (err error)        { d.SQL, err = x.text(); return err }
func setOldMax(d *protoDecoder, x field) error           { d.oldMax = x.int(); return nil }
func setMax(d *protoDecoder, x field) error              { d.MaxRows = x.int(); return nil }
func setOldFrame(d *protoDecoder, x field) error         { d.oldFrame = x.int(); return nil }
func setFrame(d *protoDecoder, x field) error            { d.FrameRows = x.int(); return nil }
func setOffset(d *protoDecoder, x field) error           { d.Offset = x.n; return nil }
func setHasParams(d *protoDecoder, x field) error        { d.HasParams = x.bool(); return nil }
func setHasTypes(d *protoDecoder, x field) error         { d.HasTypes = x.bool(); return nil }
func setCatalog(d *protoDecoder, x field) error          { return setName(&d.Catalog, x) }
func setSchema(d *protoDecoder, x field) error           { return setName(&d.Schema, x) }
func setTable(d *protoDecoder, x field) error            { return setName(&d.Table, x) }
func setColumn(d *protoDecoder, x field) error           { return setName(&d.Column, x) }

func has(i int) setter {
	return func(d *protoDecoder, x field) error {
		d.has[i] = x.bool()
		return nil
	}
}

// setName takes a name; "" without its flag is null.
func setName(to **string, x field) error {
	text, err := x.text()
	if err == nil && text != "" {
		*to = &text
	}
	return err
}

func addType(d *protoDecoder, x field) error {
	text, err := x.text()
	d.Types, d.HasTypes = append(d.Types, text), true
	return err
}

func addCommand(d *protoDecoder, x field) error {
	text, err := x.text()
	d.Commands = append(d.Commands, text)
	return err
}

// addInfo reads one entry of a map.
func addInfo(d *protoDecoder, x field) error {
	var key, value string
	err := each(x.data, func(x field) (err error) {
		switch x.num {
		case 1:
			key, err = x.text()
		case 2:
			value, err = x.text()
		}
		return err
	})
	if d.Info == nil {
		d.Info = map[string]string{}
	}
	d.Info[key] = value
	return err
}

func setProps(d *protoDecoder, x field) error {
	var autoCommit, readOnly, hasAutoCommit, hasReadOnly bool
	err := each(x.data, func(x field) (err error) {
		switch x.num {
		case 2:
			autoCommit = x.bool()
		case 3:
			readOnly = x.bool()
		case 4:
			d.Props.Isolation = uint32(x.n)
		case 5:
			d.Props.Catalog, err = x.text()
		case 6:
			d.Props.Schema, err = x.text()
		case 7:
			hasAutoCommit = x.bool()
		case 8:
			hasReadOnly = x.bool()
		}
		return err
	})
	if hasAutoCommit {
		d.Props.AutoCommit = &autoCommit
	}
	if hasReadOnly {
		d.Props.ReadOnly = &readOnly
	}
	return err
}

// setHandle reads a StatementHandle. Its signature is what we said ourselves.
func setHandle(d *protoDecoder, x field) error {
	return each(x.data, func(x field) (err error) {
		switch x.num {
		case 1:
			d.ConnectionID, err = x.text()
		case 2:
			d.StatementID = uint32(x.n)
		}
		return err
	})
}

func addParam(d *protoDecoder, x field) error {
	if len(d.Params) >= MaxParams {
		return malformed("more than %d parameters", MaxParams)
	}
	v, err := readTypedValue(x.data)
	d.Params = append(d.Params, v)
	return err
}

func setState(d *protoDecoder, x field) error {
	return each(x.data, func(x field) error {
		switch x.num {
		case 1:
			d.State.Metadata = x.n == 1
		case 3:
			d.State.Operation = Operation(min(x.n, math.MaxUint8))
		case 4:
			return d.addArg(x.data)
		}
		return nil
	})
}

// Types of MetaDataOperationArgument.
const argString = 0

func (d *protoDecoder) addArg(b []byte) error {
	var text string
	var typ uint64
	err := each(b, func(x field) (err error) {
		switch x.num {
		case 1:
			text, err = x.text()
		case 6:
			typ = x.n
		}
		return err
	})
	if len(d.State.Args) >= 16 {
		return malformed("too many arguments of a metadata operation")
	}
	if typ == argString {
		d.State.Args = append(d.State.Args, &text)
	} else {
		d.State.Args = append(d.State.Args, nil)
	}
	return err
}

// readTypedValue reads a bound value. Arrays, which MySQL has not, are marked as such.
func readTypedValue(b []byte) (TypedValue, error) {
	var v TypedValue
	err := each(b, func(x field) (err error) {
		switch x.num {
		case 1:
			v.Rep = Rep(min(x.n, math.MaxUint8))
		case 2:
			v.Bool = x.bool()
		case 3:
			v.Text, err = x.text()
		case 4:
			v.Number = protowire.DecodeZigZag(x.n)
		case 5:
			v.Bytes = x.data
		case 6:
			v.Double = math.Float64frombits(x.n)
		case 7:
			v.Null = x.bool()
		case 8:
			v.Rep = RepArray
		case 10:
			v.Unset = x.bool()
		}
		return err
	})
	v.empty = len(b) == 0
	return v, err
}

// EachRow calls f with the values of each row of an ExecuteBatch. The slice is valid
// until f returns.
func (r *Request) EachRow(f func(i int, row []TypedValue) error) error {
	if r.Format == JSON {
		return eachRowJSON(r.rows, f)
	}
	var row []TypedValue
	i := 0
	return each(r.rows, func(x field) error {
		if x.num != 3 {
			return nil
		}
		row = row[:0]
		err := each(x.data, func(x field) error {
			if x.num != 1 {
				return nil
			}
			if len(row) >= MaxParams {
				return malformed("more than %d parameters", MaxParams)
			}
			v, err := readTypedValue(x.data)
			row = append(row, v)
			return err
		})
		if err != nil {
			return err
		}
		i++
		return f(i-1, row)
	})
}

// PeekConnection reads the connection id from the beginning of a request that may be
// cut off. It finds the id of requests that can be large; "" when there is none.
func PeekConnection(head []byte) string {
	if Sniff(head) == JSON {
		return peekJSON(head)
	}
	// The message is the last field and is cut: take its beginning.
	for len(head) > 0 {
		num, typ, n := protowire.ConsumeTag(head)
		if n < 0 || typ != protowire.BytesType {
			return ""
		}
		size, m := protowire.ConsumeVarint(head[n:])
		if m < 0 {
			return ""
		}
		rest := head[n+m:]
		if num == 2 {
			return firstText(rest[:min(uint64(len(rest)), size)], 2)
		}
		if size > uint64(len(rest)) {
			return ""
		}
		head = rest[size:]
	}
	return ""
}

// firstText is the first field of a message, or of the message in there.
func firstText(b []byte, depth int) string {
	num, typ, n := protowire.ConsumeTag(b)
	if n < 0 || num != 1 || typ != protowire.BytesType {
		return ""
	}
	data, m := protowire.ConsumeBytes(b[n:])
	if m < 0 {
		return ""
	}
	if depth > 1 { // a statement handle begins with it
		if inner := firstText(data, depth-1); len(inner) >= 32 {
			return inner
		}
	}
	return string(data)
}
