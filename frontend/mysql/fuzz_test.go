package mysql

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/frontend/sqltext"
)

// requireCorpus fails when the seeds of f have been lost: a fuzz test without
// seeds passes without testing anything.
func requireCorpus(f *testing.F) {
	f.Helper()
	entries, err := os.ReadDir(filepath.Join("testdata", "fuzz", f.Name()))
	if err != nil || len(entries) == 0 {
		f.Fatalf("the seed corpus is empty: %v", err)
	}
}

// FuzzHandshakeResponse parses what comes before anybody is logged in. What
// parses must survive being built and parsed again.
func FuzzHandshakeResponse(f *testing.F) {
	requireCorpus(f)
	f.Fuzz(func(t *testing.T, packet []byte) {
		r, err := parseResponse(packet)
		if err != nil {
			if r != nil {
				t.Error("a response and an error")
			}
			return
		}
		var attrs []byte
		for k, v := range r.attributes {
			attrs = appendLenencBytes(appendLenencBytes(attrs, k), v)
		}
		c := client{caps: (r.caps &^ (capConnectWithDB | capConnectAttrs)) | capAuthLenEnc}
		built := c.response(hello{user: r.user, db: r.database, plugin: r.plugin, answer: r.answer, attrs: attrs})
		built[8] = byte(r.collation) // behind the capabilities and the largest packet
		again, err := parseResponse(built)
		if err != nil {
			t.Fatalf("built again, it does not parse: %v", err)
		}
		again.caps = r.caps
		if len(r.attributes) == 0 && len(again.attributes) == 0 {
			again.attributes = r.attributes
		}
		if !reflect.DeepEqual(again, r) {
			t.Errorf("built again: %+v, want %+v", again, r)
		}
	})
}

// FuzzExecute binds the parameters of COM_STMT_EXECUTE: the first byte is their
// number, the rest the packet from the NULL bitmap on.
func FuzzExecute(f *testing.F) {
	requireCorpus(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		n := int(data[0])
		st := &statement{types: make([]paramType, n), args: make([]session.Value, n)}
		if err := st.bind(&payload{b: data[1:]}, func(int) error { return nil }); err != nil {
			return
		}
		again := &statement{types: make([]paramType, n), args: make([]session.Value, n)}
		if err := again.bind(&payload{b: encodeParams(st.args)}, func(int) error { return nil }); err != nil {
			t.Fatalf("encoded again, the parameters do not bind: %v", err)
		}
		for i, v := range st.args {
			w := again.args[i]
			if v.Kind() != w.Kind() || v.Uint() != w.Uint() || !bytes.Equal(v.Bytes(), w.Bytes()) {
				t.Errorf("parameter %d: %+v, encoded again %+v", i, v, w)
			}
		}
	})
}

// encodeParams is the client's side of bind.
func encodeParams(args []session.Value) []byte {
	nulls := make([]byte, (len(args)+7)/8)
	types, values := []byte{}, []byte{}
	for i, v := range args {
		var wire wireType
		var flag byte
		switch v.Kind() {
		case session.Null:
			wire = wireNull
			nulls[i/8] |= 1 << (i % 8)
		case session.Int:
			wire = wireLongLong
			values = binary.LittleEndian.AppendUint64(values, v.Uint())
		case session.Uint:
			wire, flag = wireLongLong, 0x80
			values = binary.LittleEndian.AppendUint64(values, v.Uint())
		case session.Float32:
			wire = wireFloat
			values = binary.LittleEndian.AppendUint32(values, uint32(v.Uint()))
		case session.Float64:
			wire = wireDouble
			values = binary.LittleEndian.AppendUint64(values, v.Uint())
		case session.Bytes:
			wire = wireVarString
			values = appendLenencBytes(values, v.Bytes())
		case session.Binary:
			wire = wireBlob
			values = appendLenencBytes(values, v.Bytes())
		case session.Decimal:
			wire = wireNewDecimal
			values = appendLenencBytes(values, v.Bytes())
		case session.Date:
			wire = wireDate
			values = appendBinaryCivil(values, v.Civil(), true)
		case session.DateTime:
			wire = wireDateTime
			values = appendBinaryCivil(values, v.Civil(), false)
		case session.Duration:
			wire = wireTime
			values = appendBinaryDuration(values, v.Micros())
		}
		types = append(types, byte(wire), flag)
	}
	return append(append(append(nulls, 1), types...), values...)
}

// FuzzReader cuts packets out of a stream that arrives in pieces of any size,
// and compares with the same stream in one piece.
func FuzzReader(f *testing.F) {
	requireCorpus(f)
	f.Fuzz(func(t *testing.T, stream []byte, piece uint8) {
		whole, wholeErr := readAll(bytes.NewReader(stream))
		cut, cutErr := readAll(&pieces{data: stream, size: int(piece)%37 + 1})
		if !reflect.DeepEqual(whole, cut) {
			t.Errorf("in pieces of %d: %x, want %x", int(piece)%37+1, cut, whole)
		}
		for _, expected := range []error{io.EOF, io.ErrUnexpectedEOF, errOutOfOrder, errPacketTooBig} {
			if errors.Is(wholeErr, expected) != errors.Is(cutErr, expected) {
				t.Errorf("in pieces: %v, want %v", cutErr, wholeErr)
			}
		}
	})
}

// readAll returns copies of the packets up to the first error. Each packet
// starts an exchange of its own, as commands do.
func readAll(src io.Reader) (packets [][]byte, err error) {
	var seq uint8
	r := reader{src: src, limit: 6000, seq: &seq}
	for {
		seq = 0
		p, err := r.next()
		if err != nil {
			return packets, err
		}
		packets = append(packets, append([]byte{}, p...))
	}
}

// pieces returns at most size bytes a read.
type pieces struct {
	data []byte
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.size)], p.data)
	p.data = p.data[n:]
	return n, nil
}

// FuzzClockText reads dates and times back from their text.
func FuzzClockText(f *testing.F) {
	for _, micros := range []int64{0, 1, -1, 1e6, 59e6, 3600e6, 838*3600e6 + 59*60e6 + 59e6 + 999999, -838 * 3600e6} {
		f.Add(micros)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		micros := n % (1000 * 3600e6) // hours of up to three digits
		text := string(sqltext.AppendDuration(nil, micros, 6))
		if back, err := parseDuration(text); err != nil || back != micros {
			t.Errorf("%d is %s, which reads as %d, %v", micros, text, back, err)
		}
		size := magnitude(n)
		c := session.Civil{
			Year: uint16(size % 10000), Month: uint8(size % 13), Day: uint8(size % 32),
			Hour: uint8(size % 24), Minute: uint8(size % 60), Sec: uint8(size / 60 % 60), Micro: uint32(size % microsPerSecond),
		}
		text = string(sqltext.AppendCivil(nil, c, false, 6))
		if back, err := parseCivil(text); err != nil || back != c {
			t.Errorf("%+v is %s, which reads as %+v, %v", c, text, back, err)
		}
	})
}
