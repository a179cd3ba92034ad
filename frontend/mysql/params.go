package mysql

import (
	"math"

	"github.com/lxdb/lxdb/engine/session"
)

// paramType is what a client says a parameter is.
type paramType struct {
	wire     wireType
	unsigned bool
}

// longData holds parameter values that came in pieces.
type longData struct {
	values map[int][]byte
	bytes  int
	held   int   // that the session is charged for: values have room to grow
	err    error // told at execute
}

// add appends a piece to a parameter's value, unless it would be more than limit
// bytes, or hold has no memory for it.
func (l *longData) add(param, params int, data []byte, limit int, hold func(int) error) {
	if l.err != nil {
		return
	}
	if param >= params || len(data) > limit {
		l.err = errPacketTooBig
		if param >= params {
			l.err = errBadArguments
		}
		return
	}
	v := l.values[param]
	if need := len(v) + len(data); need > cap(v) {
		size := max(need, cap(v)+cap(v)/4)
		if l.err = hold(size - cap(v)); l.err != nil {
			return
		}
		l.held += size - cap(v)
		v = append(make([]byte, 0, size), v...)
	}
	if l.values == nil {
		l.values = map[int][]byte{}
	}
	l.values[param] = append(v, data...)
	l.bytes += len(data)
}

// bind reads the parameters of COM_STMT_EXECUTE into st.args; hold is asked for the memory of what is copied.
func (st *statement) bind(p *payload, hold func(int) error) error {
	if st.long.err != nil {
		return st.long.err
	}
	n := len(st.args)
	if n == 0 {
		return nil
	}
	nulls := p.take((n + 7) / 8)
	if p.uint8() == 1 {
		for i := range st.types {
			wire := wireType(p.uint8())
			st.types[i] = paramType{wire: wire, unsigned: p.uint8()&0x80 != 0}
		}
		st.bound = !p.bad
	}
	if p.bad || !st.bound {
		return errBadArguments
	}
	// Values of strings live on in the session, the packet's memory does not:
	// one copy for all of them, made when the first one comes.
	var owned bool
	for i := range st.args {
		if data, ok := st.long.values[i]; ok {
			st.args[i] = bytesParam(st.types[i], data)
			continue
		}
		if nulls[i/8]&(1<<(i%8)) != 0 {
			st.args[i] = session.Value{}
			continue
		}
		if !owned && isString(st.types[i].wire) {
			if err := hold(len(p.b)); err != nil {
				return err
			}
			st.long.held += len(p.b)
			p.b = append([]byte{}, p.b...)
			owned = true
		}
		v, ok := readParam(p, st.types[i])
		if !ok {
			return errBadArguments
		}
		st.args[i] = v
	}
	return nil
}

func isString(t wireType) bool {
	switch t {
	case wireDecimal, wireVarChar, wireBit, wireJSON, wireNewDecimal, wireEnum, wireSet,
		wireTinyBlob, wireMediumBlob, wireLongBlob, wireBlob, wireVarString, wireString, wireGeometry:
		return true
	}
	return false
}

// readParam reads one value of the binary protocol. Strings stay in p's memory.
func readParam(p *payload, t paramType) (session.Value, bool) {
	var v session.Value
	switch t.wire {
	case wireNull:
	case wireTiny:
		n := p.uint8()
		v = integerParam(t, int64(int8(n)), uint64(n))
	case wireShort, wireYear:
		n := p.uint16()
		v = integerParam(t, int64(int16(n)), uint64(n))
	case wireLong, wireInt24:
		n := p.uint32()
		v = integerParam(t, int64(int32(n)), uint64(n))
	case wireLongLong:
		n := p.uint64()
		v = integerParam(t, int64(n), n)
	case wireFloat:
		v = session.Float32Value(math.Float32frombits(p.uint32()))
	case wireDouble:
		v = session.Float64Value(math.Float64frombits(p.uint64()))
	case wireDate, wireDateTime, wireTimestamp:
		v, ok := readCivil(p)
		if c := v.Civil(); ok && t.wire == wireDate && c == (session.Civil{Year: c.Year, Month: c.Month, Day: c.Day}) {
			v = session.DateValue(c)
		}
		return v, ok
	case wireDecimal, wireNewDecimal:
		v = session.DecimalValue(p.lenencBytes())
	case wireTime:
		return readDuration(p)
	default:
		if !isString(t.wire) {
			return v, false
		}
		v = bytesParam(t, p.lenencBytes())
	}
	return v, !p.bad
}

// bytesParam is a text in the client's character set, or bytes as they are.
func bytesParam(t paramType, b []byte) session.Value {
	switch t.wire {
	case wireTinyBlob, wireMediumBlob, wireLongBlob, wireBlob:
		return session.BinaryValue(b)
	}
	return session.BytesValue(b)
}

// inCharset converts the texts that were bound.
func (st *statement) inCharset(from session.Charset) {
	if from.Read == nil {
		return
	}
	for i, v := range st.args {
		if v.Kind() == session.Bytes {
			st.args[i] = session.BytesValue(from.Read(v.Bytes()))
		}
	}
}

func integerParam(t paramType, signed int64, unsigned uint64) session.Value {
	if t.unsigned {
		return session.UintValue(unsigned)
	}
	return session.IntValue(signed)
}

// readCivil reads a date. Only its shape is checked, that no field is larger
// than its place in a Value: which dates are valid depends on the SQL mode.
func readCivil(p *payload) (session.Value, bool) {
	n := p.uint8()
	if n != 0 && n != 4 && n != 7 && n != 11 {
		return session.Value{}, false
	}
	f := payload{b: p.take(int(n))}
	var c session.Civil
	if n >= 4 {
		c.Year, c.Month, c.Day = f.uint16(), f.uint8(), f.uint8()
	}
	if n >= 7 {
		c.Hour, c.Minute, c.Sec = f.uint8(), f.uint8(), f.uint8()
	}
	if n == 11 {
		c.Micro = f.uint32()
	}
	ok := !p.bad && c.Year <= 9999 && c.Month <= 12 && c.Day <= 31 &&
		c.Hour < 24 && c.Minute < 60 && c.Sec < 60 && c.Micro < microsPerSecond
	if !ok {
		return session.Value{}, false
	}
	return session.DateTimeValue(c), true
}

// maxParamDays keeps a TIME parameter far inside what an int64 holds.
const maxParamDays = 1 << 20

func readDuration(p *payload) (session.Value, bool) {
	n := p.uint8()
	if n != 0 && n != 8 && n != 12 {
		return session.Value{}, false
	}
	f := payload{b: p.take(int(n))}
	if n == 0 {
		return session.DurationValue(0), !p.bad
	}
	negative := f.uint8() != 0
	days := int64(f.uint32())
	hours, minutes, seconds := int64(f.uint8()), int64(f.uint8()), int64(f.uint8())
	var micros int64
	if n == 12 {
		micros = int64(f.uint32())
	}
	if p.bad || days > maxParamDays || minutes > 59 || seconds > 59 || micros >= microsPerSecond {
		return session.Value{}, false
	}
	total := days*microsPerDay + ((hours*60+minutes)*60+seconds)*microsPerSecond + micros
	if negative {
		total = -total
	}
	return session.DurationValue(total), true
}
