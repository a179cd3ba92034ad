package difftest

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net"
	"time"
)

// Conn is one session with a server that speaks MySQL's protocol. Drivers turn
// numbers into Go's and back, and then what the server wrote cannot be compared
// any more; this client keeps the bytes. It is for one goroutine.
type Conn struct {
	// Limit is how long one statement may take; when it is over the connection is
	// of no use any more.
	Limit time.Duration

	conn net.Conn
	in   *bufio.Reader
	seq  uint8
	id   uint32 // of the session, as KILL has it
}

// Column is the description of a column of a result.
type Column struct {
	Name     string
	Type     uint8
	Charset  uint16
	Flags    uint16
	Decimals uint8
}

// Cell is a value of a row as text.
type Cell struct {
	Text string
	Null bool
}

// Result is what came of a statement: rows, or an error of the server.
type Result struct {
	Columns  []Column
	Rows     [][]Cell
	Affected uint64
	Number   uint16 // of the error; 0: none
	Message  string
	Warnings []uint16 // numbers of SHOW WARNINGS, if they were asked for
	warned   uint16
	more     bool // another result follows
}

// Capabilities of the client: no EOF-less results, so that both servers answer in
// the same, older form.
const capabilities = 1<<0 | 1<<2 | 1<<9 | 1<<13 | 1<<15 | 1<<17 | 1<<18 | 1<<19

const (
	capConnectWithDB = 1 << 3
	capSSL           = 1 << 11
)

// Where says how a server is reached. Without TLS the password must be empty.
type Where struct {
	Network, Address string
	TLS              *tls.Config
	User, Password   string
}

// Dial logs in.
func Dial(w Where, database string) (*Conn, error) {
	raw, err := net.DialTimeout(w.Network, w.Address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	c := &Conn{Limit: 20 * time.Second, conn: raw, in: bufio.NewReaderSize(raw, 1<<16)}
	if err := raw.SetDeadline(time.Now().Add(c.Limit)); err != nil {
		return nil, err
	}
	if err := c.login(w, database); err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("log in at %s: %w", w.Address, err)
	}
	return c, nil
}

// Close ends the session.
func (c *Conn) Close() { _ = c.conn.Close() }

func (c *Conn) login(w Where, database string) error {
	p, err := c.read()
	if err != nil {
		return err
	}
	p.uint8()
	p.nulString()
	c.id = p.uint32()
	nonce := append([]byte{}, p.take(8)...)
	p.take(1 + 2 + 1 + 2 + 2 + 1 + 10)
	nonce = append(nonce, p.take(12)...)
	if p.bad {
		return errShort
	}
	caps := uint32(capabilities)
	if database != "" {
		caps |= capConnectWithDB
	}
	plugin, answer := "mysql_native_password", []byte(nil)
	if w.TLS != nil {
		caps |= capSSL
		plugin, answer = "caching_sha2_password", scramble(w.Password, nonce)
	}
	hello := binary.LittleEndian.AppendUint32(nil, caps)
	hello = binary.LittleEndian.AppendUint32(hello, 1<<24)
	hello = append(hello, 45) // utf8mb4_general_ci
	hello = append(hello, make([]byte, 23)...)
	if w.TLS != nil {
		if err := c.write(hello); err != nil {
			return err
		}
		secure := tls.Client(c.conn, w.TLS)
		if err := secure.Handshake(); err != nil {
			return err
		}
		c.conn, c.in = secure, bufio.NewReaderSize(secure, 1<<16)
	}
	hello = append(append(hello, w.User...), 0)
	hello = append(append(hello, byte(len(answer))), answer...)
	if database != "" {
		hello = append(append(hello, database...), 0)
	}
	hello = append(append(hello, plugin...), 0)
	if err := c.write(hello); err != nil {
		return err
	}
	return c.finishLogin(w)
}

