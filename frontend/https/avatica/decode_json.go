package avatica

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// jsonRequest has the keys of all requests. Keys that it has not are ignored.
type jsonRequest struct {
	Request             string             `json:"request"`
	ConnectionID        string             `json:"connectionId"`
	StatementID         uint32             `json:"statementId"`
	SQL                 string             `json:"sql"`
	Info                map[string]*string `json:"info"`
	ConnProps           *jsonProperties    `json:"connProps"`
	StatementHandle     *jsonHandle        `json:"statementHandle"`
	ParameterValues     json.RawMessage    `json:"parameterValues"`
	SQLCommands         []string           `json:"sqlCommands"`
	MaxRowCount         int64              `json:"maxRowCount"`
	MaxRowsTotal        int64              `json:"maxRowsTotal"`
	MaxRowsInFirstFrame int64              `json:"maxRowsInFirstFrame"`
	FetchMaxRowCount    int64              `json:"fetchMaxRowCount"`
	Offset              uint64             `json:"offset"`
	Catalog             *string            `json:"catalog"`
	SchemaPattern       *string            `json:"schemaPattern"`
	TableNamePattern    *string            `json:"tableNamePattern"`
	ColumnNamePattern   *string            `json:"columnNamePattern"`
	TypeList            []string           `json:"typeList"`
	State               *jsonState         `json:"state"`
}

type jsonProperties struct {
	AutoCommit           *bool   `json:"autoCommit"`
	ReadOnly             *bool   `json:"readOnly"`
	TransactionIsolation *uint32 `json:"transactionIsolation"`
	Catalog              *string `json:"catalog"`
	Schema               *string `json:"schema"`
}

type jsonHandle struct {
	ConnectionID string `json:"connectionId"`
	ID           uint32 `json:"id"`
}

type jsonState struct {
	Type      string            `json:"type"`
	Operation string            `json:"metaDataOperation"`
	Args      []json.RawMessage `json:"operationArgs"`
}

func decodeJSON(body []byte) (*Request, error) {
	var in jsonRequest
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, malformed("%v", jsonFault(err))
	}
	r := &Request{
		Kind: kindsByJSON[in.Request], Format: JSON,
		ConnectionID: in.ConnectionID, StatementID: in.StatementID, SQL: in.SQL, Commands: in.SQLCommands,
		FrameRows: in.MaxRowsInFirstFrame, Offset: in.Offset,
		Catalog: in.Catalog, Schema: in.SchemaPattern, Table: in.TableNamePattern, Column: in.ColumnNamePattern,
		Types: in.TypeList, HasTypes: in.TypeList != nil,
		MaxRows: in.MaxRowsTotal,
	}
	if r.Kind == None {
		return nil, malformed("there is no request %q", shortName(in.Request))
	}
	for key, value := range in.Info {
		if r.Info == nil {
			r.Info = map[string]string{}
		}
		if value != nil {
			r.Info[key] = *value
		}
	}
	in.properties(r)
	switch r.Kind {
	case Execute: // its maxRowCount is the size of the first frame
		r.finish(0, in.MaxRowCount)
	case Fetch:
		r.finish(0, in.FetchMaxRowCount)
	default:
		r.finish(in.MaxRowCount, 0)
	}
	if in.StatementHandle != nil {
		r.ConnectionID, r.StatementID = in.StatementHandle.ConnectionID, in.StatementHandle.ID
	}
	if in.State != nil {
		r.State = in.State.state()
	}
	return r, in.values(r)
}

func (in *jsonRequest) properties(r *Request) {
	p := in.ConnProps
	if p == nil {
		return
	}
	r.Props.AutoCommit, r.Props.ReadOnly = p.AutoCommit, p.ReadOnly
	if p.TransactionIsolation != nil {
		r.Props.Isolation = *p.TransactionIsolation
	}
	if p.Catalog != nil {
		r.Props.Catalog = *p.Catalog
	}
	if p.Schema != nil {
		r.Props.Schema = *p.Schema
	}
}

// values takes the parameters: a list for one execution, a list of lists for a batch.
func (in *jsonRequest) values(r *Request) error {
	switch r.Kind {
	case ExecuteBatch:
		r.rows = in.ParameterValues
	case Execute:
		d := json.NewDecoder(bytes.NewReader(in.ParameterValues))
		var err error
		r.Params, err = rowJSON(d, nil)
		r.HasParams = len(r.Params) > 0
		return err
	}
	return nil
}

