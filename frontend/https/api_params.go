package https

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/frontend/https/avatica"
)

// rawParams are values that are not read yet: at most one more than a statement may have, because each
// takes many times the memory of its text.
type rawParams []json.RawMessage

// UnmarshalJSON implements json.Unmarshaler.
func (p *rawParams) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*p = nil
		return nil
	}
	list := json.NewDecoder(bytes.NewReader(text))
	if begin, err := list.Token(); err != nil || begin != json.Delim('[') {
		return errors.New("params is no array")
	}
	*p = rawParams{}
	for list.More() && len(*p) <= avatica.MaxParams {
		var one json.RawMessage
		if err := list.Decode(&one); err != nil {
			return err
		}
		*p = append(*p, one)
	}
	return nil
}

// apiParams reads bound values: JSON's own, and an object with one member for those that
// JSON has no form for.
func apiParams(raw []json.RawMessage) ([]session.Value, error) {
	if len(raw) > avatica.MaxParams {
		return nil, sqlerr.PSManyParam.Errorf("Prepared statement contains too many placeholders")
	}
	out := make([]session.Value, len(raw))
	for i, r := range raw {
		v, err := apiParam(strings.TrimSpace(string(r)))
		if err != nil {
			return nil, sqlerr.WrongArguments.Errorf("Incorrect arguments to EXECUTE: parameter %d is no null, true, false, number, string, "+
				"nor an object with one of base64, decimal, date, datetime, time", i+1)
		}
		out[i] = v
	}
	return out, nil
}

var errBadParam = errors.New("no parameter")

func apiParam(raw string) (session.Value, error) {
	switch {
	case raw == "null":
		return session.Value{}, nil
	case raw == "true":
		return session.IntValue(1), nil
	case raw == "false":
		return session.IntValue(0), nil
	case raw == "" || raw[0] == '[':
		return session.Value{}, errBadParam
	case raw[0] == '"':
		var s string
		err := json.Unmarshal([]byte(raw), &s)
		return session.StringValue(s), err
	case raw[0] == '{':
		return apiTyped(raw)
	}
	if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
		return session.IntValue(n), nil
	}
	if n, err := strconv.ParseUint(raw, 10, 64); err == nil {
		return session.UintValue(n), nil
	}
	f, err := strconv.ParseFloat(raw, 64)
	return session.Float64Value(f), err
}

// apiTyped reads a value whose type stands beside it.
func apiTyped(raw string) (session.Value, error) {
	var in map[string]string
	if err := json.Unmarshal([]byte(raw), &in); err != nil || len(in) != 1 {
		return session.Value{}, errBadParam
	}
	for kind, text := range in {
		switch kind {
		case "base64":
			b, err := base64.StdEncoding.DecodeString(text)
			return session.BytesValue(b), err
		case "decimal":
			if strings.Trim(text, "+-.0123456789") != "" || text == "" {
				return session.Value{}, errBadParam
			}
			return session.DecimalValue([]byte(text)), nil
		case "date":
			return civilParam(text, "2006-01-02", session.DateValue)
		case "datetime":
			return civilParam(strings.Replace(text, "T", " ", 1), "2006-01-02 15:04:05.999999", session.DateTimeValue)
		case "time":
			return durationParam(text)
		}
	}
	return session.Value{}, errBadParam
}

func civilParam(text, layout string, make func(session.Civil) session.Value) (session.Value, error) {
	t, err := time.Parse(layout, text)
	if err != nil {
		return session.Value{}, errBadParam
	}
	return make(session.Civil{
		Year: uint16(t.Year()), Month: uint8(t.Month()), Day: uint8(t.Day()),
		Hour: uint8(t.Hour()), Minute: uint8(t.Minute()), Sec: uint8(t.Second()), Micro: uint32(t.Nanosecond() / 1000),
	}), nil
}

// durationParam reads -101:02:03.5: a TIME is more than a time of day.
func durationParam(text string) (session.Value, error) {
	rest, negative := strings.CutPrefix(text, "-")
	hours, clock, _ := strings.Cut(rest, ":")
	h, err := strconv.ParseUint(hours, 10, 16)
	at, err2 := time.Parse("04:05.999999", clock)
	if err != nil || err2 != nil {
		return session.Value{}, errBadParam
	}
	micros := int64(h)*3_600_000_000 + int64(at.Minute())*60_000_000 + int64(at.Second())*1_000_000 + int64(at.Nanosecond()/1000)
	if negative {
		micros = -micros
	}
	return session.DurationValue(micros), nil
}