func (c *Conn) finishLogin(w Where) error {
	for {
		p, err := c.read()
		if err != nil {
			return err
		}
		switch p.uint8() {
		case 0x00:
			return nil
		case 0xff:
			number := p.uint16()
			return fmt.Errorf("%d: %s", number, p.b)
		case 0xfe: // another plugin
			if p.nulString() == "caching_sha2_password" {
				err = c.write(scramble(w.Password, p.take(20)))
			} else {
				err = c.write(nil)
			}
		case 0x01:
			if p.uint8() == 4 { // the password itself, over TLS
				err = c.write(append([]byte(w.Password), 0))
			}
		default:
			return errShort
		}
		if err != nil {
			return err
		}
	}
}

// scramble is caching_sha2_password's answer.
func scramble(password string, nonce []byte) []byte {
	first := sha256.Sum256([]byte(password))
	second := sha256.Sum256(first[:])
	third := sha256.Sum256(append(second[:], nonce...))
	out := make([]byte, len(first))
	for i := range first {
		out[i] = first[i] ^ third[i]
	}
	return out
}

// command sends a command; the answer must be there within the limit.
func (c *Conn) command(code byte, arg []byte) error {
	if err := c.conn.SetDeadline(time.Now().Add(c.Limit)); err != nil {
		return err
	}
	c.seq = 0
	return c.write(append([]byte{code}, arg...))
}

// Query runs a statement as text. An error is one of the connection, which is of
// no use afterwards; what the server refuses is in the Result.
func (c *Conn) Query(statement string) (*Result, error) {
	if err := c.command(0x03, []byte(statement)); err != nil {
		return nil, err
	}
	return c.single(c.result(false))
}

// Call runs a statement that has any number of results; the last is how it ended.
func (c *Conn) Call(statement string) (out []*Result, err error) {
	if err := c.command(0x03, []byte(statement)); err != nil {
		return nil, err
	}
	for more := true; more; {
		r, err := c.result(false)
		if err != nil {
			return nil, err
		}
		out, more = append(out, r), r.more
	}
	return out, nil
}

func (c *Conn) single(r *Result, err error) (*Result, error) {
	if err == nil && r.more {
		return nil, errMany
	}
	return r, err
}

// warnings asks for the numbers of the warnings, without notes and errors.
func (c *Conn) warnings(r *Result) error {
	if r.warned == 0 && r.Number == 0 {
		return nil
	}
	w, err := c.Query("SHOW WARNINGS")
	if err != nil {
		return err
	}
	for _, row := range w.Rows {
		if len(row) < 3 {
			continue
		}
		var number uint16
		if _, err := fmt.Sscan(row[1].Text, &number); err != nil {
			return err
		}
		if row[0].Text == "Warning" { // MariaDB has notes of its own, of blanks behind numbers for one
			r.Warnings = append(r.Warnings, number)
		}
	}
	return nil
}

// Execute prepares a statement, runs it with the parameters and closes it.
func (c *Conn) Execute(statement string, params []any) (*Result, error) {
	if err := c.command(0x16, []byte(statement)); err != nil {
		return nil, err
	}
	p, err := c.read()
	if err != nil {
		return nil, err
	}
	if p.uint8() == 0xff {
		return refused(p), nil
	}
	id, columns, holes := p.uint32(), p.uint16(), p.uint16()
	if p.bad {
		return nil, errShort
	}
	for _, n := range []uint16{holes, columns} {
		for i := uint16(0); n > 0 && i <= n; i++ { // descriptions, and an EOF
			if _, err := c.read(); err != nil {
				return nil, err
			}
		}
	}
	if int(holes) != len(params) {
		return nil, fmt.Errorf("the server sees %d parameters in %q, which has %d", holes, statement, len(params))
	}
	ask := binary.LittleEndian.AppendUint32(nil, id)
	if err := c.command(0x17, append(append(ask, 0, 1, 0, 0, 0), appendParams(nil, params)...)); err != nil {
		return nil, err
	}
	r, err := c.single(c.result(true))
	if err != nil {
		return nil, err
	}
	return r, c.command(0x19, ask)
}