func (s *jsonState) state() State {
	out := State{Metadata: s.Type == "METADATA", Operation: operationNames[s.Operation]}
	for _, raw := range s.Args[:min(len(s.Args), 16)] {
		var arg *string
		if json.Unmarshal(raw, &arg) != nil {
			arg = nil // a flag: none of ours needs one
		}
		out.Args = append(out.Args, arg)
	}
	return out
}

// rowJSON reads one list of values, appending to row.
func rowJSON(d *json.Decoder, row []TypedValue) ([]TypedValue, error) {
	token, err := d.Token()
	if errors.Is(err, io.EOF) || (err == nil && token == nil) { // absent, or null
		return row, nil
	}
	if err != nil || token != json.Delim('[') {
		return nil, malformed("parameterValues is no list")
	}
	for d.More() {
		if len(row) >= MaxParams {
			return nil, malformed("more than %d parameters", MaxParams)
		}
		var v jsonValue
		if err := d.Decode(&v); err != nil {
			return nil, malformed("a parameter: %v", jsonFault(err))
		}
		typed, err := v.typed()
		if err != nil {
			return nil, err
		}
		row = append(row, typed)
	}
	if _, err := d.Token(); err != nil {
		return nil, malformed("parameterValues: %v", jsonFault(err))
	}
	return row, nil
}

func eachRowJSON(rows []byte, f func(int, []TypedValue) error) error {
	d := json.NewDecoder(bytes.NewReader(rows))
	token, err := d.Token()
	if errors.Is(err, io.EOF) || (err == nil && token == nil) {
		return nil
	}
	if err != nil || token != json.Delim('[') {
		return malformed("parameterValues is no list")
	}
	var row []TypedValue
	for i := 0; d.More(); i++ {
		if row, err = rowJSON(d, row[:0]); err != nil {
			return err
		}
		if err := f(i, row); err != nil {
			return err
		}
	}
	return nil
}

// jsonValue is a TypedValue.
type jsonValue struct {
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

// typed makes of it what the protobuf form would be.
func (j *jsonValue) typed() (TypedValue, error) {
	rep, ok := repsByName[j.Type]
	if !ok {
		return TypedValue{}, malformed("there is no type %q of a value", shortName(j.Type))
	}
	v := TypedValue{Rep: rep}
	raw := string(j.Value)
	if raw == "" || raw == "null" {
		v.Null = true
		return v, nil
	}
	var err error
	switch rep.class() {
	case classBool:
		err = json.Unmarshal(j.Value, &v.Bool)
	case classInt:
		v.Number, err = strconv.ParseInt(raw, 10, 64)
	case classFloat:
		v.Double, err = strconv.ParseFloat(raw, 64)
		v.Rep = RepDouble // no bits in an integer here
	case classText:
		err = json.Unmarshal(j.Value, &v.Text)
	case classDecimal:
		var n json.Number
		err = json.Unmarshal(j.Value, &n) // takes digits in quotes, too
		v.Rep, v.Text = RepBigDecimal, n.String()
	case classBytes:
		if err = json.Unmarshal(j.Value, &v.Text); err == nil {
			v.Bytes, err = base64.StdEncoding.DecodeString(v.Text)
			v.Text = ""
		}
	default:
		return v, malformed("values of type %s are not used", rep)
	}
	if err != nil {
		return v, malformed("a value of type %s: %v", rep, jsonFault(err))
	}
	return v, nil
}

// jsonFault says what is wrong without a word of what was sent.
func jsonFault(err error) string {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("no JSON at byte %d", syntax.Offset)
	case errors.As(err, &typ):
		return fmt.Sprintf("%s cannot be a JSON %s", typ.Field, typ.Value)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "cut short"
	}
	return "not readable"
}

// peekJSON reads members from the beginning of an object until it meets the id.
func peekJSON(head []byte) string {
	d := json.NewDecoder(bytes.NewReader(head))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return ""
	}
	for range 8 { // it is among the first ones
		key, err := d.Token()
		if err != nil {
			return ""
		}
		switch key {
		case "connectionId":
			id, err := d.Token()
			text, ok := id.(string)
			if err != nil || !ok {
				return ""
			}
			return text
		case "statementHandle":
			if t, err := d.Token(); err != nil || t != json.Delim('{') {
				return ""
			}
			continue // its members are as good
		}
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return ""
		}
	}
	return ""
}