// appendParams writes the NULL bits, the types and the values.
func appendParams(b []byte, params []any) []byte {
	if len(params) == 0 {
		return b
	}
	b = append(b, make([]byte, (len(params)+7)/8)...)
	b = append(b, 1)
	var values []byte
	for _, v := range params {
		switch v := v.(type) {
		case int64:
			b = append(b, typeLongLong, 0)
			values = binary.LittleEndian.AppendUint64(values, uint64(v))
		case uint64:
			b = append(b, typeLongLong, 0x80)
			values = binary.LittleEndian.AppendUint64(values, v)
		case float64:
			b = append(b, typeDouble, 0)
			values = binary.LittleEndian.AppendUint64(values, math.Float64bits(v))
		case Decimal:
			b = append(b, typeNewDecimal, 0)
			values = appendLenenc(values, string(v))
		case string:
			b = append(b, typeVarString, 0)
			values = appendLenenc(values, v)
		}
	}
	return append(b, values...)
}

// Decimal is the text of a parameter that is sent as DECIMAL.
type Decimal string

func refused(p *packet) *Result {
	r := &Result{Number: p.uint16()}
	if len(p.b) > 6 && p.b[0] == '#' {
		p.take(6)
	}
	r.Message = string(p.b)
	return r
}

// moreResults is the flag of a status.
const moreResults = 8

// errMany is an answer of more results than one statement has.
var errMany = errors.New("more than one result")

func (c *Conn) result(binaryRows bool) (*Result, error) {
	p, err := c.read()
	if err != nil {
		return nil, err
	}
	if len(p.b) == 0 {
		return nil, errShort
	}
	switch p.b[0] {
	case 0xff:
		p.uint8()
		return refused(p), nil
	case 0x00:
		p.uint8()
		r := &Result{}
		r.Affected, _ = p.lenenc()
		p.lenenc()
		r.more = p.uint16()&moreResults != 0
		r.warned = p.uint16()
		return r, nil
	}
	n, _ := p.lenenc()
	r := &Result{Columns: make([]Column, n), Rows: [][]Cell{}}
	for i := range r.Columns {
		if p, err = c.read(); err != nil {
			return nil, err
		}
		r.Columns[i] = p.column()
	}
	if _, err = c.read(); err != nil { // EOF
		return nil, err
	}
	for {
		if p, err = c.read(); err != nil {
			return nil, err
		}
		switch {
		case len(p.b) > 0 && p.b[0] == 0xff:
			p.uint8()
			return refused(p), nil
		case len(p.b) > 0 && len(p.b) < 9 && p.b[0] == 0xfe:
			p.uint8()
			r.warned = p.uint16()
			r.more = p.uint16()&moreResults != 0
			return r, nil
		}
		r.Rows = append(r.Rows, p.row(r.Columns, binaryRows))
		if p.bad {
			return nil, errShort
		}
	}
}

func (p *packet) column() (c Column) {
	for range 4 {
		p.lenencString()
	}
	c.Name, _ = p.lenencString()
	p.lenencString()
	p.uint8()
	c.Charset = p.uint16()
	p.uint32()
	c.Type, c.Flags, c.Decimals = p.uint8(), p.uint16(), p.uint8()
	return c
}

func (p *packet) row(columns []Column, binaryRow bool) []Cell {
	cells := make([]Cell, len(columns))
	if !binaryRow {
		for i := range cells {
			cells[i].Text, cells[i].Null = p.lenencString()
		}
		return cells
	}
	p.uint8()
	nulls := p.take((len(columns) + 9) / 8)
	for i := range cells {
		if nulls[(i+2)/8]&(1<<((i+2)%8)) != 0 {
			cells[i].Null = true
			continue
		}
		cells[i].Text = p.binaryCell(columns[i])
	}
	return cells
}
